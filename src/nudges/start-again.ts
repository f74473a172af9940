/** The moments of reminders, and those for who misses the start though they were reminded: then, and twice more. Pure. */
import type { CalendarEvent } from '../calendar/event.ts';
import { HOUR_MS, MINUTE_MS } from '../clock.ts';

const MINUTES_AFTER = [0, 2, 4];
const EACH_LASTS_MS = 2 * MINUTE_MS;
/** After this, nothing is said of a start any more. */
export const STILL_SAID_MS = 6 * MINUTE_MS;
/** Those of later meetings are planned by a later plan. */
const AHEAD_MS = 36 * HOUR_MS;

/** Something to say once. */
export interface Moment {
  leadMs: number;
  mark?: string;
  dueAt: number;
  /** What is due at the start has so long to be sent in. */
  lastsMs: number;
  /** Others must not come before their time: somebody asked for that moment. */
  mayBeEarly?: true;
}

/** What the moments of all meetings of a plan share. */
export interface Moments {
  now: number;
  /** Leads, ms. */
  usual: number[];
  /** Of all that is attended, in order. */
  starts: readonly number[];
}

export const startMark = (afterMs: number): string => `start ${afterMs / MINUTE_MS}`;
export const snoozeMark = (until: number): string => `snoozed ${until}`;

export const startsOf = (events: readonly CalendarEvent[]): number[] =>
  events.map((event) => event.startAt).sort((a, b) => a - b);

/** The first of the ordered starts that is later than `instant`. */
function nextStart(starts: readonly number[], instant: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) > instant) high = middle;
    else low = middle + 1;
  }
  return starts[low] ?? Number.POSITIVE_INFINITY;
}

/** Until the meeting is over, or another one begins: that has reminders of its own. */
export function againAtStart({ startAt, endAt }: CalendarEvent, starts: readonly number[], now: number): Moment[] {
  if (startAt > now + AHEAD_MS) return [];
  const until = Math.min(endAt, nextStart(starts, startAt));
  return MINUTES_AFTER.map((minutes) => ({
    leadMs: 0,
    mark: startMark(minutes * MINUTE_MS),
    dueAt: startAt + minutes * MINUTE_MS,
    lastsMs: EACH_LASTS_MS,
  })).filter(({ dueAt }) => dueAt === startAt || dueAt < until);
}
