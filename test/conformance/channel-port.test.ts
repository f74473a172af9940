/** One suite against both ways to Teams: the product's own through the SDK and HTTP, and the simulation's in process. */
import assert from 'node:assert/strict';
import { type Connector, createConnector, type ScriptedFailure } from '../../sandbox/connector/connector.ts';
import { type Served, serve } from '../../sandbox/http.ts';
import { VirtualClock } from '../../sandbox/world.ts';
import { createAdapter } from '../../src/bot/adapter.ts';
import { machineClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import type { Channel } from '../../src/delivery/channel.ts';
import type { Message } from '../../src/delivery/message.ts';
import { createTeamsChannel } from '../../src/delivery/teams.ts';
import { outcomeOf, outcomeOfOpening } from '../../src/delivery/teams-errors.ts';
import { retryAfterMs } from '../../src/graph/failures.ts';
import { createLog } from '../../src/log.ts';
import type { StoredConversation } from '../../src/store/people.ts';
import { ADA, BOT, smallWorld } from '../sandbox/entra/harness.ts';
import { createSimChannel } from '../simulation/channel-port.ts';
import { REFUSALS } from '../simulation/faults.ts';

const MESSAGE: Message = { card: { type: 'AdaptiveCard' }, summary: 'Hello', fallbackText: 'Hello' };

interface Side {
  channel: Channel;
  connector: Connector;
  chat: StoredConversation;
  close(): Promise<void>;
}

function chatWith(connector: Connector): StoredConversation {
  const user = connector.createUser(ADA);
  const { from, recipient, conversation, channelId, serviceUrl, locale } = connector.messageActivity(user, 'hello');
  const reference = { user: from, bot: recipient, conversation, channelId, serviceUrl, locale };
  return { conversationId: user.conversationId, kind: 'personal', reference, seenAt: 0 };
}

async function overHttp(): Promise<Side> {
  const world = smallWorld(new VirtualClock(Date.UTC(2026, 10, 23, 9)));
  const at: { served?: Served } = {};
  const connector = createConnector({ world, botId: BOT.clientId, origin: () => at.served?.origin ?? '' });
  const served = await serve({ port: 0, handler: connector.handler });
  at.served = served;
  // Without BOT_ID: the SDK keeps tokens by bot id for the life of the process.
  const config = readConfig({
    PUBLIC_URL: 'http://localhost:1',
    AAD_APP_CLIENT_ID: BOT.clientId,
    AAD_APP_CLIENT_SECRET: 'secret',
  });
  const adapter = createAdapter(config, createLog('silent'));
  const channel = createTeamsChannel({ adapter, botAppId: config.bot.id, clock: machineClock });
  return { channel, connector, chat: chatWith(connector), close: () => served.close() };
}

async function inProcess(): Promise<Side> {
  const world = smallWorld(new VirtualClock(Date.UTC(2026, 10, 23, 9)));
  const connector = createConnector({ world, botId: BOT.clientId, origin: () => 'https://teams.simulated.example' });
  const channel = createSimChannel({
    handler: connector.handler,
    wire: { carry: (_, send) => send(), after: () => () => undefined, now: () => Date.now() },
    product: { outcomeOf, outcomeOfOpening, retryAfterMs },
  });
  return { channel, connector, chat: chatWith(connector), close: async () => undefined };
}

const FAILURES: ScriptedFailure[] = [
  { status: 400 },
  { status: 401 },
  ...REFUSALS.map((code) => ({ status: 403, code })),
  { status: 403, code: 'SomethingElse' },
  { status: 404 },
  { status: 404, code: 'SomethingElse' },
  { status: 412 },
  { status: 413 },
  { status: 429 },
  { status: 429, retryAfterS: 7 },
  { status: 500 },
  { status: 502 },
  { status: 502, delivered: true },
  { status: 503 },
  { status: 504 },
  { status: 504, delivered: true },
];

describe('both ways to Teams', () => {
  let real: Side;
  let simulated: Side;
  before(async () => {
    real = await overHttp();
    simulated = await inProcess();
  });
  after(async () => {
    await real?.close();
    await simulated?.close();
  });

  const stored = (side: Side) => side.connector.messages(side.chat.conversationId).length;

  it('send, with the same words', async () => {
    for (const side of [real, simulated]) {
      const outcome = await side.channel.send(side.chat, MESSAGE);
      assert.equal(outcome.kind, 'sent');
      const [message] = side.connector.messages(side.chat.conversationId);
      assert.equal(outcome.kind === 'sent' && outcome.activityId, message?.id);
      assert.equal(message?.summary, MESSAGE.summary);
      assert.deepEqual(
        message?.attachments?.map((one) => one.content),
        [MESSAGE.card],
      );
    }
  });

  for (const failure of FAILURES)
    it(`take ${failure.status} ${failure.code ?? ''}${failure.delivered ? ' (delivered)' : ''}${failure.retryAfterS ? ' with Retry-After' : ''} for the same`, async () => {
      const outcomes = [];
      for (const side of [real, simulated]) {
        const before = stored(side);
        side.connector.failNext(side.chat.conversationId, failure);
        const outcome = await side.channel.send(side.chat, MESSAGE);
        outcomes.push({ outcome, stored: stored(side) - before });
      }
      assert.deepEqual(outcomes[1], outcomes[0]);
      assert.equal(outcomes[0]?.stored, failure.delivered ? 1 : 0);
    });

  it('open a chat anew', async () => {
    for (const side of [real, simulated]) {
      const made = await side.channel.reopen?.(side.chat);
      assert.equal(made?.kind, 'opened');
      assert.equal(made?.kind === 'opened' && made.conversation.conversationId, side.chat.conversationId);
      side.connector.failNext(side.chat.conversationId, { status: 403, on: ['create'] });
      const refused = await side.channel.reopen?.(side.chat);
      assert.deepEqual(refused?.kind === 'stop' && refused.dropConversation, true);
    }
  });
});
