/**
 * The calendar as a person uses it: what the sandbox's calendar page calls. Every write goes through the same path as
 * a write over HTTP, so it reaches attendees, rooms, change logs and subscribers alike.
 *
 * Failures are thrown as `GraphError`, with the status and code that Graph would answer.
 */
import type { Event } from '@microsoft/microsoft-graph-types';

export { GraphError } from './errors.ts';

/** The person on whose behalf the calendar is used. */
export interface CalendarActor {
  tenantId: string;
  oid: string;
}

/** Whoever organises a meeting without having a calendar here. */
export interface OutsideOrganizer {
  name: string;
  address: string;
}

/** One line of a calendar as a person sees it, times as epoch milliseconds. */
export interface ViewedEvent {
  id: string;
  type: 'singleInstance' | 'occurrence' | 'exception';
  seriesMasterId?: string;
  subject: string;
  startAt: number;
  endAt: number;
  isAllDay: boolean;
  isCancelled: boolean;
  isOrganizer: boolean;
  organizer: { name: string; address: string };
  attendees: { name: string; address: string; type: 'required' | 'optional' | 'resource'; response: string }[];
  response: string;
  location: string;
  isOnline: boolean;
  joinUrl?: string;
  showAs: string;
  sensitivity: string;
  bodyText: string;
  /** The body says more than nothing, the join block of an online meeting apart. */
  hasAgenda: boolean;
  categories: string[];
  timeZone: string;
}

/** Which events of a series a write is meant for; `occurrence` is the default. */
export type WriteScope = 'occurrence' | 'series';

/** A calendar of one's own. */
export interface OwnCalendar {
  id: string;
  name: string;
  isDefault: boolean;
}

export interface CalendarStoreApi {
  /** The own calendars, the default one first; not those that others share. */
  calendars(actor: CalendarActor): OwnCalendar[];
  /** Returns the id of the new calendar. */
  addCalendar(actor: CalendarActor, name: string): string;
  /** Lets `reader` see the default calendar of `actor` among their own. Returns its id there. */
  shareCalendar(actor: CalendarActor, reader: CalendarActor): string;
  /** Of all own calendars, or of the one with this id. */
  view(actor: CalendarActor, fromAt: number, toAt: number, calendarId?: string): ViewedEvent[];
  /** Takes Graph JSON; a series answers with its first occurrence. Without an id, in the default calendar. */
  create(actor: CalendarActor, event: Event, calendarId?: string): ViewedEvent;
  /**
   * Straight into a room's calendar, past its policy, as whoever has rights there can. Of a person of the world it is
   * in their calendar too; of somebody with name and address in the room's alone; without either the room's own.
   * Accepted without anybody being asked; answers with the room's line.
   */
  writeIntoRoom(room: CalendarActor, event: Event, organizer?: CalendarActor | OutsideOrganizer): ViewedEvent;
  update(actor: CalendarActor, eventId: string, patch: Partial<Event>, scope?: WriteScope): ViewedEvent;
  /** By the organiser: cancels towards attendees, or deletes where there are none. */
  cancel(actor: CalendarActor, eventId: string, comment: string, scope?: WriteScope): void;
  remove(actor: CalendarActor, eventId: string, scope?: WriteScope): void;
  respond(
    actor: CalendarActor,
    eventId: string,
    answer: 'accept' | 'decline' | 'tentativelyAccept',
    comment?: string,
    scope?: WriteScope,
  ): void;
  /** Calls `listener` with the oid of each mailbox that changed; returns how to stop. */
  onChange(listener: (mailboxOid: string) => void): () => void;
}
