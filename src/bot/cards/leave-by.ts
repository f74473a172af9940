import { MINUTE_MS } from '../../clock.ts';
import type { Message } from '../../delivery/message.ts';
import type { LeaveByFacts } from '../../nudges/leave-by.ts';
import { calendarAction, meetingRows, type Reader, speakerFor, subjectOf } from './meeting.ts';
import { kicker, line, message, plain, subtle, title } from './parts.ts';

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

export function leaveByCard(facts: LeaveByFacts, reader: Reader, now: number): Message {
  const say = speakerFor(reader);
  const sentence = leaveBySentence(facts, reader, now);
  const late = facts.leaveAt <= now;
  const source = facts.isRough ? 'Estimated from the distance, without traffic.' : '';
  const small = [facts.fromName ? `From ${plain(facts.fromName)}.` : '', source].filter(Boolean).join(' ');
  return message(
    [
      kicker('🚗', late ? 'Leave now' : `Leave by ${say.time(facts.leaveAt)}`, late ? 'Attention' : 'Accent'),
      title(facts.subject),
      line(plain(sentence), { spacing: 'Medium' }),
      ...meetingRows(facts, say, now),
      ...(small ? [subtle(small)] : []),
    ],
    {
      summary: `Leave by ${say.time(facts.leaveAt)}: ${subjectOf(facts)}`,
      fallbackText: `${sentence} — ${subjectOf(facts)}`,
    },
    calendarAction(facts),
  );
}
