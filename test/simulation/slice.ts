/**
 * The part of the simulation that runs with every `npm test`, as one of its jobs (test/runner/jobs.ts): a fixed number of
 * user-weeks with fixed seeds, judged row by row, and one tiny life lived twice. The gate (gate.ts) is the whole.
 */
import { check, TARGETS } from './checker/check.ts';
import { meets } from './checker/report.ts';
import { openCluster } from './cluster.ts';
import { addUp, type Figures } from './report-of.ts';
import { runSimulation } from './run-simulation.ts';

/** People cost less than weeks: what a week costs whatever happens is paid once. */
const LIVES = [{ seed: 7, weeks: 6, people: 6 }] as const;
/** With a death or two; the second time in a process that has lived already, which must not matter. */
const TWICE = { seed: 3, weeks: 0.5, people: 2, faults: { own: { 'process.crash': 1 / 1_000 } } } as const;

/** One subscription that dies in silence costs this few people more than 0.001; the gate has enough of them for that. */
const HAS_TO_BE = { ...TARGETS, cover: '≥ 0.99' };

const say = (text: string) => process.stdout.write(`${text}\n`);
// A server of its own, by a UNIX socket: as fast as it gets, and no other test can meet it.
delete process.env.TEST_POSTGRES_URL;
const cluster = await openCluster();
let [passed, failed] = [0, 0];

function judge(isWell: boolean, what: string): void {
  if (isWell) passed += 1;
  else failed += 1;
  say(`  ${isWell ? '✓' : '✗'} ${what}`);
}

try {
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
  judge(count > 0, `nudges that had to come: ${count} (${live.map((one) => one.join(' ').slice(5)).join(', ')})`);
  const hashes = new Set<string>();
  for (let time = 0; time < 2; time++)
    hashes.add((await runSimulation({ ...TWICE, profile: 'usual', cluster })).traceHash);
  judge(hashes.size === 1, `seed ${TWICE.seed} twice: ${[...hashes].join(' and ')}`);
} catch (error) {
  say(`${(error as Error).stack}`);
  judge(false, 'a life broke off');
} finally {
  await cluster.stop();
}
say(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
