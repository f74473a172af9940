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
  /** What the connector got for this chat, in order: "post 500". */
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
  // This cloud has no other address to try.
  stopped(403, 'InvalidBotApiHost', REFUSED),
  stopped(403, 'NotEnoughPermissions', REFUSED),
  // The reference is dropped, and a new chat is made where that is allowed.
  again(404, 'ConversationNotFound', 'sent 2 0', { requests: ['post 404', 'create 201', 'post 201'] }),
  again(404, 'ActivityNotFoundInConversation', 'sent 2 0', { requests: ['post 404', 'create 201', 'post 201'] }),
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
    requests: ['post 404', 'create 403'],
  },
  again(412, 'PreconditionFailed', 'sent 2 0'),
  stopped(413, 'MessageSizeTooBig', MALFORMED),
  again(429, 'Throttled', 'sent 2 0', { answers: [{ status: 429, retryAfterS: 2 }] }),
  again(429, '', 'sent 2 0', { name: '429 without Retry-After' }),
  stopped(500, 'ServiceError', { toPerson: /Teams didn’t take my message/, toAdmin: /Teams did not take it/ }),
  again(502, 'ServiceError', 'sent 2 1'),
  again(503, 'ServiceError', 'sent 2 1'),
  again(504, 'ServiceError', 'sent 2 1'),
  ...[502, 504].map((status) => ({
    ...again(status, 'ServiceError', 'unknown 1 1', { kind: 'connected' }),
    name: `${status}, of a kind that must not come twice`,
    answers: [{ status, delivered: true }],
    reason: `Teams ${status} ServiceError`,
    requests: [`post ${status}`],
    toPerson: /I don’t know whether it reached you/,
    toAdmin: /did not say whether it arrived/,
  })),
  {
    ...again(503, 'ServiceError', 'missed', { deadlineMs: 3 * SECOND_MS }),
    name: '503 until the nudge’s deadline',
    answers: [{ status: 503, times: FOREVER }],
    reason: 'Teams 503 ServiceError',
    requests: /^(?:post 503,?){2,5}$/,
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
  const requestsOf = (who: TestPerson) =>
    product.sandbox.world.journal.entries
      .filter((one) => one.part === 'connector' && one.what !== 'to bot')
      .map((one) => ({ at: one.at, what: one.what, ...(one.detail as { conversationId: string; status: number }) }))
      .filter((one) => one.conversationId === who.user.conversationId || one.conversationId === '');
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
    await product.peek(`update cw.person set watch = 'on', watch_since = seen_at, is_admin = true where person_id = $1`, [
      who.person.oid,
    ]);
    await product.peek('insert into cw.mailbox (tenant_id, mailbox_id, person_id) values ($1, $2, $2)', [
      tenantId,
      who.person.oid,
    ]);
  };

  before(async () => {
    product = await startProduct();
    const names = [...ROWS.map((row) => row.name), ...UNCERTAIN.map((status) => `uncertain ${status}`)];
    for (const [serial, name] of names.entries()) await meet(name, serial + 1);
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
        // The help that began it is the first.
        const got = requestsOf(who)
          .filter((one) => one.conversationId !== '' || row.requests.toString().includes('create'))
          .slice(1)
          .map(({ what, status }) => `${what} ${status}`);
        if (row.requests instanceof RegExp) assert.match(got.join(), row.requests);
        else assert.deepEqual(got.filter((one) => one.startsWith('post')), row.requests.filter((one) => one.startsWith('post')));
        const [chats] = await product.peek<{ count: number }>(
          'select count(*)::int as count from cw.conversation where tenant_id = $1',
          [who.person.tenantId],
        );
        assert.equal(chats?.count, row.isChatKept ? 1 : 0);
      });
  });
});
