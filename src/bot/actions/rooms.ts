/** Booking a room, finding another one, and taking another one where two meetings hold the same. */
import { z } from 'zod';
import type { CalendarEvent } from '../../calendar/event.ts';
import { datesInput } from '../../insights/export.ts';
import { isReportable } from '../../insights/period.ts';
import { findByUid, findEvent } from '../../store/events.ts';
import { findConflict } from '../../store/room-conflicts.ts';
import { findRoom } from '../../store/rooms.ts';
import { bookRoom } from '../booking.ts';
import { SWAP_ROOM } from '../cards/room-conflict.ts';
import { ROOM_BOOK, ROOM_FIND } from '../cards/room-found.ts';
import { ROOMS_CSV } from '../cards/room-report.ts';
import { requireAdmin } from '../choosing.ts';
import { linkToFile } from '../commands/export.ts';
import { findRoomsForMeeting } from '../finding-rooms.ts';
import { assertCanHaveRoom } from '../room-limits.ts';
import type { Services, Turn } from '../services.ts';
import type { ButtonAction } from './action.ts';
import { assertToCome, entryId, parse, pressedOn, presserOf, refuse } from './press-input.ts';

const instant = z.number().int();
const bookInput = z.object({ roomId: entryId, startAt: instant, endAt: instant, eventId: entryId.optional() });
const findInput = z.object({ eventId: entryId });
const swapInput = z.object({ conflictId: entryId, occurrence: entryId, roomId: entryId });

const pressBook: ButtonAction = {
  verb: ROOM_BOOK,
  async run(services, turn, data) {
    return { card: await bookRoom(services, turn, parse(bookInput, data), turn.cardId) };
  },
};

const pressFind: ButtonAction = {
  verb: ROOM_FIND,
  async run(services, turn, data) {
    const { eventId } = parse(findInput, data);
    const { person, event } = await pressedOn(services, turn, eventId);
    const now = services.clock.now();
    assertCanHaveRoom(event);
    assertToCome(event, now);
    const { tenantId } = turn;
    const finding = { tenantId, person, isAdmin: person.isAdmin };
    return {
      reply: await services.database.inTenant(tenantId, (sql) => findRoomsForMeeting(sql, finding, event, [], now)),
    };
  },
};

interface Swapped {
  event: CalendarEvent;
  /** Of the room that is given up. */
  address: string;
}

/** The presser's own meeting behind an entry in the room's calendar: only whoever organises it finds it there. */
async function meetingBehind(services: Services, turn: Turn, conflictId: string, occurrence: string): Promise<Swapped> {
  const { tenantId, personId } = turn;
  return services.database.inTenant(tenantId, async (sql) => {
    const gone = () =>
      refuse('the double booking is gone', 'That double booking is settled, or the meeting isn’t yours any more.');
    const conflict = await findConflict(sql, tenantId, conflictId);
    const isInIt = conflict?.occurrences.some((one) => one.firstId === occurrence || one.secondId === occurrence);
    if (!conflict || !isInIt) throw gone();
    const { roomId } = conflict;
    const room = await findRoom(sql, tenantId, roomId);
    const there = await findEvent(sql, tenantId, roomId, occurrence);
    const master = there?.seriesMasterId ? await findEvent(sql, tenantId, roomId, there.seriesMasterId) : undefined;
    const uids = [there?.uid, master?.uid].flatMap((uid) => uid ?? []);
    const event = there && (await findByUid(sql, tenantId, personId, uids, there.startAt));
    if (!room || !event?.isOrganizer) throw gone();
    return { event, address: room.address };
  });
}

const pressSwap: ButtonAction = {
  verb: SWAP_ROOM,
  async run(services, turn, data) {
    const { conflictId, occurrence, roomId } = parse(swapInput, data);
    await presserOf(services, turn);
    const { event, address } = await meetingBehind(services, turn, conflictId, occurrence);
    assertToCome(event, services.clock.now());
    const { id: eventId, startAt, endAt } = event;
    // Below: the card may offer rooms for other occurrences, too.
    return { reply: await bookRoom(services, turn, { roomId, startAt, endAt, eventId, replaces: address }) };
  },
};

const pressCsv: ButtonAction = {
  verb: ROOMS_CSV,
  async run(services, turn, data) {
    await requireAdmin(services, turn);
    const dates = parse(datesInput, data);
    if (!isReportable(dates)) throw refuse('days of which no card was made', 'I can’t report on those days.');
    return { reply: await linkToFile(services, turn, 'rooms', dates) };
  },
};

export const ROOM_ACTIONS: readonly ButtonAction[] = [pressBook, pressFind, pressSwap, pressCsv];
