import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { foundWords, roomsFoundCard } from '../../../src/bot/cards/room-found.ts';
import { room } from '../../rooms/rooms.ts';

const reader = { timeZone: 'Europe/Berlin', locale: 'en-GB' };
const on = (time: string) => Date.parse(`2026-11-24T${time}:00+01:00`);

describe('rooms that were found', () => {
  const ends = on('19:50');
  for (const [freeUntil, words] of [
    [undefined, 'free for the rest of the day'],
    [ends, 'free for just that time'],
    [on('21:30'), 'free until 21:30'],
    [on('23:59') + 60_000, 'free for the rest of the day'],
    [on('10:00') + 24 * 3_600_000, 'free for the rest of the day'],
  ] as const)
    it(`says “${words}” of ${freeUntil === undefined ? 'nothing more' : new Date(freeUntil).toISOString()}`, () => {
      const found = { room: room('a'), score: 0, why: ['4 seats'], ...(freeUntil === undefined ? {} : { freeUntil }) };
      assert.equal(foundWords(found, reader, ends), `4 seats · ${words}`);
    });

  it('says nothing of the day after where the meeting ends at midnight', () => {
    const midnight = on('23:59') + 60_000;
    const found = { room: room('a'), score: 0, why: [], freeUntil: midnight + 9 * 3_600_000 };
    assert.equal(foundWords(found, reader, midnight), 'free for the rest of the day');
  });

  for (const [floor, place] of [
    ['3', 'North, floor 3'],
    ['2.1', 'North, floor 2.1'],
    ['Ground floor', 'North, Ground floor'],
    ['', 'North'],
  ] as const)
    it(`places it as “${place}”`, () => {
      const found = [{ room: room('a', { building: 'North', floor }), score: 0, why: [] }];
      const { card } = roomsFoundCard({ found, startAt: on('19:10'), endAt: ends, people: 4 }, reader, on('08:00'));
      assert.ok(JSON.stringify(card).includes(`** · ${place}"`));
    });
});
