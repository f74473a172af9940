/**
 * Zones that Exchange describes instead of naming them ("Customized Time Zone"): an offset and the two days of the year
 * on which clocks change. Everything else here thinks in IANA names, so we look for the one that keeps the same time.
 */
import { tzOffset } from '@date-fns/tz';
import { WINDOWS_TO_IANA_MAP } from 'windows-iana';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../clock.ts';
import { toIana } from './zone.ts';

/** A yearly change of clocks, by the wall clock that people have up to then. */
export interface ClockChange {
  /** 1 is January. */
  month: number;
  /** 0 is Sunday. */
  dayOfWeek: number;
  /** 1 is the month's first such day; 5 is its last. */
  dayOccurrence: number;
  /** After midnight. */
  timeMs: number;
}

/**
 * Graph's customTimeZone. Biases count as Windows and Exchange do, UTC = wall clock + bias: 480 is Pacific time. Graph's
 * reference says the opposite; its own examples and answers do not.
 */
export interface CustomZone {
  biasMinutes: number;
  /** Undefined where clocks never change. `daylightBiasMinutes` is added to the bias: usually -60. */
  changes?: { toStandard: ClockChange; toDaylight: ClockChange; daylightBiasMinutes: number };
}

/** Where a mailbox keeps its zone. */
export interface ZoneSettings {
  /** A Windows or IANA name; something else ("tzone://Microsoft/Custom") for a custom zone. */
  timeZone?: string;
  /** The zone of the working hours, where it is described. */
  customZone?: CustomZone;
}

const LAST = 5;
const WEEK_MS = 7 * DAY_MS;

/** Below this share of the time a zone is not the one that somebody described. */
const LEAST_AGREEMENT = 0.75;

/** The change in `year` as the ms that its wall time would be in UTC. */
function wallOf(change: ClockChange, year: number): number {
  const firstOfMonth = Date.UTC(year, change.month - 1, 1);
  const firstDay = (change.dayOfWeek - new Date(firstOfMonth).getUTCDay() + 7) % 7;
  const daysInMonth = new Date(Date.UTC(year, change.month, 0)).getUTCDate();
  const wanted = firstDay + 7 * (change.dayOccurrence - 1);
  // Only the fifth of a weekday can be missing, and five means the last.
  const day = wanted < daysInMonth ? wanted : firstDay + 7 * (LAST - 2);
  return firstOfMonth + day * DAY_MS + change.timeMs;
}

/** The custom zone's offsets from UTC from `firstYear` on, in minutes: ascending, each until the next. */
function offsetsOf(zone: CustomZone, firstYear: number, years: number): { from: number; offsetMinutes: number }[] {
  const standard = -zone.biasMinutes;
  if (!zone.changes) return [{ from: Number.NEGATIVE_INFINITY, offsetMinutes: standard }];
  const { toStandard, toDaylight, daylightBiasMinutes } = zone.changes;
  const daylight = standard - daylightBiasMinutes;
  const all = Array.from({ length: years + 2 }, (_, index) => firstYear - 1 + index).flatMap((year) => [
    { from: wallOf(toDaylight, year) - standard * MINUTE_MS, offsetMinutes: daylight },
    { from: wallOf(toStandard, year) - daylight * MINUTE_MS, offsetMinutes: standard },
  ]);
  return all.sort((a, b) => a.from - b.from);
}

/** What to compare: each week, and the minutes before and after each change. */
function samplesOf(zone: CustomZone, year: number): { instant: number; offsetMinutes: number }[] {
  const years = 2;
  const [from, to] = [Date.UTC(year, 0, 1), Date.UTC(year + years, 0, 1)];
  const offsets = offsetsOf(zone, year, years);
  const weeks = Array.from({ length: Math.ceil((to - from) / WEEK_MS) }, (_, index) => from + index * WEEK_MS);
  const edges = offsets
    .filter((one) => one.from >= from && one.from < to)
    // Windows writes a change at midnight as one a millisecond before it.
    .flatMap((one) => [one.from - MINUTE_MS, one.from + MINUTE_MS]);
  return [...weeks, ...edges].map((instant) => ({
    instant,
    offsetMinutes: offsets.findLast((one) => one.from <= instant)?.offsetMinutes ?? Number.NaN,
  }));
}

/** The zones that Windows knows, those of the most places first: the name is shown, and most likely theirs. */
function commonZones(): string[] {
  const places = new Map<string, number>();
  const names = new Map<string, string>();
  for (const { windowsName, territory, iana } of WINDOWS_TO_IANA_MAP) {
    if (territory === '001') names.set(windowsName, iana[0]);
    else places.set(windowsName, (places.get(windowsName) ?? 0) + iana.length);
  }
  return [...names.entries()].sort(([a], [b]) => (places.get(b) ?? 0) - (places.get(a) ?? 0)).map(([, name]) => name);
}

function* candidates(): Generator<string> {
  // By places, Tasmania with its islands would come before Sydney.
  yield* ['UTC', 'Australia/Sydney'];
  yield* commonZones();
  // The signs are POSIX's: Etc/GMT+5 is behind. Node 20's Intl takes no "+05:00".
  for (let hours = -14; hours <= 12; hours++) if (hours !== 0) yield `Etc/GMT${hours > 0 ? '+' : ''}${hours}`;
  yield* Intl.supportedValuesOf('timeZone');
}

/**
 * The IANA zone that shows the same time as `custom` in `year` and the next. Where none does all the time, the one that
 * does most of it: what is lost are the weeks between the described changes of clocks and the real ones, in which it is
 * an hour off. Undefined where even that is more than a quarter of the time, or where no place has such an offset; the
 * caller had better know another zone then.
 */
export function customToIana(custom: CustomZone, year: number): string | undefined {
  const samples = samplesOf(custom, year);
  let best: string | undefined;
  let fewestMisses = Math.floor(samples.length * (1 - LEAST_AGREEMENT)) + 1;
  for (const name of candidates()) {
    let misses = 0;
    for (const { instant, offsetMinutes } of samples) {
      if (tzOffset(name, new Date(instant)) !== offsetMinutes) misses += 1;
      if (misses >= fewestMisses) break;
    }
    if (misses >= fewestMisses) continue;
    [best, fewestMisses] = [name, misses];
    if (misses === 0) break;
  }
  return best;
}

/** The person's zone, an IANA name: the one that is named, else the one that is described. `now` says for which years. */
export function zoneOfMailbox(settings: ZoneSettings, now: number): string | undefined {
  const named = toIana(settings.timeZone);
  if (named !== undefined || !settings.customZone) return named;
  return customToIana(settings.customZone, new Date(now).getUTCFullYear());
}

/** Reads Graph's "02:00:00.0000000"; undefined when it is no time of day. */
export function timeOfDayMs(text: string): number | undefined {
  const match = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?$/.exec(text);
  if (!match) return undefined;
  const [hour = 0, minute = 0, second = 0] = match.slice(1, 4).map((part) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return hour * HOUR_MS + minute * MINUTE_MS + second * 1_000 + Number((match[4] ?? '0').padEnd(3, '0'));
}
