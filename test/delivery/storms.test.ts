/** cw.spread_storms against a plain reading of the rule, over generated calendars of due times. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { Clock } from '../../src/clock.ts';
import { watchForStorms } from '../../src/delivery/storms.ts';
import { createLog } from '../../src/log.ts';
import { spreadStorms } from '../../src/store/sends.ts';
import { empty, MINUTE_MS, NOW, SECOND_MS, seedPerson, seedTenant } from '../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';

const PACE = { perSecond: 2, fleetPerSecond: 3, aheadMs: 10 * MINUTE_MS };
const TENANTS = ['a0', 'b1', 'c2'];

interface Planned {
  tenant: number;
  dueS: number;
  earlyS: number;
}

interface Stored {
  tenantId: string;
  nudgeId: string;
  sendAt: number;
  dueAt: number;
  earliestAt: number;
}

describe('storms', () => {
  let db: OpenTestDatabase;
  const people = new Map<string, string>();

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    await db.peek('delete from cw.duty_lease');
    for (const tenant of TENANTS) {
      await seedTenant(db, tenant);
      people.set(tenant, await seedPerson(db, tenant));
    }
  });

  const plan = async (all: Planned[], more = '') => {
    await db.peek('delete from cw.nudge');
    await db.peek(
      `insert into cw.nudge (tenant_id, nudge_id, person_id, mailbox_id, kind, event_id, start_at, lead_ms, earliest_at,
         due_at, deadline_at, facts, correlation_id, planned_at, state, send_at)
       select t, 'n' || lpad(i::text, 6, '0'), p, p, 'reminder', 'event', d, 0, e, d, d + interval '10 minutes', '{}',
         'test', $5, 'planned', d
       from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[]) with ordinality as r (t, p, d, e, i)`,
      [
        all.map(({ tenant }) => TENANTS[tenant]),
        all.map(({ tenant }) => people.get(TENANTS[tenant] ?? '')),
        all.map(({ dueS }) => new Date(NOW + dueS * SECOND_MS)),
        all.map(({ dueS, earlyS }) => new Date(NOW + (dueS - earlyS) * SECOND_MS)),
        new Date(NOW),
      ],
    );
    if (more) await db.peek(more);
  };
  const stored = async (): Promise<Stored[]> => {
    const rows = await db.peek<{ t: string; n: string; s: Date; d: Date; e: Date }>(
      'select tenant_id as t, nudge_id as n, send_at as s, due_at as d, earliest_at as e from cw.nudge order by 1, 2',
    );
    return rows.map((row) => ({
      tenantId: row.t,
      nudgeId: row.n,
      sendAt: Number(row.s),
      dueAt: Number(row.d),
      earliestAt: Number(row.e),
    }));
  };
  const spread = () => spreadStorms(db.database.system, PACE, NOW);

  /** The rule as one would say it: from the last backwards, each in the slot before the next one's. */
  const backwards = <T extends { key: string; at: number }>(all: T[], stepMs: number): Map<string, number> => {
    const slots = new Map<string, number>();
    let free = Number.POSITIVE_INFINITY;
    for (const one of [...all].sort((a, b) => b.at - a.at || (a.key < b.key ? 1 : -1))) {
      const slot = Math.min(one.at, free);
      slots.set(one.key, slot);
      free = slot - stepMs;
    }
    return slots;
  };
  const expected = (all: Stored[]): Map<string, number> => {
    const ahead = all.filter((one) => one.dueAt > NOW && one.dueAt <= NOW + PACE.aheadMs);
    const lastAt = (one: Stored) => {
      const together = ahead.filter(({ dueAt }) => dueAt === one.dueAt);
      const ofTenant = together.filter(({ tenantId }) => tenantId === one.tenantId);
      const isCrowd =
        ofTenant.length > Math.trunc(PACE.perSecond / 2) || together.length > Math.trunc(PACE.fleetPerSecond / 2);
      return one.dueAt - (isCrowd ? 2 * SECOND_MS : 0);
    };
    const byTenant = TENANTS.flatMap((tenant) => {
      const own = ahead.filter((one) => one.tenantId === tenant);
      const slots = backwards(
        own.map((one) => ({ key: one.nudgeId, at: lastAt(one) })),
        SECOND_MS / PACE.perSecond,
      );
      return own.map((one) => ({ ...one, key: `${one.tenantId} ${one.nudgeId}`, at: slots.get(one.nudgeId) ?? 0 }));
    });
    const slots = backwards(byTenant, SECOND_MS / PACE.fleetPerSecond);
    return new Map(
      byTenant.map((one) => [one.nudgeId, Math.min(one.dueAt, Math.max(one.earliestAt, slots.get(one.key) ?? 0))]),
    );
  };

  const planned = fc.record({
    tenant: fc.integer({ min: 0, max: 2 }),
    dueS: fc.oneof(fc.constantFrom(60, 61, 300), fc.integer({ min: -30, max: 900 })),
    earlyS: fc.constantFrom(0, 20, 480),
  });

  it('are spread backwards, within the window, at the pace of the tenant and of the fleet', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(planned, { minLength: 1, maxLength: 120 }), async (all) => {
        await plan(all);
        const before = await stored();
        const wanted = expected(before);
        await spread();
        const after = await stored();
        for (const one of after) {
          const slot = wanted.get(one.nudgeId) ?? one.dueAt;
          // A quarter of a second is left alone.
          assert.ok(Math.abs(one.sendAt - slot) <= 260, `${one.nudgeId}: ${one.sendAt - slot} ms beside its slot`);
          assert.ok(one.sendAt <= one.dueAt, 'later than due');
          assert.ok(one.sendAt >= Math.min(one.earliestAt, one.dueAt), 'before it may');
        }
        assert.equal(await spread(), 0, 'a second look moves nothing');
      }),
      { numRuns: 40 },
    );
  });

  it('that fit into the window are over before they are due, and use every slot', async () => {
    await plan(Array.from({ length: 200 }, () => ({ tenant: 0, dueS: 540, earlyS: 480 })));
    assert.ok((await spread()) > 190);
    const times = (await stored()).map((one) => one.sendAt).sort((a, b) => a - b);
    // Of a crowd, the last one goes out two seconds before it is due.
    const lastAt = NOW + 538 * SECOND_MS;
    assert.equal(times.at(-1), lastAt);
    for (const [place, time] of times.entries()) assert.ok(Math.abs(time - (lastAt - (199 - place) * 500)) <= 260);
  });

  it('stay where they are when they are nearly through', async () => {
    await plan(Array.from({ length: 40 }, () => ({ tenant: 0, dueS: 12, earlyS: 480 })));
    await spread();
    const before = await stored();
    await db.peek(`update cw.nudge set state = 'sent' where nudge_id < 'n000040'`);
    assert.equal(await spread(), 0, 'the last one of the crowd is not put off to its due time');
    assert.ok((before.at(-1)?.sendAt ?? 0) <= NOW + 10 * SECOND_MS);
  });

  it('go back to their time when most of it is called off', async () => {
    await plan(Array.from({ length: 100 }, () => ({ tenant: 0, dueS: 300, earlyS: 480 })));
    await spread();
    await db.peek(`update cw.nudge set state = 'withdrawn' where nudge_id > 'n000001'`);
    await spread();
    const [left] = await stored();
    assert.equal(left?.sendAt, left?.dueAt);
  });

  for (const [name, change] of [
    ['was tried already', 'attempts = 1'],
    ['is with somebody who sends it', `state = 'claimed'`],
    ['waits for a chat', 'held = true'],
    ['goes by another way', `way = 'email'`],
  ] as const)
    it(`leave alone what ${name}`, async () => {
      const all = Array.from({ length: 50 }, () => ({ tenant: 0, dueS: 300, earlyS: 480 }));
      await plan(all, `update cw.nudge set ${change}`);
      assert.equal(await spread(), 0);
    });

  it('keep to the window that an admin has narrowed', async () => {
    await db.peek(`update cw.tenant set policy = '{"earlyMinutes": 1}' where tenant_id = $1`, [TENANTS[0]]);
    await plan(Array.from({ length: 400 }, () => ({ tenant: 0, dueS: 500, earlyS: 480 })));
    await spread();
    const first = Math.min(...(await stored()).map((one) => one.sendAt));
    assert.equal(first, NOW + 440 * SECOND_MS);
  });

  it('are one instance’s business at a time, whoever it is; the fleet is who is alive', async () => {
    let now = NOW;
    const clock: Clock = { now: () => now, after: () => () => undefined };
    const look = (instanceId: string) =>
      watchForStorms({ database: db.database, clock, log: createLog('silent'), instanceId, sendsPerSecond: 1 });
    const storm = Array.from({ length: 60 }, (_, index) => ({ tenant: index % 3, dueS: 400, earlyS: 480 }));
    const length = async () => {
      const times = (await stored()).map((one) => one.sendAt);
      return Math.round((Math.max(...times) - Math.min(...times)) / SECOND_MS);
    };
    await plan(storm);
    await look('one');
    assert.equal(await length(), 59, 'one instance sends one a second');
    await look('two');
    assert.equal(await length(), 59, 'another one has looked just now');
    now += 10 * SECOND_MS;
    await look('two');
    assert.equal(await length(), 30, 'two of them send two a second');
    now += 40 * SECOND_MS;
    await look('two');
    assert.equal(await length(), 59, 'the other one is gone');
  });
});
