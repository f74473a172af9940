/**
 * A calendar entry as this product thinks of it: instants in UTC, people and places reduced to what features need.
 * Source: Microsoft Graph's `event` (normalise.ts makes one from the other).
 */
import { dateOf } from './zone.ts';

export interface Party {
  name: string;
  /** SMTP address, lower case. */
  address: string;
}

export interface Attendee extends Party {
  type: 'required' | 'optional' | 'resource';
  response: Response;
}

/** Graph's responseStatus, with "tentativelyAccepted" shortened. */
export type Response = 'none' | 'organizer' | 'tentative' | 'accepted' | 'declined' | 'notResponded';

export interface Coordinates {
  latitude: number;
  longitude: number;
}

/** A place that a person keeps: office, home. */
export interface NamedPlace extends Coordinates {
  label: string;
}

export interface Place {
  name: string;
  address?: string;
  coordinates?: Coordinates;
  isRoom: boolean;
}

export interface CalendarEvent {
  /** Immutable id in its mailbox. */
  id: string;
  calendarId: string;
  /** The same in every calendar that has this entry (iCalUId); of an occurrence that of its series. */
  uid?: string;
  type: 'single' | 'occurrence' | 'exception' | 'master';
  seriesMasterId?: string;
  /** Of an exception: when its occurrence would have started. */
  originalStartAt?: number;
  subject: string;
  /** Milliseconds since the epoch. For an all-day event: midnight UTC of its first day; use `allDay` instead. */
  startAt: number;
  endAt: number;
  /** Dates as the calendar shows them ("2026-12-01"); `endDate` is the day after the last. */
  allDay?: { startDate: string; endDate: string };
  isCancelled: boolean;
  isDraft: boolean;
  isOrganizer: boolean;
  response: Response;
  showAs: 'free' | 'tentative' | 'busy' | 'oof' | 'workingElsewhere' | 'unknown';
  sensitivity: 'normal' | 'personal' | 'private' | 'confidential';
  organizer: Party;
  attendees: Attendee[];
  place?: Place;
  isOnline: boolean;
  joinUrl?: string;
  /** The body without join block and signature: the first lines, for cards. Empty: nobody wrote an agenda. */
  agenda: string[];
  /** A hash of all that was written, so that a change below the first lines is seen too. */
  bodyMark?: string;
  /** Files hang on it; which ones Outlook alone shows. */
  hasAttachments?: true;
  /** Outlook's categories; undefined where there are none (or the entry was read before they were kept). */
  categories?: string[];
  reminderMinutes?: number;
  webLink?: string;
  changeKey: string;
  /** The reader's own address, where it is known (sync/write-plan.ts): not one of the others. Never stored. */
  myAddress?: string;
  /** When the entry (or its series) was made; undefined where Graph doesn't say. */
  createdAt?: number;
}

/** A meeting with somebody else in it; rooms don't count. */
export function hasOthers(event: CalendarEvent): boolean {
  return event.attendees.some((one) => one.type !== 'resource' && one.address !== event.organizer.address);
}

/** All-day entries are dates: they belong to a day by its name, not by an instant. `zone` is the reader's. */
export function isOnDay(event: CalendarEvent, date: string, zone: string): boolean {
  if (event.allDay) return event.allDay.startDate <= date && date < event.allDay.endDate;
  // The last moment is the one before the end, unless the entry has no length.
  const lastMoment = Math.max(event.startAt, event.endAt - 1);
  return dateOf(event.startAt, zone) <= date && date <= dateOf(lastMoment, zone);
}

/** Not for reminding: declined, cancelled, a draft, all-day, or a series' head. */
export function takesPlaceForMe(event: CalendarEvent): boolean {
  return (
    event.type !== 'master' && !event.isCancelled && !event.isDraft && !event.allDay && event.response !== 'declined'
  );
}
