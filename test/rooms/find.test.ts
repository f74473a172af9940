import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { board, distanceWords, findRooms } from '../../src/rooms/find.ts';
import type { Room, Wish } from '../../src/rooms/types.ts';
import { HOUR, MINUTE, NOW } from '../support/events.ts';
import { booking, room } from './rooms.ts';

const MUNICH = { latitude: 48.137, longitude: 11.575 };
const BERLIN = { latitude: 52.52, longitude: 13.405 };

const wish = (more: Partial<Wish> = {}): Wish => ({
  span: { from: NOW, to: NOW + HOUR },
  people: 3,
  features: [],
  ...more,
});

const names = (found: { room: Room }[]) => found.map((one) => one.room.roomId);

describe('finding a room', () => {
  const cases: [string, Room[], Partial<Wish>, string[]][] = [
    [
      'the smallest that fits',
      [room('hall', { capacity: 40 }), room('six', { capacity: 6 }), room('two', { capacity: 2 })],
      {},
      ['six', 'hall'],
    ],
    [
      'unknown seats after a small one, before a hall',
      [room('unknown', { capacity: null }), room('hall', { capacity: 60 }), room('four')],
      {},
      ['four', 'unknown', 'hall'],
    ],
    [
      'the nearest',
      [room('far', { coordinates: BERLIN }), room('near', { coordinates: MUNICH })],
      { near: MUNICH },
      ['near', 'far'],
    ],
    [
      'near and larger before far and exact',
      [room('far', { capacity: 3, coordinates: BERLIN }), room('near', { capacity: 12, coordinates: MUNICH })],
      { near: MUNICH },
      ['near', 'far'],
    ],
    [
      'what it has',
      [room('bare'), room('video', { features: ['video', 'display'] })],
      { features: ['video'] },
      ['video'],
    ],
    [
      'the barest that has it',
      [room('both', { features: ['video', 'display'] }), room('video', { features: ['video'] })],
      { features: ['video'] },
      ['video', 'both'],
    ],
    ['in one building, in whatever case', [room('a'), room('b', { building: 'South' })], { building: ' south' }, ['b']],
    [
      'another building last',
      [room('a', { building: 'South' }), room('b', { capacity: 20 })],
      { preferBuilding: 'north' },
      ['b', 'a'],
    ],
    ['by name where all else is the same', [room('b'), room('a')], {}, ['a', 'b']],
  ];
  for (const [name, rooms, more, wanted] of cases)
    it(name, () => assert.deepEqual(names(findRooms(wish(more), rooms, new Set())), wanted));

  it('leaves out what is taken, and says why', () => {
    const rooms = [room('a', { coordinates: MUNICH, features: ['video'] }), room('b')];
    const [found, ...rest] = findRooms(
      wish({ near: MUNICH, features: ['video'], preferBuilding: 'North' }),
      rooms,
      new Set(['b']),
    );
    assert.deepEqual(found?.why, ['4 seats', '50 m away', 'same building', 'video']);
    assert.equal(rest.length, 0);
  });

  it('never gives what does not fit, and is in order', () => {
    const any = fc.array(
      fc.record({
        capacity: fc.option(fc.integer({ min: 1, max: 30 })),
        video: fc.boolean(),
        taken: fc.boolean(),
        building: fc.constantFrom('N', 'S', ''),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(any, fc.integer({ min: 1, max: 20 }), fc.boolean(), (list, people, isVideo) => {
        const rooms = list.map((one, index) =>
          room(`r${index}`, { capacity: one.capacity, building: one.building, features: one.video ? ['video'] : [] }),
        );
        const taken = new Set(rooms.filter((_, index) => list[index]?.taken).map((one) => one.roomId));
        const found = findRooms(wish({ people, features: isVideo ? ['video'] : [] }), rooms, taken, 50);
        const fitting = rooms.filter(
          (one) =>
            !taken.has(one.roomId) &&
            (one.capacity ?? people) >= people &&
            (!isVideo || one.features.includes('video')),
        );
        assert.deepEqual(names(found).sort(), fitting.map((one) => one.roomId).sort());
        assert.ok(found.every((one, index) => index === 0 || (found[index - 1]?.score ?? 0) <= one.score));
      }),
      { numRuns: 100 },
    );
  });

  it('says how far', () =>
    assert.deepEqual([0, 320, 940, 960, 12_400].map(distanceWords), [
      '50 m away',
      '300 m away',
      '950 m away',
      '1.0 km away',
      '12 km away',
    ]));
});

describe('the board', () => {
  const at = (minutes: number) => NOW + minutes * MINUTE;
  const until: [string, [number, number][], boolean, number | undefined][] = [
    ['free for long', [], false, undefined],
    [
      'free until the next',
      [
        [30, 60],
        [90, 120],
      ],
      false,
      30,
    ],
    [
      'busy until it ends',
      [
        [-10, 20],
        [30, 60],
      ],
      true,
      20,
    ],
    [
      'busy through what follows at once',
      [
        [-10, 20],
        [20, 45],
        [45, 50],
        [60, 90],
      ],
      true,
      50,
    ],
    [
      'busy through what overlaps',
      [
        [-10, 20],
        [-5, 40],
        [35, 50],
      ],
      true,
      50,
    ],
    ['over just now', [[-60, 0]], false, undefined],
    ['begins just now', [[0, 15]], true, 15],
  ];
  for (const [name, spans, isTaken, wanted] of until)
    it(name, () => {
      const bookings = spans.map(([from, to]) => booking('a', at(from), at(to)));
      const [building] = board([room('a')], bookings.reverse(), NOW);
      assert.equal(building?.rooms[0]?.taken !== undefined, isTaken);
      assert.equal(building?.rooms[0]?.until, wanted === undefined ? undefined : at(wanted));
      assert.equal(building?.free, isTaken ? 0 : 1);
    });

  it('is by building and name', () => {
    const rooms = [room('r10', { building: 'B' }), room('r2', { building: 'B' }), room('x', { building: 'A' })];
    assert.deepEqual(
      board(rooms, [], NOW).map((one) => [one.building, one.rooms.map((it) => it.room.roomId)]),
      [
        ['A', ['x']],
        ['B', ['r2', 'r10']],
      ],
    );
  });
});
