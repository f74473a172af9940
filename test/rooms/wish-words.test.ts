import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { instantOn } from '../../src/calendar/zone.ts';
import { parseRoomWish, type RoomWords } from '../../src/rooms/wish-words.ts';

const ZONE = 'Europe/Berlin';
/** A Tuesday. */
const on = (date: string, time: string) => instantOn(date, time, ZONE);
const NOW = on('2026-12-01', '10:02');
const ASKING = { now: NOW, timeZone: ZONE, locale: 'en-GB' };
const TODAY = '2026-12-01';
const FRIDAY = '2026-12-04';
const TOMORROW = '2026-12-02';

interface Case {
  says: string;
  at?: [string, string, string];
  is?: Omit<RoomWords, 'span' | 'features'> & { features?: string[] };
}

const CASES: Case[] = [
  { says: 'now 30min for 4', at: [TODAY, '10:00', '10:30'], is: { people: 4 } },
  { says: 'now', at: [TODAY, '10:00', '10:30'] },
  { says: '', at: [TODAY, '10:00', '10:30'] },
  { says: 'right now for an hour', at: [TODAY, '10:00', '11:00'] },
  { says: 'now for half an hour', at: [TODAY, '10:00', '10:30'] },
  { says: '1h', at: [TODAY, '10:00', '11:00'] },
  { says: '1.5h for 6 people', at: [TODAY, '10:00', '11:30'], is: { people: 6 } },
  { says: 'now 1h30', at: [TODAY, '10:00', '11:30'] },
  { says: 'now 90 minutes for two', at: [TODAY, '10:00', '11:30'], is: { people: 2 } },
  {
    says: 'friday 14-15 near munich with video',
    at: [FRIDAY, '14:00', '15:00'],
    is: { near: 'munich', features: ['video'] },
  },
  { says: 'friday 14:00 for 12', at: [FRIDAY, '14:00', '14:30'], is: { people: 12 } },
  { says: 'for 12 friday 14:00', at: [FRIDAY, '14:00', '14:30'], is: { people: 12 } },
  { says: 'tomorrow 9am 1h 3 people', at: [TOMORROW, '09:00', '10:00'], is: { people: 3 } },
  {
    says: 'tomorrow 9-10 with a screen and wheelchair',
    at: [TOMORROW, '09:00', '10:00'],
    is: { features: ['display', 'wheelchair'] },
  },
  { says: 'with video, phone tomorrow 9-10', at: [TOMORROW, '09:00', '10:00'], is: { features: ['video', 'audio'] } },
  {
    says: 'tomorrow 9-10 with whiteboard for 4',
    at: [TOMORROW, '09:00', '10:00'],
    is: { people: 4, features: ['whiteboard'] },
  },
  { says: 'near the office now', at: [TODAY, '10:00', '10:30'], is: { near: 'office' } },
  {
    says: 'near North Tower tomorrow 9-10 for 4',
    at: [TOMORROW, '09:00', '10:00'],
    is: { near: 'North Tower', people: 4 },
  },
  { says: '14:00 for 3', at: [TODAY, '14:00', '14:30'], is: { people: 3 } },
  { says: '9:00', at: [TOMORROW, '09:00', '09:30'] },
  { says: 'in 30 min', at: [TODAY, '10:32', '11:02'] },
  { says: 'tomorrow 23:30-0:30', at: [TOMORROW, '23:30', '24:30'] },
];

const MEETINGS: [string, RoomWords][] = [
  ['for next', { meeting: 'next', features: [] }],
  ['for my next meeting', { meeting: 'next', features: [] }],
  ['for planning', { meeting: 'planning', features: [] }],
  ['for the Budget review', { meeting: 'budget review', features: [] }],
  ['for the planning with video', { meeting: 'planning', features: ['video'] }],
  ['for planning near munich for 8', { meeting: 'planning', features: [], near: 'munich', people: 8 }],
];

const PROBLEMS: [string, string][] = [
  ['tomorrow', 'hour'],
  ['friday afternoon', 'hour'],
  ['blah', 'time'],
  ['on the moon 14:00', 'time'],
  ['now for 0', 'people'],
  ['now for 5000 people', 'people'],
  ['now 2 min', 'length'],
  ['now 30h', 'length'],
  ['yesterday 14:00', 'past'],
  ['x'.repeat(300), 'time'],
];

describe('words of a wish for a room', () => {
  for (const { says, at, is = {} } of CASES)
    it(`understands “${says}”`, () => {
      const [date = '', from = '', to = ''] = at ?? [];
      const end = to === '24:30' ? on('2026-12-03', '00:30') : on(date, to);
      assert.deepEqual(parseRoomWish(says, ASKING), {
        wish: { features: [], ...is, span: { from: on(date, from), to: end } },
      });
    });

  for (const [says, wish] of MEETINGS)
    it(`understands “${says}” as a meeting`, () => assert.deepEqual(parseRoomWish(says, ASKING), { wish }));

  for (const [says, problem] of PROBLEMS)
    it(`says what is missing in “${says.slice(0, 30)}”`, () =>
      assert.equal((parseRoomWish(says, ASKING) as { problem?: string }).problem, problem));

  it('is of the person’s own zone', () => {
    const there = { ...ASKING, timeZone: 'America/New_York' };
    const read = parseRoomWish('friday 14-15', there);
    assert.ok('wish' in read);
    assert.equal(read.wish.span?.from, instantOn(FRIDAY, '14:00', 'America/New_York'));
  });

  it('takes any length and number, in any order', () => {
    const minutes = fc.integer({ min: 5, max: 24 * 60 });
    const people = fc.integer({ min: 1, max: 1000 });
    fc.assert(
      fc.property(minutes, people, fc.boolean(), (length, count, isFirst) => {
        const parts = [`${length}min`, `for ${count}`];
        const read = parseRoomWish(`now ${(isFirst ? parts : parts.reverse()).join(' ')}`, ASKING);
        assert.ok('wish' in read);
        assert.equal(read.wish.people, count);
        const { from, to } = read.wish.span ?? { from: 0, to: 0 };
        assert.equal(to - from, length * 60_000);
      }),
      { numRuns: 100 },
    );
  });

  it('never throws, and what it gives lies ahead and has a length', () => {
    const words = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc
        .array(
          fc.constantFrom(
            'now',
            'friday',
            '14-15',
            'for',
            '4',
            '1h',
            'near',
            'munich',
            'with',
            'video',
            'in',
            'a',
            'next',
            '30min',
            ',',
          ),
          {
            maxLength: 9,
          },
        )
        .map((all) => all.join(' ')),
    );
    fc.assert(
      fc.property(words, (says) => {
        const read = parseRoomWish(says, ASKING);
        if (!('wish' in read) || !read.wish.span) return;
        const { from, to } = read.wish.span;
        assert.ok(to > NOW && to > from && to - from <= 24 * 3_600_000, says);
        assert.ok(read.wish.features.length <= 5);
      }),
      { numRuns: 150 },
    );
  });
});
