/** The live subscriptions, by id and by mailbox. An expired one is gone without a word. */
import type { Subscription } from '@microsoft/microsoft-graph-types';
import type { World } from '../world.ts';
import type { CalendarKey } from './model.ts';
import type { RichRecord } from './rich.ts';
import { formatSeconds } from './zones.ts';

export interface SubscriptionRecord {
  id: string;
  appId: string;
  tenantId: string;
  mailboxOid: string;
  calendar: CalendarKey;
  /** As the client wrote it, without a slash at the beginning. */
  resource: string;
  changeType: string;
  clientState: string | null;
  notificationUrl: string;
  lifecycleUrl: string | null;
  expiresAt: number;
  creatorId: string;
  /** Set on a delegated subscription. */
  userOid?: string;
  tlsVersion: string | null;
  immutableIds: boolean;
  /** Delivery pauses when the token behind it has expired. */
  tokenExpiresAt: number;
  authorizedAt: number;
  reauthorizedAt?: number;
  patchedAt?: number;
  /** It wants the entry itself in its notifications. */
  rich?: RichRecord;
}

export class SubscriptionStore {
  private readonly byId = new Map<string, SubscriptionRecord>();
  private readonly byMailbox = new Map<string, Set<SubscriptionRecord>>();
  private readonly watchers = new Set<() => void>();

  constructor(private readonly world: World) {}

  add(record: SubscriptionRecord): void {
    this.byId.set(record.id, record);
    const set = this.byMailbox.get(record.mailboxOid) ?? new Set();
    set.add(record);
    this.byMailbox.set(record.mailboxOid, set);
    this.changed();
  }

  remove(record: SubscriptionRecord): void {
    this.byId.delete(record.id);
    this.byMailbox.get(record.mailboxOid)?.delete(record);
    this.changed();
  }

  get(id: string): SubscriptionRecord | undefined {
    const record = this.byId.get(id);
    return record && this.live(record) ? record : undefined;
  }

  ofMailbox(oid: string): SubscriptionRecord[] {
    return [...(this.byMailbox.get(oid) ?? [])].filter((record) => this.live(record));
  }

  all(): SubscriptionRecord[] {
    return [...this.byId.values()].filter((record) => this.live(record));
  }

  /** Calls `watcher` after every change, for the state file. */
  onChange(watcher: () => void): void {
    this.watchers.add(watcher);
  }

  changed(): void {
    for (const watcher of this.watchers) watcher();
  }

  private live(record: SubscriptionRecord): boolean {
    if (record.expiresAt > this.world.clock.now()) return true;
    this.byId.delete(record.id);
    this.byMailbox.get(record.mailboxOid)?.delete(record);
    return false;
  }
}

/** Graph answers with one property that its own type definitions lack. */
export type SubscriptionJson = Subscription & { notificationContentType: null };

/** As Graph shows it: every property, null where there is nothing. */
export function subscriptionJson(record: SubscriptionRecord): SubscriptionJson {
  return {
    id: record.id,
    resource: record.resource,
    applicationId: record.appId,
    changeType: record.changeType,
    clientState: record.clientState,
    notificationUrl: record.notificationUrl,
    notificationQueryOptions: null,
    notificationContentType: null,
    lifecycleNotificationUrl: record.lifecycleUrl,
    expirationDateTime: formatSeconds(record.expiresAt),
    creatorId: record.creatorId,
    includeResourceData: record.rich ? true : null,
    latestSupportedTlsVersion: record.tlsVersion,
    encryptionCertificate: record.rich?.certificate ?? null,
    encryptionCertificateId: record.rich?.certificateId ?? null,
    notificationUrlAppId: null,
  };
}
