/**
 * Teams, through the Bot Framework SDK. The SDK's own retries are taken out: it would send again after a 500 (which
 * Microsoft forbids) and hide attempts from the ledger. One attempt here is one request.
 */

import type { TeamsAdapter } from '@microsoft/teams-ai';
import { type Activity, ActivityTypes, CardFactory, type ConversationReference, type TurnContext } from 'botbuilder';
import { type Clock, SECOND_MS } from '../clock.ts';
import { retryAfterMs } from '../graph/failures.ts';
import type { StoredConversation } from '../store/people.ts';
import type { Channel, Outcome } from './channel.ts';
import type { Message } from './message.ts';
import { outcomeOf } from './teams-errors.ts';

/** Well under the lease, so that a send is over before somebody else may try. */
const SEND_LIMIT_MS = 12 * SECOND_MS;

interface Pipeline {
  removePolicy(policy: { name: string }): unknown;
}

export function toActivity(message: Message): Partial<Activity> {
  return {
    type: ActivityTypes.Message,
    summary: message.summary,
    attachments: [CardFactory.adaptiveCard(message.card)],
  };
}

/** Each turn has a connector client of its own; its pipeline is stripped before the first use. */
function withoutRetries(context: TurnContext): void {
  const key = (context.adapter as unknown as { ConnectorClientKey: symbol }).ConnectorClientKey;
  const connector = context.turnState.get(key) as { client?: { pipeline?: Pipeline }; pipeline?: Pipeline } | undefined;
  const pipeline = connector?.client?.pipeline ?? connector?.pipeline;
  for (const name of [
    'defaultRetryPolicy',
    'throttlingRetryPolicy',
    'exponentialRetryPolicy',
    'systemErrorRetryPolicy',
  ])
    pipeline?.removePolicy({ name });
}

function fromError(error: unknown, now: number): Outcome {
  const rest = error as {
    statusCode?: number;
    code?: string;
    body?: { error?: { code?: string } };
    response?: { headers?: { get(name: string): string | undefined } };
  };
  const code = rest.body?.error?.code ?? rest.code ?? '';
  const after = retryAfterMs(rest.response?.headers?.get('retry-after'), now);
  return outcomeOf({
    status: rest.statusCode ?? 0,
    code: /^[\w .-]{0,60}$/.test(code) ? code : '',
    retryAfterMs: after,
  });
}

export function createTeamsChannel(deps: { adapter: TeamsAdapter; botAppId: string; clock: Clock }): Channel {
  const attempt = async (conversation: StoredConversation, message: Message): Promise<Outcome> => {
    let outcome: Outcome = { kind: 'retry', reason: 'the turn did not run', ambiguous: false };
    const reference = conversation.reference as Partial<ConversationReference>;
    // Caught inside: with adapter.onTurnError set, what is thrown in the turn never reaches us.
    await deps.adapter.continueConversationAsync(deps.botAppId, reference, async (context) => {
      withoutRetries(context);
      try {
        const answer = await context.sendActivity(toActivity(message));
        outcome = { kind: 'sent', activityId: answer?.id ?? '' };
      } catch (error) {
        outcome = fromError(error, deps.clock.now());
      }
    });
    return outcome;
  };
  return {
    name: 'teams',
    async send(conversation, message) {
      let cancel = () => {};
      const limit = new Promise<Outcome>((resolve) => {
        cancel = deps.clock.after(SEND_LIMIT_MS, () =>
          resolve({ kind: 'retry', reason: 'Teams did not answer in time', ambiguous: true }),
        );
      });
      try {
        return await Promise.race([attempt(conversation, message), limit]);
      } catch (error) {
        // No token for the bot, or the SDK itself: nothing was sent.
        return { kind: 'retry', reason: `no send: ${(error as Error).name}`, ambiguous: false };
      } finally {
        cancel();
      }
    },
  };
}
