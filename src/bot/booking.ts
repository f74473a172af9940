/** A press that books: checked against what is known now, stored, and handed to the errand that asks the room. */
import type { CalendarEvent } from '../calendar/event.ts';
import { DAY_MS } from '../clock.ts';
import type { Message } from '../delivery/message.ts';
import { CalendarWatchError } from '../errors.ts';
import { ConsentNeeded } from '../identity/scopes.ts';
import { disguised } from '../nudges/chosen.ts';
import { keepAsked } from '../rooms/asked-card.ts';
import { planAsk } from '../rooms/asking.ts';
import type { RoomMeetingFacts } from '../rooms/facts.ts';
import type { Room } from '../rooms/types.ts';
import { isReadByApplication } from '../store/app-watch.ts';
import { bookingsIn } from '../store/bookings.ts';
import type { Sql } from '../store/database.ts';
import { findEvent } from '../store/events.ts';
import { lockPerson, type Person, settingsOf } from '../store/people.ts';
import { findSameAsk, type RoomAsk, withdrawAsk } from '../store/room-asks.ts';
import { findRoom } from '../store/rooms.ts';
import { presserOf, refuse } from './actions/press-input.ts';
import { plain } from './cards/parts.ts';
import { roomAskedCard } from './cards/room-asked.ts';
import { findRoomsAt, findRoomsForMeeting } from './finding-rooms.ts';
import { assertCanHaveRoom } from './room-limits.ts';
import type { Services, Turn } from './services.ts';

const FURTHEST_MS = 366 * DAY_MS;
const LONGEST_MS = DAY_MS;
/** Whoever allows it may write with the next press. */
const WRITING = ['Calendars.ReadWrite'] as const;

/** Asked for before anything is planned: a card that asks stands in place of a promise. */
async function assertMayWrite(services: Services, { tenantId, personId }: Turn): Promise<void> {
  try {
    await services.tokens.get({ tenantId, personId }, WRITING);
  } catch (error) {
    const isUnknown = error instanceof CalendarWatchError && error.code === 'RECONNECT_NEEDED';
    if (!isUnknown) throw error;
    // They never signed in, and are watched all the same.
    const byUs = await services.database.inTenant(tenantId, (sql) => isReadByApplication(sql, tenantId, personId));
    throw byUs ? new ConsentNeeded(WRITING, error) : error;
  }
}

export interface ToBook {
  roomId: string;
  startAt: number;
  endAt: number;
  /** A meeting of the presser's; undefined: a new one. */
  eventId?: string;
  /** Address of the room that it takes the place of. */
  replaces?: string;
}

function assertTime({ startAt, endAt }: ToBook, now: number): void {
  if (endAt <= now)
    throw refuse('a room for what is over', 'That time is over. Type **room now** for a room at this moment.');
  const isOdd = !(endAt > startAt) || endAt - startAt > LONGEST_MS || startAt > now + FURTHEST_MS;
  if (isOdd) throw refuse('a room for an odd time', 'I can’t book a room for that time.');
}

/** The presser's own meeting, at the time that the button says. */
async function meetingFor(
  sql: Sql,
  person: Person,
  { eventId, startAt, endAt }: ToBook,
): Promise<CalendarEvent | undefined> {
  if (eventId === undefined) return undefined;
  const event = await findEvent(sql, person.tenantId, person.personId, eventId);
  if (!event || event.isCancelled) throw refuse('the meeting is gone', 'That meeting isn’t in your calendar any more.');
  assertCanHaveRoom(event);
  if (event.startAt !== startAt || event.endAt !== endAt)
    throw refuse('the meeting was moved', 'That meeting is at another time now. Type **room for next** to look again.');
  return event;
}

/** What stands of an earlier press on the same button; undefined: nothing any more. */
async function standing(sql: Sql, person: Person, ask: RoomAsk, room: Room): Promise<RoomAsk | undefined> {
  if (ask.state !== 'booked') return ask;
  const event = ask.eventId ? await findEvent(sql, person.tenantId, person.personId, ask.eventId) : undefined;
  const has = event?.attendees.some((one) => one.address === room.address && one.response === 'accepted');
  return has && !event?.isCancelled ? ask : undefined;
}

type Booked = { facts: RoomMeetingFacts; isBooked: boolean } | { taken: Room; event: CalendarEvent | undefined };

async function plan(services: Services, turn: Turn, to: ToBook, cardId: string | undefined): Promise<Booked> {
  const { tenantId, personId, conversationId } = turn;
  const now = services.clock.now();
  return services.database.inTenant(tenantId, async (sql) => {
    const person = await lockPerson(sql, tenantId, personId);
    const room = await findRoom(sql, tenantId, to.roomId);
    if (!person || !room)
      throw refuse('the room is gone', 'That room isn’t there any more. Type **room now** to look again.');
    const event = await meetingFor(sql, person, to);
    const { roomId, startAt, endAt } = to;
    const facts: RoomMeetingFacts = {
      roomId,
      room: room.name,
      ...(room.building ? { building: room.building } : {}),
      eventId: to.eventId ?? '',
      subject: event ? disguised(event, settingsOf(person)).subject : '',
      startAt,
      endAt,
    };
    const before = await findSameAsk(sql, tenantId, { personId, roomId, startAt, endAt });
    if (before) {
      const known = await standing(sql, person, before, room);
      if (known) return { facts, isBooked: known.state === 'booked' };
      await withdrawAsk(sql, tenantId, before.askId, now);
    }
    if ((await bookingsIn(sql, tenantId, roomId, Math.max(startAt, now), endAt)).length > 0)
      return { taken: room, event };
    const { eventId: into, replaces } = to;
    const ask = {
      askId: services.newId(),
      personId,
      roomId,
      startAt,
      endAt,
      ...(into ? { into } : {}),
      ...(replaces ? { replaces } : {}),
    };
    await planAsk(sql, tenantId, ask, services.newId(), now);
    if (cardId) await keepAsked(sql, tenantId, ask, { conversationId, activityId: cardId, facts }, now);
    return { facts, isBooked: false };
  });
}

/** The card that now stands: asked, or what is free instead. @param cardId the message that it takes the place of */
export async function bookRoom(services: Services, turn: Turn, to: ToBook, cardId?: string): Promise<Message> {
  const now = services.clock.now();
  assertTime(to, now);
  const person = await presserOf(services, turn);
  await assertMayWrite(services, turn);
  const booked = await plan(services, turn, to, cardId);
  if ('taken' in booked) {
    const { tenantId } = turn;
    const notes = [`**${plain(booked.taken.name, 80)}** was taken a moment ago.`];
    const finding = { tenantId, person, isAdmin: person.isAdmin };
    const { event } = booked;
    return services.database.inTenant(tenantId, (sql) =>
      event
        ? findRoomsForMeeting(sql, finding, event, notes, now)
        : findRoomsAt(sql, finding, { from: to.startAt, to: to.endAt }, notes, now),
    );
  }
  if (booked.isBooked)
    throw refuse('the room is booked already', `**${plain(booked.facts.room, 80)}** is yours already.`);
  services.poke('errands');
  return roomAskedCard(booked.facts, person, now);
}
