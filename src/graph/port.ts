/**
 * What we ask of Microsoft 365. Everything behind it may be replaced (the simulation does); one suite runs against
 * both sides. Every call may throw GraphFailure, or CalendarWatchError RECONNECT_NEEDED when there is no way to a token.
 */
import type { ZoneSettings } from '../calendar/custom-zone.ts';
import type { GraphEvent } from '../calendar/normalise.ts';
import type { WorkingHours } from '../calendar/working-hours.ts';
import type { MeetingRooms, NewMeeting } from './book-room.ts';
import type { DescribedRoom, RoomsPage, RoomsWanted } from './places.ts';
import type { Answer, AnswerOptions } from './respond.ts';
import type { Mail } from './send-mail.ts';
import type { NewTask } from './tasks.ts';

/** Whose mailbox, by whose access. */
export interface Access {
  tenantId: string;
  personId: string;
  mailboxId: string;
  /** Filled in by accounts.ts: the account that is read, null for the person's own. */
  accountId?: string | null;
  /** It is about a calendar that somebody else shares, which needs a permission of its own. */
  isShared?: boolean;
}

/** Our application itself, by no person's access; `mailboxId` '' where the call is about no mailbox. */
export const asApplication = (tenantId: string, mailboxId = ''): Access => ({ tenantId, personId: '', mailboxId });

/** Whose calendars an admin wants watched. */
export type Members = { groupId: string } | 'tenant';

export interface ListedGroup {
  groupId: string;
  name: string;
}

/** What Graph answered to a look at somebody's calendar; 'none': there is no such mailbox. */
export type Reach = 'read' | 'refused' | 'none';

export type DeltaRequest = { link: string } | { calendarId: string; windowFrom: number; windowTo: number };

export interface DeltaPage {
  items: GraphEvent[];
  nextLink?: string;
  deltaLink?: string;
}

/** On without an end, or from and to instants, ms. */
export type AutomaticReplies = 'off' | 'on' | { from: number; to: number };

export interface MailboxSettings extends ZoneSettings {
  locale?: string;
  /** This and the next: undefined where it can't be read. */
  workingHours?: WorkingHours;
  automaticReplies?: AutomaticReplies;
}

/** Asks for notifications that carry their entry, encrypted with our certificate. Such a subscription lives < 1 day. */
export interface RichPart {
  /** X.509, DER in base64; only the public key. */
  certificate: string;
  /** How the notifications name it. */
  certificateId: string;
}

export interface SubscriptionRequest {
  /** '' is the default calendar. Graph documents no other; for those it may refuse. */
  calendarId: string;
  notificationUrl: string;
  lifecycleNotificationUrl: string;
  clientState: string;
  expiresAt: number;
  rich?: RichPart;
}

export interface SubscriptionAnswer {
  subscriptionId: string;
  expiresAt: number;
}

export interface ListedSubscription {
  subscriptionId: string;
  resource: string;
  notificationUrl: string;
}

export interface ListedCalendar {
  calendarId: string;
  name: string;
  isDefault: boolean;
  /** Somebody else's: to be read; Graph gives no subscription for it. */
  owner?: { name: string };
}

export interface Graph {
  readDeltaPage(access: Access, request: DeltaRequest): Promise<DeltaPage>;
  readEvent(access: Access, eventId: string): Promise<GraphEvent>;
  /** Many of a calendar, twenty a request; those that are not there are left out. `keep` is called before each. */
  readEvents(
    access: Access,
    calendarId: string,
    eventIds: string[],
    keep: () => Promise<unknown>,
  ): Promise<GraphEvent[]>;
  /** The person's own calendars and those that others share with them; the default one first. */
  listCalendars(access: Access): Promise<ListedCalendar[]>;
  /** Replaces the body of the version `etag` names; 412 when there is a newer one. */
  writeBody(access: Access, eventId: string, html: string, etag: string): Promise<GraphEvent>;
  /** Replaces the categories of the version `etag` names; 412 when there is a newer one. */
  writeCategories(access: Access, eventId: string, categories: readonly string[], etag: string): Promise<GraphEvent>;
  /** Of an occurrence, or of a whole series by its head. */
  respond(access: Access, eventId: string, answer: Answer, options: AnswerOptions): Promise<void>;
  /** An entry that is the mailbox's own; 404 (notFound) when it is there no more. */
  deleteEvent(access: Access, eventId: string): Promise<void>;
  /** Once for each transactionId, however often it is asked. */
  createMeeting(access: Access, meeting: NewMeeting): Promise<GraphEvent>;
  /** Replaces those invited, rooms among them, of the version `etag` names; 412 when there is a newer one. */
  writeRooms(access: Access, eventId: string, rooms: MeetingRooms, etag: string): Promise<GraphEvent>;
  /** CONSENT_NEEDED until the person has agreed to Mail.Send; the next three, to Tasks.ReadWrite. */
  sendMail(access: Access, mail: Mail): Promise<void>;
  findTaskList(access: Access): Promise<string>;
  /** Returns its id. */
  addTask(access: Access, listId: string, task: NewTask): Promise<string>;
  hasTask(access: Access, listId: string, title: string, since: number): Promise<boolean>;
  readMailboxSettings(access: Access): Promise<MailboxSettings>;
  createSubscription(access: Access, request: SubscriptionRequest): Promise<SubscriptionAnswer>;
  renewSubscription(access: Access, subscriptionId: string, expiresAt: number): Promise<SubscriptionAnswer>;
  /** 404 (notFound) when it does not live any more. */
  getSubscription(access: Access, subscriptionId: string): Promise<SubscriptionAnswer>;
  deleteSubscription(access: Access, subscriptionId: string): Promise<void>;
  /** Those that this person's access can see. Graph allows 25 of these in 20 s and tenant: never in a routine. */
  listSubscriptions(access: Access): Promise<ListedSubscription[]>;
  /** By its object id or its exact name. GROUP_NOT_FOUND when there is none, or several of that name. */
  readGroup(access: Access, idOrName: string): Promise<ListedGroup>;
  /** Object ids of the people, lower case, each once; who may not sign in is left out. `keep` is called before each page. */
  listMembers(access: Access, of: Members, keep: () => Promise<unknown>): Promise<string[]>;
  /** Whose address (user principal name) that is; undefined where nobody's, or where the application may not know. */
  findPersonId(access: Access, address: string): Promise<string | undefined>;
  /** About how many people the tenant has. */
  countPeople(access: Access): Promise<number>;
  /** Whether this access reads that mailbox's calendar; nothing of what is in it is asked for. */
  probeCalendar(access: Access, at: number): Promise<Reach>;
  /** A hundred at a time, as Places describes them; 404 (notFound) for a room list that is none. */
  listRooms(access: Access, wanted: RoomsWanted): Promise<RoomsPage>;
  /** By its address; undefined where that is no room's. */
  readRoom(access: Access, address: string): Promise<DescribedRoom | undefined>;
  /** Object ids of accounts by their addresses; those that nobody has are left out. */
  findAccounts(access: Access, addresses: readonly string[]): Promise<Map<string, string>>;
}
