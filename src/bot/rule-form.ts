/** What was chosen in the steps of a rule's card, as the line that somebody else would type. Pure. */

/** `words`: of the line; “{lead}” is how long before or after. */
interface Choice {
  value: string;
  title: string;
  words: string;
}

export const WHEN_CHOICES: readonly Choice[] = [
  { value: 'after', title: 'After a meeting', words: '{lead} after {which} ends' },
  { value: 'before', title: 'Before a meeting', words: '{lead} before {which}' },
  { value: 'created', title: 'When a meeting is created', words: 'when {which} is created' },
  { value: 'moved', title: 'When it moves', words: 'when {which} moves' },
  { value: 'cancelled', title: 'When it is cancelled', words: 'when {which} is cancelled' },
  { value: 'changed', title: 'When anything of it changes', words: 'when {which} changes' },
  { value: 'room', title: 'When it loses its room', words: 'when {which} loses its room' },
  { value: 'declined', title: 'When somebody declines it', words: 'when {which} is declined' },
  { value: 'answered', title: 'When somebody answers', words: 'when {which} is answered' },
];

export const WHICH_CHOICES: readonly Choice[] = [
  { value: 'any', title: 'Any meeting', words: 'a meeting' },
  { value: 'external', title: 'With external people', words: 'a meeting with external people' },
  { value: 'mine', title: 'That I organise', words: 'a meeting that I organise' },
  {
    value: 'noAgenda',
    title: 'That I organise, without an agenda',
    words: 'a meeting without an agenda that I organise',
  },
  { value: 'oneToOne', title: '1:1s', words: 'a meeting that is a 1:1' },
  { value: 'big', title: 'With more than 8 people', words: 'a meeting with more than 8 people' },
  { value: 'agenda', title: 'With an agenda', words: 'a meeting with an agenda' },
  { value: 'recurring', title: 'That is recurring', words: 'a meeting that is recurring' },
  { value: 'allDay', title: 'All-day entries', words: 'an entry that is all-day' },
  { value: 'open', title: 'That I have not answered', words: 'a meeting that I have not answered' },
  { value: 'entry', title: 'Any entry, also without others', words: 'an entry' },
];

export const EACH_CHOICES: readonly Choice[] = [
  { value: 'occurrence', title: 'Every time', words: '' },
  { value: 'series', title: 'Once for a whole series', words: ', once per series' },
];

export const DEED_CHOICES: readonly Choice[] = [
  { value: 'message', title: 'Message me', words: 'message me {text}' },
  { value: 'post', title: 'Post in a channel or group chat', words: 'post in {where} {text}' },
  { value: 'task', title: 'Add a task to my To Do', words: 'add a task {text} due in 1 day' },
  { value: 'mailMe', title: 'Mail me', words: 'mail me {text}' },
  { value: 'attendees', title: 'Mail the attendees', words: 'mail the attendees {text}' },
  { value: 'category', title: 'Add a category', words: 'add the category {text}' },
  { value: 'write', title: 'Write into the entry', words: 'write {text} into the entry' },
  { value: 'webhook', title: 'Call a webhook', words: 'webhook {where}' },
];

export interface FormInput {
  ruleWhen: string;
  ruleLead: string;
  ruleEach: string;
  ruleWhich: string;
  ruleWith: string;
  ruleOrganiser: string;
  ruleSubject: string;
  ruleCategory: string;
  ruleRoom: string;
  ruleCalendar: string;
  ruleDeed: string;
  ruleWhere: string;
  ruleText: string;
}

const quote = (text: string) => `"${text.trim().replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\r?\n/g, '\\n')}"`;
const wordsOf = (choices: readonly Choice[], value: string) => choices.find((one) => one.value === value)?.words ?? '';

/** What is odd in it is said by whoever reads the line. */
export function lineOfForm(input: FormInput): string {
  const given = (text: string, words: (text: string) => string) => (text.trim() ? ` ${words(text.trim())}` : '');
  const which = [
    wordsOf(WHICH_CHOICES, input.ruleWhich),
    given(input.ruleSubject, (text) => `called ${quote(text)}`),
    given(input.ruleWith, (party) => `with ${party}`),
    given(input.ruleCategory, (text) => `in the category ${quote(text)}`),
    given(input.ruleRoom, (text) => `in the room ${quote(text)}`),
    given(input.ruleCalendar, (text) => `in the calendar ${quote(text)}`),
    given(input.ruleOrganiser, (party) => `organised by ${party}`),
  ].join('');
  const when = wordsOf(WHEN_CHOICES, input.ruleWhen)
    .replace('{lead}', () => input.ruleLead.trim() || '0 minutes')
    .replace('{which}', () => which);
  const text = input.ruleText.trim();
  const where = input.ruleWhere.trim();
  const deed = wordsOf(DEED_CHOICES, input.ruleDeed)
    .replace('{where}', () => (where ? quote(where) : ''))
    .replace('{text}', () => (text ? quote(text) : ''));
  return `${when}${wordsOf(EACH_CHOICES, input.ruleEach)}, ${deed.trim()}`;
}
