import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { claimDue, type DispatcherDeps } from '../../src/delivery/dispatcher.ts';
import type { Equalisation } from '../../src/nudges/equalise.ts';
import type { PlannedNudge } from '../../src/nudges/plan.ts';
import {
  beginSend,
  endNudge,
  missNudges,
  type NudgeLease,
  readClaimed,
  releaseNudge,
  withdrawAll,
  writeEqualisation,
} from '../../src/store/nudges.ts';
import { claimSends } from '../../src/store/sends.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { empty, HOUR_MS, MINUTE_MS, NOW, SECOND_MS, seedNudges, seedPerson, seedTenant } from './seed.ts';

const PER_SECOND = 48;
const LEASE_MS = 30 * SECOND_MS;
const NOTHING: Equalisation = { insert: [], rewrite: [], withdraw: [], mark: [] };

describe('nudges in the database', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let personId: string;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    tenantId = await seedTenant(db);
    personId = await seedPerson(db, tenantId);
  });

  const claim = (now: number, most = 64): Promise<NudgeLease[]> =>
    claimSends(
      db.database.system,
      { most, leaseMs: LEASE_MS, perSecond: PER_SECOND, horizonMs: SECOND_MS, kinds: ['reminder', 'digest', 'change'] },
      now,
    );
  const only = async (now: number): Promise<NudgeLease> => {
    const [lease, ...rest] = await claim(now);
    assert.ok(lease && rest.length === 0, 'not exactly one was claimed');
    return lease;
  };
  const rows = () =>
    db.peek<{ state: string; wanted: boolean; attempts: number; ambiguous: number; reason: string; send_at: Date }>(
      'select state, wanted, attempts, ambiguous, reason, send_at from cw.nudge order by nudge_id',
    );
  const row = async () => {
    const [first] = await rows();
    assert.ok(first);
    return first;
  };
  const end = (lease: NudgeLease, now = NOW) =>
    db.database.inTenant(tenantId, (sql) =>
      endNudge(sql, lease, { state: 'sent', activityId: 'a', conversationId: 'c' }, now),
    );
  const release = (lease: NudgeLease, sendAt: number, ambiguous = false) =>
    db.database.inTenant(tenantId, (sql) => releaseNudge(sql, lease, { sendAt, reason: 'later', ambiguous }, NOW));
  const begin = (lease: NudgeLease, now: number) =>
    db.database.inTenant(tenantId, (sql) => beginSend(sql, lease, LEASE_MS, now));
  const owner = () => ({ tenantId, personId, mailboxId: personId, correlationId: 'c' });
  const equalise = (change: Partial<Equalisation>, now = NOW) =>
    db.database.inTenant(tenantId, (sql) => writeEqualisation(sql, owner(), { ...NOTHING, ...change }, now));
  const planned = (nudgeId: string, more: Partial<PlannedNudge> = {}): PlannedNudge => ({
    nudgeId,
    kind: 'reminder',
    eventId: 'event',
    startAt: NOW,
    leadMs: 0,
    earliestAt: NOW,
    dueAt: NOW,
    deadlineAt: NOW + HOUR_MS,
    facts: {},
    ...more,
  });

  describe('the pace of a tenant', () => {
    /** Claims every 50 ms of virtual time by two instances at once; ends all that it gets. */
    const drain = async (forMs: number) => {
      const slots: NudgeLease[] = [];
      for (let passed = 0; passed < forMs; passed += 50) {
        const got = await Promise.all([claim(NOW + passed), claim(NOW + passed)]);
        slots.push(...got.flat());
      }
      return slots;
    };

    it('has 48 slots a second, evenly apart, whoever claims', async () => {
      const ids = await seedNudges(db, { tenantId, personId }, 300);
      const leases = await drain(4 * SECOND_MS);
      assert.equal(new Set(leases.map((one) => one.nudgeId)).size, leases.length, 'claimed twice');
      const at = leases.map((one) => one.slotAt).sort((a, b) => a - b);
      assert.ok(at.length >= 4 * PER_SECOND && at.length <= ids.length, `${at.length} slots`);
      for (const [index, slot] of at.entries()) {
        const next = at[index + 1];
        if (next !== undefined) assert.ok(next - slot >= Math.floor(SECOND_MS / PER_SECOND), `${next - slot} ms apart`);
        const within = at.filter((other) => other >= slot && other < slot + SECOND_MS).length;
        assert.ok(within <= PER_SECOND + 1, `${within} in a second`);
      }
    });

    it('reserves no further ahead than the horizon', async () => {
      await seedNudges(db, { tenantId, personId }, 300);
      const leases: NudgeLease[] = [];
      for (;;) {
        const got = await claim(NOW);
        if (got.length === 0) break;
        leases.push(...got);
      }
      assert.equal(leases.length, PER_SECOND);
      assert.ok(leases.every((one) => one.slotAt >= NOW && one.slotAt < NOW + SECOND_MS));
      assert.equal((await claim(NOW + SECOND_MS / 2, 1_000)).length, PER_SECOND / 2);
    });

    it('is each tenant’s own, and those in turn take the same of a claim', async () => {
      const other = await seedTenant(db);
      const otherPerson = await seedPerson(db, other);
      await seedNudges(db, { tenantId, personId }, 200, { dueAt: NOW - MINUTE_MS });
      await seedNudges(db, { tenantId: other, personId: otherPerson }, 20);
      const leases = await claim(NOW, 32);
      const mine = leases.filter((one) => one.tenantId === tenantId);
      const theirs = leases.filter((one) => one.tenantId === other);
      assert.deepEqual([mine.length, theirs.length], [16, 16]);
      assert.equal(Math.min(...mine.map((one) => one.slotAt)), NOW);
      assert.equal(Math.min(...theirs.map((one) => one.slotAt)), NOW);
    });

    for (const waiting of [20, 700])
      it(`goes to the most urgent of ${waiting}: by what is due, then by deadline, whenever it became so`, async () => {
        const owner = { tenantId, personId };
        const early = await seedNudges(db, owner, 2, { dueAt: NOW + MINUTE_MS, sendAt: NOW - MINUTE_MS });
        await db.peek(`update cw.nudge set deadline_at = $1`, [new Date(NOW + 2 * MINUTE_MS)]);
        await seedNudges(db, owner, waiting, { dueAt: NOW - MINUTE_MS });
        const urgent = await seedNudges(db, owner, 3, { dueAt: NOW, deadlineAt: NOW + 5 * MINUTE_MS });
        // Not due at all, though its deadline is the next.
        await seedNudges(db, owner, 5, { dueAt: NOW + 2 * MINUTE_MS, deadlineAt: NOW + 4 * MINUTE_MS });
        const first = await claim(NOW, 3);
        assert.deepEqual(first.map((one) => one.nudgeId).sort(), urgent);
        await db.peek(`delete from cw.nudge where deadline_at = $1`, [new Date(NOW + HOUR_MS)]);
        const next = await claim(NOW, 5);
        assert.deepEqual(next.map((one) => one.nudgeId).sort(), early, 'what is only sent early comes after it');
      });

    describe('keeps nobody waiting who has little', () => {
      const STEP_MS = 20;
      const ROOM = 64;

      /**
       * As the loop does: claims while there is room and something to get; what is claimed holds its place until its
       * slot has come and Teams has answered. Returns when each was sent.
       */
      const serve = async (forMs: number, teamsTakesMs: number) => {
        let now = NOW;
        const deps = {
          database: db.database,
          clock: { now: () => now },
          kinds: ['reminder'],
        } as unknown as DispatcherDeps;
        let busyUntil: number[] = [];
        const sent: { tenantId: string; at: number }[] = [];
        for (; now < NOW + forMs; now += STEP_MS) {
          busyUntil = busyUntil.filter((until) => until > now);
          for (let worked = true; worked && busyUntil.length < ROOM; ) {
            const leases = await claimDue(deps, ROOM - busyUntil.length);
            for (const lease of leases) {
              const at = Math.max(now, lease.slotAt);
              sent.push({ tenantId: lease.tenantId, at });
              busyUntil.push(at + teamsTakesMs);
            }
            worked = leases.length > 0;
          }
        }
        return sent.filter((one) => one.at < now);
      };
      const owners = async (count: number) => {
        const made: { tenantId: string; personId: string }[] = [];
        for (let index = 0; index < count; index += 1) {
          const tenant = await seedTenant(db);
          made.push({ tenantId: tenant, personId: await seedPerson(db, tenant) });
        }
        return made;
      };

      for (const { large, backlog, dueAfterMs, teamsTakesMs } of [
        { large: 2, backlog: 3_000, dueAfterMs: 20, teamsTakesMs: SECOND_MS },
        { large: 2, backlog: 3_000, dueAfterMs: SECOND_MS, teamsTakesMs: 200 },
        { large: 8, backlog: 1_000, dueAfterMs: SECOND_MS, teamsTakesMs: 200 },
      ])
        it(`beside ${large} with ${backlog} waiting, due ${dueAfterMs} ms later, Teams taking ${teamsTakesMs} ms`, async () => {
          for (const owner of await owners(large)) await seedNudges(db, owner, backlog, { dueAt: NOW - MINUTE_MS });
          const dueAt = NOW + dueAfterMs;
          await seedNudges(db, { tenantId, personId }, 5, { dueAt });
          const sent = await serve(dueAfterMs + SECOND_MS, teamsTakesMs);
          const waits = sent.flatMap((one) => (one.tenantId === tenantId ? [one.at - dueAt] : []));
          assert.equal(waits.length, 5, `${waits.length} of 5 within a second`);
          assert.ok(Math.max(...waits) < SECOND_MS / 2, `waited ${waits} ms`);
        });

      it('and gives two with backlogs their full pace beside each other', async () => {
        const both = await owners(2);
        for (const owner of both) await seedNudges(db, owner, 1_000, { dueAt: NOW - MINUTE_MS });
        const sent = await serve(2 * SECOND_MS, 200);
        for (const { tenantId: tenant } of both) {
          const count = sent.filter((one) => one.tenantId === tenant).length;
          assert.ok(count >= 2 * PER_SECOND - 2 && count <= 2 * PER_SECOND + 1, `${count} in 2 s`);
        }
      });
    });

    it('begins anew after a rest; slots that nobody took are not saved up', async () => {
      await seedNudges(db, { tenantId, personId }, 200);
      await claim(NOW);
      const later = NOW + HOUR_MS / 2;
      const leases = [...(await claim(later)), ...(await claim(later)), ...(await claim(later))];
      assert.equal(leases.length, PER_SECOND);
      assert.ok(leases.every((one) => one.slotAt >= later && one.slotAt < later + SECOND_MS));
    });

    it('serves what expires first', async () => {
      const [late] = await seedNudges(db, { tenantId, personId }, 1, { deadlineAt: NOW + HOUR_MS });
      const [soon] = await seedNudges(db, { tenantId, personId }, 1, { deadlineAt: NOW + MINUTE_MS });
      const order: string[] = [];
      for (let turn = 0; turn < 2; turn += 1) order.push(...(await claim(NOW, 1)).map((one) => one.nudgeId));
      assert.deepEqual(order, [soon, late]);
    });
  });

  describe('a lease', () => {
    beforeEach(async () => {
      await seedNudges(db, { tenantId, personId }, 1);
    });

    it('is given to one of many', async () => {
      const got = await Promise.all(Array.from({ length: 16 }, () => claim(NOW)));
      assert.equal(got.flat().length, 1);
      assert.equal(got.flat()[0]?.again, false);
    });

    it('that ran out after it went out leaves an attempt whose outcome is unknown', async () => {
      const stale = await only(NOW);
      assert.equal(await begin(stale, NOW + SECOND_MS), 1);
      assert.deepEqual(await claim(NOW + LEASE_MS), [], 'the lease begins anew with the request');
      const lease = await only(NOW + SECOND_MS + LEASE_MS);
      assert.equal(lease.again, true);
      const { attempts, ambiguous } = await row();
      assert.deepEqual({ attempts, ambiguous }, { attempts: 1, ambiguous: 1 });
      assert.ok(lease.fence > stale.fence);
      assert.equal(await begin(lease, NOW + SECOND_MS + LEASE_MS), 2);
    });

    it('that ran out before leaves nothing in doubt', async () => {
      const stale = await only(NOW);
      const lease = await only(NOW + LEASE_MS);
      assert.equal(lease.again, false);
      const { attempts, ambiguous } = await row();
      assert.deepEqual({ attempts, ambiguous }, { attempts: 0, ambiguous: 0 });
      assert.equal(await begin(stale, NOW + LEASE_MS), undefined, 'who lost it may not send');
    });

    it('that was taken over neither reads, ends nor releases', async () => {
      const stale = await only(NOW);
      const lease = await only(NOW + LEASE_MS);
      assert.equal(await db.database.inTenant(tenantId, (sql) => readClaimed(sql, stale)), undefined);
      assert.equal(await end(stale), false);
      assert.equal(await release(stale, NOW), false);
      assert.equal((await row()).state, 'claimed');
      assert.equal(await end(lease), true);
      assert.equal(await end(lease), false, 'ended once');
      assert.equal((await row()).state, 'sent');
    });

    it('that is released is claimed again at its new time, not before', async () => {
      const lease = await only(NOW);
      assert.equal(await release(lease, NOW + 10 * SECOND_MS, true), true);
      assert.deepEqual(await claim(NOW + 9 * SECOND_MS), []);
      const again = await only(NOW + 10 * SECOND_MS);
      assert.equal(again.again, false, 'the outcome of the first attempt was recorded');
      const { attempts, ambiguous } = await row();
      assert.deepEqual({ attempts, ambiguous }, { attempts: 0, ambiguous: 1 });
    });

    it('that is released is due at the deadline at the latest', async () => {
      await release(await only(NOW), NOW + 2 * HOUR_MS);
      assert.equal((await row()).send_at.getTime(), NOW + HOUR_MS);
    });

    it('that is released when nobody wants it any more ends as withdrawn', async () => {
      const lease = await only(NOW);
      await db.database.inTenant(tenantId, (sql) => withdrawAll(sql, tenantId, personId, 'watch off', NOW));
      await release(lease, NOW + SECOND_MS);
      assert.equal((await row()).state, 'withdrawn');
      const [{ ended } = { ended: null }] = await db.peek<{ ended: Date | null }>(
        'select ended_at as ended from cw.nudge',
      );
      assert.equal(ended?.getTime(), NOW, 'so that it is forgotten some day');
      assert.deepEqual(await claim(NOW + HOUR_MS / 2), []);
    });
  });

  describe('what is missed', () => {
    const miss = (now: number, most = 100) => missNudges(db.database.system, most, now);

    it('is what was planned or whose lease ran out, after the deadline; never claimed, sent or missed again', async () => {
      await seedNudges(db, { tenantId, personId }, 2, { deadlineAt: NOW + MINUTE_MS });
      const [lease] = await claim(NOW, 1);
      assert.ok(lease);
      assert.deepEqual(await miss(NOW + MINUTE_MS - 1), []);
      const late = NOW + MINUTE_MS;
      assert.equal((await miss(late)).length, 2, 'the lease has run out by then');
      assert.deepEqual([...new Set((await rows()).map((one) => one.state))], ['missed']);
      assert.deepEqual(await miss(late), []);
      assert.deepEqual(await claim(late), []);
      assert.equal(await end(lease), false);
    });

    it('is not what is in flight', async () => {
      await seedNudges(db, { tenantId, personId }, 1, { deadlineAt: NOW + SECOND_MS });
      await only(NOW);
      assert.deepEqual(await miss(NOW + 2 * SECOND_MS), []);
      assert.equal((await row()).state, 'claimed');
    });

    it('is never claimed for sending: the deadline has passed', async () => {
      await seedNudges(db, { tenantId, personId }, 3, { deadlineAt: NOW });
      assert.deepEqual(await claim(NOW), []);
      assert.equal((await miss(NOW, 2)).length, 2);
      assert.equal((await miss(NOW, 2)).length, 1);
    });
  });

  describe('what is withdrawn', () => {
    it('is marked, not deleted or ended, while it is in flight', async () => {
      await seedNudges(db, { tenantId, personId }, 3);
      const [lease] = await claim(NOW, 1);
      await db.database.inTenant(tenantId, (sql) => withdrawAll(sql, tenantId, personId, 'watch off', NOW));
      const after = await rows();
      assert.deepEqual(after.map((one) => one.state).sort(), ['claimed', 'withdrawn', 'withdrawn']);
      assert.ok(after.every((one) => one.wanted === false));
      assert.ok(lease && (await end(lease)), 'whoever sent it can still say so');
    });

    it('leaves alone what was said', async () => {
      await seedNudges(db, { tenantId, personId }, 1);
      await end(await only(NOW));
      await db.database.inTenant(tenantId, (sql) => withdrawAll(sql, tenantId, personId, 'watch off', NOW));
      const { state, wanted } = await row();
      assert.deepEqual({ state, wanted }, { state: 'sent', wanted: true });
    });

    it('by a plan that read it before it was claimed is marked as well', async () => {
      const [id = ''] = await seedNudges(db, { tenantId, personId }, 1);
      await only(NOW);
      await equalise({ withdraw: [id] });
      const { state, wanted } = await row();
      assert.deepEqual({ state, wanted }, { state: 'claimed', wanted: false });
    });

    it('comes back when the plan wants it again, in flight or not', async () => {
      const [id = ''] = await seedNudges(db, { tenantId, personId }, 1);
      await equalise({ withdraw: [id] });
      assert.equal((await row()).state, 'withdrawn');
      await equalise({ rewrite: [{ nudge: planned(id), resetSendAt: true }] });
      assert.equal((await row()).state, 'planned');
      await only(NOW);
      await equalise({ mark: [{ nudgeId: id, wanted: false }] });
      assert.equal((await row()).wanted, false);
      await equalise({ mark: [{ nudgeId: id, wanted: true, nudge: planned(id) }] });
      assert.equal((await row()).wanted, true);
    });
  });

  describe('the time to send', () => {
    it('survives a new plan while the nudge is due at the same time', async () => {
      const [id = ''] = await seedNudges(db, { tenantId, personId }, 1);
      await release(await only(NOW), NOW + 20 * SECOND_MS);
      await equalise({ rewrite: [{ nudge: planned(id, { facts: { subject: 'new' } }), resetSendAt: false }] });
      assert.equal((await row()).send_at.getTime(), NOW + 20 * SECOND_MS);
      assert.deepEqual(await claim(NOW + 19 * SECOND_MS), []);
    });

    it('follows the due time when that moves', async () => {
      const [id = ''] = await seedNudges(db, { tenantId, personId }, 1);
      const dueAt = NOW + 5 * MINUTE_MS;
      await equalise({ rewrite: [{ nudge: planned(id, { dueAt }), resetSendAt: true }] });
      assert.equal((await row()).send_at.getTime(), dueAt);
    });

    it('of a nudge that was sent is nobody’s business any more', async () => {
      const [id = ''] = await seedNudges(db, { tenantId, personId }, 1);
      await end(await only(NOW));
      await equalise({ insert: [planned(id)], rewrite: [{ nudge: planned(id), resetSendAt: true }], withdraw: [id] });
      assert.equal((await row()).state, 'sent');
      assert.deepEqual(await claim(NOW + MINUTE_MS), []);
    });
  });
});
