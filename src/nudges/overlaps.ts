/** Spans that overlap another: sorted once, then found in O(log n) each. Pure. */
import type { Span } from './nudge.ts';

/** Those that overlap the span, by their start, at most `most`; one that only touches it does not. */
export type Overlapping<T extends Span> = (span: Span, most: number) => T[];

/** The spans by their start, over them a tree of the latest end below each node: what is over by then is passed over. */
export function overlapsAmong<T extends Span>(sorted: readonly T[]): Overlapping<T> {
  let size = 1;
  while (size < sorted.length) size *= 2;
  const latest = new Float64Array(2 * size).fill(Number.NEGATIVE_INFINITY);
  for (const [index, { to }] of sorted.entries()) latest[size + index] = to;
  for (let node = size - 1; node > 0; node -= 1)
    latest[node] = Math.max(latest[2 * node] as number, latest[2 * node + 1] as number);

  return ({ from, to }, most) => {
    const found: T[] = [];
    for (let index = nextAfter(latest, 0, from); found.length < most; index = nextAfter(latest, index + 1, from)) {
      const one = sorted[index];
      if (!one || one.from >= to) break;
      found.push(one);
    }
    return found;
  };
}

/** The first leaf from `index` on whose end is after the instant; one past the last where there is none. */
function nextAfter(latest: Float64Array, index: number, instant: number): number {
  const size = latest.length / 2;
  if (index >= size) return size;
  let node = size + index;
  while ((latest[node] as number) <= instant) {
    // Up from a right child, then over to the right.
    while (node % 2 === 1) node = (node - 1) / 2;
    if (node === 0) return size;
    node += 1;
  }
  while (node < size) node = (latest[2 * node] as number) > instant ? 2 * node : 2 * node + 1;
  return node - size;
}
