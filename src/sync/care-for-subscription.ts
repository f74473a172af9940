/**
 * Care of a mailbox's subscriptions: one for each watched calendar that Graph gives one for. It is proven alive before
 * silence could be taken for peace, renewed long before it ends, and what might have been missed meanwhile is read.
 */
import { createHash } from 'node:crypto';
import { type Clock, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import { GraphFailure } from '../graph/failures.ts';
import type { Access, Graph, ListedSubscription, RichPart, SubscriptionAnswer } from '../graph/port.ts';
import type { Intervals } from '../intervals.ts';
import type { Logger } from '../log.ts';
import { finishForgetting } from '../privacy/forget.ts';
import type { Database, Sql } from '../store/database.ts';
import { askForRead, DEFAULT_CALENDAR, ensureFeed, type Feed, feedsOf, pollFeed } from '../store/feeds.ts';
import { type WaitingNotice, waitingNotices } from '../store/inbox.ts';
import {
  CARES_PER_SECOND,
  checkLease,
  clearLeftovers,
  findMailbox,
  finishDuty,
  forgetMailbox,
  type Mailbox,
  type MailboxLease,
  markBlind,
  noteLeftovers,
} from '../store/mailboxes.ts';
import {
  chargeCare,
  deleteSubscription,
  type StoredSubscription,
  saveSubscription,
  storedAmong,
  subscriptionsOf,
  updateSubscription,
} from '../store/subscriptions.ts';
import { leaseKeeper } from './keep-lease.ts';

/** Graph's limit is 10,080 minutes; a little less, so that a clock that differs does not cross it. */
export const LIFE_MS = 7 * DAY_MS - HOUR_MS;
/** With resource data the limit is 1,440. */
export const RICH_LIFE_MS = DAY_MS - 10 * MINUTE_MS;
const lifeOf = (certificateId: string | null) => (certificateId === null ? LIFE_MS : RICH_LIFE_MS);
const JITTER = 0.1;
export const CARE_LEASE_MS = MINUTE_MS;
/** Reauthorizing and renewing are never sent within 10 minutes; one PATCH does both and serves all who ask meanwhile. */
const AUTHORIZED_FOR_MS = 10 * MINUTE_MS;
/** Time enough for some attempts before notifications would be held back. */
const AUTHORIZED_AHEAD_MS = 8 * MINUTE_MS;
const LEAST_TOKEN_LIFE_MS = 20 * MINUTE_MS;
/** Everything is read at most this often, however many notices say that some were missed. */
const FULL_APART_MS = 10 * MINUTE_MS;
/** A creation that was begun is over by then, also by a process that was held up. */
const LEFTOVERS_AFTER_MS = 10 * MINUTE_MS;

export interface CareDeps {
  database: Database;
  graph: Graph;
  clock: Clock;
  log: Logger;
  publicUrl: string;
  intervals: Intervals;
  dropToken(partition: { tenantId: string; personId: string }): void;
  /** When the token ends that was used last; undefined: nobody knows. */
  tokenUntil(partition: { tenantId: string; personId: string }): number | undefined;
  /** Uniform in [0, 1). */
  random(): number;
  /** The client state: nobody may guess it. */
  newSecret(): string;
  /** With RICH_NOTIFICATIONS=on: the certificate for new subscriptions. */
  rich?: { current(): Promise<RichPart> };
}

export const hashClientState = (clientState: string): Buffer => createHash('sha256').update(clientState).digest();

/** Half-life, give or take a tenth, so that mailboxes that began together do not renew together. */
export function renewTime(now: number, expiresAt: number, random: number): number {
  return now + (expiresAt - now) * (0.5 + (random - 0.5) * 2 * JITTER);
}

interface Care {
  deps: CareDeps;
  lease: MailboxLease;
  access: Access;
  mailbox: Mailbox;
  feeds: Feed[];
  /** Called before each call to Graph: extends the lease, or throws. */
  keep(): Promise<unknown>;
  /** Writes what Graph said, if the lease is still ours: one that was held up must not undo what another did since. */
  ours<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
}

interface Waiting {
  upToSeq: number;
  has(word: string, subscriptionId?: string): boolean;
  /** When the first notice of this word came. */
  since(word: string): number | undefined;
}

function readWords(notices: WaitingNotice[]): Waiting {
  // One about a subscription that was replaced meanwhile (it leads to no calendar) has been seen to.
  const living = notices.filter((one) => one.calendarId !== null);
  const of = (word: string, id?: string) =>
    living.filter((one) => one.word === word && (id === undefined || one.subscriptionId === id));
  return {
    upToSeq: notices[0]?.seq ?? 0,
    has: (word, id) => of(word, id).length > 0,
    since: (word) => of(word).at(-1)?.receivedAt,
  };
}

/** What we left at Graph and don't know any more: a crash or a time-out between its creating and our storing. */
async function removeLeftovers({ deps, access, keep }: Care): Promise<void> {
  await keep();
  const listed = await deps.graph.listSubscriptions(access);
  const ids = listed.map((one) => one.subscriptionId);
  const known = await deps.database.inTenant(access.tenantId, (sql) => storedAmong(sql, access.tenantId, ids));
  const isOurs = (one: ListedSubscription) =>
    one.notificationUrl === `${deps.publicUrl}/api/notifications` &&
    one.resource.toLowerCase().includes(access.mailboxId.toLowerCase()) &&
    !known.has(one.subscriptionId);
  for (const one of listed.filter(isOurs)) {
    await keep();
    await deps.graph.deleteSubscription(access, one.subscriptionId);
  }
}

/** Graph documents resource data for the default calendar alone. */
const richFor = async ({ deps }: Care, calendarId: string) =>
  calendarId === DEFAULT_CALENDAR ? deps.rich?.current() : undefined;

type Created = SubscriptionAnswer & { certificateId: string | null };

async function createAtGraph(
  care: Care,
  calendarId: string,
  clientState: string,
  rich: RichPart | undefined,
): Promise<Created> {
  const { deps, access } = care;
  const certificateId = rich?.certificateId ?? null;
  const request = () => ({
    calendarId,
    notificationUrl: `${deps.publicUrl}/api/notifications`,
    lifecycleNotificationUrl: `${deps.publicUrl}/api/lifecycle`,
    clientState,
    expiresAt: deps.clock.now() + lifeOf(certificateId),
    rich,
  });
  await care.keep();
  try {
    return { ...(await deps.graph.createSubscription(access, request())), certificateId };
  } catch (error) {
    if (rich && error instanceof GraphFailure && error.kind === 'rejected') {
      // What is optional must not cost the subscription.
      deps.log.warn({ tenantId: access.tenantId, err: error }, 'Graph refuses a subscription with resource data');
      return createAtGraph(care, calendarId, clientState, undefined);
    }
    if (!(error instanceof GraphFailure && error.kind === 'conflict')) throw error;
    await removeLeftovers(care);
    await care.keep();
    return { ...(await deps.graph.createSubscription(access, request())), certificateId };
  }
}

const leavesNothing = (error: unknown) =>
  (error instanceof GraphFailure && error.kind !== 'unavailable') ||
  (error instanceof CalendarWatchError && error.code === 'RECONNECT_NEEDED');

/**
 * Before Graph is asked it is written down that there may soon be one that nobody knows: after a crash or a time-out it
 * is looked for. Whoever finds that note from before leaves it: the one who wrote it may only have been held up.
 */
async function create(care: Care, calendarId: string): Promise<StoredSubscription> {
  const { deps, access, lease } = care;
  const { tenantId, mailboxId } = access;
  const clientState = deps.newSecret();
  const rich = await richFor(care, calendarId);
  const note = deps.clock.now() + LEFTOVERS_AFTER_MS;
  await deps.database.inTenant(tenantId, (sql) => noteLeftovers(sql, lease, note));
  let answer: Created;
  try {
    answer = await createAtGraph(care, calendarId, clientState, rich);
  } catch (error) {
    if (leavesNothing(error)) await deps.database.inTenant(tenantId, (sql) => clearLeftovers(sql, lease, note));
    throw error;
  }
  const now = deps.clock.now();
  const subscription: StoredSubscription = {
    ...answer,
    mailboxId,
    calendarId,
    renewAt: renewTime(now, answer.expiresAt, deps.random()),
    provenAt: now,
    authorizedAt: now,
    tokenUntil: deps.tokenUntil(access) ?? null,
    reauthorizeAt: null,
    createdAt: now,
  };
  const store = deps.database.inTenant(tenantId, async (sql) => {
    // Notifications that came before this row was there belonged to nobody: read what they spoke of. Calendars before
    // their mailbox, as everywhere.
    await askForRead(sql, tenantId, mailboxId, now);
    await clearLeftovers(sql, lease, note);
    await saveSubscription(sql, tenantId, { ...subscription, clientStateHash: hashClientState(clientState) });
  });
  await store.catch(async (error: unknown) => {
    // Not stored (somebody else cares for it now, or watching ended): nobody would ever renew or delete it.
    await deps.graph.deleteSubscription(access, answer.subscriptionId).catch(() => undefined);
    throw error;
  });
  return subscription;
}

/** Graph does not know it any more. Since it was last known to live, changes may have gone unseen. */
async function bury(care: Care, dead: StoredSubscription, since: number): Promise<void> {
  const { tenantId, mailboxId } = care.access;
  await care.ours(async (sql) => {
    // The mailbox first, as an acknowledgement does it: two orders would make them wait for each other.
    await markBlind(sql, tenantId, mailboxId, since);
    await deleteSubscription(sql, tenantId, dead.subscriptionId);
  });
}

type Times = Parameters<typeof updateSubscription>[3];

/** Asks Graph about one; undefined when it does not know it any more, which is then written down. */
async function ask(
  care: Care,
  known: StoredSubscription,
  question: () => Promise<SubscriptionAnswer>,
  timesOf: (answer: SubscriptionAnswer, now: number) => Times,
): Promise<StoredSubscription | undefined> {
  const { deps, access } = care;
  await care.keep();
  try {
    const times = timesOf(await question(), deps.clock.now());
    await care.ours((sql) => updateSubscription(sql, access.tenantId, known.subscriptionId, times));
    return { ...known, ...times };
  } catch (error) {
    if (!(error instanceof GraphFailure && error.kind === 'notFound')) throw error;
    await bury(care, known, known.provenAt);
    return undefined;
  }
}

/** A subscription lives by the token that authorized it last: not by one that is about to end. */
function freshen({ deps, access }: Care): void {
  const until = deps.tokenUntil(access);
  if (until !== undefined && until < deps.clock.now() + LEAST_TOKEN_LIFE_MS) deps.dropToken(access);
}

function renew(care: Care, known: StoredSubscription): Promise<StoredSubscription | undefined> {
  const { deps, access } = care;
  freshen(care);
  const question = () =>
    deps.graph.renewSubscription(access, known.subscriptionId, deps.clock.now() + lifeOf(known.certificateId));
  return ask(care, known, question, ({ expiresAt }, now) => ({
    expiresAt,
    renewAt: renewTime(now, expiresAt, deps.random()),
    provenAt: now,
    authorizedAt: now,
    tokenUntil: deps.tokenUntil(access) ?? null,
    reauthorizeAt: null,
  }));
}

/** By its id: Graph allows few lists. */
function prove(care: Care, known: StoredSubscription): Promise<StoredSubscription | undefined> {
  const { deps, access } = care;
  const question = () => deps.graph.getSubscription(access, known.subscriptionId);
  return ask(care, known, question, ({ expiresAt }, now) => ({ ...known, expiresAt, provenAt: now }));
}

/** Made with another certificate than a new one would be, or with one though the switch is off (or the reverse). */
async function isOutdated(care: Care, known: StoredSubscription): Promise<boolean> {
  return known.certificateId !== ((await richFor(care, known.calendarId))?.certificateId ?? null);
}

/** Whether Graph takes another certificate when renewing is not clear; a new subscription is. What comes between is read. */
async function retire(care: Care, known: StoredSubscription): Promise<undefined> {
  await care.keep();
  await care.deps.graph.deleteSubscription(care.access, known.subscriptionId);
  await bury(care, known, care.deps.clock.now());
}

/**
 * Graph asks long before a token ends, and again. One authorization a token is enough: shortly before its end where that
 * is known, at once where it isn't; never within ten minutes of the last one. Undefined: that one serves.
 */
function whenToAuthorize(known: StoredSubscription, now: number): number | undefined {
  const apart = (known.authorizedAt ?? 0) + AUTHORIZED_FOR_MS;
  if (known.tokenUntil === null) return apart > now ? undefined : now;
  return Math.max(now, apart, known.tokenUntil - AUTHORIZED_AHEAD_MS);
}

async function tend(care: Care, known: StoredSubscription, words: Waiting): Promise<StoredSubscription | undefined> {
  const { deps, access } = care;
  const now = deps.clock.now();
  const asked = words.has('reauthorizationRequired', known.subscriptionId) ? whenToAuthorize(known, now) : undefined;
  const reauthorizeAt = asked ?? known.reauthorizeAt;
  const isAsked = reauthorizeAt !== null && reauthorizeAt <= now;
  // A token that is about to end would be asked for again at once.
  if (isAsked) deps.dropToken(access);
  if (known.renewAt <= now && (await isOutdated(care, known))) return retire(care, known);
  if (isAsked || known.renewAt <= now) return renew(care, known);
  if (known.provenAt + deps.intervals.proveMs * (1 - JITTER) <= now) return prove(care, { ...known, reauthorizeAt });
  if (reauthorizeAt === known.reauthorizeAt) return known;
  const awaited = { ...known, reauthorizeAt };
  await care.ours((sql) => updateSubscription(sql, access.tenantId, known.subscriptionId, awaited));
  return awaited;
}

/** Deletes at Graph what is not the one of its calendar; returns that one, if it may live on. */
async function keepOne(
  care: Care,
  all: StoredSubscription[],
  calendarId: string,
  words: Waiting,
): Promise<StoredSubscription | undefined> {
  const { deps, access } = care;
  const own = all.filter((one) => one.calendarId === calendarId);
  const isAlive = (one: StoredSubscription) =>
    one.expiresAt > deps.clock.now() + MINUTE_MS && !words.has('subscriptionRemoved', one.subscriptionId);
  const current = own.find(isAlive);
  for (const one of own) {
    if (one === current) continue;
    await care.keep();
    await deps.graph.deleteSubscription(access, one.subscriptionId);
    // While another one speaks, nothing goes unseen.
    if (current) {
      await care.ours((sql) => deleteSubscription(sql, access.tenantId, one.subscriptionId));
      continue;
    }
    // Told that it was removed, we know since when; one that ran out was last seen at its end.
    const since = words.since('subscriptionRemoved') ?? Math.min(one.expiresAt, deps.clock.now());
    await bury(care, one, since);
  }
  return current;
}

/** That our own address did not answer in time (ValidationError) says nothing about the calendar. */
const isRefusal = (error: unknown) =>
  error instanceof GraphFailure &&
  ['forbidden', 'rejected', 'notFound'].includes(error.kind) &&
  error.code !== 'ValidationError';

/** Undefined: Graph gives none for this calendar, which is looked at by the clock from now on. */
async function careForFeed(
  care: Care,
  all: StoredSubscription[],
  feed: Feed,
  words: Waiting,
): Promise<StoredSubscription | undefined> {
  const { tenantId, mailboxId } = care.access;
  const current = await keepOne(care, all, feed.calendarId, words);
  const living = current && (await tend(care, current, words));
  if (living) return living;
  try {
    return await create(care, feed.calendarId);
  } catch (error) {
    if (feed.calendarId === DEFAULT_CALENDAR || !isRefusal(error)) throw error;
    await care.ours(async (sql) => {
      await askForRead(sql, tenantId, mailboxId, care.deps.clock.now());
      await pollFeed(sql, tenantId, mailboxId, feed.calendarId);
    });
    return undefined;
  }
}

/** Watching ended: Graph is told, and then nothing is left. */
async function end(care: Care, all: StoredSubscription[]): Promise<void> {
  const { deps, access, lease, mailbox } = care;
  try {
    for (const one of all) {
      await care.keep();
      await deps.graph.deleteSubscription(access, one.subscriptionId);
      await care.ours((sql) => deleteSubscription(sql, access.tenantId, one.subscriptionId));
    }
    if (mailbox.leftoversAt !== null) await removeLeftovers(care);
  } catch (error) {
    // Without access there is no way to them any more; they end by themselves within a week, and speak to nobody.
    const isShutOut =
      (error instanceof CalendarWatchError && error.code === 'RECONNECT_NEEDED') ||
      (error instanceof GraphFailure && error.kind === 'forbidden');
    if (!isShutOut) throw error;
  }
  await deps.database.inTenant(access.tenantId, (sql) => forgetMailbox(sql, lease));
  // Of whom all is to be forgotten, only this was awaited.
  await finishForgetting(deps, { tenantId: access.tenantId, personId: mailbox.personId });
  deps.log.info({ tenantId: access.tenantId, mailboxId: access.mailboxId }, 'a mailbox was forgotten');
}

/** Each watched calendar has its subscription, and those of calendars that are not watched any more are gone. */
async function careForAll(care: Care, all: StoredSubscription[], words: Waiting): Promise<StoredSubscription[]> {
  const { deps, access } = care;
  const isWatched = (one: StoredSubscription) => care.feeds.some((feed) => feed.calendarId === one.calendarId);
  for (const one of all.filter((known) => !isWatched(known))) {
    await care.keep();
    await deps.graph.deleteSubscription(access, one.subscriptionId);
    await care.ours((sql) => deleteSubscription(sql, access.tenantId, one.subscriptionId));
  }
  const living: StoredSubscription[] = [];
  let trouble: unknown;
  for (const feed of care.feeds.filter((one) => !one.polled)) {
    try {
      const one = await careForFeed(care, all, feed, words);
      if (one) living.push(one);
    } catch (error) {
      // What one calendar's subscription does not get, the others shall; but a limit and a lost lease concern them all.
      if (!(error instanceof GraphFailure) || error.kind === 'throttled') throw error;
      trouble ??= error;
    }
  }
  if (trouble) throw trouble;
  return living;
}

/** When care is due next: at the first renewal, when the first could have been silent for too long, for leftovers. */
function nextCare({ deps, mailbox }: Care, living: StoredSubscription[], now: number): number {
  const proveMs = deps.intervals.proveMs * (1 - JITTER * deps.random());
  const { leftoversAt } = mailbox;
  const look = leftoversAt !== null && leftoversAt > now ? [leftoversAt] : [];
  const times = living.flatMap((one) => [one.renewAt, one.provenAt + proveMs, one.reauthorizeAt ?? []].flat());
  return Math.min(now + DAY_MS, ...look, ...times);
}

/** Counts the calls that Graph counts. */
function countingWrites(graph: Graph, count: () => void): Graph {
  const counted =
    <A extends unknown[], R>(call: (...words: A) => Promise<R>) =>
    (...words: A) => {
      count();
      return call(...words);
    };
  return {
    ...graph,
    createSubscription: counted(graph.createSubscription),
    renewSubscription: counted(graph.renewSubscription),
    deleteSubscription: counted(graph.deleteSubscription),
  };
}

export async function careForSubscription(deps: CareDeps, lease: MailboxLease): Promise<void> {
  let writes = 0;
  const graph = countingWrites(deps.graph, () => {
    writes += 1;
  });
  try {
    await careFor({ ...deps, graph }, lease);
  } finally {
    const forMs = ((writes - 1) * SECOND_MS) / CARES_PER_SECOND;
    if (forMs > 0)
      await deps.database.inTenant(lease.tenantId, (sql) => chargeCare(sql, lease.tenantId, forMs, deps.clock.now()));
  }
}

async function careFor(deps: CareDeps, lease: MailboxLease): Promise<void> {
  const { tenantId, mailboxId } = lease;
  const before = await deps.database.inTenant(tenantId, async (sql) => {
    const mailbox = await findMailbox(sql, tenantId, mailboxId);
    // An instance of the version before this one leaves a mailbox without.
    if (mailbox && !mailbox.ending) await ensureFeed(sql, tenantId, mailboxId, deps.clock.now());
    return {
      mailbox,
      feeds: await feedsOf(sql, tenantId, mailboxId),
      notices: await waitingNotices(sql, lease, 'care'),
      subscriptions: await subscriptionsOf(sql, tenantId, mailboxId),
    };
  });
  const { mailbox, feeds, subscriptions } = before;
  if (!mailbox) return;
  const access: Access = { tenantId, personId: mailbox.personId, mailboxId };
  const keep = leaseKeeper(deps, lease, 'care', CARE_LEASE_MS);
  const ours: Care['ours'] = (work) =>
    deps.database.inTenant(tenantId, async (sql) => {
      await checkLease(sql, lease, 'care');
      return work(sql);
    });
  const care: Care = { deps, lease, access, mailbox, feeds, keep, ours };
  if (mailbox.ending) return end(care, subscriptions);
  const { leftoversAt } = mailbox;
  if (leftoversAt !== null && leftoversAt <= deps.clock.now()) {
    await removeLeftovers(care);
    await deps.database.inTenant(tenantId, (sql) => clearLeftovers(sql, lease, leftoversAt));
  }
  const words = readWords(before.notices);
  const living = await careForAll(care, subscriptions, words);
  const now = deps.clock.now();
  const nextAt = nextCare(care, living, now);
  await deps.database.inTenant(tenantId, async (sql) => {
    if (words.has('missed')) {
      const lastFullAt = Math.max(...feeds.map((feed) => feed.fullAt ?? 0));
      await askForRead(sql, tenantId, mailboxId, Math.max(now, lastFullAt + FULL_APART_MS), true);
    }
    await finishDuty(sql, lease, 'care', { upToSeq: words.upToSeq, nextAt });
  });
  deps.log.debug(
    { tenantId, mailboxId, subscriptions: living.length, nextInMs: nextAt - now },
    'subscriptions cared for',
  );
}
