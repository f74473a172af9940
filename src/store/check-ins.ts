/** Who must show up for a room, and what became of it. A press and a release lock the same row. */
import { createHash } from 'node:crypto';
import type { CheckIn, CheckInKey, CheckInState } from '../rooms/types.ts';
import { at, type Sql } from './database.ts';

const MOST_OPEN = 2_000;
const MOST_IN_A_REPORT = 100_000;

const CHECK_IN = `room_id as "roomId", event_id as "eventId", start_at as "startAt", end_at as "endAt", series_id as "seriesId",
  organizer, person_id as "personId", asked_by as "askedBy", ask_at as "askAt", release_at as "releaseAt", state, reason,
  settled_at as "settledAt"`;

/** Of a secret that goes out in a mail only this is kept here. */
export const tokenHash = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Of one room, those that begin after `since`. */
export async function checkInsSince(sql: Sql, tenantId: string, roomId: string, since: number): Promise<CheckIn[]> {
  return sql.query<CheckIn>(
    `select ${CHECK_IN} from cw.check_in where tenant_id = $1 and room_id = $2 and start_at >= $3
     order by start_at, event_id limit ${MOST_OPEN}`,
    [tenantId, roomId, at(since)],
  );
}

/** New ones, and those that were withdrawn and are wanted again; any other stays as it is. */
export async function planCheckIn(
  sql: Sql,
  tenantId: string,
  checkIn: Omit<CheckIn, 'settledAt'> & { token?: string },
  now: number,
): Promise<void> {
  const { roomId, eventId, startAt, endAt, seriesId, organizer, personId, askedBy, askAt, releaseAt } = checkIn;
  const { state, reason, token } = checkIn;
  await sql.query(
    `insert into cw.check_in as c (tenant_id, room_id, event_id, start_at, end_at, series_id, organizer, person_id, asked_by,
       ask_at, release_at, state, reason, token_hash, settled_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, case when $12 <> 'planned' then $15::timestamptz end)
     on conflict (tenant_id, room_id, event_id, start_at) do update set end_at = excluded.end_at,
       series_id = excluded.series_id, organizer = excluded.organizer, person_id = excluded.person_id,
       asked_by = excluded.asked_by, ask_at = excluded.ask_at, release_at = excluded.release_at, state = excluded.state,
       reason = excluded.reason, token_hash = excluded.token_hash, settled_at = excluded.settled_at
     where c.state = 'withdrawn'`,
    [
      tenantId,
      roomId,
      eventId,
      at(startAt),
      at(endAt),
      seriesId,
      organizer,
      personId,
      askedBy,
      at(askAt),
      at(releaseAt),
      state,
      reason,
      token === undefined ? null : tokenHash(token),
      at(now),
    ],
  );
}

/** The row stays locked until the transaction ends: whoever comes first, a press or the release, is who counts. */
export async function lockCheckIn(sql: Sql, tenantId: string, key: CheckInKey): Promise<CheckIn | undefined> {
  const [row] = await sql.query<CheckIn>(
    `select ${CHECK_IN} from cw.check_in where tenant_id = $1 and room_id = $2 and event_id = $3 and start_at = $4 for update`,
    [tenantId, key.roomId, key.eventId, at(key.startAt)],
  );
  return row;
}

export async function setCheckIn(
  sql: Sql,
  tenantId: string,
  key: CheckInKey,
  to: { state: CheckInState; reason: string | null },
  now: number,
): Promise<void> {
  await sql.query(
    `update cw.check_in set state = $5, reason = $6,
       settled_at = case when $5 in ('planned', 'releasing') then null else $7::timestamptz end
     where tenant_id = $1 and room_id = $2 and event_id = $3 and start_at = $4`,
    [tenantId, key.roomId, key.eventId, at(key.startAt), to.state, to.reason, at(now)],
  );
}

/** Nobody is asked about it any more; where somebody answered meanwhile, or it is being released, that counts. */
export async function withdrawCheckIn(
  sql: Sql,
  tenantId: string,
  key: CheckInKey,
  reason: string,
  now: number,
): Promise<void> {
  await sql.query(
    `update cw.check_in set state = 'withdrawn', reason = $5, settled_at = $6
     where tenant_id = $1 and room_id = $2 and event_id = $3 and start_at = $4 and state = 'planned'`,
    [tenantId, key.roomId, key.eventId, at(key.startAt), reason, at(now)],
  );
}

/** The meeting became longer or shorter, and begins as before. */
export async function setCheckInEnd(sql: Sql, tenantId: string, key: CheckInKey, endAt: number): Promise<void> {
  await sql.query(
    'update cw.check_in set end_at = $5 where tenant_id = $1 and room_id = $2 and event_id = $3 and start_at = $4',
    [tenantId, key.roomId, key.eventId, at(key.startAt), at(endAt)],
  );
}

/** Whoever has the link; across the walls nothing but which check-in it is. */
export async function findCheckInByToken(
  system: Sql,
  token: string,
): Promise<(CheckInKey & { tenantId: string }) | undefined> {
  const [row] = await system.query<CheckInKey & { tenantId: string }>(
    `select tenant_id as "tenantId", room_id as "roomId", event_id as "eventId", start_at as "startAt"
     from cw.find_check_in($1)`,
    [tokenHash(token)],
  );
  return row;
}

/** What became of the occurrences of a series up to this one, the latest first. */
export async function pastOfSeries(
  sql: Sql,
  tenantId: string,
  series: { roomId: string; seriesId: string },
  until: number,
  most: number,
): Promise<CheckIn[]> {
  return sql.query<CheckIn>(
    `select ${CHECK_IN} from cw.check_in where tenant_id = $1 and room_id = $2 and series_id = $3 and start_at <= $4
       and state not in ('withdrawn', 'planned') order by start_at desc, event_id limit $5`,
    [tenantId, series.roomId, series.seriesId, at(until), most],
  );
}

/** For the report. */
export async function releasesBetween(sql: Sql, tenantId: string, from: number, to: number): Promise<CheckIn[]> {
  return sql.query<CheckIn>(
    `select ${CHECK_IN} from cw.check_in where tenant_id = $1 and start_at >= $2 and start_at < $3 and state = 'released'
     order by start_at, room_id, event_id limit ${MOST_IN_A_REPORT}`,
    [tenantId, at(from), at(to)],
  );
}

/** When the question reached somebody: in their chat, or by a mail with a link. Undefined: it did not, or nobody knows. */
export async function askedAt(sql: Sql, tenantId: string, checkIn: CheckIn): Promise<number | undefined> {
  if (checkIn.askedBy === null) return undefined;
  // A chat message that had to go by mail has no buttons there.
  const statement = checkIn.personId
    ? `select ended_at as "at" from cw.nudge where tenant_id = $1 and nudge_id = $2 and state = 'sent' and way = 'teams'`
    : `select ended_at as "at" from cw.errand where tenant_id = $1 and errand_id = $2 and state = 'done'`;
  const [row] = await sql.query<{ at: number | null }>(statement, [tenantId, checkIn.askedBy]);
  return row?.at ?? undefined;
}

/** What was given back of somebody's, by the room's address and the occurrence's start, both ends of `span` included. */
export async function releasesOf(
  sql: Sql,
  tenantId: string,
  personId: string,
  span: { from: number; to: number },
): Promise<{ address: string; startAt: number }[]> {
  return sql.query(
    `select r.address, c.start_at as "startAt" from cw.check_in c
     join cw.room r on r.tenant_id = c.tenant_id and r.room_id = c.room_id
     where c.tenant_id = $1 and c.person_id = $2 and c.start_at between $3 and $4 and c.state in ('releasing', 'released')
     order by c.start_at, c.room_id, c.event_id limit ${MOST_OPEN}`,
    [tenantId, personId, at(span.from), at(span.to)],
  );
}
