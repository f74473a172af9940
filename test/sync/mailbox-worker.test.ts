import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { Clock } from '../../src/clock.ts';
import { CalendarWatchError } from '../../src/errors.ts';
import { GraphFailure } from '../../src/graph/failures.ts';
import type { Graph } from '../../src/graph/port.ts';
import { DEFAULT_INTERVALS } from '../../src/intervals.ts';
import { createLog } from '../../src/log.ts';
import { acceptNotices } from '../../src/store/inbox.ts';
import { claimMailboxes, type Duty, type MailboxLease, watchMailbox } from '../../src/store/mailboxes.ts';
import { lockPerson, setWatch } from '../../src/store/people.ts';
import { type DutyDeps, performDuty } from '../../src/sync/mailbox-worker.ts';
import { syncMailbox } from '../../src/sync/sync-mailbox.ts';
import { empty, HOUR_MS, MINUTE_MS, NOW, SECOND_MS, seedMailbox, seedTenant } from '../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { until } from '../support/until.ts';

const LEASE_MS = 30 * SECOND_MS;

describe('a duty that fails', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let mailboxId: string;
  let now: number;
  let deps: DutyDeps;
  const log = createLog('silent');
  const clock: Clock = { now: () => now, after: () => () => undefined };

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    now = NOW;
    tenantId = await seedTenant(db);
    mailboxId = await seedMailbox(db, tenantId);
    deps = { database: db.database, clock, log, intervals: DEFAULT_INTERVALS, random: () => 0.5, newId: randomUUID };
  });

  const claim = async (duty: Duty = 'sync'): Promise<MailboxLease | undefined> =>
    (await claimMailboxes(db.database.system, duty, 1, LEASE_MS, now))[0];
  const failure = (kind: GraphFailure['kind'], status: number, retryAfterMs?: number) =>
    new GraphFailure(kind, status, 'code', retryAfterMs);
  const failWith = async (error: unknown, duty: Duty = 'sync') => {
    const lease = await claim(duty);
    assert.ok(lease, 'not due');
    await performDuty(deps, duty, lease, () => Promise.reject(error));
  };
  const dueInMs = async (duty: Duty = 'sync') => {
    const [row] = await db.peek<{ due: Date | null }>(`select ${duty}_due_at as due from cw.mailbox`);
    return row?.due ? row.due.getTime() - now : undefined;
  };
  const notify = () =>
    acceptNotices(
      db.database.system,
      [{ tenantId, mailboxId, duty: 'sync', subscriptionId: 's', word: 'updated', correlationId: 'c' }],
      now,
    );
  const asked = () => db.peek(`select 1 from cw.nudge where kind = 'reconnect'`);

  it('waits twice as long each time, ten minutes at most', async () => {
    const waits: number[] = [];
    for (let time = 0; time < 14; time += 1) {
      await failWith(failure('unavailable', 503));
      const due = await dueInMs();
      assert.ok(due);
      waits.push(due);
      now += due;
    }
    assert.deepEqual(
      waits.slice(0, 5),
      [2, 4, 8, 16, 32].map((one) => one * SECOND_MS),
    );
    assert.equal(waits.at(-1), 10 * MINUTE_MS);
  });

  it('waits at least as long as Retry-After, and notices do not shorten that', async () => {
    await failWith(failure('throttled', 429, 120 * SECOND_MS));
    assert.equal(await dueInMs(), 120.5 * SECOND_MS);
    for (const passedMs of [0, SECOND_MS, 60 * SECOND_MS, 120 * SECOND_MS]) {
      now = NOW + passedMs;
      await notify();
      assert.equal(await claim(), undefined, `after ${passedMs} ms`);
    }
    now = NOW + 121 * SECOND_MS;
    assert.ok(await claim());
  });

  for (const [kind, status] of [
    ['notFound', 404],
    ['forbidden', 403],
  ] as const)
    it(`with ${status} asks no sooner than in an hour, whatever Graph tells meanwhile`, async () => {
      await failWith(failure(kind, status));
      assert.ok(((await dueInMs()) ?? 0) >= HOUR_MS);
      now += 59 * MINUTE_MS;
      await notify();
      assert.equal(await claim(), undefined);
    });

  it('with 401 tries again soon', async () => {
    await failWith(failure('unauthorized', 401));
    assert.ok(((await dueInMs()) ?? 0) < MINUTE_MS);
  });

  it('with another error is tried again as well', async () => {
    await failWith(new TypeError('a mistake of ours'));
    assert.ok(((await dueInMs()) ?? 0) < MINUTE_MS);
  });

  it('for want of a token asks the person once, even when both duties fail at the same moment', async () => {
    const lost = new CalendarWatchError('RECONNECT_NEEDED', 'no token');
    for (let round = 0; round < 10; round += 1) {
      await db.peek(`update cw.person set watch = 'on'`);
      await db.peek('update cw.mailbox set sync_due_at = $1, care_due_at = $1, sync_lease = null, care_lease = null', [
        new Date(now),
      ]);
      await db.peek('delete from cw.nudge');
      const leases = [await claim('sync'), await claim('care')];
      await Promise.all(
        (['sync', 'care'] as const).map((duty, index) =>
          performDuty(deps, duty, leases[index] as MailboxLease, () => Promise.reject(lost)),
        ),
      );
      assert.equal((await asked()).length, 1);
      assert.deepEqual([await dueInMs('sync'), await dueInMs('care')], [undefined, undefined]);
    }
  });

  for (const duty of ['sync', 'care'] as const)
    it(`for want of a token asks nothing of a person who signed in again meanwhile (${duty})`, async () => {
      const stale = await claim(duty);
      assert.ok(stale);
      now += SECOND_MS;
      await db.database.inTenant(tenantId, (sql) => watchMailbox(sql, tenantId, mailboxId, mailboxId, now));
      await performDuty(deps, duty, stale, () =>
        Promise.reject(new CalendarWatchError('RECONNECT_NEEDED', 'no token')),
      );
      assert.deepEqual(await asked(), []);
      assert.deepEqual(await db.peek('select watch from cw.person'), [{ watch: 'on' }]);
      assert.deepEqual([await dueInMs('sync'), await dueInMs('care')], [0, 0]);
      assert.ok(await claim(duty), 'the new sign-in is tried');
    });

  describe('of somebody who just connected', () => {
    const said = () => db.peek<{ state: string }>(`select state from cw.nudge where kind = 'unreadable'`);
    const watchAgain = () =>
      db.database.inTenant(tenantId, async (sql) => {
        await setWatch(sql, tenantId, mailboxId, 'on', now);
        await watchMailbox(sql, tenantId, mailboxId, mailboxId, now);
      });

    beforeEach(watchAgain);

    for (const [kind, status] of [
      ['notFound', 404],
      ['forbidden', 403],
    ] as const)
      it(`says once that the mailbox can’t be read, after ${status} however often`, async () => {
        for (let time = 0; time < 3; time += 1) {
          await failWith(failure(kind, status));
          await failWith(failure(kind, status), 'care');
          now += 2 * HOUR_MS;
        }
        assert.deepEqual(await said(), [{ state: 'planned' }]);
      });

    it('says nothing to somebody for whom the application reads, and tells the operator', async () => {
      await db.peek(`update cw.person set access = 'application'`);
      const codes: unknown[] = [];
      deps.log = { ...log, warn: (fields: { code: string }) => codes.push(fields.code) } as unknown as DutyDeps['log'];
      for (const [kind, status] of [
        ['forbidden', 403],
        ['unauthorized', 401],
        ['notFound', 404],
      ] as const) {
        await failWith(failure(kind, status));
        now += 2 * HOUR_MS;
      }
      assert.deepEqual([await said(), await asked()], [[], []]);
      assert.deepEqual(codes, ['APP_ACCESS_REFUSED', 'APP_ACCESS_REFUSED', 'code']);
      assert.deepEqual(await db.peek('select watch from cw.person'), [{ watch: 'on' }]);
    });

    it('says it again when they begin anew', async () => {
      await failWith(failure('notFound', 404));
      now += HOUR_MS;
      await watchAgain();
      await failWith(failure('notFound', 404));
      assert.equal((await said()).length, 2);
    });

    it('says nothing of troubles that pass', async () => {
      for (const [kind, status] of [
        ['unavailable', 503],
        ['throttled', 429],
        ['unauthorized', 401],
      ] as const) {
        await failWith(failure(kind, status));
        now += HOUR_MS;
      }
      assert.deepEqual(await said(), []);
    });

    it('says nothing about a moment to whoever was greeted, and it once when it lasts for an hour', async () => {
      await db.peek('update cw.mailbox set greet = false');
      await failWith(failure('notFound', 404));
      assert.deepEqual(await said(), []);
      for (let hours = 0; hours < 30; hours += 2) {
        now += 2 * HOUR_MS;
        await failWith(failure('forbidden', 403));
        assert.deepEqual(await said(), [{ state: 'planned' }]);
      }
    });

    it('never says it again of what has lasted so long that the sentence itself is forgotten', async () => {
      await failWith(failure('notFound', 404));
      await db.peek('delete from cw.nudge');
      now += 8 * 24 * HOUR_MS;
      await failWith(failure('notFound', 404));
      assert.deepEqual(await said(), []);
    });
  });

  it('asks nobody who has switched watching off', async () => {
    await db.peek(`update cw.person set watch = 'off'`);
    await failWith(new CalendarWatchError('RECONNECT_NEEDED', 'no token'));
    assert.deepEqual(await asked(), []);
  });

  it('because the lease was lost changes nothing', async () => {
    await failWith(new CalendarWatchError('LEASE_LOST', 'taken over'));
    const [row] = await db.peek<{ failures: number }>('select sync_failures as failures from cw.mailbox');
    assert.equal(row?.failures, 0);
  });

  it('because the mailbox was forgotten is no failure', async () => {
    const lease = await claim();
    assert.ok(lease);
    await performDuty(deps, 'sync', lease, async () => {
      await db.peek('delete from cw.mailbox');
      throw failure('notFound', 404);
    });
  });

  it('a sync that writes and a person who says “watch off” never wait for each other in a ring', async () => {
    const lease = await claim();
    assert.ok(lease);
    const graph = {
      readDeltaPage: async () => ({ items: [], deltaLink: 'https://graph/delta' }),
      readMailboxSettings: async () => ({}),
    } as unknown as Graph;
    const travel = { estimate: async () => undefined };
    let syncing: Promise<unknown> | undefined;
    await db.database.inTenant(tenantId, async (sql) => {
      await lockPerson(sql, tenantId, mailboxId);
      syncing = syncMailbox({ ...deps, followers: [], graph, travel: { name: 'none', ...travel } }, lease);
      await until('the sync waits for the person', async () => {
        const rows = await db.peek(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows.length > 0;
      });
      await sql.query('update cw.mailbox set greet = false where tenant_id = $1', [tenantId]);
    });
    await syncing;
  });
});
