import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type ClockChange, type CustomZone, customToIana, zoneOfMailbox } from '../../src/calendar/custom-zone.ts';
import { isIanaZone, toIana, zoneWords } from '../../src/calendar/zone.ts';
import { HOUR, NOW, utc } from '../support/events.ts';

const MINUTES = 60_000;
const LAST = 5;
const sunday = (month: number, dayOccurrence: number, timeMs: number): ClockChange => ({
  month,
  dayOfWeek: 0,
  dayOccurrence,
  timeMs,
});
const changing = (
  biasMinutes: number,
  toDaylight: ClockChange,
  toStandard: ClockChange,
  daylight = -60,
): CustomZone => ({
  biasMinutes,
  changes: { toDaylight, toStandard, daylightBiasMinutes: daylight },
});

const EUROPE = [sunday(3, LAST, 2 * HOUR), sunday(10, LAST, 3 * HOUR)] as const;
const AMERICA = [sunday(3, 2, 2 * HOUR), sunday(11, 1, 2 * HOUR)] as const;
const BEFORE_2007 = [sunday(4, 1, 2 * HOUR), sunday(10, LAST, 2 * HOUR)] as const;
const AUSTRALIA = [sunday(10, 1, 2 * HOUR), sunday(4, 1, 3 * HOUR)] as const;

/** What Intl says of the zone's distance from UTC, in minutes. */
function offsetOf(zone: string, instant: number): number {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  return (Date.parse(`${format.format(instant).replace(' ', 'T')}Z`) - instant) / MINUTES;
}

describe('a custom zone', () => {
  /** [what, zone, IANA name] in 2026 */
  const cases: [string, CustomZone, string | undefined][] = [
    ['Pacific time, as Graph writes it', changing(480, ...AMERICA), 'America/Los_Angeles'],
    ['Eastern time', changing(300, ...AMERICA), 'America/New_York'],
    ['Central European time', changing(-60, ...EUROPE), 'Europe/Berlin'],
    ['British time', changing(0, sunday(3, LAST, HOUR), sunday(10, LAST, 2 * HOUR)), 'Europe/London'],
    [
      'half an hour in the south',
      changing(-630, sunday(10, 1, 2 * HOUR), sunday(4, 1, 2 * HOUR), -30),
      'Australia/Lord_Howe',
    ],
    ['Sydney’s time', changing(-600, ...AUSTRALIA), 'Australia/Sydney'],
    ['India', { biasMinutes: -330 }, 'Asia/Calcutta'],
    ['Nepal', { biasMinutes: -345 }, 'Asia/Katmandu'],
    ['UTC', { biasMinutes: 0 }, 'UTC'],
    ['an hour ahead all year', { biasMinutes: -60 }, 'Africa/Lagos'],
    ['Pacific time without daylight time', { biasMinutes: 480 }, 'Etc/GMT+8'],
    ['far ahead', { biasMinutes: -840 }, 'Pacific/Kiritimati'],
    ['American time by the rules before 2007: most of the year', changing(300, ...BEFORE_2007), 'America/New_York'],
    ['an offset that no place has', { biasMinutes: -200 }, undefined],
    [
      'the documentation’s example, which no place is like',
      changing(-200, sunday(10, 2, 0), sunday(5, 4, 0), -100),
      undefined,
    ],
    ['half an hour of daylight time where nobody has that', changing(-60, ...EUROPE, -30), undefined],
    ['further than the earth is round', { biasMinutes: 1_440 }, undefined],
  ];
  for (const [what, zone, expected] of cases)
    it(`finds ${what}: ${expected}`, () => assert.equal(customToIana(zone, 2026), expected));

  it('keeps the time it describes, hour for hour', () => {
    for (const [zone, summer, winter] of [
      [changing(-60, ...EUROPE), 120, 60],
      [changing(300, ...AMERICA), -240, -300],
      [changing(-600, ...AUSTRALIA), 600, 660],
    ] as const) {
      const name = customToIana(zone, 2026) ?? '';
      assert.equal(offsetOf(name, utc('2026-07-01 12:00')), summer, name);
      assert.equal(offsetOf(name, utc('2027-01-05 12:00')), winter, name);
    }
    const berlin = customToIana(changing(-60, ...EUROPE), 2026) ?? '';
    assert.equal(offsetOf(berlin, utc('2026-03-29 00:59')), 60);
    assert.equal(offsetOf(berlin, utc('2026-03-29 01:00')), 120);
    assert.equal(offsetOf(berlin, utc('2026-10-25 01:00')), 60);
  });

  it('takes a change a millisecond before midnight for one at midnight, as Windows writes it', () => {
    const saturday = (month: number, occurrence: number): ClockChange => ({
      month,
      dayOfWeek: 6,
      dayOccurrence: occurrence,
      timeMs: 24 * HOUR - 1,
    });
    assert.equal(customToIana(changing(240, saturday(9, 1), saturday(4, 1)), 2026), 'America/Santiago');
  });

  it('ends in a zone that Intl knows or in none, whatever is described', () => {
    const change = fc.record({
      month: fc.integer({ min: 1, max: 12 }),
      dayOfWeek: fc.integer({ min: 0, max: 6 }),
      dayOccurrence: fc.integer({ min: 1, max: 5 }),
      timeMs: fc.integer({ min: 0, max: 24 * HOUR - 1 }),
    });
    const changes = fc.record({
      toStandard: change,
      toDaylight: change,
      daylightBiasMinutes: fc.integer({ min: -120, max: 120 }),
    });
    const zones = fc.record({
      biasMinutes: fc.integer({ min: -900, max: 900 }),
      changes: fc.option(changes, { nil: undefined }),
    });
    fc.assert(
      fc.property(zones, (zone) => {
        const name = customToIana(zone, 2026);
        assert.ok(name === undefined || isIanaZone(name), name);
      }),
      { numRuns: 10 },
    );
  });
});

describe('the zone of a mailbox', () => {
  const customZone = changing(480, ...AMERICA);

  it('is the one that is named; else the one that is described', () => {
    /** [named, described, expected] */
    const cases: [string | undefined, CustomZone | undefined, string | undefined][] = [
      ['W. Europe Standard Time', undefined, 'Europe/Berlin'],
      ['W. Europe Standard Time', customZone, 'Europe/Berlin'],
      ['Europe/Paris', customZone, 'Europe/Paris'],
      ['tzone://Microsoft/Custom', customZone, 'America/Los_Angeles'],
      ['Customized Time Zone', customZone, 'America/Los_Angeles'],
      ['', customZone, 'America/Los_Angeles'],
      [undefined, customZone, 'America/Los_Angeles'],
      ['tzone://Microsoft/Custom', undefined, undefined],
      ['tzone://Microsoft/Custom', { biasMinutes: -200 }, undefined],
      [undefined, undefined, undefined],
    ];
    for (const [timeZone, described, expected] of cases)
      assert.equal(zoneOfMailbox({ timeZone, customZone: described }, NOW), expected, `${timeZone}`);
  });

  it('is named in words that people read the right way round', () => {
    assert.equal(zoneWords('Etc/GMT+8'), 'UTC-8');
    assert.equal(zoneWords('Etc/GMT-13'), 'UTC+13');
    assert.equal(zoneWords('America/New_York'), 'America/New York');
    assert.equal(zoneWords('UTC'), 'UTC');
  });

  it('knows Exchange’s own name for UTC', () => {
    assert.equal(toIana('tzone://Microsoft/Utc'), 'UTC');
    assert.equal(zoneOfMailbox({ timeZone: 'tzone://Microsoft/Utc' }, NOW), 'UTC');
  });
});
