/** Answers to commands. */
import type { CalendarEvent } from '../../calendar/event.ts';
import { dateOf, zoneWords } from '../../calendar/zone.ts';
import type { Message } from '../../delivery/message.ts';
import { isKindOn } from '../../nudges/chosen.ts';
import { meetingFacts } from '../../nudges/facts.ts';
import { kindNamed } from '../../nudges/kinds.ts';
import type { Settings } from '../../nudges/settings.ts';
import type { Undelivered } from '../../store/undelivered.ts';
import type { CameLater } from '../../store/ways.ts';
import { mutedOf } from '../muted.ts';
import { quietWords } from '../settings-values.ts';
import { SWITCHES } from '../switches.ts';
import { everyMinutes, plural } from '../words.ts';
import { WATCH_ON } from './connection.ts';
import {
  agendaLines,
  allDayName,
  calendarAction,
  isCallName,
  joinAction,
  meetingRows,
  meetingWords,
  minutesUntil,
  type Reader,
  speakerFor,
  subjectOf,
  timeOn,
} from './meeting.ts';
import {
  type Action,
  clip,
  type Element,
  execute,
  fittingLink,
  kicker,
  line,
  markdownLink,
  message,
  plain,
  subtle,
  title,
} from './parts.ts';
import { KIND_NAMES, undeliveredRows } from './undelivered.ts';
import { laterRows } from './ways.ts';

const ROWS_SHOWN = 20;
/** Of the 28 KB that a message may have; the rest is for the words beside the rows. */
const ROWS_BYTES = 20_000;
const ROW_LINK_LENGTH = 1_000;

/** As many rows from the first as there is room for. */
export function fittingRows(rows: Element[], mostBytes = ROWS_BYTES): Element[] {
  let bytes = 0;
  const over = rows.slice(0, ROWS_SHOWN).findIndex((one) => {
    bytes += Buffer.byteLength(JSON.stringify(one));
    return bytes > mostBytes;
  });
  return rows.slice(0, over === -1 ? ROWS_SHOWN : over);
}

/** One plain sentence. */
export function sentence(text: string, actions: Action[] = []): Message {
  const words = text.replace(/[*\\]/g, '');
  return message([line(text, { spacing: 'None' })], { summary: words.slice(0, 120), fallbackText: words }, actions);
}

export function notWatching(): Message {
  return sentence('I am not watching your calendar yet. Type **watch on** and I will.', [
    execute('Watch my calendar', WATCH_ON, {}, { style: 'positive' }),
  ]);
}

type DayEntry = Pick<
  CalendarEvent,
  'startAt' | 'endAt' | 'allDay' | 'subject' | 'place' | 'joinUrl' | 'isOnline' | 'isCancelled' | 'response'
>;

export function dayRow(event: DayEntry, date: string, reader: Reader, now: number): Element {
  const say = speakerFor(reader);
  const over = event.endAt <= now && !event.allDay;
  const time = timeOn(event, date, say);
  const marks = [event.isOnline ? '💻' : '', event.response === 'tentative' ? '(tentative)' : '']
    .filter(Boolean)
    .join(' ');
  const subject = plain(event.subject, 120) || '(no subject)';
  const joinUrl = over ? undefined : fittingLink(event.joinUrl, ROW_LINK_LENGTH);
  const link = joinUrl ? ` · ${markdownLink('Join', joinUrl)}` : '';
  const name = event.isCancelled ? `${subject} (cancelled)` : `**${subject}**`;
  const place = event.place && !isCallName(event.place.name, event.joinUrl) ? ` · ${plain(event.place.name, 80)}` : '';
  return {
    type: 'ColumnSet',
    spacing: 'Small',
    columns: [
      { type: 'Column', width: '120px', items: [{ type: 'TextBlock', text: time, isSubtle: over, wrap: true }] },
      {
        type: 'Column',
        width: 'stretch',
        items: [{ type: 'TextBlock', text: `${name} ${marks}${place}${link}`, isSubtle: over, wrap: true }],
      },
    ],
  };
}

/** `date` is the day in question, "2026-12-01"; without it, today. */
export function dayCard(
  dayName: string,
  events: CalendarEvent[],
  reader: Reader,
  now: number,
  date: string = dateOf(now, reader.timeZone),
): Message {
  const rows = fittingRows(events.map((event) => dayRow(event, date, reader, now)));
  const shown = events.slice(0, rows.length);
  const hidden = events.length - rows.length;
  const say = speakerFor(reader);
  const words = shown.map((event) =>
    event.allDay
      ? `${clip(subjectOf(event), 80)} (${allDayName(event.allDay, say)})`
      : `${dateOf(event.startAt, say.zone) < date ? timeOn(event, date, say) : say.time(event.startAt)} ${clip(subjectOf(event), 80)}`,
  );
  const head = `${dayName.charAt(0).toUpperCase()}${dayName.slice(1)}`;
  if (events.length === 0) return sentence(`**${head}**: nothing in your calendar.`);
  return message(
    [
      kicker('📅', `${head} · ${plural(events.filter((event) => !event.isCancelled).length, 'entry', 'entries')}`),
      ...rows,
      ...(hidden > 0 ? [subtle(`… and ${hidden} more`)] : []),
    ],
    { summary: `${head}: ${plural(events.length, 'entry', 'entries')}`, fallbackText: `${head}: ${words.join('; ')}` },
  );
}

export function nextCard(event: CalendarEvent, reader: Reader, now: number): Message {
  const facts = meetingFacts(event);
  const say = speakerFor(reader);
  const running = event.startAt <= now;
  const soon = running ? 'Now' : `Next, ${minutesUntil(event.startAt, now)}`;
  return message(
    [kicker('⏭️', soon), title(facts.subject), ...meetingRows(facts, say, now), ...agendaLines(facts)],
    { summary: `${soon}: ${subjectOf(facts)}`, fallbackText: `${soon}: ${meetingWords(facts, say, now)}` },
    [...joinAction(facts), ...calendarAction(facts)],
  );
}

export interface Health {
  since: number | null;
  lastChangeAt: number | null;
  syncedAt: number | null;
  subscribedUntil: number | null;
  /** Set when Graph tells of none of the calendars: they are looked at this often. */
  pollMinutes?: number;
  next?: { kind: string; dueAt: number; subject: string };
  remindMinutes: number[];
  /** All that was chosen. */
  settings?: Settings;
  office?: string;
  /** An admin has paused sending for everybody: what to say of it (pause-all.ts). */
  pausedForAll?: string;
  /** What didn't reach them in the last days: the newest, and how many in all. */
  undelivered?: { newest: Undelivered[]; total: number };
  /** What came by another way than Teams. */
  later?: { newest: CameLater[]; total: number };
  /** Another account than the chat's is read: what to say of it, safe to show. */
  account?: string;
  /** By which ways they are reached, in words that are safe to show. */
  ways?: string;
}

type Moment = (at: number | null) => string;

function nextWords({ kind, dueAt, subject }: NonNullable<Health['next']>, moment: Moment): string {
  const about = subject ? ` — ${plain(subject)}` : '';
  return `${kindNamed(kind)?.title ?? KIND_NAMES[kind] ?? kind}, ${moment(dueAt)}${about}`;
}

function remindWords({ remindMinutes, settings }: Health): string {
  const before = remindMinutes.length > 0 ? `${remindMinutes.join(', ')} min before` : '';
  const usual = settings?.remindAsOutlook ? 'as in Outlook' : before;
  return [usual, settings?.remindAtStart ? 'at the start' : ''].filter(Boolean).join(', and ') || 'off';
}

const MUTED_SHOWN = 5;

function mutedWords(settings: Settings): string {
  const { series, calendar, person } = mutedOf(settings);
  const all = [...series, ...calendar, ...person].map(({ name }) => plain(name, 60) || '(no name)');
  const more = all.length - MUTED_SHOWN;
  return [...all.slice(-MUTED_SHOWN).reverse(), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

/** What is chosen, and what of it keeps me silent. */
function choiceFacts(health: Health, now: number, moment: Moment): [string, string][] {
  const { settings } = health;
  if (!settings) return [['Reminders', remindWords(health)]];
  const { pausedUntil, quiet, forbiddenKinds } = settings;
  const off = SWITCHES.filter((kind) => !isKindOn(kind, settings) && !forbiddenKinds.includes(kind.name));
  const forbidden = SWITCHES.filter((kind) => forbiddenKinds.includes(kind.name));
  const titles = (kinds: readonly { title: string }[]) => kinds.map((kind) => kind.title).join(', ');
  const facts: [string, string][] = [
    ['Paused', pausedUntil !== null && pausedUntil > now ? `until ${moment(pausedUntil)}` : ''],
    ['Reminders', remindWords(health)],
    ['Quiet hours', quiet ? quietWords(quiet) : ''],
    ['Muted', mutedWords(settings)],
    ['Off', titles(off)],
    ['Off by your admin', titles(forbidden)],
  ];
  return facts.filter(([, value]) => value !== '');
}

export function statusCard(health: Health, reader: Reader, now: number): Message {
  const say = speakerFor(reader);
  const moment: Moment = (at) => (at === null ? 'not yet' : `${say.relativeDay(at, now)} ${say.time(at)}`);
  const next = health.next ? nextWords(health.next, moment) : 'nothing in the next days';
  const facts = [
    ...(health.account ? [['Account', health.account]] : []),
    ['Watching since', moment(health.since)],
    ['Last looked', moment(health.syncedAt)],
    ['Last change seen', moment(health.lastChangeAt)],
    health.pollMinutes === undefined
      ? [
          'Told of changes until',
          health.subscribedUntil === null ? 'being set up' : `${moment(health.subscribedUntil)}, renewed before`,
        ]
      : ['Told of changes', `not by Microsoft; I look ${everyMinutes(health.pollMinutes)}`],
    ['Next from me', next],
    ...(health.ways ? [['I reach you by', health.ways]] : []),
    ...choiceFacts(health, now, moment),
    ...(health.office ? [['Office', plain(health.office)]] : []),
  ] as [string, string][];
  const nothing = { newest: [], total: 0 };
  const untold = undeliveredRows(health.undelivered ?? nothing, reader, now);
  const later = laterRows(health.later ?? nothing, reader, now);
  return message(
    [
      kicker('💚', 'I’m watching'),
      ...(health.pausedForAll ? [line(health.pausedForAll)] : []),
      { type: 'FactSet', spacing: 'Medium', facts: facts.map(([name, value]) => ({ title: name, value })) },
      ...untold.rows,
      ...later.rows,
      subtle(`Times are in ${plain(zoneWords(say.zone))}.`),
    ],
    {
      summary: 'I’m watching your calendar',
      fallbackText: [
        (health.pausedForAll ?? '').replace(/\*/g, '').replace(/\.$/, ''),
        facts.map(([name, value]) => `${name}: ${value}`).join('; '),
        untold.words,
        later.words,
      ]
        .filter(Boolean)
        .join('. '),
    },
  );
}
