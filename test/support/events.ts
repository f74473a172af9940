/** Meetings for tests: everything filled in, so that a test says only what it is about. */
import type { Attendee, CalendarEvent, NamedPlace } from '../../src/calendar/event.ts';
import type { GraphEvent } from '../../src/calendar/normalise.ts';
import { USUAL_HOURS } from '../../src/calendar/working-hours.ts';
import type { PlanInput } from '../../src/nudges/nudge.ts';
import { type ChosenSettings, DEFAULT_SETTINGS } from '../../src/nudges/settings.ts';
import type { Scene } from '../../src/travel/ways.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** "2026-12-01 14:00" is an instant in UTC. */
export const utc = (text: string): number => Date.parse(`${text.replace(' ', 'T')}:00Z`);

/** A Tuesday, 08:00 in London, 09:00 in Berlin. */
export const NOW = utc('2026-12-01 08:00');

export const ANN = { name: 'Ann Organiser', address: 'ann@test.example' };

export function attendee(name: string, more: Partial<Attendee> = {}): Attendee {
  const address = `${name.toLowerCase().replace(/[^a-z]+/g, '.')}@test.example`;
  return { name, address, type: 'required', response: 'none', ...more };
}

/** An invitation from Ann, 30 minutes, today 14:00 UTC. */
export function meeting(more: Partial<CalendarEvent> = {}): CalendarEvent {
  const startAt = more.startAt ?? utc('2026-12-01 14:00');
  return {
    id: 'event-1',
    calendarId: '',
    type: 'single',
    subject: 'Planning',
    startAt,
    endAt: startAt + 30 * MINUTE,
    isCancelled: false,
    isDraft: false,
    isOrganizer: false,
    response: 'accepted',
    showAs: 'busy',
    sensitivity: 'normal',
    organizer: ANN,
    attendees: [attendee('Bob Guest')],
    isOnline: false,
    agenda: ['Budget'],
    changeKey: 'key-1',
    ...more,
  };
}

/** One that I organise, tomorrow, without an agenda. */
export const mine = (more: Partial<CalendarEvent> = {}): CalendarEvent =>
  meeting({ startAt: utc('2026-12-02 14:00'), isOrganizer: true, response: 'organizer', agenda: [], ...more });

export function allDay(startDate: string, endDate: string, more: Partial<CalendarEvent> = {}): CalendarEvent {
  const startAt = Date.parse(`${startDate}T00:00:00Z`);
  return meeting({
    startAt,
    endAt: Date.parse(`${endDate}T00:00:00Z`),
    allDay: { startDate, endDate },
    ...more,
  });
}

export const at = (name: string, latitude: number, longitude: number): CalendarEvent['place'] => ({
  name,
  coordinates: { latitude, longitude },
  isRoom: false,
});

export const HEADQUARTERS = { label: 'the office', latitude: 48.137, longitude: 11.575 };

type Given = Partial<Omit<PlanInput, 'person'>> & {
  person?: Partial<Omit<PlanInput['person'], 'settings'>> & { settings?: ChosenSettings };
};

export function planInput(more: Given = {}): PlanInput {
  const { person, ...rest } = more;
  const input: PlanInput = {
    now: NOW,
    person: {
      personId: 'person-1',
      isWatching: true,
      watchSince: NOW - 30 * DAY,
      timeZone: 'Europe/Berlin',
      places: {},
      workingHours: USUAL_HOURS,
      ...person,
      settings: { ...DEFAULT_SETTINGS, ...person?.settings },
    },
    events: [],
    changes: [],
    answers: [],
    said: [],
    ownWrites: new Set<string>(),
    colleagues: new Set<string>(),
    travel: new Map(),
    ...rest,
  };
  return input;
}

/** "2026-12-01T14:00:00.0000000" */
export const graphTime = (instant: number): { dateTime: string; timeZone: string } => ({
  dateTime: new Date(instant).toISOString().replace('Z', '0000'),
  timeZone: 'UTC',
});

/** As Graph sends it: a single entry, today 14:00 UTC. */
export function graphEvent(more: GraphEvent = {}): GraphEvent {
  return {
    id: 'event-1',
    type: 'singleInstance',
    subject: 'Planning',
    start: graphTime(utc('2026-12-01 14:00')),
    end: graphTime(utc('2026-12-01 14:30')),
    isAllDay: false,
    isCancelled: false,
    isDraft: false,
    isOrganizer: false,
    responseStatus: { response: 'accepted' },
    showAs: 'busy',
    sensitivity: 'normal',
    organizer: { emailAddress: { name: 'Ann Organiser', address: 'ann@test.example' } },
    attendees: [],
    body: { contentType: 'html', content: '<html><body>Budget</body></html>' },
    isReminderOn: true,
    reminderMinutesBeforeStart: 15,
    webLink: 'https://outlook.office365.com/calendar/item/1',
    changeKey: 'key-1',
    ...more,
  };
}

export const graphMaster = (more: GraphEvent = {}): GraphEvent =>
  graphEvent({ id: 'series', type: 'seriesMaster', subject: 'Weekly', ...more });

/** What calendarView/delta sends of an occurrence. */
export const skeleton = (id: string, startAt: number, seriesMasterId = 'series'): GraphEvent => ({
  id,
  type: 'occurrence',
  seriesMasterId,
  start: graphTime(startAt),
  end: graphTime(startAt + 30 * MINUTE),
});

export const removed = (id: string): GraphEvent => ({ id, '@removed': { reason: 'deleted' } });

/** The same things in another order, chosen by `seed`. */
export function shuffled<T>(list: readonly T[], seed: number): T[] {
  const left = [...list];
  const out: T[] = [];
  let state = seed >>> 0;
  while (left.length > 0) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    out.push(...left.splice(state % left.length, 1));
  }
  return out;
}

/** A way's surroundings: somebody with an office, going by car. */
export const scene = (office: NamedPlace | undefined, timeZone = 'Europe/Berlin'): Scene => ({
  timeZone,
  workingHours: USUAL_HOURS,
  places: office ? { office } : {},
  by: 'car',
});
