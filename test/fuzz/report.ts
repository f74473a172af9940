/** The line by which a run is judged. */
import type { FuzzFigures } from './fuzz.ts';

/** A stand-in of a whole tenant lives in the same process; a leak of a kilobyte a request is far more than this. */
const MOST_GROWTH_MB = 24;

const ZERO = [
  'exceptions',
  'serverErrors',
  'reflectedMarkup',
  'internalsShown',
  'errorsLogged',
  'inputLogged',
  'unanswered',
  'rowsOfWrongClientState',
] as const satisfies readonly (keyof FuzzFigures)[];

export interface FuzzReport {
  name: 'fuzz';
  figures: FuzzFigures & { seed: number; seconds: number };
  targets: Record<string, number | string>;
  pass: boolean;
}

export function report(figures: FuzzFigures, run: { seed: number; seconds: number }, isOne = false): FuzzReport {
  const isClean = ZERO.every((name) => figures[name] === 0);
  // A closed door is no proof: some rows must have been written, and something answered.
  const isReal = isOne || (figures.rowsOfRightClientState > 0 && figures.answers2xx > figures.requests / 4);
  const isSteady = isOne || figures.heapGrowthMB <= MOST_GROWTH_MB;
  return {
    name: 'fuzz',
    figures: { ...figures, seed: run.seed, seconds: Math.round(run.seconds * 10) / 10 },
    targets: {
      ...Object.fromEntries(ZERO.map((name) => [name, 0])),
      rowsOfRightClientState: '> 0',
      answers2xx: '> a quarter of the requests',
      heapGrowthMB: `<= ${MOST_GROWTH_MB}`,
    },
    pass: isClean && isReal && isSteady,
  };
}
