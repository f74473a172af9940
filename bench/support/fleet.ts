/**
 * A stage for delivery: the product as it is built and shipped, in as many processes as wanted on one PostgreSQL, with
 * the connector beside it and a ledger to fill. Graph is at an address where nobody answers.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../../src/log.ts';
import { startEmbedded } from '../../src/store/embedded.ts';
import { build } from './build.ts';
import { freePort, type RunningServer, startServer } from './children.ts';
import { type RunningConnector, startConnector } from './connector.ts';
import { cpuMsOf, cpuMsOfServer } from './cpu.ts';
import { LedgerSeed } from './ledger-seed.ts';
import { quietProduct } from './quiet-product.ts';
import type { Say, Teardown } from './report.ts';

const MOST_STARTS = 10;

export interface Instance extends RunningServer {
  name: string;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
}

export interface FleetStage {
  /** Of `build`: src/ and bench/support/ as JavaScript. */
  built: string;
  folder: string;
  connector: RunningConnector;
  ledger: LedgerSeed;
  /** All that a process of the product must be told, but its port. */
  environment(port: number): Record<string, string>;
  /** `env` over the rest; each process has a log of its name in `folder`. */
  startInstance(name: string, options?: { env?: Record<string, string>; nodeArgs?: string[] }): Promise<Instance>;
  /** Why processes ended while they were starting. */
  failedStarts: string[];
  /** CPU milliseconds so far. */
  postgresCpuMs(): Promise<number>;
  cpuMsOf(instance: { child: { pid: number } }): Promise<number>;
}

/** In what a process wrote before it ended. */
const causeIn = (text: string) => text.match(/^[A-Za-z_]*(?:Error|[A-Z]_[A-Z_]+): .*$/gm)?.at(-1) ?? 'no reason given';

/** A process that ends while it starts is started again, as in production; it is said and counted. */
async function asSupervised<T>(failures: string[], say: Say, start: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start();
    } catch (error) {
      if (tries === MOST_STARTS) throw error;
      failures.push(causeIn((error as Error).message));
      say(`! a process did not start and is started again: ${failures.at(-1)}`);
    }
  }
}

/** @param keepFolder for logs and profiles that are wanted afterwards */
export async function setFleetStage(say: Say, teardown: Teardown, keepFolder = false): Promise<FleetStage> {
  const folder = await mkdtemp(join(tmpdir(), 'calendar-watch-bench-'));
  // As root, PostgreSQL runs as another user, who must be able to walk in.
  await chmod(folder, 0o755);
  if (!keepFolder) teardown.add(() => rm(folder, { recursive: true, force: true }));
  const built = await build(say);
  teardown.add(() => built.remove());
  // No settings: durable, as shipped.
  const postgres = await startEmbedded({ dataDir: join(folder, 'data'), log: createLog('warn') });
  teardown.add(() => postgres.stop());
  const ledger = await LedgerSeed.open(postgres.ownerUrl, folder);
  teardown.add(() => ledger.close());
  const connector = await startConnector(built.folder, folder);
  teardown.add(() => connector.stop());
  const backendPid = await ledger.backendPid();
  const failedStarts: string[] = [];
  const environment = (port: number) => ({ ...quietProduct(port, postgres, folder), ...connector.environment });
  return {
    built: built.folder,
    folder,
    connector,
    ledger,
    environment,
    failedStarts,
    async startInstance(name, { env = {}, nodeArgs = [] } = {}) {
      const server = await asSupervised(failedStarts, say, async () => {
        const port = await freePort();
        const script = join(built.folder, 'src/index.js');
        return startServer({ script, port, folder, name, env: { ...environment(port), ...env }, nodeArgs });
      });
      teardown.add(() => server.stop());
      const kill = async () => {
        server.child.kill('SIGKILL');
        await server.child.ended;
      };
      return { ...server, name, kill };
    },
    postgresCpuMs: () => cpuMsOfServer(backendPid),
    cpuMsOf: ({ child }) => cpuMsOf(child.pid),
  };
}

const LOOK_EVERY_MS = 50;

/** Until the ledger holds nothing open, or the time is over. Returns whether it is empty. */
export async function untilDrained(ledger: LedgerSeed, limitMs: number): Promise<boolean> {
  const end = Date.now() + limitMs;
  while ((await ledger.unended()) > 0) {
    if (Date.now() > end) return false;
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
  }
  return true;
}
