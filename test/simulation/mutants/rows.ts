/** Which rows of the scoreboard a report fails. */
import { meets, type Report } from '../checker/report.ts';

const ROW_OF: Record<string, number> = {
  lost: 1,
  unexplainedDuplicates: 2,
  deadNudges: 4,
  askedBeyondNext: 4,
  early: 5,
  late: 5,
  differingReplicas: 6,
  cover: 7,
  extraSubscriptions: 7,
  breaches: 19,
};

export function failedRows({ figures, targets }: Pick<Report, 'figures' | 'targets'>): number[] {
  const rows = new Set<number>();
  for (const [figure, target] of Object.entries(targets)) {
    const row = ROW_OF[figure];
    if (row === undefined) throw new Error(`of which row is ${figure}?`);
    if (!meets(figures[figure], target)) rows.add(row);
  }
  return [...rows].sort((a, b) => a - b);
}
