/** When one could meet instead: within working hours, on that day and the next two working days. Pure, O(n log n). */
import type { CalendarEvent } from '../calendar/event.ts';
import { hoursOn, type WorkingHours } from '../calendar/working-hours.ts';
import { addDays, dateOf, instantOn } from '../calendar/zone.ts';
import { MINUTE_MS } from '../clock.ts';
import type { Span } from './nudge.ts';
import { overlapsAmong } from './overlaps.ts';

const MOST_SPANS = 3;
const MORE_WORKDAYS = 2;
/** Who has more on one day has no time left in it. */
const MOST_IN_A_DAY = 200;
/** A year without a working day is nobody's, but looking on has to end. */
const MOST_DAYS_AHEAD = 14;
/** All zones are whole quarters of an hour away from UTC. */
const QUARTER_MS = 15 * MINUTE_MS;

/** Whose time it is. */
export interface Whose {
  events: readonly CalendarEvent[];
  workingHours: WorkingHours;
  /** IANA */
  timeZone: string;
}

/** An all-day entry that is only noted (a birthday, working from home) leaves the day free. */
const isInTheWay = (event: CalendarEvent) =>
  event.type !== 'master' &&
  event.calendarId === '' &&
  !event.isCancelled &&
  !event.isDraft &&
  event.response !== 'declined' &&
  event.endAt > event.startAt &&
  event.showAs !== 'free' &&
  event.showAs !== 'workingElsewhere';

const spanOf = ({ allDay, startAt, endAt }: CalendarEvent, zone: string): Span =>
  allDay
    ? { from: instantOn(allDay.startDate, '00:00', zone), to: instantOn(allDay.endDate, '00:00', zone) }
    : { from: startAt, to: endAt };

/** The working hours of the day itself, where it has any, and of the next two days that do. */
function hoursAround(instant: number, { workingHours, timeZone }: Whose): Span[] {
  const date = dateOf(instant, timeZone);
  if (!date) return [];
  const own = hoursOn(date, workingHours, timeZone);
  const later: Span[] = [];
  for (let ahead = 1; ahead <= MOST_DAYS_AHEAD && later.length < MORE_WORKDAYS; ahead += 1) {
    const hours = hoursOn(addDays(date, ahead), workingHours, timeZone);
    if (hours) later.push(hours);
  }
  return own ? [own, ...later] : later;
}

interface Busy extends Span {
  id: string;
}

/** Where something of this length fits in the span, one of each stretch that is free. */
function* fitting(span: Span, busy: Busy[], lengthMs: number): Generator<Span> {
  let free = span.from;
  for (const one of [...busy, { from: span.to, to: span.to }]) {
    const from = Math.ceil(free / QUARTER_MS) * QUARTER_MS;
    if (from + lengthMs <= Math.min(one.from, span.to)) yield { from, to: from + lengthMs };
    free = Math.max(free, one.to);
  }
}

/**
 * Finds up to three spans as long as a meeting, soonest first: one of each stretch of free time, so that three are a
 * choice. Nothing before `now`; the meeting does not stand in its own way.
 */
export function freeTimesOf(whose: Whose): (meeting: CalendarEvent, now: number) => Span[] {
  const busy = whose.events
    .filter(isInTheWay)
    .map((event): Busy => ({ ...spanOf(event, whose.timeZone), id: event.id }))
    .sort((a, b) => a.from - b.from || (a.id < b.id ? -1 : 1));
  const overlapping = overlapsAmong(busy);
  return (meeting, now) => {
    const lengthMs = meeting.endAt - meeting.startAt;
    const found: Span[] = [];
    if (meeting.allDay || lengthMs <= 0) return found;
    for (const hours of hoursAround(meeting.startAt, whose)) {
      const span = { from: Math.max(hours.from, now, found.at(-1)?.to ?? now), to: hours.to };
      const taken = overlapping(span, MOST_IN_A_DAY);
      if (taken.length === MOST_IN_A_DAY) continue;
      const inTheWay = taken.filter((one) => one.id !== meeting.id);
      found.push(...fitting(span, inTheWay, lengthMs));
      if (found.length >= MOST_SPANS) break;
    }
    return found.slice(0, MOST_SPANS);
  };
}
