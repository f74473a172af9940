/**
 * node --import tsx test/simulation/mutants/run.ts [--weeks 20] [--seeds 1,2] [--only WORDS] [--check]
 *
 * Runs every mutant until a seed finds it. --check only looks whether all of them still apply.
 */
import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { MUTANTS, type Mutant } from './mutants.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const { values: given } = parseArgs({
  options: {
    weeks: { type: 'string', default: '20' },
    seeds: { type: 'string', default: '1,2,3' },
    only: { type: 'string' },
    check: { type: 'boolean', default: false },
  },
});
const say = (text: string) => process.stdout.write(`${text}\n`);

/** A copy of the source with the mistake in it. */
async function plant({ name, patches }: Mutant): Promise<string> {
  const src = join(ROOT, '.simulation', name.replace(/[^a-z0-9]+/gi, '-'), 'src');
  await rm(src, { recursive: true, force: true });
  await mkdir(src, { recursive: true });
  await cp(join(ROOT, 'src'), src, { recursive: true });
  for (const { file, find, replace } of patches) {
    const path = join(src, file);
    const parts = (await readFile(path, 'utf8')).split(find);
    if (parts.length !== 2) throw new Error(`“${name}” is ${parts.length - 1} times in ${file}, not once`);
    await writeFile(path, parts.join(replace));
  }
  return src;
}

/** Whether a life with this seed is judged as failed. One that breaks off is found, too. */
function isFound(src: string, seed: string): Promise<boolean> {
  return new Promise((done) => {
    const cli = join(import.meta.dirname, '../cli.ts');
    const words = ['--import', 'tsx', cli, '--weeks', given.weeks, '--seed', seed, '--src', src];
    spawn(process.execPath, words, { cwd: ROOT, stdio: 'ignore' }).once('exit', (code) => done(code !== 0));
  });
}

const chosen = MUTANTS.filter((mutant) => mutant.name.includes(given.only ?? ''));
const missed: string[] = [];
for (const mutant of chosen) {
  const src = await plant(mutant).catch((error: Error) => {
    say(`✗ ${error.message}`);
    missed.push(mutant.name);
    return undefined;
  });
  if (!src || given.check) continue;
  let foundBy: string | undefined;
  for (const seed of given.seeds.split(',')) if (!foundBy && (await isFound(src, seed))) foundBy = seed;
  say(foundBy ? `✓ ${mutant.name}: found by seed ${foundBy}` : `✗ ${mutant.name}: lives`);
  if (!foundBy) missed.push(mutant.name);
}
say(
  JSON.stringify({
    name: 'mutants',
    figures: { planted: chosen.length, missed: missed.length },
    targets: { missed: 0 },
    pass: missed.length === 0,
  }),
);
process.exitCode = missed.length === 0 ? 0 : 1;
