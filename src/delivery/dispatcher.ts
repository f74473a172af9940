/**
 * Claims what is due with a lease and a fence, looks once more whether it still makes sense, sends, records. What was
 * claimed and never recorded is claimed again when its lease has run out.
 */
import type { CalendarEvent } from '../calendar/event.ts';
import { type Clock, MINUTE_MS, SECOND_MS, wait } from '../clock.ts';
import type { Logger } from '../log.ts';
import { kindNamed } from '../nudges/kinds.ts';
import type { Database, Sql } from '../store/database.ts';
import { findEvent } from '../store/events.ts';
import {
  claimNudges,
  type Ending,
  endNudge,
  missNudges,
  type NudgeLease,
  type NudgeToSend,
  readClaimed,
  releaseNudge,
} from '../store/nudges.ts';
import {
  dropConversation,
  findConversation,
  findPerson,
  type Person,
  type StoredConversation,
} from '../store/people.ts';
import type { Channel, Outcome } from './channel.ts';
import type { Message } from './message.ts';

export const NUDGE_LEASE_MS = 30 * SECOND_MS;
/** Teams allows 50 calls a second, app and tenant; two are kept for answers. */
export const SENDS_PER_SECOND = 48;
/** Slots are reserved this far ahead: what one claim takes is sent within a small part of its lease. */
const SLOT_HORIZON_MS = 300;
/** There may be a chat again (an installation, a message) before the deadline. */
const NO_CHAT_PAUSE_MS = 5 * MINUTE_MS;
const MISSED_A_STEP = 500;

export interface DispatcherDeps {
  database: Database;
  clock: Clock;
  log: Logger;
  channel: Channel;
  /** Makes the message; in bot/cards, because a card is what a person meets. */
  render(nudge: NudgeToSend, person: Person, now: number): Message;
  random(): number;
}

type Decision =
  | { send: { nudge: NudgeToSend; person: Person; conversation: StoredConversation } }
  | { end: Ending }
  | { later: string }
  | { lost: true };

export function claimDue(deps: DispatcherDeps, most: number): Promise<NudgeLease[]> {
  const limits = { most, leaseMs: NUDGE_LEASE_MS, perSecond: SENDS_PER_SECOND, horizonMs: SLOT_HORIZON_MS };
  return claimNudges(deps.database.system, limits, deps.clock.now());
}

/** Records as missed what can't be said any more; nothing is dropped silently. */
export async function recordMissed(deps: DispatcherDeps): Promise<number> {
  const missed = await missNudges(deps.database.system, MISSED_A_STEP, deps.clock.now());
  for (const one of missed) deps.log.warn({ code: 'NUDGE_MISSED', ...one }, 'a nudge was missed');
  return missed.length;
}

/** Why a claimed nudge is not sent after all; undefined when it is. */
function objection(
  nudge: NudgeToSend,
  person: Person,
  event: CalendarEvent | undefined,
  now: number,
): string | undefined {
  if (!nudge.wanted) return 'not wanted any more';
  if (nudge.deadlineAt <= now) return 'its moment had passed';
  const kind = kindNamed(nudge.kind);
  // The bot's own words (connected, reconnect) are about no meeting.
  if (!kind) return undefined;
  // Without a token the replica stands still, but what it knows still takes place.
  if (person.watch === 'off') return 'watching is off';
  return kind.stillStands(nudge, event) ? undefined : 'the meeting is another one now';
}

async function decide(deps: DispatcherDeps, sql: Sql, lease: NudgeLease): Promise<Decision> {
  const nudge = await readClaimed(sql, lease);
  if (!nudge) return { lost: true };
  const person = await findPerson(sql, lease.tenantId, nudge.personId);
  const event = await findEvent(sql, lease.tenantId, nudge.mailboxId, nudge.eventId);
  if (!person) return { end: { state: 'failed', reason: 'the person is not known any more' } };
  const against = objection(nudge, person, event, deps.clock.now());
  if (against)
    return { end: { state: nudge.deadlineAt <= deps.clock.now() ? 'missed' : 'withdrawn', reason: against } };
  const conversation = person.conversationId
    ? await findConversation(sql, lease.tenantId, person.conversationId)
    : undefined;
  if (!conversation) return { later: 'there is no chat with the person' };
  return { send: { nudge, person, conversation } };
}

/** Teams answers 412 to two messages at once in one chat; here they follow each other. */
const chats = new Map<string, Promise<unknown>>();

async function sendInTurn(deps: DispatcherDeps, chat: StoredConversation, render: () => Message): Promise<Outcome> {
  const before = chats.get(chat.conversationId) ?? Promise.resolve();
  const turn = before.then(async (): Promise<Outcome> => {
    let message: Message;
    try {
      message = render();
    } catch (err) {
      deps.log.error({ err }, 'a card could not be made');
      return { kind: 'stop', reason: 'its card could not be made', dropConversation: false };
    }
    return deps.channel.send(chat, message);
  });
  chats.set(chat.conversationId, turn);
  try {
    return await turn;
  } finally {
    if (chats.get(chat.conversationId) === turn) chats.delete(chat.conversationId);
  }
}

/** 1 s, 2 s, 4 s … one minute, with jitter. */
function retryDelayMs(attempts: number, random: number): number {
  return Math.min(MINUTE_MS, SECOND_MS * 2 ** Math.min(attempts - 1, 6)) * (0.5 + random);
}

export async function dispatchOne(deps: DispatcherDeps, lease: NudgeLease): Promise<void> {
  const { tenantId, nudgeId } = lease;
  await wait(deps.clock, lease.slotAt - deps.clock.now());
  const decision = await deps.database.inTenant(tenantId, async (sql) => {
    const made = await decide(deps, sql, lease);
    if ('end' in made) await endNudge(sql, lease, made.end, deps.clock.now());
    if ('later' in made) {
      const again = { sendAt: deps.clock.now() + NO_CHAT_PAUSE_MS, reason: made.later, ambiguous: false };
      await releaseNudge(sql, lease, again);
    }
    return made;
  });
  if ('end' in decision) deps.log.info({ tenantId, nudgeId, state: decision.end.state }, 'a nudge was not sent');
  if (!('send' in decision)) return;

  const { nudge, person, conversation } = decision.send;
  const about = { tenantId, nudgeId, kind: nudge.kind, correlationId: nudge.correlationId };
  const outcome = await sendInTurn(deps, conversation, () => deps.render(nudge, person, deps.clock.now()));
  const now = deps.clock.now();
  const recorded = await deps.database.inTenant(tenantId, async (sql) => {
    if (outcome.kind === 'sent') {
      const { activityId } = outcome;
      return endNudge(sql, lease, { state: 'sent', activityId, conversationId: conversation.conversationId }, now);
    }
    if (outcome.kind === 'retry') {
      const sendAt = now + Math.max(outcome.afterMs ?? 0, retryDelayMs(nudge.attempts, deps.random()));
      return releaseNudge(sql, lease, { sendAt, reason: outcome.reason, ambiguous: outcome.ambiguous });
    }
    if (outcome.dropConversation)
      await dropConversation(sql, tenantId, conversation.conversationId, conversation.seenAt);
    return endNudge(sql, lease, { state: 'failed', reason: outcome.reason }, now);
  });
  if (!recorded) deps.log.warn({ ...about, code: 'LEASE_LOST' }, 'a send could not be recorded, its lease had passed');
  else if (outcome.kind === 'sent') deps.log.info({ ...about, attempts: nudge.attempts }, 'nudge sent');
  else deps.log.warn({ ...about, reason: outcome.reason, outcome: outcome.kind }, 'a nudge was not taken');
}
