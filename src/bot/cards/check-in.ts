/** "Are you using the room?", and what the card says once that is answered. */
import type { Message } from '../../delivery/message.ts';
import type { CheckInFacts, RoomMeetingFacts } from '../../rooms/facts.ts';
import { type Reader, speakerFor, when } from './meeting.ts';
import { clip, execute, kicker, line, message, plain, row, title } from './parts.ts';

/** data: {roomId, eventId, startAt} */
export const ROOM_HERE = 'room.here';
export const ROOM_GIVE_BACK = 'room.giveBack';

export const LONGEST_ROOM = 100;

export const roomWords = ({ room, building }: { room: string; building?: string }): string =>
  plain(building ? `${room}, ${building}` : room, LONGEST_ROOM);

const bareRoom = ({ room }: { room: string }) => clip(room, LONGEST_ROOM);

const upper = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

export const roomRows = (facts: RoomMeetingFacts, reader: Reader, now: number) => [
  row('🚪', roomWords(facts)),
  row('🕑', upper(when(facts, speakerFor(reader), now))),
];

const dataOf = ({ roomId, eventId, startAt }: RoomMeetingFacts) => ({ roomId, eventId, startAt });

export function checkInCard(facts: CheckInFacts, reader: Reader, now: number): Message {
  const until = speakerFor(reader).time(facts.releaseAt);
  const words = `Are you using ${bareRoom(facts)}?`;
  return message(
    [
      kicker('🚪', 'Room check-in'),
      title(facts.subject || words),
      ...roomRows(facts, reader, now),
      line(`Are you using the room? Without an answer I give it back at **${until}**, so that others can use it.`),
    ],
    { summary: words, fallbackText: `${words} Without an answer I give it back at ${until}.` },
    [
      execute('We’re here', ROOM_HERE, dataOf(facts), { style: 'positive' }),
      execute('Give it back', ROOM_GIVE_BACK, dataOf(facts)),
    ],
  );
}

/** Somebody is there; who leaves early may still give it back. */
export function checkedInCard(facts: RoomMeetingFacts, reader: Reader, now: number): Message {
  const words = `${bareRoom(facts)} stays yours`;
  return message(
    [kicker('✅', 'Checked in'), title(facts.subject || words), ...roomRows(facts, reader, now)],
    { summary: words, fallbackText: `${words}.` },
    [execute('Give it back', ROOM_GIVE_BACK, dataOf(facts))],
  );
}

export function givenBackCard(facts: RoomMeetingFacts, reader: Reader, now: number): Message {
  const words = `I’m giving back ${bareRoom(facts)}`;
  return message(
    [
      kicker('↩️', 'Room given back'),
      title(facts.subject || words),
      ...roomRows(facts, reader, now),
      line('Thank you! The meeting itself is unchanged.'),
    ],
    { summary: words, fallbackText: `${words}. The meeting itself is unchanged.` },
  );
}
