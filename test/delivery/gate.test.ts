import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Clock } from '../../src/clock.ts';
import { Gate } from '../../src/delivery/gate.ts';

/** Time passes when everybody waits. */
class Time implements Clock {
  private at = 0;
  private timers: { due: number; run: () => void }[] = [];
  now = () => this.at;
  after = (delayMs: number, run: () => void) => {
    const timer = { due: this.at + delayMs, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  };
  async run(untilDone: Promise<unknown>) {
    let isDone = false;
    void untilDone.then(() => {
      isDone = true;
    });
    while (!isDone) {
      await new Promise((done) => setImmediate(done));
      if (isDone) return;
      const next = Math.min(...this.timers.map((one) => one.due));
      if (Number.isFinite(next)) this.at = Math.max(this.at, next);
      for (const timer of this.timers.filter((one) => one.due <= this.at)) {
        this.timers = this.timers.filter((one) => one !== timer);
        timer.run();
      }
    }
  }
}

describe('the gate before a request', () => {
  it('lets no more of a tenant through than fit into a second, and loses nobody', async () => {
    const arrival = fc.record({ atMs: fc.integer({ min: 0, max: 3_000 }), tenant: fc.constantFrom('a', 'b') });
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), async (arrivals, most) => {
        const time = new Time();
        const gate = new Gate(time, most);
        const passed: { tenant: string; at: number }[] = [];
        const all = arrivals.map(
          ({ atMs, tenant }) =>
            new Promise<void>((done) => {
              time.after(atMs, () => {
                void gate.pass(tenant).then(() => {
                  passed.push({ tenant, at: time.now() });
                  done();
                });
              });
            }),
        );
        await time.run(Promise.all(all));
        assert.equal(passed.length, arrivals.length);
        for (const tenant of ['a', 'b']) {
          const times = passed.filter((one) => one.tenant === tenant).map((one) => one.at);
          for (const [index, at] of times.entries()) {
            const earlier = times[index - most];
            assert.ok(earlier === undefined || at - earlier >= 1_000, `${most + 1} within a second`);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps nobody waiting who has room', async () => {
    const gate = new Gate(new Time(), 48);
    for (let call = 0; call < 48; call += 1) await gate.pass('a');
    await gate.pass('b');
  });
});
