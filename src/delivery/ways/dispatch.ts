/**
 * Sends by e-mail and SMS what Teams could not take. As dispatcher.ts does it, without chats: claim, last look, request,
 * record; each provider has a pace of its own.
 */
import { wait } from '../../clock.ts';
import type { Sql } from '../../store/database.ts';
import { findEvent } from '../../store/events.ts';
import {
  beginSend,
  endNudge,
  type NudgeLease,
  type NudgeToSend,
  readClaimed,
  releaseNudge,
} from '../../store/nudges.ts';
import { findPerson, type Person } from '../../store/people.ts';
import { claimOther, isPaused, type WhyWay } from '../../store/sends.ts';
import type { Retry, Stop } from '../channel.ts';
import { objection } from '../decide.ts';
import { type DispatcherDeps, handBack, NUDGE_LEASE_MS, retryDelayMs } from '../dispatcher.ts';
import type { Message } from '../message.ts';
import { NO_ADDRESS, NO_CARD, PAUSED } from '../reasons.ts';
import { whenUnknown } from '../when-unknown.ts';
import { type Failure, passOnIfPossible } from './pass-on.ts';
import type { Destination, OtherWay, OtherWayName, Words } from './port.ts';

export interface WaysDeps {
  /** What is configured. */
  ways: Partial<Record<OtherWayName, OtherWay>>;
  waysPerMinute: Record<OtherWayName, number>;
  /** The person's address, confirmed and not stopped. */
  destinationOf?(sql: Sql, person: Person, way: OtherWayName): Promise<Destination | undefined>;
  /** A card as words, with why it comes this way. */
  wordsOf?(message: Message, why: WhyWay, way: OtherWayName, to: Destination): Words;
}

type Deps = DispatcherDeps & WaysDeps;

export async function claimForWays(deps: Deps, most: number): Promise<(NudgeLease & { way: OtherWayName })[]> {
  const claimed: (NudgeLease & { way: OtherWayName })[] = [];
  for (const way of Object.keys(deps.ways) as OtherWayName[]) {
    const limits = { most, leaseMs: NUDGE_LEASE_MS, kinds: deps.kinds, perMinute: deps.waysPerMinute[way] };
    const leases = await claimOther(deps.database.system, way, limits, deps.clock.now());
    claimed.push(...leases.map((lease) => ({ ...lease, way })));
  }
  return claimed;
}

interface Begun {
  nudge: NudgeToSend;
  person: Person;
  to: Destination;
  words: Words;
  attempts: number;
}

/** Undefined: nothing is to be sent, and why is recorded. */
async function begin(deps: Deps, lease: NudgeLease, way: OtherWayName): Promise<Begun | undefined> {
  const { tenantId } = lease;
  return deps.database.inTenant(tenantId, async (sql) => {
    const now = deps.clock.now();
    const nudge = await readClaimed(sql, lease);
    const person = nudge && (await findPerson(sql, tenantId, nudge.personId));
    if (!nudge || !person) return undefined;
    const event = await findEvent(sql, tenantId, nudge.mailboxId, nudge.eventId);
    const against = objection(nudge, person, event, now);
    if (against) {
      await endNudge(sql, lease, against, now);
      return undefined;
    }
    if (await isPaused(sql, tenantId)) {
      await releaseNudge(sql, lease, { sendAt: now, reason: PAUSED }, now);
      return undefined;
    }
    const to = await deps.destinationOf?.(sql, person, way);
    if (!to) {
      await settleFailure(
        deps,
        sql,
        lease,
        { nudge, person },
        { way, why: 'refused', reason: NO_ADDRESS, ambiguous: false },
      );
      return undefined;
    }
    const words = makeWords(deps, nudge, person, way, to);
    if (!words) {
      await endNudge(sql, lease, { state: 'failed', reason: NO_CARD }, now);
      return undefined;
    }
    const attempts = await beginSend(sql, lease, NUDGE_LEASE_MS, now);
    return attempts === undefined ? undefined : { nudge, person, to, words, attempts };
  });
}

function makeWords(
  deps: Deps,
  nudge: NudgeToSend,
  person: Person,
  way: OtherWayName,
  to: Destination,
): Words | undefined {
  try {
    const message = deps.render(nudge, person, deps.clock.now());
    return deps.wordsOf?.(message, nudge.whyWay ?? 'refused', way, to);
  } catch (err) {
    deps.log.error({ err, kind: nudge.kind }, 'words could not be made');
    return undefined;
  }
}

/** The next way, or the end of it. */
async function settleFailure(
  deps: Deps,
  sql: Sql,
  lease: NudgeLease,
  about: { nudge: NudgeToSend; person: Person },
  failure: Failure,
): Promise<boolean> {
  const now = deps.clock.now();
  return (
    (await passOnIfPossible(deps, sql, lease, about, failure, now)) ||
    endNudge(sql, lease, { state: 'failed', reason: failure.reason }, now)
  );
}

async function recordRetry(deps: Deps, sql: Sql, lease: NudgeLease, way: OtherWayName, begun: Begun, outcome: Retry) {
  const { ambiguous, reason, afterMs } = outcome;
  const now = deps.clock.now();
  if (ambiguous && whenUnknown(begun.nudge.kind) === 'never')
    return endNudge(sql, lease, { state: 'unknown', reason, ambiguous }, now);
  const nextAt = now + Math.max(afterMs ?? 0, retryDelayMs(begun.attempts, deps.random()));
  const failure: Failure = { way, why: 'busy', reason, ambiguous, nextAt };
  return (
    (await passOnIfPossible(deps, sql, lease, begun, failure, now)) ||
    releaseNudge(sql, lease, { sendAt: nextAt, reason, ambiguous }, now)
  );
}

async function record(
  deps: Deps,
  lease: NudgeLease,
  way: OtherWayName,
  begun: Begun,
  outcome: { kind: 'sent'; activityId: string } | Retry | Stop,
): Promise<boolean> {
  return deps.database.inTenant(lease.tenantId, async (sql) => {
    if (outcome.kind === 'sent')
      // No conversation: nothing that stands there can be changed later.
      return endNudge(
        sql,
        lease,
        { state: 'sent', activityId: outcome.activityId.slice(0, 200), conversationId: way },
        deps.clock.now(),
      );
    if (outcome.kind === 'retry') return recordRetry(deps, sql, lease, way, begun, outcome);
    return settleFailure(deps, sql, lease, begun, { way, why: 'refused', reason: outcome.reason, ambiguous: false });
  });
}

export async function dispatchByWay(deps: Deps, lease: NudgeLease & { way?: OtherWayName }): Promise<void> {
  await wait(deps.clock, lease.slotAt - deps.clock.now(), deps.stopping);
  if (deps.stopping?.aborted) return handBack(deps, lease);
  const { way } = lease;
  const other = way && deps.ways[way];
  if (!other) return handBack(deps, lease);
  const begun = await begin(deps, lease, way);
  if (!begun) return;
  const { kind, correlationId } = begun.nudge;
  const about = {
    tenantId: lease.tenantId,
    nudgeId: lease.nudgeId,
    kind,
    correlationId,
    way,
    provider: other.provider,
  };
  const outcome = await other.send(begun.to, begun.words);
  const recorded = await record(deps, lease, way, begun, outcome);
  if (!recorded) deps.log.warn({ ...about, code: 'LEASE_LOST' }, 'a send could not be recorded, its lease had passed');
  else if (outcome.kind === 'sent') deps.log.info(about, 'nudge sent by another way');
  else deps.log.warn({ ...about, reason: outcome.reason, outcome: outcome.kind }, 'a nudge was not taken');
}
