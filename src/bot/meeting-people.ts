/** Who is in a meeting beside the one who speaks, and how they can be told something. */
import type { CalendarEvent, Party } from '../calendar/event.ts';
import { endOfSilence, silencesOf } from '../nudges/silence.ts';
import type { Sql } from '../store/database.ts';
import { eventsBetween } from '../store/events.ts';
import { findPeopleByAddress, type Person, settingsOf } from '../store/people.ts';

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

export interface Reached {
  party: Party;
  person: Person;
  /** They want silence until then. */
  dueAt: number;
}

export interface Reach {
  inChat: Reached[];
  /** Not with us, or not to be disturbed by this. */
  elsewise: Party[];
}

/** @param isUrgent worth nothing later: it does not wait for the end of a silence, and focus time does not keep it */
export async function reach(
  sql: Sql,
  from: Pick<Person, 'tenantId' | 'personId' | 'address'>,
  parties: readonly Party[],
  { until, isUrgent }: { until: number; isUrgent: boolean },
  now: number,
): Promise<Reach> {
  const { tenantId } = from;
  const found = await findPeopleByAddress(
    sql,
    tenantId,
    parties.map((one) => one.address),
  );
  const known = new Map(found.map((person) => [person.address, person]));
  const result: Reach = { inChat: [], elsewise: [] };
  for (const party of parties) {
    const person = known.get(party.address);
    if (person?.personId === from.personId) continue;
    const dueAt = person && (await hearsAt(sql, person, from, { until, isUrgent }, now));
    if (person && dueAt !== undefined) result.inChat.push({ party, person, dueAt });
    else result.elsewise.push(party);
  }
  return result;
}

async function hearsAt(
  sql: Sql,
  person: Person,
  from: Me,
  { until, isUrgent }: { until: number; isUrgent: boolean },
  now: number,
): Promise<number | undefined> {
  const settings = settingsOf(person);
  if (settings.mutedPeople.some(({ id }) => id === from.address)) return undefined;
  const { tenantId, personId, timeZone, away } = person;
  const around = await eventsBetween(sql, tenantId, personId, now, until);
  const silences = silencesOf({ now, person: { settings, timeZone, ...(away ? { away } : {}) } }, around, until);
  const dueAt = endOfSilence(now, isUrgent ? silences.full : silences.both);
  return dueAt === now || (!isUrgent && dueAt < until) ? dueAt : undefined;
}
