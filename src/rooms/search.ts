/** Finding a room: what the database knows of that time, ranked. */
import { DAY_MS } from '../clock.ts';
import { nextStarts } from '../store/bookings.ts';
import type { Sql } from '../store/database.ts';
import { freeRooms } from '../store/rooms.ts';
import { findRooms } from './find.ts';
import type { Found, Wish } from './types.ts';

/** Until when a room is free is told within this. */
const LOOKED_AHEAD_MS = DAY_MS;

const NONE: ReadonlySet<string> = new Set();

export async function searchRooms(
  sql: Sql,
  tenantId: string,
  wish: Wish,
  most = 10,
  /** Ids of those that are not wanted. */
  besides: ReadonlySet<string> = NONE,
): Promise<Found[]> {
  const free = await freeRooms(sql, tenantId, wish.span, wish);
  const found = findRooms(wish, free, besides, most);
  const { to } = wish.span;
  const ids = found.map((one) => one.room.roomId);
  const next = await nextStarts(sql, tenantId, ids, to, to + LOOKED_AHEAD_MS);
  return found.map((one) => {
    const freeUntil = next.get(one.room.roomId);
    return freeUntil === undefined ? one : { ...one, freeUntil };
  });
}
