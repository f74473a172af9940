/** The day at a glance, at the person's hour on their working days; with the week, on its first. */
import type { CalendarEvent } from '../calendar/event.ts';
import { firstWorkdayOfWeek, hoursOn, isWorkday } from '../calendar/working-hours.ts';
import { addDays, dateOf, instantOn } from '../calendar/zone.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../clock.ts';
import { legKey } from '../travel/port.ts';
import type { Way } from '../travel/ways.ts';
import { disguised, isChosen } from './chosen.ts';
import { isCommitted } from './conflicts.ts';
import { busySpans, daySpan, gapsBetween, inOrder, isListed, overlappingPairs, short, touches } from './day-shape.ts';
import type { Nudge, NudgeKind, PlanInput, Span } from './nudge.ts';
import { type RsvpNews, rsvpNews } from './rsvp-news.ts';
import { waysIn } from './scene.ts';
import { type Weekday, weekOf } from './week-shape.ts';

/** Later ones are planned by a later plan: what they say would change until then. */
const AHEAD_MS = 36 * HOUR_MS;
const LEAST_GAP_MS = 30 * MINUTE_MS;
/** Facts are stored; a card has room for no more. */
const MOST_ROWS = 20;
const MOST_LINES = 5;
const LONGEST_LINK = 1_000;

export interface DigestRow {
  startAt: number;
  endAt: number;
  allDay?: { startDate: string; endDate: string };
  subject: string;
  place?: string;
  joinUrl?: string;
  isTentative?: true;
  /** It overlaps another one. */
  clashes?: true;
}

export interface DigestFacts {
  /** "2026-12-01" */
  date: string;
  rows: DigestRow[];
  /** How many more there are. */
  more: number;
  conflicts: { earlier: string; later: string; startAt: number }[];
  /** Within working hours. */
  gaps: Span[];
  travel: { subject: string; leaveAt: number; travelMs: number; isRough: boolean }[];
  rsvp: RsvpNews[];
  /** Invitations without an answer. */
  unanswered: number;
  /** Of the week that begins. */
  week?: Weekday[];
}

interface Day {
  date: string;
  span: Span;
  dueAt: number;
}

interface Scenery {
  input: PlanInput;
  /** Listed and not left out by choice. */
  chosen: CalendarEvent[];
  ways(): readonly Way[];
  /** As it may be shown. */
  subjectOf(event: CalendarEvent): string;
}

function dayOf(date: string, { settings, workingHours, timeZone }: PlanInput['person']): Day {
  const span = daySpan(date, timeZone);
  if (settings.digestAt !== 'auto') return { date, span, dueAt: instantOn(date, settings.digestAt, timeZone) };
  const begins = hoursOn(date, workingHours, timeZone)?.from ?? Number.NaN;
  // Hours that are kept in a zone far away may begin on another day of the person's.
  const isThatDay = span.from <= begins && begins < span.to;
  return { date, span, dueAt: isThatDay ? begins : instantOn(date, workingHours.start, timeZone) };
}

/** The same day by another zone's clock is the same day: who travels is told once. */
const isSaid = ({ span }: Day, { said }: PlanInput) =>
  said.some((one) => one.kind === 'digest' && Math.abs(one.startAt - span.from) < DAY_MS / 2);

/** When the one before was said; who heard none for long is told of what is new since their last working day. */
function newsSince(day: Day, { said, person }: PlanInput): number {
  const before = said.filter((one) => one.kind === 'digest').map((one) => one.saidAt);
  if (before.length > 0) return Math.max(...before);
  for (let back = 1; back <= 7; back += 1) {
    const date = addDays(day.date, -back);
    if (isWorkday(date, person.workingHours)) return dayOf(date, person).dueAt;
  }
  return day.dueAt - DAY_MS;
}

/** `shown` is the entry as it may be shown. */
function rowOf(shown: CalendarEvent, clashes: boolean): DigestRow {
  const { startAt, endAt, allDay, subject, place, joinUrl, response } = shown;
  const row: DigestRow = { startAt, endAt, subject: short(subject) };
  if (allDay) row.allDay = allDay;
  if (place) row.place = short(place.name);
  if (joinUrl && joinUrl.length <= LONGEST_LINK) row.joinUrl = joinUrl;
  if (response === 'tentative') row.isTentative = true;
  if (clashes) row.clashes = true;
  return row;
}

/** Series once: one answer is enough for all of it. */
function unansweredOf(chosen: CalendarEvent[], dueAt: number): number {
  const open = chosen.filter(
    (event) =>
      event.calendarId === '' &&
      !event.isOrganizer &&
      event.attendees.length > 0 &&
      (event.response === 'notResponded' || event.response === 'none') &&
      event.endAt > dueAt,
  );
  return new Set(open.map((event) => event.seriesMasterId ?? event.id)).size;
}

function travelOf(day: Day, entries: CalendarEvent[], { input, ways, subjectOf }: Scenery): DigestFacts['travel'] {
  const { travel, person } = input;
  if (travel.size === 0 || !entries.some((event) => event.place)) return [];
  const spareMs = person.settings.spareMinutes * MINUTE_MS;
  const ids = new Set(entries.filter((event) => event.startAt >= day.span.from).map((event) => event.id));
  return ways()
    .flatMap(({ event, leg }) => {
      const estimate = ids.has(event.id) ? travel.get(legKey(leg)) : undefined;
      if (!estimate) return [];
      const { durationMs, isRough } = estimate;
      const leaveAt = event.startAt - durationMs - spareMs;
      return [{ subject: subjectOf(event), leaveAt, travelMs: durationMs, isRough }];
    })
    .sort((a, b) => a.leaveAt - b.leaveAt || (a.subject < b.subject ? -1 : 1))
    .slice(0, MOST_LINES);
}

/** What is on from that moment until the day, or the night shift that began on it, is over. */
function entriesOn({ date, dueAt, span }: Day, chosen: CalendarEvent[], hours: Span | undefined): CalendarEvent[] {
  const rest = { from: dueAt, to: Math.max(span.to, hours?.to ?? 0) };
  const isOn = (event: CalendarEvent) =>
    event.allDay ? event.allDay.startDate <= date && date < event.allDay.endDate : touches(event, rest);
  return chosen.filter(isOn).sort(inOrder);
}

/** Undefined for a day that is not worth a message: nothing is on, and no week begins that has something. */
function factsOf(day: Day, scenery: Scenery): DigestFacts | undefined {
  const { input, chosen, subjectOf } = scenery;
  const { settings, timeZone, workingHours } = input.person;
  const { date, dueAt } = day;
  const hours = hoursOn(date, workingHours, timeZone);
  const entries = entriesOn(day, chosen, hours);
  const isFirst = settings.weekDigest && firstWorkdayOfWeek(date, workingHours) === date;
  const week = isFirst ? weekOf(date, input.person, chosen) : undefined;
  const isEmpty = entries.every((event) => event.allDay && event.showAs === 'free');
  if (isEmpty && !week?.some((one) => one.meetings > 0)) return undefined;
  const pairs = overlappingPairs(entries.filter(isCommitted), MOST_ROWS);
  const clashing = new Set(pairs.flat());
  const within = hours && { from: Math.max(hours.from, dueAt), to: hours.to };
  return {
    date,
    rows: entries.slice(0, MOST_ROWS).map((event) => rowOf(disguised(event, settings), clashing.has(event))),
    more: Math.max(0, entries.length - MOST_ROWS),
    conflicts: pairs
      .slice(0, MOST_LINES)
      .map(([one, other]) => ({ earlier: subjectOf(one), later: subjectOf(other), startAt: other.startAt })),
    gaps: within ? gapsBetween(busySpans(entries, within, timeZone), within, LEAST_GAP_MS).slice(0, MOST_LINES) : [],
    travel: travelOf(day, entries, scenery),
    rsvp: rsvpNews(input, newsSince(day, input), dueAt, MOST_LINES),
    unanswered: unansweredOf(chosen, dueAt),
    ...(week ? { week } : {}),
  };
}

/** The one that is due and not yet said, and the next one. */
function daysToTell(input: PlanInput): Day[] {
  const { now, person } = input;
  const since = Math.max(person.watchSince, person.settings.digestSince);
  const today = dateOf(now, person.timeZone);
  const days: Day[] = [];
  for (let ahead = 0; ahead <= 2; ahead += 1) {
    const date = addDays(today, ahead);
    if (!isWorkday(date, person.workingHours)) continue;
    const day = dayOf(date, person);
    if (day.dueAt > now + AHEAD_MS) break;
    if (day.dueAt >= since && day.span.to > now && !isSaid(day, input)) days.push(day);
    if (day.dueAt > now) break;
  }
  return days;
}

export const digest: NudgeKind = {
  name: 'digest',
  title: 'Daily digest',
  explains: 'your day, at the beginning of each working day; the week on its first',
  words: ['digest', 'daily digest', 'digests'],
  isOnAtFirst: true,
  whenUnknown: 'never',
  inSilence: 'wait',
  plan(input) {
    const { settings } = input.person;
    const days = daysToTell(input);
    if (days.length === 0) return [];
    const scenery: Scenery = {
      input,
      chosen: input.events.filter((event) => isListed(event) && isChosen(event, settings)),
      subjectOf: (event) => short(disguised(event, settings).subject),
      ways: () => waysIn(input),
    };
    return days.flatMap((day): Nudge[] => {
      const facts = factsOf(day, scenery);
      if (!facts) return [];
      return [
        {
          kind: 'digest',
          eventId: '',
          startAt: day.span.from,
          leadMs: 0,
          mark: day.date,
          earliestAt: day.dueAt,
          dueAt: day.dueAt,
          // Late is better than never, until the day is over.
          deadlineAt: day.span.to,
          facts: facts as unknown as Nudge['facts'],
        },
      ];
    });
  },
  stillStands: () => true,
};
