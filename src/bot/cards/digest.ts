/** The day at a glance; on the first day of work, the week below it. */
import type { Response } from '../../calendar/event.ts';
import { instantOn, type Speaker } from '../../calendar/zone.ts';
import { HOUR_MS, MINUTE_MS } from '../../clock.ts';
import type { Message } from '../../delivery/message.ts';
import type { DigestFacts, DigestRow } from '../../nudges/digest.ts';
import type { RsvpNews } from '../../nudges/rsvp-news.ts';
import type { Weekday } from '../../nudges/week-shape.ts';
import { enumerate, plural } from '../words.ts';
import { dayRow, fittingRows } from './answers.ts';
import { type Reader, speakerFor, subjectOf, timeOn } from './meeting.ts';
import { clip, type Element, kicker, line, message, plain, row, subtle } from './parts.ts';

/** Of a subject in the lines below the day. */
const SUBJECT_LENGTH = 50;
/** Of the 28 KB that a message may have: all the rest is below the rows. */
const ROWS_BYTES = 9_000;
/** Of the 1,500 characters that a fallback text may have, the rows get 1,000. */
const FALLBACK_ROWS_LENGTH = 1_000;

function rowElement(one: DigestRow, date: string, reader: Reader, now: number): Element {
  const { place, isTentative, clashes, ...rest } = one;
  const response: Response = isTentative ? 'tentative' : 'accepted';
  return dayRow(
    {
      ...rest,
      subject: clashes ? `⚠️ ${subjectOf(rest)}` : rest.subject,
      isOnline: rest.joinUrl !== undefined,
      isCancelled: false,
      response,
      ...(place ? { place: { name: place, isRoom: false } } : {}),
    },
    date,
    reader,
    now,
  );
}

/** "2 h 30 min" */
function length(ms: number): string {
  const minutes = Math.round(ms / MINUTE_MS);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours > 0 ? `${hours} h` : '', rest > 0 || hours === 0 ? `${rest} min` : ''].filter(Boolean).join(' ');
}

const answersWords = ({ accepted, declined, tentative }: RsvpNews) =>
  enumerate(
    [
      accepted > 0 ? `${accepted} accepted` : '',
      declined > 0 ? `${declined} declined` : '',
      tentative > 0 ? `${tentative} tentative` : '',
    ].filter(Boolean),
  );

/** What is worth knowing of the day beside its meetings: [icon, words in plain text], without Markdown. */
function notes(facts: DigestFacts, say: Speaker): [icon: string, words: string][] {
  const { conflicts, gaps, travel, rsvp, unanswered } = facts;
  return [
    ...conflicts.map(({ earlier, later, startAt }): [string, string] => [
      '⚠️',
      `${say.time(startAt)}: “${clip(subjectOf({ subject: later }), SUBJECT_LENGTH)}” overlaps “${clip(subjectOf({ subject: earlier }), SUBJECT_LENGTH)}”`,
    ]),
    ...travel.map(({ subject, leaveAt, travelMs, isRough }): [string, string] => [
      '🚗',
      `Leave at ${say.time(leaveAt)} for “${clip(subjectOf({ subject }), SUBJECT_LENGTH)}” (${isRough ? 'about ' : ''}${length(travelMs)})`,
    ]),
    ...(gaps.length > 0
      ? [['🟢', `Free: ${gaps.map(({ from, to }) => say.span(from, to)).join(', ')}`] as [string, string]]
      : []),
    ...rsvp.map((one): [string, string] => ['📬', `${clip(subjectOf(one), SUBJECT_LENGTH)}: ${answersWords(one)}`]),
    ...(unanswered > 0 ? [['✉️', `${plural(unanswered, 'invitation')} without your answer`] as [string, string]] : []),
  ];
}

const dayName = (date: string, say: Speaker) => say.day(instantOn(date, '12:00', say.zone));

function weekdayWords({ meetings, busyMs, firstStartAt, conflicts }: Weekday, say: Speaker): string {
  if (meetings === 0) return 'free';
  return [
    `${plural(meetings, 'meeting')}, ${length(busyMs)}`,
    firstStartAt === undefined ? '' : `from ${say.time(firstStartAt)}`,
    conflicts > 0 ? `⚠️ ${plural(conflicts, 'overlap')}` : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

function weekElements(week: Weekday[], say: Speaker): Element[] {
  if (week.length === 0) return [];
  const total = week.reduce((sum, one) => sum + one.meetings, 0);
  const busyMs = week.reduce((sum, one) => sum + one.busyMs, 0);
  return [
    {
      ...kicker('🗓️', `Your week · ${plural(total, 'meeting')}, ${plural(Math.round(busyMs / HOUR_MS), 'hour')}`),
      spacing: 'Medium',
    },
    {
      type: 'FactSet',
      spacing: 'Small',
      facts: week.map((one) => ({ title: dayName(one.date, say), value: weekdayWords(one, say) })),
    },
  ];
}

/** "today", where it is still that day for the reader; late messages are read late. */
function headOf(date: string, say: Speaker, now: number): string {
  const noon = instantOn(date, '12:00', say.zone);
  const relative = say.relativeDay(noon, now);
  return relative === 'today' || relative === 'tomorrow'
    ? `Your day, ${say.day(noon)}`
    : `Your day on ${say.day(noon)}`;
}

export function digestCard(facts: DigestFacts, reader: Reader, now: number): Message {
  const say = speakerFor(reader);
  const { date, rows, more, week } = facts;
  const timed = rows.filter((one) => !one.allDay).length + more;
  const head = headOf(date, say, now);
  const count = timed === 0 ? 'no meetings' : plural(timed, 'meeting');
  const elements = fittingRows(
    rows.map((one) => rowElement(one, date, reader, now)),
    ROWS_BYTES,
  );
  const hidden = rows.length - elements.length + more;
  const said = notes(facts, say);
  const rowWords = rows.map(
    (one) =>
      `${timeOn(one, date, say)} ${clip(subjectOf(one), Math.max(20, Math.min(60, Math.floor(FALLBACK_ROWS_LENGTH / rows.length) - 20)))}`,
  );
  const weekWords = (week ?? []).map((one) => `${dayName(one.date, say)}: ${weekdayWords(one, say)}`);
  return message(
    [
      kicker('☀️', `${head} · ${count}`),
      ...(rows.length === 0 ? [line('Nothing in your calendar.')] : elements),
      ...(hidden > 0 ? [subtle(`… and ${hidden} more`)] : []),
      ...said.map(([icon, words]) => row(icon, plain(words))),
      ...(week ? weekElements(week, say) : []),
    ],
    {
      summary: `${head}: ${count}`,
      // Most urgent first, for what is too long is cut.
      fallbackText: [
        `${head}: ${rowWords.join('; ') || count}${more > 0 ? `; and ${more} more` : ''}.`,
        ...said.map(([, words]) => `${words}.`),
        ...(weekWords.length > 0 ? [`Your week: ${weekWords.join('; ')}.`] : []),
      ].join(' '),
    },
  );
}
