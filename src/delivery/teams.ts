/**
 * Teams, through the Bot Framework SDK. The SDK's own retries are taken out: it would send again after a 500 (which
 * Microsoft forbids) and hide attempts from the ledger. One attempt here is one request.
 */

import type { TeamsAdapter } from '@microsoft/teams-ai';
import {
  type Activity,
  ActivityTypes,
  type Attachment,
  CardFactory,
  type ConversationReference,
  TeamsInfo,
  type TurnContext,
} from 'botbuilder';
import { type Clock, SECOND_MS } from '../clock.ts';
import { codeOf } from '../errors.ts';
import { retryAfterMs } from '../graph/failures.ts';
import type { NewConversation } from '../store/conversations.ts';
import type { StoredConversation } from '../store/people.ts';
import type { Channel, Membership, Outcome, Retry, Stop } from './channel.ts';
import type { Message, SignInOffer } from './message.ts';
import { NO_ANSWER } from './reasons.ts';
import { type ConnectorAnswer, GONE_FOR_GOOD, outcomeOf, outcomeOfOpening, type Refusal } from './teams-errors.ts';

/** Twice this is well under the lease, so that opening a chat and sending are over before somebody else may try. */
const SEND_LIMIT_MS = 12 * SECOND_MS;

/** The adapter's word for a reference that leads to nobody's host (net/service-url.ts). */
const REFUSED_ADDRESS = 'SERVICE_URL_REFUSED';

/** In the turn's state: its calls have a slot, or are charged by whoever makes them. */
export const HAS_SLOT = Symbol('calls with a slot');

/** Teams' word for somebody who is not in a conversation that there is. */
const NO_MEMBER = 'MemberNotFoundInConversation';
type NotThere = { kind: 'notThere' };

type Opened = { kind: 'opened'; conversation: NewConversation };

interface Pipeline {
  removePolicy(policy: { name: string }): unknown;
}

function oauthCard({ text, connectionName, exchange, button }: SignInOffer): Attachment {
  return {
    contentType: CardFactory.contentTypes.oauthCard,
    content: {
      text,
      connectionName,
      tokenExchangeResource: exchange,
      buttons: [{ type: 'signin', title: button.title, value: button.url }],
    },
  };
}

export function toActivity(message: Message): Partial<Activity> {
  return {
    type: ActivityTypes.Message,
    summary: message.summary,
    attachments: [message.signIn ? oauthCard(message.signIn) : CardFactory.adaptiveCard(message.card)],
  };
}

interface Connector {
  client?: { pipeline?: Pipeline };
  pipeline?: Pipeline;
  conversations?: {
    createConversation(opening: object): Promise<{ id?: string; serviceUrl?: string }>;
    getConversationMember(conversationId: string, memberId: string): Promise<unknown>;
  };
}

/** The connector client of this turn. */
function connectorOf(context: TurnContext): Connector | undefined {
  const key = (context.adapter as unknown as { ConnectorClientKey: symbol }).ConnectorClientKey;
  return context.turnState.get(key) as Connector | undefined;
}

/** The adapter uses a connector for many turns, and to strip a pipeline twice makes it sort its policies again. */
const stripped = new WeakSet<Pipeline>();

/** Its pipeline is stripped before the first use. */
function withoutRetries(context: TurnContext): void {
  const connector = connectorOf(context);
  const pipeline = connector?.client?.pipeline ?? connector?.pipeline;
  if (!pipeline || stripped.has(pipeline)) return;
  stripped.add(pipeline);
  for (const name of [
    'defaultRetryPolicy',
    'throttlingRetryPolicy',
    'exponentialRetryPolicy',
    'systemErrorRetryPolicy',
  ])
    pipeline.removePolicy({ name });
}

const CODE = /^[\w .-]{0,60}$/;

/** The codes that Microsoft documents are in `error.code`; an older form has a second JSON in its message. */
function codeIn(error: RestError): string {
  const given = error.body?.error?.code ?? error.code ?? '';
  const older = /\\?"subCode\\?":\s*\\?"(\w{1,60})/.exec(error.message ?? '')?.[1];
  return older ?? (CODE.test(given) ? given : '');
}

interface RestError {
  statusCode?: number;
  code?: string;
  message?: string;
  body?: { error?: { code?: string } };
  response?: { headers?: { get(name: string): string | undefined } };
}

function answerOf(error: unknown, now: number): ConnectorAnswer {
  const rest = error as RestError;
  return {
    status: rest.statusCode ?? 0,
    code: codeIn(rest),
    retryAfterMs: retryAfterMs(rest.response?.headers?.get('retry-after'), now),
  };
}

/** In GCC, chats have another address than elsewhere; Teams says so with InvalidBotApiHost. */
function atAddress(conversation: StoredConversation, serviceUrl: string): StoredConversation | undefined {
  const withSlash = `${serviceUrl.replace(/\/+$/, '')}/`;
  if (`${String(conversation.reference.serviceUrl).replace(/\/+$/, '')}/` === withSlash) return undefined;
  return { ...conversation, reference: { ...conversation.reference, serviceUrl: withSlash } };
}

/** What POST /v3/conversations takes; undefined when the old reference does not say with whom the chat was. */
function openingOf({ user, bot, conversation }: Partial<ConversationReference>) {
  const tenantId = conversation?.tenantId;
  if (!user?.id || !bot?.id || !tenantId) return undefined;
  return {
    isGroup: false,
    bot: { id: bot.id },
    members: [{ id: user.id }],
    tenantId,
    channelData: { tenant: { id: tenantId } },
  };
}

export interface TeamsChannelDeps {
  adapter: TeamsAdapter;
  botAppId: string;
  clock: Clock;
  /** Tried once for a chat that its own address does not serve. */
  gccServiceUrl?: string;
  /** A call that nobody has counted. */
  charge?(tenantId: string): void;
}

export function createTeamsChannel(deps: TeamsChannelDeps): Channel {
  /** `work` in a turn of the chat, on a connector that makes one request; what it throws is turned by `failed`. */
  const inTurn = async <T>(
    conversation: StoredConversation,
    work: (context: TurnContext) => Promise<T>,
    failed: (answer: ConnectorAnswer) => T | Retry,
  ): Promise<T | Retry | Stop> => {
    let result: T | Retry = { kind: 'retry', reason: 'the turn did not run', ambiguous: false };
    const reference = conversation.reference as Partial<ConversationReference>;
    // Caught inside: with adapter.onTurnError set, what is thrown in the turn never reaches us.
    try {
      await deps.adapter.continueConversationAsync(deps.botAppId, reference, async (context) => {
        withoutRetries(context);
        context.turnState.set(HAS_SLOT, true);
        try {
          result = await work(context);
        } catch (error) {
          result = failed(answerOf(error, deps.clock.now()));
        }
      });
    } catch (error) {
      // Nothing went out. The reference stays: it may be the operator's list that is wrong.
      if (codeOf(error) === REFUSED_ADDRESS) return { kind: 'stop', reason: REFUSED_ADDRESS, dropConversation: false };
      throw error;
    }
    return result;
  };

  const bounded = async <T>(ambiguous: boolean, run: () => Promise<T | Retry>): Promise<T | Retry> => {
    let cancel = () => {};
    const limit = new Promise<Retry>((resolve) => {
      cancel = deps.clock.after(SEND_LIMIT_MS, () => resolve({ kind: 'retry', reason: NO_ANSWER, ambiguous }));
    });
    try {
      return await Promise.race([run(), limit]);
    } catch (error) {
      // No token for the bot, or the SDK itself: nothing was sent.
      return { kind: 'retry', reason: `no send: ${(error as Error).name}`, ambiguous: false };
    } finally {
      cancel();
    }
  };

  const post =
    (message: Message) =>
    async (context: TurnContext): Promise<Outcome> => {
      // In a channel it is a new thread, not an answer to an activity that the SDK made up.
      if (context.activity.conversation?.conversationType === 'channel') context.activity.id = undefined;
      const answer = await context.sendActivity(toActivity(message));
      return { kind: 'sent', activityId: answer?.id ?? '' };
    };

  const put =
    (activityId: string, message: Message) =>
    async (context: TurnContext): Promise<Outcome> => {
      await context.updateActivity({ ...toActivity(message), id: activityId });
      return { kind: 'sent', activityId };
    };

  const open =
    (gone: StoredConversation, opening: NonNullable<ReturnType<typeof openingOf>>) =>
    async (context: TurnContext): Promise<Opened> => {
      const answer = await connectorOf(context)?.conversations?.createConversation(opening);
      if (!answer?.id) throw new Error('no id');
      const conversation = { ...(gone.reference.conversation as object), id: answer.id };
      const serviceUrl = answer.serviceUrl || gone.reference.serviceUrl;
      return {
        kind: 'opened',
        conversation: {
          conversationId: answer.id,
          kind: gone.kind,
          reference: { ...gone.reference, conversation, serviceUrl },
        },
      };
    };

  const elsewhere = (conversation: StoredConversation) =>
    deps.gccServiceUrl ? atAddress(conversation, deps.gccServiceUrl) : undefined;

  const count = ({ reference }: StoredConversation) => {
    const { tenantId } = (reference.conversation ?? {}) as { tenantId?: string };
    if (tenantId) deps.charge?.(tenantId);
  };

  /** Reading, in place of sending: what is refused is an outcome too. */
  const ask = <T>(conversation: StoredConversation, work: (context: TurnContext) => Promise<T>) => {
    count(conversation);
    return bounded<{ kind: 'answer'; value: T } | Refusal | NotThere>(false, () =>
      inTurn<{ kind: 'answer'; value: T } | Refusal | NotThere>(
        conversation,
        async (context) => ({ kind: 'answer', value: await work(context) }),
        (answer) => (answer.code === NO_MEMBER ? { kind: 'notThere' } : outcomeOf(answer)),
      ),
    );
  };

  const membership = async (
    conversation: StoredConversation,
    aadObjectId: string,
    isLast = false,
  ): Promise<Membership> => {
    const answer = await ask(conversation, async (context) =>
      connectorOf(context)?.conversations?.getConversationMember(conversation.conversationId, aadObjectId),
    );
    switch (answer.kind) {
      case 'answer':
        return answer.value ? 'member' : 'unknown';
      case 'notThere':
        return 'notMember';
      case 'gone':
        return 'gone';
      case 'stop':
        return answer.dropConversation ? 'gone' : 'unknown';
      case 'wrongAddress': {
        const other = isLast ? undefined : elsewhere(conversation);
        return other ? membership(other, aadObjectId, true) : 'unknown';
      }
      default:
        return 'unknown';
    }
  };

  return {
    name: 'teams',
    membership: (conversation, aadObjectId) => membership(conversation, aadObjectId),
    async channelName(conversation, teamId) {
      const answer = await ask(conversation, (context) => TeamsInfo.getTeamChannels(context, teamId));
      if (answer.kind !== 'answer') return undefined;
      return answer.value.find(({ id }) => id === conversation.conversationId)?.name ?? undefined;
    },
    send: (conversation, message) => bounded(true, () => inTurn(conversation, post(message), outcomeOf)),
    update: (conversation, activityId, message) =>
      bounded(false, () => inTurn(conversation, put(activityId, message), outcomeOf)),
    elsewhere,
    async reopen(gone) {
      const opening = gone.kind === 'personal' ? openingOf(gone.reference) : undefined;
      if (!opening) return { kind: 'stop', reason: GONE_FOR_GOOD, dropConversation: true };
      return bounded(false, () => inTurn<Opened | Stop>(gone, open(gone, opening), outcomeOfOpening));
    },
  };
}
