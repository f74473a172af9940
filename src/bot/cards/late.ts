/** "Tell Ann and 3 others that you come 10 min late?", what came of it, and what those who are told see. */
import type { Message } from '../../delivery/message.ts';
import type { MeetingFacts } from '../../nudges/facts.ts';
import { enumerate, plural } from '../words.ts';
import { joinAction, type Reader, speakerFor, subjectOf, when } from './meeting.ts';
import {
  type Action,
  choiceTitle,
  clip,
  execute,
  kicker,
  line,
  message,
  openUrl,
  plain,
  row,
  subtle,
  title,
} from './parts.ts';
import { permissionWords } from './permission.ts';

/** data: {eventId, minutes}; without an event the next one is meant. */
export const ASK_LATE = 'late.ask';
export const TELL_LATE = 'late.tell';
export const DROP_LATE = 'late.drop';
export const MEETING_INPUT = 'lateMeeting';

const STANDARD_MINUTES = 10;
const OFFERED_MINUTES = [5, 10, 15, 30];
const NAMES_SHOWN = 2;
const LONGEST_NAME = 60;
const WITHOUT_INPUT = { associatedInputs: 'none' };

export interface LateMeeting extends Pick<MeetingFacts, 'subject' | 'startAt' | 'endAt'> {
  eventId: string;
}

/** For a reminder: one button. */
export function lateActions(eventId: string): Action[] {
  return [
    // One tap opens the question; how late is chosen there.
    execute('Running late', ASK_LATE, { eventId, minutes: STANDARD_MINUTES }, WITHOUT_INPUT),
  ];
}

/** "Ann (organiser), Bob and 3 others" */
function whoWords(organiser: string | undefined, names: readonly string[]): string {
  const name = (one: string) => plain(one, LONGEST_NAME);
  const shown = names.slice(0, names.length === NAMES_SHOWN + 1 ? NAMES_SHOWN + 1 : NAMES_SHOWN).map(name);
  const rest = names.length - shown.length;
  return enumerate([
    ...(organiser === undefined ? [] : [`${name(organiser)} (organiser)`]),
    ...shown,
    ...(rest > 0 ? [plural(rest, 'other')] : []),
  ]);
}

export interface Told {
  organiser?: string;
  names: readonly string[];
  isOrganiserOnly: boolean;
  /** Of a private meeting: how many they are, and no names. */
  isDiscreet?: boolean;
}

/** "the organiser and 3 others" */
const countWords = ({ organiser, names }: Told): string =>
  enumerate([
    ...(organiser === undefined ? [] : ['the organiser']),
    ...(names.length === 0
      ? []
      : [organiser === undefined ? plural(names.length, 'person', 'people') : plural(names.length, 'other')]),
  ]);

export function askLateCard(meeting: LateMeeting, minutes: number, told: Told, reader: Reader): Message {
  const time = speakerFor(reader).time(meeting.startAt);
  const who = told.isDiscreet ? countWords(told) : whoWords(told.organiser, told.names);
  const subject = subjectOf(meeting);
  const words = (name: string) => `Tell ${who} that you come **${minutes} min** late to ${name} (${time})?`;
  const { eventId, startAt } = meeting;
  const bare = words(clip(subject, 120)).replace(/[*\\]/g, '');
  return message(
    [
      kicker('🏃', 'Running late'),
      line(words(`**${plain(subject, 120)}**`)),
      subtle(
        told.isOrganiserOnly
          ? 'So many people are invited that I tell the organiser alone.'
          : 'In chat where I can, else by mail.',
      ),
    ],
    { summary: bare, fallbackText: bare },
    [
      execute('Tell them', TELL_LATE, { eventId, startAt, minutes }, { style: 'positive' }),
      execute('Don’t', DROP_LATE, {}, WITHOUT_INPUT),
      ...OFFERED_MINUTES.filter((one) => one !== minutes)
        .slice(0, 3)
        .map((one) => execute(`${one} min`, ASK_LATE, { eventId, minutes: one, instead: true }, WITHOUT_INPUT)),
    ],
  );
}

/** Chosen by number: ids are long, and what is chosen comes back as text. */
export function chooseMeetingCard(meetings: readonly LateMeeting[], minutes: number, reader: Reader): Message {
  const say = speakerFor(reader);
  const words = `You come ${minutes} min late: to which meeting?`;
  return message(
    [
      kicker('🏃', 'Running late'),
      {
        type: 'Input.ChoiceSet',
        id: MEETING_INPUT,
        label: words,
        style: 'expanded',
        wrap: true,
        value: '0',
        choices: meetings.map((one, index) => ({
          title: choiceTitle(`${say.time(one.startAt)} ${clip(subjectOf(one), 100)}`),
          value: String(index),
        })),
      },
    ],
    { summary: words, fallbackText: `${words} ${meetings.map(subjectOf).join('; ')}` },
    [execute('Next', ASK_LATE, { minutes, eventIds: meetings.map((one) => one.eventId) })],
  );
}

export interface LateOutcome {
  inChat: number;
  byMail: number;
  mailTrouble?: 'consent' | 'failed' | 'doubtful' | 'underway';
  /** Where to allow mail. */
  url?: string;
}

const TROUBLE: Record<NonNullable<LateOutcome['mailTrouble']>, string> = {
  consent: permissionWords(['Mail.Send']),
  failed: 'Outlook didn’t take the mail to the others. **Send the mail** tries again.',
  doubtful:
    'I can’t tell whether the mail to the others went out. Please look into your sent items before you write to them.',
  underway: 'The mail to the others is on its way.',
};

export function toldLateCard(meeting: LateMeeting, minutes: number, outcome: LateOutcome): Message {
  const { inChat, byMail, mailTrouble, url } = outcome;
  const parts = [...(inChat > 0 ? [`${inChat} in chat`] : []), ...(byMail > 0 ? [`${byMail} by mail`] : [])];
  const told = parts.length > 0 ? `Told ${parts.join(', ')}.` : 'Nobody was told yet.';
  const trouble = mailTrouble ? TROUBLE[mailTrouble] : undefined;
  const isAgain = mailTrouble === 'consent' || mailTrouble === 'failed';
  const { eventId, startAt } = meeting;
  return message(
    [
      kicker('🏃', `${minutes} min late`),
      line(`${told} ${plain(subjectOf(meeting), 120)}`),
      ...(trouble ? [line(trouble, { color: 'Attention' })] : []),
      ...(url ? [subtle('Sign in to allow it, then send the mail.')] : []),
    ],
    { summary: told, fallbackText: [told, trouble?.replace(/\*\*/g, ''), url].filter(Boolean).join(' ') },
    [
      ...(url ? [openUrl('Sign in', url, 'positive')] : []),
      ...(isAgain ? [execute('Send the mail', TELL_LATE, { eventId, startAt, minutes })] : []),
    ],
  );
}

/** For those who wait. */
export interface LateFacts extends Pick<MeetingFacts, 'subject' | 'startAt' | 'endAt' | 'joinUrl'> {
  who: string;
  minutes: number;
}

export function lateCard(facts: LateFacts, reader: Reader, now: number): Message {
  const words = `${clip(facts.who, LONGEST_NAME)} is running ${facts.minutes} min late`;
  const time = when(facts, speakerFor(reader), now);
  return message(
    [
      kicker('🏃', `${plain(facts.who, LONGEST_NAME)} is running ${facts.minutes} min late`),
      title(facts.subject),
      row('🕑', `${time.charAt(0).toUpperCase()}${time.slice(1)}`),
    ],
    { summary: `${words}: ${subjectOf(facts)}`, fallbackText: `${words}: ${subjectOf(facts)} — ${time}` },
    joinAction(facts),
  );
}
