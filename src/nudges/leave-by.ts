/**
 * "Leave by 13:25 to be at … by 14:00", for a meeting that is somewhere else than one was before; and once more when it is
 * time to go. How long the way takes is asked for again as that nears; it is told again only when leaving has moved.
 */
import { hash } from 'node:crypto';
import { type CalendarEvent, takesPlaceForMe } from '../calendar/event.ts';
import { fingerprint } from '../calendar/merge.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../clock.ts';
import { type Estimate, legKey } from '../travel/port.ts';
import type { Way } from '../travel/ways.ts';
import { disguised } from './chosen.ts';
import { type MeetingFacts, meetingFacts } from './facts.ts';
import type { Nudge, NudgeKind, PlanInput, Said } from './nudge.ts';
import { waysIn } from './scene.ts';

/** Said this much before one has to go. */
export const NOTICE_MS = 10 * MINUTE_MS;
/** A way that takes a little more or less is no news. */
export const TOLD_AGAIN_MS = 5 * MINUTE_MS;
/** "I'm already there", "I join online": no way to go for this occurrence. */
export const THERE_ALREADY = 'travel.there';
export const JOINS_ONLINE = 'travel.online';

/** When the way is asked for again, before leaving; where there is traffic, by the hour before that too. */
const ASKED_AGAIN_MS = [12 * MINUTE_MS, 30 * MINUTE_MS];
const ASKED_AGAIN_TRAFFIC_MS = [...ASKED_AGAIN_MS, HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS];

export interface LeaveByFacts extends MeetingFacts {
  leaveAt: number;
  travelMs: number;
  spareMs: number;
  fromName: string;
  isRough: boolean;
  hasTraffic?: true;
  /** Which place it was; the place itself is not in the facts of a private meeting. */
  placeMark: string;
  /** They need not go after all. */
  ended?: 'there' | 'online';
}

/** Not its name: of a private meeting that must not be in the facts. */
const markOf = ({ place }: CalendarEvent) =>
  hash('sha256', fingerprint([place?.name ?? '', place?.address ?? '']), 'base64url').slice(0, 16);

interface Journey {
  way: Way;
  estimate: Estimate;
  leaveAt: number;
  ended: LeaveByFacts['ended'];
}

function endings({ answers }: PlanInput): Map<string, LeaveByFacts['ended']> {
  const ended = new Map<string, LeaveByFacts['ended']>();
  for (const { kind, eventId } of answers) {
    if (kind === THERE_ALREADY) ended.set(eventId, 'there');
    if (kind === JOINS_ONLINE) ended.set(eventId, 'online');
  }
  return ended;
}

function journeys(input: PlanInput): Journey[] {
  const spareMs = input.person.settings.spareMinutes * MINUTE_MS;
  const ended = endings(input);
  return waysIn(input).flatMap((way): Journey[] => {
    const estimate = input.travel.get(legKey(way.leg));
    if (!estimate) return [];
    const leaveAt = way.event.startAt - estimate.durationMs - spareMs;
    return [{ way, estimate, leaveAt, ended: ended.get(way.event.id) }];
  });
}

/** What was told of this way already: how often, and for when. */
function toldOf(said: Said[], event: CalendarEvent, placeMark: string): { times: number; leaveAt?: number } {
  const told = said.filter(
    (one) =>
      one.kind === 'leaveBy' &&
      one.eventId === event.id &&
      one.startAt === event.startAt &&
      one.leadMs === NOTICE_MS &&
      one.facts?.placeMark === placeMark,
  );
  const last = told.reduce<Said | undefined>((a, b) => (a && a.saidAt > b.saidAt ? a : b), undefined);
  const leaveAt = Number(last?.facts?.leaveAt);
  return { times: told.length, ...(Number.isFinite(leaveAt) ? { leaveAt } : {}) };
}

function nudgesFor({ way, estimate, leaveAt, ended }: Journey, input: PlanInput): Nudge[] {
  const { event, before, fromName } = way;
  const { settings } = input.person;
  const placeMark = markOf(event);
  const told = toldOf(input.said, event, placeMark);
  const facts: LeaveByFacts = {
    ...meetingFacts(event),
    leaveAt,
    travelMs: estimate.durationMs,
    spareMs: settings.spareMinutes * MINUTE_MS,
    // Where a private appointment was is not said either.
    fromName: before && disguised(before, settings) !== before ? '' : fromName,
    isRough: estimate.isRough,
    ...(estimate.hasTraffic ? { hasTraffic: true as const } : {}),
    placeMark,
    ...(ended ? { ended } : {}),
  };
  const shared = { kind: 'leaveBy', eventId: event.id, startAt: event.startAt, facts: { ...facts }, about: event };
  const isAsTold = told.leaveAt !== undefined && Math.abs(leaveAt - told.leaveAt) <= TOLD_AGAIN_MS;
  const turn = isAsTold ? told.times - 1 : told.times;
  const nudges: Nudge[] = [];
  // Who need not go is told nothing more; what was told says so.
  if (!ended || isAsTold)
    nudges.push({
      ...shared,
      leadMs: NOTICE_MS,
      mark: `${placeMark} ${turn}`,
      earliestAt: leaveAt - NOTICE_MS - 5 * MINUTE_MS,
      dueAt: leaveAt - NOTICE_MS,
      // From then on it is time to go.
      deadlineAt: isAsTold ? event.startAt : leaveAt,
    });
  if (!ended)
    nudges.push({
      ...shared,
      leadMs: 0,
      mark: `${placeMark} now`,
      earliestAt: leaveAt,
      dueAt: leaveAt,
      deadlineAt: event.startAt,
    });
  return nudges;
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
  plan: (input) => journeys(input).flatMap((journey) => nudgesFor(journey, input)),
  againAt(input) {
    // Only what lies ahead, so that asking again never asks for the same moment twice.
    const soonest = input.now + SECOND_MS;
    const moments = journeys(input)
      .filter(({ ended }) => !ended)
      .flatMap(({ leaveAt, estimate }) =>
        (estimate.hasTraffic ? ASKED_AGAIN_TRAFFIC_MS : ASKED_AGAIN_MS).map((beforeMs) => leaveAt - beforeMs),
      )
      .filter((moment) => moment > soonest);
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
