/**
 * Every switch of the world in plain words: what happens then, and at which opportunity the rate is applied. The types
 * make sure that a new fault or switch can't be forgotten here.
 */
import type { FaultName, Unverified } from '../world.ts';

export type FaultGroup = 'entra' | 'graph' | 'notify' | 'subscription' | 'connector';

export const GROUPS: Record<FaultGroup, { title: string; note?: string }> = {
  entra: { title: 'Entra' },
  graph: { title: 'Graph' },
  notify: { title: 'Notifications' },
  subscription: { title: 'Subscriptions' },
  connector: {
    title: 'Connector',
    note: 'For tests and benches. The demo chats through the Agents Playground, where these do nothing.',
  },
};

export interface FaultWords {
  /** What happens when it strikes. */
  what: string;
  /** The opportunity: completes "per …". */
  per: string;
}

const PERSON_TOKEN = 'token request for a person';
const REQUEST = 'Graph request, parts of a batch each';
const CHANGE = 'change of a calendar and subscription to it';
const NOTIFICATION = 'notification';
const RICH_NOTIFICATION = 'notification with resource data';
const RICH_BATCH = 'posted batch with resource data';
const WRITE = 'create, post, update or delete by the bot';

export const FAULTS: Record<FaultName, FaultWords> = {
  'entra.invalidGrant': {
    what: 'Entra refuses as after a password change (invalid_grant, AADSTS50173); the person must sign in again.',
    per: PERSON_TOKEN,
  },
  'entra.consentRequired': {
    what: 'Entra says that consent is missing (invalid_grant, AADSTS65001); the person must agree again.',
    per: PERSON_TOKEN,
  },
  'entra.serverError': {
    what: 'Entra answers 503 temporarily_unavailable (AADSTS90033), to the app’s own token requests as well.',
    per: 'token request',
  },
  'graph.throttle': {
    what: 'Graph answers 429 with a Retry-After of 1 to 30 seconds, and goes on answering 429 until then.',
    per: REQUEST,
  },
  'graph.throttleWithoutRetryAfter': { what: 'Graph answers 429 without saying how long to wait.', per: REQUEST },
  'graph.unavailable': { what: 'Graph answers 503.', per: REQUEST },
  'graph.gatewayTimeout': { what: 'Graph answers 504; half of the time it did the work all the same.', per: REQUEST },
  'graph.syncStateNotFound': {
    what: 'Delta answers 404 syncStateNotFound to a token; the client must start over.',
    per: 'delta request with a token',
  },
  'graph.deltaGone': {
    what: 'Delta answers 410 SyncStateNotFound with the address at which to start over.',
    per: 'delta request with a token',
  },
  'graph.deltaLag': {
    what: 'Delta answers as if nothing had changed yet, with the same token; what changed shows at a later request.',
    per: 'delta request with a $deltatoken',
  },
  'graph.emptyFirstPage': {
    what: 'The first page of a delta round is empty and only leads to the next one.',
    per: 'first page of a delta round',
  },
  'graph.reportDeletedOccurrence': {
    what: 'Delta also names the deleted occurrences of a changed series as @removed; usually they are just missing.',
    per: 'changed series with deleted occurrences in a delta round',
  },
  'graph.removedOutsideWindow': {
    what: 'Delta reports an event outside the window as @removed although nothing happened to it.',
    per: 'delta round after the first',
  },
  'notify.drop': { what: 'The notification is never sent, and nobody says so.', per: NOTIFICATION },
  'notify.duplicate': {
    what: 'The notification is sent twice, the second time up to 10 seconds later.',
    per: NOTIFICATION,
  },
  'notify.delay': { what: 'The notification comes up to 3 minutes late.', per: NOTIFICATION },
  'notify.truncateBatch': {
    what: 'The body breaks off in the middle and is no valid JSON.',
    per: 'posted batch of notifications',
  },
  'notify.wrongClientState': {
    what: 'The notification carries a clientState that isn’t the subscription’s, as a forged one would.',
    per: NOTIFICATION,
  },
  'notify.missed': {
    what: 'The notification is lost, and a lifecycle notice “missed” comes instead.',
    per: NOTIFICATION,
  },
  'notify.badSignature': {
    what: 'The encrypted entry comes with a signature that isn’t its own, as if it had been changed on the way.',
    per: RICH_NOTIFICATION,
  },
  'notify.noValidationToken': {
    what: 'validationTokens is null, as when the app admits only who is assigned to it.',
    per: RICH_BATCH,
  },
  'notify.forgedValidationToken': {
    what: 'The validation tokens say what they should, and nobody signed them.',
    per: RICH_BATCH,
  },
  'subscription.dieSilently': {
    what: 'The subscription is gone without a word; GET answers 404 from then on.',
    per: CHANGE,
  },
  'subscription.removed': { what: 'The subscription is gone, with a notice “subscriptionRemoved”.', per: CHANGE },
  'subscription.reauthorizationRequired': {
    what: 'A notice “reauthorizationRequired” comes along with the change.',
    per: CHANGE,
  },
  'subscription.renew404': {
    what: 'Renewing answers 404 ResourceNotFound, and the subscription is gone.',
    per: 'PATCH of a subscription',
  },
  'subscription.create409': {
    what: 'Creating answers 409 and names a subscription that already exists, or pretends to.',
    per: 'POST /subscriptions',
  },
  'connector.403': { what: 'Teams answers 403 ForbiddenOperationException.', per: WRITE },
  'connector.404': { what: 'Teams answers 404 ConversationNotFound.', per: WRITE },
  'connector.412': { what: 'Teams answers 412 PreconditionFailed and wants the request again.', per: WRITE },
  'connector.413': { what: 'Teams answers 413 MessageSizeTooBig, however small the message is.', per: WRITE },
  'connector.429': { what: 'Teams answers 429 with a Retry-After of one second.', per: WRITE },
  'connector.429WithoutRetryAfter': { what: 'Teams answers 429 without saying how long to wait.', per: WRITE },
  'connector.500': { what: 'Teams answers 500 and did nothing.', per: WRITE },
  'connector.502': { what: 'Teams answers 502 and did nothing.', per: WRITE },
  'connector.502Delivered': { what: 'Teams answers 502 although it did what was asked.', per: WRITE },
  'connector.504': { what: 'Teams answers 504 and did nothing.', per: WRITE },
  'connector.504Delivered': { what: 'Teams answers 504 although it did what was asked.', per: WRITE },
};

export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

export const groupOf = (name: FaultName): FaultGroup => name.slice(0, name.indexOf('.')) as FaultGroup;

export type UnverifiedName = keyof Unverified;

export interface SwitchWords<Value> {
  what: string;
  values: { value: Value; label: string }[];
}

const NO_YES = [
  { value: false, label: 'No' },
  { value: true, label: 'Yes' },
];

/** Behaviour that Microsoft's documentation leaves open; the product has to live with either. */
export const UNVERIFIED: { [Name in UnverifiedName]: SwitchWords<Unverified[Name]> } = {
  conflictOnDuplicateSubscription: {
    what: 'Does creating a second subscription to the same calendar and kinds of change answer 409?',
    values: NO_YES,
  },
  occurrenceNotifiesAs: {
    what: 'Whose id does a notification carry when one occurrence of a series was edited?',
    values: [
      { value: 'master', label: 'The series’' },
      { value: 'occurrence', label: 'The occurrence’s' },
    ],
  },
  handshakeOnPatch: {
    what: 'Is a new notificationUrl checked by a validation handshake when a subscription is patched?',
    values: NO_YES,
  },
  resourceCasing: {
    what: 'How is the resource of a notification spelled?',
    values: [
      { value: 'Users/{id}/Events/{id}', label: 'Users/{id}/Events/{id}' },
      { value: 'users/{id}/events/{id}', label: 'users/{id}/events/{id}' },
    ],
  },
  validationTokenVersion: {
    what: 'Of which version are the tokens beside notifications with resource data?',
    values: [
      { value: '1.0', label: '1.0, by sts.windows.net' },
      { value: '2.0', label: '2.0, by the authority' },
    ],
  },
};

export const UNVERIFIED_NAMES = Object.keys(UNVERIFIED) as UnverifiedName[];
