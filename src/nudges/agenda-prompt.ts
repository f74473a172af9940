/**
 * "Your meeting tomorrow has no agenda", to its organiser, the day before; at once for one that is made later. Who puts
 * it off is asked once more, at the time they chose.
 */
import { type CalendarEvent, hasOthers, takesPlaceForMe } from '../calendar/event.ts';
import { addDays, dateOf, instantOn } from '../calendar/zone.ts';
import { DAY_MS } from '../clock.ts';
import {
  AGENDA_SKIPPED,
  type Postponement,
  postponedMark,
  postponementsIn,
  type Skip,
  skipsIn,
} from './agenda-answers.ts';
import { disguised } from './chosen.ts';
import { type MeetingFacts, meetingFacts } from './facts.ts';
import { HORIZON_MS, type Nudge, type NudgeKind, nudgeId, type PlanInput, type Said } from './nudge.ts';
import { type OpenPoints, openPointsFor, openPointsIn } from './open-points.ts';

export { AGENDA_POSTPONED, AGENDA_SKIPPED } from './agenda-answers.ts';

const HOUR_OF_DAY = '09:00';

/** A meeting that moves is asked about once, not at each of its times. */
export const ASKED_AGAIN_AFTER_MS = 3 * DAY_MS;

export interface AgendaFacts extends MeetingFacts {
  /** What an earlier occurrence left open. */
  openPoints?: string[];
  /** What was answered on this card. */
  skipped?: Skip;
  postponedUntil?: number;
}

export function lacksAgenda(event: CalendarEvent): boolean {
  return takesPlaceForMe(event) && event.isOrganizer && hasOthers(event) && event.agenda.length === 0;
}

/** What was said of one kind, by entry. */
export function saidByEntry(said: readonly Said[], kind: string): ReadonlyMap<string, Said[]> {
  const known = new Map<string, Said[]>();
  for (const one of said) {
    if (one.kind !== kind) continue;
    const list = known.get(one.eventId);
    if (list) list.push(one);
    else known.set(one.eventId, [one]);
  }
  return known;
}

const NOTHING_SAID: readonly Said[] = [];

/** The day before, on the person's clock. */
export const dayBefore = (startAt: number, time: string, zone: string): number =>
  instantOn(addDays(dateOf(startAt, zone), -1), time, zone);

/**
 * What was there and due before watching began would come all at once: of those, only the next meeting is asked for, and
 * when it was, none of the others. Judged by when it was to start then: it may be gone since, at another time, or an
 * exception of its series that looks new.
 */
function isInTime(lacking: CalendarEvent[], { said, person, now }: PlanInput): (event: CalendarEvent) => boolean {
  const { watchSince, timeZone } = person;
  const dueAtOf = ({ startAt }: { startAt: number }) => dayBefore(startAt, HOUR_OF_DAY, timeZone);
  // An exception is made when somebody answers or edits an occurrence; its series may have been there for long.
  const isMadeSince = ({ type, createdAt = 0 }: CalendarEvent) => type !== 'exception' && createdAt >= watchSince;
  const isOld = (event: CalendarEvent) => !isMadeSince(event) && dueAtOf(event) < watchSince;
  const wasOldAsked = said.some(
    (one) => one.kind === 'agenda' && one.saidAt >= watchSince && dueAtOf(one) < watchSince,
  );
  const next = wasOldAsked ? undefined : lacking.find((event) => event.startAt > now && isOld(event));
  return (event) => !isOld(event) || event === next;
}

/** Open points are the next occurrence's to deal with, not those of all that follow. */
function openPointsOf({ answers, events, person, now }: PlanInput): (event: CalendarEvent) => string[] {
  const known: ReadonlyMap<string, OpenPoints> = openPointsIn(answers);
  if (known.size === 0) return () => [];
  const next = new Map<string, number>();
  for (const event of events) {
    const key = event.seriesMasterId ?? event.id;
    if (event.startAt <= now || !known.has(key) || !takesPlaceForMe(event)) continue;
    if (openPointsFor(event, known).length > 0) next.set(key, Math.min(event.startAt, next.get(key) ?? event.startAt));
  }
  return (event) => {
    const isNext = next.get(event.seriesMasterId ?? event.id) === event.startAt;
    // Of a private one nothing is shown but its times.
    return isNext && disguised(event, person.settings) === event ? openPointsFor(event, known) : [];
  };
}

interface About {
  event: CalendarEvent;
  facts: AgendaFacts;
  skipped?: Skip;
  postponed?: Postponement;
}

function nudgeOf({ event, facts }: About, dueAt: number, mark?: string): Nudge {
  return {
    kind: 'agenda',
    eventId: event.id,
    startAt: event.startAt,
    leadMs: 0,
    ...(mark ? { mark } : {}),
    earliestAt: dueAt,
    dueAt,
    deadlineAt: event.startAt,
    facts: facts as unknown as Nudge['facts'],
    about: event,
  };
}

/** What was said stays in the plan, so that its card shows what was answered. */
function saidNudges(about: About, said: readonly Said[], personId: string): Nudge[] {
  const { event, facts, skipped, postponed } = about;
  return said.flatMap((one): Nudge[] => {
    if (one.startAt !== event.startAt || one.nudgeId === undefined) return [];
    const dueAt = one.dueAt ?? one.saidAt;
    const marks = [undefined, postponedMark(dueAt), ...(postponed ? [postponedMark(postponed.until)] : [])];
    const index = marks.findIndex((mark) => nudgeId(personId, { ...one, mark }) === one.nudgeId);
    if (index === -1) return [];
    const isPutOff = postponed !== undefined && one.saidAt <= postponed.answeredAt;
    const answered = {
      ...(skipped ? { skipped } : {}),
      ...(isPutOff && !skipped ? { postponedUntil: postponed.until } : {}),
    };
    return [nudgeOf({ event, facts: { ...facts, ...answered } }, dueAt, marks[index])];
  });
}

export const agendaPrompt: NudgeKind = {
  name: 'agenda',
  title: 'Missing agendas',
  explains: 'the day before, when a meeting of yours has no agenda',
  words: ['agenda', 'agendas', 'missing agendas'],
  isOnAtFirst: true,
  whenUnknown: 'again',
  inSilence: 'wait',
  plan(input) {
    const { events, answers, person, now } = input;
    const skipOf = skipsIn(answers, AGENDA_SKIPPED);
    const postponementOf = postponementsIn(answers, now);
    const pointsOf = openPointsOf(input);
    const known = saidByEntry(input.said, 'agenda');
    const lacking = events
      .filter((event) => lacksAgenda(event))
      .sort((a, b) => a.startAt - b.startAt || (a.id < b.id ? -1 : 1));
    const isDue = isInTime(
      lacking.filter((event) => !skipOf(event)),
      input,
    );
    return lacking.flatMap((event): Nudge[] => {
      const said = known.get(event.id) ?? NOTHING_SAID;
      const skipped = skipOf(event);
      const postponed = postponementOf(event, said);
      const dueAt = dayBefore(event.startAt, HOUR_OF_DAY, person.timeZone);
      if (said.length === 0 && !postponed && dueAt > now + HORIZON_MS) return [];
      const openPoints = pointsOf(event);
      const facts: AgendaFacts = { ...meetingFacts(event) };
      if (openPoints.length > 0) facts.openPoints = openPoints;
      const about = { event, facts, skipped, postponed };
      const kept = said.length > 0 ? saidNudges(about, said, person.personId) : [];
      if (skipped) return kept;
      if (postponed) return [...kept, nudgeOf(about, postponed.until, postponedMark(postponed.until))];
      const wasAsked = said.some((one) => one.saidAt > now - ASKED_AGAIN_AFTER_MS);
      if (wasAsked || !isDue(event)) return kept;
      return [...kept, nudgeOf(about, dueAt)];
    });
  },
  shares({ facts }, now) {
    const { skipped, postponedUntil = 0 } = facts as unknown as AgendaFacts;
    return skipped || postponedUntil > now ? {} : { asksAgenda: true };
  },
  stillStands: (nudge, event) => event !== undefined && lacksAgenda(event) && event.startAt === nudge.startAt,
};
