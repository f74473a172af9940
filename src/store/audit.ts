/** The audit trail: who did what. Rows are added and read; they go with age alone (cw.prune_audit). */
import { type Act, type ActDetail, type AuditAct, oddDetails } from '../privacy/acts.ts';
import { at, type Sql } from './database.ts';

export interface RecordedAct {
  auditId: string;
  at: number;
  actorId: string | null;
  personId: string | null;
  act: AuditAct;
  detail: ActDetail;
}

/**
 * In the transaction of what it records, so that neither stands without the other. Throws when the detail holds what may
 * not be kept: a fault of ours, not of the person's.
 */
export async function recordAct(sql: Sql, act: Act, now: number, auditId: string): Promise<void> {
  const detail = act.detail ?? {};
  const odd = oddDetails(detail);
  if (odd.length > 0) throw new TypeError(`the audit trail keeps ids and codes alone, not ${odd.join(', ')}`);
  await sql.query(
    `insert into cw.audit (tenant_id, audit_id, at, actor_id, person_id, act, detail)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [act.tenantId, auditId, at(now), act.actorId, act.personId, act.act, JSON.stringify(detail)],
  );
}

const ACT = `audit_id as "auditId", at, actor_id as "actorId", person_id as "personId", act, detail`;

/** The newest first; `before`: those that follow it in that order. */
export async function actsOf(
  sql: Sql,
  tenantId: string,
  most: number,
  before?: Pick<RecordedAct, 'at' | 'auditId'>,
): Promise<RecordedAct[]> {
  if (!before)
    return sql.query<RecordedAct>(
      `select ${ACT} from cw.audit where tenant_id = $1 order by at desc, audit_id limit $2`,
      [tenantId, most],
    );
  return sql.query<RecordedAct>(
    `select ${ACT} from cw.audit where tenant_id = $1 and (at < $2 or (at = $2 and audit_id > $3))
     order by at desc, audit_id limit $4`,
    [tenantId, at(before.at), before.auditId, most],
  );
}

/** How often `act` was done about this person since then. */
export async function countActs(
  sql: Sql,
  who: { tenantId: string; personId: string },
  act: AuditAct,
  since: number,
): Promise<number> {
  const [row] = await sql.query<{ times: number }>(
    `select count(*)::int as times from cw.audit
     where tenant_id = $1 and person_id = $2 and act = $3 and at > $4`,
    [who.tenantId, who.personId, act, at(since)],
  );
  return row?.times ?? 0;
}

/** Retention, in small steps. */
export async function pruneAudit(system: Sql, most: number, before: number): Promise<number> {
  const [row] = await system.query<{ pruned: number }>('select cw.prune_audit($1, $2) as pruned', [most, at(before)]);
  return row?.pruned ?? 0;
}
