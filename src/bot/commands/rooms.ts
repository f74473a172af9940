/** rooms, rooms munich: free and busy now, by building. */
import { DAY_MS } from '../../clock.ts';
import { board } from '../../rooms/find.ts';
import { buildingsCalled } from '../../rooms/near.ts';
import type { Room } from '../../rooms/types.ts';
import { bookingsBetween } from '../../store/bookings.ts';
import { findPerson } from '../../store/people.ts';
import { readableRooms } from '../../store/room-people.ts';
import { roomsOf } from '../../store/rooms.ts';
import { sentence } from '../cards/answers.ts';
import { plain } from '../cards/parts.ts';
import { boardCard } from '../cards/rooms.ts';
import { noRooms } from '../finding-rooms.ts';
import type { Command } from './command.ts';

/** By the building, else by their own names. */
function called(rooms: readonly Room[], filter: string): Room[] {
  if (filter === '') return [...rooms];
  const buildings = new Set(buildingsCalled(filter, rooms));
  if (buildings.size > 0) return rooms.filter((one) => buildings.has(one.building));
  return rooms.filter((one) => one.name.toLowerCase().includes(filter));
}

export const rooms: Command = {
  name: 'rooms',
  aliases: ['free rooms', 'rooms now'],
  usage: 'rooms',
  help: 'which rooms are free now, and until when; “rooms munich” for one building',
  group: 'calendar',
  async run(services, turn, rest) {
    const { tenantId, personId } = turn;
    const now = services.clock.now();
    const filter = rest === 'now' ? '' : rest.replace(/^(?:in|at|near) /, '');
    return services.database.inTenant(tenantId, async (sql) => {
      const person = await findPerson(sql, tenantId, personId);
      const all = await roomsOf(sql, tenantId);
      if (all.length === 0) return noRooms(person?.isAdmin === true);
      const shown = called(all, filter);
      if (shown.length === 0)
        return sentence(`I know no building or room called “${plain(filter, 60)}”. **rooms** shows all.`);
      const bookings = await bookingsBetween(sql, tenantId, now, now + DAY_MS);
      const readable = await readableRooms(sql, tenantId);
      const unread = new Set(shown.map((one) => one.roomId).filter((id) => !readable.has(id)));
      return boardCard({ buildings: board(shown, bookings, now), unread, filter }, person ?? turn, now);
    });
  },
};
