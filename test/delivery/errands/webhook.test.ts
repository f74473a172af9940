/** Webhooks against a real receiver, under a clock that the test moves. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { after, before, beforeEach, describe, it } from 'mocha';
import { RULE_NOTICE_ACTIONS } from '../../../src/bot/actions/rule-notices.ts';
import { renderNudge } from '../../../src/bot/cards/nudges.ts';
import type { Services, Turn } from '../../../src/bot/services.ts';
import { claimDueErrands, performErrand } from '../../../src/delivery/errands/dispatch.ts';
import { HOOK_DELAYS_MS } from '../../../src/delivery/errands/hook-schedule.ts';
import { heardFrom } from '../../../src/delivery/errands/run.ts';
import { createWebhook, planPing, replayErrand, type WebhookParts } from '../../../src/delivery/errands/webhook.ts';
import { createLog } from '../../../src/log.ts';
import type { RuleScope, RuleSpec } from '../../../src/rules/rule.ts';
import { WEBHOOK_SCHEMA } from '../../../src/rules/webhook-schema.ts';
import { findPerson } from '../../../src/store/people.ts';
import { makeRule, pauseRule } from '../../../src/store/rules.ts';
import { makeWebhook, removeWebhook, webhooksOf } from '../../../src/store/webhooks.ts';
import { testVault } from '../../support/vault.ts';
import { DAY, EVENT, HOUR, MINUTE, NOW, openGround } from './ground.ts';
import { HOST, openReceiver, type Receiver, verify } from './receiver.ts';

const SECOND = 1_000;
const TOKEN = 'CANARYtoken';

describe('a webhook', function () {
  this.timeout(60_000);
  const ground = openGround();
  let receiver: Receiver;
  let secret: string;
  const WEBHOOK_ID = 'hook-1';
  const deed = { deed: 'webhook', webhookId: WEBHOOK_ID } as const;
  const parts = (more: Partial<WebhookParts> = {}): WebhookParts => ({
    database: ground.db.database,
    clock: ground.clock,
    outgoing: receiver.outgoing,
    vault: testVault,
    random: () => 0,
    ...more,
  });
  const kind = (more: Partial<WebhookParts> = {}) => createWebhook(parts(more));
  const who = () => ({ tenantId: ground.tenantId, personId: ground.personId });
  const make = (webhookId = WEBHOOK_ID, random = `random ${webhookId}`) =>
    ground.inTenant((sql) =>
      makeWebhook(sql, testVault, who(), { webhookId, url: `https://${HOST}/in?key=${TOKEN}`, random }, NOW),
    );
  const listed = async () => (await ground.inTenant((sql) => webhooksOf(sql, who())))[0];

  before(async () => {
    await ground.open();
    receiver = await openReceiver(() => ground.clock.now());
  });
  after(async () => {
    await receiver?.close();
    await ground.close();
  });
  beforeEach(async () => {
    await ground.begin();
    receiver.deliveries.length = 0;
    receiver.answer({ status: 204 });
    ({ secret } = await make());
  });

  /** On to when the errand is due next; false: it has ended. */
  const goOn = async (errandId: string): Promise<boolean> => {
    const { state, send_at } = await ground.row(errandId);
    if (state !== 'planned') return false;
    ground.clock.advance(Math.max(0, send_at.getTime() - ground.clock.now()));
    await ground.run(kind());
    return true;
  };

  it('is told once, signed so that the library verifies it', async () => {
    const { errandId } = await ground.planRun(deed);
    await ground.run(kind());
    const [one, ...more] = receiver.deliveries;
    assert.ok(one);
    assert.equal(more.length, 0);
    const payload = verify(secret, one, NOW) as { type: string; data: { meeting: { subject: string } } };
    assert.equal(payload.type, 'calendar.rule.run');
    assert.equal(payload.data.meeting.subject, EVENT.subject);
    assert.equal(one.headers['webhook-id'], errandId);
    assert.equal(one.headers['webhook-timestamp'], String(NOW / SECOND));
    assert.equal(one.headers['content-type'], 'application/json');
    assert.equal(one.path, `/in?key=${TOKEN}`);
    const { state, outcome } = await ground.row(errandId);
    assert.deepEqual([state, outcome], ['done', { status: 204 }]);
    ground.clock.advance(2 * DAY);
    await ground.run(kind());
    assert.equal(receiver.deliveries.length, 1, 'never twice after 2xx');
  });

  it('is not believed with another secret, another body, another id or at another time', async () => {
    await ground.planRun(deed);
    await ground.run(kind());
    const [one] = receiver.deliveries;
    assert.ok(one);
    assert.doesNotThrow(() => verify(secret, one, NOW + 4 * MINUTE));
    const other = await make('hook-2');
    assert.notEqual(other.secret, secret);
    const forged: [string, () => unknown][] = [
      ['secret', () => verify(other.secret, one, NOW)],
      ['body', () => verify(secret, { ...one, body: one.body.replace('My rule', 'My Rule') }, NOW)],
      ['id', () => verify(secret, { ...one, headers: { ...one.headers, 'webhook-id': 'run.other.0' } }, NOW)],
      ['time', () => verify(secret, one, NOW + 6 * MINUTE)],
    ];
    for (const [what, verifying] of forged) assert.throws(verifying, /signature|timestamp/i, what);
  });

  it('that answers 500 is tried on the schedule, with the same id and body and a fresh signature, then given up', async () => {
    receiver.answer({ status: 500, body: 'CANARYanswer' });
    const { errandId } = await ground.planRun(deed);
    await ground.run(kind());
    while (await goOn(errandId));
    const times = receiver.deliveries.map((one) => one.at);
    assert.equal(times.length, 8);
    assert.deepEqual(
      times.slice(1).map((at, index) => at - (times[index] ?? 0)),
      [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR],
    );
    for (const one of receiver.deliveries) assert.doesNotThrow(() => verify(secret, one, one.at));
    assert.equal(new Set(receiver.deliveries.map((one) => one.body)).size, 1);
    assert.equal(new Set(receiver.deliveries.map((one) => one.headers['webhook-id'])).size, 1);
    const { state, reason, ambiguous } = await ground.row(errandId);
    assert.deepEqual([state, reason, ambiguous], ['failed', 'HTTP 500', 0]);
    assert.deepEqual(await ground.nudges(), [], 'a day of failing is nothing to tell yet');
    assert.equal((await listed())?.failingSince, NOW);
  });

  it('that takes the third attempt is told no more, and has a clean slate', async () => {
    receiver.answer(() => ({ status: receiver.deliveries.length < 3 ? 503 : 200 }));
    const { errandId } = await ground.planRun(deed);
    await ground.run(kind());
    assert.notEqual((await listed())?.failingSince, null);
    while (await goOn(errandId));
    assert.equal(receiver.deliveries.length, 3);
    assert.equal((await ground.row(errandId)).state, 'done');
    assert.equal((await listed())?.failingSince, null);
  });

  it('that cuts the line may have heard: the attempt is counted as in doubt, and made again', async () => {
    receiver.answer('cut');
    const { errandId } = await ground.planRun(deed);
    await ground.run(kind());
    assert.deepEqual([(await ground.row(errandId)).state, (await ground.row(errandId)).ambiguous], ['planned', 1]);
    receiver.answer({ status: 200 });
    await goOn(errandId);
    assert.equal((await ground.row(errandId)).state, 'done');
    assert.equal(receiver.deliveries.length, 2);
  });

  describe('that asks for patience', () => {
    /** [status, Retry-After, when it is tried again] */
    const waits: [number, string, number][] = [
      [429, '90', 90 * SECOND],
      [503, '90', 90 * SECOND],
      [429, new Date(NOW + 10 * MINUTE).toUTCString(), 10 * MINUTE],
      [429, '1', 5 * SECOND],
      [429, '9999999', 12 * HOUR],
      [429, 'soon', 5 * SECOND],
      [500, '90', 5 * SECOND],
    ];
    for (const [status, retryAfter, wait] of waits)
      it(`${status} with ${retryAfter}`, async () => {
        receiver.answer({ status, headers: { 'Retry-After': retryAfter } });
        const { errandId } = await ground.planRun(deed);
        await ground.run(kind());
        assert.equal((await ground.row(errandId)).send_at.getTime() - NOW, wait);
      });
  });

  it('that answers 410 is switched off at once, with a word and a way back', async () => {
    receiver.answer({ status: 410 });
    const { errandId } = await ground.planRun(deed);
    const waiting = await ground.planRun(deed, { dueAt: NOW + HOUR });
    await ground.run(kind());
    assert.deepEqual([(await ground.row(errandId)).state, (await ground.row(errandId)).reason], ['failed', 'HTTP 410']);
    assert.equal((await listed())?.offAt, NOW);
    ground.clock.advance(HOUR);
    await ground.run(kind());
    assert.equal(receiver.deliveries.length, 1);
    const { state, reason } = await ground.row(waiting.errandId);
    assert.deepEqual([state, reason], ['withdrawn', 'its rule was paused']);
    const [notice, ...others] = await ground.nudges('webhookOff');
    assert.ok(notice);
    assert.equal(others.length, 0);
    assert.match(JSON.stringify(renderNudge({ ...notice, nudgeId: notice.nudge_id } as never, READER, NOW)), /410/);
  });

  it('takes the rules along that do nothing else, in one word with them, and leaves the others', async () => {
    receiver.answer({ status: 410 });
    const spec = (...deeds: RuleSpec['do']): RuleSpec => ({
      ...{ what: 'entry', each: 'occurrence', when: { trigger: 'created' }, which: {}, do: deeds },
    });
    const make_ = (ruleId: string, scope: RuleScope, ...deeds: RuleSpec['do']) => {
      const rule = { ruleId, personId: ground.personId, scope, name: `Rule ${ruleId}`, spec: spec(...deeds) };
      return ground.inTenant((sql) => makeRule(sql, ground.tenantId, { ...rule, limitPerHour: 30 }, NOW));
    };
    await make('hook-2');
    await make_('alone', 'mine', deed);
    await make_('beside', 'mine', deed, { deed: 'message', text: 'x' });
    await make_('both', 'mine', deed, { deed: 'webhook', webhookId: 'hook-2' });
    await make_('other', 'mine', { deed: 'webhook', webhookId: 'hook-2' });
    await make_('rooms', 'rooms', deed);
    const { errandId } = await ground.planRun(deed);
    await ground.db.peek(`update cw.errand set rule_id = 'beside' where errand_id = $1`, [errandId]);
    await ground.db.peek(`delete from cw.rule where name = 'My rule'`);
    await ground.run(kind());
    const rules = await ground.db.peek<{ rule_id: string; why: string | null }>(
      'select rule_id, paused_why as why from cw.rule order by rule_id',
    );
    assert.deepEqual(rules, [
      { rule_id: 'alone', why: 'webhookOff' },
      { rule_id: 'beside', why: null },
      { rule_id: 'both', why: null },
      { rule_id: 'other', why: null },
      { rule_id: 'rooms', why: 'webhookOff' },
    ]);
    const notices = await ground.nudges();
    assert.deepEqual(
      notices.map((one) => one.kind),
      ['webhookOff'],
    );
    const [notice] = notices;
    assert.ok(notice);
    assert.deepEqual((notice.facts as { pausedRules?: string[] }).pausedRules, ['Rule alone', 'Rule rooms']);
    const shown = renderNudge({ ...notice, nudgeId: notice.nudge_id } as never, READER, NOW);
    assert.match(shown.fallbackText, /Paused with it.*“Rule alone”, “Rule rooms”.*then resume/);
  });

  const READER = { personId: 'p', timeZone: 'Europe/Berlin', locale: 'en-GB' };

  it('that fails for five days is switched off with one word; a press switches it on, and a replay succeeds', async () => {
    receiver.answer({ status: 500 });
    const runs: string[] = [];
    for (let day = 0; day <= 6; day += 1) {
      runs.push((await ground.planRun(deed)).errandId);
      const until = NOW + (day + 1) * DAY;
      for (;;) {
        await ground.run(kind());
        const [next] = await ground.db.peek<{ at: Date | null }>(
          `select min(send_at) as at from cw.errand where state = 'planned'`,
        );
        if (!next?.at || next.at.getTime() > until) break;
        ground.clock.advance(Math.max(0, next.at.getTime() - ground.clock.now()));
      }
      ground.clock.advance(until - ground.clock.now());
    }
    const offAt = (await listed())?.offAt ?? 0;
    assert.ok(offAt >= NOW + 5 * DAY && offAt < NOW + 5 * DAY + 11 * HOUR, new Date(offAt).toISOString());
    assert.ok(receiver.deliveries.every((one) => one.at <= offAt));
    const notices = await ground.nudges('webhookOff');
    assert.equal(notices.length, 1);
    const [notice] = notices;
    assert.ok(notice);
    const { pausedRules, ...facts } = notice.facts as { pausedRules?: string[] };
    assert.deepEqual(facts, { webhookId: WEBHOOK_ID, host: HOST, failingSince: NOW });
    assert.ok((pausedRules?.length ?? 0) >= 5, 'all that did nothing else');

    const press = RULE_NOTICE_ACTIONS.find((one) => one.verb === 'webhook.on');
    const services = { database: ground.db.database } as unknown as Services;
    await assert.rejects(async () =>
      press?.run(services, { ...who(), personId: 'another' } as Turn, { nudgeId: notice.nudge_id }),
    );
    assert.notEqual((await listed())?.offAt, null);
    await press?.run(services, who() as Turn, { nudgeId: notice.nudge_id });
    assert.deepEqual([(await listed())?.offAt, (await listed())?.failingSince], [null, null]);

    receiver.answer({ status: 200 });
    const [first = ''] = runs;
    const now = ground.clock.now();
    receiver.deliveries.length = 0;
    assert.equal(await ground.inTenant((sql) => replayErrand(sql, who(), first, now)), true);
    await ground.run(kind());
    assert.deepEqual(
      receiver.deliveries.map((one) => one.headers['webhook-id']),
      [first],
    );
    assert.equal((await ground.row(first)).state, 'done');
  });

  describe('run again by hand', () => {
    const replay = (errandId: string, by = who()) =>
      ground.inTenant((sql) => replayErrand(sql, by, errandId, ground.clock.now()));

    it('has the same id and body, and the whole schedule', async () => {
      const { errandId, ruleId } = await ground.planRun(deed, { trigger: 'before', dueAt: NOW });
      await ground.run(kind());
      const [first] = receiver.deliveries;
      // Long after: the meeting is gone, its rule is paused.
      ground.clock.advance(3 * DAY);
      await ground.db.peek('delete from cw.event');
      await ground.inTenant((sql) => pauseRule(sql, ground.tenantId, ruleId, 'asked', ground.clock.now()));
      receiver.answer({ status: 500 });
      assert.equal(await replay(errandId), true);
      assert.equal(await replay(errandId), false, 'it is under way');
      await ground.run(kind());
      while (await goOn(errandId));
      assert.equal(receiver.deliveries.length, 1 + 1 + HOOK_DELAYS_MS.length);
      const again = receiver.deliveries[1];
      assert.ok(again);
      assert.equal(again.body, first?.body);
      assert.equal(again.headers['webhook-id'], errandId);
      assert.doesNotThrow(() => verify(secret, again, again.at));
      assert.notEqual(again.headers['webhook-signature'], first?.headers['webhook-signature']);
    });

    it('is not what is somebody else’s, no webhook’s, or too old', async () => {
      const { errandId } = await ground.planRun(deed);
      await ground.plan({ errandId: 'mail', kind: 'mail' });
      await ground.run(kind());
      await ground.db.peek(`update cw.errand set state = 'done', ended_at = $1 where errand_id = 'mail'`, [
        new Date(NOW),
      ]);
      assert.equal(await replay(errandId, { ...who(), personId: 'another' }), false);
      assert.equal(await replay('mail'), false);
      assert.equal(await replay('none'), false);
      ground.clock.advance(30 * DAY);
      assert.equal(await replay(errandId), false);
    });
  });

  it('that was removed is told nothing', async () => {
    const { errandId } = await ground.planRun(deed);
    await ground.inTenant((sql) => removeWebhook(sql, who(), WEBHOOK_ID));
    await ground.run(kind());
    assert.deepEqual([receiver.deliveries.length, (await ground.row(errandId)).state], [0, 'withdrawn']);
  });

  it('is not to blame for what nobody tried in time', async () => {
    const { errandId } = await ground.planRun(deed);
    ground.clock.advance(3 * DAY);
    await ground.run(kind());
    assert.deepEqual([(await ground.row(errandId)).state, (await listed())?.failingSince], ['missed', null]);
  });

  it('of somebody else is not reached by naming it', async () => {
    const { errandId } = await ground.planRun(deed);
    await ground.db.peek(
      `insert into cw.person (tenant_id, person_id, watch, watch_since, seen_at) values ($1, 'other', 'on', $2, $2)`,
      [ground.tenantId, new Date(NOW)],
    );
    await ground.db.peek(`update cw.webhook set person_id = 'other'`);
    await ground.run(kind());
    assert.deepEqual([receiver.deliveries.length, (await ground.row(errandId)).state], [0, 'withdrawn']);
  });

  it('whose secret was changed in the database is not used', async () => {
    const { errandId } = await ground.planRun(deed);
    await make('hook-2');
    await ground.db.peek(
      `update cw.webhook set secret = (select secret from cw.webhook where webhook_id = 'hook-2') where webhook_id = $1`,
      [WEBHOOK_ID],
    );
    await ground.run(kind());
    assert.equal(receiver.deliveries.length, 0);
    assert.equal((await ground.row(errandId)).reason, 'SECRET_UNREADABLE');
  });

  it('is followed to where the receiver leads within its host, signed', async () => {
    receiver.answer(({ path }) =>
      path.startsWith('/in') ? { status: 307, headers: { Location: '/elsewhere' } } : { status: 200 },
    );
    const { errandId } = await ground.planRun(deed);
    await ground.run(kind());
    assert.deepEqual(
      receiver.deliveries.map((one) => one.path),
      [`/in?key=${TOKEN}`, '/elsewhere'],
    );
    assert.doesNotThrow(() => receiver.deliveries.map((one) => verify(secret, one, NOW)));
    assert.equal((await ground.row(errandId)).state, 'done');
  });

  describe('that is tested', () => {
    const ping = async (id: string) => {
      const about = { webhookId: WEBHOOK_ID, id, correlationId: 'c' };
      await ground.inTenant((sql) => planPing(sql, who(), about, ground.clock.now()));
      await ground.run(kind());
      return (await ground.nudges('webhookTested')).find((one) => one.nudge_id.endsWith(id));
    };
    it('says what came of it, once, and says nothing of failing to anybody', async () => {
      const taken = await ping('one');
      assert.deepEqual(taken?.facts, { host: HOST, outcome: 'HTTP 204', isTaken: true });
      const [one] = receiver.deliveries;
      assert.ok(one);
      assert.equal((verify(secret, one, NOW) as { type: string }).type, 'calendar.ping');
      receiver.answer({ status: 404 });
      assert.deepEqual((await ping('two'))?.facts, { host: HOST, outcome: 'HTTP 404', isTaken: false });
      assert.equal((await listed())?.failingSince, null);
      ground.clock.advance(DAY);
      await ground.run(kind());
      assert.equal(receiver.deliveries.length, 2, 'a test is made once');
      assert.match(renderNudge({ ...taken, nudgeId: 'n' } as never, READER, NOW).summary, /took the test/);
    });

    it('answers at once, whatever hour it is, and says that it is off', async () => {
      await ground.db.peek(`update cw.person set settings = '{"quiet": {"from": "00:00", "to": "23:59"}}'`);
      await ground.db.peek('update cw.webhook set off_at = $1', [new Date(NOW)]);
      const waits = await ground.inTenant(async (sql) => {
        const person = await findPerson(sql, ground.tenantId, ground.personId);
        return person && (await heardFrom(sql, person, NOW)) > NOW;
      });
      assert.ok(waits, 'anything else would wait');
      const told = await ping('three');
      assert.equal(told?.due_at.getTime(), NOW);
      assert.deepEqual(told?.facts, { host: HOST, outcome: 'HTTP 204', isTaken: true, isOff: true });
      assert.match(
        renderNudge({ ...told, nudgeId: 'n' } as never, READER, NOW).fallbackText,
        /switched off all the same/,
      );
    });
  });

  it('leaves neither its address nor what it answered in the ledger, the notices or the log', async () => {
    const lines: string[] = [];
    const log = createLog(
      'trace',
      new PassThrough().on('data', (chunk: Buffer) => lines.push(String(chunk))),
    );
    receiver.answer({ status: 500, body: 'CANARYanswer', headers: { 'x-canary': 'CANARYheader' } });
    await ground.planRun(deed);
    const deps = { ...ground.deps([kind()]), log };
    for (const lease of await claimDueErrands(deps, 10)) await performErrand(deps, lease);
    const stored = [
      await ground.db.peek('select * from cw.errand'),
      await ground.db.peek('select * from cw.nudge'),
      await ground.db.peek('select * from cw.webhook'),
    ];
    assert.equal(receiver.deliveries.length, 1);
    assert.ok(lines.length > 0);
    assert.doesNotMatch(`${JSON.stringify(stored)} ${lines.join('')}`, /CANARY|whsec_/);
    assert.doesNotMatch(lines.join(''), /hooks\.example/);
  });

  it('is sent what the schema in the documentation says', async () => {
    const ajv = new Ajv({ strictSchema: true, allErrors: true });
    formats.default(ajv);
    const validate = ajv.compile(WEBHOOK_SCHEMA);
    const about = { webhookId: WEBHOOK_ID, id: 'p', correlationId: 'c' };
    await ground.inTenant((sql) => planPing(sql, who(), about, NOW));
    await ground.planRun(deed);
    await ground.planRun(deed, { facts: { isPrivate: true } });
    await ground.run(kind());
    assert.equal(receiver.deliveries.length, 3);
    for (const one of receiver.deliveries) assert.ok(validate(JSON.parse(one.body)), JSON.stringify(validate.errors));
    const docs = readFileSync('docs/webhooks.md', 'utf8');
    const shown = [...docs.matchAll(/```json\n([\s\S]*?)```/g)].map((match) => JSON.parse(match[1] ?? ''));
    assert.ok(
      shown.some((one) => JSON.stringify(one) === JSON.stringify(WEBHOOK_SCHEMA)),
      'docs/webhooks.md shows another schema than src/rules/webhook-schema.ts',
    );
    const examples = shown.filter((one) => one.type);
    assert.ok(examples.length >= 3);
    for (const one of examples) assert.ok(validate(one), JSON.stringify(validate.errors));
  });
});
