/** A Graph that answers what a test says, and a clock that a test moves; everything else is the product's own. */
import { randomUUID } from 'node:crypto';
import type { GraphEvent } from '../../src/calendar/normalise.ts';
import type { Clock } from '../../src/clock.ts';
import type { DeltaPage, DeltaRequest, Graph } from '../../src/graph/port.ts';
import { createLog } from '../../src/log.ts';
import { acceptNotices, claimMailboxes, type Duty, type MailboxLease } from '../../src/store/mailboxes.ts';
import { SYNC_LEASE_MS, type SyncDeps, syncMailbox } from '../../src/sync/sync-mailbox.ts';
import { NOW } from '../store/seed.ts';
import type { OpenTestDatabase } from '../support/postgres.ts';

export const DELTA_LINK = 'https://graph.test/delta';

/** A round that ends with this page. */
export const lastPage = (...items: GraphEvent[]): DeltaPage => ({ items, deltaLink: DELTA_LINK });

export class ByHand {
  now = NOW;
  readonly clock: Clock = { now: () => this.now, after: () => () => undefined };
  /** What delta was asked for, in order. */
  readonly requests: DeltaRequest[] = [];
  /** The answers in turn; when there are none left, nothing has changed. */
  readonly pages: (() => DeltaPage | Promise<DeltaPage>)[] = [];
  readonly graph = {
    readDeltaPage: async (_access: unknown, request: DeltaRequest): Promise<DeltaPage> => {
      this.requests.push(request);
      return (await this.pages.shift()?.()) ?? lastPage();
    },
  } as unknown as Graph;

  constructor(private readonly db: OpenTestDatabase) {}

  get deps(): SyncDeps {
    return {
      database: this.db.database,
      graph: this.graph,
      travel: { name: 'none', estimate: async () => undefined },
      clock: this.clock,
      log: createLog('silent'),
      newId: randomUUID,
    };
  }

  async claim(duty: Duty = 'sync'): Promise<MailboxLease | undefined> {
    return (await claimMailboxes(this.db.database.system, duty, 1, SYNC_LEASE_MS, this.now))[0];
  }

  notify(tenantId: string, mailboxId: string): Promise<number> {
    const notice = { subscriptionId: 's', word: 'updated', correlationId: 'c' };
    return acceptNotices(this.db.database.system, [{ tenantId, mailboxId, duty: 'sync', ...notice }], this.now);
  }

  /** Claims the mailbox that is due, which must be there, and reads it. */
  async sync(): Promise<void> {
    const lease = await this.claim();
    if (!lease) throw new Error('nothing is due');
    await syncMailbox(this.deps, lease);
  }

  /** How long until this mailbox is due. */
  async dueInMs(): Promise<number> {
    const [row] = await this.db.peek<{ due: Date }>('select sync_due_at as due from cw.mailbox');
    if (!row) throw new Error('there is no mailbox');
    return row.due.getTime() - this.now;
  }
}
