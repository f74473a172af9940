/**
 * What a setting is made of: its input on the card, how its value is read, how it is typed, and how it is said. Here are
 * the shapes; settings-fields.ts has the list.
 */
import { isKindOn } from '../nudges/chosen.ts';
import type { ChosenSettings, Settings } from '../nudges/settings.ts';
import type { Value } from './settings-values.ts';
import type { Switch } from './switches.ts';
import { enumerate } from './words.ts';

export type Section = 'tell' | 'when' | 'which';

export type Control =
  | { type: 'toggle' }
  | { type: 'choice'; choices: { value: string; title: string }[] }
  | { type: 'text'; placeholder: string };

export type Read = { chosen: ChosenSettings } | { problem: string };

export interface FieldCommand {
  /** As it is typed, with the value after it. */
  name: string;
  /** Other words for that. */
  openings?: string[];
  usage: string;
  help: string;
  /** The value that the name alone stands for; without one it shows how it is. */
  bare?: string;
  /** What else is chosen by typing a value. */
  also?: ChosenSettings;
  /** False: help itself lists it. */
  isDetail?: false;
}

export interface SettingsField {
  /** Of its input. */
  id: string;
  section: Section;
  label: string;
  control: Control;
  /** It says something about this kind alone: who types a value wants to have the kind. */
  kind?: string;
  /** What stands in its input. */
  show(settings: Settings): string;
  /** `chosen.kinds` has nothing but what changes. */
  read(text: string): Read;
  /** How it is now, in a sentence. */
  say(settings: Settings): string;
  command?: FieldCommand;
}

type KeyOf<T> = {
  [K in keyof Settings]: Settings[K] extends T ? (T extends Settings[K] ? K : never) : never;
}[keyof Settings];

export const ON = /^(?:true|on|yes)$/i;
export const OFF = /^(?:false|off|no)$/i;

function readSwitch(text: string, chosen: (on: boolean) => ChosenSettings): Read {
  const word = text.trim();
  if (ON.test(word)) return { chosen: chosen(true) };
  return OFF.test(word) ? { chosen: chosen(false) } : { problem: 'On or off?' };
}

export const chosenIf = <T>(read: Value<T>, chosen: (value: T) => ChosenSettings): Read =>
  'problem' in read ? read : { chosen: chosen(read.value) };

type Words = Pick<SettingsField, 'section' | 'label' | 'kind'> & { command: FieldCommand };

export function toggle(id: KeyOf<boolean>, words: Words & { on: string; off: string }): SettingsField {
  const { on, off, ...rest } = words;
  return {
    id,
    ...rest,
    control: { type: 'toggle' },
    show: (settings) => String(settings[id]),
    read: (text) => readSwitch(text, (value) => ({ [id]: value })),
    say: (settings) => (settings[id] ? on : off),
  };
}

/** One of a few words; `choices` are [word, on the card, in a sentence]. */
export function choice(
  id: 'travelBy' | 'tentative' | 'free' | 'private',
  words: Words & { choices: [string, string, string][] },
): SettingsField {
  const { choices, ...rest } = words;
  return {
    id,
    ...rest,
    control: { type: 'choice', choices: choices.map(([value, title]) => ({ value, title })) },
    show: (settings) => settings[id],
    read(text) {
      const typed = text.trim().toLowerCase();
      const found = choices.find(([value]) => value === typed);
      return found
        ? { chosen: { [id]: found[0] } }
        : { problem: `I know ${enumerate(choices.map(([value]) => value))}.` };
    },
    say: (settings) => choices.find(([value]) => value === settings[id])?.[2] ?? '',
  };
}

export const switchField = (kind: Switch, command?: FieldCommand): SettingsField => ({
  id: `kind.${kind.name}`,
  section: 'tell',
  label: `${kind.title}: ${kind.explains}`,
  control: { type: 'toggle' },
  kind: kind.name,
  show: (settings) => String(isKindOn(kind, { ...settings, forbiddenKinds: [] })),
  read: (text) => readSwitch(text, (on) => ({ kinds: { [kind.name]: on } })),
  say: (settings) => `${kind.title}: ${isKindOn(kind, settings) ? 'on' : 'off'}.`,
  ...(command ? { command } : {}),
});
