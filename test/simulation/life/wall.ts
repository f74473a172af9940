/** Times as people say them: "2026-03-29T09:15" on the wall of a zone. */
import {
  addDays,
  addMinutes,
  dateOf,
  instantOf,
  timeOf,
  wallOf,
  weekdayOf,
} from '../../../sandbox/calendar/wall-clock.ts';
import type { Chance } from '../chance.ts';

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export { addDays, addMinutes, dateOf, timeOf, wallOf };
export const toInstant = instantOf;
/** 0 is Monday. */
export const weekday = weekdayOf;
export const wallDate = (at: number, zone: string): string => dateOf(wallOf(at, zone));

const OPENS_AT = 8 * 60;
const CLOSES_AT = 17 * 60;

const two = (value: number) => String(value).padStart(2, '0');

/** "09:35": a time within working hours, at a mark of five minutes, that leaves room for `minutes`. */
export function workingTime(chance: Chance, minutes = 30): string {
  const marks = Math.max(1, Math.floor((CLOSES_AT - OPENS_AT - minutes) / 5));
  const minute = OPENS_AT + chance.whole(0, marks - 1) * 5;
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** The date, or the Monday after where it is a weekend. */
export function workingDay(date: string): string {
  const day = weekday(date);
  return day < 5 ? date : addDays(date, 7 - day);
}

/** The date of the next change of clocks in the zone within so many days. */
export function clockChange(from: string, zone: string, days: number): string | undefined {
  const offset = (date: string) => toInstant(`${date}T12:00`, zone) - Date.parse(`${date}T12:00Z`);
  for (let day = 1; day <= days; day++) {
    const date = addDays(from, day);
    if (offset(date) !== offset(addDays(date, -1))) return date;
  }
  return undefined;
}
