import { MINUTE_MS } from '../../clock.ts';
import type { Message } from '../../delivery/message.ts';
import type { MeetingFacts } from '../../nudges/facts.ts';
import { type Ended, JOINS_ONLINE, type LeaveByFacts, THERE_ALREADY } from '../../nudges/leave-by.ts';
import type { TravelMode } from '../../travel/port.ts';
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

const ICONS: Record<TravelMode, string> = { car: '🚗', foot: '🚶', bicycle: '🚲', transit: '🚆' };

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
  const data = { eventId, startAt: facts.startAt };
  return message(
    [
      kicker(
        ICONS[facts.by ?? 'car'],
        late ? 'Leave now' : `Leave by ${say.time(facts.leaveAt)}`,
        late ? 'Attention' : 'Accent',
      ),
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
      execute('I’m already there', THERE_ALREADY, data, quietly),
      ...(facts.joinUrl ? [execute('I join online', JOINS_ONLINE, data, quietly)] : []),
      ...joinAction(facts),
      ...calendarAction(facts),
    ],
  );
}

const ENDED_WORDS: Record<Ended, string> = {
  there: 'You’re there already',
  online: 'You join online',
  near: 'No need to leave for it any more',
};

/** What the card becomes when there is no way to go. */
export function leaveEndedCard(facts: MeetingFacts, ended: Ended, reader: Reader, now: number): Message {
  const say = speakerFor(reader);
  const words = ENDED_WORDS[ended];
  return message(
    [kicker('👍', words), title(facts.subject), ...meetingRows({ ...facts, leave: undefined }, say, now)],
    { summary: `${words}: ${subjectOf(facts)}`, fallbackText: `${words} — ${meetingWords(facts, say, now)}` },
    [...joinAction(facts), ...calendarAction(facts)],
  );
}
