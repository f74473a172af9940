/**
 * Who is in a watched group: read every few hours, and at once when an admin says so. Members become people who are
 * watched, and who left is switched off, in small steps; what was done by half is done again from the start.
 */
import { type Clock, HOUR_MS, MINUTE_MS } from '../clock.ts';
import { CalendarWatchError, codeOf } from '../errors.ts';
import { GraphFailure } from '../graph/failures.ts';
import { asApplication, type Graph } from '../graph/port.ts';
import type { Logger } from '../log.ts';
import { leave, leaversOf, type Member, takeMembers } from '../store/app-members.ts';
import {
  type AppWatch,
  type AppWatchLease,
  claimAppWatches,
  extendAppLease,
  findAppWatch,
  forgetAppWatch,
  settleAppWatch,
} from '../store/app-watch.ts';
import type { Database, Sql } from '../store/database.ts';
import { addNotice } from '../store/nudges.ts';
import { findPerson } from '../store/people.ts';

export const GROUP_LEASE_MS = 2 * MINUTE_MS;
const LOOK_EVERY_MS = 6 * HOUR_MS;
/** Groups that were read together do not go on being read together. */
const JITTER = 0.1;
const MEMBERS_A_STEP = 500;
const LEAVERS_A_STEP = 100;
/** Calendars are read for the first time one after the other: a thousand in half a minute, 20,000 in ten. */
const APART_MS = 30;
const LONGEST_SPREAD_MS = 10 * MINUTE_MS;
const NOTICE_LIFE_MS = 24 * HOUR_MS;
/** Nobody was seen later than this, whatever another instance's clock says. */
const EVERYBODY_MS = 24 * HOUR_MS;
const WAIT_LEAST_MS = MINUTE_MS;
const WAIT_MOST_MS = HOUR_MS;

export interface GroupsDeps {
  database: Database;
  graph: Pick<Graph, 'listMembers'>;
  clock: Clock;
  log: Logger;
  newId(): string;
  /** Uniform in [0, 1). */
  random(): number;
  poke(job: 'nudges' | 'care' | 'sync'): void;
}

export const claimGroups = ({ database, clock }: GroupsDeps, most: number): Promise<AppWatchLease[]> =>
  claimAppWatches(database.system, most, GROUP_LEASE_MS, clock.now());

/** One watch, held: the lease moves on with the work, and names the holder. */
interface Held {
  lease: AppWatchLease;
  keep(): Promise<void>;
}

function hold({ database, clock }: GroupsDeps, claimed: AppWatchLease): Held {
  const held: Held = {
    lease: claimed,
    async keep() {
      const until = clock.now() + GROUP_LEASE_MS;
      const { tenantId } = claimed;
      if (!(await database.inTenant(tenantId, (sql) => extendAppLease(sql, held.lease, until))))
        throw new CalendarWatchError('LEASE_LOST', 'the lease of a watched group was taken over');
      held.lease = { ...held.lease, until };
    },
  };
  return held;
}

/** Their chat learns of it; who has none is told when they install the app. */
async function tell(deps: GroupsDeps, sql: Sql, tenantId: string, personId: string, kind: 'welcome' | 'watchEnded') {
  const now = deps.clock.now();
  const owner = { tenantId, personId, mailboxId: personId, correlationId: deps.newId() };
  const facts = kind === 'welcome' ? { byAdmin: true } : {};
  const notice = { nudgeId: `${kind}.${deps.newId()}`, kind, facts, deadlineAt: now + NOTICE_LIFE_MS };
  await addNotice(sql, owner, notice, now);
}

async function takeAll(deps: GroupsDeps, watch: AppWatch, ids: string[], held: Held, began: number): Promise<number> {
  const { tenantId } = watch;
  const spreadMs = Math.min(LONGEST_SPREAD_MS, ids.length * APART_MS);
  let begun = 0;
  for (let from = 0; from < ids.length; from += MEMBERS_A_STEP) {
    await held.keep();
    const step = ids.slice(from, from + MEMBERS_A_STEP);
    const taken = await deps.database.inTenant(tenantId, async (sql) => {
      const members = step.map(
        (personId): Member => ({ personId, dueAt: deps.clock.now() + Math.floor(deps.random() * spreadMs) }),
      );
      const result = await takeMembers(sql, watch, members, began);
      for (const one of result?.begun ?? [])
        if (one.isToBeTold) await tell(deps, sql, tenantId, one.personId, 'welcome');
      return result;
    });
    // An admin has ended it meanwhile; that is the next look's.
    if (!taken) break;
    begun += taken.begun.length;
    deps.poke('sync');
    deps.poke('care');
  }
  return begun;
}

/** Each in a transaction of their own: a whole replica goes with it. */
async function letGo(deps: GroupsDeps, watch: AppWatch, held: Held, before: number): Promise<number> {
  const { tenantId } = watch;
  let ended = 0;
  for (;;) {
    const leavers = await deps.database.inTenant(tenantId, (sql) => leaversOf(sql, watch, before, LEAVERS_A_STEP));
    if (leavers.length === 0) return ended;
    await held.keep();
    for (const personId of leavers) {
      const left = await deps.database.inTenant(tenantId, async (sql) => {
        const outcome = await leave(sql, watch, personId, deps.clock.now());
        const chat = outcome === 'off' && (await findPerson(sql, tenantId, personId))?.conversationId;
        if (chat) await tell(deps, sql, tenantId, personId, 'watchEnded');
        return outcome;
      });
      if (left === 'off') ended += 1;
    }
    deps.poke('care');
  }
}

/** Doubles from a minute to an hour; Graph's own word counts more. */
function waitMs(error: unknown, failures: number, random: number): number {
  const backoffMs = Math.min(WAIT_MOST_MS, WAIT_LEAST_MS * 2 ** Math.min(failures, 10)) * (0.75 + random / 2);
  const asked = error instanceof GraphFailure ? error.retryAfterMs : undefined;
  return asked === undefined ? backoffMs : Math.max(asked, WAIT_LEAST_MS * random);
}

/** Stable codes, which the admin's list puts into words (bot/cards/app-watch.ts). */
function problemOf(error: unknown): string {
  if (error instanceof GraphFailure) return error.kind;
  return codeOf(error);
}

async function look(deps: GroupsDeps, watch: AppWatch, held: Held): Promise<void> {
  const { tenantId, watchId } = watch;
  const began = deps.clock.now();
  if (watch.ending) {
    const ended = await letGo(deps, watch, held, began + EVERYBODY_MS);
    await deps.database.inTenant(tenantId, (sql) => forgetAppWatch(sql, held.lease));
    deps.log.info({ tenantId, watchId, ended }, 'a watch of an admin’s has ended');
    deps.poke('nudges');
    return;
  }
  const of = watch.kind === 'tenant' ? ('tenant' as const) : { groupId: watch.objectId };
  const ids = await deps.graph.listMembers(asApplication(tenantId), of, held.keep);
  const begun = await takeAll(deps, watch, ids, held, began);
  const ended = await letGo(deps, watch, held, began);
  const now = deps.clock.now();
  const lookAt = now + LOOK_EVERY_MS * (1 - JITTER * deps.random());
  await deps.database.inTenant(tenantId, (sql) => settleAppWatch(sql, held.lease, { lookAt, problem: null }, now));
  deps.log.info({ tenantId, watchId, members: ids.length, begun, ended }, 'the members of a watched group were read');
  if (begun + ended > 0) deps.poke('nudges');
}

/** Settles its own failures. Nobody is switched off for one: who is in the group is simply not known then. */
export async function lookAtGroup(deps: GroupsDeps, claimed: AppWatchLease): Promise<void> {
  const { tenantId, watchId } = claimed;
  const watch = await deps.database.inTenant(tenantId, (sql) => findAppWatch(sql, tenantId, watchId));
  if (!watch) return;
  const held = hold(deps, claimed);
  try {
    await look(deps, watch, held);
  } catch (err) {
    const code = codeOf(err);
    if (code === 'LEASE_LOST') {
      deps.log.info({ code, tenantId, watchId }, 'another instance, or an admin, took over');
      return;
    }
    const now = deps.clock.now();
    const problem = problemOf(err);
    const delayMs = waitMs(err, watch.failures, deps.random());
    const isRefused = problem === 'forbidden' || problem === 'unauthorized';
    deps.log.warn(
      { code: isRefused ? 'APP_ACCESS_REFUSED' : code, tenantId, watchId, delayMs: Math.round(delayMs), err },
      'the members of a watched group could not be read, it is tried again',
    );
    const settled = { lookAt: now + delayMs, problem };
    await deps.database.inTenant(tenantId, (sql) => settleAppWatch(sql, held.lease, settled, now));
  }
}
