/** Reads what is held of a person, table by table in steps, as privacy/holdings.ts says. */
import type { Holding } from '../privacy/holdings.ts';
import type { Sql } from './database.ts';

export const ROWS_A_PAGE = 200;

export interface HeldPage {
  /** Each row as JSON, instants as ISO 8601. */
  rows: string[];
  /** Where the next page begins; undefined: that was all. */
  next?: unknown[];
}

/** Names come from our own list; what is foreign is a parameter. */
export async function readHeld(
  sql: Sql,
  holding: Holding,
  who: { tenantId: string; personId: string },
  after: unknown[] = [],
  most = ROWS_A_PAGE,
): Promise<HeldPage> {
  const { table, whose, exported, key } = holding;
  if (whose === null) return { rows: [] };
  const [names, keys] = [exported.join(', '), key.join(', ')];
  const beyond = after.length > 0 ? `and (${keys}) > (${after.map((_, index) => `$${index + 4}`).join(', ')})` : '';
  const found = await sql.query<Record<string, unknown> & { row_as_json: string }>(
    `select to_jsonb(r)::text as row_as_json, ${key.map((name) => `r.${name} as "${name}"`).join(', ')}
     from (select ${names} from cw.${table} where ${whose} ${beyond} order by ${keys} fetch first $3 rows only) r order by ${keys}`,
    [who.tenantId, who.personId, most, ...after],
  );
  const last = found.at(-1);
  return {
    rows: found.map((one) => one.row_as_json),
    ...(last && found.length === most ? { next: key.map((name) => last[name]) } : {}),
  };
}

/** How many rows, for saying what is about to be removed. */
export async function countHeld(
  sql: Sql,
  holding: Holding,
  who: { tenantId: string; personId: string },
): Promise<number> {
  if (holding.whose === null) return 0;
  const [row] = await sql.query<{ held: number }>(
    `select count(*)::int as held from cw.${holding.table} where ${holding.whose}`,
    [who.tenantId, who.personId],
  );
  return row?.held ?? 0;
}

/** Returns how many went. */
export async function deleteHeld(
  sql: Sql,
  holding: Holding,
  who: { tenantId: string; personId: string },
): Promise<number> {
  if (holding.whose === null) return 0;
  const [row] = await sql.query<{ gone: number }>(
    `with gone as (delete from cw.${holding.table} where ${holding.whose} returning 1 as one)
     select count(*)::int as gone from gone`,
    [who.tenantId, who.personId],
  );
  return row?.gone ?? 0;
}
