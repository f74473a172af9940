/** What the errand that gives a room back is called and carries. Pure. */
import { z } from 'zod';
import type { CalendarEvent } from '../calendar/event.ts';
import type { Booking } from './types.ts';

export const RELEASE = 'release';

export const releaseIdOf = (mark: string): string => `release.${mark}`;

/** "occurrence": that entry at that time; "series": all of it, by its head. */
export type Scope = 'occurrence' | 'series';

const payload = z.object({
  scope: z.enum(['occurrence', 'series']),
  /** An entry that somebody wrote there has nobody to decline it to. */
  how: z.enum(['decline', 'delete']),
  /** Somebody asked for it: whoever organises it knows. */
  onRequest: z.boolean().default(false),
});

export type ReleasePayload = z.infer<typeof payload>;

export const readRelease = (stored: unknown): ReleasePayload | undefined => payload.safeParse(stored).data;

export function releasePayload(
  event: Pick<CalendarEvent, 'isOrganizer' | 'response'> | undefined,
  scope: Scope,
  onRequest = false,
): ReleasePayload {
  const isOwn =
    event !== undefined && (event.isOrganizer || event.response === 'none' || event.response === 'organizer');
  return { scope, how: isOwn ? 'delete' : 'decline', onRequest };
}

/** By start and id. */
export const heldStillAt = (bookings: readonly Booking[]): Map<string, Booking> =>
  new Map(bookings.filter((one) => one.state === 'held').map((one) => [`${one.startAt} ${one.eventId}`, one]));
