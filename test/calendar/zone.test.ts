import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  addDays,
  dateOf,
  instantOf,
  instantOn,
  isIanaZone,
  speaker,
  startOfDay,
  toIana,
  weekdayOf,
} from '../../src/calendar/zone.ts';
import { utc } from '../support/events.ts';

const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/Havana', 'UTC'];
const iso = (instant: number | undefined) => (instant === undefined ? undefined : new Date(instant).toISOString());

/** [what, wall clock, zone, instant] */
const WALLS: [string, string, string, string | undefined][] = [
  ['seven digits of seconds', '2026-12-01T09:00:00.0000000', 'UTC', '2026-12-01T09:00:00.000Z'],
  ['milliseconds', '2026-12-01T09:00:00.25', 'UTC', '2026-12-01T09:00:00.250Z'],
  ['no seconds', '2026-12-01T09:00', 'Europe/Berlin', '2026-12-01T08:00:00.000Z'],
  ['Berlin, summer', '2026-07-01T09:00:00', 'Europe/Berlin', '2026-07-01T07:00:00.000Z'],
  ['a Windows zone', '2026-07-01T09:00:00', 'W. Europe Standard Time', '2026-07-01T07:00:00.000Z'],
  ['a Windows zone far away', '2026-12-01T09:00:00', 'Pacific Standard Time', '2026-12-01T17:00:00.000Z'],
  ['half an hour off', '2026-12-01T09:00:00', 'India Standard Time', '2026-12-01T03:30:00.000Z'],
  ['Berlin, before the gap', '2026-03-29T01:59:00', 'Europe/Berlin', '2026-03-29T00:59:00.000Z'],
  ['Berlin, in the gap', '2026-03-29T02:30:00', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
  ['Berlin, after the gap', '2026-03-29T03:00:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
  ['Berlin, before the overlap', '2026-10-25T01:59:00', 'Europe/Berlin', '2026-10-24T23:59:00.000Z'],
  ['Berlin, in the overlap', '2026-10-25T02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
  [
    'Berlin by its Windows name, in the overlap',
    '2026-10-25T02:30:00',
    'W. Europe Standard Time',
    '2026-10-25T00:30:00.000Z',
  ],
  ['Berlin, after the overlap', '2026-10-25T03:00:00', 'Europe/Berlin', '2026-10-25T02:00:00.000Z'],
  ['New York, in the gap', '2026-03-08T02:30:00', 'America/New_York', '2026-03-08T07:30:00.000Z'],
  ['New York, after the gap', '2026-03-08T03:00:00', 'Eastern Standard Time', '2026-03-08T07:00:00.000Z'],
  ['New York, in the overlap', '2026-11-01T01:30:00', 'Eastern Standard Time', '2026-11-01T05:30:00.000Z'],
  ['New York, after the overlap', '2026-11-01T02:00:00', 'America/New_York', '2026-11-01T07:00:00.000Z'],
  ['Lord Howe, a gap of half an hour', '2026-10-04T02:15:00', 'Australia/Lord_Howe', '2026-10-03T15:45:00.000Z'],
  ['a custom zone', '2026-12-01T09:00:00', 'tzone://Microsoft/Custom', undefined],
  ['a zone nobody knows', '2026-12-01T09:00:00', 'Middle-earth Standard Time', undefined],
  ['no zone', '2026-12-01T09:00:00', '', undefined],
  ['words', 'tomorrow at nine', 'UTC', undefined],
  ['nothing', '', 'UTC', undefined],
  ['an offset', '2026-12-01T09:00:00+01:00', 'UTC', undefined],
  ['a thirteenth month', '2026-13-01T09:00:00', 'UTC', undefined],
  ['a 31st of February', '2026-02-31T09:00:00', 'Europe/Berlin', undefined],
  ['the 25th hour', '2026-12-01T25:00:00', 'UTC', undefined],
];

describe('zones', () => {
  it('follow clocks that changed at an odd minute', () => {
    // Casey went from UTC+8 to UTC+11 at one minute past midnight.
    assert.equal(instantOf('2022-10-02T03:01:00', 'Antarctica/Casey'), Date.parse('2022-10-01T16:01:00Z'));
    assert.equal(dateOf(Date.parse('2022-10-01T15:59:00Z'), 'Antarctica/Casey'), '2022-10-01');
  });

  for (const [what, wall, zone, expected] of WALLS)
    it(`${expected ? 'reads' : 'refuses'} ${what}`, () => assert.equal(iso(instantOf(wall, zone)), expected));

  it('reads the same on a machine in any zone', () => {
    // One process for all: Node takes a new TZ at once, which is looked at.
    const program = `
      import { instantOf } from ${JSON.stringify(resolve('src/calendar/zone.ts'))};
      const walls = ${JSON.stringify(WALLS.map(([, wall, zone]) => [wall, zone]))};
      const read = (TZ) => {
        process.env.TZ = TZ;
        return [new Date(2026, 0, 1).getTimezoneOffset(), walls.map(([wall, zone]) => instantOf(wall, zone) ?? null)];
      };
      console.log(JSON.stringify(['UTC', 'America/New_York', 'Europe/Berlin', 'Pacific/Apia'].map(read)));`;
    const here = WALLS.map(([, wall, zone]) => instantOf(wall, zone) ?? null);
    const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      env: { ...process.env, TZ: 'Pacific/Apia' },
      encoding: 'utf8',
    });
    assert.equal(run.status, 0, run.stderr);
    const offsets = [0, 300, -60, -780];
    assert.deepEqual(
      JSON.parse(run.stdout),
      offsets.map((offset) => [offset, here]),
    );
  });

  const dates = fc.integer({ min: utc('2020-01-01 00:00'), max: utc('2035-01-01 00:00') });

  it('finds a date as Intl does', () => {
    fc.assert(
      fc.property(dates, fc.constantFrom(...ZONES), (instant, timeZone) => {
        const intl = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
        assert.equal(dateOf(instant, timeZone), intl.format(instant));
      }),
    );
  });

  it('comes back to the wall clock that Intl shows, except in a gap', () => {
    fc.assert(
      fc.property(dates, fc.constantFrom(...ZONES), (some, timeZone) => {
        const instant = Math.floor(some / 60_000) * 60_000;
        const shown = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
        const wall = shown.format(instant).replace(' ', 'T');
        const back = instantOf(wall, timeZone) ?? Number.NaN;
        assert.equal(shown.format(back).replace(' ', 'T'), wall);
        // In an overlap the first of both.
        assert.ok(back <= instant && instant - back <= 3_600_000, `${wall} ${timeZone}`);
      }),
    );
  });

  it('starts a day at its first moment', () => {
    assert.equal(iso(startOfDay(utc('2026-03-29 12:00'), 'Europe/Berlin')), '2026-03-28T23:00:00.000Z');
    // Midnight does not exist in Santiago that day, and exists twice in Havana that day.
    assert.equal(iso(startOfDay(utc('2026-09-06 12:00'), 'America/Santiago')), '2026-09-06T04:00:00.000Z');
    assert.equal(iso(startOfDay(utc('2026-11-01 12:00'), 'America/Havana')), '2026-11-01T04:00:00.000Z');
  });

  it('counts days on the calendar, across clock changes', () => {
    assert.equal(addDays('2026-03-28', 1), '2026-03-29');
    assert.equal(addDays('2026-03-29', 1), '2026-03-30');
    assert.equal(addDays('2026-01-01', -1), '2025-12-31');
    assert.equal(addDays('2028-02-28', 1), '2028-02-29');
    assert.equal(weekdayOf('2026-12-01'), 2);
    const day = instantOn('2026-03-30', '09:00', 'Europe/Berlin') - instantOn('2026-03-28', '09:00', 'Europe/Berlin');
    assert.equal(day, 47 * 3_600_000);
  });

  it('knows zones by both names and nothing by neither', () => {
    const cases: [string | undefined, string | undefined][] = [
      ['W. Europe Standard Time', 'Europe/Berlin'],
      ['Eastern Standard Time', 'America/New_York'],
      ['Europe/Berlin', 'Europe/Berlin'],
      ['Customized Time Zone', undefined],
      ['tzone://Microsoft/Custom', undefined],
      ['constructor', undefined],
      ['', undefined],
      [undefined, undefined],
    ];
    for (const [name, expected] of cases) assert.equal(toIana(name), expected, name);
    assert.ok(isIanaZone('Europe/Berlin'));
    assert.ok(!isIanaZone('W. Europe Standard Time'));
  });
});

describe('a speaker', () => {
  // ICU writes thin spaces; here it is about words.
  const words = (text: string) => text.replace(/\s+/g, ' ').replace(/ ?– ?/, ' – ');

  it('says times and spans', () => {
    /** [locale, start, end, expected] in Berlin */
    const cases: [string, string, string, RegExp][] = [
      ['en-GB', '2026-12-01 13:00', '2026-12-01 13:30', /^14:00 – 14:30$/],
      ['en-US', '2026-12-01 13:00', '2026-12-01 13:30', /^2:00 – 2:30 PM$/],
      ['en-US', '2026-12-01 10:30', '2026-12-01 11:30', /^11:30 AM – 12:30 PM$/],
      ['de-DE', '2026-12-01 13:00', '2026-12-01 13:30', /^14:00 – 14:30 Uhr$/],
      // To midnight is the same day.
      ['en-GB', '2026-12-01 22:00', '2026-12-01 23:00', /^23:00 – 0?0:00$/],
      ['en-GB', '2026-12-01 22:00', '2026-12-02 01:00', /^23:00 – Wed,? 2 Dec 0?2:00$/],
      // Of no length, at noon and at midnight.
      ['en-GB', '2026-12-01 11:00', '2026-12-01 11:00', /^12:00$/],
      ['en-GB', '2026-12-01 23:00', '2026-12-01 23:00', /^0?0:00$/],
    ];
    for (const [locale, startAt, endAt, expected] of cases)
      assert.match(words(speaker('Europe/Berlin', locale).span(utc(startAt), utc(endAt))), expected);
  });

  it('writes the hour alike in a time and in a span', () => {
    const [startAt, endAt] = [utc('2026-12-01 08:46'), utc('2026-12-01 09:16')];
    for (const [locale, time] of [
      ['en-GB', '09:46'],
      ['en-US', '9:46'],
      ['de-DE', '09:46'],
      ['es-ES', '9:46'],
    ] as const) {
      const say = speaker('Europe/Berlin', locale);
      assert.equal(say.time(startAt).split(/\s/)[0], time, locale);
      assert.ok(say.span(startAt, endAt).startsWith(time), locale);
    }
  });

  it('says today and tomorrow as the reader’s calendar has them', () => {
    const say = speaker('Europe/Berlin', 'en-GB');
    const now = utc('2026-12-01 22:30'); // 23:30 in Berlin
    assert.equal(say.relativeDay(utc('2026-12-01 22:59'), now), 'today');
    assert.equal(say.relativeDay(utc('2026-12-01 23:00'), now), 'tomorrow');
    assert.match(say.relativeDay(utc('2026-12-02 23:00'), now), /^Thu,? 3 Dec$/);
    assert.equal(speaker('UTC', 'en-GB').relativeDay(utc('2026-12-01 23:00'), now), 'today');
  });

  it('falls back for a zone or locale that nobody knows', () => {
    for (const locale of ['', 'x', 'en_GB', 'tlh', 'nonsense!'])
      assert.equal(speaker('Europe/Berlin', locale).locale, 'en-GB', locale);
    assert.equal(speaker('Nowhere/Nowhen', 'de-DE').zone, 'UTC');
    assert.equal(speaker('W. Europe Standard Time', 'de-DE').zone, 'UTC');
  });
});
