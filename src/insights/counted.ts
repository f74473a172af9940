/** Which entries are meetings that count, and who is in them. The rules, in words: docs/metrics.md. Pure. */
import { type CalendarEvent, hasOthers, takesPlaceForMe } from '../calendar/event.ts';
import { isPrivate } from '../calendar/private.ts';
import { DAY_MS } from '../clock.ts';

/** Outlook shows what lasts so long among the all-day entries. */
const LONGEST_MS = DAY_MS;

/** Accepting what somebody else has arranged is meeting them, also where a private entry doesn't say whom. */
const isWithOthers = (event: CalendarEvent): boolean => hasOthers(event) || !event.isOrganizer;

/** In time, mine, with others, and I said that I come; whether it blocks my time is another question. */
function isPromised(event: CalendarEvent): boolean {
  const lengthMs = event.endAt - event.startAt;
  return (
    takesPlaceForMe(event) &&
    // Other calendars may be other people's; invitations to me are in my own.
    event.calendarId === '' &&
    lengthMs > 0 &&
    lengthMs < LONGEST_MS &&
    (event.isOrganizer || event.response === 'accepted') &&
    isWithOthers(event)
  );
}

export const isCounted = (event: CalendarEvent): boolean => event.showAs !== 'free' && isPromised(event);

export const isAcceptedButFree = (event: CalendarEvent): boolean =>
  event.showAs === 'free' && !event.isOrganizer && isPromised(event);

export const isRecurring = (event: CalendarEvent): boolean => event.seriesMasterId !== undefined;

export interface Someone {
  name: string;
  address: string;
}

/** Everybody who is invited and did not decline, the organiser and the reader among them; rooms are nobody. */
export function peopleIn(event: CalendarEvent): Someone[] {
  const people = new Map<string, Someone>();
  const { organizer } = event;
  if (organizer.address) people.set(organizer.address, { name: organizer.name, address: organizer.address });
  for (const { type, response, name, address } of event.attendees)
    if (type !== 'resource' && response !== 'declined' && !people.has(address)) people.set(address, { name, address });
  return [...people.values()];
}

/** Undefined where a private entry doesn't say. */
export const sizeOf = (event: CalendarEvent): number | undefined =>
  isPrivate(event) ? undefined : Math.max(2, peopleIn(event).length);

/** Nobody else is there, and nobody who declined was a third one to begin with. */
export function isOneToOne(event: CalendarEvent): boolean {
  if (isPrivate(event)) return false;
  const invited = new Set(event.attendees.filter((one) => one.type !== 'resource').map((one) => one.address));
  if (event.organizer.address) invited.add(event.organizer.address);
  return invited.size === 2 && peopleIn(event).length === 2;
}

/** Each entry once, whatever was handed in. */
export function distinct(events: readonly CalendarEvent[]): CalendarEvent[] {
  return [...new Map(events.map((event) => [event.id, event])).values()];
}
