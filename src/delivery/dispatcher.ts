/**
 * Claims what is due with a lease and a fence, looks once more whether it still makes sense, sends, records. What was
 * claimed and never recorded is claimed again when its lease has run out; if it had gone out by then, its kind says
 * whether it is sent again. Two round trips to the database a send: the look that begins it, and the record.
 */
import { type Clock, MINUTE_MS, SECOND_MS, wait } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { KnownCard } from '../nudges/cards.ts';
import { keepCard } from '../store/cards.ts';
import type { Database, Sql } from '../store/database.ts';
import {
  beginSend,
  type Ending,
  endNudge,
  missNudges,
  type NudgeLease,
  type NudgeToSend,
  releaseNudge,
} from '../store/nudges.ts';
import { dropConversation, lockPerson, type Person } from '../store/people.ts';
import { claimSends, createSends, handBackNudge, type Sends, type WhyWay } from '../store/sends.ts';
import { keepWay, type Sent, sendByAnyWay } from './attempt.ts';
import type { Channel, Retry, Stop } from './channel.ts';
import { decide, type Ready } from './decide.ts';
import { Gate } from './gate.ts';
import type { Message } from './message.ts';
import { causeOf, NO_CARD, NO_CHAT, remedyFor } from './reasons.ts';
import { type Turn, take } from './turns.ts';
import { type Failure, type PassOnDeps, passOnIfPossible } from './ways/pass-on.ts';
import { whenUnknown } from './when-unknown.ts';

/** Begins anew with each request; longer than a request and the opening of a chat may take together. */
export const NUDGE_LEASE_MS = 30 * SECOND_MS;
/** Teams allows 50 calls a second, app and tenant; two are kept for answers. */
export const SENDS_PER_SECOND = 48;
/** Slots are reserved this far ahead: what one claim takes is sent within a small part of its lease. */
const SLOT_HORIZON_MS = 300;
/** The attempt begins a little before its slot: what the database takes for it must not make requests bunch. */
const BEGIN_AHEAD_MS = 100;
const MISSED_A_STEP = 500;

/** What a message is made of: a nudge, or a card of one that was sent and may be a mere line by now. */
export type ToRender = Pick<NudgeToSend, 'nudgeId' | 'personId' | 'kind' | 'eventId' | 'startAt' | 'facts'> &
  Partial<Pick<KnownCard, 'shape' | 'why'>>;

export interface DispatcherDeps extends PassOnDeps {
  database: Database;
  clock: Clock;
  log: Logger;
  channel: Channel;
  /** Makes the message; in bot/cards, because a card is what a person meets. */
  render(nudge: ToRender, person: Person, now: number): Message;
  /** Kinds that `render` knows; others are left to a newer instance. */
  kinds: string[];
  random(): number;
  /** A call beside those that have a slot. */
  charge(tenantId: string, conversationId?: string, calls?: 0 | 1): void;
  /** The process is about to end: what has not begun is handed back. */
  stopping?: AbortSignal;
}

export function claimDue(deps: DispatcherDeps, most: number): Promise<NudgeLease[]> {
  const limits = {
    most,
    leaseMs: NUDGE_LEASE_MS,
    perSecond: SENDS_PER_SECOND,
    horizonMs: SLOT_HORIZON_MS,
    kinds: deps.kinds,
  };
  return claimSends(deps.database.system, limits, deps.clock.now());
}

/** Records as missed what can't be said any more; nothing is dropped silently. */
export async function recordMissed(deps: DispatcherDeps): Promise<number> {
  const missed = await missNudges(deps.database.system, MISSED_A_STEP, deps.clock.now());
  for (const one of missed) deps.log.warn({ code: 'NUDGE_MISSED', ...one }, 'a nudge was missed');
  return missed.length;
}

/** 1 s, 2 s, 4 s … one minute, with jitter. */
export function retryDelayMs(attempts: number, random: number): number {
  return Math.min(MINUTE_MS, SECOND_MS * 2 ** Math.min(Math.max(0, attempts - 1), 6)) * (0.5 + random);
}

/** Of each process; the simulation has several in one. */
const gates = new WeakMap<Clock, Gate>();

function gateOf({ clock }: DispatcherDeps): Gate {
  const known = gates.get(clock) ?? new Gate(clock, SENDS_PER_SECOND);
  gates.set(clock, known);
  return known;
}

/** What is done at the same moment goes in one statement, as long as it is the same process and database. */
const sends = new WeakMap<Clock, Sends>();

function sendsOf({ database, clock }: DispatcherDeps): Sends {
  const known = sends.get(clock) ?? createSends(database.system, clock);
  sends.set(clock, known);
  return known;
}

function makeMessage(deps: DispatcherDeps, { nudge, person }: Ready): Message | undefined {
  try {
    return deps.render(nudge, person, deps.clock.now());
  } catch (err) {
    deps.log.error({ err, kind: nudge.kind }, 'a card could not be made');
    return undefined;
  }
}

/** Nobody to write to: another way, or it waits for a chat. */
async function withoutChat(deps: DispatcherDeps, sql: Sql, lease: NudgeLease, nudge: NudgeToSend): Promise<void> {
  const now = deps.clock.now();
  // Locked: a chat that opens at this moment waits for us, and then finds the nudge held.
  const person = await lockPerson(sql, lease.tenantId, nudge.personId);
  if (person?.conversationId) {
    await releaseNudge(sql, lease, { sendAt: now, reason: NO_CHAT }, now);
    return;
  }
  const failure: Failure = { way: 'teams', why: 'noChat', reason: NO_CHAT, ambiguous: false };
  if (person && (await passOnIfPossible(deps, sql, lease, { nudge, person }, failure, now))) return;
  await releaseNudge(sql, lease, { sendAt: nudge.deadlineAt, reason: NO_CHAT, held: true }, now);
}

interface Begun extends Ready {
  message: Message;
  attempts: number;
}

/** Undefined: nothing is to be sent, and why is recorded. */
async function begin(deps: DispatcherDeps, lease: NudgeLease): Promise<Begun | undefined> {
  const { tenantId, nudgeId } = lease;
  const now = deps.clock.now();
  const found = await sendsOf(deps).begin({ lease, leaseMs: NUDGE_LEASE_MS });
  if (!found) return undefined;
  const { nudge, begun } = found;
  const end = async (ending: Ending) => {
    await deps.database.inTenant(tenantId, (sql) => endNudge(sql, lease, ending, now, begun));
    deps.log.info({ tenantId, nudgeId, state: ending.state }, 'a nudge was not sent');
    return undefined;
  };
  const decision = decide(found, now);
  if ('end' in decision) return end(decision.end);
  if ('later' in decision) {
    await deps.database.inTenant(tenantId, (sql) => releaseNudge(sql, lease, decision.later, now));
    return undefined;
  }
  if ('noChat' in decision) {
    await deps.database.inTenant(tenantId, (sql) => withoutChat(deps, sql, lease, nudge));
    return undefined;
  }
  const message = makeMessage(deps, decision.send);
  if (!message) return end({ state: 'failed', reason: NO_CARD });
  return { ...decision.send, message, attempts: nudge.attempts };
}

async function send(deps: DispatcherDeps, lease: NudgeLease, begun: Begun): Promise<Sent | undefined> {
  const now = () => deps.clock.now();
  const beginAnother = (prepare?: (sql: Sql) => Promise<boolean>) => {
    deps.charge(lease.tenantId);
    return deps.database.inTenant(lease.tenantId, async (sql) =>
      prepare && !(await prepare(sql)) ? undefined : beginSend(sql, lease, NUDGE_LEASE_MS, now()),
    );
  };
  return sendByAnyWay({ channel: deps.channel, now, beginAnother }, begun, begun.message, begun.attempts);
}

/** What a refusal says about Teams and this person (docs/delivery.md). */
function whyNotTeams(outcome: Stop): WhyWay {
  const cause = causeOf('failed', outcome.reason);
  if (cause === 'unwanted') return 'blocked';
  return cause === 'noChat' ? 'noChat' : 'refused';
}

async function recordRetry(
  deps: DispatcherDeps,
  sql: Sql,
  lease: NudgeLease,
  begun: Begun,
  outcome: Retry,
  tries: number,
) {
  const { nudge } = begun;
  const now = deps.clock.now();
  const { ambiguous, afterMs, reason } = outcome;
  if (ambiguous && whenUnknown(nudge.kind) === 'never')
    return endNudge(sql, lease, { state: 'unknown', reason, ambiguous }, now);
  const sendAt = now + Math.max(afterMs ?? 0, retryDelayMs(tries, deps.random()));
  const failure: Failure = { way: 'teams', why: 'busy', reason, ambiguous, nextAt: sendAt };
  return (
    (await passOnIfPossible(deps, sql, lease, begun, failure, now)) ||
    releaseNudge(sql, lease, { sendAt, reason, ambiguous }, now)
  );
}

/** False when the lease was lost: then somebody else's word counts. */
async function record(deps: DispatcherDeps, lease: NudgeLease, begun: Begun, sent: Sent): Promise<boolean> {
  const { outcome, conversation } = sent;
  const { nudge } = begun;
  const { tenantId } = lease;
  const { conversationId } = conversation;
  if (outcome.kind === 'sent' && !sent.isOtherAddress)
    return sendsOf(deps).record({ lease, nudge, activityId: outcome.activityId, conversationId });
  return deps.database.inTenant(tenantId, async (sql) => {
    const now = deps.clock.now();
    if (outcome.kind === 'sent') {
      const { activityId } = outcome;
      const isOurs = await endNudge(sql, lease, { state: 'sent', activityId, conversationId }, now);
      if (isOurs) {
        await keepWay(sql, tenantId, sent);
        await keepCard(sql, lease, nudge, { activityId, conversationId }, now);
      }
      return isOurs;
    }
    if (outcome.kind === 'retry') return recordRetry(deps, sql, lease, begun, outcome, sent.attempts);
    if (outcome.dropConversation) await dropConversation(sql, tenantId, conversationId, conversation.seenAt);
    const { reason } = outcome;
    const failure: Failure = { way: 'teams', why: whyNotTeams(outcome), reason, ambiguous: false };
    return (
      (await passOnIfPossible(deps, sql, lease, begun, failure, now)) ||
      endNudge(sql, lease, { state: 'failed', reason }, now)
    );
  });
}

export async function handBack(deps: DispatcherDeps, lease: NudgeLease): Promise<void> {
  await deps.database.inTenant(lease.tenantId, (sql) => handBackNudge(sql, lease, deps.clock.now()));
}

async function sendInTurn(deps: DispatcherDeps, lease: NudgeLease): Promise<void> {
  const begun = await begin(deps, lease);
  if (!begun) return;
  await wait(deps.clock, lease.slotAt - deps.clock.now());
  await gateOf(deps).pass(lease.tenantId);
  const { kind, correlationId } = begun.nudge;
  const about = { tenantId: lease.tenantId, nudgeId: lease.nudgeId, kind, correlationId };
  const sent = await send(deps, lease, begun);
  const recorded = sent !== undefined && (await record(deps, lease, begun, sent));
  if (!recorded) deps.log.warn({ ...about, code: 'LEASE_LOST' }, 'a send could not be recorded, its lease had passed');
  else if (sent.outcome.kind === 'sent') deps.log.info({ ...about, attempts: sent.attempts }, 'nudge sent');
  else {
    const { reason, kind: outcome } = sent.outcome;
    deps.log.warn({ ...about, ...remedyFor(reason), reason, outcome }, 'a nudge was not taken');
  }
}

export async function dispatchOne(deps: DispatcherDeps, lease: NudgeLease): Promise<void> {
  await wait(deps.clock, lease.slotAt - BEGIN_AHEAD_MS - deps.clock.now(), deps.stopping);
  let turn: Turn | undefined;
  try {
    // Whoever speaks there goes first. Everything is looked at after that: it may take longer than the lease.
    if (lease.chat && !deps.stopping?.aborted) turn = await take(deps.channel, lease.chat);
    if (deps.stopping?.aborted) return await handBack(deps, lease);
    await sendInTurn(deps, lease);
  } finally {
    turn?.leave();
  }
}
