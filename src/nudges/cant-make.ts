/** Two meetings in different places that can't both be made: told when that is known, not when it is too late. */
import type { CalendarEvent } from '../calendar/event.ts';
import { DAY_MS, MINUTE_MS } from '../clock.ts';
import { legKey } from '../travel/port.ts';
import type { Way } from '../travel/ways.ts';
import { disguised, isChosen } from './chosen.ts';
import { type MeetingFacts, meetingFacts } from './facts.ts';
import type { Nudge, NudgeKind, PlanInput } from './nudge.ts';
import { isPromised, promisedWaysIn } from './scene.ts';

/** More of them at once is a calendar that is not meant to be kept. */
const MOST = 5;
const AHEAD_MS = 8 * DAY_MS;
/** A few minutes late is no reason to speak, and an estimate from the distance is out by more than that. */
const SHORT_MS = 3 * MINUTE_MS;
const SHORT_ROUGH_MS = 10 * MINUTE_MS;

export interface CantMakeFacts extends MeetingFacts {
  first: Pick<MeetingFacts, 'subject' | 'startAt' | 'endAt' | 'place'>;
  travelMs: number;
  isRough: boolean;
  /** When one would be there at last. */
  arriveAt: number;
  /** Which two, and when: what it is told once for. */
  pair?: string;
  /** One of them was moved, cancelled or declined since, or takes place elsewhere. */
  isSolved?: true;
}

const pairOf = (first: CalendarEvent) => `${first.id} ${first.startAt} ${first.endAt}`;

interface Pair {
  first: CalendarEvent;
  second: CalendarEvent;
  facts: CantMakeFacts;
}

/** Undefined where there is time enough, as far as anybody knows. */
function pairIn({ event: second, before: first, leg }: Way, { travel, person, now }: PlanInput): Pair | undefined {
  const estimate = first && first.endAt > now ? travel.get(legKey(leg)) : undefined;
  if (!first || !estimate || second.startAt > now + AHEAD_MS) return undefined;
  const arriveAt = first.endAt + estimate.durationMs;
  const leastMs = estimate.isRough ? SHORT_ROUGH_MS : SHORT_MS;
  if (arriveAt - second.startAt <= leastMs || !isChosen(first, person.settings) || !isChosen(second, person.settings))
    return undefined;
  const { subject, startAt, endAt, place } = disguised(first, person.settings);
  const facts: CantMakeFacts = {
    ...meetingFacts(second),
    first: { subject, startAt, endAt, ...(place ? { place: place.name } : {}) },
    travelMs: estimate.durationMs,
    isRough: estimate.isRough,
    arriveAt,
    pair: pairOf(first),
  };
  return { first, second, facts };
}

function nudgeOf(second: CalendarEvent, facts: CantMakeFacts, dueAt: number): Nudge {
  return {
    kind: 'cantMake',
    eventId: second.id,
    startAt: second.startAt,
    leadMs: 0,
    mark: facts.pair ?? '',
    earliestAt: dueAt,
    dueAt,
    deadlineAt: facts.first.endAt,
    facts: { ...facts },
    about: second,
  };
}

/** What was told and is so no more: its card says that. */
function solvedNudges(input: PlanInput): Nudge[] {
  const { said, events, travel } = input;
  const told = said.filter((one) => one.kind === 'cantMake' && one.facts?.pair !== undefined);
  if (told.length === 0) return [];
  // A way that nobody knows just now is no way out.
  const open = new Set(
    promisedWaysIn(input).flatMap(({ event, before, leg }) => {
      const durationMs = travel.get(legKey(leg))?.durationMs ?? Number.POSITIVE_INFINITY;
      return before && before.endAt + durationMs > event.startAt ? [`${event.id} ${pairOf(before)}`] : [];
    }),
  );
  const byId = new Map(events.map((event) => [event.id, event]));
  return told.flatMap((one): Nudge[] => {
    const facts = one.facts as unknown as CantMakeFacts;
    const second = byId.get(one.eventId);
    if (!second || second.startAt !== one.startAt || open.has(`${second.id} ${facts.pair}`)) return [];
    const { first, travelMs, isRough, arriveAt, pair } = facts;
    const solved = { ...meetingFacts(second), first, travelMs, isRough, arriveAt, pair, isSolved: true as const };
    return [nudgeOf(second, solved, one.dueAt ?? one.saidAt)];
  });
}

export const cantMake: NudgeKind = {
  name: 'cantMake',
  title: 'Two places at once',
  explains: 'when the way between two meetings takes longer than there is time',
  words: ['two places', 'two places at once'],
  isOnAtFirst: true,
  whenUnknown: 'again',
  inSilence: 'wait',
  remembers: true,
  plan(input) {
    const { watchSince } = input.person;
    const pairs = promisedWaysIn(input)
      .flatMap((way) => pairIn(way, input) ?? [])
      .sort(({ second: a }, { second: b }) => a.startAt - b.startAt || (a.id < b.id ? -1 : 1))
      .slice(0, MOST);
    return [
      ...pairs.map(({ first, second, facts }) =>
        nudgeOf(second, facts, Math.max(watchSince, first.createdAt ?? 0, second.createdAt ?? 0)),
      ),
      ...solvedNudges(input),
    ];
  },
  stillStands: (nudge, event) => event !== undefined && isPromised(event) && event.startAt === nudge.startAt,
};
