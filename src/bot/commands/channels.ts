/** channels: where the bot is and the person too, which is where a rule of theirs may post. */
import { channelsCard } from '../cards/channels.ts';
import { channelsOfPerson } from '../channels.ts';
import type { Command } from './command.ts';

export const channels: Command = {
  name: 'channels',
  aliases: ['my channels'],
  usage: 'channels',
  isDetail: true,
  help: 'the channels and group chats that your rules can post in; “channels sales” finds one by its name',
  group: 'settings',
  run: async (services, turn, rest) => channelsCard(await channelsOfPerson(services, turn, rest), rest),
};
