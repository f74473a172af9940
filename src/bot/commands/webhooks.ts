/** webhooks, webhook add | remove | on, test webhook: the addresses that one's rules may tell. */
import type { Message } from '../../delivery/message.ts';
import type { Webhook } from '../../store/webhooks.ts';
import { refuse } from '../actions/press-input.ts';
import { sentence } from '../cards/answers.ts';
import { plain } from '../cards/parts.ts';
import { hostWords, ruleNames, webhookAddedCard, webhookOnCard, webhooksCard } from '../cards/webhooks.ts';
import { presser } from '../rules.ts';
import type { Services, Turn } from '../services.ts';
import { addWebhook, dropWebhook, listed, switchOn, testWebhook, webhookNamed } from '../webhooks.ts';
import type { Command } from './command.ts';

/** Longer lines are cut before they get here (commands.ts): part of an address is another address. */
const LONGEST_ADDRESS = 480;

async function shown(services: Services, turn: Turn, done?: string): Promise<Message> {
  const list = await listed(services, turn);
  const reader = await presser(services, turn);
  return webhooksCard({ ...list, ...(done ? { done } : {}) }, reader, services.clock.now());
}

/** That which they name; where they name none, the only one that it can be. */
async function meant(
  services: Services,
  turn: Turn,
  typed: string,
  usage: string,
  isMeant: (one: Webhook) => boolean = () => true,
): Promise<Webhook> {
  const { webhooks } = await listed(services, turn);
  if (webhooks.length === 0)
    throw refuse('there is no webhook', 'You have no webhooks. **webhook add https://…** makes one.');
  const candidates = webhooks.filter(isMeant);
  const [only] = candidates;
  if (typed === '' && only && candidates.length === 1) return only;
  const named = webhookNamed(webhooks, typed);
  if (named.kind === 'one') return named.webhook;
  const why =
    named.kind === 'several'
      ? `You have ${named.count} webhooks there.`
      : typed === ''
        ? 'Which one?'
        : `I know no webhook “${plain(typed, 60)}”.`;
  throw refuse('which webhook is not clear', `${why} Say its number: **${usage} 1**. **webhooks** lists them.`);
}

export async function testing(services: Services, turn: Turn, webhookId: string): Promise<Message> {
  const { host } = await testWebhook(services, turn, webhookId);
  return sentence(
    `I’m sending a test to ${plain(hostWords(host))}. What it answers stands here in a moment, and later in **webhooks** if it was not taken.`,
  );
}

export async function removed(services: Services, turn: Turn, webhookId: string): Promise<Message> {
  const { webhook, paused } = await dropWebhook(services, turn, webhookId);
  const names = ruleNames(paused.map((rule) => rule.name));
  const rules = paused.length > 0 ? ` Paused, having nothing else to do: ${names}.` : '';
  return shown(services, turn, `${hostWords(webhook.host)} is removed, and nothing goes there any more.${rules}`);
}

export const webhooks: Command = {
  name: 'webhooks',
  aliases: ['my webhooks', 'webhook'],
  usage: 'webhooks',
  isDetail: true,
  help: 'addresses that your rules may tell, and how they fare',
  group: 'settings',
  run: (services, turn) => shown(services, turn),
};

export const webhookAdd: Command = {
  name: 'webhook add',
  openings: ['add webhook', 'add a webhook'],
  usage: 'webhook add https://…',
  isDetail: true,
  help: 'a new one; its signing secret is shown once',
  group: 'settings',
  keepsCase: true,
  async run(services, turn, rest) {
    const url = rest.replace(/^["“<]+|["”>]+$/g, '');
    if (url === '') return sentence('Which address? For example: **webhook add https://hooks.example.com/in**');
    if (/\s/.test(url)) return sentence('One address, without blanks in it, please.');
    if (url.length > LONGEST_ADDRESS) return sentence(`I take addresses of up to ${LONGEST_ADDRESS} characters.`);
    const { webhook, secret, name } = await addWebhook(services, turn, url);
    return webhookAddedCard(webhook, secret, name);
  },
};

export const webhookRemove: Command = {
  name: 'webhook remove',
  openings: ['webhook delete', 'remove webhook', 'delete webhook'],
  usage: 'webhook remove 1',
  isDetail: true,
  help: 'by its number, or its host',
  group: 'settings',
  async run(services, turn, rest) {
    // What is gone for good is never guessed.
    const { webhookId } = await meant(services, turn, rest, 'webhook remove', () => false);
    return removed(services, turn, webhookId);
  },
};

export const webhookOn: Command = {
  name: 'webhook on',
  openings: ['switch on webhook'],
  usage: 'webhook on 1',
  isDetail: true,
  help: 'after it was switched off',
  group: 'settings',
  async run(services, turn, rest) {
    const { webhookId } = await meant(services, turn, rest, 'webhook on', (one) => one.offAt !== null);
    const { webhook, paused } = await switchOn(services, turn, webhookId);
    return webhookOnCard(webhook, paused);
  },
};

export const testWebhookCommand: Command = {
  name: 'test webhook',
  openings: ['webhook test', 'test my webhook'],
  usage: 'test webhook 1',
  isDetail: true,
  help: 'sends it a test, and says what it answers',
  group: 'settings',
  async run(services, turn, rest) {
    const { webhookId } = await meant(services, turn, rest, 'test webhook');
    return testing(services, turn, webhookId);
  },
};

export const WEBHOOK_COMMANDS: readonly Command[] = [
  webhooks,
  webhookAdd,
  webhookRemove,
  webhookOn,
  testWebhookCommand,
];
