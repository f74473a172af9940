import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { CalendarWatchError } from '../../src/errors.ts';
import { GraphFailure } from '../../src/graph/failures.ts';
import type { Members } from '../../src/graph/port.ts';
import { createLog } from '../../src/log.ts';
import { addWatch, appWatches, endAppWatch, findAppWatch } from '../../src/store/app-watch.ts';
import { claimGroups, type GroupsDeps, lookAtGroup } from '../../src/sync/watch-groups.ts';
import { empty, HOUR_MS, MINUTE_MS, NOW, SECOND_MS, seedPerson, seedTenant } from '../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';

const GROUP = 'aaaaaaaa-0000-4000-8000-000000000001';
const ids = (count: number) =>
  Array.from({ length: count }, (_, index) => `bbbbbbbb-0000-4000-8000-${String(index).padStart(12, '0')}`);

describe('watching groups', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let now: number;
  let members: string[];
  let asked: Members[];
  let failure: unknown;
  let serial: number;
  /** Runs after the members are listed, before they are taken. */
  let meanwhile: () => Promise<unknown>;
  let deps: GroupsDeps;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    await db.peek('delete from cw.app_watch');
    tenantId = await seedTenant(db);
    [now, members, asked, failure, serial] = [NOW, [], [], undefined, 0];
    meanwhile = async () => undefined;
    deps = {
      database: db.database,
      clock: { now: () => now, after: () => () => undefined },
      log: createLog('silent'),
      random: () => 0.5,
      newId: () => {
        serial += 1;
        return `id-${serial}`;
      },
      poke: () => undefined,
      graph: {
        listMembers: async (access, of, keep) => {
          assert.deepEqual(access, { tenantId, personId: '', mailboxId: '' });
          asked.push(of);
          await keep();
          if (failure) throw failure;
          await meanwhile();
          return members;
        },
      },
    };
    await watch('group', GROUP);
  });

  const watch = (kind: 'group' | 'tenant', objectId: string) =>
    db.database.inTenant(tenantId, (sql) =>
      addWatch(sql, { tenantId, watchId: `${kind} watch`, kind, objectId, label: kind, addedBy: 'admin' }, now),
    );
  const look = async () => {
    const leases = await claimGroups(deps, 10);
    for (const lease of leases) await lookAtGroup(deps, lease);
    return leases.length;
  };
  const watched = async () =>
    (await db.peek<{ id: string }>(`select person_id as id from cw.person where watch = 'on' order by 1`)).map(
      ({ id }) => id,
    );
  const shown = async () => (await db.database.inTenant(tenantId, (sql) => appWatches(sql, tenantId)))[0];
  const notices = () => db.peek<{ kind: string; facts: unknown }>('select kind, facts from cw.nudge order by 1');
  const chat = async (personId: string) => {
    await db.peek(
      `insert into cw.conversation (tenant_id, conversation_id, kind, reference, seen_at)
       values ($1, 'chat', 'personal', '{}', $2) on conflict do nothing`,
      [tenantId, new Date(NOW)],
    );
    await db.peek(`update cw.person set conversation_id = 'chat' where person_id = $1`, [personId]);
  };

  it('begins with all members, more than a step of them, spread over half a minute for a thousand', async () => {
    members = ids(1_100);
    let chance = 0;
    deps.random = () => {
      chance = (chance + 0.381966) % 1;
      return chance;
    };
    assert.equal(await look(), 1);
    assert.deepEqual(await watched(), members);
    const [spread] = await db.peek<{ first: number; last: number }>(
      `select extract(epoch from min(sync_due_at) - $1)::float8 as first,
         extract(epoch from max(sync_due_at) - $1)::float8 as last from cw.mailbox`,
      [new Date(NOW)],
    );
    assert.ok(spread && spread.first >= 0 && spread.first < 1 && spread.last > 30 && spread.last <= 33, String(spread));
    assert.deepEqual([(await shown())?.members, (await shown())?.lookedAt], [1_100, NOW]);
  });

  it('looks again after six hours, and at once when an admin says so', async () => {
    await look();
    now += 5 * HOUR_MS;
    assert.equal(await look(), 0);
    await watch('group', GROUP);
    assert.equal(await look(), 1);
    now += 6 * HOUR_MS;
    assert.equal(await look(), 1);
    assert.deepEqual(asked, [{ groupId: GROUP }, { groupId: GROUP }, { groupId: GROUP }]);
  });

  it('lets go who left, tells those who have a chat, and takes on who came', async () => {
    const [ada = '', ben = '', cid = ''] = ids(3);
    members = [ada, ben];
    await look();
    await chat(ada);
    members = [ben, cid];
    now += 6 * HOUR_MS;
    await look();
    assert.deepEqual(await watched(), [ben, cid]);
    assert.deepEqual(await notices(), [{ kind: 'watchEnded', facts: {} }]);
  });

  it('tells who has a chat that their admin began it, and nobody else', async () => {
    const [ada = '', ben = ''] = ids(2);
    await seedPerson(db, tenantId, ada);
    await db.peek(`update cw.person set watch = 'off'`);
    await chat(ada);
    members = [ada, ben];
    await look();
    assert.deepEqual(await notices(), [{ kind: 'welcome', facts: { byAdmin: true } }]);
    now += 6 * HOUR_MS;
    await look();
    assert.equal((await notices()).length, 1);
    // Without a mailbox, they are forgotten after a month and taken on again.
    await db.peek(`update cw.person set watch = 'off'`);
    now += 6 * HOUR_MS;
    await look();
    assert.deepEqual(await watched(), members);
    assert.equal((await notices()).length, 1, 'not each month anew');
  });

  for (const [name, error, problem, afterMs] of [
    ['throttled', new GraphFailure('throttled', 429, 'x', 20 * MINUTE_MS), 'throttled', 20 * MINUTE_MS],
    ['refused', new GraphFailure('forbidden', 403, 'x', undefined), 'forbidden', MINUTE_MS],
    ['gone', new GraphFailure('notFound', 404, 'x', undefined), 'notFound', MINUTE_MS],
    ['without a token', new CalendarWatchError('APP_ACCESS_REFUSED', 'x'), 'APP_ACCESS_REFUSED', MINUTE_MS],
    ['too large', new CalendarWatchError('GROUP_TOO_LARGE', 'x'), 'GROUP_TOO_LARGE', MINUTE_MS],
  ] as const)
    it(`switches nobody off when the group is ${name}, says so, and tries again`, async () => {
      members = ids(2);
      await look();
      now += 6 * HOUR_MS;
      failure = error;
      assert.equal(await look(), 1);
      assert.equal((await watched()).length, 2);
      assert.equal((await shown())?.problem, problem);
      now += afterMs - SECOND_MS;
      assert.equal(await look(), 0);
      now += SECOND_MS;
      failure = undefined;
      assert.equal(await look(), 1);
      assert.equal((await shown())?.problem, null);
    });

  it('waits longer each time, an hour at most', async () => {
    failure = new GraphFailure('unavailable', 503, 'x', undefined);
    const waits: number[] = [];
    for (let tries = 0; tries < 8; tries += 1) {
      await look();
      const [row] = await db.peek<{ ms: number }>(
        `select (extract(epoch from look_at - $1) * 1000)::float8 as ms from cw.app_watch`,
        [new Date(now)],
      );
      waits.push(Math.round((row?.ms ?? 0) / MINUTE_MS));
      now += row?.ms ?? 0;
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('ends: all are let go, and the watch is forgotten', async () => {
    members = ids(3);
    await look();
    await db.database.inTenant(tenantId, (sql) => endAppWatch(sql, tenantId, 'group watch', now));
    await look();
    assert.deepEqual(await watched(), []);
    assert.equal(await shown(), undefined);
    assert.equal(asked.length, 1, 'nobody has to ask who they are');
  });

  it('takes nobody on when an admin ends it while the members are read', async () => {
    members = ids(3);
    meanwhile = () => db.database.inTenant(tenantId, (sql) => endAppWatch(sql, tenantId, 'group watch', now));
    await look();
    assert.deepEqual(await watched(), []);
    await look();
    assert.equal(await shown(), undefined);
  });

  it('leaves the work to whoever took over', async () => {
    members = ids(3);
    meanwhile = () => db.peek('update cw.app_watch set lease = $1', [new Date(now + HOUR_MS)]);
    await look();
    assert.deepEqual(await watched(), []);
    const found = await db.database.inTenant(tenantId, (sql) => findAppWatch(sql, tenantId, 'group watch'));
    assert.equal(found?.failures, 0);
  });

  it('watches the whole tenant too', async () => {
    await db.peek('delete from cw.app_watch');
    await watch('tenant', '');
    members = ids(2);
    await look();
    assert.deepEqual([asked, await watched()], [['tenant'], members]);
  });
});
