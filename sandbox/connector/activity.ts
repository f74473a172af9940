/**
 * The user's side of Teams: people as the bot sees them, and the activities that Teams posts to a bot. Shapes follow
 * the examples in Microsoft's Teams documentation ("Conversations with a bot") and botframework-schema.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { SandboxPerson } from '../world.ts';

/** An activity as JSON; only what the sandbox itself reads is typed. */
export interface ChannelActivity {
  type: string;
  id?: string;
  serviceUrl?: string;
  channelId?: string;
  conversation?: { id: string; tenantId?: string; conversationType?: string; isGroup?: boolean; name?: string };
  from?: { id: string; name?: string; aadObjectId?: string; role?: string };
  recipient?: { id: string; name?: string };
  text?: string;
  value?: unknown;
  name?: string;
  replyToId?: string;
  attachments?: { contentType: string; content?: unknown; [key: string]: unknown }[];
  channelData?: Record<string, unknown>;
  entities?: Record<string, unknown>[];
  locale?: string;
  timestamp?: string;
  [key: string]: unknown;
}

/** What `GET …/members` answers. */
export interface ChannelMember {
  id: string;
  name: string;
  aadObjectId: string;
  objectId: string;
  givenName: string;
  surname: string;
  email: string;
  userPrincipalName: string;
  tenantId: string;
  userRole: 'user';
}

/** A person in Teams, in their personal chat with the bot. */
export interface ChannelUser {
  /** "29:…", unique per bot and person. */
  id: string;
  person: SandboxPerson;
  /** The personal chat with the bot, "a:1…". */
  conversationId: string;
  /** IANA zone of the person's device, as in `entities[clientInfo]`. */
  timeZone: string;
}

export interface ActivityContext {
  botId: string;
  botName: string;
  serviceUrl: string;
  now: number;
}

export function digest(...parts: string[]): string {
  return createHash('sha256').update(parts.join('|')).digest('base64url');
}

/** The same person has the same ids at each start. */
export function userIdOf(botId: string, person: SandboxPerson): string {
  return `29:1${digest('user', botId, person.oid)}`;
}

export function conversationIdOf(botId: string, person: SandboxPerson): string {
  return `a:1${digest('chat', botId, person.oid)}${digest('chat2', botId, person.oid)}`;
}

export function memberOf(user: ChannelUser): ChannelMember {
  const { person } = user;
  const [given = '', ...family] = person.displayName.split(' ');
  return {
    id: user.id,
    name: person.displayName,
    aadObjectId: person.oid,
    objectId: person.oid,
    givenName: given,
    surname: family.join(' '),
    email: person.upn,
    userPrincipalName: person.upn,
    tenantId: person.tenantId,
    userRole: 'user',
  };
}

/** Local time with the zone's offset, as Teams writes `localTimestamp`. */
function localTimestamp(now: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(now);
  const offset = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(now)
    .find((part) => part.type === 'timeZoneName')
    ?.value.replace('GMT', '');
  const milliseconds = String(now % 1000).padStart(3, '0');
  return `${parts.replace(' ', 'T')}.${milliseconds}${offset || '+00:00'}`;
}

/** What every activity of a person has. */
export function baseActivity(type: string, user: ChannelUser, context: ActivityContext): ChannelActivity {
  const { person } = user;
  const locale = person.locale;
  return {
    type,
    id: type === 'message' ? String(context.now) : `f:${randomUUID()}`,
    timestamp: new Date(context.now).toISOString(),
    localTimestamp: localTimestamp(context.now, user.timeZone),
    localTimezone: user.timeZone,
    channelId: 'msteams',
    serviceUrl: context.serviceUrl,
    from: { id: user.id, name: person.displayName, aadObjectId: person.oid },
    conversation: { conversationType: 'personal', tenantId: person.tenantId, id: user.conversationId },
    recipient: { id: `28:${context.botId}`, name: context.botName },
    entities: [
      {
        locale,
        country: locale.split('-')[1] ?? 'US',
        platform: 'Web',
        timezone: user.timeZone,
        type: 'clientInfo',
      },
    ],
    channelData: { tenant: { id: person.tenantId } },
    locale,
  };
}

export function messageActivity(
  user: ChannelUser,
  context: ActivityContext,
  text: string,
  more: Partial<ChannelActivity> = {},
): ChannelActivity {
  return {
    ...baseActivity('message', user, context),
    text,
    textFormat: 'plain',
    attachments: [
      { contentType: 'text/html', content: `<p>${text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`)}</p>` },
    ],
    ...more,
  };
}

/** A press on an Action.Submit: a message without text but with a value. */
export function submitActivity(
  user: ChannelUser,
  context: ActivityContext,
  value: unknown,
  replyToId?: string,
): ChannelActivity {
  return { ...baseActivity('message', user, context), value, ...(replyToId ? { replyToId } : {}) };
}

/** A press on an Action.Execute of an Adaptive Card: the invoke "adaptiveCard/action". */
export function invokeActivity(
  user: ChannelUser,
  context: ActivityContext,
  verb: string,
  data: Record<string, unknown>,
  options: { replyToId?: string; trigger?: 'manual' | 'automatic' } = {},
): ChannelActivity {
  const activity = baseActivity('invoke', user, context);
  return {
    ...activity,
    name: 'adaptiveCard/action',
    value: {
      action: { type: 'Action.Execute', verb, data, title: verb },
      trigger: options.trigger ?? 'manual',
    },
    channelData: {
      ...activity.channelData,
      source: { name: 'message' },
      legacy: { replyToId: options.replyToId ?? '' },
    },
    ...(options.replyToId ? { replyToId: options.replyToId } : {}),
  };
}

export type InstallAction = 'add' | 'add-upgrade' | 'remove' | 'remove-upgrade';

export function installActivity(user: ChannelUser, context: ActivityContext, action: InstallAction): ChannelActivity {
  const activity = baseActivity('installationUpdate', user, context);
  return {
    ...activity,
    action,
    channelData: {
      ...activity.channelData,
      settings: { selectedChannel: { id: user.conversationId } },
      source: { name: 'message' },
    },
  };
}

/** Teams sends it beside installationUpdate when the app is added in a personal chat. */
export function membersAddedActivity(user: ChannelUser, context: ActivityContext): ChannelActivity {
  const bot = { id: `28:${context.botId}`, name: context.botName };
  return {
    ...baseActivity('conversationUpdate', user, context),
    membersAdded: [{ id: user.id, aadObjectId: user.person.oid }, bot],
  };
}
