/**
 * The part of the simulation that runs with every `npm test`, as one of its jobs (test/runner/jobs.ts): a fixed number of
 * user-weeks with fixed seeds, judged row by row, one tiny life lived twice, and the mutants that show soonest. All in one
 * process and on one PostgreSQL: to start either costs as much as a small life. The gate (gate.ts) is the whole.
 */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { check, TARGETS } from './checker/check.ts';
import { meets } from './checker/report.ts';
import { openCluster } from './cluster.ts';
import { judgeLife } from './mutants/judge.ts';
import { MUTANTS, type Mutant } from './mutants/mutants.ts';
import { patched, plant } from './mutants/plant.ts';
import { SETTINGS } from './mutants/settings.ts';
import { OWN_SOURCE } from './product.ts';
import { addUp, type Figures } from './report-of.ts';
import { runSimulation } from './run-simulation.ts';

/** People cost less than weeks: what a week costs whatever happens is paid once. */
const LIVES = [{ seed: 31, weeks: 2, people: 5 }] as const;
/** With a death or two; the second time in a process that has lived already, which must not matter. */
const TWICE = { seed: 3, weeks: 0.3, people: 2, faults: { own: { 'process.crash': 1 / 1_000 } } } as const;

/** One subscription that dies in silence costs this few people more than 0.001; the gate has enough of them for that. */
const HAS_TO_BE = { ...TARGETS, cover: '≥ 0.99' };

const WORK = join(resolve(import.meta.dirname, '../..'), '.simulation', `slice-${process.pid}`);

const say = (text: string) => process.stdout.write(`${text}\n`);
const cpuSeconds = () => ((process.cpuUsage().user + process.cpuUsage().system) / 1e6).toFixed(1);
// A server of its own, by a UNIX socket: as fast as it gets, and no other test can meet it.
delete process.env.TEST_POSTGRES_URL;
const cluster = await openCluster();
let [passed, failed] = [0, 0];

function judge(isWell: boolean, what: string): void {
  if (isWell) passed += 1;
  else failed += 1;
  say(`  ${isWell ? '✓' : '✗'} ${what}`);
}

async function judgeLives(): Promise<void> {
  const parts: Figures[] = [];
  for (const { seed, weeks, people } of LIVES) {
    const startedAt = performance.now();
    const history = await runSimulation({ seed, weeks, people, profile: 'usual', cluster });
    const report = check(history);
    parts.push(report.figures);
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    const { crashes, statements, lockFailures } = history.counts;
    say(
      `seed ${seed}: ${weeks} user-weeks of ${people} people in ${seconds} s, ${statements} statements, ` +
        `${history.sends.length} messages, ${crashes} crashes, ${lockFailures} lock failures`,
    );
    for (const finding of report.findings.slice(0, 20)) say(`    ${JSON.stringify(finding)}`);
    if (!report.pass) say(`    again: npm run simulate -- --weeks ${weeks} --people ${people} --seed ${seed}`);
  }
  const sum = addUp(parts);
  for (const [figure, target] of Object.entries(HAS_TO_BE))
    judge(meets(sum[figure], target), `${figure}: ${sum[figure]} (has to be ${target})`);
  const live = Object.entries(sum).filter(([figure]) => figure.startsWith('live.'));
  const count = live.reduce((total, [, one]) => total + one, 0);
  // A statement that is written in another way would make all of them look as if nobody knew, which excuses duplicates.
  const { ambiguousSends = 0, deliveries = 0 } = sum;
  judge(
    ambiguousSends < deliveries / 4,
    `ambiguous sends: ${ambiguousSends} of ${deliveries} (has to be less than 1 in 4)`,
  );
  judge(count > 0, `nudges that had to come: ${count} (${live.map((one) => one.join(' ').slice(5)).join(', ')})`);
}

async function liveTwice(): Promise<void> {
  const hashes = new Set<string>();
  for (let time = 0; time < 2; time++)
    hashes.add((await runSimulation({ ...TWICE, profile: 'usual', cluster })).traceHash);
  judge(hashes.size === 1, `seed ${TWICE.seed} twice: ${[...hashes].join(' and ')}`);
}

/** Each of them has to be found by the first of its seeds. */
async function hunt(mutant: Mutant, index: number): Promise<void> {
  const { name, seeds, rows } = mutant;
  const src = await plant(OWN_SOURCE, mutant, join(WORK, String(index)));
  const { rows: failed } = await judgeLife(SETTINGS[mutant.in], seeds[0] ?? 1, src, cluster);
  const found = failed.find(([row]) => rows.includes(row));
  const others = failed.length > 0 ? `only rows ${failed.map(([row]) => row).join(', ')} complained` : 'it lives';
  judge(found !== undefined, `mutant: ${name} (${mutant.in}): ${found ? `row ${found.join(': ')}` : others}`);
}

async function huntQuickOnes(): Promise<void> {
  const misfits: string[] = [];
  for (const mutant of MUTANTS)
    await patched(OWN_SOURCE, mutant).catch((error: Error) => misfits.push(`${mutant.name}: ${error.message}`));
  judge(misfits.length === 0, `${MUTANTS.length} mutants fit the source${misfits.map((one) => `\n    not ${one}`)}`);
  for (const [index, mutant] of MUTANTS.entries()) if (mutant.isQuick) await hunt(mutant, index);
}

try {
  for (const part of [judgeLives, liveTwice, huntQuickOnes]) {
    await part();
    say(`  … ${cpuSeconds()} s of CPU, without PostgreSQL's`);
  }
} catch (error) {
  say(`${(error as Error).stack}`);
  judge(false, 'a life broke off');
} finally {
  await cluster.stop();
  await rm(WORK, { recursive: true, force: true });
}
say(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
