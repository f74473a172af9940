/**
 * What is said about changes: news (change-notice.ts), invitations (invitation.ts), double bookings (double-booking.ts).
 * A change that is news and makes a double booking is one message. Pure.
 */
import { lostRooms } from '../calendar/difference.ts';
import type { CalendarEvent } from '../calendar/event.ts';
import { addDays, instantOn } from '../calendar/zone.ts';
import { MINUTE_MS } from '../clock.ts';
import {
  type ChangeWord,
  type Group,
  groupsOf,
  isInvitation,
  type Judged,
  type News,
  type TakenAt,
} from './changes.ts';
import { disguised, isKindOn, isOldNews } from './chosen.ts';
import { type Clash, Clashes } from './clashes.ts';
import { type MeetingFacts, meetingFacts } from './facts.ts';
import { type Nudge, nudgeId, type PlanInput, type Said, type Span } from './nudge.ts';
import { markOf, type Outcome, outcomeOf } from './outcomes.ts';
import { endOfSilence } from './silence.ts';

const NOTICE_KINDS = ['change', 'invitation', 'conflict'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** Late news is still news; it ends with the meeting's start, but is never shorter than this. */
const LEAST_LIFE_MS = 10 * MINUTE_MS;
const MOST_CONFLICTS = 3;
const MOST_ROOMS = 4;

type Times = Pick<MeetingFacts, 'startAt' | 'endAt' | 'allDay'>;

export interface ConflictFacts extends Times {
  subject: string;
}

export interface ChangeFacts extends MeetingFacts {
  change: ChangeWord | 'conflict';
  /** All that happened, heaviest first; `change` among it. */
  news?: ChangeWord[];
  /** It changed, and changed back. */
  isBack?: boolean;
  beforeStartAt: number;
  beforeEndAt: number;
  beforeAllDay?: MeetingFacts['allDay'];
  beforePlace?: string;
  /** That were lost. */
  rooms?: string[];
  /** Others can be found here. */
  hasRooms?: boolean;
  /** How many occurrences of a series changed together. */
  occurrences: number;
  /** What happened at once to other occurrences of the series. */
  alongside?: ({ change: ChangeWord; occurrences: number } & Times)[];
  /** What the person has promised to attend at that time. */
  conflicts?: ConflictFacts[];
  moreConflicts?: number;
  /** When they could instead. */
  free?: Span[];
  /** What is answered: the entry, or the series as a whole. */
  answerTo?: string;
  isWholeSeries?: boolean;
}

const timesOf = ({ startAt, endAt, allDay }: CalendarEvent): Times => ({
  startAt,
  endAt,
  ...(allDay ? { allDay } : {}),
});

const eventOf = ({ first: { change } }: Pick<Group, 'first'>) => change.after ?? change.before;

type Begun = Pick<Group, 'first'>;

/** The message that this change began, if it was said. */
function saidOf(kind: NoticeKind, group: Begun, { said, person }: PlanInput): Said | undefined {
  const { eventId } = group.first.change;
  const known = said.filter((one) => one.kind === kind && one.eventId === eventId);
  if (known.length === 0) return undefined;
  const startAt = eventOf(group)?.startAt ?? 0;
  const id = nudgeId(person.personId, { kind, eventId, startAt, leadMs: 0, mark: markOf(group) });
  return known.find((one) => one.nudgeId === id);
}

const wasSaid = (kind: NoticeKind, group: Begun, input: PlanInput) => saidOf(kind, group, input) !== undefined;

/**
 * By the first change alone, as far as settings allow: what joins it later is not another message. What nobody wants to
 * hear of (undefined) begins none.
 */
function kindOf(group: Group, taken: TakenAt, clashes: Clashes): NoticeKind | undefined {
  const { input } = clashes;
  const { told } = group.first;
  const kind = told.length === 0 ? undefined : told.includes('invited') ? 'invitation' : 'change';
  const { settings } = input.person;
  const event = eventOf(group);
  // What was noticed while nobody wanted to hear of it is not told later.
  const isWanted = (name: NoticeKind) =>
    isKindOn({ name, isOnAtFirst: true }, settings) &&
    !(event && isOldNews({ kind: name, event, noticedAt: group.first.change.noticedAt }, settings));
  if (kind && (isWanted(kind) || wasSaid(kind, group, input))) return kind;
  // One that was told and is no more is said to be so, on its card.
  const isConflict = () => group.all.some((one) => one.takesTime) && clashes.of(group, taken).with.length > 0;
  if (!isKindOn({ name: 'conflict', isOnAtFirst: true }, settings)) return undefined;
  return (isWanted('conflict') && isConflict()) || wasSaid('conflict', group, input) ? 'conflict' : undefined;
}

function conflictFacts(clashes: Clashes, clash: Clash, group: Group, occurrences: number): Partial<ChangeFacts> {
  const { of, with: others } = clash;
  if (!of) return {};
  // As of the change: a card must not change because time passes.
  const free = occurrences === 1 ? clashes.freeTimes(of, group.first.change.noticedAt) : [];
  return {
    conflicts: others.slice(0, MOST_CONFLICTS).map((other) => ({
      subject: disguised(other, clashes.input.person.settings).subject,
      ...timesOf(other),
    })),
    ...(others.length > MOST_CONFLICTS ? { moreConflicts: others.length - MOST_CONFLICTS } : {}),
    ...(free.length > 0 ? { free } : {}),
  };
}

/** Of what is private nothing but its times may be told; chosen.ts takes the rest out of the facts. */
function placeFacts({ before, event, words }: Outcome, input: PlanInput): Partial<ChangeFacts> {
  if (!before || disguised(event, input.person.settings) !== event) return {};
  const rooms = words.includes('roomLost') ? lostRooms(before, event).map(({ room }) => room.name || room.address) : [];
  return {
    ...(words.includes('place') && before.place ? { beforePlace: before.place.name } : {}),
    ...(rooms.length > 0 ? { rooms: rooms.slice(0, MOST_ROOMS) } : {}),
    ...(rooms.length > 0 && input.hasRooms ? { hasRooms: true } : {}),
  };
}

/** A whole series is answered by its head; an occurrence that was changed by itself is one of its own. */
function answerFacts({ event, occurrences }: Outcome): Partial<ChangeFacts> {
  if (!isInvitation(event)) return {};
  const { seriesMasterId } = event;
  const isWholeSeries = seriesMasterId !== undefined && (event.type !== 'exception' || occurrences > 1);
  return { answerTo: isWholeSeries ? seriesMasterId : event.id, ...(isWholeSeries ? { isWholeSeries } : {}) };
}

/** Of a series it is news until the first of those begins that are still ahead when a silence around it is over. */
function nextOfSeries({ occurrences }: Outcome, { first, all }: Group, silent: Span[]): number {
  if (occurrences < 2) return 0;
  const heardAt = endOfSilence(first.change.noticedAt, silent) + LEAST_LIFE_MS;
  const starts = all.flatMap((one) => one.change.occurrences.map((it) => it.toStartAt ?? it.fromStartAt ?? 0));
  const ahead = starts.filter((startAt) => startAt > heardAt);
  return ahead.length > 0 ? Math.min(...ahead) : 0;
}

function deadlineOf(outcome: Outcome, group: Group, zone: string, silent: Span[]): number {
  const { before, event, words } = outcome;
  const next = nextOfSeries(outcome, group, silent);
  if (words.includes('invited'))
    // A day is news until it is over.
    return Math.max(event.allDay ? instantOn(addDays(event.allDay.startDate, 1), '00:00', zone) : event.startAt, next);
  // Of what takes place after all it is news until then, also when it was to be earlier.
  const startAt = words.includes('cancelled')
    ? Math.min(before?.startAt ?? event.startAt, event.startAt)
    : event.startAt;
  return Math.max(group.first.change.noticedAt + LEAST_LIFE_MS, startAt, next);
}

function noticeOf(kind: NoticeKind, group: Group, news: News, clashes: Clashes): Nudge | undefined {
  const { input } = clashes;
  const { taken, silent } = news;
  const outcome = outcomeOf(group);
  if (!outcome) return undefined;
  const { before, event, words, isBack, occurrences, others } = outcome;
  const { change } = group.first;
  // There and back again before anybody could hear of it is nothing.
  const isUnheard = (group.all.at(-1)?.change.noticedAt ?? 0) < group.heardAt;
  if (isBack && isUnheard && !wasSaid(kind, group, input)) return undefined;
  const was = before ?? event;
  const isOff = words.includes('cancelled');
  const facts: ChangeFacts = {
    ...meetingFacts(event),
    subject: (isOff ? was.subject : event.subject) || was.subject,
    change: words[0] ?? 'conflict',
    ...(words.length > 1 ? { news: words } : {}),
    ...(isBack ? { isBack } : {}),
    beforeStartAt: was.startAt,
    beforeEndAt: was.endAt,
    ...(was.allDay ? { beforeAllDay: was.allDay } : {}),
    ...placeFacts(outcome, input),
    occurrences,
    ...(others.length > 0
      ? { alongside: others.map((it) => ({ change: it.word, occurrences: it.occurrences, ...timesOf(it.event) })) }
      : {}),
    ...(isOff ? {} : conflictFacts(clashes, clashes.of(group, taken), group, occurrences)),
    ...answerFacts(outcome),
  };
  return {
    kind,
    eventId: change.eventId,
    startAt: eventOf(group)?.startAt ?? event.startAt,
    leadMs: 0,
    mark: markOf(group),
    earliestAt: change.noticedAt,
    dueAt: change.noticedAt,
    deadlineAt: deadlineOf(outcome, group, input.person.timeZone, silent),
    facts: { ...facts },
    about: event,
  };
}

function allNotices(input: PlanInput): Nudge[] {
  const clashes = new Clashes(input);
  const dueAtOf = (first: Judged) =>
    NOTICE_KINDS.reduce<number | undefined>((dueAt, kind) => dueAt ?? saidOf(kind, { first }, input)?.dueAt, undefined);
  const news = groupsOf(input, (group, seen) => kindOf(group, seen, clashes) !== undefined, dueAtOf);
  return news.groups.flatMap((group) => {
    const kind = kindOf(group, news.taken, clashes);
    return kind ? (noticeOf(kind, group, news, clashes) ?? []) : [];
  });
}

/** Three kinds tell parts of the same, in one plan. */
const made = new WeakMap<PlanInput, Nudge[]>();

/** What there is to say about changes, of one kind of nudge. */
export function noticesOf(input: PlanInput, kind: NoticeKind): Nudge[] {
  if (input.changes.length === 0) return [];
  const notices = made.get(input) ?? allNotices(input);
  made.set(input, notices);
  return notices.filter((notice) => notice.kind === kind);
}
