/** The last look before sending, at what the database holds now. */
import type { CalendarEvent } from '../calendar/event.ts';
import { kindNamed } from '../nudges/kinds.ts';
import type { Sql } from '../store/database.ts';
import { findEvent } from '../store/events.ts';
import { type Ending, type NudgeLease, type NudgeToSend, readClaimed } from '../store/nudges.ts';
import { findConversation, findPerson, lockPerson, type Person, type StoredConversation } from '../store/people.ts';
import { NO_CHAT, NOBODY_KNOWS, TOO_LATE } from './reasons.ts';
import { whenUnknown } from './when-unknown.ts';

export interface Ready {
  nudge: NudgeToSend;
  person: Person;
  conversation: StoredConversation;
}

export type Decision =
  | { send: Ready }
  | { end: Ending }
  /** Until there is a chat, or it is too late. */
  | { hold: { sendAt: number; reason: string } }
  | { lost: true };

/** Why a claimed nudge is not sent after all; undefined when it is. */
function objection(
  nudge: NudgeToSend,
  person: Person,
  event: CalendarEvent | undefined,
  now: number,
): Ending | undefined {
  const kind = kindNamed(nudge.kind);
  // The bot's own words (connected, reconnect) are about no meeting. Without a token the replica stands still, but what
  // it knows still takes place.
  if (kind && person.watch === 'off') return { state: 'withdrawn', reason: 'watching is off' };
  // Before the plan's word: what is past is in no plan any more.
  if (nudge.deadlineAt <= now) return { state: 'missed', reason: TOO_LATE };
  if (!nudge.wanted) return { state: 'withdrawn', reason: 'not wanted any more' };
  return !kind || kind.stillStands(nudge, event)
    ? undefined
    : { state: 'withdrawn', reason: 'the meeting is another one now' };
}

export async function decide(sql: Sql, lease: NudgeLease, now: number): Promise<Decision> {
  const { tenantId } = lease;
  const nudge = await readClaimed(sql, lease);
  if (!nudge) return { lost: true };
  // First, because what may have arrived neither fails nor is taken back. The claim has counted it.
  if (nudge.ambiguous > 0 && whenUnknown(nudge.kind) === 'never')
    return { end: { state: 'unknown', reason: NOBODY_KNOWS, ambiguous: false } };
  const person = await findPerson(sql, tenantId, nudge.personId);
  const event = await findEvent(sql, tenantId, nudge.mailboxId, nudge.eventId);
  if (!person) return { end: { state: 'failed', reason: 'the person is not known any more' } };
  const against = objection(nudge, person, event, now);
  if (against) return { end: against };
  const conversation = await chatOf(sql, person);
  return conversation
    ? { send: { nudge, person, conversation } }
    : { hold: { sendAt: nudge.deadlineAt, reason: NO_CHAT } };
}

async function chatOf(sql: Sql, person: Person): Promise<StoredConversation | undefined> {
  // Locked where there is none: a chat that opens at this moment waits for us, and then finds the nudge held.
  const { conversationId } = person.conversationId
    ? person
    : ((await lockPerson(sql, person.tenantId, person.personId)) ?? person);
  return conversationId ? findConversation(sql, person.tenantId, conversationId) : undefined;
}
