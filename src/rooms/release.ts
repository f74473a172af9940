/**
 * Giving a room back, as an errand. The guarantee: a room that somebody checked in to is not released. The press and this
 * lock the same row of cw.check_in, and 'releasing' is committed before Graph is asked; whoever presses after that is told
 * that it is too late.
 */
import { MINUTE_MS } from '../clock.ts';
import type { Errand, ErrandKind, Result } from '../delivery/errands/errand.ts';
import { codeOf } from '../errors.ts';
import { GraphFailure } from '../graph/failures.ts';
import { asApplication, type Graph } from '../graph/port.ts';
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

const COMMENT = 'Nobody checked in, so that I give the room back. The meeting itself is unchanged.';
const ON_REQUEST = 'The room is given back on request. The meeting itself is unchanged.';

export const keyIn = (errand: Pick<Errand, 'mailboxId' | 'eventId' | 'startAt'>): CheckInKey | undefined =>
  errand.mailboxId === null || errand.startAt === null
    ? undefined
    : { roomId: errand.mailboxId, eventId: errand.eventId, startAt: errand.startAt };

/** Why a room that nobody asked to give back is kept. */
async function against(sql: Sql, tenantId: string, one: CheckIn, now: number): Promise<string | undefined> {
  const [booking] = await bookingsWithIds(sql, tenantId, one.roomId, [one.eventId]);
  if (!booking || booking.startAt !== one.startAt || booking.state !== 'held') return 'the booking is another one now';
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
  if (one.state === 'releasing') return release.onRequest || errand.attempts > 0 ? undefined : 'it is being given back';
  if (one.state !== 'planned' || release.onRequest) return `the check-in is ${one.state}`;
  const reason = await against(sql, tenantId, one, now);
  if (reason === undefined) await setCheckIn(sql, tenantId, key, { state: 'releasing', reason: null }, now);
  else await setCheckIn(sql, tenantId, key, { state: 'kept', reason }, now);
  return reason;
}

export interface ReleaseParts extends Tellers {
  graph: Pick<Graph, 'respond' | 'deleteEvent'>;
}

async function give(graph: ReleaseParts['graph'], errand: Errand): Promise<Result> {
  const release = readRelease(errand.payload);
  const { mailboxId: roomId, tenantId, eventId } = errand;
  if (!release || roomId === null) return { kind: 'failed', reason: 'it can’t be read' };
  // Nobody signs in as a room: the application itself writes, where Exchange lets it.
  const access = asApplication(tenantId, roomId);
  const comment = release.onRequest ? ON_REQUEST : COMMENT;
  try {
    if (release.how === 'delete') await graph.deleteEvent(access, eventId);
    else await graph.respond(access, eventId, 'decline', { comment, sendResponse: true });
    return { kind: 'done' };
  } catch (error) {
    // It is there no more: that is what was wanted.
    if (error instanceof GraphFailure && error.kind === 'notFound') return { kind: 'done' };
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
