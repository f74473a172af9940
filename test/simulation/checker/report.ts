/** What the checker says: figures, what they have to be, and sentences for whoever reads a failing seed. */

export interface Finding {
  /** Of the scoreboard: 1 lost … 19 breaches. */
  row: number;
  oid?: string;
  eventId?: string;
  /** Instants that the sentence speaks of. */
  at: number[];
  says: string;
}

export interface Report {
  figures: Record<string, number>;
  /** What a figure has to be: exactly this number, or "≥ 0.999". Figures without a target are only reported. */
  targets: Record<string, string | number>;
  pass: boolean;
  findings: Finding[];
}

const MOST_FINDINGS_A_ROW = 50;

/** Collects while the rows are computed. Every finding is counted in its figure; only the sentences are capped. */
export class Tally {
  readonly figures: Record<string, number> = {};
  readonly findings: Finding[] = [];
  private readonly ofRow = new Map<number, number>();

  set(figure: string, value: number): void {
    this.figures[figure] = value;
  }

  add(figure: string, count = 1): void {
    this.figures[figure] = (this.figures[figure] ?? 0) + count;
  }

  find(finding: Finding): void {
    const count = (this.ofRow.get(finding.row) ?? 0) + 1;
    this.ofRow.set(finding.row, count);
    if (count <= MOST_FINDINGS_A_ROW) this.findings.push(finding);
  }
}

export function meets(value: number | undefined, target: string | number): boolean {
  if (value === undefined || Number.isNaN(value)) return false;
  if (typeof target === 'number') return value === target;
  const [relation, bound] = target.split(' ');
  return relation === '≥' ? value >= Number(bound) : value <= Number(bound);
}

export const iso = (at: number): string => (Number.isFinite(at) ? new Date(at).toISOString() : 'never');
