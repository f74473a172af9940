/** When somebody works, as they set it in Outlook (mailboxSettings.workingHours). Pure. */
import { addDays, dateOf, instantOn, weekdayOf } from './zone.ts';

export interface WorkingHours {
  /** 0 is Sunday. */
  days: readonly number[];
  /** "08:00" */
  start: string;
  end: string;
  /** IANA; undefined: the person's own. */
  timeZone?: string;
}

/** Outlook's own, for whom nothing else is known. */
export const USUAL_HOURS: WorkingHours = { days: [1, 2, 3, 4, 5], start: '08:00', end: '17:00' };

export const isWorkday = (date: string, hours: WorkingHours): boolean => hours.days.includes(weekdayOf(date));

/** The hours of `date` ("2026-12-01") as instants; undefined on a day off. `zone` is the person's. */
export function hoursOn(date: string, hours: WorkingHours, zone: string): { from: number; to: number } | undefined {
  if (!isWorkday(date, hours)) return undefined;
  const iana = hours.timeZone ?? zone;
  const from = instantOn(date, hours.start, iana);
  // A night shift ends on the next day.
  const to = instantOn(hours.end <= hours.start ? addDays(date, 1) : date, hours.end, iana);
  return { from, to };
}

/**
 * The weekday on which somebody's week begins: the one after their longest time off (of two as long, the one that ends
 * with a Sunday, or soonest after it), so Sunday for who works from Sunday to Thursday. Undefined for who never works.
 */
function firstWeekday(hours: WorkingHours): number | undefined {
  let best: { day: number; off: number } | undefined;
  // Monday first.
  for (const day of [1, 2, 3, 4, 5, 6, 0]) {
    if (!hours.days.includes(day)) continue;
    let off = 0;
    while (off < 7 && !hours.days.includes((day + 6 - off) % 7)) off += 1;
    if (!best || off > best.off) best = { day, off };
  }
  return best?.day;
}

/** The first day of work of the week that `date` is in; undefined for who never works. */
export function firstWorkdayOfWeek(date: string, hours: WorkingHours): string | undefined {
  const first = firstWeekday(hours);
  return first === undefined ? undefined : addDays(date, -((weekdayOf(date) - first + 7) % 7));
}

export function isWorkTime(instant: number, hours: WorkingHours, zone: string): boolean {
  // The shift's own date, which may be another one where the person is.
  const today = dateOf(instant, hours.timeZone ?? zone);
  return [addDays(today, -1), today].some((date) => {
    const span = hoursOn(date, hours, zone);
    return span !== undefined && span.from <= instant && instant < span.to;
  });
}
