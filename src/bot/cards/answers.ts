/** Answers to commands. */
import type { CalendarEvent } from '../../calendar/event.ts';
import { dateOf, zoneWords } from '../../calendar/zone.ts';
import type { Message } from '../../delivery/message.ts';
import { meetingFacts } from '../../nudges/facts.ts';
import type { Undelivered } from '../../store/undelivered.ts';
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

const ROWS_SHOWN = 20;
/** Of the 28 KB that a message may have; the rest is for the words beside the rows. */
const ROWS_BYTES = 20_000;
const ROW_LINK_LENGTH = 1_000;

/** As many rows from the first as there is room for. */
function fittingRows(rows: Element[]): Element[] {
  let bytes = 0;
  const over = rows.slice(0, ROWS_SHOWN).findIndex((one) => {
    bytes += Buffer.byteLength(JSON.stringify(one));
    return bytes > ROWS_BYTES;
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

function dayRow(event: CalendarEvent, date: string, reader: Reader, now: number): Element {
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
  office?: string;
  /** What didn't reach them in the last days: the newest, and how many in all. */
  undelivered?: { newest: Undelivered[]; total: number };
}

export function statusCard(health: Health, reader: Reader, now: number): Message {
  const say = speakerFor(reader);
  const moment = (at: number | null) => (at === null ? 'not yet' : `${say.relativeDay(at, now)} ${say.time(at)}`);
  const next = health.next
    ? `${KIND_NAMES[health.next.kind] ?? health.next.kind} ${moment(health.next.dueAt)} — ${plain(health.next.subject)}`
    : 'nothing in the next days';
  const facts = [
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
    ['Reminders', health.remindMinutes.length === 0 ? 'off' : `${health.remindMinutes.join(', ')} min before`],
    ...(health.office ? [['Office', plain(health.office)]] : []),
  ] as [string, string][];
  const untold = undeliveredRows(health.undelivered ?? { newest: [], total: 0 }, reader, now);
  return message(
    [
      kicker('💚', 'I’m watching'),
      { type: 'FactSet', spacing: 'Medium', facts: facts.map(([name, value]) => ({ title: name, value })) },
      ...untold.rows,
      subtle(`Times are in ${plain(zoneWords(say.zone))}.`),
    ],
    {
      summary: 'I’m watching your calendar',
      fallbackText: [facts.map(([name, value]) => `${name}: ${value}`).join('; '), untold.words]
        .filter(Boolean)
        .join('. '),
    },
  );
}

export function helpCard(commands: { usage: string; help: string }[]): Message {
  return message(
    [
      kicker('💬', 'What you can say'),
      ...commands.map(
        (command): Element => ({
          type: 'ColumnSet',
          spacing: 'Small',
          columns: [
            {
              type: 'Column',
              width: '130px',
              items: [{ type: 'TextBlock', text: command.usage, weight: 'Bolder', wrap: true }],
            },
            { type: 'Column', width: 'stretch', items: [{ type: 'TextBlock', text: command.help, wrap: true }] },
          ],
        }),
      ),
    ],
    {
      summary: 'What you can say',
      fallbackText: commands.map((command) => `${command.usage}: ${command.help}`).join('\n'),
    },
  );
}
