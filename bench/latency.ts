/**
 * From a change in a calendar to the message about it at the connector, with 1,000 people in 10 tenants. Everybody is
 * connected for real ("watch on", sign-in, greeting). The sandbox (Entra, Graph, connector) is this process; the
 * product is another, compiled, with the durable PostgreSQL that it brings. Graph tells each edit two or three times,
 * and collects notifications for 200 ms before it posts them: that share is the sandbox's, and is reported.
 *
 *   npm run bench -- latency [rates=1,10,100]
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './support/build.ts';
import { freePort, startServer } from './support/children.ts';
import { connectEverybody } from './support/connect.ts';
import { atMost, type Bench, exactly, percentile, round, type Say, type Target, Teardown } from './support/report.ts';
import { buildTown, type Resident, type Town } from './support/town.ts';

const PHASES: { perSecond: number; durationMs: number }[] = [
  { perSecond: 1, durationMs: 30_000 },
  { perSecond: 10, durationMs: 30_000 },
  { perSecond: 100, durationMs: 20_000 },
];
const JUDGED_RATE = 10;
const P50_LIMIT_MS = 1_000;
const P99_LIMIT_MS = 3_000;
/** What has not come by then has not come. */
const LATE_LIMIT_MS = 90_000;
/** Between phases: echoes of the last one come up to 2 s later. */
const CALM_MS = 4_000;
const BATCH_DELAY_MS = 200;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Phase {
  latencies: number[];
  /** From the change until Graph began to post its first notification. */
  postedAfter: number[];
  /** How long the product took to acknowledge. */
  acks: number[];
  changes: number;
  tookMs: number;
  /** Changes that would have met an open one of the same person; nobody could tell the messages apart. */
  leftOut: number;
  lost: number;
}

/** One person's open change. */
interface Open {
  at: number;
  wallAt: number;
}

class Watch {
  readonly open = new Map<Resident, Open>();
  readonly phase: Phase = { latencies: [], postedAfter: [], acks: [], changes: 0, tookMs: 0, leftOut: 0, lost: 0 };
  private readonly startedAt = performance.now();
  private readonly made: { oid: string; wallAt: number }[] = [];

  constructor(private readonly town: Town) {}

  change(resident: Resident): void {
    if (this.open.has(resident)) {
      this.phase.leftOut += 1;
      return;
    }
    resident.onMessage = ({ at, text }) => {
      const opened = this.open.get(resident);
      if (!opened || !text.includes('"Moved: Bench meeting')) return;
      this.phase.latencies.push(at - opened.at);
      this.open.delete(resident);
    };
    this.phase.changes += 1;
    const wallAt = Date.now();
    this.open.set(resident, { at: performance.now(), wallAt });
    this.made.push({ oid: resident.person.oid, wallAt });
    this.town.move(resident);
  }

  async finish(): Promise<Phase> {
    const end = Date.now() + LATE_LIMIT_MS;
    while (this.open.size > 0 && Date.now() < end) await pause(20);
    this.phase.tookMs = performance.now() - this.startedAt;
    this.phase.lost = this.open.size;
    for (const resident of this.open.keys()) resident.onMessage = undefined;
    this.readJournal();
    return this.phase;
  }

  /** Graph's journal knows when it posted what; for each change the first post that names the person counts. */
  private readJournal(): void {
    const since = this.made[0]?.wallAt ?? 0;
    const posts: { startedAt: number; text: string }[] = [];
    for (const entry of this.town.sandbox.world.journal.entries) {
      if (entry.at < since || entry.part !== 'notification' || entry.what !== 'posted') continue;
      const { tookMs, items } = entry.detail as { tookMs: number; items: { resource?: string }[] };
      this.phase.acks.push(tookMs);
      posts.push({ startedAt: entry.at - tookMs, text: items.map((item) => item.resource ?? '').join(' ') });
    }
    for (const { oid, wallAt } of this.made) {
      const first = posts.find((post) => post.startedAt >= wallAt && post.text.includes(oid));
      if (first) this.phase.postedAfter.push(first.startedAt - wallAt);
    }
  }
}

/** Evenly spread; a beat that this busy machine missed is made up for, so that the rate is the one asked for. */
async function runPhase(town: Town, perSecond: number, durationMs: number): Promise<Phase> {
  const watch = new Watch(town);
  const total = Math.round((perSecond * durationMs) / 1_000);
  const startedAt = performance.now();
  for (let index = 0; index < total; index += 1) {
    const wait = startedAt + (index * 1_000) / perSecond - performance.now();
    if (wait > 1) await pause(wait);
    // 107 and 1,000 share no divisor: everybody has their turn, and neighbours in time are of different tenants.
    const resident = town.residents[(index * 107) % town.residents.length];
    if (resident) watch.change(resident);
  }
  return watch.finish();
}

const figuresOf = (phase: Phase) => ({
  changes: phase.changes,
  messages: phase.latencies.length,
  messagesPerSecond: round((phase.latencies.length * 1_000) / phase.tookMs, 1),
  lost: phase.lost,
  leftOut: phase.leftOut,
  p50Ms: round(percentile(phase.latencies, 0.5)),
  p99Ms: round(percentile(phase.latencies, 0.99)),
  maxMs: round(percentile(phase.latencies, 1)),
  sandboxBatchingP50Ms: round(percentile(phase.postedAfter, 0.5)),
  sandboxBatchingP99Ms: round(percentile(phase.postedAfter, 0.99)),
  ackP50Ms: round(percentile(phase.acks, 0.5)),
  ackP99Ms: round(percentile(phase.acks, 0.99)),
});

type Figures = ReturnType<typeof figuresOf>;

async function prepare(say: Say, teardown: Teardown, nodeArgs: string[]): Promise<{ town: Town; connectMs: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'calendar-watch-bench-'));
  // As root, PostgreSQL runs as another user, who must be able to walk in.
  await chmod(folder, 0o755);
  if (nodeArgs.length === 0) teardown.add(() => rm(folder, { recursive: true, force: true }));
  else say(`profiles and logs: ${folder}`);
  const built = await build(say);
  teardown.add(() => built.remove());
  const port = await freePort();
  const botUrl = `http://localhost:${port}`;
  const town = await buildTown(join(folder, 'sandbox'), botUrl);
  teardown.add(() => town.stop());
  const product = await startServer({
    script: join(built.folder, 'src/index.js'),
    port,
    folder,
    name: 'product',
    env: town.environment({ port, dataDir: join(folder, 'data') }),
    nodeArgs: nodeArgs.map((one) => one.replace('FOLDER', folder)),
  });
  teardown.add(() => product.stop());
  const startedAt = Date.now();
  await connectEverybody(town, botUrl, say);
  return { town, connectMs: Date.now() - startedAt };
}

function targetsOf(phases: Record<string, Figures>): Record<string, Target> {
  const judged = phases[`${JUDGED_RATE}/s`];
  const lost = Object.values(phases).reduce((total, one) => total + one.lost, 0);
  return {
    ...(judged ? { p50MsAt10: atMost(P50_LIMIT_MS, judged.p50Ms), p99MsAt10: atMost(P99_LIMIT_MS, judged.p99Ms) } : {}),
    lost: exactly(0, lost),
  };
}

export const bench: Bench = async (words, say) => {
  const rates = words.find((one) => one.startsWith('rates='))?.slice('rates='.length);
  const wanted = PHASES.filter((one) => !rates || rates.split(',').includes(String(one.perSecond)));
  const teardown = new Teardown();
  try {
    const profiling = words.includes('prof') ? ['--cpu-prof', '--cpu-prof-dir=FOLDER'] : [];
    const { town, connectMs } = await prepare(say, teardown, profiling);
    const phases: Record<string, Figures> = {};
    for (const { perSecond, durationMs } of wanted) {
      await pause(CALM_MS);
      const figures = figuresOf(await runPhase(town, perSecond, durationMs));
      phases[`${perSecond}/s`] = figures;
      say(`${perSecond}/s: ${JSON.stringify(figures)}`);
    }
    return {
      figures: {
        phases,
        mailboxes: town.residents.length,
        subscriptions: town.sandbox.graph.control.subscriptions().length,
        connectSeconds: round(connectMs / 1_000),
        sandboxBatchDelayMs: BATCH_DELAY_MS,
        graphBreaches: { ...town.sandbox.graph.control.breaches },
      },
      targets: targetsOf(phases),
    };
  } finally {
    await teardown.run(say);
  }
};
