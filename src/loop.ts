/**
 * The one scheduler: claims work while there is room for it, runs it side by side, and rests until it is poked or the
 * poll comes round. The work itself knows nothing of loops, so tests and the simulation call it directly.
 */
import { type Clock, SECOND_MS, wait } from './clock.ts';
import type { Logger } from './log.ts';

export interface Loop {
  /** There may be work now. */
  poke(): void;
  start(): void;
  /** Claims nothing more and waits for what runs, at most `limitMs`. */
  stop(limitMs?: number): Promise<void>;
}

export interface LoopOptions<T> {
  name: string;
  /** How many jobs at once. */
  concurrency: number;
  /** How long to rest without a poke. */
  pollMs: number;
  /**
   * For work that is claimed ahead of its time: an end of a piece is no reason to claim again, as long as the last claim
   * left room; while anything runs, the next look is after this. Without it every end is followed by a claim.
   */
  gapMs?: number;
  clock: Clock;
  log: Logger;
  claim(most: number): Promise<T[]>;
  /** Must settle its own failures; what it throws is logged and the lease runs out. */
  work(job: T): Promise<unknown>;
}

const STOP_LIMIT_MS = 10 * SECOND_MS;

export function createLoop<T>(options: LoopOptions<T>): Loop {
  const running = new Set<Promise<unknown>>();
  let stopping: AbortController | undefined;
  let rest = new AbortController();
  let poked = false;
  /** The last claim brought as much as there was room for. */
  let wasFull = false;
  let main: Promise<void> = Promise.resolve();

  const poke = () => {
    poked = true;
    rest.abort();
  };

  const launch = (job: T) => {
    const one: Promise<unknown> = (async () => options.work(job))()
      .catch((err: unknown) => options.log.error({ loop: options.name, err }, 'a job failed'))
      .finally(() => {
        running.delete(one);
        if (options.gapMs === undefined || (wasFull && running.size <= options.concurrency / 2)) poke();
      });
    running.add(one);
  };

  const turn = async (): Promise<boolean> => {
    const room = options.concurrency - running.size;
    if (room <= 0) return false;
    const jobs = await options.claim(room);
    for (const job of jobs) launch(job);
    wasFull = jobs.length >= room;
    return options.gapMs === undefined ? jobs.length > 0 : wasFull;
  };

  const run = async (stop: AbortSignal) => {
    while (!stop.aborted) {
      poked = false;
      rest = new AbortController();
      const worked = await turn().catch((err: unknown) => {
        options.log.error({ loop: options.name, err }, 'work could not be claimed');
        return false;
      });
      if (worked || stop.aborted) continue;
      const restMs = running.size > 0 ? Math.min(options.gapMs ?? options.pollMs, options.pollMs) : options.pollMs;
      if (!poked) await wait(options.clock, restMs, rest.signal);
    }
  };

  return {
    poke,
    start() {
      if (stopping && !stopping.signal.aborted) return;
      stopping = new AbortController();
      const { signal } = stopping;
      // One that is still stopping ends first: two of them would claim for twice the room.
      main = main.then(() => run(signal));
    },
    async stop(limitMs = STOP_LIMIT_MS) {
      stopping?.abort();
      poke();
      await main;
      const limit = new AbortController();
      await Promise.race([Promise.allSettled([...running]), wait(options.clock, limitMs, limit.signal)]);
      limit.abort();
    },
  };
}
