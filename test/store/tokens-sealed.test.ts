/** What is secret lies in PostgreSQL sealed; what lay there before is read, and sealed when it is next written or rotated. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import type { TokenCacheContext } from '@azure/msal-node';
import { after, before, beforeEach, describe, it } from 'mocha';
import { VirtualClock } from '../../sandbox/world.ts';
import type { Config } from '../../src/config.ts';
import { createClientFor, partitionPlugin } from '../../src/identity/msal.ts';
import { createNetwork } from '../../src/identity/network.ts';
import { createLog } from '../../src/log.ts';
import type { Database, Sql } from '../../src/store/database.ts';
import { resealAll, SEALED_COLUMNS } from '../../src/store/reseal.ts';
import { addRichCertificate, richCertificates } from '../../src/store/rich-certificates.ts';
import {
  deleteTokens,
  openAccountCache,
  readSignIn,
  readTokens,
  replaceTokens,
  saveSignIn,
  sealAccountCache,
  takeSignIn,
  writeTokens,
} from '../../src/store/tokens.ts';
import { keyIdOf, Vault } from '../../src/store/vault.ts';
import { makeWebhook, openWebhook, secretFrom } from '../../src/store/webhooks.ts';
import { Certificates } from '../../src/sync/rich/certificates.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { testKey } from '../support/vault.ts';
import { empty, NOW, seedPerson, seedTenant } from './seed.ts';

const CACHE = JSON.stringify({ RefreshToken: { one: { secret: 'CANARY-refresh' } } });
const VERIFIER = 'CANARY-verifier';
const PEM = '-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----\n';
const CANARY = /CANARY|PRIVATE KEY|RefreshToken/;
const WEBHOOK = { webhookId: 'hook', url: 'https://hooks.example.com/CANARY-url', random: 'random' };
/** What is younger than encryption. */
const NEVER_PLAIN = Object.fromEntries(
  ['sign_in.account_cache', 'webhook.url', 'webhook.secret'].map((name) => [name, [0, 0, 0, 0]]),
);
const STATE = 'hash-of-a-state';
const PENDING = { conversationId: 'chat', verifier: VERIFIER, expiresAt: NOW + 600_000, furtherScopes: [] };

const OLD = new Vault([testKey(1)]);
const BOTH = new Vault([testKey(2), testKey(1)]);
const NEW = new Vault([testKey(2)]);

describe('secrets in PostgreSQL', function () {
  this.timeout(60_000);
  let db: OpenTestDatabase;
  let tenantId: string;
  let personId: string;
  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    await db.peek('delete from cw.rich_certificate');
    tenantId = await seedTenant(db);
    personId = await seedPerson(db, tenantId);
  });

  const inTenant = <T>(work: (sql: Sql) => Promise<T>) => db.database.inTenant(tenantId, work);
  const certificate = (certificateId = 'one') => ({
    certificateId,
    certificate: 'x509',
    privateKey: PEM,
    madeAt: NOW,
    expiresAt: NOW + 1,
  });
  const tokensBy = (vault: Vault) => inTenant((sql) => readTokens(sql, vault, tenantId, personId));
  const setTokens = (vault: Vault, cache = CACHE) =>
    inTenant((sql) => replaceTokens(sql, vault, tenantId, personId, cache));
  /** Everything that has a secret, written as the product does. */
  const writeAll = async (vault: Vault) => {
    await setTokens(vault);
    await inTenant((sql) => saveSignIn(sql, vault, tenantId, STATE, { ...PENDING, personId }));
    await db.peek('update cw.sign_in set account_cache = $1', [sealAccountCache(vault, tenantId, STATE, CACHE)]);
    await addRichCertificate(db.database.system, vault, certificate(), NOW - 1);
    await inTenant((sql) => makeWebhook(sql, vault, { tenantId, personId }, WEBHOOK, NOW));
  };
  /** The same as instances of the version before wrote it. */
  const writePlain = async () => {
    await db.peek('insert into cw.token_cache values ($1, $2, $3, 1)', [tenantId, personId, CACHE]);
    await db.peek(
      `insert into cw.sign_in (tenant_id, state_hash, person_id, conversation_id, verifier, expires_at)
       values ($1, $2, $3, 'chat', $4, $5)`,
      [tenantId, STATE, personId, VERIFIER, new Date(PENDING.expiresAt)],
    );
    await db.peek('insert into cw.rich_certificate values ($1, $2, $3, $4, $4)', ['one', 'x509', PEM, new Date(NOW)]);
  };
  const lying = async () => {
    const rows = await Promise.all(
      ['token_cache', 'sign_in', 'rich_certificate', 'webhook'].map((table) => db.peek(`select * from cw.${table}`)),
    );
    return rows.flat();
  };
  const readAll = async (vault: Vault) => {
    assert.equal((await tokensBy(vault))?.cache, CACHE);
    const pending = await inTenant((sql) => readSignIn(sql, vault, tenantId, STATE));
    assert.deepEqual(pending, { ...PENDING, personId });
    const { readable, unreadable } = await richCertificates(db.database.system, vault);
    assert.deepEqual([readable.map((one) => one.privateKey), unreadable], [[PEM], []]);
  };
  const keyIdsLying = async () => {
    const text = JSON.stringify(await lying());
    return [...new Set([...text.matchAll(/cw1\.([0-9a-f]{16})\./g)].map((match) => match[1]))];
  };

  it('lies there sealed, and comes back', async () => {
    await writeAll(OLD);
    assert.equal((await lying()).length, 4);
    assert.doesNotMatch(JSON.stringify(await lying()), CANARY);
    await readAll(OLD);
    const [row] = await db.peek<{ account_cache: string }>('select account_cache from cw.sign_in');
    assert.equal(openAccountCache(OLD, tenantId, STATE, row?.account_cache ?? ''), CACHE);
    assert.deepEqual(await inTenant((sql) => takeSignIn(sql, OLD, tenantId, STATE)), { ...PENDING, personId });
  });

  it('of the version before is read as it is, and sealed when it is written again', async () => {
    await writePlain();
    await readAll(OLD);
    assert.equal(await inTenant((sql) => writeTokens(sql, OLD, tenantId, personId, CACHE, 1)), true);
    assert.doesNotMatch(JSON.stringify(await db.peek('select * from cw.token_cache')), CANARY);
    await readAll(OLD);
  });

  it('opens for nobody else: a row that is copied to another person, or another column', async () => {
    await writeAll(OLD);
    const other = await seedPerson(db, tenantId);
    await db.peek('insert into cw.token_cache select tenant_id, $1, cache, version from cw.token_cache', [other]);
    await assert.rejects(
      inTenant((sql) => readTokens(sql, OLD, tenantId, other)),
      { code: 'SECRET_UNREADABLE' },
    );
    await db.peek('update cw.sign_in set verifier = account_cache');
    await assert.rejects(
      inTenant((sql) => readSignIn(sql, OLD, tenantId, STATE)),
      { code: 'SECRET_UNREADABLE' },
    );
    assert.throws(() => openAccountCache(OLD, tenantId, STATE, CACHE), { code: 'SECRET_UNREADABLE' }, 'never plain');
  });

  describe('whose key is lost', () => {
    it('makes the person sign in again, tells the operator why, and is healed by signing in', async () => {
      await setTokens(OLD);
      const lines: string[] = [];
      const sink = new PassThrough().on('data', (chunk: Buffer) => lines.push(String(chunk)));
      const store = { database: db.database, vault: NEW, log: createLog('info', sink) };
      const config = {
        cloudName: 'custom',
        cloud: { entraAuthorityHost: 'https://localhost:9' },
        aad: { clientId: 'client', clientSecret: 'secret', tenantId: 'organizations' },
      } as Config;
      const clientFor = createClientFor(config, createNetwork(new VirtualClock(NOW)));
      const accounts = () =>
        clientFor(tenantId, partitionPlugin(store, { tenantId, personId })).getTokenCache().getAllAccounts();
      await assert.rejects(accounts(), { code: 'RECONNECT_NEEDED' });
      assert.equal(lines.length, 1);
      const { code, level, err } = JSON.parse(lines[0] ?? '');
      assert.deepEqual([code, level], ['SECRET_UNREADABLE', 50]);
      assert.match(err.message, new RegExp(keyIdOf(testKey(1))));
      assert.doesNotMatch(lines.join(), CANARY);
      // It stays, for the key may be found.
      assert.equal((await tokensBy(OLD))?.cache, CACHE);
      await setTokens(NEW, '{}');
      assert.deepEqual(await accounts(), []);
      assert.equal(lines.length, 1);
    });

    it('makes another certificate, once', async () => {
      const clock = new VirtualClock(NOW);
      const lines: string[] = [];
      const sink = new PassThrough().on('data', (chunk: Buffer) => lines.push(String(chunk)));
      const by = (vault: Vault) =>
        new Certificates({ database: db.database, vault, clock, log: createLog('error', sink) });
      const lost = await by(OLD).current();
      clock.advance(1_000);
      const one = by(NEW);
      const made = await one.current();
      assert.notEqual(made.certificateId, lost.certificateId);
      clock.advance(600_000);
      assert.deepEqual(await one.current(), made);
      assert.deepEqual(await by(NEW).current(), made);
      assert.equal(await one.keyOf(lost.certificateId), undefined);
      assert.equal(lines.filter((line) => line.includes('SECRET_UNREADABLE')).length, 2, 'once for each instance');
      assert.doesNotMatch(lines.join(), CANARY);
    });
  });

  describe('sealed anew', () => {
    const counts = async (vault: Vault, database: Database = db.database) =>
      Object.fromEntries(
        [...(await resealAll(database, vault))].map(([name, done]) => [
          name,
          [done.resealed, done.current, done.unreadable, done.left],
        ]),
      );
    const each = (count: number[]) => Object.fromEntries(SEALED_COLUMNS.map((name) => [name, count]));

    it('opens with the first key alone, and the second time there is nothing to do', async () => {
      await writeAll(OLD);
      assert.deepEqual(await counts(BOTH), each([1, 0, 0, 0]));
      assert.deepEqual(await keyIdsLying(), [keyIdOf(testKey(2))]);
      await readAll(NEW);
      assert.deepEqual(await inTenant((sql) => openWebhook(sql, NEW, { tenantId, personId }, WEBHOOK.webhookId)), {
        url: WEBHOOK.url,
        secret: secretFrom(WEBHOOK.random),
      });
      assert.deepEqual(await counts(BOTH), each([0, 1, 0, 0]));
    });

    it('is what was plain before', async () => {
      await writePlain();
      assert.deepEqual(await counts(NEW), { ...each([1, 0, 0, 0]), ...NEVER_PLAIN });
      assert.doesNotMatch(JSON.stringify(await lying()), CANARY);
      await readAll(NEW);
    });

    it('is not what cannot be opened: that stays as it is', async () => {
      await writeAll(OLD);
      const before = await lying();
      assert.deepEqual(await counts(NEW), each([0, 0, 1, 0]));
      assert.deepEqual(await lying(), before);
    });

    it('are many rows of many tenants, step by step, each once', async () => {
      const sealed: string[] = [];
      for (const rows of [401, 3]) {
        const tenant = await seedTenant(db);
        const ids = Array.from({ length: rows }, (_, index) => `${index % 2 ? 'P' : 'p'}-${index}_${tenant}`);
        await db.peek(
          `insert into cw.person (tenant_id, person_id, watch, watch_since, seen_at)
           select $1, id, 'on', $3, $3 from unnest($2::text[]) id`,
          [tenant, ids, new Date(NOW)],
        );
        const caches = ids.map((rowId) => OLD.seal(CACHE, { table: 'token_cache.cache', tenantId: tenant, rowId }));
        await db.peek(
          'insert into cw.token_cache select $1, id, cache, 7 from unnest($2::text[], $3::text[]) as n (id, cache)',
          [tenant, ids, caches],
        );
        sealed.push(tenant);
      }
      const told: [string, number][] = [];
      const done = await resealAll(db.database, BOTH, async (tenant, count) => void told.push([tenant, count]));
      assert.deepEqual(done.get('token_cache.cache'), { resealed: 404, current: 0, unreadable: 0, left: 0 });
      assert.deepEqual(
        new Map(told),
        new Map([
          [sealed[0], 401],
          [sealed[1], 3],
        ]),
      );
      const [row] = await db.peek(
        'select count(*)::int as rows, min(version)::int as least, max(version)::int as most from cw.token_cache',
      );
      assert.deepEqual(row, { rows: 404, least: 7, most: 7 });
    });

    /** MSAL's side of a refresh: it has read, and writes what came. */
    const context = (cache: string): TokenCacheContext =>
      ({
        cacheHasChanged: true,
        tokenCache: { serialize: () => cache, deserialize: () => undefined },
      }) as unknown as TokenCacheContext;

    for (const looksAgain of [false, true])
      it(`does not bring back who signs out during a refresh${looksAgain ? ', also where MSAL reads once more' : ''}`, async () => {
        await setTokens(OLD);
        const plugin = partitionPlugin(
          { database: db.database, vault: OLD, log: createLog('silent') },
          { tenantId, personId },
        );
        await plugin.beforeCacheAccess(context(''));
        await inTenant((sql) => deleteTokens(sql, tenantId, personId));
        if (looksAgain) await plugin.beforeCacheAccess(context(''));
        await plugin.afterCacheAccess(context('{"fresh":1}'));
        assert.deepEqual(await db.peek('select 1 from cw.token_cache'), []);
      });

    it('loses nothing of a refresh that is under way', async () => {
      await setTokens(OLD);
      const store = { database: db.database, vault: BOTH, log: createLog('silent') };
      const plugin = partitionPlugin(store, { tenantId, personId });
      await plugin.beforeCacheAccess(context(''));
      await counts(BOTH);
      await plugin.afterCacheAccess(context('{"fresh":1}'));
      assert.deepEqual(await tokensBy(NEW), { cache: '{"fresh":1}', version: 2 });
    });

    it('loses nothing of a refresh that comes between its reading and its writing', async () => {
      await setTokens(OLD);
      let writes = 0;
      const between: Database = {
        ...db.database,
        inTenant: (tenant, work) =>
          db.database.inTenant(tenant, (sql) =>
            work({
              async query<T extends object>(text: string, values?: unknown[]) {
                // An instance that still seals with the old key.
                if (text.startsWith('update cw.token_cache') && writes++ === 0) await setTokens(OLD, '{"fresh":2}');
                return sql.query<T>(text, values);
              },
            }),
          ),
      };
      assert.deepEqual((await counts(BOTH, between))['token_cache.cache'], [1, 0, 0, 0]);
      assert.equal(writes, 2);
      assert.deepEqual(await tokensBy(NEW), { cache: '{"fresh":2}', version: 2 });
    });

    it('gives up on a row that is written again and again, and says so', async () => {
      await setTokens(OLD);
      const restless: Database = {
        ...db.database,
        inTenant: (tenant, work) =>
          db.database.inTenant(tenant, (sql) =>
            work({
              async query<T extends object>(text: string, values?: unknown[]) {
                if (text.startsWith('update cw.token_cache')) await setTokens(OLD);
                return sql.query<T>(text, values);
              },
            }),
          ),
      };
      assert.deepEqual((await counts(BOTH, restless))['token_cache.cache'], [0, 0, 0, 1]);
      assert.equal((await tokensBy(OLD))?.cache, CACHE);
    });
  });
});
