/** The conversations that the connector knows, and what is visible in them. */
import { randomUUID } from 'node:crypto';
import type { SandboxPerson } from '../world.ts';
import { type ChannelActivity, type ChannelUser, conversationIdOf, userIdOf } from './activity.ts';

/** Group chats that the bot may have open; the oldest goes. Personal chats are as many as there are people. */
const GROUPS_KEPT = 1_000;

export interface Conversation {
  id: string;
  tenantId: string;
  conversationType: 'personal' | 'groupChat';
  users: ChannelUser[];
  /** "removed": the app isn't installed (any more); "blocked": the user has blocked the bot. */
  standing: 'open' | 'removed' | 'blocked';
  /** What the bot has posted and not deleted, by activity id, in order. */
  messages: Map<string, ChannelActivity>;
}

export class Conversations {
  private readonly byId = new Map<string, Conversation>();
  private readonly usersById = new Map<string, ChannelUser>();
  private lastActivityId = 0;

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

  private add(id: string, tenantId: string, conversationType: Conversation['conversationType'], users: ChannelUser[]) {
    const conversation: Conversation = { id, tenantId, conversationType, users, standing: 'open', messages: new Map() };
    this.byId.set(id, conversation);
    return conversation;
  }

  /** By "29:…" or, as Teams accepts as well, by object id. */
  findUser(id: string): ChannelUser | undefined {
    return this.usersById.get(id);
  }

  find(id: string): Conversation | undefined {
    return this.byId.get(id);
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
