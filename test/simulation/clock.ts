/** The virtual clock: many timers, fired one at a time, so that what one of them sets off is settled before the next. */
import type { SandboxClock } from '../../sandbox/world.ts';

interface Timer {
  at: number;
  order: number;
  run: (() => void) | undefined;
}

const before = (a: Timer, b: Timer) => a.at < b.at || (a.at === b.at && a.order < b.order);

export class SimClock implements SandboxClock {
  private readonly heap: Timer[] = [];
  private order = 0;
  private cancelled = 0;

  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  after(delayMs: number, run: () => void): () => void {
    return this.at(this.time + Math.max(0, delayMs), run);
  }

  at(at: number, run: () => void): () => void {
    const timer: Timer = { at: Math.max(Math.ceil(at), this.time), order: this.order++, run };
    this.push(timer);
    return () => {
      if (timer.run) this.cancelled += 1;
      timer.run = undefined;
      if (this.cancelled > 1_000 && this.cancelled > this.heap.length / 2) this.sweep();
    };
  }

  /** When the next timer rings; undefined when there is none. */
  nextAt(): number | undefined {
    while (this.heap[0] && !this.heap[0].run) this.pop();
    return this.heap[0]?.at;
  }

  /** Moves time; never back, and never past a timer. */
  moveTo(time: number): void {
    this.time = Math.max(this.time, time);
  }

  /** Fires one timer that is due. False when none is. */
  fire(): boolean {
    const at = this.nextAt();
    if (at === undefined || at > this.time) return false;
    const timer = this.pop();
    const run = timer?.run;
    if (timer) timer.run = undefined;
    run?.();
    return true;
  }

  private sweep(): void {
    const kept = this.heap.filter((timer) => timer.run);
    this.heap.length = 0;
    this.cancelled = 0;
    for (const timer of kept) this.push(timer);
  }

  private push(timer: Timer): void {
    const { heap } = this;
    let index = heap.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Timer;
      if (!before(timer, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = timer;
  }

  private pop(): Timer | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first && !first.run) this.cancelled = Math.max(0, this.cancelled - 1);
    if (!last || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && before(heap[right] as Timer, heap[left] as Timer) ? right : left;
      if (!before(heap[child] as Timer, last)) break;
      heap[index] = heap[child] as Timer;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}
