/**
 * Claims what is due with a lease and a fence, looks once more whether it still makes sense, sends, records. What was
 * claimed and never recorded is claimed again when its lease has run out; if it had gone out by then, its kind says
 * whether it is sent again.
 */
import { type Clock, MINUTE_MS, SECOND_MS, wait } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { KnownCard } from '../nudges/cards.ts';
import { kindNamed } from '../nudges/kinds.ts';
import { keepCard } from '../store/cards.ts';
import type { Database, Sql } from '../store/database.ts';
import {
  beginSend,
  claimNudges,
  type Ending,
  endNudge,
  missNudges,
  type NudgeLease,
  type NudgeToSend,
  releaseNudge,
} from '../store/nudges.ts';
import { dropConversation, type Person } from '../store/people.ts';
import { keepWay, type Sent, sendByAnyWay } from './attempt.ts';
import type { Channel } from './channel.ts';
import { type Decision, decide, type Ready } from './decide.ts';
import type { Message } from './message.ts';
import { NO_CARD } from './reasons.ts';
import { type Turn, take, takeIfFree } from './turns.ts';
import { whenUnknown } from './when-unknown.ts';

/** Begins anew with each request; longer than a request and the opening of a chat may take together. */
export const NUDGE_LEASE_MS = 30 * SECOND_MS;
/** Teams allows 50 calls a second, app and tenant; two are kept for answers. */
export const SENDS_PER_SECOND = 48;
/** Slots are reserved this far ahead: what one claim takes is sent within a small part of its lease. */
const SLOT_HORIZON_MS = 300;
const MISSED_A_STEP = 500;

/** What a message is made of: a nudge, or a card of one that was sent and may be a mere line by now. */
export type ToRender = Pick<NudgeToSend, 'nudgeId' | 'personId' | 'kind' | 'eventId' | 'startAt' | 'facts'> &
  Partial<Pick<KnownCard, 'shape' | 'why'>>;

export interface DispatcherDeps {
  database: Database;
  clock: Clock;
  log: Logger;
  channel: Channel;
  /** Makes the message; in bot/cards, because a card is what a person meets. */
  render(nudge: ToRender, person: Person, now: number): Message;
  random(): number;
}

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

/** 1 s, 2 s, 4 s … one minute, with jitter. */
function retryDelayMs(attempts: number, random: number): number {
  return Math.min(MINUTE_MS, SECOND_MS * 2 ** Math.min(attempts - 1, 6)) * (0.5 + random);
}

function makeMessage(deps: DispatcherDeps, { nudge, person }: Ready): Message | undefined {
  try {
    return deps.render(nudge, person, deps.clock.now());
  } catch (err) {
    deps.log.error({ err, kind: nudge.kind }, 'a card could not be made');
    return undefined;
  }
}

interface Begun extends Ready {
  message: Message;
  attempts: number;
}

/** The turn that a dispatch has, if any. */
interface Place {
  turn?: Turn;
}

/** One look; where it says “send” and the chat's turn is ours or free, the attempt begins in the same transaction. */
async function lookOnce(
  deps: DispatcherDeps,
  sql: Sql,
  lease: NudgeLease,
  place: Place,
): Promise<{ decision: Decision; begun?: Begun }> {
  const now = deps.clock.now();
  const decision = await decide(sql, lease, now);
  if ('end' in decision) await endNudge(sql, lease, decision.end, now);
  if ('hold' in decision) await releaseNudge(sql, lease, { ...decision.hold, held: true }, now);
  if (!('send' in decision)) return { decision };
  const message = makeMessage(deps, decision.send);
  if (!message) {
    const end: Ending = { state: 'failed', reason: NO_CARD };
    await endNudge(sql, lease, end, now);
    return { decision: { end } };
  }
  const chat = decision.send.conversation.conversationId;
  place.turn ??= takeIfFree(deps.channel, chat);
  if (place.turn?.chat !== chat) return { decision };
  const attempts = await beginSend(sql, lease, NUDGE_LEASE_MS, now);
  if (attempts === undefined) return { decision: { lost: true } };
  return { decision, begun: { ...decision.send, message, attempts } };
}

/** Undefined: nothing is to be sent, and why is recorded. */
async function begin(deps: DispatcherDeps, lease: NudgeLease, place: Place): Promise<Begun | undefined> {
  for (;;) {
    const { decision, begun } = await deps.database.inTenant(lease.tenantId, (sql) =>
      lookOnce(deps, sql, lease, place),
    );
    if (begun) return begun;
    if ('end' in decision) {
      const { tenantId, nudgeId } = lease;
      deps.log.info({ tenantId, nudgeId, state: decision.end.state }, 'a nudge was not sent');
    }
    if (!('send' in decision)) return undefined;
    // Somebody is speaking there. After them everything is looked at again: it may take longer than the lease.
    place.turn?.leave();
    place.turn = await take(deps.channel, decision.send.conversation.conversationId);
  }
}

async function send(deps: DispatcherDeps, lease: NudgeLease, begun: Begun): Promise<Sent | undefined> {
  const now = () => deps.clock.now();
  const beginAnother = (prepare?: (sql: Sql) => Promise<boolean>) =>
    deps.database.inTenant(lease.tenantId, async (sql) =>
      prepare && !(await prepare(sql)) ? undefined : beginSend(sql, lease, NUDGE_LEASE_MS, now()),
    );
  return sendByAnyWay({ channel: deps.channel, now, beginAnother }, begun, begun.message, begun.attempts);
}

/** False when the lease was lost: then somebody else's word counts. */
async function record(deps: DispatcherDeps, lease: NudgeLease, nudge: NudgeToSend, sent: Sent): Promise<boolean> {
  const { outcome, conversation } = sent;
  const { kind } = nudge;
  const { tenantId } = lease;
  const now = deps.clock.now();
  return deps.database.inTenant(tenantId, async (sql) => {
    const end = (ending: Ending) => endNudge(sql, lease, ending, now);
    if (outcome.kind === 'sent') {
      await keepWay(sql, tenantId, sent);
      const { activityId } = outcome;
      const { conversationId } = conversation;
      const isOurs = await end({ state: 'sent', activityId, conversationId });
      if (isOurs && kindNamed(kind)) await keepCard(sql, lease, nudge, { activityId, conversationId }, now);
      return isOurs;
    }
    const { reason } = outcome;
    if (outcome.kind === 'retry') {
      const { ambiguous, afterMs } = outcome;
      if (ambiguous && whenUnknown(kind) === 'never') return end({ state: 'unknown', reason, ambiguous });
      const sendAt = now + Math.max(afterMs ?? 0, retryDelayMs(sent.attempts, deps.random()));
      return releaseNudge(sql, lease, { sendAt, reason, ambiguous }, now);
    }
    if (outcome.dropConversation)
      await dropConversation(sql, tenantId, conversation.conversationId, conversation.seenAt);
    return end({ state: 'failed', reason });
  });
}

export async function dispatchOne(deps: DispatcherDeps, lease: NudgeLease): Promise<void> {
  await wait(deps.clock, lease.slotAt - deps.clock.now());
  const place: Place = {};
  try {
    const begun = await begin(deps, lease, place);
    if (!begun) return;
    const { kind, correlationId } = begun.nudge;
    const about = { tenantId: lease.tenantId, nudgeId: lease.nudgeId, kind, correlationId };
    const sent = await send(deps, lease, begun);
    const recorded = sent !== undefined && (await record(deps, lease, begun.nudge, sent));
    if (!recorded)
      deps.log.warn({ ...about, code: 'LEASE_LOST' }, 'a send could not be recorded, its lease had passed');
    else if (sent.outcome.kind === 'sent') deps.log.info({ ...about, attempts: sent.attempts }, 'nudge sent');
    else deps.log.warn({ ...about, reason: sent.outcome.reason, outcome: sent.outcome.kind }, 'a nudge was not taken');
  } finally {
    place.turn?.leave();
  }
}
