/**
 * Two tenants on one product. From every route, verb and command of A, by a person and by an admin, with the ids of B:
 * nothing that is B's changes, and nothing of B is told. A route, verb or command that is new fails until it is tried here.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { ACTIONS } from '../../src/bot/actions/actions.ts';
import { COMMANDS } from '../../src/bot/commands/commands.ts';
import { spec as aRule } from '../rules/specs.ts';
import { startProduct, TENANT_ID, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';
import { newestServer, routesOf } from '../support/routes.ts';
import { until } from '../support/until.ts';
import { COMMAND_WORDS, type Ids, VERB_DATA } from './verbs.ts';

const HOUR_MS = 3_600_000;
const OTHER_TENANT = '7e570000-0000-4000-8000-0000000000b2';
/** In all that B has: whoever reads it has crossed the wall. */
const CANARY = 'Canary-of-B';

/** What a stranger can try at a route, with what is B's; `bearer`: who holds the secret may do that one thing. */
type Attempt = (its: Its) => { path?: string; body?: string };
const ROUTES: Readonly<Record<string, Attempt>> = {
  'GET /': () => ({}),
  'GET /privacy': () => ({}),
  'GET /terms': () => ({}),
  'GET /healthz': () => ({}),
  'GET /readyz': () => ({}),
  'GET /auth/start': ({ ids }) => ({ path: `/auth/start?state=${ids.personId}` }),
  'GET /auth/callback': ({ ids }) => ({ path: `/auth/callback?state=${ids.personId}&code=x` }),
  'GET /auth/admin-consent': ({ ids }) => ({
    path: `/auth/admin-consent?state=${ids.personId}&tenant=${ids.tenantId}&admin_consent=True`,
  }),
  'GET /ways/stop': ({ ids }) => ({ path: `/ways/stop?t=${ids.personId}` }),
  'POST /ways/stop': ({ ids }) => ({ path: `/ways/stop?t=${ids.personId}`, body: 'List-Unsubscribe=One-Click' }),
  'GET /privacy/export': ({ ids }) => ({ path: `/privacy/export?t=${ids.personId}` }),
  'HEAD /privacy/export': ({ ids }) => ({ path: `/privacy/export?t=${ids.personId}` }),
  'POST /privacy/export': ({ ids }) => ({ path: `/privacy/export?t=${ids.personId}`, body: '' }),
  'GET /rooms/check-in': ({ ids }) => ({ path: `/rooms/check-in?t=${ids.personId}` }),
  'POST /rooms/check-in': ({ ids }) => ({ path: `/rooms/check-in?t=${ids.personId}`, body: 'press=here' }),
  'POST /api/messages': ({ ids }) => ({
    body: JSON.stringify({
      type: 'message',
      channelId: 'msteams',
      from: { id: 'x', aadObjectId: ids.personId },
      recipient: { id: 'x' },
      conversation: { id: 'x', tenantId: ids.tenantId },
      text: 'watch off',
    }),
  }),
  'POST /api/notifications': (its) => ({ body: JSON.stringify({ value: [noticeOf(its)] }) }),
  'POST /api/lifecycle': (its) => ({ body: JSON.stringify({ value: [noticeOf(its)] }) }),
};

/** Tried last: afterwards there is nothing left to try with. */
const ENDS = /^(?:watch off|sign.?out|forget me|privacy\.forget)$/;
const AT_ONCE = 8;

interface Its {
  ids: Ids;
  subscriptionId: string;
  conversationId: string;
  /** Of A's own subscription. */
  ownClientState: string;
}

const noticeOf = ({ subscriptionId, ownClientState, ids }: Its) => ({
  subscriptionId,
  clientState: ownClientState,
  changeType: 'deleted',
  lifecycleEvent: 'subscriptionRemoved',
  tenantId: ids.tenantId,
  resourceData: { id: ids.eventId, '@odata.etag': 'W/"1"' },
});

const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });

describe('the wall between two tenants, tried from all sides', function () {
  this.timeout(120_000);
  let product: TestProduct;
  let person: TestPerson;
  let admin: TestPerson;
  let victim: TestPerson;
  let its: Its;
  let position = 0;
  const answers: string[] = [];

  const actor = (who: TestPerson) => ({ tenantId: who.person.tenantId, oid: who.person.oid });
  const meet = (who: TestPerson, subject: string) =>
    product.sandbox.graph.store.create(actor(who), {
      subject,
      start: at(Date.now() + 26 * HOUR_MS),
      end: at(Date.now() + 27 * HOUR_MS),
      location: { displayName: `${subject} street` },
      body: { contentType: 'text', content: subject },
    });

  before(async () => {
    product = await startProduct();
    product.sandbox.world.tenants.set(OTHER_TENANT, { tenantId: OTHER_TENANT, displayName: 'B', domain: 'b.example' });
    person = product.addPerson('Ada Own');
    admin = product.addPerson('Adam Admin', { appRoles: ['CalendarWatch.Admin'] });
    victim = product.addPerson('Bea Other', {
      tenantId: OTHER_TENANT,
      upn: 'bea@b.example',
      displayName: `Bea ${CANARY}`,
      appRoles: ['CalendarWatch.Admin'],
    });
    for (const who of [person, admin]) meet(who, 'Own meeting');
    meet(victim, `${CANARY} meeting`);
    for (const who of [person, admin, victim]) await product.connect(who);
    await until('subscriptions', () => product.sandbox.graph.control.subscriptions().length >= 3);
    its = await itsOf(product, victim, person);
    await plant(product, its);
    await quieten(product);
  });
  after(async () => product?.stop());

  /** All rows of B, of every table. */
  async function rowsOfB(): Promise<string[]> {
    const tables = await product.peek<{ name: string }>(
      `select table_name as name from information_schema.columns
       where table_schema = 'cw' and column_name = 'tenant_id' order by 1`,
    );
    const all: string[] = [];
    for (const { name } of tables) {
      const rows = await product.peek<{ row: string }>(
        `select to_jsonb(t)::text as row from cw.${name} t where tenant_id = $1 order by 1`,
        [OTHER_TENANT],
      );
      all.push(...rows.map(({ row }) => `${name} ${row}`));
    }
    return all;
  }

  const its_mailbox = () =>
    JSON.stringify(product.sandbox.graph.store.view(actor(victim), Date.now() - HOUR_MS, Date.now() + 90 * HOUR_MS));

  /** Runs what A does, then looks at B. */
  async function assertNothing(attack: () => Promise<void>): Promise<void> {
    const [rows, mailbox] = [await rowsOfB(), its_mailbox()];
    assert.ok(rows.length > 12, `B has ${rows.length} rows`);
    answers.length = 0;
    position = product.connector.position;
    await attack();
    assert.deepEqual(await rowsOfB(), rows, 'nothing of B changed');
    assert.equal(its_mailbox(), mailbox, 'nothing in B’s calendar changed');
    const after_ = product.connector.events.filter((one) => one.position > position && one.kind !== 'delete');
    const heard = after_.flatMap((one) => (one.kind === 'delete' ? [] : [one.activity]));
    assert.deepEqual(
      heard.filter((one) => one.conversation?.id === its.conversationId),
      [],
      'nobody wrote into B’s chat',
    );
    for (const text of [...answers, ...heard.map(wordsOf)]) assert.ok(!text.includes(CANARY), text.slice(0, 500));
  }

  const keep = (answer: { status: number; body: unknown }) => {
    assert.ok(answer.status < 500, JSON.stringify(answer).slice(0, 300));
    answers.push(JSON.stringify(answer.body ?? ''));
  };

  it('names every route, verb and command there is', () => {
    const routes = routesOf(newestServer()).map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(
      routes.filter((route) => !(route in ROUTES)),
      [],
    );
    assert.deepEqual(
      ACTIONS.map(({ verb }) => verb).filter((verb) => !(verb in VERB_DATA)),
      [],
    );
    assert.deepEqual(
      COMMANDS.map(({ name }) => name).filter((name) => !(name in COMMAND_WORDS)),
      [],
    );
  });

  it('holds at every route', async () => {
    await assertNothing(async () => {
      for (const { method, path } of routesOf(newestServer())) {
        const attempt = ROUTES[`${method} ${path}`]?.(its);
        const response = await fetch(`${product.origin}${attempt?.path ?? path}`, {
          method,
          redirect: 'manual',
          ...(attempt?.body === undefined
            ? {}
            : { body: attempt.body, headers: { 'Content-Type': 'application/json' } }),
        });
        answers.push(`${JSON.stringify([...response.headers])} ${await response.text()}`);
      }
    });
  });

  for (const role of ['person', 'admin'] as const) {
    const attacker = () => (role === 'person' ? person : admin);

    it(`holds at every verb, pressed by a${role === 'admin' ? 'n admin' : ' person'} of A`, async () => {
      await assertNothing(async () => {
        for (const { verb } of ACTIONS.filter((one) => !ENDS.test(one.verb))) {
          const data = VERB_DATA[verb]?.(its.ids) ?? {};
          keep(await product.press(attacker(), verb, data));
          keep(
            await product.press(attacker(), verb, {
              ...data,
              for: its.ids.personId,
              tenantId: its.ids.tenantId,
              personId: its.ids.personId,
            }),
          );
        }
      });
    });

    it(`holds at every command, typed by a${role === 'admin' ? 'n admin' : ' person'} of A`, async () => {
      const { ids } = its;
      const words = [ids.personId, `${ids.address} ${ids.tenantId} ${CANARY}`];
      const texts = COMMANDS.filter((one) => !ENDS.test(one.name)).flatMap(({ name }) =>
        words.map((one) => `${name} ${one}`),
      );
      await assertNothing(async () => {
        for (let from = 0; from < texts.length; from += AT_ONCE) {
          const some = texts.slice(from, from + AT_ONCE);
          for (const answer of await Promise.all(some.map((text) => product.say(attacker(), text)))) keep(answer);
        }
      });
    });
  }

  it('holds for an activity that names B somewhere in it', async () => {
    await assertNothing(async () => {
      const { connector, origin } = product;
      const whole = connector.messageActivity(person.user, 'status');
      const { ids, conversationId } = its;
      const all = [
        { ...whole, channelData: { tenant: { id: ids.tenantId } } },
        { ...whole, from: { ...whole.from, id: victim.user.id } },
        { ...whole, from: { id: person.user.id, aadObjectId: ids.personId } },
        {
          ...connector.installActivity(person.user, 'remove'),
          conversation: { id: conversationId, tenantId: TENANT_ID, conversationType: 'personal' },
        },
      ];
      for (const one of all) await connector.sendToBot(`${origin}/api/messages`, one as typeof whole);
    });
  });

  it('holds when somebody of A leaves, and takes all that was theirs along', async () => {
    await assertNothing(async () => {
      for (const { verb } of ACTIONS.filter((one) => ENDS.test(one.verb)))
        keep(await product.press(admin, verb, { for: admin.person.oid, personId: its.ids.personId }));
      for (const { name } of COMMANDS.filter((one) => ENDS.test(one.name)))
        keep(await product.say(admin, `${name} ${its.ids.address}`));
    });
  });

  it('would be seen to fall: B’s own presses change B’s rows and tell of B', async () => {
    await assert.rejects(
      assertNothing(async () => keep(await product.press(victim, 'agenda.skip', { eventId: its.ids.eventId }))),
    );
    await assert.rejects(
      assertNothing(async () => keep(await product.say(victim, 'agenda tomorrow'))),
      /Canary|nothing of B|chat/,
    );
  });
});

async function itsOf(product: TestProduct, victim: TestPerson, person: TestPerson): Promise<Its> {
  const { oid, tenantId, upn } = victim.person;
  const [event] = await product.peek<{ event_id: string; start_at: Date }>(
    'select event_id, start_at from cw.event where mailbox_id = $1 order by 1',
    [oid],
  );
  const nudges = await product.peek<{ nudge_id: string; kind: string }>(
    'select nudge_id, kind from cw.nudge where person_id = $1 order by 1',
    [oid],
  );
  const subscriptions = product.sandbox.graph.control.subscriptions();
  assert.ok(event && nudges.length > 0);
  return {
    ids: {
      tenantId,
      personId: oid,
      eventId: event.event_id,
      startAt: event.start_at.getTime(),
      seriesId: event.event_id,
      nudgeId: (kind) => (nudges.find((one) => one.kind === kind) ?? nudges[0])?.nudge_id ?? '',
      calendarId: event.event_id,
      address: upn,
    },
    subscriptionId: subscriptions.find((one) => one.mailboxOid === oid)?.id ?? '',
    conversationId: victim.user.conversationId,
    ownClientState: subscriptions.find((one) => one.mailboxOid === person.person.oid)?.clientState ?? '',
  };
}

/** What connecting alone does not bring: places, ways, answers, a sign-in under way, state of a turn. */
async function plant(product: TestProduct, { ids }: Its): Promise<void> {
  const { tenantId, personId, eventId } = ids;
  const now = new Date();
  const rows: [string, unknown[]][] = [
    [`insert into cw.place values ($1, $2, 'office', '${CANARY} place', 1, 2)`, [tenantId, personId]],
    [`insert into cw.answer values ($1, $2, 'kind', $3, '"${CANARY}"', $4)`, [tenantId, personId, eventId, now]],
    [
      `insert into cw.way (tenant_id, person_id, way, address, stop_token, created_at)
      values ($1, $2, 'email', '${CANARY}@b.example', 'stop-token-of-b-4711', $3)`,
      [tenantId, personId, now],
    ],
    [
      `insert into cw.rule (tenant_id, rule_id, person_id, scope, name, spec, limit_per_hour, made_at, active_since)
      values ($1, 'rule-of-b', $2, 'everyone', '${CANARY} rule', $4, 30, $3, $3)`,
      [tenantId, personId, now, JSON.stringify(aRule())],
    ],
    [
      `insert into cw.webhook (tenant_id, webhook_id, person_id, url, host, secret, made_at, failing_since, off_at)
      values ($1, 'hook-of-b', $2, '${CANARY}', '${CANARY}.example', '${CANARY}', $3, $3, $3)`,
      [tenantId, personId, now],
    ],
    [
      `insert into cw.errand (tenant_id, errand_id, kind, person_id, mailbox_id, rule_id, payload, due_at, deadline_at,
        correlation_id, planned_at, state, send_at, ended_at)
      values ($1, 'run-of-b.0', 'webhook', $2, $2, 'rule-of-b', $4, $3, $3, 'c', $3, 'failed', $3, $3)`,
      [
        tenantId,
        personId,
        now,
        JSON.stringify({ ruleName: CANARY, deed: { deed: 'webhook', webhookId: 'hook-of-b' } }),
      ],
    ],
    [`insert into cw.turn_state values ($1, 'key', '{"text": "${CANARY}"}', 1)`, [tenantId]],
  ];
  for (const [text, values] of rows) await product.peek(text, values);
}

/** Nothing of ours is due in the next hours: whatever changes then, somebody changed. */
async function quieten(product: TestProduct): Promise<void> {
  const later = new Date(Date.now() + 12 * HOUR_MS);
  const settled = () => product.sandbox.graph.control.pendingNotifications() === 0;
  await until('Graph says nothing more', settled);
  await product.peek('delete from cw.inbox');
  await until('no round is under way, and none begins', async () => {
    await product.peek(`update cw.mailbox set sync_due_at = $1, care_due_at = $1`, [later]);
    const busy = 'select from cw.mailbox where sync_lease is not null or care_lease is not null';
    return (await product.peek(busy)).length === 0;
  });
  await product.peek(`update cw.feed set look_at = $1`, [later]);
  await product.peek(`update cw.person set replan_at = null`);
  await product.peek(
    `update cw.nudge set send_at = $1, due_at = $1, earliest_at = $1, deadline_at = $1 where state = 'planned'`,
    [later],
  );
  await until('nothing is being sent or shown', async () => {
    const [row] = await product.peek<{ open: boolean }>(
      `select exists (select from cw.nudge where state = 'claimed')
         or exists (select from cw.card where update_at <= now()) as open`,
    );
    return row?.open === false;
  });
}
