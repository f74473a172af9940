/** The bare SDK's process, and the messages that it is given. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderNudge } from '../../src/bot/cards/nudges.ts';
import { toActivity } from '../../src/delivery/teams.ts';
import type { BareOrder, BareReport, BareSend } from './bare-sends.ts';
import type { FleetStage } from './fleet.ts';
import type { Taken } from './ledger-seed.ts';

/** As the product makes it when it is due. */
const messageOf = (taken: Taken): BareSend => ({
  reference: taken.reference,
  activity: toActivity(renderNudge(taken, taken, taken.dueAt)),
});

export class BareSender {
  private constructor(
    private readonly child: ChildProcess,
    private readonly file: string,
  ) {}

  static async start(stage: FleetStage, nodeArgs: string[]): Promise<BareSender> {
    const child = fork(join(stage.built, 'bench/support/bare-sends.js'), {
      execArgv: nodeArgs,
      env: { ...process.env, NODE_ENV: 'production', ...stage.environment(0) },
    });
    const started = once(child, 'message');
    const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the bare SDK ended with ${code}`)));
    await Promise.race([started, ended]);
    ended.catch(() => undefined);
    return new BareSender(child, join(stage.folder, 'bare-sends.json'));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  private async order<T>(order: BareOrder): Promise<T> {
    const answered = once(this.child, 'message');
    this.child.send(order);
    return (await answered)[0] as T;
  }

  async load(all: Taken[]): Promise<void> {
    await writeFile(this.file, JSON.stringify(all.map(messageOf)));
    await this.order({ file: this.file, concurrency: 0 });
  }

  async run(concurrency: number): Promise<void> {
    const { failed } = await this.order<BareReport>({ file: this.file, concurrency, isStart: true });
    if (failed > 0) throw new Error(`the bare SDK failed to send ${failed}`);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.disconnect();
    await once(this.child, 'exit');
  }
}
