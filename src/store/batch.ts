/**
 * Several calls as one statement: what many do at the same moment goes to the database in one round trip. If that
 * statement fails, each is made by itself, so that nobody pays for another's row.
 */
import type { Clock } from '../clock.ts';

export interface BatchOptions<T, R> {
  clock: Clock;
  /** How long the first one waits for others. */
  waitMs: number;
  most: number;
  /** Answers in the order of `all`. */
  run(all: T[]): Promise<R[]>;
}

export function createBatch<T, R>(options: BatchOptions<T, R>): (one: T) => Promise<R> {
  type Waiting = { one: T; resolve: (answer: R) => void; reject: (error: unknown) => void };
  let waiting: Waiting[] = [];
  let cancel: (() => void) | undefined;

  const settle = async (all: Waiting[]): Promise<void> => {
    try {
      const answers = await options.run(all.map(({ one }) => one));
      if (answers.length !== all.length) throw new Error(`${answers.length} answers to ${all.length} calls`);
      for (const [index, { resolve }] of all.entries()) resolve(answers[index] as R);
    } catch (error) {
      if (all.length > 1) for (const one of all) await settle([one]);
      else all[0]?.reject(error);
    }
  };

  const flush = () => {
    cancel?.();
    cancel = undefined;
    const all = waiting;
    waiting = [];
    if (all.length > 0) void settle(all);
  };

  return (one) =>
    new Promise<R>((resolve, reject) => {
      waiting.push({ one, resolve, reject });
      if (waiting.length >= options.most) flush();
      else cancel ??= options.clock.after(options.waitMs, flush);
    });
}
