import { MINUTE_MS } from '../../clock.ts';
import type { Message } from '../../delivery/message.ts';
import type { MeetingFacts } from '../../nudges/facts.ts';
import { JOINS_ONLINE, type LeaveByFacts, THERE_ALREADY } from '../../nudges/leave-by.ts';
import {
  calendarAction,
  joinAction,
  meetingRows,
  meetingWords,
  type Reader,
  speakerFor,
  subjectOf,
} from './meeting.ts';
import { execute, kicker, line, message, plain, subtle, title } from './parts.ts';

const minutes = (ms: number) => Math.round(ms / MINUTE_MS);

/**
 * "Leave by 13:25 to be at … by 14:00 (28 min + 7 spare)"; when that moment has passed, what leaving now comes to.
 */
export function leaveBySentence(facts: LeaveByFacts, reader: Reader, now: number): string {
  const say = speakerFor(reader);
  const where = facts.place ?? 'your meeting';
  const about = facts.isRough ? 'about ' : '';
  const way = `${about}${minutes(facts.travelMs)} min`;
  if (facts.leaveAt <= now)
    return `Leave now to be at ${where} by ${say.time(Math.max(facts.startAt, now + facts.travelMs))} (${way})`;
  return `Leave by ${say.time(facts.leaveAt)} to be at ${where} by ${say.time(facts.startAt)} (${way} + ${minutes(facts.spareMs)} spare)`;
}

function sourceOf({ isRough, hasTraffic, fromName }: LeaveByFacts): string {
  const how = isRough ? 'Estimated from the distance, without traffic.' : hasTraffic ? 'With traffic.' : '';
  return [fromName ? `From ${plain(fromName)}.` : '', how].filter(Boolean).join(' ');
}

export function leaveByCard(facts: LeaveByFacts, eventId: string, reader: Reader, now: number): Message {
  if (facts.ended) return leaveEndedCard(facts, facts.ended, reader, now);
  const say = speakerFor(reader);
  const sentence = leaveBySentence(facts, reader, now);
  const late = facts.leaveAt <= now;
  const small = sourceOf(facts);
  const quietly = { associatedInputs: 'none' };
  return message(
    [
      kicker('🚗', late ? 'Leave now' : `Leave by ${say.time(facts.leaveAt)}`, late ? 'Attention' : 'Accent'),
      title(facts.subject),
      line(plain(sentence), { spacing: 'Medium' }),
      ...meetingRows({ ...facts, leave: undefined }, say, now),
      ...(small ? [subtle(small)] : []),
    ],
    {
      summary: `${late ? 'Leave now' : `Leave by ${say.time(facts.leaveAt)}`}: ${subjectOf(facts)}`,
      fallbackText: `${sentence} — ${subjectOf(facts)}`,
    },
    [
      execute('I’m already there', THERE_ALREADY, { eventId }, quietly),
      ...(facts.joinUrl ? [execute('I join online', JOINS_ONLINE, { eventId }, quietly)] : []),
      ...calendarAction(facts),
    ],
  );
}

/** What the card becomes when there is no way to go. */
export function leaveEndedCard(
  facts: MeetingFacts,
  ended: NonNullable<LeaveByFacts['ended']>,
  reader: Reader,
  now: number,
): Message {
  const say = speakerFor(reader);
  const words = ended === 'there' ? 'You’re there already' : 'You join online';
  return message(
    [kicker('👍', words), title(facts.subject), ...meetingRows({ ...facts, leave: undefined }, say, now)],
    { summary: `${words}: ${subjectOf(facts)}`, fallbackText: `${words} — ${meetingWords(facts, say, now)}` },
    [...joinAction(facts), ...calendarAction(facts)],
  );
}
