/**
 * Goes along with the mailboxes of people who asked for rooms: once the room itself has answered, they hear of it. Their own
 * replica tells: the answer stands beside the room among those invited.
 */
import type { CalendarEvent } from '../calendar/event.ts';
import { MINUTE_MS } from '../clock.ts';
import type { Sql } from '../store/database.ts';
import { eventsWithIds } from '../store/events.ts';
import { addNotice } from '../store/nudges.ts';
import { type AskState, openAsksOf, type RoomAsk, setAsk } from '../store/room-asks.ts';
import { findRoom } from '../store/rooms.ts';
import type { Follower } from '../sync/follower.ts';
import { type RoomAskedFacts, showAsked } from './asked-card.ts';
import type { Alternative, RoomMeetingFacts } from './facts.ts';
import { peopleIn } from './own-meeting.ts';
import { refusingRooms } from './refusing.ts';
import { searchRooms } from './search.ts';
import type { Room } from './types.ts';

export const ROOM_BOOKED = 'roomBooked';
const MOST_ALTERNATIVES = 3;
/** The replica may be of before the room was asked. */
const SEEN_BY_MS = 10 * MINUTE_MS;

export interface RoomBookedFacts extends RoomMeetingFacts {
  askId: string;
  outcome: 'booked' | 'declined' | 'failed' | 'withdrawn';
  /** Of what failed: 'permission', or what stood against it. */
  reason?: string;
  alternatives: Alternative[];
}

/** What has become of an ask; undefined: nothing is known yet. Pure. */
export function outcomeOf(
  ask: Pick<RoomAsk, 'endAt' | 'askedAt'>,
  room: Pick<Room, 'address'> | undefined,
  { event, isGone }: { event: CalendarEvent | undefined; isGone: boolean },
  now: number,
): Extract<AskState, 'booked' | 'declined' | 'withdrawn'> | undefined {
  if (!room || isGone || event?.isCancelled || now >= ask.endAt) return 'withdrawn';
  const invited = event?.attendees.find((one) => one.address === room.address);
  if (invited?.response === 'accepted') return 'booked';
  if (invited?.response === 'declined') return 'declined';
  // Somebody took the room off again.
  return event && !invited && now > ask.askedAt + SEEN_BY_MS ? 'withdrawn' : undefined;
}

async function alternativesFor(
  sql: Sql,
  tenantId: string,
  ask: RoomAsk,
  room: Room,
  event: CalendarEvent | undefined,
  now: number,
) {
  const { building, coordinates } = room;
  const wish = {
    span: { from: ask.startAt, to: ask.endAt },
    people: event ? peopleIn(event) : 1,
    features: [],
    ...(building ? { preferBuilding: building } : {}),
    ...(coordinates ? { near: coordinates } : {}),
  };
  const refusing = event ? await refusingRooms(sql, { tenantId, personId: ask.personId }, event, now) : [];
  const found = await searchRooms(sql, tenantId, wish, MOST_ALTERNATIVES, new Set([room.roomId, ...refusing]));
  return found.map(({ room: { roomId, name }, why }) => ({ roomId, name, why: why.join(', ') }));
}

interface Settling {
  tenantId: string;
  correlationId: string;
}

/**
 * Says what became of it, for those who asked, and are there to read it: on the card “asked”, and in a message of its own
 * where something is left to be done, or nobody may look at that card any more.
 */
export async function tellOutcome(
  sql: Sql,
  { tenantId, correlationId }: Settling,
  ask: RoomAsk,
  about: { outcome: RoomBookedFacts['outcome']; reason?: string; event?: CalendarEvent | undefined },
  now: number,
): Promise<void> {
  const room = await findRoom(sql, tenantId, ask.roomId);
  if (!room) return;
  const { outcome, reason, event } = about;
  const known: RoomAskedFacts = {
    outcome,
    ...(reason ? { reason } : {}),
    roomId: room.roomId,
    room: room.name,
    ...(room.building ? { building: room.building } : {}),
    eventId: ask.eventId ?? '',
    subject: event?.subject ?? '',
    startAt: event?.startAt ?? ask.startAt,
    endAt: event?.endAt ?? ask.endAt,
  };
  const isSeen = await showAsked(sql, tenantId, ask, known, now);
  if (outcome === 'withdrawn' || (outcome === 'booked' && isSeen)) return;
  const facts: RoomBookedFacts = {
    ...known,
    askId: ask.askId,
    outcome,
    alternatives: outcome === 'booked' ? [] : await alternativesFor(sql, tenantId, ask, room, event, now),
  };
  const { personId, nudgeId } = ask;
  const owner = { tenantId, personId, mailboxId: personId, correlationId };
  const deadlineAt = Math.max(now + MINUTE_MS, ask.endAt);
  await addNotice(sql, owner, { nudgeId, kind: ROOM_BOOKED, facts: { ...facts }, deadlineAt }, now);
}

/** Looks at one ask whose entry is known. Returns whether it is settled now. */
export async function settleAsk(
  sql: Sql,
  where: Settling,
  ask: RoomAsk,
  seen: { event: CalendarEvent | undefined; isGone: boolean },
  now: number,
): Promise<boolean> {
  const room = await findRoom(sql, where.tenantId, ask.roomId);
  const outcome = outcomeOf(ask, room, seen, now);
  if (!outcome || !(await setAsk(sql, where.tenantId, ask.askId, { state: outcome }, now)))
    return outcome !== undefined;
  await tellOutcome(sql, where, ask, { outcome, event: seen.event }, now);
  return true;
}

export const roomAsksFollower: Follower = {
  name: 'roomAsks',
  async follow(sql, written, now) {
    if (written.person.kind === 'room') return undefined;
    const { tenantId, mailboxId, correlationId, read } = written;
    const asks = (await openAsksOf(sql, tenantId, written.person.personId)).filter((one) => one.state === 'asked');
    if (asks.length === 0) return undefined;
    const ids = asks.flatMap((one) => one.eventId ?? []);
    const events = new Map((await eventsWithIds(sql, tenantId, mailboxId, ids)).map((one) => [one.id, one]));
    const gone = new Set((read?.removals ?? []).map((one) => one.id));
    const open: number[] = [];
    for (const ask of asks) {
      const eventId = ask.eventId ?? '';
      const event = events.get(eventId);
      const seen = { event, isGone: !event && gone.has(eventId) };
      if (!(await settleAsk(sql, { tenantId, correlationId }, ask, seen, now))) open.push(ask.endAt);
    }
    return open.length > 0 ? Math.min(...open) : undefined;
  },
};
