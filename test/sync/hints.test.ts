import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { type Hint, MOST_WAITING, type Notice, type WaitingNotice } from '../../src/store/inbox.ts';
import { calendarsNamed, isKnownAlready, versionIn } from '../../src/sync/hints.ts';
import { syncMailbox } from '../../src/sync/sync-mailbox.ts';
import {
  empty,
  HOUR_MS,
  MINUTE_MS,
  NOW,
  SECOND_MS,
  seedFeed,
  seedMailbox,
  seedSubscription,
  seedTenant,
} from '../store/seed.ts';
import { DAY, graphEvent, graphTime } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { ByHand, lastPage } from './by-hand.ts';

const waiting = (more: Partial<WaitingNotice> = {}): WaitingNotice => ({
  seq: 1,
  word: 'updated',
  correlationId: 'c',
  receivedAt: NOW,
  calendarId: '',
  subscriptionId: 's',
  hintEventId: 'e1',
  hintEtag: 'W/"v1"',
  ...more,
});
const HELD = new Map([
  ['e1', 'v1'],
  ['e2', 'W/"v2"'],
]);

describe('a hint', () => {
  for (const [etag, version] of [
    ['W/"CQAA"', 'CQAA'],
    ['"CQAA"', 'CQAA'],
    ['CQAA', 'CQAA'],
    ['W/"a"b"', 'a"b'],
    ['', ''],
  ])
    it(`names the version ${version} as ${etag}`, () => assert.equal(versionIn(etag ?? ''), version));

  /** [what, notices, whether nothing has to be read] */
  const cases: [string, WaitingNotice[], boolean][] = [
    ['the version that we hold', [waiting()], true],
    ['the version that we hold, three times', [waiting(), waiting(), waiting({ word: 'created' })], true],
    ['two that we hold', [waiting(), waiting({ hintEventId: 'e2', hintEtag: 'v2' })], true],
    ['another version', [waiting({ hintEtag: 'W/"v9"' })], false],
    ['one that we hold and one that we don’t', [waiting(), waiting({ hintEtag: 'W/"v9"' })], false],
    ['an entry that we don’t have', [waiting({ hintEventId: 'e9' })], false],
    ['nothing', [waiting({ hintEventId: null, hintEtag: null })], false],
    ['no version', [waiting({ hintEtag: null })], false],
    ['an odd version of an entry that we don’t have', [waiting({ hintEventId: 'e9', hintEtag: '' })], false],
    ['a deletion', [waiting({ word: 'deleted' })], false],
    ['a calendar that nobody knows any more', [waiting({ calendarId: null })], false],
    ['more than are looked at', Array.from({ length: MOST_WAITING }, () => waiting()), false],
    ['as many as are looked at', Array.from({ length: MOST_WAITING - 1 }, () => waiting()), true],
  ];
  for (const [what, notices, isKnown] of cases)
    it(`of ${what} ${isKnown ? 'needs no reading' : 'is read'}`, () =>
      assert.equal(isKnownAlready(notices, HELD), isKnown));

  it('names the calendars to read; one that leads nowhere, all of them', () => {
    assert.deepEqual(calendarsNamed([waiting(), waiting({ calendarId: 'team' })]), new Set(['', 'team']));
    assert.equal(calendarsNamed([waiting(), waiting({ calendarId: null })]), undefined);
  });
});

describe('a notification', () => {
  let db: OpenTestDatabase;
  let owner: { tenantId: string; mailboxId: string };
  let hand: ByHand;
  const entry = (changeKey: string, startAt = NOW + DAY) =>
    graphEvent({ id: 'e1', changeKey, start: graphTime(startAt), end: graphTime(startAt + HOUR_MS) });

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    const tenantId = await seedTenant(db);
    owner = { tenantId, mailboxId: await seedMailbox(db, tenantId) };
    hand = new ByHand(db);
    const lives = { provenAt: NOW + 30 * DAY, expiresAt: NOW + 30 * DAY };
    await seedSubscription(db, owner, { subscriptionId: 'main', ...lives });
    hand.pages.push(() => lastPage(entry('v1')));
    await hand.sync();
    hand.requests.length = 0;
    hand.now += MINUTE_MS;
  });

  const hint = (etag: string, eventId = 'e1'): Hint => ({ eventId, etag });
  const notify = (more: Partial<Notice> = {}) =>
    hand.notify(owner.tenantId, owner.mailboxId, { subscriptionId: 'main', ...more });
  const inbox = async () => (await db.peek('select 1 from cw.inbox')).length;
  const look = async () => hand.dueInMs();

  it('of what we hold already costs no call to Graph, and is done with', async () => {
    const lookBefore = await look();
    for (let time = 0; time < 3; time += 1) await notify({ hint: hint('W/"v1"') });
    assert.deepEqual(await hand.sync(), { changes: 0, feeds: 0, isFull: false });
    assert.deepEqual([hand.requests.length, await inbox()], [0, 0]);
    assert.equal(await look(), lookBefore, 'the next look is where it was');
  });

  it('that comes while the first is settled is seen to after', async () => {
    await notify({ hint: hint('W/"v1"') });
    const lease = await hand.claim();
    assert.ok(lease);
    await notify({ hint: hint('W/"v2"') });
    await syncMailbox(hand.deps, lease);
    assert.equal(hand.requests.length, 1, 'it was there when the notices were taken');
    assert.equal(await inbox(), 0);
  });

  for (const [what, more] of [
    ['of another version', { hint: hint('W/"v2"') }],
    ['of a deletion', { word: 'deleted', hint: hint('W/"v1"') }],
    ['without a hint', {}],
    ['of a subscription that is not known', { subscriptionId: 'gone', hint: hint('W/"v1"') }],
  ] as const)
    it(`${what} is read`, async () => {
      await notify(more);
      await hand.sync();
      assert.equal(hand.requests.length, 1);
    });

  it('has its own calendar read alone; one that leads nowhere, all', async () => {
    await seedFeed(db, owner, { calendarId: 'team', deltaLink: 'https://graph.test/team', lookAt: NOW + DAY });
    await seedSubscription(db, owner, { subscriptionId: 'team', calendarId: 'team', provenAt: NOW + DAY });
    await notify({ subscriptionId: 'team', hint: hint('W/"v1"', 'e7') });
    await hand.sync();
    assert.deepEqual(hand.requests, [{ link: 'https://graph.test/team' }]);
    hand.requests.length = 0;
    await notify({ subscriptionId: 'gone' });
    await hand.sync();
    assert.equal(hand.requests.length, 2);
  });

  describe('that Graph’s delta does not bear out yet', () => {
    const waits = async (count: number) => {
      const found: number[] = [];
      for (let time = 0; time < count; time += 1) {
        const wait = (await look()) ?? 0;
        found.push(wait / SECOND_MS);
        hand.now += wait;
        await hand.sync();
      }
      return found;
    };

    it('is looked for after 15 s, 45 s and 110 s', async () => {
      await notify({ hint: hint('W/"v2"') });
      await hand.sync();
      assert.deepEqual(await waits(3), [15, 45, 110]);
      assert.equal(await look(), hand.intervals.catchUpMs);
    });

    it('is looked for though something else came', async () => {
      await notify({ hint: hint('W/"v2"') });
      hand.pages.push(() => lastPage(graphEvent({ id: 'e2', start: graphTime(NOW + DAY), end: graphTime(NOW + DAY) })));
      await hand.sync();
      assert.equal(await look(), 15 * SECOND_MS);
    });

    it('is done with when it came', async () => {
      await notify({ hint: hint('W/"v2"') });
      hand.pages.push(() => lastPage(entry('v2', NOW + 2 * DAY)));
      await hand.sync();
      assert.equal(await look(), hand.intervals.catchUpMs);
    });

    for (const [what, eventId, waitMs] of [
      ['of what we never had is done with', 'e9', 6 * HOUR_MS],
      ['of what we still have is looked for', 'e1', 15 * SECOND_MS],
    ] as const)
      it(`when it is a deletion ${what}`, async () => {
        await notify({ word: 'deleted', hint: hint('W/"v1"', eventId) });
        await hand.sync();
        assert.equal(await look(), waitMs);
      });

    it('begins again with the next notification, also in the middle', async () => {
      await notify({ hint: hint('W/"v2"') });
      await hand.sync();
      await waits(2);
      assert.equal(await look(), 110 * SECOND_MS);
      await notify({ hint: hint('W/"v3"') });
      await hand.sync();
      assert.equal(await look(), 15 * SECOND_MS);
      await waits(2);
      assert.equal(await look(), 110 * SECOND_MS);
      hand.now += 100 * SECOND_MS;
      await notify({ hint: hint('W/"v4"') });
      await hand.sync();
      assert.equal(await look(), 15 * SECOND_MS);
    });
  });
});
