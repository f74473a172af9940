/**
 * "Moved: Tue 14:00 → Wed 10:00", "Cancelled". One notice per thing that happened: a series that moves as a whole is
 * one notice, not fifty.
 */

import { createHash } from 'node:crypto';
import type { CalendarEvent } from '../calendar/event.ts';
import { fingerprint } from '../calendar/merge.ts';
import { MINUTE_MS } from '../clock.ts';
import { type MeetingFacts, meetingFacts } from './facts.ts';
import type { NoticedChange, Nudge, NudgeKind, PlanInput } from './nudge.ts';

/** Late news is still news; it ends with the meeting's start, but is never shorter than this. */
const LEAST_LIFE_MS = 10 * MINUTE_MS;

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
    const { before, after, kind } = one;
    if (!before || one.noticedAt < watchSince || before.isDraft) return [];
    if ((after ?? before).response === 'declined') return [];
    if (Math.max(before.endAt, after?.endAt ?? 0) <= one.noticedAt) return [];
    // What was cancelled before stays in calendars, and may even be moved there; it takes place nowhere.
    if (kind === 'moved') return after?.isCancelled ? [] : [{ ...one, before, change: 'moved' }];
    if (kind === 'cancelled') return [{ ...one, before, change: 'cancelled' }];
    // Gone from an organiser's calendar is a cancellation. Gone from an invitee's is their own doing (they declined,
    // or tidied up after a cancellation that was told): the organiser's cancelling arrives as isCancelled.
    if (kind === 'removed' && before.isOrganizer && !before.isCancelled)
      return [{ ...one, before, change: 'cancelled' }];
    return [];
  });
}

/** Occurrences of one series that changed in the same way in the same round belong together. */
function grouped(changes: Told[]): Told[][] {
  const groups = new Map<string, Told[]>();
  for (const one of changes) {
    const series = (one.after ?? one.before).seriesMasterId ?? one.before.seriesMasterId;
    const key = series ? `${series}|${one.change}|${one.noticedAt}` : one.changeId;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group) => group.sort((a, b) => a.before.startAt - b.before.startAt));
}

function noticeOf(group: Told[]): Nudge | undefined {
  const first = group[0];
  if (!first) return undefined;
  const event = first.after ?? first.before;
  const facts: ChangeFacts = {
    ...meetingFacts(event),
    subject: first.before.subject || event.subject,
    change: first.change,
    beforeStartAt: first.before.startAt,
    beforeEndAt: first.before.endAt,
    ...(first.before.allDay ? { beforeAllDay: first.before.allDay } : {}),
    occurrences: group.length,
  };
  // The version of each entry makes two equal moves, one after the other, two notices.
  const versions = group.map((one) => [one.eventId, one.change, one.before.changeKey, one.after?.changeKey ?? '']);
  const soonest = Math.min(
    ...group.map((one) => Math.min(one.before.startAt, one.after?.startAt ?? one.before.startAt)),
  );
  return {
    kind: 'change',
    eventId: group.length > 1 ? (event.seriesMasterId ?? event.id) : event.id,
    startAt: event.startAt,
    leadMs: 0,
    mark: createHash('sha256').update(fingerprint(versions)).digest('base64url').slice(0, 16),
    earliestAt: first.noticedAt,
    dueAt: first.noticedAt,
    deadlineAt: Math.max(first.noticedAt + LEAST_LIFE_MS, soonest),
    facts: { ...facts },
  };
}

export const changeNotice: NudgeKind = {
  name: 'change',
  plan: ({ changes, person }: PlanInput) =>
    grouped(told(changes, person.watchSince)).flatMap((group) => noticeOf(group) ?? []),
  // A notice tells what happened; what happens next has a notice of its own.
  stillStands: () => true,
};
