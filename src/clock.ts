/**
 * The one door through which time enters. Production measures its offset to PostgreSQL's clock, so that an instance
 * whose own clock is wrong does no harm; tests and the simulation hand in a clock that they move themselves.
 */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
  /** Runs `run` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, run: () => void): () => void;
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

function after(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, Math.max(0, delayMs));
  return () => clearTimeout(timer);
}

/** The machine's own clock. Only for measuring and before the database is there. */
export const machineClock: Clock = { now: () => Date.now(), after };

/** A clock that follows PostgreSQL's: `measure` asks it and keeps the offset. */
export class DatabaseClock implements Clock {
  private offsetMs = 0;

  constructor(
    private readonly askDatabase: () => Promise<number>,
    private readonly machine: Clock = machineClock,
  ) {}

  now(): number {
    return Math.round(this.machine.now() + this.offsetMs);
  }

  after(delayMs: number, run: () => void): () => void {
    return this.machine.after(delayMs, run);
  }

  /** One round trip; the answer is taken to be as of its middle. Returns the new offset in ms. */
  async measure(): Promise<number> {
    const sentAt = this.machine.now();
    const databaseNow = await this.askDatabase();
    const middle = (sentAt + this.machine.now()) / 2;
    this.offsetMs = databaseNow - middle;
    return this.offsetMs;
  }
}

/** Resolves after `delayMs` by `clock`, or at once when `signal` aborts. */
export function wait(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(delayMs, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
