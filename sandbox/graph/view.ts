/** From stored items to the lines of a calendar: expands series, applies exceptions, finds what overlaps a window. */
import type { Fields, Instance, Item, Mailbox } from './model.ts';
import { seriesDays } from './recurrence.ts';
import { dayOf, ianaZone, instantOf, wallOfDay } from './zones.ts';

const DAY_MS = 86_400_000;

/** The IANA zone in which the days of a series are counted. */
export function seriesZone(item: Item): string {
  return ianaZone(item.recurrence?.range?.recurrenceTimeZone ?? item.fields.start.zone) ?? 'UTC';
}

/**
 * When the fields take place. An all-day event has no zone of its own (Graph shows it from midnight to midnight in
 * whatever zone one asks for); it takes place on the owner's days, hence `mailboxZone` (IANA).
 */
export function instantsOf(fields: Fields, mailboxZone: string): { startAt: number; endAt: number } {
  const zoneOf = (zone: string) => (fields.isAllDay ? mailboxZone : (ianaZone(zone) ?? 'UTC'));
  return {
    startAt: instantOf(fields.start.wall, zoneOf(fields.start.zone)),
    endAt: instantOf(fields.end.wall, zoneOf(fields.end.zone)),
  };
}

/** The fields of the series as they are on `day`, exceptions left aside. */
function patternFields(item: Item, day: number): Fields {
  const { start, end } = item.fields;
  const wall = wallOfDay(day) + (start.wall - wallOfDay(dayOf(start.wall)));
  return {
    ...item.fields,
    start: { wall, zone: start.zone },
    end: { wall: wall + (end.wall - start.wall), zone: end.zone },
  };
}

/** The member of the series that was planned for `day`; the caller knows that the pattern has that day. */
function memberOn(item: Item, day: number, mailboxZone: string): Instance {
  const exception = item.exceptions[day];
  const fields = exception ? { ...patternFields(item, day), ...exception.overrides } : patternFields(item, day);
  const { version, createdAt, modifiedAt } = exception ?? item;
  const type = exception ? 'exception' : 'occurrence';
  return { item, day, fields, ...instantsOf(fields, mailboxZone), type, version, createdAt, modifiedAt };
}

export function instanceOn(item: Item, day: number, mailboxZone: string): Instance | undefined {
  if (!item.recurrence || item.deletedDays.includes(day)) return undefined;
  if (!item.exceptions[day] && seriesDays(item.recurrence, day, day).length === 0) return undefined;
  return memberOn(item, day, mailboxZone);
}

/** When the series planned the member of `day`, whatever an exception has made of it. */
export function originalStart(item: Item, day: number, mailboxZone: string): number {
  return instantsOf(patternFields(item, day), mailboxZone).startAt;
}

export function singleInstance(item: Item, mailboxZone: string): Instance {
  const { fields, version, createdAt, modifiedAt } = item;
  return { item, fields, ...instantsOf(fields, mailboxZone), type: 'singleInstance', version, createdAt, modifiedAt };
}

export function overlaps(instance: Instance, from: number, to: number): boolean {
  return instance.startAt < to && (instance.endAt > from || instance.startAt === from);
}

function seriesInstances(item: Item, from: number, to: number, mailboxZone: string): Instance[] {
  if (!item.recurrence) return [];
  const padding = 2 + Math.ceil((item.fields.end.wall - item.fields.start.wall) / DAY_MS);
  const days = new Set(seriesDays(item.recurrence, dayOf(from) - padding, dayOf(to) + 2));
  for (const day of Object.keys(item.exceptions)) days.add(Number(day));
  for (const day of item.deletedDays) days.delete(day);
  return [...days].map((day) => memberOn(item, day, mailboxZone));
}

const expansions = new WeakMap<Item, { key: string; instances: Instance[] }>();

/** The item's lines within the window, by start. */
export function instancesOf(item: Item, from: number, to: number, mailboxZone: string): Instance[] {
  const key = `${item.version}:${from}:${to}:${mailboxZone}`;
  const known = expansions.get(item);
  if (known?.key === key) return known.instances;
  const all = item.recurrence ? seriesInstances(item, from, to, mailboxZone) : [singleInstance(item, mailboxZone)];
  const instances = all
    .filter((instance) => overlaps(instance, from, to))
    .sort((a, b) => a.startAt - b.startAt || (a.day ?? 0) - (b.day ?? 0));
  expansions.set(item, { key, instances });
  return instances;
}

/** All lines of one calendar of the mailbox within the window, by start. */
export function calendarInstances(
  mailbox: Mailbox,
  calendar: string | undefined,
  from: number,
  to: number,
  mailboxZone: string,
): Instance[] {
  const found: Instance[] = [];
  for (const item of mailbox.items.values())
    if (calendar === undefined || item.calendar === calendar) found.push(...instancesOf(item, from, to, mailboxZone));
  return found.sort((a, b) => a.startAt - b.startAt || a.item.key - b.item.key || (a.day ?? 0) - (b.day ?? 0));
}
