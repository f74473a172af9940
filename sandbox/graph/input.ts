/** Reads the JSON of an event that a client sends: refuses what Graph refuses, ignores what Graph ignores. */
import type { Event, ItemBody, Location, PatternedRecurrence } from '@microsoft/microsoft-graph-types';
import { z } from 'zod';
import type { Directory } from './directory.ts';
import { badRequest } from './errors.ts';
import { type AttendeeRecord, type Fields, NO_RESPONSE, type Wall } from './model.ts';
import { parseDateTime, requireZone, wallOf } from './zones.ts';

const MAX_ATTENDEES = 500;

const text = z.string().nullish();
const flag = z.boolean().nullish();
const dateTime = z.object({ dateTime: z.string(), timeZone: text });
const readOnly = z.unknown();

const address = z.object({
  street: text,
  city: text,
  state: text,
  countryOrRegion: text,
  postalCode: text,
  type: text,
});

const coordinates = z.object({
  latitude: z.number().nullish(),
  longitude: z.number().nullish(),
  altitude: z.number().nullish(),
  accuracy: z.number().nullish(),
  altitudeAccuracy: z.number().nullish(),
});

const location = z.object({
  displayName: text,
  address: address.nullish(),
  coordinates: coordinates.nullish(),
  locationUri: text,
  locationEmailAddress: text,
});

const attendee = z.object({
  emailAddress: z.object({ name: text, address: text }),
  type: z.enum(['required', 'optional', 'resource']).nullish(),
});

const weekday = z.enum(['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']);

const recurrence = z.object({
  pattern: z.object({
    type: z.enum(['daily', 'weekly', 'absoluteMonthly', 'relativeMonthly', 'absoluteYearly', 'relativeYearly']),
    interval: z.number().optional(),
    month: z.number().optional(),
    dayOfMonth: z.number().optional(),
    daysOfWeek: z.array(weekday).nullish(),
    firstDayOfWeek: weekday.nullish(),
    index: z.enum(['first', 'second', 'third', 'fourth', 'last']).nullish(),
  }),
  range: z.object({
    type: z.enum(['endDate', 'noEnd', 'numbered']),
    startDate: text,
    endDate: text,
    recurrenceTimeZone: text,
    numberOfOccurrences: z.number().optional(),
  }),
});

/** Every property that the type has; those that only the server sets are taken and ignored. */
const eventSchema = z
  .object({
    subject: text,
    body: z.object({ contentType: z.enum(['text', 'html']).nullish(), content: text }).nullish(),
    start: dateTime,
    end: dateTime,
    isAllDay: flag,
    importance: z.enum(['low', 'normal', 'high']),
    sensitivity: z.enum(['normal', 'personal', 'private', 'confidential']),
    showAs: z.enum(['free', 'tentative', 'busy', 'oof', 'workingElsewhere', 'unknown']),
    categories: z.array(z.string()).nullish(),
    location: location.nullish(),
    locations: z.array(location).nullish(),
    attendees: z.array(attendee).nullish(),
    recurrence: recurrence.nullable(),
    isOnlineMeeting: flag,
    onlineMeetingProvider: z.enum(['unknown', 'teamsForBusiness', 'skypeForBusiness', 'skypeForConsumer']).nullish(),
    isReminderOn: flag,
    reminderMinutesBeforeStart: z.number().int().nullish(),
    responseRequested: flag,
    allowNewTimeProposals: flag,
    hideAttendees: flag,
    transactionId: text,
    id: readOnly,
    changeKey: readOnly,
    createdDateTime: readOnly,
    lastModifiedDateTime: readOnly,
    bodyPreview: readOnly,
    iCalUId: readOnly,
    isCancelled: readOnly,
    isDraft: readOnly,
    isOrganizer: readOnly,
    organizer: readOnly,
    hasAttachments: readOnly,
    onlineMeeting: readOnly,
    onlineMeetingUrl: readOnly,
    originalStart: readOnly,
    originalStartTimeZone: readOnly,
    originalEndTimeZone: readOnly,
    responseStatus: readOnly,
    seriesMasterId: readOnly,
    type: readOnly,
    webLink: readOnly,
  })
  .partial()
  .strict();

/** What a write asks for, in the store's own terms; absent means untouched. */
export interface EventInput {
  fields: Partial<Omit<Fields, 'bodyHtml' | 'online' | 'response' | 'isCancelled'>>;
  body?: ItemBody;
  recurrence?: PatternedRecurrence | null;
  online?: boolean;
  transactionId?: string;
}

function bodyProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue?.code === 'unrecognized_keys') {
    const hint = 'Make sure to only use property names that are defined by the type or mark the type as open type.';
    return `The property '${issue.keys[0]}' does not exist on type 'microsoft.graph.event'. ${hint}`;
  }
  return `Cannot read the value of the property '${issue?.path.join('/') ?? ''}': ${issue?.message ?? ''}`;
}

export function readWall(value: { dateTime?: string | null; timeZone?: string | null }): Wall {
  const zone = value.timeZone || 'UTC';
  const iana = requireZone(zone);
  const parsed = parseDateTime(value.dateTime ?? '');
  if (!parsed) throw badRequest('ErrorInvalidParameter', `The value '${value.dateTime}' is not a valid dateTime.`);
  return { wall: parsed.offset === undefined ? parsed.wall : wallOf(parsed.wall - parsed.offset, iana), zone };
}

/** The location as Graph gives it back: REST clients only ever create the type "default". */
function readLocation(input: z.infer<typeof location>): Location {
  const displayName = input.displayName ?? '';
  return {
    displayName,
    ...(input.locationUri ? { locationUri: input.locationUri } : {}),
    ...(input.locationEmailAddress ? { locationEmailAddress: input.locationEmailAddress } : {}),
    locationType: 'default',
    uniqueId: displayName,
    uniqueIdType: 'private',
    ...(input.address ? { address: input.address as Location['address'] } : {}),
    ...(input.coordinates ? { coordinates: input.coordinates } : {}),
  };
}

function readAttendees(input: z.infer<typeof attendee>[], directory: Directory): AttendeeRecord[] {
  if (input.length > MAX_ATTENDEES)
    throw badRequest('ErrorTooManyRecipients', `An event can have at most ${MAX_ATTENDEES} attendees.`);
  const seen = new Map<string, AttendeeRecord>();
  for (const { emailAddress, type } of input) {
    const mail = emailAddress.address?.trim() ?? '';
    if (!/^[^\s@]+@[^\s@]+$/.test(mail))
      throw badRequest('ErrorInvalidRecipients', "At least one recipient isn't valid.");
    const name = emailAddress.name || directory.byAddress(mail)?.displayName || mail;
    seen.set(mail.toLowerCase(), { name, address: mail, type: type ?? 'required', status: NO_RESPONSE });
  }
  return [...seen.values()];
}

type Parsed = z.infer<typeof eventSchema>;

const isEmptyLocation = (value: z.infer<typeof location>) => !value.displayName && !value.coordinates && !value.address;

function readLocations(parsed: Parsed): Location[] | undefined {
  const given =
    parsed.locations ?? (parsed.location === undefined ? undefined : parsed.location ? [parsed.location] : []);
  return given?.filter((value) => !isEmptyLocation(value)).map(readLocation);
}

/** Entries that the client left out stay out, so that a merge leaves them untouched. */
function present<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Partial<T>;
}

function readFields(parsed: Parsed, directory: Directory): EventInput['fields'] {
  return present({
    subject: parsed.subject === undefined ? undefined : (parsed.subject ?? ''),
    start: parsed.start && readWall(parsed.start),
    end: parsed.end && readWall(parsed.end),
    isAllDay: parsed.isAllDay ?? undefined,
    importance: parsed.importance,
    sensitivity: parsed.sensitivity,
    showAs: parsed.showAs,
    categories: parsed.categories === undefined ? undefined : (parsed.categories ?? []),
    locations: readLocations(parsed),
    attendees: parsed.attendees === undefined ? undefined : readAttendees(parsed.attendees ?? [], directory),
    isReminderOn: parsed.isReminderOn ?? undefined,
    reminderMinutes: parsed.reminderMinutesBeforeStart ?? undefined,
    responseRequested: parsed.responseRequested ?? undefined,
    allowNewTimeProposals: parsed.allowNewTimeProposals ?? undefined,
    hideAttendees: parsed.hideAttendees ?? undefined,
  });
}

/** `json` is what JSON.parse made of the body. Annotations ("@odata.…") are ignored, as OData demands. */
export function readEvent(json: unknown, directory: Directory): EventInput {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw badRequest('RequestBodyRead', 'The request body must be a JSON object.');
  const properties = Object.entries(json as Event).filter(([name]) => !name.includes('@'));
  const result = eventSchema.safeParse(Object.fromEntries(properties));
  if (!result.success) throw badRequest('RequestBodyRead', bodyProblem(result.error));
  const parsed = result.data;
  const online = parsed.isOnlineMeeting ?? parsed.onlineMeetingProvider === 'teamsForBusiness';
  return {
    fields: readFields(parsed, directory),
    ...(parsed.body === undefined ? {} : { body: (parsed.body ?? { contentType: 'html', content: '' }) as ItemBody }),
    ...(parsed.recurrence === undefined ? {} : { recurrence: parsed.recurrence as PatternedRecurrence | null }),
    ...(online ? { online: true } : {}),
    ...(parsed.transactionId ? { transactionId: parsed.transactionId } : {}),
  };
}
