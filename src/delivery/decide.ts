/** The last look before sending, at what the database holds now. Pure. */
import type { CalendarEvent } from '../calendar/event.ts';
import { kindNamed } from '../nudges/kinds.ts';
import type { Ending, NudgeToSend } from '../store/nudges.ts';
import type { Person, StoredConversation } from '../store/people.ts';
import type { Found } from '../store/sends.ts';
import { CHAT_IS_BUSY, NOBODY_KNOWS, PAUSED, TOO_LATE } from './reasons.ts';
import { whenUnknown } from './when-unknown.ts';

export interface Ready {
  nudge: NudgeToSend;
  person: Person;
  conversation: StoredConversation;
}

export type Decision =
  | { send: Ready }
  | { end: Ending }
  | { later: { sendAt: number; reason: string } }
  /** Another way, or until there is a chat. */
  | { noChat: true };

/** Why a claimed nudge is not sent after all, by whatever way; undefined when it is. */
export function objection(
  nudge: NudgeToSend,
  person: Person,
  event: CalendarEvent | undefined,
  now: number,
): Ending | undefined {
  // First, because what may have arrived neither fails nor is taken back. The claim has counted it.
  if (nudge.ambiguous > 0 && whenUnknown(nudge.kind) === 'never')
    return { state: 'unknown', reason: NOBODY_KNOWS, ambiguous: false };
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

export function decide(found: Found, now: number): Decision {
  const { nudge, person, event, conversation } = found;
  const against = objection(nudge, person, event, now);
  if (against) return { end: against };
  if (found.isPaused) return { later: { sendAt: now, reason: PAUSED } };
  if (!conversation) return { noChat: true };
  if (!found.begun) return { later: { sendAt: found.freeAt ?? now, reason: CHAT_IS_BUSY } };
  return { send: { nudge, person, conversation } };
}
