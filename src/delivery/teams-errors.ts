/**
 * Microsoft's error table for bot messages, obeyed to the letter.
 * Source: learn.microsoft.com, "Send and receive messages with a bot" (status codes) and "Optimize your bot with rate
 * limiting".
 */
import { SECOND_MS } from '../clock.ts';
import type { Outcome } from './channel.ts';

export interface ConnectorAnswer {
  /** 0 when no answer came. */
  status: number;
  code: string;
  retryAfterMs?: number;
}

const stop = (reason: string, dropConversation = false): Outcome => ({ kind: 'stop', reason, dropConversation });

/** The person or their admin does not want us: silence until they speak or install again, which renews the reference. */
const UNWANTED = new Set([
  'BotDisabledByAdmin',
  'BotDisabledByUser',
  'ConversationBlockedByUser',
  'BotNotInConversationRoster',
  'ForbiddenOperationException',
  'MessageWritesBlocked',
]);
/** An answer without a code of Microsoft's may be a proxy's, and pass. */
const UNCERTAIN_PAUSE_MS = 30 * SECOND_MS;
const GONE = new Set(['ConversationNotFound', 'ActivityNotFoundInConversation']);

/** What an answer that is not 2xx means. Nothing was stored unless `ambiguous` says otherwise. */
export function outcomeOf({ status, code, retryAfterMs }: ConnectorAnswer): Outcome {
  const reason = `Teams ${status || 'no answer'} ${code}`.trim();
  const again = (afterMs?: number): Outcome => ({ kind: 'retry', afterMs, reason, ambiguous: false });
  switch (status) {
    case 401:
      // Not registered is for the admin; anything else may be a secret that is just being changed.
      return code === 'BotNotRegistered' ? stop(reason) : again(UNCERTAIN_PAUSE_MS);
    case 403:
      if (UNWANTED.has(code)) return stop(reason, true);
      return code === 'NotEnoughPermissions' || code === 'InvalidBotApiHost' ? stop(reason) : again(UNCERTAIN_PAUSE_MS);
    case 404:
      return GONE.has(code) ? stop(reason, true) : again(UNCERTAIN_PAUSE_MS);
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
