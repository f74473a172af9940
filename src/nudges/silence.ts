/** When somebody wants to hear nothing: a pause, quiet hours, focus time, out of office. Pure. */
import { type CalendarEvent, hasOthers } from '../calendar/event.ts';
import { addDays, dateOf, instantOn } from '../calendar/zone.ts';
import { DAY_MS, HOUR_MS } from '../clock.ts';
import { HORIZON_MS, type PlanInput, type Span } from './nudge.ts';
import { LONGEST_LEAD_MS } from './reminder-answers.ts';

/** An hour at the dentist's is no holiday. */
const AWAY_FROM_MS = 4 * HOUR_MS;
/** What Viva and people call the hours that they keep for themselves, in the languages that Outlook writes it in. */
const FOCUS_NAMES = /^(?:focus(?: time)?|fokuszeit|temps de concentration|tiempo de (?:enfoque|concentración))\b/i;

/** Whose silence, from when on. */
export interface Listener {
  now: number;
  person: Pick<PlanInput['person'], 'settings' | 'timeZone' | 'away'>;
}

export interface Silences {
  /** Nothing at all. */
  full: Span[];
  /** No news: these and focus time, in which what is about to begin is said. */
  both: Span[];
}

/** The quiet hours of a zone are those of many people, and all their plans of a day. */
const NIGHTS_KEPT = 500;
const nights = new Map<string, readonly Span[]>();

function quietSpans(input: Listener, to: number): readonly Span[] {
  const { settings, timeZone } = input.person;
  if (!settings.quiet || settings.quiet.from === settings.quiet.to) return [];
  const { quiet } = settings;
  const last = dateOf(to, timeZone);
  // What was due in an earlier night is in time until its meeting starts, and was swallowed all the same.
  const first = addDays(dateOf(input.now - LONGEST_LEAD_MS, timeZone), -1);
  const key = `${timeZone} ${quiet.from} ${quiet.to} ${first} ${last}`;
  const known = nights.get(key);
  if (known) return known;
  const spans: Span[] = [];
  for (let date = first; date <= last; date = addDays(date, 1)) {
    const endDate = quiet.to <= quiet.from ? addDays(date, 1) : date;
    spans.push({ from: instantOn(date, quiet.from, timeZone), to: instantOn(endDate, quiet.to, timeZone) });
  }
  if (nights.size >= NIGHTS_KEPT) nights.clear();
  nights.set(key, spans);
  return spans;
}

const spanOf = (event: CalendarEvent, zone: string): Span =>
  event.allDay
    ? { from: instantOn(event.allDay.startDate, '00:00', zone), to: instantOn(event.allDay.endDate, '00:00', zone) }
    : { from: event.startAt, to: event.endAt };

const isAttended = (event: CalendarEvent) =>
  event.type !== 'master' && !event.isCancelled && !event.isDraft && event.response !== 'declined';

const isFocus = (event: CalendarEvent) =>
  !event.allDay && !hasOthers(event) && event.showAs !== 'free' && FOCUS_NAMES.test(event.subject.trim());

/** @param events as Outlook has them, not disguised; of the person's own calendar */
export function silencesOf(input: Listener, events: CalendarEvent[], to: number): Silences {
  const { settings, timeZone, away } = input.person;
  const attended = events.filter((event) => isAttended(event) && event.calendarId === '');
  const outOfOffice = attended.filter((event) => event.showAs === 'oof').map((event) => spanOf(event, timeZone));
  const full = [
    ...(settings.pausedUntil === null ? [] : [{ from: Number.NEGATIVE_INFINITY, to: settings.pausedUntil }]),
    ...quietSpans(input, to),
    ...(settings.respectAway && away ? [away] : []),
    ...(settings.respectAway ? outOfOffice.filter((span) => span.to - span.from >= AWAY_FROM_MS) : []),
  ];
  const focus = settings.respectFocus ? attended.filter(isFocus).map((event) => spanOf(event, timeZone)) : [];
  return { full, both: [...full, ...focus] };
}

/** Those of a plan: its kinds, and what they say, are judged by the same. */
const known = new WeakMap<PlanInput, Silences>();

export function silencesIn(input: PlanInput): Silences {
  const remembered = known.get(input);
  if (remembered) return remembered;
  const silences = silencesOf(input, [...input.events, ...(input.absences ?? [])], input.now + HORIZON_MS);
  known.set(input, silences);
  return silences;
}

/** The first moment from `instant` on that is in none of the spans, which may touch and overlap. */
export function endOfSilence(instant: number, spans: readonly Span[]): number {
  let at = instant;
  // Most instants are in none: each span is looked at once more after the last that was around.
  for (let index = 0, since = 0; since < spans.length; index = (index + 1) % spans.length, since += 1) {
    const { from, to } = spans[index] as Span;
    if (from <= at && at < to) {
      at = to;
      since = 0;
    }
  }
  return at;
}

/** A silence of days: news of before it wait for its end. */
const LONG_MS = 5 * DAY_MS;

/** Silences that touch or overlap are one: a holiday may be several entries. A pause does not say since when it holds. */
function joined(spans: readonly Span[]): Span[] {
  const all: Span[] = [];
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    const last = all.at(-1);
    if (!Number.isFinite(from)) continue;
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else all.push({ from, to });
  }
  return all;
}

/** When the longest of the silences that hold on, or ended within the last day, began; undefined without such. */
export function longSilenceSince(input: Listener, events: CalendarEvent[]): number | undefined {
  const { now } = input;
  return joined(silencesOf(input, events, now).full).find(
    ({ from, to }) => from < now && to > now - DAY_MS && to - from >= LONG_MS,
  )?.from;
}

/** Whether an absence holds on, or ended within the last day: then others may lie before it, in the same silence. */
export const isBackFromAbsence = ({ now, person }: Listener, events: CalendarEvent[]): boolean =>
  person.settings.respectAway &&
  events.some((event) => {
    if (event.showAs !== 'oof' || event.calendarId !== '' || !isAttended(event)) return false;
    const { from, to } = spanOf(event, person.timeZone);
    return to - from >= AWAY_FROM_MS && from < now && to > now - DAY_MS;
  });
