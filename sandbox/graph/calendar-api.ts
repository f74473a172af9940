/** CalendarStoreApi over the same writer and responder that HTTP uses. */
import type { Attendee, Event } from '@microsoft/microsoft-graph-types';
import { agendaText, htmlToText } from './body.ts';
import type { Directory } from './directory.ts';
import { accessDenied, itemNotFound } from './errors.ts';
import { calendarId, eventId } from './ids.ts';
import { type EventInput, readEvent } from './input.ts';
import {
  type CalendarKey,
  DEFAULT_CALENDAR,
  type Instance,
  type Item,
  type ItemRef,
  type Mailbox,
  ownerOfShared,
  type Wall,
} from './model.ts';
import type { Permissions } from './permissions.ts';
import { movedRecurrence } from './recurrence.ts';
import type { Answer, Responder } from './respond.ts';
import { sameAddress } from './shared.ts';
import type { CalendarStore } from './store.ts';
import type {
  CalendarActor,
  CalendarStoreApi,
  OutsideOrganizer,
  OwnCalendar,
  ViewedEvent,
  WriteScope,
} from './store-api.ts';
import { calendarInstances, instanceOn, instancesOf, singleInstance } from './view.ts';
import type { CalendarWriter } from './write.ts';
import { dayOf, instantOf, requireZone, wallOf } from './zones.ts';

const FOREVER = Date.UTC(2500, 0, 1);

function viewed(mailbox: Mailbox, instance: Instance): ViewedEvent {
  const { item, day, fields, startAt, endAt, type } = instance;
  return {
    id: eventId(mailbox.oid, item.key, day, false),
    type,
    ...(day === undefined ? {} : { seriesMasterId: eventId(mailbox.oid, item.key, undefined, false) }),
    subject: fields.subject,
    startAt,
    endAt,
    isAllDay: fields.isAllDay,
    isCancelled: fields.isCancelled,
    isOrganizer: item.isOrganizer,
    organizer: { ...item.organizer },
    attendees: fields.attendees.map(({ name, address, type: kind, status }) => ({
      name,
      address,
      type: kind,
      response: status.response,
    })),
    response: fields.response.response,
    location: fields.locations.map((place) => place.displayName).join('; '),
    isOnline: fields.online !== null,
    ...(fields.online ? { joinUrl: fields.online.joinUrl } : {}),
    showAs: fields.showAs,
    sensitivity: fields.sensitivity,
    bodyText: htmlToText(fields.bodyHtml),
    hasAgenda: agendaText(fields.bodyHtml) !== '',
    categories: [...fields.categories],
    timeZone: fields.start.zone,
  };
}

export class CalendarApi implements CalendarStoreApi {
  constructor(
    private readonly store: CalendarStore,
    private readonly writer: CalendarWriter,
    private readonly responder: Responder,
    private readonly directory: Directory,
    private readonly permissions: Permissions,
  ) {}

  calendars(actor: CalendarActor): OwnCalendar[] {
    const { oid, calendars } = this.mailbox(actor);
    return [...calendars]
      .filter(([key]) => ownerOfShared(key) === undefined)
      .map(([key, name]) => ({ id: calendarId(oid, key), name, isDefault: key === DEFAULT_CALENDAR }));
  }

  addCalendar(actor: CalendarActor, name: string): string {
    return this.store.addCalendar(this.mailbox(actor).oid, name);
  }

  shareCalendar(actor: CalendarActor, reader: CalendarActor): string {
    return this.store.shareCalendar(this.mailbox(actor).oid, this.mailbox(reader).oid);
  }

  view(actor: CalendarActor, fromAt: number, toAt: number, calendar?: string): ViewedEvent[] {
    const mailbox = this.mailbox(actor);
    const key = calendar === undefined ? undefined : this.ownCalendar(mailbox, calendar);
    const instances = calendarInstances(mailbox, key, fromAt, toAt, this.store.zone(mailbox));
    return instances.map((instance) => viewed(mailbox, instance));
  }

  create(actor: CalendarActor, event: Event, calendar?: string): ViewedEvent {
    const mailbox = this.mailbox(actor);
    const key = calendar === undefined ? DEFAULT_CALENDAR : this.ownCalendar(mailbox, calendar);
    const item = this.writer.create(mailbox, key, readEvent(event, this.directory));
    return this.show({ mailbox, item });
  }

  writeIntoRoom(room: CalendarActor, event: Event, organizer?: CalendarActor | OutsideOrganizer): ViewedEvent {
    const mailbox = this.mailbox(room);
    if (!organizer) return this.create(room, event);
    const invited = this.withRoom(event, room.oid);
    if (!('oid' in organizer))
      return this.show({ mailbox, item: this.writer.place(mailbox, readEvent(invited, this.directory), organizer) });
    const source = this.writer.create(this.mailbox(organizer), DEFAULT_CALENDAR, readEvent(invited, this.directory));
    const item = mailbox.items.get(source.copies[room.oid] ?? -1);
    if (!item) throw itemNotFound();
    this.responder.respond({ mailbox, item }, 'accept', { sendResponse: item.fields.responseRequested });
    return this.show({ mailbox, item });
  }

  /** The room is among those invited, once, and where it takes place unless the event says otherwise. */
  private withRoom(event: Event, oid: string): Event {
    const room = this.store.world.people.get(oid);
    const address = room?.upn ?? '';
    const others = (event.attendees ?? []).filter((one) => !sameAddress(one.emailAddress?.address ?? '', address));
    const invited: Attendee = { type: 'resource', emailAddress: { name: room?.displayName, address } };
    const place = { displayName: room?.displayName, locationEmailAddress: address };
    const location = event.location?.displayName ? event.location : place;
    return { ...event, location, attendees: [...others, invited] };
  }

  /** With scope "series" and the id of an occurrence, new times are those of that occurrence: all move along. */
  update(actor: CalendarActor, eventId: string, patch: Partial<Event>, scope: WriteScope = 'occurrence'): ViewedEvent {
    const ref = this.store.resolve(this.mailbox(actor), eventId);
    const input = readEvent(patch, this.directory);
    if (scope === 'series' && ref.day !== undefined)
      this.writer.update({ ...ref, day: undefined }, this.movedAlong(ref, ref.day, input));
    else this.writer.update(ref, input);
    return this.show(this.stillThere(ref));
  }

  cancel(actor: CalendarActor, eventId: string, comment: string, scope?: WriteScope): void {
    const ref = this.ref(actor, eventId, scope);
    if (ref.item.fields.attendees.length > 0) this.writer.cancel(ref, comment);
    else this.writer.remove(ref);
  }

  remove(actor: CalendarActor, eventId: string, scope?: WriteScope): void {
    this.writer.remove(this.ref(actor, eventId, scope));
  }

  respond(actor: CalendarActor, eventId: string, answer: Answer, comment?: string, scope?: WriteScope): void {
    const ref = this.ref(actor, eventId, scope);
    const instance = ref.day === undefined ? undefined : instanceOn(ref.item, ref.day, this.store.zone(ref.mailbox));
    const { responseRequested } = (instance ?? ref.item).fields;
    this.responder.respond(ref, answer, { comment, sendResponse: responseRequested });
  }

  onChange(listener: (mailboxOid: string) => void): () => void {
    return this.store.onChange(({ mailbox }) => listener(mailbox.oid));
  }

  private ownCalendar(mailbox: Mailbox, id: string): CalendarKey {
    const key = this.store.calendarByName(mailbox, id);
    if (ownerOfShared(key) !== undefined) throw accessDenied();
    return key;
  }

  private mailbox(actor: CalendarActor): Mailbox {
    const person = this.store.world.people.get(actor.oid);
    if (!person || person.tenantId !== actor.tenantId || !this.permissions.hasMailbox(person)) throw accessDenied();
    return this.store.mailbox(actor.oid);
  }

  private ref(actor: CalendarActor, id: string, scope: WriteScope = 'occurrence'): ItemRef {
    const ref = this.store.resolve(this.mailbox(actor), id);
    return scope === 'series' ? { ...ref, day: undefined } : ref;
  }

  private movedAlong(ref: ItemRef, day: number, input: EventInput): EventInput {
    const { item, mailbox } = ref;
    const instance = instanceOn(item, day, this.store.zone(mailbox));
    const { start, end } = input.fields;
    if (!instance || (!start && !end) || input.recurrence !== undefined) return input;
    const shift = (to: Wall | undefined, from: Wall, master: Wall): Wall =>
      to ? { wall: master.wall + (wallIn(to, from.zone) - from.wall), zone: from.zone } : master;
    const moved = {
      start: shift(start, instance.fields.start, item.fields.start),
      end: shift(end, instance.fields.end, item.fields.end),
    };
    const days = dayOf(moved.start.wall) - dayOf(item.fields.start.wall);
    const recurrence = item.recurrence && days !== 0 ? movedRecurrence(item.recurrence, days) : undefined;
    return { ...input, fields: { ...input.fields, ...moved }, ...(recurrence ? { recurrence } : {}) };
  }

  /** The occurrence that was changed, or the first of the series when that one is no longer planned. */
  private stillThere(ref: ItemRef): ItemRef {
    const { day, item, mailbox } = ref;
    if (day === undefined || instanceOn(item, day, this.store.zone(mailbox))) return ref;
    return { mailbox, item };
  }

  private show({ mailbox, item, day }: ItemRef): ViewedEvent {
    const zone = this.store.zone(mailbox);
    const instance = day === undefined ? firstLine(item, zone) : instanceOn(item, day, zone);
    if (!instance) throw itemNotFound();
    return viewed(mailbox, instance);
  }
}

function wallIn(value: Wall, zone: string): number {
  if (value.zone === zone) return value.wall;
  return wallOf(instantOf(value.wall, requireZone(value.zone)), requireZone(zone));
}

function firstLine(item: Item, mailboxZone: string): Instance | undefined {
  if (!item.recurrence) return singleInstance(item, mailboxZone);
  const from = item.fields.start.wall - 2 * 86_400_000;
  for (const days of [60, 800, 36_600]) {
    const first = instancesOf(item, from, Math.min(FOREVER, from + days * 86_400_000), mailboxZone)[0];
    if (first) return first;
  }
  return undefined;
}
