/**
 * What changed, as it is told: who is told of what, and which changes are one message. Pure; change-notice.ts,
 * invitation.ts and double-booking.ts each tell their part of it.
 *
 * The first edit of a thing (an entry, or a series as a whole) is told at once, or when a silence around it ends; what
 * changes in it until then, or within the next minute, belongs to the same message: its identity is of the first edit
 * alone, its facts are of all of them.
 */
import { lostRooms, type OccurrenceChange } from '../calendar/difference.ts';
import type { CalendarEvent } from '../calendar/event.ts';
import { onceChanged } from '../calendar/once.ts';
import { DAY_MS, MINUTE_MS } from '../clock.ts';
import { isCommitted } from './conflicts.ts';
import type { NoticedChange, PlanInput, Span } from './nudge.ts';
import { endOfSilence, silencesIn } from './silence.ts';

/** What happened, heaviest first. */
export const WORDS = ['invited', 'cancelled', 'restored', 'moved', 'roomLost', 'place', 'link'] as const;
export type ChangeWord = (typeof WORDS)[number];

/** Edits of the same thing within this time after the first that was told are one message. */
const TOGETHER_MS = MINUTE_MS;

/**
 * What was noticed longer ago is not told any more. A day less than changes are looked back for: the one of the default
 * calendar, which was told, must not be forgotten before that of a shared one, which was not because of it.
 */
const NEWS_FOR_MS = 6 * DAY_MS;

export const OPEN_RESPONSES: readonly CalendarEvent['response'][] = ['none', 'notResponded', 'tentative'];

/** Asked to come, by somebody else, and not answered for good. Invitations lie in the default calendar. */
export const isInvitation = (event: CalendarEvent) =>
  event.calendarId === '' &&
  !event.isOrganizer &&
  !event.isCancelled &&
  event.attendees.length > 0 &&
  OPEN_RESPONSES.includes(event.response);

const timesOf = ({ startAt, endAt, allDay }: CalendarEvent) =>
  `${startAt} ${endAt} ${allDay?.startDate ?? ''} ${allDay?.endDate ?? ''}`;

/** Outlook writes the service's name into the place of an online meeting; that is no place, and the link says as much. */
const placeOf = ({ place, joinUrl }: CalendarEvent) =>
  place && !(joinUrl && /^(?:microsoft )?teams\b/i.test(place.name)) ? place.name : '';

/**
 * Gone from an organiser's calendar is a cancellation. Gone from an invitee's is their own doing (they declined, or
 * tidied up after a cancellation that was told): the organiser's cancelling arrives as isCancelled. In a calendar that
 * its owner shares nobody else is the organiser, but the answer still says who was.
 */
const isCalledOff = (event: CalendarEvent) =>
  (event.isOrganizer || event.response === 'organizer') && !event.isCancelled;

/** All that happened from the one to the other, heaviest first; whoever did it. */
export function wordsBetween(before: CalendarEvent | undefined, after: CalendarEvent | undefined): ChangeWord[] {
  if (!before) return after && isInvitation(after) ? ['invited'] : [];
  if (!after) return isCalledOff(before) ? ['cancelled'] : [];
  // What was cancelled before stays in calendars, and may even be moved there; it takes place nowhere.
  if (after.isCancelled) return before.isCancelled ? [] : ['cancelled'];
  const happened: Partial<Record<ChangeWord, boolean>> = {
    restored: before.isCancelled,
    moved: timesOf(before) !== timesOf(after),
    roomLost: lostRooms(before, after).length > 0,
    place: placeOf(before) !== placeOf(after),
    link: before.joinUrl !== after.joinUrl,
  };
  return WORDS.filter((word) => happened[word]);
}

/** It was under way when it changed, or over: then another room is of no use. */
export const hasBegun = (one: OccurrenceChange, { after, noticedAt }: Pick<NoticedChange, 'after' | 'noticedAt'>) =>
  (one.toStartAt ?? after?.startAt ?? Number.POSITIVE_INFINITY) <= noticedAt;

/** Told in another way, or of no use to know. */
const isLossSilent = (change: NoticedChange, { lossesTold }: PlanInput): boolean =>
  lossesTold?.has(change.changeId) === true || change.occurrences.every((one) => hasBegun(one, change));

/** What one does oneself one knows; that a room said no is not one's own doing. */
function news(happened: ChangeWord[], change: NoticedChange, input: PlanInput): ChangeWord[] {
  const { before, after } = change;
  const { settings } = input.person;
  const isSilent = happened.includes('roomLost') && isLossSilent(change, input);
  const words = isSilent ? happened.filter((word) => word !== 'roomLost') : happened;
  const isOurs = after !== undefined && input.ownWrites.has(after.changeKey);
  const isMine = (after ?? before)?.isOrganizer === true && !settings.tellOwnChanges;
  if (!isOurs && !isMine) return words;
  const isRefused = before !== undefined && after !== undefined && lostRooms(before, after).some((it) => it.isDeclined);
  return words.filter((word) => word === 'roomLost' && isRefused);
}

/** The change takes time of the person that was not taken before. */
function takesTime({ before, after }: NoticedChange): boolean {
  if (!after || !isCommitted(after)) return false;
  return !before || !isCommitted(before) || timesOf(before) !== timesOf(after);
}

/** A change with what it is to this person. */
export interface Judged {
  change: NoticedChange;
  /** Place in the order in which everything happened. */
  position: number;
  /** Whoever did it. */
  words: ChangeWord[];
  told: ChangeWord[];
  takesTime: boolean;
}

const weightOf = (words: ChangeWord[]) => (words[0] ? WORDS.indexOf(words[0]) : WORDS.length);

/** Nobody wants to hear of it: a draft, what they declined, what is over, what was told in another way. */
function isNothing({ before, after, toldIn, noticedAt }: NoticedChange, watchSince: number): boolean {
  const event = after ?? before;
  if (!event || toldIn || noticedAt < watchSince) return true;
  if (event.isDraft || before?.isDraft || event.response === 'declined') return true;
  return Math.max(before?.endAt ?? 0, after?.endAt ?? 0) <= noticedAt;
}

const NOTHING = { words: [], told: [], takesTime: false };

const keyOf = ({ eventId, before, after, occurrences }: NoticedChange) =>
  [eventId, before?.changeKey, after?.changeKey, occurrences.length, occurrences[0]?.eventId].join('|');

/** In the order in which they were noticed, whatever order they came in. */
function judged(input: PlanInput): Judged[] {
  const all = input.changes.map((change): Omit<Judged, 'position'> => {
    if (isNothing(change, input.person.watchSince)) return { change, ...NOTHING };
    const words = wordsBetween(change.before, change.after);
    return {
      change,
      words,
      told: news(words, change, input),
      takesTime: takesTime(change),
    };
  });
  all.sort(
    (a, b) =>
      a.change.noticedAt - b.change.noticedAt ||
      weightOf(a.words) - weightOf(b.words) ||
      (keyOf(a.change) < keyOf(b.change) ? -1 : 1),
  );
  // A meeting in several calendars is told of once; who moved theirs does not hear of it from their manager's copy.
  const once = new Set(
    onceChanged(
      all
        .filter((one) => one.words.length > 0 || one.takesTime)
        .map((one) => ({ ...one.change, judged: one, before: one.change.before, after: one.change.after })),
    ).map((one) => one.judged),
  );
  return all.map((one, position) => ({ ...one, ...(once.has(one) ? {} : NOTHING), position }));
}

/** Changes of one thing that are one message. */
export interface Group {
  /** The first that is told: it alone is the message's identity. */
  first: Judged;
  all: Judged[];
  /** Nobody could hear of it before. */
  heardAt: number;
}

/** By then the first is an invitation that was answered unheard: what follows is about a meeting that one has. */
const isAnswered = ({ told }: Judged, { after }: NoticedChange) =>
  told.includes('invited') && after !== undefined && !OPEN_RESPONSES.includes(after.response);

/**
 * @param opens whether this change is worth a message, seen with those that would belong to it
 * @param heardAtOf when that message can be heard, or was
 */
function grouped(all: Judged[], opens: (group: Group) => boolean, heardAtOf: (first: Judged) => number): Group[] {
  const byThing = new Map<string, Judged[]>();
  for (const one of all) {
    const known = byThing.get(one.change.eventId);
    if (known) known.push(one);
    else byThing.set(one.change.eventId, [one]);
  }
  return [...byThing.values()].flatMap((changes) => {
    const groups: Group[] = [];
    for (let index = 0; index < changes.length; ) {
      const first = changes[index] as Judged;
      const minute = first.change.noticedAt + TOGETHER_MS;
      // What is no news of its own (it takes time) keeps none that is waiting.
      const heardAt = first.told.length > 0 ? heardAtOf(first) : first.change.noticedAt;
      const until = Math.max(minute, heardAt);
      const isApart = ({ change }: Judged) =>
        change.noticedAt > until || (change.noticedAt > minute && isAnswered(first, change));
      const end = changes.findIndex((one, at) => at > index && isApart(one));
      const group = { first, all: changes.slice(index, end === -1 ? undefined : end), heardAt };
      const isTold = (first.told.length > 0 || first.takesTime) && opens(group);
      if (isTold) groups.push(group);
      index += isTold ? group.all.length : 1;
    }
    return groups;
  });
}

/** When each entry's time was last taken: which of two that overlap made the double booking. */
export type TakenAt = ReadonlyMap<string, number>;

function takenAt(all: Judged[]): TakenAt {
  const last = new Map<string, number>();
  for (const { change, takesTime: takes, position } of all)
    if (takes) for (const { eventId } of change.occurrences) last.set(eventId, position);
  return last;
}

export interface News {
  groups: Group[];
  taken: TakenAt;
  /** When nobody wants to hear of it. */
  silent: Span[];
}

/** @param dueAtOf when the message of that change was due, if it was said */
export function groupsOf(
  input: PlanInput,
  opens: (group: Group, taken: TakenAt) => boolean,
  dueAtOf: (first: Judged) => number | undefined,
): News {
  const all = judged(input);
  const taken = takenAt(all);
  // What waited for the end of a silence, be it a holiday, is news from then on.
  const { both: silent } = silencesIn(input);
  const isNews = ({ first: { change } }: Group) => endOfSilence(change.noticedAt, silent) > input.now - NEWS_FOR_MS;
  // A silence that was ended or chosen since changes nothing about what was said.
  const heardAtOf = (first: Judged) => dueAtOf(first) ?? endOfSilence(first.change.noticedAt, silent);
  // Grouped first: what is too old for news must not make a message of its own out of the rest of it.
  return { groups: grouped(all, (group) => opens(group, taken), heardAtOf).filter(isNews), taken, silent };
}
