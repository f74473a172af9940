/** What an organiser answered when asked for an agenda: not needed (once, or for the series), or ask me later. Pure. */
import { z } from 'zod';
import type { CalendarEvent } from '../calendar/event.ts';
import { DAY_MS } from '../clock.ts';
import type { Answer, Said } from './nudge.ts';

/** Stops the prompt, for one occurrence or (with its master's id) for a series. */
export const AGENDA_SKIPPED = 'agenda.skipped';
/** value: {until: ms}; `eventId` is the occurrence. */
export const AGENDA_POSTPONED = 'agenda.postponed';

/** Nobody waits longer for a question that they put off; what is older was forgotten on the way. */
const POSTPONED_FOR_MS = 3 * DAY_MS;

const postponed = z.object({ until: z.number().finite() });

export type Skip = 'meeting' | 'series';

export interface Postponement {
  until: number;
  answeredAt: number;
}

export const postponedMark = (until: number): string => `postponed ${until}`;

const ofKind = (answers: readonly Answer[], kind: string) =>
  new Map(answers.filter((one) => one.kind === kind).map((one) => [one.eventId, one]));

/** Skips of any question, by the kind of its answer. */
export function skipsIn(answers: readonly Answer[], kind: string): (event: CalendarEvent) => Skip | undefined {
  const skipped = ofKind(answers, kind);
  return ({ id, seriesMasterId }) => {
    if (skipped.size === 0) return undefined;
    if (seriesMasterId !== undefined && skipped.has(seriesMasterId)) return 'series';
    return skipped.has(id) ? 'meeting' : undefined;
  };
}

/** Undefined: not put off, or asked again since. */
export function postponementsIn(
  answers: readonly Answer[],
  now: number,
): (event: CalendarEvent, said: readonly Said[]) => Postponement | undefined {
  const known = ofKind(answers, AGENDA_POSTPONED);
  return (event, said) => {
    const answer = known.size > 0 ? known.get(event.id) : undefined;
    const read = answer && postponed.safeParse(answer.value);
    if (!answer || !read?.success) return undefined;
    const { until } = read.data;
    const { answeredAt } = answer;
    if (until <= answeredAt || until >= event.startAt || until <= now - POSTPONED_FOR_MS) return undefined;
    // A meeting that moved since has another identity, but was asked about at that time.
    const isDone = said.some((one) => one.saidAt >= until && one.startAt !== event.startAt);
    return isDone ? undefined : { until, answeredAt };
  };
}
