import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { DAY_MS, HOUR_MS } from '../../../src/clock.ts';
import { HOOK_DELAYS_MS, HOOK_LIFE_MS, hookDelayMs } from '../../../src/delivery/errands/hook-schedule.ts';

const NOW = Date.UTC(2026, 11, 1, 8);
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the schedule of webhooks', () => {
  it('is Svix’s, all of it within 28 hours', () => {
    const total = HOOK_DELAYS_MS.reduce((sum, one) => sum + one, 0);
    assert.equal(total, 27 * HOUR_MS + 35 * 60_000 + 5_000);
    assert.ok(HOOK_LIFE_MS >= 28 * HOUR_MS);
    assert.equal(hookDelayMs(HOOK_DELAYS_MS.length, { random: 0, now: NOW }), undefined);
  });

  it('is never later than written, nor more than a tenth earlier', () =>
    fc.assert(
      fc.property(fc.nat({ max: 6 }), random, (attempts, chance) => {
        const delay = hookDelayMs(attempts, { random: chance, now: NOW }) ?? 0;
        const written = HOOK_DELAYS_MS[attempts] ?? 0;
        assert.ok(delay <= written && delay >= 0.9 * written - 1);
      }),
      { numRuns: 100 },
    ));

  it('whatever Retry-After says, is a wait between the schedule’s and twelve hours', () =>
    fc.assert(
      fc.property(
        fc.nat({ max: 6 }),
        random,
        fc.oneof(fc.string(), fc.integer().map(String)),
        (attempts, chance, said) => {
          const delay = hookDelayMs(attempts, { random: chance, now: NOW, retryAfter: said }) ?? -1;
          const least = hookDelayMs(attempts, { random: chance, now: NOW }) ?? 0;
          assert.ok(Number.isFinite(delay) && delay >= least && delay <= Math.max(least, 12 * HOUR_MS));
        },
      ),
      { numRuns: 150 },
    ));

  it('lets a date in the past ask for nothing', () =>
    assert.equal(
      hookDelayMs(0, { random: 0, now: NOW, retryAfter: new Date(NOW - DAY_MS).toUTCString() }),
      HOOK_DELAYS_MS[0],
    ));
});
