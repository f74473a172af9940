/**
 * A stand-in for the Bot connector and the Teams client behind it, for tests and benches: it takes what the bot sends,
 * keeps it, fails as Teams does when told to, and posts activities to the bot with a token that botbuilder accepts.
 */
import type { SandboxHandler, SandboxResponse } from '../http.ts';
import type { SandboxPerson, World } from '../world.ts';
import {
  type ActivityContext,
  type ChannelActivity,
  type ChannelUser,
  type InstallAction,
  installActivity,
  invokeActivity,
  membersAddedActivity,
  messageActivity,
  submitActivity,
} from './activity.ts';
import { CHANNEL_ISSUER, ChannelIdentity, type TokenOverrides } from './channel-token.ts';
import { type Conversation, Conversations } from './conversations.ts';
import { FailureScript, type ScriptedFailure } from './faults.ts';
import { RateLimiter } from './limits.ts';
import { type ConnectorEvent, ConnectorLog, type MessagePredicate } from './log.ts';
import { type BotTokenClaims, type ConnectorSettings, handleRest } from './rest.ts';

export type { ChannelActivity, ChannelMember, ChannelUser, InstallAction } from './activity.ts';
export type { TokenOverrides } from './channel-token.ts';
export type { Conversation } from './conversations.ts';
export type { ConnectorOperation, ScriptedFailure } from './faults.ts';
export type { ConnectorEvent, MessagePredicate } from './log.ts';
export type { BotTokenClaims, ConnectorSettings } from './rest.ts';

/** Teams gives a bot 15 seconds to answer. */
const BOT_TIMEOUT_MS = 15_000;

export interface ConnectorOptions {
  world: World;
  /** The bot's app id (its client id in Entra). */
  botId: string;
  botName?: string;
  /** Where `handler` is reachable, e.g. "http://localhost:7600"; asked at each use. */
  origin: () => string;
  /** Default "{origin}/teams/". */
  serviceUrl?: () => string;
  /** E.g. `(token) => entra.verifyAccessToken(token, { audience: AUDIENCES.botConnector })`. */
  verifyToken?: (token: string) => Promise<BotTokenClaims>;
  /** Default: true when `verifyToken` is given. */
  requireAuth?: boolean;
  /** Default false. */
  enforceLimits?: boolean;
  /** Issuer of the tokens to the bot; default "https://api.botframework.com". */
  issuer?: string;
  /** PKCS#8 PEM of the channel's key; a new one without it. */
  signingKey?: string;
  /** Default ["msteams"]. */
  endorsements?: string[];
  /** Default: the machine's time, because botbuilder checks tokens against that. */
  tokenNow?: () => number;
  eventsKept?: number;
  messagesKeptPerConversation?: number;
}

export interface SendOptions extends TokenOverrides {
  /** Instead of a token of ours; null sends no Authorization header. */
  token?: string | null;
  timeoutMs?: number;
}

export interface BotAnswer {
  status: number;
  /** Parsed when it is JSON, else text. */
  body: unknown;
}

export interface Connector {
  handler: SandboxHandler;
  settings: ConnectorSettings;
  /** `{origin}/v1/.well-known/openidconfiguration`: the bot's ToBotFromChannelOpenIdMetadataUrl. */
  readonly openIdMetadataUrl: string;
  readonly serviceUrl: string;

  /** The next `times` requests for this conversation ("*": any) fail so. */
  failNext(conversationId: string, failure: ScriptedFailure): void;
  /** Forgets scripts and rate counters. */
  clearFailures(): void;

  /** Everything that the bot did and that took effect, in order. */
  readonly events: readonly ConnectorEvent[];
  readonly position: number;
  /** What a person would see now: posted, not deleted, as last updated. */
  messages(conversationId: string): ChannelActivity[];
  conversation(conversationId: string): Conversation | undefined;
  /** A message posted or updated, past (after `after`) or to come. */
  waitForMessage(
    predicate: MessagePredicate,
    timeoutMs: number,
    options?: { after?: number },
  ): Promise<ChannelActivity>;
  waitForEvent(
    predicate: (event: ConnectorEvent) => boolean,
    timeoutMs: number,
    options?: { after?: number },
  ): Promise<ConnectorEvent>;

  /** The person in Teams with the app installed in their personal chat; the same one when called again. */
  createUser(person: SandboxPerson, options?: { timeZone?: string; installed?: boolean }): ChannelUser;
  /** Posts to this conversation answer 403 ConversationBlockedByUser. */
  block(user: ChannelUser, blocked?: boolean): void;
  /** Posts answer 404 ConversationNotFound from now on. */
  forgetConversation(conversationId: string): void;

  /** "add" opens and "remove" closes the conversation at the same time (403 BotNotInConversationRoster). */
  installActivity(user: ChannelUser, action?: InstallAction): ChannelActivity;
  membersAddedActivity(user: ChannelUser): ChannelActivity;
  messageActivity(user: ChannelUser, text: string, more?: Partial<ChannelActivity>): ChannelActivity;
  submitActivity(user: ChannelUser, value: unknown, replyToId?: string): ChannelActivity;
  invokeActivity(
    user: ChannelUser,
    verb: string,
    data: Record<string, unknown>,
    options?: { replyToId?: string; trigger?: 'manual' | 'automatic' },
  ): ChannelActivity;

  channelToken(overrides?: TokenOverrides): Promise<string>;
  /** Posts to the bot as Teams does, signed; `serviceurl` follows the activity unless overridden. */
  sendToBot(botEndpoint: string, activity: ChannelActivity, options?: SendOptions): Promise<BotAnswer>;
}

async function readAnswer(response: Response): Promise<BotAnswer> {
  const text = await response.text();
  try {
    return { status: response.status, body: text ? JSON.parse(text) : undefined };
  } catch {
    return { status: response.status, body: text };
  }
}

function headersFor(activity: ChannelActivity, token: string | null): Record<string, string> {
  return {
    'content-type': 'application/json; charset=utf-8',
    'x-ms-conversation-id': activity.conversation?.id ?? '',
    'x-ms-tenant-id': activity.conversation?.tenantId ?? '',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };
}

const NOT_FOUND: SandboxResponse = { status: 404, body: { error: { code: 'NotFound', message: 'No such resource.' } } };

export function createConnector(options: ConnectorOptions): Connector {
  const { world, botId } = options;
  const now = () => world.clock.now();
  const serviceUrl = options.serviceUrl ?? (() => `${options.origin()}/teams/`);
  const conversations = new Conversations(botId, now, options.messagesKeptPerConversation ?? 2_000);
  const log = new ConnectorLog(options.eventsKept ?? 200_000);
  const script = new FailureScript();
  const limiter = new RateLimiter(now);
  const settings: ConnectorSettings = {
    requireAuth: options.requireAuth ?? Boolean(options.verifyToken),
    enforceLimits: options.enforceLimits ?? false,
  };
  const identity = new ChannelIdentity({
    issuer: options.issuer ?? CHANNEL_ISSUER,
    origin: options.origin,
    endorsements: options.endorsements ?? ['msteams'],
    now: options.tokenNow ?? (() => Date.now()),
    ...(options.signingKey ? { signingKey: options.signingKey } : {}),
  });
  const { verifyToken } = options;
  const rest = { world, botId, settings, conversations, log, script, limiter, serviceUrl, verifyToken };
  const about = (): ActivityContext => ({
    botId,
    botName: options.botName ?? 'Calendar Watch',
    serviceUrl: serviceUrl(),
    now: now(),
  });

  function stand(user: ChannelUser, standing: Conversation['standing']): void {
    const conversation = conversations.find(user.conversationId);
    if (conversation) conversation.standing = standing;
  }

  return {
    settings,
    handler: async (request) =>
      (request.method === 'GET' ? identity.metadata(request.path) : undefined) ??
      (await handleRest(rest, request)) ??
      NOT_FOUND,
    get openIdMetadataUrl() {
      return `${options.origin()}/v1/.well-known/openidconfiguration`;
    },
    get serviceUrl() {
      return serviceUrl();
    },
    failNext: (conversationId, failure) => script.add(conversationId, failure),
    clearFailures() {
      script.clear();
      limiter.clear();
    },
    get events() {
      return log.events;
    },
    get position() {
      return log.position;
    },
    messages: (conversationId) => [...(conversations.find(conversationId)?.messages.values() ?? [])],
    conversation: (conversationId) => conversations.find(conversationId),
    async waitForMessage(predicate, timeoutMs, { after = 0 } = {}) {
      const event = await log.wait(
        (one) =>
          one.position > after &&
          one.kind !== 'delete' &&
          one.activity.type === 'message' &&
          predicate(one.activity, one),
        timeoutMs,
      );
      return event.activity;
    },
    waitForEvent: (predicate, timeoutMs, { after = 0 } = {}) =>
      log.wait((one) => one.position > after && predicate(one), timeoutMs),
    createUser(person, { timeZone = 'Europe/Berlin', installed = true } = {}) {
      const user = conversations.user(person, timeZone);
      if (!installed) stand(user, 'removed');
      return user;
    },
    block: (user, blocked = true) => stand(user, blocked ? 'blocked' : 'open'),
    forgetConversation: (conversationId) => conversations.forget(conversationId),
    installActivity(user, action = 'add') {
      stand(user, action.startsWith('add') ? 'open' : 'removed');
      return installActivity(user, about(), action);
    },
    membersAddedActivity: (user) => membersAddedActivity(user, about()),
    messageActivity: (user, text, more) => messageActivity(user, about(), text, more),
    submitActivity: (user, value, replyToId) => submitActivity(user, about(), value, replyToId),
    invokeActivity: (user, verb, data, more) => invokeActivity(user, about(), verb, data, more),
    channelToken: (overrides) => identity.sign(botId, serviceUrl(), overrides),
    async sendToBot(botEndpoint, activity, sending = {}) {
      const { token: given, timeoutMs = BOT_TIMEOUT_MS, ...overrides } = sending;
      const token =
        given === undefined ? await identity.sign(botId, activity.serviceUrl ?? serviceUrl(), overrides) : given;
      world.journal.add('connector', 'to bot', { type: activity.type, name: activity.name, id: activity.id });
      const response = await fetch(botEndpoint, {
        method: 'POST',
        headers: headersFor(activity, token),
        body: JSON.stringify(activity),
        signal: AbortSignal.timeout(timeoutMs),
      });
      return readAnswer(response);
    },
  };
}
