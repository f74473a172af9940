/** The channel by itself, through the real SDK to the sandbox's connector: each call is one request. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import {
  type ChannelTeam,
  type ChannelUser,
  type Connector,
  createConnector,
} from '../../sandbox/connector/connector.ts';
import { type Served, serve } from '../../sandbox/http.ts';
import { VirtualClock, type World } from '../../sandbox/world.ts';
import { createAdapter } from '../../src/bot/adapter.ts';
import { machineClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import type { Channel } from '../../src/delivery/channel.ts';
import type { Message } from '../../src/delivery/message.ts';
import { createTeamsChannel } from '../../src/delivery/teams.ts';
import { createLog } from '../../src/log.ts';
import type { StoredConversation } from '../../src/store/people.ts';
import { ADA, BOT, smallWorld, TENANT } from '../sandbox/entra/harness.ts';

const MESSAGE: Message = { card: { type: 'AdaptiveCard' }, summary: 'Hello', fallbackText: 'Hello' };

describe('the Teams channel', () => {
  let world: World;
  let connector: Connector;
  let user: ChannelUser;
  let channel: Channel;
  let chat: StoredConversation;
  let teams: Served;
  let gcc: Served;
  let toGcc: string[];
  const charged: string[] = [];

  before(async () => {
    world = smallWorld(new VirtualClock(Date.UTC(2026, 10, 23, 9)));
    toGcc = [];
    connector = createConnector({ world, botId: BOT.clientId, origin: () => teams.origin });
    teams = await serve({ port: 0, handler: connector.handler });
    gcc = await serve({
      port: 0,
      handler: async (request) => {
        toGcc.push(request.path);
        return connector.handler(request);
      },
    });
    // As for the Playground, without BOT_ID: the SDK keeps tokens by bot id for the life of the process.
    const config = readConfig({
      PUBLIC_URL: 'http://localhost:1',
      AAD_APP_CLIENT_ID: BOT.clientId,
      AAD_APP_CLIENT_SECRET: 'secret',
      BOT_GCC_SERVICE_URL: `${gcc.origin}/gcc`,
    });
    channel = createTeamsChannel({
      adapter: createAdapter(config, createLog('silent')),
      botAppId: config.bot.id,
      clock: machineClock,
      gccServiceUrl: config.cloud.botGccServiceUrl,
      charge: (tenantId) => charged.push(tenantId),
    });
    user = connector.createUser(ADA);
    const { from, recipient, conversation, channelId, serviceUrl, locale } = connector.messageActivity(user, 'hello');
    chat = {
      conversationId: user.conversationId,
      kind: 'personal',
      reference: { user: from, bot: recipient, conversation, channelId, serviceUrl, locale },
      seenAt: 0,
    };
  });
  after(async () => {
    await gcc?.close();
    await teams?.close();
  });
  afterEach(() => connector.clearFailures());

  for (const serviceUrl of ['https://attacker.example/', 'http://169.254.169.254/', '', 7])
    it(`sends nothing, and no token, to a stored address that is not Teams’: ${serviceUrl}`, async () => {
      const astray = { ...chat, reference: { ...chat.reference, serviceUrl } };
      const stopped = { kind: 'stop', reason: 'SERVICE_URL_REFUSED', dropConversation: false };
      const before = world.journal.entries.length;
      assert.deepEqual(await channel.send(astray, MESSAGE), stopped);
      assert.deepEqual(await channel.update?.(astray, 'a1', MESSAGE), stopped);
      assert.deepEqual(await channel.reopen?.(astray), stopped);
      assert.equal(world.journal.entries.length, before);
    });

  const requests = () =>
    world.journal.entries
      .filter((one) => one.part === 'connector' && one.what !== 'to bot')
      .map((one) => `${one.what} ${String(one.detail.status)}`);
  const during = async <T>(work: () => Promise<T>): Promise<[T, string[]]> => {
    const had = requests().length;
    const result = await work();
    return [result, requests().slice(had)];
  };

  it('sends', async () => {
    const [outcome, made] = await during(() => channel.send(chat, MESSAGE));
    assert.equal(outcome.kind, 'sent');
    assert.deepEqual(made, ['post 201']);
  });

  it('sends by the other address, which is one address however it is written', async () => {
    const other = channel.elsewhere?.(chat);
    assert.ok(other);
    const [outcome] = await during(() => channel.send(other, MESSAGE));
    assert.equal(outcome.kind, 'sent');
    assert.equal(toGcc.length, 1);
    assert.match(toGcc[0] ?? '', /^\/gcc\/v3\/conversations\//);
    assert.equal(channel.elsewhere?.(other), undefined, 'there is no third');
    const bare = { ...other, reference: { ...other.reference, serviceUrl: `${gcc.origin}/gcc` } };
    assert.equal(channel.elsewhere?.(bare), undefined);
  });

  it('reads the older form of a refusal', async () => {
    const older = await serve({
      port: 0,
      handler: () => ({
        status: 403,
        body: { errorCode: 209, message: '{ "subCode": "MessageWritesBlocked", "details": "Thread is not active." }' },
      }),
    });
    try {
      const there = { ...chat, reference: { ...chat.reference, serviceUrl: `${older.origin}/` } };
      assert.deepEqual(await channel.send(there, MESSAGE), {
        kind: 'stop',
        reason: 'Teams 403 MessageWritesBlocked',
        dropConversation: true,
      });
    } finally {
      await older.close();
    }
  });

  for (const [status, kind] of [
    [403, 'stop'],
    [404, 'stop'],
    [400, 'stop'],
    [500, 'stop'],
    [412, 'retry'],
    [429, 'retry'],
    [502, 'retry'],
    [503, 'retry'],
  ] as const)
    it(`asks once for a new chat; ${status}: ${kind}`, async () => {
      connector.failNext(chat.conversationId, { status, on: ['create'], retryAfterS: 1 });
      const [opened, made] = await during(async () => channel.reopen?.(chat));
      assert.deepEqual(made, [`create ${status}`]);
      assert.equal(opened?.kind, kind);
      if (opened?.kind === 'stop') assert.equal(opened.dropConversation, true);
      if (opened?.kind === 'retry') assert.equal(opened.ambiguous, false, 'nothing was said yet');
    });

  it('asks nobody where the reference does not say with whom the chat was', async () => {
    const { user: _, ...anonymous } = chat.reference;
    for (const one of [
      { ...chat, reference: anonymous },
      { ...chat, kind: 'channel' as const },
    ]) {
      const [opened, made] = await during(async () => channel.reopen?.(one));
      assert.deepEqual([opened?.kind, made], ['stop', []]);
    }
  });

  it('opens a new chat where one is gone, and speaks there', async () => {
    connector.forgetConversation(chat.conversationId);
    assert.equal((await channel.send(chat, MESSAGE)).kind, 'gone');
    const opened = await channel.reopen?.(chat);
    assert.ok(opened?.kind === 'opened');
    const { conversation } = opened;
    assert.notEqual(conversation.conversationId, chat.conversationId);
    assert.deepEqual(Object.keys(conversation.reference).sort(), Object.keys(chat.reference).sort());
    const fresh = JSON.parse(JSON.stringify({ ...conversation, seenAt: 0 })) as StoredConversation;
    assert.equal((await channel.send(fresh, MESSAGE)).kind, 'sent');
    assert.equal(connector.messages(conversation.conversationId).length, 1);
  });

  describe('in a team', () => {
    let team: ChannelTeam;
    let there: StoredConversation;
    beforeEach(() => {
      team = connector.createTeam({ name: 'Office', members: [ADA], channels: ['Rooms'] });
      connector.installInTeam(team, user);
      there = at(team.channels[1]?.id ?? '');
    });
    const at = (conversationId: string): StoredConversation => {
      const { bot, channelId, serviceUrl } = chat.reference;
      const conversation = { id: conversationId, conversationType: 'channel', tenantId: TENANT, isGroup: true };
      return { conversationId, kind: 'channel', reference: { bot, channelId, serviceUrl, conversation }, seenAt: 0 };
    };
    const ask = (oid: string, where = there) => channel.membership?.(where, oid);

    it('begins a thread, and answers nobody', async () => {
      assert.equal((await channel.send(there, MESSAGE)).kind, 'sent');
      const [posted] = connector.messages(there.conversationId);
      assert.ok(posted && posted.replyToId === undefined);
    });

    it('knows who is a member, and counts each time that it asks', async () => {
      const before = charged.length;
      assert.equal(await ask(ADA.oid), 'member');
      assert.equal(await ask('7e570000-0000-4000-8000-0000000000ff'), 'notMember');
      assert.deepEqual(charged.slice(before), [TENANT, TENANT]);
      connector.leave(team.id, ADA);
      assert.equal(await ask(ADA.oid), 'notMember');
    });

    it('knows where the bot is not any more, and what nobody can tell now', async () => {
      connector.failNext(there.conversationId, { status: 503, on: ['members'] });
      assert.equal(await ask(ADA.oid), 'unknown');
      assert.equal(await ask(ADA.oid, at('19:nowhere@thread.tacv2')), 'gone');
      connector.installInTeam(team, user, 'remove');
      assert.equal(await ask(ADA.oid), 'gone');
    });

    it('asks the other address where the first does not serve', async () => {
      connector.failNext(there.conversationId, { status: 403, code: 'InvalidBotApiHost', on: ['members'] });
      toGcc.length = 0;
      assert.equal(await ask(ADA.oid), 'member');
      assert.equal(toGcc.length, 1);
    });

    it('learns what a channel is called', async () => {
      assert.equal(await channel.channelName?.(there, team.id), 'Rooms');
      assert.equal(await channel.channelName?.(at(team.id), team.id), undefined);
      assert.equal(await channel.channelName?.(there, '19:nowhere@thread.tacv2'), undefined);
    });
  });
});
