/** "Save" on the settings' cards, and the ways between them. Nothing is saved while something can't be read. */
import { OTHER_WAYS, type OtherWayName } from '../../nudges/settings.ts';
import { notWatching } from '../cards/answers.ts';
import {
  allowId,
  allowWayId,
  forAllCard,
  OPEN_FOR_ALL,
  OPEN_SETTINGS,
  SAVE_FOR_ALL,
  SAVE_SETTINGS,
  settingsForAll,
} from '../cards/settings.ts';
import { choose, chooseForAll, requireAdmin, settingsNow } from '../choosing.ts';
import { settingsForAllCard } from '../commands/admin-settings.ts';
import { RESUME, resume } from '../commands/pause.ts';
import { ownSettingsCard, shownSettings } from '../settings-cards.ts';
import { FIELDS } from '../settings-fields.ts';
import { inputsOf, readForm, readShown } from '../settings-form.ts';
import { SWITCHES } from '../switches.ts';
import type { ButtonAction } from './action.ts';

const IDS = FIELDS.map((field) => field.id);
const ALLOW_IDS = [...SWITCHES.map((kind) => allowId(kind.name)), ...OTHER_WAYS.map(allowWayId)];

const pressOpen: ButtonAction = {
  verb: OPEN_SETTINGS,
  run: async (services, turn) => ({ card: (await ownSettingsCard(services, turn)) ?? notWatching() }),
};

const pressSave: ButtonAction = {
  verb: SAVE_SETTINGS,
  async run(services, turn, data) {
    const inputs = inputsOf(data, IDS);
    const shown = readShown(data);
    const before = await settingsNow(services, turn);
    if (!before) return { card: notWatching() };
    const { problems } = readForm(inputs, FIELDS, before.settings, shown);
    if (problems.length > 0) return { card: shownSettings(before, services.clock.now(), { inputs, problems }) };
    const chosen = await choose(services, turn, (settings) => readForm(inputs, FIELDS, settings, shown).chosen);
    return { card: chosen ? shownSettings(chosen, services.clock.now(), undefined, true) : notWatching() };
  },
};

const pressOpenForAll: ButtonAction = {
  verb: OPEN_FOR_ALL,
  run: async (services, turn) => ({ card: await settingsForAllCard(services, turn) }),
};

/** What an old card doesn't know stays as it is. */
function forbiddenIn(inputs: Readonly<Record<string, string>>, before: string[]): string[] {
  const asked = (kind: string) => inputs[allowId(kind)];
  const kept = before.filter((kind) => asked(kind) === undefined);
  return [...kept, ...SWITCHES.map((kind) => kind.name).filter((kind) => asked(kind) === 'false')];
}

const forbiddenWaysIn = (inputs: Readonly<Record<string, string>>, before: OtherWayName[]): OtherWayName[] =>
  OTHER_WAYS.filter((way) => (inputs[allowWayId(way)] ?? String(!before.includes(way))) === 'false');

const pressSaveForAll: ButtonAction = {
  verb: SAVE_FOR_ALL,
  async run(services, turn, data) {
    const inputs = inputsOf(data, [...IDS, ...ALLOW_IDS]);
    const shown = readShown(data);
    const current = await requireAdmin(services, turn);
    const { problems } = readForm(inputs, FIELDS, settingsForAll(current), shown);
    if (problems.length > 0) return { card: forAllCard(current, { inputs, problems }) };
    const policy = await chooseForAll(services, turn, (before) => ({
      defaults: readForm(inputs, FIELDS, settingsForAll(before), shown).chosen,
      forbiddenKinds: forbiddenIn(inputs, before.forbiddenKinds),
      forbiddenWays: forbiddenWaysIn(inputs, before.forbiddenWays),
    }));
    return { card: forAllCard(policy, undefined, true) };
  },
};

const pressResume: ButtonAction = {
  verb: RESUME,
  run: async (services, turn) => ({ card: await resume(services, turn) }),
};

export const SETTINGS_ACTIONS: readonly ButtonAction[] = [
  pressOpen,
  pressSave,
  pressOpenForAll,
  pressSaveForAll,
  pressResume,
];
