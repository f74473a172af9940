/** What is left of a card that a newer one took the place of, or that makes no sense any more: one line. */
import type { ToRender } from '../../delivery/dispatcher.ts';
import type { Message } from '../../delivery/message.ts';
import type { Why } from '../../nudges/cards.ts';
import type { MeetingFacts } from '../../nudges/facts.ts';
import { type Reader, speakerFor, subjectOf, when } from './meeting.ts';
import { message, plain, subtle } from './parts.ts';

const WORDS: Record<Why, (time: string) => string> = {
  newer: (time) => `${time} · the latest is below`,
  cancelled: () => 'cancelled',
  gone: () => 'not in your calendar any more',
  declined: () => 'you declined',
  moved: (time) => `now ${time}`,
  done: (time) => time,
};
const ICONS: Partial<Record<Why, string>> = { cancelled: '🚫', gone: '🚫', moved: '🔁', done: '✅' };

export function lineCard({ facts, why }: Pick<ToRender, 'facts' | 'why'>, reader: Reader, now: number): Message {
  const meeting = facts as unknown as MeetingFacts;
  const word = why ?? 'newer';
  const words = WORDS[word](when(meeting, speakerFor(reader), now));
  const icon = ICONS[word] ?? '▫️';
  return message([subtle(`${icon} ${plain(subjectOf(meeting), 120)} — ${plain(words)}`, { spacing: 'None' })], {
    summary: `${subjectOf(meeting)}: ${words}`,
    fallbackText: `${subjectOf(meeting)} — ${words}`,
  });
}
