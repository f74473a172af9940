/**
 * On which days a series takes place: pure arithmetic on days counted from 1970. Clock time and zone come in only
 * afterwards (view.ts), which is how Exchange keeps 9 o'clock at 9 o'clock across a change of clocks.
 */
import type { DayOfWeek, PatternedRecurrence, RecurrencePattern, WeekIndex } from '@microsoft/microsoft-graph-types';
import { badRequest } from './errors.ts';
import { dayOf, formatDay, parseDateTime } from './zones.ts';

const WEEK: DayOfWeek[] = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const INDEXES: WeekIndex[] = ['first', 'second', 'third', 'fourth', 'last'];
const DAY_MS = 86_400_000;

/** Exchange's own bound on numbered series. */
export const MAX_OCCURRENCES = 999;
const LAST_DAY = Math.floor(Date.UTC(2500, 0, 1) / DAY_MS);
const MAX_INTERVAL = 999;

const invalid = (message: string) => badRequest('ErrorPropertyValidationFailure', message);

/** 0 is Sunday; 1970-01-01 was a Thursday. */
const weekdayOf = (day: number) => (((day + 4) % 7) + 7) % 7;
const dayNumber = (year: number, month: number, date: number) => Math.floor(Date.UTC(year, month, date) / DAY_MS);

export function dayFromText(text: string | null | undefined): number | undefined {
  const parsed = text ? parseDateTime(text) : undefined;
  return parsed && dayOf(parsed.wall);
}

function* daily(start: number, interval: number, from: number): Generator<number> {
  const skipped = Math.max(0, Math.floor((from - start) / interval));
  for (let day = start + skipped * interval; day <= LAST_DAY; day += interval) yield day;
}

function* weekly(start: number, pattern: RecurrencePattern, from: number): Generator<number> {
  const interval = pattern.interval ?? 1;
  const firstDay = WEEK.indexOf(pattern.firstDayOfWeek ?? 'sunday');
  const offsets = (pattern.daysOfWeek ?? []).map((name) => (WEEK.indexOf(name) - firstDay + 7) % 7);
  const wanted = [...new Set(offsets)].sort((a, b) => a - b);
  const firstWeek = start - ((weekdayOf(start) - firstDay + 7) % 7);
  const span = 7 * interval;
  const skipped = Math.max(0, Math.floor((from - firstWeek) / span));
  for (let week = firstWeek + skipped * span; week <= LAST_DAY; week += span)
    for (const offset of wanted) if (week + offset >= start) yield week + offset;
}

function absoluteInMonth(year: number, month: number, date: number): number {
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return dayNumber(year, month, Math.min(date, last));
}

/** The index-th day of the month whose weekday is among `names`: "last weekday", "first Monday". */
function relativeInMonth(year: number, month: number, names: DayOfWeek[], index: WeekIndex): number | undefined {
  const first = dayNumber(year, month, 1);
  const last = dayNumber(year, month + 1, 0);
  const matching: number[] = [];
  for (let day = first; day <= last; day++) if (names.includes(WEEK[weekdayOf(day)] as DayOfWeek)) matching.push(day);
  return index === 'last' ? matching.at(-1) : matching[INDEXES.indexOf(index)];
}

function* monthwise(start: number, pattern: RecurrencePattern, from: number): Generator<number> {
  const yearly = pattern.type === 'absoluteYearly' || pattern.type === 'relativeYearly';
  const step = (pattern.interval ?? 1) * (yearly ? 12 : 1);
  const origin = new Date(start * DAY_MS);
  const firstMonth = origin.getUTCFullYear() * 12 + (yearly ? (pattern.month ?? 1) - 1 : origin.getUTCMonth());
  const target = new Date(Math.max(from, start) * DAY_MS);
  const targetMonth = target.getUTCFullYear() * 12 + target.getUTCMonth();
  const skipped = Math.max(0, Math.floor((targetMonth - firstMonth) / step));
  const absolute = pattern.type === 'absoluteMonthly' || pattern.type === 'absoluteYearly';
  for (let months = firstMonth + skipped * step; ; months += step) {
    const [year, month] = [Math.floor(months / 12), months % 12];
    if (year >= 2500) return;
    const day = absolute
      ? absoluteInMonth(year, month, pattern.dayOfMonth ?? 1)
      : relativeInMonth(year, month, pattern.daysOfWeek ?? [], pattern.index ?? 'first');
    if (day !== undefined && day >= start) yield day;
  }
}

function patternDays(start: number, pattern: RecurrencePattern, from: number): Generator<number> {
  if (pattern.type === 'daily') return daily(start, pattern.interval ?? 1, from);
  if (pattern.type === 'weekly') return weekly(start, pattern, from);
  return monthwise(start, pattern, from);
}

/** The days of the series from `from` to `to`, both included, ascending, at most `limit` of them. */
export function seriesDays(recurrence: PatternedRecurrence, from: number, to: number, limit = 1e6): number[] {
  const { pattern, range } = recurrence;
  const start = dayFromText(range?.startDate);
  if (!pattern || !range || start === undefined) return [];
  const numbered = range.type === 'numbered';
  const end = range.type === 'endDate' ? Math.min(to, dayFromText(range.endDate) ?? to) : to;
  const days: number[] = [];
  let count = 0;
  for (const day of patternDays(start, pattern, numbered ? start : from)) {
    if (day > end || (numbered && count >= (range.numberOfOccurrences ?? 1))) break;
    count++;
    if (day >= from) days.push(day);
    if (days.length >= limit) break;
  }
  return days;
}

/** First day of the series; undefined when the pattern never comes true within its range. */
export function firstDayOf(recurrence: PatternedRecurrence): number | undefined {
  const start = dayFromText(recurrence.range?.startDate) ?? 0;
  return seriesDays(recurrence, start, LAST_DAY, 1).at(0);
}

const boundedInteger = (value: unknown, min: number, max: number) =>
  typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;

function checkPattern(pattern: RecurrencePattern): RecurrencePattern {
  const type = pattern.type ?? undefined;
  if (!type) throw invalid('The recurrence pattern needs a type.');
  if (!boundedInteger(pattern.interval, 1, MAX_INTERVAL)) throw invalid('The recurrence interval is out of range.');
  const byWeekday = type === 'weekly' || type === 'relativeMonthly' || type === 'relativeYearly';
  if (byWeekday && !pattern.daysOfWeek?.length) throw invalid('The recurrence pattern needs daysOfWeek.');
  const byDate = type === 'absoluteMonthly' || type === 'absoluteYearly';
  if (byDate && !boundedInteger(pattern.dayOfMonth, 1, 31)) throw invalid('The recurrence pattern needs dayOfMonth.');
  const byMonth = type === 'absoluteYearly' || type === 'relativeYearly';
  if (byMonth && !boundedInteger(pattern.month, 1, 12)) throw invalid('The recurrence pattern needs month.');
  return {
    type,
    interval: pattern.interval,
    month: byMonth ? pattern.month : 0,
    dayOfMonth: byDate ? pattern.dayOfMonth : 0,
    ...(byWeekday ? { daysOfWeek: pattern.daysOfWeek } : {}),
    firstDayOfWeek: pattern.firstDayOfWeek ?? 'sunday',
    index: pattern.index ?? 'first',
  };
}

/**
 * Checks a recurrence and gives it the complete shape in which Graph returns it. `zone` is the zone of the event's
 * start, used where the range names none; `startDay` is the day of the event's start in the zone of the series.
 */
export function normalizeRecurrence(input: PatternedRecurrence, zone: string, startDay: number): PatternedRecurrence {
  const { range } = input;
  if (!input.pattern || !range?.type) throw invalid('The recurrence needs a pattern and a range.');
  const pattern = checkPattern(input.pattern);
  const start = dayFromText(range.startDate);
  if (start === undefined) throw invalid('The recurrence range needs a startDate.');
  if (start !== startDay) throw invalid('The startDate of the recurrence range must be the date of the event start.');
  const endDate = range.type === 'endDate' ? dayFromText(range.endDate) : undefined;
  if (range.type === 'endDate' && (endDate === undefined || endDate < start))
    throw invalid('The endDate of the recurrence range is missing or before its startDate.');
  if (range.type === 'numbered' && !boundedInteger(range.numberOfOccurrences, 1, MAX_OCCURRENCES))
    throw invalid('The numberOfOccurrences of the recurrence range is out of range.');
  const normalized: PatternedRecurrence = {
    pattern,
    range: {
      type: range.type,
      startDate: range.startDate,
      endDate: range.type === 'endDate' ? range.endDate : '0001-01-01',
      recurrenceTimeZone: range.recurrenceTimeZone || zone,
      numberOfOccurrences: range.type === 'numbered' ? range.numberOfOccurrences : 0,
    },
  };
  if (firstDayOf(normalized) === undefined)
    throw badRequest('ErrorRecurrenceHasNoOccurrence', 'The recurrence has no occurrence.');
  return normalized;
}

/** The series as it is after somebody has dragged it by whole days: a Tuesday meeting becomes a Wednesday one. */
export function movedRecurrence({ pattern, range }: PatternedRecurrence, days: number): PatternedRecurrence {
  const startDay = (dayFromText(range?.startDate) ?? 0) + days;
  const shifted = (name: DayOfWeek) => WEEK[(((WEEK.indexOf(name) + days) % 7) + 7) % 7] as DayOfWeek;
  const start = new Date(startDay * DAY_MS);
  const byDate = pattern?.type === 'absoluteMonthly' || pattern?.type === 'absoluteYearly';
  return {
    pattern: {
      ...pattern,
      ...(pattern?.type === 'weekly' ? { daysOfWeek: pattern.daysOfWeek?.map(shifted) } : {}),
      ...(byDate ? { dayOfMonth: start.getUTCDate() } : {}),
      ...(pattern?.type === 'absoluteYearly' ? { month: start.getUTCMonth() + 1 } : {}),
    },
    range: { ...range, startDate: formatDay(startDay) },
  };
}
