/** When somebody wants to hear nothing: a pause, quiet hours, focus time, out of office. Pure. */
import { type CalendarEvent, hasOthers } from '../calendar/event.ts';
import { addDays, dateOf, instantOn } from '../calendar/zone.ts';
import { DAY_MS, HOUR_MS } from '../clock.ts';
import type { PlanInput, Span } from './nudge.ts';
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

function quietSpans(input: Listener, to: number): Span[] {
  const { settings, timeZone } = input.person;
  if (!settings.quiet || settings.quiet.from === settings.quiet.to) return [];
  const { quiet } = settings;
  const spans: Span[] = [];
  const last = dateOf(to, timeZone);
  // What was due in an earlier night is in time until its meeting starts, and was swallowed all the same.
  const first = addDays(dateOf(input.now - LONGEST_LEAD_MS, timeZone), -1);
  for (let date = first; date <= last; date = addDays(date, 1)) {
    const endDate = quiet.to <= quiet.from ? addDays(date, 1) : date;
    spans.push({ from: instantOn(date, quiet.from, timeZone), to: instantOn(endDate, quiet.to, timeZone) });
  }
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

/** The first moment from `instant` on that is in none of the spans, which may touch and overlap. */
export function endOfSilence(instant: number, spans: Span[]): number {
  let at = instant;
  for (;;) {
    const around = spans.find((span) => span.from <= at && at < span.to);
    if (!around) return at;
    at = around.to;
  }
}

/** A silence of days: news of before it wait for its end. */
const LONG_MS = 5 * DAY_MS;

/** When the longest of the silences that hold on, or ended within the last day, began; undefined without such. */
export function longSilenceSince(input: Listener, events: CalendarEvent[]): number | undefined {
  const { now } = input;
  const { full } = silencesOf(input, events, now);
  // A pause does not say since when it holds.
  const long = full.filter(
    ({ from, to }) => Number.isFinite(from) && from < now && to > now - DAY_MS && to - from >= LONG_MS,
  );
  return long.length > 0 ? Math.min(...long.map((span) => span.from)) : undefined;
}
