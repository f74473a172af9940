/** With whom, in which series, under which category the hours went; and what my meetings cost. docs/metrics.md. Pure. */
import type { CalendarEvent } from '../calendar/event.ts';
import { isPrivate, PRIVATE_SUBJECT } from '../calendar/private.ts';
import { distinct, isCounted, peopleIn } from './counted.ts';
import { within } from './metrics.ts';
import { lengthOf, type Span } from './spans.ts';

export const GROUPINGS = ['person', 'series', 'category'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export const MOST_ROWS = 15;
/** Of an entry that names more, the rest is left out: nobody meets thousands. */
const MOST_PEOPLE_OF_ONE = 200;
const LONGEST_NAME = 120;

export const NO_SERIES = 'Single meetings';
export const NO_CATEGORY = 'No category';

export interface Share {
  name: string;
  ms: number;
  meetings: number;
}

export interface Breakdown {
  rows: Share[];
  /** Groups beyond the first fifteen. */
  more: number;
}

type Named = readonly [key: string, name: string];

function peopleKeys(event: CalendarEvent, myAddress: string | undefined): Named[] {
  return peopleIn(event)
    .filter(({ address }) => address !== myAddress && !(event.isOrganizer && address === event.organizer.address))
    .slice(0, MOST_PEOPLE_OF_ONE)
    .map(({ name, address }) => [address, name || address]);
}

function seriesKey(event: CalendarEvent): Named {
  if (event.seriesMasterId === undefined) return ['', NO_SERIES];
  return [event.seriesMasterId, isPrivate(event) ? PRIVATE_SUBJECT : event.subject || '(no subject)'];
}

function categoryKeys(event: CalendarEvent): Named[] {
  const categories = [...new Set(event.categories ?? [])];
  return categories.length === 0 ? [['', NO_CATEGORY]] : categories.map((name) => [`=${name}`, name]);
}

function keysOf(event: CalendarEvent, by: Grouping, myAddress: string | undefined): Named[] {
  if (by === 'person') return peopleKeys(event, myAddress);
  return by === 'series' ? [seriesKey(event)] : categoryKeys(event);
}

const beforeIn = (a: Share, b: Share): number => b.ms - a.ms || (a.name < b.name ? -1 : 1);

/**
 * Within one group overlaps count once; a meeting is in the group of each person and each category of it, so groups may
 * add up to more than the hours in meetings.
 */
export function breakdownOf(
  all: readonly CalendarEvent[],
  period: Span,
  by: Grouping,
  /** Lower case; not one of those one meets. */
  myAddress?: string,
): Breakdown {
  const groups = new Map<string, { name: string; latest: number; events: CalendarEvent[] }>();
  for (const event of distinct(all).filter(isCounted)) {
    if (event.startAt >= period.to || event.endAt <= period.from) continue;
    for (const [key, name] of keysOf(event, by, myAddress)) {
      const group = groups.get(key) ?? { name, latest: event.startAt, events: [] };
      // As it was called last.
      if (event.startAt > group.latest || (event.startAt === group.latest && name < group.name))
        Object.assign(group, { name, latest: event.startAt });
      group.events.push(event);
      groups.set(key, group);
    }
  }
  const rows = [...groups.values()].map(({ name, events }) => ({
    name: name.slice(0, LONGEST_NAME),
    ms: lengthOf(within(events, period)),
    meetings: events.length,
  }));
  return { rows: rows.sort(beforeIn).slice(0, MOST_ROWS), more: Math.max(0, rows.length - MOST_ROWS) };
}

export interface Cost {
  meetings: number;
  /** Hours of people, in ms: length × (me + those who accepted). */
  costMs: number;
  /** The same, had everybody who was invited and did not decline come. */
  invitedMs: number;
  rows: Share[];
  more: number;
}

/** Of meetings that I organise; those who said nothing don't count as there. Overlaps count each: everybody gives their own time. */
export function costOf(all: readonly CalendarEvent[], period: Span): Cost {
  const groups = new Map<string, Share>();
  const sum = { meetings: 0, costMs: 0, invitedMs: 0 };
  for (const event of distinct(all)) {
    if (!isCounted(event) || !event.isOrganizer) continue;
    const ms = lengthOf(within([event], period));
    if (ms === 0) continue;
    const others = event.attendees.filter((one) => one.type !== 'resource' && one.address !== event.organizer.address);
    const accepted = new Set(others.filter((one) => one.response === 'accepted').map((one) => one.address)).size;
    const costMs = ms * (1 + accepted);
    sum.meetings += 1;
    sum.costMs += costMs;
    sum.invitedMs += ms * peopleIn(event).length;
    const [key, name] =
      event.seriesMasterId === undefined ? [event.id, event.subject || '(no subject)'] : seriesKey(event);
    const row = groups.get(key) ?? { name: name.slice(0, LONGEST_NAME), ms: 0, meetings: 0 };
    groups.set(key, { ...row, ms: row.ms + costMs, meetings: row.meetings + 1 });
  }
  const rows = [...groups.values()].sort(beforeIn);
  return { ...sum, rows: rows.slice(0, MOST_ROWS), more: Math.max(0, rows.length - MOST_ROWS) };
}
