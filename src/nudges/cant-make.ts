/** Two meetings in different places that can't both be made: told when that is known, not when it is too late. */
import { type CalendarEvent, takesPlaceForMe } from '../calendar/event.ts';
import { legKey } from '../travel/port.ts';
import { disguised } from './chosen.ts';
import { type MeetingFacts, meetingFacts } from './facts.ts';
import type { Nudge, NudgeKind } from './nudge.ts';
import { waysIn } from './scene.ts';

/** More of them at once is a calendar that is not meant to be kept. */
const MOST = 5;
const RESPONSES: readonly CalendarEvent['response'][] = ['accepted', 'organizer', 'tentative'];

export interface CantMakeFacts extends MeetingFacts {
  first: Pick<MeetingFacts, 'subject' | 'startAt' | 'endAt' | 'place'>;
  travelMs: number;
  isRough: boolean;
  /** When one would be there at last. */
  arriveAt: number;
}

const isPromised = (event: CalendarEvent) =>
  takesPlaceForMe(event) && event.showAs !== 'free' && RESPONSES.includes(event.response);

export const cantMake: NudgeKind = {
  name: 'cantMake',
  title: 'Two places at once',
  explains: 'when the way between two meetings takes longer than there is time',
  words: ['two places', 'two places at once'],
  isOnAtFirst: true,
  whenUnknown: 'again',
  inSilence: 'wait',
  plan(input) {
    const { person, travel } = input;
    const pairs = waysIn(input).flatMap(({ event, before, leg }): Nudge[] => {
      const estimate = before && isPromised(event) && isPromised(before) ? travel.get(legKey(leg)) : undefined;
      const arriveAt = before && estimate ? before.endAt + estimate.durationMs : 0;
      if (!before || !estimate || arriveAt <= event.startAt) return [];
      const first = disguised(before, person.settings);
      const facts: CantMakeFacts = {
        ...meetingFacts(event),
        first: {
          subject: first.subject,
          startAt: first.startAt,
          endAt: first.endAt,
          ...(first.place ? { place: first.place.name } : {}),
        },
        travelMs: estimate.durationMs,
        isRough: estimate.isRough,
        arriveAt,
      };
      const knownAt = Math.max(person.watchSince, event.createdAt ?? 0, before.createdAt ?? 0);
      return [
        {
          kind: 'cantMake',
          eventId: event.id,
          startAt: event.startAt,
          leadMs: 0,
          mark: `${before.id} ${before.startAt} ${before.endAt}`,
          earliestAt: knownAt,
          dueAt: knownAt,
          deadlineAt: before.endAt,
          facts: { ...facts },
          about: event,
        },
      ];
    });
    return pairs.sort((a, b) => a.startAt - b.startAt || (a.eventId < b.eventId ? -1 : 1)).slice(0, MOST);
  },
  stillStands: (nudge, event) => event !== undefined && isPromised(event) && event.startAt === nudge.startAt,
};
