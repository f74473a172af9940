/**
 * Goes along with the mailboxes of rooms: their bookings are made equal to the replica, double bookings are found and told,
 * and check-ins are planned, all in the transaction that wrote the replica.
 */
import type { CalendarEvent } from '../calendar/event.ts';
import { HOUR_MS } from '../clock.ts';
import { readPolicy } from '../nudges/settings.ts';
import { bookingsIn, bookingsWithIds, deleteBookings, writeBookings } from '../store/bookings.ts';
import { checkInsSince } from '../store/check-ins.ts';
import type { Sql } from '../store/database.ts';
import { watchingAmong } from '../store/people.ts';
import { openConflictsOf } from '../store/room-conflicts.ts';
import { findRoom } from '../store/rooms.ts';
import type { Follower, Written } from '../sync/follower.ts';
import { type Asking, equaliseCheckIns } from './ask-check-ins.ts';
import { bookingOf } from './bookings.ts';
import { checkInMark, PLAN_AGAIN_MS } from './check-ins.ts';
import { conflictsWith, equaliseConflicts } from './conflicts.ts';
import type { RoomMeetingFacts } from './facts.ts';
import { type CheckInTimes, checkInPolicy } from './policy.ts';
import { type RoomScene, tell, waysTo } from './tell.ts';
import { tellConflicts } from './tell-conflicts.ts';
import type { Booking, Room } from './types.ts';
import { declinedMail } from './words.ts';

export interface RoomFollowerParts extends Asking {
  times: CheckInTimes;
}

interface Difference {
  /** Ids of what came, went, moved, or holds the room now and did not before. */
  touched: Set<string>;
  /** As they were. */
  gone: Booking[];
}

const isOther = (one: Booking, before: Booking | undefined) =>
  !before || before.startAt !== one.startAt || before.endAt !== one.endAt || before.state !== one.state;

const isSame = (one: Booking, before: Booking | undefined) =>
  before !== undefined && (Object.keys(one) as (keyof Booking)[]).every((field) => one[field] === before[field]);

/** Of a series' head nothing is held; its occurrences are read beside it. */
async function writeDifference(
  sql: Sql,
  scene: RoomScene,
  read: NonNullable<Written['read']>,
  now: number,
): Promise<Difference> {
  const { tenantId, roomId, zone } = scene;
  const upserts = read.upserts.filter((one) => one.type !== 'master');
  const there = new Set(upserts.map((one) => one.id));
  const removed = read.removals.map((one) => one.id).filter((id) => !there.has(id));
  const known = new Map(
    (await bookingsWithIds(sql, tenantId, roomId, [...there, ...removed])).map((one) => [one.eventId, one]),
  );
  const bookings = upserts.flatMap((one) => bookingOf(one, { roomId, zone }, known.get(one.id), now) ?? []);
  const holding = new Set(bookings.map((one) => one.eventId));
  await writeBookings(
    sql,
    tenantId,
    bookings.filter((one) => !isSame(one, known.get(one.eventId))),
  );
  const ended = [...there].filter((id) => !holding.has(id) && known.has(id));
  const wentIds = await deleteBookings(sql, tenantId, roomId, [...ended, ...removed], now);
  const gone = wentIds.flatMap((id) => known.get(id) ?? []);
  const other = bookings.filter((one) => isOther(one, known.get(one.eventId)));
  return { touched: new Set([...other.map((one) => one.eventId), ...wentIds]), gone };
}

async function followConflicts(
  sql: Sql,
  scene: RoomScene,
  room: Room,
  tellers: Asking,
  { touched, gone }: Difference,
  now: number,
): Promise<boolean> {
  const { tenantId, roomId } = scene;
  const stored = await openConflictsOf(sql, tenantId, roomId);
  const changed = await bookingsWithIds(sql, tenantId, roomId, [...touched]);
  const ahead = changed.filter((one) => one.endAt > now && one.state === 'held');
  if (stored.length === 0 && ahead.length === 0) return false;
  const from = Math.min(...ahead.map((one) => one.startAt));
  const to = Math.max(...ahead.map((one) => one.endAt));
  const near = ahead.length === 0 ? [] : await bookingsIn(sql, tenantId, roomId, Math.max(now, from), to);
  const equalised = equaliseConflicts(stored, conflictsWith(near, touched, now), touched, now);
  await tellConflicts(sql, scene, { room, tellers, equalised, stored, gone }, now);
  return equalised.some((one) => one.conflict.occurrences.length > 0);
}

/**
 * The room said no to what it held or was asked for. Who watches their calendar here hears of it from there; who gave the
 * room back themselves knows.
 */
async function tellDeclined(
  sql: Sql,
  scene: RoomScene,
  room: Room,
  tellers: Asking,
  about: { gone: Booking[]; upserts: readonly CalendarEvent[] },
  now: number,
): Promise<void> {
  const declined = new Set(
    about.upserts.filter((one) => one.response === 'declined' && !one.isCancelled).map((one) => one.id),
  );
  const lost = about.gone.filter((one) => declined.has(one.eventId) && one.startAt > now);
  if (lost.length === 0) return;
  const { tenantId, roomId } = scene;
  const watching = await watchingAmong(
    sql,
    tenantId,
    lost.map((one) => one.organizer),
  );
  const released = new Set(
    (await checkInsSince(sql, tenantId, roomId, now))
      .filter((one) => one.state === 'releasing' || one.state === 'released')
      .map((one) => one.eventId),
  );
  const mine = lost.filter((one) => !watching.has(one.organizer) && !released.has(one.eventId));
  const wayTo = await waysTo(
    sql,
    scene,
    tellers,
    mine.map((one) => one.organizer),
  );
  // Of a series once: the soonest.
  const said = new Set<string>();
  for (const one of [...mine].sort((a, b) => a.startAt - b.startAt)) {
    const way = wayTo(one.organizer);
    if (way.by !== 'mail' || said.has(one.seriesId ?? one.eventId)) continue;
    said.add(one.seriesId ?? one.eventId);
    const { eventId, startAt, endAt, heldSince } = one;
    const subject = about.upserts.find((event) => event.id === eventId)?.subject ?? '';
    const facts: RoomMeetingFacts = {
      roomId,
      room: room.name,
      building: room.building,
      eventId,
      subject,
      startAt,
      endAt,
    };
    const id = checkInMark({ roomId, eventId, startAt, heldSince });
    await tell(
      sql,
      scene,
      way,
      { id, kind: 'roomDeclined', facts, deadlineAt: startAt, mail: declinedMail(facts, scene.zone) },
      now,
    );
  }
}

/** Conflicts whose time passes are settled within this. */
const SETTLE_EVERY_MS = 6 * HOUR_MS;

export const createRoomFollower = (parts: RoomFollowerParts): Follower => ({
  name: 'rooms',
  async follow(sql, written, now) {
    const { tenantId, mailboxId, person, read, correlationId } = written;
    if (person.kind !== 'room') return undefined;
    const room = await findRoom(sql, tenantId, mailboxId);
    if (!room) return undefined;
    const { roomId, address } = room;
    const scene: RoomScene = { tenantId, roomId, address, zone: person.timeZone, correlationId };
    const difference = read ? await writeDifference(sql, scene, read, now) : { touched: new Set<string>(), gone: [] };
    const isDoubled = await followConflicts(sql, scene, room, parts, difference, now);
    if (read) await tellDeclined(sql, scene, room, parts, { gone: difference.gone, upserts: read.upserts }, now);
    const policy = checkInPolicy(parts.times, readPolicy(person.policy), room);
    await equaliseCheckIns(sql, scene, room, { policy, asking: parts }, now);
    const again = [...(policy.isOn ? [now + PLAN_AGAIN_MS] : []), ...(isDoubled ? [now + SETTLE_EVERY_MS] : [])];
    return again.length > 0 ? Math.min(...again) : undefined;
  },
});
