/** calendars: which of them are watched. */
import { choicesOf, pollMinutes } from '../calendars.ts';
import { calendarsCard } from '../cards/calendars.ts';
import type { Command } from './command.ts';

export const calendars: Command = {
  name: 'calendars',
  aliases: ['calendar', 'my calendars'],
  usage: 'calendars',
  help: 'which of your calendars I watch, and those shared with you',
  group: 'watching',
  run: async (services, turn) => calendarsCard(await choicesOf(services, turn), pollMinutes(services)),
};
