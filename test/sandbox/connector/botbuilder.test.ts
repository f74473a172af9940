/**
 * The connector stand-in against the real botbuilder 4.23: its checks of what Teams posts, and what it sends itself.
 * Tokens come from the sandbox's Entra through the msal-node version 2 inside botframework-connector, with a network
 * client that has our CA (the product gets the CA by NODE_EXTRA_CA_CERTS instead).
 */
import assert from 'node:assert/strict';
import {
  type Activity,
  CardFactory,
  type ConversationReference,
  MessageFactory,
  TeamsInfo,
  TurnContext,
  teamsGetTeamInfo,
} from 'botbuilder';
import type { ConnectorClient } from 'botframework-connector';
import { after, afterEach, before, describe, it } from 'mocha';
import { ADA, BO } from '../entra/harness.ts';
import { BOT, type RunningBot, startBot, TENANT } from './harness.ts';

/** What botframework-connector throws: a RestError; the connector's own code is `code`. */
interface SendError {
  statusCode?: number;
  code?: string;
  response?: { headers: { get(name: string): string | undefined } };
}

describe('connector with botbuilder', () => {
  let run: RunningBot;
  let reference: Partial<ConversationReference>;
  const errors = console.error;

  before(async () => {
    run = await startBot();
    // botframework-connector prints every refused token.
    console.error = () => {};
  });
  after(async () => {
    console.error = errors;
    await run.stop();
  });
  afterEach(() => {
    run.bot.logic = async () => {};
    run.connector.clearFailures();
  });

  describe('inbound', () => {
    it('accepts what Teams posts, with all that a bot reads from it', async () => {
      const user = run.connector.createUser(ADA);
      const seen: Activity[] = [];
      run.bot.logic = async (context) => {
        // Not the context itself: botbuilder revokes it after the turn.
        seen.push(context.activity);
        reference = TurnContext.getConversationReference(context.activity);
      };
      const answer = await run.connector.sendToBot(run.endpoint, run.connector.messageActivity(user, 'hello <you>'));
      assert.equal(answer.status, 200);
      const [activity] = seen;
      assert.equal(activity?.text, 'hello <you>');
      assert.equal(activity?.channelId, 'msteams');
      assert.equal(activity?.from.aadObjectId, ADA.oid);
      assert.equal(activity?.conversation.tenantId, TENANT);
      assert.equal(activity?.conversation.conversationType, 'personal');
      assert.equal(activity?.channelData.tenant.id, TENANT);
      assert.equal(activity?.entities?.[0]?.timezone, 'Europe/Berlin');
      assert.equal(activity?.recipient.id, `28:${BOT.clientId}`);
      assert.equal(activity?.serviceUrl, run.connector.serviceUrl);
      assert.equal(reference.user?.id, user.id);
    });

    const refused: [string, Parameters<RunningBot['connector']['sendToBot']>[2]][] = [
      ['a token for another audience', { audience: '44444444-4444-4444-8444-444444444444' }],
      ['an expired token', { expiresInS: -320 }],
      ['a token for another service URL', { serviceUrl: 'https://smba.trafficmanager.net/emea/' }],
      ['a token of another issuer', { issuer: `https://login.microsoftonline.com/${TENANT}/v2.0` }],
      ['a token that is none', { token: 'x.y.z' }],
      ['no token at all', { token: null }],
    ];
    for (const [what, options] of refused) {
      it(`refuses ${what} with 401`, async () => {
        let turns = 0;
        run.bot.logic = async () => {
          turns += 1;
        };
        const user = run.connector.createUser(ADA);
        const answer = await run.connector.sendToBot(run.endpoint, run.connector.messageActivity(user, 'x'), options);
        assert.equal(answer.status, 401);
        assert.equal(turns, 0);
      });
    }

    it('refuses a wrong signature with 500, as botbuilder does (the bot logic still doesn’t run)', async () => {
      const user = run.connector.createUser(ADA);
      let turns = 0;
      run.bot.logic = async () => {
        turns += 1;
      };
      const activity = run.connector.messageActivity(user, 'x');
      const answer = await run.connector.sendToBot(run.endpoint, activity, { foreignKey: true });
      assert.equal(answer.status, 500);
      assert.equal(turns, 0);
    });

    it('tolerates five minutes of clock difference', async () => {
      const user = run.connector.createUser(ADA);
      const activity = run.connector.messageActivity(user, 'x');
      assert.equal((await run.connector.sendToBot(run.endpoint, activity, { expiresInS: -280 })).status, 200);
    });

    it('reads team, channels and members as botbuilder asks for them, and answers in the thread', async () => {
      const ada = run.connector.createUser(ADA);
      const team = run.connector.createTeam({ name: 'Office', members: [ADA, BO], channels: ['Rooms'] });
      const read: unknown[] = [];
      run.bot.logic = async (context) => {
        read.push(TurnContext.removeRecipientMention(context.activity), teamsGetTeamInfo(context.activity)?.id);
        const { name, aadGroupId, memberCount } = await TeamsInfo.getTeamDetails(context);
        const channels = await TeamsInfo.getTeamChannels(context);
        const { members } = await TeamsInfo.getPagedTeamMembers(context);
        const one = await TeamsInfo.getTeamMember(context, team.id, BO.oid);
        read.push([name, aadGroupId, memberCount], channels.length, members.length, one.name);
        await context.sendActivity('found');
      };
      run.connector.installInTeam(team, ada);
      const channelId = team.channels[1]?.id ?? '';
      const said = run.connector.mentionActivity(ada, channelId, 'who');
      assert.equal((await run.connector.sendToBot(run.endpoint, said)).status, 200);
      assert.deepEqual(read, ['who', team.id, ['Office', team.aadGroupId, 2], 2, 2, BO.displayName]);
      const [answer] = run.connector.messages(channelId);
      assert.deepEqual([answer?.text, answer?.replyToId], ['found', said.id]);
    });

    it('returns the body of an invoke', async () => {
      const user = run.connector.createUser(ADA);
      run.bot.logic = async (context) => {
        const { verb, data } = context.activity.value.action;
        const value = {
          statusCode: 200,
          type: 'application/vnd.microsoft.activity.message',
          value: `${verb} ${data.id}`,
        };
        await context.sendActivity({ type: 'invokeResponse', value: { status: 200, body: value } });
      };
      const activity = run.connector.invokeActivity(user, 'snooze', { id: 7 });
      const answer = await run.connector.sendToBot(run.endpoint, activity);
      assert.deepEqual(answer, {
        status: 200,
        body: { statusCode: 200, type: 'application/vnd.microsoft.activity.message', value: 'snooze 7' },
      });
    });
  });

  describe('outbound', () => {
    async function proactively(logic: (context: TurnContext) => Promise<unknown>): Promise<SendError | undefined> {
      let failure: SendError | undefined;
      await run.adapter.continueConversationAsync(BOT.clientId, reference, async (context) => {
        await logic(context).catch((error: SendError) => {
          failure = error;
        });
      });
      return failure;
    }

    function withoutRetries(context: TurnContext): ConnectorClient {
      const client = context.turnState.get(run.adapter.ConnectorClientKey) as ConnectorClient;
      const { pipeline } = (client as unknown as { client: { pipeline: { removePolicy(p: { name: string }): void } } })
        .client;
      pipeline.removePolicy({ name: 'defaultRetryPolicy' });
      return client;
    }

    it('delivers, updates and deletes proactively, with a valid bot token', async () => {
      const user = run.connector.createUser(ADA);
      const from = run.connector.position;
      const waiting = run.connector.waitForMessage((message) => message.text === 'ping', 5_000, { after: from });
      let id = '';
      assert.equal(
        await proactively(async (context) => {
          id = (await context.sendActivity('ping'))?.id ?? '';
        }),
        undefined,
      );
      assert.equal((await waiting).id, id);
      const card = CardFactory.adaptiveCard({ type: 'AdaptiveCard', version: '1.5', body: [] });
      await proactively((context) => context.updateActivity({ ...MessageFactory.attachment(card), id }));
      assert.equal(run.connector.messages(user.conversationId).at(-1)?.attachments?.[0]?.contentType, card.contentType);
      await proactively((context) => context.deleteActivity(id));
      assert.ok(!run.connector.messages(user.conversationId).some((message) => message.id === id));
      const kinds = run.connector.events.filter((event) => event.position > from).map((event) => event.kind);
      assert.deepEqual(kinds, ['post', 'update', 'delete']);
      const tokens = run.running.world.journal.entries.filter(
        (entry) => entry.part === 'entra' && entry.what === 'token',
      );
      assert.equal(tokens.at(-1)?.detail.clientId, BOT.clientId);
    });

    it('is refused without a valid token', async () => {
      const url = `${run.connector.serviceUrl}v3/conversations/${encodeURIComponent(reference.conversation?.id ?? '')}/activities`;
      const post = (headers: Record<string, string>) => fetch(url, { method: 'POST', headers, body: '{"text":"x"}' });
      assert.equal((await post({})).status, 401);
      const { mintForTests } = run.running.entra;
      const graph = await mintForTests.appToken({ clientId: BOT.clientId, tenantId: TENANT });
      assert.equal((await post({ authorization: `Bearer ${graph.token}` })).status, 401);
      const { token } = await mintForTests.appToken({
        clientId: BOT.clientId,
        tenantId: TENANT,
        resource: 'https://api.botframework.com',
      });
      assert.equal((await post({ authorization: `Bearer ${token}` })).status, 201);
    });

    it('opens a conversation with a person and posts into it', async () => {
      const user = run.connector.createUser(BO);
      const parameters = {
        isGroup: false,
        bot: { id: `28:${BOT.clientId}`, name: 'bot' },
        members: [{ id: user.id, name: '' }],
        tenantId: TENANT,
        channelData: { tenant: { id: TENANT } },
        activity: undefined as never,
        topicName: undefined as never,
      };
      await run.adapter.createConversationAsync(
        BOT.clientId,
        'msteams',
        run.connector.serviceUrl,
        'https://api.botframework.com',
        parameters,
        async (context) => {
          await context.sendActivity('first words');
        },
      );
      const message = await run.connector.waitForMessage((one) => one.text === 'first words', 1_000);
      assert.equal(run.connector.messages(user.conversationId).at(-1)?.id, message.id);
    });

    it('reads members', async () => {
      await proactively(async (context) => {
        const client = context.turnState.get(run.adapter.ConnectorClientKey) as ConnectorClient;
        const id = context.activity.conversation.id;
        const all = await client.conversations.getConversationMembers(id);
        assert.equal(all[0]?.aadObjectId, ADA.oid);
        const one = await client.conversations.getConversationMember(id, all[0]?.id ?? '');
        assert.equal((one as { userPrincipalName?: string }).userPrincipalName, ADA.upn);
        const paged = await client.conversations.getConversationPagedMembers(id);
        assert.equal(paged.members?.length, 1);
      });
    });

    const once: [number, string | undefined, string][] = [
      [403, 'ConversationBlockedByUser', 'ConversationBlockedByUser'],
      [404, undefined, 'ConversationNotFound'],
      [412, undefined, 'PreconditionFailed'],
      [413, undefined, 'MessageSizeTooBig'],
      [429, undefined, 'Throttled'],
      [500, undefined, 'ServiceError'],
    ];
    for (const [status, code, expected] of once) {
      it(`fails with ${status} ${expected} when told to, once`, async () => {
        const { id = '' } = reference.conversation ?? {};
        run.connector.failNext(id, {
          status,
          ...(code ? { code } : {}),
          ...(status === 429 ? { retryAfterS: 7 } : {}),
        });
        const from = run.connector.position;
        const failure = await proactively((context) => {
          withoutRetries(context);
          return context.sendActivity('x');
        });
        assert.equal(failure?.statusCode, status);
        assert.equal(failure?.code, expected);
        assert.equal(failure?.response?.headers.get('retry-after'), status === 429 ? '7' : undefined);
        assert.equal(run.connector.position, from);
        assert.equal(await proactively((context) => context.sendActivity('y')), undefined);
      });
    }

    it('loses the answer of a delivered message: without retries it arrives once', async () => {
      run.connector.failNext('*', { status: 502, delivered: true });
      const from = run.connector.position;
      const failure = await proactively((context) => {
        withoutRetries(context);
        return context.sendActivity('maybe');
      });
      assert.equal(failure?.statusCode, 502);
      const arrived = run.connector.events.filter((event) => event.position > from);
      assert.deepEqual(
        arrived.map((event) => [event.activity.text, event.answeredError]),
        [['maybe', true]],
      );
    });

    it('… and with botbuilder’s own retries it arrives twice', async () => {
      run.connector.failNext('*', { status: 504, delivered: true });
      const from = run.connector.position;
      assert.equal(await proactively((context) => context.sendActivity('twice')), undefined);
      assert.equal(run.connector.events.filter((event) => event.position > from).length, 2);
    }).timeout(20_000);
  });
});
