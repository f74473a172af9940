/** The connector in process: limits, faults, standing of a conversation, waiting. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type ChannelUser, type Connector, createConnector } from '../../../sandbox/connector/connector.ts';
import { VirtualClock, type World } from '../../../sandbox/world.ts';
import { signingKey } from '../../support/signing-key.ts';
import { ADA, BO, BOT, smallWorld, TENANT } from '../entra/harness.ts';

describe('connector', () => {
  let clock: VirtualClock;
  let world: World;
  let connector: Connector;
  let user: ChannelUser;

  beforeEach(() => {
    clock = new VirtualClock(Date.parse('2026-11-23T08:00:00Z'));
    world = smallWorld(clock);
    connector = createConnector({
      world,
      botId: BOT.clientId,
      origin: () => 'http://localhost:7600',
      signingKey: signingKey(),
    });
    user = connector.createUser(ADA);
  });
  afterEach(() => world.faults.clear());

  async function call(method: string, path: string, body: unknown = undefined) {
    const [pathname = '', query] = path.split('?');
    const response = await connector.handler({
      method,
      path: `/teams/v3/conversations${pathname}`,
      query: new URLSearchParams(query),
      headers: {},
      body: body === undefined ? '' : JSON.stringify(body),
    });
    const answer = response.body as { id?: string; error?: { code?: string }; [key: string]: unknown } | undefined;
    return { status: response.status, body: answer, code: answer?.error?.code, headers: response.headers ?? {} };
  }

  const chat = (who = user) => `/${encodeURIComponent(who.conversationId)}`;
  const post = (text = 'x', who = user) => call('POST', `${chat(who)}/activities`, { type: 'message', text });

  it('gives people stable ids of Teams’ form', () => {
    assert.match(user.id, /^29:1[\w-]{40,}$/);
    assert.match(user.conversationId, /^a:1[\w-]{40,}$/);
    assert.equal(connector.createUser(ADA), user);
    assert.notEqual(connector.createUser(BO).id, user.id);
  });

  it('makes activities like Teams’', () => {
    const message = connector.messageActivity(user, 'a < b');
    assert.equal(message.localTimestamp, '2026-11-23T09:00:00.000+01:00');
    assert.equal(message.timestamp, '2026-11-23T08:00:00.000Z');
    assert.equal(message.locale, 'en-GB');
    assert.equal(message.attachments?.[0]?.content, '<p>a &#60; b</p>');
    const install = connector.installActivity(user, 'add');
    assert.deepEqual([install.type, install.action], ['installationUpdate', 'add']);
    const invoke = connector.invokeActivity(user, 'done', { id: 1 }, { replyToId: '17' });
    assert.equal(invoke.name, 'adaptiveCard/action');
    assert.equal(invoke.replyToId, '17');
    const submit = connector.submitActivity(user, { choice: 'a' });
    assert.deepEqual([submit.type, submit.text, submit.value], ['message', undefined, { choice: 'a' }]);
  });

  it('keeps posts, updates and deletes; unknown ids answer as documented', async () => {
    const posted = await post('one');
    assert.equal(posted.status, 201);
    const id = posted.body?.id ?? '';
    assert.equal((await call('PUT', `${chat()}/activities/${id}`, { type: 'message', text: 'two' })).status, 200);
    assert.deepEqual(
      connector.messages(user.conversationId).map((one) => one.text),
      ['two'],
    );
    assert.equal((await call('DELETE', `${chat()}/activities/${id}`)).status, 200);
    assert.deepEqual(connector.messages(user.conversationId), []);
    assert.equal((await call('DELETE', `${chat()}/activities/${id}`)).code, 'ActivityNotFoundInConversation');
    assert.equal((await call('PUT', `${chat()}/activities/${id}`, {})).code, 'ActivityNotFoundInConversation');
    assert.equal((await call('POST', '/a%3Aunknown/activities', {})).code, 'ConversationNotFound');
    assert.equal((await call('GET', `${chat()}/members/29:x`)).code, 'MemberNotFoundInConversation');
    assert.equal((await call('POST', '', { members: [{ id: '29:x' }] })).code, 'BadArgument');
    assert.equal((await call('PATCH', chat())).status, 404);
  });

  it('accepts a reply to anything, and gives every activity its own id', async () => {
    const first = await call('POST', `${chat()}/activities/made-up`, { type: 'message' });
    const second = await call('POST', `${chat()}/activities/made-up`, { type: 'message' });
    assert.deepEqual([first.status, second.status], [201, 201]);
    assert.notEqual(first.body?.id, second.body?.id);
  });

  it('refuses a blocked, a removed and a forgotten conversation', async () => {
    connector.block(user);
    assert.equal((await post()).code, 'ConversationBlockedByUser');
    connector.block(user, false);
    connector.installActivity(user, 'remove');
    assert.equal((await post()).code, 'BotNotInConversationRoster');
    assert.equal((await call('POST', '', { members: [{ id: user.id }] })).status, 403);
    connector.installActivity(user, 'add');
    assert.equal((await post()).status, 201);
    connector.forgetConversation(user.conversationId);
    assert.equal((await post()).code, 'ConversationNotFound');
  });

  it('makes group conversations and pages their members', async () => {
    const other = connector.createUser(BO);
    const group = await call('POST', '', {
      isGroup: true,
      members: [{ id: user.id }, { id: other.id }],
      tenantId: TENANT,
    });
    assert.equal(group.status, 201);
    const path = `/${encodeURIComponent(group.body?.id ?? '')}/pagedmembers`;
    const first = await call('GET', `${path}?pageSize=1`);
    assert.deepEqual(
      (first.body?.members as { id: string }[] | undefined)?.map((one) => one.id),
      [user.id],
    );
    const rest = await call('GET', `${path}?pageSize=1&continuationToken=${String(first.body?.continuationToken)}`);
    assert.equal(rest.body?.continuationToken, undefined);
  });

  describe('limits', () => {
    beforeEach(() => {
      connector.settings.enforceLimits = true;
    });

    it('allow 7 a second and 8 in two, per conversation', async () => {
      for (let count = 0; count < 7; count++) assert.equal((await post()).status, 201);
      const over = await post();
      assert.deepEqual([over.status, over.code, over.headers['retry-after']], [429, 'Throttled', '1']);
      assert.equal((await post('x', connector.createUser(BO))).status, 201);
      clock.advance(1_000);
      assert.equal((await post()).status, 201);
      assert.equal((await post()).status, 429);
      clock.advance(1_000);
      assert.equal((await post()).status, 201);
    });

    it('allow 60 in 30 seconds and 1800 an hour', async () => {
      let sent = 0;
      const pace = async (count: number, everyMs: number) => {
        for (let n = 0; n < count; n++) {
          if ((await post()).status === 201) sent += 1;
          clock.advance(everyMs);
        }
      };
      await pace(70, 300);
      assert.equal(sent, 60);
      clock.advance(3_600_000);
      sent = 0;
      await pace(1_900, 1_000);
      assert.equal(sent, 1_800);
      const over = await post();
      assert.ok(Number(over.headers['retry-after']) > 1_000);
    });

    it('allow 50 a second per tenant over all conversations', async () => {
      const people = Array.from({ length: 60 }, (_, number) =>
        connector.createUser({ ...ADA, oid: `dddddddd-0000-4000-8000-${String(number).padStart(12, '0')}` }),
      );
      const statuses = await Promise.all(people.map((one) => post('x', one).then((answer) => answer.status)));
      assert.equal(statuses.filter((status) => status === 201).length, 50);
      assert.equal(statuses.filter((status) => status === 429).length, 10);
    });

    it('refuse more than 100 KB in UTF-16, not counting images', async () => {
      assert.equal((await post('x'.repeat(52_000))).code, 'MessageSizeTooBig');
      assert.equal((await post('x'.repeat(50_000))).status, 201);
      assert.equal((await post(`data:image/png;base64,${'A'.repeat(200_000)}`)).status, 201);
    });
  });

  describe('faults', () => {
    it('strike by script: so often, on what was named, with Retry-After', async () => {
      connector.failNext(user.conversationId, { status: 429, times: 2, retryAfterS: 9 });
      connector.failNext(user.conversationId, { status: 404, on: ['members'], code: 'ConversationNotFound' });
      assert.equal((await post()).headers['retry-after'], '9');
      assert.equal((await call('GET', `${chat()}/members`)).status, 404);
      assert.equal((await post()).status, 429);
      assert.equal((await post()).status, 201);
      assert.equal((await call('GET', `${chat()}/members`)).status, 200);
      assert.equal(connector.events.length, 1);
    });

    const switches = [
      ['connector.403', 403, false, undefined],
      ['connector.404', 404, false, undefined],
      ['connector.412', 412, false, undefined],
      ['connector.413', 413, false, undefined],
      ['connector.429', 429, false, '1'],
      ['connector.429WithoutRetryAfter', 429, false, undefined],
      ['connector.500', 500, false, undefined],
      ['connector.502', 502, false, undefined],
      ['connector.502Delivered', 502, true, undefined],
      ['connector.504', 504, false, undefined],
      ['connector.504Delivered', 504, true, undefined],
    ] as const;
    for (const [name, status, delivered, retryAfter] of switches) {
      it(`strike by switch ${name}`, async () => {
        world.faults.set(name, 1);
        const answer = await post('maybe');
        assert.equal(answer.status, status);
        assert.equal(answer.headers['retry-after'], retryAfter);
        assert.deepEqual(
          connector.messages(user.conversationId).map((one) => one.text),
          delivered ? ['maybe'] : [],
        );
      });
    }

    it('strike at their rate', async () => {
      world.faults.set('connector.502', 0.3);
      let failed = 0;
      for (let count = 0; count < 1_000; count++) if ((await post()).status === 502) failed += 1;
      assert.ok(failed > 240 && failed < 360, String(failed));
    });
  });

  describe('waiting', () => {
    it('finds past and later messages, and only later ones after a position', async () => {
      await post('past');
      assert.equal((await connector.waitForMessage((one) => one.text === 'past', 10)).text, 'past');
      const after = connector.position;
      const later = connector.waitForMessage(() => true, 1_000, { after });
      await call('POST', `${chat()}/activities`, { type: 'typing' });
      await post('later');
      assert.equal((await later).text, 'later');
      await assert.rejects(
        connector.waitForMessage((one) => one.text === 'never', 20),
        /later/,
      );
    });

    it('stays bounded', async () => {
      connector = createConnector({
        world,
        botId: BOT.clientId,
        origin: () => 'http://localhost:7600',
        signingKey: signingKey(),
        eventsKept: 10,
        messagesKeptPerConversation: 5,
      });
      user = connector.createUser(ADA);
      for (let count = 0; count < 30; count++) await post(String(count));
      assert.equal(connector.events.length, 10);
      assert.equal(connector.position, 30);
      assert.deepEqual(
        connector.messages(user.conversationId).map((one) => one.text),
        ['25', '26', '27', '28', '29'],
      );
    });
  });
});
