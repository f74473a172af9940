/**
 * Time zones as Exchange takes them: Windows names or IANA names, both ways, and the arithmetic between wall clock and
 * instant. A wall time is kept as the milliseconds that it would be if it were UTC ("wall ms").
 */
import { tzOffset } from '@date-fns/tz';
import { findIana } from 'windows-iana';
import { badRequest } from './errors.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

const ianaByName = new Map<string, string | undefined>();

function isIntlZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function lookUp(name: string): string | undefined {
  if (name === 'UTC' || name === 'tzone://Microsoft/Utc') return 'UTC';
  const windows = findIana(name)[0];
  if (windows) return windows;
  return /^[A-Za-z]+(\/[A-Za-z0-9_+-]+)*$/.test(name) && isIntlZone(name) ? name : undefined;
}

/** The IANA zone behind a Windows or IANA name, or undefined when Graph would not know it. */
export function ianaZone(name: string): string | undefined {
  if (!ianaByName.has(name)) ianaByName.set(name, lookUp(name));
  return ianaByName.get(name);
}

/** As `ianaZone`; an unknown name is a 400, worded as Graph words it. */
export function requireZone(name: string): string {
  const zone = ianaZone(name);
  if (zone !== undefined) return zone;
  const message = `A valid TimeZone value must be specified. The following TimeZone value is not supported: '${name}'.`;
  throw badRequest('TimeZoneNotSupportedException', message);
}

/** Offset of the zone at the beginning of each UTC day, so that Intl is asked once a day and zone. */
const dayOffsets = new Map<string, Map<number, number>>();

function offsetAtDayStart(zone: string, day: number): number {
  let days = dayOffsets.get(zone);
  if (!days) {
    days = new Map();
    dayOffsets.set(zone, days);
  }
  const known = days.get(day);
  if (known !== undefined) return known;
  const offset = tzOffset(zone, new Date(day * DAY_MS)) * MINUTE_MS;
  days.set(day, offset);
  return offset;
}

/** The zone's offset from UTC at `instant`, in ms. `zone` is an IANA name. */
export function offsetAt(zone: string, instant: number): number {
  if (zone === 'UTC') return 0;
  const day = Math.floor(instant / DAY_MS);
  const before = offsetAtDayStart(zone, day);
  if (before === offsetAtDayStart(zone, day + 1)) return before;
  return tzOffset(zone, new Date(instant)) * MINUTE_MS;
}

export function wallOf(instant: number, zone: string): number {
  return instant + offsetAt(zone, instant);
}

/**
 * The instant at which clocks in `zone` show `wall`. A time that is skipped moves forward by the gap; a time that
 * occurs twice is taken as standard time, which is what .NET (and so Exchange) does.
 */
export function instantOf(wall: number, zone: string): number {
  const early = offsetAt(zone, wall - DAY_MS);
  const late = offsetAt(zone, wall + DAY_MS);
  if (early === late) return wall - offsetAt(zone, wall - early);
  const valid = [wall - late, wall - early].filter((instant) => wallOf(instant, zone) === wall);
  return valid.length > 0 ? Math.max(...valid) : wall - early;
}

const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?(Z|[+-]\d\d:?\d\d)?)?$/;

function offsetMs(text: string): number {
  if (text === 'Z') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return (text.startsWith('-') ? -minutes : minutes) * MINUTE_MS;
}

/** Reads an ISO date-time. `offset` is undefined where the text names none. Undefined when malformed. */
export function parseDateTime(text: string): { wall: number; offset: number | undefined } | undefined {
  const match = DATE_TIME.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', offset] = match;
  const millis = Math.floor(Number(`0.${fraction}`) * 1000);
  const parts = [year, Number(month) - 1, day, hour, minute, second, millis].map(Number);
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, ms = 0] = parts;
  const wall = Date.UTC(y, mo, d, h, mi, s, ms);
  const read = new Date(wall);
  const exact = read.getUTCMonth() === mo && read.getUTCDate() === d && h < 24 && mi < 60 && s < 60;
  return exact ? { wall, offset: offset === undefined ? undefined : offsetMs(offset) } : undefined;
}

/** An instant from text that may carry an offset; without one it is read in `zone`. */
export function parseInstant(text: string, zone = 'UTC'): number | undefined {
  const parsed = parseDateTime(text);
  if (!parsed) return undefined;
  return parsed.offset === undefined ? instantOf(parsed.wall, zone) : parsed.wall - parsed.offset;
}

/** "2026-12-01T09:00:00.0000000", the form of every dateTime. */
export function formatWall(wall: number): string {
  return `${new Date(wall).toISOString().slice(0, -1)}0000`;
}

/** "2026-12-01T09:00:00.0000000Z", the form of a time stamp. */
export function formatStamp(instant: number): string {
  return `${formatWall(instant)}Z`;
}

/** "2026-12-01T09:00:00Z": seconds only, as in originalStart and subscription expiry. */
export function formatSeconds(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

export const dayOf = (wall: number): number => Math.floor(wall / DAY_MS);
export const wallOfDay = (day: number): number => day * DAY_MS;
export const formatDay = (day: number): string => new Date(wallOfDay(day)).toISOString().slice(0, 10);
