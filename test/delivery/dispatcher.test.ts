import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'mocha';
import type { ScriptedFailure } from '../../sandbox/connector/connector.ts';
import { startProduct, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;

interface LedgerRow {
  state: string;
  reason: string | null;
  attempts: number;
  ambiguous: number;
  activity_id: string | null;
  conversation_id: string | null;
  lease: Date | null;
}

describe('delivery against a connector that fails as Teams does', () => {
  let product: TestProduct;

  /** Takes seconds, so it runs beside the other tests. */
  let tooLate: Promise<{ who: TestPerson; ledger: LedgerRow }>;

  before(async () => {
    product = await startProduct();
    tooLate = failUntilLate();
    tooLate.catch(() => undefined);
  });
  after(async () => product?.stop());

  /** Somebody whom the bot knows and may speak to. */
  const acquaintance = async (name: string): Promise<TestPerson> => {
    const who = product.addPerson(name);
    await product.say(who, 'help');
    await product.hear(who, /What you can say/);
    await product.peek(
      'insert into cw.tenant (tenant_id, first_seen_at, pace_at) values ($1, now(), now()) on conflict do nothing',
      [who.person.tenantId],
    );
    return who;
  };
  /** A word of the bot's own, due now: it goes through the ledger without a calendar. */
  const plan = async (who: TestPerson, deadlineMs = MINUTE_MS): Promise<string> => {
    const id = `reconnect.${randomUUID()}`;
    const now = Date.now();
    await product.peek(
      `insert into cw.nudge (tenant_id, nudge_id, person_id, mailbox_id, kind, event_id, start_at, lead_ms, earliest_at,
         due_at, deadline_at, facts, correlation_id, planned_at, state, send_at)
       values ($1, $2, $3, $3, 'reconnect', '', $4, 0, $4, $4, $5, '{}', 'test', $4, 'planned', $4)`,
      [who.person.tenantId, id, who.person.oid, new Date(now), new Date(now + deadlineMs)],
    );
    return id;
  };
  const row = async (id: string): Promise<LedgerRow> => {
    const [found] = await product.peek<LedgerRow>('select * from cw.nudge where nudge_id = $1', [id]);
    assert.ok(found);
    return found;
  };
  const ended = (id: string) =>
    until(`the end of ${id}`, async () => {
      const found = await row(id);
      return ['planned', 'claimed'].includes(found.state) ? undefined : found;
    });
  const requests = (who: TestPerson) =>
    product.sandbox.world.journal.entries.filter(
      (one) => one.part === 'connector' && one.what === 'post' && one.detail.conversationId === who.user.conversationId,
    );
  const seen = (who: TestPerson) =>
    product.connector.messages(who.user.conversationId).filter((one) => /I have lost access/.test(wordsOf(one))).length;
  const hasChat = async (who: TestPerson) => {
    const [person] = await product.peek<{ chat: string | null }>(
      'select conversation_id as chat from cw.person where person_id = $1',
      [who.person.oid],
    );
    const rows = await product.peek('select 1 from cw.conversation where conversation_id = $1', [
      who.user.conversationId,
    ]);
    assert.equal(person?.chat !== null, rows.length === 1);
    return rows.length === 1;
  };
  const fail = (who: TestPerson, failure: ScriptedFailure) =>
    product.connector.failNext(who.user.conversationId, failure);

  interface Outcome {
    who: TestPerson;
    ledger: LedgerRow;
    requests: number;
  }
  /** Each failure meets a person of its own, all at the same time. */
  const meetAll = async (cases: { name: string; failure: ScriptedFailure }[]): Promise<Map<string, Outcome>> => {
    const all = cases.map(async ({ name, failure }): Promise<[string, Outcome]> => {
      const who = await acquaintance(`Meets ${name}`);
      const had = requests(who).length;
      fail(who, failure);
      const ledger = await ended(await plan(who));
      return [name, { who, ledger, requests: requests(who).length - had }];
    });
    return new Map(await Promise.all(all));
  };

  it('sends what is due once, and keeps what came of it', async () => {
    const who = await acquaintance('Plain Case');
    const before = requests(who).length;
    const id = await plan(who);
    const ledger = await ended(id);
    const { state, attempts, ambiguous, reason, lease, conversation_id } = ledger;
    assert.deepEqual(
      { state, attempts, ambiguous, reason, lease, conversation_id },
      { state: 'sent', attempts: 1, ambiguous: 0, reason: null, lease: null, conversation_id: who.user.conversationId },
    );
    const kept = product.connector.messages(who.user.conversationId).map((one) => one.id);
    assert.ok(kept.includes(ledger.activity_id ?? ''), 'the id of the message is the one that Teams gave');
    assert.equal(requests(who).length, before + 1);
  });

  describe('gives up at once, with one request, after', () => {
    const cases: { name: string; failure: ScriptedFailure; reason: RegExp; drops: boolean }[] = [
      { name: '400', failure: { status: 400 }, reason: /^Teams 400 BadArgument/, drops: false },
      {
        name: '401',
        failure: { status: 401, code: 'BotNotRegistered' },
        reason: /^Teams 401 BotNotRegistered/,
        drops: false,
      },
      {
        name: '403 blocked',
        failure: { status: 403, code: 'ConversationBlockedByUser' },
        reason: /^Teams 403 ConversationBlockedByUser/,
        drops: true,
      },
      {
        name: '403 not in the roster',
        failure: { status: 403, code: 'BotNotInConversationRoster' },
        reason: /^Teams 403 BotNotInConversationRoster/,
        drops: true,
      },
      {
        name: '403 disabled by the admin',
        failure: { status: 403, code: 'BotDisabledByAdmin' },
        reason: /^Teams 403 BotDisabledByAdmin/,
        drops: true,
      },
      {
        name: '403 not enough permissions',
        failure: { status: 403, code: 'NotEnoughPermissions' },
        reason: /^Teams 403 NotEnoughPermissions/,
        drops: false,
      },
      {
        name: '404, and no new chat allowed',
        failure: { status: 404, times: 2 },
        reason: /^Teams 404 ConversationNotFound/,
        drops: true,
      },
      { name: '413', failure: { status: 413 }, reason: /^Teams 413 MessageSizeTooBig/, drops: false },
      { name: '500', failure: { status: 500 }, reason: /^Teams 500 ServiceError/, drops: false },
      {
        name: '500 with Retry-After',
        failure: { status: 500, retryAfterS: 1 },
        reason: /^Teams 500/,
        drops: false,
      },
      { name: '501', failure: { status: 501 }, reason: /^Teams 501/, drops: false },
    ];
    let outcomes: Map<string, Outcome>;
    before(async () => {
      outcomes = await meetAll(cases);
    });

    for (const { name, reason, drops } of cases)
      it(name, async () => {
        const outcome = outcomes.get(name);
        assert.ok(outcome);
        const { ledger, who } = outcome;
        assert.equal(ledger.state, 'failed');
        assert.match(ledger.reason ?? '', reason);
        assert.deepEqual([ledger.attempts, ledger.ambiguous, ledger.activity_id], [1, 0, null]);
        assert.equal(outcome.requests, 1);
        assert.equal(await hasChat(who), !drops);
      });
  });

  describe('tries again, one request an attempt, after', () => {
    const cases: { name: string; failure: ScriptedFailure; ambiguous: number; seen: number }[] = [
      { name: '412', failure: { status: 412 }, ambiguous: 0, seen: 1 },
      { name: '429 without Retry-After', failure: { status: 429 }, ambiguous: 0, seen: 1 },
      { name: '502 not delivered', failure: { status: 502 }, ambiguous: 1, seen: 1 },
      { name: '503', failure: { status: 503 }, ambiguous: 1, seen: 1 },
      { name: '503 with Retry-After', failure: { status: 503, retryAfterS: 1 }, ambiguous: 1, seen: 1 },
      { name: '504 not delivered', failure: { status: 504 }, ambiguous: 1, seen: 1 },
      // Teams stored it and did not say so: the ledger counts the doubt, the person sees it twice.
      { name: '502 delivered', failure: { status: 502, delivered: true }, ambiguous: 1, seen: 2 },
      { name: '504 delivered', failure: { status: 504, delivered: true }, ambiguous: 1, seen: 2 },
    ];
    let outcomes: Map<string, Outcome>;
    before(async () => {
      outcomes = await meetAll(cases);
    });

    for (const one of cases)
      it(one.name, async () => {
        const outcome = outcomes.get(one.name);
        assert.ok(outcome);
        const { ledger, who } = outcome;
        assert.deepEqual(
          { state: ledger.state, attempts: ledger.attempts, ambiguous: ledger.ambiguous, requests: outcome.requests },
          { state: 'sent', attempts: 2, ambiguous: one.ambiguous, requests: 2 },
        );
        assert.equal(seen(who), one.seen);
        assert.equal(await hasChat(who), true);
      });
  });

  it('makes a new chat where the old one is gone, and goes on there', async () => {
    const who = await acquaintance('Moved Person');
    const old = who.user.conversationId;
    product.connector.forgetConversation(old);
    const ledger = await ended(await plan(who));
    assert.notEqual(who.user.conversationId, old);
    assert.deepEqual(
      [ledger.state, ledger.attempts, ledger.ambiguous, ledger.conversation_id],
      ['sent', 2, 0, who.user.conversationId],
    );
    assert.equal(seen(who), 1);
    assert.equal(await hasChat(who), true);
    assert.deepEqual(await product.peek('select 1 from cw.conversation where conversation_id = $1', [old]), []);
    assert.equal((await ended(await plan(who))).attempts, 1, 'the next goes there at once');
  });

  it('tells admins what did not arrive, and tries again when they say so; others are told nothing', async () => {
    const admin = await acquaintance('Admin Person');
    const stuck = await acquaintance('Refused Person');
    fail(stuck, { status: 500 });
    const id = await plan(stuck, 5 * MINUTE_MS);
    assert.equal((await ended(id)).state, 'failed');
    for (const words of ['admin deliveries', 'admin deliveries retry']) {
      await product.say(admin, words);
      await product.hear(admin, /That is for admins/);
    }
    await product.press(admin, 'admin.deliveries.retry');
    await product.hear(admin, /That is for admins/);
    assert.equal((await row(id)).state, 'failed');

    admin.person.appRoles = ['CalendarWatch.Admin'];
    await product.say(admin, 'sign in');
    await product.signIn(admin, await product.hear(admin, /Let me see your calendar/));
    await product.say(admin, 'help');
    await product.hear(admin, /What you can say[\s\S]*admin deliveries/);
    await product.say(admin, 'admin deliveries');
    const card = wordsOf(await product.hear(admin, /did not arrive in the last 7 days/));
    assert.match(card, /Try again/);
    assert.match(
      card,
      new RegExp(`Sign-in request[^"]*person ${stuck.person.oid.slice(0, 8)}…: [^"]*Teams 500 ServiceError`),
    );
    assert.ok(!card.includes(stuck.person.oid) && !card.includes(stuck.person.upn));
    await product.press(admin, 'admin.deliveries.retry');
    await product.hear(admin, /I’ll try \d+ deliver(?:y|ies) again now/);
    assert.equal((await ended(id)).state, 'sent');
    assert.equal(seen(stuck), 1);
  });

  it('waits as long as Retry-After says', async () => {
    const who = await acquaintance('Patient Person');
    fail(who, { status: 429, retryAfterS: 2 });
    const before = requests(who).length;
    await ended(await plan(who));
    const [first, second, ...more] = requests(who).slice(before);
    assert.ok(first && second && more.length === 0);
    assert.ok(second.at - first.at >= 2_000, `${second.at - first.at} ms`);
  });

  it('says nothing to somebody who blocked it, until they speak again', async () => {
    const who = await acquaintance('Shy Person');
    product.connector.block(who.user);
    const blocked = await ended(await plan(who));
    assert.match(blocked.reason ?? '', /ConversationBlockedByUser/);
    const before = requests(who).length;
    const next = await plan(who);
    const isHeld = async () => (await row(next)).reason === 'there is no chat with the person';
    await until('the nudge to be held', isHeld);
    assert.equal((await row(next)).state, 'planned', 'it is kept until its deadline');
    assert.equal(requests(who).length, before, 'Teams was not asked again');

    product.connector.block(who.user, false);
    await product.say(who, 'help');
    await product.hear(who, /What you can say/);
    assert.equal(await hasChat(who), true);
    assert.equal((await ended(next)).state, 'sent', 'what waited is said as well');
    assert.equal((await ended(await plan(who))).state, 'sent');
  });

  it('forgets the chat when the app is removed, and greets when it is back', async () => {
    const who = await acquaintance('Moody Person');
    const { connector, origin } = product;
    await connector.sendToBot(`${origin}/api/messages`, connector.installActivity(who.user, 'remove'));
    assert.equal(await hasChat(who), false);
    await connector.sendToBot(`${origin}/api/messages`, connector.installActivity(who.user, 'add'));
    await product.hear(who, /I keep an eye on your calendar/);
    assert.equal((await ended(await plan(who))).state, 'sent');
  });

  it('one person’s trouble delays nobody else', async () => {
    const [stuck, free] = [await acquaintance('Stuck Person'), await acquaintance('Free Person')];
    fail(stuck, { status: 429, retryAfterS: 30 });
    await plan(stuck);
    await until('the failure', () => requests(stuck).some((one) => one.detail.status === 429));
    const at = Date.now();
    await ended(await plan(free));
    assert.ok(Date.now() - at < 3_000);
  });

  it('two instances on one database say each thing once', async () => {
    const twin = await product.startTwin();
    try {
      const people = await Promise.all(['One', 'Two', 'Three', 'Four'].map((name) => acquaintance(`Twin ${name}`)));
      const ids = await Promise.all(people.flatMap((who) => Array.from({ length: 15 }, () => plan(who))));
      const ledgers = await Promise.all(ids.map(ended));
      assert.deepEqual(
        [...new Set(ledgers.map((one) => `${one.state} ${one.attempts} ${one.ambiguous}`))],
        ['sent 1 0'],
      );
      for (const who of people) assert.equal(seen(who), 15);
      assert.equal(new Set(ledgers.map((one) => one.activity_id)).size, ids.length);
    } finally {
      await twin.stop();
    }
  });

  const failUntilLate = async () => {
    const who = await acquaintance('Late Person');
    fail(who, { status: 412, times: 50 });
    return { who, ledger: await ended(await plan(who, 1_500)) };
  };

  it('stops trying when the moment has passed, and says so', async () => {
    const { who, ledger } = await tooLate;
    assert.equal(ledger.state, 'missed');
    assert.match(ledger.reason ?? '', /Teams 412|moment had passed/);
    assert.equal(seen(who), 0);
  });
});
