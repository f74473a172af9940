/**
 * Row 1, nudges lost: LIVE k without a delivery by the start. Left out, each counted:
 *
 * - `asleepSkipped`: no instance ran for all but a minute of [due, deadline].
 * - `unreachableSkipped`: Teams refused this person's messages for good in part of [due − earliness, deadline].
 * - `refusedForGood`: Teams answered 400, 403, 413 or 500 to it, after which Microsoft's table forbids another attempt.
 * - `openAtEnd`: the last look was taken less than 10 minutes after due, and before the deadline.
 */
import { MINUTE_MS } from './awake.ts';
import type { Evidence, Live } from './evidence.ts';
import { iso } from './report.ts';
import { overlapMs, touches } from './spans.ts';

const LEAST_AWAKE_MS = MINUTE_MS;
const JUDGED_AFTER_MS = 10 * MINUTE_MS;

/** Why no product could have said it; undefined: it could. */
export function excuse(evidence: Evidence, live: Live): string | undefined {
  const { history, asleep } = evidence;
  const { oid, due, deadline } = live;
  const unreachable = history.unreachable.filter((span) => span.oid === oid);
  if (touches(unreachable, due - history.earlinessMs, deadline)) return 'unreachableSkipped';
  if (deadline - due - overlapMs(asleep, due, deadline) < Math.min(LEAST_AWAKE_MS, deadline - due))
    return 'asleepSkipped';
  if (deadline > history.endedAt && due + JUDGED_AFTER_MS > history.endedAt) return 'openAtEnd';
  return undefined;
}

/** Judges each LIVE k; returns those that were to be said. */
export function countLost(evidence: Evidence, candidates: Iterable<Live>): Live[] {
  const { tally } = evidence;
  const judged: Live[] = [];
  for (const live of candidates) {
    const why = excuse(evidence, live);
    if (why) {
      tally.add(why);
      continue;
    }
    judged.push(live);
    tally.add(`live.${live.kind}`);
    if (live.deliveries.some((send) => send.at <= live.deadline)) continue;
    if (evidence.wasRefused(live)) {
      tally.add('refusedForGood');
      continue;
    }
    tally.add('lost');
    tally.add(`lost.${live.kind}`);
    const [first] = live.deliveries;
    const instead = first ? `it came at ${iso(first.at)}` : 'it never came';
    tally.find({
      row: 1,
      oid: live.oid,
      eventId: live.eventId,
      at: [live.due, live.deadline, live.startAt],
      says: `${evidence.nameOf(live.oid)}: ${live.words} (start ${iso(live.startAt)}) was due at ${iso(live.due)}; ${instead}.`,
    });
  }
  return judged;
}
