/** A week of one person's calendar as the page draws it: everything on that person's wall clock. */
import type { CalendarStoreApi, OwnCalendar, ViewedEvent } from '../graph/store-api.ts';
import type { SandboxPerson } from '../world.ts';
import { agendaOf } from './join-block.ts';
import { addDays, dateOf, ianaZone, instantOf, mondayOf, timeOf, wallOf } from './wall-clock.ts';

/** What Exchange writes as the place of an online meeting without one. */
const ONLINE_PLACE = 'Microsoft Teams Meeting';

/** `bodyText` is the agenda alone. Times are wall-clock; an all-day event's `end` is the midnight after its last day. */
export interface WeekEvent extends Omit<ViewedEvent, 'startAt' | 'endAt' | 'type'> {
  kind: ViewedEvent['type'];
  start: string;
  end: string;
}

export interface Week {
  person: string;
  /** The person's own ones, and the id of the one shown. */
  calendars: OwnCalendar[];
  calendar: string;
  /** The mailbox's own name for its zone, to be sent back with writes, and the IANA name for the browser's Intl. */
  zone: { name: string; iana: string };
  now: number;
  today: string;
  /** Seven dates from Monday on. */
  days: string[];
  events: WeekEvent[];
}

const DAY_MS = 86_400_000;

/**
 * An all-day event is a matter of dates, stored as midnights of whatever zone it was made in: read it in the zone in
 * which it is one.
 */
function allDayZone(event: ViewedEvent, mailboxZone: string): string {
  const zones = [mailboxZone, ianaZone(event.timeZone), 'UTC'];
  return zones.find((zone) => timeOf(wallOf(event.startAt, zone)) === '00:00') ?? mailboxZone;
}

export function weekEvent(event: ViewedEvent, mailboxZone: string): WeekEvent {
  const { startAt, endAt, type, bodyText, ...rest } = event;
  const zone = event.isAllDay ? allDayZone(event, mailboxZone) : mailboxZone;
  return {
    ...rest,
    kind: type,
    start: wallOf(startAt, zone),
    end: wallOf(endAt, zone),
    location: event.location === ONLINE_PLACE ? '' : event.location,
    bodyText: agendaOf(bodyText),
  };
}

function touches(event: WeekEvent, firstDay: string, dayAfter: string): boolean {
  const isInstant = event.start === event.end;
  const lastsInto = isInstant ? event.end >= `${firstDay}T00:00` : event.end > `${firstDay}T00:00`;
  return dateOf(event.start) < dayAfter && lastsInto;
}

/** Of a calendar (the default one, if it isn't there) the week with `date`; without one, the current week there. */
export function buildWeek(
  store: CalendarStoreApi,
  person: SandboxPerson,
  now: number,
  which: { date?: string; calendar?: string } = {},
): Week {
  const { date } = which;
  const calendars = store.calendars(person);
  const calendar = (calendars.find((one) => one.id === which.calendar) ?? calendars[0])?.id ?? '';
  const iana = ianaZone(person.mailboxTimeZone);
  const today = dateOf(wallOf(now, iana));
  const monday = mondayOf(date ?? today);
  const dayAfter = addDays(monday, 7);
  // A day of slack on both sides: all-day events of other zones begin up to 14 hours off.
  const from = instantOf(`${monday}T00:00`, iana) - DAY_MS;
  const to = instantOf(`${dayAfter}T00:00`, iana) + DAY_MS;
  const events = store
    .view(person, from, to, calendar)
    .map((event) => weekEvent(event, iana))
    .filter((event) => touches(event, monday, dayAfter))
    .sort((a, b) => a.start.localeCompare(b.start) || b.end.localeCompare(a.end) || a.id.localeCompare(b.id));
  const days = Array.from({ length: 7 }, (_, index) => addDays(monday, index));
  const zone = { name: person.mailboxTimeZone, iana };
  return { person: person.oid, calendars, calendar, zone, now, today, days, events };
}
