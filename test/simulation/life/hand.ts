/** What every deed needs: the calendar at hand, chance, others to invite, and words for what is done. */
import type { Attendee, Event, Location } from '@microsoft/microsoft-graph-types';
import { graphLocation } from '../../../sandbox/calendar/event-form.ts';
import { decodeEventId, eventId } from '../../../sandbox/graph/ids.ts';
import { GraphError, type ViewedEvent } from '../../../sandbox/graph/store-api.ts';
import { PLACES } from '../../../sandbox/seed/people.ts';
import type { Chance } from '../chance.ts';
import type { Chosen, SimPerson } from '../history.ts';
import type { Intent, LifeApi } from './life.ts';
import type { Cast, Zone } from './people.ts';
import { addMinutes, DAY_MS, HOUR_MS, MINUTE_MS, wallOf } from './wall.ts';
import { wordsFor } from './words.ts';

/** Does something to the calendar of that person; false when there was nothing to do it to. */
export type Act = (hand: Hand, person: SimPerson) => boolean;

export interface Deed {
  name?: string;
  weight: number;
  act: Act;
}

/** What things are filed under that nobody does: a room that answers. */
const OF_ITSELF = 'of itself';
const WORDS = ['Budget', 'Roadmap', 'Review', 'Sync', 'Interview', 'Planning', 'Retro', 'Demo', 'Pricing', 'Launch'];
const AGENDAS = [
  'Numbers of the week\nOpen questions\nWho does what',
  'What moved\nWhat is next',
  'Decide on the offer',
  'Look at the drafts\nChoose one\nNext steps',
];
const WISHED = {
  noAgenda: 'no agenda needed',
  signedIn: 'signed in',
  press: 'pressed a button',
  rule: 'made a rule',
  noRule: 'ended a rule',
};
const WEEK = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const OUTSIDERS = ['ida.novak@partner.example', 'jan.kestrel@bikes.example'];

export interface Meeting {
  start: string;
  minutes: number;
  guests?: Attendee[];
  agenda?: string;
  more?: Partial<Event>;
}

export class Hand {
  private serial = 0;
  private ruleSerial = 0;
  /** By oid. */
  private readonly rules = new Map<string, number>();
  private readonly zones = new Map<string, Zone>();
  private readonly chosen = new Map<string, Partial<Chosen>>();

  constructor(
    readonly api: LifeApi,
    readonly chance: Chance,
    readonly cast: Cast,
    readonly startAt: number,
    private readonly plan: (delayMs: number, act: (hand: Hand) => void) => void,
    private readonly counts: Map<string, number>,
  ) {}

  now(): number {
    return this.api.now();
  }

  /** Does it; what the calendar refuses (a move over the neighbour, an event that went) is left undone. */
  attempt(person: SimPerson, act: Act): boolean {
    try {
      return act(this, person);
    } catch (error) {
      if (error instanceof GraphError) return false;
      throw error;
    } finally {
      this.api.cause(OF_ITSELF);
    }
  }

  later(delayMs: number, person: SimPerson, act: Act): void {
    this.plan(Math.floor(delayMs), (hand) => hand.attempt(person, act));
  }

  /** Writes under that name. Counted only if it was not refused. */
  as<T>(cause: string, write: () => T): T {
    this.api.cause(cause);
    const result = write();
    this.count(cause);
    return result;
  }

  count(cause: string): void {
    const word = cause.replace(/^travels to .*/, 'travels');
    this.counts.set(word, (this.counts.get(word) ?? 0) + 1);
  }

  wish(wish: Intent): void {
    if (wish.kind === 'watch') this.count(wish.on ? 'watch on' : 'watch off');
    else if (wish.kind === 'remind') this.count(`remind ${Math.min(2, wish.minutes.length)}`);
    else if (wish.kind === 'choose') for (const name of Object.keys(wish.patch)) this.count(`chose ${name}`);
    else this.count(WISHED[wish.kind]);
    this.api.wish(wish);
  }

  /** Of lists that grow (what is muted) the person knows what was in them. */
  choose(person: SimPerson, patch: Partial<Chosen>, typed?: string): void {
    this.chosen.set(person.oid, { ...this.chosen.get(person.oid), ...patch });
    const words = this.chance.hits(0.7) ? (typed ?? wordsFor(patch)) : undefined;
    if (words) this.count('typed');
    this.wish({ at: this.now(), oid: person.oid, kind: 'choose', patch, ...(words ? { words } : {}) });
  }

  chosenBy(person: SimPerson): Partial<Chosen> {
    return this.chosen.get(person.oid) ?? {};
  }

  zone(person: SimPerson): Zone {
    return this.zones.get(person.oid) ?? { iana: person.timeZone, name: person.mailboxTimeZone };
  }

  setZone(person: SimPerson, zone: Zone): void {
    this.zones.set(person.oid, zone);
    this.api.control.setMailboxSettings(person.oid, { timeZone: zone.name });
    this.setHours(person);
  }

  /** Working hours in Outlook, where they are not the usual ones. */
  setHours(person: SimPerson): void {
    const hours = this.cast.hours.get(person.oid);
    if (!hours) return;
    this.api.control.setMailboxSettings(person.oid, {
      workingHours: {
        daysOfWeek: hours.days.map((day) => WEEK[day]),
        startTime: `${hours.start}:00.0000000`,
        endTime: `${hours.end}:00.0000000`,
        timeZone: { name: this.zone(person).name },
      },
    });
  }

  subject(): string {
    this.serial += 1;
    return `${this.chance.pick(WORDS)} ${this.serial}`;
  }

  rulesOf(person: SimPerson): number {
    return this.rules.get(person.oid) ?? 0;
  }

  /** Of all people together, so that no two rules say the same. */
  nextRule(person: SimPerson): number {
    this.rules.set(person.oid, this.rulesOf(person) + 1);
    this.ruleSerial += 1;
    return this.ruleSerial;
  }

  agenda(): string {
    return this.chance.pick(AGENDAS) ?? 'Everything';
  }

  place(): Location | undefined {
    const places = PLACES.filter((place) => !place.displayName.startsWith('Room'));
    const place = this.chance.pick(places);
    return place && graphLocation(place);
  }

  room(person: SimPerson): Attendee | undefined {
    const room = this.chance.pick(this.cast.rooms.get(person.tenantId) ?? []);
    return room && { type: 'resource', emailAddress: { name: room.displayName, address: room.upn } };
  }

  colleagues(person: SimPerson): SimPerson[] {
    return this.cast.people.filter((other) => other.tenantId === person.tenantId && other !== person);
  }

  /** Some colleagues, now and then somebody from outside. */
  guests(person: SimPerson, count: number): Attendee[] {
    const pool = this.colleagues(person);
    const chosen: Attendee[] = [];
    while (chosen.length < count && pool.length > 0) {
      const [one] = pool.splice(Math.floor(this.chance.random() * pool.length), 1);
      if (one) chosen.push(attendeeOf(one.name, one.address, this.chance.hits(0.2) ? 'optional' : 'required'));
    }
    if (this.chance.hits(0.08)) {
      const address = this.chance.pick(OUTSIDERS) ?? '';
      chosen.push(attendeeOf(address, address, 'required'));
    }
    return chosen;
  }

  /** A meeting of that person, at times on their wall. */
  meeting(person: SimPerson, { start, minutes, guests = [], agenda, more = {} }: Meeting): Event {
    const timeZone = this.zone(person).name;
    return {
      subject: this.subject(),
      start: { dateTime: `${start}:00`, timeZone },
      end: { dateTime: `${addMinutes(start, minutes)}:00`, timeZone },
      attendees: guests,
      ...(agenda === undefined ? {} : { body: { contentType: 'text', content: agenda } }),
      ...more,
    };
  }

  create(person: SimPerson, event: Event): ViewedEvent {
    return this.api.calendar.create(person, event);
  }

  update(person: SimPerson, event: ViewedEvent, patch: Partial<Event>, scope?: 'series'): ViewedEvent {
    return this.api.calendar.update(person, event.id, patch, scope);
  }

  /** The same meeting at another time on the person's wall. */
  times(person: SimPerson, event: ViewedEvent, start: string): Pick<Event, 'start' | 'end'> {
    const timeZone = this.zone(person).name;
    const minutes = Math.max(5, Math.round((event.endAt - event.startAt) / MINUTE_MS));
    return {
      start: { dateTime: `${start}:00`, timeZone },
      end: { dateTime: `${addMinutes(start, minutes)}:00`, timeZone },
    };
  }

  wall(person: SimPerson, at: number): string {
    return wallOf(at, this.zone(person).iana);
  }

  /** What is still to come and takes place: half of the time only the next day's, where most changes are. */
  coming(person: SimPerson, filter: (event: ViewedEvent) => boolean, days?: number): ViewedEvent[] {
    const now = this.now();
    const reach = days ?? (this.chance.hits(0.5) ? 1 : 12);
    const found = this.api.calendar
      .view(person, now, now + reach * DAY_MS)
      .filter((event) => event.startAt > now && !event.isCancelled && filter(event));
    if (found.length > 0 || days !== undefined || reach > 1) return found;
    return this.coming(person, filter, 12);
  }

  pick(person: SimPerson, filter: (event: ViewedEvent) => boolean, days?: number): ViewedEvent | undefined {
    return this.chance.pick(this.coming(person, filter, days));
  }

  /** The guests among our people answer, some at once, some tomorrow, some never. */
  letAnswer(organizer: SimPerson, made: ViewedEvent, within: number = DAY_MS): void {
    for (const { address } of made.attendees) {
      const guest = this.cast.people.find((one) => one.address === address);
      if (!guest || guest === organizer || this.chance.hits(0.25)) continue;
      const delay = this.chance.hits(0.5)
        ? this.chance.between(MINUTE_MS, HOUR_MS)
        : this.chance.between(HOUR_MS, within);
      this.later(Math.min(delay, within), guest, (hand) => hand.answerInvitation(guest, made));
    }
  }

  answerInvitation(guest: SimPerson, made: ViewedEvent): boolean {
    const copies = this.api.calendar.view(guest, made.startAt - DAY_MS, made.startAt + DAY_MS);
    const copy = copies.find((one) => one.subject === made.subject && !one.isCancelled && !one.isOrganizer);
    if (!copy) return false;
    const scope = copy.seriesMasterId ? 'series' : 'occurrence';
    const answer = this.chance.hits(0.12) ? 'decline' : this.chance.hits(0.2) ? 'tentativelyAccept' : 'accept';
    this.as(ANSWERED[answer], () => this.api.calendar.respond(guest, copy.id, answer, undefined, scope));
    return true;
  }
}

export const ANSWERED = { accept: 'accepted', decline: 'declined', tentativelyAccept: 'tentatively accepted' };

export function attendeeOf(name: string, address: string, type: Attendee['type'] = 'required'): Attendee {
  return { type, emailAddress: { name, address } };
}

export const attendeesOf = (event: ViewedEvent): Attendee[] =>
  event.attendees.map((one) => attendeeOf(one.name, one.address, one.type));

/** The id that does not change, of an event or (as its series) of its head. */
export function immutableId(person: SimPerson, id: string): string | undefined {
  const decoded = decodeEventId(id, person.oid);
  if (decoded === undefined || decoded === 'foreign') return undefined;
  return eventId(person.oid, decoded.key, decoded.day, true);
}
