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

/** An error may be its own cause. */
const MOST_CAUSES = 4;

/** Where it was thrown. A message of several lines stands before the frames and is no part of the answer. */
function firstFrame(error: Error): string | undefined {
  const stack = error.stack ?? '';
  const after = error.message === '' ? 0 : stack.indexOf(error.message) + error.message.length;
  return stack
    .slice(after)
    .split('\n')
    .find((line) => /^\s+at /.test(line))
    ?.trim();
}

export function createLog(level: string, destination?: NodeJS.WritableStream): Logger {
  const options = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: NEVER.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    serializers: { err: (error: unknown) => describeError(error) },
  };
  return destination ? pino(options, destination) : pino(options);
}

/**
 * An error without what libraries like to attach to it (request bodies, headers, whole responses): name, code, status
 * and our own messages. A foreign message may quote what a person wrote, so only its kind is kept.
 */
export function describeError(error: unknown, depth = 0): Record<string, unknown> {
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
    at: firstFrame(error),
    ...(extra.cause === undefined || depth >= MOST_CAUSES ? {} : { cause: describeError(extra.cause, depth + 1) }),
  };
}

/**
 * Libraries write to the console what they please, refused tokens among it. From here on it goes through our log, and
 * of it only what describeError lets pass.
 */
export function captureConsole(log: Logger): void {
  const capture =
    (level: 'warn' | 'debug') =>
    (...words: unknown[]) => {
      const err = words.find((word) => word instanceof Error);
      log[level](err ? { err } : { words: words.length }, 'a library wrote to the console');
    };
  console.error = capture('warn');
  console.warn = capture('warn');
  console.log = capture('debug');
  console.info = capture('debug');
}
