/** A way to a person, and what may come of sending. One file a channel. */
import type { NewConversation } from '../store/conversations.ts';
import type { StoredConversation } from '../store/people.ts';
import type { Message } from './message.ts';

/** Worth another attempt. `ambiguous`: the message may have been stored all the same. */
export interface Retry {
  kind: 'retry';
  afterMs?: number;
  reason: string;
  ambiguous: boolean;
}

/** Not worth one. `dropConversation`: this reference leads nowhere any more. */
export interface Stop {
  kind: 'stop';
  reason: string;
  dropConversation: boolean;
}

export type Outcome =
  | { kind: 'sent'; activityId: string }
  | Retry
  | Stop
  /** The chat is not there any more; there may be a new one (`reopen`). */
  | { kind: 'gone'; reason: string }
  /** This address does not serve the chat; another one may (`elsewhere`). */
  | { kind: 'wrongAddress'; reason: string };

/** Whether somebody is in a chat or channel; `unknown`: nobody can tell now. `gone`: the bot is not in there any more. */
export type Membership = 'member' | 'notMember' | 'gone' | 'unknown';

export interface Channel {
  name: string;
  /** One request, bounded in time; never throws. */
  send(conversation: StoredConversation, message: Message): Promise<Outcome>;
  /** Shows another card in place of a message that was sent. One request, bounded in time; never throws. */
  update?(conversation: StoredConversation, activityId: string, message: Message): Promise<Outcome>;
  /** The same chat by the channel's other address; undefined when it has none, or this is it. */
  elsewhere?(conversation: StoredConversation): StoredConversation | undefined;
  /** Asks for a new chat with the person of one that is gone. One request, bounded in time; never throws. */
  reopen?(gone: StoredConversation): Promise<{ kind: 'opened'; conversation: NewConversation } | Retry | Stop>;
  /** One request, or one more by the other address; bounded in time; never throws. */
  membership?(conversation: StoredConversation, aadObjectId: string): Promise<Membership>;
  /** What a channel of a team is called; undefined: nobody can tell now. Bounded in time; never throws. */
  channelName?(conversation: StoredConversation, teamId: string): Promise<string | undefined>;
}
