/** "send the offer by Friday" → the day that is meant. Pure. */
import type { ParsedResult } from 'chrono-node';
import { type Asking, BACKWARDS, parsersFor, withYear } from './words-of-time.ts';
import { addDays, dateOf } from './zone.ts';

const LONGEST_TEXT = 300;
/** Who writes "by 2046" means no day on which to be reminded. */
const MOST_DAYS_AHEAD = 3 * 366;

/** Chrono reckons by the machine's clock; at noon no zone changes it. */
function machineNoon(date: string): Date {
  const [year, month, day] = date.split('-').map(Number);
  return new Date(year ?? 1970, (month ?? 1) - 1, day ?? 1, 12);
}

const two = (value: number | null) => String(value ?? 0).padStart(2, '0');
const dateIn = ({ start }: ParsedResult) =>
  `${String(start.get('year') ?? 0).padStart(4, '0')}-${two(start.get('month'))}-${two(start.get('day'))}`;

/** An hour alone is no day; "in two weeks" is one, though chrono calls it uncertain. */
const isDay = ({ start, text }: ParsedResult) =>
  !BACKWARDS.test(text) &&
  (start.isCertain('day') || start.isCertain('weekday') || start.tags().has('result/relativeDate'));

/** The last day that is named: "Monday's slides by Friday". Undefined for none, and for one that is over. */
export function dueDateIn(text: string, asking: Asking): string | undefined {
  const { now, timeZone, locale } = asking;
  const today = dateOf(now, timeZone);
  const latest = addDays(today, MOST_DAYS_AHEAD);
  const written = withYear(text.slice(0, LONGEST_TEXT), asking);
  for (const parser of parsersFor(locale)) {
    const found = parser.parse(written, machineNoon(today), { forwardDate: true }).filter(isDay);
    const date = found.map(dateIn).findLast((one) => one >= today && one <= latest);
    if (date) return date;
  }
  return undefined;
}
