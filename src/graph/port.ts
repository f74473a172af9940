/**
 * What we ask of Microsoft 365. Everything behind it may be replaced (the simulation does); one suite runs against
 * both sides. Every call may throw GraphFailure, or CalendarWatchError RECONNECT_NEEDED when there is no way to a token.
 */
import type { GraphEvent } from '../calendar/normalise.ts';

/** Whose mailbox, by whose access. */
export interface Access {
  tenantId: string;
  personId: string;
  mailboxId: string;
}

export type DeltaRequest = { link: string } | { calendarId: string; windowFrom: number; windowTo: number };

export interface DeltaPage {
  items: GraphEvent[];
  nextLink?: string;
  deltaLink?: string;
}

export interface MailboxSettings {
  /** As Exchange names it: a Windows or IANA zone; undefined for a custom one. */
  timeZone?: string;
  locale?: string;
}

export interface SubscriptionRequest {
  notificationUrl: string;
  lifecycleNotificationUrl: string;
  clientState: string;
  expiresAt: number;
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

export interface Graph {
  readDeltaPage(access: Access, request: DeltaRequest): Promise<DeltaPage>;
  readEvent(access: Access, eventId: string): Promise<GraphEvent>;
  /** Replaces the body of the version `etag` names; 412 when there is a newer one. */
  writeBody(access: Access, eventId: string, html: string, etag: string): Promise<GraphEvent>;
  readMailboxSettings(access: Access): Promise<MailboxSettings>;
  createSubscription(access: Access, request: SubscriptionRequest): Promise<SubscriptionAnswer>;
  renewSubscription(access: Access, subscriptionId: string, expiresAt: number): Promise<SubscriptionAnswer>;
  deleteSubscription(access: Access, subscriptionId: string): Promise<void>;
  /** Those that this person's access can see. Graph allows 25 of these in 20 s and tenant: never in a routine. */
  listSubscriptions(access: Access): Promise<ListedSubscription[]>;
}
