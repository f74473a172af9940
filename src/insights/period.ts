/** From when until when, on the reader's clock: “this week”, “last month”. Pure. */
import { firstWorkdayOfWeek } from '../calendar/working-hours.ts';
import { addDays, dateOf, instantOn, weekdayOf } from '../calendar/zone.ts';
import { DAY_MS } from '../clock.ts';
import type { Worker } from './metrics.ts';
import type { Span } from './spans.ts';

export const PERIODS = ['this week', 'last week', 'this month', 'last month'] as const;
/** Of a month. */
const MOST_DAYS = 31;
export type PeriodName = (typeof PERIODS)[number];

export interface Period extends Span {
  /** "2026-11-23"; `endDate` is the day after the last. */
  startDate: string;
  endDate: string;
}

/** On which a week begins: Monday, but Sunday or Saturday for who begins to work on it. 0 is Sunday. */
function weekBegin(date: string, { workingHours }: Worker): number {
  const first = firstWorkdayOfWeek(date, workingHours);
  const weekday = first === undefined ? 1 : weekdayOf(first);
  return weekday === 0 || weekday === 6 ? weekday : 1;
}

export function weekStart(date: string, worker: Worker): string {
  return addDays(date, -((weekdayOf(date) - weekBegin(date, worker) + 7) % 7));
}

/** "2026-12-01" of any day in December. */
const monthStart = (date: string): string => `${date.slice(0, 7)}-01`;

function datesFor(name: PeriodName, today: string, worker: Worker): [string, string] {
  const week = weekStart(today, worker);
  const month = monthStart(today);
  // The last day of a month is followed by the first of the next, 31 days after its first at most.
  if (name === 'this week') return [week, addDays(week, 7)];
  if (name === 'last week') return [addDays(week, -7), week];
  if (name === 'this month') return [month, monthStart(addDays(month, 31))];
  return [monthStart(addDays(month, -1)), month];
}

export function periodBetween(startDate: string, endDate: string, zone: string): Period {
  const at = (date: string) => instantOn(date, '00:00', zone);
  return { startDate, endDate, from: at(startDate), to: at(endDate) };
}

export function periodNamed(name: PeriodName, now: number, worker: Worker): Period {
  const [startDate, endDate] = datesFor(name, dateOf(now, worker.timeZone), worker);
  return periodBetween(startDate, endDate, worker.timeZone);
}

type Dates = Pick<Period, 'startDate' | 'endDate'>;

/** How many days; NaN where a date is none. */
export const daysIn = ({ startDate, endDate }: Dates): number =>
  Math.round((Date.parse(`${endDate}T00:00:00Z`) - Date.parse(`${startDate}T00:00:00Z`)) / DAY_MS);

/** A week or a month, as a card may have shown it. */
export const isReportable = (dates: Dates): boolean => {
  const days = daysIn(dates);
  // The 31st of February is none.
  const areReal = [dates.startDate, dates.endDate].every((date) => addDays(date, 0) === date);
  return areReal && days >= 1 && days <= MOST_DAYS;
};

/** As many days, just before. */
export function periodBefore({ startDate, endDate }: Dates, zone: string): Period {
  return periodBetween(addDays(startDate, -daysIn({ startDate, endDate })), startDate, zone);
}
