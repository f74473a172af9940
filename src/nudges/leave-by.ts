/**
 * "Leave by 13:25 to be at … by 14:00", for a meeting that is somewhere else than one was before; and once more when it is
 * time to go. How long the way takes is asked for again as that nears; it is told again only when leaving has moved.
 */
import { hash } from 'node:crypto';
import { type CalendarEvent, type Place, takesPlaceForMe } from '../calendar/event.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../clock.ts';
import { type Estimate, legKey, type TravelMode } from '../travel/port.ts';
import { occurrenceKey, type Way } from '../travel/ways.ts';
import { disguised } from './chosen.ts';
import { type MeetingFacts, meetingFacts } from './facts.ts';
import { HORIZON_MS, type Nudge, type NudgeKind, type PlanInput, type Said } from './nudge.ts';
import { waysIn } from './scene.ts';
import { joinedOnline, thereAlready } from './travel-answers.ts';

export { JOINS_ONLINE, THERE_ALREADY } from './travel-answers.ts';

/** Said this much before one has to go. */
export const NOTICE_MS = 10 * MINUTE_MS;
/** A way that takes a little more or less is no news. */
/** Whoever was told this often knows that nobody knows. */
const MOST_TOLD = 4;
export const TOLD_AGAIN_MS = 5 * MINUTE_MS;
/** What is further away is left to a later plan: nobody leaves days before. */
const AHEAD_MS = 5 * DAY_MS;
const NOTICE_EARLINESS_MS = 5 * MINUTE_MS;

/** When the way is asked for again, before leaving; where there is traffic, by the hour before that too. */
const ASKED_AGAIN_MS = [12 * MINUTE_MS, 30 * MINUTE_MS];
const ASKED_AGAIN_TRAFFIC_MS = [...ASKED_AGAIN_MS, HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS];
/** However estimates waver, there is no plan after plan: each comes at least so much later. */
const LEAST_PAUSE_MS = MINUTE_MS;

/** Why they need not go: they say so; or there is no way any more (from where they are before, it is near). */
export type Ended = 'there' | 'online' | 'near';

export interface LeaveByFacts extends MeetingFacts {
  leaveAt: number;
  travelMs: number;
  spareMs: number;
  fromName: string;
  isRough: boolean;
  hasTraffic?: true;
  by?: TravelMode;
  /** Which place it was; the place itself is not in the facts of a private meeting. */
  placeMark: string;
  /** Which of the notices for that place, from 0; “leave now” has none. */
  turn?: number;
  ended?: Ended;
}

const marks = new WeakMap<Place, string>();

/** Not its name: of a private meeting that must not be in the facts. */
function markOf({ place }: CalendarEvent): string {
  if (!place) return '';
  const known = marks.get(place);
  if (known !== undefined) return known;
  const mark = hash('sha256', JSON.stringify([place.name, place.address ?? '']), 'base64url').slice(0, 16);
  marks.set(place, mark);
  return mark;
}

interface Journey {
  way: Way;
  estimate: Estimate;
  leaveAt: number;
}

/** Those to make, as far as anybody knows how long they take. */
function journeysIn(input: PlanInput): Journey[] {
  const spareMs = input.person.settings.spareMinutes * MINUTE_MS;
  const there = thereAlready(input.answers);
  return waysIn(input).flatMap((way): Journey[] => {
    const { startAt } = way.event;
    if (startAt <= input.now || startAt > input.now + AHEAD_MS) return [];
    const estimate = there.has(occurrenceKey(way.event)) ? undefined : input.travel.get(legKey(way.leg));
    return estimate ? [{ way, estimate, leaveAt: startAt - estimate.durationMs - spareMs }] : [];
  });
}

/** Of the meetings as they are now: at that time, in that place. */
function toldByOccurrence(said: readonly Said[]): ReadonlyMap<string, Said[]> {
  const told = new Map<string, Said[]>();
  for (const one of said) {
    if (one.kind !== 'leaveBy' || one.facts?.placeMark === undefined) continue;
    const key = occurrenceKey({ id: one.eventId, startAt: one.startAt });
    const known = told.get(key);
    if (known) known.push(one);
    else told.set(key, [one]);
  }
  return told;
}

const toldFacts = (said: Said) => said.facts as unknown as LeaveByFacts;

function nudgeOf(event: CalendarEvent, facts: LeaveByFacts): Nudge {
  const { turn, leaveAt, placeMark } = facts;
  const leadMs = turn === undefined ? 0 : NOTICE_MS;
  const dueAt = leaveAt - leadMs;
  return {
    kind: 'leaveBy',
    eventId: event.id,
    startAt: event.startAt,
    leadMs,
    mark: `${placeMark} ${turn ?? 'now'}`,
    earliestAt: leadMs > 0 ? dueAt - NOTICE_EARLINESS_MS : dueAt,
    dueAt,
    deadlineAt: event.startAt,
    facts: facts as unknown as Nudge['facts'],
    about: event,
  };
}

/** What was told stays in the plan, so that its card says what is true by now. */
const again = (event: CalendarEvent, told: readonly Said[], facts: LeaveByFacts): Nudge[] =>
  told.map((one) => {
    const { turn } = toldFacts(one);
    return nudgeOf(event, turn === undefined ? facts : { ...facts, turn });
  });

function endedAgain(event: CalendarEvent, told: readonly Said[], ended: Ended): Nudge[] {
  return told.flatMap((one) => {
    const { leaveAt, travelMs, spareMs, fromName, isRough, placeMark } = toldFacts(one);
    const way = { leaveAt, travelMs, spareMs, fromName, isRough, placeMark };
    return again(event, [one], { ...meetingFacts(event), ...way, ended });
  });
}

function nudgesFor(
  { way, estimate, leaveAt: leaveAtNow }: Journey,
  said: readonly Said[],
  { person, now }: PlanInput,
): Nudge[] {
  const { event, before, fromName } = way;
  const { settings } = person;
  // Left to a later plan; of what was told the card is kept true.
  if (said.length === 0 && leaveAtNow - NOTICE_MS > now + HORIZON_MS) return [];
  const placeMark = markOf(event);
  const told = said.filter((one) => toldFacts(one).placeMark === placeMark);
  const notices = told.filter((one) => toldFacts(one).turn !== undefined);
  const last = notices.reduce<Said | undefined>((a, b) => (a && a.saidAt > b.saidAt ? a : b), undefined);
  // A guess does not correct what somebody knew: a provider that is away for a while is no news.
  const known = last && estimate.isRough && !toldFacts(last).isRough ? toldFacts(last) : undefined;
  const leaveAt = known?.leaveAt ?? leaveAtNow;
  const facts: LeaveByFacts = {
    ...meetingFacts(event),
    leaveAt,
    travelMs: known?.travelMs ?? estimate.durationMs,
    spareMs: settings.spareMinutes * MINUTE_MS,
    // Where a private appointment was is not said either.
    fromName: before && disguised(before, settings) !== before ? '' : fromName,
    isRough: known?.isRough ?? estimate.isRough,
    by: way.leg.by,
    placeMark,
  };
  if (estimate.hasTraffic) facts.hasTraffic = true;
  const nudges = again(event, told, facts);
  // Who was told to leave has left.
  if (notices.length < told.length) return nudges;
  nudges.push(nudgeOf(event, facts));
  if (last && Math.abs(leaveAt - toldFacts(last).leaveAt) <= TOLD_AGAIN_MS) return nudges;
  const turn = 1 + Math.max(-1, ...notices.map((one) => toldFacts(one).turn ?? 0));
  if (turn >= MOST_TOLD) return nudges;
  const notice = nudgeOf(event, { ...facts, turn });
  // That there is more time is news while they are about to go. From leaving on it is time to go.
  if (last) notice.dueAt = Math.min(notice.dueAt, last.saidAt);
  nudges.push({ ...notice, earliestAt: Math.min(notice.earliestAt, notice.dueAt), deadlineAt: leaveAt });
  return nudges;
}

/** What was told of a way that is none any more. */
function endedNudges(input: PlanInput, told: ReadonlyMap<string, Said[]>): Nudge[] {
  if (told.size === 0) return [];
  const { answers, events } = input;
  const [there, online] = [thereAlready(answers), joinedOnline(answers)];
  const onTheWay = new Set(waysIn(input).map(({ event }) => occurrenceKey(event)));
  return events.flatMap((event): Nudge[] => {
    const key = occurrenceKey(event);
    const said = told.get(key);
    if (!said || !takesPlaceForMe(event)) return [];
    const placeMark = markOf(event);
    const here = said.filter((one) => toldFacts(one).placeMark === placeMark);
    if (there.has(key)) return endedAgain(event, here, 'there');
    if (online.has(key)) return endedAgain(event, here, 'online');
    return onTheWay.has(key) ? [] : endedAgain(event, here, 'near');
  });
}

export const leaveBy: NudgeKind = {
  name: 'leaveBy',
  title: 'Time to leave',
  explains: 'when it is time to leave for a place across town',
  words: ['leave', 'leaving', 'time to leave', 'travel'],
  isOnAtFirst: true,
  whenUnknown: 'again',
  inSilence: 'drop',
  remembers: true,
  plan(input) {
    const told = toldByOccurrence(input.said);
    return [
      ...journeysIn(input).flatMap((one) => nudgesFor(one, told.get(occurrenceKey(one.way.event)) ?? [], input)),
      ...endedNudges(input, told),
    ];
  },
  againAt(input) {
    const soonest = input.now + LEAST_PAUSE_MS;
    const moments = journeysIn(input)
      .flatMap(({ leaveAt, estimate }) =>
        (estimate.hasTraffic ? ASKED_AGAIN_TRAFFIC_MS : ASKED_AGAIN_MS).map((beforeMs) => leaveAt - beforeMs),
      )
      .filter((moment) => moment >= soonest);
    return moments.length > 0 ? Math.min(...moments) : undefined;
  },
  shares({ facts }, now) {
    const { leaveAt, isRough, ended } = facts as unknown as LeaveByFacts;
    return leaveAt > now && !ended ? { leave: { at: leaveAt, isRough } } : {};
  },
  stillStands: (nudge, event) =>
    event !== undefined &&
    takesPlaceForMe(event) &&
    event.startAt === nudge.startAt &&
    nudge.facts.placeMark === markOf(event),
};
