/**
 * Row 12 of the reliability scoreboard: 200 POSTs a second for a minute, each with 1 to 100 notifications, at the
 * product as it is built and shipped, with the durable PostgreSQL that it brings. Requests come at their rate whether or
 * not earlier ones were answered, and each is timed from the moment at which it was due. Every mailbox is held by
 * "another instance": each notice makes one due and the sync loop looks for work at every commit, but reads nothing.
 *
 *   npm run bench -- webhook [rate=200] [seconds=60] [batch=100] [connections=64]
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
import type { Order, Report } from './support/load.ts';
import { quietProduct } from './support/quiet-product.ts';
import { type Bench, below, exactly, numberOf, percentile, round, type Say, Teardown } from './support/report.ts';

const P99_LIMIT_MS = 500;
const MAX_LIMIT_MS = 3_000;
const WARM_UP_MS = 5_000;

interface Stage {
  database: AckDatabase;
  generator: LoadGenerator;
  product: RunningServer;
  backendPid: number;
}

async function setStage(say: Say, teardown: Teardown): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'calendar-watch-bench-'));
  // As root, PostgreSQL runs as another user, who must be able to walk in.
  await chmod(folder, 0o755);
  teardown.add(() => rm(folder, { recursive: true, force: true }));
  const built = await build(say);
  teardown.add(() => built.remove());
  const postgres = await startEmbedded({ dataDir: join(folder, 'data'), log: createLog('warn') });
  teardown.add(() => postgres.stop());
  const port = await freePort();
  const script = join(built.folder, 'src/index.js');
  const env = quietProduct(port, postgres, folder);
  const product = await startServer({ script, port, folder, name: 'product', env });
  teardown.add(() => product.stop());
  const database = new AckDatabase(postgres.ownerUrl);
  await database.open();
  teardown.add(() => database.close());
  await database.fill();
  await database.lease();
  const generator = await LoadGenerator.start(join(built.folder, 'bench/support/load.js'));
  teardown.add(() => generator.stop());
  return { database, generator, product, backendPid: await database.backendPid() };
}

const not2xx = ({ statuses, unsent }: Report) =>
  unsent + Object.entries(statuses).reduce((sum, [status, count]) => sum + (/^2/.test(status) ? 0 : count), 0);

/** Seconds of CPU, and how many cores that is on the average. */
async function measured(stage: Stage, order: Order) {
  const cpu = () =>
    Promise.all([cpuMsOf(stage.product.child.pid), cpuMsOfServer(stage.backendPid), cpuMsOf(stage.generator.pid)]);
  const before = await cpu();
  const report = await stage.generator.run(order);
  const after = await cpu();
  const cores = (index: 0 | 1 | 2) => round((after[index] - before[index]) / report.tookMs, 2);
  return { report, cores: { product: cores(0), postgres: cores(1), generator: cores(2) } };
}

export const bench: Bench = async (words, say) => {
  const teardown = new Teardown();
  try {
    const stage = await setStage(say, teardown);
    const order: Order = {
      port: stage.product.port,
      perSecond: numberOf(words, 'rate', 200),
      durationMs: numberOf(words, 'seconds', 60) * 1_000,
      largestBatch: numberOf(words, 'batch', 100),
      connections: numberOf(words, 'connections', 64),
    };
    const warmUp = await stage.generator.run({ ...order, durationMs: WARM_UP_MS });
    say(`warm; ${order.perSecond} a second for ${order.durationMs / 1_000} s`);
    const { report, cores } = await measured(stage, order);
    const acknowledged = warmUp.items + report.items;
    const rowsInInbox = await stage.database.inboxRows();
    const p99Ms = round(percentile(report.latencies, 0.99), 1);
    const maxMs = round(percentile(report.latencies, 1), 1);
    const failures = not2xx(warmUp) + not2xx(report);
    return {
      figures: {
        posts: report.latencies.length,
        postsPerSecond: round((report.latencies.length * 1_000) / report.tookMs, 1),
        items: report.items,
        itemsPerSecond: round((report.items * 1_000) / report.tookMs),
        p50Ms: round(percentile(report.latencies, 0.5), 1),
        p99Ms,
        maxMs,
        statuses: report.statuses,
        itemsAcknowledged: acknowledged,
        rowsInInbox,
        cores,
        connections: order.connections,
        postgres: await stage.database.durability(),
      },
      targets: {
        p99Ms: below(P99_LIMIT_MS, p99Ms),
        maxMs: below(MAX_LIMIT_MS, maxMs),
        not2xx: exactly(0, failures),
        rowsMissing: exactly(0, acknowledged - rowsInInbox),
      },
    };
  } finally {
    await teardown.run(say);
  }
};
