/** Single events: read one, write its body. */
import { z } from 'zod';
import type { GraphEvent } from '../calendar/normalise.ts';
import { CalendarWatchError } from '../errors.ts';
import { type Caller, mailboxPath } from './client.ts';
import type { Access } from './port.ts';

const event = z.object({ id: z.string() }).passthrough();

function parse(answer: unknown): GraphEvent {
  const read = event.safeParse(answer);
  if (!read.success) throw new CalendarWatchError('GRAPH_ANSWER_INVALID', 'an event is not of the documented form');
  return read.data as GraphEvent;
}

const eventPath = (access: Access, eventId: string) => `${mailboxPath(access)}/events/${encodeURIComponent(eventId)}`;

export const readEvent =
  (call: Caller) =>
  async (access: Access, eventId: string): Promise<GraphEvent> =>
    parse(await call(access, eventPath(access, eventId), (graph) => graph.get()));

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
