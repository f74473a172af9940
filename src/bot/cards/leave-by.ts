import { MINUTE_MS } from '../../clock.ts';
import type { Message } from '../../delivery/message.ts';
import type { LeaveByFacts } from '../../nudges/leave-by.ts';
import { calendarAction, meetingRows, type Reader, speakerFor, subjectOf } from './meeting.ts';
import { kicker, line, message, plain, subtle, title } from './parts.ts';

/** "Leave by 13:25 to be at … by 14:00 (28 min + 7 spare)" */
export function leaveBySentence(facts: LeaveByFacts, reader: Reader): string {
  const say = speakerFor(reader);
  const minutes = (ms: number) => Math.round(ms / MINUTE_MS);
  const about = facts.isRough ? 'about ' : '';
  const way = `${about}${minutes(facts.travelMs)} min + ${minutes(facts.spareMs)} spare`;
  return `Leave by ${say.time(facts.leaveAt)} to be at ${facts.place ?? 'your meeting'} by ${say.time(facts.startAt)} (${way})`;
}

export function leaveByCard(facts: LeaveByFacts, reader: Reader, now: number): Message {
  const say = speakerFor(reader);
  const sentence = leaveBySentence(facts, reader);
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
