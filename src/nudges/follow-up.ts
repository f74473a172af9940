/**
 * After a meeting that the person organised: what was decided, who does what, what stays open. Not while another meeting
 * keeps them; and never for what was over before watching began.
 */
import { z } from 'zod';
import { type CalendarEvent, hasOthers, takesPlaceForMe } from '../calendar/event.ts';
import { HOUR_MS, MINUTE_MS } from '../clock.ts';
import { type Skip, skipsIn } from './agenda-answers.ts';
import { type MeetingFacts, meetingFacts } from './facts.ts';
import { type Answer, HORIZON_MS, type Nudge, type NudgeKind, type PlanInput, type Said } from './nudge.ts';

/** For one occurrence or (with its master's id) for a series. */
export const FOLLOW_UP_SKIPPED = 'followUp.skipped';
/** value: SavedFollowUp, and what was done of it (bot/once.ts); `eventId` is the occurrence. */
export const FOLLOW_UP_SAVED = 'followUp.saved';

/** Until people are out of the door. */
export const AFTER_END_MS = 2 * MINUTE_MS;
/** However many meetings follow. */
export const LONGEST_WAIT_MS = 3 * HOUR_MS;
export const ASKED_FOR_MS = 12 * HOUR_MS;
/** Who switches it on at five is not asked about the whole day. */
const MOST_LATE = 3;

export const LONGEST_DRAFT = 1_500;
export const MOST_NAMED = 8;

const count = z.number().int().min(0).catch(0);
const names = z
  .array(z.string().max(200))
  .max(MOST_NAMED)
  .catch(() => []);
const draft = z.string().max(LONGEST_DRAFT).catch('');
const trouble = z.enum(['consent', 'failed', 'doubtful', 'underway']).optional().catch(undefined);

const saved = z.object({
  /** When the meeting began that it is about; it may be moved and take place again. */
  startAt: z.number(),
  decided: draft,
  tasks: draft,
  open: draft,
  wantsMail: z.boolean().catch(false),
  /** Tasks in the person's own To Do, and of how many. */
  inTodo: count,
  ownTasks: count,
  /** By name: those who were offered theirs in chat, those who are not here. */
  offered: names,
  unreached: names,
  openPoints: count,
  mailed: count,
  taskTrouble: trouble,
  mailTrouble: trouble,
});

/** What was written, and what came of it. */
export type SavedFollowUp = z.infer<typeof saved>;
export type Trouble = NonNullable<SavedFollowUp['taskTrouble']>;

export interface FollowUpFacts extends MeetingFacts {
  skipped?: Skip;
  saved?: SavedFollowUp;
}

export function readSaved(value: unknown, startAt: number): SavedFollowUp | undefined {
  // Of most meetings there is none, and refusing takes its time.
  if (value === undefined) return undefined;
  const read = saved.safeParse(value);
  return read.success && read.data.startAt === startAt ? read.data : undefined;
}

/** In the person's own calendar: what others share was organised by them. */
export function asksForFollowUp(event: CalendarEvent): boolean {
  return (
    takesPlaceForMe(event) &&
    event.isOrganizer &&
    event.calendarId === '' &&
    event.showAs !== 'free' &&
    hasOthers(event)
  );
}

interface Busy {
  startAt: number;
  endAt: number;
}

/** When the person sits with others; what overlaps or touches is one. In order. */
function busySpans(events: readonly CalendarEvent[]): Busy[] {
  const spans: Busy[] = [];
  const meetings = events.filter(
    (event) => takesPlaceForMe(event) && event.calendarId === '' && event.showAs !== 'free' && hasOthers(event),
  );
  for (const { startAt, endAt } of meetings.sort((a, b) => a.startAt - b.startAt)) {
    const last = spans.at(-1);
    if (last && startAt <= last.endAt) last.endAt = Math.max(last.endAt, endAt);
    else spans.push({ startAt, endAt });
  }
  return spans;
}

/** The last of the ordered spans that has begun by `instant`. */
function spanAt(spans: readonly Busy[], instant: number): Busy | undefined {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.startAt ?? 0) <= instant) low = middle + 1;
    else high = middle;
  }
  return spans[low - 1];
}

function dueAfter(endAt: number, spans: readonly Busy[]): number {
  const soonest = endAt + AFTER_END_MS;
  const span = spanAt(spans, soonest);
  const free = span && span.endAt > soonest ? span.endAt : soonest;
  return Math.min(free, endAt + LONGEST_WAIT_MS);
}

const NOTHING: ReadonlyMap<string, Answer> = new Map();

function savedIn(answers: readonly Answer[]): ReadonlyMap<string, Answer> {
  const found = answers.filter((one) => one.kind === FOLLOW_UP_SAVED);
  return found.length === 0 ? NOTHING : new Map(found.map((one) => [one.eventId, one]));
}

const wasSaid = (said: readonly Said[]) => {
  const known = new Set(said.flatMap((one) => (one.kind === 'followUp' ? [`${one.eventId} ${one.startAt}`] : [])));
  return ({ id, startAt }: CalendarEvent) => known.size > 0 && known.has(`${id} ${startAt}`);
};

/** Most have no answer yet: then the facts of the meeting are not copied. */
function factsOf(event: CalendarEvent, skipped: Skip | undefined, done: SavedFollowUp | undefined): Nudge['facts'] {
  const facts = meetingFacts(event) as unknown as Nudge['facts'];
  if (!skipped && !done) return facts;
  return { ...facts, ...(skipped ? { skipped } : {}), ...(done ? { saved: done } : {}) };
}

function nudgeOf(event: CalendarEvent, dueAt: number, facts: Nudge['facts']): Nudge {
  return {
    kind: 'followUp',
    eventId: event.id,
    startAt: event.startAt,
    leadMs: 0,
    earliestAt: dueAt,
    dueAt,
    deadlineAt: event.endAt + ASKED_FOR_MS,
    facts,
    about: event,
  };
}

export const followUp: NudgeKind = {
  name: 'followUp',
  title: 'Follow-ups',
  explains: 'after a meeting of yours: what was decided, who does what',
  words: ['follow-ups', 'follow-up', 'followups', 'followup', 'follow ups', 'follow up'],
  isOnAtFirst: false,
  whenUnknown: 'again',
  inSilence: 'wait',
  plan({ events, answers, said, person, now }: PlanInput) {
    const asked = events
      .filter(
        (event) =>
          asksForFollowUp(event) &&
          event.endAt + ASKED_FOR_MS > now &&
          event.endAt >= person.watchSince &&
          event.endAt <= now + HORIZON_MS,
      )
      // The latest first.
      .sort((a, b) => b.endAt - a.endAt || (a.id < b.id ? -1 : 1));
    if (asked.length === 0) return [];
    const spans = busySpans(events);
    const skipOf = skipsIn(answers, FOLLOW_UP_SKIPPED);
    const savedOf = savedIn(answers);
    const isSaid = wasSaid(said);
    let late = 0;
    return asked.flatMap((event): Nudge[] => {
      const skipped = skipOf(event);
      const done = readSaved(savedOf.get(event.id)?.value, event.startAt);
      const dueAt = dueAfter(event.endAt, spans);
      // What was said stays in the plan, so that its card shows what was answered.
      if (!isSaid(event)) {
        if (skipped || done) return [];
        if (dueAt <= now) late += 1;
        if (dueAt <= now && late > MOST_LATE) return [];
      }
      return [nudgeOf(event, dueAt, factsOf(event, skipped, done))];
    });
  },
  stillStands: (nudge, event) => event !== undefined && asksForFollowUp(event) && event.startAt === nudge.startAt,
};
