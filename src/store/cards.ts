/** Messages about meetings that stand in chats: what they show, and which of them are to be shown anew. */
import type { CardChange, KnownCard } from '../nudges/cards.ts';
import { at, type Sql } from './database.ts';
import type { NudgeLease, NudgeToSend } from './nudges.ts';

export interface CardLease {
  tenantId: string;
  nudgeId: string;
  /** What is shown is this revision; if another one is wanted by the time that it is, that is shown too. */
  revision: number;
}

export interface CardToShow extends KnownCard {
  personId: string;
  conversationId: string;
  activityId: string;
  attempts: number;
}

const CARD = `nudge_id as "nudgeId", kind, event_id as "eventId", start_at as "startAt", facts, shape, why,
  sent_at as "sentAt", ends_at as "endsAt"`;

/** A message about a meeting was sent; in the transaction that records it. The earlier ones shrink to a line. */
export async function keepCard(
  sql: Sql,
  lease: NudgeLease,
  nudge: NudgeToSend,
  sent: { activityId: string; conversationId: string },
  now: number,
): Promise<void> {
  if (nudge.eventId === '' || sent.activityId === '') return;
  const { tenantId } = lease;
  const endAt = Number(nudge.facts.endAt);
  const endsAt = Math.max(nudge.deadlineAt, Number.isFinite(endAt) ? endAt : 0);
  await sql.query(
    `update cw.card set shape = 'line', why = 'newer', update_at = $5, revision = revision + 1, attempts = 0
     where tenant_id = $1 and person_id = $2 and event_id = $3 and nudge_id <> $4 and ends_at > $5 and shape = 'whole'`,
    [tenantId, nudge.personId, nudge.eventId, nudge.nudgeId, at(now)],
  );
  // The facts as they are in the ledger now: they may be newer than those that were sent, then an update follows.
  await sql.query(
    `insert into cw.card (tenant_id, nudge_id, person_id, conversation_id, activity_id, kind, event_id, start_at, facts,
       shape, sent_at, ends_at, update_at)
     select $1, $2, person_id, $3, $4, kind, event_id, start_at, facts, 'whole', $6, $7,
       case when facts <> $5::jsonb then $6::timestamptz end
     from cw.nudge where tenant_id = $1 and nudge_id = $2
     on conflict (tenant_id, nudge_id) do update set conversation_id = $3, activity_id = $4, sent_at = $6, ends_at = $7`,
    [tenantId, nudge.nudgeId, sent.conversationId, sent.activityId, JSON.stringify(nudge.facts), at(now), at(endsAt)],
  );
}

/** A message that somebody's press made out of another one, about no entry: it is shown anew once more is known. */
export interface Standing {
  nudgeId: string;
  kind: string;
  personId: string;
  conversationId: string;
  activityId: string;
  startAt: number;
  facts: object;
  endsAt: number;
}

export async function keepStanding(sql: Sql, tenantId: string, standing: Standing, now: number): Promise<void> {
  const { nudgeId, kind, personId, conversationId, activityId, startAt, facts, endsAt } = standing;
  await sql.query(
    `insert into cw.card (tenant_id, nudge_id, person_id, conversation_id, activity_id, kind, event_id, start_at, facts,
       shape, sent_at, ends_at)
     values ($1, $2, $3, $4, $5, $6, '', $7, $8, 'whole', $9, $10) on conflict do nothing`,
    [
      tenantId,
      nudgeId,
      personId,
      conversationId,
      activityId,
      kind,
      at(startAt),
      JSON.stringify(facts),
      at(now),
      at(endsAt),
    ],
  );
}

/** @returns false: nothing stands that could be shown anew */
export async function showStanding(
  sql: Sql,
  tenantId: string,
  { nudgeId, facts, showAt }: { nudgeId: string; facts: object; showAt: number },
): Promise<boolean> {
  const rows = await sql.query(
    `update cw.card set facts = $3, update_at = $4, revision = revision + 1, attempts = 0
     where tenant_id = $1 and nudge_id = $2 and event_id = '' and ends_at > $4 returning nudge_id`,
    [tenantId, nudgeId, JSON.stringify(facts), at(showAt)],
  );
  return rows.length > 0;
}

/** Those about entries that may still be changed, the newest first. */
export async function cardsOf(sql: Sql, tenantId: string, personId: string, now: number): Promise<KnownCard[]> {
  return sql.query<KnownCard>(
    `select ${CARD} from cw.card where tenant_id = $1 and person_id = $2 and ends_at > $3 and event_id <> ''
     order by sent_at desc, nudge_id limit 500`,
    [tenantId, personId, at(now)],
  );
}

/** The card of one nudge, if it is this person's and still kept. */
export async function findCard(
  sql: Sql,
  tenantId: string,
  personId: string,
  nudgeId: string,
): Promise<KnownCard | undefined> {
  const [row] = await sql.query<KnownCard>(
    `select ${CARD} from cw.card where tenant_id = $1 and person_id = $2 and nudge_id = $3`,
    [tenantId, personId, nudgeId],
  );
  return row;
}

export async function writeCards(sql: Sql, tenantId: string, changes: CardChange[], now: number): Promise<void> {
  if (changes.length === 0) return;
  await sql.query(
    `update cw.card c set facts = r.facts, shape = r.shape, why = r.why, update_at = $3, revision = c.revision + 1,
       attempts = 0, ends_at = greatest(c.ends_at, to_timestamp(r."endsAt" / 1000.0))
     from jsonb_to_recordset($2::jsonb) as r ("nudgeId" text, facts jsonb, shape text, why text, "endsAt" double precision)
     where c.tenant_id = $1 and c.nudge_id = r."nudgeId"`,
    [tenantId, JSON.stringify(changes), at(now)],
  );
}

export async function claimCards(
  system: Sql,
  limits: { most: number; leaseMs: number; perSecond: number },
  now: number,
): Promise<CardLease[]> {
  return system.query<CardLease>(
    'select tenant_id as "tenantId", nudge_id as "nudgeId", revision from cw.claim_cards($1, $2, $3, $4)',
    [limits.most, limits.leaseMs, limits.perSecond, at(now)],
  );
}

export async function readCard(sql: Sql, lease: CardLease): Promise<CardToShow | undefined> {
  const [row] = await sql.query<CardToShow>(
    `select ${CARD}, person_id as "personId", conversation_id as "conversationId", activity_id as "activityId", attempts
     from cw.card where tenant_id = $1 and nudge_id = $2 and revision = $3 and update_at is not null`,
    [lease.tenantId, lease.nudgeId, lease.revision],
  );
  return row;
}

/** `againAt`: another attempt then; without it the card is left as it is. */
export async function settleCard(sql: Sql, lease: CardLease, againAt?: number): Promise<void> {
  await sql.query(
    `update cw.card set lease = null, update_at = case when revision = $3 then $4::timestamptz else update_at end
     where tenant_id = $1 and nudge_id = $2`,
    [lease.tenantId, lease.nudgeId, lease.revision, at(againAt)],
  );
}

/** They can be written to again: cards that Teams would not change meanwhile wait for their end, and are shown now. */
export async function wakeCards(sql: Sql, tenantId: string, personId: string, now: number): Promise<void> {
  await sql.query(
    `update cw.card set update_at = $3, attempts = 0
     where tenant_id = $1 and person_id = $2 and update_at = ends_at and ends_at > $3`,
    [tenantId, personId, at(now)],
  );
}

export async function pruneCards(system: Sql, most: number, endedBefore: number): Promise<number> {
  const [row] = await system.query<{ pruned: number }>('select cw.prune_cards($1, $2) as pruned', [
    most,
    at(endedBefore),
  ]);
  return row?.pruned ?? 0;
}
