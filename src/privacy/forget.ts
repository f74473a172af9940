/**
 * Forgetting a person. All that was kept goes in one transaction, but for what it takes to end the subscriptions at
 * Graph: which they are, and the sealed sign-in. Care ends those (sync/care-for-subscription.ts), and with them the rest
 * goes; what could not be ended within a day goes all the same, as Microsoft ends it by itself within a week.
 */
import { type Clock, DAY_MS } from '../clock.ts';
import type { Intervals } from '../intervals.ts';
import type { Logger } from '../log.ts';
import { recordAct } from '../store/audit.ts';
import type { Database, Sql } from '../store/database.ts';
import {
  deleteChats,
  deletePerson,
  endForgetting,
  forgottenPeople,
  lockLeaving,
  mailboxesOf,
  scrubPerson,
  scrubTenant,
  uninstalledPeople,
} from '../store/forgetting.ts';
import { countHeld, deleteHeld } from '../store/holdings.ts';
import { endMailbox } from '../store/mailboxes.ts';
import { findPerson } from '../store/people.ts';
import { HOLDINGS } from './holdings.ts';

const MOST_A_STEP = 20;
/** By then care has tried for a day to end the subscriptions. */
export const LONGEST_FORGETTING_MS = DAY_MS;
/** Who sends holds rows of several people for a moment. */
const MOST_TRIES = 4;
const DEADLOCK = '40P01';

export interface ForgetDeps {
  database: Database;
  clock: Clock;
  log: Logger;
  newId(): string;
}

export interface Who {
  tenantId: string;
  personId: string;
}

/** By table: how many rows there are, or were. */
export type Counts = Readonly<Record<string, number>>;

const NOW_GONE = HOLDINGS.filter(
  (one) => one.forgetting === 'now' && one.table !== 'conversation' && one.table !== 'turn_state',
);
const COUNTED_TOO = HOLDINGS.filter((one) => ['subscription', 'token_cache'].includes(one.table));

export async function whatIsHeld({ database }: Pick<ForgetDeps, 'database'>, who: Who): Promise<Counts> {
  return database.inTenant(who.tenantId, async (sql) => {
    const counts: Record<string, number> = {};
    for (const one of [...NOW_GONE, ...COUNTED_TOO]) counts[one.table] = await countHeld(sql, one, who);
    return counts;
  });
}

async function removeRows(sql: Sql, who: Who, now: number): Promise<Counts> {
  const counts: Record<string, number> = {};
  for (const one of COUNTED_TOO) counts[one.table] = await countHeld(sql, one, who);
  for (const one of NOW_GONE) counts[one.table] = await deleteHeld(sql, one, who);
  // Whoever works on them loses the lease, and writes nothing any more.
  for (const mailboxId of await mailboxesOf(sql, who)) await endMailbox(sql, who.tenantId, mailboxId, now);
  return counts;
}

async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: unknown }).code !== DEADLOCK || tries >= MOST_TRIES) throw error;
    }
  }
}

/**
 * @param actorId null: nobody asked, the time after an uninstall is over
 * @param isStill looked at once the person is locked: whether it is still to be
 * Undefined: there is nobody to forget, or not any more.
 */
export async function forgetPerson(
  deps: ForgetDeps,
  who: Who,
  actorId: string | null,
  isStill: (leaving: NonNullable<Awaited<ReturnType<typeof lockLeaving>>>) => boolean = () => true,
): Promise<Counts | undefined> {
  const { database, clock, log } = deps;
  const now = clock.now();
  const gone = await again(() =>
    database.inTenant(who.tenantId, async (sql) => {
      const leaving = await lockLeaving(sql, who);
      if (!leaving || !isStill(leaving)) return undefined;
      const conversationId = (await findPerson(sql, who.tenantId, who.personId))?.conversationId ?? null;
      const counts = await removeRows(sql, who, now);
      await scrubPerson(sql, who, now);
      await scrubTenant(sql, who);
      const detail = Object.fromEntries(
        Object.entries(counts)
          .filter(([, count]) => count > 0)
          .slice(0, 12),
      );
      await recordAct(sql, { ...who, actorId, act: 'forgot', detail }, now, deps.newId());
      return { counts, conversationId };
    }),
  );
  if (!gone) return undefined;
  // One after the other: who sends holds the message and then the chat. Should this not come to pass, finishing does it.
  await again(() => database.inTenant(who.tenantId, (sql) => deleteChats(sql, who, gone.conversationId, now)));
  log.info({ ...who, isByThem: actorId !== null }, 'a person was forgotten');
  await finishForgetting(deps, who);
  return gone.counts;
}

/** What was left for ending the subscriptions goes, if they have ended or that took too long. */
export async function finishForgetting(
  { database, clock }: Pick<ForgetDeps, 'database' | 'clock'>,
  who: Who,
): Promise<void> {
  await database.inTenant(who.tenantId, async (sql) => {
    const leaving = await lockLeaving(sql, who);
    if (!leaving || leaving.forgettingAt === null) return;
    const { forgettingAt, seenAt } = leaving;
    const isOver = forgettingAt < clock.now() - LONGEST_FORGETTING_MS;
    if (!isOver && (await mailboxesOf(sql, who)).length > 0) return;
    await deleteChats(sql, who, null, forgettingAt);
    if (seenAt > forgettingAt) await endForgetting(sql, who);
    else await deletePerson(sql, who);
  });
}

/** A step of the job: who removed the bot long ago, and what is left of those who are being forgotten. */
export async function forgetInSteps(
  deps: ForgetDeps & { intervals: Intervals; poke?(what: 'care'): void },
): Promise<number> {
  const { database, clock, intervals } = deps;
  const now = clock.now();
  const before = now - intervals.uninstallKeepMs;
  const left = await uninstalledPeople(database.system, MOST_A_STEP, before);
  let forgotten = 0;
  for (const who of left) {
    // Another instance may have been faster, or they came back.
    const counts = await forgetPerson(
      deps,
      who,
      null,
      ({ uninstalledAt, seenAt, watch }) =>
        uninstalledAt !== null && uninstalledAt < before && seenAt <= uninstalledAt && watch === 'off',
    );
    if (counts) forgotten += 1;
  }
  if (forgotten > 0) deps.poke?.('care');
  const rest = await forgottenPeople(database.system, MOST_A_STEP, now - LONGEST_FORGETTING_MS);
  for (const who of rest) await finishForgetting(deps, who);
  return forgotten + rest.length;
}
