import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { fingerprint } from '../../src/calendar/merge.ts';
import { isSame } from '../../src/calendar/same.ts';

describe('same', () => {
  const cases: [unknown, unknown, boolean][] = [
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: undefined }, {}, true],
    [{}, { a: undefined }, true],
    [{ a: null }, {}, false],
    [[1, 2], [2, 1], false],
    [[1], [1, 2], false],
    [[], {}, false],
    [{ a: [{ b: '' }] }, { a: [{ b: '' }] }, true],
    [{ a: [{ b: '' }] }, { a: [{ b: ' ' }] }, false],
    ['1', 1, false],
    [null, undefined, false],
  ];
  for (const [one, other, expected] of cases)
    it(`${JSON.stringify(one)} and ${JSON.stringify(other)}: ${expected}`, () => {
      assert.equal(isSame(one, other), expected);
      assert.equal(isSame(other, one), expected);
    });

  it('agrees with comparing what is written', () => {
    const small = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(small, small, (one, other) => {
        assert.equal(isSame(one, other), fingerprint(one) === fingerprint(other));
        assert.ok(isSame(one, JSON.parse(JSON.stringify(one))));
      }),
    );
  });
});
