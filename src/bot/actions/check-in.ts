/** “We’re here” and “Give it back” on the question about a room; “Give it up” and “Keep it” about a series. */
import { z } from 'zod';
import type { CalendarWatchError } from '../../errors.ts';
import type { CheckInFacts, RoomMeetingFacts, RoomStrikesFacts } from '../../rooms/facts.ts';
import { giveUpSeries } from '../../rooms/give-up.ts';
import { type Press, type Pressed, pressCheckIn } from '../../rooms/press.ts';
import { ROOM_STRIKES } from '../../rooms/settle-release.ts';
import { findNudge } from '../../store/nudges.ts';
import { findPerson } from '../../store/people.ts';
import { findRoom } from '../../store/rooms.ts';
import { checkedInCard, givenBackCard, ROOM_GIVE_BACK, ROOM_HERE } from '../cards/check-in.ts';
import { ROOM_GIVE_UP, ROOM_KEEP, strikesAnsweredCard } from '../cards/room-notice.ts';
import type { Services, Turn } from '../services.ts';
import type { ButtonAction } from './action.ts';
import { entryId, parse, refuse } from './press-input.ts';

const input = z.object({ roomId: entryId, eventId: entryId, startAt: z.number().int() });

function refusalOf(kind: Exclude<Pressed['kind'], 'here' | 'givenBack'>): CalendarWatchError {
  if (kind === 'late')
    return refuse(
      'the room is being released',
      'Too late, sorry: the room was just given back. If it is still free, **room now** books it again.',
    );
  if (kind === 'over') return refuse('the meeting is over', 'That meeting is over.');
  return refuse(
    'the check-in is gone',
    'There is nothing to check in to any more: the meeting was moved or cancelled, or has another room.',
  );
}

async function pressed(services: Services, turn: Turn, data: Record<string, unknown>, press: Press) {
  const key = parse(input, data);
  const { tenantId, personId } = turn;
  const now = services.clock.now();
  const who = { press, personId, correlationId: services.newId() };
  return services.database.inTenant(tenantId, async (sql) => {
    const outcome = await pressCheckIn(sql, { tenantId, ...key }, who, now);
    if (outcome.kind !== 'here' && outcome.kind !== 'givenBack') throw refusalOf(outcome.kind);
    const { checkIn } = outcome;
    const room = await findRoom(sql, tenantId, checkIn.roomId);
    // What the question said of the meeting; the reader's own words are in no other place.
    const nudge = checkIn.askedBy ? await findNudge(sql, tenantId, personId, checkIn.askedBy) : undefined;
    const asked = nudge?.facts as Partial<CheckInFacts> | undefined;
    const facts: RoomMeetingFacts = {
      roomId: checkIn.roomId,
      eventId: checkIn.eventId,
      startAt: checkIn.startAt,
      endAt: checkIn.endAt,
      room: room?.name ?? '',
      ...(room?.building ? { building: room.building } : {}),
      subject: asked?.subject ?? '',
    };
    // Their calendar's zone and way of writing times, as in the question; a press comes with those of the client.
    const reader = (await findPerson(sql, tenantId, personId)) ?? turn;
    return { facts, reader, now };
  });
}

const pressHere: ButtonAction = {
  verb: ROOM_HERE,
  async run(services, turn, data) {
    const { facts, reader, now } = await pressed(services, turn, data, 'here');
    return { card: checkedInCard(facts, reader, now) };
  },
};

const pressGiveBack: ButtonAction = {
  verb: ROOM_GIVE_BACK,
  async run(services, turn, data) {
    const { facts, reader, now } = await pressed(services, turn, data, 'giveBack');
    services.poke('errands');
    return { card: givenBackCard(facts, reader, now) };
  },
};

const proposal = z.object({ nudgeId: z.string().min(1).max(200) });

/** The presser's own message is what says which series of which room it is. */
async function proposedTo(services: Services, { tenantId, personId }: Turn, data: Record<string, unknown>) {
  const { nudgeId } = parse(proposal, data);
  const nudge = await services.database.inTenant(tenantId, (sql) => findNudge(sql, tenantId, personId, nudgeId));
  if (nudge?.kind !== ROOM_STRIKES)
    throw refuse('the proposal is gone', 'That was a while ago; I don’t know any more which room it was about.');
  return { nudgeId, facts: nudge.facts as unknown as RoomStrikesFacts };
}

const pressGiveUp: ButtonAction = {
  verb: ROOM_GIVE_UP,
  async run(services, turn, data) {
    const { nudgeId, facts } = await proposedTo(services, turn, data);
    const { tenantId } = turn;
    const about = { nudgeId, facts, correlationId: services.newId() };
    const isThere = await services.database.inTenant(tenantId, (sql) =>
      giveUpSeries(sql, tenantId, about, services.clock.now()),
    );
    if (!isThere) throw refuse('the series is gone', 'The series doesn’t have that room any more.');
    services.poke('errands');
    return { card: strikesAnsweredCard(facts, 'givenUp') };
  },
};

const pressKeep: ButtonAction = {
  verb: ROOM_KEEP,
  async run(services, turn, data) {
    const { facts } = await proposedTo(services, turn, data);
    return { card: strikesAnsweredCard(facts, 'kept') };
  },
};

export const CHECK_IN_ACTIONS: readonly ButtonAction[] = [pressHere, pressGiveBack, pressGiveUp, pressKeep];
