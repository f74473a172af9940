/** What the sandbox builds is assignable to Microsoft's types; checked by tsc, nothing runs. */
import type {
  Calendar,
  ChangeNotification,
  ChangeNotificationCollection,
  Event,
  MailboxSettings,
  Subscription,
  User,
} from '@microsoft/microsoft-graph-types';
import type { mailboxSettings } from '../../../sandbox/graph/mailbox-settings.ts';
import type { EventNotification } from '../../../sandbox/graph/notifier.ts';
import type { EventJson } from '../../../sandbox/graph/render.ts';
import type { SubscriptionJson } from '../../../sandbox/graph/subscription-store.ts';
import type { calendarJson, userJson } from '../../../sandbox/graph/user.ts';

type Fits<Mine extends Theirs, Theirs> = Mine;
export type Conformance = [
  Fits<EventJson, Event>,
  Fits<SubscriptionJson, Subscription>,
  Fits<EventNotification, ChangeNotification>,
  Fits<{ value: EventNotification[] }, ChangeNotificationCollection>,
  Fits<ReturnType<typeof mailboxSettings>, MailboxSettings>,
  Fits<ReturnType<typeof userJson>, User>,
  Fits<ReturnType<typeof calendarJson>, Calendar>,
];
