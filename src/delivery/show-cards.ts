/**
 * Shows in the chat what a card should show by now (updateActivity). Nobody hears an update: it may be tried as often as
 * one likes, and is never a delivery.
 */
import { MINUTE_MS, SECOND_MS } from '../clock.ts';
import { type CardLease, claimCards, readCard, settleCard } from '../store/cards.ts';
import { findConversation, findPerson } from '../store/people.ts';
import { type DispatcherDeps, SENDS_PER_SECOND } from './dispatcher.ts';
import { take } from './turns.ts';

const CARD_LEASE_MS = 30 * SECOND_MS;
const MOST_ATTEMPTS = 8;
const FORBIDDEN = /^Teams 403\b/;

export function claimShown(deps: DispatcherDeps, most: number): Promise<CardLease[]> {
  const limits = { most, leaseMs: CARD_LEASE_MS, perSecond: SENDS_PER_SECOND };
  return claimCards(deps.database.system, limits, deps.clock.now());
}

/** 1 s, 2 s, 4 s … five minutes, with jitter. */
const pauseMs = (attempts: number, random: number) =>
  Math.min(5 * MINUTE_MS, SECOND_MS * 2 ** (attempts - 1)) * (0.5 + random);

/** Undefined when there is nothing to be shown, or no way to it. */
async function read(deps: DispatcherDeps, lease: CardLease) {
  const { tenantId } = lease;
  return deps.database.inTenant(tenantId, async (sql) => {
    const card = await readCard(sql, lease);
    const person = card && (await findPerson(sql, tenantId, card.personId));
    const conversation = card && (await findConversation(sql, tenantId, card.conversationId));
    return card && person && conversation && { card, person, conversation };
  });
}

/** When to try again, ms; undefined when it is shown, or never will be. */
async function attempt(deps: DispatcherDeps, lease: CardLease): Promise<number | undefined> {
  const found = await read(deps, lease);
  if (!found || !deps.channel.update) return undefined;
  const { card, person, conversation } = found;
  const message = deps.render({ ...card, nudgeId: lease.nudgeId }, person, deps.clock.now());
  deps.charge(lease.tenantId, conversation.conversationId, 0);
  const outcome = await deps.channel.update(conversation, card.activityId, message);
  // As long as anybody looks at it: Teams may be away for longer than a few attempts.
  if (outcome.kind === 'retry' && deps.clock.now() < card.endsAt)
    return deps.clock.now() + Math.max(outcome.afterMs ?? 0, pauseMs(card.attempts, deps.random()));
  // Whoever has blocked the bot may come back (wakeCards); its last moment is when it is given up.
  if (outcome.kind === 'stop' && FORBIDDEN.test(outcome.reason) && deps.clock.now() < card.endsAt) return card.endsAt;
  // What else Teams refuses is left as it is: the chat is gone, or the message was deleted.
  if (outcome.kind !== 'sent') deps.log.info({ ...lease, outcome: outcome.kind }, 'a card stays as it is');
  return undefined;
}

export async function showOne(deps: DispatcherDeps, lease: CardLease): Promise<void> {
  const { tenantId } = lease;
  const found = await read(deps, lease);
  const turn = found && (await take(deps.channel, found.conversation.conversationId));
  try {
    const againAt = await attempt(deps, lease);
    await deps.database.inTenant(tenantId, (sql) => settleCard(sql, lease, againAt));
  } catch (err) {
    deps.log.warn({ ...lease, err }, 'a card could not be shown');
    // A database that was away for a moment is no reason to leave it; a card that can't be made is given up in time.
    const { attempts = MOST_ATTEMPTS } = found?.card ?? {};
    const againAt = attempts < MOST_ATTEMPTS ? deps.clock.now() + pauseMs(attempts, deps.random()) : undefined;
    await deps.database.inTenant(tenantId, (sql) => settleCard(sql, lease, againAt));
  } finally {
    turn?.leave();
  }
}
