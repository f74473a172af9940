/** What somebody's time went into, from the entries of their own calendar. Every rule: docs/metrics.md. Pure. */
import type { CalendarEvent } from '../calendar/event.ts';
import { hoursOn, type WorkingHours } from '../calendar/working-hours.ts';
import { addDays, dateOf, instantOn } from '../calendar/zone.ts';
import { HOUR_MS } from '../clock.ts';
import { distinct, isAcceptedButFree, isCounted, isOneToOne, isRecurring, sizeOf } from './counted.ts';
import { common, doubled, lengthOf, type Span, united, without } from './spans.ts';

export const FOCUS_LEAST_MS = 2 * HOUR_MS;

/** Whose time it is. */
export interface Worker {
  /** IANA */
  timeZone: string;
  workingHours: WorkingHours;
}

export interface Figures {
  /** That begin within the period. */
  meetings: number;
  meetingMs: number;
  oneToOneMs: number;
  recurringMs: number;
  organisedMs: number;
  /** While two or more of them run. */
  conflictingMs: number;
  /** Outside of working hours. */
  afterHoursMs: number;
  acceptedFreeMs: number;
  focusBlocks: number;
  focusMs: number;
  workingMs: number;
  /** People in a meeting, the reader among them; null where none says. */
  averageSize: number | null;
}

export interface DayOfTime {
  /** "2026-12-01" */
  date: string;
  meetingMs: number;
  afterHoursMs: number;
}

const spanOf = ({ startAt, endAt }: CalendarEvent): Span => ({ from: startAt, to: endAt });

/** What of these entries lies within the period. */
export const within = (events: readonly CalendarEvent[], period: Span): Span[] =>
  common(united(events.map(spanOf)), [period]);

/** The dates that the period touches. */
export function datesOf({ from, to }: Span, zone: string): string[] {
  const last = dateOf(to - 1, zone);
  const dates: string[] = [];
  for (let date = dateOf(from, zone); date !== '' && date <= last; date = addDays(date, 1)) dates.push(date);
  return dates;
}

/** From the day before to the day after: a night shift, or one in another zone, reaches over. */
export function workingTime(period: Span, { timeZone, workingHours }: Worker): Span[] {
  const dates = datesOf(period, timeZone);
  const around = [addDays(dates[0] ?? '', -1), ...dates, addDays(dates.at(-1) ?? '', 1)];
  const hours = around.flatMap((date) => hoursOn(date, workingHours, timeZone) ?? []);
  return common(united(hours), [period]);
}

/** Out of office: no time to concentrate on work. */
function absence(events: readonly CalendarEvent[], zone: string): Span[] {
  const away = events.filter(
    (one) => one.showAs === 'oof' && one.calendarId === '' && !one.isCancelled && one.type !== 'master',
  );
  return united(
    away.map((one) =>
      one.allDay
        ? { from: instantOn(one.allDay.startDate, '00:00', zone), to: instantOn(one.allDay.endDate, '00:00', zone) }
        : spanOf(one),
    ),
  );
}

function averageSizeOf(counted: readonly CalendarEvent[]): number | null {
  const sizes = counted.flatMap((one) => sizeOf(one) ?? []);
  return sizes.length === 0 ? null : sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
}

const beginsIn = (period: Span) => (event: CalendarEvent) => period.from <= event.startAt && event.startAt < period.to;

export function figuresOf(all: readonly CalendarEvent[], period: Span, worker: Worker): Figures {
  const events = distinct(all);
  const counted = events.filter(isCounted);
  const msOf = (isOne: (event: CalendarEvent) => boolean) => lengthOf(within(counted.filter(isOne), period));
  const busy = within(counted, period);
  const working = workingTime(period, worker);
  const focus = without(working, united([...busy, ...absence(events, worker.timeZone)])).filter(
    ({ from, to }) => to - from >= FOCUS_LEAST_MS,
  );
  const begun = counted.filter(beginsIn(period));
  return {
    meetings: begun.length,
    meetingMs: lengthOf(busy),
    oneToOneMs: msOf(isOneToOne),
    recurringMs: msOf(isRecurring),
    organisedMs: msOf((one) => one.isOrganizer),
    conflictingMs: lengthOf(common(doubled(counted.map(spanOf)), [period])),
    afterHoursMs: lengthOf(without(busy, working)),
    acceptedFreeMs: lengthOf(within(events.filter(isAcceptedButFree), period)),
    focusBlocks: focus.length,
    focusMs: lengthOf(focus),
    workingMs: lengthOf(working),
    averageSize: averageSizeOf(begun),
  };
}

/** The same hours by day, on the reader's clock. */
export function daysOf(all: readonly CalendarEvent[], period: Span, worker: Worker): DayOfTime[] {
  const busy = within(distinct(all).filter(isCounted), period);
  const working = workingTime(period, worker);
  return datesOf(period, worker.timeZone).map((date) => {
    const day = {
      from: instantOn(date, '00:00', worker.timeZone),
      to: instantOn(addDays(date, 1), '00:00', worker.timeZone),
    };
    const ofDay = common(busy, [day]);
    return { date, meetingMs: lengthOf(ofDay), afterHoursMs: lengthOf(without(ofDay, working)) };
  });
}
