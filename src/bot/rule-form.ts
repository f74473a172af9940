/** What was chosen in the steps of a rule's card, as the line that somebody else would type. Pure. */
import { type DeedName, mayDo, type RuleScope } from '../rules/rule.ts';

/** `words`: of the line; “{lead}” is how long before or after. */
export interface Choice {
  value: string;
  title: string;
  words: string;
}

export const WHEN_CHOICES: readonly Choice[] = [
  { value: 'after', title: 'After it ends', words: '{lead} after {which} ends' },
  { value: 'before', title: 'Before it starts', words: '{lead} before {which}' },
  { value: 'created', title: 'When it is created', words: 'when {which} is created' },
  { value: 'moved', title: 'When it moves', words: 'when {which} moves' },
  { value: 'cancelled', title: 'When it is cancelled', words: 'when {which} is cancelled' },
  { value: 'changed', title: 'When anything of it changes', words: 'when {which} changes' },
  { value: 'place', title: 'When its place changes', words: 'when {which} changes its place' },
  { value: 'room', title: 'When it loses its room', words: 'when {which} loses its room' },
  { value: 'link', title: 'When its link changes', words: 'when {which} changes its link' },
  { value: 'subject', title: 'When its subject changes', words: 'when {which} changes its subject' },
  { value: 'people', title: 'When others are invited to it', words: 'when {which} changes its people' },
  { value: 'agenda', title: 'When its agenda changes', words: 'when {which} changes its agenda' },
  { value: 'answered', title: 'When somebody answers', words: 'when {which} is answered' },
  { value: 'accepted', title: 'When somebody accepts', words: 'when {which} is accepted' },
  { value: 'tentative', title: 'When somebody accepts tentatively', words: 'when {which} is tentatively accepted' },
  { value: 'declined', title: 'When somebody declines', words: 'when {which} is declined' },
  { value: 'mine', title: 'When I answer', words: 'when {which} is answered by me' },
];

export const EACH_CHOICES: readonly Choice[] = [
  { value: 'occurrence', title: 'Every time', words: '' },
  { value: 'series', title: 'Once for a whole series', words: ', once per series' },
];

export const WHICH_CHOICES: readonly Choice[] = [
  { value: 'any', title: 'Any meeting', words: 'a meeting' },
  { value: 'oneToOne', title: '1:1s', words: 'a meeting that is a 1:1' },
  { value: 'recurring', title: 'Recurring meetings', words: 'a meeting that is recurring' },
  { value: 'entry', title: 'Any entry, also without others', words: 'an entry' },
  { value: 'allDay', title: 'All-day entries', words: 'an entry that is all-day' },
  { value: 'timed', title: 'Entries that are not all-day', words: 'an entry that is not all-day' },
];

const ANY: Choice = { value: 'any', title: 'Any', words: '' };

/** Each narrows the entries down further. */
export const CONDITION_CHOICES = {
  ruleExternal: [
    ANY,
    { value: 'with', title: 'With external people', words: 'with external people' },
    { value: 'without', title: 'Without external people', words: 'without external people' },
  ],
  ruleBy: [
    { ...ANY, title: 'Anybody' },
    { value: 'me', title: 'Me', words: 'that I organise' },
    { value: 'others', title: 'Others', words: 'that others organise' },
  ],
  ruleAgenda: [
    ANY,
    { value: 'with', title: 'With an agenda', words: 'with an agenda' },
    { value: 'without', title: 'Without an agenda', words: 'without an agenda' },
  ],
  ruleAnswer: [
    ANY,
    { value: 'open', title: 'Not answered yet', words: 'that I have not answered' },
    { value: 'accepted', title: 'Accepted', words: 'that I accepted' },
    { value: 'tentative', title: 'Tentatively accepted', words: 'that I tentatively accepted' },
    { value: 'declined', title: 'Declined', words: 'that I declined' },
  ],
} satisfies Record<string, readonly Choice[]>;

interface DeedChoice extends Choice {
  deed: DeedName;
}

export const DEED_CHOICES: readonly DeedChoice[] = [
  { value: 'message', deed: 'message', title: 'Message me', words: 'message me {text}' },
  { value: 'post', deed: 'post', title: 'Post in a channel or chat', words: 'post in {channel} {text}' },
  { value: 'task', deed: 'task', title: 'Add a task to my To Do', words: 'add a task {text} due in {due}' },
  { value: 'mailMe', deed: 'mail', title: 'Mail me', words: 'mail me {text}' },
  { value: 'mailTo', deed: 'mail', title: 'Mail somebody', words: 'mail {to} {text}' },
  { value: 'attendees', deed: 'attendees', title: 'Mail the attendees', words: 'mail the attendees {text}' },
  { value: 'category', deed: 'addCategory', title: 'Add a category', words: 'add the category {text}' },
  { value: 'write', deed: 'appendText', title: 'Write into the entry', words: 'write {text} into the entry' },
  { value: 'webhook', deed: 'webhook', title: 'Call a webhook', words: 'webhook {webhook}' },
];

/** Those that a rule for these calendars may do, and for which there is something to choose. */
export const deedChoices = (scope: RuleScope, has: { channels: boolean; webhooks: boolean }): readonly Choice[] =>
  DEED_CHOICES.filter(({ deed, value }) => {
    if (!mayDo(scope, deed) || (scope === 'everyone' && value === 'mailTo')) return false;
    return (deed !== 'post' || has.channels) && (deed !== 'webhook' || has.webhooks);
  });

/** What stands in the inputs of the card; empty: nothing was chosen. */
export const FORM_FIELDS = [
  ...([
    'ruleWhen',
    'ruleLead',
    'ruleEach',
    'ruleWhich',
    'ruleSubject',
    'ruleLacks',
    'ruleWith',
    'ruleOrganiser',
  ] as const),
  ...(['ruleExternal', 'ruleBy', 'ruleAgenda', 'ruleAnswer', 'ruleLeast', 'ruleMost'] as const),
  ...(['ruleCategory', 'ruleRoom', 'ruleCalendar', 'ruleDeed', 'ruleText', 'ruleDue', 'ruleTo'] as const),
  ...(['ruleChannel', 'ruleWebhook'] as const),
];
export type FormInput = Record<(typeof FORM_FIELDS)[number], string>;

const quote = (text: string) => `"${text.trim().replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\r?\n/g, '\\n')}"`;
const wordsOf = (choices: readonly Choice[], value: string) => choices.find((one) => one.value === value)?.words ?? '';
const NUMBER_ALONE = /^\d{1,5}$/;
const minutes = (text: string, otherwise: string) => {
  const said = text.trim() || otherwise;
  return NUMBER_ALONE.test(said) ? `${said} minutes` : said;
};

function whichOf(input: FormInput): string {
  const given = (text: string, words: (text: string) => string) => (text.trim() ? words(text.trim()) : '');
  const chosen = Object.entries(CONDITION_CHOICES).map(([field, choices]) =>
    wordsOf(choices, input[field as keyof typeof CONDITION_CHOICES]),
  );
  return [
    wordsOf(WHICH_CHOICES, input.ruleWhich) || 'a meeting',
    given(input.ruleSubject, (text) => `called ${quote(text)}`),
    given(input.ruleLacks, (text) => `not called ${quote(text)}`),
    given(input.ruleWith, (party) => `with ${party}`),
    given(input.ruleLeast, (count) => `with at least ${count} people`),
    given(input.ruleMost, (count) => `with at most ${count} people`),
    given(input.ruleCategory, (text) => `in the category ${quote(text)}`),
    given(input.ruleRoom, (text) => `in the room ${quote(text)}`),
    given(input.ruleCalendar, (text) => `in the calendar ${quote(text)}`),
    given(input.ruleOrganiser, (party) => `organised by ${party}`),
    ...chosen,
  ]
    .filter(Boolean)
    .join(' ');
}

/** What is odd in it is said by whoever reads the line. */
export function lineOfForm(input: FormInput): string {
  const which = whichOf(input);
  const when = wordsOf(WHEN_CHOICES, input.ruleWhen)
    .replace('{lead}', () => minutes(input.ruleLead, '0 minutes'))
    .replace('{which}', () => which);
  const quoted = (text: string) => (text.trim() ? quote(text) : '');
  const fillings: Record<string, string> = {
    text: quoted(input.ruleText),
    due: minutes(input.ruleDue, '1 day'),
    to: input.ruleTo.trim(),
    channel: quoted(input.ruleChannel),
    webhook: quoted(input.ruleWebhook),
  };
  const deed = wordsOf(DEED_CHOICES, input.ruleDeed).replace(
    /\{([a-z]+)\}/g,
    (_, name: string) => fillings[name] ?? '',
  );
  return `${when}${wordsOf(EACH_CHOICES, input.ruleEach)}, ${deed.trim()}`;
}
