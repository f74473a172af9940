/** A way to a person, and what may come of sending. One file a channel. */
import type { StoredConversation } from '../store/people.ts';
import type { Message } from './message.ts';

export type Outcome =
  | { kind: 'sent'; activityId: string }
  /** Worth another attempt. `ambiguous`: the message may have been stored all the same. */
  | { kind: 'retry'; afterMs?: number; reason: string; ambiguous: boolean }
  /** Not worth one. `dropConversation`: this reference leads nowhere any more. */
  | { kind: 'stop'; reason: string; dropConversation: boolean };

export interface Channel {
  name: string;
  /** One attempt, bounded in time; never throws. */
  send(conversation: StoredConversation, message: Message): Promise<Outcome>;
}
