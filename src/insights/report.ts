/** A person's report on their own time, computed from the replica of their own calendar in one transaction. */
import type { CalendarEvent } from '../calendar/event.ts';
import { USUAL_HOURS } from '../calendar/working-hours.ts';
import type { Sql } from '../store/database.ts';
import { eventsBetween } from '../store/events.ts';
import { DEFAULT_CALENDAR, feedsOf } from '../store/feeds.ts';
import type { Person } from '../store/people.ts';
import { type Breakdown, breakdownOf, type Cost, costOf, type Grouping } from './breakdown.ts';
import { isCounted } from './counted.ts';
import { type DayOfTime, daysOf, type Figures, figuresOf, type Worker, within } from './metrics.ts';
import { type Period, periodBefore } from './period.ts';
import { lengthOf, type Span } from './spans.ts';

/** Which period it is, as a card keeps it. */
export type ReportPeriod = Pick<Period, 'startDate' | 'endDate' | 'from' | 'to'>;

interface Reported {
  period: ReportPeriod;
  /** From when on the calendar is known, where that is later than the period begins; ms. */
  since?: number;
}

export interface TimeFacts extends Reported {
  figures: Figures;
  /** Of as many days just before; absent where those are not all known. */
  before?: Figures;
  days: DayOfTime[];
  /** Of the hours in meetings, what is still to come. */
  aheadMs: number;
}

export interface BreakdownFacts extends Reported, Breakdown {
  by: Grouping;
}

export interface CostFacts extends Reported, Cost {}

export type Held = { from: number; to: number };

export const workerOf = ({ timeZone, workingHours }: Pick<Person, 'timeZone' | 'workingHours'>): Worker => ({
  timeZone,
  workingHours: workingHours ?? USUAL_HOURS,
});

/**
 * How far their own calendar is known; undefined while it has not been read. Older entries go with age, whatever a feed
 * says of when it was read from.
 */
export async function heldOf(
  sql: Sql,
  { tenantId, personId }: Pick<Person, 'tenantId' | 'personId'>,
  keptSince: number,
): Promise<Held | undefined> {
  const own = (await feedsOf(sql, tenantId, personId)).find((feed) => feed.calendarId === DEFAULT_CALENDAR);
  return own && own.deltaLink !== null ? { from: Math.max(own.windowFrom, keptSince), to: own.windowTo } : undefined;
}

type Whose = Pick<Person, 'tenantId' | 'personId' | 'timeZone' | 'workingHours' | 'address'>;

const entriesIn = (sql: Sql, { tenantId, personId }: Whose, { from, to }: Span): Promise<CalendarEvent[]> =>
  eventsBetween(sql, tenantId, personId, from, to);

const reported = ({ startDate, endDate, from, to }: Period, held: Held): Reported => ({
  period: { startDate, endDate, from, to },
  ...(held.from > from ? { since: held.from } : {}),
});

export async function timeReport(sql: Sql, person: Whose, period: Period, held: Held, now: number): Promise<TimeFacts> {
  const worker = workerOf(person);
  const before = periodBefore(period, person.timeZone);
  const events = await entriesIn(sql, person, { from: before.from, to: period.to });
  const ahead = { from: Math.max(now, period.from), to: period.to };
  return {
    ...reported(period, held),
    figures: figuresOf(events, period, worker),
    ...(held.from <= before.from ? { before: figuresOf(events, before, worker) } : {}),
    days: daysOf(events, period, worker),
    aheadMs: ahead.from < ahead.to ? lengthOf(within(events.filter(isCounted), ahead)) : 0,
  };
}

export async function breakdownReport(
  sql: Sql,
  person: Whose,
  period: Period,
  held: Held,
  by: Grouping,
): Promise<BreakdownFacts> {
  const events = await entriesIn(sql, person, period);
  return { ...reported(period, held), by, ...breakdownOf(events, period, by, person.address ?? undefined) };
}

export async function costReport(sql: Sql, person: Whose, period: Period, held: Held): Promise<CostFacts> {
  return { ...reported(period, held), ...costOf(await entriesIn(sql, person, period), period) };
}
