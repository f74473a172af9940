/** Both organisers hear of a double booking: who keeps the room, and what is free instead for whoever doesn't. */
import { hash } from 'node:crypto';
import type { CalendarEvent } from '../calendar/event.ts';
import { isPrivate } from '../calendar/private.ts';
import { bookingsWithIds } from '../store/bookings.ts';
import type { Sql } from '../store/database.ts';
import { eventsWithIds } from '../store/events.ts';
import { hasHeard } from '../store/nudges.ts';
import { saveConflicts } from '../store/room-conflicts.ts';
import { type Equalised, markOf } from './conflicts.ts';
import type { CollidingOccurrence, RoomConflictFacts } from './facts.ts';
import { searchRooms } from './search.ts';
import { heardAt, mailId, noticeId, type RoomScene, type Tellers, tell, untell, type Way, waysTo } from './tell.ts';
import type { Booking, Overlap, Room, RoomConflict, StoredConflict } from './types.ts';
import { conflictMail } from './words.ts';

export const ROOM_CONFLICT = 'roomConflict';

const MOST_SHOWN = 5;
const MOST_ALTERNATIVES = 3;
/** A settled one is news for this long. */
const SETTLED_LIFE_MS = 12 * 60 * 60_000;

type Side = 'first' | 'second';

const wordOf = (conflictId: string, told: string, side: Side) => ({
  kind: ROOM_CONFLICT,
  id: hash('sha256', JSON.stringify([conflictId, told, side]), 'base64url').slice(0, 22),
});

interface Known {
  room: Room;
  bookings: Map<string, Booking>;
  events: Map<string, CalendarEvent>;
  /** Bookings that are there no more. */
  gone: ReadonlySet<string>;
  wayTo: (address: string) => Way;
}

/** An organiser that is the same person on both sides hears one word. */
const isOneParty = (one: Booking | undefined, other: Booking | undefined) =>
  one !== undefined && other !== undefined && one.organizer !== '' && one.organizer === other.organizer;

async function alternativesTo(sql: Sql, scene: RoomScene, room: Room, booking: Booking) {
  const { building } = room;
  const wish = {
    span: { from: booking.startAt, to: booking.endAt },
    people: booking.size,
    ...(building ? { preferBuilding: building } : {}),
    ...(room.coordinates ? { near: room.coordinates } : {}),
  };
  const look = (features: string[]) =>
    searchRooms(sql, scene.tenantId, { ...wish, features }, MOST_ALTERNATIVES, new Set([room.roomId]));
  const alike = await look(room.features);
  // A tag that no other room has ("quiet") is no reason to offer nothing.
  const found = alike.length > 0 || room.features.length === 0 ? alike : await look([]);
  return found.map(({ room: { roomId, name }, why }) => ({ roomId, name, why: why.join(', ') }));
}

async function occurrencesFor(
  sql: Sql,
  scene: RoomScene,
  known: Known,
  { side, shown }: { side: RoomConflictFacts['side']; shown: Overlap[] },
): Promise<CollidingOccurrence[]> {
  const all: CollidingOccurrence[] = [];
  for (const one of shown) {
    const own = known.bookings.get(side === 'first' ? one.firstId : one.secondId);
    const { startAt, endAt } = own ?? one;
    const alternatives = own && side !== 'first' ? await alternativesTo(sql, scene, known.room, own) : [];
    all.push({ eventId: own?.eventId ?? one.secondId, startAt, endAt, alternatives });
  }
  return all;
}

function subjectOf(event: CalendarEvent | undefined): string {
  if (!event || isPrivate(event)) return '';
  // Exchange puts the organiser's name in the place of a subject that rooms don't keep.
  return event.subject.trim() === event.organizer.name ? '' : event.subject;
}

async function tellSide(
  sql: Sql,
  scene: RoomScene,
  known: Known,
  one: { conflict: RoomConflict; before: StoredConflict | undefined; told: string; side: Side },
  now: number,
): Promise<void> {
  const { conflict, before, told, side } = one;
  const { conflictId, occurrences } = conflict;
  // Of what is settled the occurrences of before say whose they were.
  const [sample] = occurrences.length > 0 ? occurrences : (before?.occurrences ?? []);
  const [first, second] = [known.bookings.get(sample?.firstId ?? ''), known.bookings.get(sample?.secondId ?? '')];
  const [mine, theirs] = side === 'first' ? [first, second] : [second, first];
  const isBoth = isOneParty(first, second);
  if (!mine || (isBoth && side === 'first')) return;
  // Whoever gave up has nothing left to keep.
  if (occurrences.length === 0 && known.gone.has(mine.eventId)) return;
  const way = known.wayTo(mine.organizer);
  if (way.by === 'nobody') return;
  if (before?.told) {
    const earlier = wordOf(conflictId, before.told, side);
    for (const id of [noticeId(earlier), mailId(earlier)])
      await untell(sql, scene.tenantId, id, 'it is another one now', now);
  }
  if (occurrences.length === 0 && way.by === 'chat') {
    const { tenantId } = scene;
    if (!(await hasHeard(sql, tenantId, way.person.personId, ROOM_CONFLICT, { conflictId }))) return;
  }
  const shown = occurrences.slice(0, MOST_SHOWN);
  const actual = isBoth ? 'both' : side;
  const facts: RoomConflictFacts = {
    conflictId,
    roomId: scene.roomId,
    room: known.room.name,
    ...(known.room.building ? { building: known.room.building } : {}),
    side: actual,
    subject: subjectOf(known.events.get(mine.eventId)),
    other: theirs?.organizerName || theirs?.organizer || '',
    occurrences: await occurrencesFor(sql, scene, known, { side: actual, shown }),
    more: occurrences.length - shown.length,
    isSeries: mine.seriesId !== null,
  };
  const last = occurrences.at(-1);
  const deadlineAt = last ? last.endAt : now + SETTLED_LIFE_MS;
  const soonest = occurrences[0]?.startAt ?? deadlineAt;
  const dueAt = way.by === 'chat' ? heardAt(way.person, now, soonest) : now;
  const word = { ...wordOf(conflictId, told, side), facts, dueAt, deadlineAt, mail: conflictMail(facts, scene.zone) };
  await tell(sql, scene, way, word, now);
}

/** Two that changed places are one matter: that it is settled the other way round is not said. */
function withoutTurned(all: Equalised[]): Equalised[] {
  const open = new Set(
    all
      .filter((one) => one.conflict.occurrences.length > 0)
      .map(({ conflict }) => `${conflict.firstKey} ${conflict.secondKey}`),
  );
  return all.filter(
    ({ conflict }) => conflict.occurrences.length > 0 || !open.has(`${conflict.secondKey} ${conflict.firstKey}`),
  );
}

/**
 * Stores what is open by now and tells what is news of it. What only went by is no news.
 * @param gone bookings that are there no more, as they were
 */
export async function tellConflicts(
  sql: Sql,
  scene: RoomScene,
  found: { room: Room; tellers: Tellers; equalised: Equalised[]; stored: StoredConflict[]; gone: readonly Booking[] },
  now: number,
): Promise<void> {
  const { room, tellers, equalised, stored, gone } = found;
  const told = new Map(stored.map((one) => [one.conflictId, one]));
  const saved = equalised.map(({ conflict, isNews }) => ({
    ...conflict,
    told: isNews ? `${markOf(conflict.occurrences)}@${now}` : (told.get(conflict.conflictId)?.told ?? ''),
  }));
  await saveConflicts(sql, scene.tenantId, saved, now);
  const news = withoutTurned(equalised.filter((one) => one.isNews));
  if (news.length === 0) return;
  const ids = news.flatMap(({ conflict }) =>
    [
      ...conflict.occurrences.slice(0, MOST_SHOWN),
      ...(told.get(conflict.conflictId)?.occurrences.slice(0, 1) ?? []),
    ].flatMap((one) => [one.firstId, one.secondId]),
  );
  const { tenantId, roomId } = scene;
  const bookings = [...gone, ...(await bookingsWithIds(sql, tenantId, roomId, [...new Set(ids)]))];
  const events = await eventsWithIds(sql, tenantId, roomId, [...new Set(ids)]);
  const known: Known = {
    room,
    bookings: new Map(bookings.map((one) => [one.eventId, one])),
    events: new Map(events.map((one) => [one.id, one])),
    gone: new Set(gone.map((one) => one.eventId)),
    wayTo: await waysTo(
      sql,
      scene,
      tellers,
      bookings.map((one) => one.organizer),
    ),
  };
  const marks = new Map(saved.map((one) => [one.conflictId, one.told]));
  for (const { conflict } of news) {
    const before = told.get(conflict.conflictId);
    const mark = marks.get(conflict.conflictId) ?? '';
    for (const side of ['first', 'second'] as const)
      await tellSide(sql, scene, known, { conflict, before, told: mark, side }, now);
  }
}
