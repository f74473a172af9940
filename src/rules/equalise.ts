/** Making the ledger hold what the clock is to start, and no more. Pure. */
import { HOUR_MS } from '../clock.ts';
import type { NewErrand, PlannedErrand } from '../store/errands.ts';
import type { Run } from './plan.ts';

const isStartedByClock = (trigger: string) => trigger === 'before' || trigger === 'after';

export interface RunChanges {
  insert: NewErrand[];
  /** Planned already, for another hour, or with facts that may be others by now. */
  rewrite: NewErrand[];
  withdraw: string[];
}

/**
 * What the ledger needs to be told so that it holds what the clock is to start, and no more.
 * @param touched entries that were read just now
 */
export function equaliseRuns(
  wanted: readonly Run[],
  stored: readonly PlannedErrand[],
  touched: ReadonlySet<string>,
  now: number,
): RunChanges {
  const planned = new Map(stored.map((one) => [one.errandId, one]));
  const insert: NewErrand[] = [];
  const rewrite: NewErrand[] = [];
  const kept = new Set<string>();
  for (const errand of wanted.flatMap((run) => run.errands)) {
    kept.add(errand.errandId);
    const known = planned.get(errand.errandId);
    if (!known) insert.push(errand);
    else if (touched.has(errand.eventId ?? '') || isOther(known, errand)) rewrite.push(errand);
  }
  const withdraw = stored
    // What is due by now is looked at once more by whoever performs it.
    .filter(({ ruleId, trigger, dueAt }) => ruleId !== null && isStartedByClock(trigger) && dueAt > now)
    .filter((one) => !kept.has(one.errandId));
  return { insert, rewrite, withdraw: withdraw.map((one) => one.errandId) };
}

const isOther = (known: PlannedErrand, errand: NewErrand) =>
  known.dueAt !== errand.dueAt || known.eventId !== errand.eventId || known.startAt !== errand.startAt;

/** The most runs that fall into any one hour. */
export function busiestHour(dueAts: readonly number[]): number {
  const sorted = [...dueAts].sort((a, b) => a - b);
  let most = 0;
  let first = 0;
  for (const [last, dueAt] of sorted.entries()) {
    while ((sorted[first] ?? dueAt) <= dueAt - HOUR_MS) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
