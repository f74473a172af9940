import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { awaken, beat, outagesSince } from '../../src/store/outages.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { empty, HOUR_MS, MINUTE_MS, NOW, SECOND_MS, seedMailbox, seedTenant } from './seed.ts';

describe('outages of all instances', () => {
  let db: OpenTestDatabase;
  let tenantId: string;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    for (const table of ['heartbeat', 'outage']) await db.peek(`delete from cw.${table}`);
    tenantId = await seedTenant(db);
  });

  const beats = async (...atMs: number[]) => {
    const found: (number | undefined)[] = [];
    for (const at of atMs) found.push(await beat(db.database.system, NOW + at));
    return found.map((since) => (since === undefined ? undefined : since - NOW));
  };
  const since = async (sinceMs: number, nowMs: number) => {
    const found = await db.database.inTenant(tenantId, (sql) => outagesSince(sql, NOW + sinceMs, NOW + nowMs));
    return found.map((one) => [one.fromAt - NOW, one.toAt - NOW]);
  };

  it('are gaps of more than five minutes between beats', async () => {
    const [a, b, c] = [5 * MINUTE_MS, 10 * MINUTE_MS + 1, 11 * MINUTE_MS];
    assert.deepEqual(await beats(0, a, b, c), [undefined, undefined, a, undefined]);
    assert.deepEqual(await since(-HOUR_MS, c), [[a, b]]);
  });

  it('are one however many instances come back at once', async () => {
    await beats(0);
    const found = await Promise.all(Array.from({ length: 8 }, () => beat(db.database.system, NOW + HOUR_MS)));
    assert.equal(found.filter((one) => one !== undefined).length, 1);
    assert.equal((await since(0, HOUR_MS)).length, 1);
  });

  it('begin with the first beat: before it nothing was promised', async () => {
    assert.deepEqual(await since(-HOUR_MS, 0), []);
    assert.deepEqual(await beats(0), [undefined]);
  });

  it('are known before anybody wrote them down', async () => {
    await beats(0);
    assert.deepEqual(await since(-HOUR_MS, 5 * MINUTE_MS), []);
    assert.deepEqual(await since(-HOUR_MS, 10 * MINUTE_MS), [[0, 10 * MINUTE_MS]]);
  });

  it('count when they lie, in part, after a moment; oldest first', async () => {
    await beats(0, HOUR_MS, HOUR_MS + 1, 2 * HOUR_MS);
    const now = 2 * HOUR_MS;
    assert.deepEqual(await since(0, now), [
      [0, HOUR_MS],
      [HOUR_MS + 1, 2 * HOUR_MS],
    ]);
    assert.equal((await since(HOUR_MS - 1, now)).length, 2);
    assert.equal((await since(HOUR_MS, now)).length, 1);
    assert.deepEqual(await since(now, now), []);
  });

  it('are not made by a beat that comes late and says an earlier time', async () => {
    await beats(HOUR_MS, 0);
    assert.deepEqual(await beats(HOUR_MS + MINUTE_MS), [undefined]);
  });

  describe('when they are over', () => {
    const wake = (most = 100, nowMs = HOUR_MS) => awaken(db.database.system, most, NOW + nowMs);
    const dueMs = async (id: string) => {
      const [row] = await db.peek<{ due: Date | null }>(
        'select sync_due_at as due from cw.mailbox where mailbox_id = $1',
        [id],
      );
      return row?.due ? row.due.getTime() - NOW - HOUR_MS : null;
    };
    const mailbox = async (dueAt: number, syncedAt: number | null = NOW - HOUR_MS) => {
      const id = await seedMailbox(db, tenantId, dueAt);
      await db.peek('update cw.mailbox set synced_at = $2 where mailbox_id = $1', [
        id,
        syncedAt === null ? null : new Date(syncedAt),
      ]);
      return id;
    };
    const FAR = NOW + 5 * HOUR_MS;

    it('have every mailbox read within a quarter of an hour, not all at once, in steps', async () => {
      await beats(0, HOUR_MS);
      const ids: string[] = [];
      for (let n = 0; n < 30; n += 1) ids.push(await mailbox(FAR));
      assert.deepEqual([await wake(20), await wake(20), await wake(20)], [20, 10, 0]);
      const due = await Promise.all(ids.map(dueMs));
      assert.ok(due.every((ms) => ms !== null && ms >= 0 && ms < 15 * MINUTE_MS));
      assert.ok(Math.max(...due.map(Number)) - Math.min(...due.map(Number)) > MINUTE_MS, 'spread');
    });

    it('leave alone who is read soon, was read since, or must sign in', async () => {
      await beats(0, HOUR_MS);
      const soon = await mailbox(NOW + HOUR_MS + MINUTE_MS);
      await mailbox(FAR, NOW + HOUR_MS + SECOND_MS);
      const out = await mailbox(FAR);
      await db.peek('update cw.mailbox set sync_due_at = null where mailbox_id = $1', [out]);
      assert.equal(await wake(), 0);
      assert.equal(await dueMs(soon), MINUTE_MS);
      assert.equal(await dueMs(out), null);
    });

    it('have nobody read where there was none, or long ago', async () => {
      await mailbox(FAR);
      await beats(0);
      assert.equal(await wake(100, 0), 0);
      await beats(HOUR_MS);
      assert.equal(await wake(100, 3 * HOUR_MS), 0);
    });
  });
});
