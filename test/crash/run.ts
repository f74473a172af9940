/**
 * `npm run test:crash`: rows 8, 9 and 10 of the reliability scoreboard, with real processes and real signals. Talks on
 * stderr; the last line on stdout is the result as JSON. Exit code 0 when all targets are met, 1 when not, 2 when the
 * tests themselves failed.
 *
 *   npm run test:crash -- [--only row8|row9|row10] [--kills 50] [--nudges 50000] [--seed 1]
 *
 * Rows 8 and 9 are two looks at the same kills.
 */
import { parseArgs } from 'node:util';
import type { Result, Target } from '../../bench/support/report.ts';
import type { CrashOptions, Section } from './section.ts';

type Row = 'row8' | 'row9' | 'row10';

const SECTIONS: { rows: Row[]; load(): Promise<Section> }[] = [
  { rows: ['row8', 'row9'], load: async () => (await import('./kills/section.ts')).kills },
  { rows: ['row10'], load: async () => (await import('./fencing/section.ts')).fencing },
];
const ROWS = SECTIONS.flatMap((one) => one.rows);

function readArguments(): { rows: Row[]; options: CrashOptions } {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { only: { ...text, multiple: true }, kills: text, nudges: text, seed: text },
  });
  const number = (word: string | undefined, otherwise: number): number => {
    const value = word === undefined ? otherwise : Number(word);
    if (!Number.isInteger(value) || value < 1) throw new Error(`not a whole number above 0: ${word}`);
    return value;
  };
  const rows = values.only ?? ROWS;
  const unknown = rows.find((row) => !(ROWS as string[]).includes(row));
  if (unknown) throw new Error(`--only ${unknown}: there are ${ROWS.join(', ')}`);
  return {
    rows: rows as Row[],
    options: { kills: number(values.kills, 50), nudges: number(values.nudges, 50_000), seed: number(values.seed, 1) },
  };
}

/** Figures and targets are named after their row, "row8.missing". */
function ofRows<T>(all: Record<string, T>, rows: Row[]): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => rows.some((row) => name.split('.')[0] === row)));
}

async function main(): Promise<number> {
  const { rows, options } = readArguments();
  const startedAt = Date.now();
  const say = (line: string) =>
    process.stderr.write(`  ${((Date.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${line}\n`);
  const total: Result = { figures: { seed: options.seed }, targets: {} };
  for (const one of SECTIONS) {
    if (!one.rows.some((row) => rows.includes(row))) continue;
    const { figures, targets } = await (await one.load())(options, say);
    Object.assign(total.figures, ofRows(figures, rows));
    Object.assign(total.targets, ofRows<Target>(targets, rows));
  }
  const pass = Object.values(total.targets).every((target) => target.met);
  process.stdout.write(`${JSON.stringify({ name: 'crash', ...total, pass })}\n`);
  return pass ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    process.stderr.write(`${error.stack ?? error}\n`);
    process.exit(2);
  },
);
