/** What is kept of a person: their file, and the end of it. And who did what, for admins. */
import type { Message } from '../../delivery/message.ts';
import type { AuditAct } from '../../privacy/acts.ts';
import { plural } from '../words.ts';
import { type Reader, speakerFor } from './meeting.ts';
import { execute, kicker, line, message, openUrl, plain, row, subtle, title } from './parts.ts';

export const FORGET_NOW = 'privacy.forget';
export const EXPORT_AUDIT = 'privacy.auditCsv';

const WHAT_IS_IN = {
  own: 'It has all that I hold of you, with a word on what each part is for. Secrets such as your sign-in stay sealed and are named, not shown.',
  audit: 'It has all acts that I have on record in your organisation: when, who, what, about whom.',
  rooms: 'It has how much each room was used, a row each, for a spreadsheet; no meeting and nobody is named in it.',
  time: 'It has your meetings that count, a row each, for a spreadsheet.',
  calendar:
    'It has your meetings that count, by their times and subjects. Whoever opens it invites nobody, and nothing in it blocks time.',
} as const;
const FILE_KICKERS: Partial<Record<keyof typeof WHAT_IS_IN, string>> = {
  own: 'Your data',
  audit: 'Who did what',
  rooms: 'Use of rooms',
};

export function exportCard(url: string, kind: keyof typeof WHAT_IS_IN, mostADay: number): Message {
  return message(
    [
      kicker('🔒', FILE_KICKERS[kind] ?? 'Your time'),
      title('Here is a link to your file'),
      line(WHAT_IS_IN[kind]),
      subtle(`The link works once, for ten minutes, and is for you alone. At most ${mostADay} files a day.`),
    ],
    { summary: 'A link to your file', fallbackText: `A link to your file; it works once, for ten minutes: ${url}` },
    [openUrl('Get my file', url, 'positive')],
  );
}

type Counts = Readonly<Record<string, number>>;

const KINDS: readonly (readonly [string, string, string])[] = [
  ['event', '📅', 'calendar entry/calendar entries'],
  ['change', '🔁', 'note of a change/notes of changes'],
  ['nudge', '💬', 'message that was planned or sent/messages that were planned or sent'],
  ['card', '🗂️', 'card that I kept up to date/cards that I kept up to date'],
  ['answer', '✏️', 'answer that you gave/answers that you gave'],
  ['place', '📍', 'place/places'],
  ['way', '✉️', 'address beside Teams/addresses beside Teams'],
  ['feed', '🗓️', 'calendar that I read/calendars that I read'],
  ['app_member', '👥', 'group by which an admin had you watched/groups by which an admin had you watched'],
  ['subscription', '🔔', 'subscription at Microsoft/subscriptions at Microsoft'],
];

function countWords(counts: Counts): { icon: string; text: string }[] {
  const words = KINDS.flatMap(([table, icon, name]) => {
    const count = counts[table] ?? 0;
    const [one = '', more = ''] = name.split('/');
    return count > 0 ? [{ icon, text: `${count} ${count === 1 ? one : more}` }] : [];
  });
  return [
    ...words,
    ...((counts.token_cache ?? 0) > 0 ? [{ icon: '🔑', text: 'your sign-in' }] : []),
    { icon: '⚙️', text: 'your settings, time zone, working hours and this chat’s address' },
  ];
}

export function askForgetCard(counts: Counts): Message {
  const words = countWords(counts);
  return message(
    [
      kicker('🧹', 'Forget me', 'Attention'),
      title('Shall I forget all about you?'),
      line('I would stop watching, and remove:'),
      ...words.map(({ icon, text }) => row(icon, text)),
      subtle(
        'It can’t be taken back. What stays: messages in this chat (Teams keeps them), and a note that this was done. Want your data first? **export my data**',
        { spacing: 'Medium' },
      ),
    ],
    {
      summary: 'Shall I forget all about you?',
      fallbackText: `I would stop watching, and remove: ${words.map((one) => one.text).join(', ')}. Type “forget me now” to do it.`,
    },
    [execute('Forget me', FORGET_NOW, {}, { style: 'destructive' })],
  );
}

export function forgottenCard(counts: Counts): Message {
  const words = countWords(counts);
  return message(
    [
      kicker('🧹', 'Forgotten'),
      title('I have forgotten you'),
      line('Removed:'),
      ...words.map(({ icon, text }) => row(icon, text)),
      subtle(
        'Microsoft is being told to send me nothing more; your sign-in goes once that is done, within a day at most. If you write to me again, you are new to me.',
        { spacing: 'Medium' },
      ),
    ],
    {
      summary: 'I have forgotten you',
      fallbackText: `I have forgotten you. Removed: ${words.map((one) => one.text).join(', ')}. If you write to me again, you are new to me.`,
    },
  );
}

export const ACT_WORDS: Record<AuditAct, string> = {
  connected: 'connected their calendar',
  disconnected: 'disconnected their calendar',
  consented: 'agreed to a permission',
  reconnectNeeded: 'has to sign in again',
  adminSet: 'changed what counts for everybody',
  adminWatch: 'had a group watched',
  adminUnwatch: 'ended the watch of a group',
  adminPaused: 'paused sending for everybody',
  adminResumed: 'resumed sending for everybody',
  adminTime: 'asked for the average hours of a group',
  adminRule: 'changed a rule for everybody or for rooms',
  roomsAdded: 'added rooms',
  roomsRemoved: 'removed a room',
  exported: 'took a file of data',
  forgot: 'had all forgotten',
  uninstalled: 'removed the app',
  keysRotated: 'rotated the keys',
};

export interface ShownAct {
  at: number;
  act: AuditAct;
  /** As they are known here, else the object id. */
  actor: string | null;
  person: string | null;
}

function actWords({ act, actor, person }: ShownAct): string {
  // What nobody did is said of whom it happened to.
  const who = actor ?? person ?? 'Calendar Watch';
  const whom = person && actor && person !== actor ? ` (${plain(person, 80)})` : '';
  return `**${plain(who, 80)}** ${ACT_WORDS[act] ?? 'did something that a newer version knows'}${whom}`;
}

export function auditCard(acts: ShownAct[], reader: Reader): Message {
  const say = speakerFor(reader);
  const words = acts.map((one) => ({ when: `${say.day(one.at)}, ${say.time(one.at)}`, text: actWords(one) }));
  const nothing = 'Nothing has been done yet.';
  return message(
    [
      kicker('📜', 'Who did what'),
      title(acts.length === 0 ? nothing : `The last ${plural(acts.length, 'act')}`),
      ...words.map(({ when, text }) => line(`${text} · ${when}`)),
      subtle('**admin audit csv** gives a file with all of them.', { spacing: 'Medium' }),
    ],
    {
      summary: 'Who did what',
      fallbackText:
        words.length === 0 ? nothing : words.map(({ when, text }) => `${when}: ${text.replace(/\*/g, '')}`).join('; '),
    },
    [execute('All as a file', EXPORT_AUDIT)],
  );
}
