/** The beat of all instances together, and the times at which there was none. */
import { MINUTE_MS } from '../clock.ts';
import { at, type Sql } from './database.ts';

export interface Outage {
  fromAt: number;
  toAt: number;
}

export const BEAT_MS = 2 * MINUTE_MS;
/** Two beats may be lost to a database that is slow; a third is an outage. */
const OUTAGE_GAP_MS = 5 * MINUTE_MS;

/** Beats; when nobody did for five minutes, that was an outage: returns when it began. */
export async function beat(system: Sql, now: number): Promise<number | undefined> {
  const [row] = await system.query<{ since: number | null }>('select cw.beat($1, $2) as since', [
    OUTAGE_GAP_MS,
    at(now),
  ]);
  return row?.since ?? undefined;
}

/** Those that lie, in part, after `since`, oldest first; also one that is just over and not written down yet. */
export async function outagesSince(sql: Sql, since: number, now: number): Promise<Outage[]> {
  return sql.query<Outage>('select from_at as "fromAt", to_at as "toAt" from cw.outages_since($1, $2, $3)', [
    at(since),
    OUTAGE_GAP_MS,
    at(now),
  ]);
}

/** After an outage: mailboxes that would be read much later are read soon. Returns how many were moved, at most `most`. */
export async function awaken(system: Sql, most: number, now: number): Promise<number> {
  const [row] = await system.query<{ woken: number }>('select cw.awaken($1, $2) as woken', [most, at(now)]);
  return row?.woken ?? 0;
}
