/**
 * node --import tsx test/simulation/mutants/run.ts [--only WORDS|WORDS] [--seeds 1,2] [--src DIR] [--check] [--controls yes|no|only]
 *
 * Runs every mutant until a seed finds it, and the product itself through the same lives: it has to pass them. --check
 * only looks whether all of them still apply; --controls only runs none of them. Each life has a process of its own, so
 * that one that never ends does no harm; the slice of `npm test` (slice.ts) has the quick ones in one.
 */
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openCluster } from '../cluster.ts';
import type { Verdict } from './judge.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import type { Order } from './one.ts';
import { patched, plant } from './plant.ts';
import { SETTINGS, type SettingName } from './settings.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const WORK = join(ROOT, '.simulation', `mutants-${process.pid}`);
const AT_ONCE = 2;
const LONGEST_MS = 300_000;

const { values: given } = parseArgs({
  options: {
    only: { type: 'string' },
    seeds: { type: 'string' },
    src: { type: 'string', default: join(ROOT, 'src') },
    check: { type: 'boolean', default: false },
    controls: { type: 'string', default: 'yes' },
  },
});
const say = (text: string) => process.stdout.write(`${text}\n`);

const rootOf = (name: string) => join(WORK, name.replace(/[^a-z0-9]+/gi, '-'));

interface Life {
  /** Undefined: it broke off, and `words` say how. */
  verdict?: Verdict;
  words: string;
  ms: number;
}

function live(setting: SettingName, seed: number, srcRoot: string, clusterUrl: string): Promise<Life> {
  const order: Order = { setting: SETTINGS[setting], seed, srcRoot };
  const startedAt = performance.now();
  return new Promise((done) => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, 'one.ts'), JSON.stringify(order)],
      { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TEST_POSTGRES_URL: clusterUrl } },
    );
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err = (err + chunk.toString()).slice(-2_000);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      const last = out.trim().split('\n').at(-1) ?? '';
      const verdict = code === 0 ? (JSON.parse(last) as Verdict) : undefined;
      done({ verdict, words: verdict ? '' : `broke off (${code}): ${err.trim()}`, ms: performance.now() - startedAt });
    });
  });
}

interface Outcome {
  mutant: Mutant;
  /** Why it failed. */
  failure?: string;
  row?: number;
  finding?: string;
  seed?: number;
  userWeeks: number;
  ms: number;
}

async function hunt(mutant: Mutant, src: string, clusterUrl: string): Promise<Outcome> {
  const outcome: Outcome = { mutant, userWeeks: 0, ms: 0 };
  const others = new Set<number>();
  for (const seed of given.seeds?.split(',').map(Number) ?? mutant.seeds) {
    const { verdict, words, ms } = await live(mutant.in, seed, src, clusterUrl);
    outcome.userWeeks += SETTINGS[mutant.in].weeks;
    outcome.ms += ms;
    if (!verdict) return { ...outcome, failure: words };
    const found = verdict.rows.find(([row]) => mutant.rows.includes(row));
    if (found) return { ...outcome, row: found[0], seed, finding: found[1] };
    for (const [row] of verdict.rows) others.add(row);
  }
  return { ...outcome, failure: others.size > 0 ? `only rows ${[...others].join(', ')} complained` : 'it lives' };
}

/** Does all of it, two at a time. */
async function inTurns<T>(pieces: T[], work: (piece: T) => Promise<void>): Promise<void> {
  const waiting = [...pieces];
  const one = async () => {
    for (let piece = waiting.shift(); piece !== undefined; piece = waiting.shift()) await work(piece);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

function show({ mutant, failure, row, finding, seed, userWeeks, ms }: Outcome): void {
  const cost = `${userWeeks.toFixed(1)} user-weeks, ${(ms / 1_000).toFixed(0)} s`;
  if (failure) say(`✗ ${mutant.name} (${mutant.in}): ${failure} (${cost})`);
  else say(`✓ ${mutant.name} (${mutant.in}): row ${row}, seed ${seed}, ${cost}: ${finding}`);
}

async function main(): Promise<boolean> {
  const startedAt = performance.now();
  const src = resolve(given.src);
  const fitting = new Set<Mutant>();
  const outcomes: Outcome[] = [];
  const chosen = MUTANTS.filter(({ name }) => (given.only ?? '').split('|').some((words) => name.includes(words)));
  for (const mutant of MUTANTS)
    await patched(src, mutant).then(
      () => fitting.add(mutant),
      (error: Error) => outcomes.push({ mutant, failure: error.message, userWeeks: 0, ms: 0 }),
    );
  outcomes.forEach(show);
  const controls = new Map<string, { setting: SettingName; seed: number }>();
  const addControl = (setting: SettingName, seed: number) => void controls.set(`${setting} ${seed}`, { setting, seed });
  let failedControls = 0;
  if (!given.check) {
    const cluster = await openCluster();
    try {
      await inTurns(
        chosen.filter((mutant) => fitting.has(mutant)),
        async (mutant) => {
          if (given.controls === 'only') return addControl(mutant.in, given.seeds ? Number(given.seeds) : 1);
          const outcome = await hunt(mutant, await plant(src, mutant, rootOf(mutant.name)), cluster.ownerUrl);
          show(outcome);
          outcomes.push(outcome);
          if (outcome.seed !== undefined) addControl(mutant.in, outcome.seed);
        },
      );
      const product = await plant(src, { patches: [] }, rootOf('the product itself'));
      await inTurns(given.controls === 'no' ? [] : [...controls.values()], async ({ setting, seed }) => {
        const { verdict, words, ms } = await live(setting, seed, product, cluster.ownerUrl);
        const isGood = verdict?.rows.length === 0;
        if (!isGood) failedControls += 1;
        const why = verdict ? verdict.rows.map(([row, says]) => `row ${row}: ${says}`).join('; ') : words;
        say(
          `${isGood ? '✓' : '✗'} the product itself (${setting}, seed ${seed}): ${why || 'passes'} (${(ms / 1_000).toFixed(0)} s)`,
        );
      });
    } finally {
      await cluster.stop();
    }
  }
  const lived = outcomes.filter(({ failure }) => failure !== undefined).length;
  const failed = lived + failedControls;
  const passed = (given.check ? fitting.size : outcomes.length - lived) + controls.size - failedControls;
  const userWeeks = outcomes.reduce((sum, one) => sum + one.userWeeks, 0);
  const figures = {
    planted: given.check ? MUTANTS.length : outcomes.length,
    lived,
    failedControls,
    userWeeks: Math.round(userWeeks * 10) / 10,
    seconds: Math.round((performance.now() - startedAt) / 1_000),
  };
  say(`${passed} passed, ${failed} failed`);
  say(JSON.stringify({ name: 'mutants', figures, targets: { lived: 0, failedControls: 0 }, pass: failed === 0 }));
  return failed === 0;
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} finally {
  await rm(WORK, { recursive: true, force: true });
}
