import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Clock } from '../../src/clock.ts';
import { createBatch } from '../../src/store/batch.ts';

describe('a batch of calls', () => {
  /** `due` runs what waits for time. */
  const bench = (run: (all: number[]) => Promise<string[]>, most = 4) => {
    const timers = new Set<() => void>();
    const clock: Clock = {
      now: () => 0,
      after: (_, work) => {
        timers.add(work);
        return () => timers.delete(work);
      },
    };
    const calls: number[][] = [];
    const call = createBatch<number, string>({
      clock,
      waitMs: 5,
      most,
      run: (all) => {
        calls.push(all);
        return run(all);
      },
    });
    const due = () => {
      for (const work of [...timers]) {
        timers.delete(work);
        work();
      }
    };
    return { call, calls, due, timers };
  };
  const answers = async (all: number[]) => all.map((one) => `answer ${one}`);

  it('is one call, and everybody gets their own answer', async () => {
    const { call, calls, due } = bench(answers);
    const all = [call(1), call(2), call(3)];
    due();
    assert.deepEqual(await Promise.all(all), ['answer 1', 'answer 2', 'answer 3']);
    assert.deepEqual(calls, [[1, 2, 3]]);
  });

  it('does not wait when it is full, and leaves no timer behind', async () => {
    const { call, calls, timers } = bench(answers, 2);
    assert.deepEqual(await Promise.all([call(1), call(2)]), ['answer 1', 'answer 2']);
    assert.deepEqual(calls, [[1, 2]]);
    assert.equal(timers.size, 0);
  });

  it('that fails is made one by one: only who has the bad row fails', async () => {
    const { call, due } = bench(async (all) => {
      if (all.includes(2)) throw new Error('bad row');
      return answers(all);
    });
    const all = Promise.allSettled([call(1), call(2), call(3)]);
    due();
    assert.deepEqual(
      (await all).map((one) => (one.status === 'fulfilled' ? one.value : 'failed')),
      ['answer 1', 'failed', 'answer 3'],
    );
  });

  it('that is answered short is not believed', async () => {
    const { call, due } = bench(async (all) => (all.length > 1 ? ['answer 1'] : answers(all)));
    const all = Promise.all([call(1), call(2)]);
    due();
    assert.deepEqual(await all, ['answer 1', 'answer 2']);
  });

  it('answers everybody once, however many come and whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), async (asked, most) => {
        const { call, due } = bench(async (all) => {
          if (all.some((one) => one % 7 === 0)) throw new Error('bad row');
          return answers(all);
        }, most);
        const all = Promise.allSettled(asked.map((one) => call(one)));
        due();
        const settled = await all;
        for (const [index, one] of asked.entries()) {
          const got = settled[index];
          if (one % 7 === 0) assert.equal(got?.status, 'rejected');
          else assert.equal(got?.status === 'fulfilled' && got.value, `answer ${one}`);
        }
      }),
    );
  });
});
