/** Which bookings somebody must show up for, and when they are asked. Pure; ask-check-ins.ts writes it. */
import { hash } from 'node:crypto';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../clock.ts';
import type { Booking, CheckInKey, CheckInPolicy } from './types.ts';

/** Questions are planned this far ahead, and again well before that is over. */
export const PLANNED_AHEAD_MS = DAY_MS;
export const PLAN_AGAIN_MS = 12 * HOUR_MS;
/** With less left of it, nobody gains by a release. */
const LEAST_WON_MS = 5 * MINUTE_MS;
/** A plan may be late by this without the question being left out. */
const LATE_MS = MINUTE_MS;

export interface WantedCheckIn {
  booking: Booking;
  askAt: number;
  releaseAt: number;
}

export type Exempt = 'long' | 'short' | 'just made' | 'private';

/** Why nobody is asked; undefined: somebody is. */
export function exemption(booking: Booking, policy: CheckInPolicy, isAllDay: boolean): Exempt | undefined {
  const { startAt, endAt, heldSince, organizer } = booking;
  const askAt = startAt - policy.beforeMinutes * MINUTE_MS;
  if (isAllDay || endAt - startAt >= policy.exemptFromMinutes * MINUTE_MS) return 'long';
  if (endAt - startAt < policy.afterMinutes * MINUTE_MS + LEAST_WON_MS) return 'short';
  if (heldSince > Math.min(askAt, startAt - policy.justMadeMinutes * MINUTE_MS)) return 'just made';
  return organizer === '' ? 'private' : undefined;
}

/** Those whose time to be asked lies ahead: what could not be asked in time is not asked. */
export function wantedCheckIns(
  bookings: readonly Booking[],
  policy: CheckInPolicy,
  allDay: ReadonlySet<string>,
  now: number,
): WantedCheckIn[] {
  if (!policy.isOn) return [];
  return bookings
    .filter((one) => one.state === 'held' && !exemption(one, policy, allDay.has(one.eventId)))
    .map((booking) => ({
      booking,
      askAt: booking.startAt - policy.beforeMinutes * MINUTE_MS,
      releaseAt: booking.startAt + policy.afterMinutes * MINUTE_MS,
    }))
    .filter(({ askAt, booking }) => askAt >= now - LATE_MS && booking.startAt <= now + PLANNED_AHEAD_MS);
}

/** Of one booking at one time, since it is there: one that moved away and back is asked for anew. */
export const checkInMark = (key: CheckInKey & { heldSince: number }): string =>
  hash('sha256', JSON.stringify([key.roomId, key.eventId, key.startAt, key.heldSince]), 'base64url').slice(0, 24);
