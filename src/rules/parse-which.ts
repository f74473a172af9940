/** The part of a rule's line that says which entries it is about: "a meeting with external people, that I organise". Pure. */
import type { Line } from './line.ts';
import { isAddress, isDomain, type Which } from './rule.ts';

const EXAMPLES =
  'For example “a meeting with external people”, “meetings with customer.com”, “a meeting without an agenda that I organise”.';

type Found = Partial<Which>;

const PERSONAL_PARTY = (word: string) => isAddress(word.toLowerCase()) || isDomain(word.toLowerCase());
const partyOf = (line: Line) => line.word(PERSONAL_PARTY)?.toLowerCase();

const SIZED = ['people', 'persons', 'attendees', 'participants', 'guests'];

function size(line: Line): Found | undefined {
  return line.attempt(() => {
    if (!line.take('with', 'of')) return undefined;
    const bound = line.take('more than', 'at least', 'fewer than', 'less than', 'at most', 'up to', 'exactly');
    const count = line.count();
    if (count === undefined) return undefined;
    const found = bounded(bound, count, line);
    return found && line.take(...SIZED) ? found : undefined;
  });
}

function bounded(bound: string | undefined, count: number, line: Line): Found | undefined {
  if (bound === 'more than') return { sizeMin: count + 1 };
  if (bound === 'at least') return { sizeMin: count };
  if (bound === 'fewer than' || bound === 'less than') return { sizeMax: count - 1 };
  if (bound === 'at most' || bound === 'up to') return { sizeMax: count };
  if (line.take('or more')) return { sizeMin: count };
  if (line.take('or fewer', 'or less')) return { sizeMax: count };
  const upTo = line.take('to') ? line.count() : count;
  return upTo === undefined ? undefined : { sizeMin: count, sizeMax: upTo };
}

const EXTERNAL = ['external people', 'external guests', 'external attendees', 'externals', 'people from outside'];

function withSomething(line: Line): Found | undefined {
  const isWithout = line.take('without', 'with no') !== undefined;
  if (!isWithout && !line.take('with')) return undefined;
  if (line.take('an agenda', 'agenda')) return { agenda: !isWithout };
  if (line.take(...EXTERNAL)) return { external: !isWithout };
  const inSubject = line.attempt(() => {
    const text = line.quoted();
    return text !== undefined && line.take('in the subject', 'in its subject', 'in the title') ? text : undefined;
  });
  if (inSubject !== undefined) return isWithout ? { subjectLacks: inSubject } : { subjectHas: inSubject };
  if (isWithout) return undefined;
  line.take('people from', 'somebody from', 'someone from', 'anybody from', 'people at', 'somebody at', 'anyone from');
  const party = partyOf(line);
  return party === undefined ? undefined : { attendee: party };
}

function subject(line: Line): Found | undefined {
  const isNot = line.take(
    'not called',
    'not named',
    'not about',
    "whose subject doesn't contain",
    'whose subject does not contain',
  );
  if (!isNot && !line.take('called', 'named', 'about', 'whose subject contains', 'whose subject has')) return undefined;
  const text = line.name();
  if (text === undefined) return undefined;
  return isNot ? { subjectLacks: text } : { subjectHas: text };
}

function organiser(line: Line): Found | undefined {
  if (
    line.take('that i organise', 'that i organize', 'that i organised', 'that i organized', 'i organise', 'i organize')
  )
    return { organiser: 'me' };
  if (line.take('that others organise', 'that others organize', 'that somebody else organises'))
    return { organiser: 'others' };
  if (!line.take('that are organised by', 'that is organised by', 'organised by', 'organized by')) return undefined;
  if (line.take('me')) return { organiser: 'me' };
  if (line.take('others', 'somebody else', 'someone else')) return { organiser: 'others' };
  const party = partyOf(line);
  return party === undefined ? undefined : { organiser: party };
}

const ONE_TO_ONE = ['a 1:1', '1:1', '1:1s', 'a one-to-one', 'one-to-one', 'one-to-ones'];
const ALL_DAY = ['all-day', 'all day'];

function quality(line: Line): Found | undefined {
  if (!line.take('that are', 'that is', 'which are', 'which is')) return undefined;
  const isSo = line.take('not') === undefined;
  if (line.take(...ONE_TO_ONE)) return { oneToOne: isSo };
  if (line.take('recurring')) return { recurring: isSo };
  if (line.take(...ALL_DAY)) return { allDay: isSo };
  return undefined;
}

function response(line: Line): Found | undefined {
  if (!line.take('that i', 'which i')) return undefined;
  if (line.take("haven't answered", 'have not answered', "didn't answer", 'did not answer'))
    return { response: 'notResponded' };
  line.take('have');
  if (line.take('tentatively accepted')) return { response: 'tentative' };
  if (line.take('accepted')) return { response: 'accepted' };
  return line.take('declined') ? { response: 'declined' } : undefined;
}

function place(line: Line): Found | undefined {
  const [key, name] =
    line.take('in the category', 'in category', 'categorised', 'categorized', 'tagged') !== undefined
      ? (['category', line.name()] as const)
      : line.take('in the room', 'in room') !== undefined
        ? (['room', line.name()] as const)
        : line.take('in the calendar', 'in my calendar', 'in calendar') !== undefined
          ? (['calendar', line.name()] as const)
          : (['category', undefined] as const);
  return name === undefined ? undefined : { [key]: name };
}

const CONDITIONS = [size, withSomething, subject, organiser, quality, response, place];

function condition(line: Line): Found | undefined {
  for (const read of CONDITIONS) {
    const found = line.attempt(() => read(line));
    if (found) return found;
  }
  return undefined;
}

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
  line.take('any of my', 'one of my', 'any', 'every', 'each', 'all', 'my', 'the', 'an', 'a');
  for (let isMore = true; isMore; ) {
    if (line.take('recurring')) found.recurring = true;
    else if (line.take(...ALL_DAY)) found.allDay = true;
    else if (line.take('external')) found.external = true;
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
  if (title !== undefined) which.subjectHas = title;
  else if (line.take(...MEETINGS)) what = 'meeting';
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

export const WHICH_EXAMPLES = EXAMPLES;
