/** Rooms that somebody asked for in the chat: asked, then booked once the room itself has accepted. */
import { at, type Sql } from './database.ts';

export type AskState = 'asking' | 'asked' | 'booked' | 'declined' | 'failed' | 'withdrawn';

export interface RoomAsk {
  /** Also Graph's transactionId where a meeting is made. */
  askId: string;
  personId: string;
  roomId: string;
  /** In the person's mailbox, once Graph has told. */
  eventId: string | null;
  startAt: number;
  endAt: number;
  state: AskState;
  nudgeId: string;
  askedAt: number;
}

const ASK = `ask_id as "askId", person_id as "personId", room_id as "roomId", event_id as "eventId", start_at as "startAt",
  end_at as "endAt", state, nudge_id as "nudgeId", asked_at as "askedAt"`;
/** Nobody asks for more at one time. */
const MOST_OPEN = 100;
/** And in the time in which changes are looked back for. */
const MOST_TELLING = 1_000;

export async function saveAsk(sql: Sql, tenantId: string, ask: RoomAsk): Promise<void> {
  const { askId, personId, roomId, eventId, startAt, endAt, state, nudgeId, askedAt } = ask;
  await sql.query(
    `insert into cw.room_ask (tenant_id, ask_id, person_id, room_id, event_id, start_at, end_at, state, nudge_id, asked_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
    [tenantId, askId, personId, roomId, eventId, at(startAt), at(endAt), state, nudgeId, at(askedAt)],
  );
}

export async function findAsk(sql: Sql, tenantId: string, askId: string): Promise<RoomAsk | undefined> {
  const [row] = await sql.query<RoomAsk>(`select ${ASK} from cw.room_ask where tenant_id = $1 and ask_id = $2`, [
    tenantId,
    askId,
  ]);
  return row;
}

/** The newest of this person's for that room at that time which has not come to nothing. */
export async function findSameAsk(
  sql: Sql,
  tenantId: string,
  ask: Pick<RoomAsk, 'personId' | 'roomId' | 'startAt' | 'endAt'>,
): Promise<RoomAsk | undefined> {
  const [row] = await sql.query<RoomAsk>(
    `select ${ASK} from cw.room_ask where tenant_id = $1 and person_id = $2 and room_id = $3 and start_at = $4
       and end_at = $5 and state in ('asking', 'asked', 'booked') order by asked_at desc, ask_id limit 1`,
    [tenantId, ask.personId, ask.roomId, at(ask.startAt), at(ask.endAt)],
  );
  return row;
}

/** Those that no room has answered yet. */
export async function openAsksOf(sql: Sql, tenantId: string, personId: string): Promise<RoomAsk[]> {
  return sql.query<RoomAsk>(
    `select ${ASK} from cw.room_ask where tenant_id = $1 and person_id = $2 and state in ('asking', 'asked')
     order by asked_at, ask_id limit ${MOST_OPEN}`,
    [tenantId, personId],
  );
}

/** Rooms that said no to somebody's entry at that time, since then. */
export async function roomsThatDeclined(
  sql: Sql,
  tenantId: string,
  about: Pick<RoomAsk, 'personId' | 'startAt' | 'endAt'> & { eventId: string; since: number },
): Promise<string[]> {
  const { personId, eventId, startAt, endAt, since } = about;
  const rows = await sql.query<{ roomId: string }>(
    `select distinct room_id as "roomId" from cw.room_ask where tenant_id = $1 and person_id = $2 and event_id = $3
       and start_at = $4 and end_at = $5 and state = 'declined' and settled_at >= $6
     order by room_id limit ${MOST_OPEN}`,
    [tenantId, personId, eventId, at(startAt), at(endAt), at(since)],
  );
  return rows.map((row) => row.roomId);
}

/** Moves an open one on. False: it was settled meanwhile, and its state counts. */
export async function setAsk(
  sql: Sql,
  tenantId: string,
  askId: string,
  change: { state: AskState; eventId?: string },
  now: number,
): Promise<boolean> {
  const { state, eventId } = change;
  const rows = await sql.query(
    `update cw.room_ask set state = $3, event_id = coalesce($4, event_id),
       asked_at = case when $3 = 'asked' then $5 else asked_at end,
       settled_at = case when $3 in ('asking', 'asked') then null else $5::timestamptz end
     where tenant_id = $1 and ask_id = $2 and state in ('asking', 'asked') returning ask_id`,
    [tenantId, askId, state, eventId ?? null, at(now)],
  );
  return rows.length > 0;
}

/** A booking that its owner took back: the same may be asked for again. */
export async function withdrawAsk(sql: Sql, tenantId: string, askId: string, now: number): Promise<void> {
  await sql.query(
    `update cw.room_ask set state = 'withdrawn', settled_at = $3 where tenant_id = $1 and ask_id = $2 and state <> 'withdrawn'`,
    [tenantId, askId, at(now)],
  );
}

/** Asks of somebody's that tell whether the room said no, by its address and the start, both ends of `span` included. */
export async function asksTelling(
  sql: Sql,
  tenantId: string,
  personId: string,
  span: { from: number; to: number },
): Promise<{ address: string; startAt: number; settledAt: number | null }[]> {
  return sql.query(
    `select r.address, a.start_at as "startAt", a.settled_at as "settledAt" from cw.room_ask a
     join cw.room r on r.tenant_id = a.tenant_id and r.room_id = a.room_id
     where a.tenant_id = $1 and a.person_id = $2 and a.start_at between $3 and $4
       and a.state in ('asking', 'asked', 'declined') order by a.asked_at desc, a.ask_id limit ${MOST_TELLING}`,
    [tenantId, personId, at(span.from), at(span.to)],
  );
}
