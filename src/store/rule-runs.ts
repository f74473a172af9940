/** What rules did, as people look at it afterwards. */
import { at, type Sql } from './database.ts';
import { IS_OFF } from './webhooks.ts';

const MOST_RUNS_SHOWN = 50;

/** What a rule did, a deed a row. */
export interface DoneRun {
  errandId: string;
  kind: string;
  personId: string | null;
  mailboxId: string | null;
  payload: unknown;
  state: 'planned' | 'claimed' | 'done' | 'withdrawn' | 'failed' | 'missed' | 'unknown';
  reason: string | null;
  dueAt: number;
  endedAt: number | null;
}

const DONE_RUN = `errand_id as "errandId", kind, person_id as "personId", mailbox_id as "mailboxId", payload, state, reason,
  due_at as "dueAt", ended_at as "endedAt"`;

/** The last ones that were due, and came to something, or would have but for a webhook that is off; the newest first. */
export async function lastRuns(sql: Sql, tenantId: string, ruleId: string, most: number, now: number) {
  return sql.query<DoneRun>(
    `select ${DONE_RUN} from cw.errand where tenant_id = $1 and rule_id = $2 and due_at <= $3
       and not (state = 'withdrawn' and attempts = 0 and reason is distinct from $5)
     order by planned_at desc, due_at desc, errand_id limit $4`,
    [tenantId, ruleId, at(now), Math.min(most, MOST_RUNS_SHOWN), IS_OFF],
  );
}

/** Of that person alone; nobody begins, ends or repeats it until the transaction ends. */
export async function lockRun(
  sql: Sql,
  { tenantId, personId }: { tenantId: string; personId: string },
  run: { ruleId: string; errandId: string },
): Promise<DoneRun | undefined> {
  const [row] = await sql.query<DoneRun>(
    `select ${DONE_RUN} from cw.errand where tenant_id = $1 and person_id = $2 and rule_id = $3 and errand_id = $4
     for no key update`,
    [tenantId, personId, run.ruleId, run.errandId],
  );
  return row;
}
