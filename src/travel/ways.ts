/** Which ways a day asks for: from where somebody was before to where the next meeting is. Pure. */
import { type CalendarEvent, type Coordinates, type NamedPlace, takesPlaceForMe } from '../calendar/event.ts';
import type { WorkingHours } from '../calendar/working-hours.ts';
import { dateOf } from '../calendar/zone.ts';
import type { Leg, Places, TravelMode } from './port.ts';
import { distanceM } from './rough.ts';

/** What ways depend on beside the meetings. */
export interface Scene {
  /** IANA */
  timeZone: string;
  workingHours: WorkingHours;
  places: Places;
  by: TravelMode;
}

export interface Way {
  event: CalendarEvent;
  fromName: string;
  leg: Leg;
}

/** Below this, one is there already. */
const NEAR_M = 400;

type Locate = (event: CalendarEvent) => Coordinates | undefined;

/**
 * Where a meeting is. Only Outlook's own windows store coordinates; a place that is merely named is looked up among the
 * person's other meetings, by its name or address.
 */
function locator(events: CalendarEvent[]): Locate {
  const known = new Map<string, Coordinates>();
  const keysOf = ({ place }: CalendarEvent) =>
    [place?.name, place?.address].flatMap((words) => (words ? [words.trim().toLowerCase()] : []));
  for (const event of [...events].sort((a, b) => a.startAt - b.startAt || (a.id < b.id ? -1 : 1)))
    if (event.place?.coordinates) for (const key of keysOf(event)) known.set(key, event.place.coordinates);
  return (event) => event.place?.coordinates ?? keysOf(event).flatMap((key) => known.get(key) ?? [])[0];
}

/** The last meeting of that day that had a place and is over before this one starts. */
function placedBefore(event: CalendarEvent, sameDay: CalendarEvent[], locate: Locate): CalendarEvent | undefined {
  return sameDay
    .filter((one) => one.id !== event.id && one.endAt <= event.startAt && locate(one))
    .sort((a, b) => b.endAt - a.endAt || b.startAt - a.startAt || (a.id < b.id ? -1 : 1))[0];
}

export function waysOf(events: CalendarEvent[], { timeZone, places, by }: Scene): Way[] {
  const { office } = places;
  const locate = locator(events);
  const attended = events.filter(takesPlaceForMe);
  const byDay = new Map<string, CalendarEvent[]>();
  for (const event of attended) {
    const day = dateOf(event.startAt, timeZone);
    byDay.set(day, [...(byDay.get(day) ?? []), event]);
  }
  const ways: Way[] = [];
  for (const sameDay of byDay.values()) {
    for (const event of sameDay) {
      const to = locate(event);
      if (!to) continue;
      const before = placedBefore(event, sameDay, locate);
      const from = before ? locate(before) : office;
      if (!from || distanceM(from, to) < NEAR_M) continue;
      const leg: Leg = {
        from: { latitude: from.latitude, longitude: from.longitude },
        to: { latitude: to.latitude, longitude: to.longitude },
        by,
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
    // The head of a series stands beside its occurrences; it would count twice in one view and not in another.
    if (event.type === 'master') continue;
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
