/**
 * Generated calendars of one room, and two ways to the conflicts in them: the product's, which looks at what changed, and a
 * brute-force one, which compares every booking with every other.
 */
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { bookingOf } from '../../src/rooms/bookings.ts';
import { conflictsWith, equaliseConflicts } from '../../src/rooms/conflicts.ts';
import type { Booking, RoomConflict } from '../../src/rooms/types.ts';
import type { Chance } from '../simulation/chance.ts';
import { DAY, HOUR, MINUTE, meeting } from '../support/events.ts';

const ROOM = { roomId: 'room', zone: 'Europe/Berlin' };
/** Clocks change within three weeks of it. */
const START = Date.UTC(2026, 9, 12, 6);

const booked = (chance: Chance, id: string, more: Partial<CalendarEvent>): CalendarEvent =>
  meeting({
    id,
    response:
      chance.pick(['accepted', 'accepted', 'accepted', 'none', 'tentative', 'notResponded'] as const) ?? 'accepted',
    organizer: { name: 'Somebody', address: `p${chance.whole(1, 9)}@test.example` },
    ...more,
  });

const dayName = (instant: number) => new Date(instant).toISOString().slice(0, 10);

/** What is in the room's calendar by now, and what the next read of it brings. */
export class RoomCalendar {
  readonly events = new Map<string, CalendarEvent>();
  now = START;
  private count = 0;

  constructor(private readonly chance: Chance) {}

  private newId(prefix: string): string {
    this.count += 1;
    // Not in the order of their making, so that ties are not broken by it.
    return `${prefix}-${this.chance.whole(100, 999)}-${this.count}`;
  }

  private time(): { startAt: number; endAt: number } {
    const startAt = START + this.chance.whole(0, 9) * DAY + this.chance.whole(0, 20) * 30 * MINUTE;
    return { startAt, endAt: startAt + this.chance.whole(1, 5) * 30 * MINUTE };
  }

  private add(): CalendarEvent[] {
    const createdAt = this.now - this.chance.whole(0, 3) * HOUR;
    const kind = this.chance.whole(0, 9);
    if (kind === 0) {
      const first = START + this.chance.whole(0, 8) * DAY;
      const allDay = { startDate: dayName(first), endDate: dayName(first + this.chance.whole(1, 3) * DAY) };
      const [startAt, endAt] = [Date.parse(allDay.startDate), Date.parse(allDay.endDate)];
      return [booked(this.chance, this.newId('day'), { startAt, endAt, allDay, createdAt })];
    }
    if (kind <= 4) return [booked(this.chance, this.newId('one'), { ...this.time(), createdAt })];
    const seriesMasterId = this.newId('series');
    const { startAt, endAt } = this.time();
    const every = this.chance.pick([DAY, 2 * DAY, 7 * DAY]) ?? DAY;
    const head = booked(this.chance, seriesMasterId, { startAt, endAt, createdAt, type: 'master' });
    return [
      head,
      ...Array.from({ length: this.chance.whole(2, 8) }, (_, index) => ({
        ...head,
        id: `${seriesMasterId}/${index}`,
        type: 'occurrence' as const,
        seriesMasterId,
        startAt: startAt + index * every,
        endAt: endAt + index * every,
      })),
    ];
  }

  private change(event: CalendarEvent): CalendarEvent {
    const { chance } = this;
    const type = event.type === 'occurrence' ? 'exception' : event.type;
    switch (chance.whole(0, 6)) {
      case 0:
        return { ...event, isCancelled: !event.isCancelled };
      case 1:
        return { ...event, response: event.response === 'accepted' ? 'declined' : 'accepted' };
      case 2:
        return { ...event, showAs: event.showAs === 'free' ? 'busy' : 'free' };
      case 3:
        return event.allDay ? event : { ...event, type, endAt: event.startAt + chance.whole(1, 6) * 15 * MINUTE };
      case 4:
        return { ...event, subject: `${event.subject}!` };
      default: {
        const { allDay: _, ...timed } = event;
        return { ...timed, type, ...this.time() };
      }
    }
  }

  /** One read: some things happened at once. */
  step(): { upserts: CalendarEvent[]; removals: CalendarEvent[] } {
    const { chance } = this;
    this.now += chance.pick([MINUTE, 10 * MINUTE, 5 * HOUR]) ?? MINUTE;
    const upserts = new Map<string, CalendarEvent>();
    const removals: CalendarEvent[] = [];
    for (let deeds = chance.whole(1, 4); deeds > 0; deeds -= 1) {
      const all = [...this.events.values()].filter((one) => one.type !== 'master');
      const [one] = all.length > 0 ? [chance.pick(all)] : [];
      const deed = chance.whole(0, 9);
      if (!one || deed < 4) for (const made of this.add()) upserts.set(made.id, made);
      else if (deed < 8) upserts.set(one.id, this.change(one));
      else {
        // An occurrence, or all of its series.
        const gone =
          deed === 8 || !one.seriesMasterId ? [one] : all.filter((it) => it.seriesMasterId === one.seriesMasterId);
        for (const it of gone) {
          upserts.delete(it.id);
          this.events.delete(it.id);
          removals.push(it);
        }
      }
      for (const [id, event] of upserts) this.events.set(id, event);
    }
    return { upserts: [...upserts.values()], removals };
  }
}

/** As the follower does it, without a database. */
export class Follows {
  readonly bookings = new Map<string, Booking>();
  open: RoomConflict[] = [];

  read({ upserts, removals }: ReturnType<RoomCalendar['step']>, now: number): void {
    const touched = new Set<string>();
    for (const { id } of removals) if (this.bookings.delete(id)) touched.add(id);
    for (const event of upserts) {
      const known = this.bookings.get(event.id);
      const made = bookingOf(event, ROOM, known, now);
      if (made) this.bookings.set(event.id, made);
      else this.bookings.delete(event.id);
      const isSame = made?.startAt === known?.startAt && made?.endAt === known?.endAt && made?.state === known?.state;
      if (!isSame) touched.add(event.id);
    }
    const found = conflictsWith([...this.bookings.values()], touched, now);
    this.open = equaliseConflicts(this.open, found, touched, now)
      .map((one) => one.conflict)
      .filter((one) => one.occurrences.length > 0);
  }
}

interface Held {
  id: string;
  key: string;
  startAt: number;
  endAt: number;
  since: number;
}

/** Every pair, from the calendar as it is; it remembers nothing but since when each is at its time. */
export class BruteForce {
  private held = new Map<string, Held>();
  /** Also of those that hold nothing just now. */
  pairs: string[] = [];

  look(events: ReadonlyMap<string, CalendarEvent>, now: number): void {
    const held = new Map<string, Held>();
    const asked = new Set<string>();
    for (const event of events.values()) {
      const isNothing =
        event.type === 'master' || event.isCancelled || event.showAs === 'free' || event.response === 'declined';
      if (isNothing) continue;
      if (event.response === 'tentative' || event.response === 'notResponded') asked.add(event.id);
      const offset = (date: string) => {
        // Berlin: summer time until 2026-10-25.
        const midnight = Date.parse(`${date}T00:00:00Z`);
        return midnight - (date <= '2026-10-25' ? 2 : 1) * HOUR;
      };
      const startAt = event.allDay ? offset(event.allDay.startDate) : event.startAt;
      const endAt = event.allDay ? offset(event.allDay.endDate) : event.endAt;
      const was = this.held.get(event.id);
      const isWithin = was !== undefined && startAt >= was.startAt && endAt <= was.endAt;
      const since = was ? (isWithin ? was.since : now) : Math.min(now, event.createdAt ?? now);
      held.set(event.id, { id: event.id, key: event.seriesMasterId ?? event.id, startAt, endAt, since });
    }
    this.held = held;
    const all = [...held.values()].filter((one) => !asked.has(one.id));
    this.pairs = all
      .flatMap((one, index) =>
        all.slice(index + 1).flatMap((other) => {
          const [from, to] = [Math.max(one.startAt, other.startAt), Math.min(one.endAt, other.endAt)];
          if (from >= to || to <= now || one.key === other.key) return [];
          const isFirst = one.since === other.since ? one.key < other.key : one.since < other.since;
          const [first, second] = isFirst ? [one, other] : [other, one];
          return [`${first.key}|${second.key}|${first.id}|${second.id}|${from}|${to}`];
        }),
      )
      .sort();
  }
}

export const pairsOf = (open: readonly RoomConflict[]): string[] =>
  open
    .flatMap(({ firstKey, secondKey, occurrences }) =>
      occurrences.map((one) => `${firstKey}|${secondKey}|${one.firstId}|${one.secondId}|${one.startAt}|${one.endAt}`),
    )
    .sort();

export interface Compared {
  /** Pairs that were compared. */
  pairs: number;
  /** In words; none is right. */
  differences: string[];
}

/** One calendar from its first entry on. */
export function compareOnce(chance: Chance, steps: number): Compared {
  const calendar = new RoomCalendar(chance);
  const follows = new Follows();
  const brute = new BruteForce();
  let pairs = 0;
  for (let step = 0; step < steps; step += 1) {
    follows.read(calendar.step(), calendar.now);
    brute.look(calendar.events, calendar.now);
    const found = pairsOf(follows.open);
    pairs += brute.pairs.length;
    const missing = brute.pairs.filter((one) => !found.includes(one));
    const wrong = found.filter((one) => !brute.pairs.includes(one));
    // One that is found twice is wrong too.
    if (missing.length + wrong.length > 0 || found.length !== brute.pairs.length)
      return { pairs, differences: [`step ${step}: not found ${missing.join(' ')}; wrong ${wrong.join(' ')}`] };
  }
  return { pairs, differences: [] };
}
