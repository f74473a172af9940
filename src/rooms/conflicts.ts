/**
 * Who collides with whom in one room. Only what changed is looked at, each in O(log n + k); what was found before about
 * anything else stays found. Pure.
 */
import { hash } from 'node:crypto';
import { overlapsAmong } from '../nudges/overlaps.ts';
import { keyOf } from './bookings.ts';
import type { Booking, Overlap, RoomConflict } from './types.ts';

type Spanned = { from: number; to: number; booking: Booking };

/** Who was there first keeps precedence; of two of one moment the one whose id comes first, so that all say the same. */
const isBefore = (one: Booking, other: Booking): boolean => {
  if (one.heldSince !== other.heldSince) return one.heldSince < other.heldSince;
  const [key, otherKey] = [keyOf(one), keyOf(other)];
  return key === otherKey ? one.eventId < other.eventId : key < otherKey;
};

export const conflictIdOf = (roomId: string, firstKey: string, secondKey: string): string =>
  hash('sha256', JSON.stringify([roomId, firstKey, secondKey]), 'base64url').slice(0, 24);

/** Nobody has a thousand at one time in one room; if they do, the rest is told once these are settled. */
const MOST_EACH = 1_000;

const bySoonest = (a: Overlap, b: Overlap) =>
  a.startAt - b.startAt ||
  (a.firstId < b.firstId ? -1 : Number(a.firstId > b.firstId)) ||
  (a.secondId < b.secondId ? -1 : 1);

/** @param touched ids of the bookings that changed; `bookings`: of one room, all that may overlap those */
export function conflictsWith(bookings: readonly Booking[], touched: ReadonlySet<string>, now: number): RoomConflict[] {
  const held: Spanned[] = bookings
    .filter((one) => one.state === 'held' && one.endAt > now)
    .map((booking) => ({ from: booking.startAt, to: booking.endAt, booking }))
    .sort((a, b) => a.from - b.from);
  const overlapping = overlapsAmong(held);
  const found = new Map<string, RoomConflict>();
  for (const one of held) {
    if (!touched.has(one.booking.eventId)) continue;
    for (const { booking: other } of overlapping(one, MOST_EACH)) {
      // Two of one series are one party; and of two that changed the pair is looked at once.
      if (keyOf(other) === keyOf(one.booking)) continue;
      if (touched.has(other.eventId) && other.eventId < one.booking.eventId) continue;
      keep(found, one.booking, other);
    }
  }
  for (const conflict of found.values()) conflict.occurrences.sort(bySoonest);
  return [...found.values()];
}

function keep(found: Map<string, RoomConflict>, one: Booking, other: Booking): void {
  const [first, second] = isBefore(one, other) ? [one, other] : [other, one];
  const startAt = Math.max(first.startAt, second.startAt);
  const endAt = Math.min(first.endAt, second.endAt);
  const [firstKey, secondKey] = [keyOf(first), keyOf(second)];
  const pair = JSON.stringify([firstKey, secondKey]);
  const known = found.get(pair);
  const overlap = { firstId: first.eventId, secondId: second.eventId, startAt, endAt };
  if (known) known.occurrences.push(overlap);
  else {
    const { roomId } = one;
    const conflictId = conflictIdOf(roomId, firstKey, secondKey);
    found.set(pair, { conflictId, roomId, firstKey, secondKey, occurrences: [overlap] });
  }
}

export const aheadOf = (occurrences: readonly Overlap[], now: number): Overlap[] =>
  occurrences.filter((one) => one.endAt > now);

/** Of what lies ahead: time that passes changes nothing in it but that what is over goes. */
export const markOf = (ahead: readonly Overlap[]): string =>
  ahead.length === 0
    ? ''
    : hash(
        'sha256',
        JSON.stringify(ahead.map((one) => [one.firstId, one.secondId, one.startAt, one.endAt])),
        'base64url',
      ).slice(0, 16);

export interface Equalised {
  conflict: RoomConflict;
  /** Occurrences came or went, beside those that are over. */
  isNews: boolean;
  isNew: boolean;
}

/**
 * What is open by now: what was found about bookings that did not change stays, all about those that did is as found now.
 * A conflict without an occurrence left is settled.
 */
export function equaliseConflicts(
  stored: readonly RoomConflict[],
  found: readonly RoomConflict[],
  touched: ReadonlySet<string>,
  now: number,
): Equalised[] {
  const fresh = new Map(found.map((one) => [one.conflictId, one]));
  const all: Equalised[] = stored.map((before) => {
    const was = aheadOf(before.occurrences, now);
    const kept = was.filter((one) => !touched.has(one.firstId) && !touched.has(one.secondId));
    const more = fresh.get(before.conflictId)?.occurrences ?? [];
    fresh.delete(before.conflictId);
    const occurrences = [...kept, ...more].sort(bySoonest);
    return { conflict: { ...before, occurrences }, isNews: markOf(was) !== markOf(occurrences), isNew: false };
  });
  for (const conflict of fresh.values()) all.push({ conflict, isNews: true, isNew: true });
  return all;
}
