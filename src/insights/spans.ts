/** Sets of time: united, cut, counted. Spans are [from, to), ms; what has no length is nothing. Pure. */

export interface Span {
  from: number;
  to: number;
}

const isReal = ({ from, to }: Span): boolean => to > from;

/** What any of them covers: sorted, none touches another. */
export function united(spans: readonly Span[]): Span[] {
  const out: Span[] = [];
  for (const { from, to } of spans.filter(isReal).sort((a, b) => a.from - b.from)) {
    const last = out.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else out.push({ from, to });
  }
  return out;
}

/** What at least two of them cover. */
export function doubled(spans: readonly Span[]): Span[] {
  const twice: Span[] = [];
  let until = Number.NEGATIVE_INFINITY;
  for (const { from, to } of spans.filter(isReal).sort((a, b) => a.from - b.from)) {
    twice.push({ from, to: Math.min(to, until) });
    until = Math.max(until, to);
  }
  return united(twice);
}

/** What both cover; each is a set made by `united`. */
export function common(one: readonly Span[], other: readonly Span[]): Span[] {
  const out: Span[] = [];
  for (let a = 0, b = 0; a < one.length && b < other.length; ) {
    const [first, second] = [one[a] as Span, other[b] as Span];
    const both = { from: Math.max(first.from, second.from), to: Math.min(first.to, second.to) };
    if (isReal(both)) out.push(both);
    if (first.to < second.to) a += 1;
    else b += 1;
  }
  return out;
}

/** What `from` covers and `taken` doesn't; each is a set made by `united`. */
export function without(from: readonly Span[], taken: readonly Span[]): Span[] {
  return from.flatMap((span) => {
    const left: Span[] = [];
    let start = span.from;
    for (const { from: busyFrom, to: busyTo } of common([span], taken)) {
      left.push({ from: start, to: busyFrom });
      start = busyTo;
    }
    return [...left, { from: start, to: span.to }].filter(isReal);
  });
}

export const lengthOf = (spans: readonly Span[]): number => spans.reduce((sum, { from, to }) => sum + to - from, 0);
