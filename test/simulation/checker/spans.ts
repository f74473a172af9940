/** Arithmetic on stretches of time; all of them from (included) to (excluded). And lists by key. */
import type { Span } from '../history.ts';

export function overlapMs(spans: readonly Span[], from: number, to: number): number {
  let sum = 0;
  for (const span of spans) sum += Math.max(0, Math.min(span.to, to) - Math.max(span.from, from));
  return sum;
}

export const touches = (spans: readonly Span[], from: number, to: number): boolean =>
  spans.some((span) => span.from < to && span.to > from);

/** In order, without overlaps. */
export function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of [...spans].filter((one) => one.to > one.from).sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else result.push({ from: span.from, to: span.to });
  }
  return result;
}

/** What of `spans` is left without `holes`. */
export function without(spans: readonly Span[], holes: readonly Span[]): Span[] {
  let left = merged(spans);
  for (const hole of merged(holes))
    left = left
      .flatMap((span) => [
        { from: span.from, to: Math.min(span.to, hole.from) },
        { from: Math.max(span.from, hole.to), to: span.to },
      ])
      .filter((span) => span.to > span.from);
  return left;
}

export const lengthOf = (spans: readonly Span[]): number => spans.reduce((sum, span) => sum + span.to - span.from, 0);

/**
 * A time in which something is so, and by when the product has to know that it began and that it ended. Ends that have
 * not come are Infinity.
 */
export interface Stretch extends Span {
  knownFrom: number;
  knownTo: number;
}

/** When both are so; the product has to know it once it has to know both. */
export function both(a: readonly Stretch[], b: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  for (const one of a)
    for (const other of b) {
      const from = Math.max(one.from, other.from);
      const to = Math.min(one.to, other.to);
      if (from >= to) continue;
      const ends = [one, other].filter((stretch) => stretch.to === to).map((stretch) => stretch.knownTo);
      result.push({ from, to, knownFrom: Math.max(one.knownFrom, other.knownFrom), knownTo: Math.min(...ends) });
    }
  return result.sort((x, y) => x.from - y.from);
}

/** Those that follow one another without a gap are one: known from when the first is, and until the last is. */
export function joined(stretches: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  for (const one of [...stretches].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && one.from <= last.to) {
      if (one.to > last.to) Object.assign(last, { to: one.to, knownTo: one.knownTo });
    } else result.push({ from: one.from, to: one.to, knownFrom: one.knownFrom, knownTo: one.knownTo });
  }
  return result;
}

/** When it was not so. */
export function inverse(stretches: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  let [from, knownFrom] = [-Infinity, -Infinity];
  for (const one of joined(stretches)) {
    if (one.from > from) result.push({ from, to: one.from, knownFrom, knownTo: one.knownFrom });
    [from, knownFrom] = [one.to, one.knownTo];
  }
  if (from < Infinity) result.push({ from, to: Infinity, knownFrom, knownTo: Infinity });
  return result;
}

export function push<T>(map: Map<string, T[]>, key: string, one: T): void {
  const list = map.get(key);
  if (list) list.push(one);
  else map.set(key, [one]);
}
