import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { CalendarWatchError } from '../../src/errors.ts';
import { GraphFailure } from '../../src/graph/failures.ts';
import { empty, HOUR_MS, NOW, seedMailbox, seedTenant } from '../store/seed.ts';
import { DAY, graphEvent, graphTime } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { ByHand, lastPage } from './by-hand.ts';

describe('zone and language of Outlook', () => {
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
