/** A process of the product: its life, its timers and its clock, which may be wrong. */
import type { Clock } from '../../src/clock.ts';
import type { SimClock } from './clock.ts';
import type { Host } from './scheduler.ts';

/** Longer than any simulation: a timer that is only there to be cancelled. */
const NEVER_MS = 300 * 86_400_000;

export class SimHost implements Host {
  isDead = false;
  isPaused = false;
  private readonly backlog: (() => void)[] = [];

  constructor(
    readonly name: string,
    readonly index: number,
    private readonly clock: SimClock,
    private readonly offMs: number,
  ) {}

  /** The clock of the machine that it runs on. */
  readonly machine: Clock = {
    now: () => this.clock.now() + this.offMs,
    after: (delayMs, run) => this.after(delayMs, run),
  };

  after(delayMs: number, run: () => void): () => void {
    if (delayMs >= NEVER_MS) return () => undefined;
    return this.clock.after(delayMs, () => this.enter(run));
  }

  resume(): void {
    this.isPaused = false;
    for (const run of this.backlog.splice(0)) this.enter(run);
  }

  private enter(run: () => void): void {
    if (this.isDead) return;
    if (this.isPaused) this.backlog.push(run);
    else run();
  }
}
