/**
 * Hours by day or week as Teams draws them, with a picture for clients that don't, and with rows where there is no picture
 * either. Charts: learn.microsoft.com, “Charts in Adaptive Cards”.
 */
import { weekdayOf } from '../../calendar/zone.ts';
import { HOUR_MS } from '../../clock.ts';
import type { Bar } from '../../insights/chart/bars.ts';
import type { DayOfTime } from '../../insights/metrics.ts';
import type { Element } from './parts.ts';

/** In English as all our words are, and in letters that every picture can be written with. */
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MOST_DAYS = 10;

const barOf = (label: string, days: readonly DayOfTime[]): Bar => {
  const sum = (of: (day: DayOfTime) => number) => days.reduce((ms, day) => ms + of(day), 0);
  const afterHoursMs = sum((day) => day.afterHoursMs);
  return { label, inHoursMs: sum((day) => day.meetingMs) - afterHoursMs, afterHoursMs };
};

/** "2–8 Nov"; a month's weeks are cut at its ends. */
function weekLabel(days: readonly DayOfTime[]): string {
  const [, month = '', first = ''] = (days[0]?.date ?? '').split('-');
  const last = (days.at(-1)?.date ?? '').slice(8);
  const span = first === last ? `${Number(first)}` : `${Number(first)}–${Number(last)}`;
  return `${span} ${MONTHS[Number(month) - 1] ?? ''}`;
}

/** A bar a day; of more than ten days one a week. */
export function barsOf(days: readonly DayOfTime[]): Bar[] {
  if (days.length <= MOST_DAYS) return days.map((day) => barOf(WEEKDAYS[weekdayOf(day.date)] ?? '', [day]));
  const weeks: DayOfTime[][] = [];
  for (const day of days) {
    if (weeks.length === 0 || weekdayOf(day.date) === 1) weeks.push([]);
    weeks.at(-1)?.push(day);
  }
  return weeks.map((week) => barOf(weekLabel(week), week));
}

/** "14 h 30 min", "45 min", "0 h". */
export function hoursWords(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (rest === 0) return `${hours} h`;
  return hours === 0 ? `${rest} min` : `${hours} h ${rest} min`;
}

const inHours = (ms: number) => Math.round((ms / HOUR_MS) * 100) / 100;
const totalOf = (bar: Bar) => bar.inHoursMs + bar.afterHoursMs;

export const barWords = (bars: readonly Bar[]): string =>
  bars.map((bar) => `${bar.label} ${hoursWords(totalOf(bar))}`).join(', ');

/** @param picture a PNG; without it the hours stand there in rows */
export function chartElement(bars: readonly Bar[], picture?: Buffer): Element {
  const series = (legend: string, color: string, of: (bar: Bar) => number) => ({
    legend,
    color,
    values: bars.map((bar) => ({ x: bar.label, y: inHours(of(bar)) })),
  });
  const shown: Element = picture
    ? {
        type: 'Image',
        url: `data:image/png;base64,${picture.toString('base64')}`,
        altText: `Hours in meetings: ${barWords(bars)}`,
        size: 'stretch',
      }
    : {
        type: 'FactSet',
        spacing: 'Small',
        facts: bars.map((bar) => ({ title: bar.label, value: hoursWords(totalOf(bar)) })),
      };
  return {
    type: 'Chart.VerticalBar.Grouped',
    stacked: true,
    spacing: 'Medium',
    title: 'Hours in meetings',
    yAxisTitle: 'Hours',
    data: [
      series('In working hours', 'categoricalBlue', (bar) => bar.inHoursMs),
      series('After hours', 'categoricalMarigold', (bar) => bar.afterHoursMs),
    ],
    fallback: shown,
  };
}
