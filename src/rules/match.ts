/** Which entries a rule is about, and which changes are what it waits for. Pure; the same code plans, rehearses and looks again. */
import { type ChangeKind, lostRooms } from '../calendar/difference.ts';
import { type Attendee, type CalendarEvent, hasOthers } from '../calendar/event.ts';
import { isPrivate } from '../calendar/private.ts';
import { instantOn } from '../calendar/zone.ts';
import { MINUTE_MS } from '../clock.ts';
import type { NoticedChange } from '../nudges/nudge.ts';
import { ANSWERS, type ChangedAspect, type RuleSpec, type TimedWhen, type When, type Which } from './rule.ts';

/** Whose calendar it is. */
export interface Reader {
  /** Lower case; null: not known. */
  address: string | null;
  isRoom: boolean;
  /** IANA */
  timeZone: string;
  /** Names by id; '' is the default calendar. */
  calendars: ReadonlyMap<string, string>;
}

/** Beside what Outlook calls it. */
const DEFAULT_CALENDAR_NAME = 'calendar';

const has = (text: string, part: string) => text.toLowerCase().includes(part.toLowerCase());
const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

export const domainOf = (address: string): string => {
  const at = address.lastIndexOf('@');
  return at === -1 ? '' : address.slice(at + 1);
};

/** One is the other, or lies below it: mail.example.com and example.com are one house. */
const isSameHouse = (a: string, b: string) => a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`);
const isAt = (address: string, party: string) =>
  party.includes('@') ? address === party : domainOf(address) === party || domainOf(address).endsWith(`.${party}`);

const isPerson = (one: Attendee, reader: Reader) =>
  one.type !== 'resource' && !(reader.isRoom && one.address === reader.address);

/** The organiser and those who are invited, each once; rooms are nobody. */
export function peopleAt(event: CalendarEvent, reader: Reader): { name: string; address: string }[] {
  const people = new Map<string, { name: string; address: string }>();
  const { organizer } = event;
  if (organizer.address) people.set(organizer.address, organizer);
  for (const one of event.attendees)
    if (isPerson(one, reader) && !people.has(one.address)) people.set(one.address, one);
  return [...people.values()];
}

/** Undefined: nobody knows where the reader is at home. */
function hasExternal(event: CalendarEvent, reader: Reader): boolean | undefined {
  const own = domainOf(reader.address ?? (event.isOrganizer ? event.organizer.address : ''));
  if (!own) return undefined;
  return peopleAt(event, reader).some(
    ({ address }) => domainOf(address) !== '' && !isSameHouse(domainOf(address), own),
  );
}

function isInRoom(event: CalendarEvent, room: string): boolean {
  if (event.place && has(event.place.name, room)) return true;
  return event.attendees.some(
    (one) =>
      one.type === 'resource' &&
      one.response !== 'declined' &&
      (has(one.name, room) || one.address === room.toLowerCase()),
  );
}

function isOrganisedBy(event: CalendarEvent, organiser: string): boolean {
  if (organiser === 'me') return event.isOrganizer;
  if (organiser === 'others') return !event.isOrganizer;
  return isAt(event.organizer.address, organiser);
}

/** Each condition that is given must hold; in the order of what it costs. What depends on the content comes second. */
type Conditions = {
  [Name in keyof Which]-?: (wanted: NonNullable<Which[Name]>, event: CalendarEvent, reader: Reader) => boolean;
};

const OUTSIDE = {
  allDay: (wanted, event) => (event.allDay !== undefined) === wanted,
  recurring: (wanted, event) => (event.seriesMasterId !== undefined || event.type === 'master') === wanted,
  response: (wanted, event) => (event.response === 'none' ? 'notResponded' : event.response) === wanted,
  calendar: (wanted, event, reader) =>
    same(reader.calendars.get(event.calendarId) ?? '', wanted) ||
    (event.calendarId === '' && same(wanted, DEFAULT_CALENDAR_NAME)),
} satisfies Partial<Conditions>;

const INSIDE = {
  organiser: (wanted, event) => isOrganisedBy(event, wanted),
  subjectHas: (wanted, event) => has(event.subject, wanted),
  subjectLacks: (wanted, event) => !has(event.subject, wanted),
  attendee: (wanted, event, reader) => peopleAt(event, reader).some(({ address }) => isAt(address, wanted)),
  category: (wanted, event) => (event.categories ?? []).some((one) => same(one, wanted)),
  room: (wanted, event) => isInRoom(event, wanted),
  sizeMin: (wanted, event, reader) => peopleAt(event, reader).length >= wanted,
  sizeMax: (wanted, event, reader) => peopleAt(event, reader).length <= wanted,
  external: (wanted, event, reader) => hasExternal(event, reader) === wanted,
  agenda: (wanted, event) => event.agenda.length > 0 === wanted,
  oneToOne: (wanted, event, reader) => (peopleAt(event, reader).length === 2) === wanted,
} satisfies Partial<Conditions>;

const ALL: Conditions = { ...OUTSIDE, ...INSIDE };

/** Who organises is known of a private entry as far as it is the reader. */
const isAboutContent = (name: string, wanted: unknown) =>
  name in INSIDE && !(name === 'organiser' && (wanted === 'me' || wanted === 'others'));

const NAMES = Object.keys(ALL) as (keyof Which)[];

/** Whether the entry is one that the rule is about, whatever happens to it. */
export function matches({ what, which, when }: RuleSpec, event: CalendarEvent, reader: Reader): boolean {
  const isHidden = isPrivate(event);
  if (event.isDraft || (what === 'meeting' && (isHidden || !hasPeople(event, reader)))) return false;
  // What was declined is no concern of theirs, unless they say so.
  const isOwnAnswer = when.trigger === 'answered' && when.by === 'me';
  if (event.response === 'declined' && which.response !== 'declined' && !isOwnAnswer) return false;
  return NAMES.every((name) => {
    const wanted = which[name];
    if (wanted === undefined) return true;
    if (isHidden && isAboutContent(name, wanted)) return false;
    return (ALL[name] as (wanted: unknown, event: CalendarEvent, reader: Reader) => boolean)(wanted, event, reader);
  });
}

/** Of a room a meeting is one of several people; of a person one with others. */
const hasPeople = (event: CalendarEvent, reader: Reader) =>
  reader.isRoom ? peopleAt(event, reader).length > 1 : hasOthers(event);

const KIND_OF: Record<ChangedAspect, ChangeKind> = {
  time: 'moved',
  place: 'placeChanged',
  room: 'roomLost',
  link: 'linkChanged',
  subject: 'subjectChanged',
  people: 'attendeesChanged',
  agenda: 'bodyChanged',
};
const ANY_CHANGE: readonly ChangeKind[] = [...Object.values(KIND_OF), 'restored'];

export interface Answered {
  name: string;
  address: string;
  response: string;
}

/** Guests whose answer is another than it was. */
export function answersBetween(before: CalendarEvent | undefined, after: CalendarEvent | undefined): Answered[] {
  if (!before || !after) return [];
  const was = new Map(before.attendees.map((one) => [one.address, one.response]));
  return after.attendees.flatMap(({ name, address, type, response }) => {
    const isNew = type !== 'resource' && was.has(address) && was.get(address) !== response;
    return isNew && (ANSWERS as readonly string[]).includes(response) ? [{ name, address, response }] : [];
  });
}

/**
 * Gone from an organiser's calendar is a cancellation, from a room's too; gone from an invitee's is their own doing: the
 * organiser's cancelling arrives as `isCancelled` (nudges/changes.ts).
 */
function isCancelling({ aspects, before, after }: NoticedChange, reader: Reader): boolean {
  if (after) return aspects.includes('cancelled') && !before?.isDraft;
  if (!before || before.isCancelled || before.isDraft) return false;
  return reader.isRoom || before.isOrganizer || before.response === 'organizer';
}

function isAnswering(when: Extract<When, { trigger: 'answered' }>, change: NoticedChange): boolean {
  const { before, after, aspects } = change;
  if (!after || after.isCancelled) return false;
  const { answer, by } = when;
  if (by === 'others')
    return answersBetween(before, after).some((one) => answer === undefined || one.response === answer);
  if (!before || !aspects.includes('myAnswerChanged')) return false;
  return answer === undefined ? (ANSWERS as readonly string[]).includes(after.response) : after.response === answer;
}

function isChanging(kinds: readonly ChangeKind[], { aspects, before, after }: NoticedChange): boolean {
  if (!before || !after || after.isCancelled || before.isDraft) return false;
  return kinds.some((kind) => aspects.includes(kind));
}

/** Whether this change is what the rule waits for. A timed rule waits for none. */
export function happens(when: When, change: NoticedChange, reader: Reader): boolean {
  const { before, after, noticedAt, aspects } = change;
  // What is over is history that somebody tidies.
  if (endOf(before, reader) <= noticedAt && endOf(after, reader) <= noticedAt) return false;
  switch (when.trigger) {
    case 'created': {
      if (!after || after.isDraft || after.isCancelled) return false;
      return before ? before.isDraft : aspects.includes('created');
    }
    case 'changed':
      return isChanging(when.aspects?.map((aspect) => KIND_OF[aspect]) ?? ANY_CHANGE, change);
    case 'moved':
      return isChanging(['moved'], change);
    case 'cancelled':
      return isCancelling(change, reader);
    case 'answered':
      return isAnswering(when, change);
    default:
      return false;
  }
}

const endOf = (event: CalendarEvent | undefined, reader: Reader) => (event ? endsAt(event, reader.timeZone) : 0);

/** Where a room was lost: which ones. */
export const roomsLost = ({ before, after }: NoticedChange): string[] =>
  before && after ? lostRooms(before, after).map(({ room }) => room.name || room.address) : [];

/** All-day entries begin and end with the reader's days. */
export const startsAt = ({ allDay, startAt }: CalendarEvent, zone: string): number =>
  allDay ? instantOn(allDay.startDate, '00:00', zone) : startAt;
export const endsAt = ({ allDay, endAt }: CalendarEvent, zone: string): number =>
  allDay ? instantOn(allDay.endDate, '00:00', zone) : endAt;

/** When a timed rule is due for an entry. */
export function dueOf(when: TimedWhen, event: CalendarEvent, zone: string): number {
  return when.trigger === 'before'
    ? startsAt(event, zone) - when.minutes * MINUTE_MS
    : endsAt(event, zone) + when.minutes * MINUTE_MS;
}

/** Whether the clock may start the rule for this entry: an all-day one has no hour, unless the rule is about such. */
export const isTimable = (spec: RuleSpec, event: CalendarEvent): boolean =>
  event.type !== 'master' && !event.isCancelled && (event.allDay === undefined || spec.which.allDay === true);
