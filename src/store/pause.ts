/** A pause for everybody in a tenant: claims and begins (migrations/0008) look at it; here it comes and goes, and is counted. */
import { at, type Sql } from './database.ts';

export interface Pause {
  since: number;
  /** The admin's object id. */
  by: string;
}

export async function pauseOf(sql: Sql, tenantId: string): Promise<Pause | undefined> {
  const [row] = await sql.query<Pause>(
    `select paused_at as since, coalesce(paused_by, '') as by from cw.tenant
     where tenant_id = $1 and paused_at is not null`,
    [tenantId],
  );
  return row;
}

/** False when it is paused already: the first word stands. */
export async function pauseAll(sql: Sql, tenantId: string, personId: string, now: number): Promise<boolean> {
  const rows = await sql.query(
    `update cw.tenant set paused_at = $3, paused_by = $2 where tenant_id = $1 and paused_at is null
     returning tenant_id`,
    [tenantId, personId, at(now)],
  );
  return rows.length > 0;
}

export async function resumeAll(sql: Sql, tenantId: string): Promise<void> {
  await sql.query('update cw.tenant set paused_at = null, paused_by = null where tenant_id = $1', [tenantId]);
}

/** No more than a claim reserves ahead, times a few. */
const MOST_CLAIMED = 500;

/** After the pause is committed: what is claimed, and may be just beginning. */
export async function claimedNow(sql: Sql, tenantId: string): Promise<string[]> {
  const rows = await sql.query<{ nudgeId: string }>(
    `select nudge_id as "nudgeId" from cw.nudge where tenant_id = $1 and state = 'claimed'
     order by nudge_id limit ${MOST_CLAIMED}`,
    [tenantId],
  );
  return rows.map((row) => row.nudgeId);
}

/**
 * Whether its request has gone out. It waits for whoever is just beginning it (begin_send holds the row until that is
 * committed); who begins after that sees the pause. One a transaction: senders lock several, in an order of their own.
 */
export async function isUnderWay(sql: Sql, tenantId: string, nudgeId: string): Promise<boolean> {
  const [row] = await sql.query<{ isUnderWay: boolean }>(
    `select sending_at is not null as "isUnderWay" from cw.nudge
     where tenant_id = $1 and nudge_id = $2 and state = 'claimed' for share`,
    [tenantId, nudgeId],
  );
  return row?.isUnderWay ?? false;
}

export interface HeldKind {
  kind: string;
  /** Would be sent now. */
  due: number;
  /** Becomes due before `until`. */
  soon: number;
}

/** What a pause holds, the most first. What waits for a chat would wait anyway; what is under way is not held. */
export async function heldKinds(sql: Sql, tenantId: string, until: number, now: number): Promise<HeldKind[]> {
  return sql.query<HeldKind>(
    `select kind, (count(*) filter (where send_at <= $3))::int as due, (count(*) filter (where send_at > $3))::int as soon
     from cw.nudge
     where tenant_id = $1 and state in ('planned', 'claimed') and send_at <= $2 and deadline_at > $3 and not held
       and wanted and sending_at is null
     group by kind order by due desc, soon desc, kind`,
    [tenantId, at(until), at(now)],
  );
}

/** At the end of a pause: what it made too late is missed, with that reason. At most `most`; returns how many. */
export async function missPaused(
  sql: Sql,
  tenantId: string,
  reason: string,
  most: number,
  now: number,
): Promise<number> {
  const rows = await sql.query(
    `with late as (
       select n.nudge_id from cw.nudge n
       where n.tenant_id = $1 and n.state = 'planned' and n.send_at <= $2 and n.deadline_at <= $2 and not n.held
       order by n.nudge_id limit $4 for no key update skip locked
     )
     update cw.nudge n set state = 'missed', reason = $3, ended_at = $2, lease = null
     from late where n.tenant_id = $1 and n.nudge_id = late.nudge_id returning n.nudge_id`,
    [tenantId, at(now), reason, most],
  );
  return rows.length;
}

/** How many were missed for this reason since then. */
export async function countMissedBecause(sql: Sql, tenantId: string, reason: string, since: number): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `select count(*)::int as count from cw.nudge
     where tenant_id = $1 and state = 'missed' and reason = $2 and ended_at >= $3`,
    [tenantId, reason, at(since)],
  );
  return row?.count ?? 0;
}
