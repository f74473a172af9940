/**
 * Care of a mailbox's subscription: there is one, it lives, it is renewed long before it ends. Whatever might have
 * been missed meanwhile is read by making the mailbox due.
 */
import { createHash } from 'node:crypto';
import { type Clock, DAY_MS, HOUR_MS, MINUTE_MS } from '../clock.ts';
import { GraphFailure } from '../graph/failures.ts';
import type { Access, Graph, ListedSubscription, SubscriptionAnswer } from '../graph/port.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../store/database.ts';
import {
  deleteSubscription,
  extendLease,
  findMailbox,
  finishDuty,
  type MailboxLease,
  makeDue,
  newestNotice,
  renewedSubscription,
  type StoredSubscription,
  saveSubscription,
  subscriptionsOf,
  waitingWords,
} from '../store/mailboxes.ts';

/** Graph's limit is 10,080 minutes; a little less, so that a clock that differs does not cross it. */
const LIFE_MS = 7 * DAY_MS - HOUR_MS;
const JITTER = 0.1;
export const CARE_LEASE_MS = MINUTE_MS;

export interface CareDeps {
  database: Database;
  graph: Graph;
  clock: Clock;
  log: Logger;
  publicUrl: string;
  dropToken(partition: { tenantId: string; personId: string }): void;
  /** Uniform in [0, 1). */
  random(): number;
  /** The client state: nobody may guess it. */
  newSecret(): string;
}

export const hashClientState = (clientState: string): Buffer => createHash('sha256').update(clientState).digest();

/** Half-life, give or take a tenth, so that mailboxes that began together do not renew together. */
function renewTime(now: number, expiresAt: number, random: number): number {
  return now + (expiresAt - now) * (0.5 + (random - 0.5) * 2 * JITTER);
}

/** What we left at Graph and don't know any more: a crash or a time-out between its creating and our storing. */
async function removeLeftovers(deps: CareDeps, access: Access): Promise<void> {
  const listed = await deps.graph.listSubscriptions(access);
  const known = await deps.database.inTenant(access.tenantId, (sql) =>
    subscriptionsOf(sql, access.tenantId, access.mailboxId),
  );
  const isOurs = (one: ListedSubscription) =>
    one.notificationUrl === `${deps.publicUrl}/api/notifications` &&
    one.resource.toLowerCase().includes(access.mailboxId.toLowerCase()) &&
    !known.some((stored) => stored.subscriptionId === one.subscriptionId);
  for (const one of listed.filter(isOurs)) await deps.graph.deleteSubscription(access, one.subscriptionId);
}

async function createAtGraph(deps: CareDeps, access: Access, clientState: string): Promise<SubscriptionAnswer> {
  const request = () => ({
    notificationUrl: `${deps.publicUrl}/api/notifications`,
    lifecycleNotificationUrl: `${deps.publicUrl}/api/lifecycle`,
    clientState,
    expiresAt: deps.clock.now() + LIFE_MS,
  });
  try {
    return await deps.graph.createSubscription(access, request());
  } catch (error) {
    if (!(error instanceof GraphFailure && error.kind === 'conflict')) throw error;
    await removeLeftovers(deps, access);
    return deps.graph.createSubscription(access, request());
  }
}

async function create(deps: CareDeps, access: Access): Promise<StoredSubscription> {
  const clientState = deps.newSecret();
  const answer = await createAtGraph(deps, access, clientState);
  const now = deps.clock.now();
  const subscription = {
    ...answer,
    mailboxId: access.mailboxId,
    renewAt: renewTime(now, answer.expiresAt, deps.random()),
    provenAt: now,
    createdAt: now,
  };
  const store = deps.database.inTenant(access.tenantId, async (sql) => {
    await saveSubscription(sql, access.tenantId, { ...subscription, clientStateHash: hashClientState(clientState) });
    // Notifications that came before this row was there belonged to nobody: read what they spoke of.
    await makeDue(sql, access.tenantId, access.mailboxId, 'sync', now);
  });
  await store.catch(async (error: unknown) => {
    // Not stored (watching ended meanwhile): nobody would ever renew or delete it.
    await deps.graph.deleteSubscription(access, answer.subscriptionId).catch(() => undefined);
    throw error;
  });
  return subscription;
}

/** Undefined when Graph does not know it any more. */
async function renew(
  deps: CareDeps,
  access: Access,
  known: StoredSubscription,
): Promise<StoredSubscription | undefined> {
  try {
    const answer = await deps.graph.renewSubscription(access, known.subscriptionId, deps.clock.now() + LIFE_MS);
    const now = deps.clock.now();
    const times = {
      expiresAt: answer.expiresAt,
      renewAt: renewTime(now, answer.expiresAt, deps.random()),
      provenAt: now,
    };
    await deps.database.inTenant(access.tenantId, (sql) =>
      renewedSubscription(sql, access.tenantId, known.subscriptionId, times),
    );
    return { ...known, ...times };
  } catch (error) {
    if (!(error instanceof GraphFailure && error.kind === 'notFound')) throw error;
    await deps.database.inTenant(access.tenantId, (sql) =>
      deleteSubscription(sql, access.tenantId, known.subscriptionId),
    );
    return undefined;
  }
}

export async function careForSubscription(deps: CareDeps, lease: MailboxLease): Promise<void> {
  const { tenantId, mailboxId } = lease;
  const before = await deps.database.inTenant(tenantId, async (sql) => ({
    mailbox: await findMailbox(sql, tenantId, mailboxId),
    upToSeq: (await newestNotice(sql, lease, 'care'))?.seq ?? 0,
    words: await waitingWords(sql, lease, 'care'),
    subscriptions: await subscriptionsOf(sql, tenantId, mailboxId),
  }));
  if (!before.mailbox) return;
  const access: Access = { tenantId, personId: before.mailbox.personId, mailboxId };
  const now = deps.clock.now();
  const keep = () =>
    deps.database.inTenant(tenantId, (sql) => extendLease(sql, lease, 'care', deps.clock.now() + CARE_LEASE_MS));
  const isRemoved = before.words.includes('subscriptionRemoved');
  let current: StoredSubscription | undefined = before.subscriptions.find((one) => one.expiresAt > now + MINUTE_MS);
  for (const one of before.subscriptions) {
    if (one === current && !isRemoved) continue;
    await keep();
    await deps.graph.deleteSubscription(access, one.subscriptionId);
    await deps.database.inTenant(tenantId, (sql) => deleteSubscription(sql, tenantId, one.subscriptionId));
  }
  if (isRemoved) current = undefined;
  const isAsked = before.words.includes('reauthorizationRequired');
  // A token that is about to end would be asked for again at once.
  if (isAsked) deps.dropToken(access);
  await keep();
  // PATCH renews and reauthorizes in one, so the two are never sent near each other.
  if (current && (current.renewAt <= now || isAsked)) current = await renew(deps, access, current);
  if (!current) {
    await keep();
    current = await create(deps, access);
  }
  const nextAt = current.renewAt;
  await deps.database.inTenant(tenantId, async (sql) => {
    if (before.words.includes('missed')) await makeDue(sql, tenantId, mailboxId, 'sync', deps.clock.now());
    await finishDuty(sql, lease, 'care', { upToSeq: before.upToSeq, nextAt }, deps.clock.now());
  });
  deps.log.debug({ tenantId, mailboxId, renewInMs: nextAt - now }, 'subscription cared for');
}
