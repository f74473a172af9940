import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import {
  askForRead,
  ensureFeed,
  type Feed,
  feedsOf,
  nextReadAt,
  pollFeed,
  saveFeed,
  unwatchFeed,
  watchFeed,
} from '../../src/store/feeds.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { DAY_MS, empty, HOUR_MS, MINUTE_MS, NOW, seedFeed, seedMailbox, seedTenant } from './seed.ts';

const LINK = 'https://graph/link';

describe('the watched calendars of a mailbox', () => {
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
    mailboxId = await seedMailbox(db, tenantId, NOW + DAY_MS);
  });

  const feeds = () => db.database.inTenant(tenantId, (sql) => feedsOf(sql, tenantId, mailboxId));
  const feed = async (calendarId = ''): Promise<Feed> => {
    const one = (await feeds()).find((it) => it.calendarId === calendarId);
    assert.ok(one, 'it is not watched');
    return one;
  };
  const ask = (askedAt: number, isFull = false) =>
    db.database.inTenant(tenantId, (sql) => askForRead(sql, tenantId, mailboxId, askedAt, isFull));
  /** As a sync does that began with what `one` says. */
  const save = (one: Feed, more: Partial<Parameters<typeof saveFeed>[3]> = {}) => {
    const found = {
      ...one,
      deltaLink: LINK,
      lookAt: NOW + HOUR_MS,
      readFrom: one.deltaLink,
      readAt: NOW,
      isFull: false,
    };
    return db.database.inTenant(tenantId, (sql) => saveFeed(sql, tenantId, mailboxId, { ...found, ...more }));
  };
  const nextMs = async () => {
    const next = await db.database.inTenant(tenantId, (sql) => nextReadAt(sql, tenantId, mailboxId, NOW));
    return next === null ? null : next - NOW;
  };
  const syncDueMs = async () => {
    const [row] = await db.peek<{ due: Date | null }>('select sync_due_at as due from cw.mailbox');
    return row?.due ? row.due.getTime() - NOW : null;
  };
  const asked = async (calendarId = '') => {
    const { askedAt, askedFull } = await feed(calendarId);
    return { inMs: askedAt === null ? null : askedAt - NOW, full: askedFull };
  };

  describe('asked for a read', () => {
    it('are all of them, and the mailbox is due', async () => {
      await seedFeed(db, { tenantId, mailboxId }, { calendarId: 'team', deltaLink: LINK });
      await ask(NOW);
      assert.deepEqual(await asked(), { inMs: 0, full: false });
      assert.deepEqual(await asked('team'), { inMs: 0, full: false });
      assert.equal(await syncDueMs(), 0);
    });

    it('twice keep the earlier time and the more thorough read', async () => {
      await ask(NOW + HOUR_MS, true);
      await ask(NOW + MINUTE_MS);
      await ask(NOW + 2 * HOUR_MS);
      assert.deepEqual(await asked(), { inMs: MINUTE_MS, full: true });
      assert.equal(await syncDueMs(), MINUTE_MS);
    });

    it('wake nobody who must sign in first', async () => {
      await db.peek('update cw.mailbox set sync_due_at = null');
      await ask(NOW);
      assert.equal(await syncDueMs(), null);
    });

    it('are answered by a read that begins after it', async () => {
      await ask(NOW, true);
      await save(await feed());
      assert.deepEqual(await asked(), { inMs: null, full: false });
    });

    it('while one is under way are not answered by that one', async () => {
      const began = await feed();
      await ask(NOW, true);
      await save(began);
      assert.deepEqual(await asked(), { inMs: 0, full: true });
    });

    it('for later are not answered by one before, unless it reads everything', async () => {
      await ask(NOW + HOUR_MS, true);
      await save(await feed());
      assert.deepEqual(await asked(), { inMs: HOUR_MS, full: true });
      await save(await feed(), { isFull: true });
      assert.deepEqual(await asked(), { inMs: null, full: false });
    });

    it('by many at once never wait for each other in a ring, nor for a sync that writes', async () => {
      for (const calendarId of ['c', 'a', 'b']) await seedFeed(db, { tenantId, mailboxId }, { calendarId });
      const all = await feeds();
      const write = () =>
        db.database.inTenant(tenantId, async (sql) => {
          for (const one of all)
            await saveFeed(sql, tenantId, mailboxId, { ...one, readFrom: one.deltaLink, readAt: NOW, isFull: true });
        });
      await Promise.all(Array.from({ length: 30 }, (_, index) => (index % 3 ? ask(NOW + index) : write())));
    });
  });

  describe('are due', () => {
    it('at once when one was never looked at', async () => assert.equal(await nextMs(), 0));

    it('at the least of all looks and of all that was asked for', async () => {
      await save(await feed(), { lookAt: NOW + 3 * HOUR_MS });
      await seedFeed(db, { tenantId, mailboxId }, { calendarId: 'team', deltaLink: LINK, lookAt: NOW + 2 * HOUR_MS });
      assert.equal(await nextMs(), 2 * HOUR_MS);
      await ask(NOW + HOUR_MS);
      assert.equal(await nextMs(), HOUR_MS);
    });

    it('never when none is watched', async () => {
      await db.database.inTenant(tenantId, (sql) => unwatchFeed(sql, tenantId, mailboxId, ''));
      assert.equal(await nextMs(), null);
    });
  });

  describe('switched off and on', () => {
    const off = (calendarId: string) =>
      db.database.inTenant(tenantId, (sql) => unwatchFeed(sql, tenantId, mailboxId, calendarId));
    const on = (calendarId: string, shared = false) =>
      db.database.inTenant(tenantId, (sql) =>
        watchFeed(sql, tenantId, mailboxId, { calendarId, name: 'Team', shared }, NOW),
      );

    it('begin anew: nothing read, at once', async () => {
      await on('team');
      await save(await feed('team'));
      await off('team');
      assert.deepEqual(
        (await feeds()).map((one) => one.calendarId),
        [''],
      );
      await on('team');
      const { deltaLink, lookAt } = await feed('team');
      assert.deepEqual([deltaLink, lookAt], [null, null]);
    });

    it('lose their part of the replica alone', async () => {
      for (const calendarId of ['', 'team'])
        await db.peek(
          `insert into cw.event (tenant_id, mailbox_id, event_id, calendar_id, type, start_at, end_at, data)
           values ($1, $2, $3, $3, 'single', now(), now(), '{}')`,
          [tenantId, mailboxId, calendarId],
        );
      await on('team');
      await off('team');
      assert.deepEqual(await db.peek('select calendar_id as id from cw.event'), [{ id: '' }]);
    });

    it('take nothing from a read that began before', async () => {
      await on('team');
      await save(await feed('team'));
      const began = await feed('team');
      await off('team');
      assert.equal(await save(began), false, 'off');
      await on('team');
      assert.equal(await save(began), false, 'its replica is gone, its link would lead past it');
      assert.equal((await feed('team')).deltaLink, null);
    });

    it('stay as they are when they were on already', async () => {
      await on('team');
      await save(await feed('team'));
      await on('team');
      assert.equal((await feed('team')).deltaLink, LINK);
    });

    it('are looked at by the clock alone where somebody else shares them', async () => {
      await on('boss', true);
      const { polled, shared } = await feed('boss');
      assert.deepEqual({ polled, shared }, { polled: true, shared: true });
    });

    it('stay off for a mailbox that connects again', async () => {
      await off('');
      await db.database.inTenant(tenantId, (sql) => ensureFeed(sql, tenantId, mailboxId, NOW));
      assert.deepEqual(await feeds(), []);
    });
  });

  it('that Graph gives no subscription for are marked', async () => {
    await db.database.inTenant(tenantId, (sql) => pollFeed(sql, tenantId, mailboxId, ''));
    assert.equal((await feed()).polled, true);
  });
});
