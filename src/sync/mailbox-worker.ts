/**
 * What happens when a duty fails: the mailbox goes back with a time to try again, and only its own person notices.
 * Waiting is rescheduling, never sleeping.
 */
import { type Clock, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../clock.ts';
import { CalendarWatchError, codeOf } from '../errors.ts';
import { GraphFailure } from '../graph/failures.ts';
import type { Intervals } from '../intervals.ts';
import type { Logger } from '../log.ts';
import { accessOf } from '../store/app-watch.ts';
import { recordAct } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { askForRead } from '../store/feeds.ts';
import {
  checkLease,
  type Duty,
  findMailbox,
  type Mailbox,
  type MailboxLease,
  markBlind,
  markUnreadable,
  postponeDuty,
  suspendMailbox,
} from '../store/mailboxes.ts';
import { addNotice } from '../store/nudges.ts';
import { lockPerson, setWatch } from '../store/people.ts';
import { holdCare } from '../store/subscriptions.ts';

export interface DutyDeps {
  database: Database;
  clock: Clock;
  log: Logger;
  intervals: Intervals;
  random(): number;
  newId(): string;
}

/** A mailbox that could be read before is given this long before its person is told. */
const EXPLAINED_AFTER_MS = HOUR_MS;
/** By then they have been told; what was said is forgotten some day, and must not be said again. */
const EXPLAINED_BEFORE_MS = 7 * DAY_MS;
const THROTTLED_PAUSE_MS = 20 * SECOND_MS;

/** Doubles from 2 s to 10 min, with jitter. */
function backoffMs(failures: number, random: number): number {
  return Math.min(10 * MINUTE_MS, 2 * SECOND_MS * 2 ** Math.min(failures, 12)) * (0.75 + random / 2);
}

function retryDelayMs(error: unknown, failures: number, random: number): number {
  if (!(error instanceof GraphFailure)) return backoffMs(failures, random);
  if (error.retryAfterMs !== undefined) return error.retryAfterMs + random * SECOND_MS;
  // Asking again will not change the answer soon; a person or an admin has to.
  if (error.kind === 'forbidden' || error.kind === 'notFound') return Math.max(HOUR_MS, backoffMs(failures, random));
  return backoffMs(failures, random);
}

/** Token trouble is a state: one message with a way out, then silence until the person signs in. */
async function askToReconnect(deps: DutyDeps, duty: Duty, lease: MailboxLease, personId: string): Promise<void> {
  const { tenantId, mailboxId } = lease;
  const now = deps.clock.now();
  await deps.database.inTenant(tenantId, async (sql) => {
    // Locked, because both duties may fail at the same moment and one message is enough.
    const person = await lockPerson(sql, tenantId, personId);
    // They may have signed in since: then this failure is of a token that nobody uses any more.
    await checkLease(sql, lease, duty);
    await suspendMailbox(sql, tenantId, mailboxId, now);
    if (person?.watch !== 'on') return;
    await setWatch(sql, tenantId, personId, 'reconnect', person.watchSince);
    await recordAct(sql, { tenantId, actorId: null, personId, act: 'reconnectNeeded' }, now, deps.newId());
    const owner = { tenantId, personId, mailboxId, correlationId: deps.newId() };
    const notice = { nudgeId: `reconnect.${deps.newId()}`, kind: 'reconnect', facts: {}, deadlineAt: now + 7 * DAY_MS };
    await addNotice(sql, owner, notice, now);
  });
}

const isUnreadable = (error: unknown) =>
  error instanceof GraphFailure && (error.kind === 'notFound' || error.kind === 'forbidden');

/**
 * A mailbox that Graph won't show: one plain sentence, then silence. To somebody who just signed in at once; to others
 * when it lasts, because a mailbox may also be moving. After a while it is forgotten (forget-mailboxes.ts).
 */
async function explainUnreadable(deps: DutyDeps, lease: MailboxLease, mailbox: Mailbox): Promise<void> {
  const { tenantId, mailboxId } = lease;
  const now = deps.clock.now();
  await deps.database.inTenant(tenantId, async (sql) => {
    const person = await lockPerson(sql, tenantId, mailbox.personId);
    await checkLease(sql, lease, 'sync');
    await markUnreadable(sql, tenantId, mailboxId, now);
    const since = mailbox.unreadableSince ?? now;
    const lastedMs = now - since;
    if (person?.watch !== 'on' || (!mailbox.greet && lastedMs < EXPLAINED_AFTER_MS)) return;
    if (lastedMs > EXPLAINED_BEFORE_MS) return;
    // What the application may not read is the admin's to look into (“admin watch”).
    if ((await accessOf(sql, tenantId, mailbox.personId)) === 'application') return;
    const owner = { tenantId, personId: mailbox.personId, mailboxId, correlationId: deps.newId() };
    // One each time that it can't be read: the beginning is in the identity.
    const nudgeId = `unreadable.${mailboxId}.${since}`;
    await addNotice(sql, owner, { nudgeId, kind: 'unreadable', facts: {}, deadlineAt: now + DAY_MS }, now);
  });
}

/** What a failure says about more than this duty: that nobody sees, that a whole tenant has to wait. */
async function noteFailure(deps: DutyDeps, duty: Duty, lease: MailboxLease, error: unknown): Promise<void> {
  const { tenantId, mailboxId } = lease;
  const now = deps.clock.now();
  await deps.database.inTenant(tenantId, async (sql) => {
    if (duty === 'sync') return markBlind(sql, tenantId, mailboxId, now);
    // The limit on /subscriptions is the tenant's; each mailbox would find it out for itself.
    if (error instanceof GraphFailure && error.kind === 'throttled')
      await holdCare(sql, tenantId, now + (error.retryAfterMs ?? THROTTLED_PAUSE_MS));
    // Not proven alive, so the silence may be that of a dead subscription; unless there is nothing to read.
    if (!isUnreadable(error)) await askForRead(sql, tenantId, mailboxId, now + deps.intervals.catchUpUnprovenMs);
  });
}

/** Runs `work` on a claimed mailbox and settles whatever comes of it. Never throws but for a broken database. */
export async function performDuty(
  deps: DutyDeps,
  duty: Duty,
  lease: MailboxLease,
  work: (lease: MailboxLease) => Promise<unknown>,
): Promise<void> {
  try {
    await work(lease);
  } catch (error) {
    await settleFailure(deps, duty, lease, error);
  }
}

/** Nobody can sign in against it: Entra or Exchange does not let the application into this mailbox. */
async function isRefusedToApplication(deps: DutyDeps, { tenantId, personId }: Mailbox, error: unknown) {
  if (!(error instanceof GraphFailure) || (error.kind !== 'forbidden' && error.kind !== 'unauthorized')) return false;
  return (await deps.database.inTenant(tenantId, (sql) => accessOf(sql, tenantId, personId))) === 'application';
}

/** False when the lease was somebody else's. */
async function stillOurs(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (lost) {
    if (!(lost instanceof CalendarWatchError && lost.code === 'LEASE_LOST')) throw lost;
    return false;
  }
}

async function settleFailure(deps: DutyDeps, duty: Duty, lease: MailboxLease, error: unknown): Promise<void> {
  const { tenantId, mailboxId } = lease;
  const code = codeOf(error);
  if (error instanceof CalendarWatchError && error.code === 'LEASE_LOST') {
    deps.log.info({ code, duty, tenantId, mailboxId }, 'another instance took over');
    return;
  }
  const mailbox = await deps.database.inTenant(tenantId, (sql) => findMailbox(sql, tenantId, mailboxId));
  if (!mailbox) return;
  if (error instanceof CalendarWatchError && error.code === 'RECONNECT_NEEDED') {
    deps.log.warn({ code, duty, tenantId, mailboxId }, 'the person has to sign in again');
    await stillOurs(() => askToReconnect(deps, duty, lease, mailbox.personId));
    return;
  }
  // A lease that is lost meanwhile is the other's to settle.
  const settled = await stillOurs(async () => {
    if (duty === 'sync' && isUnreadable(error)) await explainUnreadable(deps, lease, mailbox);
    await noteFailure(deps, duty, lease, error);
  });
  if (!settled) return;
  const failures = duty === 'sync' ? mailbox.syncFailures : mailbox.careFailures;
  const delayMs = retryDelayMs(error, failures, deps.random());
  const isRefused = await isRefusedToApplication(deps, mailbox, error);
  deps.log.warn(
    {
      code: isRefused ? 'APP_ACCESS_REFUSED' : code,
      duty,
      tenantId,
      mailboxId,
      failures,
      delayMs: Math.round(delayMs),
      err: error,
    },
    'a duty failed, it is tried again',
  );
  await deps.database.inTenant(tenantId, (sql) => postponeDuty(sql, lease, duty, deps.clock.now() + delayMs));
}
