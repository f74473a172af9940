/** The ledger of errands: planned once, withdrawn while nobody is at it, planned again by hand. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { Sql } from '../../src/store/database.ts';
import {
  beginErrand,
  claimErrands,
  endErrand,
  type NewErrand,
  planAgain,
  planErrands,
  plannedErrandsOf,
  pruneErrands,
  readErrand,
  releaseErrand,
  reviveErrands,
  withdrawErrands,
} from '../../src/store/errands.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { DAY_MS, empty, HOUR_MS, MINUTE_MS, NOW, seedPerson, seedTenant } from './seed.ts';

describe('the ledger of errands', function () {
  this.timeout(60_000);
  let db: OpenTestDatabase;
  let tenantId: string;
  let personId: string;
  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    await db.peek('delete from cw.errand');
    tenantId = await seedTenant(db);
    personId = await seedPerson(db, tenantId);
  });
  const inTenant = <T>(work: (sql: Sql) => Promise<T>) => db.database.inTenant(tenantId, work);
  const errand = (errandId: string, more: Partial<NewErrand> = {}): NewErrand => ({
    ...{ errandId, kind: 'webhook', payload: { a: 'ü' }, personId, mailboxId: personId },
    ...{ dueAt: NOW, deadlineAt: NOW + HOUR_MS },
    ...more,
  });
  const plan = (...errands: NewErrand[]) => inTenant((sql) => planErrands(sql, tenantId, errands, 'c', NOW));
  const claim = (now = NOW) =>
    claimErrands(db.database.system, { most: 10, leaseMs: MINUTE_MS, kinds: ['webhook'] }, now);
  const planned = async () =>
    (await inTenant((sql) => plannedErrandsOf(sql, tenantId, personId))).map((one) => one.errandId);
  const stateOf = async (errandId: string) =>
    (await db.peek<{ state: string }>('select state from cw.errand where errand_id = $1', [errandId]))[0]?.state;

  it('reads back what was planned', async () => {
    const whole = errand('one', { eventId: 'e', startAt: NOW + 5, ruleId: 'r', trigger: 'before' });
    assert.deepEqual(await plan(whole), ['one']);
    const [lease] = await claim();
    assert.ok(lease);
    assert.deepEqual(await inTenant((sql) => readErrand(sql, lease)), {
      ...whole,
      ...{ tenantId, correlationId: 'c', attempts: 0, ambiguous: 0 },
    });
    assert.equal(await inTenant((sql) => readErrand(sql, { ...lease, fence: lease.fence - 1 })), undefined);
  });

  it('plans each identity once', async () => {
    assert.deepEqual(await plan(errand('one'), errand('two')), ['one', 'two']);
    assert.deepEqual(await plan(errand('two', { payload: {} }), errand('three')), ['three']);
  });

  it('lets nobody with an old fence say what became of it', async () => {
    await plan(errand('one'));
    const [old] = await claim();
    const [lease] = await claim(NOW + MINUTE_MS);
    assert.ok(old && lease);
    assert.ok(lease.fence > old.fence);
    assert.equal(await inTenant((sql) => beginErrand(sql, old, MINUTE_MS, NOW)), false);
    assert.equal(await inTenant((sql) => endErrand(sql, old, { state: 'done' }, NOW)), false);
    const again = { sendAt: NOW, reason: 'x', ambiguous: true };
    assert.equal(await inTenant((sql) => releaseErrand(sql, old, again)), false);
    assert.equal(await inTenant((sql) => endErrand(sql, lease, { state: 'done' }, NOW)), true);
    assert.equal(await inTenant((sql) => endErrand(sql, lease, { state: 'failed' }, NOW)), false);
    assert.equal(await stateOf('one'), 'done');
  });

  it('calls nothing back that somebody is at', async () => {
    await plan(errand('one'));
    await claim();
    await plan(errand('two'));
    await inTenant((sql) => withdrawErrands(sql, tenantId, ['one', 'two'], 'gone', NOW));
    assert.deepEqual([await stateOf('one'), await stateOf('two')], ['claimed', 'withdrawn']);
  });

  it('revives what was withdrawn before anybody tried, and is still to come', async () => {
    await plan(errand('past'), errand('coming', { dueAt: NOW + MINUTE_MS }));
    await inTenant((sql) => withdrawErrands(sql, tenantId, ['past', 'coming'], 'gone', NOW));
    await inTenant((sql) => reviveErrands(sql, tenantId, ['past', 'coming'], NOW));
    assert.deepEqual([await stateOf('past'), await stateOf('coming')], ['withdrawn', 'planned']);
  });

  it('shows plans nothing that was begun or is planned again by hand', async () => {
    await plan(errand('tried'), errand('new', { dueAt: NOW + HOUR_MS }));
    const [lease] = await claim();
    assert.ok(lease);
    await inTenant((sql) => beginErrand(sql, lease, MINUTE_MS, NOW));
    await inTenant((sql) => releaseErrand(sql, lease, { sendAt: NOW + 1, reason: 'x', ambiguous: false }));
    assert.deepEqual(await planned(), ['new']);
    const [second] = await claim(NOW + 1);
    assert.ok(second);
    await inTenant((sql) => endErrand(sql, second, { state: 'failed', reason: 'x' }, NOW + 1));
    await inTenant((sql) => again(sql, 'tried'));
    assert.deepEqual(await planned(), ['new']);
  });

  const again = (sql: Sql, errandId: string, more: object = {}) => {
    const replay = {
      ...{ tenantId, personId, errandId, kind: 'webhook' },
      endedAfter: NOW - DAY_MS,
      deadlineAt: NOW + DAY_MS,
    };
    return planAgain(sql, { ...replay, ...more }, NOW + 5);
  };

  for (const state of ['done', 'failed', 'missed', 'unknown', 'withdrawn'] as const)
    it(`plans again what is ${state}, from its first attempt`, async () => {
      await plan(errand('one'));
      const [lease] = await claim();
      assert.ok(lease);
      await inTenant((sql) => beginErrand(sql, lease, MINUTE_MS, NOW));
      assert.equal(await inTenant((sql) => again(sql, 'one')), false, 'somebody is at it');
      await inTenant((sql) => endErrand(sql, lease, { state, reason: 'x', outcome: { status: 1 } }, NOW));
      assert.equal(await inTenant((sql) => again(sql, 'one', { kind: 'mail' })), false);
      assert.equal(await inTenant((sql) => again(sql, 'one', { endedAfter: NOW })), false);
      assert.equal(await inTenant((sql) => again(sql, 'one')), true);
      const [fresh] = await claim(NOW + 5);
      assert.ok(fresh);
      const read = await inTenant((sql) => readErrand(sql, fresh));
      assert.deepEqual(read?.payload, { a: 'ü', replayed: true });
      assert.deepEqual([read?.attempts, read?.ambiguous, read?.deadlineAt], [0, 0, NOW + DAY_MS]);
    });

  it('forgets what ended long ago, and nothing that is open', async () => {
    await plan(errand('open'), errand('ended'));
    await db.peek(`update cw.errand set state = 'done', ended_at = $1 where errand_id = 'ended'`, [
      new Date(NOW - DAY_MS),
    ]);
    assert.equal(await pruneErrands(db.database.system, 100, NOW - DAY_MS), 0);
    assert.equal(await pruneErrands(db.database.system, 100, NOW), 1);
    assert.deepEqual([await stateOf('open'), await stateOf('ended')], ['planned', undefined]);
  });
});
