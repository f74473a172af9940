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

/** What an answer that is not 2xx means. */
export function outcomeOf({ status, code, retryAfterMs }: ConnectorAnswer): Outcome {
  const reason = `Teams ${status || 'no answer'} ${code}`.trim();
  switch (status) {
    case 403:
      // Blocked or uninstalled: silence until the person speaks or installs again, which brings a new reference.
      return stop(reason, code !== 'NotEnoughPermissions');
    case 404:
      return stop(reason, true);
    case 412:
      return { kind: 'retry', reason, ambiguous: false };
    case 429:
      return { kind: 'retry', afterMs: retryAfterMs ?? 2 * SECOND_MS, reason, ambiguous: false };
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
