/** What to prepare, the evening before: tomorrow's meetings with an agenda, with files, or without my answer. */
import { type CalendarEvent, hasOthers, takesPlaceForMe } from '../calendar/event.ts';
import { addDays, dateOf, instantOn } from '../calendar/zone.ts';
import { DAY_MS, HOUR_MS } from '../clock.ts';
import { disguised, isChosen } from './chosen.ts';
import { daySpan, inOrder, short } from './day-shape.ts';
import type { Nudge, NudgeKind, PlanInput, Span } from './nudge.ts';
import type { Settings } from './settings.ts';

export const EVENING = '17:00';
/** Every mailbox is planned anew at least daily; later cards would say something else by then. */
const AHEAD_MS = 36 * HOUR_MS;
export const MOST_PREPARED = 10;
const MOST_LINES = 3;
const LONGEST_LINK = 300;

export interface PrepareRow {
  eventId: string;
  startAt: number;
  endAt: number;
  subject: string;
  /** Its first lines. */
  agenda: string[];
  hasFiles?: true;
  /** Where the files are. */
  webLink?: string;
  /** Nobody heard from me whether I come. */
  isOpen?: true;
  response: CalendarEvent['response'];
}

export interface PrepareFacts {
  /** "2026-12-02" */
  date: string;
  rows: PrepareRow[];
  /** How many more there are. */
  more: number;
}

interface Evening {
  date: string;
  span: Span;
  dueAt: number;
}

const isOpen = ({ response }: CalendarEvent) => response === 'none' || response === 'notResponded';

/** Invitations lie in the default calendar. */
const isInvited = (event: CalendarEvent) =>
  event.calendarId === '' &&
  !event.isOrganizer &&
  event.response !== 'organizer' &&
  takesPlaceForMe(event) &&
  hasOthers(event);

/** Undefined: there is nothing to prepare. */
function rowOf(event: CalendarEvent, settings: Settings): PrepareRow | undefined {
  const shown = disguised(event, settings);
  if (shown.agenda.length === 0 && !shown.hasAttachments && !isOpen(shown)) return undefined;
  const { webLink } = shown;
  return {
    eventId: event.id,
    startAt: event.startAt,
    endAt: event.endAt,
    subject: short(shown.subject),
    agenda: shown.agenda.slice(0, MOST_LINES),
    ...(shown.hasAttachments ? { hasFiles: true as const } : {}),
    ...(shown.hasAttachments && webLink && webLink.length <= LONGEST_LINK ? { webLink } : {}),
    ...(isOpen(shown) ? { isOpen: true as const } : {}),
    response: event.response,
  };
}

/** Today’s, where it could not be said yet, and the next ones. The same day by another zone's clock is the same day. */
function eveningsToTell({ now, person, said }: PlanInput): Evening[] {
  const { timeZone, watchSince } = person;
  const today = dateOf(now, timeZone);
  return [0, 1, 2].flatMap((ahead): Evening[] => {
    const date = addDays(today, ahead);
    const span = daySpan(date, timeZone);
    const dueAt = instantOn(addDays(date, -1), EVENING, timeZone);
    const isSaid = said.some((one) => one.kind === 'prepare' && Math.abs(one.startAt - span.from) < DAY_MS / 2);
    return dueAt >= watchSince && dueAt <= now + AHEAD_MS && !isSaid ? [{ date, span, dueAt }] : [];
  });
}

function factsOf({ date, span, dueAt }: Evening, invited: CalendarEvent[], settings: Settings) {
  const rows = invited
    // Who invites later has just been told of by an invitation; it is no reason for another word.
    .filter(({ startAt, createdAt = 0 }) => span.from <= startAt && startAt < span.to && createdAt <= dueAt)
    .flatMap((event) => rowOf(event, settings) ?? []);
  const first = rows[0];
  if (!first) return undefined;
  const facts: PrepareFacts = {
    date,
    rows: rows.slice(0, MOST_PREPARED),
    more: Math.max(0, rows.length - MOST_PREPARED),
  };
  return { facts, deadlineAt: first.startAt };
}

export const prepare: NudgeKind = {
  name: 'prepare',
  title: 'Preparation',
  explains: 'the evening before: agendas, files and open answers of tomorrow’s meetings',
  words: ['preparation', 'prepare'],
  isOnAtFirst: true,
  whenUnknown: 'never',
  inSilence: 'wait',
  plan(input) {
    const evenings = eveningsToTell(input);
    const first = evenings[0];
    const last = evenings.at(-1);
    if (!first || !last) return [];
    const { settings } = input.person;
    const invited = input.events
      .filter(
        (event) =>
          event.startAt >= first.span.from &&
          event.startAt < last.span.to &&
          isInvited(event) &&
          isChosen(event, settings),
      )
      .sort(inOrder);
    return evenings.flatMap((evening): Nudge[] => {
      const found = factsOf(evening, invited, settings);
      if (!found) return [];
      return [
        {
          kind: 'prepare',
          eventId: '',
          startAt: evening.span.from,
          leadMs: 0,
          mark: evening.date,
          earliestAt: evening.dueAt,
          dueAt: evening.dueAt,
          deadlineAt: found.deadlineAt,
          facts: { ...found.facts },
        },
      ];
    });
  },
  stillStands: () => true,
};
