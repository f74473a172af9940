import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import {
  acceptNotices,
  findSubscriptionOwners,
  forgetNotices,
  MOST_WAITING,
  type Notice,
  waitingNotices,
} from '../../src/store/inbox.ts';
import { claimMailboxes, type Duty, type MailboxLease, watchMailbox } from '../../src/store/mailboxes.ts';
import { saveSubscription } from '../../src/store/subscriptions.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import {
  empty,
  HOUR_MS,
  MINUTE_MS,
  NOW,
  SECOND_MS,
  seedMailbox,
  seedPerson,
  seedSubscription,
  seedTenant,
} from './seed.ts';

const LEASE_MS = 30 * SECOND_MS;

describe('notices', () => {
  let db: OpenTestDatabase;
  let tenants: string[];
  let boxes: string[];

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    tenants = [await seedTenant(db), await seedTenant(db)];
    boxes = [];
    for (const tenant of tenants) boxes.push(await seedMailbox(db, tenant, NOW + HOUR_MS));
  });

  const notice = (index: number, duty: Duty = 'sync', more: Partial<Notice> = {}): Notice => ({
    tenantId: tenants[index] ?? '',
    mailboxId: boxes[index] ?? '',
    duty,
    subscriptionId: 's',
    word: 'updated',
    correlationId: 'c',
    ...more,
  });

  it('of several tenants in one batch make each mailbox due for its duty alone', async () => {
    const { system } = db.database;
    assert.equal(await acceptNotices(system, [notice(0), notice(0), notice(1, 'care')], NOW), 3);
    const sync = await claimMailboxes(system, 'sync', 10, LEASE_MS, NOW);
    const care = await claimMailboxes(system, 'care', 10, LEASE_MS, NOW);
    assert.deepEqual([sync.map((one) => one.mailboxId), care.map((one) => one.mailboxId)], [[boxes[0]], [boxes[1]]]);
  });

  it('of an unknown mailbox, or of one under another tenant’s name, are left out; the others count', async () => {
    const { system } = db.database;
    const foreign = { ...notice(0), tenantId: tenants[1] ?? '' };
    const unknown = { ...notice(0), mailboxId: 'nobody' };
    assert.equal(await acceptNotices(system, [foreign, unknown, notice(1)], NOW), 1);
    assert.equal((await db.peek('select 1 from cw.inbox')).length, 1);
  });

  it('that arrive side by side in opposite orders never wait for each other in a ring', async () => {
    const { system } = db.database;
    const batches = Array.from({ length: 40 }, (_, index) =>
      acceptNotices(system, index % 2 ? [notice(0), notice(1)] : [notice(1), notice(0)], NOW),
    );
    assert.deepEqual([...new Set(await Promise.all(batches))], [2]);
    assert.equal((await db.peek('select 1 from cw.inbox')).length, 80);
  });

  it('find their owner across tenants by the subscription id, and learn no more than the hash', async () => {
    const clientStateHash = Buffer.from('0102', 'hex');
    for (const [index, tenant] of tenants.entries())
      await db.database.inTenant(tenant, (sql) =>
        saveSubscription(sql, tenant, {
          subscriptionId: `sub-${index}`,
          mailboxId: boxes[index] ?? '',
          calendarId: '',
          certificateId: null,
          clientStateHash,
          expiresAt: NOW,
          renewAt: NOW,
          provenAt: NOW,
          authorizedAt: NOW,
          tokenUntil: null,
          reauthorizeAt: null,
          createdAt: NOW,
        }),
      );
    const owners = await findSubscriptionOwners(db.database.system, ['sub-1', 'sub-0', 'sub-9']);
    assert.deepEqual(owners.map((one) => `${one.subscriptionId} ${one.tenantId}`).sort(), [
      `sub-0 ${tenants[0]}`,
      `sub-1 ${tenants[1]}`,
    ]);
    assert.deepEqual(Object.keys(owners[0] ?? {}).sort(), [
      'clientStateHash',
      'mailboxId',
      'subscriptionId',
      'tenantId',
    ]);
  });

  it('wait behind a person who is gone: nothing is left of them', async () => {
    const [tenant = ''] = tenants;
    const person = await seedPerson(db, tenant);
    await db.database.inTenant(tenant, (sql) => watchMailbox(sql, tenant, person, person, NOW));
    await acceptNotices(db.database.system, [{ ...notice(0), mailboxId: person }], NOW);
    await db.peek('delete from cw.person where person_id = $1', [person]);
    assert.deepEqual(await db.peek('select 1 from cw.inbox where mailbox_id = $1', [person]), []);
  });

  describe('that wait', () => {
    const lease = (): MailboxLease => ({ tenantId: tenants[0] ?? '', mailboxId: boxes[0] ?? '', fence: 0, until: 0 });
    const waiting = (duty: Duty = 'sync') =>
      db.database.inTenant(tenants[0] ?? '', (sql) => waitingNotices(sql, lease(), duty));
    const accept = (...notices: Notice[]) => acceptNotices(db.database.system, notices, NOW);

    it('say which version of what they speak of, and of which calendar, newest first', async () => {
      const owner = { tenantId: tenants[0] ?? '', mailboxId: boxes[0] ?? '' };
      await seedSubscription(db, owner, { subscriptionId: 'known', calendarId: 'team' });
      const hint = { eventId: 'e1', etag: 'W/"v2"' };
      await accept(notice(0, 'sync', { subscriptionId: 'known', hint }), notice(1), notice(0, 'care'));
      await accept(notice(0, 'sync', { word: 'deleted', correlationId: 'last' }));
      const seen = (await waiting()).map(({ seq, ...rest }) => rest);
      assert.deepEqual(seen, [
        {
          word: 'deleted',
          correlationId: 'last',
          receivedAt: NOW,
          calendarId: null,
          subscriptionId: 's',
          hintEventId: null,
          hintEtag: null,
        },
        {
          word: 'updated',
          correlationId: 'c',
          receivedAt: NOW,
          calendarId: 'team',
          subscriptionId: 'known',
          hintEventId: 'e1',
          hintEtag: 'W/"v2"',
        },
      ]);
      assert.equal((await waiting('care')).length, 1);
    });

    it('are looked at up to a limit, and all that came before are done with', async () => {
      await accept(...Array.from({ length: MOST_WAITING + 20 }, () => notice(0)));
      const seen = await waiting();
      assert.equal(seen.length, MOST_WAITING);
      await accept(notice(0));
      await db.database.inTenant(tenants[0] ?? '', (sql) => forgetNotices(sql, lease(), 'sync', seen[0]?.seq ?? 0));
      assert.equal((await waiting()).length, 1);
    });
  });

  describe('prove the subscription that sent them', () => {
    const provenAt = async (id: string) => {
      const [row] = await db.peek<{ at: Date }>(
        'select proven_at as at from cw.subscription where subscription_id = $1',
        [id],
      );
      return (row?.at.getTime() ?? 0) - NOW;
    };
    let id: string;

    beforeEach(async () => {
      id = await seedSubscription(db, { tenantId: tenants[0] ?? '', mailboxId: boxes[0] ?? '' });
    });
    const accept = (afterMs: number, more: Partial<Notice> = {}, duty: Duty = 'sync') =>
      acceptNotices(db.database.system, [notice(0, duty, { subscriptionId: id, ...more })], NOW + afterMs);

    it('which is written down every ten minutes at most', async () => {
      await accept(10 * MINUTE_MS);
      assert.equal(await provenAt(id), 0);
      await accept(11 * MINUTE_MS);
      await accept(20 * MINUTE_MS);
      assert.equal(await provenAt(id), 11 * MINUTE_MS);
      await accept(22 * MINUTE_MS);
      assert.equal(await provenAt(id), 22 * MINUTE_MS);
    });

    it('and no other one, of the mailbox or of another', async () => {
      const others = [
        await seedSubscription(db, { tenantId: tenants[0] ?? '', mailboxId: boxes[0] ?? '' }, { calendarId: 'team' }),
        await seedSubscription(db, { tenantId: tenants[1] ?? '', mailboxId: boxes[1] ?? '' }),
      ];
      await accept(HOUR_MS);
      assert.deepEqual([await provenAt(others[0] ?? ''), await provenAt(others[1] ?? '')], [0, 0]);
      // Whoever names a subscription of another mailbox proves nothing of it.
      await accept(HOUR_MS, { subscriptionId: others[1] ?? '' });
      assert.equal(await provenAt(others[1] ?? ''), 0);
    });

    it('but a lifecycle notice proves nothing', async () => {
      await accept(HOUR_MS, { word: 'reauthorizationRequired' }, 'care');
      assert.equal(await provenAt(id), 0);
    });
  });
});
