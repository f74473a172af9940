/** Our subscriptions at Graph, as we know them. */
import { SECOND_MS } from '../clock.ts';
import { at, type Sql } from './database.ts';

export interface StoredSubscription {
  subscriptionId: string;
  mailboxId: string;
  calendarId: string;
  expiresAt: number;
  renewAt: number;
  /** When it was last known to live: a notification, an answer about it, its creation. */
  provenAt: number;
  /** The last PATCH, or the creation. */
  authorizedAt: number | null;
  /** When the token ends that authorized it; null: nobody knows. */
  tokenUntil: number | null;
  /** When to authorize it anew; null: Graph has not asked. */
  reauthorizeAt: number | null;
  createdAt: number;
  /** Which certificate it was made with; null: it tells ids alone. */
  certificateId: string | null;
}

export async function subscriptionsOf(sql: Sql, tenantId: string, mailboxId: string): Promise<StoredSubscription[]> {
  return sql.query<StoredSubscription>(
    `select subscription_id as "subscriptionId", mailbox_id as "mailboxId", calendar_id as "calendarId",
       expires_at as "expiresAt", renew_at as "renewAt", proven_at as "provenAt", authorized_at as "authorizedAt", token_until as "tokenUntil", reauthorize_at as "reauthorizeAt",
       created_at as "createdAt", certificate_id as "certificateId"
     from cw.subscription where tenant_id = $1 and mailbox_id = $2 order by created_at desc, subscription_id`,
    [tenantId, mailboxId],
  );
}

/** Which of these are somebody's in this tenant: two people may read one account. */
export async function storedAmong(sql: Sql, tenantId: string, subscriptionIds: string[]): Promise<Set<string>> {
  const rows = await sql.query<{ id: string }>(
    'select subscription_id as id from cw.subscription where tenant_id = $1 and subscription_id = any ($2)',
    [tenantId, subscriptionIds],
  );
  return new Set(rows.map(({ id }) => id));
}

export async function saveSubscription(
  sql: Sql,
  tenantId: string,
  subscription: StoredSubscription & { clientStateHash: Buffer },
): Promise<void> {
  await sql.query(
    `insert into cw.subscription (tenant_id, subscription_id, mailbox_id, calendar_id, client_state_hash, expires_at,
       renew_at, proven_at, authorized_at, token_until, created_at, certificate_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      tenantId,
      subscription.subscriptionId,
      subscription.mailboxId,
      subscription.calendarId,
      subscription.clientStateHash,
      at(subscription.expiresAt),
      at(subscription.renewAt),
      at(subscription.provenAt),
      at(subscription.authorizedAt),
      at(subscription.tokenUntil),
      at(subscription.createdAt),
      subscription.certificateId,
    ],
  );
}

/** A notification may have proven it later than what we know; that stays. */
export async function updateSubscription(
  sql: Sql,
  tenantId: string,
  subscriptionId: string,
  times: Pick<
    StoredSubscription,
    'expiresAt' | 'renewAt' | 'provenAt' | 'authorizedAt' | 'tokenUntil' | 'reauthorizeAt'
  >,
): Promise<void> {
  await sql.query(
    `update cw.subscription set expires_at = $3, renew_at = $4, proven_at = greatest(proven_at, $5), authorized_at = $6,
       token_until = $7, reauthorize_at = $8
     where tenant_id = $1 and subscription_id = $2`,
    [
      tenantId,
      subscriptionId,
      at(times.expiresAt),
      at(times.renewAt),
      at(times.provenAt),
      at(times.authorizedAt),
      at(times.tokenUntil),
      at(times.reauthorizeAt),
    ],
  );
}

export async function deleteSubscription(sql: Sql, tenantId: string, subscriptionId: string): Promise<void> {
  await sql.query('delete from cw.subscription where tenant_id = $1 and subscription_id = $2', [
    tenantId,
    subscriptionId,
  ]);
}

/** None of them is ours to go on with; Graph ends them by itself within a week. */
export async function forgetSubscriptions(sql: Sql, tenantId: string, mailboxId: string): Promise<void> {
  await sql.query('delete from cw.subscription where tenant_id = $1 and mailbox_id = $2', [tenantId, mailboxId]);
}

/** A claim takes its slots up to this far ahead. */
const CLAIMED_AHEAD_MS = SECOND_MS;

/** Graph asked this tenant's calls on /subscriptions to wait: nothing is claimed for care before `until`. */
export async function holdCare(sql: Sql, tenantId: string, until: number): Promise<void> {
  await sql.query(`update cw.tenant set care_pace_at = greatest(care_pace_at, $2::timestamptz) where tenant_id = $1`, [
    tenantId,
    at(until + CLAIMED_AHEAD_MS),
  ]);
}

/** This care made more writes than its slot was for: the tenant's next ones come that much later. */
export async function chargeCare(sql: Sql, tenantId: string, forMs: number, now: number): Promise<void> {
  await sql.query(
    `update cw.tenant set care_pace_at = greatest(care_pace_at, $2::timestamptz) + $3 * interval '1 millisecond'
     where tenant_id = $1`,
    [tenantId, at(now), forMs],
  );
}
