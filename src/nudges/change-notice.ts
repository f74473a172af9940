/**
 * "Moved: Tue 14:00 → Wed 10:00", "Cancelled". One notice per thing that happened: a series that moves as a whole is
 * one notice, not fifty.
 */

import { createHash } from 'node:crypto';
import type { CalendarEvent } from '../calendar/event.ts';
import { fingerprint } from '../calendar/merge.ts';
import { onceChanged } from '../calendar/once.ts';
import { DAY_MS, MINUTE_MS } from '../clock.ts';
import { type MeetingFacts, meetingFacts } from './facts.ts';
import type { NoticedChange, Nudge, NudgeKind, PlanInput } from './nudge.ts';

/** Late news is still news; it ends with the meeting's start, but is never shorter than this. */
const LEAST_LIFE_MS = 10 * MINUTE_MS;

/**
 * What was noticed longer ago is not told any more. A day less than changes are looked back for: the one of the default
 * calendar, which was told, must not be forgotten before that of a shared one, which was not because of it.
 */
const NEWS_FOR_MS = 6 * DAY_MS;

export interface ChangeFacts extends MeetingFacts {
  change: 'moved' | 'cancelled';
  beforeStartAt: number;
  beforeEndAt: number;
  beforeAllDay?: MeetingFacts['allDay'];
  /** How many occurrences of a series changed together. */
  occurrences: number;
}

type Told = NoticedChange & { before: CalendarEvent; change: ChangeFacts['change'] };

/** What is worth telling: moved or cancelled, not over, and not what I declined. */
function told(changes: NoticedChange[], watchSince: number): Told[] {
  return changes.flatMap((one): Told[] => {
    const { before, after, aspects } = one;
    if (!before || one.toldIn || one.noticedAt < watchSince || before.isDraft) return [];
    if ((after ?? before).response === 'declined') return [];
    if (Math.max(before.endAt, after?.endAt ?? 0) <= one.noticedAt) return [];
    if (aspects.includes('cancelled')) return [{ ...one, before, change: 'cancelled' }];
    // What was cancelled before stays in calendars, and may even be moved there; it takes place nowhere.
    if (aspects.includes('moved')) return after?.isCancelled ? [] : [{ ...one, before, change: 'moved' }];
    // Gone from an organiser's calendar is a cancellation. Gone from an invitee's is their own doing (they declined,
    // or tidied up after a cancellation that was told): the organiser's cancelling arrives as isCancelled.
    // In a calendar that its owner shares nobody else is the organiser, but the answer still says who was.
    const isOrganisers = before.isOrganizer || before.response === 'organizer';
    if (aspects.includes('removed') && isOrganisers && !before.isCancelled)
      return [{ ...one, before, change: 'cancelled' }];
    return [];
  });
}

function noticeOf(one: Told): Nudge {
  const event = one.after ?? one.before;
  const facts: ChangeFacts = {
    ...meetingFacts(event),
    subject: one.before.subject || event.subject,
    change: one.change,
    beforeStartAt: one.before.startAt,
    beforeEndAt: one.before.endAt,
    ...(one.before.allDay ? { beforeAllDay: one.before.allDay } : {}),
    occurrences: one.occurrences.length,
  };
  // The versions make two equal moves, one after the other, two notices.
  const told = [one.change, one.occurrences, one.before.changeKey, one.after?.changeKey ?? ''];
  return {
    kind: 'change',
    eventId: one.eventId,
    startAt: event.startAt,
    leadMs: 0,
    mark: createHash('sha256').update(fingerprint(told)).digest('base64url').slice(0, 16),
    earliestAt: one.noticedAt,
    dueAt: one.noticedAt,
    deadlineAt: Math.max(one.noticedAt + LEAST_LIFE_MS, Math.min(one.before.startAt, event.startAt)),
    facts: { ...facts },
    about: event,
  };
}

export const changeNotice: NudgeKind = {
  name: 'change',
  title: 'Changes',
  explains: 'when a meeting is moved, cancelled, or loses its room',
  words: ['changes', 'change'],
  isOnAtFirst: true,
  whenUnknown: 'again',
  inSilence: 'wait',
  plan: ({ changes, person, now }: PlanInput) =>
    onceChanged(told(changes, person.watchSince))
      .filter((one) => one.noticedAt > now - NEWS_FOR_MS)
      .map(noticeOf),
  // A notice tells what happened; what happens next has a notice of its own.
  stillStands: () => true,
};
