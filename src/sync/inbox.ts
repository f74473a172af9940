/**
 * Notifications become durable here, before they are answered. Requests that arrive while a commit is under way share
 * the next one, so that a burst costs few commits. clientState is compared in constant time against a stored hash.
 */
import { timingSafeEqual } from 'node:crypto';
import { type Clock, MINUTE_MS } from '../clock.ts';
import type { Database } from '../store/database.ts';
import {
  acceptNotices,
  findSubscriptionOwners,
  type Hint,
  type Notice,
  type SubscriptionOwner,
} from '../store/inbox.ts';
import type { Duty } from '../store/mailboxes.ts';
import { hashClientState } from './care-for-subscription.ts';

export interface IncomingNotice {
  subscriptionId: string;
  clientState: string;
  duty: Duty;
  word: string;
  /** What it says that it is about. */
  hint?: Hint;
}

export interface Accepted {
  stored: number;
  /** Unknown subscriptions and wrong client states: answered like the others, so that nobody learns which they are. */
  refused: number;
}

interface Waiting {
  notices: IncomingNotice[];
  correlationId: string;
  resolve(accepted: Accepted): void;
  reject(error: unknown): void;
}

const MOST_NOTICES_A_COMMIT = 2_000;
/** Beyond this many waiting requests new ones are turned away with 503; Graph sends them again. */
const MOST_WAITING = 5_000;
/**
 * Whose a subscription is does not change while it lives, so the answer is kept for a moment. One that ended meanwhile
 * costs a reading too many; notices of a mailbox that is gone are left out as they are stored.
 */
const OWNER_KEPT_MS = MINUTE_MS;
const OWNERS_KEPT = 20_000;

export class InboxFullError extends Error {}

export class Inbox {
  private waiting: Waiting[] = [];
  private isBusy = false;
  private readonly owners = new Map<string, { owner: SubscriptionOwner; until: number }>();

  constructor(private readonly deps: { database: Database; clock: Clock; onStored(duties: Set<Duty>): void }) {}

  /** Resolves when the notices are committed; rejects when they could not be. */
  accept(notices: IncomingNotice[], correlationId: string): Promise<Accepted> {
    if (this.waiting.length >= MOST_WAITING) return Promise.reject(new InboxFullError('too many requests wait'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ notices, correlationId, resolve, reject });
      if (!this.isBusy) void this.drain();
    });
  }

  private takeBatch(): Waiting[] {
    let size = 0;
    let count = 0;
    for (const one of this.waiting) {
      if (count > 0 && size + one.notices.length > MOST_NOTICES_A_COMMIT) break;
      size += one.notices.length;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  private async drain(): Promise<void> {
    this.isBusy = true;
    try {
      while (this.waiting.length > 0) {
        const batch = this.takeBatch();
        try {
          await this.commit(batch);
        } catch (error) {
          for (const one of batch) one.reject(error);
        }
      }
    } finally {
      this.isBusy = false;
    }
  }

  /** Of every subscription that the batch names and that there is. */
  private async ownersOf(batch: Waiting[]): Promise<Map<string, SubscriptionOwner>> {
    const now = this.deps.clock.now();
    const owners = new Map<string, SubscriptionOwner>();
    const unknown = new Set<string>();
    for (const { notices } of batch)
      for (const { subscriptionId } of notices) {
        const known = this.owners.get(subscriptionId);
        if (known && known.until > now) owners.set(subscriptionId, known.owner);
        else unknown.add(subscriptionId);
      }
    if (unknown.size === 0) return owners;
    const found = await findSubscriptionOwners(this.deps.database.intake, [...unknown]);
    if (this.owners.size + found.length > OWNERS_KEPT) this.owners.clear();
    for (const owner of found) {
      owners.set(owner.subscriptionId, owner);
      this.owners.set(owner.subscriptionId, { owner, until: now + OWNER_KEPT_MS });
    }
    return owners;
  }

  private async commit(batch: Waiting[]): Promise<void> {
    const owners = await this.ownersOf(batch);
    const good = batch.map((one) =>
      one.notices.flatMap((notice): Notice[] => {
        const owner = owners.get(notice.subscriptionId);
        if (!owner || !timingSafeEqual(hashClientState(notice.clientState), owner.clientStateHash)) return [];
        const { tenantId, mailboxId } = owner;
        const { subscriptionId, duty, word, hint } = notice;
        return [{ tenantId, mailboxId, duty, subscriptionId, word, correlationId: one.correlationId, hint }];
      }),
    );
    const all = good.flat();
    if (all.length > 0) {
      await acceptNotices(this.deps.database.intake, all, this.deps.clock.now());
      this.deps.onStored(new Set(all.map((notice) => notice.duty)));
    }
    batch.forEach((one, index) => {
      const stored = good[index]?.length ?? 0;
      one.resolve({ stored, refused: one.notices.length - stored });
    });
  }
}
