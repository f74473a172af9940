/**
 * How much of a bare restify route's rate is left when every 202 stands for a commit. Both servers are processes of
 * their own, run compiled, get the same bytes from the same generator, and take turns.
 *
 * Mailboxes are not read meanwhile. Headline: no mailbox is watched (due never), so only storing is measured. Second
 * figure: every mailbox is leased by "another instance"; then each is made due by its first notice, and the sync loop
 * is poked and looks for work at every commit. Beside the bare route runs a second one that parses the JSON and throws
 * it away: what is lost between the two is not the price of durability.
 *
 *   npm run bench -- ack [rounds=6] [seconds=4] [connections=128] [prof]
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../src/log.ts';
import { startEmbedded } from '../src/store/embedded.ts';
import { AckDatabase } from './support/ack-database.ts';
import { build } from './support/build.ts';
import { freePort, LoadGenerator, type RunningServer, startServer } from './support/children.ts';
import { cpuMsOf, cpuMsOfServer } from './support/cpu.ts';
import type { Report } from './support/load.ts';
import { quietProduct } from './support/quiet-product.ts';
import {
  atLeast,
  type Bench,
  exactly,
  median,
  numberOf,
  percentile,
  round,
  type Say,
  Teardown,
} from './support/report.ts';
import { SUBSCRIPTIONS } from './support/subscriptions.ts';

const LEAST_RATIO = 0.6;
const WARM_UP_MS = 3_000;
const CONNECTIONS = 128;

type Contestant = 'bare' | 'parsing' | 'stored' | 'leased';

interface Stage {
  database: AckDatabase;
  generator: LoadGenerator;
  servers: { bare: RunningServer; parsing: RunningServer; product: RunningServer };
  backendPid: number;
}

interface Turn {
  who: Contestant;
  perSecond: number;
  report: Report;
  /** CPU microseconds for each answer. */
  cost: { server: number; postgres: number; generator: number };
}

async function setStage(say: Say, teardown: Teardown, isProfiled: boolean): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'calendar-watch-bench-'));
  // As root, PostgreSQL runs as another user, who must be able to walk in.
  await chmod(folder, 0o755);
  if (!isProfiled) teardown.add(() => rm(folder, { recursive: true, force: true }));
  const built = await build(say);
  teardown.add(() => built.remove());
  // No settings: durable, as shipped.
  const postgres = await startEmbedded({ dataDir: join(folder, 'data'), log: createLog('warn') });
  teardown.add(() => postgres.stop());
  const start = async (name: string, script: string, envFor: (port: number) => Record<string, string>) => {
    const port = await freePort();
    const nodeArgs = isProfiled && name === 'product' ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : [];
    const env = envFor(port);
    const server = await startServer({ script: join(built.folder, script), port, folder, name, env, nodeArgs });
    teardown.add(() => server.stop());
    return server;
  };
  const bareScript = 'bench/support/bare-route.js';
  const servers = {
    bare: await start('bare', bareScript, () => ({})),
    parsing: await start('parsing', bareScript, () => ({ PARSE: '1' })),
    product: await start('product', 'src/index.js', (port) => quietProduct(port, postgres, folder)),
  };
  const database = new AckDatabase(postgres.ownerUrl);
  await database.open();
  teardown.add(() => database.close());
  await database.fill();
  const generator = await LoadGenerator.start(join(built.folder, 'bench/support/load.js'));
  teardown.add(() => generator.stop());
  if (isProfiled) say(`profiles and logs: ${folder}`);
  return { database, generator, servers, backendPid: await database.backendPid() };
}

async function turn(stage: Stage, who: Contestant, connections: number, durationMs: number): Promise<Turn> {
  if (who === 'leased') await stage.database.lease();
  else if (who === 'stored') await stage.database.unwatch();
  const server = who === 'bare' || who === 'parsing' ? stage.servers[who] : stage.servers.product;
  const cpu = () =>
    Promise.all([cpuMsOf(server.child.pid), cpuMsOfServer(stage.backendPid), cpuMsOf(stage.generator.pid)]);
  const before = await cpu();
  const report = await stage.generator.run({ port: server.port, connections, durationMs });
  const after = await cpu();
  const answers = report.statuses[202] ?? 0;
  const cost = (index: 0 | 1 | 2) => ((after[index] - before[index]) * 1_000) / answers;
  return {
    who,
    report,
    perSecond: (answers / report.tookMs) * 1_000,
    cost: { server: cost(0), postgres: cost(1), generator: cost(2) },
  };
}

const ORDER: Contestant[] = ['bare', 'stored', 'parsing', 'leased'];

/** Turned round each time, so that a slow minute meets all alike. */
const orderOf = (index: number): Contestant[] => (index % 2 === 0 ? ORDER : [...ORDER].reverse());

async function rounds(stage: Stage, words: string[], say: Say): Promise<{ turns: Turn[]; warmUp: Turn[] }> {
  const connections = numberOf(words, 'connections', CONNECTIONS);
  const durationMs = numberOf(words, 'seconds', 4) * 1_000;
  const warmUp: Turn[] = [];
  for (const who of orderOf(0)) warmUp.push(await turn(stage, who, connections, WARM_UP_MS));
  const turns: Turn[] = [];
  for (let index = 0; index < numberOf(words, 'rounds', 6); index += 1) {
    const these: Turn[] = [];
    for (const who of orderOf(index)) these.push(await turn(stage, who, connections, durationMs));
    say(`round ${index + 1}: ${these.map((one) => `${one.who} ${round(one.perSecond)}/s`).join(', ')}`);
    turns.push(...these);
  }
  return { turns, warmUp };
}

const of = (turns: Turn[], who: Contestant) => turns.filter((one) => one.who === who);

/** Round by round, against the yardstick of the same round. */
function ratios(turns: Turn[], who: Contestant, yardstick: Contestant = 'bare'): number[] {
  const against = of(turns, yardstick);
  return of(turns, who).map((one, index) => one.perSecond / (against[index]?.perSecond ?? Number.NaN));
}

const costOf = (turns: Turn[], who: Contestant, part: keyof Turn['cost']) =>
  round(median(of(turns, who).map((one) => one.cost[part])));

function speed(turns: Turn[], who: Contestant): Record<string, unknown> {
  const latencies = of(turns, who).flatMap((one) => one.report.latencies);
  return {
    perSecond: round(median(of(turns, who).map((one) => one.perSecond))),
    p50Ms: round(percentile(latencies, 0.5), 2),
    p99Ms: round(percentile(latencies, 0.99), 2),
    cpuMicrosEach: {
      server: costOf(turns, who, 'server'),
      postgres: costOf(turns, who, 'postgres'),
      generator: costOf(turns, who, 'generator'),
    },
  };
}

const sum = (values: number[]) => values.reduce((total, one) => total + one, 0);

/** All answers of a contestant by status; 0 is a connection that broke. */
function statusesOf(turns: Turn[], who: Contestant): Record<string, number> {
  const total: Record<string, number> = {};
  for (const { report } of of(turns, who))
    for (const [status, count] of Object.entries(report.statuses)) total[status] = (total[status] ?? 0) + count;
  return total;
}

const not2xx = (turns: Turn[]) =>
  sum(
    turns.flatMap((one) =>
      Object.entries(one.report.statuses).map(([status, count]) => (/^2/.test(status) ? 0 : count)),
    ),
  );

export const bench: Bench = async (words, say) => {
  const teardown = new Teardown();
  try {
    const stage = await setStage(say, teardown, words.includes('prof'));
    const { turns, warmUp } = await rounds(stage, words, say);
    const everything = [...warmUp, ...turns];
    const stored = everything.filter((one) => one.who === 'stored' || one.who === 'leased');
    const itemsAcknowledged = sum(stored.map((one) => one.report.items));
    const rowsInInbox = await stage.database.inboxRows();
    const failures = not2xx(everything);
    const ratio = round(median(ratios(turns, 'stored')), 3);
    return {
      figures: {
        bare: speed(turns, 'bare'),
        parsing: speed(turns, 'parsing'),
        stored: speed(turns, 'stored'),
        leased: speed(turns, 'leased'),
        ratio,
        ratios: ratios(turns, 'stored').map((one) => round(one, 3)),
        ratioToParsing: round(median(ratios(turns, 'stored', 'parsing')), 3),
        leasedRatio: round(median(ratios(turns, 'leased')), 3),
        not2xx: failures,
        statuses: { stored: statusesOf(everything, 'stored'), leased: statusesOf(everything, 'leased') },
        itemsAcknowledged,
        rowsInInbox,
        rowsConsumed: 0,
        subscriptions: SUBSCRIPTIONS,
        connections: numberOf(words, 'connections', CONNECTIONS),
        postgres: await stage.database.durability(),
      },
      targets: {
        ratio: atLeast(LEAST_RATIO, ratio),
        not2xx: exactly(0, failures),
        rowsMissing: exactly(0, itemsAcknowledged - rowsInInbox),
      },
    };
  } finally {
    await teardown.run(say);
  }
};
