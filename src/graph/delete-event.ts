/** Taking an entry out of a calendar. Of a meeting that the mailbox organises, Exchange tells those invited. */
import { type Caller, mailboxPath } from './client.ts';
import type { Access } from './port.ts';

export const deleteEvent =
  (call: Caller) =>
  async (access: Access, eventId: string): Promise<void> => {
    const path = `${mailboxPath(access)}/events/${encodeURIComponent(eventId)}`;
    await call(access, path, (graph) => graph.delete(), { scopes: ['Calendars.ReadWrite'] });
  };
