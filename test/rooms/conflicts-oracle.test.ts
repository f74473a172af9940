import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Chance } from '../simulation/chance.ts';
import { compareOnce } from './room-calendar.ts';

const RUNS = 150;
const STEPS = 14;

describe('conflicts beside brute force', () => {
  it(`agree in ${RUNS} generated calendars`, () => {
    let pairs = 0;
    for (let seed = 1; seed <= RUNS; seed += 1) {
      const compared = compareOnce(Chance.of(seed, 'room'), STEPS);
      assert.deepEqual(compared.differences, [], `seed ${seed}`);
      pairs += compared.pairs;
    }
    // Calendars in which nothing collides would prove nothing.
    assert.ok(pairs > RUNS * STEPS, `${pairs} pairs`);
  });
});
