/**
 * By which way a nudge goes on when one can't: the person's ladder, read downwards only. Pure; docs/delivery.md has the
 * table.
 */
import { MINUTE_MS } from '../../clock.ts';
import type { WhenUnknown } from '../../nudges/nudge.ts';
import type { OtherWayName } from '../../nudges/settings.ts';
import type { WayName, WhyWay } from '../../store/sends.ts';
import type { Failure } from './pass-on.ts';

const LAST_CALL_MS = 3 * MINUTE_MS;

export interface Situation {
  /** What failed, and when the same way would be tried again. */
  failure: Pick<Failure, 'way' | 'why' | 'ambiguous' | 'nextAt'>;
  /** Why it left Teams, if it did before. */
  whyWay: WhyWay | null;
  /** The person's choice, first to last (settings.ways); Teams comes before all of them. */
  ladder: readonly OtherWayName[];
  /** Confirmed by their owner and not stopped. */
  usable: readonly OtherWayName[];
  /** Set up where we run. */
  configured: readonly OtherWayName[];
  /** An earlier attempt may have arrived. */
  isInDoubt: boolean;
  whenUnknown: WhenUnknown;
  now: number;
  dueAt: number;
  deadlineAt: number;
}

/** An attempt by the same way after this leaves no time for another one. */
export const lastCallAt = (dueAt: number, deadlineAt: number): number =>
  deadlineAt - Math.min(LAST_CALL_MS, Math.max(0, deadlineAt - dueAt) / 2);

/** Ways after the one that failed. One that is on the ladder no more has been replaced by what is. */
function waysAfter(failed: WayName, ladder: readonly OtherWayName[]): readonly OtherWayName[] {
  return failed === 'teams' ? ladder : ladder.slice(ladder.indexOf(failed) + 1);
}

/** Undefined: no other way, or not yet. */
export function nextWay(situation: Situation): { way: OtherWayName; why: WhyWay } | undefined {
  const { failure, ladder, usable, configured, now, dueAt, deadlineAt } = situation;
  if (now >= deadlineAt) return undefined;
  // What may have arrived is not said again by any way.
  if ((failure.ambiguous || situation.isInDoubt) && situation.whenUnknown === 'never') return undefined;
  // The same way still has its chance.
  if (failure.nextAt !== undefined && failure.nextAt <= lastCallAt(dueAt, deadlineAt)) return undefined;
  const way = waysAfter(failure.way, ladder).find((one) => usable.includes(one) && configured.includes(one));
  return way && { way, why: situation.whyWay ?? failure.why };
}
