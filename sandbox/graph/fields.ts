/** The fields of an event as a write finds and leaves them: what a new one begins with, and what must hold of all. */
import { badRequest, invalidRequest } from './errors.ts';
import type { AttendeeRecord, Fields, Item, Wall } from './model.ts';
import { sameAddress } from './shared.ts';
import { instantsOf } from './view.ts';
import { instantOf, requireZone, wallOf } from './zones.ts';

export const DAY_MS = 86_400_000;

export const failedValidation = (why: string) =>
  badRequest('ErrorPropertyValidationFailure', `At least one property failed validation. ${why}`);

/** All-day events lie between midnights; every event ends no earlier than it starts. */
export function checkTimes(fields: Fields): void {
  const { start, end, isAllDay } = fields;
  if (isAllDay) {
    if (start.wall % DAY_MS !== 0)
      throw invalidRequest('The Event.Start property for an all-day event needs to be set to midnight.');
    if (end.wall % DAY_MS !== 0)
      throw invalidRequest('The Event.End property for an all-day event needs to be set to midnight.');
    if (requireZone(start.zone) !== requireZone(end.zone))
      throw invalidRequest('Start and end of an all-day event need to be in the same time zone.');
    if (end.wall - start.wall < DAY_MS)
      throw invalidRequest('The duration of an event marked as All day must be at least 24 hours.');
    return;
  }
  const { startAt, endAt } = instantsOf(fields, 'UTC');
  if (endAt < startAt) throw failedValidation('The end is before the start.');
}

export function inZone(value: Wall, zoneName: string): Wall {
  const wall = wallOf(instantOf(value.wall, requireZone(value.zone)), requireZone(zoneName));
  return { wall, zone: zoneName };
}

export const sameWall = (a: Wall, b: Wall) =>
  instantOf(a.wall, requireZone(a.zone)) === instantOf(b.wall, requireZone(b.zone));

export function blankFields(): Omit<Fields, 'start' | 'end'> {
  return {
    subject: '',
    bodyHtml: '',
    isAllDay: false,
    isCancelled: false,
    importance: 'normal',
    sensitivity: 'normal',
    locations: [],
    attendees: [],
    online: null,
    responseRequested: true,
    allowNewTimeProposals: true,
    hideAttendees: false,
    categories: [],
    showAs: 'busy',
    isReminderOn: true,
    reminderMinutes: 15,
    response: { response: 'organizer', at: 0 },
  };
}

/** Answers already given survive a new list of attendees. */
export function keepAnswers(attendees: AttendeeRecord[], before: AttendeeRecord[]): AttendeeRecord[] {
  return attendees.map((attendee) => {
    const known = before.find((other) => sameAddress(other.address, attendee.address));
    return known ? { ...attendee, status: known.status } : attendee;
  });
}

/** An own list of attendees on an exception follows who joins and leaves the series. */
export function followAttendees(item: Item, before: AttendeeRecord[]): void {
  const has = (list: AttendeeRecord[], address: string) => list.some((one) => sameAddress(one.address, address));
  const { attendees } = item.fields;
  const joined = attendees.filter((one) => !has(before, one.address));
  const left = before.filter((one) => !has(attendees, one.address));
  for (const { overrides } of Object.values(item.exceptions)) {
    if (!overrides.attendees) continue;
    const staying = overrides.attendees.filter((one) => !has(left, one.address));
    overrides.attendees = [...staying, ...joined.filter((one) => !has(staying, one.address))];
  }
}
