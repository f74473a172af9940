/**
 * Makes the planned check-ins of one room equal to what it holds: who is asked, by which way, and the errand that releases
 * the room when nobody answers. In the transaction in which the room's bookings were written.
 */

import type { CalendarEvent } from '../calendar/event.ts';
import { isPrivate } from '../calendar/private.ts';
import { MINUTE_MS } from '../clock.ts';
import { bookingsIn } from '../store/bookings.ts';
import { checkInsSince, planCheckIn, setCheckInEnd, withdrawCheckIn } from '../store/check-ins.ts';
import type { Sql } from '../store/database.ts';
import { planErrands, withdrawErrands } from '../store/errands.ts';
import { eventsWithIds } from '../store/events.ts';
import { checkInMark, PLANNED_AHEAD_MS, type WantedCheckIn, wantedCheckIns } from './check-ins.ts';
import type { CheckInFacts } from './facts.ts';
import { heldStillAt, RELEASE, releaseIdOf, releasePayload } from './release-words.ts';
import { isSilentAt, type RoomScene, type Tellers, tell, untell, type Way, waysTo } from './tell.ts';
import type { CheckIn, CheckInPolicy, Room } from './types.ts';
import { checkInMail } from './words.ts';

export const CHECK_IN = 'checkIn';

/** An answer must have time to be given. */
const LEAST_ANSWER_MS = MINUTE_MS;
/** A release that could not be made in time is left. */
const RELEASE_LIFE_MS = 30 * MINUTE_MS;
const LEAST_LEFT_MS = MINUTE_MS;
/** Those under way belong to what began a while ago. */
const LOOKED_BACK_MS = 2 * 60 * MINUTE_MS;

export interface Asking extends Tellers {
  publicUrl: string;
  newSecret(): string;
}

export const checkInLink = (publicUrl: string, token: string): string =>
  `${publicUrl}/rooms/check-in?t=${encodeURIComponent(token)}`;

const keyOf = (one: { eventId: string; startAt: number }) => `${one.startAt} ${one.eventId}`;

/** Why nobody can be asked about it. */
function silenceOf(way: Way, askAt: number, now: number): string | undefined {
  if (way.by === 'nobody') return 'there is no way to the organiser';
  return way.by === 'chat' && isSilentAt(way.person, askAt, now) ? 'the organiser wants silence then' : undefined;
}

async function plan(
  sql: Sql,
  scene: RoomScene,
  room: Room,
  asking: Asking,
  { booking, askAt, releaseAt }: WantedCheckIn,
  { way, event, isAgain }: { way: Way; event: CalendarEvent | undefined; isAgain: boolean },
  now: number,
): Promise<void> {
  const { tenantId, roomId } = scene;
  const { eventId, startAt, endAt, seriesId, organizer, heldSince } = booking;
  const row = { roomId, eventId, startAt, endAt, seriesId, organizer, askAt, releaseAt };
  const personId = way.by === 'chat' ? way.person.personId : null;
  const silence = silenceOf(way, askAt, now);
  if (silence)
    return planCheckIn(sql, tenantId, { ...row, personId, askedBy: null, state: 'kept', reason: silence }, now);
  // What was withdrawn is not said again; this is another question.
  const id = checkInMark({ roomId, eventId, startAt, heldSince: isAgain ? now : heldSince });
  const token = way.by === 'mail' ? asking.newSecret() : undefined;
  const facts: CheckInFacts = {
    roomId,
    room: room.name,
    ...(room.building ? { building: room.building } : {}),
    eventId,
    subject: event && !isPrivate(event) && event.subject.trim() !== event.organizer.name ? event.subject : '',
    startAt,
    endAt,
    releaseAt,
  };
  const mail = checkInMail(facts, scene.zone, checkInLink(asking.publicUrl, token ?? ''));
  const word = { id, kind: CHECK_IN, facts, dueAt: askAt, deadlineAt: releaseAt - LEAST_ANSWER_MS, mail };
  const askedBy = (await tell(sql, scene, way, word, now)) ?? null;
  const asked = { ...row, personId, askedBy, state: 'planned' as const, reason: null };
  await planCheckIn(sql, tenantId, { ...asked, ...(token ? { token } : {}) }, now);
  const errand = {
    errandId: releaseIdOf(id),
    kind: RELEASE,
    mailboxId: roomId,
    eventId,
    startAt,
    payload: releasePayload(event, 'occurrence'),
    dueAt: releaseAt,
    deadlineAt: Math.min(endAt - LEAST_LEFT_MS, releaseAt + RELEASE_LIFE_MS),
  };
  await planErrands(sql, tenantId, [errand], scene.correlationId, now);
}

/** The errand before the row, in the order in which a release takes them. */
async function withdraw(sql: Sql, scene: RoomScene, one: CheckIn, reason: string, now: number): Promise<void> {
  const { tenantId } = scene;
  if (one.askedBy) {
    const mark = one.askedBy.slice(one.askedBy.lastIndexOf('.') + 1);
    await withdrawErrands(sql, tenantId, [releaseIdOf(mark)], reason, now);
    await untell(sql, tenantId, one.askedBy, reason, now);
  }
  await withdrawCheckIn(sql, tenantId, one, reason, now);
}

export async function equaliseCheckIns(
  sql: Sql,
  scene: RoomScene,
  room: Room,
  about: { policy: CheckInPolicy; asking: Asking },
  now: number,
): Promise<void> {
  const { tenantId, roomId } = scene;
  const { policy, asking } = about;
  const known = await checkInsSince(sql, tenantId, roomId, now - LOOKED_BACK_MS);
  if (known.length === 0 && !policy.isOn) return;
  const bookings = await bookingsIn(sql, tenantId, roomId, now - LOOKED_BACK_MS, now + PLANNED_AHEAD_MS);
  const events = new Map(
    (
      await eventsWithIds(
        sql,
        tenantId,
        roomId,
        bookings.map((one) => one.eventId),
      )
    ).map((one) => [one.id, one]),
  );
  const allDay = new Set([...events.values()].filter((one) => one.allDay).map((one) => one.id));
  // One that is under way is left, whatever its hour to ask was.
  const held = heldStillAt(bookings);
  for (const one of known) {
    if (one.state !== 'planned') continue;
    const booking = held.get(keyOf(one));
    if (!booking) await withdraw(sql, scene, one, 'the booking is another one now', now);
    else if (!policy.isOn) await withdraw(sql, scene, one, 'nobody is asked any more', now);
    else if (booking.endAt !== one.endAt) await setCheckInEnd(sql, tenantId, one, booking.endAt);
  }
  const settled = new Set(known.filter((one) => one.state !== 'withdrawn').map(keyOf));
  const wanted = wantedCheckIns(bookings, policy, allDay, now).filter(({ booking }) => !settled.has(keyOf(booking)));
  const wayTo = await waysTo(
    sql,
    scene,
    asking,
    wanted.map(({ booking }) => booking.organizer),
  );
  const before = new Set(known.map(keyOf));
  for (const one of wanted) {
    const { booking } = one;
    const about = {
      way: wayTo(booking.organizer),
      event: events.get(booking.eventId),
      isAgain: before.has(keyOf(booking)),
    };
    await plan(sql, scene, room, asking, one, about, now);
  }
}
