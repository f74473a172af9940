/**
 * The work of the product without a process around it: what is claimed, and what is done with a claim. app.ts gives
 * each job a loop; the simulation drives the same jobs one statement at a time. Everything from outside (time, chance,
 * Graph, Teams) comes in by its port.
 */
import { type Clock, DAY_MS, MINUTE_MS } from './clock.ts';
import type { Channel } from './delivery/channel.ts';
import { claimDue, type DispatcherDeps, dispatchOne, recordMissed } from './delivery/dispatcher.ts';
import { claimDueErrands, performErrand } from './delivery/errands/dispatch.ts';
import type { ErrandKind } from './delivery/errands/errand.ts';
import { claimShown, showOne } from './delivery/show-cards.ts';
import { watchForStorms } from './delivery/storms.ts';
import { claimForWays, dispatchByWay, type WaysDeps } from './delivery/ways/dispatch.ts';
import type { Graph } from './graph/port.ts';
import type { Intervals } from './intervals.ts';
import type { Logger } from './log.ts';
import { forgetInSteps } from './privacy/forget.ts';
import type { AppWatchLease } from './store/app-watch.ts';
import { pruneAudit } from './store/audit.ts';
import { type CardLease, pruneCards } from './store/cards.ts';
import type { Database } from './store/database.ts';
import { type ErrandLease, pruneErrands } from './store/errands.ts';
import { prunePast } from './store/events.ts';
import { pruneExportLinks } from './store/export-links.ts';
import { claimMailboxes, type Duty, handBackDuty, type MailboxLease } from './store/mailboxes.ts';
import { type NudgeLease, prune } from './store/nudges.ts';
import { awaken, beat } from './store/outages.ts';
import { claimReplans, pruneAnswers, type ReplanLease } from './store/people.ts';
import { pruneRooms } from './store/rooms.ts';
import { pruneSpots } from './store/spots.ts';
import { pruneCodeCounts } from './store/ways.ts';
import { CARE_LEASE_MS, type CareDeps, careForSubscription } from './sync/care-for-subscription.ts';
import type { Follower } from './sync/follower.ts';
import { forgetMailboxes } from './sync/forget-mailboxes.ts';
import { Inbox } from './sync/inbox.ts';
import { performDuty } from './sync/mailbox-worker.ts';
import { SYNC_LEASE_MS, type SyncDeps, syncMailbox } from './sync/sync-mailbox.ts';
import { claimGroups, lookAtGroup } from './sync/watch-groups.ts';
import { replan } from './sync/write-plan.ts';
import type { TravelProvider } from './travel/port.ts';

/** A transaction that is about to end has ended by then; if not, the poll comes round. */
const COMMITTED_AFTER_MS = 50;
const ROWS_A_STEP = 1_000;
/** A provider of ways may be slow; a plan that was lost is made again after this. */
const REPLAN_LEASE_MS = 2 * MINUTE_MS;

export type JobName =
  | Duty
  | 'nudges'
  | 'otherWays'
  | 'storms'
  | 'cards'
  | 'replans'
  | 'missed'
  | 'heartbeat'
  | 'retention'
  | 'groups'
  | 'errands';

/** Claims up to `most` pieces of work; `work` settles its own failures, and what it claimed comes back by its lease. */
export interface Job<T> {
  claim(most: number): Promise<T[]>;
  work(piece: T): Promise<unknown>;
}

export interface EngineParts {
  database: Database;
  clock: Clock;
  log: Logger;
  graph: Graph;
  travel: TravelProvider;
  channel: Channel;
  render: DispatcherDeps['render'];
  /** Kinds that `render` knows. */
  kinds: DispatcherDeps['kinds'];
  charge: DispatcherDeps['charge'];
  ways: WaysDeps['ways'];
  /** Who goes along with mailboxes. */
  followers: readonly Follower[];
  /** What can be done for people beside messages. */
  errands: readonly ErrandKind[];
  /** How many mails, and how many SMS, a minute. */
  waysPerMinute: WaysDeps['waysPerMinute'];
  nextWay?: DispatcherDeps['nextWay'];
  destinationOf?: WaysDeps['destinationOf'];
  wordsOf?: WaysDeps['wordsOf'];
  instanceId: string;
  /** What one instance can send in a second. */
  sendsPerSecond: number;
  /** The process is about to end. */
  stopping?: AbortSignal;
  publicUrl: string;
  intervals: Intervals;
  dropToken: CareDeps['dropToken'];
  tokenUntil: CareDeps['tokenUntil'];
  rich?: CareDeps['rich'];
  /** Uniform in [0, 1). */
  random(): number;
  newId(): string;
  /** Nobody may guess it. */
  newSecret(): string;
  /** There may be work now. */
  poke(job: JobName): void;
}

export interface Engine {
  inbox: Inbox;
  /** For the end: what mailboxes are still at work is given to others at once, instead of when the leases run out. */
  handBack(): Promise<void>;
  jobs: {
    sync: Job<MailboxLease>;
    care: Job<MailboxLease>;
    nudges: Job<NudgeLease>;
    otherWays: Job<NudgeLease>;
    storms: Job<'step'>;
    cards: Job<CardLease>;
    replans: Job<ReplanLease>;
    missed: Job<'step'>;
    heartbeat: Job<'step'>;
    retention: Job<'step'>;
    groups: Job<AppWatchLease>;
    errands: Job<ErrandLease>;
  };
}

/** Nobody misses a card that shrinks a quarter of a second later. */
const SHOW_AFTER_MS = 250;

const nothingMore = async () => undefined;

export function createEngine(parts: EngineParts): Engine {
  const { database, clock, intervals } = parts;
  const syncDeps: SyncDeps = parts;
  const careDeps: CareDeps = parts;
  const dispatchDeps: DispatcherDeps & WaysDeps = {
    ...parts,
    passedOn: () => clock.after(COMMITTED_AFTER_MS, () => parts.poke('otherWays')),
  };
  /** A plan was written: there may be something to say, and something to show. */
  const planned = () => {
    parts.poke('errands');
    parts.poke('nudges');
    parts.poke('cards');
  };
  // Not after each message: a busy minute would ask more often what is to be shown than it sends.
  let willShow = false;
  const showSoon = () => {
    if (willShow) return;
    willShow = true;
    clock.after(SHOW_AFTER_MS, () => {
      willShow = false;
      parts.poke('cards');
    });
  };
  const underWay = new Map<MailboxLease, Duty>();
  const perform = async (duty: Duty, lease: MailboxLease, work: (held: MailboxLease) => Promise<unknown>) => {
    underWay.set(lease, duty);
    await performDuty(parts, duty, lease, work).finally(() => underWay.delete(lease));
  };
  // Whoever starts, and whoever notices an outage, sees to it that everything is read again.
  let isAwakening = true;
  const inbox = new Inbox({
    database,
    clock,
    onStored: (duties) => {
      for (const duty of duties) parts.poke(duty);
    },
  });
  return {
    inbox,
    async handBack() {
      for (const [lease, duty] of underWay)
        await database.inTenant(lease.tenantId, (sql) => handBackDuty(sql, lease, duty, clock.now()));
    },
    jobs: {
      sync: {
        claim: (most) => claimMailboxes(database.system, 'sync', most, SYNC_LEASE_MS, clock.now()),
        work: (lease) => perform('sync', lease, (held) => syncMailbox(syncDeps, held)).finally(planned),
      },
      care: {
        claim: (most) => claimMailboxes(database.system, 'care', most, CARE_LEASE_MS, clock.now()),
        work: (lease) =>
          perform('care', lease, (held) => careForSubscription(careDeps, held)).finally(() => parts.poke('sync')),
      },
      nudges: {
        claim: (most) => claimDue(dispatchDeps, most),
        work: (lease) => dispatchOne(dispatchDeps, lease).finally(showSoon),
      },
      otherWays: {
        claim: (most) => claimForWays(dispatchDeps, most),
        work: (lease) => dispatchByWay(dispatchDeps, lease),
      },
      storms: {
        claim: async () => {
          await watchForStorms(parts);
          return [];
        },
        work: nothingMore,
      },
      cards: {
        claim: (most) => claimShown(dispatchDeps, most),
        work: (lease) => showOne(dispatchDeps, lease),
      },
      replans: {
        claim: (most) => claimReplans(database.system, most, REPLAN_LEASE_MS, clock.now()),
        work: (who) => replan(parts, { ...who, correlationId: parts.newId() }, clock.now()).finally(planned),
      },
      groups: {
        claim: (most) => claimGroups(parts, most),
        work: (lease) => lookAtGroup(parts, lease),
      },
      errands: {
        claim: (most) => claimDueErrands(parts, most),
        work: (lease) => performErrand(parts, lease),
      },
      // A step is taken by claiming it; as long as there was something to do, the next one follows at once.
      missed: {
        claim: async () => ((await recordMissed(dispatchDeps)) > 0 ? ['step'] : []),
        work: nothingMore,
      },
      heartbeat: {
        claim: async () => {
          const since = await beat(database.system, clock.now());
          if (since !== undefined)
            parts.log.warn({ forMs: clock.now() - since }, 'no instance was running for a while');
          isAwakening ||= since !== undefined;
          if (isAwakening) isAwakening = (await awaken(database.system, ROWS_A_STEP, clock.now())) > 0;
          return isAwakening ? ['step'] : [];
        },
        work: nothingMore,
      },
      retention: {
        claim: async () => {
          const now = clock.now();
          const forgotten = (await forgetMailboxes(parts)) + (await forgetInSteps(parts));
          const past = await prunePast(database.system, ROWS_A_STEP, now - intervals.pastKeepMs);
          const acts = await pruneAudit(database.system, ROWS_A_STEP, now - intervals.auditKeepMs);
          const links = await pruneExportLinks(database.system, ROWS_A_STEP, now);
          const pruned = await prune(database.system, ROWS_A_STEP, now - intervals.keepMs, now);
          const cards = await pruneCards(database.system, ROWS_A_STEP, now - intervals.keepMs);
          const spots = await pruneSpots(database.system, ROWS_A_STEP, now - intervals.keepMs);
          const codes = await pruneCodeCounts(database.system, ROWS_A_STEP, now - DAY_MS);
          const errands = await pruneErrands(database.system, ROWS_A_STEP, now - intervals.keepMs);
          const rooms = await pruneRooms(database.system, ROWS_A_STEP, now - intervals.pastKeepMs);
          const answers = await pruneAnswers(database.system, ROWS_A_STEP, now, intervals.keepMs);
          return forgotten + past + acts + links + pruned + cards + spots + answers + codes + errands + rooms > 0
            ? ['step']
            : [];
        },
        work: nothingMore,
      },
    },
  };
}
