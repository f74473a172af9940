/** `npm run keys:rotate` as an operator runs it. What it does to rows: test/store/tokens-sealed.test.ts. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { createLog } from '../src/log.ts';
import { type OpenedStore, openStore } from '../src/store/open.ts';
import { readTokens, replaceTokens } from '../src/store/tokens.ts';
import { keyIdOf, Vault } from '../src/store/vault.ts';
import { seedPerson, seedTenant } from './store/seed.ts';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';
import { testKey } from './support/vault.ts';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '..');
const GUID = '11111111-2222-4333-8444-555555555555';
const listOf = (...serials: number[]) => serials.map((serial) => testKey(serial).toString('base64')).join(' ');

describe('npm run keys:rotate', function () {
  this.timeout(60_000);
  let made: TestDatabase;
  let store: OpenedStore;
  let owner: pg.Pool;
  before(async () => {
    made = await createTestDatabase();
    // As the program opens it: the role that it steps down to is named after the database.
    store = await openStore({ database: { url: made.url }, dataDir: '' }, createLog('silent'));
    owner = new pg.Pool({ connectionString: made.ownerUrl, max: 1 });
  });
  after(async () => {
    await owner?.end();
    await store?.stop();
    await made?.drop();
  });

  const rotate = async (keys: string) => {
    const env = {
      ...process.env,
      PUBLIC_URL: 'https://cw.example.com',
      BOT_ID: GUID,
      BOT_PASSWORD: 'bot-secret',
      BOT_TENANT_ID: GUID,
      AAD_APP_CLIENT_ID: GUID,
      AAD_APP_CLIENT_SECRET: 'aad-secret',
      DATABASE_URL: made.url,
      TOKEN_ENCRYPTION_KEY: keys,
    };
    const args = ['--import', 'tsx', 'src/rotate-keys.ts'];
    type Ended = { code?: number; stdout: string; stderr: string };
    const ended = await run(process.execPath, args, { cwd: ROOT, env }).catch((error: Ended) => error);
    return { code: (ended as Ended).code ?? 0, said: `${ended.stdout}${ended.stderr}` };
  };

  it('seals anew what it can open, and ends with 1 when there is something that it cannot', async () => {
    const peek = async <T extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await owner.query<T>(text, values)).rows;
    const db = { ...made, database: store.database, peek };
    const tenantId = await seedTenant(db);
    const [ada, bob] = [await seedPerson(db, tenantId), await seedPerson(db, tenantId)];
    const write = (serial: number, personId: string) =>
      store.database.inTenant(tenantId, (sql) =>
        replaceTokens(sql, new Vault([testKey(serial)]), tenantId, personId, 'CANARY'),
      );
    await write(1, ada);
    await write(9, bob);
    const { code, said } = await rotate(listOf(2, 1));
    assert.equal(code, 1, said);
    assert.match(said, new RegExp(`^Sealing with key ${keyIdOf(testKey(2))};`));
    assert.match(said, /token_cache\.cache: 1 sealed anew, 0 already were, 1 cannot be opened/);
    assert.match(said, /Not done: keep the other keys/);
    assert.doesNotMatch(said, /CANARY/);
    for (const serial of [1, 2, 9]) assert.ok(!said.includes(listOf(serial)), 'a key is told');
    const tokens = await store.database.inTenant(tenantId, (sql) =>
      readTokens(sql, new Vault([testKey(2)]), tenantId, ada),
    );
    assert.deepEqual(tokens, { cache: 'CANARY', version: 1 });
    const acts = 'select act, actor_id, person_id, detail from cw.audit where tenant_id = $1';
    const act = { act: 'keysRotated', actor_id: null, person_id: null };
    const recorded = [{ ...act, detail: { keyId: keyIdOf(testKey(2)), resealed: 1 } }];
    assert.deepEqual(await peek(acts, [tenantId]), recorded);
    await write(2, bob);
    const again = await rotate(listOf(2));
    assert.equal(again.code, 0, again.said);
    assert.match(again.said, /token_cache\.cache: 0 sealed anew, 2 already were, 0 cannot be opened/);
    assert.deepEqual(await peek(acts, [tenantId]), recorded, 'nothing was sealed anew');
    assert.match(again.said, /Done: the first key opens everything/);
  });
});
