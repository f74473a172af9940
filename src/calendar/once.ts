/** A meeting that is in several watched calendars (mine, and my manager's that I watch too) is planned and told once. */
import type { CalendarEvent } from './event.ts';

/** How Outlook's iCalUIds begin; after it comes the day of an occurrence that stands for itself, or zeros (MS-OXOCAL). */
const OUTLOOK_UID = /^(040000008200e00074c5b7101a82e008)([0-9a-f]{8})/i;
const NO_DAY = '00000000';

/**
 * The same for one meeting in every calendar, also while one of them was read before it moved and the other after: a
 * polled calendar lags behind. An occurrence is its series on the day it was meant for.
 */
function identityOf(event: CalendarEvent): string {
  const { uid } = event;
  if (!uid) return event.id;
  const day = OUTLOOK_UID.exec(uid)?.[2] ?? NO_DAY;
  if (event.type === 'single' && day === NO_DAY) return uid;
  return `${uid.replace(OUTLOOK_UID, `$1${NO_DAY}`)} ${event.originalStartAt ?? event.startAt}`;
}

/** Of each meeting what is of one calendar: of the default one ('' comes first) where it is there. Order is kept. */
function ofOneCalendar<T>(all: T[], eventOf: (one: T) => CalendarEvent | undefined): T[] {
  const calendars = new Map<string, string>();
  for (const event of all.flatMap((one) => eventOf(one) ?? [])) {
    const known = calendars.get(identityOf(event));
    if (known === undefined || event.calendarId < known) calendars.set(identityOf(event), event.calendarId);
  }
  return all.filter((one) => {
    const event = eventOf(one);
    return !event || calendars.get(identityOf(event)) === event.calendarId;
  });
}

export const once = (events: CalendarEvent[]): CalendarEvent[] => ofOneCalendar(events, (event) => event);

/** The same for what happened to them. */
export const onceChanged = <T extends { before?: CalendarEvent; after?: CalendarEvent }>(changes: T[]): T[] =>
  ofOneCalendar(changes, ({ before, after }) => before ?? after);
