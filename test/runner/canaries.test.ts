/** The search must find what it is there for. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { lookForCanaries, reportCanaries } from './canaries.ts';

describe('the search of the logs', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'canaries-'));
    writeFileSync(join(directory, 'planted-1-1.json'), JSON.stringify(['Secret planning', 'Secret plants', 'short']));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const look = (...lines: object[]) => {
    writeFileSync(join(directory, '1.log'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return lookForCanaries(directory);
  };

  for (const [what, line] of [
    ['a planted subject', { msg: 'x', a: 'the Secret planning of' }],
    ['one that begins like another', { deep: { er: ['Secret plants'] } }],
    ['a JWT', { a: 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.x' }],
    ['a bearer token', { authorization: 'Bearer abcdefghij' }],
    ['an address', { from: 'ada@test.example' }],
    ['a phone number', { to: '+491701234567' }],
    ['a link', { url: 'https://x.example/auth/start?state=abcdef' }],
  ] as const)
    it(`finds ${what}`, () => assert.equal(look({ level: 30, msg: 'fine' }, line).found.length, 1));

  it('finds nothing in what may be said, and counts it', () => {
    const looked = look(
      { level: 40, err: { name: 'E', at: 'at f (/app/node_modules/@azure/core/src/x.ts:1:2)' }, msg: 'failed' },
      { level: 30, tenantId: '11111111-aaaa-4000-8000-000000000001', count: 3, msg: 'short' },
    );
    assert.deepEqual([looked.files, looked.lines, looked.found], [1, 2, []]);
    assert.match(reportCanaries(looked), /^canaries: 1 files, 2 lines, 2 planted, 0 found$/);
  });
});
