/** Which rows of the scoreboard a report fails, and what it says of each. */
import { meets, type Report } from '../checker/report.ts';
import { ROOM_FIGURES } from '../checker/rooms.ts';
import { RULE_FIGURES } from '../checker/rules.ts';

const ROW_OF: Record<string, number> = {
  lost: 1,
  unexplainedDuplicates: 2,
  deadNudges: 4,
  askedBeyondNext: 4,
  misunderstood: 4,
  early: 5,
  late: 5,
  differingReplicas: 6,
  differingCards: 6,
  overdueCards: 6,
  cover: 7,
  extraSubscriptions: 7,
  breaches: 19,
  ...Object.fromEntries(ROOM_FIGURES.map((figure) => [figure, 20])),
  ...Object.fromEntries(RULE_FIGURES.map((figure) => [figure, 21])),
};

export function failedRows({ figures, targets, findings }: Report): Map<number, string> {
  const rows = new Map<number, string>();
  for (const [figure, target] of Object.entries(targets)) {
    const row = ROW_OF[figure];
    if (row === undefined) throw new Error(`of which row is ${figure}?`);
    if (meets(figures[figure], target)) continue;
    const first = findings.find((one) => one.row === row)?.says ?? '';
    rows.set(row, `${figure} is ${figures[figure]}. ${first}`.trim());
  }
  return rows;
}
