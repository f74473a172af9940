/** What a run of cli.ts or mutants/run.ts says in its last line, and several of them taken together. */
import { meets, type Report } from './checker/report.ts';

export type Figures = Record<string, number>;

export interface Said {
  name: string;
  figures: Figures;
  targets: Report['targets'];
  pass: boolean;
}

/** The last line that is JSON; undefined when a run broke off before it. */
export function lastJson(output: string): Said | undefined {
  const line = output
    .trimEnd()
    .split('\n')
    .findLast((one) => one.startsWith('{"name"'));
  return line === undefined ? undefined : (JSON.parse(line) as Said);
}

/** Not counts: the parts are weighted by the minutes that were watched, or the worst of them stands for all. */
const WORST = new Set(['p99LatenessMs']);
const NOT_SUMMED = new Set(['seed', 'cover', 'seconds']);

export function addUp(parts: readonly Figures[]): Figures {
  const sum: Figures = {};
  for (const figures of parts)
    for (const [name, value] of Object.entries(figures)) {
      if (NOT_SUMMED.has(name)) continue;
      sum[name] = WORST.has(name) ? Math.max(sum[name] ?? 0, value) : (sum[name] ?? 0) + value;
    }
  const minutes = parts.reduce((total, { watchedMinutes = 0 }) => total + watchedMinutes, 0);
  const covered = parts.reduce((total, { watchedMinutes = 0, cover = 1 }) => total + watchedMinutes * cover, 0);
  sum.cover = minutes === 0 ? 1 : covered / minutes;
  return sum;
}

export function meetsAll(figures: Figures, targets: Report['targets']): boolean {
  return Object.entries(targets).every(([name, target]) => meets(figures[name], target));
}
