/** Webhooks in PostgreSQL: sealed, each in its place, a few a person. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { codeOf } from '../../src/errors.ts';
import type { Sql } from '../../src/store/database.ts';
import {
  findWebhook,
  MOST_WEBHOOKS,
  makeWebhook,
  noteAttempt,
  openWebhook,
  removeWebhook,
  secretFrom,
  switchWebhookOff,
  switchWebhookOn,
  webhooksOf,
} from '../../src/store/webhooks.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { testVault } from '../support/vault.ts';
import { empty, NOW, seedPerson, seedTenant } from './seed.ts';

const URL_ = 'https://hooks.example.com:8443/in?key=CANARY';

describe('webhooks in PostgreSQL', function () {
  this.timeout(60_000);
  let db: OpenTestDatabase;
  let who: { tenantId: string; personId: string };
  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    const tenantId = await seedTenant(db);
    who = { tenantId, personId: await seedPerson(db, tenantId) };
  });
  const inTenant = <T>(work: (sql: Sql) => Promise<T>) => db.database.inTenant(who.tenantId, work);
  const make = (webhookId = 'hook', url = URL_, of = who) =>
    inTenant((sql) => makeWebhook(sql, testVault, of, { webhookId, url, random: `random ${webhookId}` }, NOW));
  const open = (webhookId = 'hook', of = who) => inTenant((sql) => openWebhook(sql, testVault, of, webhookId));
  const list = (of = who) => inTenant((sql) => webhooksOf(sql, of));

  it('have a secret as the standard writes it, of their own', () => {
    assert.match(secretFrom('a'), /^whsec_[A-Za-z0-9+/]{32}$/);
    assert.notEqual(secretFrom('a'), secretFrom('b'));
    assert.equal(Buffer.from(secretFrom('a').slice(6), 'base64').length, 24);
  });

  it('lie there sealed but for the host, and open again', async () => {
    const { secret, webhook } = await make();
    assert.deepEqual(webhook, (await list())[0]);
    assert.equal(webhook.host, 'hooks.example.com:8443');
    const lying = JSON.stringify(await db.peek('select * from cw.webhook'));
    assert.doesNotMatch(lying, /CANARY|whsec_/);
    assert.ok(!lying.includes(secret.slice(6)));
    assert.deepEqual(await open(), { url: URL_, secret });
  });

  it('open in their own row and column alone', async () => {
    await make('one');
    await make('two');
    await db.peek(`update cw.webhook set url = secret where webhook_id = 'one'`);
    await assert.rejects(open('one'), { code: 'SECRET_UNREADABLE' });
    await db.peek(
      `update cw.webhook set url = (select url from cw.webhook where webhook_id = 'two') where webhook_id = 'one'`,
    );
    await assert.rejects(open('one'), { code: 'SECRET_UNREADABLE' });
    await assert.doesNotReject(open('two'));
  });

  for (const url of [
    'http://hooks.example.com/',
    'https://10.0.0.1/',
    'https://localhost/',
    'https://a.example:22/',
    'x',
  ])
    it(`are not made for ${url}`, async () => {
      await assert.rejects(make('hook', url), (error) => codeOf(error) === 'OUTGOING_REFUSED');
      assert.deepEqual(await list(), []);
    });

  it('are a few a person, also when they are made at once', async () => {
    const made = await Promise.allSettled(
      Array.from({ length: MOST_WEBHOOKS + 3 }, (_, index) => make(`hook ${index}`)),
    );
    assert.equal(made.filter((one) => one.status === 'fulfilled').length, MOST_WEBHOOKS);
    assert.equal((await list()).length, MOST_WEBHOOKS);
    const other = { ...who, personId: await seedPerson(db, who.tenantId) };
    await assert.doesNotReject(make('other', URL_, other));
  });

  it('are nobody else’s: not to be found, opened, switched or removed', async () => {
    await make();
    const other = { ...who, personId: await seedPerson(db, who.tenantId) };
    assert.deepEqual(await list(other), []);
    assert.equal(await inTenant((sql) => findWebhook(sql, other, 'hook')), undefined);
    assert.equal(await open('hook', other), undefined);
    for (const change of [
      (sql: Sql) => switchWebhookOff(sql, other, 'hook', NOW),
      (sql: Sql) => switchWebhookOn(sql, other, 'hook'),
      (sql: Sql) => removeWebhook(sql, other, 'hook'),
    ])
      assert.equal(await inTenant(change), false);
    assert.equal(await inTenant((sql) => noteAttempt(sql, other, 'hook', false, NOW)), undefined);
    assert.equal((await list())[0]?.failingSince, null);
  });

  it('are switched off once, and on with a clean slate', async () => {
    await make();
    assert.equal(await inTenant((sql) => noteAttempt(sql, who, 'hook', false, NOW)), NOW);
    assert.equal(await inTenant((sql) => noteAttempt(sql, who, 'hook', false, NOW + 5)), NOW, 'since the first');
    assert.equal(await inTenant((sql) => noteAttempt(sql, who, 'hook', true, NOW + 6)), undefined);
    await inTenant((sql) => noteAttempt(sql, who, 'hook', false, NOW + 7));
    assert.equal(await inTenant((sql) => switchWebhookOff(sql, who, 'hook', NOW + 8)), true);
    assert.equal(await inTenant((sql) => switchWebhookOff(sql, who, 'hook', NOW + 9)), false);
    assert.deepEqual([(await list())[0]?.offAt, (await list())[0]?.failingSince], [NOW + 8, NOW + 7]);
    assert.equal(await inTenant((sql) => switchWebhookOn(sql, who, 'hook')), true);
    assert.deepEqual([(await list())[0]?.offAt, (await list())[0]?.failingSince], [null, null]);
    assert.equal(await inTenant((sql) => removeWebhook(sql, who, 'hook')), true);
    assert.deepEqual(await list(), []);
  });
});
