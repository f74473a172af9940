/** What rooms hold or are asked for: written with the replica, searched by time. */
import type { Booking } from '../rooms/types.ts';
import { at, type Sql } from './database.ts';

const ROWS_A_STATEMENT = 1_000;
/** More than a thousand rooms hold in a week. */
const MOST_BOOKINGS = 100_000;

const BOOKING = `room_id as "roomId", event_id as "eventId", series_id as "seriesId", start_at as "startAt", end_at as "endAt",
  state, held_since as "heldSince", organizer, organizer_name as "organizerName", size`;

/**
 * What overlaps [$2, $3): it began within four hours before, or within a day and is one of the few that last longer than
 * four hours, or is one of the fewer that last longer than a day. So none of many bookings is looked at in vain.
 */
const overlapping = (columns: string, more = '') => `
  select ${columns} from cw.booking b where b.tenant_id = $1 and b.start_at >= $2::timestamptz - interval '4 hours'
    and b.start_at < $3 and b.end_at > $2 ${more}
  union all
  select ${columns} from cw.booking b where b.tenant_id = $1 and b.start_at >= $2::timestamptz - interval '1 day'
    and b.start_at < $2::timestamptz - interval '4 hours' and b.end_at > $2
    and b.end_at - b.start_at > interval '4 hours' ${more}
  union all
  select ${columns} from cw.booking b where b.tenant_id = $1 and b.start_at < $2::timestamptz - interval '1 day'
    and b.end_at > $2 and b.end_at - b.start_at > interval '1 day' ${more}`;

/** Of these rooms those that nobody holds or asked for in [$2, $3); for a statement that has them at hand as `room`. */
export const NOT_TAKEN = `room_id not in (select found.room_id from (${overlapping('b.room_id')}) found)`;

export async function bookingsWithIds(
  sql: Sql,
  tenantId: string,
  roomId: string,
  eventIds: readonly string[],
): Promise<Booking[]> {
  if (eventIds.length === 0) return [];
  return sql.query<Booking>(
    `select ${BOOKING} from cw.booking where tenant_id = $1 and room_id = $2 and event_id = any ($3)`,
    [tenantId, roomId, eventIds],
  );
}

export async function writeBookings(sql: Sql, tenantId: string, bookings: readonly Booking[]): Promise<void> {
  for (let from = 0; from < bookings.length; from += ROWS_A_STATEMENT) {
    const rows = bookings.slice(from, from + ROWS_A_STATEMENT);
    await sql.query(
      `insert into cw.booking (tenant_id, room_id, event_id, series_id, start_at, end_at, state, held_since, organizer,
         organizer_name, size)
       select $1, r."roomId", r."eventId", r."seriesId", to_timestamp(r."startAt" / 1000.0), to_timestamp(r."endAt" / 1000.0),
         r.state, to_timestamp(r."heldSince" / 1000.0), r.organizer, r."organizerName", r.size
       from jsonb_to_recordset($2::jsonb) as r ("roomId" text, "eventId" text, "seriesId" text, "startAt" double precision,
         "endAt" double precision, state text, "heldSince" double precision, organizer text, "organizerName" text, size integer)
       on conflict (tenant_id, room_id, event_id) do update set series_id = excluded.series_id,
         start_at = excluded.start_at, end_at = excluded.end_at, state = excluded.state, held_since = excluded.held_since,
         organizer = excluded.organizer, organizer_name = excluded.organizer_name, size = excluded.size`,
      [tenantId, JSON.stringify(rows)],
    );
  }
}

/** What was is kept for the report: only what is not over goes. Returns the ids of those that went. */
export async function deleteBookings(
  sql: Sql,
  tenantId: string,
  roomId: string,
  eventIds: readonly string[],
  now: number,
): Promise<string[]> {
  if (eventIds.length === 0) return [];
  const rows = await sql.query<{ eventId: string }>(
    `delete from cw.booking where tenant_id = $1 and room_id = $2 and event_id = any ($3) and end_at > $4
     returning event_id as "eventId"`,
    [tenantId, roomId, eventIds, at(now)],
  );
  return rows.map((row) => row.eventId);
}

/** All that overlap [from, to), of all rooms. */
export async function bookingsBetween(sql: Sql, tenantId: string, from: number, to: number): Promise<Booking[]> {
  return sql.query<Booking>(
    `select * from (${overlapping(BOOKING)}) found order by "startAt", "roomId", "eventId" limit ${MOST_BOOKINGS}`,
    [tenantId, at(from), at(to)],
  );
}

/** Of one room. */
export async function bookingsIn(
  sql: Sql,
  tenantId: string,
  roomId: string,
  from: number,
  to: number,
): Promise<Booking[]> {
  return sql.query<Booking>(
    `select * from (${overlapping(BOOKING, 'and b.room_id = $4')}) found order by "startAt", "eventId" limit ${MOST_BOOKINGS}`,
    [tenantId, at(from), at(to), roomId],
  );
}

/** When the next booking of each of these rooms begins, from `after` on and before `until`. */
export async function nextStarts(
  sql: Sql,
  tenantId: string,
  roomIds: readonly string[],
  after: number,
  until: number,
): Promise<Map<string, number>> {
  if (roomIds.length === 0) return new Map();
  const rows = await sql.query<{ roomId: string; startAt: number }>(
    `select room_id as "roomId", min(start_at) as "startAt" from cw.booking
     where tenant_id = $1 and room_id = any ($2) and start_at >= $3 and start_at < $4 group by room_id`,
    [tenantId, roomIds, at(after), at(until)],
  );
  return new Map(rows.map((row) => [row.roomId, row.startAt]));
}
