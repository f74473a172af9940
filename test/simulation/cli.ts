/**
 * npm run simulate -- --weeks 400 --seed 7 [--people 40] [--profile usual|none] [--src DIR]
 *   [--trace FILE] [--log FILE] [--history FILE] [--times] [--twice]
 *
 * Runs a simulated life and judges it. For people first; the last line is JSON. --twice runs the same seed in two fresh
 * processes and compares what happened, step by step.
 */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openCluster } from './cluster.ts';
import type { Times } from './database.ts';
import { PROFILES } from './faults.ts';
import type { History } from './history.ts';
import { runSimulation } from './run-simulation.ts';

const { values: given } = parseArgs({
  options: {
    weeks: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    people: { type: 'string' },
    profile: { type: 'string', default: 'usual' },
    src: { type: 'string' },
    trace: { type: 'string' },
    log: { type: 'string' },
    history: { type: 'string' },
    times: { type: 'boolean', default: false },
    twice: { type: 'boolean', default: false },
  },
});

const say = (text: string) => process.stdout.write(`${text}\n`);

interface Report {
  figures: Record<string, unknown>;
  targets?: Record<string, unknown>;
  pass: boolean;
  findings?: unknown[];
}

/** The judge; without one, only what can't be right at all. */
async function judge(history: History): Promise<Report> {
  const file = new URL('./checker/check.ts', import.meta.url);
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (exists) return ((await import(file.href)) as { check(history: History): Report }).check(history);
  const breaches = Object.values(history.breaches).reduce((sum, one) => sum + one, 0);
  return { figures: { breaches, sends: history.sends.length }, pass: breaches === 0 };
}

function toFile(path: string | undefined): { write?: (line: string) => void; close(): Promise<void> } {
  if (!path) return { close: async () => undefined };
  const stream = createWriteStream(path);
  return {
    write: (line) => stream.write(`${line}\n`),
    close: () => new Promise((resolve) => stream.end(() => resolve())),
  };
}

/** Which statements cost most. */
function showTimes(times: Times): void {
  const most = [...times].sort((a, b) => b[1].ms - a[1].ms).slice(0, 30);
  for (const [text, { count, ms }] of most)
    say(`${Math.round(ms)} ms, ${count} × ${(ms / count).toFixed(2)} ms  ${text.replace(/\s+/g, ' ').slice(0, 110)}`);
}

async function once(): Promise<number> {
  const seed = Number(given.seed);
  if (!(given.profile in PROFILES)) throw new Error(`no profile ${given.profile}`);
  const [trace, log] = [toFile(given.trace), toFile(given.log)];
  const cluster = await openCluster();
  const startedAt = performance.now();
  const times: Times | undefined = given.times ? new Map() : undefined;
  try {
    const history = await runSimulation({
      seed,
      weeks: Number(given.weeks),
      people: given.people ? Number(given.people) : undefined,
      profile: given.profile as keyof typeof PROFILES,
      srcRoot: given.src,
      cluster,
      trace: trace.write,
      log: log.write,
      times,
    });
    if (times) showTimes(times);
    const seconds = (performance.now() - startedAt) / 1_000;
    if (given.history) await writeFile(given.history, JSON.stringify(history));
    const report = await judge(history);
    const { counts, sends } = history;
    say(`seed ${seed}: ${given.weeks} user-weeks in ${seconds.toFixed(1)} s`);
    say(
      `${counts.statements} statements (${Math.round(counts.statements / seconds)} a second), ${counts.graphCalls} calls to Graph, ` +
        `${sends.length} messages posted, ${counts.crashes} crashes, ${counts.pauses} pauses, ${counts.lockFailures} lock failures`,
    );
    for (const finding of (report.findings ?? []).slice(0, 50))
      say(typeof finding === 'string' ? finding : JSON.stringify(finding));
    say(`trace ${history.traceHash}`);
    const people = given.people ? ` --people ${given.people}` : '';
    if (!report.pass)
      say(`FAILED with seed ${seed}: npm run simulate -- --weeks ${given.weeks} --seed ${seed}${people}`);
    const figures = { seed, userWeeks: Number(given.weeks), seconds: Math.round(seconds), ...report.figures };
    say(JSON.stringify({ name: 'simulate', figures, targets: report.targets ?? {}, pass: report.pass }));
    return report.pass ? 0 : 1;
  } finally {
    await Promise.all([trace.close(), log.close()]);
    await cluster.stop();
  }
}

/** The trace of the same command in a process of its own. */
function inChild(): Promise<string> {
  return new Promise((resolve, reject) => {
    const words = process.argv.slice(2).filter((word) => word !== '--twice');
    const child = spawn(process.execPath, [...process.execArgv, import.meta.filename, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.once('error', reject);
    child.once('exit', () => resolve(/^trace (\w+)$/m.exec(output)?.[1] ?? `no trace:\n${output}`));
  });
}

async function twice(): Promise<number> {
  const first = await inChild();
  const second = await inChild();
  const isSame = first === second && /^\w{64}$/.test(first);
  say(isSame ? `twice the same: ${first}` : `seed ${given.seed} gave two lives:\n  ${first}\n  ${second}`);
  say(
    JSON.stringify({
      name: 'simulate --twice',
      figures: { differences: isSame ? 0 : 1 },
      targets: { differences: 0 },
      pass: isSame,
    }),
  );
  return isSame ? 0 : 1;
}

process.exitCode = given.twice ? await twice() : await once();
