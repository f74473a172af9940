/** The part of a rule's line that says which entries it is about: "a meeting with external people, that I organise". Pure. */
import type { Line } from './line.ts';
import { ALL_DAY, condition, type Found, ONE_TO_ONE } from './parse-condition.ts';
import type { Which } from './rule.ts';

const EXAMPLES =
  'For example “a meeting with external people”, “meetings with customer.com”, “a meeting without an agenda that I organise”.';

function add(which: Which, found: Found, line: Line): void {
  for (const [name, value] of Object.entries(found)) {
    if (value === undefined) continue;
    if (name in which) line.fail('Each condition is said once, because all of them must hold.');
    Object.assign(which, { [name]: value });
  }
}

const MEETINGS = ['meetings', 'meeting', 'calls', 'call'];
const ENTRIES = [
  'entries',
  'entry',
  'events',
  'event',
  'appointments',
  'appointment',
  'bookings',
  'booking',
  'anything',
  'something',
];

/** "a", "recurring", "all-day" before the noun. */
function adjectives(line: Line): Found {
  const found: Found = {};
  if (!line.sees(() => line.take(...ALL_DAY)))
    line.take('any of my', 'one of my', 'all of my', 'all my', 'any', 'every', 'each', 'all', 'my', 'the', 'an', 'a');
  for (let isMore = true; isMore; ) {
    if (line.take('recurring')) found.recurring = true;
    else if (line.take(...ALL_DAY)) found.allDay = true;
    else if (line.take('external')) found.external = true;
    else if (line.take('internal')) found.external = false;
    else isMore = false;
  }
  return found;
}

/** "meetings with external people": what, and which of them. */
export function readSubject(line: Line): { what: 'meeting' | 'entry'; which: Which } {
  const which: Which = {};
  add(which, adjectives(line), line);
  const title = line.quoted();
  let what: 'meeting' | 'entry' = 'entry';
  if (title !== undefined) {
    which.subjectHas = title;
    if (line.take(...MEETINGS)) what = 'meeting';
    else line.take(...ENTRIES);
  } else if (line.take(...MEETINGS)) what = 'meeting';
  else if (line.take(...ONE_TO_ONE)) {
    what = 'meeting';
    which.oneToOne = true;
    line.take('meetings', 'meeting');
  } else if (!line.take(...ENTRIES)) line.fail(`Say which meetings. ${EXAMPLES}`);
  for (;;) {
    const found = line.attempt(() => {
      line.take(', and', ',', 'and');
      return condition(line);
    });
    if (!found) return { what, which };
    add(which, found, line);
  }
}

export const BY_THE_CLOCK =
  'A rule of the clock begins before the start or after the end: “30 minutes before a meeting, …”, “10 minutes after a meeting ends, …”.';
const HINTS: [words: string[], hint: string][] = [
  [
    ['or', ', or'],
    'One rule waits for one thing, and all its conditions hold together: for “or”, make two rules. For example: when a meeting moves, message me',
  ],
  [
    ['with', 'without', 'and with', 'and without'],
    'After “with” comes an address or a domain, “external people”, “an agenda” or a number: “with ann@customer.com”, “with customer.com”, “with at least 9 people”.',
  ],
  [
    ['organised', 'organized', 'that is organised', 'that is organized'],
    'Who organises it is said by an address, a domain, “me” or “others”: “a meeting organised by ann@customer.com”, “a meeting that I organise”.',
  ],
  [
    ['by', 'created by'],
    'I know who organises a meeting, and of answers whether they are mine: “a meeting organised by ann@customer.com”, “is declined by me”.',
  ],
  [
    ['in the', 'in my', 'in room', 'in category', 'in calendar', 'called', 'named', 'about', 'whose', 'tagged'],
    'Names stand in quotes: “a meeting called "Jour fixe"”, “in the room "Blue"”, “in the category "Customers"”.',
  ],
  [['in', 'at'], BY_THE_CLOCK],
  [
    ['and'],
    'After “and” comes another condition as a whole, or what is to be done; of two people one can be named. For example “a meeting with ann@customer.com and without an agenda”.',
  ],
  [
    ['that', 'which', 'of', 'from', 'on', 'not', 'between', 'longer', 'shorter', 'except', 'but', 'unless', 'if'],
    EXAMPLES,
  ],
];
const NAMES =
  'A name of several words stands in quotes: “a meeting called "Jour fixe"”, “in the room "Blue 2"”, “in the category "Big customers"”.';

const CONDITIONS_FIRST =
  'Conditions stand before what happens: “when a meeting with external people is created, …”, “when a meeting in the room "Blue" moves, …”.';

/** What may have been meant where a condition ends and nothing that is known goes on. */
export function hintAt(line: Line, isAfterVerb = false): string | undefined {
  if (line.isAfterBareName) return NAMES;
  if (isAfterVerb && line.sees(() => condition(line))) return CONDITIONS_FIRST;
  return HINTS.find(([words]) => line.sees(() => line.take(...words)))?.[1];
}
