import type { Span } from '../history.ts';

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** What is left to be done after any sleep: three minutes of being awake. */
const WAKING_MS = 3 * MINUTE_MS;

/** `at`, put off until the three minutes before it were not slept through in part. */
export function awake(asleep: readonly Span[], at: number): number {
  let result = at;
  for (let changed = true; changed; ) {
    changed = false;
    for (const span of asleep)
      if (span.from < result && span.to > result - WAKING_MS) {
        result = span.to + WAKING_MS;
        changed = true;
      }
  }
  return result;
}
