/**
 * Who hears of a change, how often and how late. One edit is told several times, as clients of the real service see
 * it; the faults of the world strike here.
 */
import type { ChangeNotification, ChangeType, LifecycleEventType } from '@microsoft/microsoft-graph-types';
import type { World } from '../world.ts';
import type { Agenda } from './agenda.ts';
import { changeKey, etag, eventId, guid } from './ids.ts';
import type { Outbox } from './outbox.ts';
import type { RichContent } from './rich.ts';
import type { StoreChange } from './store.ts';
import type { SubscriptionRecord, SubscriptionStore } from './subscription-store.ts';
import { formatStamp } from './zones.ts';

const ECHO_SPREAD_MS = 2_000;
const LONGEST_DELAY_MS = 3 * 60_000;
const HOLD_MS = 4 * 3_600_000;

export interface NotifierOptions {
  /** Tell an edit several times, as Graph does. */
  echoes: boolean | number;
  /** Hold notifications back while the token behind a subscription has expired. */
  pauseOnTokenExpiry: boolean;
  /** Ask for reauthorization as the token or the subscription nears its end. */
  lifecycleTimers: boolean;
  /** Hears the id of each change notification in the moment of the change. */
  onTold?: (notificationId: string) => void;
}

/** The resourceData of an event notification; the type definitions leave it empty. */
export interface EventResourceData {
  '@odata.type': '#Microsoft.Graph.Event';
  '@odata.id': string;
  '@odata.etag': string;
  id: string;
}

export type EventNotification = ChangeNotification & { resourceData: EventResourceData };

export class Notifier {
  /** Notifications on their way that have not reached the outbox yet. */
  delayed = 0;
  private readonly held = new Map<string, { item: EventNotification; at: number }[]>();

  constructor(
    private readonly world: World,
    private readonly agenda: Agenda,
    private readonly outbox: Outbox,
    private readonly subscriptions: SubscriptionStore,
    private readonly options: NotifierOptions,
    private readonly rich: RichContent,
  ) {}

  onStoreChange(change: StoreChange): void {
    for (const subscription of this.subscriptions.ofMailbox(change.mailbox.oid))
      if (subscription.calendar === change.item.calendar) this.tell(subscription, change);
  }

  lifecycle(subscription: SubscriptionRecord, event: LifecycleEventType): void {
    const item: ChangeNotification = {
      subscriptionId: subscription.id,
      subscriptionExpirationDateTime: formatStamp(subscription.expiresAt),
      tenantId: subscription.tenantId,
      clientState: subscription.clientState,
      lifecycleEvent: event,
    };
    if (subscription.lifecycleUrl) this.outbox.put('lifecycle', subscription.lifecycleUrl, item);
    else this.world.journal.add('lifecycle', 'dropped', { why: 'no lifecycleNotificationUrl', event });
  }

  /** Takes the subscription away and says so. */
  removeWithNotice(subscription: SubscriptionRecord): void {
    this.subscriptions.remove(subscription);
    this.held.delete(subscription.id);
    this.lifecycle(subscription, 'subscriptionRemoved');
  }

  /** Takes it away without a word. */
  vanish(subscription: SubscriptionRecord): void {
    this.subscriptions.remove(subscription);
    this.held.delete(subscription.id);
    this.world.journal.add('notification', 'subscription vanished', { id: subscription.id });
  }

  /** After creation, reauthorization or renewal: lets go what was held back, and plans the next warning. */
  authorized(subscription: SubscriptionRecord): void {
    const held = this.held.get(subscription.id) ?? [];
    this.held.delete(subscription.id);
    const oldest = this.world.clock.now() - HOLD_MS;
    for (const { item, at } of held)
      if (at >= oldest) this.outbox.put('notification', subscription.notificationUrl, item);
    if (this.options.lifecycleTimers) this.planWarnings(subscription);
  }

  /** At a quarter, an eighth and a sixteenth of what is left of token or subscription; what was slept through, once. */
  private planWarnings(subscription: SubscriptionRecord): void {
    const { authorizedAt } = subscription;
    const end = Math.min(subscription.tokenExpiresAt, subscription.expiresAt);
    const life = end - authorizedAt;
    const now = this.world.clock.now();
    const moments = [4, 8, 16].map((share) => Math.max(now, end - life / share));
    for (const moment of new Set(moments))
      this.agenda.at(moment, () => {
        const current = this.subscriptions.get(subscription.id);
        if (current && current.authorizedAt === authorizedAt) this.lifecycle(current, 'reauthorizationRequired');
      });
  }

  private tell(subscription: SubscriptionRecord, change: StoreChange): void {
    if (this.isLost(subscription)) return;
    for (const [index, changeType] of this.changeTypes(change).entries()) {
      if (!subscription.changeType.split(',').includes(changeType)) continue;
      const item = this.notification(subscription, change, changeType);
      this.rich.addTo(item, subscription, change);
      this.options.onTold?.(item.id ?? '');
      const delay = index === 0 ? 0 : this.world.random() * ECHO_SPREAD_MS;
      this.emit(subscription, item, delay);
    }
  }

  /** Whether a fault ends the subscription at this opportunity. */
  private isLost(subscription: SubscriptionRecord): boolean {
    if (this.world.strikes('subscription.dieSilently')) {
      this.vanish(subscription);
      return true;
    }
    const owner = this.world.people.get(subscription.userOid ?? '');
    if (owner?.enabled === false || this.world.strikes('subscription.removed')) {
      this.removeWithNotice(subscription);
      return true;
    }
    if (this.world.strikes('subscription.reauthorizationRequired'))
      this.lifecycle(subscription, 'reauthorizationRequired');
    return false;
  }

  /** Two or three for an organiser's edit of a meeting, one or two else; a deletion is told once. */
  private changeTypes({ change, item }: StoreChange): ChangeType[] {
    if (change === 'deleted' || !this.options.echoes) return [change];
    if (typeof this.options.echoes === 'number')
      return [change, ...Array.from({ length: this.options.echoes }, () => 'updated' as const)];
    const meeting = item.isOrganizer && item.fields.attendees.length > 0;
    const echoes = (meeting ? 1 : 0) + (this.world.random() < 0.5 ? 1 : 0);
    return [change, ...Array.from({ length: echoes }, () => 'updated' as const)];
  }

  private notification(
    subscription: SubscriptionRecord,
    change: StoreChange,
    changeType: ChangeType,
  ): EventNotification {
    const { mailbox, item } = change;
    const day = this.world.unverified.occurrenceNotifiesAs === 'occurrence' ? change.day : undefined;
    const id = eventId(mailbox.oid, item.key, day, subscription.immutableIds);
    const pattern = this.world.unverified.resourceCasing;
    const resource =
      pattern === 'Users/{id}/Events/{id}' ? `Users/${mailbox.oid}/Events/${id}` : `users/${mailbox.oid}/events/${id}`;
    return {
      id: guid(this.world.random),
      subscriptionId: subscription.id,
      subscriptionExpirationDateTime: formatStamp(subscription.expiresAt),
      clientState: subscription.clientState,
      changeType,
      resource,
      tenantId: subscription.tenantId,
      resourceData: {
        '@odata.type': '#Microsoft.Graph.Event',
        '@odata.id': resource,
        '@odata.etag': etag(changeKey(mailbox.oid, item.key, item.version)),
        id,
      },
    };
  }

  private emit(subscription: SubscriptionRecord, item: EventNotification, delay: number): void {
    const { world } = this;
    if (world.strikes('notify.drop')) {
      world.journal.add('notification', 'dropped', { item });
      return;
    }
    if (world.strikes('notify.missed')) {
      world.journal.add('notification', 'missed', { item });
      this.lifecycle(subscription, 'missed');
      return;
    }
    if (world.strikes('notify.wrongClientState')) item.clientState = `wrong-${guid(world.random)}`;
    const late = world.strikes('notify.delay') ? world.random() * LONGEST_DELAY_MS : 0;
    this.release(subscription, item, delay + late);
    if (world.strikes('notify.duplicate'))
      this.release(subscription, item, delay + world.random() * ECHO_SPREAD_MS * 5);
  }

  private release(subscription: SubscriptionRecord, item: EventNotification, delay: number): void {
    if (delay === 0) {
      this.hand(subscription, item);
      return;
    }
    this.delayed++;
    this.agenda.after(delay, () => {
      this.delayed--;
      this.hand(subscription, item);
    });
  }

  private hand(subscription: SubscriptionRecord, item: EventNotification): void {
    const now = this.world.clock.now();
    if (this.options.pauseOnTokenExpiry && subscription.tokenExpiresAt <= now) {
      const held = this.held.get(subscription.id) ?? [];
      held.push({ item, at: now });
      this.held.set(subscription.id, held);
      this.world.journal.add('notification', 'held', { item });
      return;
    }
    this.outbox.put('notification', subscription.notificationUrl, item);
  }
}
