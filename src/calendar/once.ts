/** A meeting that is in several watched calendars (mine, and my manager's that I watch too) is planned once. */
import type { CalendarEvent } from './event.ts';

/** The entry of the default calendar stands for the others; without one, the first. Order is kept. */
export function once(events: CalendarEvent[]): CalendarEvent[] {
  const keyOf = (event: CalendarEvent) => (event.uid ? `${event.uid} ${event.startAt}` : event.id);
  const chosen = new Map<string, CalendarEvent>();
  for (const event of events) {
    const known = chosen.get(keyOf(event));
    if (!known || (known.calendarId !== '' && event.calendarId === '')) chosen.set(keyOf(event), event);
  }
  return events.filter((event) => chosen.get(keyOf(event)) === event);
}
