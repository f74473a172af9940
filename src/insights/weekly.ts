/**
 * The weekly report, by choice: one errand a person and week, due when their week of work begins. Whoever changes what it
 * depends on plans anew (followers), the one that was run plans the next, and every day's plan looks again: so none is
 * lost. Its identity is the week, so there are never two. Whether it is still wanted is asked when it is due.
 */
import { firstWorkdayOfWeek, hoursOn } from '../calendar/working-hours.ts';
import { addDays, dateOf, instantOn } from '../calendar/zone.ts';
import { DAY_MS } from '../clock.ts';
import type { Errand, ErrandKind } from '../delivery/errands/errand.ts';
import type { Sql } from '../store/database.ts';
import { moveErrand, planErrands } from '../store/errands.ts';
import { addNotice } from '../store/nudges.ts';
import { findPerson, type Person, settingsOf } from '../store/people.ts';
import type { Follower } from '../sync/follower.ts';
import type { Worker } from './metrics.ts';
import { periodBetween, weekStart } from './period.ts';
import { heldOf, timeReport, workerOf } from './report.ts';

export const TIME_REPORT = 'timeReport';
/** Later than that a week is old news. */
const LATEST_MS = 3 * DAY_MS;
const USUAL_START = '08:00';

export interface DueReport {
  /** First day of the week in which it comes; it is about the week before. */
  week: string;
  dueAt: number;
}

/** When the working day begins on the first one of that week; for who never works on Monday at 08:00. */
function dueIn(week: string, { timeZone, workingHours }: Worker): number {
  const first = firstWorkdayOfWeek(addDays(week, 6), workingHours);
  const day = first !== undefined && first >= week ? first : week;
  return hoursOn(day, workingHours, timeZone)?.from ?? instantOn(day, USUAL_START, timeZone);
}

/** The next one, of this week or of the one that follows. */
export function nextReport(now: number, worker: Worker): DueReport {
  const week = weekStart(dateOf(now, worker.timeZone), worker);
  const weeks = [week, addDays(week, 7)].map((one) => ({ week: one, dueAt: dueIn(one, worker) }));
  return weeks.find(({ dueAt }) => dueAt > now) ?? { week: addDays(week, 14), dueAt: dueIn(addDays(week, 14), worker) };
}

const isWanted = (person: Person): boolean =>
  person.kind === 'person' && person.watch === 'on' && settingsOf(person).weeklyTime;

export async function planWeekly(sql: Sql, person: Person, correlationId: string, now: number): Promise<void> {
  if (!isWanted(person)) return;
  const { tenantId, personId } = person;
  const { week, dueAt } = nextReport(now, workerOf(person));
  const errandId = `${TIME_REPORT}:${personId}:${week}`;
  const errand = {
    errandId,
    kind: TIME_REPORT,
    personId,
    trigger: week,
    payload: { week },
    dueAt,
    deadlineAt: dueAt + LATEST_MS,
  };
  const made = await planErrands(sql, tenantId, [errand], correlationId, now);
  // Their zone or hours may be others than when it was planned.
  if (made.length === 0) await moveErrand(sql, tenantId, errandId, { dueAt, deadlineAt: errand.deadlineAt });
}

/** Reads say nothing new about when a week begins; each plan is made anew within a day in any case. */
export const createWeeklyFollower = (): Follower => ({
  name: TIME_REPORT,
  async follow(sql, { person, correlationId, read }, now) {
    if (!read) await planWeekly(sql, person, correlationId, now);
    return undefined;
  },
});

/** Until when they want to hear nothing: their pause, or their absence. */
function silentUntil(person: Person, now: number): number {
  const { pausedUntil, respectAway } = settingsOf(person);
  const away = respectAway && person.away && person.away.from <= now ? person.away.to : 0;
  return Math.max(pausedUntil ?? 0, away);
}

async function personOf(sql: Sql, { tenantId, personId }: Errand): Promise<Person | undefined> {
  return personId === null ? undefined : findPerson(sql, tenantId, personId);
}

/** Why it is not to be sent any more. */
function against(person: Person | undefined, errand: Errand, now: number): string | undefined {
  if (person?.watch !== 'on') return 'nobody watches';
  if (!isWanted(person)) return 'switched off';
  return silentUntil(person, now) > errand.deadlineAt ? 'silence for longer' : undefined;
}

async function tell(sql: Sql, person: Person, errand: Errand, keptSince: number, now: number): Promise<void> {
  const { tenantId, personId, timeZone } = person;
  const held = await heldOf(sql, person, keptSince);
  const week = String(errand.payload.week);
  const period = periodBetween(addDays(week, -7), week, timeZone);
  // Not one day of that week is known: there is nothing to tell yet.
  if (!held || held.from >= period.to) return;
  const facts = await timeReport(sql, person, period, held, now);
  const { correlationId, errandId } = errand;
  const dueAt = Math.max(now, silentUntil(person, now));
  const owner = { tenantId, personId, mailboxId: personId, correlationId };
  const notice = { nudgeId: errandId, kind: TIME_REPORT, facts: { ...facts }, dueAt, deadlineAt: dueAt + DAY_MS };
  await addNotice(sql, owner, notice, now);
}

/** It lies in our own tables alone, so all is done in the transaction that records it. */
export const createTimeReport = ({ pastKeepMs }: { pastKeepMs: number }): ErrandKind => ({
  name: TIME_REPORT,
  whenUnknown: 'again',
  async stillStands(sql, errand, now) {
    return against(await personOf(sql, errand), errand, now);
  },
  async settle(sql, errand, result, now) {
    const person = await personOf(sql, errand);
    if (!person) return;
    if (result.kind === 'done') await tell(sql, person, errand, now - pastKeepMs, now);
    await planWeekly(sql, person, errand.correlationId, now);
  },
});
