/** A command for each field of the settings: "quiet 22-7", "focus off", "digest auto". Made from the list of fields. */
import type { Message } from '../../delivery/message.ts';
import { isKindOn } from '../../nudges/chosen.ts';
import type { ChosenSettings, Settings } from '../../nudges/settings.ts';
import { notWatching, sentence } from '../cards/answers.ts';
import { choose, settingsNow } from '../choosing.ts';
import type { Services, Turn } from '../services.ts';
import type { FieldCommand, SettingsField } from '../settings-field.ts';
import { FIELDS } from '../settings-fields.ts';
import { together } from '../settings-form.ts';
import { switchNamed } from '../switches.ts';
import type { Command } from './command.ts';

/** “off”, “never” and an empty list switch something off. */
const isWished = (chosen: ChosenSettings) =>
  Object.entries(chosen).some(([, value]) =>
    Array.isArray(value) ? value.length > 0 : value !== false && value !== null,
  );

/** Whoever sets when reminders come wants reminders. */
function withItsKind(field: SettingsField, chosen: ChosenSettings, settings: Settings): ChosenSettings {
  const kind = field.kind === undefined ? undefined : switchNamed(field.kind);
  const isOff = kind && !isKindOn(kind, { ...settings, forbiddenKinds: [] });
  return kind && isOff && isWished(chosen) && chosen.kinds?.[kind.name] === undefined
    ? together(chosen, { kinds: { [kind.name]: true } })
    : chosen;
}

function forbiddenNote({ kind }: SettingsField, settings: Settings): string {
  if (kind === undefined || !settings.forbiddenKinds.includes(kind)) return '';
  return ` But your admin has switched off **${switchNamed(kind)?.title ?? kind}**, so you won’t notice.`;
}

const said = (field: SettingsField, settings: Settings): Message =>
  sentence(`${field.say(settings)}${forbiddenNote(field, settings)}`);

async function run(field: SettingsField, command: FieldCommand, services: Services, turn: Turn, rest: string) {
  const value = rest === '' ? command.bare : rest;
  if (value === undefined) {
    const found = await settingsNow(services, turn);
    return found ? sentence(`${field.say(found.settings)} Say for example **${command.usage}**.`) : notWatching();
  }
  const read = field.read(value);
  if ('problem' in read) return sentence(`${read.problem} Say for example **${command.usage}**.`);
  const chosen = await choose(services, turn, (settings) =>
    together(withItsKind(field, read.chosen, settings), command.also ?? {}),
  );
  return chosen ? said(field, chosen.settings) : notWatching();
}

const commandOf = (field: SettingsField, command: FieldCommand): Command => ({
  name: command.name,
  ...(command.openings ? { openings: command.openings } : {}),
  usage: command.usage,
  help: command.help,
  group: 'settings',
  isDetail: command.isDetail !== false,
  run: (services, turn, rest) => run(field, command, services, turn, rest),
});

export const FIELD_COMMANDS: readonly Command[] = FIELDS.flatMap((field) =>
  field.command ? [commandOf(field, field.command)] : [],
);
