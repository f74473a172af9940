/** Looks into the ledger while others work on it: until nothing is open, and how much is claimed meanwhile. */
import { setTimeout as pause } from 'node:timers/promises';
import type { LedgerSeed } from './ledger-seed.ts';
import type { Say } from './report.ts';

const PROGRESS_MS = 30_000;

export interface Watched {
  isDrained: boolean;
  /** Most nudges that were claimed at once, of all that was seen. */
  mostClaimed: number;
  looks: number;
}

export async function watchUntilDrained(
  ledger: LedgerSeed,
  options: { everyMs: number; limitMs: number; say: Say },
): Promise<Watched> {
  const { everyMs, limitMs, say } = options;
  const startedAt = Date.now();
  const watched: Watched = { isDrained: false, mostClaimed: 0, looks: 0 };
  let saidAt = startedAt;
  while (Date.now() - startedAt < limitMs) {
    const [row] = await ledger.query<{ claimed: number; open: number }>(
      `select count(*) filter (where state = 'claimed')::int as claimed, count(*)::int as open from cw.nudge
       where state in ('planned', 'claimed')`,
    );
    watched.looks += 1;
    watched.mostClaimed = Math.max(watched.mostClaimed, row?.claimed ?? 0);
    if (row?.open === 0) {
      watched.isDrained = true;
      break;
    }
    if (Date.now() - saidAt >= PROGRESS_MS) {
      saidAt = Date.now();
      say(`${row?.open} still open`);
    }
    await pause(everyMs);
  }
  return watched;
}
