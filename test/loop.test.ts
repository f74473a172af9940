import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Clock } from '../src/clock.ts';
import { createLog } from '../src/log.ts';
import { createLoop, type Loop } from '../src/loop.ts';

/** Moves only when a test moves it. */
class HandClock implements Clock {
  private at = 0;
  private timers = new Set<{ due: number; run: () => void }>();
  now = () => this.at;
  after = (delayMs: number, run: () => void) => {
    const timer = { due: this.at + delayMs, run };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  };
  get waiting() {
    return this.timers.size;
  }
  advance(ms: number) {
    this.at += ms;
    for (const timer of [...this.timers].filter((one) => one.due <= this.at)) {
      this.timers.delete(timer);
      timer.run();
    }
  }
}

/** Lets everything that needs no time happen. */
const settle = async () => {
  for (let turns = 0; turns < 5; turns += 1) await new Promise<void>((done) => setImmediate(done));
};

interface Bench {
  loop: Loop;
  clock: HandClock;
  /** Jobs that wait to be claimed. */
  queue: number[];
  claims: number[];
  running: Map<number, { done: () => void; fail: (error: Error) => void }>;
  finished: number[];
  most: () => number;
}

function bench(
  options: {
    concurrency?: number;
    gapMs?: number;
    claim?: (most: number, queue: number[]) => Promise<number[]>;
    work?: (job: number) => Promise<unknown>;
  } = {},
): Bench {
  const clock = new HandClock();
  const queue: number[] = [];
  const claims: number[] = [];
  const running: Bench['running'] = new Map();
  const finished: number[] = [];
  let most = 0;
  const loop = createLoop<number>({
    name: 'test',
    concurrency: options.concurrency ?? 2,
    pollMs: 1_000,
    ...(options.gapMs === undefined ? {} : { gapMs: options.gapMs }),
    clock,
    log: createLog('silent'),
    async claim(room) {
      claims.push(room);
      return options.claim ? options.claim(room, queue) : queue.splice(0, room);
    },
    work:
      options.work ??
      ((job) =>
        new Promise<void>((resolve, reject) => {
          running.set(job, {
            done: () => {
              running.delete(job);
              finished.push(job);
              resolve();
            },
            fail: (error) => {
              running.delete(job);
              reject(error);
            },
          });
          most = Math.max(most, running.size);
        })),
  });
  return { loop, clock, queue, claims, running, finished, most: () => most };
}
const jobs = (one: Bench) => [...one.running.keys()].sort();

describe('the loop', () => {
  it('claims at its start, then when the poll comes round', async () => {
    const bed = bench();
    bed.loop.start();
    await settle();
    assert.equal(bed.claims.length, 1);
    bed.queue.push(1);
    bed.clock.advance(999);
    await settle();
    assert.deepEqual(jobs(bed), []);
    bed.clock.advance(1);
    await settle();
    assert.deepEqual(jobs(bed), [1]);
    bed.running.get(1)?.done();
    await bed.loop.stop();
  });

  it('claims at once when it is poked, and rests again afterwards', async () => {
    const bed = bench();
    bed.loop.start();
    await settle();
    bed.queue.push(1);
    bed.loop.poke();
    await settle();
    assert.deepEqual(jobs(bed), [1]);
    const { length } = bed.claims;
    await settle();
    assert.equal(bed.claims.length, length, 'no spinning');
    bed.running.get(1)?.done();
    await bed.loop.stop();
  });

  it('does not lose a poke that comes while it claims', async () => {
    let answer = (_: number[]) => {};
    const bed = bench({ claim: () => new Promise((resolve) => (answer = resolve)) });
    bed.loop.start();
    await settle();
    bed.loop.poke();
    answer([]);
    await settle();
    assert.equal(bed.claims.length, 2);
    answer([]);
    await settle();
    assert.equal(bed.claims.length, 2, 'one poke, one claim');
    await bed.loop.stop();
  });

  it('claims only what there is room for, and more as room comes', async () => {
    const bed = bench({ concurrency: 2 });
    bed.queue.push(1, 2, 3, 4, 5);
    bed.loop.start();
    await settle();
    assert.deepEqual(jobs(bed), [1, 2]);
    assert.deepEqual(bed.claims, [2]);
    bed.running.get(2)?.done();
    await settle();
    assert.deepEqual(jobs(bed), [1, 3]);
    assert.equal(bed.claims[1], 1);
    for (const job of [1, 3, 4, 5]) {
      bed.running.get(job)?.done();
      await settle();
    }
    assert.deepEqual(bed.finished, [2, 1, 3, 4, 5]);
    assert.equal(bed.most(), 2);
    await bed.loop.stop();
  });

  it('survives claims and jobs that fail, even before they begin', async () => {
    let calls = 0;
    const worked: number[] = [];
    const bed = bench({
      concurrency: 10,
      claim: async () => {
        calls += 1;
        if (calls === 1) throw new Error('the database is away');
        return calls === 2 ? [1, 2, 3] : [];
      },
      work: (job) => {
        worked.push(job);
        if (job === 1) throw new Error('not even a promise');
        return job === 2 ? Promise.reject(new Error('no')) : Promise.resolve();
      },
    });
    bed.loop.start();
    await settle();
    bed.clock.advance(1_000);
    await settle();
    assert.deepEqual(worked, [1, 2, 3]);
    await bed.loop.stop();
    assert.equal(bed.clock.waiting, 0);
  });

  it('rests after a claim that failed, instead of asking again and again', async () => {
    const bed = bench({ claim: () => Promise.reject(new Error('away')) });
    bed.loop.start();
    await settle();
    assert.equal(bed.claims.length, 1);
    await bed.loop.stop();
  });

  it('stops: claims nothing more, and waits for what runs', async () => {
    const bed = bench();
    bed.queue.push(1, 2, 3);
    bed.loop.start();
    await settle();
    let stopped = false;
    const stopping = bed.loop.stop().then(() => {
      stopped = true;
    });
    bed.running.get(1)?.done();
    await settle();
    assert.equal(stopped, false);
    assert.deepEqual(jobs(bed), [2]);
    bed.running.get(2)?.done();
    await stopping;
    assert.deepEqual(bed.queue, [3]);
    bed.loop.poke();
    bed.clock.advance(60_000);
    await settle();
    assert.deepEqual(bed.queue, [3]);
    assert.equal(bed.clock.waiting, 0, 'no timer is left');
  });

  it('stops at its limit when a job does not end', async () => {
    const bed = bench();
    bed.queue.push(1);
    bed.loop.start();
    await settle();
    let stopped = false;
    const stopping = bed.loop.stop(500).then(() => {
      stopped = true;
    });
    await settle();
    bed.clock.advance(499);
    await settle();
    assert.equal(stopped, false);
    bed.clock.advance(1);
    await stopping;
    assert.deepEqual(jobs(bed), [1]);
  });

  it('works on what it had claimed when it was stopped: nobody else may for a while', async () => {
    let answer = (_: number[]) => {};
    const bed = bench({ claim: () => new Promise((resolve) => (answer = resolve)) });
    bed.loop.start();
    await settle();
    const stopping = bed.loop.stop();
    await settle();
    answer([7]);
    await settle();
    assert.deepEqual(jobs(bed), [7]);
    bed.running.get(7)?.done();
    await stopping;
    assert.deepEqual(bed.finished, [7]);
    assert.equal(bed.claims.length, 1);
  });

  it('starts once, however often it is told', async () => {
    const bed = bench({ concurrency: 1 });
    bed.loop.start();
    bed.loop.start();
    bed.loop.start();
    await settle();
    assert.equal(bed.claims.length, 1);
    await bed.loop.stop();
    const { length } = bed.claims;
    bed.queue.push(1);
    bed.loop.poke();
    bed.clock.advance(60_000);
    await settle();
    assert.equal(bed.claims.length, length);
  });

  it('can be stopped before it starts, twice, and started again', async () => {
    const bed = bench();
    await bed.loop.stop();
    bed.loop.start();
    await settle();
    await Promise.all([bed.loop.stop(), bed.loop.stop()]);
    bed.queue.push(1);
    bed.loop.start();
    await settle();
    assert.deepEqual(jobs(bed), [1]);
    bed.running.get(1)?.done();
    await bed.loop.stop();
    assert.equal(bed.clock.waiting, 0);
  });

  it('loses and doubles no job, whatever is done to it', async () => {
    const step = fc.constantFrom('start', 'stop', 'poke', 'push', 'finish', 'fail', 'advance', 'settle');
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        async (steps, concurrency) => {
          const bed = bench({ concurrency });
          let next = 0;
          const begun: number[] = [];
          const stops: Promise<void>[] = [];
          const note = () => {
            for (const job of bed.running.keys()) if (!begun.includes(job)) begun.push(job);
          };
          for (const one of steps) {
            if (one === 'start') bed.loop.start();
            if (one === 'stop') stops.push(bed.loop.stop());
            if (one === 'poke') bed.loop.poke();
            if (one === 'push') bed.queue.push(next++);
            if (one === 'advance') bed.clock.advance(1_000);
            if (one === 'settle') await settle();
            const [job] = bed.running.keys();
            if (one === 'finish' && job !== undefined) bed.running.get(job)?.done();
            if (one === 'fail' && job !== undefined) bed.running.get(job)?.fail(new Error('no'));
            note();
          }
          // To the end: everything that was pushed is worked on exactly once.
          await settle();
          bed.loop.start();
          for (let rounds = 0; rounds < 200 && begun.length < next; rounds += 1) {
            bed.loop.poke();
            await settle();
            note();
            for (const job of [...bed.running.keys()]) bed.running.get(job)?.done();
          }
          assert.deepEqual(
            [...begun].sort((a, b) => a - b),
            Array.from({ length: next }, (_, index) => index),
          );
          for (const job of [...bed.running.keys()]) bed.running.get(job)?.done();
          await settle();
          await bed.loop.stop();
          await Promise.all(stops);
          assert.ok(bed.most() <= concurrency);
          assert.equal(bed.clock.waiting, 0);
        },
      ),
      { numRuns: 60 },
    );
  });

  describe('with a gap between claims', () => {
    it('does not claim when a piece ends, but after the gap, while there was room', async () => {
      const bed = bench({ concurrency: 8, gapMs: 100 });
      bed.queue.push(1, 2);
      bed.loop.start();
      await settle();
      assert.deepEqual(jobs(bed), [1, 2]);
      bed.queue.push(3);
      bed.running.get(1)?.done();
      await settle();
      assert.equal(bed.claims.length, 1);
      bed.clock.advance(100);
      await settle();
      assert.deepEqual(jobs(bed), [2, 3]);
      for (const one of bed.running.values()) one.done();
      await bed.loop.stop();
    });

    it('claims again when half of what filled it has ended', async () => {
      const bed = bench({ concurrency: 4, gapMs: 100 });
      bed.queue.push(1, 2, 3, 4, 5, 6);
      bed.loop.start();
      await settle();
      assert.deepEqual(jobs(bed), [1, 2, 3, 4]);
      bed.running.get(1)?.done();
      await settle();
      assert.deepEqual(jobs(bed), [2, 3, 4]);
      bed.running.get(2)?.done();
      await settle();
      assert.deepEqual(jobs(bed), [3, 4, 5, 6]);
      for (const one of bed.running.values()) one.done();
      await bed.loop.stop();
    });

    it('claims at once when it is poked, and rests for the poll when nothing runs', async () => {
      const bed = bench({ gapMs: 100 });
      bed.loop.start();
      await settle();
      bed.clock.advance(999);
      await settle();
      assert.equal(bed.claims.length, 1);
      bed.queue.push(1);
      bed.loop.poke();
      await settle();
      assert.deepEqual(jobs(bed), [1]);
      bed.running.get(1)?.done();
      await bed.loop.stop();
    });
  });
});
