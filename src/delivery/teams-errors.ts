/**
 * Microsoft's error table for bot messages, obeyed to the letter.
 * Source: learn.microsoft.com, "Send and receive messages with a bot" (status codes) and "Optimize your bot with rate
 * limiting".
 */
import { SECOND_MS } from '../clock.ts';
import type { Outcome, Retry, Stop } from './channel.ts';

export interface ConnectorAnswer {
  /** 0 when no answer came. */
  status: number;
  code: string;
  retryAfterMs?: number;
}

export type Refusal = Exclude<Outcome, { kind: 'sent' }>;

const stop = (reason: string, dropConversation = false): Stop => ({ kind: 'stop', reason, dropConversation });

/** The person or their admin does not want us: silence until they speak or install again, which renews the reference. */
const UNWANTED = new Set([
  'BotDisabledByAdmin',
  'BotDisabledByUser',
  'ConversationBlockedByUser',
  'BotNotInConversationRoster',
  'ForbiddenOperationException',
  'MessageWritesBlocked',
]);
export const isUnwanted = (code: string): boolean => UNWANTED.has(code);

/** An answer without a code of Microsoft's may be a proxy's, and pass. */
const UNCERTAIN_PAUSE_MS = 30 * SECOND_MS;
/** The chat is gone, and its reference does not say with whom it was. */
export const GONE_FOR_GOOD = 'Teams 404 ConversationNotFound';
const GONE = new Set(['ConversationNotFound', 'ActivityNotFoundInConversation']);

/** What an answer that is not 2xx means. Nothing was stored unless `ambiguous` says otherwise. */
export function outcomeOf({ status, code, retryAfterMs }: ConnectorAnswer): Refusal {
  const reason = `Teams ${status || 'no answer'} ${code}`.trim();
  const again = (afterMs?: number): Retry => ({ kind: 'retry', afterMs, reason, ambiguous: false });
  switch (status) {
    case 401:
      // Not registered is for the admin; anything else may be a secret that is just being changed.
      return code === 'BotNotRegistered' ? stop(reason) : again(UNCERTAIN_PAUSE_MS);
    case 403:
      if (UNWANTED.has(code)) return stop(reason, true);
      if (code === 'InvalidBotApiHost') return { kind: 'wrongAddress', reason };
      return code === 'NotEnoughPermissions' ? stop(reason) : again(UNCERTAIN_PAUSE_MS);
    case 404:
      return GONE.has(code) ? { kind: 'gone', reason } : again(UNCERTAIN_PAUSE_MS);
    case 412:
      return again();
    case 429:
      return again(retryAfterMs ?? 2 * SECOND_MS);
    case 408:
    case 502:
    case 503:
    case 504:
      return { kind: 'retry', afterMs: retryAfterMs, reason, ambiguous: true };
    case 0:
      return { kind: 'retry', reason, ambiguous: true };
    default:
      return stop(reason);
  }
}

/**
 * The same for the request that opens a chat. Nothing was said yet, so nothing is in doubt; whoever refuses it means that
 * there is no way to the person until they speak.
 */
export function outcomeOfOpening(answer: ConnectorAnswer): Retry | Stop {
  const outcome = outcomeOf(answer);
  if (outcome.kind === 'retry') return { ...outcome, ambiguous: false };
  return stop(outcome.reason, true);
}
