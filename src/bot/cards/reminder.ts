/** "Starts in 15 min": the way in, who is in, what it is about; and what to do about the reminder itself. */
import { MINUTE_MS } from '../../clock.ts';
import type { Message } from '../../delivery/message.ts';
import type { MeetingFacts } from '../../nudges/facts.ts';
import type { ReminderFacts } from '../../nudges/reminder.ts';
import { lateActions } from './late.ts';
import {
  agendaLines,
  calendarAction,
  joinAction,
  meetingRows,
  meetingWords,
  minutesUntil,
  type Reader,
  speakerFor,
  subjectOf,
} from './meeting.ts';
import { MUTE_SERIES } from './mutes.ts';
import { type Action, type Element, execute, kicker, line, message, subtle, title } from './parts.ts';

export const SNOOZE_REMINDER = 'reminder.snooze';
export const JOINED_REMINDER = 'reminder.joined';
export const DISMISS_REMINDER = 'reminder.dismiss';
export const CHOOSE_LEADS = 'reminder.leads';
export const LEADS_INPUT = 'remindMinutes';

export const SNOOZE_MINUTES = 5;
/** For one meeting or a series: as for all others, no reminder, or minutes before. */
export const LEAD_CHOICES = ['usual', 'none', '5', '10', '15', '30', '60'] as const;
const LEAD_WORDS: Record<string, string> = { usual: 'As usual', none: 'No reminder', 60: '1 h before' };

/** What others made (the facts of an earlier build among them) may lack what only reminders know. */
type Facts = MeetingFacts & Partial<ReminderFacts>;

const leadWords = (choice: string) => LEAD_WORDS[choice] ?? `${choice} min before`;

function startsWords(facts: Facts, reader: Reader, now: number): string {
  const soon = minutesUntil(facts.startAt, now);
  if (soon !== 'now') return `Starts ${soon}`;
  if (now >= facts.endAt && facts.endAt > facts.startAt) return 'Over';
  return now < facts.startAt + MINUTE_MS ? 'Starts now' : `Started at ${speakerFor(reader).time(facts.startAt)}`;
}

/** What became of the reminder: [icon, words]; undefined while it stands as it was sent. */
function outcome(facts: Facts, reader: Reader, now: number): [icon: string, words: string] | undefined {
  if (facts.ended === 'joined') return ['✅', 'You’re in'];
  if (facts.ended === 'dismissed') return ['👍', 'No more reminders for this one'];
  if (facts.snoozedUntil === undefined || facts.snoozedUntil <= now) return undefined;
  const until = facts.snoozedUntil >= facts.startAt ? 'it starts' : speakerFor(reader).time(facts.snoozedUntil);
  return ['💤', `Snoozed until ${until}`];
}

/** Only where it makes a difference at this moment. */
function snoozes(facts: Facts, data: Record<string, unknown>, now: number): { first: Action[]; more: Action[] } {
  const left = facts.startAt - now;
  const minutes = execute(
    `Snooze ${SNOOZE_MINUTES} min`,
    SNOOZE_REMINDER,
    { ...data, minutes: SNOOZE_MINUTES },
    WITHOUT_INPUT,
  );
  const untilStart = execute('Until it starts', SNOOZE_REMINDER, { ...data, untilStart: true }, WITHOUT_INPUT);
  if (left >= (SNOOZE_MINUTES + 1) * MINUTE_MS) return { first: [minutes], more: [untilStart] };
  return { first: left > MINUTE_MS ? [untilStart] : [], more: [] };
}

const WITHOUT_INPUT = { associatedInputs: 'none' };

/** Behind one button, so that four stay in sight; Teams shows six at most, here as well. */
function more(facts: Facts, data: Record<string, unknown>, extra: Action[]): Action {
  const isOpen = facts.ended === undefined;
  return {
    type: 'Action.ShowCard',
    title: 'More',
    card: {
      type: 'AdaptiveCard',
      body: [
        {
          type: 'Input.ChoiceSet',
          id: LEADS_INPUT,
          label: 'Reminders for this meeting',
          style: 'compact',
          value: 'usual',
          choices: LEAD_CHOICES.map((choice) => ({ title: leadWords(choice), value: choice })),
        },
      ],
      actions: [
        execute('For this one', CHOOSE_LEADS, data),
        ...(facts.isSeries ? [execute('For the series', CHOOSE_LEADS, { ...data, series: true })] : []),
        ...extra,
        ...(isOpen ? [execute('Dismiss', DISMISS_REMINDER, data, WITHOUT_INPUT)] : []),
        ...(facts.isSeries ? [execute('Mute this series', MUTE_SERIES, { eventId: data.eventId }, WITHOUT_INPUT)] : []),
        ...calendarAction(facts),
      ].slice(0, 6),
    },
  };
}

function actionsOf(facts: Facts, eventId: string, now: number): Action[] {
  const isOver = now >= Math.max(facts.endAt, facts.startAt + MINUTE_MS);
  if (eventId === '' || isOver) return [...joinAction(facts), ...calendarAction(facts)];
  const data = { eventId, startAt: facts.startAt };
  const isQuiet = facts.ended !== undefined || (facts.snoozedUntil ?? 0) > now;
  const snooze = isQuiet ? { first: [], more: [] } : snoozes(facts, data, now);
  const asksWho = facts.untilJoined && !facts.ended && now >= facts.startAt - MINUTE_MS;
  return [
    ...joinAction(facts),
    ...(asksWho ? [execute('I’m in', JOINED_REMINDER, data, WITHOUT_INPUT)] : snooze.first),
    ...(facts.othersCount > 0 && facts.ended !== 'joined' ? lateActions(eventId) : []),
    more(facts, data, asksWho ? [] : snooze.more),
  ];
}

function whoIsIn({ accepted = 0, othersCount }: Facts): Element[] {
  return accepted > 0 && othersCount > 1 ? [subtle(`${accepted} of ${othersCount} accepted`)] : [];
}

/** @param note what a press on it came to */
export function reminderCard(facts: Facts, reader: Reader, now: number, eventId = '', note?: string): Message {
  const say = speakerFor(reader);
  const starts = startsWords(facts, reader, now);
  const became = outcome(facts, reader, now);
  const head = became ? `${became[1]} · ${starts.charAt(0).toLowerCase()}${starts.slice(1)}` : starts;
  return message(
    [
      kicker(became?.[0] ?? '⏰', head),
      title(facts.subject),
      ...meetingRows(facts, say, now),
      ...whoIsIn(facts),
      ...agendaLines(facts),
      ...(facts.noAgenda ? [subtle('Nobody wrote an agenda yet.')] : []),
      ...(note ? [line(note)] : []),
    ],
    { summary: `${starts}: ${subjectOf(facts)}`, fallbackText: `${starts}: ${meetingWords(facts, say, now)}` },
    actionsOf(facts, eventId, now),
  );
}
