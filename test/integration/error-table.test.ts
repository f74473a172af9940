/**
 * Every row of Microsoft's error table, through the real product and real HTTP: what Teams answers, how many requests it
 * gets, and what the ledger, the person and the admin see. Each row has a tenant of its own, whose admin is its person,
 * so that all rows run side by side. (test/delivery/ledger.test.ts has the same rules under a clock that is moved.)
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { ScriptedFailure } from '../../sandbox/connector/connector.ts';
import { startProduct, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const HOUR_MS = 3_600_000;
const SECOND_MS = 1_000;
const FOREVER = 1_000;

interface Row {
  name: string;
  answers: ScriptedFailure[];
  /** Default: "reconnect", which is said again when nobody knows whether it arrived. */
  kind?: string;
  deadlineMs?: number;
  /** "state attempts in-doubt" */
  ledger: string;
  reason: string | null;
  /** What the connector got for this chat, in order, and how it answered. */
  requests: string[] | RegExp;
  isChatKept: boolean;
  toPerson: RegExp | undefined;
  toAdmin: RegExp | undefined;
}

const stopped = (
  status: number,
  code: string,
  seen: Pick<Row, 'toPerson' | 'toAdmin'> & Partial<Pick<Row, 'isChatKept' | 'requests'>>,
): Row => ({
  name: `${status} ${code}`,
  answers: [{ status, code }],
  ledger: 'failed 1 0',
  reason: `Teams ${status} ${code}`,
  requests: [`post ${status}`],
  isChatKept: true,
  ...seen,
});

const unwanted = (code: string) =>
  stopped(403, code, {
    isChatKept: false,
    toPerson: /blocked or switched off in Teams/,
    toAdmin: /blocked or removed the app/,
  });

const again = (status: number, code: string, ledger: string, more: Partial<Row> = {}): Row => ({
  name: `${status} ${code || 'without a code'}`,
  answers: [{ status, code }],
  ledger,
  reason: null,
  requests: [`post ${status}`, 'post 201'],
  isChatKept: true,
  toPerson: undefined,
  toAdmin: undefined,
  ...more,
});

const REFUSED = { toPerson: /Teams didn’t let me write/, toAdmin: /Teams refuses the bot/ };
const MALFORMED = { toPerson: /my message wasn’t as it should be/, toAdmin: /Teams did not accept the message/ };

const ROWS: Row[] = [
  stopped(400, 'BadArgument', MALFORMED),
  stopped(401, 'BotNotRegistered', REFUSED),
  unwanted('BotDisabledByAdmin'),
  unwanted('BotDisabledByUser'),
  unwanted('ConversationBlockedByUser'),
  unwanted('BotNotInConversationRoster'),
  unwanted('ForbiddenOperationException'),
  unwanted('MessageWritesBlocked'),
  // By the other address, once; where it arrives, it is kept.
  again(403, 'InvalidBotApiHost', 'sent 2 0'),
  {
    ...stopped(403, 'InvalidBotApiHost', REFUSED),
    name: '403 InvalidBotApiHost, by the other address too',
    answers: [{ status: 403, code: 'InvalidBotApiHost', times: FOREVER }],
    ledger: 'failed 2 0',
    requests: ['post 403', 'post 403'],
  },
  stopped(403, 'NotEnoughPermissions', REFUSED),
  // The reference is dropped, and a new chat is made where that is allowed.
  again(404, 'ConversationNotFound', 'sent 2 0', { requests: ['post 404', 'post 201'] }),
  again(404, 'ActivityNotFoundInConversation', 'sent 2 0', { requests: ['post 404', 'post 201'] }),
  {
    ...stopped(404, 'ConversationNotFound', {
      isChatKept: false,
      toPerson: /blocked or switched off in Teams/,
      toAdmin: /blocked or removed the app/,
    }),
    name: '404 ConversationNotFound, and a new chat is refused',
    answers: [
      { status: 404, code: 'ConversationNotFound' },
      { status: 403, code: 'BotNotInConversationRoster', on: ['create'] },
    ],
    reason: 'Teams 403 BotNotInConversationRoster',
    requests: ['post 404'],
  },
  again(412, 'PreconditionFailed', 'sent 2 0'),
  stopped(413, 'MessageSizeTooBig', MALFORMED),
  again(429, 'Throttled', 'sent 2 0', { answers: [{ status: 429, retryAfterS: 2 }] }),
  again(429, '', 'sent 2 0', { name: '429 without Retry-After' }),
  stopped(500, 'ServiceError', { toPerson: /Teams didn’t take my message/, toAdmin: /Teams did not take it/ }),
  again(502, 'ServiceError', 'sent 2 1'),
  again(503, 'ServiceError', 'sent 2 1'),
  again(504, 'ServiceError', 'sent 2 1'),
  ...(
    [
      [502, 'connected'],
      [504, 'welcome'],
    ] as const
  ).map(([status, kind]) => ({
    ...again(status, 'ServiceError', 'unknown 1 1', { kind }),
    name: `${status} to a ${kind}, which must not come twice`,
    answers: [{ status, delivered: true }],
    reason: `Teams ${status} ServiceError`,
    requests: [`post ${status}`],
    toPerson: /I don’t know whether it reached you/,
    toAdmin: /did not say whether it arrived/,
  })),
  {
    ...again(503, 'ServiceError', 'missed', { deadlineMs: 8 * SECOND_MS }),
    name: '503 until the nudge’s deadline',
    answers: [{ status: 503, times: FOREVER }],
    reason: 'Teams 503 ServiceError',
    requests: /^(?:post 503,?){2,8}$/,
    toPerson: /Teams didn’t take my message in time/,
    toAdmin: /Teams did not take it, and its moment passed/,
  },
  {
    ...again(429, 'Throttled', 'missed 1 0', { deadlineMs: 2 * SECOND_MS }),
    name: '429 with Retry-After beyond the deadline',
    answers: [{ status: 429, retryAfterS: 600, times: FOREVER }],
    reason: 'Teams 429 Throttled',
    requests: ['post 429'],
    toPerson: /Teams didn’t take my message in time/,
    toAdmin: /Teams did not take it, and its moment passed/,
  },
];

/** Answers without a code of Microsoft's, maybe a proxy's: tried again after half a minute. */
const UNCERTAIN = [401, 403, 404];

const tenantOf = (serial: number) => `7e570001-0000-4000-8000-${serial.toString(16).padStart(12, '0')}`;

describe('Microsoft’s error table', () => {
  let product: TestProduct;
  const subjects = new Map<string, TestPerson>();

  const subjectOf = (name: string): TestPerson => {
    const who = subjects.get(name);
    assert.ok(who, name);
    return who;
  };
  const ledgerOf = async (who: TestPerson, nudgeId = 'first') => {
    const [row] = await product.peek<{
      state: string;
      attempts: number;
      ambiguous: number;
      reason: string | null;
      sendInMs: number;
    }>(
      `select state, attempts, ambiguous, reason, (extract(epoch from send_at - clock_timestamp()) * 1000)::float8 as "sendInMs"
       from cw.nudge where person_id = $1 and nudge_id = $2`,
      [who.person.oid, nudgeId],
    );
    return row;
  };
  const ended = (who: TestPerson, nudgeId?: string) =>
    until(
      'it has ended',
      async () => {
        const row = await ledgerOf(who, nudgeId);
        return row && !['planned', 'claimed'].includes(row.state) ? row : undefined;
      },
      20_000,
    );
  const requests = (what: string) =>
    product.sandbox.world.journal.entries
      .filter((one) => one.part === 'connector' && one.what === what)
      .map((one) => ({ at: one.at, what, ...(one.detail as { conversationId: string; status: number }) }));
  const postsTo = (who: TestPerson) => requests('post').filter((one) => one.conversationId === who.user.conversationId);
  const plan = (who: TestPerson, nudgeId: string, { kind = 'reconnect', deadlineMs = HOUR_MS } = {}) =>
    product.peek(
      `insert into cw.nudge (tenant_id, nudge_id, person_id, mailbox_id, kind, event_id, start_at, lead_ms, earliest_at,
         due_at, deadline_at, facts, correlation_id, planned_at, state, send_at)
       select $1, $2, $3, $3, $4, '', now, 0, now, now, now + $5 * interval '1 millisecond', '{}', 'test', now, 'planned', now
       from clock_timestamp() as now`,
      [who.person.tenantId, nudgeId, who.person.oid, kind, deadlineMs],
    );
  const answerTo = async (who: TestPerson, words: string, pattern: RegExp) => {
    await product.say(who, words);
    return wordsOf(await product.hear(who, pattern, 20_000));
  };
  /** The person speaks, and is watched: no mailbox is read here. */
  const meet = async (name: string, serial: number) => {
    const tenantId = tenantOf(serial);
    product.sandbox.world.tenants.set(tenantId, { tenantId, displayName: name, domain: `t${serial}.example` });
    const who = product.addPerson(`Person ${serial}`, { tenantId });
    subjects.set(name, who);
    await product.say(who, 'help');
    await product.peek(
      `update cw.person set watch = 'on', watch_since = seen_at, is_admin = true where person_id = $1`,
      [who.person.oid],
    );
    await product.peek('insert into cw.mailbox (tenant_id, mailbox_id, person_id) values ($1, $2, $2)', [
      tenantId,
      who.person.oid,
    ]);
  };

  before(async () => {
    const env: Record<string, string> = {};
    product = await startProduct({ env });
    // The connector takes any path before its own; its address is known only now.
    env.BOT_GCC_SERVICE_URL = new URL('/gcc/', product.connector.serviceUrl).href;
    const names = [...ROWS.map((row) => row.name), ...UNCERTAIN.map((status) => `uncertain ${status}`)];
    for (const [serial, name] of names.entries()) await meet(name, serial + 1);
    // Nobody signs in here, so no role proves that they may look into deliveries.
    env.ADMIN_OIDS = [...subjects.values()].map((who) => who.person.oid).join(',');
    await product.restart();
  });
  after(async () => product?.stop());

  describe('row by row', () => {
    before(async () => {
      await Promise.all(
        ROWS.map(async (row) => {
          const who = subjectOf(row.name);
          for (const failure of row.answers) product.connector.failNext(who.user.conversationId, failure);
          await plan(who, 'first', row);
        }),
      );
    });

    for (const row of ROWS)
      it(`${row.name}: ${row.ledger}`, async () => {
        const who = subjectOf(row.name);
        const { state, attempts, ambiguous, reason } = await ended(who);
        if (row.ledger.includes(' ')) assert.equal(`${state} ${attempts} ${ambiguous}`, row.ledger);
        assert.equal(state, row.ledger.split(' ')[0]);
        assert.equal(reason, row.reason);
        // The answer to “help” was the first.
        const got = postsTo(who)
          .slice(1)
          .map(({ what, status }) => `${what} ${status}`);
        if (row.requests instanceof RegExp) assert.match(got.join(), row.requests);
        else assert.deepEqual(got, row.requests);
        const [chats] = await product.peek<{ count: number }>(
          'select count(*)::int as count from cw.conversation where tenant_id = $1',
          [who.person.tenantId],
        );
        assert.equal(chats?.count, row.isChatKept ? 1 : 0);
      });

    it('asks for a new chat once for each that is gone, and for no other', () => {
      const gone = ROWS.filter((row) => row.answers[0]?.status === 404);
      assert.deepEqual(
        requests('create')
          .map((one) => one.status)
          .sort(),
        gone.map((row) => (row.isChatKept ? 201 : 403)).sort(),
      );
    });

    it('keeps the other address where a message arrived by it, and only there', async () => {
      const address = async (name: string) => {
        const [row] = await product.peek<{ url: string }>(
          `select reference ->> 'serviceUrl' as url from cw.conversation where tenant_id = $1`,
          [subjectOf(name).person.tenantId],
        );
        return new URL(row?.url ?? '').pathname;
      };
      assert.equal(await address('403 InvalidBotApiHost'), '/gcc/');
      assert.equal(await address('403 InvalidBotApiHost, by the other address too'), '/teams/');
    });

    it('does not call again before Retry-After has passed', async () => {
      for (const [name, afterMs] of [
        ['429 Throttled', 2 * SECOND_MS],
        ['429 without Retry-After', 2 * SECOND_MS],
      ] as const) {
        const [, first, second] = postsTo(subjectOf(name));
        assert.ok(
          first && second && second.at - first.at >= afterMs,
          `${name}: ${(second?.at ?? 0) - (first?.at ?? 0)} ms`,
        );
      }
    });

    it('tells the operator what to do when the bot is not registered', () => {
      const lines = product.logLines().filter((one) => one.includes('BotNotRegistered'));
      assert.equal(lines.length, 1);
      const said = JSON.parse(lines[0] ?? '{}') as Record<string, unknown>;
      assert.equal(said.code, 'BOT_REFUSED');
      assert.match(String(said.remedy), /BOT_ID/);
    });
  });

  describe('an answer without a code, maybe a proxy’s', () => {
    for (const status of UNCERTAIN)
      it(`${status}: tried again after half a minute`, async () => {
        const who = subjectOf(`uncertain ${status}`);
        product.connector.failNext(who.user.conversationId, { status, code: '' });
        await plan(who, 'first');
        const row = await until('it is put off', async () => {
          const found = await ledgerOf(who);
          return found?.state === 'planned' && found.attempts === 1 ? found : undefined;
        });
        assert.equal(row.reason, `Teams ${status}`);
        assert.ok(row.sendInMs > 20 * SECOND_MS && row.sendInMs <= 30 * SECOND_MS, `${row.sendInMs} ms`);
        await product.peek(`update cw.nudge set send_at = clock_timestamp() where person_id = $1`, [who.person.oid]);
        await ended(who);
        assert.deepEqual(
          postsTo(who).map((one) => one.status),
          [201, status, 201],
        );
      });
  });

  describe('is seen, once everybody has spoken again', () => {
    before(() => product.connector.clearFailures());

    for (const row of ROWS)
      it(`${row.name}: by the person`, async () => {
        const who = subjectOf(row.name);
        const words = await answerTo(who, 'watch status', /Watching since/);
        if (!row.toPerson) return assert.doesNotMatch(words, /couldn’t tell you/);
        assert.match(words, /1 thing I couldn’t tell you in the last 7 days/);
        assert.match(words, row.toPerson);
        assert.doesNotMatch(words, /Teams \d{3}/, 'codes are for the admin');
      });

    for (const row of ROWS)
      it(`${row.name}: by the admin`, async () => {
        const words = await answerTo(subjectOf(row.name), 'admin deliveries', /in the last 7 days/);
        if (!row.toAdmin) return assert.match(words, /Everything arrived in the last 7 days/);
        assert.match(words, /1 thing did not arrive in the last 7 days/);
        assert.match(words, row.toAdmin);
        assert.ok(words.includes(row.reason ?? '?'), 'with the code');
        // What is dropped is said, until they spoke it was a person who can’t be reached.
        assert.equal(/1 dead chat dropped/.test(words), !row.isChatKept);
      });

    for (const row of ROWS.filter(({ isChatKept }) => !isChatKept))
      it(`${row.name}: who spoke is reached again`, async () => {
        const who = subjectOf(row.name);
        await plan(who, 'second');
        assert.equal((await ended(who, 'second')).state, 'sent');
      });
  });

  describe('and for admins', () => {
    it('says how many can’t be reached at all, before they speak', async () => {
      const who = subjectOf('500 ServiceError');
      await product.peek(
        `insert into cw.person (tenant_id, person_id, watch, watch_since, seen_at)
       select $1, id, watch, now, now from clock_timestamp() as now,
         (values ('gone-1', 'on'), ('gone-2', 'reconnect'), ('never-watched', 'off')) as v (id, watch)`,
        [who.person.tenantId],
      );
      const words = await answerTo(who, 'admin deliveries', /in the last 7 days/);
      assert.match(words, /2 people can’t be reached in Teams at all/);
    });

    it('can be tried again by the admin’s button', async () => {
      const who = subjectOf('500 ServiceError');
      const shown = await answerTo(who, 'admin deliveries', /Try again/);
      assert.match(shown, /1 of them can still be said/);
      await product.press(who, 'admin.deliveries.retry');
      await product.hear(who, /I’ll try 1 delivery again now/);
      const { state, attempts } = await ended(who);
      assert.deepEqual({ state, attempts }, { state: 'sent', attempts: 2 });
      await product.press(who, 'admin.deliveries.retry');
      await product.hear(who, /nothing left to try again/);
    });

    it('keeps subjects from admins', async () => {
      const who = subjectOf('413 MessageSizeTooBig');
      await product.peek(`update cw.nudge set facts = '{"subject": "Salary talk"}' where person_id = $1`, [
        who.person.oid,
      ]);
      await product.peek(`update cw.person set address = 'someone@t.example' where person_id = $1`, [who.person.oid]);
      const words = await answerTo(who, 'admin deliveries', /in the last 7 days/);
      assert.doesNotMatch(words, /Salary/);
      assert.match(words, /Sign-in request, [^,]+, someone@t\.example: not accepted \(Teams 413 MessageSizeTooBig\)/);
      assert.match(await answerTo(who, 'watch status', /Watching since/), /Salary talk/);
    });
  });
});
