/** Which meetings that one has promised to attend overlap a span. Pure; O(log n) for each that is found. */
import type { CalendarEvent } from '../calendar/event.ts';
import type { Span } from './nudge.ts';
import { overlapsAmong } from './overlaps.ts';

/**
 * A meeting that the person organises or accepted, at which they can't be elsewhere. What has no length (a note to
 * oneself) keeps nobody from anything.
 */
export function isCommitted(event: CalendarEvent): boolean {
  return (
    event.type !== 'master' &&
    event.calendarId === '' &&
    !event.isCancelled &&
    !event.isDraft &&
    !event.allDay &&
    event.showAs !== 'free' &&
    event.endAt > event.startAt &&
    (event.response === 'organizer' || event.response === 'accepted')
  );
}

const bySoonest = (a: CalendarEvent, b: CalendarEvent) => a.startAt - b.startAt || (a.id < b.id ? -1 : 1);

/** Those that are promised at a time, soonest first, at most so many. */
export function promisedAmong(events: readonly CalendarEvent[]): (span: Span, most: number) => CalendarEvent[] {
  const promised = events.filter(isCommitted).sort(bySoonest);
  const overlapping = overlapsAmong(promised.map((event) => ({ from: event.startAt, to: event.endAt, event })));
  return (span, most) => overlapping(span, most).map((one) => one.event);
}
