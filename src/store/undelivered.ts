/** What did not arrive, and what nobody knows of: read by the person it was for and by admins. */
import { at, type Sql } from './database.ts';

export interface Undelivered {
  nudgeId: string;
  personId: string;
  kind: string;
  subject: string;
  dueAt: number;
  state: 'missed' | 'failed' | 'unknown';
  reason: string | null;
}

/** As an admin may see it: whose meeting it was, but not which. */
export type UndeliveredOfAll = Omit<Undelivered, 'subject'> & { address: string | null };

export interface UndeliveredCount {
  state: Undelivered['state'];
  reason: string | null;
  count: number;
  /** How many different people. */
  people: number;
}

const UNDELIVERED = `nudge_id as "nudgeId", person_id as "personId", kind, coalesce(facts ->> 'subject', '') as subject,
  due_at as "dueAt", state, reason`;

/** The newest, and how many in all. */
export async function undeliveredTo(
  sql: Sql,
  tenantId: string,
  personId: string,
  since: number,
  most: number,
): Promise<{ newest: Undelivered[]; total: number }> {
  const newest = await sql.query<Undelivered & { total: number }>(
    `select ${UNDELIVERED}, (count(*) over ())::int as total from cw.nudge
     where tenant_id = $1 and person_id = $2 and state in ('missed', 'failed', 'unknown') and ended_at > $3
     order by ended_at desc, nudge_id limit $4`,
    [tenantId, personId, at(since), most],
  );
  return { newest, total: newest[0]?.total ?? 0 };
}

/** Of everybody, the newest. */
export async function undeliveredOf(
  sql: Sql,
  tenantId: string,
  since: number,
  most: number,
): Promise<UndeliveredOfAll[]> {
  return sql.query<UndeliveredOfAll>(
    `select n.nudge_id as "nudgeId", n.person_id as "personId", n.kind, n.due_at as "dueAt", n.state, n.reason, p.address
     from cw.nudge n left join cw.person p on p.tenant_id = n.tenant_id and p.person_id = n.person_id
     where n.tenant_id = $1 and n.state in ('missed', 'failed', 'unknown') and n.ended_at > $2
     order by n.ended_at desc, n.nudge_id limit $3`,
    [tenantId, at(since), most],
  );
}

export async function countUndelivered(sql: Sql, tenantId: string, since: number): Promise<UndeliveredCount[]> {
  return sql.query<UndeliveredCount>(
    `select state, reason, count(*)::int as count, count(distinct person_id)::int as people from cw.nudge
     where tenant_id = $1 and state in ('missed', 'failed', 'unknown') and ended_at > $2
     group by state, reason order by count(*) desc, state, reason`,
    [tenantId, at(since)],
  );
}

/** People who are watched and have no chat: they removed or blocked the app, or Teams forgot the chat. */
export async function countUnreachable(sql: Sql, tenantId: string): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `select count(*)::int as count from cw.person
     where tenant_id = $1 and watch <> 'off' and conversation_id is null`,
    [tenantId],
  );
  return row?.count ?? 0;
}

/** Those that can still be said: not what may have arrived, and not what nobody wants any more. */
const RETRYABLE = `tenant_id = $1 and state in ('missed', 'failed') and ended_at > $2 and deadline_at > $3 and wanted`;

export async function countRetryable(sql: Sql, tenantId: string, since: number, now: number): Promise<number> {
  const [row] = await sql.query<{ count: number }>(`select count(*)::int as count from cw.nudge where ${RETRYABLE}`, [
    tenantId,
    at(since),
    at(now),
  ]);
  return row?.count ?? 0;
}

/** At once; what is left can be asked for again. */
const MOST_RETRIED = 10_000;

/** Plans them again, due now. Before it is sent, each is looked at as any other. Returns how many. */
export async function retryUndelivered(sql: Sql, tenantId: string, since: number, now: number): Promise<number> {
  const rows = await sql.query(
    `update cw.nudge set state = 'planned', send_at = $3, reason = null, ended_at = null, held = false, way = 'teams',
       why_way = null
     where tenant_id = $1 and nudge_id in (select nudge_id from cw.nudge where ${RETRYABLE}
       order by deadline_at, nudge_id limit ${MOST_RETRIED} for no key update) returning nudge_id`,
    [tenantId, at(since), at(now)],
  );
  return rows.length;
}
