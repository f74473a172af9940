import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { DEFAULT_SETTINGS, readSettings } from '../../src/nudges/settings.ts';

describe('settings', () => {
  it('have defaults', () => {
    assert.deepEqual(DEFAULT_SETTINGS.remindMinutes, [15]);
    assert.equal(DEFAULT_SETTINGS.spareMinutes, 7);
    assert.equal(DEFAULT_SETTINGS.pausedUntil, null);
    assert.deepEqual(DEFAULT_SETTINGS.forbiddenKinds, []);
  });

  /** [stored, read] */
  const cases: [unknown, object][] = [
    [undefined, DEFAULT_SETTINGS],
    [null, DEFAULT_SETTINGS],
    ['junk', DEFAULT_SETTINGS],
    [[], DEFAULT_SETTINGS],
    [{}, DEFAULT_SETTINGS],
    [{ remindMinutes: [] }, { remindMinutes: [], spareMinutes: 7 }],
    [{ remindMinutes: [0] }, { remindMinutes: [0], spareMinutes: 7 }],
    [{ remindMinutes: [1440, 10] }, { remindMinutes: [1440, 10], spareMinutes: 7 }],
    [{ remindMinutes: [1441] }, DEFAULT_SETTINGS],
    [{ remindMinutes: [-1] }, DEFAULT_SETTINGS],
    [{ remindMinutes: [1.5] }, DEFAULT_SETTINGS],
    [{ remindMinutes: ['10'] }, DEFAULT_SETTINGS],
    [{ remindMinutes: [1, 2, 3, 4, 5, 6] }, DEFAULT_SETTINGS],
    [
      { remindMinutes: 10, spareMinutes: 0 },
      { remindMinutes: [15], spareMinutes: 0 },
    ],
    [
      { spareMinutes: 121, remindMinutes: [5] },
      { remindMinutes: [5], spareMinutes: 7 },
    ],
    [{ spareMinutes: null }, DEFAULT_SETTINGS],
    [{ somethingNewer: true }, DEFAULT_SETTINGS],
  ];
  for (const [stored, expected] of cases)
    it(`are read from ${JSON.stringify(stored)}`, () =>
      assert.deepEqual(readSettings(stored), { ...DEFAULT_SETTINGS, ...expected }));

  it('never stop a plan, whatever is stored', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (remindMinutes, spareMinutes) => {
        for (const stored of [remindMinutes, { remindMinutes, spareMinutes }]) {
          const read = readSettings(stored);
          assert.ok(read.remindMinutes.length <= 5);
          assert.ok([...read.remindMinutes, read.spareMinutes].every((one) => Number.isInteger(one) && one >= 0));
        }
      }),
    );
  });

  it('are not shared: what is done to one reading does not reach the next', () => {
    readSettings({}).remindMinutes.push(1);
    readSettings({ remindMinutes: 'x' }).remindMinutes.push(1);
    assert.deepEqual(readSettings({}).remindMinutes, [15]);
    assert.deepEqual(readSettings({ remindMinutes: 'x' }).remindMinutes, [15]);
  });
});
