import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { leave, leaversOf, takeMembers } from '../../src/store/app-members.ts';
import {
  type AppWatchLease,
  addWatch,
  appWatches,
  claimAppWatches,
  endAppWatch,
  extendAppLease,
  findAppWatch,
  forgetAppWatch,
  isMember,
  MOST_WATCHES,
  setDeclined,
  settleAppWatch,
  someMember,
} from '../../src/store/app-watch.ts';
import type { Sql } from '../../src/store/database.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import {
  empty,
  HOUR_MS,
  MINUTE_MS,
  NOW,
  seedMailbox,
  seedNudges,
  seedPerson,
  seedSubscription,
  seedTenant,
} from './seed.ts';

const LEASE_MS = 2 * MINUTE_MS;
const GROUP = 'aaaaaaaa-0000-4000-8000-000000000001';

describe('what admins have the application watch', () => {
  let db: OpenTestDatabase;
  let tenantId: string;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    for (const table of ['app_watch', 'audit']) await db.peek(`delete from cw.${table}`);
    tenantId = await seedTenant(db);
  });

  const inTenant = <T>(work: (sql: Sql) => Promise<T>) => db.database.inTenant(tenantId, work);
  const add = (watchId: string, objectId = GROUP, now = NOW) =>
    inTenant((sql) =>
      addWatch(sql, { tenantId, watchId, kind: 'group', objectId, label: `Group ${watchId}`, addedBy: 'admin' }, now),
    );
  const claim = (now = NOW) => claimAppWatches(db.database.system, 10, LEASE_MS, now);
  const take = (watchId: string, ids: string[], now = NOW) =>
    inTenant((sql) =>
      takeMembers(
        sql,
        { tenantId, watchId },
        ids.map((personId) => ({ personId, dueAt: now + MINUTE_MS })),
        now,
      ),
    );
  const people = () =>
    db.peek<{ id: string; watch: string; access: string; own: boolean }>(
      'select person_id as id, watch, access, own_before as own from cw.person order by 1',
    );

  it('is one watch a group, due at once, and again when an admin says so again', async () => {
    assert.equal(await add('one'), true);
    assert.equal(await add('two'), false, 'it is watched already');
    const [lease] = await claim();
    assert.deepEqual(lease, { tenantId, watchId: 'one', until: NOW + LEASE_MS });
    assert.deepEqual(await claim(), [], 'somebody has it');
    assert.deepEqual((await claim(NOW + LEASE_MS)).length, 1, 'whoever had it is gone');
  });

  it('is settled by whoever holds the lease, and by nobody else', async () => {
    await add('one');
    const [first] = (await claim()) as [AppWatchLease];
    const [second] = (await claim(NOW + LEASE_MS)) as [AppWatchLease];
    assert.equal(await inTenant((sql) => extendAppLease(sql, first, NOW + HOUR_MS)), false);
    await inTenant((sql) => settleAppWatch(sql, first, { lookAt: NOW + HOUR_MS, problem: null }, NOW));
    assert.equal((await inTenant((sql) => appWatches(sql, tenantId)))[0]?.lookedAt, null);
    const settled = { lookAt: NOW + HOUR_MS, problem: 'throttled' };
    await inTenant((sql) => settleAppWatch(sql, second, settled, NOW));
    const [shown] = await inTenant((sql) => appWatches(sql, tenantId));
    assert.deepEqual([shown?.problem, shown?.lookedAt], ['throttled', null]);
    assert.equal((await inTenant((sql) => findAppWatch(sql, tenantId, 'one')))?.failures, 1);
    assert.deepEqual(await claim(NOW + HOUR_MS - 1), []);
    const [third] = (await claim(NOW + HOUR_MS)) as [AppWatchLease];
    await inTenant((sql) => settleAppWatch(sql, third, { lookAt: NOW + 2 * HOUR_MS, problem: null }, NOW + HOUR_MS));
    const [after_] = await inTenant((sql) => appWatches(sql, tenantId));
    assert.deepEqual([after_?.problem, after_?.lookedAt], [null, NOW + HOUR_MS]);
  });

  it('takes new people on, a row of each kind, and once', async () => {
    await add('one');
    assert.deepEqual(await take('one', ['ada', 'ben']), {
      begun: [
        { personId: 'ada', isToBeTold: false },
        { personId: 'ben', isToBeTold: false },
      ],
    });
    assert.deepEqual(await take('one', ['ada', 'ben'], NOW + HOUR_MS), { begun: [] });
    assert.deepEqual(await people(), [
      { id: 'ada', watch: 'on', access: 'application', own: false },
      { id: 'ben', watch: 'on', access: 'application', own: false },
    ]);
    const mailboxes = await db.peek('select mailbox_id, sync_due_at, care_due_at, greet, profile_at from cw.mailbox');
    assert.equal(mailboxes.length, 2);
    assert.deepEqual(mailboxes[0], {
      mailbox_id: 'ada',
      sync_due_at: new Date(NOW + MINUTE_MS),
      care_due_at: new Date(NOW + MINUTE_MS),
      greet: false,
      profile_at: null,
    });
    assert.equal((await db.peek('select from cw.feed')).length, 2);
  });

  it('leaves who connected themselves as they are, and reads for who has lost their access', async () => {
    await add('one');
    const own = await seedMailbox(db, tenantId);
    const lost = await seedMailbox(db, tenantId);
    await db.peek(`update cw.person set watch = 'reconnect' where person_id = $1`, [lost]);
    await db.peek('update cw.mailbox set sync_due_at = null, care_due_at = null where mailbox_id = $1', [lost]);
    assert.deepEqual(await take('one', [lost, own].sort()), { begun: [] });
    const found = new Map((await people()).map(({ id, ...more }) => [id, more]));
    assert.deepEqual(found.get(own), { watch: 'on', access: 'delegated', own: false });
    assert.deepEqual(found.get(lost), { watch: 'on', access: 'application', own: true });
    const [box] = await db.peek('select sync_due_at from cw.mailbox where mailbox_id = $1', [lost]);
    assert.deepEqual(box?.sync_due_at, new Date(NOW + MINUTE_MS));
  });

  it('keeps nothing of another account’s calendar when it takes over', async () => {
    await add('one');
    const lost = await seedMailbox(db, tenantId);
    const mailbox = { tenantId, mailboxId: lost };
    await db.peek(`update cw.person set watch = 'reconnect', account_id = 'of somebody else'`);
    await db.peek(`update cw.feed set delta_link = 'of that account'`);
    await db.peek(
      `insert into cw.event (tenant_id, mailbox_id, event_id, calendar_id, type, start_at, end_at, data)
       values ($1, $2, 'theirs', '', 'single', $3, $3, '{}')`,
      [tenantId, lost, new Date(NOW)],
    );
    await seedSubscription(db, mailbox);
    await seedNudges(db, { tenantId, personId: lost }, 1);
    await take('one', [lost]);
    assert.deepEqual(await people(), [{ id: lost, watch: 'on', access: 'application', own: false }]);
    for (const table of ['event', 'subscription'])
      assert.deepEqual(await db.peek(`select from cw.${table}`), [], table);
    assert.deepEqual(await db.peek('select delta_link from cw.feed'), [{ delta_link: null }]);
    assert.deepEqual(await db.peek('select state from cw.nudge'), [{ state: 'withdrawn' }]);
    assert.deepEqual(await db.peek('select account_id from cw.person'), [{ account_id: null }]);
    assert.deepEqual(await db.peek('select ending, sync_due_at from cw.mailbox'), [
      { ending: false, sync_due_at: new Date(NOW + MINUTE_MS) },
    ]);
  });

  it('are as many as can be shown and ended, and no more', async () => {
    await db.peek(
      `insert into cw.app_watch (tenant_id, watch_id, kind, object_id, label, added_by, added_at, look_at)
       select $1, 'w' || n, 'group', 'g' || n, 'Group ' || n, 'admin', $2, $2 from generate_series(1, $3) n`,
      [tenantId, new Date(NOW), MOST_WATCHES],
    );
    assert.equal((await inTenant((sql) => appWatches(sql, tenantId))).length, MOST_WATCHES);
    await assert.rejects(add('more'), { code: 'COMMAND_INVALID', say: /500 groups already/ });
    assert.equal(await add('again', 'g1'), false, 'what is watched already goes on');
  });

  it('lets the person’s word count more: “watch off”, and “forget me”', async () => {
    await add('one');
    const declined = await seedPerson(db, tenantId, 'declined');
    await db.peek(`update cw.person set watch = 'off'`);
    await inTenant((sql) => setDeclined(sql, tenantId, declined, NOW));
    await db.peek(
      `insert into cw.audit (tenant_id, audit_id, at, actor_id, person_id, act)
       values ($1, '1', $2, 'gone', 'gone', 'forgot'), ($1, '2', $2, 'admin', 'other', 'forgot'),
         ($1, '3', $2, null, 'removed', 'forgot')`,
      [tenantId, new Date(NOW)],
    );
    const taken = await take('one', ['declined', 'gone', 'other', 'removed']);
    assert.deepEqual(
      taken?.begun.map((one) => one.personId),
      ['other'],
      'whom somebody else had forgotten is new',
    );
    assert.deepEqual(
      (await people()).map(({ id, watch }) => [id, watch]),
      [
        ['declined', 'off'],
        ['other', 'on'],
      ],
    );
    assert.equal(await inTenant((sql) => isMember(sql, tenantId, 'declined')), true, '“watch on” needs no sign-in');
    const [shown] = await inTenant((sql) => appWatches(sql, tenantId));
    assert.deepEqual([shown?.members, shown?.watched, shown?.declined], [2, 1, 1]);
  });

  const leaveOne = (watchId: string, personId: string) =>
    inTenant((sql) => leave(sql, { tenantId, watchId }, personId, NOW + HOUR_MS));

  it('switches off who leaves, and not who has another reason to be watched', async () => {
    await add('one');
    await add('two', 'bbbbbbbb-0000-4000-8000-000000000001');
    const own = await seedMailbox(db, tenantId);
    await take('one', ['both', 'gone', own]);
    await take('two', ['both']);
    await take('one', [], NOW + MINUTE_MS);
    const leavers = await inTenant((sql) => leaversOf(sql, { tenantId, watchId: 'one' }, NOW + 1, 10));
    assert.deepEqual(leavers, ['both', 'gone', own].sort());
    assert.deepEqual(
      [await leaveOne('one', 'both'), await leaveOne('one', 'gone'), await leaveOne('one', own)],
      ['stays', 'off', 'stays'],
    );
    assert.equal(await leaveOne('two', 'both'), 'off', 'that was the last');
    const [box] = await db.peek(`select ending from cw.mailbox where mailbox_id = 'gone'`);
    assert.equal(box?.ending, true);
    assert.equal((await people()).find((one) => one.id === own)?.watch, 'on');
  });

  it('gives back to themselves who had connected before', async () => {
    await add('one');
    const lost = await seedMailbox(db, tenantId);
    await db.peek(`update cw.person set watch = 'reconnect'`);
    await take('one', [lost]);
    assert.equal(await leaveOne('one', lost), 'own');
    assert.deepEqual(await people(), [{ id: lost, watch: 'on', access: 'delegated', own: false }]);
  });

  it('takes nobody on once it is ending, and is gone when it is empty', async () => {
    await add('one');
    await take('one', ['ada']);
    const [lease] = (await claim()) as [AppWatchLease];
    assert.equal(await inTenant((sql) => endAppWatch(sql, tenantId, 'one', NOW)), true);
    assert.equal(await take('one', ['ben']), undefined);
    assert.equal(await inTenant((sql) => extendAppLease(sql, lease, NOW + HOUR_MS)), false, 'its look is over');
    const [ending] = (await claim()) as [AppWatchLease];
    await inTenant((sql) => forgetAppWatch(sql, ending));
    assert.deepEqual(await inTenant((sql) => appWatches(sql, tenantId)), []);
    assert.deepEqual(await db.peek('select from cw.app_member'), []);
  });

  it('counts whose calendar can’t be read, and names somebody to look at', async () => {
    await add('one');
    await take('one', ['ada', 'ben', 'cid']);
    await db.peek(`update cw.mailbox set unreadable_since = $1 where mailbox_id = 'ada'`, [new Date(NOW)]);
    await db.peek(`update cw.mailbox set sync_failures = 3 where mailbox_id = 'ben'`);
    await db.peek(`update cw.mailbox set sync_failures = 2 where mailbox_id = 'cid'`);
    assert.equal((await inTenant((sql) => appWatches(sql, tenantId)))[0]?.troubled, 2);
    assert.ok(await inTenant((sql) => someMember(sql, tenantId, '')));
    assert.notEqual(await inTenant((sql) => someMember(sql, tenantId, 'ada')), 'ada');
  });

  it('stays behind the tenant’s wall', async () => {
    await add('one');
    await take('one', ['ada']);
    const other = await seedTenant(db);
    await db.database.inTenant(other, async (sql) => {
      assert.deepEqual(await appWatches(sql, tenantId), []);
      assert.equal(await isMember(sql, tenantId, 'ada'), false);
      assert.equal(await endAppWatch(sql, tenantId, 'one', NOW), false);
    });
  });
});
