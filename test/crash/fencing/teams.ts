/** This side of the process that stands for Teams. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Deliveries, TeamsOrder, TeamsReady } from './teams-process.ts';

export class Teams {
  private constructor(
    private readonly child: ChildProcess,
    readonly ready: TeamsReady,
  ) {}

  static async start(order: TeamsOrder): Promise<Teams> {
    const child = fork(join(import.meta.dirname, 'teams-process.ts'), { execArgv: ['--import', 'tsx'] });
    return new Teams(child, (await Teams.ask(child, order)) as TeamsReady);
  }

  private static ask(child: ChildProcess, message: TeamsOrder | 'count'): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error('the process that stands for Teams ended'));
      child.once('exit', onExit);
      child.once('message', (answer) => {
        child.removeListener('exit', onExit);
        resolve(answer);
      });
      child.send(message);
    });
  }

  async deliveries(): Promise<Deliveries> {
    return (await Teams.ask(this.child, 'count')) as Deliveries;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.disconnect();
    await once(this.child, 'exit');
  }
}
