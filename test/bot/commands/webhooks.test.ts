import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'mocha';
import { RULE_ACTIONS } from '../../../src/bot/actions/rules.ts';
import { WEBHOOK_ACTIONS } from '../../../src/bot/actions/webhooks.ts';
import { outcomeWords } from '../../../src/bot/cards/webhooks.ts';
import { hear, tidy } from '../../../src/bot/commands/commands.ts';
import { webhookNamed } from '../../../src/bot/webhooks.ts';
import type { Message } from '../../../src/delivery/message.ts';
import { CalendarWatchError } from '../../../src/errors.ts';
import { createLog } from '../../../src/log.ts';
import type { Deed } from '../../../src/rules/rule.ts';
import { planErrands } from '../../../src/store/errands.ts';
import { makeRule } from '../../../src/store/rules.ts';
import { MOST_WEBHOOKS, openWebhook, type Webhook, webhooksOf } from '../../../src/store/webhooks.ts';
import { spec } from '../../rules/specs.ts';
import { empty, HOUR_MS, MINUTE_MS, NOW, seedMailbox, seedTenant } from '../../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';
import { testVault } from '../../support/vault.ts';

const URL_ = 'https://hooks.example.com/In/Box?key=CANARYtoken';

describe('webhooks in chat', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let ada: string;
  let made: number;
  let poked: string[];

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    tenantId = await seedTenant(db);
    ada = await seedMailbox(db, tenantId);
    made = 0;
    poked = [];
  });

  const services = () =>
    ({
      database: db.database,
      clock: { now: () => NOW, after: () => () => undefined },
      log: createLog('silent'),
      newId: () => {
        made += 1;
        return `id-${made}`;
      },
      newSecret: randomUUID,
      vault: testVault,
      followers: [],
      travel: { name: 'none', estimate: async () => undefined },
      admins: { prove: async () => false },
      poke: (what: string) => poked.push(what),
    }) as never;
  const turnOf = (personId: string) => ({
    ...{ tenantId, personId, conversationId: 'chat', locale: 'en-GB', timeZone: 'UTC' },
  });
  const answer = async (text: string, by = ada): Promise<Message> => {
    const heard = hear(tidy(text));
    assert.ok(heard, text);
    const message = await heard.command.run(services(), turnOf(by), heard.rest);
    assert.ok(message);
    return message;
  };
  /** What is said, also where it is a refusal. */
  const say = async (text: string, by = ada) => {
    try {
      return (await answer(text, by)).fallbackText;
    } catch (error) {
      if (error instanceof CalendarWatchError && error.say) return error.say.replace(/\*/g, '');
      throw error;
    }
  };
  const press = async (verb: string, data: Record<string, unknown>, by = ada) => {
    const action = [...WEBHOOK_ACTIONS, ...RULE_ACTIONS].find((one) => one.verb === verb);
    assert.ok(action, verb);
    const reaction = await action.run(services(), turnOf(by), data);
    const shown = 'card' in reaction ? reaction.card : reaction.reply;
    return { words: shown?.fallbackText ?? '', card: JSON.stringify(shown?.card) };
  };
  const theirs = (personId = ada) => db.database.inTenant(tenantId, (sql) => webhooksOf(sql, { tenantId, personId }));
  const idOf = async () => (await theirs())[0]?.webhookId ?? '';
  const switchOff = () => db.peek('update cw.webhook set off_at = $1, failing_since = $1', [new Date(NOW - HOUR_MS)]);
  const rule = async (ruleId: string, ...deeds: Deed[]) => {
    const one = { ruleId, personId: ada, scope: 'mine' as const, name: `Rule ${ruleId}`, limitPerHour: 30 };
    await db.database.inTenant(tenantId, (sql) => makeRule(sql, tenantId, { ...one, spec: spec({ do: deeds }) }, NOW));
  };
  const TELL: Deed = { deed: 'message', text: 'x' };
  const hook = (webhookId: string): Deed => ({ deed: 'webhook', webhookId });
  const paused = () => db.peek('select rule_id from cw.rule where paused_at is not null order by 1');

  it('are heard by their words', () => {
    const cases: [typed: string, name: string, rest: string][] = [
      ['webhooks', 'webhooks', ''],
      ['Webhook', 'webhooks', ''],
      [`webhook add ${URL_}`, 'webhook add', URL_],
      [`Add webhook ${URL_}`, 'webhook add', URL_],
      ['webhook remove hooks.example.com', 'webhook remove', 'hooks.example.com'],
      ['webhook on hooks.example.com', 'webhook on', 'hooks.example.com'],
      ['webhook on', 'webhook on', ''],
      ['test webhook', 'test webhook', ''],
      ['webhook test 2', 'test webhook', '2'],
    ];
    for (const [typed, name, rest] of cases) {
      const heard = hear(tidy(typed));
      assert.deepEqual([heard?.command.name, heard?.rest], [name, rest], typed);
    }
  });

  it('are made with a secret that stands on one card, and nowhere else', async () => {
    const added = await answer(`webhook add ${URL_}`);
    const secret = /whsec_[A-Za-z0-9+/]{32}/.exec(JSON.stringify(added.card.body))?.[0] ?? '';
    assert.ok(secret);
    assert.doesNotMatch(`${added.summary} ${added.fallbackText} ${added.card.fallbackText}`, /whsec_|CANARY/);
    const opened = await db.database.inTenant(tenantId, async (sql) =>
      openWebhook(sql, testVault, { tenantId, personId: ada }, await idOf()),
    );
    assert.deepEqual(opened, { url: URL_, secret });
    const list = await answer('webhooks');
    assert.doesNotMatch(JSON.stringify(list), /whsec_|CANARY/);
    assert.match(list.fallbackText, /1 webhook of 10.*\n1\. hooks\.example\.com/);
  });

  const REFUSED: [typed: string, said: RegExp][] = [
    ['', /Which address\?/],
    ['hooks.example.com/in', /can’t read that as an address.*https:/],
    ['http://hooks.example.com/', /begin with https/],
    ['https://10.0.0.1/', /name of a server.*not its IP address/],
    ['https://[::1]/', /name of a server/],
    ['https://0x7f000001/', /name of a server/],
    ['https://localhost/', /private network/],
    ['https://printer.local/', /private network/],
    ['https://hooks.example.com:8080/', /ports 443 and 8443/],
    ['https://me:secret@hooks.example.com/', /no name or password/],
    ['https://hooks.example.com/ and more', /without blanks/],
    [`https://hooks.example.com/${'x'.repeat(600)}`, /up to 480 characters/],
  ];
  for (const [typed, said] of REFUSED)
    it(`are not made for “${typed.slice(0, 40)}”, and it is said why`, async () => {
      assert.match(await say(`webhook add ${typed}`), said);
      assert.deepEqual(await theirs(), []);
    });

  it('are ten a person at most', async () => {
    for (let at = 0; at < MOST_WEBHOOKS; at += 1) await answer(`webhook add https://h${at}.example.com/`);
    assert.match(await say('webhook add https://one.too.many.example.com/'), /You have 10 webhooks already/);
    assert.equal((await theirs()).length, MOST_WEBHOOKS);
  });

  it('are named by number, host, id or address', () => {
    const one = (webhookId: string, host: string) => ({ webhookId, host }) as Webhook;
    const all = [one('a', 'x.example'), one('b', 'y.example:8443'), one('c', 'z.example'), one('d', 'z.example')];
    const cases: [typed: string, expected: string][] = [
      ['1', 'a'],
      ['4', 'd'],
      ['5', 'none'],
      ['0', 'none'],
      ['x.example', 'a'],
      ['X.Example', 'a'],
      ['"x.example"', 'a'],
      ['https://x.example/in', 'a'],
      ['y.example:8443', 'b'],
      ['https://Y.example:8443/?a', 'b'],
      ['y.example', 'none'],
      ['z.example', '2'],
      ['c', 'c'],
      ['', 'none'],
      ['https://', 'none'],
    ];
    for (const [typed, expected] of cases) {
      const named = webhookNamed(all, typed);
      const got = named.kind === 'one' ? named.webhook.webhookId : named.kind === 'none' ? 'none' : `${named.count}`;
      assert.equal(got, expected, typed);
    }
  });

  it('are removed when they are named, with the rules that told nobody else', async () => {
    assert.match(await say('webhook remove 1'), /no webhooks/);
    await answer(`webhook add ${URL_}`);
    await answer('webhook add https://other.example.com/');
    const [first, second] = await theirs();
    assert.ok(first && second);
    await rule('alone', hook(first.webhookId));
    await rule('both', hook(first.webhookId), hook(second.webhookId));
    await rule('beside', TELL, hook(first.webhookId));
    await rule('other', hook(second.webhookId));
    assert.match(await say('webhook remove'), /Which one\? Say its number: webhook remove 1/);
    assert.match(await say('webhook remove nowhere.example'), /I know no webhook “nowhere\.example”/);
    const said = await say('webhook remove hooks.example.com');
    assert.match(said, /hooks\.example\.com is removed.*Paused, having nothing else to do: “Rule alone”\./);
    assert.deepEqual(await paused(), [{ rule_id: 'alone' }]);
    assert.match((await press('webhook.remove', { webhookId: second.webhookId })).words, /“Rule both”, “Rule other”/);
    assert.deepEqual(await paused(), [{ rule_id: 'alone' }, { rule_id: 'both' }, { rule_id: 'other' }]);
    await assert.rejects(press('rule.resume', { ruleId: 'alone' }), /off/);
    await assert.rejects(press('webhook.remove', { webhookId: second.webhookId }), /gone/);
  });

  it('are tested by a word or a press, and it is said where to look', async () => {
    await answer(`webhook add ${URL_}`);
    assert.match(await say('test webhook'), /sending a test to hooks\.example\.com.*stands here in a moment/);
    assert.match((await press('webhook.test', { webhookId: await idOf() })).words, /sending a test/);
    const errands = await db.peek<{ payload: unknown }>('select payload from cw.errand');
    assert.deepEqual(errands, [{ payload: { ping: await idOf() } }, { payload: { ping: await idOf() } }]);
    assert.deepEqual(poked, ['errands', 'errands']);
    await answer('webhook add https://other.example.com/');
    assert.match(await say('test webhook'), /Which one\?/);
  });

  it('are switched on again, and paused rules stay so until somebody resumes them', async () => {
    await answer(`webhook add ${URL_}`);
    const webhookId = await idOf();
    await rule('alone', hook(webhookId));
    await switchOff();
    await db.peek(`update cw.rule set paused_at = now(), paused_why = 'webhookOff'`);
    assert.match((await answer('webhooks')).fallbackText, /hooks\.example\.com \(off\)/);
    await assert.rejects(press('rule.resume', { ruleId: 'alone' }), /webhook that is off/);
    const card = JSON.stringify((await answer('webhook on')).card);
    assert.match(card, /is on again/);
    assert.match(card, /"title":"Resume","verb":"rule\.resume","data":\{"ruleId":"alone"\}/);
    assert.deepEqual(await paused(), [{ rule_id: 'alone' }]);
    assert.deepEqual([(await theirs())[0]?.offAt, (await theirs())[0]?.failingSince], [null, null]);
    await press('rule.resume', { ruleId: 'alone' });
    assert.deepEqual(await paused(), []);
    const already = await press('webhook.switchOn', { webhookId });
    assert.match(already.words, /is on already/);
    assert.doesNotMatch(already.card, /Resume/);
  });

  it('say how they fare', async () => {
    await answer(`webhook add ${URL_}`);
    const webhookId = await idOf();
    const plan = (errandId: string, payload: Record<string, unknown>, minutes: number) => ({
      ...{ errandId, kind: 'webhook', personId: ada, payload },
      ...{ dueAt: NOW - minutes * MINUTE_MS, deadlineAt: NOW + HOUR_MS },
    });
    const failed = [
      plan('a', { deed: hook(webhookId) }, 50),
      plan('b', { ping: webhookId }, 40),
      plan('c', { deed: hook(webhookId) }, 30),
    ];
    await db.database.inTenant(tenantId, (sql) => planErrands(sql, tenantId, failed, 'c', NOW));
    await db.peek(`update cw.errand set attempts = 1, reason = 'ENOTFOUND'`);
    await db.peek(`update cw.errand set state = 'failed', reason = 'HTTP 500', ended_at = now() where errand_id = 'b'`);
    await db.peek('update cw.webhook set failing_since = $1', [new Date(NOW - HOUR_MS)]);
    const shown = JSON.stringify((await answer('webhooks')).card);
    assert.match(shown, /on, but nothing was taken since today 08:00/);
    assert.match(shown, /8:30: there is no server of that name \(ENOTFOUND\) · I’ll try again/);
    assert.match(shown, /8:20: it answered HTTP 500 · a test/);
    assert.doesNotMatch(shown, /8:10/, 'the last ones alone');
    await switchOff();
    assert.match(JSON.stringify((await answer('webhooks')).card), /off since today 08:00: nothing was taken since/);
    await db.peek(`update cw.errand set state = 'failed', reason = 'HTTP 410' where errand_id = 'c'`);
    assert.match(JSON.stringify((await answer('webhooks')).card), /the receiver wants no more \(HTTP 410\)/);
  });

  it('say in words what came of an attempt', () => {
    const cases = { 'HTTP 404': /answered HTTP 404/, ECONNREFUSED: /nobody listens/, 'not a public address': /^not a/ };
    for (const [outcome, said] of Object.entries(cases)) assert.match(outcomeWords(outcome), said);
  });

  describe('a run that was not taken', () => {
    let webhookId: string;
    const RUN = { ruleId: 'r', errandId: 'run.1.0' };
    beforeEach(async () => {
      await answer(`webhook add ${URL_}`);
      webhookId = await idOf();
      await rule('r', TELL, hook(webhookId));
      const payload = { ruleName: 'r', scope: 'mine', facts: { subject: 'Planning' }, deed: hook(webhookId) };
      const run = { errandId: RUN.errandId, kind: 'webhook', personId: ada, mailboxId: ada, ruleId: 'r', payload };
      await db.database.inTenant(tenantId, (sql) =>
        planErrands(sql, tenantId, [{ ...run, dueAt: NOW - HOUR_MS, deadlineAt: NOW }], 'c', NOW - HOUR_MS),
      );
      await ended('failed');
    });
    const ended = (state: string, endedAt = NOW - MINUTE_MS) =>
      db.peek(`update cw.errand set state = $1, attempts = 8, reason = 'HTTP 500', ended_at = $2`, [
        state,
        new Date(endedAt),
      ]);
    const state = async () => (await db.peek<{ state: string }>('select state from cw.errand'))[0]?.state;

    it('is sent again by one press, which takes the button away', async () => {
      assert.match((await press('rule.runs', { ruleId: 'r' })).card, /"title":"Send again","verb":"rule\.replay"/);
      const { words, card } = await press('rule.replay', RUN);
      assert.match(words, /sending it to hooks\.example\.com again/);
      assert.doesNotMatch(card, /Send again/);
      assert.equal(await state(), 'planned');
      assert.deepEqual(poked, ['errands']);
      await assert.rejects(press('rule.replay', RUN), { say: 'That is on its way already.' });
      await ended('done');
      await assert.rejects(press('rule.replay', RUN), /needs no replay/);
      assert.doesNotMatch((await press('rule.runs', { ruleId: 'r' })).card, /Send again/);
    });

    it('by two presses at once is sent once', async () => {
      const presses = await Promise.allSettled([press('rule.replay', RUN), press('rule.replay', RUN)]);
      assert.deepEqual(presses.map((one) => one.status).sort(), ['fulfilled', 'rejected']);
    });

    it('is shown, and can be sent, where it was withdrawn because the webhook was off', async () => {
      await db.peek(
        `update cw.errand set state = 'withdrawn', attempts = 0, reason = 'the webhook is switched off', ended_at = $1`,
        [new Date(NOW)],
      );
      assert.match(
        (await press('rule.runs', { ruleId: 'r' })).card,
        /not sent \(the webhook is switched off\).*Send again/,
      );
      await switchOff();
      await assert.rejects(press('rule.replay', RUN), /webhook of a run is off/);
      await answer('webhook on');
      await press('rule.replay', RUN);
      assert.equal(await state(), 'planned');
    });

    it('is nobody else’s to send, nor one of another rule, too old, or without its webhook', async () => {
      const other = await seedMailbox(db, tenantId);
      await assert.rejects(press('rule.replay', RUN, other), /gone/);
      await db.peek(`update cw.rule set scope = 'rooms'`);
      await assert.rejects(press('rule.replay', RUN, other), /no admin/);
      await db.peek(`update cw.rule set scope = 'mine'`);
      await rule('s', TELL);
      await assert.rejects(press('rule.replay', { ...RUN, ruleId: 's' }), /not theirs/);
      await ended('failed', NOW - 31 * 24 * HOUR_MS);
      assert.doesNotMatch((await press('rule.runs', { ruleId: 'r' })).card, /Send again/);
      await assert.rejects(press('rule.replay', RUN), /too old/);
      await ended('failed');
      await answer('webhook remove 1');
      await assert.rejects(press('rule.replay', RUN), /webhook of a run is gone/);
      assert.equal(await state(), 'failed');
    });
  });

  it('of others are not to be seen, tested, switched or removed', async () => {
    await answer(`webhook add ${URL_}`);
    await switchOff();
    const webhookId = await idOf();
    const other = await seedMailbox(db, tenantId);
    const before_ = await theirs();
    assert.match(await say('webhooks', other), /You have no webhooks/);
    for (const verb of ['webhook.test', 'webhook.switchOn', 'webhook.remove'])
      await assert.rejects(press(verb, { webhookId }, other), /gone/, verb);
    for (const text of ['webhook on', 'webhook remove', 'test webhook'])
      for (const name of ['1', webhookId, 'hooks.example.com'])
        assert.match(await say(`${text} ${name}`, other), /no webhooks/);
    assert.deepEqual(await theirs(), before_);
    assert.deepEqual(await db.peek('select 1 from cw.errand'), []);
  });

  it('that are off are in no new rule that does nothing else', async () => {
    await answer(`webhook add ${URL_}`);
    await switchOff();
    const line = (more: string) => `when a meeting is created, webhook "hooks.example.com"${more}`;
    await assert.rejects(press('rule.save', { line: line(''), scope: 'mine' }), /webhook that is off/);
    await press('rule.save', { line: line(', and message me "x"'), scope: 'mine' });
    assert.equal((await db.peek('select 1 from cw.rule')).length, 1);
  });
});
