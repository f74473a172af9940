/** The conversations that the connector knows, and what is visible in them. */
import { randomUUID } from 'node:crypto';
import { stableGuid } from '../entra/directory.ts';
import type { SandboxPerson } from '../world.ts';
import { type ChannelActivity, type ChannelUser, conversationIdOf, digest, userIdOf } from './activity.ts';
import { partsOf } from './shared-activity.ts';

/** Group chats that the bot may have open; the oldest goes. Personal chats are as many as there are people. */
const GROUPS_KEPT = 1_000;

export interface TeamChannel {
  id: string;
  /** The general channel has none: each client shows it in its own language. */
  name?: string;
}

export interface ChannelTeam {
  /** That of its general channel. */
  id: string;
  name: string;
  aadGroupId: string;
  tenantId: string;
  /** The general one first. */
  channels: TeamChannel[];
  members: ChannelUser[];
}

export interface Conversation {
  id: string;
  tenantId: string;
  conversationType: 'personal' | 'groupChat' | 'channel';
  /** Of a channel. */
  team?: ChannelTeam;
  users: ChannelUser[];
  /** "removed": the app isn't installed (any more); "blocked": the user has blocked the bot. */
  standing: 'open' | 'removed' | 'blocked';
  /** What the bot has posted and not deleted, by activity id, in order. */
  messages: Map<string, ChannelActivity>;
}

export class Conversations {
  private readonly byId = new Map<string, Conversation>();
  private readonly usersById = new Map<string, ChannelUser>();
  /** By aadGroupId and by the id of the general channel. */
  private readonly teams = new Map<string, ChannelTeam>();
  /** Object ids of those who are known as members of a team or chat alone. */
  private readonly withoutApp = new Set<string>();
  private lastActivityId = 0;
  private chats = 0;

  constructor(
    private readonly botId: string,
    private readonly now: () => number,
    /** Messages kept per conversation; the oldest go. */
    private readonly messagesKept: number,
  ) {}

  get all(): readonly Conversation[] {
    return [...this.byId.values()];
  }

  /** The person's Teams identity with its personal chat; the same one when called again. */
  user(person: SandboxPerson, timeZone: string): ChannelUser {
    const id = userIdOf(this.botId, person);
    const known = this.usersById.get(id);
    if (known) return known;
    const user = { id, person, conversationId: conversationIdOf(this.botId, person), timeZone };
    this.usersById.set(id, user);
    this.usersById.set(person.oid, user);
    this.add(user.conversationId, person.tenantId, 'personal', [user]);
    return user;
  }

  /** As `user`, whose personal chat the bot isn't in until it is installed there. */
  member(person: SandboxPerson): ChannelUser {
    const isNew = !this.usersById.has(person.oid);
    const user = this.user(person, 'Europe/Berlin');
    const chat = this.byId.get(user.conversationId);
    if (isNew && chat) {
      chat.standing = 'removed';
      this.withoutApp.add(person.oid);
    }
    return user;
  }

  /** True the first time that somebody who was a member alone gets the app. */
  getsApp(person: SandboxPerson): boolean {
    return this.withoutApp.delete(person.oid);
  }

  addTeam(name: string, members: SandboxPerson[], tenantId: string, groupId?: string): ChannelTeam {
    const aadGroupId = groupId ?? stableGuid('team', tenantId, name);
    const id = `19:${digest('team', this.botId, aadGroupId)}@thread.tacv2`;
    const users = members.map((person) => this.member(person));
    const team: ChannelTeam = { id, name, aadGroupId, tenantId, channels: [{ id }], members: users };
    for (const key of [id, aadGroupId]) this.teams.set(key, team);
    this.addChannelOf(team, id, 'removed');
    return team;
  }

  addChannel(team: ChannelTeam, name: string): TeamChannel {
    const channel = { id: `19:${digest('channel', team.id, name)}@thread.tacv2`, name };
    team.channels.push(channel);
    this.addChannelOf(team, channel.id, this.byId.get(team.id)?.standing ?? 'removed');
    return channel;
  }

  private addChannelOf(team: ChannelTeam, id: string, standing: Conversation['standing']): void {
    Object.assign(this.add(id, team.tenantId, 'channel', team.members), { team, standing });
  }

  findTeam(id: string): ChannelTeam | undefined {
    return this.teams.get(id);
  }

  /** A chat that people have made, the bot not in it yet. */
  addChat(members: SandboxPerson[], tenantId: string): Conversation {
    const id = `19:${digest('group chat', this.botId, String(++this.chats))}@thread.v2`;
    const users = members.map((person) => this.member(person));
    return Object.assign(this.add(id, tenantId, 'groupChat', users), { standing: 'removed' as const });
  }

  private add(id: string, tenantId: string, conversationType: Conversation['conversationType'], users: ChannelUser[]) {
    const conversation: Conversation = { id, tenantId, conversationType, users, standing: 'open', messages: new Map() };
    this.byId.set(id, conversation);
    return conversation;
  }

  /** By "29:…" or, as Teams accepts as well, by object id. */
  findUser(id: string): ChannelUser | undefined {
    return this.usersById.get(id);
  }

  /** Also by the id of a thread in it. */
  find(id: string): Conversation | undefined {
    return this.byId.get(partsOf(id).id);
  }

  /** Teams forgets the conversation: every later request answers ConversationNotFound. */
  forget(id: string): void {
    this.byId.delete(id);
  }

  /** The personal chat; where it was forgotten, a new one under another id, as Teams makes it. */
  openPersonal(user: ChannelUser): Conversation {
    const known = this.byId.get(user.conversationId);
    if (known) return known;
    user.conversationId = `a:1${randomUUID().replaceAll('-', '')}`;
    return this.add(user.conversationId, user.person.tenantId, 'personal', [user]);
  }

  createGroup(users: ChannelUser[], tenantId: string): Conversation {
    const groups = [...this.byId.values()].filter((one) => one.conversationType === 'groupChat');
    if (groups.length >= GROUPS_KEPT && groups[0]) this.byId.delete(groups[0].id);
    return this.add(`19:${randomUUID().replaceAll('-', '')}@thread.v2`, tenantId, 'groupChat', users);
  }

  /** Milliseconds since the epoch as Teams uses them for activity ids, made unique. */
  newActivityId(): string {
    this.lastActivityId = Math.max(this.lastActivityId + 1, this.now());
    return String(this.lastActivityId);
  }

  keep(conversation: Conversation, activity: ChannelActivity & { id: string }): void {
    conversation.messages.set(activity.id, activity);
    for (const oldest of conversation.messages.keys()) {
      if (conversation.messages.size <= this.messagesKept) break;
      conversation.messages.delete(oldest);
    }
  }
}
