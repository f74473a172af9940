/**
 * One delta round laid over the replica: what to write, what to delete, what changed. Pure.
 *
 * What Graph does, and what follows here:
 * - Occurrences arrive skeletal, so they are completed from their master (in the round, else in the replica).
 * - A deleted occurrence is not reported: a round that brings a master brings all its occurrences in the window, so
 *   whatever the replica has beyond them is gone.
 * - `@removed` also names entries outside the window that we never had: those are ignored.
 * - Items repeat; the last one wins.
 * - An item that can't be understood is refused by itself: the round goes on, and what we know of that entry stays.
 */
import type { CalendarEvent } from './event.ts';
import { type GraphEvent, isSkeleton, normalise, occurrenceOf, skeletonTimes } from './normalise.ts';

export interface Round {
  calendarId: string;
  items: GraphEvent[];
  /** A full read: what it does not contain is not in the window any more. */
  isFull: boolean;
}

export interface Merged {
  upserts: CalendarEvent[];
  removals: CalendarEvent[];
  /** Items that could not be understood, and masters that are needed but missing. */
  refused: number;
  missingMasters: string[];
  /** A whole series would be taken as deleted because nothing of it was reported: read everything first. */
  isDoubtful: boolean;
}

/** Equal when no field that we keep differs. Key order is normalise's, so text comparison is exact. */
export function sameEvent(one: CalendarEvent, other: CalendarEvent): boolean {
  return fingerprint(one) === fingerprint(other);
}

/** Fields in sorted order, because PostgreSQL's jsonb does not keep ours. */
export function fingerprint(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(fingerprint).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, field]) => `${JSON.stringify(name)}:${fingerprint(field)}`).join(',')}}`;
}

/** One odd item must not stop a mailbox: what throws is refused like what is merely incomplete. */
function tryNormalise(item: GraphEvent, calendarId: string): CalendarEvent | undefined {
  try {
    return normalise(item, calendarId);
  } catch {
    return undefined;
  }
}

function lastOfEach(items: GraphEvent[]): { last: Map<string, GraphEvent>; unnamed: number } {
  const last = new Map<string, GraphEvent>();
  let unnamed = 0;
  for (const item of items) {
    if (!item.id) {
      unnamed += 1;
      continue;
    }
    // Deleting first keeps the order of last appearance.
    last.delete(item.id);
    last.set(item.id, item);
  }
  return { last, unnamed };
}

/**
 * @param stored the replica's entries of this calendar
 * @param extraMasters masters that were fetched one by one because a round named them without bringing them
 */
export function mergeRound(stored: CalendarEvent[], round: Round, extraMasters: GraphEvent[] = []): Merged {
  const { last, unnamed } = lastOfEach([...extraMasters, ...round.items]);
  const before = new Map(stored.map((event) => [event.id, event]));
  const after = new Map<string, CalendarEvent>();
  const removedIds = new Set<string>();
  let refused = unnamed;

  for (const [id, item] of last) {
    if (item['@removed']) removedIds.add(id);
    else if (!isSkeleton(item)) {
      const event = tryNormalise(item, round.calendarId);
      if (event) after.set(id, event);
      else refused += 1;
    }
  }

  const missingMasters = new Set<string>();
  for (const [id, item] of last) {
    if (item['@removed'] || !isSkeleton(item)) continue;
    const masterId = item.seriesMasterId ?? '';
    if (removedIds.has(masterId)) continue;
    const master = after.get(masterId) ?? before.get(masterId);
    const times = skeletonTimes(item, master?.allDay !== undefined);
    if (!masterId || !times) refused += 1;
    else if (!master) missingMasters.add(masterId);
    else after.set(id, occurrenceOf(master, { id, ...times }));
  }

  // Not those that were fetched one by one: they come without their occurrences.
  const mastersInRound = new Set(
    round.items.flatMap((item) => (item.id && after.get(item.id)?.type === 'master' ? [item.id] : [])),
  );
  const isGone = (event: CalendarEvent) => {
    if (after.has(event.id)) return false;
    const masterId = event.seriesMasterId ?? '';
    if (removedIds.has(event.id) || removedIds.has(masterId)) return true;
    return !last.has(event.id) && (round.isFull || mastersInRound.has(masterId));
  };

  const removals = stored.filter(isGone);
  const upserts = [...after.values()].filter((event) => {
    const known = before.get(event.id);
    return !known || !sameEvent(known, event);
  });
  // A head that came alone, while we hold occurrences of it: Graph sends both together, or all of them are gone.
  const accompanied = new Set([...after.values()].map((event) => event.seriesMasterId ?? ''));
  const isDoubtful =
    !round.isFull &&
    stored.some(
      (event) => mastersInRound.has(event.seriesMasterId ?? '') && !accompanied.has(event.seriesMasterId ?? ''),
    );
  return { upserts, removals, refused, missingMasters: [...missingMasters], isDoubtful };
}
