/** From an entry of a room's calendar to its booking. Pure. */
import type { CalendarEvent } from '../calendar/event.ts';
import { instantOn } from '../calendar/zone.ts';
import type { Booking, BookingState } from './types.ts';

/** A million people fit nowhere. */
const MOST_PEOPLE = 100_000;

/** Declined, free and cancelled entries hold nothing. */
export function stateOf(event: CalendarEvent): BookingState | undefined {
  if (event.type === 'master' || event.isCancelled || event.isDraft || event.showAs === 'free') return undefined;
  if (event.response === 'declined') return undefined;
  if (event.response === 'notResponded' || event.response === 'tentative') return 'asked';
  // 'none' is an entry that somebody wrote into the room's calendar: nobody asked the room.
  return 'held';
}

/** All-day entries are dates: of the room's own zone. */
export const spanIn = (event: CalendarEvent, zone: string): { startAt: number; endAt: number } =>
  event.allDay
    ? {
        startAt: instantOn(event.allDay.startDate, '00:00', zone),
        endAt: instantOn(event.allDay.endDate, '00:00', zone),
      }
    : { startAt: event.startAt, endAt: event.endAt };

/** The organiser among them, whether or not they are named as a guest. */
export function sizeOf(event: CalendarEvent): number {
  const people = new Set(event.attendees.filter((one) => one.type !== 'resource').map((one) => one.address));
  if (event.organizer.address !== '') people.add(event.organizer.address);
  return Math.min(MOST_PEOPLE, Math.max(1, people.size));
}

type Known = Pick<Booking, 'startAt' | 'endAt' | 'heldSince'>;

/**
 * Since when it is at this time. Seen for the first time: since it was made. One that moved, or grew, took what it did not
 * have: since now. One that became shorter, or accepted later, keeps its place in the queue.
 */
function heldSinceOf(
  span: { startAt: number; endAt: number },
  event: CalendarEvent,
  known: Known | undefined,
  now: number,
) {
  if (!known) return Math.min(now, event.createdAt ?? now);
  const isWithin = span.startAt >= known.startAt && span.endAt <= known.endAt;
  return isWithin ? known.heldSince : now;
}

/** Undefined: it holds nothing. @param zone the room's, IANA */
export function bookingOf(
  event: CalendarEvent,
  room: { roomId: string; zone: string },
  known: Known | undefined,
  now: number,
): Booking | undefined {
  const state = stateOf(event);
  const span = spanIn(event, room.zone);
  if (!state || !(span.endAt > span.startAt)) return undefined;
  return {
    roomId: room.roomId,
    eventId: event.id,
    seriesId: event.seriesMasterId ?? null,
    ...span,
    state,
    heldSince: heldSinceOf(span, event, known, now),
    organizer: event.organizer.address,
    organizerName: event.organizer.name,
    size: sizeOf(event),
  };
}

/** What conflicts and strikes are about: the series, or the entry by itself. */
export const keyOf = (booking: Pick<Booking, 'eventId' | 'seriesId'>): string => booking.seriesId ?? booking.eventId;
