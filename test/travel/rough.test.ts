import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { legKey } from '../../src/travel/port.ts';
import { distanceM, roughEstimate, roughProvider } from '../../src/travel/rough.ts';
import { MINUTE } from '../support/events.ts';

const spot = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});
const MARIENPLATZ = { latitude: 48.13743, longitude: 11.57549 };
/** So many metres north of it. */
const north = (metres: number) => ({ ...MARIENPLATZ, latitude: MARIENPLATZ.latitude + metres / 111_195 });

describe('distance', () => {
  it('is that of the globe', () => {
    const airport = { latitude: 48.35378, longitude: 11.78609 };
    const berlin = { latitude: 52.51628, longitude: 13.37771 };
    assert.ok(Math.abs(distanceM(MARIENPLATZ, airport) - 28_700) < 300);
    assert.ok(Math.abs(distanceM(MARIENPLATZ, berlin) - 504_000) < 2_000);
    const [west, east] = [-179.99, 179.99].map((longitude) => ({ latitude: 0, longitude }));
    assert.ok(west && east && distanceM(west, east) < 2_300, 'across the date line');
  });

  it('is none to oneself, the same both ways, and never more than half round', () => {
    fc.assert(
      fc.property(spot, spot, (a, b) => {
        assert.equal(distanceM(a, a), 0);
        assert.ok(Math.abs(distanceM(a, b) - distanceM(b, a)) < 1e-3);
        assert.ok(distanceM(a, b) >= 0 && distanceM(a, b) < 20_016_000);
      }),
    );
  });
});

describe('the rough estimate', () => {
  /** [metres as the crow flies, minutes at least, at most] */
  const cases: [number, number, number][] = [
    [0, 4, 5],
    [500, 5, 10],
    [3_000, 14, 25],
    [10_000, 30, 50],
    [30_000, 55, 100],
    [500_000, 400, 620],
  ];
  for (const [metres, least, most] of cases)
    it(`takes ${least} to ${most} minutes for ${metres} m`, () => {
      const estimate = roughEstimate({ by: 'car', from: MARIENPLATZ, to: north(metres) });
      const minutes = estimate.durationMs / MINUTE;
      assert.ok(minutes >= least && minutes <= most, `${minutes} min`);
      assert.equal(estimate.isRough, true);
      assert.ok(estimate.distanceM >= metres - 1 && estimate.distanceM <= metres * 1.4 + 1);
    });

  it('takes no less time for a longer way, and whole minutes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500_000 }), fc.integer({ min: 0, max: 500_000 }), (a, b) => {
        const [near, far] = [Math.min(a, b), Math.max(a, b)].map((metres) =>
          roughEstimate({ by: 'car', from: MARIENPLATZ, to: north(metres) }),
        );
        assert.ok(near && far);
        assert.ok(near.durationMs <= far.durationMs && near.distanceM <= far.distanceM);
        assert.equal(near.durationMs % MINUTE, 0);
      }),
    );
  });

  it('is what the built-in provider says', async () => {
    const leg = { from: MARIENPLATZ, to: north(3_000), by: 'car' as const, arriveAt: 0 };
    assert.deepEqual(await roughProvider.estimate(leg), roughEstimate(leg));
  });
});

describe('a leg’s key', () => {
  const leg = { from: MARIENPLATZ, to: north(3_000), by: 'car' as const, arriveAt: 7 };
  it('is shared by what is ten metres apart, and by nothing else', () => {
    assert.equal(legKey({ ...leg, from: { ...leg.from, latitude: 48.13744 } }), legKey(leg));
    assert.notEqual(legKey({ ...leg, from: { ...leg.from, latitude: 48.138 } }), legKey(leg));
    assert.notEqual(legKey({ ...leg, to: leg.from }), legKey(leg));
    assert.notEqual(legKey({ ...leg, from: leg.to, to: leg.from }), legKey(leg));
    assert.notEqual(legKey({ ...leg, by: 'car' as const, arriveAt: 8 }), legKey(leg));
  });
});
