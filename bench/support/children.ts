/** The processes of a bench: servers that are waited for, and the load generator. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Child, startChild, waitUntilReady } from '../../sandbox/child.ts';
import { choosePorts } from '../../sandbox/ports.ts';
import type { Order, Report } from './load.ts';

const READY_LIMIT_MS = 60_000;
const GRACE_MS = 15_000;

export async function freePort(): Promise<number> {
  return (await choosePorts({ one: 0 }, () => undefined)).one;
}

export interface RunningServer {
  child: Child;
  port: number;
  stop(): Promise<void>;
}

/** Starts `script` with PORT set and waits for /readyz. */
export async function startServer(options: {
  script: string;
  port: number;
  folder: string;
  name: string;
  env: Record<string, string>;
  nodeArgs?: string[];
}): Promise<RunningServer> {
  const { script, port, folder, name } = options;
  const logFile = join(folder, `${name}.log`);
  const env = { ...process.env, NODE_ENV: 'production', ...options.env, PORT: String(port) };
  const child = startChild({ args: [...(options.nodeArgs ?? []), script], env, cwd: folder, logFile });
  try {
    await waitUntilReady(`http://127.0.0.1:${port}/readyz`, child, READY_LIMIT_MS);
  } catch (error) {
    await child.stop(GRACE_MS);
    throw new Error(`${name}: ${(error as Error).message}\n${(await readFile(logFile, 'utf8')).slice(-2_000)}`);
  }
  return { child, port, stop: () => child.stop(GRACE_MS) };
}

export class LoadGenerator {
  private constructor(private readonly child: ChildProcess) {}

  static async start(script: string): Promise<LoadGenerator> {
    const child = fork(script, { execArgv: [] });
    await once(child, 'message');
    return new LoadGenerator(child);
  }

  async run(order: Order): Promise<Report> {
    this.child.send(order);
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error('the load generator ended'));
      this.child.once('exit', onExit);
      this.child.once('message', (report) => {
        this.child.removeListener('exit', onExit);
        resolve(report as Report);
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.disconnect();
    await once(this.child, 'exit');
  }
}
