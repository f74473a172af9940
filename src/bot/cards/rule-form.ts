/** Making a rule by choosing, in three steps of one card (when, which, do), or by changing the line that says it. */
import type { Message } from '../../delivery/message.ts';
import type { Known } from '../../rules/parse.ts';
import { mayDo, type RuleScope } from '../../rules/rule.ts';
import { CONDITION_CHOICES, deedChoices, EACH_CHOICES, WHEN_CHOICES, WHICH_CHOICES } from '../rule-form.ts';
import { type Action, choiceTitle, clip, type Element, execute, kicker, line, message, subtle } from './parts.ts';
import { RULE_CANCEL, RULE_CHECK, SCOPE_WORDS } from './rule-draft.ts';

/** data: {scope}, and the inputs of the form */
export const RULE_CHOOSE = 'rule.choose';

const STEPS = [
  { id: 'ruleStepWhen', head: '1 When' },
  { id: 'ruleStepWhich', head: '2 Which' },
  { id: 'ruleStepDo', head: '3 Do' },
] as const;
const LONGEST_INPUT = 400;

const choice = (id: string, label: string, choices: readonly { value: string; title: string }[]): Element => ({
  type: 'Input.ChoiceSet',
  id,
  label,
  style: 'compact',
  value: choices[0]?.value ?? '',
  choices: choices.map(({ value, title }) => ({ value, title })),
});

const textInput = (id: string, label: string, placeholder: string, more: Element = {}): Element => ({
  type: 'Input.Text',
  id,
  label,
  placeholder,
  maxLength: LONGEST_INPUT,
  ...more,
});

const toStep = (title: string, shown: string): Action => ({
  type: 'Action.ToggleVisibility',
  title,
  targetElements: STEPS.map(({ id }) => ({ elementId: id, isVisible: id === shown })),
});

const step = (id: string, items: Element[]): Element => ({
  type: 'Container',
  id,
  isVisible: id === STEPS[0].id,
  spacing: 'Medium',
  items,
});

/** Names and ids are long, and the card must fit into 28 KB. */
const MOST_NAMED = 30;
const LONGEST_NAME = 60;
const namedChoice = (id: string, label: string, all: Known['channels']): Element[] =>
  all.length === 0
    ? []
    : [
        choice(
          id,
          label,
          all.slice(0, MOST_NAMED).map((one) => ({ value: one.id, title: choiceTitle(clip(one.name, LONGEST_NAME)) })),
        ),
      ];

/** What is not offered, and how it comes to be. */
function missing(scope: RuleScope, { channels, webhooks }: Known): Element[] {
  if (!mayDo(scope, 'post')) return [];
  const words = [
    channels.length === 0 ? 'To post in a channel, add me to the team, and be in it yourself.' : '',
    channels.length > MOST_NAMED ? 'Other channels can be named in a line: “channels” lists them.' : '',
    webhooks.length === 0 ? 'To call a webhook, make one: “webhook add https://…”.' : '',
  ].filter(Boolean);
  return words.length > 0 ? [subtle(words.join(' '))] : [];
}

const MORE = 'ruleMore';

const whichStep = (): Element[] => [
  choice('ruleWhich', 'Which', WHICH_CHOICES),
  choice('ruleExternal', 'External people', CONDITION_CHOICES.ruleExternal),
  choice('ruleBy', 'Organised by', CONDITION_CHOICES.ruleBy),
  textInput('ruleWith', 'With whom (an address, or all of customer.com)', 'anybody'),
  textInput('ruleSubject', 'Words in the subject', 'any'),
  {
    type: 'ActionSet',
    actions: [
      {
        type: 'Action.ToggleVisibility',
        title: 'More conditions',
        targetElements: [{ elementId: MORE, isVisible: true }],
      },
      toStep('Next', STEPS[2].id),
    ],
  },
  {
    type: 'Container',
    id: MORE,
    isVisible: false,
    items: [
      choice('ruleAgenda', 'Agenda', CONDITION_CHOICES.ruleAgenda),
      choice('ruleAnswer', 'My answer', CONDITION_CHOICES.ruleAnswer),
      textInput('ruleLeast', 'At least so many people', 'any number'),
      textInput('ruleMost', 'At most so many people', 'any number'),
      textInput('ruleOrganiser', 'Organised by (an address, or all of customer.com)', 'anybody'),
      textInput('ruleCategory', 'In the category', 'any'),
      textInput('ruleRoom', 'In the room', 'any'),
      textInput('ruleCalendar', 'In the calendar', 'any'),
      textInput('ruleLacks', 'Words that are not in the subject', 'none'),
    ],
  },
];

function deedStep(scope: RuleScope, known: Known): Element[] {
  const { channels, webhooks } = mayDo(scope, 'post') ? known : { channels: [], webhooks: [] };
  const deeds = deedChoices(scope, { channels: channels.length > 0, webhooks: webhooks.length > 0 });
  const can = (value: string) => deeds.some((one) => one.value === value);
  return [
    choice('ruleDeed', 'Do', deeds),
    textInput('ruleText', 'Text, title or category', 'Write the follow-up on {subject}', { isMultiline: true }),
    subtle('{subject}, {start}, {end}, {organiser}, {place}, {link} and {people} are filled in.'),
    ...namedChoice('ruleChannel', 'Where, if it posts', channels),
    ...namedChoice('ruleWebhook', 'Which, if it calls a webhook', webhooks),
    ...(can('mailTo') ? [textInput('ruleTo', 'To whom, if it mails somebody', 'ann@customer.com')] : []),
    ...(can('task') ? [textInput('ruleDue', 'When it is due, if it is a task', '1 day')] : []),
    ...missing(scope, known),
    subtle('More than one thing to do: press “Check”, then “Change”.'),
  ];
}

export function ruleFormCard(scope: RuleScope, known: Known): Message {
  const [first, second, third] = STEPS;
  return message(
    [
      kicker('🧩', `New rule · ${SCOPE_WORDS[scope]}`),
      { type: 'ActionSet', actions: STEPS.map(({ id, head }) => toStep(head, id)) },
      step(first.id, [
        choice('ruleWhen', 'When', WHEN_CHOICES),
        textInput('ruleLead', 'How long before or after', '30 minutes', { value: '30 minutes' }),
        choice('ruleEach', 'How often', EACH_CHOICES),
        { type: 'ActionSet', actions: [toStep('Next', second.id)] },
      ]),
      step(second.id, whichStep()),
      step(third.id, deedStep(scope, known)),
    ],
    { summary: 'New rule', fallbackText: 'New rule: when, which, do. You can also type it: “when a meeting ends, …”.' },
    [execute('Check', RULE_CHOOSE, { scope }, { style: 'positive' }), execute('Cancel', RULE_CANCEL)],
  );
}

export function ruleLineCard(typed: string, scope: RuleScope): Message {
  return message(
    [
      kicker('🧩', `Change the rule · ${SCOPE_WORDS[scope]}`),
      textInput('ruleLine', 'In one line', 'when a meeting with external people ends, …', {
        value: typed,
        isMultiline: true,
        maxLength: 2_000,
      }),
      line('Texts stand in quotes; what is to be done is separated by “, and”.', { isSubtle: true }),
    ],
    { summary: 'Change the rule', fallbackText: typed },
    [execute('Check', RULE_CHECK, { scope }, { style: 'positive' }), execute('Cancel', RULE_CANCEL)],
  );
}
