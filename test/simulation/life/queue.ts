/** What is going to happen, soonest first; what was planned first comes first within an instant. */
export interface Planned {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

const before = (a: Planned, b: Planned) => a.at < b.at || (a.at === b.at && a.order < b.order);

export class Queue {
  private readonly heap: Planned[] = [];
  private order = 0;

  push(at: number, run: () => void): void {
    const planned = { at, order: this.order++, run };
    let index = this.heap.push(planned) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.heap[parent];
      if (!above || !before(planned, above)) break;
      this.heap[index] = above;
      index = parent;
    }
    this.heap[index] = planned;
  }

  first(): Planned | undefined {
    return this.heap[0];
  }

  /** Takes it out if it is still the first, and does it. */
  run(planned: Planned): void {
    if (this.heap[0] !== planned) throw new Error('Things are done in the order of time.');
    this.pop();
    planned.run();
  }

  private pop(): void {
    const last = this.heap.pop();
    if (!last || this.heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = this.heap[2 * index + 1];
      const right = this.heap[2 * index + 2];
      const child = right && left && before(right, left) ? right : left;
      if (!child || !before(child, last)) break;
      this.heap[index] = child;
      index = child === right ? 2 * index + 2 : 2 * index + 1;
    }
    this.heap[index] = last;
  }
}
