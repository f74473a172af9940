/** Days by the clock on the wall, and the zones that people are in. */
import { addDays, dateOf, instantOf, wallOf } from '../../../sandbox/calendar/wall-clock.ts';
import type { History } from '../history.ts';

export const utcMidnightOf = (date: string): number => Date.parse(`${date}T00:00:00Z`);

const nines = new Map<string, number>();

/** 09:00 in `zone` on the day before that of `startAt`. */
export function nineTheDayBefore(startAt: number, zone: string): number {
  const date = dateOf(wallOf(startAt, zone));
  const key = `${zone}|${date}`;
  const known = nines.get(key) ?? instantOf(`${addDays(date, -1)}T09:00`, zone);
  nines.set(key, known);
  return known;
}

/** How the cause of a truth entry names a new zone of the mailbox: "travels to Europe/London". */
const TRAVELS = /^travels to (\S+)/;

/** People are in the zone of their record until a truth entry says that they travel. */
export class Zones {
  private readonly steps = new Map<string, { from: number; zone: string }[]>();

  constructor(history: History) {
    for (const { oid, timeZone } of history.people) this.steps.set(oid, [{ from: -Infinity, zone: timeZone }]);
    for (const { at, oid, cause } of [...history.truth].sort((a, b) => a.at - b.at)) {
      const zone = TRAVELS.exec(cause)?.[1];
      const list = this.steps.get(oid);
      if (zone && list && list.at(-1)?.zone !== zone) list.push({ from: at, zone });
    }
  }

  at(oid: string, at: number): string {
    return this.steps.get(oid)?.findLast((step) => step.from <= at)?.zone ?? 'UTC';
  }

  /** All that the person was in within the time. */
  between(oid: string, from: number, to: number): string[] {
    const list = this.steps.get(oid) ?? [];
    return list
      .filter((step, index) => step.from <= to && (list[index + 1]?.from ?? Infinity) > from)
      .map((step) => step.zone);
  }
}
