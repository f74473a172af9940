/** What was left open after a meeting: written down when it is followed up, picked up by the next one's agenda. Pure. */
import { z } from 'zod';
import type { CalendarEvent } from '../calendar/event.ts';
import type { Answer } from './nudge.ts';

/** value: OpenPoints; `eventId` is the series' master, or the entry where there is no series. */
export const OPEN_POINTS = 'points.open';

export const MOST_POINTS = 10;
export const LONGEST_POINT = 160;

const value = z.object({
  points: z.array(z.string().max(4_000)).max(100),
  /** When the meeting that left them open began; ms. */
  fromStartAt: z.number().finite(),
});

export type OpenPoints = z.infer<typeof value>;

/** One line each, none empty, no more and no longer than a card shows; never half a character. */
export const orderlyPoints = (points: readonly string[]): string[] =>
  points
    .map((point) =>
      point
        .replace(/[\s\p{Cc}]+/gu, ' ')
        .trim()
        .slice(0, LONGEST_POINT)
        .replace(/[\ud800-\udbff]$/, ''),
    )
    .filter((point) => point !== '')
    .slice(0, MOST_POINTS);

/** Undefined for what can't be read, and for no points. */
export function readOpenPoints(stored: unknown): OpenPoints | undefined {
  const read = value.safeParse(stored);
  if (!read.success) return undefined;
  const points = orderlyPoints(read.data.points);
  return points.length > 0 ? { points, fromStartAt: read.data.fromStartAt } : undefined;
}

/** Which answers of a person are open points, by series or entry. */
export const openPointsIn = (answers: readonly Answer[]): ReadonlyMap<string, OpenPoints> =>
  new Map(
    answers.flatMap((one) => {
      const points = one.kind === OPEN_POINTS ? readOpenPoints(one.value) : undefined;
      return points ? [[one.eventId, points] as const] : [];
    }),
  );

/** Those that an earlier occurrence left to this one. */
export function openPointsFor(
  event: Pick<CalendarEvent, 'id' | 'seriesMasterId' | 'startAt'>,
  known: ReadonlyMap<string, OpenPoints>,
): string[] {
  const left = known.get(event.seriesMasterId ?? event.id);
  return left && left.fromStartAt < event.startAt ? left.points : [];
}
