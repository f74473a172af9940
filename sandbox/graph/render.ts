/** From what is stored to the JSON that Graph shows (platform facts, section F). */
import type { Attendee, Event, Location, ResponseStatus } from '@microsoft/microsoft-graph-types';
import { htmlToText, previewOf } from './body.ts';
import { changeKey, etag, eventId, iCalUId } from './ids.ts';
import type { AttendeeRecord, Fields, Instance, Item, Mailbox, OnlineRecord, Response, Wall } from './model.ts';
import { originalStart } from './view.ts';
import { formatSeconds, formatStamp, formatWall, ianaZone, instantOf, wallOf } from './zones.ts';

/** How the client wants its answer: the Prefer headers. */
export interface RenderOptions {
  /** As the client named it; echoed back. */
  zoneName: string;
  immutableIds: boolean;
  textBody: boolean;
  /** With Calendars.ReadBasic alone, bodies stay closed. */
  basic: boolean;
  /** For somebody who may read the calendar, but not what is private in it (canViewPrivateItems). */
  hidePrivate?: boolean;
}

export const PLAIN: RenderOptions = { zoneName: 'UTC', immutableIds: false, textBody: false, basic: false };

export type EventJson = Event & { '@odata.etag'?: string };

const NEVER = '0001-01-01T00:00:00Z';

const responseJson = ({ response, at }: Response): ResponseStatus => ({
  response,
  time: at === 0 ? NEVER : formatStamp(at),
});

/** All-day events stand from midnight to midnight in whatever zone is asked for. */
function timeJson(value: Wall, isAllDay: boolean, zoneName: string) {
  const zone = ianaZone(zoneName) ?? 'UTC';
  const wall = isAllDay ? value.wall : wallOf(instantOf(value.wall, ianaZone(value.zone) ?? 'UTC'), zone);
  return { dateTime: formatWall(wall), timeZone: zoneName };
}

function attendeeJson(attendee: AttendeeRecord, zoneName: string): Attendee {
  const { proposed } = attendee;
  return {
    type: attendee.type,
    status: responseJson(attendee.status),
    emailAddress: { name: attendee.name, address: attendee.address },
    ...(proposed
      ? {
          proposedNewTime: {
            start: timeJson(proposed.start, false, zoneName),
            end: timeJson(proposed.end, false, zoneName),
          },
        }
      : {}),
  };
}

const NO_PLACE: Location = {
  displayName: '',
  locationType: 'default',
  uniqueIdType: 'unknown',
  address: {},
  coordinates: {},
};

function onlineJson(online: OnlineRecord | null): Event['onlineMeeting'] {
  return online ? { joinUrl: online.joinUrl } : null;
}

function bodyJson(fields: Fields, options: RenderOptions): Pick<Event, 'body' | 'bodyPreview'> {
  const body = options.textBody
    ? { contentType: 'text' as const, content: htmlToText(fields.bodyHtml) }
    : { contentType: 'html' as const, content: fields.bodyHtml };
  return { bodyPreview: previewOf(fields.bodyHtml), body };
}

interface Subject {
  mailbox: Mailbox;
  item: Item;
  fields: Fields;
  day?: number;
  type: NonNullable<Event['type']>;
  version: number;
  createdAt: number;
  modifiedAt: number;
  mailboxZone: string;
}

function webLink(subject: Subject): string {
  const id = eventId(subject.mailbox.oid, subject.item.key, subject.day, false);
  return `https://outlook.office365.com/owa/?itemid=${encodeURIComponent(id)}&exvsurl=1&path=/calendar/item`;
}

/** What only some events have; added last, so that most objects keep one shape. */
function addOptional(json: EventJson, subject: Subject, options: RenderOptions): EventJson {
  const { item, day } = subject;
  if (item.transactionId) json.transactionId = item.transactionId;
  if (day !== undefined) json.originalStart = formatSeconds(originalStart(item, day, subject.mailboxZone));
  if (!options.basic) Object.assign(json, bodyJson(subject.fields, options));
  return json;
}

/** When it is, and nothing more. */
function hidePrivate(subject: Subject): Subject {
  if (subject.fields.sensitivity !== 'private') return subject;
  const nothing = { bodyHtml: '', locations: [], attendees: [], online: null, categories: [] };
  return { ...subject, fields: { ...subject.fields, ...nothing, subject: 'Private Appointment' } };
}

/** One literal without spreads: views render thousands of these, and spreads make them several times slower. */
function eventJson(whole: Subject, options: RenderOptions): EventJson {
  const subject = options.hidePrivate ? hidePrivate(whole) : whole;
  const { mailbox, item, fields, day, type } = subject;
  const { start, end, isAllDay, online } = fields;
  const key = changeKey(mailbox.oid, item.key, subject.version);
  const json: EventJson = {
    '@odata.etag': etag(key),
    id: eventId(mailbox.oid, item.key, day, options.immutableIds),
    createdDateTime: formatStamp(subject.createdAt),
    lastModifiedDateTime: formatStamp(subject.modifiedAt),
    changeKey: key,
    categories: fields.categories.slice(),
    originalStartTimeZone: start.zone,
    originalEndTimeZone: end.zone,
    iCalUId: iCalUId(item.uid, day ?? item.uidDay),
    reminderMinutesBeforeStart: fields.reminderMinutes,
    isReminderOn: fields.isReminderOn,
    hasAttachments: false,
    subject: fields.subject,
    importance: fields.importance,
    sensitivity: fields.sensitivity,
    isAllDay,
    isCancelled: fields.isCancelled,
    isOrganizer: item.isOrganizer,
    responseRequested: fields.responseRequested,
    seriesMasterId: day === undefined ? null : eventId(mailbox.oid, item.key, undefined, options.immutableIds),
    showAs: fields.showAs,
    type,
    webLink: webLink(subject),
    onlineMeetingUrl: null,
    isOnlineMeeting: online !== null,
    onlineMeetingProvider: online ? 'teamsForBusiness' : 'unknown',
    allowNewTimeProposals: fields.allowNewTimeProposals,
    isDraft: false,
    hideAttendees: fields.hideAttendees,
    onlineMeeting: onlineJson(online),
    responseStatus: responseJson(fields.response),
    start: timeJson(start, isAllDay, options.zoneName),
    end: timeJson(end, isAllDay, options.zoneName),
    location: { ...(fields.locations[0] ?? NO_PLACE) },
    locations: fields.locations.map((place) => ({ ...place })),
    recurrence: type === 'seriesMaster' ? item.recurrence : null,
    attendees: fields.attendees.map((attendee) => attendeeJson(attendee, options.zoneName)),
    organizer: { emailAddress: { name: item.organizer.name, address: item.organizer.address } },
  };
  return addOptional(json, subject, options);
}

export function renderInstance(
  mailbox: Mailbox,
  instance: Instance,
  mailboxZone: string,
  options: RenderOptions,
): EventJson {
  const { item, fields, day, type, version, createdAt, modifiedAt } = instance;
  return eventJson({ mailbox, item, fields, day, type, version, createdAt, modifiedAt, mailboxZone }, options);
}

/** The item as a whole: a single event, or the master of a series. */
export function renderItem(mailbox: Mailbox, item: Item, mailboxZone: string, options: RenderOptions): EventJson {
  const { fields, version, createdAt, modifiedAt } = item;
  const type = item.recurrence ? 'seriesMaster' : 'singleInstance';
  return eventJson({ mailbox, item, fields, type, version, createdAt, modifiedAt, mailboxZone }, options);
}

/** What delta says of an occurrence: when it is and where it belongs, nothing more. */
export function renderSkeleton(mailbox: Mailbox, instance: Instance, options: RenderOptions): EventJson {
  const { item, day, fields, version } = instance;
  return {
    '@odata.etag': etag(changeKey(mailbox.oid, item.key, version)),
    id: eventId(mailbox.oid, item.key, day, options.immutableIds),
    seriesMasterId: eventId(mailbox.oid, item.key, undefined, options.immutableIds),
    type: 'occurrence',
    start: timeJson(fields.start, fields.isAllDay, options.zoneName),
    end: timeJson(fields.end, fields.isAllDay, options.zoneName),
  };
}
