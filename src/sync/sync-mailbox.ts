/**
 * One mailbox, once: read what changed, and write replica, delta token, changes and plan in one transaction. Nothing
 * is written before the round is read to its end, and nothing at all if the lease was lost meanwhile.
 */
import { type Change, changesOf } from '../calendar/difference.ts';
import { type CalendarEvent, type NamedPlace, takesPlaceForMe } from '../calendar/event.ts';
import { type Merged, mergeRound } from '../calendar/merge.ts';
import type { GraphEvent } from '../calendar/normalise.ts';
import { type Clock, HOUR_MS, MINUTE_MS, SECOND_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import { GraphFailure } from '../graph/failures.ts';
import type { Access, Graph } from '../graph/port.ts';
import type { Logger } from '../log.ts';
import { meetingFacts } from '../nudges/facts.ts';
import type { NoticedChange } from '../nudges/nudge.ts';
import type { Database, Sql } from '../store/database.ts';
import { eventsBetween, eventsOf, writeChanges, writeEvents } from '../store/events.ts';
import {
  checkLease,
  extendLease,
  type Feed,
  findFeed,
  findMailbox,
  finishDuty,
  type Mailbox,
  type MailboxLease,
  newestNotice,
  saveFeed,
  subscriptionsOf,
} from '../store/mailboxes.ts';
import { addNotice } from '../store/nudges.ts';
import { findPerson, findPlace, lockPerson, type Person } from '../store/people.ts';
import type { TravelProvider } from '../travel/port.ts';
import { type Reading, type ReadRound, readFull, readRound } from './read-round.ts';
import { estimateWays, planWindow, writePlan } from './write-plan.ts';

/** Between notifications the delta is read this often all the same, and the plan rolls on with it. */
export const CATCH_UP_MS = 6 * HOUR_MS;
/** The same while Graph has no live subscription of ours: then nobody tells us anything. */
const BLIND_CATCH_UP_MS = 5 * MINUTE_MS;
/** Changes may lag the notification that announces them; a read that finds nothing is repeated after these. */
const ECHO_PAUSES_MS = [20 * SECOND_MS, MINUTE_MS, 3 * MINUTE_MS];
export const SYNC_LEASE_MS = 30 * SECOND_MS;
const DEFAULT_CALENDAR = '';
const MOST_MISSING_MASTERS = 2_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

export interface SyncDeps {
  database: Database;
  graph: Graph;
  travel: TravelProvider;
  clock: Clock;
  log: Logger;
  newId(): string;
}

export interface Synced {
  changes: Change[];
  isFull: boolean;
}

interface Before {
  mailbox: Mailbox;
  person: Person;
  feed?: Feed;
  stored: CalendarEvent[];
  upToSeq: number;
  correlationId: string;
  office?: NamedPlace;
}

async function readBefore(deps: SyncDeps, lease: MailboxLease): Promise<Before | undefined> {
  const { tenantId, mailboxId } = lease;
  return deps.database.inTenant(tenantId, async (sql) => {
    const mailbox = await findMailbox(sql, tenantId, mailboxId);
    const person = mailbox && (await findPerson(sql, tenantId, mailbox.personId));
    if (!mailbox || !person) return undefined;
    // Read first: a notice that comes after this one may speak of a change that the delta read will not see.
    const notice = await newestNotice(sql, lease, 'sync');
    return {
      mailbox,
      person,
      feed: await findFeed(sql, tenantId, mailboxId, DEFAULT_CALENDAR),
      stored: await eventsOf(sql, tenantId, mailboxId, DEFAULT_CALENDAR),
      upToSeq: notice?.seq ?? 0,
      correlationId: notice?.correlationId ?? deps.newId(),
      office: await findPlace(sql, tenantId, person.personId, 'office'),
    };
  });
}

/** A round may name a series whose master it does not bring and we never had. */
async function fetchMasters({ graph, access, keep }: Reading, ids: string[]): Promise<GraphEvent[]> {
  if (ids.length > MOST_MISSING_MASTERS)
    throw new CalendarWatchError('DELTA_TOO_LONG', `a delta round misses ${ids.length} series`);
  const masters: GraphEvent[] = [];
  for (const id of ids) {
    await keep();
    try {
      masters.push(await graph.readEvent(access, id));
    } catch (error) {
      // Gone meanwhile: its occurrences will be reported as gone too.
      if (!(error instanceof GraphFailure && error.kind === 'notFound')) throw error;
    }
  }
  return masters;
}

async function merge(reading: Reading, stored: CalendarEvent[], round: ReadRound): Promise<Merged> {
  const laid = { calendarId: round.feed.calendarId, items: round.items, isFull: round.isFull };
  const first = mergeRound(stored, laid);
  if (first.missingMasters.length === 0) return first;
  return mergeRound(stored, laid, await fetchMasters(reading, first.missingMasters));
}

/**
 * Reads and merges. A series of which only the head came would lose all its occurrences if "not reported" were taken as
 * "deleted"; before that is believed of a whole series, everything is read.
 */
async function readAndMerge(
  reading: Reading,
  before: Before,
  now: number,
): Promise<{ round: ReadRound; merged: Merged }> {
  const round = await readRound(reading, DEFAULT_CALENDAR, before.feed, now);
  const merged = await merge(reading, before.stored, round);
  if (!merged.isDoubtful) return { round, merged };
  const full = await readFull(reading, DEFAULT_CALENDAR, now);
  return { round: full, merged: await merge(reading, before.stored, full) };
}

/** When to look again without being told. */
function nextLook(
  before: Before,
  round: ReadRound,
  isSubscribed: boolean,
  now: number,
): { nextAt: number; echoes: number } {
  const isEcho = round.items.length === 0 && (before.upToSeq > 0 || before.mailbox.echoes > 0);
  const pauseMs = isEcho ? ECHO_PAUSES_MS[before.mailbox.echoes] : undefined;
  if (pauseMs !== undefined) return { nextAt: now + pauseMs, echoes: before.mailbox.echoes + 1 };
  return { nextAt: now + (isSubscribed ? CATCH_UP_MS : BLIND_CATCH_UP_MS), echoes: 0 };
}

/** The replica as it will be. */
function laidOver(stored: CalendarEvent[], merged: Merged): CalendarEvent[] {
  const after = new Map(stored.map((event) => [event.id, event]));
  for (const event of merged.removals) after.delete(event.id);
  for (const event of merged.upserts) after.set(event.id, event);
  return [...after.values()];
}

async function greet(sql: Sql, before: Before, now: number, newId: () => string): Promise<void> {
  const { mailbox, person, correlationId } = before;
  const ahead = await eventsBetween(sql, mailbox.tenantId, mailbox.mailboxId, now, now + WEEK_MS);
  const next = ahead.find((event) => takesPlaceForMe(event) && event.startAt > now);
  const facts = next ? { next: meetingFacts(next), eventId: next.id } : {};
  const owner = { tenantId: mailbox.tenantId, personId: person.personId, mailboxId: mailbox.mailboxId, correlationId };
  await addNotice(
    sql,
    owner,
    { nudgeId: `connected.${newId()}`, kind: 'connected', facts, deadlineAt: now + HOUR_MS },
    now,
  );
}

export async function syncMailbox(deps: SyncDeps, lease: MailboxLease): Promise<Synced | undefined> {
  const before = await readBefore(deps, lease);
  if (!before) return undefined;
  const { mailbox, person, stored, correlationId } = before;
  const access: Access = { tenantId: lease.tenantId, personId: person.personId, mailboxId: lease.mailboxId };
  const keep = () =>
    deps.database.inTenant(lease.tenantId, (sql) => extendLease(sql, lease, 'sync', deps.clock.now() + SYNC_LEASE_MS));
  const reading: Reading = { graph: deps.graph, access, keep };
  const { round, merged } = await readAndMerge(reading, before, deps.clock.now());
  if (merged.refused > 0)
    deps.log.warn(
      { code: 'GRAPH_ANSWER_INVALID', correlationId, refused: merged.refused },
      'items of a delta were not understood',
    );

  const now = deps.clock.now();
  // What fills a replica for the first time is not news.
  const changes = before.feed ? changesOf(stored, merged) : [];
  // The rest (answers, versions, what the window brings in) is nothing that is ever told; it would only fill the table.
  const worthKeeping = changes.filter((change) => change.kind !== 'created' && change.kind !== 'other');
  const noticed: NoticedChange[] = worthKeeping.map((change) => ({
    ...change,
    changeId: deps.newId(),
    noticedAt: now,
  }));
  const window = planWindow(now);
  const near = laidOver(stored, merged).filter((one) => one.startAt < window.to && one.endAt > window.from);
  const travel = await estimateWays(near, person, before.office, deps.travel);

  await deps.database.inTenant(lease.tenantId, async (sql) => {
    const owner = { tenantId: lease.tenantId, personId: person.personId, mailboxId: lease.mailboxId, correlationId };
    // The person before the mailbox, as everywhere: two orders would make "watch off" and a sync wait for each other.
    await lockPerson(sql, lease.tenantId, person.personId);
    await checkLease(sql, lease, 'sync');
    await writeEvents(sql, lease.tenantId, lease.mailboxId, merged.upserts, merged.removals);
    await saveFeed(sql, lease.tenantId, lease.mailboxId, round.feed);
    await writeChanges(sql, lease.tenantId, lease.mailboxId, noticed, correlationId);
    await writePlan(sql, { ...owner, travel }, now);
    if (mailbox.greet) await greet(sql, before, now, deps.newId);
    const subscriptions = await subscriptionsOf(sql, lease.tenantId, lease.mailboxId);
    const isSubscribed = subscriptions.some((one) => one.expiresAt > now);
    const look = nextLook(before, round, isSubscribed, now);
    // If the lease was lost after all, this throws and all of the above rolls back.
    await finishDuty(sql, lease, 'sync', { upToSeq: before.upToSeq, changed: changes.length > 0, ...look }, now);
  });
  deps.log.info(
    {
      correlationId,
      tenantId: lease.tenantId,
      mailboxId: lease.mailboxId,
      items: round.items.length,
      changes: changes.length,
      full: round.isFull,
    },
    'mailbox synced',
  );
  return { changes, isFull: round.isFull };
}
