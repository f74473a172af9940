/**
 * Delivery's side of the ledger: claims, the beginning of a request and its record, storms, and what instances must know
 * of each other. The functions are in migrations/0008; those without `definer` run inside the tenant's wall.
 */
import type { CalendarEvent } from '../calendar/event.ts';
import type { Clock } from '../clock.ts';
import { createBatch } from './batch.ts';
import { at, type Sql } from './database.ts';
import type { NudgeLease, NudgeToSend } from './nudges.ts';
import type { Person, StoredConversation } from './people.ts';

export type WayName = 'teams' | 'email' | 'sms';
/** Why something goes by another way than Teams. */
export type WhyWay = 'blocked' | 'noChat' | 'refused' | 'busy';

export interface ClaimLimits {
  most: number;
  leaseMs: number;
  /** Kinds that this instance knows; others are left to a newer one. */
  kinds: string[];
}

export async function claimSends(
  system: Sql,
  limits: ClaimLimits & { perSecond: number; horizonMs: number },
  now: number,
): Promise<NudgeLease[]> {
  return system.query<NudgeLease>(
    `select tenant_id as "tenantId", nudge_id as "nudgeId", fence, slot_at as "slotAt", again, chat
     from cw.claim_sends($1, $2, $3, $4, $5, $6)`,
    [limits.most, limits.leaseMs, limits.perSecond, limits.horizonMs, limits.kinds, at(now)],
  );
}

export async function claimOther(
  system: Sql,
  way: Exclude<WayName, 'teams'>,
  limits: ClaimLimits & { perMinute: number },
  now: number,
): Promise<NudgeLease[]> {
  return system.query<NudgeLease>(
    `select tenant_id as "tenantId", nudge_id as "nudgeId", fence, slot_at as "slotAt", again
     from cw.claim_other($1, $2, $3, $4, $5, $6)`,
    [way, limits.most, limits.leaseMs, limits.perMinute, limits.kinds, at(now)],
  );
}

/** All that the last look needs, as it is at this moment. */
export interface Found {
  nudge: NudgeToSend;
  person: Person;
  event: CalendarEvent | undefined;
  conversation: StoredConversation | undefined;
  /** The attempt has begun, and is counted. */
  begun: boolean;
  /** The admin has paused sending. */
  isPaused: boolean;
  /** When the chat has room again; undefined when it has. */
  freeAt: number | undefined;
}

type FoundRow = Omit<NudgeToSend, 'personId'> &
  Person & {
    event: CalendarEvent | null;
    chatKind: StoredConversation['kind'] | null;
    reference: Record<string, unknown> | null;
    seenAt: number | null;
    begun: boolean;
    isPaused: boolean;
    freeAt: number | null;
  };

interface Question {
  lease: NudgeLease;
  leaseMs: number;
}

interface Sent {
  lease: NudgeLease;
  nudge: Pick<NudgeToSend, 'facts' | 'deadlineAt'>;
  activityId: string;
  conversationId: string;
}

function toFound(lease: NudgeLease, row: FoundRow): Found {
  const { event, chatKind, reference, seenAt, begun, isPaused, freeAt, ...both } = row;
  // One object for both: they share nothing but the person's id, and nobody writes to them.
  const person = { ...both, tenantId: lease.tenantId };
  const conversation =
    row.conversationId && chatKind && reference
      ? { conversationId: row.conversationId, kind: chatKind, reference, seenAt: seenAt ?? 0 }
      : undefined;
  return { nudge: both, person, event: event ?? undefined, conversation, begun, isPaused, freeAt: freeAt ?? undefined };
}

async function beginAll(system: Sql, all: Question[], now: number): Promise<(Found | undefined)[]> {
  const rows = await system.query<{ found: FoundRow | null }>(
    'select found from cw.begin_sends($1, $2, $3, $4, $5) as found',
    [
      all.map(({ lease }) => lease.tenantId),
      all.map(({ lease }) => lease.nudgeId),
      all.map(({ lease }) => lease.fence),
      Math.max(...all.map(({ leaseMs }) => leaseMs)),
      at(now),
    ],
  );
  return all.map(({ lease }, index) => {
    const row = rows[index]?.found;
    return row ? toFound(lease, row) : undefined;
  });
}

async function recordAll(system: Sql, all: Sent[], now: number): Promise<boolean[]> {
  const sent = all.map(({ lease, nudge, activityId, conversationId }) => {
    const endAt = Number(nudge.facts.endAt);
    return {
      t: lease.tenantId,
      n: lease.nudgeId,
      f: lease.fence,
      activity: activityId,
      chat: conversationId,
      facts: nudge.facts,
      ends: new Date(Math.max(nudge.deadlineAt, Number.isFinite(endAt) ? endAt : 0)),
    };
  });
  const rows = await system.query<{ kept: boolean }>('select kept from cw.record_sends($1, $2) as kept', [
    JSON.stringify(sent),
    at(now),
  ]);
  return rows.map((row) => row.kept);
}

export interface Sends {
  /** Looks once more and, if nothing that the database knows stands against it, begins the attempt. Undefined: lease lost. */
  begin(question: Question): Promise<Found | undefined>;
  /** False when the fence is not ours any more: then somebody else's word counts. */
  record(sent: Sent): Promise<boolean>;
}

/** Nobody notices them, and a busy process saves most of its round trips. */
const BEGIN_WAIT_MS = 3;
const RECORD_WAIT_MS = 8;
const MOST_AT_ONCE = 32;

export function createSends(system: Sql, clock: Clock): Sends {
  return {
    begin: createBatch<Question, Found | undefined>({
      clock,
      waitMs: BEGIN_WAIT_MS,
      most: MOST_AT_ONCE,
      run: (all) => beginAll(system, all, clock.now()),
    }),
    record: createBatch<Sent, boolean>({
      clock,
      waitMs: RECORD_WAIT_MS,
      most: MOST_AT_ONCE,
      run: (all) => recordAll(system, all, clock.now()),
    }),
  };
}

/** An admin of the tenant has paused sending. */
export async function isPaused(sql: Sql, tenantId: string): Promise<boolean> {
  const rows = await sql.query('select from cw.tenant where tenant_id = $1 and paused_at is not null', [tenantId]);
  return rows.length > 0;
}

/** Claimed, and nothing of it went out: as if it had not been claimed. */
export async function handBackNudge(sql: Sql, lease: NudgeLease, now: number): Promise<void> {
  await sql.query(
    `update cw.nudge set state = case when wanted then 'planned' else 'withdrawn' end, lease = null,
       ended_at = case when wanted then null else $4::timestamptz end
     where tenant_id = $1 and nudge_id = $2 and fence = $3 and state = 'claimed' and sending_at is null`,
    [lease.tenantId, lease.nudgeId, lease.fence, at(now)],
  );
}

/** The next attempt goes by another way, now. `ambiguous`: the last one may have arrived all the same. */
export async function passOn(
  sql: Sql,
  lease: NudgeLease,
  to: { way: WayName; why: WhyWay; reason: string; ambiguous: boolean },
  now: number,
): Promise<boolean> {
  const rows = await sql.query(
    `update cw.nudge set state = case when wanted then 'planned' else 'withdrawn' end,
       ended_at = case when wanted then null else $8::timestamptz end, lease = null, sending_at = null, held = false,
       way = $4, why_way = $5, reason = $6, ambiguous = ambiguous + $7, send_at = $8
     where tenant_id = $1 and nudge_id = $2 and fence = $3 and state = 'claimed' returning nudge_id`,
    [lease.tenantId, lease.nudgeId, lease.fence, to.way, to.why, to.reason, to.ambiguous ? 1 : 0, at(now)],
  );
  return rows.length > 0;
}

/** Calls beside nudges: `chats` has a name for each that was into one. */
export async function chargeCalls(
  system: Sql,
  tenantId: string,
  calls: { count: number; chats: string[] },
  perSecond: number,
  now: number,
): Promise<void> {
  await system.query('select cw.charge_calls($1, $2, $3, $4, $5)', [
    tenantId,
    calls.count,
    perSecond,
    calls.chats,
    at(now),
  ]);
}

/** How many instances are alive, this one among them. */
export async function beatInstance(system: Sql, instanceId: string, aliveMs: number, now: number): Promise<number> {
  const [row] = await system.query<{ alive: number }>('select cw.beat_instance($1, $2, $3) as alive', [
    instanceId,
    aliveMs,
    at(now),
  ]);
  return row?.alive ?? 1;
}

export async function endInstance(system: Sql, instanceId: string): Promise<void> {
  await system.query('select cw.end_instance($1)', [instanceId]);
}

/** True for the one instance that may do it for `leaseMs`. */
export async function takeDuty(system: Sql, duty: string, leaseMs: number, now: number): Promise<boolean> {
  const [row] = await system.query<{ taken: boolean }>('select cw.take_duty($1, $2, $3) as taken', [
    duty,
    leaseMs,
    at(now),
  ]);
  return row?.taken ?? false;
}

/** Returns how many sends were moved. */
export async function spreadStorms(
  system: Sql,
  pace: { perSecond: number; fleetPerSecond: number; aheadMs: number },
  now: number,
): Promise<number> {
  const [row] = await system.query<{ moved: number }>('select cw.spread_storms($1, $2, $3, $4) as moved', [
    pace.perSecond,
    pace.fleetPerSecond,
    pace.aheadMs,
    at(now),
  ]);
  return row?.moved ?? 0;
}
