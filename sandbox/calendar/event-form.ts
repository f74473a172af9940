/** What the page's form sends, and how it becomes the Graph JSON that the store takes. */
import type { Attendee, Event, Location, PatternedRecurrence } from '@microsoft/microsoft-graph-types';
import { z } from 'zod';
import { dateOf, isDate, weekdayOf } from './wall-clock.ts';

const wall = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d$/, 'A date or time is missing or not valid.')
  .refine((text) => isDate(dateOf(text)), 'A date is not valid.');

const attendee = z.object({
  name: z.string().trim().max(200).default(''),
  address: z.string().trim().max(320).email('One of the addresses is not valid.'),
  type: z.enum(['required', 'optional', 'resource']).default('required'),
});

const place = z.object({
  displayName: z.string().trim().max(300),
  street: z.string().max(300).optional(),
  latitude: z.number().min(-90).max(90).optional(),
  longitude: z.number().min(-180).max(180).optional(),
});

export const eventForm = z.object({
  subject: z.string().trim().max(255, 'The subject is too long.'),
  start: wall,
  end: wall,
  isAllDay: z.boolean(),
  attendees: z.array(attendee).max(500, 'Too many people: a meeting takes at most 500.'),
  place,
  isOnline: z.boolean(),
  agenda: z.string().max(50_000, 'The agenda is too long.'),
  recurrence: z.enum(['none', 'daily', 'weekdays', 'weekly']),
  showAs: z.enum(['free', 'tentative', 'busy', 'oof', 'workingElsewhere']),
  sensitivity: z.enum(['normal', 'private']),
  categories: z.array(z.string().max(100)).max(25),
});

export type EventForm = z.infer<typeof eventForm>;

/** Refused here and not in the store, because the page asks for one thing in two fields. */
function checkOrder(form: Partial<EventForm>): void {
  if (form.start === undefined || form.end === undefined) return;
  const isWrong = form.isAllDay ? dateOf(form.end) <= dateOf(form.start) : form.end <= form.start;
  if (isWrong) {
    throw new z.ZodError([{ code: 'custom', path: ['end'], message: 'The end must be after the start.' }]);
  }
}

function graphTime(text: string, isAllDay: boolean | undefined, timeZone: string) {
  return { dateTime: isAllDay ? `${dateOf(text)}T00:00:00` : `${text}:00`, timeZone };
}

function graphAttendee(person: EventForm['attendees'][number]): Attendee {
  return { type: person.type, emailAddress: { name: person.name || person.address, address: person.address } };
}

/** With coordinates where the place is a known one, as Outlook's location picker adds them. */
export function graphLocation(chosen: EventForm['place']): Location {
  const { displayName, street, latitude, longitude } = chosen;
  return {
    displayName,
    locationType: 'default',
    ...(street ? { address: { street } } : {}),
    ...(latitude !== undefined && longitude !== undefined ? { coordinates: { latitude, longitude } } : {}),
  };
}

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** An endless series from `startDate` on; undefined for a single event. */
export function graphRecurrence(
  kind: EventForm['recurrence'],
  startDate: string,
  timeZone: string,
): PatternedRecurrence | undefined {
  if (kind === 'none') return undefined;
  const range = { type: 'noEnd' as const, startDate, recurrenceTimeZone: timeZone };
  if (kind === 'daily') return { pattern: { type: 'daily', interval: 1 }, range };
  const daysOfWeek = kind === 'weekdays' ? DAYS.slice(0, 5) : [DAYS[weekdayOf(startDate)] ?? 'monday'];
  return { pattern: { type: 'weekly', interval: 1, daysOfWeek, firstDayOfWeek: 'monday' }, range };
}

/** Only the fields that the form carries: an edit must not overwrite what the person did not touch. */
export function graphEvent(form: Partial<EventForm>, timeZone: string): Event {
  checkOrder(form);
  const event: Event = {};
  if (form.subject !== undefined) event.subject = form.subject;
  if (form.isAllDay !== undefined) event.isAllDay = form.isAllDay;
  if (form.start !== undefined) event.start = graphTime(form.start, form.isAllDay, timeZone);
  if (form.end !== undefined) event.end = graphTime(form.end, form.isAllDay, timeZone);
  if (form.attendees !== undefined) event.attendees = form.attendees.map(graphAttendee);
  if (form.place !== undefined) event.location = graphLocation(form.place);
  if (form.isOnline) Object.assign(event, { isOnlineMeeting: true, onlineMeetingProvider: 'teamsForBusiness' });
  if (form.agenda !== undefined) event.body = { contentType: 'text', content: form.agenda };
  if (form.showAs !== undefined) event.showAs = form.showAs;
  if (form.sensitivity !== undefined) event.sensitivity = form.sensitivity;
  if (form.categories !== undefined) event.categories = form.categories;
  if (form.recurrence && form.start) {
    const recurrence = graphRecurrence(form.recurrence, dateOf(form.start), timeZone);
    if (recurrence) event.recurrence = recurrence;
  }
  return event;
}
