/** room now 30min for 4, room friday 14-15 near munich with video, room for planning */
import { parseRoomWish, type RoomProblem } from '../../rooms/wish-words.ts';
import { findPerson } from '../../store/people.ts';
import { notWatching, sentence } from '../cards/answers.ts';
import { clip, plain } from '../cards/parts.ts';
import { findRoomsFor } from '../finding-rooms.ts';
import type { Command } from './command.ts';

const HOW =
  'Say for example **room now 30min for 4**, **room friday 14-15 near munich with video**, or **room for planning**.';
const PROBLEMS: Record<RoomProblem, (words: string) => string> = {
  time: (words) => `I don’t know when “${words}” is. ${HOW}`,
  hour: () => 'At which hour? For example **room friday 14-15**.',
  past: () => 'That time is over. Say for example **room now**, or **room tomorrow 9-10**.',
  length: () => 'For how long? Five minutes to a day, for example **room now 30min**.',
  people: () => 'For how many people? For example **room now for 4**.',
};

export const room: Command = {
  name: 'room',
  aliases: ['find room', 'find a room', 'book a room', 'book room', 'i need a room'],
  usage: 'room now 30min for 4',
  help: 'a free room, booked with one tap; “room friday 14-15 near munich with video”, “room for planning”',
  group: 'calendar',
  async run(services, turn, rest) {
    const { tenantId, personId } = turn;
    const now = services.clock.now();
    return services.database.inTenant(tenantId, async (sql) => {
      const person = await findPerson(sql, tenantId, personId);
      if (person?.watch !== 'on') return notWatching();
      const { timeZone, locale } = person;
      const read = parseRoomWish(rest, { now, timeZone, locale });
      if ('problem' in read) return sentence(PROBLEMS[read.problem](plain(clip(read.words, 60))));
      return findRoomsFor(sql, { tenantId, person, isAdmin: person.isAdmin }, read.wish, now);
    });
  },
};
