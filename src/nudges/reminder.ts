/** "Starts in 15 minutes", with the way in. */
import { takesPlaceForMe } from '../calendar/event.ts';
import { MINUTE_MS } from '../clock.ts';
import { meetingFacts } from './facts.ts';
import type { Nudge, NudgeKind } from './nudge.ts';
import { EARLINESS_MS } from './settings.ts';

export const reminder: NudgeKind = {
  name: 'reminder',
  title: 'Reminders',
  explains: 'before a meeting, with the way in',
  words: ['reminders', 'reminder'],
  isOnAtFirst: true,
  whenUnknown: 'again',
  inSilence: 'drop',
  plan({ events, person }) {
    const leads = [...new Set(person.settings.remindMinutes)].map((minutes) => minutes * MINUTE_MS);
    return events.filter(takesPlaceForMe).flatMap((event) =>
      leads.map((leadMs): Nudge => {
        const dueAt = event.startAt - leadMs;
        return {
          kind: 'reminder',
          eventId: event.id,
          startAt: event.startAt,
          leadMs,
          earliestAt: dueAt - EARLINESS_MS,
          dueAt,
          // One at the very start would have no moment left to be sent in.
          deadlineAt: Math.max(event.startAt, dueAt + MINUTE_MS),
          facts: { ...meetingFacts(event) },
          about: event,
        };
      }),
    );
  },
  stillStands: (nudge, event) => event !== undefined && takesPlaceForMe(event) && event.startAt === nudge.startAt,
};
