/** What a week looks like, a working day each. Pure. */
import { type CalendarEvent, takesPlaceForMe } from '../calendar/event.ts';
import { isWorkday } from '../calendar/working-hours.ts';
import { addDays } from '../calendar/zone.ts';
import { isCommitted } from './conflicts.ts';
import { busySpans, daySpan, overlappingPairs, touches } from './day-shape.ts';
import type { PlanInput } from './nudge.ts';

const MOST_CONFLICTS = 20;

export interface Weekday {
  /** "2026-12-01" */
  date: string;
  meetings: number;
  /** In meetings; what overlaps counts once. */
  busyMs: number;
  firstStartAt?: number;
  conflicts: number;
}

/** The seven days from `first`, of which those on which somebody works. */
export function weekOf(
  first: string,
  { timeZone, workingHours }: Pick<PlanInput['person'], 'timeZone' | 'workingHours'>,
  chosen: readonly CalendarEvent[],
): Weekday[] {
  const attended = chosen.filter(takesPlaceForMe);
  const dates = Array.from({ length: 7 }, (_, index) => addDays(first, index));
  return dates
    .filter((date) => isWorkday(date, workingHours))
    .map((date): Weekday => {
      const span = daySpan(date, timeZone);
      const meetings = attended.filter((event) => touches(event, span));
      const starts = meetings.map((event) => event.startAt).filter((startAt) => startAt >= span.from);
      return {
        date,
        meetings: meetings.length,
        busyMs: busySpans(meetings, span, timeZone).reduce((sum, one) => sum + one.to - one.from, 0),
        ...(starts.length > 0 ? { firstStartAt: Math.min(...starts) } : {}),
        conflicts: overlappingPairs(meetings.filter(isCommitted), MOST_CONFLICTS).length,
      };
    });
}
