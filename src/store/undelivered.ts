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

export interface UndeliveredCount {
  state: Undelivered['state'];
  reason: string | null;
  count: number;
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
export async function undeliveredOf(sql: Sql, tenantId: string, since: number, most: number): Promise<Undelivered[]> {
  return sql.query<Undelivered>(
    `select ${UNDELIVERED} from cw.nudge
     where tenant_id = $1 and state in ('missed', 'failed', 'unknown') and ended_at > $2
     order by ended_at desc, nudge_id limit $3`,
    [tenantId, at(since), most],
  );
}

export async function countUndelivered(sql: Sql, tenantId: string, since: number): Promise<UndeliveredCount[]> {
  return sql.query<UndeliveredCount>(
    `select state, reason, count(*)::int as count from cw.nudge
     where tenant_id = $1 and state in ('missed', 'failed', 'unknown') and ended_at > $2
     group by state, reason order by count(*) desc, state, reason`,
    [tenantId, at(since)],
  );
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

/** Plans them again, due now. Before it is sent, each is looked at as any other. Returns how many. */
export async function retryUndelivered(sql: Sql, tenantId: string, since: number, now: number): Promise<number> {
  const rows = await sql.query(
    `update cw.nudge set state = 'planned', send_at = $3, reason = null, ended_at = null, held = false, way = 'teams',
       why_way = null
     where ${RETRYABLE} returning nudge_id`,
    [tenantId, at(since), at(now)],
  );
  return rows.length;
}
