/** What is promised at the time that a change takes, or asks for. Pure. */
import type { CalendarEvent } from '../calendar/event.ts';
import { DAY_MS } from '../clock.ts';
import type { ChangeWord, Group, TakenAt } from './changes.ts';
import { isCommitted, promisedAmong } from './conflicts.ts';
import { freeTimesOf } from './free-times.ts';
import type { NoticedChange, PlanInput, Span } from './nudge.ts';

/** Nobody counts further. */
const MOST_OVERLAPPING = 12;
const ASKS_FOR_TIME: readonly ChangeWord[] = ['invited', 'restored', 'moved'];

/** Other times are looked for on the two working days after. */
const ALTERNATIVES_MS = 6 * DAY_MS;
const FURTHEST_MS = 56 * DAY_MS;

/** Where to look beyond the usual end of a plan, because something is to be there now; undefined: nowhere. */
export function farAhead(changes: readonly NoticedChange[], usualEnd: number): Span | undefined {
  let span: Span | undefined;
  for (const { after } of changes) {
    if (after?.calendarId !== '' || after.allDay || after.endAt + ALTERNATIVES_MS <= usualEnd) continue;
    if (after.startAt > usualEnd + FURTHEST_MS) continue;
    const from = Math.min(span?.from ?? after.startAt, after.startAt - DAY_MS);
    const to = Math.max(span?.to ?? 0, after.endAt + ALTERNATIVES_MS);
    span = { from: Math.max(from, usualEnd), to };
  }
  return span;
}

export interface Clash {
  /** The occurrence that they are about. */
  of?: CalendarEvent;
  with: CalendarEvent[];
}

/** Where each occurrence is to take place after the group's changes. */
function timesAfter({ all }: Group): Map<string, { startAt: number; before?: Span }> {
  const times = new Map<string, { startAt: number; before?: Span }>();
  for (const { change } of all)
    for (const { eventId, toStartAt, fromStartAt, fromEndAt } of change.occurrences) {
      const isTaken = change.before !== undefined && isCommitted(change.before);
      const was = isTaken && fromStartAt !== undefined && fromEndAt !== undefined;
      const before = times.get(eventId)?.before ?? (was ? { from: fromStartAt, to: fromEndAt } : undefined);
      if (toStartAt === undefined) times.delete(eventId);
      else times.set(eventId, { startAt: toStartAt, ...(before ? { before } : {}) });
    }
  return times;
}

const couldAttend = (event: CalendarEvent) =>
  event.calendarId === '' &&
  !event.isCancelled &&
  !event.isDraft &&
  !event.allDay &&
  event.showAs !== 'free' &&
  event.response !== 'declined';

/** Sees to it that nothing is computed for a plan without changes, and everything once. */
export class Clashes {
  private promised: ReturnType<typeof promisedAmong> | undefined;
  private free: ReturnType<typeof freeTimesOf> | undefined;
  private byId: Map<string, CalendarEvent> | undefined;
  private readonly found = new Map<Group['first'], Clash>();

  constructor(readonly input: PlanInput) {}

  private get known(): Map<string, CalendarEvent> {
    // An entry at the border is in both.
    this.byId ??= new Map([...this.input.events, ...(this.input.further ?? [])].map((event) => [event.id, event]));
    return this.byId;
  }

  private overlaps(span: Span): CalendarEvent[] {
    this.promised ??= promisedAmong([...this.known.values()]);
    return this.promised(span, MOST_OVERLAPPING);
  }

  /** When the meeting could be instead, as of an instant. */
  freeTimes(meeting: CalendarEvent, instant: number): Span[] {
    const { workingHours, timeZone } = this.input.person;
    this.free ??= freeTimesOf({ events: [...this.known.values()], workingHours, timeZone });
    return this.free(meeting, instant);
  }

  /**
   * What is promised at the same time. Two that overlap are told of with the one whose time was taken last; an
   * invitation takes no time yet, so all that is in its way counts.
   */
  of(group: Group, taken: TakenAt): Clash {
    const known = this.found.get(group.first);
    if (known) return known;
    const from = group.first.position;
    const last = group.all.at(-1)?.position ?? from;
    const isAsked = group.all.some((one) => one.words.some((word) => ASKS_FOR_TIME.includes(word)));
    const isNew = group.first.told.length === 0;
    const result: Clash = { with: [] };
    for (const [eventId, { startAt, before }] of timesAfter(group)) {
      const event = this.known.get(eventId);
      if (!event || event.startAt !== startAt || !couldAttend(event)) continue;
      const isPromised = isCommitted(event);
      const takenLast = taken.get(eventId) ?? -1;
      if (isPromised ? takenLast < from || takenLast > last : !isAsked) continue;
      const wasThere = (other: CalendarEvent) =>
        isNew && before !== undefined && other.startAt < before.to && other.endAt > before.from;
      const others = this.overlaps({ from: event.startAt, to: event.endAt }).filter(
        (other) => other.id !== eventId && !(isPromised && ((taken.get(other.id) ?? -1) > last || wasThere(other))),
      );
      if (others.length === 0) continue;
      result.of ??= event;
      result.with.push(...others);
    }
    result.with = [...new Set(result.with)].sort((a, b) => a.startAt - b.startAt || (a.id < b.id ? -1 : 1));
    this.found.set(group.first, result);
    return result;
  }
}
