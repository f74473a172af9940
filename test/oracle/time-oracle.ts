/**
 * Generated times in every zone around every change of clocks: what the product and the sandbox make of them beside
 * what Intl shows (intl-clock.ts). All random numbers come from the seed.
 */
import { WINDOWS_TO_IANA_MAP } from 'windows-iana';
import { seriesDays } from '../../sandbox/graph/recurrence.ts';
import { ianaZone, instantOf as sandboxInstantOf } from '../../sandbox/graph/zones.ts';
import { seededRandom } from '../../sandbox/world.ts';
import { normalise } from '../../src/calendar/normalise.ts';
import { addDays, dateOf, instantOf, startOfDay } from '../../src/calendar/zone.ts';
import { DAY_MS, HOUR_MS, IntlClock, MINUTE_MS } from './intl-clock.ts';

const [FIRST_YEAR, LAST_YEAR] = [2015, 2035];
const MOST_DIFFERENCES_KEPT = 20;

/** A zone under a name that Exchange may use. */
export interface NamedZone {
  name: string;
  iana: string;
  isWindows: boolean;
}

export interface Difference {
  kind: string;
  zone: string;
  /** The wall time, date or instant in question. */
  about: string;
  got: string;
  expected: string;
}

export interface Tally {
  cases: number;
  differences: number;
  /** Names of either kind that were looked at; of these Windows'; of these those whose every year was. */
  zoneNames: number;
  windowsNames: number;
  zonesInAllYears: number;
  /** Distinct changes of clocks, counted for each name. */
  changes: number;
  inGaps: number;
  inOverlaps: number;
  wallCases: number;
  seriesCases: number;
  dayCases: number;
  allDayCases: number;
  sandboxCases: number;
  examples: Difference[];
}

/** Every zone that Intl lists and every name that Windows has. */
export function allZones(): NamedZone[] {
  const windows = new Map<string, string>();
  for (const { windowsName, territory, iana } of WINDOWS_TO_IANA_MAP)
    if (territory === '001') windows.set(windowsName, iana[0]);
  return [
    ...Intl.supportedValuesOf('timeZone').map((name) => ({ name, iana: name, isWindows: false })),
    ...[...windows].map(([name, iana]) => ({ name, iana, isWindows: true })),
  ];
}

const wallText = (wall: number) => `${new Date(wall).toISOString().slice(0, 19)}.0000000`;
const dateText = (wall: number) => new Date(wall).toISOString().slice(0, 10);
const instantText = (instant: number | undefined) =>
  instant === undefined || Number.isNaN(instant) ? String(instant) : new Date(instant).toISOString();
const floor = (value: number, unit: number) => Math.floor(value / unit) * unit;

export class TimeOracle {
  readonly tally: Tally = {
    cases: 0,
    differences: 0,
    zoneNames: 0,
    windowsNames: 0,
    zonesInAllYears: 0,
    changes: 0,
    inGaps: 0,
    inOverlaps: 0,
    wallCases: 0,
    seriesCases: 0,
    dayCases: 0,
    allDayCases: 0,
    sandboxCases: 0,
    examples: [],
  };
  private readonly random: () => number;
  private readonly seenChanges = new Set<string>();
  private readonly clocks = new Map<string, IntlClock>();

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** Rounds over all zones, in each another moment of each zone, until there are `count` cases. */
  run(count: number, zones = allZones(), say: (line: string) => void = () => {}): Tally {
    const moments = zones.map((zone) => ({ zone, clock: this.clock(zone.iana), rest: this.momentsOf(zone) }));
    for (let round = 1; this.tally.cases < count; round++) {
      for (const { zone, clock, rest } of moments) {
        if (this.tally.cases >= count) break;
        if (round === 1) this.tally.zoneNames += 1;
        if (round === 1 && zone.isWindows) this.tally.windowsNames += 1;
        this.around(zone, clock, rest.next().value);
      }
      if (round % 10 === 0) say(`round ${round}: ${this.tally.cases} cases, ${this.tally.differences} differences`);
    }
    this.tally.changes = this.seenChanges.size;
    return this.tally;
  }

  /** All changes of clocks of one year after the other, in any order and for ever; any moment of a year without. */
  private *momentsOf(zone: NamedZone): Generator<number, never> {
    const clock = this.clock(zone.iana);
    for (let turn = 0; ; turn++) {
      for (const year of this.shuffledYears()) {
        const changes = clock.changesBetween(Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1));
        for (const change of changes) {
          this.seenChanges.add(`${zone.name} ${change}`);
          yield change;
        }
        if (changes.length === 0) yield Date.UTC(year, 0, 1) + this.whole(365 * 24 * 60) * MINUTE_MS;
      }
      if (turn === 0) this.tally.zonesInAllYears += 1;
    }
  }

  private shuffledYears(): number[] {
    return Array.from({ length: LAST_YEAR - FIRST_YEAR + 1 }, (_, index) => FIRST_YEAR + index)
      .map((year) => ({ year, order: this.random() }))
      .sort((a, b) => a.order - b.order)
      .map(({ year }) => year);
  }

  private clock(iana: string): IntlClock {
    const known = this.clocks.get(iana) ?? new IntlClock(iana);
    this.clocks.set(iana, known);
    return known;
  }

  private whole(below: number): number {
    return Math.floor(this.random() * below);
  }

  private around(zone: NamedZone, clock: IntlClock, moment: number): void {
    this.walls(zone, clock, moment);
    this.series(zone, clock, moment);
    this.days(zone, clock, moment);
    this.allDay(zone, clock, moment);
  }

  /** The minutes next to the change by the clock before and after it, and others up to three hours away. */
  private walls(zone: NamedZone, clock: IntlClock, moment: number): void {
    const [lastBefore, first] = [clock.shown(moment - MINUTE_MS), clock.shown(moment)];
    const [low, high] = [Math.min(lastBefore, first), Math.max(lastBefore, first)];
    const near = [
      lastBefore,
      lastBefore + MINUTE_MS,
      first - MINUTE_MS,
      first,
      low + floor((high - low) / 2, MINUTE_MS),
    ];
    const far = Array.from({ length: 2 }, () => {
      const span = high - low + 6 * HOUR_MS;
      return low - 3 * HOUR_MS + this.whole(span / MINUTE_MS) * MINUTE_MS;
    });
    for (const wall of [...near, ...far]) {
      this.tally.wallCases += 1;
      this.compareWall('wall', zone, clock, wall);
    }
  }

  /** A meeting each day or each week at a time of day near the change, over the change. */
  private series(zone: NamedZone, clock: IntlClock, moment: number): void {
    const timeOfDay = clock.shown(moment - MINUTE_MS) - HOUR_MS + this.whole(180) * MINUTE_MS;
    const stepMs = (this.whole(2) ? 1 : 7) * DAY_MS;
    for (const step of [-1, 0, 1]) {
      this.tally.seriesCases += 1;
      this.compareWall('series', zone, clock, timeOfDay + step * stepMs);
    }
    this.sandboxSeries(zone, clock, timeOfDay);
  }

  /** The sandbox's own expansion of a weekly series; it takes the last of both in an overlap, as .NET does. */
  private sandboxSeries(zone: NamedZone, clock: IntlClock, timeOfDay: number): void {
    const firstDay = floor(timeOfDay, DAY_MS) / DAY_MS - 7;
    const range = { type: 'numbered', numberOfOccurrences: 3, startDate: dateText(firstDay * DAY_MS) } as const;
    const weekday = new Date(firstDay * DAY_MS).toLocaleDateString('en-US', { weekday: 'long', timeZone: 'UTC' });
    const daysOfWeek = [weekday.toLowerCase() as 'monday'];
    const days = seriesDays({ pattern: { type: 'weekly', interval: 1, daysOfWeek }, range }, firstDay, firstDay + 30);
    const iana = ianaZone(zone.name) ?? `no zone ${zone.name}`;
    for (const [index, day] of days.entries()) {
      this.tally.sandboxCases += 1;
      const wall = (firstDay + 7 * index) * DAY_MS + (timeOfDay - floor(timeOfDay, DAY_MS));
      const got = sandboxInstantOf(day * DAY_MS + (timeOfDay - floor(timeOfDay, DAY_MS)), iana);
      this.check('sandbox series', zone, wallText(wall), instantText(got), instantText(clock.meant(wall, 'last')));
    }
    if (days.length !== 3) this.check('sandbox series', zone, wallText(timeOfDay), `${days.length} weeks`, '3 weeks');
  }

  /** The date of an instant, and the instant at which that date begins. */
  private days(zone: NamedZone, clock: IntlClock, moment: number): void {
    const midnight = clock.meant(floor(clock.shown(moment), DAY_MS) + this.whole(3) * DAY_MS - DAY_MS);
    for (const instant of [moment - this.whole(2), midnight - this.whole(2)]) {
      this.tally.dayCases += 1;
      // Intl shows whole seconds; what is shown within one is shown at its beginning.
      const expected = dateText(clock.shown(floor(instant, 1_000)));
      this.check('date', zone, instantText(instant), dateOf(instant, zone.iana), expected);
    }
    this.tally.dayCases += 1;
    const got = startOfDay(moment, zone.iana);
    const expected = clock.meant(floor(clock.shown(moment), DAY_MS));
    this.check('start of day', zone, instantText(moment), instantText(got), instantText(expected));
  }

  /** Dates stay dates, whatever zone they are written in and whatever its clocks do on them. */
  private allDay(zone: NamedZone, clock: IntlClock, moment: number): void {
    const startWall = floor(clock.shown(moment), DAY_MS) - this.whole(3) * DAY_MS;
    const length = 1 + this.whole(5);
    const time = (wall: number) => ({ dateTime: wallText(wall), timeZone: zone.name });
    const event = normalise(
      { id: 'one', isAllDay: true, start: time(startWall), end: time(startWall + length * DAY_MS) },
      '',
    );
    this.tally.allDayCases += 1;
    const expected = `${dateText(startWall)} to ${dateText(startWall + length * DAY_MS)}, ${dateText(startWall + length * DAY_MS)}`;
    const dates = event?.allDay;
    const got = `${dates?.startDate} to ${dates?.endDate}, ${addDays(dateText(startWall), length)}`;
    this.check('all day', zone, dateText(startWall), got, expected);
  }

  private compareWall(kind: string, zone: NamedZone, clock: IntlClock, wall: number): void {
    const instants = clock.showing(wall);
    if (instants.length === 0) this.tally.inGaps += 1;
    if (instants.length > 1) this.tally.inOverlaps += 1;
    const expected = instants[0] ?? clock.meant(wall);
    this.check(kind, zone, wallText(wall), instantText(instantOf(wallText(wall), zone.name)), instantText(expected));
  }

  private check(kind: string, zone: NamedZone, about: string, got: string, expected: string): void {
    this.tally.cases += 1;
    if (got === expected) return;
    this.tally.differences += 1;
    if (this.tally.examples.length < MOST_DIFFERENCES_KEPT)
      this.tally.examples.push({ kind, zone: zone.name, about, got, expected });
  }
}
