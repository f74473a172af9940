/** From what somebody says to rooms that are free then; and the same for a meeting of theirs. */
import type { CalendarEvent } from '../calendar/event.ts';
import { DAY_MS, HOUR_MS } from '../clock.ts';
import type { Message } from '../delivery/message.ts';
import { disguised } from '../nudges/chosen.ts';
import type { Span } from '../nudges/nudge.ts';
import { buildingsOf, type Nearby, nearCalled, whereNext } from '../rooms/near.ts';
import { hasPrivateOne, meetingAt, meetingCalled, peopleIn, seriesCalled } from '../rooms/own-meeting.ts';
import { refusingRooms } from '../rooms/refusing.ts';
import { searchRooms } from '../rooms/search.ts';
import type { Found, Room, Wish } from '../rooms/types.ts';
import type { RoomWords } from '../rooms/wish-words.ts';
import type { Sql } from '../store/database.ts';
import { eventsBetween } from '../store/events.ts';
import { type Person, placesOf, settingsOf } from '../store/people.ts';
import { readableRooms } from '../store/room-people.ts';
import { roomsOf } from '../store/rooms.ts';
import { sentence } from './cards/answers.ts';
import { plain } from './cards/parts.ts';
import { type RoomsFoundFacts, roomsFoundCard } from './cards/room-found.ts';
import { aboutSeries, BESIDE_A_PRIVATE_ONE, ONE_OF_A_SERIES, PRIVATE_ONES } from './room-limits.ts';
import { enumerate } from './words.ts';

const MOST_SHOWN = 5;
/** Some of what is found may not be known well enough to be offered. */
const MOST_LOOKED_AT = 40;
const MEETINGS_AHEAD_MS = 14 * DAY_MS;
const LONGEST_TOGETHER_MS = 8 * HOUR_MS;
const MOST_NAMED = 8;

export const noRooms = (isAdmin: boolean): Message =>
  sentence(
    isAdmin
      ? 'I know no rooms yet. **rooms add all** adds those of your organisation, **rooms add list** with an address those of a room list.'
      : 'I know no rooms yet. An admin can add them with **rooms add all**.',
  );

/** The words of a meeting as its owner wants them shown. */
const shownMeeting = (event: CalendarEvent, person: Person) => {
  const { id, subject, startAt, endAt } = disguised(event, settingsOf(person));
  return { eventId: id, subject, startAt, endAt };
};

const scoreOrder = (a: Found, b: Found) => a.score - b.score || (a.room.roomId < b.room.roomId ? -1 : 1);

export interface Sought {
  span: Span;
  people: number;
  features: readonly string[];
  nearby?: Nearby;
  prefers?: { near?: Wish['near']; preferBuilding?: string };
  /** Ids of rooms that are not offered. */
  besides?: ReadonlySet<string>;
}

/** Those alone that are known to be free: a calendar that could not be read says nothing. */
async function search(sql: Sql, tenantId: string, sought: Sought): Promise<{ found: Found[]; isElsewhere: boolean }> {
  const { span, people, features, nearby } = sought;
  const readable = await readableRooms(sql, tenantId, span.to);
  const near = nearby ? nearby.near : sought.prefers?.near;
  const preferBuilding = nearby ? undefined : sought.prefers?.preferBuilding;
  const wish: Wish = {
    span,
    people,
    features,
    ...(near ? { near } : {}),
    ...(preferBuilding ? { preferBuilding } : {}),
  };
  const look = async (more: Partial<Wish>) =>
    (await searchRooms(sql, tenantId, { ...wish, ...more }, MOST_LOOKED_AT, sought.besides)).filter((one) =>
      readable.has(one.room.roomId),
    );
  const there: Found[] = [];
  for (const building of nearby?.buildings ?? []) there.push(...(await look({ building })));
  if (there.length > 0) return { found: there.sort(scoreOrder).slice(0, MOST_SHOWN), isElsewhere: false };
  const found = (await look({})).slice(0, MOST_SHOWN);
  return { found, isElsewhere: (nearby?.buildings.length ?? 0) > 0 };
}

const together = (one: Span, event: CalendarEvent): Span => ({
  from: Math.min(one.from, event.startAt),
  to: Math.max(one.to, event.endAt),
});

/** Calendars are read a month or two ahead: beyond that nobody knows what is free. */
async function isTooFar(sql: Sql, tenantId: string, { span }: Sought): Promise<boolean> {
  const known = await readableRooms(sql, tenantId);
  return known.size > 0 && (await readableRooms(sql, tenantId, span.to)).size === 0;
}

const TOO_FAR =
  'I know rooms’ calendars a month or two ahead, and that is later. Please ask me nearer the time, or book it in Outlook.';

function nothingFree(sought: Sought, rooms: readonly Room[]): Message {
  const seats = Math.max(0, ...rooms.map((one) => one.capacity ?? 0));
  const unknown = sought.features.filter((feature) => !rooms.some((one) => one.features.includes(feature)));
  if (unknown.length > 0)
    return sentence(
      `No room here has ${enumerate(unknown.map((one) => `“${plain(one, 40)}”`))}, as far as Places says.`,
    );
  if (seats > 0 && sought.people > seats && rooms.every((one) => one.capacity !== null))
    return sentence(`The largest room that I know has **${seats}** seats.`);
  return sentence('No room that fits is free then. Try another time, fewer people, or fewer wishes.');
}

interface Finding {
  tenantId: string;
  person: Person;
  isAdmin: boolean;
}

async function cardFor(
  sql: Sql,
  finding: Finding,
  wanted: Sought,
  about: { rooms: readonly Room[]; into?: CalendarEvent | undefined; isOnlyInto: boolean; notes: string[] },
  now: number,
): Promise<Message> {
  const { tenantId, person } = finding;
  const { into, isOnlyInto } = about;
  const sought = into ? { ...wanted, besides: await refusingRooms(sql, person, into, now) } : wanted;
  const joint = into && together(sought.span, into);
  const isJoint = joint !== undefined && joint.to - joint.from <= LONGEST_TOGETHER_MS;
  const first = await search(sql, tenantId, isJoint ? { ...sought, span: joint } : sought);
  const isInto = isJoint && first.found.length > 0;
  const { found, isElsewhere } = isJoint && !isInto && !isOnlyInto ? await search(sql, tenantId, sought) : first;
  if (found.length === 0)
    return (await isTooFar(sql, tenantId, sought)) ? sentence(TOO_FAR) : nothingFree(sought, about.rooms);
  const meeting = into && (isInto || isOnlyInto) ? shownMeeting(into, person) : undefined;
  const notes = [
    ...about.notes,
    ...(isElsewhere ? ['Nothing that fits is free there; these are elsewhere.'] : []),
    ...(meeting && into?.seriesMasterId ? [ONE_OF_A_SERIES] : []),
  ];
  const facts: RoomsFoundFacts = {
    found,
    startAt: sought.span.from,
    endAt: sought.span.to,
    people: sought.people,
    ...(meeting ? { into: meeting, ...(isOnlyInto ? { isOnlyInto: true } : {}) } : {}),
    ...(notes.length > 0 ? { note: notes.join(' ') } : {}),
  };
  return roomsFoundCard(facts, person, now);
}

const usualPeople = 2;

/** Why, and what can be done instead. */
function noneCalled(words: string, events: readonly CalendarEvent[], now: number): string {
  const series = words === 'next' ? undefined : seriesCalled(words, events, now);
  if (series) return aboutSeries(series.subject);
  const none =
    words === 'next'
      ? 'In the next two weeks I see no meeting of yours without a room.'
      : `I see no meeting that you organise called “${plain(words, 60)}” in the next two weeks.`;
  if (hasPrivateOne(events, { from: now, to: now + MEETINGS_AHEAD_MS })) return `${none} ${PRIVATE_ONES}`;
  return words === 'next' ? none : `${none} For a time instead, say **room friday 14-15**.`;
}

/** @param words what was said, taken apart */
export async function findRoomsFor(sql: Sql, finding: Finding, words: RoomWords, now: number): Promise<Message> {
  const { tenantId, person } = finding;
  const rooms = await roomsOf(sql, tenantId);
  if (rooms.length === 0) return noRooms(finding.isAdmin);
  const places = await placesOf(sql, tenantId, person.personId);
  const nearby = words.near === undefined ? undefined : nearCalled(words.near, rooms, places);
  if (words.near !== undefined && !nearby) {
    const names = buildingsOf(rooms)
      .slice(0, MOST_NAMED)
      .map((name) => plain(name, 40));
    const known = names.length > 0 ? ` I know ${enumerate(names)}.` : '';
    return sentence(`I know no building or place called “${plain(words.near, 60)}”.${known}`);
  }
  const from = words.span?.from ?? now;
  const until = words.span ? words.span.to + DAY_MS : now + MEETINGS_AHEAD_MS;
  const events = await eventsBetween(sql, tenantId, person.personId, from - DAY_MS, until);
  const named = words.meeting === undefined ? undefined : meetingCalled(words.meeting, events, now);
  if (words.meeting !== undefined && !named) return sentence(noneCalled(words.meeting, events, now));
  const span = named ? { from: named.startAt, to: named.endAt } : words.span;
  if (!span) return sentence('When? For example **room now 30min for 4**, or **room friday 14-15**.');
  const into = named ?? meetingAt(events, span, now);
  const sought: Sought = {
    span,
    people: words.people ?? (into ? peopleIn(into) : usualPeople),
    features: words.features,
    ...(nearby ? { nearby } : {}),
    prefers: whereNext(
      events.filter((one) => one.id !== into?.id),
      span,
      rooms,
      places,
    ),
  };
  const notes = !into && hasPrivateOne(events, span) ? [BESIDE_A_PRIVATE_ONE] : [];
  return cardFor(sql, finding, sought, { rooms, into, isOnlyInto: named !== undefined, notes }, now);
}

/** Other rooms for a meeting of theirs. */
export async function findRoomsForMeeting(
  sql: Sql,
  finding: Finding,
  event: CalendarEvent,
  notes: string[],
  now: number,
): Promise<Message> {
  const { tenantId, person } = finding;
  const rooms = await roomsOf(sql, tenantId);
  if (rooms.length === 0) return noRooms(finding.isAdmin);
  const places = await placesOf(sql, tenantId, person.personId);
  const { startAt, endAt } = event;
  const events = await eventsBetween(sql, tenantId, person.personId, startAt - DAY_MS, endAt + DAY_MS);
  const span = { from: startAt, to: endAt };
  const lost = rooms.find((one) => event.attendees.some((guest) => guest.address === one.address));
  const prefers = lost
    ? {
        ...(lost.building ? { preferBuilding: lost.building } : {}),
        ...(lost.coordinates ? { near: lost.coordinates } : {}),
      }
    : whereNext(
        events.filter((one) => one.id !== event.id),
        span,
        rooms,
        places,
      );
  const sought: Sought = { span, people: peopleIn(event), features: [], prefers };
  return cardFor(sql, finding, sought, { rooms, into: event, isOnlyInto: true, notes }, now);
}

/** The same time again, without a meeting of theirs. */
export async function findRoomsAt(
  sql: Sql,
  finding: Finding,
  span: Span,
  notes: string[],
  now: number,
): Promise<Message> {
  const rooms = await roomsOf(sql, finding.tenantId);
  const sought: Sought = { span, people: usualPeople, features: [] };
  return cardFor(sql, finding, sought, { rooms, isOnlyInto: false, notes }, now);
}
