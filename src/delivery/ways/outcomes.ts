/**
 * What the providers have in common: one request, bounded in time, and what a status or a failure means. Reasons are a
 * label and a number ("SMS 429"): what a provider writes may quote addresses.
 */
import { type Clock, SECOND_MS } from '../../clock.ts';
import type { Final } from '../attempt.ts';
import type { Retry, Stop } from '../channel.ts';
import type { OtherWayName } from './port.ts';

/** As with Teams: well under the lease. */
export const SEND_LIMIT_MS = 12 * SECOND_MS;
const THROTTLED_PAUSE_MS = 5 * SECOND_MS;

export const LABELS: Record<OtherWayName, string> = { email: 'e-mail', sms: 'SMS' };

export const sent = (activityId: string): Final => ({ kind: 'sent', activityId });
export const stop = (reason: string): Stop => ({ kind: 'stop', reason, dropConversation: false });
export const again = (reason: string, ambiguous: boolean, afterMs?: number): Retry => ({
  kind: 'retry',
  reason,
  ambiguous,
  ...(afterMs === undefined ? {} : { afterMs }),
});

/** What an HTTP answer that is not 2xx means. 429 and 503 are refusals; other 5xx, and 408, tell nothing. */
export function outcomeOfStatus(way: OtherWayName, status: number, code: string, retryAfterMs?: number): Retry | Stop {
  const reason = `${LABELS[way]} ${status} ${code}`.trim();
  if (status === 429) return again(reason, false, retryAfterMs ?? THROTTLED_PAUSE_MS);
  if (status === 503) return again(reason, false, retryAfterMs);
  return status === 408 || status >= 500 ? again(reason, true, retryAfterMs) : stop(reason);
}

/** No connection was made, or none that could be trusted: nothing went out. */
const NEVER_LEFT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);
const MOST_CAUSES = 4;

function codesOf(error: unknown, depth = 0): string[] {
  if (!error || depth > MOST_CAUSES) return [];
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  // Every address of a host was tried.
  const [first] = Array.isArray(errors) ? errors : [];
  return [...(typeof code === 'string' ? [code] : []), ...codesOf(cause, depth + 1), ...codesOf(first, depth + 1)];
}

/** A request that ended without an answer. */
export function outcomeOfFailure(way: OtherWayName, error: unknown): Retry {
  return again(`${LABELS[way]} no answer`, !codesOf(error).some((code) => NEVER_LEFT.has(code)));
}

/** Ends `work` after SEND_LIMIT_MS, whether it heeds its signal or not; what it throws is turned by `failed`. */
export async function bounded(
  clock: Clock,
  work: (signal: AbortSignal) => Promise<Final>,
  failed: (error: unknown) => Final,
): Promise<Final> {
  const limit = new AbortController();
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(SEND_LIMIT_MS, () => {
      limit.abort();
      reject(new Error('not in time'));
    });
  });
  try {
    return await Promise.race([work(limit.signal), late]);
  } catch (error) {
    return failed(error);
  } finally {
    cancel();
  }
}
