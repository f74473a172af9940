/**
 * Zones live at the edges: here a wall-clock time becomes an instant and an instant becomes words. Names may be IANA's
 * or Windows' (Exchange stores those).
 */
import { TZDate, tzOffset } from '@date-fns/tz';
import { isValid } from 'date-fns';
import { findIana } from 'windows-iana';
import { DAY_MS, MINUTE_MS } from '../clock.ts';

/** Names come from outside, so what is remembered of them is bounded. */
const REMEMBERED = 5_000;
const names = new Map<number, string>();

/** "2026-12-01"; empty for what is no time, because one broken entry must not stop a plan. */
function nameOf(shown: number): string {
  const day = Math.floor(shown / DAY_MS);
  const name = names.get(day);
  if (name !== undefined) return name;
  const date = new Date(shown);
  const made = isValid(date) ? date.toISOString().slice(0, 10) : '';
  if (names.size >= REMEMBERED) names.clear();
  names.set(day, made);
  return made;
}

const known = new Map<string, boolean>();

/** Asking Intl costs a tenth of a millisecond, and every plan asks. */
export function isIanaZone(name: string): boolean {
  const answer = known.get(name);
  if (answer !== undefined) return answer;
  let isZone = true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    isZone = false;
  }
  if (known.size >= REMEMBERED) known.clear();
  known.set(name, isZone);
  return isZone;
}

/** Before that, some zones changed at odd seconds. */
const EVEN_SINCE = Date.UTC(1980, 0, 1);
const OFFSETS_KEPT = 20_000;

/** Offsets by day where they hold all day, else by minute (Casey changed at one past midnight). */
interface Offsets {
  days: Map<number, number | 'changes'>;
  minutes: Map<number, number>;
}
const offsets = new Map<string, Offsets>();

function kept<T>(known: Map<number, T>, key: number, make: () => T): T {
  const remembered = known.get(key);
  if (remembered !== undefined) return remembered;
  const made = make();
  if (known.size >= OFFSETS_KEPT) known.clear();
  known.set(key, made);
  return made;
}

const asked = (iana: string, instant: number) => tzOffset(iana, new Date(instant)) * MINUTE_MS;

/**
 * Milliseconds that `iana` is ahead of UTC. Asking Intl is slow, and a plan asks hundreds of times; but clocks change at
 * full minutes, and no zone changes them twice in a day.
 */
function offsetAt(iana: string, instant: number): number {
  if (iana === 'UTC') return 0;
  if (instant < EVEN_SINCE || !Number.isFinite(instant)) return asked(iana, instant);
  let known = offsets.get(iana);
  if (!known) {
    known = { days: new Map(), minutes: new Map() };
    offsets.set(iana, known);
  }
  const day = Math.floor(instant / DAY_MS);
  const allDay = kept(known.days, day, () => {
    const offset = asked(iana, day * DAY_MS);
    return offset === asked(iana, (day + 1) * DAY_MS) ? offset : 'changes';
  });
  if (allDay !== 'changes') return allDay;
  const minute = Math.floor(instant / MINUTE_MS);
  return kept(known.minutes, minute, () => asked(iana, minute * MINUTE_MS));
}

/**
 * IANA name for an Exchange or IANA one; undefined for what neither knows, "tzone://Microsoft/Custom" among it: that
 * says no more than that there is a description elsewhere (custom-zone.ts).
 */
export function toIana(name: string | undefined): string | undefined {
  if (!name) return undefined;
  if (name === 'tzone://Microsoft/Utc') return 'UTC';
  const [found] = findIana(name as Parameters<typeof findIana>[0]);
  if (found) return found;
  return isIanaZone(name) ? name : undefined;
}

/** For people. The signs in "Etc/GMT+8" are POSIX's, which nobody reads as eight hours behind. */
export function zoneWords(zone: string): string {
  const [, sign, hours] = /^Etc\/GMT([+-])(\d+)$/.exec(zone) ?? [];
  return hours ? `UTC${sign === '+' ? '-' : '+'}${hours}` : zone.replace(/_/g, ' ');
}

/**
 * "2026-12-01T09:00:00.0000000" in `zone` (IANA or Windows) as ms since the epoch; undefined if either is unreadable.
 * A time that a change of clocks leaves out is taken as moved forward by as much; of one that comes twice the first is
 * meant. Graph is always asked for UTC, so what Exchange would take never comes in question.
 */
export function instantOf(dateTime: string, zone: string): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?$/.exec(dateTime);
  const iana = zone === 'UTC' ? 'UTC' : toIana(zone);
  if (!match || !iana) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const ms = Number((match[7] ?? '0').padEnd(3, '0'));
  const parts = [year ?? 0, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0, ms] as const;
  const wall = Date.UTC(...parts);
  // Date.UTC would take a 45th of the 13th month for some day of the next year.
  if (new Date(wall).toISOString().slice(0, 16) !== dateTime.slice(0, 16)) return undefined;
  return iana === 'UTC' ? wall : wallToInstant(wall, iana);
}

/** Not left to TZDate, whose answer in an overlap depends on the zone of the machine. */
function wallToInstant(wall: number, iana: string): number {
  // No zone changes its clocks twice within two days, so these are the offsets before and after a change, if any.
  const before = wall - offsetAt(iana, wall - DAY_MS);
  const after = wall - offsetAt(iana, wall + DAY_MS);
  const real = [before, after].filter((instant) => instant + offsetAt(iana, instant) === wall);
  return real.length > 0 ? Math.min(...real) : before;
}

/** The calendar date of an instant in `zone`, "2026-12-01". */
export function dateOf(instant: number, zone: string): string {
  return nameOf(instant + offsetAt(zone, instant));
}

/** A plan asks for the same morning once for each meeting of a day. */
const instants = new Map<string, number>();

/** The instant at which `date` shows `time` ("09:00") in `zone`. */
export function instantOn(date: string, time: string, zone: string): number {
  const words = `${date}T${time}:00`;
  const key = `${zone} ${words}`;
  const remembered = instants.get(key);
  if (remembered !== undefined) return remembered;
  const instant = instantOf(words, zone) ?? Number.NaN;
  if (instants.size >= OFFSETS_KEPT) instants.clear();
  instants.set(key, instant);
  return instant;
}

export function startOfDay(instant: number, zone: string): number {
  return instantOn(dateOf(instant, zone), '00:00', zone);
}

/** `date` moved by whole days; pure calendar arithmetic. */
export function addDays(date: string, days: number): string {
  return nameOf(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS);
}

/** 0 is Sunday. */
export function weekdayOf(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay();
}

/** Words for people: one object per (zone, locale), so that a card speaks with one voice. */
export interface Speaker {
  zone: string;
  locale: string;
  /** "14:00" */
  time(instant: number): string;
  /** "Tue 1 Dec" */
  day(instant: number): string;
  /** "today", "tomorrow" or "Tue 1 Dec", seen from `now`. */
  relativeDay(instant: number, now: number): string;
  /** "14:00 – 14:30", with the day when it ends on another. */
  span(startAt: number, endAt: number): string;
}

/** Undefined for what Intl doesn't speak, and for what is no locale at all. */
function knownLocale(locale: string): string | undefined {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf([locale])[0];
  } catch {
    return undefined;
  }
}

/** Making one costs a millisecond, and each card needs one; a tenant has few zones and few languages. */
const SPEAKERS_KEPT = 300;
const RANGES_KEPT = 200;
const speakers = new Map<string, Speaker>();

export function speaker(zone: string, locale: string): Speaker {
  const key = `${zone} ${locale}`;
  const known = speakers.get(key);
  if (known) return known;
  if (speakers.size >= SPEAKERS_KEPT) speakers.clear();
  const made = makeSpeaker(zone, locale);
  speakers.set(key, made);
  return made;
}

function makeSpeaker(zone: string, locale: string): Speaker {
  const known = isIanaZone(zone) ? zone : 'UTC';
  const spoken = knownLocale(locale) ?? 'en-GB';
  // The style, not the parts: a time alone would be "9:46" where the language writes "09:46" in a span.
  const timeFormat = new Intl.DateTimeFormat(spoken, { timeZone: known, timeStyle: 'short' });
  const dayFormat = new Intl.DateTimeFormat(spoken, {
    timeZone: known,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
  });
  const time = (instant: number) => timeFormat.format(instant);
  const day = (instant: number) => dayFormat.format(instant);
  // The slowest of them all; in a storm everybody has the same meeting hours.
  const ranges = new Map<string, string>();
  const range = (startAt: number, endAt: number) => {
    const key = `${startAt} ${endAt}`;
    const said = ranges.get(key) ?? timeFormat.formatRange(startAt, endAt);
    if (ranges.size >= RANGES_KEPT) ranges.clear();
    ranges.set(key, said);
    return said;
  };
  return {
    zone: known,
    locale: spoken,
    time,
    day,
    relativeDay(instant, now) {
      const date = dateOf(instant, known);
      const today = dateOf(now, known);
      if (date === today) return 'today';
      return date === addDays(today, 1) ? 'tomorrow' : day(instant);
    },
    span(startAt, endAt) {
      const startDate = dateOf(startAt, known);
      // Over two dates formatRange would write both out, in figures and with the year.
      if (dateOf(endAt, known) === startDate) return range(startAt, endAt);
      // Where a change of clocks leaves midnight out, the same moment is called 01:00, and that needs its day.
      const endsAtMidnight = dateOf(endAt - 1, known) === startDate && new TZDate(endAt, known).getHours() === 0;
      return `${time(startAt)} – ${endsAtMidnight ? '' : `${day(endAt)} `}${time(endAt)}`;
    },
  };
}
