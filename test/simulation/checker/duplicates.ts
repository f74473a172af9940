/**
 * Rows 2 and 3, duplicates: Σ max(0, deliveries − 1 − ambiguous sends), and those that ambiguous sends explain. What is
 * the same k:
 *
 * - Kinds that tell of no change: (person, event, start, kind, lead), a digest by its date; as many as the product's plan
 *   of the truth tells apart under one key (planned.ts), at least one.
 * - Of a change: the same, and what is told (all facts). A meeting may be moved away and back again
 *   and away once more: as many equal notices are right as the truth took that step before the last of them. For changes
 *   other than "moved", "cancelled" and "invited": half as many (rounded up) as the entry has versions.
 * - The bot's own words, about no event: (person, kind, facts), unless the person asked for something in between (they
 *   signed in, switched watching) or a day has passed.
 * - What is told of rooms, and what rules say, have judges of their own (rooms.ts, rules.ts).
 *
 * A kind that is never to be said again when nobody knows whether it arrived has no ambiguous sends to explain anything.
 * An ambiguous send is one that Teams stored and whose completion the ledger did not take, or whose sender saw no 2xx.
 */
import { createHash } from 'node:crypto';
import type { Send } from '../history.ts';
import { DAY_MS } from './awake.ts';
import { isWord, stepsTo } from './change.ts';
import { type Evidence, isAmbiguous } from './evidence.ts';
import { TELL_CHANGES } from './planned.ts';
import { iso } from './report.ts';
import { OF_ROOMS } from './rooms.ts';
import { OF_RULES } from './rules.ts';

/** What a kind says at most once under one key, but for those that tell of changes. */
const isOnce = (evidence: Evidence, { kind }: Send) =>
  evidence.planned.kind(kind) !== undefined && !TELL_CHANGES.has(kind);

const hashOf = (facts: unknown) => createHash('sha256').update(JSON.stringify(facts)).digest('base64url');

function* groups(evidence: Evidence): Generator<Send[]> {
  const byKey = new Map<string, Send[]>();
  for (const send of evidence.deliveries) {
    if (OF_ROOMS.has(send.kind) || OF_RULES.has(send.kind)) continue;
    const isKind = isOnce(evidence, send);
    const isOwn = send.eventId === '' && !isKind;
    const about = isOwn ? `${send.oid}|${send.kind}` : evidence.planned.keyOf(send);
    const key = isKind ? about : `${about}|${hashOf(send.facts)}`;
    const group = byKey.get(key) ?? [];
    const last = group.at(-1);
    const isAnew =
      isOwn && last && (send.at - last.at >= DAY_MS || evidence.wishes.anyBetween(send.oid, last.at, send.at));
    if (isAnew) {
      yield group;
      byKey.set(key, [send]);
    } else {
      group.push(send);
      byKey.set(key, group);
    }
  }
  yield* byKey.values();
}

function rightful(evidence: Evidence, group: Send[]): number {
  const [first] = group;
  const last = group.at(-1);
  if (!first || !last) return 1;
  if (isOnce(evidence, first)) return Math.max(1, evidence.planned.rightful(first, last.at));
  if (first.eventId === '') return 1;
  const { change, startAt } = first.facts;
  if (isWord(change)) {
    const steps = stepsTo(evidence, first.oid, first.eventId, change, Number(startAt ?? first.startAt));
    return Math.max(1, steps.filter((at) => at <= last.at).length);
  }
  const versions = evidence.timeline
    .meant(first.oid, first.eventId)
    .map((story) => story.versions.filter((version) => version.from <= last.at).length);
  return Math.max(1, Math.ceil((Math.max(1, ...versions) - 1) / 2));
}

export function countDuplicates(evidence: Evidence): void {
  const { tally } = evidence;
  tally.set('unexplainedDuplicates', 0);
  tally.set('ambiguousDuplicates', 0);
  for (const group of groups(evidence)) {
    const [first] = group;
    if (!first || group.length < 2) continue;
    const extra = group.length - rightful(evidence, group);
    if (extra <= 0) continue;
    // A kind that is not said again when in doubt has no such excuse.
    const isNeverAgain = evidence.planned.kind(first.kind)?.whenUnknown === 'never';
    const unexplained = isNeverAgain ? extra : Math.max(0, extra - group.filter(isAmbiguous).length);
    tally.add('ambiguousDuplicates', extra - unexplained);
    tally.add('unexplainedDuplicates', unexplained);
    if (unexplained === 0) continue;
    const when = group.map((send) => `${iso(send.at)} (instance ${send.instance}, status ${send.status})`).join(', ');
    tally.find({
      row: 2,
      oid: first.oid,
      eventId: first.eventId,
      at: group.map((send) => send.at),
      says: `${evidence.nameOf(first.oid)}: ${first.kind} "${first.words.slice(0, 80)}" came ${group.length} times: ${when}.`,
    });
  }
}
