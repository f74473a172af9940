/** The conditions of a rule's line: "with external people", "that I organise", "in the room "Blue"". Pure. */
import type { Line } from './line.ts';
import { isAddress, isDomain, type Which } from './rule.ts';

export type Found = Partial<Which>;

/** As they are copied from elsewhere: "<ann@customer.com>", "@customer.com". */
const plainly = (word: string) =>
  word
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/^(?:<|mailto:)+/, '')
    .replace(/>$/, '')
    .replace(/^\*?@/, '');

const wordOf = (line: Line, isWanted: (word: string) => boolean) => {
  const word = line.word((one) => isWanted(plainly(one)));
  return word === undefined ? undefined : plainly(word);
};
const partyOf = (line: Line) => wordOf(line, (word) => isAddress(word) || isDomain(word));
export const addressIn = (line: Line) => wordOf(line, isAddress);

/** Words of the language itself: whoever calls something so says it in quotes. */
const RESERVED = new Set([
  ...[
    'is',
    'are',
    'was',
    'gets',
    'get',
    'has',
    'have',
    'starts',
    'start',
    'begins',
    'begin',
    'ends',
    'end',
    'finishes',
  ],
  ...[
    'moves',
    'move',
    'changes',
    'change',
    'appears',
    'arrives',
    'loses',
    'lose',
    'and',
    'or',
    'then',
    'with',
    'without',
  ],
  ...['that', 'which', 'whose', 'called', 'in', 'organised', 'organized', 'the', 'my', 'a', 'an', 'message', 'remind'],
  ...['tell', 'notify', 'ping', 'post', 'mail', 'email', 'add', 'create', 'write', 'webhook', 'once'],
]);
const nameIn = (line: Line) => line.name((word) => !RESERVED.has(word.toLowerCase()));

const SIZED = ['people', 'persons', 'attendees', 'participants', 'guests', 'invitees'];
const MORE_THAN = ['more than', 'over'];
const AT_LEAST = ['at least', 'no fewer than', 'no less than', 'not less than'];
const FEWER_THAN = ['fewer than', 'less than', 'under'];
const AT_MOST = ['at most', 'up to', 'no more than', 'not more than', 'a maximum of'];
const PLUS = /^\d{1,6}\+$/;

function size(line: Line): Found | undefined {
  return line.attempt(() => {
    if (!line.take('with', 'of')) return undefined;
    const found = sizes(line);
    return found && line.take(...SIZED) ? found : undefined;
  });
}

const counted = (line: Line, read: (count: number) => Found): Found | undefined => {
  const count = line.count();
  return count === undefined ? undefined : read(count);
};

function sizes(line: Line): Found | undefined {
  if (line.take(...MORE_THAN)) return counted(line, (count) => ({ sizeMin: count + 1 }));
  if (line.take(...AT_LEAST)) return counted(line, (sizeMin) => ({ sizeMin }));
  if (line.take(...FEWER_THAN)) return counted(line, (count) => ({ sizeMax: count - 1 }));
  if (line.take(...AT_MOST)) return counted(line, (sizeMax) => ({ sizeMax }));
  const plus = line.word((word) => PLUS.test(word));
  if (plus !== undefined) return { sizeMin: Number(plus.slice(0, -1)) };
  const isBetween = line.take('between') !== undefined;
  line.take('exactly');
  return counted(line, (from) => {
    if (line.take('or more')) return { sizeMin: from };
    if (line.take('or fewer', 'or less')) return { sizeMax: from };
    if (!line.take(isBetween ? 'and' : 'to')) return { sizeMin: from, sizeMax: from };
    const sizeMax = line.count();
    return sizeMax === undefined ? {} : { sizeMin: from, sizeMax };
  });
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
  const text = nameIn(line);
  if (text === undefined) return undefined;
  return isNot ? { subjectLacks: text } : { subjectHas: text };
}

const OF_OTHERS = [
  ...['that others organise', 'that others organize', 'that somebody else organises', 'that someone else organises'],
  ...["that i don't organise", "that i don't organize", 'that i do not organise', 'that i do not organize'],
];

function organiser(line: Line): Found | undefined {
  if (
    line.take('that i organise', 'that i organize', 'that i organised', 'that i organized', 'i organise', 'i organize')
  )
    return { organiser: 'me' };
  if (line.take(...OF_OTHERS)) return { organiser: 'others' };
  if (!line.take('that are organised by', 'that is organised by', 'organised by', 'organized by')) return undefined;
  if (line.take('me')) return { organiser: 'me' };
  if (line.take('others', 'somebody else', 'someone else')) return { organiser: 'others' };
  const party = partyOf(line);
  return party === undefined ? undefined : { organiser: party };
}

export const ONE_TO_ONE = [
  ...['a 1:1', '1:1', '1:1s', 'a one-to-one', 'one-to-one', 'one-to-ones'],
  ...['a one-on-one', 'one-on-one', 'one-on-ones', 'a 1-1', '1-1', '1-1s'],
];
export const ALL_DAY = ['all-day', 'all day'];

function quality(line: Line): Found | undefined {
  const isNot = line.take("that isn't", "that aren't") !== undefined;
  if (!isNot && !line.take('that are', 'that is', 'which are', 'which is')) return undefined;
  const isSo = !isNot && line.take('not') === undefined;
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

const PLACES: ['category' | 'room' | 'calendar', string[]][] = [
  [
    'category',
    ['in the category', 'in category', 'with the category', 'with category', 'categorised', 'categorized', 'tagged'],
  ],
  ['room', ['in the room', 'in room']],
  ['calendar', ['in the calendar', 'in my calendar', 'in calendar']],
];

function place(line: Line): Found | undefined {
  for (const [key, phrases] of PLACES) {
    const said = line.take(...phrases);
    if (said === undefined) continue;
    const name = nameIn(line);
    // “In my calendar” is where all of them are.
    if (name === undefined) return said === 'in my calendar' ? {} : undefined;
    return { [key]: name };
  }
  return undefined;
}

const CONDITIONS = [size, withSomething, subject, organiser, quality, response, place];

/** Undefined: none of them comes next. */
export function condition(line: Line): Found | undefined {
  for (const read of CONDITIONS) {
    const found = line.attempt(() => read(line));
    if (found) return found;
  }
  return undefined;
}
