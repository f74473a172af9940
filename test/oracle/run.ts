/**
 * The long run: `node --import tsx test/oracle/run.ts --count 1000000 --seed 1`. Talks on stderr; the last line on
 * stdout is the result as JSON. Exit code 0 when nothing differs, 1 when something does.
 */
import { parseArgs } from 'node:util';
import { TimeOracle } from './time-oracle.ts';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
const [count, seed] = [Number(values.count), Number(values.seed)];
if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) {
  process.stderr.write('Usage: node --import tsx test/oracle/run.ts --count 1000000 --seed 1\n');
  process.exit(2);
}
const startedAt = performance.now();
const say = (line: string) => process.stderr.write(`  ${line}\n`);
const { examples, ...tally } = new TimeOracle(seed).run(count, undefined, say);
for (const one of examples) say(JSON.stringify(one));
const seconds = Math.round((performance.now() - startedAt) / 1_000);
const figures = { ...tally, seed, seconds, node: process.version, tzdata: process.versions.tz };
const pass = tally.cases >= count && tally.differences === 0;
process.stdout.write(`${JSON.stringify({ name: 'time-oracle', figures, targets: { differences: 0 }, pass })}\n`);
process.exit(pass ? 0 : 1);
