/** Asking a room: a new meeting with it, or one that the person organises gets it. Exchange asks the room itself. */
import { z } from 'zod';
import type { GraphEvent } from '../calendar/normalise.ts';
import { CalendarWatchError } from '../errors.ts';
import { type Caller, mailboxPath } from './client.ts';
import type { Access } from './port.ts';

export interface RoomToAsk {
  address: string;
  name: string;
}

export interface NewMeeting {
  /** Graph makes one meeting of as many requests as name it. */
  transactionId: string;
  subject: string;
  startAt: number;
  endAt: number;
  room: RoomToAsk;
}

/** All of them: what is not in the list is taken off. */
export interface MeetingRooms {
  attendees: NonNullable<GraphEvent['attendees']>;
  /** Where it takes place; undefined: as it is. */
  place?: string;
}

const SCOPES = { scopes: ['Calendars.ReadWrite'] };
const event = z.object({ id: z.string() }).passthrough();

function parse(answer: unknown): GraphEvent {
  const read = event.safeParse(answer);
  if (!read.success) throw new CalendarWatchError('GRAPH_ANSWER_INVALID', 'an event is not of the documented form');
  return read.data as GraphEvent;
}

const timeOf = (instant: number) => ({ dateTime: new Date(instant).toISOString().slice(0, 19), timeZone: 'UTC' });

export const createMeeting =
  (call: Caller) =>
  async (access: Access, meeting: NewMeeting): Promise<GraphEvent> => {
    const { transactionId, subject, startAt, endAt, room } = meeting;
    const body = {
      transactionId,
      subject,
      start: timeOf(startAt),
      end: timeOf(endAt),
      location: { displayName: room.name, locationEmailAddress: room.address },
      attendees: [{ type: 'resource', emailAddress: { address: room.address, name: room.name } }],
    };
    return parse(await call(access, `${mailboxPath(access)}/events`, (graph) => graph.post(body), SCOPES));
  };

export const writeRooms =
  (call: Caller) =>
  async (access: Access, eventId: string, { attendees, place }: MeetingRooms, etag: string): Promise<GraphEvent> => {
    const path = `${mailboxPath(access)}/events/${encodeURIComponent(eventId)}`;
    const body = { attendees, ...(place === undefined ? {} : { location: { displayName: place } }) };
    return parse(await call(access, path, (graph) => graph.header('If-Match', etag).patch(body), SCOPES));
  };
