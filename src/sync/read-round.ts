/** One delta round, read to its end before anything is written. */
import type { GraphEvent } from '../calendar/normalise.ts';
import { DAY_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import { GraphFailure } from '../graph/failures.ts';
import type { Access, DeltaRequest, Graph } from '../graph/port.ts';
import { DEFAULT_INTERVALS } from '../intervals.ts';
import type { Feed } from '../store/feeds.ts';

/** 500 pages of 200: far more than a calendar holds, and an end to a link that leads to itself. */
const MOST_PAGES = 500;
const WINDOW_AHEAD_MS = 60 * DAY_MS;
/** The window is baked into the token; with less than this ahead of us it is opened anew. */
const WINDOW_LEAST_AHEAD_MS = 30 * DAY_MS;

export interface ReadRound {
  items: GraphEvent[];
  isFull: boolean;
  deltaLink: string;
  windowFrom: number;
  windowTo: number;
}

/** What reading needs. `keep` is called before each call to Graph: it extends the lease, or throws. */
export interface Reading {
  graph: Graph;
  access: Access;
  keep(): Promise<unknown>;
  /** How much of the past is kept, and so read. */
  pastKeepMs?: number;
}

/** The start of what is kept of the past. */
export const keptFrom = ({ pastKeepMs = DEFAULT_INTERVALS.pastKeepMs }: Reading, now: number): number =>
  now - pastKeepMs;

async function readPages(
  { graph, access, keep }: Reading,
  first: DeltaRequest,
): Promise<{ items: GraphEvent[]; deltaLink: string }> {
  const items: GraphEvent[] = [];
  let request = first;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    await keep();
    const page = await graph.readDeltaPage(access, request);
    items.push(...page.items);
    if (page.deltaLink) return { items, deltaLink: page.deltaLink };
    if (!page.nextLink) throw new CalendarWatchError('GRAPH_ANSWER_INVALID', 'a delta page has neither link');
    request = { link: page.nextLink };
  }
  throw new CalendarWatchError('DELTA_TOO_LONG', `a delta round did not end within ${MOST_PAGES} pages`);
}

/** Everything in a window around now. */
export async function readFull(reading: Reading, calendarId: string, now: number): Promise<ReadRound> {
  const windowFrom = keptFrom(reading, now);
  const windowTo = now + WINDOW_AHEAD_MS;
  const { items, deltaLink } = await readPages(reading, { calendarId, windowFrom, windowTo });
  return { items, isFull: true, deltaLink, windowFrom, windowTo };
}

/** A token that Graph has lost, or that it does not take for any other reason: asking again changes nothing. */
function isLinkWorthless(error: unknown): boolean {
  return error instanceof GraphFailure && (error.kind === 'syncStateLost' || error.kind === 'rejected');
}

/** Goes on from `feed`; reads everything when there is no way on: no link yet, a window that runs out, a lost state. */
export async function readRound(reading: Reading, feed: Feed, now: number): Promise<ReadRound> {
  const { calendarId, deltaLink, windowFrom, windowTo } = feed;
  const isAskedFull = feed.askedFull && feed.askedAt !== null && feed.askedAt <= now;
  if (deltaLink === null || isAskedFull || windowTo - now < WINDOW_LEAST_AHEAD_MS)
    return readFull(reading, calendarId, now);
  try {
    const round = await readPages(reading, { link: deltaLink });
    return { ...round, isFull: false, windowFrom, windowTo };
  } catch (error) {
    if (isLinkWorthless(error)) return readFull(reading, calendarId, now);
    throw error;
  }
}
