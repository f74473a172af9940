/** Where "near munich" is, and where somebody is next. Pure. */
import type { CalendarEvent, Coordinates, NamedPlace } from '../calendar/event.ts';
import { HOUR_MS } from '../clock.ts';
import type { Span } from '../nudges/nudge.ts';
import type { Room } from './types.ts';

export interface Nearby {
  /** Buildings that are meant: theirs come first. */
  buildings: string[];
  near?: Coordinates;
}

const MOST_BUILDINGS = 5;
/** Whoever was somewhere longer ago than this may be anywhere. */
const STAYS_MS = 2 * HOUR_MS;
const AHEAD_MS = 4 * HOUR_MS;

const lower = (text: string) => text.trim().toLowerCase();

export const buildingsOf = (rooms: readonly Room[]): string[] =>
  [...new Set(rooms.map((one) => one.building))].filter((name) => name !== '').sort();

/** Whole name first, then all that have the words in them. */
export function buildingsCalled(words: string, rooms: readonly Room[]): string[] {
  const wanted = lower(words);
  const all = buildingsOf(rooms);
  const same = all.filter((name) => lower(name) === wanted);
  if (same.length > 0) return same;
  const parts = wanted.split(/[\s,]+/).filter((part) => part !== '');
  return parts.length === 0 ? [] : all.filter((name) => parts.every((part) => lower(name).includes(part)));
}

function middleOf(rooms: readonly Room[]): Coordinates | undefined {
  const known = rooms.flatMap((one) => one.coordinates ?? []);
  if (known.length === 0) return undefined;
  const mean = (pick: (one: Coordinates) => number) => known.reduce((sum, one) => sum + pick(one), 0) / known.length;
  return { latitude: mean((one) => one.latitude), longitude: mean((one) => one.longitude) };
}

/** A place of the person's own, or buildings by their name; undefined: there is none called so. */
export function nearCalled(
  words: string,
  rooms: readonly Room[],
  places: Readonly<Record<string, NamedPlace>>,
): Nearby | undefined {
  const key = lower(words).replace(/^my /, '');
  const place = Object.hasOwn(places, key) ? places[key] : undefined;
  if (place) return { buildings: [], near: { latitude: place.latitude, longitude: place.longitude } };
  const buildings = buildingsCalled(words, rooms).slice(0, MOST_BUILDINGS);
  if (buildings.length === 0) return undefined;
  const near = middleOf(rooms.filter((one) => buildings.includes(one.building)));
  return { buildings, ...(near ? { near } : {}) };
}

function spotOf(
  event: CalendarEvent,
  byAddress: ReadonlyMap<string, Room>,
): { near: Coordinates } | { building: string } | undefined {
  if (event.place?.coordinates) return { near: event.place.coordinates };
  const rooms = event.attendees.flatMap((one) =>
    one.type === 'resource' && one.response !== 'declined' ? (byAddress.get(one.address) ?? []) : [],
  );
  const [room] = rooms;
  if (room?.coordinates) return { near: room.coordinates };
  return room?.building ? { building: room.building } : undefined;
}

/** What somebody attends next from then on says where they will be; else what they came from; else their office. */
export function whereNext(
  events: readonly CalendarEvent[],
  span: Span,
  rooms: readonly Room[],
  places: Readonly<Record<string, NamedPlace>>,
): { near?: Coordinates; preferBuilding?: string } {
  const byAddress = new Map(rooms.map((one) => [one.address, one]));
  const attended = events.filter(
    (one) => !one.isCancelled && !one.allDay && one.response !== 'declined' && one.type !== 'master',
  );
  const after = attended
    .filter((one) => one.startAt >= span.from && one.startAt < span.to + AHEAD_MS)
    .sort((a, b) => a.startAt - b.startAt);
  const before = attended
    .filter((one) => one.startAt < span.from && one.endAt > span.from - STAYS_MS)
    .sort((a, b) => b.endAt - a.endAt);
  for (const event of [...after, ...before]) {
    const spot = spotOf(event, byAddress);
    if (spot) return 'near' in spot ? { near: spot.near } : { preferBuilding: spot.building };
  }
  const { office } = places;
  return office ? { near: { latitude: office.latitude, longitude: office.longitude } } : {};
}
