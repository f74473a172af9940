/** What Graph told us and we answered 2xx for. */
import { at, type Sql } from './database.ts';
import type { Duty, MailboxLease } from './mailboxes.ts';

/** Where a subscription leads, for the webhook. Crosses tenants, hence `system`. */
export interface SubscriptionOwner {
  subscriptionId: string;
  tenantId: string;
  mailboxId: string;
  clientStateHash: Buffer;
}

/** The version that a notification speaks of. */
export interface Hint {
  eventId: string;
  etag: string;
}

export interface Notice {
  tenantId: string;
  mailboxId: string;
  duty: Duty;
  subscriptionId: string;
  /** changeType or lifecycleEvent */
  word: string;
  correlationId: string;
  hint?: Hint;
}

export interface WaitingNotice {
  seq: number;
  word: string;
  correlationId: string;
  receivedAt: number;
  /** Of the subscription; null when it was replaced meanwhile. */
  calendarId: string | null;
  subscriptionId: string;
  hintEventId: string | null;
  hintEtag: string | null;
}

/** More are not looked at one by one. */
export const MOST_WAITING = 500;

export async function findSubscriptionOwners(system: Sql, ids: string[]): Promise<SubscriptionOwner[]> {
  return system.query<SubscriptionOwner>(
    `select subscription_id as "subscriptionId", tenant_id as "tenantId", mailbox_id as "mailboxId",
       client_state_hash as "clientStateHash" from cw.find_subscriptions($1)`,
    [ids],
  );
}

/** Returns how many were stored; committed when this resolves. */
export async function acceptNotices(system: Sql, notices: Notice[], now: number): Promise<number> {
  const column = <T>(pick: (notice: Notice) => T) => notices.map(pick);
  const [row] = await system.query<{ stored: number }>(
    'select cw.accept_notices($1, $2, $3, $4, $5, $6, $7, $8, $9) as stored',
    [
      column((one) => one.tenantId),
      column((one) => one.mailboxId),
      column((one) => one.duty),
      column((one) => one.subscriptionId),
      column((one) => one.word),
      column((one) => one.correlationId),
      column((one) => one.hint?.eventId ?? null),
      column((one) => one.hint?.etag ?? null),
      at(now),
    ],
  );
  return row?.stored ?? 0;
}

/** Newest first, at most MOST_WAITING. Taken before Graph is asked: those that come later stay. */
export async function waitingNotices(sql: Sql, lease: MailboxLease, duty: Duty): Promise<WaitingNotice[]> {
  return sql.query<WaitingNotice>(
    `select i.seq, i.word, i.correlation_id as "correlationId", i.received_at as "receivedAt",
       s.calendar_id as "calendarId", i.subscription_id as "subscriptionId", i.hint_event_id as "hintEventId",
       i.hint_etag as "hintEtag"
     from cw.inbox i
     left join cw.subscription s on s.tenant_id = i.tenant_id and s.subscription_id = i.subscription_id
     where i.tenant_id = $1 and i.mailbox_id = $2 and i.duty = $3 order by i.seq desc limit ${MOST_WAITING}`,
    [lease.tenantId, lease.mailboxId, duty],
  );
}

export async function forgetNotices(sql: Sql, lease: MailboxLease, duty: Duty, upToSeq: number): Promise<void> {
  await sql.query('delete from cw.inbox where tenant_id = $1 and mailbox_id = $2 and duty = $3 and seq <= $4', [
    lease.tenantId,
    lease.mailboxId,
    duty,
    upToSeq,
  ]);
}
