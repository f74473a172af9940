/** One product process that can be stopped in the middle of whatever it does, and go on later as if nothing had been. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../../bench/support/children.ts';
import { type Child, startChild, waitUntilReady } from '../../../sandbox/child.ts';

const READY_LIMIT_MS = 60_000;
const GRACE_MS = 15_000;

export class Instance {
  freezes = 0;

  private constructor(
    readonly name: string,
    private readonly child: Child,
    private readonly logFile: string,
  ) {}

  static async start(options: {
    name: string;
    built: string;
    folder: string;
    environment: Record<string, string>;
  }): Promise<Instance> {
    const { name, built, folder } = options;
    const port = await freePort();
    const more = { NODE_ENV: 'production', PORT: String(port), PGAPPNAME: name, LOG_LEVEL: 'warn' };
    const logFile = join(folder, `${name}.log`);
    const env = { ...process.env, ...options.environment, ...more };
    const child = startChild({ args: ['src/index.js'], env, cwd: built, logFile });
    await waitUntilReady(`http://127.0.0.1:${port}/readyz`, child, READY_LIMIT_MS).catch(async (error) => {
      throw new Error(`${name}: ${error.message}\n${(await readFile(logFile, 'utf8')).slice(-2_000)}`);
    });
    return new Instance(name, child, logFile);
  }

  stopStill(): void {
    this.freezes += 1;
    this.child.kill('SIGSTOP');
  }

  goOn(): void {
    this.child.kill('SIGCONT');
  }

  /** Completions that it tried and that were refused, its lease having passed; sends that it could not even report. */
  async complaints(): Promise<{ refused: number; broken: number }> {
    const lines = (await readFile(this.logFile, 'utf8')).split('\n');
    const count = (word: string) => lines.filter((line) => line.includes(word)).length;
    return { refused: count('"LEASE_LOST"'), broken: count('"a job failed"') };
  }

  async stop(): Promise<void> {
    this.goOn();
    await this.child.stop(GRACE_MS);
  }
}
