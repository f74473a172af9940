/** The dispatcher of errands against a real database, with kinds that do what a test says. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import {
  claimDueErrands,
  ERRAND_LEASE_MS,
  NOBODY_KNOWS,
  performErrand,
  TOO_LATE,
} from '../../../src/delivery/errands/dispatch.ts';
import type { Errand, ErrandKind, Result } from '../../../src/delivery/errands/errand.ts';
import { seedTenant } from '../../store/seed.ts';
import { HOUR, MINUTE, NOW, openGround } from './ground.ts';

describe('errands', function () {
  this.timeout(60_000);
  const ground = openGround();
  before(() => ground.open());
  after(() => ground.close());
  beforeEach(() => ground.begin());

  interface Seen {
    performed: string[];
    settled: [string, Result['kind'], string?][];
  }
  const kindOf = (
    perform: ((errand: Errand) => Promise<Result>) | undefined,
    more: Partial<ErrandKind> = {},
  ): ErrandKind & { seen: Seen } => {
    const seen: Seen = { performed: [], settled: [] };
    return {
      name: 'test',
      whenUnknown: 'again',
      ...(perform
        ? {
            perform: async (errand) => {
              seen.performed.push(errand.errandId);
              return perform(errand);
            },
          }
        : {}),
      settle: async (_sql, errand, result) => {
        const { errandId } = errand;
        seen.settled.push('reason' in result ? [errandId, result.kind, result.reason] : [errandId, result.kind]);
      },
      ...more,
      seen,
    };
  };
  const done = async (): Promise<Result> => ({ kind: 'done' });

  describe('ends', () => {
    /** [what came of it, the row] */
    const ends: [string, Result, { state: string; reason: string | null; outcome: object | null }][] = [
      ['done', { kind: 'done' }, { state: 'done', reason: null, outcome: null }],
      [
        'done, with what it brought',
        { kind: 'done', outcome: { a: 1 } },
        { state: 'done', reason: null, outcome: { a: 1 } },
      ],
      ['failed', { kind: 'failed', reason: 'no' }, { state: 'failed', reason: 'no', outcome: null }],
      ['withdrawn', { kind: 'withdrawn', reason: 'gone' }, { state: 'withdrawn', reason: 'gone', outcome: null }],
    ];
    for (const [what, result, want] of ends)
      it(`${what}, once`, async () => {
        await ground.plan({ errandId: 'one' });
        const kind = kindOf(async () => result);
        assert.equal(await ground.run(kind), 1);
        const { state, reason, outcome, attempts, ambiguous, lease, sending_at } = await ground.row('one');
        assert.deepEqual({ state, reason, outcome }, want);
        assert.deepEqual([attempts, ambiguous, lease, sending_at], [1, 0, null, null]);
        ground.clock.advance(HOUR);
        assert.equal(await ground.run(kind), 0);
        assert.deepEqual(kind.seen.performed, ['one']);
        assert.equal(kind.seen.settled.length, 1);
      });

    it('without anything to perform', async () => {
      await ground.plan({ errandId: 'one' });
      const kind = kindOf(undefined);
      await ground.run(kind);
      assert.deepEqual(kind.seen.settled, [['one', 'done']]);
      assert.equal((await ground.row('one')).attempts, 0);
    });

    it('missed after its deadline, and is not performed', async () => {
      await ground.plan({ errandId: 'one', deadlineAt: NOW + MINUTE });
      ground.clock.advance(MINUTE + 1);
      const kind = kindOf(done);
      await ground.run(kind);
      assert.deepEqual(kind.seen, { performed: [], settled: [['one', 'failed', TOO_LATE]] });
      const { state, reason } = await ground.row('one');
      assert.deepEqual([state, reason], ['missed', TOO_LATE]);
    });

    it('withdrawn by the last look, before any attempt', async () => {
      await ground.plan({ errandId: 'one' });
      const kind = kindOf(done, { stillStands: async () => 'the meeting moved' });
      await ground.run(kind);
      assert.deepEqual(kind.seen, { performed: [], settled: [['one', 'withdrawn', 'the meeting moved']] });
      assert.equal((await ground.row('one')).state, 'withdrawn');
    });
  });

  it('is tried again when it says so, at that time and not after its deadline', async () => {
    await ground.plan({ errandId: 'one', deadlineAt: NOW + 10 * MINUTE });
    const kind = kindOf(async () => ({ kind: 'again', afterMs: 4 * MINUTE, reason: 'busy' }));
    await ground.run(kind);
    const first = await ground.row('one');
    assert.deepEqual([first.state, first.attempts, first.ambiguous], ['planned', 1, 0]);
    assert.equal(first.send_at.getTime(), NOW + 4 * MINUTE);
    ground.clock.advance(4 * MINUTE - 1);
    assert.equal(await ground.run(kind), 0);
    ground.clock.advance(1);
    await ground.run(kind);
    ground.clock.advance(4 * MINUTE);
    await ground.run(kind);
    assert.equal((await ground.row('one')).send_at.getTime(), NOW + 10 * MINUTE, 'no later than its deadline');
    ground.clock.advance(2 * MINUTE);
    await ground.run(kind);
    ground.clock.advance(1);
    await ground.run(kind);
    assert.equal((await ground.row('one')).state, 'missed');
    assert.equal(kind.seen.performed.length, 4);
    assert.deepEqual(
      kind.seen.settled.map(([, what]) => what),
      ['again', 'again', 'again', 'again', 'failed'],
    );
  });

  describe('of which nobody knows what came', () => {
    for (const whenUnknown of ['again', 'never'] as const)
      it(`${whenUnknown}: an attempt in doubt`, async () => {
        await ground.plan({ errandId: 'one' });
        let isFirst = true;
        const kind = kindOf(
          async () => {
            const result: Result = isFirst
              ? { kind: 'again', afterMs: MINUTE, reason: 'no answer', ambiguous: true }
              : { kind: 'done' };
            isFirst = false;
            return result;
          },
          { whenUnknown: () => whenUnknown },
        );
        await ground.run(kind);
        ground.clock.advance(MINUTE);
        await ground.run(kind);
        const { state } = await ground.row('one');
        assert.equal(state, whenUnknown === 'again' ? 'done' : 'unknown');
        assert.equal(kind.seen.performed.length, whenUnknown === 'again' ? 2 : 1);
        assert.equal(kind.seen.settled.at(-1)?.[1], whenUnknown === 'again' ? 'done' : 'failed');
      });

    for (const whenUnknown of ['again', 'never'] as const)
      it(`${whenUnknown}: a process that ended during it`, async () => {
        await ground.plan({ errandId: 'one' });
        // It begins, and is never heard of again.
        const lost = kindOf(() => new Promise(() => undefined), { whenUnknown });
        const deps = ground.deps([lost]);
        const [lease] = await claimDueErrands(deps, 1);
        assert.ok(lease);
        void performErrand(deps, lease);
        while ((await ground.row('one')).attempts === 0) await new Promise((resolve) => setImmediate(resolve));
        const kind = kindOf(done, { whenUnknown });
        ground.clock.advance(ERRAND_LEASE_MS - 1);
        assert.equal(await ground.run(kind), 0, 'the lease holds');
        ground.clock.advance(1);
        assert.equal(await ground.run(kind), 1);
        const row = await ground.row('one');
        assert.equal(row.ambiguous, 1);
        assert.equal(row.state, whenUnknown === 'again' ? 'done' : 'unknown');
        if (whenUnknown === 'never') assert.equal(row.reason, NOBODY_KNOWS);
        assert.deepEqual(kind.seen.performed, whenUnknown === 'again' ? ['one'] : []);
        assert.equal(kind.seen.settled.length, 1);
      });

    it('counts an attempt in doubt once, however often it is claimed before the next', async () => {
      await ground.plan({ errandId: 'one' });
      await ground.db.peek(`update cw.errand set state = 'claimed', sending_at = $1, lease = $1`, [new Date(NOW)]);
      const deps = ground.deps([kindOf(done)]);
      for (let claim = 0; claim < 3; claim += 1) {
        assert.equal((await claimDueErrands(deps, 1)).length, 1);
        ground.clock.advance(ERRAND_LEASE_MS);
      }
      assert.equal((await ground.row('one')).ambiguous, 1);
    });
  });

  it('that lost its lease while it was performed is settled by whoever has it now, once', async () => {
    await ground.plan({ errandId: 'one' });
    let finish: (result: Result) => void = () => undefined;
    const slow = kindOf(() => new Promise<Result>((resolve) => (finish = resolve)));
    const deps = ground.deps([slow]);
    const [lease] = await claimDueErrands(deps, 1);
    assert.ok(lease);
    const first = performErrand(deps, lease);
    while ((await ground.row('one')).attempts === 0) await new Promise((resolve) => setImmediate(resolve));
    ground.clock.advance(ERRAND_LEASE_MS);
    const quick = kindOf(async () => ({ kind: 'done', outcome: { by: 'second' } }));
    await ground.run(quick);
    finish({ kind: 'failed', reason: 'the first' });
    await first;
    const { state, outcome } = await ground.row('one');
    assert.deepEqual([state, outcome], ['done', { by: 'second' }]);
    assert.deepEqual([slow.seen.settled, quick.seen.settled.length], [[], 1]);
  });

  it('that is recorded and not settled is not recorded: both or none', async () => {
    await ground.plan({ errandId: 'one' });
    let fails = true;
    const kind = kindOf(done, {
      settle: async () => {
        if (fails) throw new Error('no');
      },
    });
    await ground.run(kind);
    const row = await ground.row('one');
    assert.deepEqual([row.state, row.ambiguous], ['planned', 1]);
    ground.clock.advance(30_000 - 1);
    assert.equal(await ground.run(kind), 0);
    fails = false;
    ground.clock.advance(1);
    await ground.run(kind);
    assert.equal((await ground.row('one')).state, 'done');
  });

  it('whose recording fails again and again is done less and less often', async () => {
    await ground.plan({ errandId: 'one', deadlineAt: NOW + 24 * HOUR });
    const kind = kindOf(done, { settle: () => Promise.reject(new Error('no')) });
    for (let sendAt = NOW; sendAt < NOW + 20 * HOUR; sendAt = (await ground.row('one')).send_at.getTime()) {
      ground.clock.advance(sendAt - ground.clock.now());
      await ground.run(kind);
    }
    assert.ok(kind.seen.performed.length <= 30, `${kind.seen.performed.length} times in 20 hours`);
  });

  it('of a kind that is not known here is left to others', async () => {
    await ground.plan({ errandId: 'one', kind: 'newer' });
    assert.equal(await ground.run(kindOf(done)), 0);
    assert.equal((await ground.row('one')).state, 'planned');
  });

  it('of one identity is planned once, also when it has run', async () => {
    await ground.plan({ errandId: 'one' });
    const kind = kindOf(done);
    await ground.run(kind);
    await ground.plan({ errandId: 'one' });
    assert.equal(await ground.run(kind), 0);
  });

  describe('are claimed', () => {
    const idsOf = (leases: { errandId: string }[]) => leases.map((one) => one.errandId);

    it('by two instances at once, each of them once', async () => {
      const ids = Array.from({ length: 60 }, (_, index) => `e${String(index).padStart(2, '0')}`);
      await ground.plan(...ids.map((errandId) => ({ errandId })));
      const deps = ground.deps([kindOf(done)]);
      const taken = await Promise.all(Array.from({ length: 4 }, () => claimDueErrands(deps, 20)));
      const all = taken.flatMap(idsOf);
      assert.equal(new Set(all).size, all.length, 'nobody has what another has');
      const rest = idsOf(await claimDueErrands(deps, 60));
      assert.deepEqual([...all, ...rest].sort(), ids);
    });

    it('of each tenant and kind in turn: a crowd of one makes no other wait', async () => {
      await ground.plan(
        ...Array.from({ length: 300 }, (_, index) => ({ errandId: `crowd${index}`, dueAt: NOW - HOUR })),
      );
      await ground.plan({ errandId: 'room', kind: 'other', dueAt: NOW });
      const small = await seedTenant(ground.db);
      await ground.db.peek(
        `insert into cw.errand (tenant_id, errand_id, kind, payload, due_at, deadline_at, correlation_id, planned_at, state, send_at)
         values ($1, 'small', 'test', '{}', $2, $3, 'c', $2, 'planned', $2)`,
        [small, new Date(NOW), new Date(NOW + HOUR)],
      );
      const kinds = [kindOf(done), { ...kindOf(done), name: 'other' }];
      const first = idsOf(await claimDueErrands(ground.deps(kinds), 5));
      assert.equal(first.length, 5);
      assert.ok(first.includes('small') && first.includes('room'), first.join());
    });

    it('those that are due, soonest first', async () => {
      await ground.plan(
        ...[
          { errandId: 'c', dueAt: NOW },
          { errandId: 'a', dueAt: NOW - 2 * MINUTE },
          { errandId: 'later', dueAt: NOW + 1 },
          { errandId: 'b', dueAt: NOW - MINUTE },
        ],
      );
      const deps = ground.deps([kindOf(done)]);
      assert.deepEqual(idsOf(await claimDueErrands(deps, 2)).sort(), ['a', 'b']);
      assert.deepEqual(idsOf(await claimDueErrands(deps, 2)), ['c']);
    });

    it('not where an admin paused all', async () => {
      await ground.plan({ errandId: 'one' });
      const kind = kindOf(done);
      await ground.db.peek('update cw.tenant set paused_at = $1', [new Date(NOW)]);
      assert.equal(await ground.run(kind), 0);
      await ground.db.peek('update cw.tenant set paused_at = null');
      assert.equal(await ground.run(kind), 1);
    });
  });
});
