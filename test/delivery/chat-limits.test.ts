/** 7 in 1 s, 8 in 2 s, 60 in 30 s, 1,800 in an hour: what Teams allows in one chat is kept before the call. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { SEND_WINDOWS } from '../../sandbox/connector/limits.ts';
import type { Clock } from '../../src/clock.ts';
import { claimDue, type DispatcherDeps, dispatchOne } from '../../src/delivery/dispatcher.ts';
import { createToll } from '../../src/delivery/toll.ts';
import { createLog } from '../../src/log.ts';
import { meetPerson, saveConversation } from '../../src/store/people.ts';
import { empty, HOUR_MS, MINUTE_MS, NOW, SECOND_MS, seedMailbox, seedNudges, seedTenant } from '../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';

describe('the limits of a chat', () => {
  let db: OpenTestDatabase;
  let now: number;
  let times: number[];
  let deps: DispatcherDeps;
  let tenantId: string;
  let personId: string;
  let clock: Clock;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    now = NOW;
    times = [];
    tenantId = await seedTenant(db);
    personId = await seedMailbox(db, tenantId);
    await db.database.inTenant(tenantId, async (sql) => {
      await saveConversation(sql, tenantId, { conversationId: 'a:chat', kind: 'personal', reference: {} }, now);
      await meetPerson(sql, { tenantId, personId, conversationId: 'a:chat', locale: 'en-GB' }, now);
    });
    clock = {
      now: () => now,
      after: (delayMs, run) => {
        now += Math.max(0, delayMs);
        queueMicrotask(run);
        return () => undefined;
      },
    };
    deps = {
      database: db.database,
      clock,
      log: createLog('silent'),
      random: () => 0.5,
      render: () => ({ card: {}, summary: '', fallbackText: '' }),
      kinds: ['connected'],
      charge: () => undefined,
      channel: {
        name: 'counting',
        send: async () => {
          times.push(now);
          return { kind: 'sent', activityId: 'activity' };
        },
      },
    };
  });

  const run = async (forMs: number, stepMs: number) => {
    for (const end = now + forMs; now < end; now += stepMs)
      for (const lease of await claimDue(deps, 64)) await dispatchOne(deps, lease);
  };
  const overLimit = () =>
    SEND_WINDOWS.flatMap(({ count, ms }) =>
      times.flatMap((time, index) => {
        const earlier = times[index - count];
        return earlier !== undefined && time - earlier < ms ? [`more than ${count} in ${ms} ms`] : [];
      }),
    );
  const ahead = (count: number) =>
    seedNudges(db, { tenantId, personId }, count, { kind: 'connected', deadlineAt: NOW + 5 * HOUR_MS });

  it('are kept, and used', async () => {
    await ahead(150);
    await run(90 * SECOND_MS, 100);
    assert.deepEqual(overLimit(), []);
    assert.equal(times.length, 150);
    const inFirst = (ms: number) => times.filter((time) => time < NOW + ms).length;
    assert.ok(inFirst(SECOND_MS) >= 6 && inFirst(30 * SECOND_MS) >= 58, `${inFirst(SECOND_MS)} at once`);
    const [row] = await db.peek<{ attempts: number }>('select max(attempts) as attempts from cw.nudge');
    assert.equal(row?.attempts, 1, 'waiting is no attempt');
  });

  it('are kept over an hour: a bucket of 900 that refills by 900', async () => {
    await ahead(200);
    const used = 890;
    await db.peek('update cw.conversation set hour_full_at = $1', [new Date(NOW + used * 4 * SECOND_MS)]);
    await run(2 * MINUTE_MS + SECOND_MS, 2 * SECOND_MS);
    assert.equal(times.length, 900 - used + 120 / 4, 'what was left, and one every four seconds');
  });

  it('count what is answered there, and the tenant makes room for it', async () => {
    const toll = createToll({
      database: db.database,
      clock: { ...clock, after: () => () => undefined },
      log: deps.log,
    });
    for (let call = 0; call < 7; call += 1) toll.charge(tenantId, 'a:chat');
    await toll.flush();
    await ahead(1);
    const [tenant] = await db.peek<{ pace_at: Date }>('select pace_at from cw.tenant');
    assert.ok(Math.abs(Number(tenant?.pace_at) - NOW - 146) <= 2, 'seven slots of 1/48 s');
    await run(SECOND_MS, 100);
    assert.equal(times.length, 0);
    await run(SECOND_MS, 100);
    assert.equal(times.length, 1);
  });
});
