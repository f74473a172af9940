/** The runner must never say that all is well when it is not. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'mocha';
import { inOrder, LONGEST_FIRST } from './order.ts';
import { runJob, totalsOf } from './run-job.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const run = (program: string, mustCount = true) =>
  runJob({ name: 'x', command: [process.execPath, '-e', program] }, { cwd: ROOT, env: process.env, mustCount });

describe('the order of test files', () => {
  it('is the longest first, then by name, each file once', () => {
    assert.deepEqual(inOrder(['c', 'a', 'd', 'b'], ['d', 'gone', 'b']), ['d', 'b', 'a', 'c']);
  });

  it('names only files that there are', () => {
    assert.deepEqual(
      LONGEST_FIRST.filter((file) => !existsSync(resolve(ROOT, file))),
      [],
    );
  });
});

describe('a summary line', () => {
  it('is read as .ci/run reads it, and added up', () => {
    assert.deepEqual(totalsOf('x\n3 passed, 1 failed\n4 passed, 0 failed, 2 skipped\n'), { passed: 7, failed: 1 });
    assert.equal(totalsOf('in all 3 passed, 1 failed\n 3 passed, 0 failed\n3 passed, 0 failed.\n'), undefined);
  });
});

describe('a job', () => {
  it('is well when it ends with 0 and says how many passed', async () => {
    const { problem, totals } = await run(`console.log('2 passed, 0 failed')`);
    assert.deepEqual([problem, totals], [undefined, { passed: 2, failed: 0 }]);
  });

  it('that is no run of tests needs no count', async () => assert.equal((await run('', false)).problem, undefined));

  for (const [what, program, problem] of [
    ['ends with another code', `console.log('2 passed, 0 failed'); process.exit(3)`, /^exit code 3$/],
    ['counts a failure, whatever its code', `console.log('2 passed, 1 failed')`, /^1 failed$/],
    ['ends with 0 before it counted', 'process.exit(0)', /^no line/],
    ['dies', 'process.kill(process.pid, "SIGKILL")', /^signal SIGKILL, no line/],
  ] as const)
    it(`that ${what} has failed`, async () => assert.match((await run(program)).problem ?? 'none', problem));

  it('that cannot be started has failed', async () => {
    const options = { cwd: ROOT, env: process.env, mustCount: false };
    const { problem } = await runJob({ name: 'x', command: ['/no/such/program'] }, options);
    assert.match(problem ?? 'none', /ENOENT/);
  });

  it('ends although it left something running that holds its output, with all that it said', async () => {
    const { output, seconds } = await run(`
      const { spawn } = require('node:child_process');
      spawn(process.execPath, ['-e', 'setTimeout(() => {}, 8000)'], { stdio: 'inherit', detached: true }).unref();
      console.error('a'.repeat(100_000)); console.log('1 passed, 0 failed')`);
    assert.ok(output.length > 100_000 && output.includes('1 passed, 0 failed'));
    assert.ok(seconds < 6, `${seconds} s`);
  });

  it('shows what it says at once where that is asked for', async () => {
    const shown: string[] = [];
    const options = { cwd: ROOT, env: process.env, mustCount: false, show: (text: string) => shown.push(text) };
    const { output } = await runJob({ name: 'x', command: [process.execPath, '-e', `console.log('hello')`] }, options);
    assert.equal(shown.join(''), output);
    assert.equal(output, 'hello\n');
  });
});
