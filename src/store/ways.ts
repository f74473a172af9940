/**
 * Where else somebody can be reached: one row a person and way. An address is good once its owner has typed the code that
 * was sent to it; of a code only a hash is kept.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../clock.ts';
import type { OtherWayName } from '../nudges/settings.ts';
import { at, type Sql } from './database.ts';
import type { WhyWay } from './sends.ts';

export const CODE_LIFE_MS = 10 * MINUTE_MS;
export const MOST_TRIES = 5;
/** Of codes: of a person in an hour, wherever to; to an address in a day, whoever asks. */
export const MOST_CODES_A_PERSON = 3;
export const MOST_CODES_AN_ADDRESS = 5;

export interface StoredWay {
  way: OtherWayName;
  /** Lower case; a number in E.164. */
  address: string;
  confirmedAt: number | null;
  /** By STOP, by the link in a mail, or by its owner in the chat. */
  stoppedAt: number | null;
  /** Good for nothing but stopping. */
  stopToken: string;
  /** Until when the newest code is good; null when none is under way. */
  codeUntil: number | null;
  codeTries: number;
}

const WAY = `way, address, confirmed_at as "confirmedAt", stopped_at as "stoppedAt", stop_token as "stopToken",
  code_until as "codeUntil", code_tries as "codeTries"`;

export async function waysOf(sql: Sql, tenantId: string, personId: string): Promise<StoredWay[]> {
  return sql.query<StoredWay>(`select ${WAY} from cw.way where tenant_id = $1 and person_id = $2 order by way`, [
    tenantId,
    personId,
  ]);
}

export const isUsable = (way: Pick<StoredWay, 'confirmedAt' | 'stoppedAt'>): boolean =>
  way.confirmedAt !== null && way.stoppedAt === null;

/** Where to send, if its owner confirmed the address and didn't stop it. */
export async function usableWay(
  sql: Sql,
  tenantId: string,
  personId: string,
  way: OtherWayName,
): Promise<StoredWay | undefined> {
  return (await waysOf(sql, tenantId, personId)).find((one) => one.way === way && isUsable(one));
}

type Owner = { tenantId: string; personId: string };

/** Of the code for this address of this person and nobody else's. */
const hashOf = (...parts: string[]) => createHash('sha256').update(JSON.stringify(parts)).digest();
const codeHash = ({ tenantId, personId }: Owner, address: string, code: string) =>
  hashOf('code', tenantId, personId, address, code);

/** Counts a code that is about to be sent; false when there were enough of them. */
async function countCode(sql: Sql, hash: Buffer, most: number, withinMs: number, now: number): Promise<boolean> {
  const [row] = await sql.query<{ counted: boolean }>('select cw.count_code($1, $2, $3, $4) as counted', [
    hash,
    most,
    withinMs,
    at(now),
  ]);
  return row?.counted === true;
}

export type TooMany = 'person' | 'address';

/** Which limit another code would pass, if any; else it is counted. To be taken back with the transaction. */
export async function countCodes(
  sql: Sql,
  { tenantId, personId }: Owner,
  to: Pick<StoredWay, 'way' | 'address'>,
  now: number,
): Promise<TooMany | undefined> {
  const byPerson = hashOf('person', tenantId, personId);
  if (!(await countCode(sql, byPerson, MOST_CODES_A_PERSON, HOUR_MS, now))) return 'person';
  const byAddress = hashOf('address', to.way, to.address);
  return (await countCode(sql, byAddress, MOST_CODES_AN_ADDRESS, DAY_MS, now)) ? undefined : 'address';
}

/**
 * A code is on its way to this address. Another address than before is unconfirmed, and has a token of its own: links in
 * mails to the old one stop nothing any more. The same one keeps what it has until the code is typed.
 */
export async function beginWay(
  sql: Sql,
  owner: Owner,
  to: Pick<StoredWay, 'way' | 'address' | 'stopToken'> & { code: string },
  now: number,
): Promise<StoredWay> {
  const [row] = await sql.query<StoredWay>(
    `insert into cw.way as w (tenant_id, person_id, way, address, stop_token, code_hash, code_until, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (tenant_id, person_id, way) do update set
       confirmed_at = case when w.address = $4 then w.confirmed_at end,
       stopped_at = case when w.address = $4 then w.stopped_at end,
       stop_token = case when w.address = $4 then w.stop_token else $5 end,
       address = $4, code_hash = $6, code_until = $7, code_tries = 0
     returning ${WAY}`,
    [
      owner.tenantId,
      owner.personId,
      to.way,
      to.address,
      to.stopToken,
      codeHash(owner, to.address, to.code),
      at(now + CODE_LIFE_MS),
      at(now),
    ],
  );
  if (!row) throw new Error('insert returned no row');
  return row;
}

export type Confirmation =
  | { kind: 'confirmed'; way: OtherWayName }
  | { kind: 'wrong'; triesLeft: number }
  /** The only code that was sent is too old. */
  | { kind: 'expired' }
  /** Nothing is waiting for a code. */
  | { kind: 'none' };

/**
 * A code was typed. It is tried against all that wait for one, and a wrong one counts for each of them. To be committed
 * whatever comes of it.
 */
export async function confirmWay(sql: Sql, owner: Owner, code: string, now: number): Promise<Confirmation> {
  const { tenantId, personId } = owner;
  const rows = await sql.query<StoredWay & { hash: Buffer }>(
    `select ${WAY}, code_hash as hash from cw.way
     where tenant_id = $1 and person_id = $2 and code_hash is not null order by way for no key update`,
    [tenantId, personId],
  );
  if (rows.length === 0) return { kind: 'none' };
  const waiting = rows.filter((one) => Number(one.codeUntil) > now && one.codeTries < MOST_TRIES);
  if (waiting.length === 0)
    return rows.some((one) => one.codeTries >= MOST_TRIES) ? { kind: 'wrong', triesLeft: 0 } : { kind: 'expired' };
  const right = waiting.find((one) => timingSafeEqual(one.hash, codeHash(owner, one.address, code)));
  if (right) {
    await sql.query(
      `update cw.way set confirmed_at = $4, stopped_at = null, code_hash = null, code_until = null, code_tries = 0
       where tenant_id = $1 and person_id = $2 and way = $3`,
      [tenantId, personId, right.way, at(now)],
    );
    return { kind: 'confirmed', way: right.way };
  }
  await sql.query(
    'update cw.way set code_tries = code_tries + 1 where tenant_id = $1 and person_id = $2 and way = any ($3)',
    [tenantId, personId, waiting.map((one) => one.way)],
  );
  return { kind: 'wrong', triesLeft: Math.max(...waiting.map((one) => MOST_TRIES - one.codeTries - 1)) };
}

/** Its owner wants nothing by it any more; only a new code starts it again. False when there is no such way. */
export async function stopWay(sql: Sql, owner: Owner, way: OtherWayName, now: number): Promise<boolean> {
  const rows = await sql.query(
    `update cw.way set stopped_at = coalesce(stopped_at, $4), code_hash = null, code_until = null
     where tenant_id = $1 and person_id = $2 and way = $3 returning way`,
    [owner.tenantId, owner.personId, way, at(now)],
  );
  return rows.length > 0;
}

/** False when there was none. How many codes were sent is not forgotten. */
export async function removeWay(sql: Sql, owner: Owner, way: OtherWayName): Promise<boolean> {
  const rows = await sql.query(
    'delete from cw.way where tenant_id = $1 and person_id = $2 and way = $3 returning way',
    [owner.tenantId, owner.personId, way],
  );
  return rows.length > 0;
}

/** What came by another way than Teams. */
export interface CameLater {
  kind: string;
  subject: string;
  saidAt: number;
  way: OtherWayName;
  why: WhyWay | null;
}

/** The newest, and how many in all. */
export async function cameLaterTo(
  sql: Sql,
  tenantId: string,
  personId: string,
  since: number,
  most: number,
): Promise<{ newest: CameLater[]; total: number }> {
  const newest = await sql.query<CameLater & { total: number }>(
    `select kind, coalesce(facts ->> 'subject', '') as subject, ended_at as "saidAt", way, why_way as why,
       (count(*) over ())::int as total
     from cw.nudge where tenant_id = $1 and person_id = $2 and state = 'sent' and way <> 'teams' and ended_at > $3
     order by ended_at desc, nudge_id limit $4`,
    [tenantId, personId, at(since), most],
  );
  return { newest, total: newest[0]?.total ?? 0 };
}

/** Counts of codes that nobody asks for any more. */
export async function pruneCodeCounts(system: Sql, most: number, sentBefore: number): Promise<number> {
  const [row] = await system.query<{ pruned: number }>('select cw.prune_code_counts($1, $2) as pruned', [
    most,
    at(sentBefore),
  ]);
  return row?.pruned ?? 0;
}
