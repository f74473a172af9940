/** settings: everything on one card. */
import { notWatching } from '../cards/answers.ts';
import { ownSettingsCard } from '../settings-cards.ts';
import type { Command } from './command.ts';

export const settings: Command = {
  name: 'settings',
  aliases: ['setting', 'preferences', 'options', 'my settings'],
  usage: 'settings',
  help: 'everything you can choose, on one card',
  group: 'settings',
  run: async (services, turn) => (await ownSettingsCard(services, turn)) ?? notWatching(),
};
