/**
 * What the sandbox keeps about calendars. All of it is plain JSON, so that the state file is simply this, written down.
 */
import type {
  AttendeeType,
  FreeBusyStatus,
  Importance,
  Location,
  MailboxSettings,
  PatternedRecurrence,
  ResponseType,
  Sensitivity,
} from '@microsoft/microsoft-graph-types';

/** 'default' is everybody's calendar; further ones exist where control made them. */
export type CalendarKey = string;
export const DEFAULT_CALENDAR = 'default';

/** A reading of a wall clock: `wall` is the ms it would be in UTC, `zone` the name as the client gave it. */
export interface Wall {
  wall: number;
  zone: string;
}

export interface Response {
  response: ResponseType;
  /** Epoch ms, or 0 where Graph says 0001-01-01. */
  at: number;
}

export interface AttendeeRecord {
  name: string;
  address: string;
  type: AttendeeType;
  status: Response;
  proposed?: { start: Wall; end: Wall };
}

/** What makes a meeting online: the Teams link and what stands in the join block. */
export interface OnlineRecord {
  joinUrl: string;
  meetingId: string;
  passcode: string;
}

/** What an organiser decides and every attendee's copy shows. */
export interface SharedFields {
  subject: string;
  bodyHtml: string;
  start: Wall;
  end: Wall;
  isAllDay: boolean;
  isCancelled: boolean;
  importance: Importance;
  sensitivity: Sensitivity;
  locations: Location[];
  attendees: AttendeeRecord[];
  online: OnlineRecord | null;
  responseRequested: boolean;
  allowNewTimeProposals: boolean;
  hideAttendees: boolean;
}

/** What each person decides in their own copy. */
export interface OwnFields {
  categories: string[];
  showAs: FreeBusyStatus;
  isReminderOn: boolean;
  reminderMinutes: number;
  response: Response;
}

export type Fields = SharedFields & OwnFields;

/** One occurrence that differs from its series; only what differs is kept. */
export interface ExceptionRecord {
  overrides: Partial<Fields>;
  /** Mailbox version at the last change, as in Item. */
  version: number;
  createdAt: number;
  modifiedAt: number;
  /** Organiser's side: people invited to this occurrence only, by oid, and the item in their mailbox. */
  copies?: Record<string, number>;
}

/** A single event, or a series with its exceptions. */
export interface Item {
  /** Unique within the mailbox, never used again. */
  key: number;
  calendar: CalendarKey;
  /** Hex tail of the iCalUId, the same in every attendee's copy. */
  uid: string;
  /** Set on a copy of one occurrence whose master the attendee does not have: the day in its iCalUId. */
  uidDay?: number;
  organizer: { name: string; address: string };
  isOrganizer: boolean;
  fields: Fields;
  recurrence: PatternedRecurrence | null;
  /** By day of the original start, counted from 1970 in the zone of the series. */
  exceptions: Record<string, ExceptionRecord>;
  deletedDays: number[];
  transactionId?: string;
  /** The mailbox's version when this last changed; the change key is made of it. */
  version: number;
  createdAt: number;
  modifiedAt: number;
  /** Organiser's side: the copies, by the attendee's oid. */
  copies: Record<string, number>;
  /** Attendee's side: where the organiser keeps it. */
  source?: { oid: string; key: number; day?: number };
}

/** An item before the mailbox has taken it. */
export type ItemDraft = Omit<Item, 'key' | 'version' | 'createdAt' | 'modifiedAt'>;

export interface ChangeLogEntry {
  version: number;
  key: number;
  calendar: CalendarKey;
}

export interface Mailbox {
  oid: string;
  tenantId: string;
  nextKey: number;
  /** Goes up by one with each change of an item. */
  version: number;
  items: Map<number, Item>;
  /** Ascending by version. What is older than `logFrom` has been forgotten. */
  log: ChangeLogEntry[];
  logFrom: number;
  /** Sync tokens of an older generation answer 410. */
  generation: number;
  calendars: Map<CalendarKey, string>;
  /** What has been changed against the person's record in the world. */
  settings: MailboxSettings;
}

/** One line of the calendar: a single event, or one occurrence of a series. */
export interface Instance {
  item: Item;
  /** Day of the original start, for a member of a series. */
  day?: number;
  fields: Fields;
  startAt: number;
  endAt: number;
  type: 'singleInstance' | 'occurrence' | 'exception';
  version: number;
  createdAt: number;
  modifiedAt: number;
}

/** What a path's event id leads to. */
export interface ItemRef {
  mailbox: Mailbox;
  item: Item;
  /** Set where the id is that of an occurrence or exception. */
  day?: number;
}

export const NO_RESPONSE: Response = { response: 'none', at: 0 };

/** In `Mailbox.calendars`: the default calendar of somebody else, who shared it with this one. */
const SHARED = 'shared:';
export const sharedKey = (ownerOid: string): CalendarKey => `${SHARED}${ownerOid}`;
export const ownerOfShared = (key: CalendarKey): string | undefined =>
  key.startsWith(SHARED) ? key.slice(SHARED.length) : undefined;
