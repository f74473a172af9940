/** Many future moments on one timer of the world's clock: thousands of subscriptions must not mean thousands of timers. */
import type { SandboxClock } from '../world.ts';

interface Due {
  at: number;
  order: number;
  run: (() => void) | undefined;
}

const before = (a: Due, b: Due) => a.at < b.at || (a.at === b.at && a.order < b.order);

export class Agenda {
  private readonly heap: Due[] = [];
  private order = 0;
  private armedFor = Number.POSITIVE_INFINITY;
  private disarm: () => void = () => {};

  constructor(private readonly clock: SandboxClock) {}

  /** Runs `run` at `at` (or at once, if that has passed). Returns what cancels it. */
  at(at: number, run: () => void): () => void {
    const due: Due = { at, order: this.order++, run };
    this.push(due);
    this.arm();
    return () => {
      due.run = undefined;
    };
  }

  after(delayMs: number, run: () => void): () => void {
    return this.at(this.clock.now() + delayMs, run);
  }

  private arm(): void {
    const next = this.heap[0];
    if (!next || next.at >= this.armedFor) return;
    this.disarm();
    this.armedFor = next.at;
    this.disarm = this.clock.after(Math.min(2 ** 31 - 1, Math.max(0, next.at - this.clock.now())), () => this.ring());
  }

  private ring(): void {
    this.armedFor = Number.POSITIVE_INFINITY;
    for (let next = this.heap[0]; next && next.at <= this.clock.now(); next = this.heap[0]) {
      this.pop();
      next.run?.();
    }
    this.arm();
  }

  private push(due: Due): void {
    const { heap } = this;
    let index = heap.push(due) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Due;
      if (!before(due, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = due;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && before(heap[right] as Due, heap[left] as Due) ? right : left;
      if (!before(heap[child] as Due, last)) break;
      heap[index] = heap[child] as Due;
      index = child;
    }
    heap[index] = last;
  }
}
