import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { CalendarWatchError } from '../../src/errors.ts';
import { GraphFailure } from '../../src/graph/failures.ts';
import { AWAY_KEPT_MS, PROFILE_KEPT_MS } from '../../src/sync/profile.ts';
import { empty, HOUR_MS, NOW, seedMailbox, seedTenant } from '../store/seed.ts';
import { DAY, graphEvent, graphTime } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { ByHand, lastPage } from './by-hand.ts';

describe('zone, language, working hours and automatic replies of Outlook', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let hand: ByHand;
  let asked: number;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    tenantId = await seedTenant(db);
    await seedMailbox(db, tenantId);
    await db.peek(`update cw.person set time_zone = 'Europe/Berlin', locale = 'de-DE', is_admin = true`);
    hand = new ByHand(db);
    asked = 0;
    hand.settings = { timeZone: 'America/New_York', locale: 'en-us' };
    const { readMailboxSettings } = hand.graph;
    hand.graph.readMailboxSettings = (access) => {
      asked += 1;
      return readMailboxSettings(access);
    };
  });

  const person = async () => {
    const [row] = await db.peek(`select time_zone as zone, locale, is_admin as "isAdmin" from cw.person`);
    return row;
  };
  const read = async () => {
    await db.peek('update cw.mailbox set sync_due_at = $1', [new Date(hand.now)]);
    await hand.sync();
  };
  const OLD = { zone: 'Europe/Berlin', locale: 'de-DE', isAdmin: true };

  it('are read with the calendar, once a day', async () => {
    for (const hours of [0, 6, 12, 17.9]) {
      hand.now = NOW + hours * HOUR_MS;
      await read();
    }
    assert.equal(asked, 1);
    hand.now = NOW + DAY + HOUR_MS;
    await read();
    assert.equal(asked, 2);
    assert.deepEqual(await person(), { zone: 'America/New_York', locale: 'en-US', isAdmin: true });
  });

  it('that changed have everything planned anew at once', async () => {
    const startAt = NOW + 3 * DAY;
    const lacking = graphEvent({
      id: 'e1',
      isOrganizer: true,
      start: graphTime(startAt),
      end: graphTime(startAt + HOUR_MS),
      attendees: [{ type: 'required', emailAddress: { name: 'Bob', address: 'bob@test.example' } }],
      body: { contentType: 'html', content: '' },
    });
    hand.pages.push(() => lastPage(lacking));
    hand.settings = {};
    await read();
    const dueAt = async () => {
      const [row] = await db.peek<{ at: Date }>(
        `select due_at as at from cw.nudge where kind = 'agenda' and state = 'planned'`,
      );
      return row?.at.toISOString();
    };
    // At nine the day before.
    assert.equal(await dueAt(), '2026-11-25T08:00:00.000Z');
    hand.now += DAY + HOUR_MS;
    hand.settings = { timeZone: 'America/New_York' };
    await read();
    assert.equal(await dueAt(), '2026-11-25T14:00:00.000Z');
  });

  for (const [what, settings] of [
    ['says nothing', {}],
    ['names what nobody knows', { timeZone: 'Nowhere/Land', locale: '??' }],
  ] as const)
    it(`stay as they are when Outlook ${what}`, async () => {
      hand.settings = settings;
      await read();
      assert.deepEqual(await person(), OLD);
    });

  const beyond = async () => {
    const [row] = await db.peek('select working_hours as hours, away from cw.person');
    return row;
  };
  const HOURS = { days: [0, 1, 2, 3, 4], start: '08:00', end: '17:00', timeZone: 'Asia/Dubai' };

  it('are kept: when somebody works, and when they are away', async () => {
    const away = { from: NOW + DAY, to: NOW + 9 * DAY };
    hand.settings = { workingHours: HOURS, automaticReplies: away };
    await read();
    assert.deepEqual(await beyond(), { hours: HOURS, away });
    assert.deepEqual(await person(), OLD);
    hand.now += DAY;
    hand.settings = {};
    await read();
    assert.deepEqual(await beyond(), { hours: HOURS, away }, 'what Outlook doesn’t say stays as it is');
    hand.now += DAY;
    hand.settings = { automaticReplies: 'off' };
    await read();
    assert.deepEqual(await beyond(), { hours: HOURS, away: null }, 'what is switched off is over');
  });

  it('are away without an end only until they are surely asked again', async () => {
    hand.settings = { automaticReplies: 'on' };
    await read();
    assert.deepEqual(await beyond(), { hours: null, away: { from: 0, to: NOW + AWAY_KEPT_MS } });
    hand.now += DAY;
    await read();
    assert.deepEqual(await beyond(), { hours: null, away: { from: 0, to: NOW + DAY + AWAY_KEPT_MS } });
    const longestPauseMs = hand.intervals.catchUpMs;
    assert.ok(AWAY_KEPT_MS > PROFILE_KEPT_MS + longestPauseMs);
  });

  it('are asked for again within the hour while automatic replies are on: somebody may be back', async () => {
    hand.settings = { automaticReplies: 'on' };
    await read();
    hand.now += HOUR_MS / 2;
    await read();
    assert.equal(asked, 1);
    hand.now += HOUR_MS;
    hand.settings = { automaticReplies: 'off' };
    await read();
    assert.deepEqual([asked, await beyond()], [2, { hours: null, away: null }]);
    hand.now += 2 * HOUR_MS;
    await read();
    assert.equal(asked, 2);
  });

  it('have the digest planned at the hour at which their day begins', async () => {
    const startAt = NOW + DAY + 9 * HOUR_MS;
    hand.pages.push(() =>
      lastPage(graphEvent({ id: 'e1', start: graphTime(startAt), end: graphTime(startAt + HOUR_MS) })),
    );
    hand.settings = { workingHours: { days: [0, 1, 2, 3, 4, 5, 6], start: '06:30', end: '15:00' } };
    await read();
    const due = await db.peek<{ at: Date }>(
      `select due_at as at from cw.nudge where kind = 'digest' and state = 'planned' order by due_at desc limit 1`,
    );
    assert.match(due[0]?.at.toISOString() ?? '', /T05:30:00/);
  });

  it('that can’t be had just now are asked for at the next read', async () => {
    hand.graph.readMailboxSettings = () => {
      asked += 1;
      return Promise.reject(new GraphFailure('unavailable', 503, 'code', undefined));
    };
    await read();
    hand.now += 7 * HOUR_MS;
    await read();
    assert.equal(asked, 2);
    assert.deepEqual(await person(), OLD);
  });

  it('that can’t be had stop no sync, and are not asked for again the same day', async () => {
    hand.graph.readMailboxSettings = () => {
      asked += 1;
      return Promise.reject(new GraphFailure('forbidden', 403, 'code', undefined));
    };
    await read();
    await read();
    assert.deepEqual([asked, await person()], [1, OLD]);
  });

  it('do not hide that the person must sign in', async () => {
    hand.graph.readMailboxSettings = () => Promise.reject(new CalendarWatchError('RECONNECT_NEEDED', 'no token'));
    await assert.rejects(read(), { code: 'RECONNECT_NEEDED' });
  });
});
