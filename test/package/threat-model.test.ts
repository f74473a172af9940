/** docs/threat-model.md may promise no test that there is not, and leave no threat without a test or a reason. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'mocha';

const ROOT = resolve(import.meta.dirname, '../..');
const text = readFileSync(join(ROOT, 'docs/threat-model.md'), 'utf8');
/** [letters, threat, what stands against it, tests] */
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| | '))
  .map((line) => line.slice(2, -2).split(' | '));

describe('the threats', () => {
  it('are many, under each part of the drawing, and of every letter', () => {
    assert.ok(rows.length > 60, String(rows.length));
    for (const part of text.split(/^## \d/m).slice(1)) assert.match(part, /\n\| [STRIDE]/);
    for (const letter of 'STRIDE')
      assert.ok(
        rows.some(([letters]) => letters?.includes(letter)),
        letter,
      );
  });

  it('have four cells each', () => {
    for (const row of rows) assert.equal(row.length, 4, row.join(' | '));
  });

  for (const [, threat = '', answer = '', tests = ''] of rows)
    it(`${threat.slice(0, 70)}: is tested, or accepted with a reason`, () => {
      if (threat.startsWith('**Accepted**')) {
        assert.equal(tests, '–');
        assert.ok(answer.length > 30, 'a reason');
        return;
      }
      const named = [...tests.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
      assert.ok(named.length > 0, 'no test is named');
      for (const path of named)
        assert.ok(path.startsWith('test/') && path.endsWith('.test.ts') && existsSync(join(ROOT, path)), path);
    });

  it('name no other file that is not there', () => {
    for (const [, path = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
      assert.ok(existsSync(join(ROOT, 'docs', path)), path);
    for (const [, path = ''] of text.matchAll(/`(test\/[^`]+)`/g)) assert.ok(existsSync(join(ROOT, path)), path);
  });
});
