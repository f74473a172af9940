/**
 * "Starts in 15 minutes", with the way in: at each lead, once more after a snooze, and on request again when it starts.
 * Of two that have come due only the later is said: each is in time until the next one is.
 */
import { type CalendarEvent, takesPlaceForMe } from '../calendar/event.ts';
import { MINUTE_MS } from '../clock.ts';
import { type MeetingFacts, meetingFacts } from './facts.ts';
import { HORIZON_MS, type Nudge, type NudgeKind, nudgeId, type PlanInput, type Said } from './nudge.ts';
import { answersAbout, orderlyLeads, type ReminderAnswers, reminderAnswers } from './reminder-answers.ts';
import { EARLINESS_MS, type Settings } from './settings.ts';
import {
  againAtStart,
  type Moment,
  type Moments,
  STILL_SAID_MS,
  snoozeMark,
  startMark,
  startsOf,
} from './start-again.ts';

export interface ReminderFacts extends MeetingFacts {
  /** How many of the others have accepted; `others` begins with them. */
  accepted: number;
  /** I organise it, and nobody wrote what it is about. */
  noAgenda?: true;
  /** It is said again at the start until somebody joins. */
  untilJoined?: true;
  snoozedUntil?: number;
  ended?: 'joined' | 'dismissed';
}

/** As of any meeting, with those who are in first and those who declined last. */
export function reminderFacts(event: CalendarEvent): ReminderFacts {
  const facts: ReminderFacts = { ...meetingFacts(event), accepted: 0 };
  const most = facts.others.length;
  if (facts.othersCount === 0) return facts;
  const [coming, open, declined]: [string[], string[], string[]] = [[], [], []];
  for (const { type, address, name, response } of event.attendees) {
    if (type === 'resource' || address === event.organizer.address || address === event.myAddress) continue;
    if (response === 'accepted') facts.accepted += 1;
    const rank = response === 'accepted' ? coming : response === 'declined' ? declined : open;
    // More are not shown.
    if (rank.length < most) rank.push(name || address);
  }
  facts.others = [...coming, ...open, ...declined].slice(0, most);
  if (event.isOrganizer && event.agenda.length === 0) facts.noAgenda = true;
  return facts;
}

type Spoken = Pick<Settings, 'remindMinutes' | 'remindAsOutlook' | 'remindAtStart'>;

/** Nothing of it can be due before this; far less is asked than its moments are. */
function soonestOf({ startAt }: CalendarEvent, { snooze }: ReminderAnswers, leads: readonly number[]): number {
  let longest = 0;
  for (const leadMs of leads) if (leadMs > longest) longest = leadMs;
  return Math.min(startAt - longest, snooze?.until ?? startAt);
}

/** In ms before the start; none where somebody wants none. */
function leadsOf(event: CalendarEvent, { leads }: ReminderAnswers, settings: Spoken, usual: number[]): number[] {
  if (leads) return leads;
  if (!settings.remindAsOutlook) return usual;
  return event.reminderMinutes === undefined ? [] : orderlyLeads([event.reminderMinutes]);
}

const activeSnooze = ({ snooze }: ReminderAnswers) => (snooze && snooze.until > snooze.answeredAt ? snooze : undefined);

/** What is asked for, soonest first, each moment once. */
function momentsOf(
  event: CalendarEvent,
  answers: ReminderAnswers,
  settings: Spoken,
  leads: number[],
  plan: Moments,
): Moment[] {
  const { startAt } = event;
  // No reminder for this meeting, said by the person or in Outlook, is none at its start either.
  const wantsNone = leads.length === 0 && (answers.leads !== undefined || settings.remindAsOutlook);
  const moments = settings.remindAtStart && !wantsNone ? againAtStart(event, plan.starts, plan.now) : [];
  const isTaken = (dueAt: number) => moments.some((one) => one.dueAt === dueAt);
  const snooze = activeSnooze(answers);
  if (snooze && !isTaken(snooze.until))
    moments.push({ leadMs: 0, mark: snoozeMark(snooze.until), dueAt: snooze.until, lastsMs: MINUTE_MS });
  for (const leadMs of leads) {
    const dueAt = startAt - leadMs;
    // Who snoozes wants to hear nothing until then.
    const isHushed = snooze !== undefined && dueAt <= snooze.until;
    if (!isHushed && !isTaken(dueAt)) moments.push({ leadMs, dueAt, lastsMs: MINUTE_MS, mayBeEarly: true });
  }
  return moments.sort((a, b) => a.dueAt - b.dueAt);
}

const dueAtOf = (said: Said) => said.dueAt ?? said.startAt - said.leadMs;

/** Only leads of no length have marks. Undefined: not to be told, and a wrong one would be said anew. */
function identityOf(one: Said, personId: string): { mark?: string } | undefined {
  if (one.leadMs > 0) return {};
  const dueAt = dueAtOf(one);
  const marks = [undefined, snoozeMark(dueAt), startMark(dueAt - one.startAt)];
  const isIt = (mark: string | undefined) => nudgeId(personId, { ...one, mark }) === one.nudgeId;
  const index = marks.findIndex(isIt);
  const mark = marks[index];
  return index === -1 ? undefined : mark ? { mark } : {};
}

/** What was said stays in the plan until the meeting is over, so that its card shows what became of it. */
function saidNudges(
  event: CalendarEvent,
  said: Said[],
  facts: ReminderFacts,
  answers: ReminderAnswers,
  personId: string,
): Nudge[] {
  const { ended } = answers;
  const snooze = activeSnooze(answers);
  return said.flatMap((one): Nudge[] => {
    const identity = identityOf(one, personId);
    if (!identity) return [];
    const dueAt = dueAtOf(one);
    const isSnoozed = snooze !== undefined && one.saidAt <= snooze.answeredAt;
    return [
      {
        kind: 'reminder',
        eventId: event.id,
        startAt: event.startAt,
        leadMs: one.leadMs,
        ...identity,
        earliestAt: dueAt,
        dueAt,
        deadlineAt: Math.max(event.endAt, dueAt + MINUTE_MS),
        facts: { ...facts, ...(isSnoozed ? { snoozedUntil: snooze.until } : {}), ...(ended ? { ended } : {}) },
        about: event,
      },
    ];
  });
}

/** Said already; or something was said since it was due, as when a longer lead is chosen. */
const isPast = ({ dueAt, leadMs }: Moment, said: Said[]) =>
  said.some((one) => one.saidAt >= dueAt || (one.leadMs === leadMs && dueAtOf(one) === dueAt));

function openNudges(event: CalendarEvent, said: Said[], moments: Moment[], facts: ReminderFacts): Nudge[] {
  const { id: eventId, startAt } = event;
  const nudges: Nudge[] = [];
  for (const [index, moment] of moments.entries()) {
    const { leadMs, mark, dueAt, lastsMs, mayBeEarly } = moment;
    if (isPast(moment, said)) continue;
    const before = moments[index - 1]?.dueAt ?? Number.NEGATIVE_INFINITY;
    const next = moments[index + 1]?.dueAt ?? Number.POSITIVE_INFINITY;
    const nudge: Nudge = {
      kind: 'reminder',
      eventId,
      startAt,
      leadMs,
      earliestAt: mayBeEarly ? Math.max(dueAt - EARLINESS_MS, before) : dueAt,
      dueAt,
      deadlineAt: Math.max(dueAt < startAt ? Math.min(next, startAt) : 0, dueAt + lastsMs),
      facts: facts as unknown as Record<string, unknown>,
      about: event,
    };
    if (mark) nudge.mark = mark;
    nudges.push(nudge);
  }
  return nudges;
}

const NOTHING_SAID: Said[] = [];

function saidByEvent(said: Said[]): Map<string, Said[]> {
  const byEvent = new Map<string, Said[]>();
  for (const one of said) {
    if (one.kind !== 'reminder') continue;
    const known = byEvent.get(one.eventId);
    if (known) known.push(one);
    else byEvent.set(one.eventId, [one]);
  }
  return byEvent;
}

export const reminder: NudgeKind = {
  name: 'reminder',
  title: 'Reminders',
  explains: 'before a meeting, with the way in',
  words: ['reminders', 'reminder'],
  isOnAtFirst: true,
  whenUnknown: 'again',
  inSilence: 'drop',
  plan({ events, person, answers, said, now }: PlanInput) {
    const { settings } = person;
    const attended = events.filter(
      (event) => takesPlaceForMe(event) && Math.max(event.startAt, event.endAt) + STILL_SAID_MS > now,
    );
    const moments: Moments = {
      now,
      usual: orderlyLeads(settings.remindMinutes),
      starts: settings.remindAtStart ? startsOf(attended) : [],
    };
    const given = reminderAnswers(answers);
    const spoken = saidByEvent(said);
    return attended.flatMap((event): Nudge[] => {
      const about = answersAbout(event, given);
      const saidOfIt = spoken.get(event.id)?.filter((one) => one.startAt === event.startAt) ?? NOTHING_SAID;
      const leads = leadsOf(event, about, settings, moments.usual);
      if (saidOfIt.length === 0 && soonestOf(event, about, leads) > now + HORIZON_MS) return [];
      const asked = momentsOf(event, about, settings, leads, moments);
      if (saidOfIt.length === 0 && asked.length === 0) return [];
      const facts = reminderFacts(event);
      if (settings.remindAtStart) facts.untilJoined = true;
      const open = about.ended ? [] : openNudges(event, saidOfIt, asked, facts);
      return saidOfIt.length === 0 ? open : [...open, ...saidNudges(event, saidOfIt, facts, about, person.personId)];
    });
  },
  stillStands: (nudge, event) => event !== undefined && takesPlaceForMe(event) && event.startAt === nudge.startAt,
};
