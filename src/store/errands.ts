/** The ledger of errands: planned with what decided them, claimed with lease and fence, kept as long as the ledger is. */
import { at, type Sql } from './database.ts';

export interface Errand {
  tenantId: string;
  errandId: string;
  kind: string;
  /** On whose behalf; null: the tenant's. */
  personId: string | null;
  mailboxId: string | null;
  /** '' when it is about no entry. */
  eventId: string;
  /** Of the meeting when this was planned, ms. */
  startAt: number | null;
  ruleId: string | null;
  trigger: string;
  payload: Record<string, unknown>;
  dueAt: number;
  deadlineAt: number;
  correlationId: string;
  /** That began before this one. */
  attempts: number;
  /** Of those, how many may have done it though nobody heard. */
  ambiguous: number;
}

export interface ErrandLease {
  tenantId: string;
  errandId: string;
  fence: number;
}

export type NewErrand = Pick<Errand, 'errandId' | 'kind' | 'payload' | 'dueAt' | 'deadlineAt'> &
  Partial<Pick<Errand, 'personId' | 'mailboxId' | 'eventId' | 'startAt' | 'ruleId' | 'trigger'>>;

export interface PlannedErrand {
  errandId: string;
  kind: string;
  eventId: string;
  startAt: number | null;
  ruleId: string | null;
  trigger: string;
  dueAt: number;
}

const COLUMNS = `tenant_id as "tenantId", errand_id as "errandId", kind, person_id as "personId", mailbox_id as "mailboxId",
  event_id as "eventId", start_at as "startAt", rule_id as "ruleId", trigger, payload, due_at as "dueAt",
  deadline_at as "deadlineAt", correlation_id as "correlationId", attempts, ambiguous`;

/** Those that are there already, in whatever state, stay as they are: an errand of one identity is run once. Returns the ids of the new ones. */
export async function planErrands(
  sql: Sql,
  tenantId: string,
  errands: readonly NewErrand[],
  correlationId: string,
  now: number,
): Promise<string[]> {
  if (errands.length === 0) return [];
  const rows = await sql.query<{ errandId: string }>(
    `insert into cw.errand (tenant_id, errand_id, kind, person_id, mailbox_id, event_id, start_at, rule_id, trigger, payload,
       due_at, deadline_at, correlation_id, planned_at, state, send_at)
     select $1, r."errandId", r.kind, r."personId", r."mailboxId", coalesce(r."eventId", ''),
       to_timestamp(r."startAt" / 1000.0), r."ruleId", coalesce(r.trigger, ''), r.payload,
       to_timestamp(r."dueAt" / 1000.0), to_timestamp(r."deadlineAt" / 1000.0), $3, $4, 'planned',
       to_timestamp(r."dueAt" / 1000.0)
     from jsonb_to_recordset($2::jsonb) as r ("errandId" text, kind text, "personId" text, "mailboxId" text, "eventId" text,
       "startAt" double precision, "ruleId" text, trigger text, payload jsonb, "dueAt" double precision,
       "deadlineAt" double precision)
     on conflict (tenant_id, errand_id) do nothing returning errand_id as "errandId"`,
    [tenantId, JSON.stringify(errands), correlationId, at(now)],
  );
  return rows.map((row) => row.errandId);
}

/** What is still to come of one mailbox, soonest first; no plan has a say in what was begun, or is run again by hand. */
export async function plannedErrandsOf(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  most = 2_000,
): Promise<PlannedErrand[]> {
  return sql.query<PlannedErrand>(
    `select errand_id as "errandId", kind, event_id as "eventId", start_at as "startAt", rule_id as "ruleId", trigger,
       due_at as "dueAt"
     from cw.errand where tenant_id = $1 and mailbox_id = $2 and state = 'planned' and attempts = 0
       and not payload ? 'replayed' order by due_at, errand_id limit $3`,
    [tenantId, mailboxId, most],
  );
}

/** One in flight is not called back: whoever performs it looks at what it is about once more. */
export async function withdrawErrands(
  sql: Sql,
  tenantId: string,
  errandIds: readonly string[],
  reason: string,
  now: number,
): Promise<void> {
  if (errandIds.length === 0) return;
  await sql.query(
    `update cw.errand set state = 'withdrawn', reason = $3, ended_at = $4
     where tenant_id = $1 and errand_id = any ($2) and state = 'planned'`,
    [tenantId, errandIds, reason, at(now)],
  );
}

/** One that nobody has begun yet comes at another time. */
export async function moveErrand(
  sql: Sql,
  tenantId: string,
  errandId: string,
  { dueAt, deadlineAt }: { dueAt: number; deadlineAt: number },
): Promise<void> {
  await sql.query(
    `update cw.errand set due_at = $3, send_at = $3, deadline_at = $4
     where tenant_id = $1 and errand_id = $2 and state = 'planned' and attempts = 0 and due_at <> $3`,
    [tenantId, errandId, at(dueAt), at(deadlineAt)],
  );
}

/** A run that was withdrawn because its meeting moved is wanted again when it moves back. */
export async function reviveErrands(
  sql: Sql,
  tenantId: string,
  errandIds: readonly string[],
  now: number,
): Promise<void> {
  if (errandIds.length === 0) return;
  await sql.query(
    `update cw.errand set state = 'planned', reason = null, ended_at = null, send_at = due_at
     where tenant_id = $1 and errand_id = any ($2) and state = 'withdrawn' and attempts = 0 and due_at > $3`,
    [tenantId, errandIds, at(now)],
  );
}

export async function claimErrands(
  system: Sql,
  limits: { most: number; leaseMs: number; kinds: readonly string[] },
  now: number,
): Promise<ErrandLease[]> {
  return system.query<ErrandLease>(
    'select tenant_id as "tenantId", errand_id as "errandId", fence from cw.claim_errands($1, $2, $3, $4)',
    [limits.most, limits.leaseMs, limits.kinds, at(now)],
  );
}

/** The claimed errand, if the fence still holds; locked until the transaction ends. */
export async function readErrand(sql: Sql, lease: ErrandLease): Promise<Errand | undefined> {
  const [row] = await sql.query<Errand>(
    `select ${COLUMNS} from cw.errand
     where tenant_id = $1 and errand_id = $2 and fence = $3 and state = 'claimed' for no key update`,
    [lease.tenantId, lease.errandId, lease.fence],
  );
  return row;
}

/** Committed before each attempt: should nobody hear what became of it, it is known that there was one. */
export async function beginErrand(sql: Sql, lease: ErrandLease, leaseMs: number, now: number): Promise<boolean> {
  const rows = await sql.query(
    `update cw.errand set sending_at = $4, lease = $5, attempts = attempts + 1
     where tenant_id = $1 and errand_id = $2 and fence = $3 and state = 'claimed' returning errand_id`,
    [lease.tenantId, lease.errandId, lease.fence, at(now), at(now + leaseMs)],
  );
  return rows.length > 0;
}

export type ErrandEnd = 'done' | 'withdrawn' | 'failed' | 'missed' | 'unknown';

/** False when the fence is not ours any more: then somebody else's word counts. */
export async function endErrand(
  sql: Sql,
  lease: ErrandLease,
  end: { state: ErrandEnd; reason?: string; outcome?: Record<string, unknown> },
  now: number,
): Promise<boolean> {
  const rows = await sql.query(
    `update cw.errand set state = $4, reason = $5, outcome = $6, ended_at = $7, lease = null, sending_at = null
     where tenant_id = $1 and errand_id = $2 and fence = $3 and state = 'claimed' returning errand_id`,
    [
      lease.tenantId,
      lease.errandId,
      lease.fence,
      end.state,
      end.reason ?? null,
      end.outcome ? JSON.stringify(end.outcome) : null,
      at(now),
    ],
  );
  return rows.length > 0;
}

/** Handed back for another attempt at `sendAt`, or at its deadline, where it is recorded as missed. */
export async function releaseErrand(
  sql: Sql,
  lease: ErrandLease,
  again: { sendAt: number; reason: string; ambiguous: boolean },
): Promise<boolean> {
  const rows = await sql.query(
    `update cw.errand set state = 'planned', lease = null, sending_at = null, send_at = least($4::timestamptz, deadline_at),
       reason = $5, ambiguous = ambiguous + $6
     where tenant_id = $1 and errand_id = $2 and fence = $3 and state = 'claimed' returning errand_id`,
    [lease.tenantId, lease.errandId, lease.fence, at(again.sendAt), again.reason, again.ambiguous ? 1 : 0],
  );
  return rows.length > 0;
}

export interface Replay {
  tenantId: string;
  /** Whose it must be. */
  personId: string;
  errandId: string;
  kind: string;
  /** Ended before that: not any more. */
  endedAfter: number;
  deadlineAt: number;
}

/** What has ended, whatever became of it, is planned anew with the same identity and from its first attempt. False: there is none. */
export async function planAgain(sql: Sql, replay: Replay, now: number): Promise<boolean> {
  const rows = await sql.query(
    `update cw.errand set state = 'planned', attempts = 0, ambiguous = 0, reason = null, outcome = null, ended_at = null,
       send_at = $6, deadline_at = $7, payload = payload || '{"replayed": true}'
     where tenant_id = $1 and errand_id = $2 and person_id = $3 and kind = $4 and ended_at > $5 returning errand_id`,
    [
      replay.tenantId,
      replay.errandId,
      replay.personId,
      replay.kind,
      at(replay.endedAfter),
      at(now),
      at(replay.deadlineAt),
    ],
  );
  return rows.length > 0;
}

export async function pruneErrands(system: Sql, most: number, endedBefore: number): Promise<number> {
  const [row] = await system.query<{ pruned: number }>('select cw.prune_errands($1, $2) as pruned', [
    most,
    at(endedBefore),
  ]);
  return row?.pruned ?? 0;
}
