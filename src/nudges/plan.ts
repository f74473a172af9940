/**
 * The plan: from the replica, what changed, what the person chose and answered, how long ways take, and now, to the
 * nudges that should exist. A function of its input and of nothing else; what was said already is kept apart by each
 * nudge's identity (equalise.ts).
 */
import type { CalendarEvent } from '../calendar/event.ts';
import { DAY_MS } from '../clock.ts';
import { hushed, isChosen, isKindOn } from './chosen.ts';
import { KINDS } from './kinds.ts';
import { HORIZON_MS, type Nudge, type NudgeKind, nudgeId, type PlanInput } from './nudge.ts';
import type { Settings } from './settings.ts';
import { endOfSilence, type Silences, silencesIn } from './silence.ts';

/** Every person is planned anew at least this often, whether or not their calendar can be read. */
const PLANNED_EVERY_MS = DAY_MS;

export interface PlannedNudge extends Omit<Nudge, 'about'> {
  nudgeId: string;
}

/**
 * Undefined when silence swallows it. What is about a moment is judged by that moment; news that are late (the meeting was
 * made this night, the bot was down) by when they would be said.
 */
function audible(nudge: Nudge, kind: NudgeKind, { full, both }: Silences, now: number): Nudge | undefined {
  if (kind.inSilence === 'drop') {
    if (endOfSilence(nudge.dueAt, full) !== nudge.dueAt) return undefined;
    // Nor may it be sent early into the silence before it.
    const earliestAt = Math.min(nudge.dueAt, endOfSilence(nudge.earliestAt, full));
    return earliestAt === nudge.earliestAt ? nudge : { ...nudge, earliestAt };
  }
  const wouldBeAt = Math.max(nudge.dueAt, now);
  const dueAt = endOfSilence(wouldBeAt, both);
  if (dueAt === wouldBeAt) return nudge;
  return dueAt < nudge.deadlineAt ? { ...nudge, dueAt, earliestAt: dueAt } : undefined;
}

const isOrderly = (nudge: Nudge, now: number) =>
  Number.isFinite(nudge.dueAt) && nudge.deadlineAt > now && nudge.dueAt <= now + HORIZON_MS;

/** Written out, because a plan makes hundreds and taking one field out of an object is slow. */
function asStored(id: string, nudge: Nudge, settings: Settings): PlannedNudge {
  const { kind, eventId, startAt, leadMs, mark, earliestAt, dueAt, deadlineAt, about } = nudge;
  const facts = about ? hushed(nudge.facts, about, settings) : nudge.facts;
  const stored: PlannedNudge = { nudgeId: id, kind, eventId, startAt, leadMs, earliestAt, dueAt, deadlineAt, facts };
  if (mark !== undefined) stored.mark = mark;
  return stored;
}

/** As the last look before sending will see them: a nudge about a change may have been overtaken by the next one. */
function entriesOf({ events, further = [], named, changes }: PlanInput): (id: string) => CalendarEvent | undefined {
  let known: Map<string, CalendarEvent | undefined> | undefined;
  return (id) => {
    if (!known) {
      const sorted = named ? [] : [...changes].sort((a, b) => a.noticedAt - b.noticedAt);
      known = new Map(sorted.map((one) => [one.eventId, one.after]));
      for (const event of [...(named ?? []), ...further, ...events]) known.set(event.id, event);
    }
    return known.get(id);
  };
}

/** Onto every card of the same meeting; the nudges of one kind about it have their facts in common. */
function share(nudges: PlannedNudge[], shared: ReadonlyMap<string, Nudge['facts']>): void {
  const made = new Map<Nudge['facts'], Nudge['facts']>();
  for (const nudge of nudges) {
    const { facts, eventId } = nudge;
    const more = shared.get(eventId);
    if (!more) continue;
    let both = made.get(facts);
    if (!both) {
      both = { ...facts };
      for (const name in more) if (!(name in facts)) both[name] = more[name];
      made.set(facts, both);
    }
    nudge.facts = both;
  }
}

export function plan(input: PlanInput): PlannedNudge[] {
  const { person, now } = input;
  if (!person.isWatching) return [];
  const { settings } = person;
  const silences = silencesIn(input);
  const entryOf = entriesOf(input);
  const wasSaid = new Set(input.said.map((one) => one.nudgeId));
  const nudges = new Map<string, PlannedNudge>();
  const shared = new Map<string, Record<string, unknown>>();
  for (const kind of KINDS.filter((one) => isKindOn(one, settings))) {
    for (const planned of kind.plan(input)) {
      if (!isOrderly(planned, now) || (planned.about && !isChosen(planned.about, settings))) continue;
      const heard = audible(planned, kind, silences, now);
      // An identity is a hash: made for none that nobody hears.
      if (!heard && wasSaid.size === 0) continue;
      const id = nudgeId(person.personId, planned);
      // What was said stays as it was said, whatever was chosen since: its card is kept true.
      const isSaid = wasSaid.has(id);
      const nudge = isSaid ? planned : heard;
      if (!nudge || !isOrderly(nudge, now)) continue;
      // What delivery would refuse is not wanted: it would be claimed and taken back, plan after plan.
      if (kind.tells && !isSaid && !kind.stillStands(nudge, entryOf(nudge.eventId))) continue;
      const stored = asStored(id, nudge, settings);
      nudges.set(id, stored);
      if (kind.shares && stored.eventId !== '')
        shared.set(stored.eventId, { ...shared.get(stored.eventId), ...kind.shares(stored, now) });
    }
  }
  const all = [...nudges.values()];
  if (shared.size > 0) share(all, shared);
  return all.sort((a, b) => a.dueAt - b.dueAt || (a.nudgeId < b.nudgeId ? -1 : 1));
}

/** When the plan should be made anew though nothing changed, ms; undefined: never, nobody watches. */
export function replanAt(input: PlanInput): number | undefined {
  const { isWatching, settings } = input.person;
  if (!isWatching) return undefined;
  const moments = KINDS.filter((one) => isKindOn(one, settings)).flatMap((kind) => kind.againAt?.(input) ?? []);
  return Math.max(input.now, Math.min(...moments, input.now + PLANNED_EVERY_MS));
}
