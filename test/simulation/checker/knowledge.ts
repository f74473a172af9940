/**
 * By when the product has to know of a change of a calendar: the change's instant and its `L`.
 *
 * L is 3 minutes if a notification of the change was answered 2xx, else the catch-up interval then in force and 3
 * minutes. What the definition leaves open, and how it is read here:
 *
 * - "A notification of it": one for the same mailbox that was set off within a second of the change.
 * - The 3 minutes run from when the first acknowledged one was sent: Graph holds some back, and nobody can know earlier.
 *   It is never later than what the catch-up interval gives.
 * - Which catch-up interval was in force can't be seen from outside (the product may not know yet that its subscription is
 *   dead). The longer one is taken: it only makes fewer nudges LIVE or DEAD.
 * - A sleep of the host puts the end off until three minutes after waking. Token trouble puts it off until the person has
 *   signed in again, and then by the interval for mailboxes without a proven subscription and 3 minutes.
 * - While a person does not watch, nothing has to be known; switching on has a time of its own (wishes.ts).
 */
import type { History, Notification, Span } from '../history.ts';
import { awake, MINUTE_MS, SECOND_MS } from './awake.ts';
import type { Wishes } from './wishes.ts';

export const NOTIFIED_MS = 3 * MINUTE_MS;
const SAME_CHANGE_MS = SECOND_MS;

export class Knowledge {
  private readonly acked = new Map<string, Notification[]>();
  private readonly trouble = new Map<string, Span[]>();
  private readonly known = new Map<string, number>();

  constructor(
    private readonly history: History,
    private readonly wishes: Wishes,
  ) {
    for (const one of [...history.notifications].sort((a, b) => a.at - b.at)) {
      if (!one.acked) continue;
      const list = this.acked.get(one.oid) ?? [];
      list.push(one);
      this.acked.set(one.oid, list);
    }
    for (const { oid, from, to } of history.tokenTrouble) {
      const list = this.trouble.get(oid) ?? [];
      list.push({ from, to });
      this.trouble.set(oid, list);
    }
  }

  knownBy(oid: string, at: number): number {
    if (!this.wishes.watching(oid, at)) return at;
    return this.ofMailbox(oid, at);
  }

  /** As of who is watched all the time: a room. */
  ofMailbox(oid: string, at: number): number {
    const key = `${oid}|${at}`;
    const known = this.known.get(key) ?? this.compute(oid, at);
    this.known.set(key, known);
    return known;
  }

  private compute(oid: string, at: number): number {
    const { asleep, catchUpMs, catchUpUnprovenMs } = this.history;
    const sentAt = this.firstAcked(oid, at);
    const polled = at + catchUpMs + NOTIFIED_MS;
    let result = sentAt === undefined ? polled : Math.min(polled, Math.max(at, sentAt) + NOTIFIED_MS);
    for (let before = -1; before !== result; ) {
      before = result;
      result = awake(asleep, result);
      for (const span of this.trouble.get(oid) ?? [])
        if (span.from < result && span.to > at) result = Math.max(result, span.to + catchUpUnprovenMs + NOTIFIED_MS);
    }
    return result;
  }

  private firstAcked(oid: string, at: number): number | undefined {
    const list = this.acked.get(oid) ?? [];
    let low = 0;
    for (let high = list.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((list[middle]?.at ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    let first: number | undefined;
    for (let index = low; (list[index]?.at ?? Infinity) <= at + SAME_CHANGE_MS; index++)
      first = Math.min(first ?? Infinity, list[index]?.sentAt ?? Infinity);
    return first;
  }
}
