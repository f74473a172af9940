import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import pg from 'pg';
import type { SubscriptionRecord } from '../../sandbox/graph/subscription-store.ts';
import { startProduct, type TestPerson, type TestProduct } from '../support/product.ts';
import { until } from '../support/until.ts';
import { KeptConnection } from './raw.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });

describe('the routes that Graph calls', () => {
  let product: TestProduct;
  let ada: TestPerson;
  let subscription: SubscriptionRecord;
  let connection: KeptConnection;

  before(async () => {
    product = await startProduct({ graph: { echoes: false } });
    ada = product.addPerson('Ada Stern');
    connection = new KeptConnection(product.origin);
    await product.connect(ada, { tellOwnChanges: true, kinds: { invitation: false, conflict: false } });
    subscription = await until('a subscription', () => product.sandbox.graph.control.subscriptions()[0]);
    await until('its row', async () => (await product.peek('select 1 from cw.subscription')).length === 1);
  });
  after(async () => {
    connection?.close();
    await product?.stop();
  });
  afterEach(() => product.sandbox.world.faults.clear());

  const actor = () => ({ tenantId: ada.person.tenantId, oid: ada.person.oid });
  const item = (more: object = {}) => ({
    subscriptionId: subscription.id,
    clientState: subscription.clientState,
    changeType: 'updated',
    resource: `Users/${ada.person.oid}/Events/x`,
    tenantId: ada.person.tenantId,
    ...more,
  });
  const notify = (body: unknown, path = '/api/notifications') =>
    connection.send(path, { body: typeof body === 'string' ? body : JSON.stringify(body) });
  const deltaReads = () =>
    product.sandbox.world.journal.entries.filter((one) => /calendarView\/delta/.test(String(one.detail.path))).length;
  const logged = (pattern: RegExp) => product.logLines().filter((line) => pattern.test(line)).length;
  /** A meeting in some hours that moves without Graph saying so; what tells of it is what was posted by hand. */
  const moveUnnoticed = async (subject: string) => {
    const startAt = Date.now() + 5 * HOUR_MS;
    const made = product.sandbox.graph.store.create(actor(), {
      subject,
      start: at(startAt),
      end: at(startAt + 30 * MINUTE_MS),
    });
    await until('the meeting in the replica', async () => {
      const rows = await product.peek(`select 1 from cw.event where data ->> 'subject' = $1`, [subject]);
      return rows.length > 0;
    });
    product.sandbox.world.faults.set('notify.drop', 1);
    const later = { start: at(startAt + HOUR_MS), end: at(startAt + HOUR_MS + 30 * MINUTE_MS) };
    product.sandbox.graph.store.update(actor(), made.id, later);
    return made;
  };

  describe('bodies', () => {
    const refused: [string, string][] = [
      ['no body', ''],
      ['half of a JSON text', '{"value":[{"subscriptionId":"'],
      ['a number', '7'],
      ['null', 'null'],
      ['an array', '[]'],
      ['a string', '"value"'],
      ['no value', '{}'],
      ['a value that is no list', '{"value":{"0":{}}}'],
      ['not UTF-8', '\ufffd\u0000'],
    ];
    for (const path of ['/api/notifications', '/api/lifecycle'])
      for (const [name, body] of refused)
        it(`${path}: ${name} is answered 400`, async () => {
          const answer = await notify(body, path);
          assert.equal(answer.status, 400);
          assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
        });

    for (const chunked of [false, true])
      it(`of 10 MB are answered 413, ${chunked ? 'in pieces' : 'announced'}, and the connection survives`, async () => {
        const body = Buffer.from(`{"value":["${'x'.repeat(10 * 1024 * 1024)}"]}`);
        await notify({ value: [] });
        const answer = await connection.send('/api/notifications', { body, chunked });
        assert.equal(answer.status, 413);
        const next = await notify({ value: [] });
        assert.equal(next.status, 202);
        assert.equal(next.reused, true);
      });

    it('of more than 1000 items are answered 413, of 1000 are read', async () => {
      const items = Array.from({ length: 1_000 }, () => ({ ...item(), clientState: 'x' }));
      assert.equal((await notify({ value: items })).status, 202);
      assert.equal((await notify({ value: [...items, item()] })).status, 413);
    });

    it('are read whatever type they are said to have', async () => {
      const headers = { 'Content-Type': 'text/plain' };
      const body = JSON.stringify({ value: [] });
      assert.equal((await connection.send('/api/notifications', { body, headers })).status, 202);
    });
  });

  describe('items', () => {
    const ignored: [string, () => unknown][] = [
      ['an unknown subscription', () => item({ subscriptionId: '00000000-0000-4000-8000-000000000000' })],
      ['a wrong client state', () => item({ clientState: 'guessed' })],
      ['an empty client state', () => item({ clientState: '' })],
      ['no client state', () => item({ clientState: undefined })],
      ['a client state that is null', () => item({ clientState: null })],
      ['a client state that is an object', () => item({ clientState: { $ne: '' } })],
      ['a very long client state', () => item({ clientState: 'x'.repeat(129) })],
      ['an unknown change type', () => item({ changeType: 'exploded' })],
      ['a NUL in the subscription id', () => item({ subscriptionId: 'a\u0000b' })],
      ['half a surrogate pair in the subscription id', () => item({ subscriptionId: '\ud800' })],
      ['SQL in the subscription id', () => item({ subscriptionId: `'; drop schema cw cascade; --` })],
      ['nothing', () => null],
      ['a list', () => [item()]],
      ['a prototype', () => JSON.parse('{"__proto__":{"subscriptionId":"x"}}')],
    ];
    for (const [name, make] of ignored)
      it(`${name}: answered like any other and left out`, async () => {
        const [reads, lines] = [deltaReads(), logged(/notifications were left out/)];
        const answer = await notify({ value: [make()] });
        assert.deepEqual([answer.status, answer.text], [202, '']);
        await until('a line in the log', () => logged(/notifications were left out/) === lines + 1);
        assert.equal(deltaReads(), reads);
      });

    it('who guesses learns nothing: good, wrong and unknown ones are answered alike to the last header', async () => {
      const answers = [];
      for (const more of [{}, { clientState: 'guessed' }, { subscriptionId: crypto.randomUUID() }]) {
        const { status, text, headers } = await notify({ value: [item(more)] });
        answers.push(JSON.stringify({ status, text, headers: { ...headers, date: '' } }));
      }
      assert.equal(new Set(answers).size, 1, answers.join('\n'));
    });

    it('that are good count although others in the batch are broken', async () => {
      await moveUnnoticed('Among the broken');
      const value = [null, item({ clientState: 'x' }), item({ subscriptionId: 'a\u0000b' }), item(), { changeType: 1 }];
      assert.equal((await notify({ value })).status, 202);
      await product.hear(ada, /Moved[\s\S]*Among the broken/);
    });

    it('that are good count although another request of the same moment is hostile', async () => {
      await moveUnnoticed('Beside a hostile one');
      const hostile = JSON.stringify({ value: [item({ subscriptionId: 'a\u0000b' })] });
      const post = (body: string) => fetch(`${product.origin}/api/notifications`, { method: 'POST', body });
      const answers = await Promise.all([
        ...Array.from({ length: 20 }, () => post(hostile)),
        post(JSON.stringify({ value: [item()] })),
        ...Array.from({ length: 20 }, () => post(hostile)),
      ]);
      assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [202]);
      await product.hear(ada, /Moved[\s\S]*Beside a hostile one/);
    });

    it('name no secrets in the log', () => {
      const all = product.logLines().join('\n');
      assert.ok(subscription.clientState && !all.includes(subscription.clientState));
      assert.ok(!all.includes('Among the broken'));
      assert.ok(!all.includes(ada.person.upn));
    });
  });

  describe('the handshake', () => {
    const TOKEN = 'Validation: Testing client application reachability for subscription Request-Id: 5731e5c5-1';
    const encoded = 'Validation%3a+Testing+client+application+reachability+for+subscription+Request-Id%3a+5731e5c5-1';
    const shake = (path: string, query: string) =>
      connection.send(`${path}?${query}`, { headers: { 'Content-Type': 'text/plain; charset=utf-8' } });

    for (const path of ['/api/notifications', '/api/lifecycle']) {
      it(`${path}: echoes the token decoded, as plain text`, async () => {
        const answer = await shake(path, `validationToken=${encoded}`);
        assert.equal(answer.status, 200);
        assert.equal(answer.text, TOKEN);
        assert.match(answer.headers['content-type'] ?? '', /^text\/plain/);
        assert.equal(answer.headers['x-content-type-options'], 'nosniff');
      });

      it(`${path}: comes before the body is looked at`, async () => {
        const answer = await connection.send(`${path}?x=1&validationToken=abc%2Bd`, { body: 'no JSON' });
        assert.deepEqual([answer.status, answer.text], [200, 'abc+d']);
      });

      const hostile = [
        '%3Cscript%3Ealert(1)%3C%2Fscript%3E',
        'a%22onload%3D',
        'a%27b',
        'a%26b',
        'a%0d%0aSet-Cookie%3a+x%3d1',
        'a%00b',
        '',
        'x'.repeat(1_025),
      ];
      it(`${path}: refuses markup, control characters, nothing and too much, and reflects none of it`, async () => {
        for (const token of hostile) {
          const answer = await shake(path, `validationToken=${token}`);
          assert.equal(answer.status, 400, token.slice(0, 40));
          assert.doesNotMatch(answer.text, /script|onload|Set-Cookie|xxxx/);
          assert.equal(answer.headers['set-cookie'], undefined);
          assert.match(answer.headers['content-type'] ?? '', /^text\/plain/);
        }
      });
    }

    it('is not had by GET', async () => {
      const answer = await connection.send(`/api/notifications?validationToken=${encoded}`, { method: 'GET' });
      assert.equal(answer.status, 405);
    });
  });

  describe('lifecycle', () => {
    const { journal } = { journal: () => product.sandbox.world.journal.entries };
    const calls = (method: string, path: RegExp) =>
      journal().filter(
        (one) => one.part === 'graph' && one.detail.method === method && path.test(String(one.detail.path)),
      ).length;
    const live = () => product.sandbox.graph.control.subscriptions();

    it('reauthorizationRequired renews by PATCH and never also reauthorizes', async () => {
      const { control } = product.sandbox.graph;
      for (let round = 0; round < 3; round += 1) {
        const before = calls('PATCH', /\/subscriptions\//);
        // It was made, or renewed, just now, and its token lasts: that does for all who ask.
        await product.peek(
          `update cw.subscription set authorized_at = authorized_at - interval '11 minutes', token_until = now()`,
        );
        control.sendLifecycle(subscription.id, 'reauthorizationRequired');
        await until('a PATCH', () => calls('PATCH', /\/subscriptions\//) > before);
        await until('care is over', async () => {
          const rows = await product.peek(`select 1 from cw.mailbox where care_lease is not null
            union all select 1 from cw.inbox where duty = 'care'`);
          return rows.length === 0;
        });
      }
      assert.equal(calls('POST', /reauthorize/), 0);
      assert.equal(control.breaches.reauthorizeAndPatch, 0);
      assert.deepEqual(
        live().map((one) => one.id),
        [subscription.id],
      );
    });

    it('missed reads what was missed', async () => {
      product.sandbox.world.faults.set('notify.missed', 1);
      // Everything was read just now; again only after ten minutes.
      await product.peek(`update cw.feed set full_at = full_at - interval '11 minutes'`);
      const startAt = Date.now() + 6 * HOUR_MS;
      product.sandbox.graph.store.create(actor(), {
        subject: 'Only the delta knows',
        start: at(startAt),
        end: at(startAt + MINUTE_MS),
      });
      await until('the meeting', async () => {
        const rows = await product.peek(`select 1 from cw.event where data ->> 'subject' = 'Only the delta knows'`);
        return rows.length === 1;
      });
    });

    it('subscriptionRemoved makes a new one and reads the gap', async () => {
      const made = await moveUnnoticed('In the gap');
      const old = subscription.id;
      product.sandbox.graph.control.removeSubscription(old);
      product.sandbox.world.faults.clear();
      product.sandbox.graph.store.update(actor(), made.id, {
        start: at(Date.now() + 8 * HOUR_MS),
        end: at(Date.now() + 8 * HOUR_MS + MINUTE_MS),
      });
      subscription = await until('a new subscription', () => live().find((one) => one.id !== old));
      await product.hear(ada, /Moved[\s\S]*In the gap/);
      assert.equal(live().length, 1);
      await until('its row', async () => {
        const rows = await product.peek<{ subscription_id: string }>('select subscription_id from cw.subscription');
        return rows.length === 1 && rows[0]?.subscription_id === subscription.id;
      });
    });

    it('subscriptionRemoved that comes again, after there is a new one, leaves that alone', async () => {
      const old = subscription;
      product.sandbox.graph.control.removeSubscription(old.id);
      subscription = await until('a new subscription', () => live().find((one) => one.id !== old.id));
      await until('its row', async () => {
        const values = [subscription.id];
        return (await product.peek('select 1 from cw.subscription where subscription_id = $1', values)).length === 1;
      });
      const again = { subscriptionId: old.id, clientState: old.clientState, lifecycleEvent: 'subscriptionRemoved' };
      assert.equal((await notify({ value: [again] }, '/api/lifecycle')).status, 202);
      await until('care is taken', async () => (await product.peek('select 1 from cw.inbox')).length === 0);
      assert.deepEqual(
        live().map((one) => one.id),
        [subscription.id],
      );
      const rows = await product.peek<{ id: string }>('select subscription_id as id from cw.subscription');
      assert.deepEqual(rows, [{ id: subscription.id }]);
    });

    it('with a wrong client state does nothing', async () => {
      const [patches, lines] = [calls('PATCH', /subscriptions/), logged(/notifications were left out/)];
      const forged = { ...item({ clientState: 'x' }), lifecycleEvent: 'subscriptionRemoved' };
      assert.equal((await notify({ value: [forged] }, '/api/lifecycle')).status, 202);
      await until('a line in the log', () => logged(/notifications were left out/) > lines);
      assert.equal(calls('PATCH', /subscriptions/), patches);
      assert.equal(live()[0]?.id, subscription.id);
    });

    it('on the route for changes, and changes on the route for lifecycle, are left out', async () => {
      const lines = logged(/notifications were left out/);
      const event = { ...item({ changeType: undefined }), lifecycleEvent: 'missed' };
      assert.equal((await notify({ value: [event] })).status, 202);
      assert.equal((await notify({ value: [item()] }, '/api/lifecycle')).status, 202);
      await until('two lines in the log', () => logged(/notifications were left out/) === lines + 2);
    });
  });

  describe('without a database', () => {
    const name = () => new URL(product.database.url).pathname.slice(1);
    const onServer = async (...statements: string[]) => {
      const client = new pg.Client({ connectionString: process.env.TEST_POSTGRES_URL });
      await client.connect();
      for (const statement of statements) await client.query(statement);
      await client.end();
    };

    it('nothing is acknowledged: 503 while it is away, 202 when it is back', async () => {
      await moveUnnoticed('Sent again');
      await onServer(
        `alter database ${name()} allow_connections false`,
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name()}'`,
      );
      try {
        const answer = await notify({ value: [item()] });
        assert.equal(answer.status, 503);
        assert.doesNotMatch(answer.text, /postgres|connect|database/i);
        assert.equal((await connection.send('/readyz', { method: 'GET' })).status, 503);
        assert.equal((await connection.send('/healthz', { method: 'GET' })).status, 200);
        const start = await connection.send(`/auth/start?state=${ada.person.tenantId}.${'x'.repeat(43)}`, {
          method: 'GET',
        });
        assert.equal(start.status, 500);
        assert.match(start.text, /Something went wrong on our side/);
      } finally {
        await onServer(`alter database ${name()} allow_connections true`);
      }
      await until('ready again', async () => (await connection.send('/readyz', { method: 'GET' })).status === 200);
      assert.equal((await notify({ value: [item()] })).status, 202);
      await product.hear(ada, /Moved[\s\S]*Sent again/);
    });
  });
});
