/** Teams and group chats: what the bot is told of them, may ask about them and may post there. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import {
  type ChannelTeam,
  type ChannelUser,
  type Connector,
  createConnector,
} from '../../../sandbox/connector/connector.ts';
import { VirtualClock } from '../../../sandbox/world.ts';
import { signingKey } from '../../support/signing-key.ts';
import { ADA, BO, BOT, smallWorld, TENANT } from '../entra/harness.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests read many shapes
type Json = any;

describe('connector: teams and group chats', () => {
  let connector: Connector;
  let ada: ChannelUser;
  let team: ChannelTeam;

  beforeEach(() => {
    const clock = new VirtualClock(Date.parse('2026-11-23T08:00:00Z'));
    connector = createConnector({
      world: smallWorld(clock),
      botId: BOT.clientId,
      origin: () => 'http://localhost:7600',
      signingKey: signingKey(),
    });
    ada = connector.createUser(ADA);
    team = connector.createTeam({ name: 'Office', members: [ADA, BO], channels: ['Rooms'] });
  });

  async function call(method: string, path: string, body: unknown = undefined) {
    const [pathname = '', query] = path.split('?');
    const response = await connector.handler({
      method,
      path: `/teams/v3${pathname}`,
      query: new URLSearchParams(query),
      headers: {},
      body: body === undefined ? '' : JSON.stringify(body),
    });
    const json = response.body as Json;
    return { status: response.status, json, code: json?.error?.code as string | undefined };
  }
  const rooms = () => team.channels[1]?.id ?? '';
  const at = (id: string) => `/conversations/${encodeURIComponent(id)}`;
  const post = (id: string, text = 'x') => call('POST', `${at(id)}/activities`, { type: 'message', text });

  it('tells of an installation in a team as Teams does', () => {
    const [installation, update, ...more] = connector.installInTeam(team, ada);
    assert.equal(more.length, 0);
    assert.deepEqual([installation?.type, installation?.action], ['installationUpdate', 'add']);
    assert.deepEqual(installation?.conversation, {
      isGroup: true,
      conversationType: 'channel',
      tenantId: TENANT,
      id: team.id,
    });
    const about = { id: team.id, name: 'Office', aadGroupId: team.aadGroupId };
    for (const one of [installation, update]) assert.deepEqual(one?.channelData?.team, about);
    assert.deepEqual(installation?.channelData?.channel, { id: team.id });
    assert.deepEqual(update?.membersAdded, [{ id: `28:${BOT.clientId}` }]);
    assert.equal(update?.from?.aadObjectId, ADA.oid);
    const [, goodbye] = connector.installInTeam(team, ada, 'remove');
    assert.deepEqual(goodbye?.membersRemoved, [{ id: `28:${BOT.clientId}` }]);
  });

  it('lets the bot into all channels with the installation, and out again', async () => {
    assert.equal((await post(rooms())).code, 'BotNotInConversationRoster');
    assert.equal((await call('GET', `/teams/${encodeURIComponent(team.id)}`)).code, 'BotNotInConversationRoster');
    connector.installInTeam(team, ada);
    assert.equal((await post(rooms(), 'one')).status, 201);
    assert.equal((await post(team.id, 'two')).status, 201);
    assert.equal((await post(connector.addChannel(team, 'Later').id)).status, 201);
    assert.deepEqual(
      connector.messages(rooms()).map((one) => one.text),
      ['one'],
    );
    connector.installInTeam(team, ada, 'remove');
    assert.equal((await post(team.id)).code, 'BotNotInConversationRoster');
  });

  it('answers about the team, its channels and its members', async () => {
    connector.installInTeam(team, ada);
    const path = `/teams/${encodeURIComponent(team.id)}`;
    const { json } = await call('GET', path);
    assert.deepEqual(
      [json.id, json.name, json.aadGroupId, json.channelCount, json.memberCount],
      [team.id, 'Office', team.aadGroupId, 2, 2],
    );
    assert.deepEqual((await call('GET', `${path}/conversations`)).json.conversations, [
      { id: team.id, name: null },
      { id: rooms(), name: 'Rooms' },
    ]);
    const paged = await call('GET', `${at(rooms())}/pagedmembers?pageSize=1`);
    assert.deepEqual([paged.json.members.length, paged.json.continuationToken], [1, '1']);
    for (const id of [ada.id, ADA.oid])
      assert.equal((await call('GET', `${at(team.id)}/members/${id}`)).json.aadObjectId, ADA.oid);
    connector.leave(rooms(), ADA);
    assert.equal((await call('GET', `${at(team.id)}/members/${ada.id}`)).code, 'MemberNotFoundInConversation');
    connector.join(team.id, ADA);
    assert.equal((await call('GET', `${at(rooms())}/members/${ada.id}`)).status, 200);
    assert.equal((await call('GET', '/teams/19:nothing')).status, 404);
  });

  it('hears a mention in a channel as a thread, and takes the answer there', async () => {
    connector.installInTeam(team, ada);
    const said = connector.mentionActivity(ada, rooms(), 'who has < a room');
    assert.equal(said.conversation?.id, `${rooms()};messageid=${said.id}`);
    assert.equal(said.text, '<at>Calendar Watch</at> who has < a room');
    const mention = said.entities?.find(({ type }) => type === 'mention') as Json;
    assert.equal(mention?.mentioned.id, `28:${BOT.clientId}`);
    assert.deepEqual((said.channelData as Json).team, { id: team.id });
    assert.equal((await post(said.conversation?.id ?? '', 'nobody')).status, 201);
    const [answer] = connector.messages(rooms());
    assert.deepEqual([answer?.text, answer?.replyToId], ['nobody', said.id]);
    const next = connector.mentionActivity(ada, said.conversation?.id ?? '', 'thanks');
    assert.deepEqual([next.conversation?.id, next.replyToId], [said.conversation?.id, said.id]);
    const pressed = connector.invokeActivity(ada, 'book', {}, { replyToId: answer?.id, conversationId: rooms() });
    assert.deepEqual([pressed.conversation?.id, pressed.replyToId], [said.conversation?.id, answer?.id]);
  });

  it('begins a thread by a conversation with its first message', async () => {
    connector.installInTeam(team, ada);
    const activity = { type: 'message', text: 'A room is free' };
    const body = { isGroup: true, channelData: { channel: { id: rooms() } }, activity };
    const { status, json } = await call('POST', '/conversations', body);
    assert.deepEqual([status, json.id], [201, `${rooms()};messageid=${json.activityId}`]);
    assert.equal(connector.messages(rooms())[0]?.text, 'A room is free');
    assert.equal((await call('POST', '/conversations', { ...body, activity: undefined })).status, 400);
    const nowhere = { ...body, channelData: { channel: { id: ada.conversationId } } };
    assert.equal((await call('POST', '/conversations', nowhere)).status, 404);
  });

  it('is in a group chat likewise, without a team', async () => {
    const chat = connector.createGroupChat({ members: [ADA, BO] });
    assert.notEqual(connector.createGroupChat({ members: [ADA, BO] }).id, chat.id);
    assert.equal((await post(chat.id)).code, 'BotNotInConversationRoster');
    const [installation, update] = connector.installInChat(chat, ada);
    assert.equal(installation?.conversation?.conversationType, 'groupChat');
    assert.deepEqual(update?.channelData, { tenant: { id: TENANT } });
    assert.equal((await post(chat.id)).status, 201);
    const said = connector.mentionActivity(ada, chat.id, 'rooms');
    assert.deepEqual([said.conversation?.id, said.replyToId], [chat.id, undefined]);
  });

  it('opens the personal chat of a member with the app alone', async () => {
    const bo = team.members[1];
    assert.ok(bo);
    assert.equal((await post(bo.conversationId)).code, 'BotNotInConversationRoster');
    assert.equal(connector.createUser(BO, { timeZone: 'Europe/London' }), bo);
    assert.equal((await post(bo.conversationId)).status, 201);
    assert.equal(bo.timeZone, 'Europe/London');
  });

  it('counts threads of a channel together against its rate', async () => {
    connector.settings.enforceLimits = true;
    connector.installInTeam(team, ada);
    for (let index = 0; index < 7; index += 1)
      assert.equal((await post(`${rooms()};messageid=${index}`)).status, 201, String(index));
    assert.equal((await post(rooms())).status, 429);
    assert.equal((await post(team.id)).status, 201);
  });
});
