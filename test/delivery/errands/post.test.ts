/** A word in a channel: once, where its rule's owner is, in the channel's limits; what Teams refuses is told to the owner. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { renderNudge } from '../../../src/bot/cards/nudges.ts';
import { postCard } from '../../../src/bot/cards/post.ts';
import type { Channel, Membership, Outcome } from '../../../src/delivery/channel.ts';
import { createPost, FULL, NOT_A_MEMBER, NOT_KNOWN, NOT_THERE } from '../../../src/delivery/errands/post.ts';
import type { Message } from '../../../src/delivery/message.ts';
import { findChannel, memberAt, saveChannel } from '../../../src/store/channels.ts';
import type { StoredConversation } from '../../../src/store/people.ts';
import { deleteRule } from '../../../src/store/rules.ts';
import { DAY, MINUTE, NOW, openGround, type RunMore } from './ground.ts';

const CHANNEL = '19:rooms@thread.tacv2';
const deed = {
  deed: 'post',
  conversationId: CHANNEL,
  text: '{subject} on {start} has lost its room. {people} {place}',
} as const;

describe('a word in a channel', function () {
  this.timeout(60_000);
  const ground = openGround();
  const said: { to: string; message: Message; serviceUrl: unknown }[] = [];
  let asked: string[] = [];
  let outcomes: Outcome[] = [];
  let membership: Membership = 'member';
  const channel: Channel = {
    name: 'teams',
    async send({ conversationId, reference }: StoredConversation, message: Message) {
      said.push({ to: conversationId, message, serviceUrl: reference.serviceUrl });
      return outcomes.shift() ?? { kind: 'sent', activityId: 'a1' };
    },
    membership: async (_conversation, aadObjectId) => {
      asked.push(aadObjectId);
      return membership;
    },
    elsewhere: (to) =>
      to.reference.serviceUrl === 'other' ? undefined : { ...to, reference: { ...to.reference, serviceUrl: 'other' } },
  };
  before(() => ground.open());
  after(() => ground.close());
  beforeEach(async () => {
    await ground.begin();
    for (const table of ['channel', 'conversation', 'answer', 'nudge']) await ground.db.peek(`delete from cw.${table}`);
    said.length = 0;
    asked = [];
    outcomes = [];
    membership = 'member';
    // Long before the attempt.
    await keep(NOW - DAY);
  });

  const keep = (at: number) =>
    ground.inTenant((sql) =>
      saveChannel(
        sql,
        ground.tenantId,
        {
          conversationId: CHANNEL,
          kind: 'channel',
          teamId: '19:team',
          teamName: 'Office',
          name: 'Rooms',
          reference: {},
        },
        at,
      ),
    );
  const found = () => ground.inTenant((sql) => findChannel(sql, ground.tenantId, CHANNEL));
  /** Slots of the same second are waited for: time goes on meanwhile. */
  const clock = {
    now: () => ground.clock.now(),
    after(delayMs: number, then: () => void) {
      setImmediate(() => ground.clock.advance(delayMs));
      return ground.clock.after(delayMs, then);
    },
  };
  const run = () => ground.run(createPost({ database: ground.db.database, clock, channel, render: postCard }));
  const plan = (more: RunMore = {}) => ground.planRun(deed, more);
  const endOf = async (errandId: string) => {
    const { state, reason } = await ground.row(errandId);
    return [state, reason];
  };

  it('is said once, in the owner’s zone, with whose rule it is', async () => {
    const { errandId } = await plan();
    await run();
    await run();
    assert.deepEqual(await endOf(errandId), ['done', null]);
    assert.deepEqual(
      said.map(({ to }) => to),
      [CHANNEL],
    );
    assert.match(
      said[0]?.message.fallbackText ?? '',
      /^Planning on .*11:00 has lost[\s\S]*rule of ada@test\.example: “My rule”/,
    );
    assert.deepEqual((await ground.row(errandId)).outcome, { activityId: 'a1' });
    assert.deepEqual(await ground.nudges(), []);
  });

  it('says of a private entry when it is, and nothing else', async () => {
    const secret = { name: 'Secret', address: 'secret@test.example' };
    await plan({ facts: { isPrivate: true, subject: 'Secret', place: 'Secret', organiser: secret, people: [secret] } });
    await run();
    const words = JSON.stringify(said);
    assert.match(words, /a private entry on .*11:00/);
    assert.doesNotMatch(words, /Secret|secret/);
  });

  it('asks whether its owner is in there, once a day', async () => {
    await plan();
    await run();
    await plan();
    await run();
    assert.deepEqual(asked, [ground.personId]);
    ground.clock.advance(DAY + MINUTE);
    await plan({ trigger: 'cancelled' });
    await run();
    assert.equal(asked.length, 2);
    assert.equal(said.length, 3);
  });

  /** [what Teams says, state, reason, said to the owner, whether the channel stays known] */
  const memberships: [Membership, string, string, string | undefined, boolean][] = [
    ['notMember', 'failed', NOT_A_MEMBER, 'notAMember', true],
    ['gone', 'failed', NOT_THERE, 'notThere', false],
    ['unknown', 'planned', NOT_KNOWN, undefined, true],
  ];
  for (const [answer, state, reason, why, stays] of memberships)
    it(`is not said to whom Teams answers ${answer}`, async () => {
      membership = answer;
      const { errandId } = await plan();
      await run();
      assert.equal(said.length, 0);
      assert.deepEqual(await endOf(errandId), [state, reason]);
      const notices = await ground.nudges('rulePost');
      assert.deepEqual(
        notices.map(({ facts }) => facts),
        why ? [{ ruleName: 'My rule', channel: 'Office, Rooms', why }] : [],
      );
      assert.equal((await found()) !== undefined, stays);
      const who = { tenantId: ground.tenantId, personId: ground.personId };
      assert.equal(await ground.inTenant((sql) => memberAt(sql, who, CHANNEL)), undefined);
    });

  /** Microsoft's table: [answer, state, reason, whether the channel stays known, what the owner reads] */
  const refusals: [string, Outcome, string, RegExp, boolean, string | undefined][] = [
    [
      '403 of a roster',
      { kind: 'stop', reason: 'Teams 403 X', dropConversation: true },
      'failed',
      /Teams 403 X/,
      false,
      'notThere',
    ],
    ['404', { kind: 'gone', reason: 'Teams 404 Y' }, 'failed', /Teams 404 Y/, false, 'notThere'],
    [
      'another 403',
      { kind: 'stop', reason: 'Teams 403 Z', dropConversation: false },
      'failed',
      /^Teams 403 Z$/,
      true,
      'refused',
    ],
    [
      '429',
      { kind: 'retry', reason: 'Teams 429', afterMs: 5 * MINUTE, ambiguous: false },
      'planned',
      /^Teams 429$/,
      true,
      undefined,
    ],
    [
      'no answer',
      { kind: 'retry', reason: 'Teams no answer', ambiguous: true },
      'unknown',
      /no answer/,
      true,
      undefined,
    ],
  ];
  for (const [what, outcome, state, reason, stays, why] of refusals)
    it(`after ${what} is ${state}`, async () => {
      outcomes = [outcome];
      const { errandId } = await plan();
      await run();
      const row = await ground.row(errandId);
      assert.equal(row.state, state);
      assert.match(row.reason ?? '', reason);
      assert.equal((await found()) !== undefined, stays);
      const notices = await ground.nudges('rulePost');
      assert.deepEqual(
        notices.map(({ facts }) => (facts as { why?: string }).why),
        why ? [why] : [],
      );
      if (outcome.kind === 'retry' && !outcome.ambiguous)
        assert.ok(row.send_at.getTime() - ground.clock.now() >= 5 * MINUTE);
    });

  it('leaves a channel that was heard of while it was refused', async () => {
    await keep(NOW - 1);
    outcomes = [{ kind: 'gone', reason: 'Teams 404 Y' }];
    await plan();
    await run();
    assert.ok(await found());
  });

  it('tells the owner once that it can’t be said, in words', async () => {
    outcomes = [{ kind: 'gone', reason: 'Teams 404 Y' }];
    const { ruleId } = await plan({ errandId: 'one' });
    await run();
    await ground.db.peek(
      `insert into cw.errand select (r).* from (select jsonb_populate_record(e, '{"errand_id":"two","state":"planned","ended_at":null}') as r
         from cw.errand e where errand_id = 'one') x`,
    );
    await run();
    assert.deepEqual(await endOf('two'), ['failed', NOT_THERE]);
    const [notice, ...more] = await ground.nudges('rulePost');
    assert.equal(more.length, 0);
    assert.ok(notice && ruleId);
    const card = renderNudge(
      { ...notice, nudgeId: notice.nudge_id, eventId: '', startAt: NOW } as never,
      { personId: 'p', timeZone: 'UTC', locale: 'en-GB' },
      NOW,
    );
    assert.match(card.fallbackText, /“My rule” can’t post in “Office, Rooms”/);
  });

  it('goes by the other address where the first does not serve, and stays there', async () => {
    outcomes = [{ kind: 'wrongAddress', reason: 'Teams 403 InvalidBotApiHost' }];
    const { errandId } = await plan();
    await run();
    assert.equal((await ground.row(errandId)).state, 'done');
    assert.deepEqual(
      said.map(({ serviceUrl }) => serviceUrl),
      [undefined, 'other'],
    );
    assert.equal((await found())?.reference.serviceUrl, 'other');
  });

  it('waits while the organisation is told much, and is not said of a deleted rule', async () => {
    await ground.db.peek('update cw.tenant set pace_at = $1', [new Date(NOW + 4_000)]);
    const { errandId, ruleId } = await plan();
    await run();
    assert.deepEqual(await endOf(errandId), ['planned', FULL]);
    assert.equal((await ground.row(errandId)).send_at.getTime(), NOW + 4_000);
    await ground.inTenant((sql) => deleteRule(sql, ground.tenantId, ruleId, NOW));
    ground.clock.advance(5_000);
    await run();
    assert.equal((await ground.row(errandId)).state, 'withdrawn');
    assert.equal(said.length, 0);
  });

  it('is hello where the bot is new, and nothing where it is gone by then', async () => {
    const hello = (errandId: string) =>
      ground.plan({ errandId, kind: 'post', personId: null, payload: { hello: true, conversationId: CHANNEL } });
    await hello('one');
    await run();
    assert.match(said[0]?.message.fallbackText ?? '', /calendars stay between me and each person/);
    assert.deepEqual(asked, []);
    await ground.db.peek('delete from cw.channel');
    await hello('two');
    await run();
    assert.deepEqual(await endOf('two'), ['withdrawn', NOT_THERE]);
    assert.equal(said.length, 1);
    assert.deepEqual(await ground.nudges(), []);
  });
});
