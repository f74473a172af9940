/**
 * The mailboxes. Every change of an item goes through insert, touch or drop: they alone count versions, write the
 * change log that delta reads and tell the listeners (notifier, calendar page, state file).
 */
import type { World } from '../world.ts';
import { GraphError, itemNotFound, malformedId } from './errors.ts';
import { calendarId, decodeEventId } from './ids.ts';
import {
  type CalendarKey,
  DEFAULT_CALENDAR,
  type Item,
  type ItemDraft,
  type ItemRef,
  type Mailbox,
  sharedKey,
} from './model.ts';
import { instanceOn } from './view.ts';
import { ianaZone } from './zones.ts';

export interface StoreChange {
  mailbox: Mailbox;
  item: Item;
  /** The occurrence that the change was about, if about one. */
  day?: number;
  change: 'created' | 'updated' | 'deleted';
}

/** Older changes are forgotten, and with them the sync tokens that need them. */
const LOG_LIMIT = 20_000;

export class CalendarStore {
  readonly mailboxes = new Map<string, Mailbox>();
  private readonly listeners = new Set<(change: StoreChange) => void>();

  constructor(readonly world: World) {}

  /** The mailbox of a person of the world, made when first asked for. */
  mailbox(oid: string): Mailbox {
    const known = this.mailboxes.get(oid);
    if (known) return known;
    const person = this.world.people.get(oid);
    if (!person) throw new GraphError(404, 'ErrorInvalidUser', `The requested user '${oid}' is invalid.`);
    const mailbox: Mailbox = {
      oid,
      tenantId: person.tenantId,
      nextKey: 1,
      version: 0,
      items: new Map(),
      log: [],
      logFrom: 0,
      generation: 1,
      calendars: new Map([[DEFAULT_CALENDAR, 'Calendar']]),
      settings: {},
    };
    this.mailboxes.set(oid, mailbox);
    return mailbox;
  }

  /** The mailbox's zone under the name that Exchange keeps. */
  zoneName(mailbox: Mailbox): string {
    return mailbox.settings.timeZone ?? this.world.people.get(mailbox.oid)?.mailboxTimeZone ?? 'UTC';
  }

  zone(mailbox: Mailbox): string {
    return ianaZone(this.zoneName(mailbox)) ?? 'UTC';
  }

  /** Returns the id of the new calendar. */
  addCalendar(oid: string, name: string): string {
    const { calendars } = this.mailbox(oid);
    let serial = calendars.size;
    while (calendars.has(`calendar-${serial}`)) serial += 1;
    const key = `calendar-${serial}`;
    calendars.set(key, name);
    return calendarId(oid, key);
  }

  /** The owner's default calendar shows among those of `withOid`, under the owner's name. Returns its id there. */
  shareCalendar(ownerOid: string, withOid: string): string {
    const key = sharedKey(ownerOid);
    this.mailbox(withOid).calendars.set(key, this.world.people.get(ownerOid)?.displayName ?? ownerOid);
    return calendarId(withOid, key);
  }

  unshareCalendar(ownerOid: string, withOid: string): void {
    this.mailbox(withOid).calendars.delete(sharedKey(ownerOid));
  }

  calendarByName(mailbox: Mailbox, id: string): CalendarKey {
    for (const key of mailbox.calendars.keys()) if (calendarId(mailbox.oid, key) === id) return key;
    throw itemNotFound();
  }

  /** What an event id of either form leads to; 400 for what is no id, 404 for what is no longer there. */
  resolve(mailbox: Mailbox, id: string): ItemRef {
    const decoded = decodeEventId(id, mailbox.oid);
    if (decoded === undefined) throw malformedId();
    if (decoded === 'foreign') throw itemNotFound();
    const item = mailbox.items.get(decoded.key);
    if (!item) throw itemNotFound();
    const { day } = decoded;
    if (day !== undefined && !instanceOn(item, day, this.zone(mailbox))) throw itemNotFound();
    return { mailbox, item, day };
  }

  insert(mailbox: Mailbox, draft: ItemDraft): Item {
    const now = this.world.clock.now();
    const item: Item = { ...draft, key: mailbox.nextKey++, version: 0, createdAt: now, modifiedAt: now };
    mailbox.items.set(item.key, item);
    this.record(mailbox, item, 'created');
    return item;
  }

  /** After the item has been changed in place. */
  touch(mailbox: Mailbox, item: Item, day?: number): void {
    item.modifiedAt = this.world.clock.now();
    this.record(mailbox, item, 'updated', day);
  }

  drop(mailbox: Mailbox, item: Item): void {
    mailbox.items.delete(item.key);
    this.record(mailbox, item, 'deleted');
  }

  /** Returns how to stop listening. */
  onChange(listener: (change: StoreChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private record(mailbox: Mailbox, item: Item, change: StoreChange['change'], day?: number): void {
    mailbox.version++;
    item.version = mailbox.version;
    const exception = day === undefined ? undefined : item.exceptions[day];
    if (exception) {
      exception.version = mailbox.version;
      exception.modifiedAt = this.world.clock.now();
    }
    mailbox.log.push({ version: mailbox.version, key: item.key, calendar: item.calendar });
    if (mailbox.log.length > LOG_LIMIT) {
      const forgotten = mailbox.log.splice(0, LOG_LIMIT / 2);
      mailbox.logFrom = forgotten.at(-1)?.version ?? mailbox.logFrom;
    }
    for (const listener of this.listeners) listener({ mailbox, item, day, change });
  }
}
