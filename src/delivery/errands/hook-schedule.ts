/** When a webhook is tried again: Svix's schedule, a little early by chance, and no sooner than the receiver asks for. Pure. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../clock.ts';

/** After each attempt that failed; after the last there is no other. */
export const HOOK_DELAYS_MS: readonly number[] = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  10 * HOUR_MS,
];
/** Shorter rather than longer, so that all attempts fit into 28 hours. */
const JITTER = 0.1;
/** A receiver that wants more is asked sooner than it likes, once. */
const LONGEST_RETRY_AFTER_MS = 12 * HOUR_MS;
/** From being due to being given up, whatever receivers ask for. */
export const HOOK_LIFE_MS = 2 * DAY_MS;

/** Retry-After as seconds or a date; undefined where it says nothing. */
function askedFor(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined || retryAfter.length > 100) return undefined;
  const seconds = /^\d{1,9}$/.test(retryAfter.trim()) ? Number(retryAfter) * SECOND_MS : Date.parse(retryAfter) - now;
  return Number.isNaN(seconds) ? undefined : Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, seconds));
}

/**
 * @param attempts before the one that failed
 * @param random uniform in [0, 1)
 * @returns undefined: that was the last attempt
 */
export function hookDelayMs(
  attempts: number,
  { random, retryAfter, now }: { random: number; retryAfter?: string | undefined; now: number },
): number | undefined {
  const delay = HOOK_DELAYS_MS[attempts];
  if (delay === undefined) return undefined;
  return Math.max(Math.round(delay * (1 - JITTER * random)), askedFor(retryAfter, now) ?? 0);
}
