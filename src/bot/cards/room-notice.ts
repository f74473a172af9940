/** A room that was released, and a series that its people never come to. */
import type { Message } from '../../delivery/message.ts';
import type { RoomKeptFacts, RoomReleasedFacts, RoomStrikesFacts } from '../../rooms/facts.ts';
import { LONGEST_ROOM, roomRows, roomWords } from './check-in.ts';
import type { Reader } from './meeting.ts';
import { clip, execute, kicker, line, message, plain, row, subtle, title } from './parts.ts';

/** data: {nudgeId} */
export const ROOM_GIVE_UP = 'room.giveUp';
export const ROOM_KEEP = 'room.keep';

export function roomReleasedCard(facts: RoomReleasedFacts, reader: Reader, now: number): Message {
  const room = clip(facts.room, LONGEST_ROOM);
  const words = `${room} was given back`;
  return message(
    [
      kicker('↩️', 'Room released'),
      title(facts.subject || words),
      ...roomRows(facts, reader, now),
      line('Nobody checked in, so I gave the room back for this time. The meeting itself is unchanged.'),
      subtle('Still need one? Type **room now**.'),
    ],
    {
      summary: words,
      fallbackText: `${words}, because nobody checked in. The meeting itself is unchanged. To take another one, type “room now”.`,
    },
  );
}

export function roomKeptCard(facts: RoomKeptFacts, reader: Reader, now: number): Message {
  const words = `${clip(facts.room, LONGEST_ROOM)} was not given back`;
  const why = `I could not give it back${facts.isWholeSeries ? ' for the series' : ''}. Please remove it from the meeting in Outlook.`;
  const rows = facts.isWholeSeries ? [row('🚪', roomWords(facts))] : roomRows(facts, reader, now);
  return message([kicker('⚠️', 'Room not given back', 'Attention'), title(facts.subject || words), ...rows, line(why)], {
    summary: words,
    fallbackText: `${words}. ${why}`,
  });
}

export function roomStrikesCard(facts: RoomStrikesFacts, nudgeId: string): Message {
  const words = `Do you still need ${clip(facts.room, LONGEST_ROOM)}?`;
  const why = `${facts.strikes} times in a row nobody came.`;
  return message(
    [
      kicker('🚪', 'A room nobody uses'),
      title(facts.subject || words),
      row('🚪', roomWords(facts)),
      line(`${why} Shall I give up the room for the rest of the series? The meetings themselves stay.`),
    ],
    { summary: words, fallbackText: `${words} ${why}` },
    [execute('Give it up', ROOM_GIVE_UP, { nudgeId }), execute('Keep it', ROOM_KEEP, { nudgeId })],
  );
}

export function strikesAnsweredCard(facts: RoomStrikesFacts, answer: 'givenUp' | 'kept'): Message {
  const room = clip(facts.room, LONGEST_ROOM);
  const words = answer === 'givenUp' ? `I’m giving up ${room} for the series` : `All right: the series keeps ${room}`;
  return message([kicker(answer === 'givenUp' ? '↩️' : '🚪', 'A room nobody uses'), line(plain(`${words}.`, 300))], {
    summary: words,
    fallbackText: `${words}.`,
  });
}
