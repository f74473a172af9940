/** Which of somebody's own meetings a room is for. Pure. */
import { type CalendarEvent, takesPlaceForMe } from '../calendar/event.ts';
import { isPrivate } from '../calendar/private.ts';
import { HOUR_MS, MINUTE_MS } from '../clock.ts';
import type { Span } from '../nudges/nudge.ts';

/** A meeting that begins so much before what was said is meant all the same. */
const ABOUT_MS = 10 * MINUTE_MS;
const LONGEST_MS = 8 * HOUR_MS;

/** Of a private one the replica has no guests, so that nobody could tell whether the room accepted. */
const canHaveRoom = (event: CalendarEvent) =>
  takesPlaceForMe(event) && event.isOrganizer && event.calendarId === '' && !isPrivate(event);

export const hasRoom = (event: CalendarEvent): boolean =>
  event.attendees.some((one) => one.type === 'resource' && one.response !== 'declined');

const inOrder = (a: CalendarEvent, b: CalendarEvent) => a.startAt - b.startAt || (a.id < b.id ? -1 : 1);

/** The one that takes place then and has no room. */
export function meetingAt(events: readonly CalendarEvent[], span: Span, now: number): CalendarEvent | undefined {
  return events
    .filter(
      (one) =>
        canHaveRoom(one) &&
        !hasRoom(one) &&
        one.endAt > now &&
        one.endAt - one.startAt <= LONGEST_MS &&
        one.startAt >= span.from - ABOUT_MS &&
        one.startAt < span.to,
    )
    .sort(inOrder)[0];
}

/** By words of its subject; 'next': the next one without a room. Meetings that the person organises. */
export function meetingCalled(words: string, events: readonly CalendarEvent[], now: number): CalendarEvent | undefined {
  const ahead = events.filter((one) => canHaveRoom(one) && one.endAt > now).sort(inOrder);
  if (words === 'next') return ahead.find((one) => !hasRoom(one) && one.startAt > now);
  const parts = words.toLowerCase().split(/\s+/);
  const called = ahead.filter((one) => parts.every((part) => one.subject.toLowerCase().includes(part)));
  return called.find((one) => !hasRoom(one)) ?? called[0];
}

/** "every standup", "all of the standups"; tried where no meeting is called so as it stands ("All hands"). */
const WHOLE =
  /^(?:all(?: of)?|every|each|(?:whole|entire)(?: series of)?|series of)\s+(?:my\s+|the\s+|our\s+)?(.+?)(?:\s+(?:series|meetings))?$|^(.+?)\s+(?:series|meetings)$/u;

/** The next one of a series that is meant as a whole. */
export function seriesCalled(words: string, events: readonly CalendarEvent[], now: number): CalendarEvent | undefined {
  const found = WHOLE.exec(words.toLowerCase());
  const name = found?.[1] ?? found?.[2];
  if (name === undefined) return undefined;
  const inSeries = events.filter((one) => one.seriesMasterId);
  return meetingCalled(name, inSeries, now) ?? meetingCalled(name.replace(/s$/, ''), inSeries, now);
}

const isOwnPrivate = (event: CalendarEvent) => takesPlaceForMe(event) && event.isOrganizer && isPrivate(event);

/** One of those that nothing can be put into. */
export const hasPrivateOne = (events: readonly CalendarEvent[], span: Span): boolean =>
  events.some((one) => isOwnPrivate(one) && one.startAt < span.to && one.endAt > span.from);

export const peopleIn = (event: CalendarEvent): number =>
  new Set([
    ...event.attendees.filter((one) => one.type !== 'resource').map((one) => one.address),
    event.organizer.address,
  ]).size;
