/**
 * "tomorrow 9", "next tuesday afternoon", "3 Dec", "in 2 hours": what people call a time, in their language and zone.
 * chrono-node takes the words apart; which instant they are is decided here, by the person's zone and never by the
 * machine's, in whose time chrono reckons. Pure.
 */
import {
  type Chrono,
  de,
  en,
  es,
  fi,
  fr,
  it,
  ja,
  nl,
  type ParsedComponents,
  type ParsedResult,
  pt,
  ru,
  sv,
  uk,
  vi,
  zh,
} from 'chrono-node';
import { MINUTE_MS } from '../clock.ts';
import { addDays, dateOf, instantOn } from './zone.ts';

const LONGEST_WORDS = 200;

export interface When {
  from: number;
  /** Of days and parts of them, and where it was said. */
  to?: number;
  grain: 'instant' | 'part' | 'day';
}

export interface Asking {
  now: number;
  /** IANA */
  timeZone: string;
  locale: string;
  /** What is meant is still to come: 14:00 at three is tomorrow's, Friday on a Friday next week's. */
  isAhead?: boolean;
}

const LANGUAGES: Record<string, Pick<Chrono, 'parse'>> = {
  de,
  es,
  fi,
  fr,
  it,
  ja,
  nl,
  pt,
  ru,
  sv,
  uk,
  vi,
  zh: zh.hant,
};

/** The person's own language first, then English. */
export function parsersFor(locale: string): Pick<Chrono, 'parse'>[] {
  const [language = '', ...rest] = locale.toLowerCase().split(/[-_]/);
  const english = language === 'en' && rest.includes('us') ? en : en.GB;
  if (language === 'zh' && (rest.includes('cn') || rest.includes('hans'))) return [zh.hans, english];
  const own = Object.hasOwn(LANGUAGES, language) ? LANGUAGES[language] : undefined;
  return own ? [own, english] : [english];
}

/** Where "3.12" is a day. */
const DOTTED = /^(?:de|fi|ru|uk|cs|da|nb|no|pl|tr)\b/i;
/** What may stand beside a time and says nothing. */
const FILLERS =
  /^(?:[\s,]|\b(?:on|at|for|in|until|till|to|the|o'?clock|um|am|bis|uhr|le|la|el|las|à|a|op|om|den|kl)\b)*$/i;
export const BACKWARDS =
  /\b(?:last|past|letzten?|letzter|vergangenen?|dernier|dernière|pasado|último|vorige|afgelopen|förra)\b/i;

const PARTS: Record<string, { from: string; to: string }> = {
  morning: { from: '06:00', to: '12:00' },
  afternoon: { from: '12:00', to: '18:00' },
  evening: { from: '18:00', to: '24:00' },
  tonight: { from: '18:00', to: '24:00' },
};

const BARE_HOUR = /(^|\s)([01]?\d|2[0-3])(?:[.h]([0-5]\d))?(?:\s?[-–]\s?([01]?\d|2[0-3])(?:[.h]([0-5]\d))?)?h?$/i;

/** "friday 9", "monday 9-11": a number at the end is an hour. */
const withHour = (text: string) =>
  text.replace(BARE_HOUR, (_, before, from, fromMinute = '00', to = undefined, toMinute = '00') =>
    to === undefined ? `${before}${from}:${fromMinute}` : `${before}${from}:${fromMinute} - ${to}:${toMinute}`,
  );

/** "3.12." with the year in which it is next. */
export function withYear(text: string, { now, timeZone, locale }: Asking): string {
  if (!DOTTED.test(locale)) return text;
  const today = dateOf(now, timeZone);
  return text.replace(/\b(0?[1-9]|[12]\d|3[01])\.\s?(0?[1-9]|1[0-2])\.?(?=\s|$)/, (_, day, month) => {
    const year = Number(today.slice(0, 4));
    const isOver = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` < today;
    return `${day}.${month}.${isOver ? year + 1 : year}`;
  });
}

/** What chrono may understand better, likeliest first. */
function spellings(text: string, asking: Asking): string[] {
  const dated = withYear(text, asking);
  const german = /^de\b/i.test(asking.locale) ? text.replace(/\bmorgen früh\b/i, 'morgen vormittag') : text;
  const length = /^\d{1,4}\s?\p{L}+$/u.test(text) ? `in ${text}` : text;
  return [...new Set([dated, withHour(dated), text, withHour(text), german, length])];
}

const hasTag = ({ start }: ParsedResult, name: string) => start.tags().has(name);
const isRelativeTime = (found: ParsedResult) =>
  hasTag(found, 'result/relativeDateAndTime') || hasTag(found, 'casualReference/now');

/** Fields of the machine's clock. */
function machineDate(date: string, hour: number): Date {
  const [year, month, day] = date.split('-').map(Number);
  return new Date(year ?? 1970, (month ?? 1) - 1, day ?? 1, hour);
}
/** What is on that day is not over yet; but soon after midnight chrono takes some tomorrows for today (zh). */
const EARLY = 2;
/** Some weeks around it no zone changed its clocks; how long "2 hours" are does not depend on the day. */
const QUIET_DATE = '2001-01-10';

/** All of the text must be a time: "march" in "march on" is none. */
function only(parser: Pick<Chrono, 'parse'>, text: string, reference: Date): ParsedResult | undefined {
  const [found, more] = parser.parse(text, reference, { forwardDate: !BACKWARDS.test(text) });
  if (!found || more) return undefined;
  const rest = `${text.slice(0, found.index)} ${text.slice(found.index + found.text.length)}`;
  return FILLERS.test(rest) ? found : undefined;
}

const two = (value: number) => String(value).padStart(2, '0');
const field = (parts: ParsedComponents, name: 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second') =>
  parts.get(name) ?? 0;
const dateIn = (parts: ParsedComponents) =>
  `${String(field(parts, 'year')).padStart(4, '0')}-${two(field(parts, 'month'))}-${two(field(parts, 'day'))}`;
const timeIn = (parts: ParsedComponents) => `${two(field(parts, 'hour'))}:${two(field(parts, 'minute'))}`;

const wallMs = (parts: ParsedComponents) =>
  Date.UTC(
    field(parts, 'year'),
    field(parts, 'month') - 1,
    field(parts, 'day'),
    field(parts, 'hour'),
    field(parts, 'minute'),
    field(parts, 'second'),
  );

function fromNow(parser: Pick<Chrono, 'parse'>, text: string, now: number): When | undefined {
  const found = only(parser, text, machineDate(QUIET_DATE, 12));
  if (!found) return undefined;
  return { from: now + wallMs(found.start) - Date.parse(`${QUIET_DATE}T12:00:00Z`), grain: 'instant' };
}

const isTimeOnly = (parts: ParsedComponents) =>
  !(['weekday', 'day', 'month', 'year'] as const).some((name) => parts.isCertain(name));

/** "next week" and "december" are no day. */
function isDay(parts: ParsedComponents, text: string): boolean {
  if (parts.isCertain('weekday')) return true;
  if (!parts.isCertain('day')) return false;
  const isWeeks = parts.tags().has('result/relativeDate');
  return !isWeeks || /\d|^in\b/i.test(text);
}

const endOfPart = (date: string, to: string, zone: string) =>
  to === '24:00' ? instantOn(addDays(date, 1), '00:00', zone) : instantOn(date, to, zone);

/** An hour of another zone, where one was named ("3pm EST"). */
function momentOf(parts: ParsedComponents, date: string, zone: string): number {
  const offset = parts.isCertain('timezoneOffset') ? parts.get('timezoneOffset') : null;
  return offset === null ? instantOn(date, timeIn(parts), zone) : wallMs(parts) - offset * MINUTE_MS;
}

function onDate(found: ParsedResult, date: string, zone: string): When | undefined {
  const { start, end } = found;
  if (start.isCertain('hour')) {
    const from = momentOf(start, date, zone);
    if (!end?.isCertain('hour')) return { from, grain: 'instant' };
    const until = momentOf(end, date, zone);
    return { from, to: until > from ? until : momentOf(end, addDays(date, 1), zone), grain: 'part' };
  }
  const name = Object.keys(PARTS).find((one) => hasTag(found, `casualReference/${one}`));
  const part = name === undefined ? undefined : PARTS[name];
  if (part) return { from: instantOn(date, part.from, zone), to: endOfPart(date, part.to, zone), grain: 'part' };
  return { from: instantOn(date, '00:00', zone), to: endOfPart(date, '24:00', zone), grain: 'day' };
}

function whenOf(found: ParsedResult, text: string, { now, timeZone, isAhead }: Asking): When | undefined {
  const { start } = found;
  const isPlainTime = isTimeOnly(start);
  const read = (date: string) => onDate(found, date, timeZone);
  if (!isPlainTime && !isDay(start, text)) return undefined;
  const date = isPlainTime ? dateOf(now, timeZone) : dateIn(start);
  const when = read(date);
  // Nothing certain at all ("this week").
  if (!when || (isPlainTime && when.grain === 'day')) return undefined;
  if (!isAhead || when.from > now) return when;
  if (isPlainTime) return read(addDays(date, 1));
  return start.isCertain('weekday') && !start.isCertain('day') ? read(addDays(date, 7)) : when;
}

const isSound = ({ from, to }: When) =>
  Number.isFinite(from) && (to === undefined || (Number.isFinite(to) && to > from));

/** Undefined for what is no time, or none that can be told. */
export function parseWhen(words: string, asking: Asking): When | undefined {
  const text = words.normalize('NFC').replace(/\s+/g, ' ').trim();
  if (text === '' || text.length > LONGEST_WORDS) return undefined;
  const reference = machineDate(dateOf(asking.now, asking.timeZone), EARLY);
  for (const parser of parsersFor(asking.locale)) {
    for (const spelled of spellings(text, asking)) {
      const found = only(parser, spelled, reference);
      if (!found) continue;
      const when = isRelativeTime(found) ? fromNow(parser, spelled, asking.now) : whenOf(found, spelled, asking);
      return when && isSound(when) ? when : undefined;
    }
  }
  return undefined;
}

/** "7:30", "7", "19h30", "7 pm" as "HH:MM"; 24 is midnight. Undefined for what is no time of day. */
export function timeOfDay(words: string): string | undefined {
  const match = /^(\d{1,2})(?:[:.h]([0-5]\d))?\s?(?:(am|pm)|h|uhr|o[’']?clock)?$/i.exec(words.trim());
  const half = match?.[3]?.toLowerCase();
  const typed = Number(match?.[1] ?? Number.NaN);
  if (half && !(typed >= 1 && typed <= 12)) return undefined;
  const hour = half ? (typed % 12) + (half === 'pm' ? 12 : 0) : typed;
  const minute = match?.[2] ?? '00';
  if (hour === 24 && minute === '00') return '00:00';
  return hour >= 0 && hour <= 23 ? `${two(hour)}:${minute}` : undefined;
}
