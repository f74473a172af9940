/** What follows a release, in the transaction that records it: the room is free, the organiser hears of it, strikes are counted. */
import { hash } from 'node:crypto';
import { isPrivate } from '../calendar/private.ts';
import { HOUR_MS } from '../clock.ts';
import type { Errand, Result } from '../delivery/errands/errand.ts';
import { deleteBookings } from '../store/bookings.ts';
import { lockCheckIn, pastOfSeries, setCheckIn } from '../store/check-ins.ts';
import type { Sql } from '../store/database.ts';
import { findEvent } from '../store/events.ts';
import { findPerson } from '../store/people.ts';
import { findRoom } from '../store/rooms.ts';
import type { RoomKeptFacts, RoomMeetingFacts, RoomReleasedFacts, RoomStrikesFacts } from './facts.ts';
import { readRelease } from './release-words.ts';
import { GIVEN_BACK, isProposed, LOOKED_BACK, strikesIn } from './strikes.ts';
import { type RoomScene, type Tellers, tell, waysTo } from './tell.ts';
import type { CheckIn, Room } from './types.ts';
import { keptMail, releasedMail, strikesMail } from './words.ts';

export const ROOM_RELEASED = 'roomReleased';
export const ROOM_STRIKES = 'roomStrikes';
export const ROOM_KEPT = 'roomKept';

const NEWS_LIFE_MS = 12 * HOUR_MS;

const idOf = (...parts: (string | number)[]) => hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 22);

async function sceneOf(
  sql: Sql,
  errand: Errand,
  roomId: string,
): Promise<{ scene: RoomScene; room: Room } | undefined> {
  const { tenantId, correlationId } = errand;
  const room = await findRoom(sql, tenantId, roomId);
  const person = await findPerson(sql, tenantId, roomId);
  if (!room || !person) return undefined;
  return { scene: { tenantId, roomId, address: room.address, zone: person.timeZone, correlationId }, room };
}

async function factsOf(
  sql: Sql,
  tenantId: string,
  room: Room,
  one: Pick<CheckIn, 'eventId' | 'startAt' | 'endAt'>,
): Promise<RoomMeetingFacts> {
  const event = await findEvent(sql, tenantId, room.roomId, one.eventId);
  const isKnown = event && !isPrivate(event) && event.subject.trim() !== event.organizer.name;
  return {
    roomId: room.roomId,
    room: room.name,
    ...(room.building ? { building: room.building } : {}),
    eventId: one.eventId,
    subject: isKnown ? event.subject : '',
    startAt: one.startAt,
    endAt: one.endAt,
  };
}

async function countStrikes(
  sql: Sql,
  scene: RoomScene,
  tellers: Tellers,
  one: CheckIn,
  facts: RoomMeetingFacts,
  now: number,
): Promise<void> {
  const { seriesId, roomId, startAt } = one;
  if (seriesId === null) return;
  const strikes = strikesIn(await pastOfSeries(sql, scene.tenantId, { roomId, seriesId }, startAt, LOOKED_BACK));
  if (!isProposed(strikes)) return;
  const proposal: RoomStrikesFacts = { ...facts, seriesId, strikes };
  const id = idOf(roomId, seriesId, startAt);
  const way = (await waysTo(sql, scene, tellers, [one.organizer]))(one.organizer);
  const deadlineAt = now + 2 * NEWS_LIFE_MS;
  await tell(
    sql,
    scene,
    way,
    { id, kind: ROOM_STRIKES, facts: proposal, deadlineAt, mail: strikesMail(proposal) },
    now,
  );
}

/** Whoever pressed has read that the room is given back; that it is not must be said. */
async function tellKept(
  sql: Sql,
  tellers: Tellers,
  errand: Errand,
  one: CheckIn | undefined,
  now: number,
): Promise<void> {
  const { tenantId, mailboxId, eventId, startAt } = errand;
  const found = await sceneOf(sql, errand, mailboxId ?? '');
  const event = await findEvent(sql, tenantId, mailboxId ?? '', eventId);
  const organizer = one?.organizer ?? event?.organizer.address ?? '';
  if (!found || organizer === '') return;
  const { scene, room } = found;
  const [from, to] = [one?.startAt ?? startAt ?? now, one?.endAt ?? event?.endAt ?? now];
  const known = await factsOf(sql, tenantId, room, { eventId, startAt: from, endAt: to });
  const facts: RoomKeptFacts = { ...known, isWholeSeries: one === undefined };
  const way = (await waysTo(sql, scene, tellers, [organizer]))(organizer);
  const id = idOf(errand.errandId);
  const mail = keptMail(facts, scene.zone);
  await tell(sql, scene, way, { id, kind: ROOM_KEPT, facts, deadlineAt: now + NEWS_LIFE_MS, mail }, now);
}

export async function settleRelease(
  sql: Sql,
  tellers: Tellers,
  errand: Errand,
  result: Result,
  now: number,
): Promise<void> {
  const release = readRelease(errand.payload);
  const { tenantId, mailboxId: roomId, eventId, startAt } = errand;
  if (!release || roomId === null || startAt === null) return;
  if (release.scope === 'series')
    return result.kind === 'failed' ? tellKept(sql, tellers, errand, undefined, now) : undefined;
  const key = { roomId, eventId, startAt };
  const one = await lockCheckIn(sql, tenantId, key);
  if (!one || result.kind === 'again' || result.kind === 'withdrawn') return;
  // Its time may have passed before it was looked at.
  const isOpen = one.state === 'releasing' || (one.state === 'planned' && !release.onRequest);
  if (!isOpen) return;
  if (result.kind === 'failed') {
    await setCheckIn(sql, tenantId, key, { state: 'kept', reason: result.reason }, now);
    return release.onRequest ? tellKept(sql, tellers, errand, one, now) : undefined;
  }
  const isGivenBack = release.onRequest;
  await setCheckIn(sql, tenantId, key, { state: 'released', reason: isGivenBack ? GIVEN_BACK : null }, now);
  const found = await sceneOf(sql, errand, roomId);
  if (!found) return;
  const { scene, room } = found;
  const facts = await factsOf(sql, tenantId, room, one);
  await deleteBookings(sql, tenantId, roomId, [eventId], now);
  // Whoever pressed the button has read it on the card.
  if (isGivenBack) return;
  const released: RoomReleasedFacts = { ...facts, isGivenBack, isWholeSeries: false };
  const way = (await waysTo(sql, scene, tellers, [one.organizer]))(one.organizer);
  const id = idOf(roomId, eventId, startAt);
  const mail = releasedMail(released, scene.zone);
  await tell(sql, scene, way, { id, kind: ROOM_RELEASED, facts: released, deadlineAt: one.endAt, mail }, now);
  await countStrikes(sql, scene, tellers, { ...one, state: 'released' }, facts, now);
}
