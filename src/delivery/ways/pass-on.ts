/** When one way can't: the next one of the person's choice, in the transaction that records the failure. */
import type { Sql } from '../../store/database.ts';
import type { NudgeLease, NudgeToSend } from '../../store/nudges.ts';
import type { Person } from '../../store/people.ts';
import { passOn, type WayName, type WhyWay } from '../../store/sends.ts';

export interface Failure {
  /** By which way it was tried. */
  way: WayName;
  why: WhyWay;
  /** For the ledger. */
  reason: string;
  /** It may have arrived all the same. */
  ambiguous: boolean;
  /** When the same way would be tried again, ms; undefined when never. */
  nextAt?: number;
}

export interface PassOnDeps {
  /** The next way after a failure, as the person chose; undefined when there is none. Without it there is but Teams. */
  nextWay?(
    sql: Sql,
    about: { nudge: NudgeToSend; person: Person },
    failure: Failure,
    now: number,
  ): Promise<{ way: WayName; why: WhyWay } | undefined>;
  /** Something goes by another way, as soon as the transaction is committed. */
  passedOn?(): void;
}

/** False when there is no other way, or the lease was lost. */
export async function passOnIfPossible(
  deps: PassOnDeps,
  sql: Sql,
  lease: NudgeLease,
  about: { nudge: NudgeToSend; person: Person },
  failure: Failure,
  now: number,
): Promise<boolean> {
  const next = await deps.nextWay?.(sql, about, failure, now);
  if (!next) return false;
  const { reason, ambiguous } = failure;
  const isOurs = await passOn(sql, lease, { ...next, reason, ambiguous }, now);
  if (isOurs) deps.passedOn?.();
  return isOurs;
}
