/** A series whose room was released again and again: whether to propose to give it up. Pure. */
import type { CheckIn } from './types.ts';

export const STRIKES = 3;
/** More than these are not looked at; no multiple of STRIKES, at which the counting would stay. */
export const LOOKED_BACK = 13;

export type Past = Pick<CheckIn, 'state' | 'reason'>;

export const GIVEN_BACK = 'given back';

/**
 * How many of the last occurrences nobody came to, in a row. Somebody who came, or gave the room back themselves, ends the
 * row; what was never asked says nothing. @param past of one series, the latest first
 */
export function strikesIn(past: readonly Past[]): number {
  let strikes = 0;
  for (const { state, reason } of past) {
    if (state === 'here' || (state === 'released' && reason === GIVEN_BACK)) break;
    if (state === 'released') strikes += 1;
  }
  return strikes;
}

/** At the third, the sixth, …: whoever keeps it is asked again after three more. */
export const isProposed = (strikes: number): boolean => strikes > 0 && strikes % STRIKES === 0;
