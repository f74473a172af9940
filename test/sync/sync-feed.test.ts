import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { GraphFailure } from '../../src/graph/failures.ts';
import { askForRead } from '../../src/store/feeds.ts';
import { syncMailbox } from '../../src/sync/sync-mailbox.ts';
import { empty, HOUR_MS, MINUTE_MS, NOW, seedFeed, seedMailbox, seedSubscription, seedTenant } from '../store/seed.ts';
import { DAY, graphEvent, graphTime } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { ByHand, DELTA_LINK, lastPage } from './by-hand.ts';

const meeting = (id: string, startAt: number, changeKey = 'key-1') =>
  graphEvent({ id, changeKey, start: graphTime(startAt), end: graphTime(startAt + 30 * MINUTE_MS) });

describe('reading one calendar', () => {
  let db: OpenTestDatabase;
  let owner: { tenantId: string; mailboxId: string };
  let hand: ByHand;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    const tenantId = await seedTenant(db);
    owner = { tenantId, mailboxId: await seedMailbox(db, tenantId) };
    hand = new ByHand(db);
  });

  const due = () => db.peek('update cw.mailbox set sync_due_at = $1', [new Date(hand.now)]);
  const ask = (at: number, isFull = false) =>
    db.database.inTenant(owner.tenantId, (sql) => askForRead(sql, owner.tenantId, owner.mailboxId, at, isFull));
  const asked = () => hand.requests.map((one) => ('link' in one ? 'changes' : 'everything'));
  const changes = async () =>
    (await db.peek<{ text: string }>(`select kind || ' ' || event_id as text from cw.change order by 1`)).map(
      (one) => one.text,
    );
  const notices = () => db.peek<{ state: string }>(`select state from cw.nudge where kind = 'change'`);
  const feed = async () => {
    const [row] = await db.peek<{ from: Date; to: Date; full: Date | null; askedFull: boolean; asked: Date | null }>(
      `select window_from as "from", window_to as "to", full_at as full, asked_full as "askedFull", asked_at as asked
       from cw.feed where calendar_id = ''`,
    );
    assert.ok(row);
    return row;
  };

  it('for the first time is no news', async () => {
    hand.pages.push(() => lastPage(meeting('e1', NOW + DAY)));
    assert.deepEqual(await hand.sync(), { changes: 0, feeds: 1, isFull: true });
    assert.deepEqual(await changes(), []);
    assert.equal((await feed()).full?.getTime(), NOW);
  });

  describe('that is known', () => {
    beforeEach(async () => {
      hand.pages.push(() =>
        lastPage(meeting('e1', NOW + DAY), meeting('e2', NOW + DAY), meeting('told', NOW + 2 * DAY)),
      );
      await hand.sync();
      hand.now += MINUTE_MS;
      hand.pages.push(() => lastPage(meeting('told', NOW + 2 * DAY + HOUR_MS, 'key-2')));
      await ask(hand.now);
      await hand.sync();
      assert.deepEqual(await changes(), ['moved told']);
      hand.requests.length = 0;
      hand.now += MINUTE_MS;
    });

    for (const [kind, status] of [
      ['syncStateLost', 410],
      ['syncStateLost', 404],
      ['rejected', 400],
    ] as const)
      it(`reads everything when Graph refuses the link with ${status}, and tells what it missed, nothing twice`, async () => {
        hand.pages.push(
          () => Promise.reject(new GraphFailure(kind, status, 'code', undefined)),
          () =>
            lastPage(
              meeting('e1', NOW + DAY + HOUR_MS, 'key-2'),
              meeting('told', NOW + 2 * DAY + HOUR_MS, 'key-2'),
              meeting('e3', NOW + DAY),
            ),
        );
        await ask(hand.now);
        await hand.sync();
        assert.deepEqual(asked(), ['changes', 'everything']);
        assert.deepEqual(await changes(), ['created e3', 'moved e1', 'moved told', 'removed e2']);
        assert.equal((await notices()).length, 2, 'one for each move');
      });

    for (const [kind, status] of [
      ['notFound', 404],
      ['forbidden', 403],
      ['unavailable', 503],
      ['throttled', 429],
    ] as const)
      it(`does not read everything because of ${status} ${kind}`, async () => {
        hand.pages.push(() => Promise.reject(new GraphFailure(kind, status, 'code', undefined)));
        await ask(hand.now);
        await assert.rejects(hand.sync(), { kind });
        assert.deepEqual(asked(), ['changes']);
      });

    it('is opened anew before its window runs out: what comes into sight or leaves it is no news', async () => {
      hand.now = NOW + 31 * DAY;
      await due();
      hand.pages.push(() => lastPage(meeting('ahead', NOW + 85 * DAY), meeting('fresh', NOW + 40 * DAY)));
      // Out of sight by now: the window begins ninety days before.
      await db.peek(
        `update cw.event set start_at = $1, end_at = $1,
        data = data || jsonb_build_object('startAt', $2::bigint, 'endAt', $2::bigint) where event_id = 'e2'`,
        [new Date(NOW - 80 * DAY), NOW - 80 * DAY],
      );
      await hand.sync();
      assert.deepEqual(asked(), ['everything']);
      assert.deepEqual(await changes(), ['created fresh', 'moved told', 'removed e1', 'removed told']);
      assert.ok((await feed()).to.getTime() > NOW + 90 * DAY);
    });

    it('reads everything when that is asked for, once', async () => {
      await ask(hand.now, true);
      await hand.sync();
      assert.deepEqual(asked(), ['everything']);
      await due();
      await hand.sync();
      assert.equal((await feed()).askedFull, false);
    });

    it('reads everything at its time, though a notification comes sooner', async () => {
      const at = hand.now + 9 * MINUTE_MS;
      await ask(at, true);
      await hand.notify(owner.tenantId, owner.mailboxId);
      await hand.sync();
      assert.deepEqual(asked(), ['changes']);
      assert.equal((await feed()).asked?.getTime(), at);
      while (hand.now < at) {
        hand.now += (await hand.dueInMs()) ?? 0;
        await hand.sync();
      }
      assert.equal(asked().at(-1), 'everything');
      assert.equal(asked().filter((one) => one === 'everything').length, 1);
    });

    it('reads again when that was asked for while it read', async () => {
      await ask(hand.now);
      hand.pages.push(async () => {
        await ask(hand.now, true);
        return lastPage();
      });
      await hand.sync();
      assert.equal(await hand.dueInMs(), 0);
      await hand.sync();
      assert.deepEqual(asked(), ['changes', 'everything']);
    });

    it('does not forget what was asked for later while it read, with or without anything to read', async () => {
      const lives = { provenAt: NOW + DAY, subscriptionId: 'main' };
      await seedSubscription(db, owner, lives);
      hand.pages.push(async () => {
        await ask(hand.now + 9 * MINUTE_MS);
        return lastPage(meeting('e1', NOW + DAY, 'key-3'));
      });
      await hand.notify(owner.tenantId, owner.mailboxId);
      await hand.sync();
      assert.equal(await hand.dueInMs(), 9 * MINUTE_MS);
      const hint = { eventId: 'e1', etag: 'W/"key-3"' };
      await hand.notify(owner.tenantId, owner.mailboxId, { subscriptionId: 'main', hint });
      const lease = await hand.claim();
      assert.ok(lease);
      assert.equal((await syncMailbox(hand.deps, lease))?.feeds, 0);
      assert.equal(await hand.dueInMs(), 9 * MINUTE_MS);
    });
  });

  it('beside others: each has its own link, its own turn, and the mailbox is due with the first', async () => {
    await seedFeed(db, owner, { calendarId: 'team', deltaLink: 'https://graph.test/team', lookAt: NOW + HOUR_MS });
    await seedSubscription(db, owner, { provenAt: NOW + DAY });
    await hand.sync();
    assert.deepEqual(asked(), ['everything']);
    assert.equal(await hand.dueInMs(), HOUR_MS, 'the other calendar’s look');
    hand.now += HOUR_MS;
    await hand.sync();
    assert.deepEqual(hand.requests.at(-1), { link: 'https://graph.test/team' });
    assert.equal(await hand.dueInMs(), hand.intervals.catchUpUnprovenMs);
    const links = await db.peek('select calendar_id as id, delta_link as link from cw.feed order by 1');
    assert.deepEqual(links, [
      { id: '', link: DELTA_LINK },
      { id: 'team', link: DELTA_LINK },
    ]);
  });

  it('is looked at a tenth sooner at most, as chance will have it', async () => {
    await seedSubscription(db, owner, { provenAt: NOW + DAY });
    hand.chance = 0.999_999;
    await hand.sync();
    assert.equal(Math.round(((await hand.dueInMs()) ?? 0) / MINUTE_MS), 0.9 * 360);
  });

  it('of a mailbox that the version before made, without a calendar, is read all the same', async () => {
    await db.peek('delete from cw.feed');
    hand.pages.push(() => lastPage(meeting('e1', NOW + DAY)));
    assert.equal((await hand.sync())?.feeds, 1);
  });
});
