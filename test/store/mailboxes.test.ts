import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { saveFeed } from '../../src/store/feeds.ts';
import { acceptNotices, waitingNotices } from '../../src/store/inbox.ts';
import {
  claimMailboxes,
  clearLeftovers,
  type Duty,
  endMailbox,
  extendLease,
  findMailbox,
  finishDuty,
  forgetMailbox,
  forgettableMailboxes,
  type Mailbox,
  type MailboxLease,
  markBlind,
  markSynced,
  markUnreadable,
  noteLeftovers,
  postponeDuty,
  suspendMailbox,
  watchMailbox,
} from '../../src/store/mailboxes.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import {
  DAY_MS,
  empty,
  HOUR_MS,
  MINUTE_MS,
  NOW,
  SECOND_MS,
  seedMailbox,
  seedSubscription,
  seedTenant,
} from './seed.ts';

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
    db.database.inTenant(tenantId, (sql) => finishDuty(sql, lease, duty, { upToSeq, nextAt: now + HOUR_MS }));
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
    const seen = await db.database.inTenant(tenantId, (sql) => waitingNotices(sql, lease, 'sync'));
    await notify(mailboxId, NOW + 2 * SECOND_MS);
    assert.deepEqual(await claim(NOW + 3 * SECOND_MS), [], 'the lease still holds');
    await finish(lease, NOW + 5 * SECOND_MS, seen[0]?.seq);
    assert.equal((await waiting()).length, 1);
    assert.equal((await claim(NOW + 5 * SECOND_MS)).length, 1);
  });

  it('that were lost end nothing: LEASE_LOST, and all of the transaction rolls back', async () => {
    const mailboxId = await seedMailbox(db, tenantId);
    await notify(mailboxId, NOW);
    const stale = await one(NOW);
    const current = await one(NOW + LEASE_MS);
    const feed = {
      calendarId: '',
      deltaLink: 'https://graph/link',
      windowFrom: NOW,
      windowTo: NOW + HOUR_MS,
      lookAt: NOW,
      fullAt: null,
      echoes: 0,
      asks: 0,
      readFrom: null,
      readAt: NOW,
      isFull: true,
    };
    const work = db.database.inTenant(tenantId, async (sql) => {
      assert.ok(await saveFeed(sql, tenantId, mailboxId, feed));
      await finishDuty(sql, stale, 'sync', { upToSeq: 9_999, nextAt: NOW + HOUR_MS });
    });
    await assert.rejects(work, { code: 'LEASE_LOST' });
    assert.equal((await waiting()).length, 1, 'the notice stays');
    assert.deepEqual(await db.peek('select delta_link as link from cw.feed'), [{ link: null }]);
    await finish(current, NOW + LEASE_MS + SECOND_MS, 9_999);
    assert.equal((await waiting()).length, 0);
  });

  it('of a mailbox that was forgotten and is watched anew end nothing', async () => {
    const mailboxId = await seedMailbox(db, tenantId);
    const stale = await one(NOW);
    await db.peek('delete from cw.mailbox');
    await db.database.inTenant(tenantId, async (sql) => {
      await watchMailbox(sql, tenantId, mailboxId, mailboxId, NOW + SECOND_MS);
    });
    await one(NOW + SECOND_MS);
    await assert.rejects(finish(stale, NOW + 2 * SECOND_MS), { code: 'LEASE_LOST' });
  });

  it('are taken away when the person signs in again: no waiting for the lease of what failed', async () => {
    const mailboxId = await seedMailbox(db, tenantId);
    const stale = await one(NOW);
    await db.database.inTenant(tenantId, (sql) => suspendMailbox(sql, tenantId, mailboxId, NOW));
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
    await db.database.inTenant(tenantId, (sql) => suspendMailbox(sql, tenantId, mailboxId, NOW));
    assert.equal(await notify(mailboxId, NOW), 1);
    assert.deepEqual(await claim(NOW + HOUR_MS), []);
    await db.database.inTenant(tenantId, (sql) => endMailbox(sql, tenantId, mailboxId, NOW));
    assert.equal(await notify(mailboxId, NOW), 1);
    assert.deepEqual(await claim(NOW + HOUR_MS), []);
    await db.peek('delete from cw.mailbox');
    assert.equal(await notify(mailboxId, NOW), 0);
  });
});

describe('what is known of a mailbox', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let mailboxId: string;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    tenantId = await seedTenant(db);
    mailboxId = await seedMailbox(db, tenantId);
  });

  const claim = async (duty: Duty = 'sync', now = NOW): Promise<MailboxLease> => {
    const [lease] = await claimMailboxes(db.database.system, duty, 1, LEASE_MS, now);
    assert.ok(lease, 'nothing was due');
    return lease;
  };
  const known = async (): Promise<Mailbox> => {
    const mailbox = await db.database.inTenant(tenantId, (sql) => findMailbox(sql, tenantId, mailboxId));
    assert.ok(mailbox);
    return mailbox;
  };
  const blind = (since: number) => db.database.inTenant(tenantId, (sql) => markBlind(sql, tenantId, mailboxId, since));
  const watch = (now = NOW) =>
    db.database.inTenant(tenantId, (sql) => watchMailbox(sql, tenantId, mailboxId, mailboxId, now));
  const end = (now = NOW) => db.database.inTenant(tenantId, (sql) => endMailbox(sql, tenantId, mailboxId, now));
  const synced = (lease: MailboxLease, caughtUpSince: number | null, now = NOW) =>
    db.database.inTenant(tenantId, (sql) => markSynced(sql, lease, { changed: false, caughtUpSince }, now));

  it('keeps the earliest beginning of a blindness', async () => {
    for (const since of [NOW, NOW - HOUR_MS, NOW - MINUTE_MS]) await blind(since);
    assert.equal((await known()).blindSince, NOW - HOUR_MS);
  });

  it('ends the blindness that a read caught up with, and none that began anew meanwhile', async () => {
    const lease = await claim();
    await blind(NOW);
    await synced(lease, null);
    assert.equal((await known()).blindSince, NOW, 'a read that knew of none ends none');
    await blind(NOW - MINUTE_MS);
    await synced(lease, NOW);
    assert.equal((await known()).blindSince, NOW - MINUTE_MS);
    await synced(lease, NOW - MINUTE_MS);
    assert.equal((await known()).blindSince, null);
  });

  it('is blind from when nobody could sign in, and from before if it was already', async () => {
    const suspend = (now: number) =>
      db.database.inTenant(tenantId, (sql) => suspendMailbox(sql, tenantId, mailboxId, now));
    await suspend(NOW);
    await suspend(NOW + HOUR_MS);
    const mailbox = await known();
    assert.deepEqual([mailbox.blindSince, mailbox.syncDueAt], [NOW, null]);
    await watch(NOW + 2 * HOUR_MS);
    assert.equal((await known()).blindSince, NOW, 'the gap is still to be told');
  });

  it('notes the first time that it could not be read; being read, or a new beginning, ends that', async () => {
    const unreadable = (now: number) =>
      db.database.inTenant(tenantId, (sql) => markUnreadable(sql, tenantId, mailboxId, now));
    await unreadable(NOW);
    await unreadable(NOW + HOUR_MS);
    assert.equal((await known()).unreadableSince, NOW);
    await watch();
    assert.equal((await known()).unreadableSince, null);
    await unreadable(NOW);
    await synced(await claim(), null);
    assert.equal((await known()).unreadableSince, null);
  });

  describe('when watching ends', () => {
    const rows = async () => {
      const counts: Record<string, number> = {};
      for (const table of ['event', 'change', 'feed', 'inbox', 'subscription', 'mailbox'])
        counts[table] = (await db.peek(`select 1 from cw.${table}`)).length;
      return counts;
    };

    beforeEach(async () => {
      await seedSubscription(db, { tenantId, mailboxId });
      await db.peek(
        `insert into cw.event (tenant_id, mailbox_id, event_id, calendar_id, type, start_at, end_at, data)
         values ($1, $2, 'e', '', 'single', now(), now(), '{}')`,
        [tenantId, mailboxId],
      );
    });

    it('loses all of the replica at once and keeps what Graph is still to be told of', async () => {
      await end();
      assert.deepEqual(await rows(), { event: 0, change: 0, feed: 0, inbox: 0, subscription: 1, mailbox: 1 });
      const mailbox = await known();
      assert.deepEqual([mailbox.ending, mailbox.syncDueAt], [true, null]);
    });

    it('takes the lease from whoever works on it, and care is due', async () => {
      const leases = { sync: await claim('sync'), care: await claim('care') };
      await end();
      for (const duty of ['sync', 'care'] as const)
        await assert.rejects(
          db.database.inTenant(tenantId, (sql) => extendLease(sql, leases[duty], duty, NOW + LEASE_MS)),
          { code: 'LEASE_LOST' },
        );
      assert.equal((await claim('care')).mailboxId, mailboxId);
    });

    it('is forgotten by whoever has the lease, unless it is watched again', async () => {
      await end();
      const lease = await claim('care');
      await watch();
      await assert.rejects(
        db.database.inTenant(tenantId, (sql) => forgetMailbox(sql, lease)),
        { code: 'LEASE_LOST' },
      );
      await end();
      const again = await claim('care');
      await db.database.inTenant(tenantId, (sql) => forgetMailbox(sql, again));
      assert.deepEqual(await rows(), { event: 0, change: 0, feed: 0, inbox: 0, subscription: 0, mailbox: 0 });
    });

    it('knows nothing of before once it is watched again: no blindness, no last read', async () => {
      await synced(await claim(), null);
      await blind(NOW);
      await end();
      await watch(NOW + HOUR_MS);
      const { blindSince, syncedAt, ending, greet } = await known();
      assert.deepEqual(
        { blindSince, syncedAt, ending, greet },
        { blindSince: null, syncedAt: null, ending: false, greet: true },
      );
    });
  });

  describe('of what may be left at Graph', () => {
    const note = (lease: MailboxLease, at: number) =>
      db.database.inTenant(tenantId, (sql) => noteLeftovers(sql, lease, at));
    const clear = (lease: MailboxLease, at: number) =>
      db.database.inTenant(tenantId, (sql) => clearLeftovers(sql, lease, at));

    it('is one note; an older one stays, and only its own is cleared', async () => {
      const lease = await claim('care');
      await note(lease, NOW);
      await note(lease, NOW + HOUR_MS);
      assert.equal((await known()).leftoversAt, NOW);
      await clear(lease, NOW + HOUR_MS);
      assert.equal((await known()).leftoversAt, NOW);
      await clear(lease, NOW);
      assert.equal((await known()).leftoversAt, null);
    });

    it('is written and cleared by whoever has the lease alone', async () => {
      const stale = await claim('care');
      await claim('care', NOW + LEASE_MS);
      await assert.rejects(note(stale, NOW), { code: 'LEASE_LOST' });
      await assert.rejects(clear(stale, NOW), { code: 'LEASE_LOST' });
    });
  });

  it('names for forgetting who could not be read, or did not sign in, since long ago; nobody else', async () => {
    const long = NOW - 31 * DAY_MS;
    const ids = async (most = 10) =>
      (await forgettableMailboxes(db.database.system, most, NOW - 30 * DAY_MS)).map((one) => one.mailboxId);
    const made = async (columns: string) => {
      const id = await seedMailbox(db, tenantId);
      await db.peek(
        `update cw.mailbox set ${columns.replaceAll('LONG', `'${new Date(long).toISOString()}'`)} where mailbox_id = $1`,
        [id],
      );
      return id;
    };
    const gone = [
      await made('unreadable_since = LONG'),
      await made('sync_due_at = null, care_due_at = null, blind_since = LONG'),
    ];
    await made('blind_since = LONG');
    await made('sync_due_at = null, care_due_at = null');
    await made('unreadable_since = LONG, ending = true');
    assert.deepEqual((await ids()).sort(), gone.sort());
    assert.equal((await ids(1)).length, 1);
  });
});
