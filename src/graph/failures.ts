/** What Graph's errors mean for us. Compared without regard to case: both spellings of a lost sync state are real. */
import { GraphError } from '@microsoft/microsoft-graph-client';
import { HOUR_MS, SECOND_MS } from '../clock.ts';

export type GraphFailureKind =
  /** The delta token is worth nothing any more: read everything. */
  | 'syncStateLost'
  | 'throttled'
  | 'unavailable'
  | 'unauthorized'
  | 'forbidden'
  | 'notFound'
  | 'conflict'
  | 'changed'
  | 'rejected';

export class GraphFailure extends Error {
  readonly code: string;

  constructor(
    readonly kind: GraphFailureKind,
    readonly status: number,
    graphCode: string,
    readonly retryAfterMs: number | undefined,
    options?: { cause?: unknown },
  ) {
    // Graph's own message may quote addresses, so it is not carried.
    super(`Graph answered ${status} ${graphCode}`, options);
    this.name = 'GraphFailure';
    this.code = graphCode;
  }
}

export function kindOf(status: number, code: string): GraphFailureKind {
  if (/^(syncstatenotfound|syncstateinvalid|resyncrequired)$/i.test(code) || status === 410) return 'syncStateLost';
  if (status === 429) return 'throttled';
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'notFound';
  if (status === 409) return 'conflict';
  if (status === 412) return 'changed';
  return status >= 500 || status <= 0 || status === 408 ? 'unavailable' : 'rejected';
}

/** Longer than Graph ever asks for; a proxy may say anything, and nobody would come to set it right. */
const LONGEST_RETRY_AFTER_MS = HOUR_MS;

/** Retry-After in seconds or as a date; an hour at most. */
export function retryAfterMs(value: string | null | undefined, now: number): number | undefined {
  if (!value) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Math.min(LONGEST_RETRY_AFTER_MS, Math.ceil(Number(value) * SECOND_MS));
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, date - now));
}

/** Anything that the graph client throws, as a GraphFailure; what is not Graph's passes through. */
export function toFailure(error: unknown, now: number): unknown {
  if (!(error instanceof GraphError)) return error;
  // The client wraps errors of our own (no token) in a GraphError without a status.
  const own = (error as { stack?: string; customError?: unknown }).customError;
  if (own) return own;
  const headers = error.headers as Headers | undefined;
  const code = String(error.code ?? 'unknown');
  return new GraphFailure(
    kindOf(error.statusCode, code),
    error.statusCode,
    code,
    retryAfterMs(headers?.get('retry-after'), now),
  );
}
