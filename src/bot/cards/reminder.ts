import type { Message } from '../../delivery/message.ts';
import type { MeetingFacts } from '../../nudges/facts.ts';
import {
  agendaLines,
  calendarAction,
  joinAction,
  meetingRows,
  meetingWords,
  minutesUntil,
  type Reader,
  speakerFor,
  subjectOf,
} from './meeting.ts';
import { kicker, message, title } from './parts.ts';

export function reminderCard(facts: MeetingFacts, reader: Reader, now: number): Message {
  const say = speakerFor(reader);
  const soon = minutesUntil(facts.startAt, now);
  const starts = soon === 'now' ? 'Starts now' : `Starts ${soon}`;
  return message(
    [kicker('⏰', starts), title(facts.subject), ...meetingRows(facts, say, now), ...agendaLines(facts)],
    { summary: `${starts}: ${subjectOf(facts)}`, fallbackText: `${starts}: ${meetingWords(facts, say, now)}` },
    [...joinAction(facts), ...calendarAction(facts)],
  );
}
