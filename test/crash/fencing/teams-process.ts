/**
 * Teams and Entra in a process of their own, so that neither a stopped product nor a busy one holds them up. Counts
 * what is delivered into each chat; an answer takes a moment, so that there is always a send under way to interrupt.
 */
import { createConnector } from '../../../sandbox/connector/connector.ts';
import { type SandboxRequest, serve } from '../../../sandbox/http.ts';
import { productEnvironment, registerProduct, SANDBOX_BOT_ID, startSandbox } from '../../../sandbox/sandbox.ts';
import { domainOf, personOf, TENANTS, tenantIdOf } from './people.ts';

export interface TeamsOrder {
  directory: string;
  publicUrl: string;
  people: number;
  answerMs: number;
}

export interface TeamsReady {
  /** What the product is told of this cloud. */
  environment: Record<string, string>;
  serviceUrl: string;
}

export interface Deliveries {
  total: number;
  /** Chats that got something, and those that got more than one. */
  chats: number;
  more: [chat: string, count: number][];
}

function chatOf(request: SandboxRequest): string | undefined {
  if (request.method !== 'POST') return undefined;
  const part = /\/v3\/conversations\/([^/]+)\/activities/.exec(request.path)?.[1];
  return part === undefined ? undefined : decodeURIComponent(part);
}

const delivered = new Map<string, number>();

async function start(order: TeamsOrder): Promise<TeamsReady> {
  const sandbox = await startSandbox({
    directory: order.directory,
    seed: (world) => {
      for (let index = 0; index < TENANTS; index += 1)
        world.tenants.set(tenantIdOf(index), {
          tenantId: tenantIdOf(index),
          displayName: `Crash ${index}`,
          domain: domainOf(index),
        });
      registerProduct(world, order.publicUrl);
    },
  });
  const origin = { channel: '' };
  const connector = createConnector({
    world: sandbox.world,
    botId: SANDBOX_BOT_ID,
    origin: () => origin.channel,
    eventsKept: 1_000,
    messagesKeptPerConversation: 1,
  });
  for (let index = 0; index < order.people; index += 1) connector.createUser(personOf(index));
  const channel = await serve({
    port: 0,
    handler: async (request) => {
      const answer = await connector.handler(request);
      const chat = chatOf(request);
      if (chat !== undefined && answer.status === 201) delivered.set(chat, (delivered.get(chat) ?? 0) + 1);
      await new Promise((done) => setTimeout(done, order.answerMs));
      return answer;
    },
  });
  origin.channel = channel.origin;
  return {
    serviceUrl: connector.serviceUrl,
    environment: {
      ...productEnvironment(sandbox, { port: 0, publicUrl: order.publicUrl, dataDir: order.directory }),
      BOT_ID: SANDBOX_BOT_ID,
      BOT_PASSWORD: 'sandbox-bot-password',
      BOT_TENANT_ID: tenantIdOf(0),
      BOT_OPENID_METADATA_URL: connector.openIdMetadataUrl,
      BOT_LOGIN_URL: `${sandbox.urls.entra}/${tenantIdOf(0)}`,
    },
  };
}

function count(): Deliveries {
  const counts = [...delivered];
  return {
    total: counts.reduce((sum, [, times]) => sum + times, 0),
    chats: counts.length,
    more: counts.filter(([, times]) => times > 1),
  };
}

process.on('message', (message: TeamsOrder | 'count') => {
  if (message === 'count') process.send?.(count());
  else void start(message).then((ready) => process.send?.(ready));
});
process.on('disconnect', () => process.exit(0));
