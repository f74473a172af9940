/** Which calendars are watched, and which Graph says nothing about by itself. */
import type { Message } from '../../delivery/message.ts';
import { execute, kicker, line, message, plain, subtle, title } from './parts.ts';

export const CHOOSE_CALENDARS = 'calendars.choose';
export const CALENDARS_INPUT = 'calendars';
/** The default calendar's id is empty, and an empty choice can't be ticked. */
export const DEFAULT_CHOICE = 'default';
const MOST_SHOWN = 40;

export interface CalendarChoice {
  calendarId: string;
  name: string;
  ownerName?: string;
  isWatched: boolean;
  /** No subscription: looked at by the clock. */
  isPolled: boolean;
}

export const choiceOf = (calendarId: string): string => calendarId || DEFAULT_CHOICE;
export const calendarOf = (choice: string): string => (choice === DEFAULT_CHOICE ? '' : choice);

const nameOf = (one: CalendarChoice) => `${one.name}${one.ownerName ? ` (${one.ownerName})` : ''}`;

export function calendarsCard(choices: CalendarChoice[], pollMinutes: number, saved = false): Message {
  const shown = choices.slice(0, MOST_SHOWN);
  const watched = choices.filter((one) => one.isWatched);
  const polled = watched.filter((one) => one.isPolled);
  const polledWords = `Microsoft sends me no word about ${polled.length === 1 ? 'this one' : 'these'}, so I look every ${pollMinutes} minutes: ${polled.map(nameOf).join(', ')}.`;
  const words = `${saved ? 'Done. ' : ''}I watch: ${watched.map(nameOf).join(', ')}.${polled.length > 0 ? ` ${polledWords}` : ''}`;
  return message(
    [
      kicker('📅', saved ? 'Saved' : 'Calendars'),
      title('Which calendars shall I watch?'),
      {
        type: 'Input.ChoiceSet',
        id: CALENDARS_INPUT,
        isMultiSelect: true,
        style: 'expanded',
        wrap: true,
        label: 'Calendars of yours, and those that others share with you',
        value: shown
          .filter((one) => one.isWatched)
          .map((one) => choiceOf(one.calendarId))
          .join(','),
        choices: shown.map((one) => ({
          title: `${nameOf(one).slice(0, 80)}${one.isPolled ? ` — looked at every ${pollMinutes} min` : ''}`,
          value: choiceOf(one.calendarId),
        })),
      },
      ...(polled.length > 0 ? [line(plain(polledWords, 600))] : []),
      ...(choices.length > shown.length
        ? [subtle(`There are ${choices.length - shown.length} more that I can’t show.`)]
        : []),
    ],
    { summary: 'Which calendars I watch', fallbackText: words },
    [execute('Watch these', CHOOSE_CALENDARS, {}, { style: 'positive' })],
  );
}
