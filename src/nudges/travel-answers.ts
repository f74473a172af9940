/** What somebody answered to "leave by": there already, or joining online. For one occurrence, until it moves. Pure. */
import { occurrenceKey } from '../travel/ways.ts';
import type { Answer } from './nudge.ts';

/** value: {startAt: ms}, as of both; `eventId` is the occurrence. */
export const THERE_ALREADY = 'travel.there';
export const JOINS_ONLINE = 'travel.online';

const NOBODY: ReadonlySet<string> = new Set();

/** By `occurrenceKey`. */
function occurrencesWith(answers: readonly Answer[], kind: string): ReadonlySet<string> {
  const given = answers.filter((one) => one.kind === kind);
  if (given.length === 0) return NOBODY;
  return new Set(
    given.flatMap(({ eventId, value }) => {
      const startAt = (value as { startAt?: unknown } | null)?.startAt;
      return typeof startAt === 'number' ? [occurrenceKey({ id: eventId, startAt })] : [];
    }),
  );
}

export const thereAlready = (answers: readonly Answer[]) => occurrencesWith(answers, THERE_ALREADY);
export const joinedOnline = (answers: readonly Answer[]) => occurrencesWith(answers, JOINS_ONLINE);
