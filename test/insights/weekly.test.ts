import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { timeWish } from '../../src/bot/commands/time.ts';
import { USUAL_HOURS, type WorkingHours } from '../../src/calendar/working-hours.ts';
import { lastWeek, rounded } from '../../src/insights/group.ts';
import { isReportable, type PERIODS, periodBefore, periodNamed } from '../../src/insights/period.ts';
import { nextReport } from '../../src/insights/weekly.ts';
import { HOUR, utc } from '../support/events.ts';
import { BERLIN } from './hand-week.ts';

const works = (days: number[], start = '08:00', timeZone = 'Europe/Berlin') => ({
  timeZone,
  workingHours: { ...USUAL_HOURS, days, start } as WorkingHours,
});

describe('periods', () => {
  // Tuesday, 1 December 2026.
  const now = utc('2026-12-01 08:00');
  const cases: [string, (typeof PERIODS)[number], string, string, ReturnType<typeof works>?][] = [
    ['Monday to Sunday', 'this week', '2026-11-30', '2026-12-07'],
    ['the one before', 'last week', '2026-11-23', '2026-11-30'],
    ['a month', 'this month', '2026-12-01', '2027-01-01'],
    ['the month before', 'last month', '2026-11-01', '2026-12-01'],
    ['who works from Sunday to Thursday', 'this week', '2026-11-29', '2026-12-06', works([0, 1, 2, 3, 4])],
    ['who works from Saturday to Wednesday', 'this week', '2026-11-28', '2026-12-05', works([6, 0, 1, 2, 3])],
    ['who works in the middle of the week', 'this week', '2026-11-30', '2026-12-07', works([2, 3, 4])],
    ['who never works', 'this week', '2026-11-30', '2026-12-07', works([])],
    ['where it is still Monday', 'this month', '2026-11-01', '2026-12-01', works([1], '08:00', 'Pacific/Pago_Pago')],
  ];
  for (const [name, period, start, end, worker = BERLIN] of cases)
    it(`${period}: ${name}`, () => {
      // In Pago Pago it is 21:00 on the day before, or an hour earlier than that still November.
      const at = worker.timeZone === 'Pacific/Pago_Pago' ? now - HOUR : now;
      const { startDate, endDate } = periodNamed(period, at, worker);
      assert.deepEqual([startDate, endDate], [start, end]);
    });

  it('are followed by none and preceded by as many days', () => {
    const { startDate, endDate, to } = periodBefore(periodNamed('last month', now, BERLIN), BERLIN.timeZone);
    assert.deepEqual([startDate, endDate], ['2026-10-02', '2026-11-01']);
    assert.equal(to, periodNamed('last month', now, BERLIN).from);
  });

  it('on a button are weeks or months of real days', () => {
    const is = (startDate: string, endDate: string) => isReportable({ startDate, endDate });
    assert.ok(is('2026-11-23', '2026-11-30') && is('2026-12-01', '2027-01-01'));
    assert.ok(!is('2026-02-30', '2026-03-01') && !is('2026-11-30', '2026-11-23') && !is('2026-01-01', '2026-12-01'));
  });
});

describe('the weekly report is due', () => {
  const cases: [string, string, ReturnType<typeof works>, string, string][] = [
    ['on Monday when work begins', '2026-12-01 08:00', BERLIN, '2026-12-07', '2026-12-07 07:00'],
    ['today, before work begins', '2026-11-30 06:59', BERLIN, '2026-11-30', '2026-11-30 07:00'],
    ['next week, once it was due', '2026-11-30 07:00', BERLIN, '2026-12-07', '2026-12-07 07:00'],
    [
      'on Sunday for who works from then',
      '2026-12-01 08:00',
      works([0, 1, 2, 3, 4], '09:30'),
      '2026-12-06',
      '2026-12-06 08:30',
    ],
    ['on Tuesday for who has Mondays off', '2026-11-30 12:00', works([2, 3, 4]), '2026-11-30', '2026-12-01 07:00'],
    ['on Monday at 08:00 for who never works', '2026-12-01 08:00', works([]), '2026-12-07', '2026-12-07 07:00'],
    ['after the clocks went back', '2026-10-20 08:00', BERLIN, '2026-10-26', '2026-10-26 07:00'],
    [
      'in Auckland',
      '2026-12-01 08:00',
      works([1, 2, 3, 4, 5], '08:00', 'Pacific/Auckland'),
      '2026-12-07',
      '2026-12-06 19:00',
    ],
  ];
  for (const [name, now, worker, week, due] of cases)
    it(name, () => assert.deepEqual(nextReport(utc(now), worker), { week, dueAt: utc(due) }));
});

describe('words after “time”', () => {
  const cases: [string, unknown][] = [
    ['', { period: 'this week', view: 'figures' }],
    ['last week', { period: 'last week', view: 'figures' }],
    ['by person', { period: 'this week', view: 'person' }],
    ['by series last month', { period: 'last month', view: 'series' }],
    ['by category for this month', { period: 'this month', view: 'category' }],
    ['cost', { period: 'this week', view: 'cost' }],
    ['cost of last month', { period: 'last month', view: 'cost' }],
    ['export', { period: 'this week', file: 'time' }],
    ['export csv last month', { period: 'last month', file: 'time' }],
    ['export ics', { period: 'this week', file: 'calendar' }],
    ['export pdf', undefined],
    ['by colour', undefined],
    ['of ada@test.example', undefined],
    ['last weekend', undefined],
  ];
  for (const [words, wish] of cases) it(`“${words}”`, () => assert.deepEqual(timeWish(words), wish));
});

describe('figures of a group', () => {
  it('are of the last Monday to Sunday that is over everywhere', () => {
    assert.equal(lastWeek(utc('2026-12-01 08:00')).startDate, '2026-11-23');
    // In the west it is still Sunday.
    assert.equal(lastWeek(utc('2026-11-30 11:59')).startDate, '2026-11-16');
    assert.equal(lastWeek(utc('2026-11-30 12:00')).startDate, '2026-11-23');
  });

  it('are averages in half hours, shares in five per cent, and people by fives', () => {
    const ms = {
      meetingMs: 87 * HOUR,
      oneToOneMs: 10 * HOUR,
      recurringMs: 50 * HOUR,
      conflictingMs: HOUR,
      afterHoursMs: 5 * HOUR,
      focusMs: 100 * HOUR,
    };
    assert.deepEqual(rounded({ people: 7, isCut: false, ms }), {
      people: 5,
      isCut: false,
      // 12.43, 11.5 %, 57.5 %, 0.14, 0.71, 14.29
      meetingHours: 12.5,
      oneToOneShare: 10,
      recurringShare: 55,
      conflictingHours: 0,
      afterHours: 0.5,
      focusHours: 14.5,
    });
  });
});
