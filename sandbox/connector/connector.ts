/**
 * A stand-in for the Bot connector and the Teams client behind it, for tests and benches: it takes what the bot sends,
 * keeps it, fails as Teams does when told to, and posts activities to the bot with a token that botbuilder accepts.
 */
import type { SandboxResponse } from '../http.ts';
import type { SandboxPerson } from '../world.ts';
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
import { CHANNEL_ISSUER, ChannelIdentity } from './channel-token.ts';
import type { BotAnswer, Connector, ConnectorOptions } from './connector-api.ts';
import { type Conversation, Conversations } from './conversations.ts';
import { FailureScript } from './faults.ts';
import { RateLimiter } from './limits.ts';
import { ConnectorLog } from './log.ts';
import { type ConnectorSettings, handleRest } from './rest.ts';
import { mentionActivity, movedTo, partsOf, sharedInstallActivities } from './shared-activity.ts';

export type { ChannelActivity, ChannelMember, ChannelUser, InstallAction } from './activity.ts';
export type { TokenOverrides } from './channel-token.ts';
export type { BotAnswer, Connector, ConnectorOptions, SendOptions } from './connector-api.ts';
export type { ChannelTeam, Conversation, TeamChannel } from './conversations.ts';
export type { ConnectorOperation, ScriptedFailure } from './faults.ts';
export type { ConnectorEvent, MessagePredicate } from './log.ts';
export type { BotTokenClaims, ConnectorSettings } from './rest.ts';

/** Teams gives a bot 15 seconds to answer. */
const BOT_TIMEOUT_MS = 15_000;

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

  function known(conversationId: string): Conversation {
    const conversation = conversations.find(conversationId);
    if (!conversation) throw new Error(`sandbox: no conversation ${conversationId}`);
    return conversation;
  }

  function install(where: Conversation[], by: ChannelUser, action: InstallAction): ChannelActivity[] {
    for (const one of where) one.standing = action.startsWith('add') ? 'open' : 'removed';
    return where[0] ? sharedInstallActivities(by, about(), where[0], action) : [];
  }

  const tenantOf = ([first]: SandboxPerson[], given: string | undefined) => given ?? first?.tenantId ?? '';

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
      if (conversations.getsApp(person)) {
        user.timeZone = timeZone;
        stand(user, 'open');
      }
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
    invokeActivity(user, verb, data, { conversationId, ...more } = {}) {
      const activity = invokeActivity(user, about(), verb, data, more);
      return conversationId === undefined ? activity : movedTo(activity, known(conversationId));
    },
    createTeam({ name, members, channels = [], aadGroupId, tenantId }) {
      const team = conversations.addTeam(name, members, tenantOf(members, tenantId), aadGroupId);
      for (const channel of channels) conversations.addChannel(team, channel);
      return team;
    },
    addChannel: (team, name) => conversations.addChannel(team, name),
    createGroupChat: ({ members, tenantId }) => conversations.addChat(members, tenantOf(members, tenantId)),
    join(conversationId, person) {
      const user = conversations.member(person);
      const { users } = known(conversationId);
      if (!users.includes(user)) users.push(user);
      return user;
    },
    leave(conversationId, person) {
      const { users } = known(conversationId);
      const index = users.findIndex((user) => user.person.oid === person.oid);
      if (index >= 0) users.splice(index, 1);
    },
    installInTeam: (team, by, action = 'add') =>
      install(
        team.channels.map(({ id }) => known(id)),
        by,
        action,
      ),
    installInChat: (chat, by, action = 'add') => install([chat], by, action),
    mentionActivity(user, conversationId, text, more) {
      const said = { text, id: conversations.newActivityId(), threadId: partsOf(conversationId).threadId };
      return { ...mentionActivity(user, about(), known(conversationId), said), ...more };
    },
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
