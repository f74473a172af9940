/** The canonical truth of a mailbox, for checkers: every line of the default calendar, computed afresh. */
import { eventId } from './ids.ts';
import { DEFAULT_CALENDAR, type Instance, type Mailbox } from './model.ts';
import { type EventJson, PLAIN, renderInstance } from './render.ts';
import type { CalendarStore } from './store.ts';
import { calendarInstances, instancesOf } from './view.ts';
import { dayOf, formatDay } from './zones.ts';

export interface TruthEvent {
  id: string;
  immutableId: string;
  type: 'singleInstance' | 'occurrence' | 'exception';
  seriesMasterId?: string;
  immutableSeriesMasterId?: string;
  startAt: number;
  endAt: number;
  /** Of an all-day event: first day, and the day after the last; its instants are midnights of the mailbox zone. */
  days?: { from: string; until: string };
  /** As GET would answer, in UTC, with regular ids. */
  event: EventJson;
}

function linesOf(mailbox: Mailbox, key: number | undefined, fromAt: number, toAt: number, zone: string): Instance[] {
  if (key === undefined) return calendarInstances(mailbox, DEFAULT_CALENDAR, fromAt, toAt, zone);
  const item = mailbox.items.get(key);
  return item?.calendar === DEFAULT_CALENDAR ? instancesOf(item, fromAt, toAt, zone) : [];
}

/** With `key` only the lines of that item: after a change, the rest is as it was. */
export function truth(store: CalendarStore, oid: string, fromAt: number, toAt: number, key?: number): TruthEvent[] {
  const mailbox = store.mailbox(oid);
  const zone = store.zone(mailbox);
  return linesOf(mailbox, key, fromAt, toAt, zone).map((instance) => {
    const { item, day, fields, startAt, endAt, type } = instance;
    const series = (immutable: boolean) => eventId(oid, item.key, undefined, immutable);
    return {
      id: eventId(oid, item.key, day, false),
      immutableId: eventId(oid, item.key, day, true),
      type,
      ...(day === undefined ? {} : { seriesMasterId: series(false), immutableSeriesMasterId: series(true) }),
      startAt,
      endAt,
      ...(fields.isAllDay
        ? { days: { from: formatDay(dayOf(fields.start.wall)), until: formatDay(dayOf(fields.end.wall)) } }
        : {}),
      event: renderInstance(mailbox, instance, zone, PLAIN),
    };
  });
}
