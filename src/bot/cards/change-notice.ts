/** What happened to a meeting, an invitation, a double booking: one card, so that they read alike. */
import type { Speaker } from '../../calendar/zone.ts';
import type { Message } from '../../delivery/message.ts';
import type { ChangeFacts } from '../../nudges/change-notice.ts';
import { enumerate, plural } from '../words.ts';
import { answerButtons, answered } from './invitation.ts';
import {
  agendaLines,
  calendarAction,
  joinAction,
  meetingRows,
  meetingWords,
  type Reader,
  speakerFor,
  subjectOf,
  when,
} from './meeting.ts';
import {
  type Action,
  clip,
  type Element,
  execute,
  iconRow,
  kicker,
  line,
  message,
  plain,
  row,
  struck,
  subtle,
  title,
} from './parts.ts';
import { ROOM_FIND } from './room-found.ts';

const LONGEST_NAME = 60;
/** What follows it must have its room in the fallback. */
const LONGEST_HEADLINE = 500;

interface Head {
  icon: string;
  words: string;
  color?: 'Attention';
}

type Happened = ChangeFacts['change'];

const HEADS: Record<Happened, (facts: ChangeFacts) => Head> = {
  invited: ({ response }) => {
    const [icon, words] = answered(response) ?? ['📨', 'Invitation'];
    return { icon, words };
  },
  cancelled: () => ({ icon: '🚫', words: 'Cancelled', color: 'Attention' }),
  restored: () => ({ icon: '♻️', words: 'Back on' }),
  moved: ({ isBack }) => ({ icon: '🔁', words: isBack ? 'Back where it was' : 'Moved' }),
  roomLost: ({ isBack }) =>
    isBack ? { icon: '🚪', words: 'Room booked again' } : { icon: '🚪', words: 'Room lost', color: 'Attention' },
  place: ({ place, isBack }) => ({
    icon: '📍',
    words: isBack ? 'Back at its place' : place ? 'New place' : 'No place any more',
  }),
  link: ({ joinUrl, isBack }) => ({
    icon: '🔗',
    words: isBack ? 'Back to its link' : joinUrl ? 'New link' : 'No link any more',
  }),
  conflict: ({ conflicts }) =>
    conflicts?.length
      ? { icon: '⚠️', words: 'Double booking', color: 'Attention' }
      : { icon: '✅', words: 'No double booking any more' },
};

const seriesWords = ({ change, occurrences, isWholeSeries }: ChangeFacts) => {
  if (change === 'invited' && isWholeSeries) return 'a series';
  return occurrences > 1 ? `${plural(occurrences, 'occurrence')} of a series` : '';
};

const beforeOf = (facts: ChangeFacts) => ({
  startAt: facts.beforeStartAt,
  endAt: facts.beforeEndAt,
  allDay: facts.beforeAllDay,
});

/** How foreign text is set: as it is in the fallback, harmless in the card. */
type Set = (text: string) => string;
const asItIs: Set = (text) => clip(text, LONGEST_NAME);
const inCard: Set = (text) => plain(text, LONGEST_NAME);

const happened = (facts: ChangeFacts, what: Happened) =>
  facts.change === what || (facts.news ?? []).some((one) => one === what);

/** Of a single meeting where rooms are known; of a series Outlook alone can do it. */
const canFindRoom = (facts: ChangeFacts, eventId: string): boolean =>
  happened(facts, 'roomLost') &&
  !facts.isBack &&
  facts.isOrganizer &&
  facts.hasRooms === true &&
  facts.occurrences === 1 &&
  !facts.isWholeSeries &&
  eventId !== '';

/** Which room, and for the organiser the way out. */
function roomWords(facts: ChangeFacts, eventId: string, set: Set): string[] {
  if (!happened(facts, 'roomLost') || facts.isBack) return [];
  const names = (facts.rooms ?? []).map(set);
  const who = names.length > 0 ? enumerate(names) : 'The room';
  const lost = `${who} ${names.length > 1 ? 'are' : 'is'} not booked for it any more.`;
  if (!facts.isOrganizer) return [lost];
  const wayOut = canFindRoom(facts, eventId) ? 'Find another room' : 'Pick another room in Outlook';
  return [`${lost} ${wayOut}, or hold it online.`];
}

function conflictWords(facts: ChangeFacts, say: Speaker, now: number, set: Set): string[] {
  const known = facts.conflicts ?? [];
  const more = facts.moreConflicts ? [`And ${plural(facts.moreConflicts, 'more meeting')} at that time.`] : [];
  return [
    ...known.map((one) => {
      const isThen = one.startAt < facts.endAt && one.endAt > facts.startAt;
      const span = isThen ? say.span(one.startAt, one.endAt) : when(one, say, now);
      return `You have ${set(subjectOf(one))} ${isThen ? 'then' : 'at the time of a later one'} (${span}).`;
    }),
    ...more,
  ];
}

function freeWords(facts: ChangeFacts, say: Speaker, now: number): string[] {
  const spans = (facts.free ?? []).map(({ from, to }) => when({ startAt: from, endAt: to }, say, now));
  return spans.length > 0 ? [`You’re free ${enumerate(spans)}.`] : [];
}

const ALONGSIDE: Partial<Record<Happened, string>> = {
  cancelled: 'cancelled',
  restored: 'back on',
  moved: 'moved',
  roomLost: 'without their room',
  place: 'in another place',
  link: 'to be joined by another link',
};

const alongsideWords = (facts: ChangeFacts, say: Speaker, now: number): string[] =>
  (facts.alongside ?? []).map((one) => {
    const first = when(one, say, now);
    const word = ALONGSIDE[one.change] ?? 'changed';
    return one.occurrences === 1
      ? `Another occurrence is ${word}: ${first}.`
      : `${one.occurrences} other occurrences are ${word}, the first ${first}.`;
  });

function beforeRows(facts: ChangeFacts, say: Speaker, now: number): Element[] {
  const before = when(beforeOf(facts), say, now);
  const isMoved = happened(facts, 'moved') && !facts.isBack && before !== when(facts, say, now);
  const wasAt = happened(facts, 'place') && !facts.isBack ? facts.beforePlace : undefined;
  return [
    ...(isMoved ? [iconRow('⬅️', struck(before))] : []),
    ...(wasAt ? [iconRow('⬅️', struck(plain(wasAt, LONGEST_NAME)))] : []),
  ];
}

function actionsOf(facts: ChangeFacts, eventId: string): Action[] {
  if (facts.change === 'cancelled') return [];
  const answers = facts.answerTo ? answerButtons(facts.answerTo, facts.response) : [];
  const find = canFindRoom(facts, eventId) ? [execute('Find another room', ROOM_FIND, { eventId })] : [];
  // Nobody joins what they don't know yet.
  const join = facts.change === 'invited' ? [] : joinAction(facts);
  return [...answers, ...find, ...join, ...calendarAction(facts)];
}

function cancelledCard(facts: ChangeFacts, say: Speaker, now: number): Message {
  const before = when(beforeOf(facts), say, now);
  const several = seriesWords(facts);
  const alongside = alongsideWords(facts, say, now);
  return message(
    [
      kicker('🚫', several ? `Cancelled: ${several}` : 'Cancelled', 'Attention'),
      title(facts.subject),
      iconRow('🕑', struck(before)),
      ...(several ? [line(`The first of them was ${before}.`)] : []),
      ...alongside.map((words) => line(words)),
    ],
    {
      summary: `Cancelled: ${subjectOf(facts)}`,
      fallbackText: [`Cancelled: ${subjectOf(facts)} — ${before}${several ? ` (${several})` : ''}`, ...alongside].join(
        '\n',
      ),
    },
  );
}

/** "Moved: Planning — from today 14:00 to tomorrow 14:00 (3 occurrences of a series)" */
function headline(facts: ChangeFacts, head: Head, say: Speaker, now: number): string {
  const several = seriesWords(facts);
  const inBrackets = several ? ` (${several})` : '';
  if (facts.change === 'moved' && !facts.isBack) {
    const [before, after] = [when(beforeOf(facts), say, now), when(facts, say, now)];
    return `${head.words}: ${subjectOf(facts)} — from ${before} to ${after}${inBrackets}`;
  }
  const by = facts.change === 'invited' && facts.organizer ? `, from ${facts.organizer}` : '';
  const was = facts.change === 'place' && facts.beforePlace && !facts.isBack ? `, before: ${facts.beforePlace}` : '';
  return `${head.words}: ${meetingWords(facts, say, now)}${was}${by}${inBrackets}`;
}

/** @param eventId of the meeting, where its buttons may lead to it */
export function changeCard(facts: ChangeFacts, reader: Reader, now: number, eventId = ''): Message {
  const say = speakerFor(reader);
  if (facts.change === 'cancelled') return cancelledCard(facts, say, now);
  const head = HEADS[facts.change](facts);
  const several = seriesWords(facts);
  const clash = (set: Set) => conflictWords(facts, say, now, set);
  const rest = [...freeWords(facts, say, now), ...alongsideWords(facts, say, now)];
  const given = facts.change !== 'invited' && facts.answerTo ? answered(facts.response) : undefined;
  const newLink = facts.change !== 'link' && happened(facts, 'link') ? ['The link to join is another one now.'] : [];
  return message(
    [
      kicker(head.icon, several ? `${head.words}: ${several}` : head.words, head.color),
      title(facts.subject),
      ...beforeRows(facts, say, now),
      ...meetingRows(facts, say, now),
      ...roomWords(facts, eventId, inCard).map((words) => row('🚪', words)),
      ...clash(inCard).map((words) => row('⚠️', words)),
      ...rest.map((words) => line(words)),
      ...newLink.map((words) => subtle(words)),
      ...(given ? [row(...given)] : []),
      ...(facts.change === 'invited' ? agendaLines(facts) : []),
    ],
    {
      summary: `${head.words}: ${subjectOf(facts)}${facts.change === 'moved' ? ` → ${when(facts, say, now)}` : ''}`,
      fallbackText: [
        clip(headline(facts, head, say, now), LONGEST_HEADLINE),
        ...roomWords(facts, eventId, asItIs),
        ...clash(asItIs),
        ...rest,
        ...newLink,
      ].join('\n'),
    },
    actionsOf(facts, eventId),
  );
}
