/** What a day looks like: what is on it, what overlaps, where it is free. Pure; O(n log n). */
import type { CalendarEvent } from '../calendar/event.ts';
import { addDays, instantOn } from '../calendar/zone.ts';
import type { Span } from './nudge.ts';

const LONGEST_TEXT = 120;

/** Midnight to midnight on somebody's clock: 23, 24 or 25 hours. */
export const daySpan = (date: string, zone: string): Span => ({
  from: instantOn(date, '00:00', zone),
  to: instantOn(addDays(date, 1), '00:00', zone),
});

/** A card shows no more of a subject or a place. Never half a character: that is no text to a database. */
export const short = (text: string): string => text.slice(0, LONGEST_TEXT).replace(/[\ud800-\udbff]$/, '');

/** Of a day's list: mine to attend or at least to know of. */
export const isListed = (event: CalendarEvent): boolean =>
  event.type !== 'master' && !event.isCancelled && !event.isDraft && event.response !== 'declined';

/** What has no length is at its moment. */
export const touches = ({ startAt, endAt }: CalendarEvent, { from, to }: Span): boolean =>
  startAt < to && Math.max(endAt, startAt + 1) > from;

/** All-day entries are dates, whatever the zone; they come first. */
export const inOrder = (a: CalendarEvent, b: CalendarEvent): number =>
  Number(Boolean(b.allDay)) - Number(Boolean(a.allDay)) || a.startAt - b.startAt || (a.id < b.id ? -1 : 1);

/** Somebody can't be met meanwhile: their own calendar says so. */
const isBusy = (event: CalendarEvent) =>
  event.calendarId === '' && event.showAs !== 'free' && event.showAs !== 'workingElsewhere';

/** When an entry takes place for somebody in `zone`. */
const spanOf = ({ allDay, startAt, endAt }: CalendarEvent, zone: string): Span =>
  allDay
    ? { from: instantOn(allDay.startDate, '00:00', zone), to: instantOn(allDay.endDate, '00:00', zone) }
    : { from: startAt, to: endAt };

/** The spans of the entries in `within`, run together where they touch or overlap; soonest first. */
export function busySpans(entries: readonly CalendarEvent[], within: Span, zone: string): Span[] {
  const spans = entries
    .filter(isBusy)
    .map((event) => spanOf(event, zone))
    .map(({ from, to }) => ({ from: Math.max(from, within.from), to: Math.min(to, within.to) }))
    .filter(({ from, to }) => from < to)
    .sort((a, b) => a.from - b.from);
  const joined: Span[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else joined.push(span);
  }
  return joined;
}

/** What is free between busy spans (in order, apart) for at least so long. */
export function gapsBetween(busy: readonly Span[], within: Span, leastMs: number): Span[] {
  const gaps: Span[] = [];
  let from = within.from;
  for (const span of [...busy, { from: within.to, to: within.to }]) {
    if (span.from - from >= leastMs) gaps.push({ from, to: span.from });
    from = Math.max(from, span.to);
  }
  return gaps;
}

/** Pairs of which the later begins before the earlier is over, soonest first, at most `most`. */
export function overlappingPairs(
  committed: readonly CalendarEvent[],
  most: number,
): [earlier: CalendarEvent, later: CalendarEvent][] {
  const sorted = [...committed].sort(inOrder);
  const pairs: [CalendarEvent, CalendarEvent][] = [];
  // Those that still run, among them at most as many as pairs are wanted.
  let running: CalendarEvent[] = [];
  for (const event of sorted) {
    running = running.filter((one) => one.endAt > event.startAt);
    for (const one of running) if (pairs.length < most) pairs.push([one, event]);
    if (running.length < most) running.push(event);
  }
  return pairs;
}
