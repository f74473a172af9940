/** What one can say, in groups. */
import type { Message } from '../../delivery/message.ts';
import { type Element, kicker, line, message, subtle } from './parts.ts';

/** Under which head it is shown. */
export type Group = 'watching' | 'calendar' | 'quiet' | 'settings' | 'admin';

export interface HelpEntry {
  /** How it is written, e.g. "remind 10". */
  usage: string;
  help: string;
  group?: Group;
  /** Seldom needed: “help settings” or “help admin” lists it, help itself doesn't. */
  isDetail?: boolean;
}

const HEADS: [Group | undefined, string][] = [
  ['calendar', 'Your calendar'],
  ['quiet', 'Less of me'],
  ['settings', 'Settings'],
  ['watching', 'Watching'],
  ['admin', 'For admins'],
  [undefined, 'More'],
];

/** Characters; all that there is must be in it. */
const LONGEST_LIST = 4_000;

const entryRow = ({ usage, help }: HelpEntry): Element => ({
  type: 'ColumnSet',
  spacing: 'Small',
  columns: [
    { type: 'Column', width: '130px', items: [{ type: 'TextBlock', text: usage, weight: 'Bolder', wrap: true }] },
    { type: 'Column', width: 'stretch', items: [{ type: 'TextBlock', text: help, wrap: true }] },
  ],
});

const wordsOf = (entries: readonly HelpEntry[]) => entries.map(({ usage, help }) => `${usage}: ${help}`).join('\n');

export function helpCard(all: readonly HelpEntry[]): Message {
  const shown = all.filter((entry) => !entry.isDetail);
  const groups = HEADS.map(([group, head]) => ({ head, entries: shown.filter((entry) => entry.group === group) }));
  return message(
    [
      kicker('💬', 'What you can say'),
      ...groups
        .filter(({ entries }) => entries.length > 0)
        .flatMap(({ head, entries }) => [line(`**${head}**`, { spacing: 'Medium' }), ...entries.map(entryRow)]),
      subtle(
        shown.some((entry) => entry.group === 'admin')
          ? '“help settings” and “help admin” list what else can be typed.'
          : '“help settings” lists what else can be typed.',
        { spacing: 'Medium' },
      ),
    ],
    {
      summary: 'What you can say',
      fallbackText: wordsOf(groups.flatMap(({ entries }) => entries)),
      most: LONGEST_LIST,
    },
  );
}

/** All of one group, also what help itself leaves out. */
export function groupHelpCard(title: string, entries: readonly HelpEntry[]): Message {
  return message([kicker('💬', title), ...entries.map(entryRow)], {
    summary: title,
    fallbackText: wordsOf(entries),
    most: LONGEST_LIST,
  });
}
