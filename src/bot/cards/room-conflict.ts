/** Two bookings at one time in one room: who keeps it, and what is free instead. */
import type { Message } from '../../delivery/message.ts';
import type { Alternative, CollidingOccurrence, RoomConflictFacts } from '../../rooms/facts.ts';
import { plural } from '../words.ts';
import { LONGEST_ROOM, roomWords } from './check-in.ts';
import { type Reader, speakerFor, when } from './meeting.ts';
import { clip, type Element, execute, kicker, line, message, plain, row, subtle, title } from './parts.ts';

/** data: {conflictId, occurrence, roomId}: of the conflict, the reader's own entry in the room's mailbox, and what to take. */
export const SWAP_ROOM = 'room.swap';

const LONGEST_NAME = 100;
/** Of a room on offer: there may be fifteen of them, twice each. */
const LONGEST_OFFER = 30;

const upper = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const alternativeWords = ({ name, why }: Alternative) =>
  why ? `${clip(name, LONGEST_OFFER)} (${clip(why, LONGEST_OFFER)})` : clip(name, LONGEST_OFFER);

function occurrenceRows(
  conflictId: string,
  one: CollidingOccurrence,
  reader: Reader,
  now: number,
  isOffered: boolean,
): Element[] {
  const time = row('🕑', upper(when(one, speakerFor(reader), now)));
  if (!isOffered) return [time];
  if (one.alternatives.length === 0) return [time, subtle('No other room that fits is free then.')];
  const free = one.alternatives.map((other) => plain(alternativeWords(other)));
  const { eventId: occurrence } = one;
  return [
    time,
    subtle(`Free then: ${free.join(' · ')}`),
    {
      type: 'ActionSet',
      spacing: 'Small',
      actions: one.alternatives.map(({ roomId, name }) =>
        execute(`Take ${clip(name, LONGEST_OFFER)}`, SWAP_ROOM, { conflictId, occurrence, roomId }),
      ),
    },
  ];
}

function leadOf({ side, other }: RoomConflictFacts): string {
  const who = other ? plain(other, LONGEST_NAME) : 'Somebody';
  if (side === 'both') return 'Two of your meetings hold it at one time.';
  if (side === 'first') return `${who} booked it too. You were first, so **you keep the room**; they are told as well.`;
  return `${who} was first and **keeps the room**. Please take another one.`;
}

export function roomConflictCard(facts: RoomConflictFacts, reader: Reader, now: number): Message {
  const room = clip(facts.room, LONGEST_ROOM);
  if (facts.occurrences.length === 0) return settledCard(facts, room);
  const words = `${room} is double-booked`;
  const lead = leadOf(facts);
  const times = facts.occurrences.map((one) => {
    const free = one.alternatives.map(alternativeWords).join(', ');
    return `${when(one, speakerFor(reader), now)}${free ? ` (free then: ${free})` : ''}`;
  });
  const more = facts.more > 0 ? `… and ${plural(facts.more, 'more time')}` : '';
  return message(
    [
      kicker('⚠️', 'Room double-booked', 'Attention'),
      title(facts.subject || words),
      row('🚪', roomWords(facts)),
      line(lead),
      ...facts.occurrences.flatMap((one) => occurrenceRows(facts.conflictId, one, reader, now, facts.side !== 'first')),
      ...(more ? [subtle(more)] : []),
    ],
    {
      summary: words,
      fallbackText: [`${words}.`, lead.replace(/[*\\]/g, ''), `${times.join('; ')}.`, more].filter(Boolean).join(' '),
    },
  );
}

function settledCard(facts: RoomConflictFacts, room: string): Message {
  const words = `${room} is no longer double-booked`;
  return message(
    [
      kicker('✅', 'Settled'),
      title(facts.subject || words),
      row('🚪', roomWords(facts)),
      line('It is no longer double-booked: the room is yours alone.'),
    ],
    { summary: words, fallbackText: `${words}.` },
  );
}
