/** “admin check”: whether the application reaches further than meant. No subject, and no name of who was looked at. */
import type { Message } from '../../delivery/message.ts';
import type { Level, Verdict } from '../scope-check.ts';
import { kicker, line, message, row, subtle } from './parts.ts';

const HEADS: Record<Level, { icon: string; words: string; style: string }> = {
  good: { icon: '🟢', words: 'The application reaches what it should, and no further', style: 'good' },
  unsure: { icon: '🟠', words: 'I can’t tell for sure how far the application reaches', style: 'warning' },
  wide: { icon: '🔴', words: 'The application reaches further than meant', style: 'attention' },
};

export function checkCard({ level, lines }: Verdict): Message {
  const { icon, words, style } = HEADS[level];
  const head = { type: 'Container', style, items: [line(`${icon} **${words}**`)] };
  const inWords = lines.map((one) => `${one.sign} ${one.words}`).join(' ');
  return message(
    [
      kicker('🛡️', 'Application access', level === 'wide' ? 'Attention' : 'Accent'),
      head,
      ...lines.map((one) => row(one.sign, one.words)),
      subtle(
        'What I looked at: whether a calendar opens, nothing of what is in it. Exchange’s commands: docs/operations.md.',
        {
          spacing: 'Medium',
        },
      ),
    ],
    { summary: words, fallbackText: `${words}. ${inWords.replace(/\*/g, '')}` },
  );
}

/** There is no token at all. */
export function noAccessCard(say: string): Message {
  const head = 'The application has no access';
  return message(
    [kicker('🛡️', head, 'Attention'), { type: 'Container', style: 'attention', items: [line(`🔴 ${say}`)] }],
    {
      summary: head,
      fallbackText: `${head}. ${say}`,
    },
  );
}
