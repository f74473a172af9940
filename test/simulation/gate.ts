/**
 * npm run simulate:gate [-- --weeks 400 --seed 1 --determinism 20 --no-mutants]
 *
 * What has to hold before a release: many lives with seeds from --seed on, those that failed once, the same life twice
 * for a number of small seeds, and the mutants. Prints each as it ends, how to live a failed one again, and one JSON line.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { TARGETS } from './checker/check.ts';
import { lifeOf, onAllCores, runScript, type Spoken } from './in-child.ts';
import { KEPT_SEEDS } from './kept-seeds.ts';
import { addUp, type Figures, meetsAll } from './report-of.ts';

const WEEKS_A_RUN = 50;
const PEOPLE_A_RUN = 25;
/** Small, and with what is rare made likely enough: a life of this size crashes once or twice and is vacuumed. */
const TWICE = ['--weeks', '3', '--people', '3'];
const TWICE_SEEDS_FROM = 1_000;

const { values: given } = parseArgs({
  options: {
    weeks: { type: 'string', default: '400' },
    seed: { type: 'string', default: '1' },
    determinism: { type: 'string', default: '20' },
    'no-mutants': { type: 'boolean', default: false },
  },
});

const say = (text: string) => process.stdout.write(`${text}\n`);
const startedAt = performance.now();
const minutes = () => `${((performance.now() - startedAt) / 60_000).toFixed(1)} min`;

/** Cover is a share of all: a few lives with a subscription that died in silence may have less of it. */
const { cover: _, ...EACH } = TARGETS;

interface Life {
  kind: 'life' | 'twice';
  seed: number;
  words: string[];
}

const parts: Figures[] = [];
const failedSeeds: number[] = [];
let differences = 0;

function replay(words: string[], output: string): void {
  const findings = output.split('\n').filter((line) => line.startsWith('{"row"'));
  for (const finding of findings.length > 0 ? findings : output.trimEnd().split('\n').slice(-15)) say(`    ${finding}`);
  say(`    again: npm run simulate -- ${words.join(' ')}`);
}

function judgeLife({ seed, words }: Life, { output, said }: Spoken): void {
  if (said) parts.push(said.figures);
  const isWell = said !== undefined && meetsAll(said.figures, EACH);
  if (!isWell) failedSeeds.push(seed);
  const size = said ? `${said.figures.userWeeks?.toFixed(1)} user-weeks` : 'broke off';
  say(`${isWell ? '✓' : '✗'} seed ${seed}: ${size}, cover ${said?.figures.cover?.toFixed(5)} (${minutes()})`);
  if (!said?.pass) replay(words, output);
}

function judgeTwice({ seed, words }: Life, { output, said }: Spoken): void {
  const isSame = said?.pass === true;
  if (!isSame) differences += 1;
  say(`${isSame ? '✓' : '✗'} seed ${seed} twice (${minutes()})`);
  if (!isSame) replay(words, output);
}

const count = Math.max(1, Math.ceil(Number(given.weeks) / WEEKS_A_RUN));
const weeksEach = Number(given.weeks) / count;
const people = Math.max(2, Math.min(PEOPLE_A_RUN, Math.floor(weeksEach)));
const seeds = Array.from({ length: count }, (_, index) => Number(given.seed) + index);
const life = (seed: number, weeks: number, crowd: number): Life => ({
  kind: 'life',
  seed,
  words: ['--weeks', String(weeks), '--people', String(crowd), '--seed', String(seed)],
});
const twiceSeeds = Array.from({ length: Number(given.determinism) }, (_, index) => TWICE_SEEDS_FROM + index);
const work: Life[] = [
  ...seeds.map((seed) => life(seed, weeksEach, people)),
  ...KEPT_SEEDS.map((kept) => life(kept.seed, kept.weeks, kept.people)),
  ...twiceSeeds.map((seed): Life => ({ kind: 'twice', seed, words: [...TWICE, '--seed', String(seed), '--twice'] })),
];
say(`${count} lives of ${weeksEach} user-weeks, ${KEPT_SEEDS.length} kept, ${twiceSeeds.length} twice`);
await onAllCores(work, async (one, core) => {
  const spoken = await lifeOf(one.words, core);
  if (one.kind === 'life') judgeLife(one, spoken);
  else judgeTwice(one, spoken);
});

const figures: Figures = { ...addUp(parts), failedRuns: failedSeeds.length, differences };
const targets: Record<string, string | number> = { ...TARGETS, failedRuns: 0, differences: 0 };
if (!given['no-mutants']) {
  const { output, said } = await runScript([join(import.meta.dirname, 'mutants/run.ts')]);
  say(output.trimEnd());
  for (const [name, value] of Object.entries(said?.figures ?? {})) figures[`mutants.${name}`] = value;
  figures['mutants.failed'] = said?.pass ? 0 : 1;
  targets['mutants.failed'] = 0;
}
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
const isClean =
  execFileSync('git', ['status', '--porcelain'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim() === '';
const seconds = Math.round((performance.now() - startedAt) / 1_000);
const pass = meetsAll(figures, targets);
say(
  JSON.stringify({
    name: 'simulate-gate',
    figures: { commit, isClean, seeds, failedSeeds, twiceSeeds, seconds, ...figures },
    targets,
    pass,
  }),
);
process.exitCode = pass ? 0 : 1;
