/** forget me: says what would go and asks once more; forget me now does it. */
import type { Message } from '../../delivery/message.ts';
import { forgetPerson, whatIsHeld } from '../../privacy/forget.ts';
import { sentence } from '../cards/answers.ts';
import { askForgetCard, forgottenCard } from '../cards/privacy.ts';
import type { Services, Turn } from '../services.ts';
import type { Command } from './command.ts';

/** Also the button's. */
export async function forgetNow(services: Services, { tenantId, personId }: Turn): Promise<Message> {
  const counts = await forgetPerson(services, { tenantId, personId }, personId);
  services.tokens.drop({ tenantId, personId });
  services.poke('care');
  return counts ? forgottenCard(counts) : sentence('There is nothing of you here any more.');
}

export const forgetMe: Command = {
  name: 'forget me',
  aliases: ['delete me', 'delete my data', 'forget my data'],
  usage: 'forget me',
  help: 'stop, and remove all that I hold of you',
  isDetail: true,
  group: 'watching',
  async run(services, turn, rest) {
    if (rest === 'now') return forgetNow(services, turn);
    if (rest !== '') return sentence('**forget me** shows what I would remove; **forget me now** does it.');
    return askForgetCard(await whatIsHeld(services, turn));
  },
};
