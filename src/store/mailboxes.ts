/** Watched mailboxes, their feeds and subscriptions, and the inbox of what Graph told us. */
import { CalendarWatchError } from '../errors.ts';
import { at, type Sql } from './database.ts';

export type Duty = 'sync' | 'care';

export interface MailboxLease {
  tenantId: string;
  mailboxId: string;
  fence: number;
}

export interface Mailbox {
  tenantId: string;
  mailboxId: string;
  personId: string;
  syncDueAt: number | null;
  syncFailures: number;
  careFailures: number;
  syncedAt: number | null;
  changedAt: number | null;
  echoes: number;
  greet: boolean;
}

export interface Feed {
  calendarId: string;
  deltaLink: string;
  windowFrom: number;
  windowTo: number;
}

export interface StoredSubscription {
  subscriptionId: string;
  mailboxId: string;
  expiresAt: number;
  renewAt: number;
  provenAt: number;
  createdAt: number;
}

/** Where a subscription leads, for the webhook. Crosses tenants, hence `system`. */
export interface SubscriptionOwner {
  subscriptionId: string;
  tenantId: string;
  mailboxId: string;
  clientStateHash: Buffer;
}

export interface Notice {
  tenantId: string;
  mailboxId: string;
  duty: Duty;
  subscriptionId: string;
  /** changeType or lifecycleEvent */
  word: string;
  correlationId: string;
}

export async function findSubscriptionOwners(system: Sql, ids: string[]): Promise<SubscriptionOwner[]> {
  return system.query<SubscriptionOwner>(
    `select subscription_id as "subscriptionId", tenant_id as "tenantId", mailbox_id as "mailboxId",
       client_state_hash as "clientStateHash" from cw.find_subscriptions($1)`,
    [ids],
  );
}

/** Returns how many were stored; committed when this resolves. */
export async function acceptNotices(system: Sql, notices: Notice[], now: number): Promise<number> {
  const column = (pick: (notice: Notice) => string) => notices.map(pick);
  const [row] = await system.query<{ stored: number }>(
    'select cw.accept_notices($1, $2, $3, $4, $5, $6, $7) as stored',
    [
      column((one) => one.tenantId),
      column((one) => one.mailboxId),
      column((one) => one.duty),
      column((one) => one.subscriptionId),
      column((one) => one.word),
      column((one) => one.correlationId),
      at(now),
    ],
  );
  return row?.stored ?? 0;
}

export async function claimMailboxes(
  system: Sql,
  duty: Duty,
  most: number,
  leaseMs: number,
  now: number,
): Promise<MailboxLease[]> {
  return system.query<MailboxLease>(
    'select tenant_id as "tenantId", mailbox_id as "mailboxId", fence from cw.claim_mailboxes($1, $2, $3, $4)',
    [duty, most, leaseMs, at(now)],
  );
}

export async function findMailbox(sql: Sql, tenantId: string, mailboxId: string): Promise<Mailbox | undefined> {
  const [row] = await sql.query<Mailbox>(
    `select tenant_id as "tenantId", mailbox_id as "mailboxId", person_id as "personId", sync_due_at as "syncDueAt",
       sync_failures as "syncFailures", care_failures as "careFailures", synced_at as "syncedAt",
       changed_at as "changedAt", echoes, greet
     from cw.mailbox where tenant_id = $1 and mailbox_id = $2`,
    [tenantId, mailboxId],
  );
  return row;
}

/**
 * Watches a mailbox from now: both duties are due at once, and the first sync greets. Whoever still works on it from
 * before loses the lease: the fences of a new row begin at the time, above those of a row that was here earlier.
 */
export async function watchMailbox(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  personId: string,
  now: number,
): Promise<void> {
  await sql.query(
    `insert into cw.mailbox as m (tenant_id, mailbox_id, person_id, sync_due_at, care_due_at, sync_fence, care_fence,
       greet) values ($1, $2, $3, $4, $4, $5, $5, true)
     on conflict (tenant_id, mailbox_id) do update set sync_due_at = $4, care_due_at = $4, sync_failures = 0,
       care_failures = 0, sync_lease = null, care_lease = null, sync_fence = m.sync_fence + 1,
       care_fence = m.care_fence + 1, greet = true`,
    [tenantId, mailboxId, personId, at(now), Math.floor(now)],
  );
}

/** Forgets the replica with the mailbox; the rows that refer to it go by cascade. */
export async function forgetMailbox(sql: Sql, tenantId: string, mailboxId: string): Promise<void> {
  await sql.query('delete from cw.mailbox where tenant_id = $1 and mailbox_id = $2', [tenantId, mailboxId]);
}

/** Nothing is due any more until the person signs in again. The replica stays, so that the gap can be told. */
export async function suspendMailbox(sql: Sql, tenantId: string, mailboxId: string): Promise<void> {
  await sql.query(
    'update cw.mailbox set sync_due_at = null, care_due_at = null where tenant_id = $1 and mailbox_id = $2',
    [tenantId, mailboxId],
  );
}

/** The newest notice that a duty may account for; taken before Graph is asked, so that later ones stay. */
export async function newestNotice(
  sql: Sql,
  lease: MailboxLease,
  duty: Duty,
): Promise<{ seq: number; correlationId: string } | undefined> {
  const [row] = await sql.query<{ seq: number; correlationId: string }>(
    `select seq, correlation_id as "correlationId" from cw.inbox
     where tenant_id = $1 and mailbox_id = $2 and duty = $3 order by seq desc limit 1`,
    [lease.tenantId, lease.mailboxId, duty],
  );
  return row;
}

/** The lifecycle events that wait for care. One about a subscription that was replaced meanwhile has been seen to. */
export async function waitingWords(sql: Sql, lease: MailboxLease, duty: Duty): Promise<string[]> {
  const rows = await sql.query<{ word: string }>(
    `select distinct i.word from cw.inbox i
     join cw.subscription s on s.tenant_id = i.tenant_id and s.subscription_id = i.subscription_id
     where i.tenant_id = $1 and i.mailbox_id = $2 and i.duty = $3 order by i.word`,
    [lease.tenantId, lease.mailboxId, duty],
  );
  return rows.map((row) => row.word);
}

const leaseLost = (duty: Duty) => new CalendarWatchError('LEASE_LOST', `the ${duty} lease was taken over`);

/** Throws LEASE_LOST when somebody else holds it. No lock: notices go on being accepted while we write. */
export async function checkLease(sql: Sql, lease: MailboxLease, duty: Duty): Promise<void> {
  const rows = await sql.query(
    `select from cw.mailbox where tenant_id = $1 and mailbox_id = $2 and ${duty}_fence = $3 and ${duty}_lease is not null`,
    [lease.tenantId, lease.mailboxId, lease.fence],
  );
  if (rows.length === 0) throw leaseLost(duty);
}

/**
 * A lease that runs on while its holder works: called before each call to Graph, so that reading a large mailbox takes
 * as long as it takes and a holder that died is replaced soon. Throws LEASE_LOST when it is somebody else's now.
 */
export async function extendLease(sql: Sql, lease: MailboxLease, duty: Duty, until: number): Promise<void> {
  const rows = await sql.query(
    `update cw.mailbox set ${duty}_lease = $4,
       ${duty}_due_at = case when ${duty}_due_at = ${duty}_lease then $4::timestamptz else ${duty}_due_at end
     where tenant_id = $1 and mailbox_id = $2 and ${duty}_fence = $3 and ${duty}_lease is not null returning mailbox_id`,
    [lease.tenantId, lease.mailboxId, lease.fence, at(until)],
  );
  if (rows.length === 0) throw leaseLost(duty);
}

/**
 * Ends a lease whose work is done: the notices up to `upToSeq` are accounted for, the next turn is at `nextAt`, or at
 * once if more came meanwhile (they set the due time back, which a claim had put to the end of the lease). Throws
 * LEASE_LOST when somebody else holds it now; the transaction then rolls back. The last thing in its transaction,
 * because the row stays locked from here on and an acknowledgement would wait for it.
 */
export async function finishDuty(
  sql: Sql,
  lease: MailboxLease,
  duty: Duty,
  result: { upToSeq: number; nextAt: number; changed?: boolean; echoes?: number },
  now: number,
): Promise<void> {
  await sql.query('delete from cw.inbox where tenant_id = $1 and mailbox_id = $2 and duty = $3 and seq <= $4', [
    lease.tenantId,
    lease.mailboxId,
    duty,
    result.upToSeq,
  ]);
  const synced =
    duty === 'sync'
      ? ', synced_at = $5, changed_at = case when $6 then $5 else changed_at end, greet = false, echoes = $7'
      : '';
  const rows = await sql.query(
    `update cw.mailbox set ${duty}_lease = null, ${duty}_failures = 0,
       ${duty}_due_at = case when ${duty}_due_at is null or ${duty}_due_at < ${duty}_lease then ${duty}_due_at
         else $4::timestamptz end${synced}
     where tenant_id = $1 and mailbox_id = $2 and ${duty}_fence = $3 returning mailbox_id`,
    [
      lease.tenantId,
      lease.mailboxId,
      lease.fence,
      at(result.nextAt),
      ...(duty === 'sync' ? [at(now), result.changed ?? false, result.echoes ?? 0] : []),
    ],
  );
  if (rows.length === 0) throw leaseLost(duty);
}

/**
 * Hands a mailbox back after a failure; it is tried again at `nextAt`. Until then the lease stands, held by nobody: a
 * notice that makes the mailbox due sooner must not call Graph before its Retry-After has passed.
 */
export async function postponeDuty(sql: Sql, lease: MailboxLease, duty: Duty, nextAt: number): Promise<void> {
  await sql.query(
    `update cw.mailbox set ${duty}_lease = $4, ${duty}_failures = ${duty}_failures + 1,
       ${duty}_due_at = case when ${duty}_due_at is null then null else $4::timestamptz end
     where tenant_id = $1 and mailbox_id = $2 and ${duty}_fence = $3`,
    [lease.tenantId, lease.mailboxId, lease.fence, at(nextAt)],
  );
}

export async function makeDue(sql: Sql, tenantId: string, mailboxId: string, duty: Duty, now: number): Promise<void> {
  await sql.query(
    `update cw.mailbox set ${duty}_due_at = least(${duty}_due_at, $3) where tenant_id = $1 and mailbox_id = $2
       and ${duty}_due_at is not null`,
    [tenantId, mailboxId, at(now)],
  );
}

export async function findFeed(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  calendarId: string,
): Promise<Feed | undefined> {
  const [row] = await sql.query<Feed>(
    `select calendar_id as "calendarId", delta_link as "deltaLink", window_from as "windowFrom", window_to as "windowTo"
     from cw.feed where tenant_id = $1 and mailbox_id = $2 and calendar_id = $3`,
    [tenantId, mailboxId, calendarId],
  );
  return row;
}

export async function saveFeed(sql: Sql, tenantId: string, mailboxId: string, feed: Feed): Promise<void> {
  await sql.query(
    `insert into cw.feed (tenant_id, mailbox_id, calendar_id, delta_link, window_from, window_to)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (tenant_id, mailbox_id, calendar_id) do update set delta_link = $4, window_from = $5, window_to = $6`,
    [tenantId, mailboxId, feed.calendarId, feed.deltaLink, at(feed.windowFrom), at(feed.windowTo)],
  );
}

export async function subscriptionsOf(sql: Sql, tenantId: string, mailboxId: string): Promise<StoredSubscription[]> {
  return sql.query<StoredSubscription>(
    `select subscription_id as "subscriptionId", mailbox_id as "mailboxId", expires_at as "expiresAt",
       renew_at as "renewAt", proven_at as "provenAt", created_at as "createdAt"
     from cw.subscription where tenant_id = $1 and mailbox_id = $2 order by created_at desc, subscription_id`,
    [tenantId, mailboxId],
  );
}

export async function saveSubscription(
  sql: Sql,
  tenantId: string,
  subscription: StoredSubscription & { clientStateHash: Buffer },
): Promise<void> {
  await sql.query(
    `insert into cw.subscription (tenant_id, subscription_id, mailbox_id, client_state_hash, expires_at, renew_at,
       proven_at, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      tenantId,
      subscription.subscriptionId,
      subscription.mailboxId,
      subscription.clientStateHash,
      at(subscription.expiresAt),
      at(subscription.renewAt),
      at(subscription.provenAt),
      at(subscription.createdAt),
    ],
  );
}

export async function renewedSubscription(
  sql: Sql,
  tenantId: string,
  subscriptionId: string,
  times: { expiresAt: number; renewAt: number; provenAt: number },
): Promise<void> {
  await sql.query(
    `update cw.subscription set expires_at = $3, renew_at = $4, proven_at = $5
     where tenant_id = $1 and subscription_id = $2`,
    [tenantId, subscriptionId, at(times.expiresAt), at(times.renewAt), at(times.provenAt)],
  );
}

export async function deleteSubscription(sql: Sql, tenantId: string, subscriptionId: string): Promise<void> {
  await sql.query('delete from cw.subscription where tenant_id = $1 and subscription_id = $2', [
    tenantId,
    subscriptionId,
  ]);
}
