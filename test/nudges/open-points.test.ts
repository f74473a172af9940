import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { wellFormed } from '../../src/calendar/well-formed.ts';
import {
  LONGEST_POINT,
  MOST_POINTS,
  OPEN_POINTS,
  openPointsFor,
  openPointsIn,
  orderlyPoints,
  readOpenPoints,
} from '../../src/nudges/open-points.ts';
import { NOW } from '../support/events.ts';

describe('open points', () => {
  /** [stored, read] */
  const cases: [unknown, unknown][] = [
    [
      { points: ['Budget'], fromStartAt: NOW },
      { points: ['Budget'], fromStartAt: NOW },
    ],
    [
      { points: [' a \n b ', '', ' '], fromStartAt: 1 },
      { points: ['a b'], fromStartAt: 1 },
    ],
    [{ points: [], fromStartAt: 1 }, undefined],
    [{ points: ['x'] }, undefined],
    [{ points: 'x', fromStartAt: 1 }, undefined],
    [{ points: [1], fromStartAt: 1 }, undefined],
    [{ points: ['x'], fromStartAt: null }, undefined],
    [null, undefined],
    [undefined, undefined],
    [true, undefined],
  ];
  for (const [stored, expected] of cases)
    it(`${JSON.stringify(stored)} is read as ${JSON.stringify(expected)}`, () =>
      assert.deepEqual(readOpenPoints(stored), expected));

  it('are few, short, one line each and whole letters, whatever was written', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 300 }), { maxLength: 20 }), (points) => {
        const orderly = orderlyPoints(points);
        assert.ok(orderly.length <= MOST_POINTS);
        for (const one of orderly) {
          assert.ok(one.length > 0 && one.length <= LONGEST_POINT && !/[\n\r\0]/.test(one));
          assert.equal(wellFormed(one), one);
        }
        assert.deepEqual(
          orderlyPoints(orderly.map((one) => one.trim())),
          orderly.map((one) => one.trim()),
        );
      }),
    );
  });

  it('are of the series, and only for what comes after', () => {
    const known = openPointsIn([
      { kind: OPEN_POINTS, eventId: 'series', value: { points: ['Budget'], fromStartAt: NOW }, answeredAt: NOW },
      { kind: 'other', eventId: 'single', value: { points: ['x'], fromStartAt: NOW }, answeredAt: NOW },
    ]);
    const of = (id: string, startAt: number, seriesMasterId?: string) =>
      openPointsFor({ id, startAt, seriesMasterId }, known);
    assert.deepEqual(of('o2', NOW + 1, 'series'), ['Budget']);
    assert.deepEqual(of('o1', NOW, 'series'), [], 'not the one that left them');
    assert.deepEqual(of('o0', NOW - 1, 'series'), []);
    assert.deepEqual(of('single', NOW + 1), []);
    assert.deepEqual(of('o2', NOW + 1, 'other series'), []);
  });
});
