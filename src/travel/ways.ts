/** Which ways a day asks for: from where somebody was before to where the next meeting is. Pure. */
import { type CalendarEvent, type Coordinates, type NamedPlace, takesPlaceForMe } from '../calendar/event.ts';
import { hoursOn, type WorkingHours } from '../calendar/working-hours.ts';
import { dateOf } from '../calendar/zone.ts';
import { HOUR_MS, MINUTE_MS } from '../clock.ts';
import type { Leg, Places, TravelMode } from './port.ts';
import { distanceM } from './rough.ts';

/** What ways depend on beside the meetings. */
export interface Scene {
  /** IANA */
  timeZone: string;
  workingHours: WorkingHours;
  places: Places;
  by: TravelMode;
  /** Where addresses are that came without coordinates, by `addressOf`. */
  spots?: ReadonlyMap<string, Coordinates>;
}

export interface Way {
  event: CalendarEvent;
  fromName: string;
  /** Where they come from, when not from a place of their own. */
  before?: CalendarEvent;
  leg: Leg;
}

/** Below this, one is there already. */
const NEAR_M = 400;
/** Who begins later than this after their hours do has gone to work before. */
const STRAIGHT_FROM_HOME_MS = 90 * MINUTE_MS;
/** Who has something on later than this after their hours was home in between. */
const HOME_AGAIN_MS = HOUR_MS;

type Locate = (event: CalendarEvent) => Coordinates | undefined;

const keyOf = (words: string) => words.trim().toLowerCase();

/** What names the place of a meeting, as a key; undefined where it needs no looking up, or looks like no address. */
export function addressOf({ place, joinUrl }: CalendarEvent): string | undefined {
  if (!place || place.isRoom || place.coordinates) return undefined;
  const words = keyOf(place.address || place.name);
  // "Room 4" and "Teams" are found everywhere; an address has a number or a comma, and more than one word.
  const isAddress = /\s/.test(words) && /[\d,]/.test(words) && words.length >= 8 && words.length <= 200;
  return isAddress && !/https?:|\bteams\b|\bzoom\b/.test(words) && !(joinUrl && !place.address) ? words : undefined;
}

/**
 * Where a meeting is. Only Outlook's own windows store coordinates; a place that is merely named is looked up among the
 * person's own places, then among their other meetings, by its name or address, then among the addresses that were found.
 */
function locator(events: CalendarEvent[], { places, spots }: Scene): Locate {
  const known = new Map<string, Coordinates>();
  const keysOf = ({ place }: CalendarEvent) =>
    [place?.name, place?.address].flatMap((words) => (words ? [keyOf(words)] : []));
  const placed = events.filter((event) => event.place?.coordinates);
  for (const event of placed.sort((a, b) => a.startAt - b.startAt || (a.id < b.id ? -1 : 1)))
    if (event.place?.coordinates) for (const key of keysOf(event)) known.set(key, event.place.coordinates);
  for (const [name, place] of Object.entries(places)) {
    known.set(keyOf(name), place);
    known.set(keyOf(place.label), place);
  }
  return (event) => {
    if (!event.place || event.place.coordinates) return event.place?.coordinates;
    const named = keysOf(event).flatMap((key) => known.get(key) ?? [])[0];
    return named ?? spots?.get(addressOf(event) ?? '');
  };
}

interface Placed {
  event: CalendarEvent;
  at: Coordinates;
}

/** The last meeting of that day that had a place and is over before this one starts. */
function placedBefore(event: CalendarEvent, sameDay: Placed[]): Placed | undefined {
  let last: Placed | undefined;
  for (const one of sameDay) {
    if (one.event.id === event.id || one.event.endAt > event.startAt) continue;
    const [a, b] = [one.event, last?.event];
    const isLater =
      !b ||
      a.endAt > b.endAt ||
      (a.endAt === b.endAt && (a.startAt > b.startAt || (a.startAt === b.startAt && a.id < b.id)));
    if (isLater) last = one;
  }
  return last;
}

/** From where somebody sets out who had no place to be before: by the hour of the day, and the days that they work. */
function base(event: CalendarEvent, date: string, { timeZone, workingHours, places }: Scene): NamedPlace | undefined {
  const hours = hoursOn(date, workingHours, timeZone);
  const isFromHome =
    !hours || event.startAt <= hours.from + STRAIGHT_FROM_HOME_MS || event.startAt >= hours.to + HOME_AGAIN_MS;
  return isFromHome ? (places.home ?? places.office) : (places.office ?? places.home);
}

const spotOf = ({ latitude, longitude }: Coordinates): Coordinates => ({ latitude, longitude });

export function waysOf(events: CalendarEvent[], scene: Scene): Way[] {
  const locate = locator(events, scene);
  const byDay = new Map<string, Placed[]>();
  for (const event of events) {
    const at = takesPlaceForMe(event) ? locate(event) : undefined;
    if (!at) continue;
    const day = dateOf(event.startAt, scene.timeZone);
    const known = byDay.get(day);
    if (known) known.push({ event, at });
    else byDay.set(day, [{ event, at }]);
  }
  const ways: Way[] = [];
  for (const [date, sameDay] of byDay) {
    for (const { event, at } of sameDay) {
      const before = placedBefore(event, sameDay);
      const own = before ? undefined : base(event, date, scene);
      const from = before?.at ?? own;
      if (!from || distanceM(from, at) < NEAR_M) continue;
      const leg: Leg = { from: spotOf(from), to: spotOf(at), by: scene.by, arriveAt: event.startAt };
      const fromName = before?.event.place?.name ?? own?.label ?? '';
      ways.push({ event, fromName, ...(before ? { before: before.event } : {}), leg });
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
