/** "To do that I need your permission: sending mail as you." */
import type { Message } from '../../delivery/message.ts';
import { enumerate } from '../words.ts';
import { kicker, line, message, openUrl, row, subtle } from './parts.ts';

export type Permission = 'Mail.Send' | 'Tasks.ReadWrite';

const WORDS: Record<Permission, { short: string; icon: string; why: string }> = {
  'Mail.Send': {
    short: 'sending mail as you',
    icon: '✉️',
    why: '**Sending mail as you** — only what you tell me to send, never by myself',
  },
  'Tasks.ReadWrite': {
    short: 'writing to your To Do',
    icon: '☑️',
    why: '**Writing to your To Do** — only tasks that you tell me to add',
  },
};

export const permissionWords = (needed: readonly Permission[]): string =>
  `To do that I need your permission: ${enumerate(needed.map((one) => WORDS[one].short))}.`;

/** Pressed again afterwards: a permission is given on a page of Microsoft’s, and nobody is there to go on by itself. */
export function permissionCard(url: string, needed: readonly Permission[]): Message {
  const words = permissionWords(needed);
  return message(
    [
      kicker('🔐', 'One more permission'),
      line(words),
      ...needed.map((one) => row(WORDS[one].icon, WORDS[one].why)),
      line('Afterwards, press the button on the card again.'),
      subtle('The link is for you alone and works for ten minutes. I go on watching your calendar either way.'),
    ],
    { summary: words, fallbackText: `${words} ${url}` },
    [openUrl('Sign in', url, 'positive')],
  );
}
