/**
 * Wall-clock times of a mailbox. The page and the seed only ever speak "2026-03-29T09:15" in the mailbox's zone and
 * leave the way to an instant to the server and the store, so no browser does time zone arithmetic.
 */
import { TZDate } from '@date-fns/tz';
import { findIana } from 'windows-iana';

const DAY_MS = 86_400_000;

/** The IANA zone for a mailbox's zone, which Exchange stores as a Windows name or as IANA; UTC for anything unknown. */
export function ianaZone(name: string): string {
  const mapped = findIana(name)[0];
  if (mapped) return mapped;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
}

const two = (value: number) => String(value).padStart(2, '0');

/** "2026-03-29T09:15" as a clock on the wall in `zone` shows it. */
export function wallOf(at: number, zone: string): string {
  const local = new TZDate(at, zone);
  const date = `${local.getFullYear()}-${two(local.getMonth() + 1)}-${two(local.getDate())}`;
  return `${date}T${two(local.getHours())}:${two(local.getMinutes())}`;
}

/** The instant of a wall-clock time; one that a DST change skips is taken as the time after the gap. */
export function instantOf(wall: string, zone: string): number {
  const [year = 1970, month = 1, day = 1, hours = 0, minutes = 0] = wall.split(/[-T:]/).map(Number);
  return new TZDate(year, month - 1, day, hours, minutes, zone).getTime();
}

export const dateOf = (wall: string): string => wall.slice(0, 10);
export const timeOf = (wall: string): string => wall.slice(11, 16);

/** Date arithmetic on "YYYY-MM-DD"; days are counted, so DST can't shift it. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Minutes on the wall clock, over midnight if need be. */
export function addMinutes(wall: string, minutes: number): string {
  return new Date(Date.parse(`${wall}Z`) + minutes * 60_000).toISOString().slice(0, 16);
}

/** 0 is Monday. */
export function weekdayOf(date: string): number {
  return (new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7;
}

export const mondayOf = (date: string): string => addDays(date, -weekdayOf(date));

/** True for a real date in "YYYY-MM-DD". */
export function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00Z`)) && addDays(text, 0) === text;
}
