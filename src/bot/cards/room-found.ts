/** Rooms that are free then, the best first, each to be booked with one tap. */
import type { Message } from '../../delivery/message.ts';
import type { Found } from '../../rooms/types.ts';
import { plural } from '../words.ts';
import { type Reader, speakerFor, when } from './meeting.ts';
import { type Action, clip, type Element, execute, kicker, line, message, plain, subtle, title } from './parts.ts';

/** data: {roomId, startAt, endAt, eventId?}: into that meeting of the presser's, or a new one. */
export const ROOM_BOOK = 'room.book';
/** data: {eventId}: a meeting of the presser's. */
export const ROOM_FIND = 'room.find';

const LONGEST_NAME = 80;
const LONGEST_LABEL = 30;

export interface RoomsFoundFacts {
  found: readonly Found[];
  startAt: number;
  endAt: number;
  people: number;
  /** Of the reader's, without a room. */
  into?: { eventId: string; subject: string; startAt: number; endAt: number };
  /** It is for that meeting; nobody wants a new one. */
  isOnlyInto?: boolean;
  /** What was not as it was wished: said above the list. */
  note?: string;
}

/** "12 seats · video · 200 m away · free until 16:00" */
export function foundWords({ why, freeUntil }: Found, reader: Reader, endAt: number): string {
  const say = speakerFor(reader);
  const until =
    freeUntil === undefined || (freeUntil > endAt && say.day(freeUntil) !== say.day(endAt - 1))
      ? 'free for the rest of the day'
      : freeUntil <= endAt
        ? 'free for just that time'
        : `free until ${say.time(freeUntil)}`;
  return [...why, until].join(' · ');
}

/** "floor 3", but "Ground floor": Places has a number, or whatever somebody wrote. */
const floorWords = (floor: string) => (/^-?\d/.test(floor) ? `floor ${floor}` : floor);

const placeWords = ({ room }: Found) =>
  [room.building, room.floor && floorWords(room.floor)].filter(Boolean).join(', ');

function roomItems(one: Found, facts: RoomsFoundFacts, reader: Reader): Element[] {
  const { startAt, endAt, into, isOnlyInto } = facts;
  const { roomId, name } = one.room;
  const place = placeWords(one);
  const anew = (label: string) => execute(label, ROOM_BOOK, { roomId, startAt, endAt });
  const book: Action[] = into
    ? [
        execute(`Book for ${clip(into.subject || 'my meeting', LONGEST_LABEL)}`, ROOM_BOOK, {
          roomId,
          startAt: into.startAt,
          endAt: into.endAt,
          eventId: into.eventId,
        }),
        ...(isOnlyInto ? [] : [anew('As a new meeting')]),
      ]
    : [anew('Book')];
  return [
    line(`**${plain(name, LONGEST_NAME)}**${place ? ` · ${plain(place, LONGEST_NAME)}` : ''}`, { spacing: 'Medium' }),
    subtle(plain(foundWords(one, reader, Math.max(endAt, into?.endAt ?? 0))), { spacing: 'None' }),
    { type: 'ActionSet', spacing: 'Small', actions: book },
  ];
}

export function roomsFoundCard(facts: RoomsFoundFacts, reader: Reader, now: number): Message {
  const { found, people, note } = facts;
  const time = when(facts, speakerFor(reader), now);
  const head = `${plural(found.length, 'room')} for ${plural(people, 'person', 'people')}`;
  const list = found.map((one) => `${clip(one.room.name, LONGEST_NAME)} (${foundWords(one, reader, facts.endAt)})`);
  return message(
    [
      kicker('🚪', 'Free rooms'),
      title(time.charAt(0).toUpperCase() + time.slice(1)),
      line(head),
      ...(note ? [line(note)] : []),
      ...found.flatMap((one) => roomItems(one, facts, reader)),
    ],
    { summary: `Free ${time}: ${head}`, fallbackText: `Free ${time}: ${list.join('; ')}.` },
  );
}
