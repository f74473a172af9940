/** The categories of an entry: each person's own, also of what somebody else organises. */
import { z } from 'zod';
import type { GraphEvent } from '../calendar/normalise.ts';
import { CalendarWatchError } from '../errors.ts';
import { type Caller, mailboxPath } from './client.ts';
import type { Access } from './port.ts';

const event = z.object({ id: z.string() }).passthrough();

export const writeCategories =
  (call: Caller) =>
  async (access: Access, eventId: string, categories: readonly string[], etag: string): Promise<GraphEvent> => {
    const path = `${mailboxPath(access)}/events/${encodeURIComponent(eventId)}`;
    const answer = await call(access, path, (graph) => graph.header('If-Match', etag).patch({ categories }), {
      scopes: ['Calendars.ReadWrite'],
    });
    const read = event.safeParse(answer);
    if (!read.success) throw new CalendarWatchError('GRAPH_ANSWER_INVALID', 'an event is not of the documented form');
    return read.data as GraphEvent;
  };
