/**
 * One mailbox, once: read what changed in its calendars, and write replica, delta tokens, changes and plan in one
 * transaction. Nothing is written before the rounds are read to their ends, and nothing at all if the lease was lost
 * meanwhile.
 */

import { acrossCalendars } from '../calendar/across.ts';
import { type CalendarEvent, takesPlaceForMe } from '../calendar/event.ts';
import { ownAddress } from '../calendar/own-address.ts';
import { type Clock, DAY_MS, HOUR_MS, SECOND_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import { GraphFailure } from '../graph/failures.ts';
import type { Access, Graph } from '../graph/port.ts';
import type { Intervals } from '../intervals.ts';
import type { Logger } from '../log.ts';
import type { BlindFacts } from '../nudges/blind.ts';
import { hushed } from '../nudges/chosen.ts';
import { meetingFacts } from '../nudges/facts.ts';
import type { Answer, NoticedChange } from '../nudges/nudge.ts';
import type { Settings } from '../nudges/settings.ts';
import type { Database, Sql } from '../store/database.ts';
import { eventsBetween, versionsOf, writeChanges, writeEvents } from '../store/events.ts';
import {
  closeFeed,
  DEFAULT_CALENDAR,
  ensureFeed,
  type Feed,
  feedsOf,
  lockFeeds,
  lookLater,
  nextReadAt,
  saveFeed,
} from '../store/feeds.ts';
import { type WaitingNotice, waitingNotices } from '../store/inbox.ts';
import {
  checkLease,
  extendLease,
  findMailbox,
  finishDuty,
  type Mailbox,
  type MailboxLease,
  markProfileRead,
  markSynced,
} from '../store/mailboxes.ts';
import { addNotice } from '../store/nudges.ts';
import { type Outage, outagesSince } from '../store/outages.ts';
import {
  answersOf,
  findPerson,
  lockPerson,
  type Person,
  placesOf,
  saveAddress,
  saveProfile,
  settingsOf,
} from '../store/people.ts';
import { type StoredSubscription, subscriptionsOf } from '../store/subscriptions.ts';
import type { Places, TravelProvider } from '../travel/port.ts';
import { blindness, tell } from './blindness.ts';
import { estimateWays, type Travel } from './estimate-ways.ts';
import type { Follower } from './follower.ts';
import { calendarsNamed, isKnownAlready, versionIn } from './hints.ts';
import { leaseKeeper } from './keep-lease.ts';
import { isOther, type Profile, profileKeptMs, readProfile } from './profile.ts';
import type { Reading } from './read-round.ts';
import { type FeedRound, syncFeed } from './sync-feed.ts';
import { planWindow, writePlan } from './write-plan.ts';

/** Changes may lag the notification that announces them; a read that does not find them is repeated after these. */
const ECHO_PAUSES_MS = [15 * SECOND_MS, 45 * SECOND_MS, 110 * SECOND_MS];
export const SYNC_LEASE_MS = 30 * SECOND_MS;
/** Mailboxes that were read together do not go on being read together. */
const LOOK_JITTER = 0.1;
const WEEK_MS = 7 * DAY_MS;
/** How long until a calendar that Graph does not show is looked at again. */
const CLOSED_PAUSE_MS = HOUR_MS;

export interface SyncDeps {
  database: Database;
  graph: Graph;
  travel: TravelProvider;
  clock: Clock;
  log: Logger;
  intervals: Intervals;
  followers: readonly Follower[];
  newId(): string;
  /** Uniform in [0, 1). */
  random(): number;
}

interface Before {
  mailbox: Mailbox;
  person: Person;
  feeds: Feed[];
  notices: WaitingNotice[];
  /** The replica's versions of what the notices speak of. */
  versions: Map<string, string>;
  subscriptions: StoredSubscription[];
  outages: Outage[];
  upToSeq: number;
  correlationId: string;
  places: Places;
  answers: Answer[];
}

async function readBefore(deps: SyncDeps, lease: MailboxLease): Promise<Before | undefined> {
  const { tenantId, mailboxId } = lease;
  const now = deps.clock.now();
  return deps.database.inTenant(tenantId, async (sql) => {
    const mailbox = await findMailbox(sql, tenantId, mailboxId);
    const person = mailbox && (await findPerson(sql, tenantId, mailbox.personId));
    if (!mailbox || !person) return undefined;
    // An instance of the version before this one leaves a mailbox without.
    if (!mailbox.ending) await ensureFeed(sql, tenantId, mailboxId, now);
    // Taken first: a notice that comes after these may speak of a change that the delta read will not see.
    const notices = await waitingNotices(sql, lease, 'sync');
    const named = notices.flatMap((one) => one.hintEventId ?? []);
    return {
      mailbox,
      person,
      feeds: await feedsOf(sql, tenantId, mailboxId),
      notices,
      versions: named.length > 0 ? await versionsOf(sql, tenantId, mailboxId, named) : new Map(),
      subscriptions: await subscriptionsOf(sql, tenantId, mailboxId),
      outages: mailbox.syncedAt === null ? [] : await outagesSince(sql, mailbox.syncedAt, now),
      upToSeq: notices[0]?.seq ?? 0,
      correlationId: notices[0]?.correlationId ?? deps.newId(),
      places: await placesOf(sql, tenantId, person.personId),
      answers: await answersOf(sql, tenantId, person.personId),
    };
  });
}

const isDue = (feed: Feed, now: number) =>
  feed.lookAt === null || feed.lookAt <= now || (feed.askedAt !== null && feed.askedAt <= now);

/** Which calendars to read: those whose time has come, and those of which we hear what we don't know yet. */
function feedsToRead(before: Before, now: number): Feed[] {
  const isNews = before.notices.length > 0 && !isKnownAlready(before.notices, before.versions);
  const named = isNews ? calendarsNamed(before.notices) : new Set<string>();
  // After an interruption everything is read, so that one message can tell all of it.
  const isBlind = before.mailbox.blindSince !== null || before.outages.length > 0;
  return before.feeds.filter((feed) => isBlind || isDue(feed, now) || !named || named.has(feed.calendarId));
}

/** A notice speaks of a version that this round did not bring: Graph's delta lags behind what it announces. */
function lags({ feed, round }: FeedRound, before: Before): boolean {
  const brought = new Set(round.items.flatMap((item) => [item.id, item.seriesMasterId]));
  const waiting = before.notices.filter((one) => one.calendarId === null || one.calendarId === feed.calendarId);
  if (waiting.length === 0) return feed.echoes > 0 && round.items.length === 0;
  return waiting.some(({ word, hintEventId, hintEtag }) => {
    if (hintEventId === null || hintEtag === null) return round.items.length === 0;
    if (brought.has(hintEventId)) return false;
    const known = before.versions.get(hintEventId);
    if (word === 'deleted') return known !== undefined;
    return known === undefined || versionIn(known) !== versionIn(hintEtag);
  });
}

/** When to look at a calendar again without being told. */
function nextLook(deps: SyncDeps, one: FeedRound, before: Before, now: number): { lookAt: number; echoes: number } {
  const { feed, round } = one;
  // What was announced anew is waited for from the start.
  const isAnnounced = before.notices.some((it) => it.calendarId === null || it.calendarId === feed.calendarId);
  const echoes = isAnnounced ? 0 : feed.echoes;
  const pauseMs = !round.isFull && lags(one, before) ? ECHO_PAUSES_MS[echoes] : undefined;
  if (pauseMs !== undefined) return { lookAt: now + pauseMs, echoes: echoes + 1 };
  const isProven = before.subscriptions.some(
    (sub) =>
      sub.calendarId === feed.calendarId && sub.expiresAt > now && sub.provenAt > now - deps.intervals.proveMs * 1.1,
  );
  const intervalMs = isProven ? deps.intervals.catchUpMs : deps.intervals.catchUpUnprovenMs;
  return { lookAt: now + intervalMs * (1 - LOOK_JITTER * deps.random()), echoes: 0 };
}

/** The part of the replica that the plan looks at, as it will be. */
async function nearAfter(
  deps: SyncDeps,
  lease: MailboxLease,
  rounds: FeedRound[],
  now: number,
): Promise<CalendarEvent[]> {
  const { from, to } = planWindow(now);
  const stored = await deps.database.inTenant(lease.tenantId, (sql) =>
    eventsBetween(sql, lease.tenantId, lease.mailboxId, from, to),
  );
  const after = new Map(stored.map((event) => [event.id, event]));
  for (const gone of rounds.flatMap((one) => one.merged.removals))
    if (after.get(gone.id)?.calendarId === gone.calendarId) after.delete(gone.id);
  for (const event of rounds.flatMap((one) => one.merged.upserts)) after.set(event.id, event);
  return [...after.values()].filter((one) => one.startAt < to && one.endAt > from);
}

interface Owner {
  tenantId: string;
  personId: string;
  mailboxId: string;
  correlationId: string;
}

async function greet(sql: Sql, owner: Owner, settings: Settings, now: number, newId: () => string): Promise<void> {
  const ahead = await eventsBetween(sql, owner.tenantId, owner.mailboxId, now, now + WEEK_MS);
  const next = ahead.find((event) => takesPlaceForMe(event) && event.startAt > now);
  const shown = next && hushed({ ...meetingFacts(next) }, next, settings);
  const facts = next ? { next: shown, eventId: next.id } : {};
  const notice = { nudgeId: `connected.${newId()}`, kind: 'connected', facts, deadlineAt: now + HOUR_MS };
  await addNotice(sql, owner, notice, now);
}

/** Late is better than never, but not after a day. */
async function tellBlindness(sql: Sql, owner: Owner, nudgeId: string, facts: BlindFacts, now: number): Promise<void> {
  await addNotice(sql, owner, { nudgeId, kind: 'blind', facts: { ...facts }, deadlineAt: now + DAY_MS }, now);
}

/** All that a sync found out, before anything is written. */
interface Found {
  rounds: FeedRound[];
  /** Calendars that Graph does not show any more. */
  closed: Feed[];
  /** Calendars that could not be read this time. */
  skipped: Feed[];
  profile?: Profile;
  noticed: NoticedChange[];
  blind?: { nudgeId: string; facts: BlindFacts };
  travel: Travel;
}

/** A share that was withdrawn, or a calendar that was deleted, is no reason not to read the others. */
const isClosed = (feed: Feed, error: unknown) =>
  feed.calendarId !== DEFAULT_CALENDAR &&
  error instanceof GraphFailure &&
  (error.kind === 'notFound' || error.kind === 'forbidden');

/** Trouble of one calendar beside the default one: the others are read all the same. */
const isItsOwn = (feed: Feed, error: unknown) =>
  feed.calendarId !== DEFAULT_CALENDAR &&
  ((error instanceof GraphFailure && ['unavailable', 'rejected', 'syncStateLost'].includes(error.kind)) ||
    (error instanceof CalendarWatchError &&
      ['GRAPH_ANSWER_INVALID', 'DELTA_TOO_LONG', 'CONSENT_NEEDED'].includes(error.code)));

async function find(deps: SyncDeps, lease: MailboxLease, before: Before): Promise<Found | undefined> {
  const { mailbox, person } = before;
  const began = deps.clock.now();
  const feeds = feedsToRead(before, began);
  if (feeds.length === 0) return undefined;
  const access: Access = { tenantId: lease.tenantId, personId: person.personId, mailboxId: lease.mailboxId };
  const keep = leaseKeeper(deps, lease, 'sync', SYNC_LEASE_MS);
  const reading: Reading = { graph: deps.graph, access, keep, pastKeepMs: deps.intervals.pastKeepMs };
  const rounds: FeedRound[] = [];
  const closed: Feed[] = [];
  const skipped: Feed[] = [];
  for (const feed of feeds) {
    try {
      rounds.push(await syncFeed(deps.database, reading, feed, deps.clock.now()));
    } catch (error) {
      if (isClosed(feed, error)) closed.push(feed);
      else if (isItsOwn(feed, error)) {
        deps.log.warn(
          { tenantId: lease.tenantId, mailboxId: lease.mailboxId, err: error },
          'one calendar was not read',
        );
        skipped.push(feed);
      } else throw error;
    }
  }
  let profile: Profile | undefined;
  if (mailbox.profileAt === null || mailbox.profileAt <= began - profileKeptMs(person, began)) {
    await keep();
    profile = await readProfile(deps, access);
  }
  const now = deps.clock.now();
  const changes = acrossCalendars(rounds.flatMap((one) => one.changes));
  const blind = blindness({ ...mailbox, outages: before.outages }, deps.intervals.blindCardMs, now);
  const message = blind && tell(blind, changes, settingsOf(person));
  const nudgeId = message && `blind.${deps.newId()}`;
  const noticed = changes.map(
    (change): NoticedChange => ({
      ...change,
      changeId: deps.newId(),
      noticedAt: now,
      ...(nudgeId && message.told.has(change) ? { toldIn: nudgeId } : {}),
    }),
  );
  const zoned = {
    ...person,
    timeZone: profile?.timeZone ?? person.timeZone,
    workingHours: profile?.workingHours ?? person.workingHours,
  };
  const near = await nearAfter(deps, lease, rounds, now);
  // Maps may be slow; what was read must still be written within the lease.
  await keep();
  const travel = await estimateWays(deps, near, zoned, before.places, before.answers);
  return {
    rounds,
    closed,
    skipped,
    profile,
    noticed,
    travel,
    ...(nudgeId ? { blind: { nudgeId, facts: message.facts } } : {}),
  };
}

/** Writes it all; if the lease was lost after all, the last statements throw and everything rolls back. */
async function write(deps: SyncDeps, lease: MailboxLease, before: Before, found: Found, now: number): Promise<void> {
  const { tenantId, mailboxId } = lease;
  const { mailbox, person, correlationId } = before;
  const { rounds, closed, skipped, profile, noticed, blind, travel } = found;
  const owner: Owner = { tenantId, personId: person.personId, mailboxId, correlationId };
  await deps.database.inTenant(tenantId, async (sql) => {
    // The person before the mailbox, as everywhere: two orders would make "watch off" and a sync wait for each other.
    const locked = await lockPerson(sql, tenantId, person.personId);
    await checkLease(sql, lease, 'sync');
    if (before.feeds.length > 1) await lockFeeds(sql, tenantId, mailboxId);
    const unwatched = new Set<string>();
    for (const one of rounds) {
      const { merged, round, feed, readAt } = one;
      const look = nextLook(deps, one, before, now);
      const fullAt = round.isFull ? now : feed.fullAt;
      const saved = { ...feed, ...round, ...look, fullAt, readAt, readFrom: feed.deltaLink };
      const isWatched = await saveFeed(sql, tenantId, mailboxId, saved);
      if (isWatched) await writeEvents(sql, tenantId, mailboxId, merged.upserts, merged.removals);
      else unwatched.add(feed.calendarId);
    }
    for (const { calendarId, closedAt } of closed)
      await closeFeed(sql, tenantId, mailboxId, calendarId, {
        closedAt: now,
        lookAt: now + CLOSED_PAUSE_MS,
        empties: closedAt !== null,
      });
    const changes = noticed.filter((one) => !unwatched.has((one.after ?? one.before)?.calendarId ?? ''));
    await writeChanges(sql, tenantId, mailboxId, changes, correlationId);
    if (profile) {
      await markProfileRead(sql, tenantId, mailboxId, now);
      if (isOther(person, profile))
        await saveProfile(sql, tenantId, person.personId, {
          timeZone: profile.timeZone ?? person.timeZone,
          locale: profile.locale ?? person.locale,
          isAdmin: locked?.isAdmin ?? person.isAdmin,
          ...(profile.workingHours ? { workingHours: profile.workingHours } : {}),
          ...(profile.away === undefined ? {} : { away: profile.away }),
        });
    }
    const address = ownAddress(rounds.flatMap((one) => one.merged.upserts));
    if (address && address !== person.address) await saveAddress(sql, tenantId, person.personId, address);
    const read = {
      upserts: rounds.flatMap((one) => (unwatched.has(one.feed.calendarId) ? [] : one.merged.upserts)),
      removals: rounds.flatMap((one) => one.merged.removals),
    };
    await writePlan(sql, { ...owner, travel, followers: deps.followers, changes, read }, now);
    // Nobody is told of a room's blindness, nor is it greeted.
    if (blind && person.kind === 'person') await tellBlindness(sql, owner, blind.nudgeId, blind.facts, now);
    else if (mailbox.greet && person.kind === 'person')
      await greet(sql, owner, settingsOf(locked ?? person), now, deps.newId);
    for (const { calendarId } of skipped)
      await lookLater(sql, tenantId, mailboxId, calendarId, now + deps.intervals.catchUpUnprovenMs);
    const known = rounds.length + closed.length + skipped.length;
    const caughtUpSince = known === before.feeds.length ? mailbox.blindSince : null;
    await markSynced(sql, lease, { changed: noticed.length > 0, caughtUpSince }, now);
    await finish(deps, sql, lease, before);
  });
}

/** The mailbox's row is locked by now: a read that is asked for from here on changes it after us. */
async function finish(deps: SyncDeps, sql: Sql, lease: MailboxLease, before: Before): Promise<void> {
  const { tenantId, mailboxId } = lease;
  const now = deps.clock.now();
  const nextAt = (await nextReadAt(sql, tenantId, mailboxId, now)) ?? now + deps.intervals.catchUpMs;
  await finishDuty(sql, lease, 'sync', { upToSeq: before.upToSeq, nextAt });
}

export interface Synced {
  changes: number;
  /** Calendars that were read; 0: all that was announced was known already. */
  feeds: number;
  isFull: boolean;
}

export async function syncMailbox(deps: SyncDeps, lease: MailboxLease): Promise<Synced | undefined> {
  const before = await readBefore(deps, lease);
  if (!before) return undefined;
  const { tenantId, mailboxId } = lease;
  const { correlationId } = before;
  const found = await find(deps, lease, before);
  if (!found) {
    await deps.database.inTenant(tenantId, async (sql) => {
      await extendLease(sql, lease, 'sync', deps.clock.now() + SYNC_LEASE_MS);
      await finish(deps, sql, lease, before);
    });
    deps.log.debug({ correlationId, tenantId, mailboxId, notices: before.notices.length }, 'nothing new was announced');
    return { changes: 0, feeds: 0, isFull: false };
  }
  const refused = found.rounds.reduce((sum, one) => sum + one.merged.refused, 0);
  if (refused > 0)
    deps.log.warn({ code: 'GRAPH_ANSWER_INVALID', correlationId, refused }, 'items of a delta were not understood');
  await write(deps, lease, before, found, deps.clock.now());
  const synced = {
    changes: found.noticed.length,
    feeds: found.rounds.length,
    isFull: found.rounds.some((one) => one.round.isFull),
  };
  deps.log.info({ correlationId, tenantId, mailboxId, ...synced, blind: found.blind !== undefined }, 'mailbox synced');
  return synced;
}
