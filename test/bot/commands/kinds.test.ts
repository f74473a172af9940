import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { hear } from '../../../src/bot/commands/commands.ts';
import { switchIn } from '../../../src/bot/commands/kinds.ts';
import { kindCalled } from '../../../src/bot/muting.ts';
import { COLLEAGUES, SWITCHES } from '../../../src/bot/switches.ts';

describe('switching a kind by its name', () => {
  for (const one of SWITCHES)
    it(`works for ${one.title}, whatever it is called`, () => {
      for (const name of [...one.words, one.title, one.name]) {
        assert.equal(kindCalled(name)?.name, one.name, name);
        for (const [text, isOn] of [
          [`${name} off`, false],
          [`${name} on`, true],
          [`no ${name}`, false],
          [`turn off the ${name}`, false],
          [`switch my ${name} on`, true],
        ] as const)
          assert.deepEqual(switchIn(text), { words: name.toLowerCase(), isOn }, text);
      }
    });

  it('has names that belong to one kind each', () => {
    const all = SWITCHES.flatMap(({ words, title, name }) => [
      ...new Set([...words, title, name].map((one) => one.toLowerCase())),
    ]);
    assert.equal(new Set(all).size, all.length);
    assert.ok(SWITCHES.includes(COLLEAGUES));
  });

  for (const text of [
    'watch off',
    'watch on',
    'quiet off',
    'focus on',
    'own changes off',
    'off',
    'on',
    'no',
    'agenda friday',
  ])
    it(`is not meant by “${text}”`, () => assert.equal(switchIn(text), undefined));

  it('leaves whatever else is typed to the commands', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const meant = switchIn(text);
        if (meant) assert.ok(kindCalled(meant.words));
        else assert.ok(hear(text)?.rest !== 'off' || /off$/i.test(text));
      }),
    );
  });
});
