/** What a bench is and how its figures are made. */

export interface Target {
  /** In words, e.g. "≥ 0.60". */
  want: string;
  got: number;
  met: boolean;
}

export interface Result {
  figures: Record<string, unknown>;
  targets: Record<string, Target>;
}

export type Say = (line: string) => void;

/** `words` are what the command line says after the name. */
export type Bench = (words: string[], say: Say) => Promise<Result>;

export const atLeast = (least: number, got: number): Target => ({ want: `≥ ${least}`, got, met: got >= least });
export const atMost = (most: number, got: number): Target => ({ want: `≤ ${most}`, got, met: got <= most });
export const below = (limit: number, got: number): Target => ({ want: `< ${limit}`, got, met: got < limit });
export const exactly = (wanted: number, got: number): Target => ({ want: `= ${wanted}`, got, met: got === wanted });

export const round = (value: number, digits = 0) => Number(value.toFixed(digits));

/** "name=12" among the words of a command line. */
export function numberOf(words: string[], name: string, otherwise: number): number {
  const word = words.find((one) => one.startsWith(`${name}=`));
  return word ? Number(word.slice(name.length + 1)) : otherwise;
}

/** Nearest rank; NaN for nothing. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export const median = (values: number[]) => percentile(values, 0.5);

/**
 * Takes things down in the reverse order of their setting up, whatever happens to one of them. Also when the bench is
 * interrupted: its processes are detached, and nobody else would end them.
 */
export class Teardown {
  private readonly steps: (() => Promise<unknown>)[] = [];
  private over: Promise<void> | undefined;

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => void this.run(() => undefined).finally(() => process.exit(2)));
  }

  add(step: () => Promise<unknown>): void {
    this.steps.push(step);
  }

  run(say: Say): Promise<void> {
    this.over ??= this.takeDown(say);
    return this.over;
  }

  private async takeDown(say: Say): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop())
      await step().catch((error: Error) => say(`! while stopping: ${error.message}`));
  }
}
