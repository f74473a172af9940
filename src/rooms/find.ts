/** Finding a room, and how it stands with all of them. Pure; search.ts brings what the database knows. */
import { distanceM } from '../travel/rough.ts';
import type { BoardBuilding, BoardRoom, Booking, Found, Room, Wish } from './types.ts';

/** As bad as one seat too many. */
const METRES_A_SEAT = 50;
/** Rooms of which nobody said how many fit in come after those that fit. */
const UNKNOWN_SEATS = 25;
/** Beyond this a hall is a hall. */
const MOST_SPARE_SEATS = 60;
/** Where it is, nobody said. */
const UNKNOWN_WAY = 200;
const OTHER_BUILDING = 500;
/** What is not asked for may be needed by others. */
const SPARE_FEATURE = 0.5;

const same = (one: string, other: string) => one.trim().toLowerCase() === other.trim().toLowerCase();

/** "300 m away", "2.4 km away" */
export function distanceWords(metres: number): string {
  if (metres < 950) return `${Math.max(50, Math.round(metres / 50) * 50)} m away`;
  return `${metres < 9_500 ? (metres / 1_000).toFixed(1) : Math.round(metres / 1_000)} km away`;
}

function fits(room: Room, wish: Wish): boolean {
  if (room.capacity !== null && room.capacity < wish.people) return false;
  if (wish.building !== undefined && !same(room.building, wish.building)) return false;
  return wish.features.every((feature) => room.features.includes(feature));
}

function rate(room: Room, wish: Wish): Found {
  const spare = room.capacity === null ? UNKNOWN_SEATS : Math.min(MOST_SPARE_SEATS, room.capacity - wish.people);
  const metres = wish.near && room.coordinates ? distanceM(wish.near, room.coordinates) : undefined;
  const way = wish.near ? (metres === undefined ? UNKNOWN_WAY : metres / METRES_A_SEAT) : 0;
  const isElsewhere = wish.preferBuilding !== undefined && !same(room.building, wish.preferBuilding);
  const others = room.features.filter((feature) => !wish.features.includes(feature)).length;
  return {
    room,
    score: spare + way + (isElsewhere ? OTHER_BUILDING : 0) + others * SPARE_FEATURE,
    why: [
      ...(room.capacity === null ? [] : [room.capacity === 1 ? '1 seat' : `${room.capacity} seats`]),
      ...(metres === undefined ? [] : [distanceWords(metres)]),
      ...(wish.preferBuilding !== undefined && !isElsewhere && room.building ? ['same building'] : []),
      ...wish.features,
    ],
  };
}

/** The best first. @param taken ids of the rooms that are held or asked for in that time */
export function findRooms(wish: Wish, rooms: readonly Room[], taken: ReadonlySet<string>, most = 10): Found[] {
  return rooms
    .filter((room) => !taken.has(room.roomId) && fits(room, wish))
    .map((room) => rate(room, wish))
    .sort(
      (a, b) =>
        a.score - b.score || a.room.name.localeCompare(b.room.name, 'en') || (a.room.roomId < b.room.roomId ? -1 : 1),
    )
    .slice(0, most);
}

/** Until when those that follow each other without a gap last. */
function endOfChain(bookings: readonly Booking[], from: number): number {
  let end = from;
  for (const one of bookings) {
    if (one.startAt > end) break;
    end = Math.max(end, one.endAt);
  }
  return end;
}

function boardRoom(room: Room, bookings: readonly Booking[], now: number): BoardRoom {
  const [taken] = bookings.filter((one) => one.startAt <= now && one.endAt > now);
  if (taken) return { room, taken, until: endOfChain(bookings, now) };
  const next = bookings.find((one) => one.startAt > now);
  return { room, ...(next ? { until: next.startAt } : {}) };
}

export function byRoom<T extends Pick<Booking, 'roomId'>>(bookings: readonly T[]): Map<string, T[]> {
  const rooms = new Map<string, T[]>();
  for (const one of bookings) {
    const list = rooms.get(one.roomId);
    if (list) list.push(one);
    else rooms.set(one.roomId, [one]);
  }
  return rooms;
}

const byName = new Intl.Collator('en', { numeric: true });

/** By building and name. @param bookings that overlap [now, as far as is looked), of all rooms; asked ones count */
export function board(rooms: readonly Room[], bookings: readonly Booking[], now: number): BoardBuilding[] {
  const of = byRoom(bookings);
  const buildings = new Map<string, BoardRoom[]>();
  for (const room of [...rooms].sort((a, b) => byName.compare(a.name, b.name) || (a.roomId < b.roomId ? -1 : 1))) {
    const own = (of.get(room.roomId) ?? []).filter((one) => one.endAt > now).sort((a, b) => a.startAt - b.startAt);
    const list = buildings.get(room.building) ?? [];
    list.push(boardRoom(room, own, now));
    buildings.set(room.building, list);
  }
  return [...buildings]
    .sort(([a], [b]) => byName.compare(a, b))
    .map(([building, list]) => ({ building, free: list.filter((one) => !one.taken).length, rooms: list }));
}
