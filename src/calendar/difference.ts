/**
 * Changes come out of comparing before and after, never out of a notification: replays and re-orders give none.
 *
 * What happened to several occurrences of a series in one round, in the same way, is one change. Each change carries
 * before and after (of the soonest occurrence) and names all that it concerns.
 */
import type { Attendee, CalendarEvent } from './event.ts';
import { fingerprint, type Merged } from './merge.ts';
import { isPrivate, withoutContent } from './private.ts';

/** In order of weight: the first that applies names the change. */
const ASPECTS = [
  'created',
  'removed',
  'cancelled',
  'restored',
  'moved',
  'placeChanged',
  /** A room that was invited said no, or is gone and none came for it. */
  'roomLost',
  'linkChanged',
  'subjectChanged',
  'attendeesChanged',
  'myAnswerChanged',
  'bodyChanged',
  /** Others answered, and nothing else: noise to most. */
  'answersChanged',
  /** Free or busy, privacy, the reminder. */
  'other',
] as const;

export type ChangeKind = (typeof ASPECTS)[number];

export type ChangeScope = 'single' | 'occurrence' | 'several' | 'series';

export interface OccurrenceChange {
  eventId: string;
  fromStartAt?: number;
  fromEndAt?: number;
  toStartAt?: number;
  toEndAt?: number;
}

export interface Change {
  kind: ChangeKind;
  /** All that changed, heaviest first. */
  aspects: ChangeKind[];
  scope: ChangeScope;
  /** The entry; of several occurrences their series. */
  eventId: string;
  seriesId?: string;
  before?: CalendarEvent;
  after?: CalendarEvent;
  /** What changed together, soonest first. */
  occurrences: OccurrenceChange[];
}

export interface Span {
  from: number;
  to: number;
}

/** What was visible before, and what is visible now; a window that moves on is no news. */
export interface Views {
  before: Span;
  after: Span;
}

interface Pair {
  before?: CalendarEvent;
  after?: CalendarEvent;
}

const when = ({ startAt, endAt, allDay }: CalendarEvent) => fingerprint({ startAt, endAt, allDay });
const guests = (event: CalendarEvent) =>
  fingerprint(
    event.attendees
      .filter((one) => one.type !== 'resource')
      .map((one) => `${one.address} ${one.type}`)
      .sort(),
  );
const rooms = (event: CalendarEvent) =>
  fingerprint(
    event.attendees
      .filter((one) => one.type === 'resource')
      .map((one) => one.address)
      .sort(),
  );
/** Rooms that the meeting had or asked for, and has no more. One that another room came for is not missed. */
export function lostRooms(before: CalendarEvent, after: CalendarEvent): { room: Attendee; isDeclined: boolean }[] {
  const roomsOf = (event: CalendarEvent) =>
    event.attendees.filter((one) => one.type === 'resource' && one.response !== 'declined');
  const had = roomsOf(before);
  if (had.length === 0) return [];
  const has = new Set(roomsOf(after).map((one) => one.address));
  const lost = had.filter((one) => !has.has(one.address));
  if (lost.length === 0) return [];
  const known = new Set(before.attendees.map((one) => one.address));
  const isReplaced = [...has].some((address) => !known.has(address));
  const declined = new Set(after.attendees.filter((one) => one.response === 'declined').map((one) => one.address));
  return isReplaced ? [] : lost.map((room) => ({ room, isDeclined: declined.has(room.address) }));
}
const answers = (event: CalendarEvent) =>
  fingerprint(event.attendees.map((one) => `${one.address} ${one.response}`).sort());
const rest = ({ showAs, sensitivity, reminderMinutes, isDraft }: CalendarEvent) =>
  fingerprint({ showAs, sensitivity, reminderMinutes, isDraft });

/** A replica from before the mark was kept says nothing about the body. */
function isBodyOther(before: CalendarEvent, after: CalendarEvent): boolean {
  if (before.bodyMark === undefined || after.bodyMark === undefined)
    return fingerprint(before.agenda) !== fingerprint(after.agenda);
  return before.bodyMark !== after.bodyMark;
}

/** Everything that differs, heaviest first; empty when only the version is another. */
export function aspectsOf(before: CalendarEvent, after: CalendarEvent): ChangeKind[] {
  // One that became private, or is no more: what is not known of either was not changed by that.
  if (isPrivate(before) !== isPrivate(after)) return aspectsBetween(withoutContent(before), withoutContent(after));
  return aspectsBetween(before, after);
}

function aspectsBetween(before: CalendarEvent, after: CalendarEvent): ChangeKind[] {
  const differs: Partial<Record<ChangeKind, boolean>> = {
    cancelled: !before.isCancelled && after.isCancelled,
    restored: before.isCancelled && !after.isCancelled,
    moved: when(before) !== when(after),
    placeChanged: before.place?.name !== after.place?.name || rooms(before) !== rooms(after),
    roomLost: lostRooms(before, after).length > 0,
    linkChanged: before.joinUrl !== after.joinUrl,
    subjectChanged: before.subject !== after.subject,
    attendeesChanged: guests(before) !== guests(after),
    myAnswerChanged: before.response !== after.response,
    bodyChanged: isBodyOther(before, after),
    other: rest(before) !== rest(after),
  };
  // A guest who is new brings an answer along; that is no answering.
  differs.answersChanged = !differs.attendeesChanged && !differs.placeChanged && answers(before) !== answers(after);
  return ASPECTS.filter((aspect) => differs[aspect]);
}

const isHead = (event: CalendarEvent) => event.type === 'master';
const overlaps = (event: CalendarEvent, span: Span) => event.startAt < span.to && event.endAt > span.from;
const bySoonest = (a: CalendarEvent, b: CalendarEvent) => a.startAt - b.startAt || (a.id < b.id ? -1 : 1);
const slotOf = (event: CalendarEvent) => `${event.seriesMasterId} ${event.originalStartAt ?? event.startAt}`;

const isComing = (now: number) => (event: CalendarEvent) => event.endAt > now;
const isOver = (now: number) => (event: CalendarEvent) => event.endAt <= now;

/**
 * The occurrences of a series that was given another pattern, one after the other. If some have nothing to stand against
 * (the new pattern begins now), what is over is not taken for what is to come.
 */
function inOrder(gone: CalendarEvent[], fresh: CalendarEvent[], now: number): Pair[] {
  const sides = gone.length === fresh.length ? [() => true] : [isOver(now), isComing(now)];
  return sides.flatMap((isOn) => {
    const [from, to] = [gone.filter(isOn).sort(bySoonest), fresh.filter(isOn).sort(bySoonest)];
    return Array.from({ length: Math.max(from.length, to.length) }, (_, index) => ({
      ...(from[index] ? { before: from[index] } : {}),
      ...(to[index] ? { after: to[index] } : {}),
    }));
  });
}

/**
 * Entries under a new id that are an old one all the same: an exception whose original start is that of an occurrence
 * that vanished, and the occurrences of a series that was given another pattern.
 */
function paired(gone: CalendarEvent[], fresh: CalendarEvent[], now: number): Pair[] {
  const pairs: Pair[] = [];
  const open = new Map(fresh.map((event) => [event.id, event]));
  const bySlot = new Map(fresh.filter((event) => event.seriesMasterId).map((event) => [slotOf(event), event]));
  const unpaired: CalendarEvent[] = [];
  for (const before of gone) {
    const after = before.seriesMasterId ? bySlot.get(slotOf(before)) : undefined;
    if (after && open.delete(after.id)) pairs.push({ before, after });
    else unpaired.push(before);
  }
  const left = [...open.values()];
  const series = new Set([...unpaired, ...left].map((event) => event.seriesMasterId));
  for (const id of series) {
    const isOfIt = (event: CalendarEvent) => event.seriesMasterId === id;
    const [from, to] = [unpaired.filter(isOfIt), left.filter(isOfIt)];
    if (id) pairs.push(...inOrder(from, to, now));
    else pairs.push(...from.map((before) => ({ before })), ...to.map((after) => ({ after })));
  }
  return pairs;
}

/** Of what is private now, what it was before it was so is not kept either. */
const discreet = (pair: Pair): Pair =>
  pair.before && pair.after && isPrivate(pair.after) ? { ...pair, before: withoutContent(pair.before) } : pair;

function pairsOf(stored: CalendarEvent[], merged: Merged, now: number, views: Views | undefined): Pair[] {
  const before = new Map(stored.map((event) => [event.id, event]));
  const entries = merged.upserts.filter((event) => !isHead(event));
  const known = entries.flatMap((after): Pair[] => {
    const was = before.get(after.id);
    return was ? [{ before: was, after }] : [];
  });
  const fresh = entries.filter((event) => !before.has(event.id) && (!views || overlaps(event, views.before)));
  const gone = merged.removals.filter((event) => !isHead(event) && (!views || overlaps(event, views.after)));
  return [...known, ...paired(gone, fresh, now)].map(discreet);
}

const aspectsOfPair = ({ before, after }: Pair): ChangeKind[] => {
  if (before && after) return aspectsOf(before, after);
  return after ? ['created'] : ['removed'];
};

const occurrenceOf = ({ before, after }: Pair): OccurrenceChange => ({
  eventId: (after ?? before)?.id ?? '',
  ...(before ? { fromStartAt: before.startAt, fromEndAt: before.endAt } : {}),
  ...(after ? { toStartAt: after.startAt, toEndAt: after.endAt } : {}),
});

const soonestOf = ({ before, after }: Pair) => Math.min(before?.startAt ?? Infinity, after?.startAt ?? Infinity);
const endOf = ({ before, after }: Pair) => Math.max(before?.endAt ?? 0, after?.endAt ?? 0);
const seriesOf = ({ before, after }: Pair) => (after ?? before)?.seriesMasterId;

/** How many entries each series has, with those that just vanished: all of them, and those to come. */
function sizesOf(stored: CalendarEvent[], pairs: Pair[], now: number): Map<string, { all: number; coming: number }> {
  const changed = new Set(pairs.flatMap(({ before }) => before?.id ?? []));
  const rest = stored.filter((event) => !isHead(event) && !changed.has(event.id)).map((after) => ({ after }));
  const sizes = new Map<string, { all: number; coming: number }>();
  for (const pair of [...rest, ...pairs]) {
    const seriesId = seriesOf(pair);
    if (!seriesId) continue;
    const { all, coming } = sizes.get(seriesId) ?? { all: 0, coming: 0 };
    sizes.set(seriesId, { all: all + 1, coming: coming + (endOf(pair) > now ? 1 : 0) });
  }
  return sizes;
}

/** @param now parts what is over from what is to come: the two are never one change */
export function changesOf(stored: CalendarEvent[], merged: Merged, now: number, views?: Views): Change[] {
  const groups = new Map<string, { aspects: ChangeKind[]; seriesId?: string; pairs: Pair[] }>();
  const all = pairsOf(stored, merged, now, views);
  for (const pair of all) {
    const aspects = aspectsOfPair(pair);
    const event = pair.after ?? pair.before;
    if (aspects.length === 0 || !event) continue;
    const seriesId = event.seriesMasterId;
    const key = seriesId
      ? [seriesId, aspects.join(), endOf(pair) > now, event.response, event.isCancelled].join('|')
      : event.id;
    const group = groups.get(key) ?? { aspects, ...(seriesId ? { seriesId } : {}), pairs: [] };
    group.pairs.push(pair);
    groups.set(key, group);
  }
  const sizes = sizesOf(stored, all, now);
  return [...groups.values()].flatMap(({ aspects, seriesId, pairs }): Change[] => {
    pairs.sort((a, b) => soonestOf(a) - soonestOf(b));
    const [first] = pairs;
    const [kind] = aspects;
    if (!first || !kind) return [];
    const { all: count = 0, coming = 0 } = sizes.get(seriesId ?? '') ?? {};
    const scope = scopeOf(seriesId, pairs.length, endOf(first) > now ? coming : count);
    const own = (first.after ?? first.before)?.id ?? '';
    return [
      {
        kind,
        aspects,
        scope,
        eventId: pairs.length > 1 && seriesId ? seriesId : own,
        ...(seriesId ? { seriesId } : {}),
        ...first,
        occurrences: pairs.map(occurrenceOf),
      },
    ];
  });
}

function scopeOf(seriesId: string | undefined, count: number, size: number): ChangeScope {
  if (!seriesId) return 'single';
  if (count === 1) return 'occurrence';
  return count >= size ? 'series' : 'several';
}
