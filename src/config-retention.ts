/** The part of the configuration about how long what is kept of people (privacy/holdings.ts says which of these applies to what). */
import { z } from 'zod';
import { DAY_MS } from './clock.ts';
import { blankIsAbsent, wholeNumber } from './config-fields.ts';
import { DEFAULT_INTERVALS, type Intervals } from './intervals.ts';

const LEAST_LEDGER_DAYS = 8;
const MOST_DAYS = 365;

const optionalDays = (least: number, most: number) =>
  z.preprocess(blankIsAbsent, z.coerce.number().int().min(least).max(most).optional());

export const retentionFields = {
  /** A week is planned with what is over, and the digest of a week looks back on it. */
  PAST_KEEP_DAYS: wholeNumber(LEAST_LEDGER_DAYS, MOST_DAYS, DEFAULT_INTERVALS.pastKeepMs / DAY_MS),
  LEDGER_KEEP_DAYS: optionalDays(LEAST_LEDGER_DAYS, MOST_DAYS),
  /** The old name of LEDGER_KEEP_DAYS. */
  KEEP_DAYS: optionalDays(LEAST_LEDGER_DAYS, MOST_DAYS),
  AUDIT_KEEP_DAYS: wholeNumber(30, 3_650, DEFAULT_INTERVALS.auditKeepMs / DAY_MS),
  UNINSTALL_KEEP_DAYS: wholeNumber(0, MOST_DAYS, DEFAULT_INTERVALS.uninstallKeepMs / DAY_MS),
};

type Fields = z.infer<z.ZodObject<typeof retentionFields>>;

export function retentionFaults(env: Partial<Fields>): string[] {
  const { KEEP_DAYS, LEDGER_KEEP_DAYS } = env;
  if (KEEP_DAYS === undefined || LEDGER_KEEP_DAYS === undefined || KEEP_DAYS === LEDGER_KEEP_DAYS) return [];
  return ['KEEP_DAYS: is the old name of LEDGER_KEEP_DAYS, and says something else; remove it'];
}

export function retentionOf(env: Fields): Pick<Intervals, 'keepMs' | 'pastKeepMs' | 'auditKeepMs' | 'uninstallKeepMs'> {
  const ledgerDays = env.LEDGER_KEEP_DAYS ?? env.KEEP_DAYS;
  return {
    keepMs: ledgerDays === undefined ? DEFAULT_INTERVALS.keepMs : ledgerDays * DAY_MS,
    pastKeepMs: env.PAST_KEEP_DAYS * DAY_MS,
    auditKeepMs: env.AUDIT_KEEP_DAYS * DAY_MS,
    uninstallKeepMs: env.UNINSTALL_KEEP_DAYS * DAY_MS,
  };
}
