/** Who is in a meeting beside the one who speaks, and how they can be told something. */
import type { CalendarEvent, Party } from '../calendar/event.ts';
import { DISCREET_SUBJECT, disguised, isChosen } from '../nudges/chosen.ts';
import { endOfSilence, silencesOf } from '../nudges/silence.ts';
import type { Sql } from '../store/database.ts';
import { eventsBetween, findByUid, findEvent } from '../store/events.ts';
import { findPeopleByAddress, type Person, settingsOf } from '../store/people.ts';
import { hearsColleagues } from './switches.ts';

const ADDRESS = /^[^\s@]{1,64}@[^\s@]{1,255}$/;

type Me = Pick<Person, 'address'>;

const isMe = (event: CalendarEvent, { address }: Me, one: Party) =>
  one.address === address || (event.isOrganizer && one.address === event.organizer.address);

/** As the invitation calls them. */
export function selfIn(event: CalendarEvent, person: Me): Party | undefined {
  const named = event.attendees.find((one) => isMe(event, person, one) && one.name !== '');
  return event.isOrganizer ? event.organizer : named;
}

/** Each once, without rooms; the organiser first, where that is somebody else. */
export function othersIn(event: CalendarEvent, person: Me): Party[] {
  const invited = event.attendees.filter((one) => one.type !== 'resource');
  const seen = new Set<string>();
  return [event.organizer, ...invited]
    .filter((one) => ADDRESS.test(one.address) && !isMe(event, person, one))
    .filter(({ address }) => !seen.has(address) && seen.add(address))
    .map(({ name, address }) => ({ name: name || address, address }));
}

/** What everybody's calendar calls it. An occurrence has the series' uid in one mailbox and its own where it was changed. */
export async function uidsOf(
  sql: Sql,
  { tenantId, personId }: Pick<Person, 'tenantId' | 'personId'>,
  event: CalendarEvent,
): Promise<string[]> {
  const master = event.seriesMasterId && (await findEvent(sql, tenantId, personId, event.seriesMasterId));
  return [event.uid, master ? master.uid : undefined].flatMap((uid) => uid ?? []);
}

export interface Reached {
  party: Party;
  person: Person;
  /** They want silence until then. */
  dueAt: number;
  /** The meeting's, as far as both of them want it shown. */
  subject: string;
}

export interface Reach {
  inChat: Reached[];
  /** Not with us, or not to be disturbed by this. */
  elsewise: Party[];
}

export interface Word {
  /** As the one who speaks has it. */
  event: CalendarEvent;
  until: number;
  /** Worth nothing later: it does not wait for the end of a silence, and focus time does not keep it. */
  isUrgent: boolean;
}

/** Who of these can be told in chat, and when. */
export async function reach(
  sql: Sql,
  from: Person,
  parties: readonly Party[],
  { event, until, isUrgent }: Word,
  now: number,
): Promise<Reach> {
  const { tenantId } = from;
  const addresses = parties.map((one) => one.address);
  const found = await findPeopleByAddress(sql, tenantId, addresses);
  const known = new Map(found.map((person) => [person.address, person]));
  const uids = await uidsOf(sql, from, event);
  const speaker = [from.address, selfIn(event, from)?.address].flatMap((one) => one ?? []);
  const result: Reach = { inChat: [], elsewise: [] };
  for (const party of parties) {
    const person = known.get(party.address);
    if (person?.personId === from.personId) continue;
    const theirs = person && (await findByUid(sql, tenantId, person.personId, uids, event.startAt));
    const word = { from: speaker, event: theirs, until, isUrgent };
    const dueAt = person && (await hearsAt(sql, person, word, now));
    if (!person || dueAt === undefined) result.elsewise.push(party);
    else result.inChat.push({ party, person, dueAt, subject: subjectBetween(event, theirs, from, person) });
  }
  return result;
}

const isHidden = (event: CalendarEvent, person: Person) => disguised(event, settingsOf(person)) !== event;

/** Either of them may have marked it private, and either may want that hidden. */
function subjectBetween(event: CalendarEvent, theirs: CalendarEvent | undefined, from: Person, to: Person): string {
  const isDiscreet = isHidden(event, from) || isHidden(event, to) || (theirs !== undefined && isHidden(theirs, to));
  return isDiscreet ? DISCREET_SUBJECT : event.subject;
}

/**
 * When somebody may be told a colleague's word, if at all: whom and what they muted or left out is so for this too, and
 * their silence is kept.
 */
export async function hearsAt(
  sql: Sql,
  person: Person,
  /** Addresses of the one who speaks; the meeting as it is in the hearer's own calendar, if it is there. */
  word: { from: readonly string[]; event: CalendarEvent | undefined; until: number; isUrgent: boolean },
  now: number,
): Promise<number | undefined> {
  const { from, event, until, isUrgent } = word;
  const settings = settingsOf(person);
  if (!hearsColleagues(settings)) return undefined;
  if (settings.mutedPeople.some(({ id }) => from.includes(id))) return undefined;
  if (event && !isChosen(event, settings)) return undefined;
  const { tenantId, personId, timeZone, away } = person;
  const around = await eventsBetween(sql, tenantId, personId, now, until);
  const silences = silencesOf({ now, person: { settings, timeZone, ...(away ? { away } : {}) } }, around, until);
  const dueAt = endOfSilence(now, isUrgent ? silences.full : silences.both);
  return dueAt === now || (!isUrgent && dueAt < until) ? dueAt : undefined;
}
