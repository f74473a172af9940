/** Of a private entry its times are kept, and what a plan needs to know of it; never what it is about, with whom or where. */
import type { CalendarEvent } from './event.ts';

/** As Outlook names them to people who may not look inside. */
export const PRIVATE_SUBJECT = 'Private appointment';

export const isPrivate = ({ sensitivity }: Pick<CalendarEvent, 'sensitivity'>): boolean =>
  sensitivity === 'private' || sensitivity === 'confidential';

/** In the same words as migrations/0010 says it of what was kept before. */
export function withoutContent(event: CalendarEvent): CalendarEvent {
  const { place: _p, joinUrl: _j, bodyMark: _b, hasAttachments: _h, webLink: _w, categories: _c, ...rest } = event;
  return {
    ...rest,
    subject: PRIVATE_SUBJECT,
    organizer: { name: '', address: '' },
    attendees: [],
    isOnline: false,
    agenda: [],
  };
}

export const keptOf = (event: CalendarEvent): CalendarEvent => (isPrivate(event) ? withoutContent(event) : event);
