/**
 * What the organiser does, carried into the attendees' mailboxes: invitations, updates, cancellations. Each attendee
 * has an item of their own; the organiser's item knows the keys of these copies, and each copy knows its source.
 */
import type { SandboxPerson } from '../world.ts';
import type { Directory } from './directory.ts';
import type { AttendeeRecord, Fields, Item, Mailbox } from './model.ts';
import { DEFAULT_CALENDAR, NO_RESPONSE } from './model.ts';
import { CANCELLED_PREFIX, ownDefaults, sameAddress, sharedExceptions, sharedFor, trimExceptions } from './shared.ts';
import type { CalendarStore } from './store.ts';
import { instanceOn } from './view.ts';

/** Told of each invitation or new time that reaches a mailbox; rooms answer to it (rooms.ts). */
export type InvitationListener = (mailbox: Mailbox, item: Item, day?: number) => void;

export class Meetings {
  private readonly invited = new Set<InvitationListener>();

  constructor(
    private readonly store: CalendarStore,
    private readonly directory: Directory,
  ) {}

  onInvitation(listener: InvitationListener): void {
    this.invited.add(listener);
  }

  /** After the organiser has created the meeting or changed it as a whole; `before` is who was invited until then. */
  publish(mailbox: Mailbox, item: Item, before: AttendeeRecord[], rescheduled: boolean): void {
    const guests = this.guests(item, item.fields.attendees);
    for (const guest of guests) this.deliver(mailbox, item, guest, rescheduled);
    for (const former of this.guests(item, before))
      if (!guests.some((guest) => guest.oid === former.oid)) this.withdraw(item, former.oid);
  }

  /** After the organiser has changed one occurrence; `changed` is what of it. */
  publishOccurrence(mailbox: Mailbox, item: Item, day: number, before: Fields, changed: Partial<Fields>): void {
    const after = instanceOn(item, day, this.store.zone(mailbox))?.fields;
    if (!after) return;
    const rescheduled = changed.start !== undefined || changed.end !== undefined;
    const guests = this.guests(item, after.attendees);
    for (const guest of guests) {
      const copy = this.copyOf(item, guest.oid);
      if (copy) this.changeOccurrence(copy, guest, item, day, { after, changed }, rescheduled);
      else this.deliverOccurrence(mailbox, item, day, guest, after, rescheduled);
    }
    for (const former of this.guests(item, before.attendees))
      if (!guests.some((guest) => guest.oid === former.oid)) this.withdrawOccurrence(item, day, former.oid);
  }

  /** Before the organiser's item goes: every copy stays, marked as cancelled. */
  cancel(item: Item): void {
    for (const oid of Object.keys(item.copies)) this.withdraw(item, oid);
    this.withdrawExtras(item);
  }

  /** Takes back the invitations to single occurrences. */
  withdrawExtras(item: Item): void {
    for (const [day, exception] of Object.entries(item.exceptions))
      for (const oid of Object.keys(exception.copies ?? {})) this.withdrawOccurrence(item, Number(day), oid);
  }

  /** Before one occurrence goes from the organiser's series. */
  cancelOccurrence(item: Item, day: number): void {
    const oids = new Set([...Object.keys(item.copies), ...Object.keys(item.exceptions[day]?.copies ?? {})]);
    for (const oid of oids) this.withdrawOccurrence(item, day, oid);
  }

  /** The attendee's copy, if they still have it. */
  private copyOf(item: Item, oid: string): { mailbox: Mailbox; item: Item } | undefined {
    const key = item.copies[oid];
    const mailbox = this.store.mailboxes.get(oid);
    const copy = key === undefined ? undefined : mailbox?.items.get(key);
    return mailbox && copy ? { mailbox, item: copy } : undefined;
  }

  private guests(item: Item, attendees: AttendeeRecord[]): SandboxPerson[] {
    return attendees
      .filter((attendee) => !sameAddress(attendee.address, item.organizer.address))
      .map((attendee) => this.directory.mailboxOwner(attendee.address))
      .filter((person) => person !== undefined);
  }

  private deliver(source: Mailbox, item: Item, guest: SandboxPerson, rescheduled: boolean): void {
    const existing = this.copyOf(item, guest.oid);
    const shared = sharedFor(item.fields, guest.upn, item.fields.hideAttendees);
    if (!existing) {
      this.invite(source, item, guest, shared);
      return;
    }
    const copy = existing.item;
    const renewed = rescheduled ? { response: ownDefaults().response, showAs: ownDefaults().showAs } : {};
    copy.fields = { ...copy.fields, ...shared, ...renewed };
    copy.recurrence = structuredClone(item.recurrence);
    if (rescheduled || !item.recurrence) {
      copy.exceptions = sharedExceptions(item, guest.upn);
      copy.deletedDays = [...item.deletedDays];
    } else {
      trimExceptions(copy);
    }
    this.store.touch(existing.mailbox, copy);
    if (rescheduled) this.tell(existing.mailbox, copy);
  }

  private invite(source: Mailbox, item: Item, guest: SandboxPerson, shared: Partial<Fields>): void {
    const mailbox = this.store.mailbox(guest.oid);
    this.dropExtras(mailbox, item);
    const copy = this.store.insert(mailbox, {
      calendar: DEFAULT_CALENDAR,
      uid: item.uid,
      organizer: { ...item.organizer },
      isOrganizer: false,
      fields: { ...item.fields, ...shared, ...ownDefaults() },
      recurrence: structuredClone(item.recurrence),
      exceptions: sharedExceptions(item, guest.upn),
      deletedDays: [...item.deletedDays],
      copies: {},
      source: { oid: source.oid, key: item.key },
    });
    item.copies[guest.oid] = copy.key;
    this.tell(mailbox, copy);
  }

  /** Single occurrences that somebody had are part of the series once they get that (how Exchange does it is a guess). */
  private dropExtras(mailbox: Mailbox, item: Item): void {
    for (const { copies } of Object.values(item.exceptions)) {
      const extra = mailbox.items.get(copies?.[mailbox.oid] ?? -1);
      if (copies) delete copies[mailbox.oid];
      if (extra) this.store.drop(mailbox, extra);
    }
  }

  private changeOccurrence(
    copy: { mailbox: Mailbox; item: Item },
    guest: SandboxPerson,
    item: Item,
    day: number,
    { after, changed }: { after: Fields; changed: Partial<Fields> },
    rescheduled: boolean,
  ): void {
    // Somebody who had been taken off this occurrence gets all of it back.
    const wasOff = copy.item.exceptions[day]?.overrides.isCancelled === true;
    const shared = sharedFor(wasOff ? after : changed, guest.upn, item.fields.hideAttendees);
    const renewed = rescheduled || wasOff ? { response: ownDefaults().response, showAs: ownDefaults().showAs } : {};
    if (Object.keys(shared).length === 0) return;
    this.override(copy.mailbox, copy.item, day, { ...shared, ...renewed });
    if (rescheduled) this.tell(copy.mailbox, copy.item, day);
  }

  /** To somebody who is invited to this occurrence only, or has declined the series: a meeting of its own. */
  private deliverOccurrence(
    source: Mailbox,
    item: Item,
    day: number,
    guest: SandboxPerson,
    fields: Fields,
    rescheduled: boolean,
  ): void {
    const mailbox = this.store.mailbox(guest.oid);
    const exception = item.exceptions[day];
    if (!exception) return;
    const shared = sharedFor(fields, guest.upn, fields.hideAttendees);
    exception.copies ??= {};
    const existing = mailbox.items.get(exception.copies[guest.oid] ?? -1);
    if (existing) {
      const renewed = rescheduled ? { response: ownDefaults().response, showAs: ownDefaults().showAs } : {};
      existing.fields = { ...existing.fields, ...shared, ...renewed };
      this.store.touch(mailbox, existing);
      if (rescheduled) this.tell(mailbox, existing);
      return;
    }
    const copy = this.store.insert(mailbox, {
      calendar: DEFAULT_CALENDAR,
      uid: item.uid,
      uidDay: day,
      organizer: { ...item.organizer },
      isOrganizer: false,
      fields: { ...fields, ...shared, ...ownDefaults() },
      recurrence: null,
      exceptions: {},
      deletedDays: [],
      copies: {},
      source: { oid: source.oid, key: item.key, day },
    });
    exception.copies[guest.oid] = copy.key;
    this.tell(mailbox, copy);
  }

  private withdraw(item: Item, oid: string): void {
    const copy = this.copyOf(item, oid);
    delete item.copies[oid];
    if (!copy) return;
    this.markCancelled(copy.item);
    this.store.touch(copy.mailbox, copy.item);
  }

  private markCancelled(copy: Item): void {
    const cancelled = (subject: string) =>
      subject.startsWith(CANCELLED_PREFIX) ? subject : CANCELLED_PREFIX + subject;
    copy.fields.subject = cancelled(copy.fields.subject);
    Object.assign(copy.fields, { isCancelled: true, showAs: 'free' });
    for (const { overrides } of Object.values(copy.exceptions)) {
      if (overrides.subject !== undefined) overrides.subject = cancelled(overrides.subject);
      if (overrides.showAs !== undefined) overrides.showAs = 'free';
    }
  }

  private withdrawOccurrence(item: Item, day: number, oid: string): void {
    const copies = item.exceptions[day]?.copies;
    const mailbox = this.store.mailboxes.get(oid);
    const own = mailbox?.items.get(copies?.[oid] ?? -1);
    if (mailbox && own) {
      this.markCancelled(own);
      this.store.touch(mailbox, own);
    }
    if (copies) delete copies[oid];
    const copy = this.copyOf(item, oid);
    const instance = copy && instanceOn(copy.item, day, this.store.zone(copy.mailbox));
    if (!copy || !instance) return;
    const subject = CANCELLED_PREFIX + instance.fields.subject;
    this.override(copy.mailbox, copy.item, day, { subject, isCancelled: true, showAs: 'free' });
  }

  /** Makes or extends an exception of an attendee's copy. A day that they have removed stays removed. */
  private override(mailbox: Mailbox, item: Item, day: number, overrides: Partial<Fields>): void {
    if (item.deletedDays.includes(day)) {
      if (!overrides.start) return;
      item.deletedDays = item.deletedDays.filter((other) => other !== day);
    }
    if (!instanceOn(item, day, this.store.zone(mailbox))) return;
    putException(item, day, overrides, this.store.world.clock.now());
    this.store.touch(mailbox, item, day);
  }

  private tell(mailbox: Mailbox, item: Item, day?: number): void {
    for (const listener of this.invited) listener(mailbox, item, day);
  }
}

/** Adds to what the occurrence of `day` has of its own. The caller touches the item. */
export function putException(item: Item, day: number, overrides: Partial<Fields>, now: number): void {
  const exception = item.exceptions[day] ?? { overrides: {}, version: 0, createdAt: now, modifiedAt: now };
  exception.overrides = { ...exception.overrides, ...overrides };
  item.exceptions[day] = exception;
}

/** After a new time, everybody is asked again. */
export function unanswered(attendees: AttendeeRecord[]): AttendeeRecord[] {
  return attendees.map(({ name, address, type }) => ({ name, address, type, status: NO_RESPONSE }));
}
