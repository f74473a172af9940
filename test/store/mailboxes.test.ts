import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import {
  acceptNotices,
  claimMailboxes,
  type Duty,
  findFeed,
  findMailbox,
  findSubscriptionOwners,
  finishDuty,
  forgetMailbox,
  type MailboxLease,
  newestNotice,
  postponeDuty,
  saveFeed,
  saveSubscription,
  suspendMailbox,
  watchMailbox,
} from '../../src/store/mailboxes.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { empty, HOUR_MS, MINUTE_MS, NOW, SECOND_MS, seedMailbox, seedPerson, seedTenant } from './seed.ts';

const LEASE_MS = 30 * SECOND_MS;

describe('leases on mailboxes', () => {
  let db: OpenTestDatabase;
  let tenantId: string;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    tenantId = await seedTenant(db);
  });

  const claim = (now: number, most = 10, duty: Duty = 'sync') =>
    claimMailboxes(db.database.system, duty, most, LEASE_MS, now);
  const one = async (now: number, duty: Duty = 'sync'): Promise<MailboxLease> => {
    const [lease] = await claim(now, 1, duty);
    assert.ok(lease, 'nothing was due');
    return lease;
  };
  const notify = (mailboxId: string, now: number, duty: Duty = 'sync') =>
    acceptNotices(
      db.database.system,
      [{ tenantId, mailboxId, duty, subscriptionId: 's', word: 'updated', correlationId: 'c' }],
      now,
    );
  const finish = (lease: MailboxLease, now: number, upToSeq = 0, duty: Duty = 'sync') =>
    db.database.inTenant(tenantId, (sql) =>
      finishDuty(sql, lease, duty, { upToSeq, nextAt: now + HOUR_MS, changed: true }, now),
    );
  const waiting = () => db.peek<{ seq: number }>('select seq from cw.inbox order by seq');

  it('are given once, and again when they have run out, with a higher fence', async () => {
    await seedMailbox(db, tenantId);
    const first = await one(NOW);
    assert.deepEqual(await claim(NOW + LEASE_MS - 1), []);
    const second = await one(NOW + LEASE_MS);
    assert.equal(second.mailboxId, first.mailboxId);
    assert.ok(second.fence > first.fence);
  });

  it('are given for each duty apart', async () => {
    await seedMailbox(db, tenantId);
    assert.equal((await claim(NOW, 10, 'sync')).length, 1);
    assert.equal((await claim(NOW, 10, 'care')).length, 1);
  });

  it('go to what is due longest, and to nothing that is not due', async () => {
    const boxes: string[] = [];
    for (const late of [3, 1, 2, -1]) boxes.push(await seedMailbox(db, tenantId, NOW - late * MINUTE_MS));
    const order: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) order.push(...(await claim(NOW, 1)).map((lease) => lease.mailboxId));
    assert.deepEqual(order, [boxes[0], boxes[2], boxes[1]]);
  });

  it('are never given twice, however many ask at once', async () => {
    for (let n = 0; n < 60; n += 1) await seedMailbox(db, tenantId);
    const claims = await Promise.all(Array.from({ length: 20 }, () => claim(NOW, 7)));
    const more = await claim(NOW, 100);
    const all = [...claims.flat(), ...more].map((lease) => lease.mailboxId);
    assert.equal(all.length, 60);
    assert.equal(new Set(all).size, 60);
  });

  it('skip a row that somebody is writing instead of waiting for it', async () => {
    const busy = await seedMailbox(db, tenantId, NOW - MINUTE_MS);
    const free = await seedMailbox(db, tenantId);
    await db.database.inTenant(tenantId, async (sql) => {
      await sql.query('update cw.mailbox set greet = true where tenant_id = $1 and mailbox_id = $2', [tenantId, busy]);
      assert.deepEqual(
        (await claim(NOW)).map((lease) => lease.mailboxId),
        [free],
      );
    });
  });

  it('end with the next time when nothing came meanwhile', async () => {
    await seedMailbox(db, tenantId);
    await finish(await one(NOW), NOW + SECOND_MS);
    assert.deepEqual(await claim(NOW + HOUR_MS), []);
    assert.equal((await claim(NOW + HOUR_MS + SECOND_MS)).length, 1);
  });

  it('end due at once when a notice came meanwhile, and keep that notice', async () => {
    const mailboxId = await seedMailbox(db, tenantId);
    await notify(mailboxId, NOW);
    const lease = await one(NOW);
    const seen = await db.database.inTenant(tenantId, (sql) => newestNotice(sql, lease, 'sync'));
    await notify(mailboxId, NOW + 2 * SECOND_MS);
    assert.deepEqual(await claim(NOW + 3 * SECOND_MS), [], 'the lease still holds');
    await finish(lease, NOW + 5 * SECOND_MS, seen?.seq);
    assert.equal((await waiting()).length, 1);
    assert.equal((await claim(NOW + 5 * SECOND_MS)).length, 1);
  });

  it('that were lost end nothing: LEASE_LOST, and all of the transaction rolls back', async () => {
    const mailboxId = await seedMailbox(db, tenantId);
    await notify(mailboxId, NOW);
    const stale = await one(NOW);
    const current = await one(NOW + LEASE_MS);
    const feed = { calendarId: '', deltaLink: 'https://graph/link', windowFrom: NOW, windowTo: NOW + HOUR_MS };
    const work = db.database.inTenant(tenantId, async (sql) => {
      await saveFeed(sql, tenantId, mailboxId, feed);
      await finishDuty(sql, stale, 'sync', { upToSeq: 9_999, nextAt: NOW + HOUR_MS }, NOW + LEASE_MS);
    });
    await assert.rejects(work, { code: 'LEASE_LOST' });
    assert.equal((await waiting()).length, 1, 'the notice stays');
    assert.equal(await db.database.inTenant(tenantId, (sql) => findFeed(sql, tenantId, mailboxId, '')), undefined);
    await finish(current, NOW + LEASE_MS + SECOND_MS, 9_999);
    assert.equal((await waiting()).length, 0);
  });

  it('of a mailbox that was forgotten and is watched anew end nothing', async () => {
    const mailboxId = await seedMailbox(db, tenantId);
    const stale = await one(NOW);
    await db.database.inTenant(tenantId, async (sql) => {
      await forgetMailbox(sql, tenantId, mailboxId);
      await watchMailbox(sql, tenantId, mailboxId, mailboxId, NOW + SECOND_MS);
    });
    await one(NOW + SECOND_MS);
    await assert.rejects(finish(stale, NOW + 2 * SECOND_MS), { code: 'LEASE_LOST' });
  });

  it('are taken away when the person signs in again: no waiting for the lease of what failed', async () => {
    const mailboxId = await seedMailbox(db, tenantId);
    const stale = await one(NOW);
    await db.database.inTenant(tenantId, (sql) => suspendMailbox(sql, tenantId, mailboxId));
    assert.deepEqual(await claim(NOW + HOUR_MS), [], 'suspended');
    await db.database.inTenant(tenantId, (sql) => watchMailbox(sql, tenantId, mailboxId, mailboxId, NOW + SECOND_MS));
    assert.equal((await claim(NOW + SECOND_MS)).length, 1);
    await assert.rejects(finish(stale, NOW + 2 * SECOND_MS), { code: 'LEASE_LOST' });
    const mailbox = await db.database.inTenant(tenantId, (sql) => findMailbox(sql, tenantId, mailboxId));
    assert.equal(mailbox?.greet, true, 'the greeting is still owed');
  });

  it('that failed wait their time, whatever comes in: a notice does not call Graph before Retry-After', async () => {
    const mailboxId = await seedMailbox(db, tenantId);
    const lease = await one(NOW);
    await db.database.inTenant(tenantId, (sql) => postponeDuty(sql, lease, 'sync', NOW + 20 * SECOND_MS));
    await notify(mailboxId, NOW + 5 * SECOND_MS);
    assert.deepEqual(await claim(NOW + 19 * SECOND_MS), []);
    assert.equal((await claim(NOW + 20 * SECOND_MS)).length, 1);
  });

  it('that failed and were lost postpone nothing', async () => {
    await seedMailbox(db, tenantId);
    const stale = await one(NOW);
    const current = await one(NOW + LEASE_MS);
    await db.database.inTenant(tenantId, (sql) => postponeDuty(sql, stale, 'sync', NOW + 9 * HOUR_MS));
    await finish(current, NOW + LEASE_MS);
    assert.equal((await claim(NOW + LEASE_MS + HOUR_MS)).length, 1);
  });

  it('wake nobody who is not watched any more', async () => {
    const mailboxId = await seedMailbox(db, tenantId);
    await db.database.inTenant(tenantId, (sql) => suspendMailbox(sql, tenantId, mailboxId));
    assert.equal(await notify(mailboxId, NOW), 1);
    assert.deepEqual(await claim(NOW + HOUR_MS), []);
    await db.database.inTenant(tenantId, (sql) => forgetMailbox(sql, tenantId, mailboxId));
    assert.equal(await notify(mailboxId, NOW), 0);
  });
});

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

  const notice = (index: number, duty: Duty = 'sync') => ({
    tenantId: tenants[index] ?? '',
    mailboxId: boxes[index] ?? '',
    duty,
    subscriptionId: 's',
    word: 'updated',
    correlationId: 'c',
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
          clientStateHash,
          expiresAt: NOW,
          renewAt: NOW,
          provenAt: NOW,
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
});
