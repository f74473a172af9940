import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { GraphEvent } from '../../src/calendar/normalise.ts';
import { GraphFailure } from '../../src/graph/failures.ts';
import { DEFAULT_INTERVALS } from '../../src/intervals.ts';
import { SYNC_LEASE_MS, syncMailbox } from '../../src/sync/sync-mailbox.ts';
import { empty, HOUR_MS, MINUTE_MS, NOW, SECOND_MS, seedMailbox, seedSubscription, seedTenant } from '../store/seed.ts';
import { DAY, graphEvent, graphMaster, graphTime, skeleton } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { ByHand, DELTA_LINK, lastPage } from './by-hand.ts';

const { catchUpMs: CATCH_UP_MS, catchUpUnprovenMs: BLIND_MS } = DEFAULT_INTERVALS;
const LINKS = { link: DELTA_LINK };
const meeting = (id: string, startAt: number) =>
  graphEvent({ id, start: graphTime(startAt), end: graphTime(startAt + 30 * MINUTE_MS) });

describe('syncing one mailbox', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let mailboxId: string;
  let hand: ByHand;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    tenantId = await seedTenant(db);
    mailboxId = await seedMailbox(db, tenantId);
    hand = new ByHand(db);
  });

  /** Proven, unless said otherwise, for as long as a test lasts. */
  const subscribe = (expiresAt = NOW + 30 * DAY, provenAt = NOW + 30 * DAY) =>
    seedSubscription(db, { tenantId, mailboxId }, { expiresAt, provenAt });
  const notify = () => hand.notify(tenantId, mailboxId);
  const replica = async () =>
    (await db.peek<{ id: string }>('select event_id as id from cw.event order by event_id')).map((one) => one.id);
  const written = async () => {
    const counts: Record<string, number> = {};
    for (const table of ['event', 'change', 'nudge', 'inbox'])
      counts[table] = (await db.peek(`select 1 from cw.${table}`)).length;
    counts.feed = (await db.peek('select 1 from cw.feed where delta_link is not null')).length;
    return counts;
  };
  const NOTHING = { event: 0, feed: 0, change: 0, nudge: 0, inbox: 0 };

  describe('that reads longer than its lease', () => {
    const PAGES = 5;
    /** Each page takes two thirds of a lease; `meanwhile` happens while the page of that number is on its way. */
    const slowly = (meanwhile: (page: number) => unknown) => {
      for (let page = 1; page <= PAGES; page += 1)
        hand.pages.push(async () => {
          hand.now += (SYNC_LEASE_MS * 2) / 3;
          await meanwhile(page);
          const items = [meeting(`e${page}`, NOW + DAY + page * HOUR_MS)];
          return page === PAGES ? { items, deltaLink: DELTA_LINK } : { items, nextLink: `https://graph.test/${page}` };
        });
    };

    it('keeps the lease: nobody else gets the mailbox, and all that was read is written', async () => {
      const others: unknown[] = [];
      slowly(async () => others.push(await hand.claim()));
      await hand.sync();
      assert.ok(hand.now - NOW > 3 * SYNC_LEASE_MS);
      assert.deepEqual(
        others,
        Array.from({ length: PAGES }, () => undefined),
      );
      assert.deepEqual(await replica(), ['e1', 'e2', 'e3', 'e4', 'e5']);
      assert.equal(await hand.dueInMs(), BLIND_MS, 'the next turn is an ordinary one');
    });

    it('reads again right after when a notice came meanwhile, and no sooner', async () => {
      const others: unknown[] = [];
      slowly(async (page) => {
        if (page === 2) await notify();
        others.push(await hand.claim());
      });
      await hand.sync();
      assert.deepEqual(
        others,
        Array.from({ length: PAGES }, () => undefined),
      );
      assert.deepEqual(await written(), { ...(await written()), feed: 1, inbox: 1 });
      await hand.sync();
      assert.deepEqual(hand.requests.at(-1), LINKS);
      assert.equal((await written()).inbox, 0, 'the notice is accounted for');
    });

    it('gives up before the next call to Graph when the mailbox was taken over, and writes nothing', async () => {
      await notify();
      slowly(async (page) => {
        if (page !== 2) return;
        hand.now += SYNC_LEASE_MS;
        assert.ok(await hand.claim(), 'the lease has run out');
      });
      await assert.rejects(hand.sync(), { code: 'LEASE_LOST' });
      assert.equal(hand.requests.length, 2);
      assert.deepEqual(await written(), { ...NOTHING, inbox: 1 });
    });

    it('writes nothing when the mailbox was taken over during the last call', async () => {
      await notify();
      const lease = await hand.claim();
      assert.ok(lease);
      slowly(async (page) => {
        if (page !== PAGES) return;
        hand.now += SYNC_LEASE_MS;
        assert.ok(await hand.claim());
      });
      await assert.rejects(syncMailbox(hand.deps, lease), { code: 'LEASE_LOST' });
      assert.equal(hand.requests.length, PAGES);
      assert.deepEqual(await written(), { ...NOTHING, inbox: 1 });
    });

    it('keeps the lease through the series that are fetched', async () => {
      const asked: string[] = [];
      const others: unknown[] = [];
      const first = skeleton('o1', NOW + DAY, 's1');
      hand.pages.push(() => lastPage(first, skeleton('o2', NOW + DAY, 's2'), skeleton('o3', NOW + DAY, 's3')));
      hand.graph.readEvents = async (_access, _calendarId, ids, keep) => {
        const masters: GraphEvent[] = [];
        for (const id of ids) {
          await keep();
          asked.push(id);
          hand.now += (SYNC_LEASE_MS * 2) / 3;
          others.push(await hand.claim());
          masters.push(graphMaster({ id, start: graphTime(NOW - DAY), end: graphTime(NOW - DAY + HOUR_MS) }));
        }
        return masters;
      };
      await hand.sync();
      assert.deepEqual(asked, ['s1', 's2', 's3']);
      assert.deepEqual(others, [undefined, undefined, undefined]);
      assert.ok((await replica()).includes('o3'));
    });
  });

  describe('when Graph lags behind what it announces', () => {
    const dueAfter = async (ms: number) => {
      hand.now += ms - 1;
      assert.equal(await hand.claim(), undefined, `due sooner than after ${ms} ms`);
      hand.now += 1;
      const before = hand.requests.length;
      await hand.sync();
      assert.equal(hand.requests.length, before + 1);
    };

    beforeEach(async () => {
      await subscribe();
      hand.pages.push(() => lastPage(meeting('e1', NOW + DAY)));
      await hand.sync();
      assert.equal(await hand.dueInMs(), CATCH_UP_MS);
      hand.now += MINUTE_MS;
      await notify();
    });
    const moved = () => lastPage(meeting('e1', NOW + DAY + 2 * HOUR_MS));
    const told = () => db.peek<{ state: string }>(`select state from cw.nudge where kind = 'change'`);

    it('reads again after 15 s, 45 s and 110 s, and then at the catch-up alone', async () => {
      await hand.sync();
      for (const seconds of [15, 45, 110]) await dueAfter(seconds * SECOND_MS);
      assert.equal(await hand.dueInMs(), CATCH_UP_MS);
      await dueAfter(CATCH_UP_MS);
      assert.equal(await hand.dueInMs(), CATCH_UP_MS, 'a catch-up that finds nothing is not repeated');
    });

    it('tells the change that shows at the second read, and reads no third time', async () => {
      await hand.sync();
      assert.deepEqual(await told(), []);
      hand.pages.push(moved);
      await dueAfter(15 * SECOND_MS);
      assert.deepEqual(await told(), [{ state: 'planned' }]);
      assert.equal(await hand.dueInMs(), CATCH_UP_MS);
    });

    it('reads once when the change is there at once', async () => {
      hand.pages.push(moved);
      await hand.sync();
      assert.equal((await told()).length, 1);
      assert.equal(await hand.dueInMs(), CATCH_UP_MS);
    });

    it('waits for the next notice from the start again', async () => {
      await hand.sync();
      for (const seconds of [15, 45, 110]) await dueAfter(seconds * SECOND_MS);
      await notify();
      await hand.sync();
      assert.equal(await hand.dueInMs(), 15 * SECOND_MS);
    });
  });

  describe('between notices', () => {
    for (const [name, prepare, pauseMs] of [
      ['without a subscription', async () => undefined, BLIND_MS],
      ['with a subscription that has ended', () => subscribe(NOW), BLIND_MS],
      ['with a subscription that nothing proved for long', () => subscribe(undefined, NOW - 3 * HOUR_MS), BLIND_MS],
      [
        'with a live subscription of another calendar',
        () => seedSubscription(db, { tenantId, mailboxId }, { calendarId: 'other' }),
        BLIND_MS,
      ],
      ['with a live subscription', () => subscribe(), CATCH_UP_MS],
    ] as const)
      it(`looks every ${pauseMs / MINUTE_MS} minutes ${name}`, async () => {
        await prepare();
        for (let turn = 1; turn <= 3; turn += 1) {
          await hand.sync();
          assert.equal(await hand.dueInMs(), pauseMs);
          hand.now += pauseMs - 1;
          assert.equal(await hand.claim(), undefined);
          hand.now += 1;
        }
        assert.equal(hand.requests.length, 3);
      });
  });

  describe('that is told of a series’ head alone', () => {
    const head = () => graphMaster({ start: graphTime(NOW + DAY), end: graphTime(NOW + DAY + HOUR_MS) });
    const occurrences = [1, 2, 3].map((day) => skeleton(`o${day}`, NOW + day * DAY));
    const ALL = ['o1', 'o2', 'o3', 'series'];

    beforeEach(async () => {
      hand.pages.push(() => lastPage(head(), ...occurrences));
      await hand.sync();
      assert.deepEqual(await replica(), ALL);
      hand.requests.length = 0;
      await notify();
    });
    const gone = () =>
      db.peek<{ id: string }>(
        `select o ->> 'eventId' as id from cw.change, jsonb_array_elements(occurrences) o
         where kind = 'removed' and scope = 'series' order by 1`,
      );
    const asked = () => hand.requests.map((one) => ('link' in one ? 'changes' : 'everything'));

    it('reads everything before it removes anything, and keeps what is there', async () => {
      hand.pages.push(
        () => lastPage(head()),
        async () => {
          assert.deepEqual(await replica(), ALL, 'removed before it was certain');
          return lastPage(head(), ...occurrences);
        },
      );
      await hand.sync();
      assert.deepEqual(asked(), ['changes', 'everything']);
      assert.deepEqual(await replica(), ALL);
      assert.deepEqual(await db.peek('select 1 from cw.change'), []);
    });

    it('removes and tells what everything does not show either', async () => {
      hand.pages.push(
        () => lastPage(head()),
        () => lastPage(head()),
      );
      await hand.sync();
      assert.deepEqual(asked(), ['changes', 'everything']);
      assert.deepEqual(await replica(), ['series']);
      assert.deepEqual(
        (await gone()).map((one) => one.id),
        ['o1', 'o2', 'o3'],
      );
    });

    it('reads everything once, not twice, when the state was lost anyway', async () => {
      hand.pages.push(
        () => Promise.reject(new GraphFailure('syncStateLost', 410, 'code', undefined)),
        () => lastPage(head()),
      );
      await hand.sync();
      assert.deepEqual(asked(), ['changes', 'everything']);
      assert.deepEqual(await replica(), ['series']);
    });

    it('does not read everything when some of its occurrences came along', async () => {
      hand.pages.push(() => lastPage(head(), ...occurrences.slice(0, 2)));
      await hand.sync();
      assert.deepEqual(asked(), ['changes']);
      assert.deepEqual(await replica(), ['o1', 'o2', 'series']);
    });
  });
});
