/** Two meetings, and the way between them that takes longer than there is time. */
import { MINUTE_MS } from '../../clock.ts';
import type { Message } from '../../delivery/message.ts';
import type { CantMakeFacts } from '../../nudges/cant-make.ts';
import {
  calendarAction,
  joinAction,
  meetingRows,
  meetingWords,
  type Reader,
  speakerFor,
  subjectOf,
  when,
} from './meeting.ts';
import { clip, kicker, line, message, plain, row, subtle, title } from './parts.ts';

const LONGEST_SUBJECT = 120;

export function cantMakeCard(facts: CantMakeFacts, reader: Reader, now: number): Message {
  if (facts.isSolved) return solvedCard(facts, reader, now);
  const say = speakerFor(reader);
  const { first } = facts;
  const about = facts.isRough ? 'about ' : '';
  const minutes = Math.round(facts.travelMs / MINUTE_MS);
  const lateMinutes = Math.ceil((facts.arriveAt - facts.startAt) / MINUTE_MS);
  const way = `The way takes ${about}${minutes} min: you would arrive at ${say.time(facts.arriveAt)}, ${lateMinutes} min late.`;
  const rowOf = (one: CantMakeFacts['first']) =>
    row(
      '📍',
      `**${plain(subjectOf(one), LONGEST_SUBJECT)}**, ${when(one, say, now)}${one.place ? `, ${plain(one.place, 120)}` : ''}`,
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
      summary: `You can’t make both: ${clip(subjectOf(first), LONGEST_SUBJECT)} and ${subjectOf(facts)}`,
      fallbackText: `You can’t make both ${clip(subjectOf(first), LONGEST_SUBJECT)} (${when(first, say, now)}) and ${clip(subjectOf(facts), LONGEST_SUBJECT)} (${when(facts, say, now)}). ${way}`,
    },
    [...joinAction(facts), ...calendarAction(facts)],
  );
}

function solvedCard(facts: CantMakeFacts, reader: Reader, now: number): Message {
  const say = speakerFor(reader);
  const words = `There is time enough after “${clip(subjectOf(facts.first), LONGEST_SUBJECT)}” now.`;
  return message(
    [
      kicker('✅', 'You can make it after all'),
      title(facts.subject),
      ...meetingRows(facts, say, now),
      subtle(plain(words)),
    ],
    {
      summary: `You can make it after all: ${subjectOf(facts)}`,
      fallbackText: `You can make it after all: ${meetingWords(facts, say, now)}. ${words}`,
    },
    [...joinAction(facts), ...calendarAction(facts)],
  );
}
