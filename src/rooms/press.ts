/** "We are here" and "Give it back", by a button or by the link in a mail: one transaction, under the lock of the check-in. */
import { MINUTE_MS } from '../clock.ts';
import { lockCheckIn, setCheckIn } from '../store/check-ins.ts';
import type { Sql } from '../store/database.ts';
import { planErrands } from '../store/errands.ts';
import { findEvent } from '../store/events.ts';
import { checkInMark } from './check-ins.ts';
import { RELEASE, releaseIdOf, releasePayload } from './release-words.ts';
import type { CheckIn, CheckInKey } from './types.ts';

export type Press = 'here' | 'giveBack';

export type Pressed =
  /** 'over', 'gone': there is nothing to say any more; 'late': the room is being given back, or was. */
  { kind: 'gone' | 'over' | 'late' } | { kind: 'here' | 'givenBack'; checkIn: CheckIn };

const LONG_ENOUGH_MS = 30 * MINUTE_MS;

const isMine = (one: CheckIn, personId: string | undefined) => personId === undefined || one.personId === personId;

async function giveBack(sql: Sql, tenantId: string, one: CheckIn, correlationId: string, now: number): Promise<void> {
  const { roomId, eventId, startAt } = one;
  await setCheckIn(sql, tenantId, one, { state: 'releasing', reason: null }, now);
  const event = await findEvent(sql, tenantId, roomId, eventId);
  // Should it fail, the room may be given back once more.
  const mark = checkInMark({ roomId, eventId, startAt, heldSince: now });
  const errand = {
    errandId: releaseIdOf(mark),
    kind: RELEASE,
    mailboxId: roomId,
    eventId,
    startAt,
    trigger: 'asked',
    payload: releasePayload(event, 'occurrence', true),
    dueAt: now,
    deadlineAt: Math.max(one.endAt, now + LONG_ENOUGH_MS),
  };
  await planErrands(sql, tenantId, [errand], correlationId, now);
}

/** @param who whose press it is; without `personId` it came by the link, which nobody else has */
export async function pressCheckIn(
  sql: Sql,
  key: CheckInKey & { tenantId: string },
  who: { press: Press; personId?: string; correlationId: string },
  now: number,
): Promise<Pressed> {
  const { tenantId } = key;
  const one = await lockCheckIn(sql, tenantId, key);
  if (!one || !isMine(one, who.personId) || one.state === 'withdrawn') return { kind: 'gone' };
  if (one.state === 'releasing' || one.state === 'released')
    return who.press === 'giveBack' ? { kind: 'givenBack', checkIn: one } : { kind: 'late' };
  if (one.endAt <= now) return { kind: 'over' };
  if (who.press === 'giveBack') {
    await giveBack(sql, tenantId, one, who.correlationId, now);
    return { kind: 'givenBack', checkIn: one };
  }
  if (one.state === 'planned') await setCheckIn(sql, tenantId, one, { state: 'here', reason: null }, now);
  return { kind: 'here', checkIn: one };
}
