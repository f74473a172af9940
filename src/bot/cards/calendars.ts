/** Which calendars are watched, and which Graph says nothing about by itself. */
import { createHash } from 'node:crypto';
import type { Message } from '../../delivery/message.ts';
import { enumerate, everyMinutes, plural } from '../words.ts';
import { choiceTitle, clip, type Element, execute, kicker, message, plain, subtle, title } from './parts.ts';

export const CHOOSE_CALENDARS = 'calendars.choose';
export const CALENDARS_INPUT = 'calendars';
const MOST_SHOWN = 40;
const LONGEST_NAME = 80;

export interface CalendarChoice {
  calendarId: string;
  name: string;
  ownerName?: string;
  isWatched: boolean;
  /** No subscription: looked at by the clock. */
  isPolled: boolean;
  /** Watched, and not in Outlook's list any more. */
  isGone?: boolean;
}

/** Graph's ids are long, and the default calendar's is empty, which can't be ticked. */
export const choiceOf = (calendarId: string): string =>
  calendarId === '' ? 'default' : createHash('sha256').update(calendarId).digest('base64url').slice(0, 16);

/** A shared calendar is often called like its owner. */
function nameOf({ name, ownerName }: CalendarChoice): string {
  const owner = ownerName?.toLowerCase() === name.toLowerCase() ? 'shared' : ownerName;
  return owner ? `${clip(name, LONGEST_NAME)} (${clip(owner, LONGEST_NAME)})` : clip(name, LONGEST_NAME);
}

/** All that is watched, so that saving loses nothing, and of the rest as many as fit. */
function shownOf(listed: CalendarChoice[]): CalendarChoice[] {
  const kept = new Set([...listed].sort((a, b) => Number(b.isWatched) - Number(a.isWatched)).slice(0, MOST_SHOWN));
  return listed.filter((one) => kept.has(one));
}

const namesOf = (choices: CalendarChoice[]) => enumerate(choices.map((one) => `“${nameOf(one)}”`));

/** What there is to say beside the list, in plain text. */
function notesOf(choices: CalendarChoice[], shown: CalendarChoice[], pollMinutes: number): string[] {
  const gone = choices.filter((one) => one.isGone);
  const polled = shown.filter((one) => one.isWatched && one.isPolled);
  const hidden = choices.length - gone.length - shown.length;
  const every = everyMinutes(pollMinutes);
  return [
    polled.length > 0
      ? `I look at ${namesOf(polled)} ${every}, because Microsoft sends me no word about ${polled.length === 1 ? 'it' : 'them'}.`
      : '',
    gone.length > 0 ? `Not in your Outlook any more: ${namesOf(gone)}. “Watch these” lets go of it.` : '',
    hidden > 0 ? `There ${hidden === 1 ? 'is 1 more' : `are ${hidden} more`} that I can’t show here.` : '',
  ].filter(Boolean);
}

function choiceSet(shown: CalendarChoice[]): Element {
  return {
    type: 'Input.ChoiceSet',
    id: CALENDARS_INPUT,
    isMultiSelect: true,
    style: 'expanded',
    wrap: true,
    label: 'Yours, and those that others share with you',
    value: shown
      .filter((one) => one.isWatched)
      .map((one) => choiceOf(one.calendarId))
      .join(','),
    choices: shown.map((one) => ({ title: choiceTitle(nameOf(one)), value: choiceOf(one.calendarId) })),
  };
}

export function calendarsCard(choices: CalendarChoice[], pollMinutes: number, saved = false): Message {
  const listed = choices.filter((one) => !one.isGone);
  const shown = shownOf(listed);
  const watched = listed.filter((one) => one.isWatched);
  const notes = notesOf(choices, shown, pollMinutes);
  const summary = watched.length > 0 ? `I watch ${namesOf(watched)}` : 'I watch none of your calendars';
  return message(
    [
      kicker(saved ? '✅' : '📅', saved ? `Saved: ${plural(watched.length, 'calendar')} watched` : 'Calendars'),
      title('Which calendars shall I watch?'),
      choiceSet(shown),
      ...notes.map((note) => subtle(plain(note, 600))),
    ],
    {
      summary: saved ? `Saved. ${summary}` : summary,
      fallbackText: [`${saved ? 'Done. ' : ''}${summary}.`, ...notes].join(' '),
    },
    [execute('Watch these', CHOOSE_CALENDARS, {}, { style: 'positive' })],
  );
}
