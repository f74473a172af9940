/** Single events: read one, write its body. */
import { z } from 'zod';
import type { GraphEvent } from '../calendar/normalise.ts';
import { CalendarWatchError } from '../errors.ts';
import { type Caller, calendarPath, mailboxPath } from './client.ts';
import { GraphFailure, kindOf, retryAfterMs } from './failures.ts';
import type { Access } from './port.ts';

const event = z.object({ id: z.string() }).passthrough();

function parse(answer: unknown): GraphEvent {
  const read = event.safeParse(answer);
  if (!read.success) throw new CalendarWatchError('GRAPH_ANSWER_INVALID', 'an event is not of the documented form');
  return read.data as GraphEvent;
}

const MOST_IN_BATCH = 20;
const batch = z.object({
  responses: z.array(
    z.object({ id: z.string(), status: z.number(), headers: z.record(z.string()).nullish(), body: z.unknown() }),
  ),
});

const eventPath = (access: Access, eventId: string) => `${mailboxPath(access)}/events/${encodeURIComponent(eventId)}`;

export const readEvent =
  (call: Caller) =>
  async (access: Access, eventId: string): Promise<GraphEvent> =>
    parse(await call(access, eventPath(access, eventId), (graph) => graph.get()));

interface Part {
  status: number;
  headers?: Record<string, string> | null;
  body?: unknown;
}

/** A part that failed fails the whole: what came is asked for again, with the wait that Graph named. */
function readPart({ status, headers, body }: Part): GraphEvent | undefined {
  if (status === 404) return undefined;
  if (status >= 200 && status < 300) return parse(body);
  const code = (body as { error?: { code?: string } } | undefined)?.error?.code ?? 'unknown';
  const entry = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'retry-after');
  // In seconds; without a clock a date means nothing.
  const wait = entry && /^\d/.test(entry[1]) ? retryAfterMs(entry[1], 0) : undefined;
  throw new GraphFailure(kindOf(status, code), status, code, wait);
}

/** One request for up to twenty: a round may name many series that we never had. */
export const readEvents =
  (call: Caller) =>
  async (
    access: Access,
    calendarId: string,
    eventIds: string[],
    keep: () => Promise<unknown>,
  ): Promise<GraphEvent[]> => {
    const calendar = `${mailboxPath(access)}${calendarPath(calendarId)}`;
    const found: GraphEvent[] = [];
    for (let from = 0; from < eventIds.length; from += MOST_IN_BATCH) {
      const requests = eventIds.slice(from, from + MOST_IN_BATCH).map((eventId, index) => ({
        id: String(index),
        method: 'GET',
        url: `${calendar}/events/${encodeURIComponent(eventId)}`,
        headers: { Prefer: 'IdType="ImmutableId", outlook.timezone="UTC"' },
      }));
      await keep();
      const answer = batch.safeParse(await call(access, '/$batch', (graph) => graph.post({ requests })));
      if (!answer.success)
        throw new CalendarWatchError('GRAPH_ANSWER_INVALID', 'a batch answer is not of the documented form');
      found.push(...answer.data.responses.flatMap((part) => readPart(part) ?? []));
    }
    return found;
  };

export const writeBody =
  (call: Caller) =>
  async (access: Access, eventId: string, html: string, etag: string): Promise<GraphEvent> =>
    parse(
      await call(
        access,
        eventPath(access, eventId),
        (graph) => graph.header('If-Match', etag).patch({ body: { contentType: 'html', content: html } }),
        { scopes: ['Calendars.ReadWrite'] },
      ),
    );
