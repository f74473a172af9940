/** Creating, changing and removing events: the one path that HTTP, calendar page and rooms all take. */
import type { PatternedRecurrence } from '@microsoft/microsoft-graph-types';
import { hasJoinBlock, newOnlineMeeting, storedHtml, withJoinBlock } from './body.ts';
import { badRequest, invalidRequest } from './errors.ts';
import {
  blankFields,
  checkTimes,
  DAY_MS,
  failedValidation,
  followAttendees,
  inZone,
  keepAnswers,
  sameWall,
} from './fields.ts';
import { guid } from './ids.ts';
import type { EventInput } from './input.ts';
import { type Meetings, putException, unanswered } from './meetings.ts';
import { DEFAULT_CALENDAR, type Fields, type Item, type ItemDraft, type ItemRef, type Mailbox } from './model.ts';
import { dayFromText, firstDayOf, normalizeRecurrence, seriesDays } from './recurrence.ts';
import { trimExceptions } from './shared.ts';
import type { CalendarStore } from './store.ts';
import { instanceOn, instantsOf, seriesZone } from './view.ts';
import { dayOf, formatDay, requireZone, wallOf } from './zones.ts';

export class CalendarWriter {
  constructor(
    private readonly store: CalendarStore,
    private readonly meetings: Meetings,
  ) {}

  /**
   * A transactionId that the mailbox has seen leads to the event that it made, not to another one. That the repeated
   * request is answered like the first one (201) is a guess: the documentation only says that nothing is made twice.
   */
  create(mailbox: Mailbox, calendar: string, input: EventInput): Item {
    const repeated = input.transactionId && this.byTransaction(mailbox, input.transactionId);
    if (repeated) return repeated;
    const item = this.store.insert(mailbox, this.draft(mailbox, calendar, input));
    this.meetings.publish(mailbox, item, [], true);
    return item;
  }

  /** A meeting of somebody else, put into this calendar by whoever may write there: accepted, and nobody is asked. */
  place(mailbox: Mailbox, input: EventInput, organizer: Item['organizer']): Item {
    const draft = this.draft(mailbox, DEFAULT_CALENDAR, input);
    const response = { response: 'accepted' as const, at: this.store.world.clock.now() };
    const fields = { ...draft.fields, response };
    return this.store.insert(mailbox, { ...draft, fields, organizer, isOrganizer: false });
  }

  private draft(mailbox: Mailbox, calendar: string, input: EventInput): ItemDraft {
    const { start, end } = input.fields;
    if (!start || !end) throw failedValidation('An event needs a start and an end.');
    const fields: Fields = { ...blankFields(), ...input.fields, start, end };
    if (input.body) fields.bodyHtml = storedHtml(input.body);
    checkTimes(fields);
    const recurrence = this.placeSeries(fields, input.recurrence ?? null);
    if (input.online) this.putOnline(mailbox, fields);
    const person = this.store.world.people.get(mailbox.oid);
    return {
      calendar,
      uid: guid(this.store.world.random).replaceAll('-', '').toUpperCase().padEnd(48, '0'),
      organizer: { name: person?.displayName ?? '', address: person?.upn ?? '' },
      isOrganizer: true,
      fields,
      recurrence,
      exceptions: {},
      deletedDays: [],
      copies: {},
      ...(input.transactionId ? { transactionId: input.transactionId } : {}),
    };
  }

  update(ref: ItemRef, input: EventInput): void {
    if (ref.day === undefined) this.updateWhole(ref.mailbox, ref.item, input);
    else this.updateOccurrence(ref.mailbox, ref.item, ref.day, input);
  }

  /** By the organiser of a meeting: everybody's copy is marked as cancelled, the own event goes. */
  cancel(ref: ItemRef, _comment: string): void {
    if (!ref.item.isOrganizer)
      throw invalidRequest("Your request can't be completed. You need to be an organizer to cancel a meeting.");
    this.remove(ref);
  }

  /** An organiser's removal cancels the meeting for the others; an attendee's is a matter of their own calendar. */
  remove(ref: ItemRef): void {
    const { mailbox, item, day } = ref;
    if (day === undefined) {
      if (item.isOrganizer) this.meetings.cancel(item);
      this.store.drop(mailbox, item);
      return;
    }
    if (item.isOrganizer) this.meetings.cancelOccurrence(item, day);
    this.dropOccurrence(mailbox, item, day);
  }

  /** Takes one occurrence out of the series; with the last one goes the series. */
  dropOccurrence(mailbox: Mailbox, item: Item, day: number): void {
    delete item.exceptions[day];
    item.deletedDays = [...item.deletedDays, day].sort((a, b) => a - b);
    const { recurrence } = item;
    const first = recurrence && firstDayOf(recurrence);
    const left =
      !recurrence || first === null || first === undefined
        ? []
        : seriesDays(recurrence, first, Number.MAX_SAFE_INTEGER, item.deletedDays.length + 1);
    if (left.every((other) => item.deletedDays.includes(other))) this.store.drop(mailbox, item);
    else this.store.touch(mailbox, item, day);
  }

  private byTransaction(mailbox: Mailbox, transactionId: string): Item | undefined {
    for (const item of mailbox.items.values()) if (item.transactionId === transactionId) return item;
    return undefined;
  }

  /**
   * Puts a series where it belongs: times in the zone of the recurrence, start on the first day on which the pattern
   * comes true. Changes `fields`, returns the recurrence complete.
   */
  private placeSeries(fields: Fields, input: PatternedRecurrence | null): PatternedRecurrence | null {
    if (!input) return null;
    const zoneName = input.range?.recurrenceTimeZone || fields.start.zone;
    requireZone(zoneName);
    if (!fields.isAllDay) {
      fields.start = inZone(fields.start, zoneName);
      fields.end = inZone(fields.end, zoneName);
    }
    const startDay = dayOf(fields.start.wall);
    const recurrence = normalizeRecurrence(input, zoneName, startDay);
    const shift = ((firstDayOf(recurrence) ?? startDay) - startDay) * DAY_MS;
    fields.start = { ...fields.start, wall: fields.start.wall + shift };
    fields.end = { ...fields.end, wall: fields.end.wall + shift };
    return recurrence;
  }

  private putOnline(mailbox: Mailbox, fields: Fields): void {
    if (fields.online) return;
    fields.online = newOnlineMeeting(mailbox.tenantId, mailbox.oid, this.store.world.random);
    fields.bodyHtml = withJoinBlock(fields.bodyHtml, fields.online);
    if (fields.locations.length === 0)
      fields.locations = [
        {
          displayName: 'Microsoft Teams Meeting',
          locationType: 'default',
          uniqueId: 'Microsoft Teams Meeting',
          uniqueIdType: 'private',
        },
      ];
  }

  /** What of the input differs from `before`, the body's join block and the online state included. */
  private changes(mailbox: Mailbox, item: Item, before: Fields, input: EventInput): Partial<Fields> {
    const after: Fields = { ...before, ...input.fields };
    if (input.fields.attendees) after.attendees = keepAnswers(input.fields.attendees, before.attendees);
    if (input.fields.start && sameWall(input.fields.start, before.start)) after.start = before.start;
    if (input.fields.end && sameWall(input.fields.end, before.end)) after.end = before.end;
    if (input.body) after.bodyHtml = storedHtml(input.body);
    if (after.online && input.body && !hasJoinBlock(after.bodyHtml, after.online)) after.online = null;
    if (input.online && item.isOrganizer) this.putOnline(mailbox, after);
    const rescheduled = after.start !== before.start || after.end !== before.end || after.isAllDay !== before.isAllDay;
    if (rescheduled) checkTimes(after);
    if (rescheduled && item.isOrganizer) after.attendees = unanswered(after.attendees);
    const names = Object.keys(after) as (keyof Fields)[];
    const different = names.filter((name) => JSON.stringify(after[name]) !== JSON.stringify(before[name]));
    return Object.fromEntries(different.map((name) => [name, after[name]])) as Partial<Fields>;
  }

  private updateWhole(mailbox: Mailbox, item: Item, input: EventInput): void {
    const before = item.fields;
    const changed = this.changes(mailbox, item, before, input);
    const fields = { ...before, ...changed };
    const timesChanged = 'start' in changed || 'end' in changed || 'isAllDay' in changed;
    const recurrence = this.nextRecurrence(item, input, fields, timesChanged);
    const patternChanged = JSON.stringify(recurrence?.pattern) !== JSON.stringify(item.recurrence?.pattern);
    const rangeChanged = JSON.stringify(recurrence?.range) !== JSON.stringify(item.recurrence?.range);
    if (Object.keys(changed).length === 0 && !patternChanged && !rangeChanged) return;
    const rescheduled = timesChanged || patternChanged;
    if (rescheduled && item.isOrganizer) fields.attendees = unanswered(fields.attendees);
    item.fields = fields;
    item.recurrence = recurrence;
    if (rescheduled) this.forgetExceptions(item);
    else if (rangeChanged) trimExceptions(item);
    if ('attendees' in changed) followAttendees(item, before.attendees);
    this.store.touch(mailbox, item);
    const shared = rescheduled || rangeChanged || Object.keys(changed).some((name) => !OWN.has(name));
    if (item.isOrganizer && shared) this.meetings.publish(mailbox, item, before.attendees, rescheduled);
  }

  /** A new start without a new recurrence moves the range along, as dragging a whole series does in Outlook. */
  private nextRecurrence(item: Item, input: EventInput, fields: Fields, timesChanged: boolean) {
    if (input.recurrence !== undefined) return this.placeSeries(fields, input.recurrence);
    if (!item.recurrence || !timesChanged) return item.recurrence;
    const { pattern, range } = structuredClone(item.recurrence);
    const zoneName = fields.isAllDay ? fields.start.zone : (range?.recurrenceTimeZone ?? fields.start.zone);
    const day = dayOf(fields.isAllDay ? fields.start.wall : inZone(fields.start, zoneName).wall);
    const moved = day !== dayOf(item.fields.start.wall);
    return this.placeSeries(fields, { pattern, range: moved ? { ...range, startDate: formatDay(day) } : range });
  }

  private forgetExceptions(item: Item): void {
    this.meetings.withdrawExtras(item);
    item.exceptions = {};
    item.deletedDays = [];
  }

  private updateOccurrence(mailbox: Mailbox, item: Item, day: number, input: EventInput): void {
    const before = instanceOn(item, day, this.store.zone(mailbox))?.fields;
    if (!before) return;
    if (input.recurrence) throw failedValidation('An occurrence cannot have a recurrence of its own.');
    const changed = this.changes(mailbox, item, before, input);
    if (Object.keys(changed).length === 0) return;
    if (changed.start) this.checkNeighbours(item, day, { ...before, ...changed }, this.store.zone(mailbox));
    putException(item, day, changed, this.store.world.clock.now());
    this.store.touch(mailbox, item, day);
    const shared = Object.keys(changed).some((name) => !OWN.has(name));
    if (item.isOrganizer && shared) this.meetings.publishOccurrence(mailbox, item, day, before, changed);
  }

  /** Exchange keeps the members of a series in order and off each other's days. */
  private checkNeighbours(item: Item, day: number, fields: Fields, mailboxZone: string): void {
    if (!item.recurrence) return;
    const zone = seriesZone(item);
    const dayIn = (other: Fields) =>
      dayOf(other.isAllDay ? other.start.wall : wallOf(instantsOf(other, mailboxZone).startAt, zone));
    const spare = item.deletedDays.length + 1;
    const first = dayFromText(item.recurrence.range?.startDate) ?? day;
    const earlier = seriesDays(item.recurrence, first, day - 1).reverse();
    const later = seriesDays(item.recurrence, day + 1, Number.MAX_SAFE_INTEGER, spare);
    const nearest = (days: number[]) => days.find((other) => !item.deletedDays.includes(other));
    const occupied = (other: number | undefined) => {
      const instance = other === undefined ? undefined : instanceOn(item, other, mailboxZone);
      return instance && dayIn(instance.fields);
    };
    const wanted = dayIn(fields);
    const previous = occupied(nearest(earlier)) ?? Number.NEGATIVE_INFINITY;
    const next = occupied(nearest(later)) ?? Number.POSITIVE_INFINITY;
    if (wanted <= previous || wanted >= next)
      throw badRequest(
        'ErrorOccurrenceCrossingBoundary',
        'Modified occurrence is crossing or overlapping adjacent occurrence.',
      );
  }
}

/** What a person changes in their own calendar without anybody else hearing of it. */
const OWN = new Set(['categories', 'showAs', 'isReminderOn', 'reminderMinutes', 'response']);
