/**
 * "What do you want to talk about with Ann?", to whom Ann invited to a 1:1 without an agenda, the day before: she is
 * asked for one too (agenda-prompt.ts). Asked only where Ann uses the bot: what is written goes to her first.
 */
import { z } from 'zod';
import { type CalendarEvent, takesPlaceForMe } from '../calendar/event.ts';
import { type Skip, skipsIn } from './agenda-answers.ts';
import { ASKED_AGAIN_AFTER_MS, dayBefore, saidByEntry } from './agenda-prompt.ts';
import { type MeetingFacts, meetingFacts } from './facts.ts';
import type { Answer, Nudge, NudgeKind } from './nudge.ts';

const HOUR_OF_DAY = '09:30';

/** Stops the question, for one occurrence or (with its master's id) for a series. */
export const POINTS_SKIPPED = 'points.skipped';
/** value: {points: string[], startAt: ms}; the invitee's own note of what they sent. */
export const POINTS_SUGGESTED = 'points.suggested';

export interface InviteePointsFacts extends MeetingFacts {
  /** What was answered on this card. */
  suggested?: string[];
  skipped?: Skip;
}

const suggestion = z.object({ points: z.array(z.string()).max(100), startAt: z.number() });

/** What somebody sent for a meeting at that time; one that moves may be thought about anew. */
export function suggestionsIn(
  answers: readonly Answer[],
): (event: Pick<CalendarEvent, 'id' | 'startAt'>) => string[] | undefined {
  const known = new Map(answers.filter((one) => one.kind === POINTS_SUGGESTED).map((one) => [one.eventId, one.value]));
  return ({ id, startAt }) => {
    const read = suggestion.safeParse(known.get(id));
    return read.success && read.data.startAt === startAt ? read.data.points : undefined;
  };
}

/** The one other person in a 1:1; rooms don't count. Undefined: there are more, or none. */
export function inviteeOf({ attendees, organizer }: CalendarEvent): CalendarEvent['attendees'][number] | undefined {
  let only: CalendarEvent['attendees'][number] | undefined;
  for (const one of attendees) {
    if (one.type === 'resource' || one.address === organizer.address) continue;
    if (only && only.address !== one.address) return undefined;
    only = one;
  }
  return only;
}

const COMING: readonly CalendarEvent['response'][] = ['accepted', 'tentative', 'notResponded'];

/** Invitations lie in the default calendar. */
export const isInvitedToOneToOne = (event: CalendarEvent): boolean =>
  event.calendarId === '' &&
  !event.isOrganizer &&
  COMING.includes(event.response) &&
  takesPlaceForMe(event) &&
  inviteeOf(event) !== undefined;

/** A group that is invited under one address looks like one person. */
const isFor = (event: CalendarEvent, address: string | undefined): boolean =>
  address === undefined || inviteeOf(event)?.address === address;

const lacksPoints = (event: CalendarEvent): boolean => event.agenda.length === 0 && isInvitedToOneToOne(event);

export const inviteePoints: NudgeKind = {
  name: 'inviteePoints',
  title: 'Points for 1:1s',
  explains: 'the day before a 1:1 that you’re invited to, to suggest what to talk about',
  words: ['points', 'points for 1:1s', '1:1s'],
  isOnAtFirst: true,
  whenUnknown: 'again',
  inSilence: 'wait',
  plan({ events, answers, said, person, colleagues, now }) {
    if (colleagues.size === 0) return [];
    const skipOf = skipsIn(answers, POINTS_SKIPPED);
    const suggestionFor = suggestionsIn(answers);
    const known = saidByEntry(said, 'inviteePoints');
    return events.flatMap((event): Nudge[] => {
      if (!colleagues.has(event.organizer.address) || !lacksPoints(event) || !isFor(event, person.address)) return [];
      const dueAt = dayBefore(event.startAt, HOUR_OF_DAY, person.timeZone);
      const createdAt = event.createdAt ?? 0;
      // What was there and due before watching began is not made up for.
      if (dueAt < person.watchSince && createdAt < person.watchSince) return [];
      const asked = known.get(event.id) ?? [];
      const wasAskedOfThis = asked.some((one) => one.startAt === event.startAt);
      if (!wasAskedOfThis) {
        if (asked.some((one) => one.saidAt > now - ASKED_AGAIN_AFTER_MS)) return [];
        // One that came after its hour has just been told of as an invitation: that is to be answered first.
        if (event.response === 'notResponded' && createdAt > dueAt) return [];
      }
      const skipped = skipOf(event);
      const suggested = suggestionFor(event);
      // Once said it stays in the plan, so that its card shows what was answered.
      if ((skipped || suggested) && !wasAskedOfThis) return [];
      const facts: InviteePointsFacts = {
        ...meetingFacts(event),
        ...(suggested ? { suggested } : skipped ? { skipped } : {}),
      };
      return [
        {
          kind: 'inviteePoints',
          eventId: event.id,
          startAt: event.startAt,
          leadMs: 0,
          earliestAt: dueAt,
          dueAt,
          deadlineAt: event.startAt,
          facts: { ...facts },
          about: event,
        },
      ];
    });
  },
  stillStands: (nudge, event) => event !== undefined && lacksPoints(event) && event.startAt === nudge.startAt,
};
