/**
 * Asking a room for somebody, as an errand: the wish is stored before Graph is asked, so it is neither lost nor done twice.
 * A new meeting carries the ask's id as its transactionId; a room that is invited already is not invited again.
 */
import { z } from 'zod';
import { type GraphEvent, normalise } from '../calendar/normalise.ts';
import { MINUTE_MS } from '../clock.ts';
import type { Errand, ErrandKind, Result } from '../delivery/errands/errand.ts';
import { troubleOf } from '../delivery/errands/trouble.ts';
import { GraphFailure } from '../graph/failures.ts';
import type { Access, Graph } from '../graph/port.ts';
import type { Database, Sql } from '../store/database.ts';
import { planErrands } from '../store/errands.ts';
import { findEvent, saveOwnWrite } from '../store/events.ts';
import { findAsk, type RoomAsk, saveAsk, setAsk } from '../store/room-asks.ts';
import { findRoom } from '../store/rooms.ts';
import { ROOM_BOOKED, settleAsk, tellOutcome } from './settle-asks.ts';
import type { Room } from './types.ts';

export const BOOK_ROOM = 'bookRoom';
/** Longer, and whoever asked has gone elsewhere. */
const LONGEST_ASKING_MS = 15 * MINUTE_MS;
/** Between our reading and writing somebody changed it. */
const READINGS = 3;
const LONGEST_SUBJECT = 200;

export const TAKEN_MEANWHILE = 'moved';
export const DECLINED_BEFORE = 'declinedBefore';
export const NOT_YOURS = 'notYours';

const payload = z.object({
  askId: z.string(),
  /** Into this meeting; undefined: a new one is made. */
  into: z.string().optional(),
  /** Address of the room that it takes the place of. */
  replaces: z.string().optional(),
  subject: z.string().max(LONGEST_SUBJECT).default('Meeting'),
});
type Payload = z.infer<typeof payload>;

export interface NewAsk {
  askId: string;
  personId: string;
  roomId: string;
  startAt: number;
  endAt: number;
  into?: string;
  replaces?: string;
  subject?: string;
}

/** In one transaction: the ask, and the errand that performs it. */
export async function planAsk(
  sql: Sql,
  tenantId: string,
  { askId, personId, roomId, startAt, endAt, into, replaces, subject }: NewAsk,
  correlationId: string,
  now: number,
): Promise<void> {
  const nudgeId = `${ROOM_BOOKED}.${askId}`;
  const eventId = into ?? null;
  await saveAsk(sql, tenantId, {
    askId,
    personId,
    roomId,
    eventId,
    startAt,
    endAt,
    state: 'asking',
    nudgeId,
    askedAt: now,
  });
  const words = {
    askId,
    ...(into === undefined ? {} : { into }),
    ...(replaces === undefined ? {} : { replaces }),
    ...(subject ? { subject: subject.slice(0, LONGEST_SUBJECT).replace(/[\ud800-\udbff]$/, '') } : {}),
  };
  const errand = {
    errandId: `${BOOK_ROOM}.${askId}`,
    kind: BOOK_ROOM,
    personId,
    mailboxId: personId,
    eventId: into ?? '',
    startAt,
    payload: words,
    dueAt: now,
    deadlineAt: Math.max(now + MINUTE_MS, Math.min(endAt, now + LONGEST_ASKING_MS)),
  };
  await planErrands(sql, tenantId, [errand], correlationId, now);
}

export interface AskingParts {
  database: Pick<Database, 'inTenant'>;
  graph: Pick<Graph, 'readEvent' | 'createMeeting' | 'writeRooms'>;
}

type Invited = NonNullable<GraphEvent['attendees']>[number];
const addressOf = (one: Invited) => one.emailAddress?.address?.toLowerCase() ?? '';

/** "Alpha; Beta" without the one, with the other. */
function placeWith(read: GraphEvent, room: Room, off: ReadonlySet<string>): string | undefined {
  const names = (read.location?.displayName ?? '')
    .split(';')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const kept = names.filter((name) => !off.has(name.toLowerCase()));
  // Somewhere else besides: that is theirs to word.
  return kept.length > 0 && kept.length === names.length ? undefined : [...kept, room.name].join('; ');
}

/** What to write so that the room is asked; undefined: it is already. Rooms that said no are taken off. Pure. */
export function withRoom(
  read: GraphEvent,
  room: Room,
  replaces: string | undefined,
): { attendees: Invited[]; place?: string } | 'declined' | undefined {
  const all = read.attendees ?? [];
  const known = all.find((one) => addressOf(one) === room.address);
  if (known?.status?.response === 'declined') return 'declined';
  const isOff = (one: Invited) =>
    addressOf(one) === replaces || (one.type === 'resource' && one.status?.response === 'declined');
  const off = all.filter(isOff);
  if (known && off.length === 0) return undefined;
  const bare = ({ type, emailAddress }: Invited): Invited => ({
    ...(type ? { type } : {}),
    ...(emailAddress ? { emailAddress } : {}),
  });
  const asked: Invited = { type: 'resource', emailAddress: { address: room.address, name: room.name } };
  const kept = all.filter((one) => !isOff(one) && one !== known).map(bare);
  const names = new Set(off.map((one) => (one.emailAddress?.name ?? '').toLowerCase()));
  const place = placeWith(read, room, names);
  return { attendees: [...kept, asked], ...(place === undefined ? {} : { place }) };
}

async function askInto(
  { graph }: AskingParts,
  access: Access,
  eventId: string,
  ask: RoomAsk,
  room: Room,
  replaces: string | undefined,
): Promise<GraphEvent | { refused: string }> {
  const read = await graph.readEvent(access, eventId);
  const event = normalise(read, '');
  if (read.isCancelled || !event || event.startAt !== ask.startAt || event.endAt !== ask.endAt)
    return { refused: TAKEN_MEANWHILE };
  if (read.isOrganizer !== true) return { refused: NOT_YOURS };
  const wanted = withRoom(read, room, replaces);
  if (wanted === 'declined') return { refused: DECLINED_BEFORE };
  if (!wanted) return read;
  return graph.writeRooms(access, eventId, wanted, read['@odata.etag'] ?? `W/"${read.changeKey ?? ''}"`);
}

async function perform(parts: AskingParts, errand: Errand, given: Payload): Promise<Result> {
  const { tenantId } = errand;
  const { ask, room } = await parts.database.inTenant(tenantId, async (sql) => {
    const found = await findAsk(sql, tenantId, given.askId);
    return { ask: found, room: found && (await findRoom(sql, tenantId, found.roomId)) };
  });
  if (!ask || !room || ask.state !== 'asking') return { kind: 'withdrawn', reason: 'the ask is over' };
  const { personId, startAt, endAt, askId } = ask;
  const access: Access = { tenantId, personId, mailboxId: personId };
  for (let left = READINGS; ; left -= 1) {
    try {
      const meeting = { transactionId: askId, subject: given.subject, startAt, endAt, room };
      const made =
        given.into === undefined
          ? await parts.graph.createMeeting(access, meeting)
          : await askInto(parts, access, given.into, ask, room, given.replaces);
      if ('refused' in made) return { kind: 'failed', reason: String(made.refused) };
      return { kind: 'done', outcome: { eventId: made.id ?? '', changeKey: made.changeKey ?? '' } };
    } catch (error) {
      if (error instanceof GraphFailure && error.kind === 'changed' && left > 1) continue;
      const trouble = troubleOf(error, errand.attempts);
      return trouble.kind === 'again' ? { ...trouble, afterMs: Math.min(trouble.afterMs, MINUTE_MS) } : trouble;
    }
  }
}

const outcomeIn = z.object({ eventId: z.string().min(1), changeKey: z.string() });

async function settle(sql: Sql, errand: Errand, given: Payload, result: Result, now: number): Promise<void> {
  const { tenantId, correlationId } = errand;
  const ask = await findAsk(sql, tenantId, given.askId);
  if (!ask || result.kind === 'again' || result.kind === 'withdrawn') return;
  const made = result.kind === 'done' ? outcomeIn.safeParse(result.outcome) : undefined;
  const event = await findEvent(sql, tenantId, ask.personId, made?.data?.eventId ?? ask.eventId ?? '');
  if (!made?.success) {
    const reason = result.kind === 'failed' ? result.reason : 'unreadable';
    if (await setAsk(sql, tenantId, ask.askId, { state: 'failed' }, now))
      await tellOutcome(sql, { tenantId, correlationId }, ask, { outcome: 'failed', reason, event }, now);
    return;
  }
  const { eventId, changeKey } = made.data;
  if (changeKey !== '') await saveOwnWrite(sql, tenantId, ask.personId, changeKey, now);
  if (!(await setAsk(sql, tenantId, ask.askId, { state: 'asked', eventId }, now))) return;
  // The room may have answered before Graph told us that it was asked.
  const asked: RoomAsk = { ...ask, state: 'asked', eventId, askedAt: now };
  await settleAsk(sql, { tenantId, correlationId }, asked, { event, isGone: false }, now);
}

export const createBookRoom = (parts: AskingParts): ErrandKind => ({
  name: BOOK_ROOM,
  // Neither does harm twice.
  whenUnknown: 'again',
  async perform(errand) {
    const given = payload.safeParse(errand.payload);
    return given.success ? perform(parts, errand, given.data) : { kind: 'failed', reason: 'unreadable' };
  },
  async settle(sql, errand, result, now) {
    const given = payload.safeParse(errand.payload);
    if (given.success) await settle(sql, errand, given.data, result, now);
  },
});
