import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { DEFAULT_SETTINGS, NO_POLICY, readPolicy, readSettings } from '../../src/nudges/settings.ts';

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
    [{ ways: ['sms', 'email'] }, { ways: ['sms', 'email'] }],
    [{ ways: ['email', 'email'] }, DEFAULT_SETTINGS],
    [{ ways: ['email', 'pigeon'] }, DEFAULT_SETTINGS],
    [{ ways: ['teams'] }, DEFAULT_SETTINGS],
    [{ ways: 'email' }, DEFAULT_SETTINGS],
    [{ forbiddenWays: ['sms'] }, DEFAULT_SETTINGS],
  ];
  for (const [stored, expected] of cases)
    it(`are read from ${JSON.stringify(stored)}`, () =>
      assert.deepEqual(readSettings(stored), { ...DEFAULT_SETTINGS, ...expected }));

  it('have no way that the admin forbids, whoever chose it', () => {
    const policy = { ...NO_POLICY, defaults: { ways: ['email' as const, 'sms' as const] } };
    assert.deepEqual(readSettings({}, policy).ways, ['email', 'sms']);
    const forbidden = { ...policy, forbiddenWays: ['email' as const] };
    assert.deepEqual(readSettings({}, forbidden).ways, ['sms']);
    assert.deepEqual(readSettings({ ways: ['email'] }, forbidden).ways, []);
    assert.deepEqual(readSettings({ ways: ['email'] }, forbidden).forbiddenWays, ['email']);
  });

  /** [stored, read] */
  const policies: [unknown, object][] = [
    [undefined, {}],
    ['junk', {}],
    [{}, {}],
    [{ earlyMinutes: 0 }, { earlyMinutes: 0 }],
    [
      { earlyMinutes: 5, forbiddenWays: ['sms'] },
      { earlyMinutes: 5, forbiddenWays: ['sms'] },
    ],
    [{ earlyMinutes: 9 }, {}],
    [{ earlyMinutes: -1 }, {}],
    [{ earlyMinutes: 2.5 }, {}],
    [{ earlyMinutes: '5' }, {}],
    [{ forbiddenWays: ['pigeon'] }, {}],
    [{ forbiddenKinds: ['digest'] }, { forbiddenKinds: ['digest'] }],
  ];
  for (const [stored, expected] of policies)
    it(`are the admin’s from ${JSON.stringify(stored)}`, () =>
      assert.deepEqual(readPolicy(stored), { ...NO_POLICY, ...expected }));

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
