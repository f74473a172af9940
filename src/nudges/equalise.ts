/** The stored nudges are made equal to the plan. Pure: says what to write, store/nudges.ts writes it. */
import { isSame } from '../calendar/same.ts';
import type { PlannedNudge } from './plan.ts';

/** "unknown": it was sent and may have arrived; like one that was sent it is never planned again. */
export type NudgeState = 'planned' | 'claimed' | 'sent' | 'withdrawn' | 'missed' | 'failed' | 'unknown';

export interface StoredNudge extends PlannedNudge {
  state: NudgeState;
  wanted: boolean;
}

export interface Equalisation {
  insert: PlannedNudge[];
  /** Not sent yet, or withdrawn and wanted again. `resetSendAt`: its due time is another one now. */
  rewrite: { nudge: PlannedNudge; resetSendAt: boolean }[];
  withdraw: string[];
  /** In flight: the row stays, the mark tells delivery what the plan says now. */
  mark: { nudgeId: string; wanted: boolean; nudge?: PlannedNudge }[];
}

const sameTimes = (a: PlannedNudge, b: PlannedNudge) =>
  a.dueAt === b.dueAt && a.earliestAt === b.earliestAt && a.deadlineAt === b.deadlineAt;

export function equalise(planned: PlannedNudge[], stored: StoredNudge[], now: number): Equalisation {
  const before = new Map(stored.map((nudge) => [nudge.nudgeId, nudge]));
  const result: Equalisation = { insert: [], rewrite: [], withdraw: [], mark: [] };
  for (const nudge of planned) {
    const known = before.get(nudge.nudgeId);
    // What stays among them is wanted no more.
    before.delete(nudge.nudgeId);
    if (!known) result.insert.push(nudge);
    else if (known.state === 'claimed') {
      if (!known.wanted || !isSame(known.facts, nudge.facts))
        result.mark.push({ nudgeId: nudge.nudgeId, wanted: true, nudge });
    } else if (known.state === 'withdrawn') result.rewrite.push({ nudge, resetSendAt: true });
    else if (known.state === 'planned' && (!sameTimes(known, nudge) || !isSame(known.facts, nudge.facts)))
      result.rewrite.push({ nudge, resetSendAt: known.dueAt !== nudge.dueAt });
  }
  for (const known of before.values()) {
    if (known.state === 'claimed' && known.wanted) result.mark.push({ nudgeId: known.nudgeId, wanted: false });
    // One whose moment has passed is not withdrawn: it was missed, and delivery records it so.
    if (known.state === 'planned' && known.deadlineAt > now) result.withdraw.push(known.nudgeId);
  }
  return result;
}
