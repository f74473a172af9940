/**
 * Sending, by the stored way and, where Microsoft's table says so, once more by another: the channel's other address, or
 * a new chat in place of one that is gone. Each request is an attempt of its own in the ledger.
 */
import { renewReference, replaceConversation } from '../store/conversations.ts';
import type { Sql } from '../store/database.ts';
import type { StoredConversation } from '../store/people.ts';
import type { Channel, Outcome, Retry, Stop } from './channel.ts';
import type { Ready } from './decide.ts';
import type { Message } from './message.ts';

export type Final = Extract<Outcome, { kind: 'sent' }> | Retry | Stop;

export interface Sent {
  outcome: Final;
  /** By which way at last. */
  conversation: StoredConversation;
  /** The way is another one than is stored; to be kept if it led there. */
  isOtherAddress: boolean;
  attempts: number;
}

export interface AttemptDeps {
  channel: Channel;
  now(): number;
  /**
   * Begins another attempt, in one transaction with `prepare`. Undefined when the lease is lost or `prepare` says no:
   * then nothing may be sent.
   */
  beginAnother(prepare?: (sql: Sql) => Promise<boolean>): Promise<number | undefined>;
}

/** What the first answer means when there is no other way. */
function final(outcome: Outcome): Final {
  if (outcome.kind === 'gone') return { kind: 'stop', reason: outcome.reason, dropConversation: true };
  if (outcome.kind === 'wrongAddress') return { kind: 'stop', reason: outcome.reason, dropConversation: false };
  return outcome;
}

async function sendElsewhere(deps: AttemptDeps, message: Message, first: Sent): Promise<Sent | undefined> {
  const other = deps.channel.elsewhere?.(first.conversation);
  if (!other) return first;
  const attempts = await deps.beginAnother();
  if (attempts === undefined) return undefined;
  const outcome = final(await deps.channel.send(other, message));
  return { outcome, conversation: other, isOtherAddress: true, attempts };
}

async function sendAnew(deps: AttemptDeps, message: Message, first: Sent, ready: Ready): Promise<Sent | undefined> {
  const gone = first.conversation;
  const made = await deps.channel.reopen?.(gone);
  if (!made) return first;
  if (made.kind !== 'opened') return { ...first, outcome: made };
  const { tenantId, personId } = ready.person;
  const now = deps.now();
  let isReplaced = false;
  const attempts = await deps.beginAnother(async (sql) => {
    isReplaced = await replaceConversation(sql, { tenantId, personId }, gone, made.conversation, now);
    return isReplaced;
  });
  // Somebody renewed the chat at this moment: by theirs, at once.
  if (!isReplaced)
    return { ...first, outcome: { kind: 'retry', reason: 'the chat changed', afterMs: 0, ambiguous: false } };
  if (attempts === undefined) return undefined;
  const conversation = { ...made.conversation, seenAt: now };
  const outcome = final(await deps.channel.send(conversation, message));
  return { outcome, conversation, isOtherAddress: false, attempts };
}

/** Undefined: the lease was lost on the way. */
export async function sendByAnyWay(
  deps: AttemptDeps,
  ready: Ready,
  message: Message,
  attempts: number,
): Promise<Sent | undefined> {
  const { conversation } = ready;
  const outcome = await deps.channel.send(conversation, message);
  const first: Sent = { outcome: final(outcome), conversation, isOtherAddress: false, attempts };
  if (outcome.kind === 'wrongAddress') return sendElsewhere(deps, message, first);
  if (outcome.kind === 'gone') return sendAnew(deps, message, first, ready);
  return first;
}

/** After a send that arrived by the other address: from now on by that one. */
export async function keepWay(sql: Sql, tenantId: string, sent: Sent): Promise<void> {
  if (sent.isOtherAddress) await renewReference(sql, tenantId, sent.conversation, sent.conversation.reference);
}
