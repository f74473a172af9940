/** Which meetings a room can’t be booked into from the chat, said with why and with the way that is left. */
import type { CalendarEvent } from '../calendar/event.ts';
import { isPrivate } from '../calendar/private.ts';
import { refuse } from './actions/press-input.ts';
import { plain } from './cards/parts.ts';

const LONGEST_SUBJECT = 60;

export const ONE_OF_A_SERIES = 'A room for this one time; for all of the series, pick it in Outlook.';

export const BESIDE_A_PRIVATE_ONE =
  'You have a private entry then. I see nothing of it but its time, so a room that you book here is a meeting of its own; into the private one you put it in Outlook.';

/** After “I see no meeting called so”. */
export const PRIVATE_ONES =
  'Of private meetings I see the time alone: pick their room in Outlook, or book one for the time, for example **room friday 14-15**.';

export const aboutSeries = (subject: string): string =>
  `“${plain(subject, LONGEST_SUBJECT)}” is a series, and I book a room for one time of it: few rooms are free for all. **room for ${plain(subject.toLowerCase(), LONGEST_SUBJECT)}** takes the next one; for all of them, open the series in Outlook and use its Room Finder.`;

/** @throws what to say of a meeting that somebody else organises, of a whole series, and of what is private */
export function assertCanHaveRoom(event: CalendarEvent): void {
  if (!event.isOrganizer)
    throw refuse('a room for somebody else’s meeting', 'Only whoever organises the meeting can give it a room.');
  if (event.type === 'master')
    throw refuse(
      'a room for a series',
      'I book a room for one time of a series: few rooms are free for all. For all of them, open the series in Outlook and use its Room Finder.',
    );
  if (isPrivate(event))
    throw refuse(
      'a room for a private entry',
      'That meeting is private: I don’t see who is invited, so I couldn’t tell you what the room says. Please pick the room in Outlook.',
    );
}
