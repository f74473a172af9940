/** What a failed call to Graph means for an errand. */
import { MINUTE_MS, SECOND_MS } from '../../clock.ts';
import { CalendarWatchError, codeOf } from '../../errors.ts';
import { GraphFailure } from '../../graph/failures.ts';
import { mayHaveArrived } from '../../graph/in-doubt.ts';
import type { Result } from './errand.ts';

/** The person (or their admin) has not agreed to it. */
export const NO_PERMISSION = 'permission';
/** What it was about is there no more. */
export const GONE = 'it is there no more';

const UNAUTHORIZED_PAUSE_MS = 5 * SECOND_MS;
const SIGN_IN_PAUSE_MS = 15 * MINUTE_MS;
const LONGEST_PAUSE_MS = 15 * MINUTE_MS;

/** 1 min, 2 min, 4 min … a quarter of an hour. */
export const pauseMs = (attempts: number): number => Math.min(LONGEST_PAUSE_MS, MINUTE_MS * 2 ** Math.min(attempts, 4));

const LACKS_PERMISSION = new Set(['CONSENT_NEEDED', 'ADMIN_CONSENT_NEEDED']);
export const lacksPermission = (error: unknown): boolean =>
  error instanceof CalendarWatchError && LACKS_PERMISSION.has(error.code);

/** @param attempts that began before this one */
export function troubleOf(error: unknown, attempts: number): Result {
  const reason = codeOf(error);
  const ambiguous = mayHaveArrived(error);
  const again = (afterMs: number): Result => ({ kind: 'again', afterMs, reason, ...(ambiguous ? { ambiguous } : {}) });
  if (lacksPermission(error)) return { kind: 'failed', reason: NO_PERMISSION };
  // Whoever signs in again within the errand's time has it done.
  if (error instanceof CalendarWatchError && error.code === 'RECONNECT_NEEDED')
    return { kind: 'again', afterMs: SIGN_IN_PAUSE_MS, reason };
  if (!(error instanceof GraphFailure)) return again(pauseMs(attempts));
  switch (error.kind) {
    case 'notFound':
      return { kind: 'failed', reason: GONE };
    case 'forbidden':
    case 'rejected':
      return { kind: 'failed', reason: `Graph ${error.status} ${reason}` };
    case 'unauthorized':
      return { kind: 'again', afterMs: UNAUTHORIZED_PAUSE_MS, reason };
    default:
      return again(Math.max(pauseMs(attempts), error.retryAfterMs ?? 0));
  }
}
