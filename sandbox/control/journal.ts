/** The journal over HTTP: a window into it, a cursor to follow it, nothing secret in it. */
import type { Journal, JournalEntry } from '../world.ts';
import { ok, type Route, refuse } from './context.ts';
import { redact } from './redact.ts';

const DEFAULT_LIMIT = 100;
const MOST = 1_000;

/** Gives the entries serial numbers that stay, although the journal forgets its oldest. */
export class JournalReader {
  private anchor: { entry: JournalEntry; serial: number } | undefined;

  constructor(private readonly journal: Journal) {}

  /** The serial of the first entry that is still there. */
  firstSerial(): number {
    const { entries } = this.journal;
    const { anchor } = this;
    const index = anchor ? entries.lastIndexOf(anchor.entry) : -1;
    // Where the anchor itself has been forgotten, all that is there came after it.
    const first = anchor ? (index < 0 ? anchor.serial + 1 : anchor.serial - index) : 1;
    const last = entries.at(-1);
    if (last) this.anchor = { entry: last, serial: first + entries.length - 1 };
    return first;
  }

  get entries(): readonly JournalEntry[] {
    return this.journal.entries;
  }
}

interface Numbered extends JournalEntry {
  serial: number;
}

interface Window {
  entries: Numbered[];
  /** Hand it back as `after` to read on. */
  next: number;
}

const isWanted = (entry: JournalEntry, part: string | null) => part === null || entry.part === part;

/** The last `limit`, oldest first. */
function latest(reader: JournalReader, part: string | null, limit: number): Window {
  const first = reader.firstSerial();
  const { entries } = reader;
  const found: Numbered[] = [];
  for (let index = entries.length - 1; index >= 0 && found.length < limit; index--) {
    const entry = entries[index] as JournalEntry;
    if (isWanted(entry, part)) found.push({ serial: first + index, ...entry });
  }
  return { entries: found.reverse(), next: first + entries.length - 1 };
}

/** The first `limit` that came after the entry `after`. */
function following(reader: JournalReader, part: string | null, after: number, limit: number): Window {
  const first = reader.firstSerial();
  const { entries } = reader;
  const found: Numbered[] = [];
  let index = Math.max(0, after - first + 1);
  for (; index < entries.length && found.length < limit; index++) {
    const entry = entries[index] as JournalEntry;
    if (isWanted(entry, part)) found.push({ serial: first + index, ...entry });
  }
  return { entries: found, next: Math.max(after, first + index - 1) };
}

function wholeNumber(text: string, name: string, least: number, most: number): number {
  const value = Number(text);
  if (text === '' || !Number.isSafeInteger(value) || value < least || value > most)
    return refuse(`${name} must be a whole number from ${least} to ${most}.`);
  return value;
}

export const showJournal: Route = ({ world, journal }, { query }) => {
  const part = query.get('part') || null;
  const limit = wholeNumber(query.get('limit') ?? String(DEFAULT_LIMIT), 'limit', 1, MOST);
  const after = query.get('after');
  const window =
    after === null
      ? latest(journal, part, limit)
      : following(journal, part, wholeNumber(after, 'after', 0, Number.MAX_SAFE_INTEGER), limit);
  const secrets = [...world.apps.values()].map((app) => app.clientSecret);
  return ok({ ...window, entries: redact(window.entries, secrets) as Numbered[] });
};
