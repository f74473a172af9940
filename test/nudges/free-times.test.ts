import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { hoursOn, USUAL_HOURS, type WorkingHours } from '../../src/calendar/working-hours.ts';
import { freeTimesOf } from '../../src/nudges/free-times.ts';
import { allDay, DAY, HOUR, MINUTE, meeting, NOW, utc } from '../support/events.ts';

const ZONE = 'Europe/Berlin';
interface Given {
  meeting?: Partial<CalendarEvent>;
  events?: CalendarEvent[];
  workingHours?: WorkingHours;
  timeZone?: string;
  now?: number;
}
const spans = ({ meeting: more = {}, now = NOW, ...given }: Given = {}) =>
  freeTimesOf({ events: [], workingHours: USUAL_HOURS, timeZone: ZONE, ...given })(meeting(more), now);
const written = (given: Given = {}) =>
  spans(given).map(({ from, to }) => `${new Date(from).toISOString().slice(5, 16)} ${(to - from) / MINUTE}`);
const busy = (id: string, from: string, to: string, more: Partial<CalendarEvent> = {}) =>
  meeting({ id, startAt: utc(`2026-12-${from}`), endAt: utc(`2026-12-${to}`), ...more });

describe('times that are free', () => {
  /** All in UTC; Berlin works from 07:00 to 16:00 of it, NOW is Tuesday 08:00. */
  const cases: [string, Given, string[]][] = [
    ['the next of each day, when nothing is in the way', {}, ['12-01T08:00 30', '12-02T07:00 30', '12-03T07:00 30']],
    ['never in the past', { now: utc('2026-12-01 08:01') }, ['12-01T08:15 30', '12-02T07:00 30', '12-03T07:00 30']],
    ['not the end of the day, when too short', { now: utc('2026-12-01 15:40') }, ['12-02T07:00 30', '12-03T07:00 30']],
    [
      'between meetings, one of each stretch',
      {
        events: [
          busy('a', '01 08:00', '01 10:00'),
          busy('b', '01 10:30', '01 12:00'),
          busy('c', '01 12:10', '01 13:00'),
        ],
      },
      ['12-01T10:00 30', '12-01T13:00 30', '12-02T07:00 30'],
    ],
    [
      'at quarter hours',
      { events: [busy('a', '01 07:00', '01 09:07')] },
      ['12-01T09:15 30', '12-02T07:00 30', '12-03T07:00 30'],
    ],
    [
      'over the weekend',
      { meeting: { startAt: utc('2026-12-04 10:00') } },
      ['12-04T07:00 30', '12-07T07:00 30', '12-08T07:00 30'],
    ],
    [
      'for a meeting on a day off',
      { meeting: { startAt: utc('2026-12-05 10:00') } },
      ['12-07T07:00 30', '12-08T07:00 30'],
    ],
    ['none for who never works', { workingHours: { ...USUAL_HOURS, days: [] } }, []],
    ['none for what is longer than a day of work', { meeting: { endAt: utc('2026-12-02 09:00') } }, []],
    ['none for what is all-day', { meeting: { allDay: { startDate: '2026-12-01', endDate: '2026-12-02' } } }, []],
    [
      'not where one is tentative, unanswered or away',
      {
        events: [
          busy('a', '01 06:00', '01 12:00', { response: 'tentative', showAs: 'tentative' }),
          busy('b', '01 11:00', '01 15:45', { response: 'notResponded' }),
          allDay('2026-12-02', '2026-12-03', { id: 'c', showAs: 'oof' }),
        ],
      },
      ['12-03T07:00 30'],
    ],
    [
      'where there is nothing but a note, what one declined, or somebody else’s',
      {
        events: [
          allDay('2026-12-01', '2026-12-02', { id: 'a', showAs: 'workingElsewhere' }),
          allDay('2026-12-01', '2026-12-02', { id: 'b', showAs: 'free' }),
          busy('c', '01 07:00', '01 16:00', { response: 'declined' }),
          busy('d', '01 07:00', '01 16:00', { isCancelled: true }),
          busy('e', '01 07:00', '01 16:00', { calendarId: 'club' }),
          meeting(),
        ],
      },
      ['12-01T08:00 30', '12-02T07:00 30', '12-03T07:00 30'],
    ],
    [
      'by the person’s own clock across a change of it',
      { meeting: { startAt: utc('2026-10-23 10:00') }, now: utc('2026-10-23 14:00') },
      // Friday in summer time ends at 15:00 UTC; Monday in winter time begins at 07:00.
      ['10-23T14:00 30', '10-26T07:00 30', '10-27T07:00 30'],
    ],
    [
      'in the zone of the working hours',
      { workingHours: { ...USUAL_HOURS, timeZone: 'America/New_York' } },
      ['12-01T13:00 30', '12-02T13:00 30', '12-03T13:00 30'],
    ],
  ];
  for (const [what, given, expected] of cases)
    it(`are found: ${what}`, () => assert.deepEqual(written(given), expected));

  it('are at most three, apart, in order, free, at quarter hours, within working hours, as long as the meeting, not past', () => {
    const entry = fc.tuple(fc.integer({ min: -12 * 12, max: 12 * 80 }), fc.integer({ min: 0, max: 12 * 30 }));
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 30 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 0, max: 600 }),
        (list, lengthMin, laterMin) => {
          const events = list.map(([from, long], index) =>
            meeting({ id: `e${index}`, startAt: NOW + from * 5 * MINUTE, endAt: NOW + (from + long) * 5 * MINUTE }),
          );
          const startAt = utc('2026-12-01 14:00');
          const now = NOW + laterMin * MINUTE;
          const found = spans({ events, now, meeting: { id: 'own', endAt: startAt + lengthMin * MINUTE } });
          assert.ok(found.length <= 3);
          let last = now;
          for (const { from, to } of found) {
            assert.ok(from >= last, 'in order, not past');
            assert.equal(to - from, lengthMin * MINUTE);
            assert.equal(from % (15 * MINUTE), 0);
            assert.ok(!events.some((one) => one.startAt < to && one.endAt > from && one.endAt > one.startAt), 'free');
            const hours = hoursOn(new Date(from + HOUR).toISOString().slice(0, 10), USUAL_HOURS, ZONE);
            assert.ok(hours && hours.from <= from && to <= hours.to, 'within working hours');
            assert.ok(from < startAt + 6 * DAY);
            last = to;
          }
          const isFree = (from: number) => {
            const to = from + lengthMin * MINUTE;
            const hours = hoursOn(new Date(from + HOUR).toISOString().slice(0, 10), USUAL_HOURS, ZONE);
            const isIn = hours !== undefined && hours.from <= from && to <= hours.to;
            return isIn && !events.some((one) => one.startAt < to && one.endAt > from && one.endAt > one.startAt);
          };
          const quarters = Array.from({ length: 3 * 96 }, (_, index) => utc('2026-12-01 00:00') + index * 15 * MINUTE);
          const first = quarters.find((from) => from >= now && isFree(from));
          assert.equal(found[0]?.from, first, 'the soonest of all');
        },
      ),
    );
  });
});
