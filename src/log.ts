/**
 * Structured logs. What may appear: codes, counts, durations, ids of tenants, people, mailboxes, nudges and
 * correlation ids. What never may: subjects, bodies, addresses, tokens, links. `redact` is the second wall, not the
 * first: callers log named fields, never whole payloads.
 */
import { type Logger as PinoLogger, pino } from 'pino';

export type Logger = PinoLogger;

const NEVER = [
  'token',
  'access_token',
  'refresh_token',
  'assertion',
  'authorization',
  'clientState',
  'subject',
  'body',
];

export function createLog(level: string, destination?: NodeJS.WritableStream): Logger {
  const options = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: NEVER.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    serializers: { err: describeError },
  };
  return destination ? pino(options, destination) : pino(options);
}

/**
 * An error without what libraries like to attach to it (request bodies, headers, whole responses): name, code, status
 * and our own messages. A foreign message may quote what a person wrote, so only its kind is kept.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { kind: typeof error };
  const extra = error as { code?: unknown; statusCode?: unknown; status?: unknown; cause?: unknown };
  const ours = error.name === 'CalendarWatchError';
  return {
    name: error.name,
    ...(extra.code === undefined ? {} : { code: extra.code }),
    ...(extra.statusCode === undefined && extra.status === undefined
      ? {}
      : { status: extra.statusCode ?? extra.status }),
    ...(ours ? { message: error.message } : {}),
    at: error.stack?.split('\n')[1]?.trim(),
    ...(extra.cause === undefined ? {} : { cause: describeError(extra.cause) }),
  };
}
