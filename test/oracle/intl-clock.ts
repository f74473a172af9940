/**
 * What clocks show, by definition and by nothing but Intl: the instants of a wall time are those at which Intl shows it.
 * Shares no code and no method with src/calendar/zone.ts or sandbox/graph/zones.ts, which compute with offsets. A wall
 * time is the ms that it would be in UTC.
 */
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** No zone is further from UTC than this. */
const FURTHEST_MS = 15 * HOUR_MS;
/** Clocks don't change twice within this, so that no offset is overlooked between two looks. */
const LOOK_MS = HOUR_MS;

export class IntlClock {
  private readonly format: Intl.DateTimeFormat;

  /** `zone` is an IANA name. */
  constructor(readonly zone: string) {
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  }

  /** The wall time that is shown at `instant`. */
  shown(instant: number): number {
    const parts = this.format.format(instant).match(/\d+/g);
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = (parts ?? []).map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second);
  }

  /** All instants at which clocks show `wall`, ascending: none in a gap, two in an overlap. */
  showing(wall: number): number[] {
    const found = new Set<number>();
    for (let look = wall - FURTHEST_MS; look <= wall + FURTHEST_MS; look += LOOK_MS) {
      const candidate = look + (wall - this.shown(look));
      if (!found.has(candidate) && this.shown(candidate) === wall) found.add(candidate);
    }
    return [...found].sort((a, b) => a - b);
  }

  /** The same from minute to minute: slow, and what `showing` is measured by. `wall` is a whole minute. */
  showingByMinutes(wall: number): number[] {
    const found: number[] = [];
    for (let look = wall - FURTHEST_MS; look <= wall + FURTHEST_MS; look += MINUTE_MS)
      if (this.shown(look) === wall) found.push(look);
    return found;
  }

  /**
   * The instant that `wall` means. In an overlap the first or the last of both, as `overlap` says. A wall time that
   * clocks leave out is moved forward by as much as they leave out.
   */
  meant(wall: number, overlap: 'first' | 'last' = 'first'): number {
    const instants = this.showing(wall);
    const instant = overlap === 'first' ? instants.at(0) : instants.at(-1);
    if (instant !== undefined) return instant;
    const gap = this.gapAround(wall);
    if (gap <= 0) throw new Error(`${this.zone} neither shows ${new Date(wall).toISOString()} nor leaves it out`);
    return this.meant(wall + gap, overlap);
  }

  /** How much the clocks leave out where they leave out `wall`. */
  private gapAround(wall: number): number {
    let before = wall - FURTHEST_MS;
    let after = wall + FURTHEST_MS;
    // Clocks never run backwards past a gap within this window, so that "shows less than `wall`" changes but once.
    while (after - before > 1_000) {
      const middle = Math.floor((before + after) / 2_000) * 1_000;
      if (this.shown(middle) < wall) before = middle;
      else after = middle;
    }
    return this.shown(after) - this.shown(before) - (after - before);
  }

  /** The minutes of UTC at which what is shown leaps. No zone has changed its clocks and back within a week. */
  changesBetween(from: number, to: number): number[] {
    const distance = (instant: number) => this.shown(instant) - instant;
    const changes: number[] = [];
    for (let look = from; look < to; look += WEEK_MS) {
      const old = distance(look);
      let [before, after] = [look, Math.min(look + WEEK_MS, to)];
      if (distance(after) === old) continue;
      while (after - before > MINUTE_MS) {
        const middle = Math.floor((before + after) / 2 / MINUTE_MS) * MINUTE_MS;
        if (distance(middle) === old) before = middle;
        else after = middle;
      }
      changes.push(after);
    }
    return changes;
  }
}
