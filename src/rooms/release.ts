/**
 * Giving a room back, as an errand. The guarantee: a room that somebody checked in to is not released. The press and this
 * lock the same row of cw.check_in, and 'releasing' is committed before Graph is asked; whoever presses after that is told
 * that it is too late.
 */
import { normalise } from '../calendar/normalise.ts';
import { MINUTE_MS } from '../clock.ts';
import type { Errand, ErrandKind, Result } from '../delivery/errands/errand.ts';
import { codeOf } from '../errors.ts';
import { GraphFailure } from '../graph/failures.ts';
import { type Access, asApplication, type Graph } from '../graph/port.ts';
import { readPolicy } from '../nudges/settings.ts';
import { bookingsWithIds } from '../store/bookings.ts';
import { askedAt, lockCheckIn, setCheckIn } from '../store/check-ins.ts';
import type { Sql } from '../store/database.ts';
import { findEvent } from '../store/events.ts';
import { findPerson } from '../store/people.ts';
import { findRoom } from '../store/rooms.ts';
import { checkInPolicy, STANDARD_TIMES } from './policy.ts';
import { RELEASE, readRelease } from './release-words.ts';
import { settleRelease } from './settle-release.ts';
import type { Tellers } from './tell.ts';
import type { CheckIn, CheckInKey } from './types.ts';

/** Whoever is asked has at least this long. */
const LEAST_TIME_MS = 2 * MINUTE_MS;
const AGAIN_MS = MINUTE_MS;
const LEAST_LEFT_MS = MINUTE_MS;

const COMMENT = 'Nobody checked in, so that I give the room back. The meeting itself is unchanged.';
const ON_REQUEST = 'The room is given back on request. The meeting itself is unchanged.';

export const keyIn = (errand: Pick<Errand, 'mailboxId' | 'eventId' | 'startAt'>): CheckInKey | undefined =>
  errand.mailboxId === null || errand.startAt === null
    ? undefined
    : { roomId: errand.mailboxId, eventId: errand.eventId, startAt: errand.startAt };

const MOVED = 'the booking is another one now';
const GONE = 'the booking is gone';
const NEARLY_OVER = 'it is nearly over';

const bookingOf = async (sql: Sql, tenantId: string, one: CheckIn) =>
  (await bookingsWithIds(sql, tenantId, one.roomId, [one.eventId]))[0];

/** Why a room that nobody asked to give back is kept. */
async function against(sql: Sql, tenantId: string, one: CheckIn, now: number): Promise<string | undefined> {
  const booking = await bookingOf(sql, tenantId, one);
  if (!booking || booking.startAt !== one.startAt || booking.state !== 'held') return MOVED;
  if (booking.endAt <= now + LEAST_LEFT_MS) return NEARLY_OVER;
  const room = await findRoom(sql, tenantId, one.roomId);
  const person = await findPerson(sql, tenantId, one.roomId);
  if (!room || !person || !checkInPolicy(STANDARD_TIMES, readPolicy(person.policy), room).isOn)
    return 'nobody is asked any more';
  const asked = await askedAt(sql, tenantId, one);
  return asked === undefined || asked > now - LEAST_TIME_MS ? 'the question did not arrive in time' : undefined;
}

async function lookOnce(sql: Sql, errand: Errand, now: number): Promise<string | undefined> {
  const release = readRelease(errand.payload);
  const key = keyIn(errand);
  if (!release || !key) return 'it can’t be read';
  const { tenantId } = errand;
  if (release.scope === 'series')
    return (await findEvent(sql, tenantId, key.roomId, key.eventId)) ? undefined : 'the series is gone';
  const one = await lockCheckIn(sql, tenantId, key);
  if (!one) return 'the check-in is gone';
  // An attempt of before may have done it: that is finished, whoever presses now.
  if (one.state === 'releasing') {
    if (!release.onRequest && errand.attempts === 0) return 'it is being given back';
    // An entry keeps its id when it moves: at another time it is nobody's to give back. One that is gone may be our doing.
    const booking = await bookingOf(sql, tenantId, one);
    if (!booking || booking.startAt === one.startAt) return undefined;
    await setCheckIn(sql, tenantId, key, { state: 'kept', reason: MOVED }, now);
    return MOVED;
  }
  if (one.state !== 'planned' || release.onRequest) return `the check-in is ${one.state}`;
  const reason = await against(sql, tenantId, one, now);
  if (reason === undefined) await setCheckIn(sql, tenantId, key, { state: 'releasing', reason: null }, now);
  else await setCheckIn(sql, tenantId, key, { state: 'kept', reason }, now);
  return reason;
}

export interface ReleaseParts extends Tellers {
  graph: Pick<Graph, 'readEvent' | 'respond' | 'deleteEvent'>;
}

/**
 * As it is at this moment, whatever the replica knows: undefined: it is to be given back; 'done': it is already.
 * Of a series nothing but its head is asked.
 */
async function lookAtGraph(
  graph: ReleaseParts['graph'],
  access: Access,
  { eventId, startAt, attempts }: Errand,
  isSeries: boolean,
): Promise<Result | undefined> {
  const read = await graph.readEvent(access, eventId);
  if (read.responseStatus?.response === 'declined') return { kind: 'done' };
  if (read.isCancelled) return attempts > 0 ? { kind: 'done' } : { kind: 'failed', reason: GONE };
  return isSeries || normalise(read, '')?.startAt === startAt ? undefined : { kind: 'failed', reason: MOVED };
}

/** Where the organiser wants no answers Exchange refuses to send one. */
async function decline(graph: ReleaseParts['graph'], access: Access, eventId: string, comment: string): Promise<void> {
  try {
    await graph.respond(access, eventId, 'decline', { comment, sendResponse: true });
  } catch (error) {
    if (!(error instanceof GraphFailure) || error.kind !== 'rejected') throw error;
    await graph.respond(access, eventId, 'decline', { sendResponse: false });
  }
}

async function give(graph: ReleaseParts['graph'], errand: Errand): Promise<Result> {
  const release = readRelease(errand.payload);
  const { mailboxId: roomId, tenantId, eventId } = errand;
  if (!release || roomId === null) return { kind: 'failed', reason: 'it can’t be read' };
  // Nobody signs in as a room: the application itself writes, where Exchange lets it.
  const access = asApplication(tenantId, roomId);
  const comment = release.onRequest ? ON_REQUEST : COMMENT;
  try {
    const seen = await lookAtGraph(graph, access, errand, release.scope === 'series');
    if (seen) return seen;
    if (release.how === 'delete') await graph.deleteEvent(access, eventId);
    else await decline(graph, access, eventId, comment);
    return { kind: 'done' };
  } catch (error) {
    // It is there no more: that is what was wanted, and may be our doing; at the first attempt it is not.
    if (error instanceof GraphFailure && error.kind === 'notFound')
      return errand.attempts > 0 || release.onRequest ? { kind: 'done' } : { kind: 'failed', reason: GONE };
    if (error instanceof GraphFailure && (error.kind === 'forbidden' || error.kind === 'rejected'))
      return { kind: 'failed', reason: codeOf(error) };
    const wait = error instanceof GraphFailure ? error.retryAfterMs : undefined;
    return { kind: 'again', afterMs: Math.max(AGAIN_MS, wait ?? 0), reason: codeOf(error), ambiguous: true };
  }
}

export const createRelease = (parts: ReleaseParts): ErrandKind => ({
  name: RELEASE,
  whenUnknown: 'again',
  stillStands: lookOnce,
  perform: (errand) => give(parts.graph, errand),
  settle: (sql, errand, result, now) => settleRelease(sql, parts, errand, result, now),
});
