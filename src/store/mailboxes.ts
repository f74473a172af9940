/** Watched mailboxes and the leases of the two duties on each: reading it (sync), caring for its subscriptions (care). */
import { CalendarWatchError } from '../errors.ts';
import { at, type Sql } from './database.ts';
import { askForRead, ensureFeed } from './feeds.ts';
import { forgetNotices } from './inbox.ts';

export type Duty = 'sync' | 'care';

export interface MailboxLease {
  tenantId: string;
  mailboxId: string;
  fence: number;
  /** As it was claimed; it may have been extended since. */
  until: number;
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
  greet: boolean;
  /** Watching ended; what is left is to tell Graph. */
  ending: boolean;
  /** When to look for subscriptions at Graph that we don't know: one was asked for and not stored yet, or never. */
  leftoversAt: number | null;
  /** Since when changes may have gone unseen. */
  blindSince: number | null;
  unreadableSince: number | null;
  profileAt: number | null;
}

/**
 * Of a tenant and second. Each is counted as one write on /subscriptions, of which Graph takes 500 in 20 s; what makes more
 * is charged for them (chargeCare). With the second's worth that may be claimed at once this is 462.
 */
export const CARES_PER_SECOND = 22;

export async function claimMailboxes(
  system: Sql,
  duty: Duty,
  most: number,
  leaseMs: number,
  now: number,
): Promise<MailboxLease[]> {
  const columns = 'tenant_id as "tenantId", mailbox_id as "mailboxId", fence';
  const leases =
    duty === 'sync'
      ? await system.query<Omit<MailboxLease, 'until'>>(
          `select ${columns} from cw.claim_mailboxes('sync', $1, $2, $3)`,
          [most, leaseMs, at(now)],
        )
      : await system.query<Omit<MailboxLease, 'until'>>(`select ${columns} from cw.claim_care($1, $2, $3, $4)`, [
          most,
          leaseMs,
          CARES_PER_SECOND,
          at(now),
        ]);
  return leases.map((lease) => ({ ...lease, until: now + leaseMs }));
}

export async function findMailbox(sql: Sql, tenantId: string, mailboxId: string): Promise<Mailbox | undefined> {
  const [row] = await sql.query<Mailbox>(
    `select tenant_id as "tenantId", mailbox_id as "mailboxId", person_id as "personId", sync_due_at as "syncDueAt",
       sync_failures as "syncFailures", care_failures as "careFailures", synced_at as "syncedAt",
       changed_at as "changedAt", greet, ending, leftovers_at as "leftoversAt", blind_since as "blindSince",
       unreadable_since as "unreadableSince", profile_at as "profileAt"
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
  // One that was ending may have lost its subscription at Graph just now: care looks at once.
  await sql.query(
    `update cw.subscription s set proven_at = to_timestamp(0) from cw.mailbox m
     where s.tenant_id = $1 and s.mailbox_id = $2 and m.tenant_id = $1 and m.mailbox_id = $2 and m.ending`,
    [tenantId, mailboxId],
  );
  // Calendars before their mailbox, as everywhere.
  await askForRead(sql, tenantId, mailboxId, now);
  await sql.query(
    `insert into cw.mailbox as m (tenant_id, mailbox_id, person_id, sync_due_at, care_due_at, sync_fence, care_fence,
       greet, profile_at) values ($1, $2, $3, $4, $4, $5, $5, true, $4)
     on conflict (tenant_id, mailbox_id) do update set sync_due_at = $4, care_due_at = $4, sync_failures = 0,
       care_failures = 0, sync_lease = null, care_lease = null, sync_fence = m.sync_fence + 1,
       care_fence = m.care_fence + 1, greet = true, ending = false, unreadable_since = null, profile_at = $4`,
    [tenantId, mailboxId, personId, at(now), Math.floor(now)],
  );
  await ensureFeed(sql, tenantId, mailboxId, now);
}

/**
 * Watching ends: the replica and all that was noted goes at once. The mailbox itself and the names of its subscriptions
 * stay until care has told Graph; whoever works on it loses the lease.
 */
export async function endMailbox(sql: Sql, tenantId: string, mailboxId: string, now: number): Promise<void> {
  for (const table of ['event', 'change', 'feed', 'inbox'])
    await sql.query(`delete from cw.${table} where tenant_id = $1 and mailbox_id = $2`, [tenantId, mailboxId]);
  await sql.query(
    `update cw.mailbox set ending = true, sync_due_at = null, care_due_at = $3, sync_lease = null, care_lease = null,
       sync_fence = sync_fence + 1, care_fence = care_fence + 1, greet = false, blind_since = null, synced_at = null,
       unreadable_since = null
     where tenant_id = $1 and mailbox_id = $2`,
    [tenantId, mailboxId, at(now)],
  );
}

/** The row itself; what refers to it goes by cascade. Throws LEASE_LOST when it is watched again meanwhile. */
export async function forgetMailbox(sql: Sql, lease: MailboxLease): Promise<void> {
  const rows = await sql.query(
    `delete from cw.mailbox where tenant_id = $1 and mailbox_id = $2 and care_fence = $3 and ending
     returning mailbox_id`,
    [lease.tenantId, lease.mailboxId, lease.fence],
  );
  if (rows.length === 0) throw leaseLost('care');
}

/**
 * Nothing is due any more until the person signs in again, and a duty that is still under way leaves it so. The replica
 * stays, so that the gap can be told.
 */
export async function suspendMailbox(sql: Sql, tenantId: string, mailboxId: string, now: number): Promise<void> {
  await sql.query(
    `update cw.mailbox set sync_due_at = null, care_due_at = null, blind_since = coalesce(blind_since, $3)
     where tenant_id = $1 and mailbox_id = $2`,
    [tenantId, mailboxId, at(now)],
  );
}

/** From `since` on changes may have gone unseen; the earliest such moment counts. */
export async function markBlind(sql: Sql, tenantId: string, mailboxId: string, since: number): Promise<void> {
  await sql.query(
    'update cw.mailbox set blind_since = least(blind_since, $3) where tenant_id = $1 and mailbox_id = $2',
    [tenantId, mailboxId, at(since)],
  );
}

export async function markUnreadable(sql: Sql, tenantId: string, mailboxId: string, now: number): Promise<void> {
  await sql.query(
    `update cw.mailbox set unreadable_since = coalesce(unreadable_since, $3) where tenant_id = $1 and mailbox_id = $2`,
    [tenantId, mailboxId, at(now)],
  );
}

/** A subscription is about to be asked for: at `lookAt` it is looked for, unless it was stored. An older note stays. */
export async function noteLeftovers(sql: Sql, lease: MailboxLease, lookAt: number): Promise<void> {
  const rows = await sql.query(
    `update cw.mailbox set leftovers_at = coalesce(leftovers_at, $4) where tenant_id = $1 and mailbox_id = $2
       and care_fence = $3 returning mailbox_id`,
    [lease.tenantId, lease.mailboxId, lease.fence, at(lookAt)],
  );
  if (rows.length === 0) throw leaseLost('care');
}

/** That very note is not needed any more. */
export async function clearLeftovers(sql: Sql, lease: MailboxLease, lookAt: number): Promise<void> {
  const rows = await sql.query(
    `update cw.mailbox set leftovers_at = nullif(leftovers_at, $4) where tenant_id = $1 and mailbox_id = $2
       and care_fence = $3 returning mailbox_id`,
    [lease.tenantId, lease.mailboxId, lease.fence, at(lookAt)],
  );
  if (rows.length === 0) throw leaseLost('care');
}

export async function markProfileRead(sql: Sql, tenantId: string, mailboxId: string, now: number): Promise<void> {
  await sql.query('update cw.mailbox set profile_at = $3 where tenant_id = $1 and mailbox_id = $2', [
    tenantId,
    mailboxId,
    at(now),
  ]);
}

/** Ids of those that nobody could read, or signed in for, since before `forgetFrom`. */
export async function forgettableMailboxes(
  system: Sql,
  most: number,
  forgetFrom: number,
): Promise<{ tenantId: string; mailboxId: string }[]> {
  return system.query(
    'select tenant_id as "tenantId", mailbox_id as "mailboxId" from cw.forgettable_mailboxes($1, $2)',
    [most, at(forgetFrom)],
  );
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
  result: { upToSeq: number; nextAt: number },
): Promise<void> {
  await forgetNotices(sql, lease, duty, result.upToSeq);
  const rows = await sql.query(
    `update cw.mailbox set ${duty}_lease = null, ${duty}_failures = 0,
       ${duty}_due_at = case when ${duty}_due_at is null or ${duty}_due_at < ${duty}_lease then ${duty}_due_at
         else $4::timestamptz end
     where tenant_id = $1 and mailbox_id = $2 and ${duty}_fence = $3 returning mailbox_id`,
    [lease.tenantId, lease.mailboxId, lease.fence, at(result.nextAt)],
  );
  if (rows.length === 0) throw leaseLost(duty);
}

/** Everything that there is was read. `caughtUpSince`: the blindness that ends with it, unless it began anew meanwhile. */
export async function markSynced(
  sql: Sql,
  lease: MailboxLease,
  result: { changed: boolean; caughtUpSince: number | null },
  now: number,
): Promise<void> {
  const rows = await sql.query(
    `update cw.mailbox set synced_at = $4, changed_at = case when $5 then $4 else changed_at end, greet = false,
       unreadable_since = null, blind_since = nullif(blind_since, $6)
     where tenant_id = $1 and mailbox_id = $2 and sync_fence = $3 returning mailbox_id`,
    [lease.tenantId, lease.mailboxId, lease.fence, at(now), result.changed, at(result.caughtUpSince)],
  );
  if (rows.length === 0) throw leaseLost('sync');
}

/** Its calendars are others now: both duties have something to do. */
export async function wakeMailbox(sql: Sql, tenantId: string, mailboxId: string, now: number): Promise<void> {
  await sql.query(
    `update cw.mailbox set sync_due_at = least(sync_due_at, $3), care_due_at = least(care_due_at, $3)
     where tenant_id = $1 and mailbox_id = $2 and sync_due_at is not null`,
    [tenantId, mailboxId, at(now)],
  );
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

/** Gives a mailbox to whoever comes next, at once: the process that holds it is about to end. */
export async function handBackDuty(sql: Sql, lease: MailboxLease, duty: Duty, now: number): Promise<void> {
  await sql.query(
    `update cw.mailbox set ${duty}_lease = null, ${duty}_fence = ${duty}_fence + 1,
       ${duty}_due_at = case when ${duty}_due_at is null then null else $4::timestamptz end
     where tenant_id = $1 and mailbox_id = $2 and ${duty}_fence = $3`,
    [lease.tenantId, lease.mailboxId, lease.fence, at(now)],
  );
}
