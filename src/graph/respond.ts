/** Answering an invitation; Exchange takes it to the organiser. */
import { type Caller, mailboxPath } from './client.ts';
import type { Access } from './port.ts';

export type Answer = 'accept' | 'tentativelyAccept' | 'decline';

export interface AnswerOptions {
  comment?: string;
  /** False: the organiser is not told, for meetings that ask for no answers (Graph refuses to send one then). */
  sendResponse: boolean;
}

/** @param eventId of an occurrence, or of a series' head for all of it */
export const respond =
  (call: Caller) =>
  async (access: Access, eventId: string, answer: Answer, options: AnswerOptions): Promise<void> => {
    const path = `${mailboxPath(access)}/events/${encodeURIComponent(eventId)}/${answer}`;
    // 202 without a body.
    await call(access, path, (graph) => graph.post(options), { scopes: ['Calendars.ReadWrite'] });
  };
