/** What rooms are used for: by room, hour and weekday; what releases won back; meetings too large or too small. Pure. */
import { addDays, dateOf, instantOn, weekdayOf } from '../calendar/zone.ts';
import { HOUR_MS } from '../clock.ts';
import type { Span } from '../nudges/nudge.ts';
import { byRoom } from './find.ts';
import type { Booking, CheckIn, Room } from './types.ts';

/** Of which the use is a share; hours of the wall clock, Monday to Friday. */
export interface WorkingTime {
  fromHour: number;
  toHour: number;
  /** 0 is Sunday. */
  weekdays: readonly number[];
}

export const USUAL_TIME: WorkingTime = { fromHour: 8, toHour: 18, weekdays: [1, 2, 3, 4, 5] };

export interface RoomUse {
  room: Room;
  meetings: number;
  /** Within working hours; overlaps count once. */
  usedMs: number;
  /** Of the working hours, 0 to 1. */
  share: number;
  releases: number;
  wonBackMs: number;
  /** More people than seats. */
  tooLarge: number;
  /** Under a third of the seats taken. */
  tooSmall: number;
}

export interface RoomReport {
  span: Span;
  zone: string;
  working: WorkingTime;
  /** Most used first. */
  rooms: RoomUse[];
  /** heat[weekday][hour], 0 is Sunday: share of the rooms' time that was used, 0 to 1; of the wall clock of `zone`. */
  heat: number[][];
  total: Omit<RoomUse, 'room'>;
}

/** Overlapping and touching spans become one; sorted. */
function joined(spans: readonly Span[]): Span[] {
  const all: Span[] = [];
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    const last = all.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else all.push({ from, to });
  }
  return all;
}

interface Hour extends Span {
  weekday: number;
  hour: number;
  isWorking: boolean;
}

/** Each hour of the wall clock in the span. Where clocks change, one lasts no time at all, or two hours. */
function hoursOf(span: Span, zone: string, working: WorkingTime): Hour[] {
  const hours: Hour[] = [];
  const last = dateOf(span.to - 1, zone);
  for (let date = dateOf(span.from, zone); date !== '' && date <= last; date = addDays(date, 1)) {
    const weekday = weekdayOf(date);
    for (let hour = 0; hour < 24; hour += 1) {
      const from = Math.max(span.from, instantOn(date, `${String(hour).padStart(2, '0')}:00`, zone));
      const next =
        hour === 23
          ? instantOn(addDays(date, 1), '00:00', zone)
          : instantOn(date, `${String(hour + 1).padStart(2, '0')}:00`, zone);
      const to = Math.min(span.to, next);
      const isWorking = working.weekdays.includes(weekday) && hour >= working.fromHour && hour < working.toHour;
      if (to > from) hours.push({ from, to, weekday, hour, isWorking });
    }
  }
  return hours;
}

/** Adds what each hour was used; both are sorted, so each is gone through once. */
function addUse(used: readonly Span[], hours: readonly Hour[], add: (hour: Hour, ms: number) => void): void {
  let index = 0;
  for (const { from, to } of used) {
    while (index > 0 && (hours[index]?.from ?? Number.POSITIVE_INFINITY) > from) index -= 1;
    for (let hour = hours[index]; hour && hour.from < to; index += 1, hour = hours[index]) {
      const ms = Math.min(to, hour.to) - Math.max(from, hour.from);
      if (ms > 0) add(hour, ms);
    }
  }
}

const THIRD = 1 / 3;

/** @param bookings that overlap the span; `checkIns`: of the span */
export function roomReport(
  rooms: readonly Room[],
  bookings: readonly Booking[],
  checkIns: readonly CheckIn[],
  within: { span: Span; zone: string; working?: WorkingTime },
): RoomReport {
  const { span, zone, working = USUAL_TIME } = within;
  const hours = hoursOf(span, zone, working);
  const workMs = hours.reduce((sum, one) => sum + (one.isWorking ? one.to - one.from : 0), 0);
  const heatMs = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0));
  const timeMs = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0));
  const put = (table: number[][], { weekday, hour }: Hour, ms: number) => {
    const row = table[weekday] as number[];
    row[hour] = (row[hour] as number) + ms;
  };
  for (const hour of hours) put(timeMs, hour, (hour.to - hour.from) * rooms.length);
  const held = byRoom(bookings.filter((one) => one.state === 'held' && one.startAt < span.to && one.endAt > span.from));
  const released = byRoom(checkIns.filter((one) => one.state === 'released'));
  const uses = rooms.map((room): RoomUse => {
    const own = held.get(room.roomId) ?? [];
    const spans = joined(
      own.map((one) => ({ from: Math.max(span.from, one.startAt), to: Math.min(span.to, one.endAt) })),
    );
    let usedMs = 0;
    addUse(spans, hours, (hour, ms) => {
      put(heatMs, hour, ms);
      if (hour.isWorking) usedMs += ms;
    });
    const back = released.get(room.roomId) ?? [];
    const seats = room.capacity;
    return {
      room,
      meetings: own.length,
      usedMs,
      share: workMs === 0 ? 0 : usedMs / workMs,
      releases: back.length,
      wonBackMs: back.reduce(
        (sum, one) => sum + Math.max(0, one.endAt - Math.max(one.startAt, one.settledAt ?? one.releaseAt)),
        0,
      ),
      tooLarge: seats === null ? 0 : own.filter((one) => one.size > seats).length,
      tooSmall: seats === null ? 0 : own.filter((one) => one.organizer !== '' && one.size < seats * THIRD).length,
    };
  });
  uses.sort((a, b) => b.share - a.share || (a.room.name < b.room.name ? -1 : Number(a.room.name > b.room.name)));
  const sum = (pick: (use: RoomUse) => number) => uses.reduce((total, use) => total + pick(use), 0);
  const usedMs = sum((use) => use.usedMs);
  return {
    span,
    zone,
    working,
    rooms: uses,
    heat: heatMs.map((row, weekday) =>
      row.map((ms, hour) => {
        const all = timeMs[weekday]?.[hour] ?? 0;
        return all === 0 ? 0 : ms / all;
      }),
    ),
    total: {
      meetings: sum((use) => use.meetings),
      usedMs,
      share: workMs * rooms.length === 0 ? 0 : usedMs / (workMs * rooms.length),
      releases: sum((use) => use.releases),
      wonBackMs: sum((use) => use.wonBackMs),
      tooLarge: sum((use) => use.tooLarge),
      tooSmall: sum((use) => use.tooSmall),
    },
  };
}

const hoursIn = (ms: number) => Math.round((ms / HOUR_MS) * 100) / 100;

/** For a CSV file; the first row says what the columns are. */
export function reportRows(report: RoomReport): (string | number)[][] {
  const header = [
    'Room',
    'Address',
    'Building',
    'Floor',
    'Seats',
    'Meetings',
    'Hours used',
    'Share of working hours',
    'Releases',
  ];
  const more = ['Hours won back', 'More people than seats', 'Under a third of the seats'];
  return [
    [...header, ...more],
    ...report.rooms.map((use) => [
      use.room.name,
      use.room.address,
      use.room.building,
      use.room.floor,
      use.room.capacity ?? '',
      use.meetings,
      hoursIn(use.usedMs),
      Math.round(use.share * 1_000) / 1_000,
      use.releases,
      hoursIn(use.wonBackMs),
      use.tooLarge,
      use.tooSmall,
    ]),
  ];
}
