/** What a statement that was committed says of sends, in the product's words: which began, which are recorded. */
import type { Statement } from './database.ts';

const IS_ABOUT_SENDS = /\bcw\.(nudge|begin_sends|record_sends)\b/;

/** Ids of nudges of which a request is about to go out. */
export function begunIn({ text, values, rows }: Statement): string[] {
  if (text.includes('cw.begin_sends')) {
    const ids = values[1] as string[];
    return ids.filter((_, index) => (rows[index]?.found as { begun?: boolean } | null)?.begun);
  }
  return text.includes('set sending_at = $4') && rows.length > 0 ? [String(values[1])] : [];
}

/** Ids of messages that the ledger knows now; and other words, which are no such ids. */
export function recordedIn({ text, values, rows }: Statement): string[] {
  if (!IS_ABOUT_SENDS.test(text) || rows.length === 0) return [];
  if (text.includes('cw.record_sends')) {
    const all = JSON.parse(String(values[0])) as { activity: string }[];
    return all.flatMap(({ activity }, index) => (rows[index]?.kept ? [activity] : []));
  }
  return values.filter((value) => typeof value === 'string');
}
