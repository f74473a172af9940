import assert from 'node:assert/strict';
import { describe, it } from 'mocha';

/** The client is plain JavaScript; these are the shapes that its pure parts work on. */
interface Event {
  start: string;
  end: string;
  isAllDay: boolean;
}
interface Segment {
  event: Event;
  day: number;
  from: number;
  to: number;
  column: number;
  columns: number;
  span: number;
}
interface Layout {
  isLaneEvent(event: Event): boolean;
  segmentsOf(event: Event, days: string[]): Segment[];
  layDay(segments: Segment[]): Segment[];
  layLane(events: Event[], days: string[]): { from: number; to: number; row: number; isFirst: boolean }[];
}
interface Wall {
  parseTime(text: string): string | undefined;
  weekNumber(monday: string): number;
}

const client = (name: string) => import(new URL(`../../../sandbox/calendar/client/${name}`, import.meta.url).href);
const { isLaneEvent, segmentsOf, layDay, layLane } = (await client('layout.js')) as Layout;
const { parseTime, weekNumber } = (await client('wall.js')) as Wall;

const DAYS = ['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26', '2026-11-27', '2026-11-28', '2026-11-29'];
const timed = (start: string, end: string): Event => ({
  start: `2026-11-${start}`,
  end: `2026-11-${end}`,
  isAllDay: false,
});
const columnsOf = (...events: Event[]) =>
  layDay(events.flatMap((event) => segmentsOf(event, DAYS))).map(({ column, columns, span }) => [
    column,
    columns,
    span,
  ]);

describe('calendar page: layout', () => {
  it('gives events that do not overlap the whole width', () => {
    assert.deepEqual(columnsOf(timed('24T09:00', '24T10:00'), timed('24T10:00', '24T11:00')), [
      [0, 1, 1],
      [0, 1, 1],
    ]);
  });

  it('puts overlapping events side by side and reuses a column that is free again', () => {
    const laid = columnsOf(timed('24T09:00', '24T12:00'), timed('24T09:30', '24T10:00'), timed('24T10:00', '24T11:00'));
    assert.deepEqual(laid, [
      [0, 2, 1],
      [1, 2, 1],
      [1, 2, 1],
    ]);
  });

  it('lets an event take the columns to its right that nobody needs', () => {
    const laid = columnsOf(
      timed('24T09:00', '24T12:00'),
      timed('24T09:00', '24T10:00'),
      timed('24T09:00', '24T09:30'),
      timed('24T10:30', '24T11:30'),
    );
    assert.deepEqual(laid.at(-1), [1, 3, 2]);
  });

  it('splits an event over midnight, and cuts it at the edges of the week', () => {
    const pieces = segmentsOf(timed('24T23:00', '25T01:00'), DAYS).map(({ day, from, to }) => [day, from, to]);
    assert.deepEqual(pieces, [
      [1, 1380, 1440],
      [2, 0, 60],
    ]);
    assert.equal(segmentsOf(timed('22T23:00', '23T01:00'), DAYS).length, 1);
    assert.equal(segmentsOf(timed('22T22:00', '23T00:00'), DAYS).length, 0);
  });

  it('keeps all-day and day-long events in the lane, without an extra day at midnight', () => {
    const day = { start: '2026-11-24T00:00', end: '2026-11-25T00:00', isAllDay: true };
    const offsite = timed('26T09:30', '27T16:00');
    assert.ok(isLaneEvent(day) && isLaneEvent(offsite) && !isLaneEvent(timed('24T09:00', '24T10:00')));
    const long = { start: '2026-11-20T00:00', end: '2026-11-26T00:00', isAllDay: true };
    const bars = layLane([day, offsite, long], DAYS).map(({ from, to, row, isFirst }) => [from, to, row, isFirst]);
    assert.deepEqual(bars, [
      [0, 2, 0, false],
      [1, 1, 1, true],
      [3, 4, 0, true],
    ]);
  });

  it('reads the ways in which people write a time', () => {
    const read = ['9', '9:15', '915', '0915', '21.30', '2pm', '12 am', '12:05 p.m.', '25:00', '9:75', '13pm', 'x'].map(
      parseTime,
    );
    const wrong = [undefined, undefined, undefined, undefined];
    assert.deepEqual(read, ['09:00', '09:15', '09:15', '09:15', '21:30', '14:00', '00:00', '12:05', ...wrong]);
  });

  it('numbers weeks as ISO does', () => {
    assert.deepEqual(['2026-11-23', '2026-12-28', '2027-01-04', '2024-12-30'].map(weekNumber), [48, 53, 1, 1]);
  });
});
