/**
 * Fills a World with the demo tenant and its mailboxes with believable weeks around any `now`. What there is stands in
 * the tables of seed/; here is only how it gets into the stores.
 */
import type { Attendee, Event, Location } from '@microsoft/microsoft-graph-types';
import { graphLocation, graphRecurrence } from './calendar/event-form.ts';
import { addDays, addMinutes, dateOf, ianaZone, instantOf, timeOf, wallOf, weekdayOf } from './calendar/wall-clock.ts';
import type { CalendarStoreApi, ViewedEvent } from './graph/store-api.ts';
import {
  type Answer,
  MEETINGS,
  type MeetingSeed,
  OWN_CALENDARS,
  SHARED_WITH_MAIN,
  SOON,
  type SoonSeed,
} from './seed/meetings.ts';
import { EXTERNALS, PEOPLE, type PersonSeed, PLACES, ROOM_LISTS, TENANT } from './seed/people.ts';
import type { SandboxPerson, SandboxPlace, SandboxTenant, World } from './world.ts';

/** The places of the demo, with coordinates; rooms among them under their names. */
export const SANDBOX_PLACES: SandboxPlace[] = PLACES;

export interface SeededTenant {
  tenant: SandboxTenant;
  /** Whose week the demo tells. */
  main: SandboxPerson;
  /** Has the app role CalendarWatch.Admin. */
  admin: SandboxPerson;
  people: SandboxPerson[];
  rooms: SandboxPerson[];
}

const DAY_MS = 86_400_000;
const HORIZON_DAYS = 45;
/** Today's extra meetings only come while someone would be at work. */
const EARLIEST_NOW = '07:00';
const LATEST_START = '18:00';
const QUARTER_MINUTES = 15;

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

/** The same in every run, so that links, consents and stored tokens of an earlier demo stay valid. */
const fixedGuid = (tenantIndex: number, serial: number) =>
  `5e1d${hex(tenantIndex, 4)}-4b2a-4f6e-8c10-${hex(serial, 12)}`;

function seedPerson(tenant: SandboxTenant, tenantIndex: number, seed: PersonSeed, index: number): SandboxPerson {
  return {
    tenantId: tenant.tenantId,
    oid: fixedGuid(tenantIndex, index + 1),
    upn: `${seed.key}@${tenant.domain}`,
    displayName: seed.name,
    kind: seed.kind ?? 'person',
    mailboxTimeZone: seed.zone,
    locale: seed.locale,
    jobTitle: seed.title,
    officeLocation: seed.office,
    appRoles: seed.appRoles ?? [],
    enabled: true,
    hasMailbox: true,
    ...roomOf(tenant, seed),
  };
}

function roomOf({ domain }: SandboxTenant, seed: PersonSeed): Pick<SandboxPerson, 'room'> {
  if (!seed.room) return {};
  const { list, ...room } = seed.room;
  return { room: { ...room, roomListUpn: `${list}@${domain}` } };
}

function seedTenant(world: World, tenantIndex: number): SeededTenant {
  const suffix = tenantIndex === 0 ? '' : String(tenantIndex + 1);
  const tenant: SandboxTenant = {
    tenantId: fixedGuid(tenantIndex, 0),
    displayName: `${TENANT.name} ${suffix}`.trim(),
    domain: `${TENANT.domain}${suffix}.example`,
  };
  world.tenants.set(tenant.tenantId, tenant);
  const everyone = PEOPLE.map((seed, index) => seedPerson(tenant, tenantIndex, seed, index));
  for (const person of everyone) world.people.set(person.oid, person);
  for (const [key, displayName] of Object.entries(ROOM_LISTS)) {
    const upn = `${key}@${tenant.domain}`;
    world.roomLists.set(upn, { tenantId: tenant.tenantId, upn, displayName });
  }
  const people = everyone.filter((person) => person.kind === 'person');
  const [main] = people;
  const admin = people.find((person) => person.appRoles?.includes('CalendarWatch.Admin'));
  if (!main || !admin) throw new Error('The table of people needs a first person and an admin.');
  return { tenant, main, admin, people, rooms: everyone.filter((person) => person.kind === 'room') };
}

/** Adds the demo tenant, or several alike that differ in ids and domain; the first is always the same. */
export function seedWorld(world: World, options: { tenants?: number } = {}): SeededTenant[] {
  return Array.from({ length: options.tenants ?? 1 }, (_, index) => seedTenant(world, index));
}

/** The working day `offset` working days from `anchor`, which is one itself. */
function workingDay(anchor: string, offset: number): string {
  const fromMonday = weekdayOf(anchor) + offset;
  const week = Math.floor(fromMonday / 5);
  return addDays(anchor, week * 7 + (fromMonday - week * 5) - weekdayOf(anchor));
}

/** Today, or the Monday after when today is a Saturday or Sunday. */
function anchorOf(today: string): string {
  const weekday = weekdayOf(today);
  return weekday < 5 ? today : addDays(today, 7 - weekday);
}

/** One tenant's calendars being filled. */
interface Filling {
  store: CalendarStoreApi;
  world: World;
  tenant: SandboxTenant;
  main: SandboxPerson;
  anchor: string;
  now: number;
}

function personOf({ world, tenant }: Filling, key: string): SandboxPerson {
  const person = world.personByUpn(`${key}@${tenant.domain}`);
  if (!person) throw new Error(`The table of meetings names "${key}", whom the table of people does not know.`);
  return person;
}

const isExternal = (key: string) => key.includes('@');

function guestOf(filling: Filling, key: string): Attendee {
  if (isExternal(key)) return { type: 'required', emailAddress: { name: EXTERNALS[key] ?? key, address: key } };
  const { displayName, upn, kind } = personOf(filling, key);
  return { type: kind === 'room' ? 'resource' : 'required', emailAddress: { name: displayName, address: upn } };
}

function locationOf(filling: Filling, seed: MeetingSeed): Location | undefined {
  const name = seed.room ? personOf(filling, seed.room).displayName : seed.place;
  if (!name) return undefined;
  const place = PLACES.find((candidate) => candidate.displayName === name);
  if (!place) throw new Error(`The table of meetings names the place "${name}", which is not in the table of places.`);
  return graphLocation(place);
}

/** `date`, or the day before a Friday: a meeting over night must not end on a Saturday. */
const withWorkingDayAfter = (date: string) => (weekdayOf(date) === 4 ? addDays(date, -1) : date);

function wallTimes(filling: Filling, seed: MeetingSeed): { start: string; end: string } {
  const day = workingDay(filling.anchor, seed.day);
  if (!seed.at) {
    const last = workingDay(filling.anchor, seed.day + (seed.allDays ?? 1) - 1);
    return { start: `${day}T00:00`, end: `${addDays(last, 1)}T00:00` };
  }
  if (seed.untilNextDay) {
    const first = withWorkingDayAfter(day);
    return { start: `${first}T${seed.at}`, end: `${addDays(first, 1)}T${seed.untilNextDay}` };
  }
  const start = `${day}T${seed.at}`;
  return { start, end: addMinutes(start, seed.minutes ?? 30) };
}

const zoneNameOf = (filling: Filling, seed: MeetingSeed, owner: SandboxPerson) =>
  seed.zone === 'own' ? owner.mailboxTimeZone : filling.main.mailboxTimeZone;

/** Only what the row says; what it leaves out is left to the store's defaults. */
function graphEventOf(filling: Filling, seed: MeetingSeed, owner: SandboxPerson): Event {
  const timeZone = zoneNameOf(filling, seed, owner);
  const { start, end } = wallTimes(filling, seed);
  const guests = [...Object.keys(seed.guests ?? {}), ...(seed.room ? [seed.room] : [])];
  const event: Event = {
    subject: seed.subject,
    start: { dateTime: `${start}:00`, timeZone },
    end: { dateTime: `${end}:00`, timeZone },
    isAllDay: seed.at === undefined,
    attendees: guests.map((key) => guestOf(filling, key)),
    showAs: seed.showAs ?? 'busy',
    sensitivity: seed.isPrivate ? 'private' : 'normal',
    categories: seed.category ? [seed.category] : [],
  };
  const location = locationOf(filling, seed);
  const recurrence = seed.repeats && graphRecurrence(seed.repeats, dateOf(start), timeZone);
  if (location) event.location = location;
  if (recurrence) event.recurrence = recurrence;
  if (seed.agenda) event.body = { contentType: 'text', content: seed.agenda };
  if (seed.online) Object.assign(event, { isOnlineMeeting: true, onlineMeetingProvider: 'teamsForBusiness' });
  return event;
}

/** The meeting, or the occurrences of the series, as they stand in one person's calendar. */
function copiesOf(filling: Filling, person: SandboxPerson, seed: MeetingSeed, owner: SandboxPerson): ViewedEvent[] {
  const reach = HORIZON_DAYS * DAY_MS;
  return filling.store
    .view(person, filling.now - reach, filling.now + reach)
    .filter((event) => event.subject === seed.subject && event.organizer.address === owner.upn);
}

function applyChanges(filling: Filling, seed: MeetingSeed, owner: SandboxPerson): void {
  if (!seed.changes) return;
  const timeZone = zoneNameOf(filling, seed, owner);
  const occurrences = copiesOf(filling, owner, seed, owner);
  for (const { day, moveTo } of seed.changes) {
    const date = workingDay(filling.anchor, day);
    const occurrence = occurrences.find((event) => dateOf(wallOf(event.startAt, ianaZone(timeZone))) === date);
    if (!occurrence) throw new Error(`"${seed.subject}" has no occurrence on ${date}.`);
    if (!moveTo) {
      filling.store.remove(owner, occurrence.id, 'occurrence');
      continue;
    }
    const start = `${date}T${moveTo}`;
    const end = addMinutes(start, seed.minutes ?? 30);
    const times = {
      start: { dateTime: `${start}:00`, timeZone },
      end: { dateTime: `${end}:00`, timeZone },
    };
    filling.store.update(owner, occurrence.id, times, 'occurrence');
  }
}

/** What a guest does with an invitation: files it under the organiser's category and answers. */
function receive(filling: Filling, seed: MeetingSeed, owner: SandboxPerson, key: string, answer: Answer): void {
  if (isExternal(key)) return;
  const guest = personOf(filling, key);
  const [copy] = copiesOf(filling, guest, seed, owner);
  if (!copy) throw new Error(`"${seed.subject}" has not arrived in the calendar of ${guest.displayName}.`);
  const scope = seed.repeats ? 'series' : 'occurrence';
  if (seed.category) filling.store.update(guest, copy.id, { categories: [seed.category] }, scope);
  if (answer !== 'none') filling.store.respond(guest, copy.id, answer, undefined, scope);
}

const ownerOf = (filling: Filling, key: string | undefined) => (key ? personOf(filling, key) : filling.main);

/** The second calendars, and who may see whose first one. */
function addCalendars(filling: Filling): void {
  for (const { owner, name } of OWN_CALENDARS) filling.store.addCalendar(ownerOf(filling, owner), name);
  for (const key of SHARED_WITH_MAIN) filling.store.shareCalendar(personOf(filling, key), filling.main);
}

function calendarOf(filling: Filling, { calendar }: MeetingSeed, owner: SandboxPerson): string | undefined {
  if (!calendar) return undefined;
  const found = filling.store.calendars(owner).find((one) => one.name === calendar);
  if (!found) throw new Error(`${owner.displayName} has no calendar "${calendar}".`);
  return found.id;
}

function addMeeting(filling: Filling, seed: MeetingSeed): void {
  const owner = ownerOf(filling, seed.owner);
  const created = filling.store.create(owner, graphEventOf(filling, seed, owner), calendarOf(filling, seed, owner));
  for (const [key, answer] of Object.entries(seed.guests ?? {})) receive(filling, seed, owner, key, answer);
  applyChanges(filling, seed, owner);
  if (seed.cancelled) filling.store.cancel(owner, created.id, seed.cancelled);
}

/** Start and end of all that takes time today, on the main person's wall clock. */
function busyToday(filling: Filling, zone: string): { start: string; end: string }[] {
  const from = instantOf(`${filling.anchor}T00:00`, zone);
  return filling.store
    .view(filling.main, from, instantOf(`${addDays(filling.anchor, 1)}T00:00`, zone))
    .filter((event) => !event.isAllDay && !event.isCancelled)
    .map((event) => ({ start: wallOf(event.startAt, zone), end: wallOf(event.endAt, zone) }));
}

/** The first quarter of an hour, `afterMinutes` from now and at most two hours, at which the meeting fits. */
function gapFor(filling: Filling, soon: SoonSeed, zone: string): string | undefined {
  const now = wallOf(filling.now, zone);
  const busy = busyToday(filling, zone);
  const earliest = addMinutes(now, soon.afterMinutes);
  const late = Number(timeOf(earliest).slice(3)) % QUARTER_MINUTES;
  const isFree = (start: string) => {
    const end = addMinutes(start, soon.minutes);
    return busy.every((other) => other.end <= start || other.start >= end);
  };
  for (
    let start = addMinutes(earliest, late ? QUARTER_MINUTES - late : 0);
    ;
    start = addMinutes(start, QUARTER_MINUTES)
  ) {
    if (start > addMinutes(now, 120) || start > `${dateOf(now)}T${LATEST_START}`) return undefined;
    if (isFree(start)) return start;
  }
}

/** So that the demo has something to tell soon, whatever time of a working day it is started at. */
function addSoon(filling: Filling): void {
  const zone = ianaZone(filling.main.mailboxTimeZone);
  const now = wallOf(filling.now, zone);
  if (dateOf(now) !== filling.anchor || timeOf(now) < EARLIEST_NOW) return;
  for (const soon of SOON) {
    const start = gapFor(filling, soon, zone);
    if (start) addMeeting(filling, { ...soon, day: 0, at: timeOf(start) });
  }
}

/** Fills the calendars of every seeded tenant with weeks around `now`: working days, in the main person's zone. */
export function seedCalendars(store: CalendarStoreApi, world: World, options: { now: number }): void {
  const mainKey = PEOPLE[0]?.key;
  for (const tenant of world.tenants.values()) {
    const main = world.personByUpn(`${mainKey}@${tenant.domain}`);
    if (!main) continue;
    const today = dateOf(wallOf(options.now, ianaZone(main.mailboxTimeZone)));
    const filling: Filling = { store, world, tenant, main, anchor: anchorOf(today), now: options.now };
    addCalendars(filling);
    for (const meeting of MEETINGS) addMeeting(filling, meeting);
    addSoon(filling);
  }
}
