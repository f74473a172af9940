/**
 * What a person may choose, one entry each. The card (cards/settings.ts) and the commands (commands/fields.ts) walk the
 * list: a new setting is an entry here.
 */
import {
  choice,
  chosenIf,
  type FieldCommand,
  OFF,
  ON,
  type SettingsField,
  switchField,
  toggle,
} from './settings-field.ts';
import { quietWords, readDigestHour, readLeads, readQuiet, readSpare } from './settings-values.ts';
import { COLLEAGUES, SWITCHES } from './switches.ts';
import { LADDERS, ladderTitle, ladderValue, ladderWords, readLadder } from './way-values.ts';
import { enumerate } from './words.ts';

const leadsWords = (minutes: number[]) => enumerate(minutes.map(String));

const OTHERS: SettingsField[] = [
  toggle('tellOwnChanges', {
    section: 'tell',
    label: 'Moves and cancellations of meetings that you organise, too (for those with delegates)',
    command: { name: 'own changes', usage: 'own changes on', help: 'tell me of changes to meetings that I organise' },
    on: 'I tell you of changes to meetings that you organise as well.',
    off: 'I don’t tell you of changes to meetings that you organise.',
  }),
  {
    id: 'remindMinutes',
    section: 'when',
    label: 'Remind me this many minutes before',
    control: { type: 'text', placeholder: '30, 10, 2 · nothing for never' },
    kind: 'reminder',
    show: ({ remindMinutes }) => remindMinutes.join(', '),
    read: (text) => chosenIf(readLeads(text), (remindMinutes) => ({ remindMinutes })),
    say({ remindMinutes, remindAsOutlook, remindAtStart }) {
      if (remindAsOutlook) return 'I’ll remind you when Outlook would.';
      if (remindMinutes.length === 0 && remindAtStart)
        return 'No reminders before a meeting, only at its start. **remind at start off** ends that too.';
      return remindMinutes.length === 0
        ? 'No reminders from now on. **remind 15** brings them back.'
        : `I’ll remind you **${leadsWords(remindMinutes)} min** before each meeting.`;
    },
    command: {
      name: 'remind',
      usage: 'remind 10',
      help: 'remind me 10 minutes before each meeting; “remind 30 10 2”, “remind off”',
      also: { remindAsOutlook: false },
      isDetail: false,
    },
  },
  toggle('remindAsOutlook', {
    section: 'when',
    label: 'Instead, as set in Outlook for each meeting (none where that is off)',
    kind: 'reminder',
    command: {
      name: 'remind as in outlook',
      openings: ['remind as outlook', 'remind like outlook'],
      usage: 'remind as in outlook',
      help: 'when Outlook would, and not where its reminder is off',
      bare: 'on',
    },
    on: 'I’ll remind you when Outlook would, and not where its reminder is off.',
    off: 'I’ll remind you as set here, whatever Outlook does.',
  }),
  toggle('remindAtStart', {
    section: 'when',
    label: 'Once more when a meeting starts, until you joined',
    kind: 'reminder',
    command: {
      name: 'remind at start',
      usage: 'remind at start on',
      help: 'once more when a meeting starts, until I joined',
      bare: 'on',
    },
    on: 'I’ll remind you again when a meeting starts, until you join or dismiss it.',
    off: 'I won’t remind you again when a meeting starts.',
  }),
  {
    id: 'digestAt',
    section: 'when',
    label: 'Daily digest at',
    control: { type: 'text', placeholder: '7:30 · auto: when your working day begins' },
    kind: 'digest',
    show: ({ digestAt }) => digestAt,
    read: (text) =>
      OFF.test(text.trim()) || ON.test(text.trim())
        ? { chosen: { kinds: { digest: ON.test(text.trim()) } } }
        : chosenIf(readDigestHour(text), (digestAt) => ({ digestAt })),
    say({ digestAt, kinds }) {
      if (kinds.digest === false) return 'No daily digest from now on. **digest auto** brings it back.';
      return digestAt === 'auto'
        ? 'Your digest comes when your working day begins.'
        : `Your digest comes at **${digestAt}** on your working days.`;
    },
    command: {
      name: 'digest',
      usage: 'digest 7:30',
      help: 'when your day’s digest comes; “digest auto”, “digest off”',
      isDetail: false,
    },
  },
  toggle('weekDigest', {
    section: 'when',
    label: 'On the week’s first working day, the week as well',
    kind: 'digest',
    command: { name: 'digest week', usage: 'digest week on', help: 'the week, on its first working day' },
    on: 'On the week’s first working day you get the week as well.',
    off: 'The digest is about the day alone.',
  }),
  toggle('weeklyTime', {
    section: 'when',
    label: 'On the week’s first working day, how the week before was spent',
    command: { name: 'time weekly', usage: 'time weekly on', help: 'how the week before was spent, once a week' },
    on: 'When your week begins, I’ll tell you how the one before was spent. **time** shows the present one.',
    off: 'No weekly report on your time. **time** shows it whenever you ask.',
  }),
  choice('travelBy', {
    section: 'when',
    label: 'I get about by',
    command: { name: 'travel by', usage: 'travel by bicycle', help: 'car, foot, bicycle or transit' },
    choices: [
      ['car', 'car', 'I reckon with the car.'],
      ['foot', 'foot', 'I reckon with walking.'],
      ['bicycle', 'bicycle', 'I reckon with the bicycle.'],
      ['transit', 'public transport', 'I reckon with public transport.'],
    ],
  }),
  {
    id: 'spareMinutes',
    section: 'when',
    label: 'Spare minutes on the way',
    control: { type: 'text', placeholder: '7' },
    show: ({ spareMinutes }) => String(spareMinutes),
    read: (text) => chosenIf(readSpare(text), (spareMinutes) => ({ spareMinutes })),
    say: ({ spareMinutes }) => `I add **${spareMinutes} min** of spare time to each way.`,
    command: { name: 'spare', usage: 'spare 10', help: 'minutes of spare time on each way' },
  },
  {
    // Typed as “notify me by …” (commands/ways.ts), which shows the addresses as well.
    id: 'ways',
    section: 'when',
    label: 'How to reach you',
    control: {
      type: 'choice',
      choices: LADDERS.map((ways) => ({ value: ladderValue(ways), title: ladderTitle(ways) })),
    },
    show: ({ ways }) => ladderValue(ways),
    read: (text) => chosenIf(readLadder(text), (ways) => ({ ways })),
    say: ({ ways }) => ladderWords(ways),
  },
  {
    id: 'quiet',
    section: 'when',
    label: 'Quiet hours, from – to',
    control: { type: 'text', placeholder: '22:00–7:00 · nothing for none' },
    show: ({ quiet }) => (quiet ? quietWords(quiet) : ''),
    read: (text) => chosenIf(readQuiet(text), (quiet) => ({ quiet })),
    say: ({ quiet }) =>
      quiet
        ? `I’ll be quiet from **${quiet.from} to ${quiet.to}**. News waits until then; reminders are left out.`
        : 'No quiet hours.',
    command: {
      name: 'quiet',
      openings: ['quiet hours'],
      usage: 'quiet 22-7',
      help: 'quiet hours; “quiet off”',
      isDetail: false,
    },
  },
  toggle('respectFocus', {
    section: 'when',
    label: 'During focus time, keep news until later',
    command: { name: 'focus', usage: 'focus on', help: 'keep news until focus time is over' },
    on: 'During focus time I keep news until later; reminders still come.',
    off: 'I speak up during focus time as at any other.',
  }),
  toggle('respectAway', {
    section: 'when',
    label: 'Nothing while you are out of office',
    command: { name: 'away', usage: 'away on', help: 'nothing while I’m out of office' },
    on: 'While you are out of office, I say nothing.',
    off: 'I speak up while you are out of office, too.',
  }),
  toggle('onlyWithOthers', {
    section: 'which',
    label: 'Only meetings with others',
    command: { name: 'only with others', usage: 'only with others on', help: 'only meetings with others', bare: 'on' },
    on: 'I speak of meetings with others only.',
    off: 'I speak of entries without others, too.',
  }),
  toggle('onlyWithLink', {
    section: 'which',
    label: 'Only meetings with a link to join',
    command: { name: 'only with link', usage: 'only with link on', help: 'only meetings one can join', bare: 'on' },
    on: 'I speak of meetings with a link to join only.',
    off: 'I speak of meetings without a link, too.',
  }),
  choice('tentative', {
    section: 'which',
    label: 'Tentative meetings',
    command: { name: 'tentative', usage: 'tentative skip', help: 'tentative meetings; “tentative remind”' },
    choices: [
      ['remind', 'as any other', 'I treat tentative meetings as any other.'],
      ['skip', 'I leave them out', 'I leave out tentative meetings.'],
    ],
  }),
  choice('free', {
    section: 'which',
    label: 'Entries shown as free',
    command: { name: 'free', usage: 'free skip', help: 'entries shown as free; “free remind”' },
    choices: [
      ['remind', 'as any other', 'I treat entries shown as free as any other.'],
      ['skip', 'I leave them out', 'I leave out entries shown as free.'],
    ],
  }),
  choice('private', {
    section: 'which',
    label: 'Private entries',
    command: { name: 'private', usage: 'private discreet', help: 'private entries; “private show”, “private skip”' },
    choices: [
      ['show', 'by their times alone', 'I tell you of private entries by their times; nothing else of them is kept.'],
      ['discreet', 'nothing but their times', 'Of private entries I show nothing but the time.'],
      ['skip', 'I leave them out', 'I leave out private entries.'],
    ],
  }),
];

const COLLEAGUES_COMMAND: FieldCommand = {
  name: 'colleagues',
  usage: 'colleagues off',
  help: 'word from colleagues: who is late, a task or points for me',
};

export const FIELDS: readonly SettingsField[] = [
  ...SWITCHES.map((one) => switchField(one, one === COLLEAGUES ? COLLEAGUES_COMMAND : undefined)),
  ...OTHERS,
];
