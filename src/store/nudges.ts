/** Timers and ledger: what is to be said, claimed with lease and fence, and what was said. */
import type { Equalisation, StoredNudge } from '../nudges/equalise.ts';
import type { Said } from '../nudges/nudge.ts';
import type { PlannedNudge } from '../nudges/plan.ts';
import { pruneConversations } from './conversations.ts';
import { at, type Sql } from './database.ts';
import type { WhyWay } from './sends.ts';

export interface NudgeLease {
  tenantId: string;
  nudgeId: string;
  fence: number;
  /** When the reserved send slot opens, ms. */
  slotAt: number;
  /** An earlier attempt went out and was lost: its outcome is unknown. */
  again: boolean;
  /** The chat that the person had when it was claimed, if any: messages into one follow each other. */
  chat?: string | null;
}

/** What delivery needs of a claimed nudge. */
export interface NudgeToSend {
  nudgeId: string;
  personId: string;
  mailboxId: string;
  kind: string;
  eventId: string;
  startAt: number;
  dueAt: number;
  deadlineAt: number;
  facts: Record<string, unknown>;
  wanted: boolean;
  /** Requests that went out so far. */
  attempts: number;
  /** How many of them may have arrived. */
  ambiguous: number;
  correlationId: string;
  /** Why it goes by another way than Teams, if it does. */
  whyWay?: WhyWay | null;
}

const STORED = `nudge_id as "nudgeId", kind, event_id as "eventId", start_at as "startAt", lead_ms as "leadMs",
  earliest_at as "earliestAt", due_at as "dueAt", deadline_at as "deadlineAt", facts, state, wanted`;

/** All that may meet the plan: open ones, and ended ones whose deadline lies after `since`. */
export async function nudgesOf(
  sql: Sql,
  tenantId: string,
  personId: string,
  kinds: string[],
  since: number,
): Promise<StoredNudge[]> {
  return sql.query<StoredNudge>(
    `select ${STORED} from cw.nudge where tenant_id = $1 and person_id = $2 and kind = any ($4)
       and (state in ('planned', 'claimed') or deadline_at > $3) order by due_at, nudge_id`,
    [tenantId, personId, at(since), kinds],
  );
}

/** A word of the bot's own (connected, reconnect): it goes through the ledger like a nudge, but no plan takes it back. */
export async function addNotice(
  sql: Sql,
  owner: { tenantId: string; personId: string; mailboxId: string; correlationId: string },
  notice: {
    nudgeId: string;
    kind: string;
    facts: Record<string, unknown>;
    deadlineAt: number;
    /** Not before; undefined: at once. */
    dueAt?: number;
  },
  now: number,
): Promise<void> {
  await sql.query(
    `insert into cw.nudge (tenant_id, nudge_id, person_id, mailbox_id, kind, event_id, start_at, lead_ms, earliest_at,
       due_at, deadline_at, facts, correlation_id, planned_at, state, send_at)
     values ($1, $2, $3, $4, $5, '', $6, 0, $10, $10, $7, $8, $9, $6, 'planned', $10) on conflict do nothing`,
    [
      owner.tenantId,
      notice.nudgeId,
      owner.personId,
      owner.mailboxId,
      notice.kind,
      at(now),
      at(notice.deadlineAt),
      JSON.stringify(notice.facts),
      owner.correlationId,
      at(notice.dueAt ?? now),
    ],
  );
}

/** What it was about is gone. One in flight is marked; whoever sends it looks once more. Returns the ids of those that nobody heard. */
export async function withdrawNotices(
  sql: Sql,
  tenantId: string,
  nudgeIds: readonly string[],
  reason: string,
  now: number,
): Promise<string[]> {
  if (nudgeIds.length === 0) return [];
  const rows = await sql.query<{ nudgeId: string; state: string }>(
    `update cw.nudge set wanted = false, state = case when state = 'planned' then 'withdrawn' else state end, reason = $3,
       ended_at = case when state = 'planned' then $4::timestamptz end
     where tenant_id = $1 and nudge_id = any ($2) and state in ('planned', 'claimed')
     returning nudge_id as "nudgeId", state`,
    [tenantId, nudgeIds, reason, at(now)],
  );
  return rows.filter((row) => row.state === 'withdrawn').map((row) => row.nudgeId);
}

/** Whether something of a kind with these facts among its own reached them, or may have. */
export async function hasHeard(
  sql: Sql,
  tenantId: string,
  personId: string,
  kind: string,
  facts: Record<string, string>,
): Promise<boolean> {
  const [row] = await sql.query<{ heard: boolean }>(
    `select exists (select from cw.nudge where tenant_id = $1 and person_id = $2 and kind = $3
       and state in ('claimed', 'sent', 'unknown') and facts @> $4::jsonb) as heard`,
    [tenantId, personId, kind, JSON.stringify(facts)],
  );
  return row?.heard ?? false;
}

/** What was planned or said, if it is this person's and still kept. */
export async function findNudge(
  sql: Sql,
  tenantId: string,
  personId: string,
  nudgeId: string,
): Promise<{ kind: string; facts: Record<string, unknown> } | undefined> {
  const [row] = await sql.query<{ kind: string; facts: Record<string, unknown> }>(
    'select kind, facts from cw.nudge where tenant_id = $1 and person_id = $2 and nudge_id = $3',
    [tenantId, personId, nudgeId],
  );
  return row;
}

/** Watching ends: nothing that was planned is said any more. */
export async function withdrawAll(
  sql: Sql,
  tenantId: string,
  personId: string,
  reason: string,
  now: number,
): Promise<void> {
  await sql.query(
    `update cw.nudge set state = case when state = 'planned' then 'withdrawn' else state end, wanted = false,
       reason = $3, ended_at = case when state = 'planned' then $4::timestamptz end
     where tenant_id = $1 and person_id = $2 and state in ('planned', 'claimed')`,
    [tenantId, personId, reason, at(now)],
  );
}

/**
 * What reached a person lately, or may have. What remembered kinds said is known until its meeting is over: two meetings
 * that can't both be made may have been made, and told of, long ago.
 */
export async function saidTo(
  sql: Sql,
  tenantId: string,
  personId: string,
  since: number,
  remembering: string[],
): Promise<Said[]> {
  return sql.query<Said>(
    `select kind, event_id as "eventId", start_at as "startAt", lead_ms as "leadMs", ended_at as "saidAt",
       due_at as "dueAt", nudge_id as "nudgeId", case when kind = any ($4) then facts end as facts from cw.nudge
     where tenant_id = $1 and person_id = $2 and state in ('sent', 'unknown')
       and ((due_at > $3::timestamptz - interval '8 days' and ended_at > $3::timestamptz)
         or (kind = any ($4) and deadline_at > $3::timestamptz))
     order by ended_at, nudge_id`,
    [tenantId, personId, at(since), remembering],
  );
}

interface NudgeRow {
  nudge_id: string;
  kind: string;
  event_id: string;
  start_at: string;
  lead_ms: number;
  earliest_at: string;
  due_at: string;
  deadline_at: string;
  facts: unknown;
}

const iso = (ms: number) => new Date(ms).toISOString();

const toRow = (nudge: PlannedNudge): NudgeRow => ({
  nudge_id: nudge.nudgeId,
  kind: nudge.kind,
  event_id: nudge.eventId,
  start_at: iso(nudge.startAt),
  lead_ms: nudge.leadMs,
  earliest_at: iso(nudge.earliestAt),
  due_at: iso(nudge.dueAt),
  deadline_at: iso(nudge.deadlineAt),
  facts: nudge.facts,
});

const RECORD = `(nudge_id text, kind text, event_id text, start_at timestamptz, lead_ms bigint,
  earliest_at timestamptz, due_at timestamptz, deadline_at timestamptz, facts jsonb, reset boolean)`;

export async function writeEqualisation(
  sql: Sql,
  owner: { tenantId: string; personId: string; mailboxId: string; correlationId: string },
  change: Equalisation,
  now: number,
): Promise<void> {
  const { tenantId, personId, mailboxId, correlationId } = owner;
  if (change.insert.length > 0) {
    await sql.query(
      `insert into cw.nudge (tenant_id, nudge_id, person_id, mailbox_id, kind, event_id, start_at, lead_ms, earliest_at,
         due_at, deadline_at, facts, correlation_id, planned_at, state, send_at)
       select $1, r.nudge_id, $2, $3, r.kind, r.event_id, r.start_at, r.lead_ms, r.earliest_at, r.due_at, r.deadline_at,
         r.facts, $5, $6, 'planned', r.due_at
       from jsonb_to_recordset($4::jsonb) as r ${RECORD} on conflict do nothing`,
      [tenantId, personId, mailboxId, JSON.stringify(change.insert.map(toRow)), correlationId, at(now)],
    );
  }
  if (change.rewrite.length > 0) {
    // send_at is delivery's: it is only reset when the nudge is due at another time.
    await sql.query(
      `update cw.nudge n set earliest_at = r.earliest_at, due_at = r.due_at, deadline_at = r.deadline_at,
         facts = r.facts, planned_at = $4, correlation_id = $3, state = 'planned', wanted = true,
         reason = case when n.held and not r.reset then n.reason end, ended_at = null,
         way = case when r.reset then 'teams' else n.way end, why_way = case when not r.reset then n.why_way end,
         held = n.held and not r.reset, send_at = case when r.reset then r.due_at else n.send_at end
       from jsonb_to_recordset($2::jsonb) as r ${RECORD}
       where n.tenant_id = $1 and n.nudge_id = r.nudge_id and n.state in ('planned', 'withdrawn')`,
      [
        tenantId,
        JSON.stringify(change.rewrite.map(({ nudge, resetSendAt }) => ({ ...toRow(nudge), reset: resetSendAt }))),
        correlationId,
        at(now),
      ],
    );
  }
  // One statement for both states: a row may go from claimed to planned, or back, between our read and now. One in
  // flight is never deleted, whoever sends it must find it; the mark tells them what the plan says.
  const unwanted = [...change.withdraw, ...change.mark.filter((one) => !one.wanted).map((one) => one.nudgeId)];
  if (unwanted.length > 0) {
    await sql.query(
      `update cw.nudge set wanted = false, state = case when state = 'planned' then 'withdrawn' else state end,
         reason = case when state = 'planned' then 'not wanted any more' else reason end,
         ended_at = case when state = 'planned' then $3::timestamptz end
       where tenant_id = $1 and nudge_id = any ($2) and state in ('planned', 'claimed')`,
      [tenantId, unwanted, at(now)],
    );
  }
  // A claimed one keeps its times, but another attempt should tell what is true then.
  const wanted = [...change.mark.flatMap((one) => one.nudge ?? []), ...change.rewrite.map((one) => one.nudge)];
  if (wanted.length > 0) {
    await sql.query(
      `update cw.nudge n set wanted = true, facts = r.facts, deadline_at = r.deadline_at
       from jsonb_to_recordset($2::jsonb) as r ${RECORD}
       where n.tenant_id = $1 and n.nudge_id = r.nudge_id and n.state = 'claimed'`,
      [tenantId, JSON.stringify(wanted.map(toRow))],
    );
  }
}

/** Records as missed what can't be said any more. */
export async function missNudges(
  system: Sql,
  most: number,
  now: number,
): Promise<{ tenantId: string; nudgeId: string }[]> {
  return system.query('select tenant_id as "tenantId", nudge_id as "nudgeId" from cw.miss_nudges($1, $2)', [
    most,
    at(now),
  ]);
}

/**
 * Forgets what ended before `keepFrom` (nudges, changes), sign-ins that nobody finished, and chats that lead to nobody.
 * Returns how many rows.
 */
export async function prune(system: Sql, most: number, keepFrom: number, now: number): Promise<number> {
  const [row] = await system.query<{ pruned: number }>('select cw.prune($1, $2, $3) as pruned', [
    most,
    at(keepFrom),
    at(now),
  ]);
  return (row?.pruned ?? 0) + (await pruneConversations(system, most, now));
}

/** The claimed nudge, if the lease still holds. */
export async function readClaimed(sql: Sql, lease: NudgeLease): Promise<NudgeToSend | undefined> {
  const [row] = await sql.query<NudgeToSend>(
    `select nudge_id as "nudgeId", person_id as "personId", mailbox_id as "mailboxId", kind, event_id as "eventId",
       start_at as "startAt", due_at as "dueAt", deadline_at as "deadlineAt", facts, wanted, attempts, ambiguous,
       correlation_id as "correlationId", why_way as "whyWay"
     from cw.nudge where tenant_id = $1 and nudge_id = $2 and state = 'claimed' and fence = $3`,
    [lease.tenantId, lease.nudgeId, lease.fence],
  );
  return row;
}

/**
 * To be committed before each request: an attempt begins, and the lease begins anew with it. Returns the number of this
 * attempt; undefined when the fence is not ours any more, then nothing may be sent.
 */
export async function beginSend(
  sql: Sql,
  lease: NudgeLease,
  leaseMs: number,
  now: number,
): Promise<number | undefined> {
  const [row] = await sql.query<{ attempts: number }>(
    `update cw.nudge set sending_at = $4, lease = $5, attempts = attempts + 1
     where tenant_id = $1 and nudge_id = $2 and fence = $3 and state = 'claimed' returning attempts`,
    [lease.tenantId, lease.nudgeId, lease.fence, at(now), at(now + leaseMs)],
  );
  return row?.attempts;
}

export type Ending =
  | { state: 'sent'; activityId: string; conversationId: string }
  | { state: 'withdrawn' | 'failed' | 'missed'; reason: string }
  /** It may have arrived and is not said again. `ambiguous`: the attempt in doubt is not counted yet. */
  | { state: 'unknown'; reason: string; ambiguous: boolean };

/**
 * Ends a nudge. False when the fence is not ours any more: then somebody else's word counts. `unsent`: an attempt had
 * begun, and no request went out after all.
 */
export async function endNudge(
  sql: Sql,
  lease: NudgeLease,
  ending: Ending,
  now: number,
  unsent = false,
): Promise<boolean> {
  const sent = ending.state === 'sent' ? ending : undefined;
  const rows = await sql.query(
    `update cw.nudge set state = $4, ended_at = $5, lease = null, sending_at = null, activity_id = $6,
       conversation_id = $7, reason = $8, ambiguous = ambiguous + $9, attempts = attempts - $10
     where tenant_id = $1 and nudge_id = $2 and fence = $3 and state = 'claimed' returning nudge_id`,
    [
      lease.tenantId,
      lease.nudgeId,
      lease.fence,
      ending.state,
      at(now),
      sent?.activityId ?? null,
      sent?.conversationId ?? null,
      ending.state === 'sent' ? null : ending.reason,
      ending.state === 'unknown' && ending.ambiguous ? 1 : 0,
      unsent ? 1 : 0,
    ],
  );
  return rows.length > 0;
}

/**
 * Hands a nudge back for another attempt at `sendAt`, or at its deadline, where it is recorded as missed.
 * `ambiguous`: Teams may have stored the message all the same. `held`: until there is a chat (people.ts, meetPerson).
 */
export async function releaseNudge(
  sql: Sql,
  lease: NudgeLease,
  again: { sendAt: number; reason: string; ambiguous?: boolean; held?: boolean },
  now: number,
): Promise<boolean> {
  const rows = await sql.query(
    `update cw.nudge set state = case when wanted then 'planned' else 'withdrawn' end,
       ended_at = case when wanted then null else $5::timestamptz end, lease = null, sending_at = null,
       send_at = least($4::timestamptz, deadline_at), reason = $6, ambiguous = ambiguous + $7, held = $8
     where tenant_id = $1 and nudge_id = $2 and fence = $3 and state = 'claimed' returning nudge_id`,
    [
      lease.tenantId,
      lease.nudgeId,
      lease.fence,
      at(again.sendAt),
      at(now),
      again.reason,
      again.ambiguous ? 1 : 0,
      again.held ?? false,
    ],
  );
  return rows.length > 0;
}

/** The next nudge of a person, for `watch status`. */
export async function nextNudge(
  sql: Sql,
  tenantId: string,
  personId: string,
): Promise<{ kind: string; dueAt: number; subject: string } | undefined> {
  const [row] = await sql.query<{ kind: string; dueAt: number; subject: string }>(
    `select kind, due_at as "dueAt", coalesce(facts ->> 'subject', '') as subject from cw.nudge where tenant_id = $1 and person_id = $2 and state = 'planned'
     order by due_at, nudge_id limit 1`,
    [tenantId, personId],
  );
  return row;
}
