/** One calendar of a mailbox: read the round to its end and lay it over the replica. Writes nothing. */
import { type Change, changesOf } from '../calendar/difference.ts';
import type { CalendarEvent } from '../calendar/event.ts';
import { type Merged, mergeRound } from '../calendar/merge.ts';
import type { GraphEvent } from '../calendar/normalise.ts';
import { CalendarWatchError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { eventsNamed, eventsOf } from '../store/events.ts';
import type { Feed } from '../store/feeds.ts';
import { keptFrom, type Reading, type ReadRound, readFull, readRound } from './read-round.ts';

const MOST_MISSING_MASTERS = 2_000;

export interface FeedRound {
  feed: Feed;
  /** When the read began. */
  readAt: number;
  round: ReadRound;
  merged: Merged;
  changes: Change[];
}

/** A round may name a series whose master it does not bring and we never had. */
async function fetchMasters(
  { graph, access, keep }: Reading,
  calendarId: string,
  ids: string[],
): Promise<GraphEvent[]> {
  if (ids.length > MOST_MISSING_MASTERS)
    throw new CalendarWatchError('DELTA_TOO_LONG', `a delta round misses ${ids.length} series`);
  // Those that are gone meanwhile are left out: their occurrences will be reported as gone too.
  return graph.readEvents(access, calendarId, ids, keep);
}

async function merge(reading: Reading, calendarId: string, stored: CalendarEvent[], round: ReadRound): Promise<Merged> {
  const laid = { calendarId, items: round.items, isFull: round.isFull };
  const first = mergeRound(stored, laid);
  if (first.missingMasters.length === 0) return first;
  return mergeRound(stored, laid, await fetchMasters(reading, calendarId, first.missingMasters));
}

/** In a calendar that somebody else shares, nobody but its owner is the organiser: there is nothing to write for us. */
function asReader(feed: Feed, round: ReadRound): ReadRound {
  if (!feed.shared) return round;
  const items = round.items.map((item) => (item.isOrganizer === true ? { ...item, isOrganizer: false } : item));
  return { ...round, items };
}

/**
 * A round may name what is over for so long that it is not kept any more (its window was opened when that was younger, a
 * series comes with all its occurrences): it is not written again, and so no news. A head begins long ago by nature.
 */
function withoutPast(merged: Merged, from: number): Merged {
  return { ...merged, upserts: merged.upserts.filter((one) => one.type === 'master' || one.endAt >= from) };
}

const NOTHING: Merged = { upserts: [], removals: [], refused: 0, missingMasters: [], isDoubtful: false };

export async function syncFeed(database: Database, general: Reading, feed: Feed, now: number): Promise<FeedRound> {
  const reading = feed.shared ? { ...general, access: { ...general.access, isShared: true } } : general;
  const { tenantId, mailboxId } = reading.access;
  const { calendarId } = feed;
  const storedFor = (round: ReadRound) =>
    database.inTenant(tenantId, (sql) => {
      const named = round.items.flatMap((item) => [item.id ?? [], item.seriesMasterId ?? []].flat());
      return round.isFull
        ? eventsOf(sql, tenantId, mailboxId, calendarId)
        : eventsNamed(sql, tenantId, mailboxId, calendarId, [...new Set(named)]);
    });

  let round = asReader(feed, await readRound(reading, feed, now));
  if (round.items.length === 0 && !round.isFull) return { feed, readAt: now, round, merged: NOTHING, changes: [] };
  let stored = await storedFor(round);
  let merged = await merge(reading, calendarId, stored, round);
  // A series of which only the head came would lose all its occurrences if "not reported" were taken as "deleted";
  // before that is believed of a whole series, everything is read.
  if (merged.isDoubtful) {
    round = asReader(feed, await readFull(reading, calendarId, now));
    stored = await storedFor(round);
    merged = await merge(reading, calendarId, stored, round);
  }
  const from = keptFrom(reading, now);
  merged = withoutPast(merged, from);
  const views = {
    before: { from: Math.max(feed.windowFrom, from), to: feed.windowTo },
    after: { from: round.windowFrom, to: round.windowTo },
  };
  // What fills a replica for the first time is not news.
  const changes = feed.deltaLink === null ? [] : changesOf(stored, merged, now, views);
  return { feed, readAt: now, round, merged, changes };
}
