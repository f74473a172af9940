/** Which ways a day asks for: from where somebody was before to where the next meeting is. Pure. */
import {
  type CalendarEvent,
  type Coordinates,
  type NamedPlace,
  type Place,
  takesPlaceForMe,
} from '../calendar/event.ts';
import { hoursOn, type WorkingHours } from '../calendar/working-hours.ts';
import { addDays, dateOf } from '../calendar/zone.ts';
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
  /** Occurrences that are joined online although they have a place, by `occurrenceKey`. */
  online?: ReadonlySet<string>;
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

/** A person's own places by all that they are called, in lower case. */
export function placeNames(places: Places): Map<string, NamedPlace> {
  const named = Object.entries(places);
  // A name that somebody gave is surer than words that describe it.
  return new Map([
    ...named.map(([, place]): [string, NamedPlace] => [keyOf(place.label), place]),
    ...named.map(([name, place]): [string, NamedPlace] => [keyOf(name), place]),
  ]);
}

/**
 * Where a meeting is. Only Outlook's own windows store coordinates; a place that is merely named is looked up among the
 * person's own places, then among their other meetings, by its name or address, then among the addresses that were found.
 */
function locator(events: readonly CalendarEvent[], { places, spots }: Scene): Locate {
  let known: Map<string, Coordinates> | undefined;
  return (event) => {
    if (!event.place || event.place.coordinates) return event.place?.coordinates;
    known ??= new Map([...placesKnown(events), ...placeNames(places)]);
    for (const key of keysOf(event.place)) {
      const spot = known.get(key);
      if (spot) return spot;
    }
    return spots?.get(addressOf(event) ?? '');
  };
}

const keysOf = ({ name, address }: Place) => [name, address].flatMap((words) => (words ? [keyOf(words)] : []));

/** The last of several that have one name is surest. */
function placesKnown(events: readonly CalendarEvent[]): [string, Coordinates][] {
  const placed = events.filter((event) => event.place?.coordinates);
  return placed
    .sort((a, b) => a.startAt - b.startAt || (a.id < b.id ? -1 : 1))
    .flatMap(({ place }) =>
      place?.coordinates
        ? keysOf(place).map((key): [string, Coordinates] => [key, place.coordinates as Coordinates])
        : [],
    );
}

export interface Placed {
  event: CalendarEvent;
  at: Coordinates;
  /** On the person's clock. */
  date: string;
}

/** The last to end comes last; of two that end together, the one that began later. */
const byEnd = ({ event: a }: Placed, { event: b }: Placed) =>
  a.endAt - b.endAt || a.startAt - b.startAt || (a.id < b.id ? 1 : -1);

/** The last meeting of that day that had a place and is over before this one starts; of those in order of their end. */
function placedBefore(event: CalendarEvent, ended: readonly Placed[]): Placed | undefined {
  let [low, high] = [0, ended.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ended[middle]?.event.endAt ?? 0) <= event.startAt) low = middle + 1;
    else high = middle;
  }
  // One without a length is over when it begins.
  return ended[low - 1]?.event.id === event.id ? ended[low - 2] : ended[low - 1];
}

/** They are at work, and have been for a while: in the shift of that day, or the one of the night before. */
function isAtWork(instant: number, { timeZone, workingHours }: Scene): boolean {
  const today = dateOf(instant, workingHours.timeZone ?? timeZone);
  return [today, addDays(today, -1)].some((date) => {
    const hours = hoursOn(date, workingHours, timeZone);
    return hours && hours.from + STRAIGHT_FROM_HOME_MS < instant && instant <= hours.to + HOME_AGAIN_MS;
  });
}

/** From where somebody sets out who had no place to be before: by the hour of the day, and the days that they work. */
function base(event: CalendarEvent, scene: Scene): NamedPlace | undefined {
  const { home, office } = scene.places;
  return isAtWork(event.startAt, scene) ? (office ?? home) : (home ?? office);
}

const spotOf = ({ latitude, longitude }: Coordinates): Coordinates => ({ latitude, longitude });

export const occurrenceKey = ({ id, startAt }: Pick<CalendarEvent, 'id' | 'startAt'>): string => `${id} ${startAt}`;

/** Meetings that take place for somebody, and are somewhere; by the person's days. */
export function placedIn(events: readonly CalendarEvent[], scene: Scene): Placed[] {
  const locate = locator(events, scene);
  return events.flatMap((event): Placed[] => {
    if (!event.place || !takesPlaceForMe(event) || scene.online?.has(occurrenceKey(event))) return [];
    const at = locate(event);
    return at ? [{ event, at, date: dateOf(event.startAt, scene.timeZone) }] : [];
  });
}

export function waysBetween(placed: readonly Placed[], scene: Scene): Way[] {
  const byDay = new Map<string, Placed[]>();
  for (const one of placed) {
    const known = byDay.get(one.date);
    if (known) known.push(one);
    else byDay.set(one.date, [one]);
  }
  const ways: Way[] = [];
  for (const sameDay of byDay.values()) {
    const ended = [...sameDay].sort(byEnd);
    for (const { event, at } of sameDay) {
      const before = placedBefore(event, ended);
      const own = before ? undefined : base(event, scene);
      const from = before?.at ?? own;
      if (!from || distanceM(from, at) < NEAR_M) continue;
      const leg: Leg = { from: spotOf(from), to: spotOf(at), by: scene.by, arriveAt: event.startAt };
      const fromName = before?.event.place?.name ?? own?.label ?? '';
      ways.push({ event, fromName, ...(before ? { before: before.event } : {}), leg });
    }
  }
  return ways;
}

export const waysOf = (events: readonly CalendarEvent[], scene: Scene): Way[] =>
  waysBetween(placedIn(events, scene), scene);

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
