/**
 * Row 7, subscriptions: the share of the time in which a person watches, has no token trouble and some instance runs, that
 * is covered by a live subscription at Graph (exact, from spans); and the extra live ones at the last look: more than one
 * for a watched mailbox, or any for a person who does not watch (and whom the product had 3 minutes to let go). While watching
 * is being switched on or off nothing is measured.
 */
import type { Evidence } from './evidence.ts';
import { iso } from './report.ts';
import { lengthOf, merged, without } from './spans.ts';

const LONG_GAP_MS = 60 * 60_000;

export function countCover(evidence: Evidence): void {
  const { history, tally, wishes } = evidence;
  const { startedAt, endedAt } = history;
  let wantedMs = 0;
  let coveredMs = 0;
  tally.set('extraSubscriptions', 0);
  for (const { oid, name } of history.people) {
    const watched = wishes
      .watched(oid)
      .map(({ from, to }) => ({ from: Math.max(from, startedAt), to: Math.min(to, endedAt) }));
    const trouble = history.tokenTrouble.filter((span) => span.oid === oid);
    const wanted = without(watched, [...trouble, ...evidence.asleep]);
    const live = history.subscriptions.filter((span) => span.oid === oid);
    const gaps = without(wanted, merged(live));
    wantedMs += lengthOf(wanted);
    coveredMs += lengthOf(wanted) - lengthOf(gaps);
    for (const gap of gaps)
      if (gap.to - gap.from > LONG_GAP_MS)
        tally.find({
          row: 7,
          oid,
          at: [gap.from, gap.to],
          says: `${name}: no live subscription from ${iso(gap.from)} to ${iso(gap.to)}.`,
        });

    const lastWatch = wishes.watch(oid).at(-1);
    const isLettingGo = lastWatch !== undefined && lastWatch.to <= endedAt && lastWatch.knownTo > endedAt;
    const atRest = live.filter((span) => span.from <= endedAt && span.to >= endedAt).length;
    const extra = Math.max(0, atRest - (wishes.watching(oid, endedAt) || isLettingGo ? 1 : 0));
    if (extra === 0) continue;
    tally.add('extraSubscriptions', extra);
    tally.find({
      row: 7,
      oid,
      at: [endedAt],
      says: `${name}: ${extra} live subscription(s) too many at the last look.`,
    });
  }
  tally.set('cover', wantedMs === 0 ? 1 : coveredMs / wantedMs);
  tally.set('watchedMinutes', wantedMs / 60_000);
}
