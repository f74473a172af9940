/** Rooms that have said no to a meeting at its time: they say no again, so they are not offered for it. */
import type { CalendarEvent } from '../calendar/event.ts';
import { HOUR_MS } from '../clock.ts';
import type { Sql } from '../store/database.ts';
import { roomsThatDeclined } from '../store/room-asks.ts';
import { roomsByAddress } from '../store/rooms.ts';

/** Whoever looks after the room may change their mind, or somebody else gives it back. */
const NO_STANDS_MS = HOUR_MS;

/** Their ids. @param who organises it */
export async function refusingRooms(
  sql: Sql,
  { tenantId, personId }: { tenantId: string; personId: string },
  event: CalendarEvent,
  now: number,
): Promise<Set<string>> {
  const { id: eventId, startAt, endAt } = event;
  const declined = event.attendees.filter((one) => one.response === 'declined').map((one) => one.address);
  const there = (await roomsByAddress(sql, tenantId, declined)).map((room) => room.roomId);
  const about = { personId, eventId, startAt, endAt, since: now - NO_STANDS_MS };
  return new Set([...there, ...(await roomsThatDeclined(sql, tenantId, about))]);
}
