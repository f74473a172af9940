/** "Your meeting tomorrow has no agenda", to its organiser, the day before; at once for one that is made later. */
import { type CalendarEvent, hasOthers, takesPlaceForMe } from '../calendar/event.ts';
import { addDays, dateOf, instantOn } from '../calendar/zone.ts';
import { DAY_MS } from '../clock.ts';
import { meetingFacts } from './facts.ts';
import type { Nudge, NudgeKind } from './nudge.ts';

const HOUR_OF_DAY = '09:00';

/** The answer that stops the prompt, for one occurrence or (with its master's id) for a series. */
export const AGENDA_SKIPPED = 'agenda.skipped';

/** A meeting that moves is asked about once, not at each of its times. */
const ASKED_AGAIN_AFTER_MS = 3 * DAY_MS;

function lacksAgenda(event: CalendarEvent): boolean {
  return takesPlaceForMe(event) && event.isOrganizer && hasOthers(event) && event.agenda.length === 0;
}

export const agendaPrompt: NudgeKind = {
  name: 'agenda',
  title: 'Missing agendas',
  explains: 'the day before, when a meeting of yours has no agenda',
  words: ['agenda', 'agendas', 'missing agendas'],
  isOnAtFirst: true,
  whenUnknown: 'again',
  inSilence: 'wait',
  plan({ events, answers, said, person, now }) {
    const asked = new Set(
      said.filter((one) => one.kind === 'agenda' && one.saidAt > now - ASKED_AGAIN_AFTER_MS).map((one) => one.eventId),
    );
    const skipped = new Set(answers.filter((one) => one.kind === AGENDA_SKIPPED).map((one) => one.eventId));
    const dueAtOf = ({ startAt }: { startAt: number }) =>
      instantOn(addDays(dateOf(startAt, person.timeZone), -1), HOUR_OF_DAY, person.timeZone);
    const lacking = events
      .filter((event) => lacksAgenda(event))
      .filter((event) => !skipped.has(event.id) && !skipped.has(event.seriesMasterId ?? ''))
      .sort((a, b) => a.startAt - b.startAt || (a.id < b.id ? -1 : 1));
    const isOld = (event: CalendarEvent) =>
      dueAtOf(event) < person.watchSince && (event.createdAt ?? 0) < person.watchSince;
    // What was there and due before watching began would come all at once: of those, only the next meeting is asked for,
    // and when it was, none of the others. Judged by when it was to start then: it may be gone since, at another time, or
    // an exception of its series that looks new.
    const wasOldAsked = said.some(
      (one) => one.kind === 'agenda' && one.saidAt >= person.watchSince && dueAtOf(one) < person.watchSince,
    );
    const next = wasOldAsked ? undefined : lacking.find((event) => isOld(event) && event.startAt > now);
    const candidates = lacking.filter((event) => !asked.has(event.id));
    return candidates
      .filter((event) => !isOld(event) || event === next)
      .map((event): Nudge => {
        const dueAt = dueAtOf(event);
        return {
          kind: 'agenda',
          eventId: event.id,
          startAt: event.startAt,
          leadMs: 0,
          earliestAt: dueAt,
          dueAt,
          deadlineAt: event.startAt,
          facts: { ...meetingFacts(event) },
          about: event,
        };
      });
  },
  stillStands: (nudge, event) => event !== undefined && lacksAgenda(event) && event.startAt === nudge.startAt,
};
