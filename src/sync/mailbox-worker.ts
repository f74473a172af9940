/**
 * What happens when a duty fails: the mailbox goes back with a time to try again, and only its own person notices.
 * Waiting is rescheduling, never sleeping.
 */
import { type Clock, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../clock.ts';
import { CalendarWatchError, codeOf } from '../errors.ts';
import { GraphFailure } from '../graph/failures.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../store/database.ts';
import {
  checkLease,
  type Duty,
  findMailbox,
  type Mailbox,
  type MailboxLease,
  postponeDuty,
  suspendMailbox,
} from '../store/mailboxes.ts';
import { addNotice } from '../store/nudges.ts';
import { lockPerson, setWatch } from '../store/people.ts';

export interface DutyDeps {
  database: Database;
  clock: Clock;
  log: Logger;
  random(): number;
  newId(): string;
}

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
    await suspendMailbox(sql, tenantId, mailboxId);
    if (person?.watch !== 'on') return;
    await setWatch(sql, tenantId, personId, 'reconnect', person.watchSince);
    const owner = { tenantId, personId, mailboxId, correlationId: deps.newId() };
    const notice = { nudgeId: `reconnect.${deps.newId()}`, kind: 'reconnect', facts: {}, deadlineAt: now + 7 * DAY_MS };
    await addNotice(sql, owner, notice, now);
  });
}

/** Somebody just signed in, and their mailbox can't be read: one plain sentence instead of silence. */
async function explainUnreadable(deps: DutyDeps, lease: MailboxLease, mailbox: Mailbox, error: unknown): Promise<void> {
  if (!(error instanceof GraphFailure && (error.kind === 'notFound' || error.kind === 'forbidden'))) return;
  const { tenantId, mailboxId } = lease;
  const now = deps.clock.now();
  await deps.database.inTenant(tenantId, async (sql) => {
    const person = await lockPerson(sql, tenantId, mailbox.personId);
    if (person?.watch !== 'on') return;
    const owner = { tenantId, personId: mailbox.personId, mailboxId, correlationId: deps.newId() };
    // One a watching: its start is in the identity.
    const nudgeId = `unreadable.${mailboxId}.${person.watchSince ?? 0}`;
    await addNotice(sql, owner, { nudgeId, kind: 'unreadable', facts: {}, deadlineAt: now + DAY_MS }, now);
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
    await askToReconnect(deps, duty, lease, mailbox.personId).catch((lost: unknown) => {
      if (!(lost instanceof CalendarWatchError && lost.code === 'LEASE_LOST')) throw lost;
    });
    return;
  }
  if (mailbox.greet && duty === 'sync') await explainUnreadable(deps, lease, mailbox, error);
  const failures = duty === 'sync' ? mailbox.syncFailures : mailbox.careFailures;
  const delayMs = retryDelayMs(error, failures, deps.random());
  deps.log.warn(
    { code, duty, tenantId, mailboxId, failures, delayMs: Math.round(delayMs), err: error },
    'a duty failed, it is tried again',
  );
  await deps.database.inTenant(tenantId, (sql) => postponeDuty(sql, lease, duty, deps.clock.now() + delayMs));
}
