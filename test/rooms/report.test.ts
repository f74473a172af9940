import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { reportRows, roomReport } from '../../src/rooms/report.ts';
import type { CheckIn } from '../../src/rooms/types.ts';
import { DAY, HOUR, MINUTE, utc } from '../support/events.ts';
import { booking, room } from './rooms.ts';

/** A week from Monday on, in Berlin. */
const FROM = utc('2026-11-29 23:00');
const WITHIN = { span: { from: FROM, to: FROM + 7 * DAY }, zone: 'Europe/Berlin' };
/** Monday 09:00 there. */
const NINE = utc('2026-11-30 08:00');

const released = (startAt: number, settledAt: number, endAt: number): CheckIn => ({
  roomId: 'a',
  eventId: 'x',
  startAt,
  endAt,
  seriesId: null,
  organizer: 'ann@test.example',
  personId: null,
  askedBy: null,
  askAt: startAt,
  releaseAt: startAt + 10 * MINUTE,
  state: 'released',
  reason: null,
  settledAt,
});

describe('the report about rooms', () => {
  it('agrees with a week counted by hand', () => {
    const report = roomReport(
      [room('a', { capacity: 9 }), room('b', { capacity: 2 })],
      [
        // Monday 9 to 11, and 10 to 12 above it: three hours.
        booking('a', NINE, NINE + 2 * HOUR, { size: 2 }),
        booking('a', NINE + HOUR, NINE + 3 * HOUR, { size: 3 }),
        // Monday 17 to 20: an hour of it is working time.
        booking('a', NINE + 8 * HOUR, NINE + 11 * HOUR, { size: 9 }),
        // Saturday, and what is only asked for: nothing.
        booking('a', NINE + 5 * DAY, NINE + 5 * DAY + HOUR, { size: 5 }),
        booking('a', NINE + DAY, NINE + DAY + HOUR, { state: 'asked' }),
        booking('b', NINE, NINE + 30 * MINUTE, { size: 3 }),
      ],
      [released(NINE + 2 * DAY, NINE + 2 * DAY + 12 * MINUTE, NINE + 2 * DAY + HOUR)],
      WITHIN,
    );
    const [a, b] = report.rooms;
    assert.deepEqual(
      [a?.usedMs, a?.share, a?.meetings, a?.tooLarge, a?.tooSmall, a?.releases, a?.wonBackMs],
      [4 * HOUR, 4 / 50, 4, 0, 1, 1, 48 * MINUTE],
    );
    assert.deepEqual([b?.usedMs, b?.share, b?.tooLarge, b?.tooSmall], [30 * MINUTE, 0.5 / 50, 1, 0]);
    // Monday 9 to 10: one of two rooms all of it, the other half of it.
    assert.equal(report.heat[1]?.[9], 0.75);
    assert.equal(report.heat[1]?.[18], 0.5);
    assert.equal(report.heat[2]?.[9], 0);
    assert.equal(report.total.usedMs, 4.5 * HOUR);
    assert.deepEqual(reportRows(report)[1]?.slice(0, 12), [
      'a',
      'a@test.example',
      'North',
      '1',
      9,
      4,
      4,
      0.08,
      1,
      0.8,
      0,
      1,
    ]);
  });

  it('uses no hour more than there is, through a change of clocks', () => {
    const spans = fc.array(fc.tuple(fc.integer({ min: -50, max: 700 }), fc.integer({ min: 1, max: 60 })), {
      maxLength: 20,
    });
    const span = { from: utc('2026-10-22 22:00'), to: utc('2026-10-29 23:00') };
    fc.assert(
      fc.property(spans, (list) => {
        const bookings = list.map(([at, length], index) =>
          booking('a', span.from + at * 15 * MINUTE, span.from + (at + length) * 15 * MINUTE, {
            eventId: String(index),
          }),
        );
        const report = roomReport([room('a')], bookings, [], {
          span,
          zone: 'Europe/Berlin',
          working: { fromHour: 0, toHour: 24, weekdays: [0, 1, 2, 3, 4, 5, 6] },
        });
        const quarters = new Set<number>();
        for (const one of bookings)
          for (let at = Math.max(span.from, one.startAt); at < Math.min(span.to, one.endAt); at += 15 * MINUTE)
            quarters.add(at);
        assert.equal(report.rooms[0]?.usedMs, quarters.size * 15 * MINUTE);
        assert.ok(report.heat.flat().every((share) => share >= 0 && share <= 1));
      }),
      { numRuns: 60 },
    );
  });
});
