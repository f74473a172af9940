/** One life of one mutant (or of the product itself), judged: a JSON of what to run in, a JSON of what was found out. */
import { check } from '../checker/check.ts';
import { openCluster } from '../cluster.ts';
import { runSimulation } from '../run-simulation.ts';
import { failedRows } from './rows.ts';
import type { Setting } from './settings.ts';

export interface Order {
  setting: Setting;
  seed: number;
  srcRoot: string;
}

export interface Verdict {
  /** Rows that failed, and why. */
  rows: [number, string][];
}

const [word = '{}'] = process.argv.slice(2);
const { setting, seed, srcRoot } = JSON.parse(word) as Order;
const { people, weeks, profile, faults, life, targets } = setting;
const cluster = await openCluster();
try {
  const history = await runSimulation({ seed, people, weeks, profile, faults, life, srcRoot, cluster });
  const report = check(history);
  const verdict: Verdict = { rows: [...failedRows({ ...report, targets: { ...report.targets, ...targets } })] };
  process.stdout.write(`${JSON.stringify(verdict)}\n`);
} finally {
  await cluster.stop();
}
