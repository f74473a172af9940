/** Two meetings, and the way between them that takes longer than there is time. */
import { MINUTE_MS } from '../../clock.ts';
import type { Message } from '../../delivery/message.ts';
import type { CantMakeFacts } from '../../nudges/cant-make.ts';
import { calendarAction, joinAction, type Reader, speakerFor, subjectOf, when } from './meeting.ts';
import { kicker, line, message, plain, row, subtle, title } from './parts.ts';

export function cantMakeCard(facts: CantMakeFacts, reader: Reader, now: number): Message {
  const say = speakerFor(reader);
  const { first } = facts;
  const about = facts.isRough ? 'about ' : '';
  const minutes = Math.round(facts.travelMs / MINUTE_MS);
  const lateMinutes = Math.ceil((facts.arriveAt - facts.startAt) / MINUTE_MS);
  const way = `The way takes ${about}${minutes} min: you would arrive at ${say.time(facts.arriveAt)}, ${lateMinutes} min late.`;
  const rowOf = (one: CantMakeFacts['first']) =>
    row(
      '📍',
      `**${plain(subjectOf(one), 120)}**, ${when(one, say, now)}${one.place ? `, ${plain(one.place, 120)}` : ''}`,
    );
  return message(
    [
      kicker('↔️', 'You can’t make both', 'Attention'),
      title(facts.subject),
      rowOf(first),
      rowOf(facts),
      line(way, { spacing: 'Medium' }),
      subtle(
        facts.joinUrl
          ? 'Leave the first one early, join this one online, or move one of them.'
          : 'Leave the first one early, or ask for another time.',
      ),
    ],
    {
      summary: `You can’t make both: ${subjectOf(first)} and ${subjectOf(facts)}`,
      fallbackText: `You can’t make both ${subjectOf(first)} (${when(first, say, now)}) and ${subjectOf(facts)} (${when(facts, say, now)}). ${way}`,
    },
    [...joinAction(facts), ...calendarAction(facts)],
  );
}
