/**
 * The plan: from the replica, what changed, what the person chose and answered, how long ways take, and now, to the
 * nudges that should exist. A function of its input and of nothing else; what was said already is kept apart by each
 * nudge's identity (equalise.ts).
 */
import { DAY_MS } from '../clock.ts';
import { KINDS } from './kinds.ts';
import { type Nudge, nudgeId, type PlanInput } from './nudge.ts';

/** Nudges due later than this are planned by a later run; every mailbox is planned anew at least daily. */
export const HORIZON_MS = 8 * DAY_MS;

export interface PlannedNudge extends Nudge {
  nudgeId: string;
}

export function plan(input: PlanInput): PlannedNudge[] {
  if (!input.person.isWatching) return [];
  const nudges = new Map<string, PlannedNudge>();
  for (const kind of KINDS) {
    for (const nudge of kind.plan(input)) {
      if (!Number.isFinite(nudge.dueAt) || nudge.deadlineAt <= input.now || nudge.dueAt > input.now + HORIZON_MS)
        continue;
      const id = nudgeId(input.person.personId, nudge);
      nudges.set(id, { ...nudge, nudgeId: id });
    }
  }
  return [...nudges.values()].sort((a, b) => a.dueAt - b.dueAt || (a.nudgeId < b.nudgeId ? -1 : 1));
}
