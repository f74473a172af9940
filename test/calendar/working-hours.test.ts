import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  firstWorkdayOfWeek,
  hoursOn,
  isWorkday,
  isWorkTime,
  USUAL_HOURS,
  type WorkingHours,
} from '../../src/calendar/working-hours.ts';
import { addDays } from '../../src/calendar/zone.ts';
import { DAY, utc } from '../support/events.ts';

const BERLIN = 'Europe/Berlin';
const NIGHT: WorkingHours = { days: [1, 2, 3, 4, 5], start: '22:00', end: '06:00' };

describe('working hours', () => {
  it('are of working days, by the calendar’s own names', () => {
    // 1 December 2026 is a Tuesday.
    const days = Array.from({ length: 7 }, (_, index) => addDays('2026-12-01', index));
    assert.deepEqual(
      days.map((date) => isWorkday(date, USUAL_HOURS)),
      [true, true, true, true, false, false, true],
    );
    assert.deepEqual(
      days.map((date) => isWorkday(date, { ...USUAL_HOURS, days: [0, 1, 2, 3, 4] })),
      [true, true, true, false, false, true, true],
    );
  });

  /** [what, date, hours, zone, from, to] */
  const CASES: [string, string, WorkingHours, string, string, string][] = [
    ['in winter', '2026-12-01', USUAL_HOURS, BERLIN, '2026-12-01 07:00', '2026-12-01 16:00'],
    ['in summer', '2026-07-01', USUAL_HOURS, BERLIN, '2026-07-01 06:00', '2026-07-01 15:00'],
    ['of a night shift', '2026-12-01', NIGHT, BERLIN, '2026-12-01 21:00', '2026-12-02 05:00'],
    [
      'of a night shift in which clocks go back',
      '2026-10-24',
      { ...NIGHT, days: [6] },
      BERLIN,
      '2026-10-24 20:00',
      '2026-10-25 05:00',
    ],
    [
      'of a night shift in which clocks go forward',
      '2026-03-28',
      { ...NIGHT, days: [6] },
      BERLIN,
      '2026-03-28 21:00',
      '2026-03-29 04:00',
    ],
    [
      'kept in another zone than their person’s',
      '2026-12-01',
      { ...USUAL_HOURS, timeZone: 'America/New_York' },
      BERLIN,
      '2026-12-01 13:00',
      '2026-12-01 22:00',
    ],
    [
      'all day',
      '2026-12-01',
      { ...USUAL_HOURS, start: '00:00', end: '00:00' },
      'UTC',
      '2026-12-01 00:00',
      '2026-12-02 00:00',
    ],
  ];
  for (const [what, date, hours, zone, from, to] of CASES)
    it(`are instants ${what}`, () => assert.deepEqual(hoursOn(date, hours, zone), { from: utc(from), to: utc(to) }));

  it('are none on a day off', () => assert.equal(hoursOn('2026-12-05', USUAL_HOURS, BERLIN), undefined));

  it('say whether somebody works at a moment', () => {
    for (const [at, expected] of [
      ['2026-12-01 06:59', false],
      ['2026-12-01 07:00', true],
      ['2026-12-01 15:59', true],
      ['2026-12-01 16:00', false],
      ['2026-12-05 10:00', false],
    ] as const)
      assert.equal(isWorkTime(utc(at), USUAL_HOURS, BERLIN), expected, at);
    for (const [at, expected] of [
      ['2026-12-01 20:59', false],
      ['2026-12-01 23:30', true],
      ['2026-12-02 04:59', true],
      ['2026-12-02 05:00', false],
      // Friday's shift ends on Saturday; Sunday's would begin on a day off.
      ['2026-12-05 04:00', true],
      ['2026-12-06 23:00', false],
    ] as const)
      assert.equal(isWorkTime(utc(at), NIGHT, BERLIN), expected, at);
    // Tuesday 08:00 in Auckland is Monday in Los Angeles.
    const far = { ...USUAL_HOURS, timeZone: 'Pacific/Auckland' };
    assert.equal(isWorkTime(utc('2026-11-30 19:30'), far, 'America/Los_Angeles'), true);
    assert.equal(isWorkTime(utc('2026-11-30 18:30'), far, 'America/Los_Angeles'), false);
  });
});

describe('the first working day of a week', () => {
  /** [what, days, of 1 December 2026 (a Tuesday), of Saturday the 5th, of Sunday the 6th] */
  const CASES: [string, number[], string, string, string][] = [
    ['Monday to Friday', [1, 2, 3, 4, 5], '2026-11-30', '2026-11-30', '2026-11-30'],
    ['Sunday to Thursday', [0, 1, 2, 3, 4], '2026-11-29', '2026-11-29', '2026-12-06'],
    ['Saturday to Wednesday', [6, 0, 1, 2, 3], '2026-11-28', '2026-12-05', '2026-12-05'],
    ['Tuesday to Saturday', [2, 3, 4, 5, 6], '2026-12-01', '2026-12-01', '2026-12-01'],
    ['Monday, Wednesday, Friday', [1, 3, 5], '2026-11-30', '2026-11-30', '2026-11-30'],
    ['without Wednesdays', [1, 2, 4, 5], '2026-11-30', '2026-11-30', '2026-11-30'],
    ['one day', [4], '2026-11-26', '2026-12-03', '2026-12-03'],
    ['every day', [0, 1, 2, 3, 4, 5, 6], '2026-11-30', '2026-11-30', '2026-11-30'],
  ];
  for (const [what, days, ...expected] of CASES)
    it(`of who works ${what}`, () =>
      assert.deepEqual(
        ['2026-12-01', '2026-12-05', '2026-12-06'].map((date) => firstWorkdayOfWeek(date, { ...USUAL_HOURS, days })),
        expected,
      ));

  it('is none for who never works', () =>
    assert.equal(firstWorkdayOfWeek('2026-12-01', { ...USUAL_HOURS, days: [] }), undefined));

  it('comes exactly once in any seven days, on a day of work', () => {
    fc.assert(
      fc.property(fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }), fc.nat(2_000), (days, ahead) => {
        const hours = { ...USUAL_HOURS, days };
        const from = addDays('2024-01-01', ahead);
        const week = Array.from({ length: 7 }, (_, index) => addDays(from, index));
        const firsts = week.filter((date) => firstWorkdayOfWeek(date, hours) === date);
        assert.equal(firsts.length, 1);
        assert.ok(isWorkday(firsts[0] ?? '', hours));
        const first = firstWorkdayOfWeek(from, hours) ?? '';
        const away = (Date.parse(from) - Date.parse(first)) / DAY;
        assert.ok(away >= 0 && away < 7);
      }),
    );
  });
});
