/** Making a rule by choosing, in three steps of one card (when, which, do), or by changing the line that says it. */
import type { Message } from '../../delivery/message.ts';
import type { RuleScope } from '../../rules/rule.ts';
import { DEED_CHOICES, EACH_CHOICES, WHEN_CHOICES, WHICH_CHOICES } from '../rule-form.ts';
import { type Action, type Element, execute, kicker, line, message, subtle } from './parts.ts';
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

export function ruleFormCard(scope: RuleScope): Message {
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
      step(second.id, [
        choice('ruleWhich', 'Which', WHICH_CHOICES),
        textInput('ruleWith', 'With whom (an address, or all of customer.com)', 'anybody'),
        textInput('ruleSubject', 'Words in the subject', 'any'),
        textInput('ruleOrganiser', 'Organised by (an address)', 'anybody'),
        textInput('ruleCategory', 'In the category', 'any'),
        textInput('ruleRoom', 'In the room', 'any'),
        textInput('ruleCalendar', 'In the calendar', 'any'),
        { type: 'ActionSet', actions: [toStep('Next', third.id)] },
      ]),
      step(third.id, [
        choice('ruleDeed', 'Do', DEED_CHOICES),
        textInput('ruleWhere', 'Where (the channel’s or the webhook’s name)', 'channels lists them'),
        textInput('ruleText', 'Text, title or category', 'Write the follow-up on {subject}', { isMultiline: true }),
        subtle('{subject}, {start}, {end}, {organiser}, {place}, {link} and {people} are filled in.'),
      ]),
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
