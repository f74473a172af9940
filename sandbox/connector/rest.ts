/** The connector's REST API over the conversations: checks in Teams' order, and the operations themselves. */
import type { SandboxRequest, SandboxResponse } from '../http.ts';
import type { World } from '../world.ts';
import { type ChannelActivity, memberOf } from './activity.ts';
import type { Conversation, Conversations } from './conversations.ts';
import { type Failure, type FailureScript, failureResponse, isRead } from './faults.ts';
import {
  GLOBAL_WINDOWS,
  MESSAGE_LIMIT_BYTES,
  messageSize,
  type RateLimiter,
  type RateWindow,
  READ_WINDOWS,
  SEND_WINDOWS,
} from './limits.ts';
import type { ConnectorLog } from './log.ts';
import { type Operation, parseRoute } from './routes.ts';
import { partsOf, threadIn } from './shared-activity.ts';

/** May be changed while running. */
export interface ConnectorSettings {
  /** Refuse requests without a valid bot token. */
  requireAuth: boolean;
  /** Enforce the documented rate and size limits. */
  enforceLimits: boolean;
}

export interface BotTokenClaims {
  aud?: string | string[];
  appid?: string | undefined;
  azp?: string | undefined;
}

export interface RestContext {
  world: World;
  botId: string;
  settings: ConnectorSettings;
  conversations: Conversations;
  log: ConnectorLog;
  script: FailureScript;
  limiter: RateLimiter;
  serviceUrl: () => string;
  /** Throws when the token isn't valid for the connector. */
  verifyToken: ((token: string) => Promise<BotTokenClaims>) | undefined;
}

async function authorized(context: RestContext, request: SandboxRequest): Promise<boolean> {
  if (!context.settings.requireAuth) return true;
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (!token || !context.verifyToken) return false;
  try {
    const claims = await context.verifyToken(token);
    return (claims.appid ?? claims.azp) === context.botId;
  } catch {
    return false;
  }
}

interface Quota {
  key: string;
  windows: readonly RateWindow[];
}

function quotas(operation: Operation, tenantId: string): Quota[] {
  const read = isRead(operation.kind);
  const own = partsOf(operation.conversationId).id || `create|${tenantId}`;
  return [
    { key: `${read ? 'read' : 'send'}|${own}`, windows: read ? READ_WINDOWS : SEND_WINDOWS },
    { key: `global|${tenantId}`, windows: GLOBAL_WINDOWS },
  ];
}

/** The documented limits; undefined when the request fits. */
function overLimit(context: RestContext, operation: Operation, tenantId: string, body: string): Failure | undefined {
  if (!context.settings.enforceLimits) return undefined;
  if (messageSize(body) > MESSAGE_LIMIT_BYTES) return { status: 413 };
  const all = quotas(operation, tenantId);
  const wait = Math.max(...all.map(({ key, windows }) => context.limiter.waitMs(key, windows)));
  if (wait > 0) return { status: 429, retryAfterS: Math.max(1, Math.ceil(wait / 1000)) };
  for (const { key, windows } of all) context.limiter.count(key, windows);
  return undefined;
}

function parseBody(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

const fail = (status: number, code: string, message: string) => failureResponse({ status, code, message });

function closed(conversation: Conversation): SandboxResponse | undefined {
  if (conversation.standing === 'blocked')
    return fail(403, 'ConversationBlockedByUser', 'User blocked the conversation with the bot.');
  if (conversation.standing === 'removed')
    return fail(403, 'BotNotInConversationRoster', 'The bot is not part of the conversation roster.');
  return undefined;
}

/** One request that has passed all checks. `answeredError` marks what is stored although the answer is an error. */
interface Call {
  context: RestContext;
  operation: Operation;
  request: SandboxRequest;
  body: Record<string, unknown>;
  answeredError: boolean;
}

function store(
  call: Call,
  conversation: Conversation,
  kind: 'post' | 'update',
  given: Record<string, unknown>,
  id: string,
): void {
  const { context, answeredError } = call;
  const activity = { type: 'message', ...given, id } as ChannelActivity & { id: string };
  if (activity.type === 'message') context.conversations.keep(conversation, activity);
  const at = context.world.clock.now();
  context.log.add({ kind, at, conversationId: conversation.id, activityId: id, activity, answeredError });
}

/** The channel in which a new conversation is to begin. */
function channelIn(body: Record<string, unknown>): string | undefined {
  const { channel } = (body.channelData ?? {}) as { channel?: { id?: unknown } };
  return typeof channel?.id === 'string' ? channel.id : undefined;
}

/** In a channel a conversation is a thread, and begins with its first message. */
function createThread(call: Call, channelId: string): SandboxResponse {
  const { conversations, serviceUrl } = call.context;
  const channel = conversations.find(channelId);
  if (channel?.conversationType !== 'channel') return fail(404, 'ConversationNotFound', 'Conversation not found.');
  const refused = closed(channel);
  if (refused) return refused;
  const { activity } = call.body;
  if (typeof activity !== 'object' || activity === null) return fail(400, 'BadSyntax', 'Activity is required.');
  const activityId = conversations.newActivityId();
  store(call, channel, 'post', activity as Record<string, unknown>, activityId);
  return { status: 201, body: { id: threadIn(channel.id, activityId), activityId, serviceUrl: serviceUrl() } };
}

function create(call: Call): SandboxResponse {
  const { conversations } = call.context;
  const channelId = channelIn(call.body);
  if (channelId !== undefined) return createThread(call, channelId);
  const members = Array.isArray(call.body.members) ? (call.body.members as { id?: unknown }[]) : [];
  const users = members.map((member) => conversations.findUser(String(member.id ?? '')));
  const [first] = users;
  if (!first || users.includes(undefined)) return fail(400, 'BadArgument', 'Failed to decrypt pairwise id.');
  const known = users.filter((user) => user !== undefined);
  const personal = call.body.isGroup !== true && users.length === 1;
  const conversation = personal
    ? conversations.openPersonal(first)
    : conversations.createGroup(known, first.person.tenantId);
  const refused = closed(conversation);
  if (refused) return refused;
  const body: Record<string, unknown> = { id: conversation.id, serviceUrl: call.context.serviceUrl() };
  if (typeof call.body.activity === 'object' && call.body.activity !== null) {
    const activityId = conversations.newActivityId();
    store(call, conversation, 'post', call.body.activity as Record<string, unknown>, activityId);
    body.activityId = activityId;
  }
  return { status: 201, body };
}

function post(call: Call, conversation: Conversation): SandboxResponse {
  const id = call.context.conversations.newActivityId();
  const { conversationId } = call.operation;
  const activityId = call.operation.activityId ?? partsOf(conversationId).threadId;
  // A reply to an activity that nobody knows is accepted: continueConversation always makes one up.
  store(call, conversation, 'post', activityId ? { ...call.body, replyToId: activityId } : call.body, id);
  return { status: 201, body: { id } };
}

function update(call: Call, conversation: Conversation): SandboxResponse {
  const id = call.operation.activityId ?? '';
  if (!conversation.messages.has(id)) return fail(404, 'ActivityNotFoundInConversation', 'Unknown activity id.');
  store(call, conversation, 'update', call.body, id);
  return { status: 200, body: { id } };
}

function remove(call: Call, conversation: Conversation): SandboxResponse {
  const { context, answeredError } = call;
  const id = call.operation.activityId ?? '';
  const activity = conversation.messages.get(id);
  if (!activity) return fail(404, 'ActivityNotFoundInConversation', 'Unknown activity id.');
  conversation.messages.delete(id);
  const at = context.world.clock.now();
  context.log.add({ kind: 'delete', at, conversationId: conversation.id, activityId: id, activity, answeredError });
  return { status: 200 };
}

function members(call: Call, conversation: Conversation): SandboxResponse {
  const all = conversation.users.map(memberOf);
  const { memberId, paged } = call.operation;
  if (memberId) {
    const one = all.find((member) => member.id === memberId || member.aadObjectId === memberId);
    return one
      ? { status: 200, body: one }
      : fail(404, 'MemberNotFoundInConversation', 'The member was not found in the conversation.');
  }
  if (!paged) return { status: 200, body: all };
  const { query } = call.request;
  const size = Math.min(500, Math.max(1, Number(query.get('pageSize')) || 200));
  const start = Number(query.get('continuationToken')) || 0;
  const next = start + size < all.length ? { continuationToken: String(start + size) } : {};
  return { status: 200, body: { members: all.slice(start, start + size), ...next } };
}

/** About the team itself; only where the app is installed in it. */
function aboutTeam(call: Call): SandboxResponse {
  const { kind, conversationId } = call.operation;
  const { conversations } = call.context;
  const team = conversations.findTeam(conversationId);
  const general = conversations.find(team?.id ?? '');
  if (!team || !general) return fail(404, 'ConversationNotFound', 'Conversation not found.');
  const refused = closed(general);
  if (refused) return refused;
  // Documented: the general channel comes with the name null.
  if (kind === 'channels')
    return { status: 200, body: { conversations: team.channels.map(({ id, name }) => ({ id, name: name ?? null })) } };
  const { id, name, aadGroupId, tenantId, channels, members: all } = team;
  const counts = { channelCount: channels.length, memberCount: all.length };
  return { status: 200, body: { id, name, aadGroupId, tenantId, type: 'standard', ...counts } };
}

function perform(call: Call): SandboxResponse {
  const { kind, conversationId } = call.operation;
  if (kind === 'create') return create(call);
  if (kind === 'team' || kind === 'channels') return aboutTeam(call);
  const conversation = call.context.conversations.find(conversationId);
  if (!conversation) return fail(404, 'ConversationNotFound', 'Conversation not found.');
  const refused = closed(conversation);
  if (refused) return refused;
  if (kind === 'post') return post(call, conversation);
  if (kind === 'update') return update(call, conversation);
  if (kind === 'delete') return remove(call, conversation);
  return members(call, conversation);
}

function tenantOf(context: RestContext, operation: Operation, body: Record<string, unknown>): string {
  return (
    context.conversations.find(operation.conversationId || channelIn(body) || '')?.tenantId ??
    String(body.tenantId ?? '')
  );
}

function faultKey(context: RestContext, operation: Operation, body: Record<string, unknown>): string {
  const channelId = operation.conversationId || channelIn(body);
  if (channelId) return partsOf(channelId).id;
  if (!Array.isArray(body.members)) return '';
  const first = (body.members as { id?: unknown }[])[0];
  return context.conversations.findUser(String(first?.id ?? ''))?.conversationId ?? '';
}

async function answer(context: RestContext, operation: Operation, request: SandboxRequest): Promise<SandboxResponse> {
  if (!(await authorized(context, request))) {
    const body = { message: 'Authorization has been denied for this request.' };
    return { status: 401, headers: { 'www-authenticate': 'Bearer' }, body };
  }
  const reads = isRead(operation.kind) || operation.kind === 'delete';
  const body = reads ? {} : parseBody(request.body);
  if (!body) return fail(400, 'BadArgument', 'The body is not a JSON object.');
  const over = overLimit(context, operation, tenantOf(context, operation, body), request.body);
  if (over) return failureResponse(over);
  const failure = context.script.strike(context.world, faultKey(context, operation, body), operation.kind);
  if (failure && !failure.delivered) return failureResponse(failure);
  const done = perform({ context, operation, request, body, answeredError: Boolean(failure) });
  return failure ? failureResponse(failure) : done;
}

/** Undefined when the path isn't one of the connector's. Every outcome goes to the journal. */
export async function handleRest(context: RestContext, request: SandboxRequest): Promise<SandboxResponse | undefined> {
  const operation = parseRoute(request);
  if (!operation) return undefined;
  const response = await answer(context, operation, request);
  const { kind, conversationId, activityId } = operation;
  const error = (response.body as { error?: { code?: string } } | undefined)?.error?.code;
  context.world.journal.add('connector', kind, {
    conversationId,
    ...(activityId ? { activityId } : {}),
    status: response.status,
    ...(error ? { error } : {}),
  });
  return response;
}
