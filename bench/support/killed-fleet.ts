/** Processes of which one is killed every ten seconds, in turn, and started again at once. */
import type { FleetStage, Instance } from './fleet.ts';
import type { Say } from './report.ts';

export const KILL_EVERY_MS = 10_000;

export class KilledFleet {
  kills = 0;
  private timer: NodeJS.Timeout | undefined;
  private turn = 0;
  private failure: Error | undefined;
  /** Of each place: undefined while its process is starting. */
  private readonly running: (Instance | undefined)[];
  private readonly starting = new Set<Promise<unknown>>();

  constructor(
    private readonly stage: FleetStage,
    instances: Instance[],
    private readonly say: Say,
  ) {
    this.running = [...instances];
  }

  start(): void {
    this.timer = setInterval(() => this.killNext(), KILL_EVERY_MS);
  }

  private killNext(): void {
    const places = this.running.length;
    for (let step = 0; step < places; step += 1) {
      const place = (this.turn + step) % places;
      const victim = this.running[place];
      if (!victim) continue;
      this.turn = place + 1;
      this.running[place] = undefined;
      const again = this.replace(place, victim).catch((error: Error) => {
        this.failure = error;
      });
      this.starting.add(again);
      void again.then(() => this.starting.delete(again));
      return;
    }
  }

  private async replace(place: number, victim: Instance): Promise<void> {
    await victim.kill();
    this.kills += 1;
    this.say(`${victim.name} was killed`);
    this.running[place] = await this.stage.startInstance(victim.name);
  }

  /** No more kills; those that are starting are waited for. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.starting);
    if (this.failure) throw this.failure;
  }
}
