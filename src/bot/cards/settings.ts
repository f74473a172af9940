/** Everything that can be chosen on one card: a person's own, and an admin's for everybody. Drawn from the list of fields. */
import type { Message } from '../../delivery/message.ts';
import { NO_POLICY, OTHER_WAYS, readSettings, type Settings, type TenantPolicy } from '../../nudges/settings.ts';
import type { Section, SettingsField } from '../settings-field.ts';
import { FIELDS } from '../settings-fields.ts';
import { type Inputs, type Problem, shownIn } from '../settings-form.ts';
import { SWITCHES } from '../switches.ts';
import { WAY_NAMES } from '../way-values.ts';
import { plural } from '../words.ts';
import { type Action, clip, type Element, execute, kicker, line, message, plain, subtle, title } from './parts.ts';

export const SAVE_SETTINGS = 'settings.save';
export const OPEN_SETTINGS = 'settings.open';
export const OPEN_FOR_ALL = 'settings.forAll';
export const SAVE_FOR_ALL = 'settings.saveForAll';

const LONGEST_INPUT = 200;

export const allowId = (kind: string): string => `allow.${kind}`;
export const allowWayId = (way: string): string => `allow.way.${way}`;

const SECTIONS: { name: Section; head: string }[] = [
  { name: 'tell', head: 'What I tell you' },
  { name: 'when', head: 'When' },
  { name: 'which', head: 'Which meetings' },
];

const sectionId = (name: string) => `section.${name}`;

/** What was typed and could not be read stays where it was typed, with a word about it. */
export interface Attempt {
  inputs: Inputs;
  problems: Problem[];
}

interface Form {
  settings: Settings;
  attempt?: Attempt;
}

function inputElement(field: SettingsField, { settings, attempt }: Form): Element {
  const { id, label, control } = field;
  const value = clip(attempt?.inputs[id] ?? field.show(settings), LONGEST_INPUT);
  if (control.type === 'toggle')
    return {
      type: 'Input.Toggle',
      id,
      title: label,
      value,
      valueOn: 'true',
      valueOff: 'false',
      wrap: true,
      spacing: 'Small',
    };
  if (control.type === 'choice')
    return { type: 'Input.ChoiceSet', id, label, style: 'compact', value, choices: control.choices, spacing: 'Small' };
  return {
    type: 'Input.Text',
    id,
    label,
    value,
    placeholder: control.placeholder,
    maxLength: LONGEST_INPUT,
    spacing: 'Small',
  };
}

const kindOf = (field: SettingsField) => SWITCHES.find((kind) => field.id === `kind.${kind.name}`);

function fieldElements(field: SettingsField, form: Form): Element[] {
  const kind = kindOf(field);
  if (kind && form.settings.forbiddenKinds.includes(kind.name))
    return [subtle(`${kind.title}: switched off by your admin`)];
  const problem = form.attempt?.problems.find((one) => one.id === field.id);
  return [
    inputElement(field, form),
    ...(problem ? [line(`⚠️ ${plain(problem.words)}`, { color: 'Attention', size: 'Small' })] : []),
  ];
}

/** One section is seen at a time; what is not seen is saved all the same. */
function tabs(names: { name: string; head: string }[]): Element {
  return {
    type: 'ActionSet',
    spacing: 'Medium',
    actions: names.map(
      ({ name, head }): Action => ({
        type: 'Action.ToggleVisibility',
        title: head,
        targetElements: names.map((one) => ({ elementId: sectionId(one.name), isVisible: one.name === name })),
      }),
    ),
  };
}

function sectionElement({ name, head }: { name: string; head: string }, items: Element[], openName: string): Element {
  return {
    type: 'Container',
    id: sectionId(name),
    isVisible: name === openName,
    spacing: 'Medium',
    items: [line(`**${head}**`), ...items],
  };
}

const itemsOf = (name: Section, form: Form) =>
  FIELDS.filter((field) => field.section === name).flatMap((field) => fieldElements(field, form));

const openSection = ({ attempt }: Form): string =>
  FIELDS.find((field) => attempt?.problems.some((one) => one.id === field.id))?.section ?? 'tell';

const headOf = (attempt: Attempt | undefined, saved: boolean, plainly: string): [string, string] => {
  if (attempt) return ['⚠️', `Not saved: ${plural(attempt.problems.length, 'entry', 'entries')} I can’t read`];
  return saved ? ['✅', 'Saved'] : ['⚙️', plainly];
};

/** In words, for toasts and screen readers: how things are. */
const wordsOf = ({ settings }: Form) =>
  FIELDS.map((field) => field.say(settings).replace(/\*\*/g, ''))
    .filter(Boolean)
    .join(' ');

export interface Aside {
  /** "Muted: …", "Paused until …" */
  notes: string[];
  isAdmin: boolean;
}

export function settingsCard(form: Form, aside: Aside, saved = false): Message {
  const [icon, words] = headOf(form.attempt, saved, 'Settings');
  const open = openSection(form);
  return message(
    [
      kicker(icon, words, form.attempt ? 'Attention' : 'Accent'),
      title('What shall I tell you, and when?'),
      tabs(SECTIONS),
      ...SECTIONS.map((one) => sectionElement(one, itemsOf(one.name, form), open)),
      ...aside.notes.map((note) => subtle(plain(note))),
    ],
    {
      summary: words,
      fallbackText: `${words}. ${wordsOf(form)} You can type each of these; “help settings” shows how.`,
    },
    [
      execute('Save', SAVE_SETTINGS, { was: shownIn(FIELDS, form.settings) }, { style: 'positive' }),
      ...(aside.isAdmin ? [execute('For everyone…', OPEN_FOR_ALL, {}, { associatedInputs: 'none' })] : []),
    ],
  );
}

/** What counts for who chose nothing. */
export const settingsForAll = ({ defaults }: TenantPolicy): Settings => readSettings({}, { ...NO_POLICY, defaults });

function allowElements(policy: TenantPolicy, attempt: Attempt | undefined): Element[] {
  const toggle = (id: string, name: string, isAllowed: boolean): Element => ({
    type: 'Input.Toggle',
    id,
    title: `${name} may be used`,
    value: attempt?.inputs[id] ?? String(isAllowed),
    valueOn: 'true',
    valueOff: 'false',
    wrap: true,
    spacing: 'Small',
  });
  const { forbiddenKinds, forbiddenWays } = policy;
  return [
    ...SWITCHES.map((kind) => toggle(allowId(kind.name), kind.title, !forbiddenKinds.includes(kind.name))),
    ...OTHER_WAYS.map((way) =>
      toggle(allowWayId(way), `${WAY_NAMES[way]}, when Teams can’t,`, !forbiddenWays.includes(way)),
    ),
  ];
}

export function forAllCard(policy: TenantPolicy, attempt?: Attempt, saved = false): Message {
  const form: Form = { settings: settingsForAll(policy), ...(attempt ? { attempt } : {}) };
  const [icon, words] = headOf(attempt, saved, 'Settings for everyone');
  const names = [...SECTIONS, { name: 'allow', head: 'Allowed' }];
  const open = openSection(form);
  const forbidden = [
    ...SWITCHES.filter((kind) => policy.forbiddenKinds.includes(kind.name)).map((kind) => kind.title),
    ...policy.forbiddenWays.map((way) => WAY_NAMES[way]),
  ];
  const allowed = forbidden.length > 0 ? `Not allowed: ${forbidden.join(', ')}.` : 'Everything is allowed.';
  return message(
    [
      kicker(icon, saved ? 'Saved for everyone' : words, attempt ? 'Attention' : 'Accent'),
      title('What counts for everyone?'),
      subtle('These count where people chose nothing themselves. What is not allowed is off for all.'),
      tabs(names),
      ...SECTIONS.map((one) => sectionElement(one, itemsOf(one.name, form), open)),
      sectionElement({ name: 'allow', head: 'What is allowed' }, allowElements(policy, attempt), open),
      ...(policy.otherAccounts
        ? [
            subtle(
              'Other accounts than the one used in Teams may be connected. **admin forbid other accounts** ends that.',
            ),
          ]
        : []),
      ...(saved ? [subtle('Everybody’s plan follows within ten minutes.')] : []),
    ],
    { summary: saved ? 'Saved for everyone' : words, fallbackText: `${words}. ${allowed} ${wordsOf(form)}` },
    [
      execute('Save for everyone', SAVE_FOR_ALL, { was: shownIn(FIELDS, form.settings) }, { style: 'positive' }),
      execute('My own settings', OPEN_SETTINGS, {}, { associatedInputs: 'none' }),
    ],
  );
}
