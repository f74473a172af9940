/** "Leave by 13:25 to be at … by 14:00", for a meeting that is somewhere else than one was before. */
import { takesPlaceForMe } from '../calendar/event.ts';
import { MINUTE_MS } from '../clock.ts';
import { legKey } from '../travel/port.ts';
import { waysOf } from '../travel/ways.ts';
import { type MeetingFacts, meetingFacts } from './facts.ts';
import type { Nudge, NudgeKind } from './nudge.ts';

/** Said this much before one has to go. */
export const NOTICE_MS = 10 * MINUTE_MS;

export interface LeaveByFacts extends MeetingFacts {
  leaveAt: number;
  travelMs: number;
  spareMs: number;
  fromName: string;
  isRough: boolean;
}

export const leaveBy: NudgeKind = {
  name: 'leaveBy',
  title: 'Time to leave',
  explains: 'when it is time to leave for a place across town',
  words: ['leave', 'leaving', 'time to leave', 'travel'],
  isOnAtFirst: true,
  whenUnknown: 'again',
  inSilence: 'drop',
  plan({ events, person, travel }) {
    const spareMs = person.settings.spareMinutes * MINUTE_MS;
    const scene = { ...person, by: person.settings.travelBy };
    return waysOf(events, scene).flatMap(({ event, fromName, leg }): Nudge[] => {
      const estimate = travel.get(legKey(leg));
      if (!estimate) return [];
      const leaveAt = event.startAt - estimate.durationMs - spareMs;
      const dueAt = leaveAt - NOTICE_MS;
      const facts: LeaveByFacts = {
        ...meetingFacts(event),
        leaveAt,
        travelMs: estimate.durationMs,
        spareMs,
        fromName,
        isRough: estimate.isRough,
      };
      return [
        {
          kind: 'leaveBy',
          eventId: event.id,
          startAt: event.startAt,
          leadMs: 0,
          // Told again when the meeting is somewhere else now.
          mark: event.place?.name ?? '',
          earliestAt: dueAt - 5 * MINUTE_MS,
          dueAt,
          deadlineAt: event.startAt,
          facts: { ...facts },
          about: event,
        },
      ];
    });
  },
  stillStands: (nudge, event) =>
    event !== undefined &&
    takesPlaceForMe(event) &&
    event.startAt === nudge.startAt &&
    event.place?.name === nudge.facts.place,
};
