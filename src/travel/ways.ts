/** Which ways a day asks for: from where somebody was before to where the next meeting is. Pure. */
import { type CalendarEvent, type Coordinates, takesPlaceForMe } from '../calendar/event.ts';
import { dateOf } from '../calendar/zone.ts';
import type { NamedPlace } from '../nudges/nudge.ts';
import type { Leg } from './port.ts';
import { distanceM } from './rough.ts';

export interface Way {
  event: CalendarEvent;
  fromName: string;
  leg: Leg;
}

/** Below this, one is there already. */
const NEAR_M = 400;

function coordinatesOf(event: CalendarEvent): Coordinates | undefined {
  return event.place?.coordinates;
}

/** The last meeting of that day that had a place and is over before this one starts. */
function placedBefore(event: CalendarEvent, sameDay: CalendarEvent[]): CalendarEvent | undefined {
  return sameDay
    .filter((one) => one.id !== event.id && one.endAt <= event.startAt && coordinatesOf(one))
    .sort((a, b) => b.endAt - a.endAt || b.startAt - a.startAt || (a.id < b.id ? -1 : 1))[0];
}

export function waysOf(events: CalendarEvent[], timeZone: string, office: NamedPlace | undefined): Way[] {
  const attended = events.filter(takesPlaceForMe);
  const byDay = new Map<string, CalendarEvent[]>();
  for (const event of attended) {
    const day = dateOf(event.startAt, timeZone);
    byDay.set(day, [...(byDay.get(day) ?? []), event]);
  }
  const ways: Way[] = [];
  for (const sameDay of byDay.values()) {
    for (const event of sameDay) {
      const to = coordinatesOf(event);
      if (!to) continue;
      const before = placedBefore(event, sameDay);
      const from = before ? coordinatesOf(before) : office;
      if (!from || distanceM(from, to) < NEAR_M) continue;
      const leg: Leg = {
        from: { latitude: from.latitude, longitude: from.longitude },
        to: { latitude: to.latitude, longitude: to.longitude },
        arriveAt: event.startAt,
      };
      ways.push({ event, fromName: before?.place?.name ?? office?.label ?? '', leg });
    }
  }
  return ways;
}

/**
 * Where somebody works, when they never said: the spot where most of their meetings in rooms are. Undefined without
 * any. `place office …` overrides it.
 */
export function guessOffice(events: CalendarEvent[]): NamedPlace | undefined {
  const spots = new Map<string, { count: number; place: NamedPlace }>();
  for (const event of events) {
    const spot = event.place?.isRoom ? event.place.coordinates : undefined;
    if (!spot || !event.place) continue;
    const key = `${spot.latitude.toFixed(3)},${spot.longitude.toFixed(3)}`;
    const seen = spots.get(key);
    if (seen) seen.count += 1;
    else
      spots.set(key, { count: 1, place: { label: 'the office', latitude: spot.latitude, longitude: spot.longitude } });
  }
  return [...spots.entries()].sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1))[0]?.[1].place;
}
