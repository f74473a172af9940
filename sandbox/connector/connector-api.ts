/** What a test holds of the stand-in for the Bot connector and Teams: how it is set up, and what it can be asked. */
import type { SandboxHandler } from '../http.ts';
import type { SandboxPerson, World } from '../world.ts';
import type { ChannelActivity, ChannelUser, InstallAction } from './activity.ts';
import type { TokenOverrides } from './channel-token.ts';
import type { ChannelTeam, Conversation, TeamChannel } from './conversations.ts';
import type { ScriptedFailure } from './faults.ts';
import type { ConnectorEvent, MessagePredicate } from './log.ts';
import type { BotTokenClaims, ConnectorSettings } from './rest.ts';

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
    options?: { replyToId?: string; trigger?: 'manual' | 'automatic'; conversationId?: string },
  ): ChannelActivity;

  /** A team with its general channel and further ones, the app not installed in it yet. */
  createTeam(team: {
    name: string;
    members: SandboxPerson[];
    channels?: string[];
    aadGroupId?: string;
    tenantId?: string;
  }): ChannelTeam;
  addChannel(team: ChannelTeam, name: string): TeamChannel;
  /** A chat of several people, the app not installed in it yet. */
  createGroupChat(chat: { members: SandboxPerson[]; tenantId?: string }): Conversation;
  /** Membership of a team (any of its channels) or group chat; nothing is posted to the bot. */
  join(conversationId: string, person: SandboxPerson): ChannelUser;
  leave(conversationId: string, person: SandboxPerson): void;
  /** "add" opens and "remove" closes all channels; returns what Teams posts to the bot, in order. */
  installInTeam(team: ChannelTeam, by: ChannelUser, action?: InstallAction): ChannelActivity[];
  installInChat(chat: Conversation, by: ChannelUser, action?: InstallAction): ChannelActivity[];
  /** Somebody says "@bot text" in a channel (a new thread, or the one whose id is given) or a group chat. */
  mentionActivity(
    user: ChannelUser,
    conversationId: string,
    text: string,
    more?: Partial<ChannelActivity>,
  ): ChannelActivity;

  channelToken(overrides?: TokenOverrides): Promise<string>;
  /** Posts to the bot as Teams does, signed; `serviceurl` follows the activity unless overridden. */
  sendToBot(botEndpoint: string, activity: ChannelActivity, options?: SendOptions): Promise<BotAnswer>;
}
