/** What of a meeting reaches an attendee's copy, and in which words. */
import type { AttendeeRecord, ExceptionRecord, Fields, Item, OwnFields, SharedFields } from './model.ts';
import { NO_RESPONSE } from './model.ts';
import { seriesDays } from './recurrence.ts';

const SHARED: (keyof SharedFields)[] = [
  'subject',
  'bodyHtml',
  'start',
  'end',
  'isAllDay',
  'isCancelled',
  'importance',
  'sensitivity',
  'locations',
  'attendees',
  'online',
  'responseRequested',
  'allowNewTimeProposals',
  'hideAttendees',
];

export const CANCELLED_PREFIX = 'Canceled: ';

export const sameAddress = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Other attendees' answers are between them and the organiser; with hideAttendees even their names are. */
function attendeesFor(attendees: AttendeeRecord[], address: string, hide: boolean): AttendeeRecord[] {
  const visible = hide ? attendees.filter((attendee) => sameAddress(attendee.address, address)) : attendees;
  return visible.map(({ name, address: mail, type }) => ({ name, address: mail, type, status: NO_RESPONSE }));
}

/** The part of `fields` that the owner of `address` gets to see; works for overrides of an occurrence too. */
export function sharedFor(fields: Partial<Fields>, address: string, hide: boolean): Partial<SharedFields> {
  const shared: Partial<Record<keyof SharedFields, unknown>> = {};
  for (const name of SHARED) if (fields[name] !== undefined) shared[name] = fields[name];
  if (fields.attendees) shared.attendees = attendeesFor(fields.attendees, address, hide);
  return structuredClone(shared) as Partial<SharedFields>;
}

/** How a person's own part of a new invitation begins: tentative, unanswered, with Outlook's default reminder. */
export function ownDefaults(): OwnFields {
  return {
    categories: [],
    showAs: 'tentative',
    isReminderOn: true,
    reminderMinutes: 15,
    response: { response: 'notResponded', at: 0 },
  };
}

/** The organiser's exceptions, as an attendee's copy of the series begins with them. */
export function sharedExceptions(item: Item, address: string): Record<string, ExceptionRecord> {
  const exceptions: Record<string, ExceptionRecord> = {};
  for (const [day, { overrides, version, createdAt, modifiedAt }] of Object.entries(item.exceptions)) {
    const shared = sharedFor(overrides, address, item.fields.hideAttendees);
    if (Object.keys(shared).length > 0) exceptions[day] = { overrides: shared, version, createdAt, modifiedAt };
  }
  return exceptions;
}

/** After a change of the range: what is no longer planned has no exceptions either. */
export function trimExceptions(item: Item): void {
  const { recurrence } = item;
  const planned = (day: number) => recurrence !== null && seriesDays(recurrence, day, day).length > 0;
  for (const day of Object.keys(item.exceptions)) if (!planned(Number(day))) delete item.exceptions[day];
  item.deletedDays = item.deletedDays.filter(planned);
}
