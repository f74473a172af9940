/** What a part of the crash tests is given and what it gives back. */
import type { Result, Say } from '../../bench/support/report.ts';

export interface CrashOptions {
  /** How often something is killed (rows 8 and 9). */
  kills: number;
  /** How many nudges are due (row 10). */
  nudges: number;
  seed: number;
}

export type Section = (options: CrashOptions, say: Say) => Promise<Result>;
