/** One life of one mutant (or of the product itself), judged. */
import { check } from '../checker/check.ts';
import type { Cluster } from '../cluster.ts';
import { runSimulation } from '../run-simulation.ts';
import { failedRows } from './rows.ts';
import type { Setting } from './settings.ts';

export interface Verdict {
  /** Rows that failed, and why. */
  rows: [number, string][];
}

export async function judgeLife(setting: Setting, seed: number, srcRoot: string, cluster: Cluster): Promise<Verdict> {
  const { people, weeks, profile, faults, life, targets } = setting;
  const history = await runSimulation({ seed, people, weeks, profile, faults, life, srcRoot, cluster });
  const report = check(history);
  return { rows: [...failedRows({ ...report, targets: { ...report.targets, ...targets } })] };
}
