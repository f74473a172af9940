/** A Graph that answers what a test says, and a clock that a test moves; everything else is the product's own. */
import { randomUUID } from 'node:crypto';
import type { GraphEvent } from '../../src/calendar/normalise.ts';
import type { Clock } from '../../src/clock.ts';
import type { Access, DeltaPage, DeltaRequest, Graph, MailboxSettings } from '../../src/graph/port.ts';
import { DEFAULT_INTERVALS, type Intervals } from '../../src/intervals.ts';
import { createLog } from '../../src/log.ts';
import { acceptNotices, type Notice } from '../../src/store/inbox.ts';
import { claimMailboxes, type Duty, type MailboxLease } from '../../src/store/mailboxes.ts';
import type { DutyDeps } from '../../src/sync/mailbox-worker.ts';
import { SYNC_LEASE_MS, type SyncDeps, type Synced, syncMailbox } from '../../src/sync/sync-mailbox.ts';
import { NOW } from '../store/seed.ts';
import type { OpenTestDatabase } from '../support/postgres.ts';

export const DELTA_LINK = 'https://graph.test/delta';

/** A round that ends with this page. */
export const lastPage = (...items: GraphEvent[]): DeltaPage => ({ items, deltaLink: DELTA_LINK });

export class ByHand {
  now = NOW;
  /** What chance says next. */
  chance = 0;
  intervals: Intervals = DEFAULT_INTERVALS;
  settings: MailboxSettings = {};
  readonly clock: Clock = { now: () => this.now, after: () => () => undefined };
  /** What delta was asked for, in order. */
  readonly requests: DeltaRequest[] = [];
  /** The answers in turn; when there are none left, nothing has changed. */
  readonly pages: (() => DeltaPage | Promise<DeltaPage>)[] = [];
  readonly graph = {
    readDeltaPage: async (_access: Access, request: DeltaRequest): Promise<DeltaPage> => {
      this.requests.push(request);
      return (await this.pages.shift()?.()) ?? lastPage();
    },
    readMailboxSettings: async (): Promise<MailboxSettings> => this.settings,
  } as unknown as Graph;

  constructor(private readonly db: OpenTestDatabase) {}

  get deps(): SyncDeps & DutyDeps {
    return {
      database: this.db.database,
      graph: this.graph,
      travel: { name: 'none', estimate: async () => undefined },
      clock: this.clock,
      log: createLog('silent'),
      intervals: this.intervals,
      followers: [],
      newId: randomUUID,
      random: () => this.chance,
    };
  }

  async claim(duty: Duty = 'sync'): Promise<MailboxLease | undefined> {
    return (await claimMailboxes(this.db.database.system, duty, 1, SYNC_LEASE_MS, this.now))[0];
  }

  /** Without more, one that says of nothing that it is about, from a subscription that nobody knows. */
  notify(tenantId: string, mailboxId: string, more: Partial<Notice> = {}): Promise<number> {
    const notice: Notice = {
      tenantId,
      mailboxId,
      duty: 'sync',
      subscriptionId: 's',
      word: 'updated',
      correlationId: 'c',
      ...more,
    };
    return acceptNotices(this.db.database.system, [notice], this.now);
  }

  /** Claims the mailbox that is due, which must be there, and reads it. */
  async sync(): Promise<Synced | undefined> {
    const lease = await this.claim();
    if (!lease) throw new Error('nothing is due');
    return syncMailbox(this.deps, lease);
  }

  /** How long until this mailbox is due; undefined: never. */
  async dueInMs(duty: Duty = 'sync'): Promise<number | undefined> {
    const [row] = await this.db.peek<{ due: Date | null }>(`select ${duty}_due_at as due from cw.mailbox`);
    if (!row) throw new Error('there is no mailbox');
    return row.due ? row.due.getTime() - this.now : undefined;
  }
}
