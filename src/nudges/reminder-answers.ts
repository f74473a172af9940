/** What somebody answered on a reminder, for one occurrence or a whole series: its leads, a snooze, “I’m in”. Pure. */
import type { CalendarEvent } from '../calendar/event.ts';
import { DAY_MS, MINUTE_MS } from '../clock.ts';
import type { Answer } from './nudge.ts';

/** value: {minutes: number[]}, none for an empty list; `eventId` is the occurrence, or the master for its series. */
export const REMINDER_LEADS = 'reminder.leads';
/** value: {until: ms, startAt: ms}; `eventId` of this and the next two is the occurrence. */
export const REMINDER_SNOOZED = 'reminder.snoozed';
/** value: {startAt: ms}. A meeting that moves is another one: it is reminded of again. */
export const REMINDER_JOINED = 'reminder.joined';
export const REMINDER_DISMISSED = 'reminder.dismissed';

/** Outlook lets choose two weeks; a plan doesn't look that far. */
export const LONGEST_LEAD_MS = 7 * DAY_MS;
const MOST_LEADS = 10;

export interface ReminderAnswers {
  /** ms before the start; undefined: as in the settings. */
  leads?: number[];
  snooze?: { until: number; answeredAt: number };
  ended?: 'joined' | 'dismissed';
}

type Answers = ReadonlyMap<string, Answer>;

const keyOf = (kind: string, eventId: string) => `${kind} ${eventId}`;

/** Looked up by kind and entry; there is one answer of each. */
export const reminderAnswers = (answers: Answer[]): Answers =>
  new Map(answers.filter((one) => one.kind.startsWith('reminder.')).map((one) => [keyOf(one.kind, one.eventId), one]));

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** Each lead once, none longer than what is planned for. */
export function orderlyLeads(minutes: readonly number[]): number[] {
  const some = minutes.filter((one) => Number.isFinite(one) && one >= 0).slice(0, MOST_LEADS);
  return [...new Set(some.map((one) => Math.min(one * MINUTE_MS, LONGEST_LEAD_MS)))];
}

function leadsIn(answer: Answer | undefined): number[] | undefined {
  const minutes = fieldOf(answer?.value, 'minutes');
  return Array.isArray(minutes) ? orderlyLeads(minutes.filter((one) => typeof one === 'number')) : undefined;
}

/** One that was given when the meeting was at another time says nothing about it. */
function isAbout(answer: Answer | undefined, startAt: number): answer is Answer {
  const then = fieldOf(answer?.value, 'startAt');
  return answer !== undefined && (then === undefined || then === startAt);
}

function endOf(joined: Answer | undefined, dismissed: Answer | undefined, startAt: number) {
  const ends = [
    ...(isAbout(joined, startAt) ? [{ how: 'joined' as const, answeredAt: joined.answeredAt }] : []),
    ...(isAbout(dismissed, startAt) ? [{ how: 'dismissed' as const, answeredAt: dismissed.answeredAt }] : []),
  ];
  return ends.sort((a, b) => b.answeredAt - a.answeredAt)[0];
}

export function answersAbout(event: CalendarEvent, answers: Answers): ReminderAnswers {
  if (answers.size === 0) return {};
  const given = (kind: string, id = event.id) => answers.get(keyOf(kind, id));
  // “As usual” for this one is a choice too: it ends what was chosen for the series.
  const own = given(REMINDER_LEADS);
  const leads = own
    ? leadsIn(own)
    : event.seriesMasterId
      ? leadsIn(given(REMINDER_LEADS, event.seriesMasterId))
      : undefined;
  const snoozed = given(REMINDER_SNOOZED);
  const until = isAbout(snoozed, event.startAt) ? fieldOf(snoozed.value, 'until') : undefined;
  const isSnoozed = isAbout(snoozed, event.startAt) && typeof until === 'number' && Number.isFinite(until);
  const ended = endOf(given(REMINDER_JOINED), given(REMINDER_DISMISSED), event.startAt);
  // The last word counts: who snoozes after all wants to hear of it.
  const isEnded = ended !== undefined && !(isSnoozed && snoozed.answeredAt > ended.answeredAt);
  return {
    ...(leads ? { leads } : {}),
    ...(isSnoozed ? { snooze: { until: Math.min(until, event.startAt), answeredAt: snoozed.answeredAt } } : {}),
    ...(isEnded ? { ended: ended.how } : {}),
  };
}
