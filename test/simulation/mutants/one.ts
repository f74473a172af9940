/** A life in a process of its own: a JSON of what to run in, a JSON of what was found out. */
import { openCluster } from '../cluster.ts';
import { judgeLife } from './judge.ts';
import type { Setting } from './settings.ts';

export interface Order {
  setting: Setting;
  seed: number;
  srcRoot: string;
}

const [word = '{}'] = process.argv.slice(2);
const { setting, seed, srcRoot } = JSON.parse(word) as Order;
const cluster = await openCluster();
try {
  process.stdout.write(`${JSON.stringify(await judgeLife(setting, seed, srcRoot, cluster))}\n`);
} finally {
  await cluster.stop();
}
