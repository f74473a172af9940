import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, type JWTPayload, SignJWT } from 'jose';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import {
  registerProduct,
  SANDBOX_CLIENT_ID,
  SANDBOX_CLIENT_SECRET,
  type Sandbox,
  startSandbox,
} from '../../sandbox/sandbox.ts';
import type { SandboxPerson } from '../../sandbox/world.ts';
import type { Clock } from '../../src/clock.ts';
import type { Config } from '../../src/config.ts';
import { type ClientFor, createClientFor } from '../../src/identity/msal.ts';
import { createNetwork } from '../../src/identity/network.ts';
import { SingleSignOn } from '../../src/identity/sso.ts';
import { Tokens } from '../../src/identity/tokens.ts';
import { createLog } from '../../src/log.ts';
import type { Sql } from '../../src/store/database.ts';
import { beginExchange, failExchange, offerExchange, settleExchange } from '../../src/store/exchanges.ts';
import { ensureTenant, meetPerson } from '../../src/store/people.ts';
import { saveSignIn } from '../../src/store/tokens.ts';
import { SigningKeys } from '../../src/sync/rich/signing-keys.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { signingKey } from '../support/signing-key.ts';
import { testVault } from '../support/vault.ts';

const HOME = '7e570000-0000-4000-8000-00000000a001';
const ELSEWHERE = '7e570000-0000-4000-8000-00000000a002';
const URI = 'api://calendar-watch.test/botid-7e57';
const SCOPES = ['Calendars.Read', 'MailboxSettings.Read'];
const MINUTE_MS = 60_000;
const seconds = (ms: number) => Math.floor(ms / 1000);

const person = (tenantId: string, serial: number, name: string): SandboxPerson => ({
  tenantId,
  oid: `7e570000-0000-4000-8000-00000000b0${String(serial).padStart(2, '0')}`,
  upn: `${name.toLowerCase()}@${tenantId === HOME ? 'home' : 'elsewhere'}.example`,
  displayName: name,
  kind: 'person',
  mailboxTimeZone: 'UTC',
  locale: 'en-GB',
});
const ADA = person(HOME, 1, 'Ada');
const MALLORY = person(HOME, 2, 'Mallory');
const EVE = person(ELSEWHERE, 3, 'Eve');
const ASKER = { tenantId: HOME, personId: ADA.oid, conversationId: 'chat of Ada' };

describe('single sign-on', () => {
  let sandbox: Sandbox;
  let db: OpenTestDatabase;
  let clientFor: ClientFor;
  let sso: SingleSignOn;
  let deps: ConstructorParameters<typeof SingleSignOn>[0];
  const clock: Clock = {
    now: () => Date.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  };

  before(async () => {
    sandbox = await startSandbox({
      directory: process.env.TEST_SANDBOX_DIR,
      // So short that MSAL takes every access token for one that has ended: each is renewed by the refresh token.
      entra: { signingKey: signingKey(), accessTokenLifetimeMs: 4 * MINUTE_MS },
      seed(world) {
        world.tenants.set(HOME, { tenantId: HOME, displayName: 'Home', domain: 'home.example' });
        world.tenants.set(ELSEWHERE, { tenantId: ELSEWHERE, displayName: 'Elsewhere', domain: 'elsewhere.example' });
        for (const one of [ADA, MALLORY, EVE]) world.people.set(one.oid, one);
      },
    });
    registerProduct(sandbox.world, 'http://localhost:1');
    db = await openTestDatabase();
    const config = {
      cloudName: 'custom',
      cloud: { entraAuthorityHost: sandbox.urls.entra },
      aad: { clientId: SANDBOX_CLIENT_ID, clientSecret: SANDBOX_CLIENT_SECRET, tenantId: 'organizations' },
    } as Config;
    const network = createNetwork(clock);
    const authorityHost = sandbox.urls.entra;
    clientFor = createClientFor(config, network);
    const keys = new SigningKeys({
      authorityHost,
      fetchJson: async (url) => (await network.sendGetRequestAsync<unknown>(url)).body,
      clock,
      log: createLog('silent'),
    });
    deps = {
      database: db.database,
      vault: testVault,
      clock,
      newId: randomUUID,
      adminOids: [],
      clientFor,
      clientId: SANDBOX_CLIENT_ID,
      appIdUri: URI,
      authorityHost,
      scopes: SCOPES,
      keys,
    };
    sso = new SingleSignOn(deps);
    await db.database.inTenant(HOME, async (sql) => {
      await ensureTenant(sql, HOME, Date.now());
      await sql.query(
        `insert into cw.conversation (tenant_id, conversation_id, kind, reference, seen_at)
         values ($1, $2, 'personal', '{}', now())`,
        [HOME, ASKER.conversationId],
      );
      await meetPerson(sql, { ...ASKER, locale: 'en-GB' }, Date.now());
    });
  });
  after(async () => {
    await db?.drop();
    await sandbox?.stop();
  });
  beforeEach(() => sandbox.entra.grantConsent(ADA.oid, SANDBOX_CLIENT_ID, SCOPES));
  afterEach(async () => {
    sandbox.world.faults.clear();
    await db.peek('delete from cw.token_cache');
  });

  const mint = async (overrides: JWTPayload = {}, oid = ADA.oid) =>
    (await sandbox.entra.mintForTests.ssoToken({ oid, clientId: SANDBOX_CLIENT_ID, overrides })).token;
  const kept = () => db.peek('select person_id from cw.token_cache');
  const grants = () =>
    sandbox.world.journal.entries
      .filter((one) => one.part === 'entra' && one.what === 'token')
      .map((one) => String(one.detail.grant).replace(/^.*:/, ''));

  it('takes Teams’ token for the person in the chat, in both versions', async () => {
    const v1 = { aud: URI, iss: `https://sts.windows.net/${HOME}/`, ver: '1.0' };
    for (const overrides of [{}, v1, { scp: 'openid access_as_user' }])
      assert.deepEqual(await sso.prove(ASKER, await mint(overrides)), { kind: 'proven' });
    assert.deepEqual(await kept(), []);
  });

  const now = Date.now();
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const REFUSED: [string, () => Promise<unknown>, string][] = [
    ['of somebody else', () => mint({}, MALLORY.oid), 'TOKEN_PERSON_WRONG'],
    ['without a person', () => mint({ oid: undefined }), 'TOKEN_PERSON_WRONG'],
    ['of another tenant', () => mint({}, EVE.oid), 'TOKEN_TENANT_WRONG'],
    ['of another tenant, for the same person', () => mint({ oid: ADA.oid }, EVE.oid), 'TOKEN_TENANT_WRONG'],
    ['that names another tenant than its issuer', () => mint({ tid: ELSEWHERE }), 'TOKEN_ISSUER_WRONG'],
    ['of another issuer', () => mint({ iss: 'https://login.example/v2.0' }), 'TOKEN_ISSUER_WRONG'],
    ['for another app', () => mint({ aud: '5e1d0000-4b2a-4f6e-8c10-0000000a0002' }), 'TOKEN_AUDIENCE_WRONG'],
    ['for Graph', () => mint({ aud: 'https://graph.microsoft.com' }), 'TOKEN_AUDIENCE_WRONG'],
    ['for a URI that only begins like ours', () => mint({ aud: `${URI}0` }), 'TOKEN_AUDIENCE_WRONG'],
    ['for two audiences', () => mint({ aud: [SANDBOX_CLIENT_ID, 'other'] }), 'TOKEN_AUDIENCE_WRONG'],
    ['without a scope', () => mint({ scp: undefined }), 'TOKEN_SCOPE_WRONG'],
    [
      'of an application, with a role of that name',
      () => mint({ scp: undefined, roles: ['access_as_user'] }),
      'TOKEN_SCOPE_WRONG',
    ],
    ['with another scope', () => mint({ scp: 'access_as_user2 openid' }), 'TOKEN_SCOPE_WRONG'],
    ['that has ended', () => mint({ exp: seconds(now - 5 * MINUTE_MS) }), 'TOKEN_EXPIRED'],
    ['that is of later', () => mint({ nbf: seconds(now + 60 * MINUTE_MS) }), 'TOKEN_EXPIRED'],
    ['without an end', () => mint({ exp: undefined }), 'TOKEN_MALFORMED'],
    [
      'that a stranger signed',
      async () => {
        const good = await mint();
        const { kid } = decodeProtectedHeader(good);
        return new SignJWT(decodeJwt(good)).setProtectedHeader({ alg: 'RS256', kid }).sign(other);
      },
      'TOKEN_SIGNATURE_WRONG',
    ],
    [
      'whose claims were changed',
      async () => {
        const [head, , signature] = (await mint({}, MALLORY.oid)).split('.');
        return [head, (await mint()).split('.')[1], signature].join('.');
      },
      'TOKEN_SIGNATURE_WRONG',
    ],
    [
      'that nobody signed',
      async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await mint()).split('.')[1]}.`,
      'TOKEN_MALFORMED',
    ],
    ['that is none', async () => 'token', 'TOKEN_MALFORMED'],
    ['that is no text', async () => ({ token: 1 }), 'TOKEN_MALFORMED'],
    ['that is endless', async () => `${await mint()}${'x'.repeat(9_000)}`, 'TOKEN_MALFORMED'],
  ];
  for (const [what, make, fault] of REFUSED)
    it(`refuses a token ${what}`, async () => {
      const before = grants().length;
      assert.deepEqual(await sso.prove(ASKER, await make()), { kind: 'refused', fault });
      assert.equal(grants().length, before, 'Entra is not asked for tokens');
      assert.deepEqual(await kept(), []);
    });

  it('says nothing of a token while Entra’s keys can’t be had', async () => {
    const blind = new SingleSignOn({ ...deps, keys: { find: async () => undefined } });
    const proven = await blind.prove(ASKER, await mint());
    assert.deepEqual([proven.kind, 'code' in proven && proven.code], ['page', 'ENTRA_UNAVAILABLE']);
  });

  it('stores tokens that are renewed without another assertion, and end with the person’s sessions', async () => {
    const came = await sso.exchange(ASKER, await mint());
    assert.ok(came.kind === 'connected');
    const { isAdmin, furtherScopes, address, isAccountNew } = came.who;
    assert.deepEqual([isAdmin, furtherScopes, address, isAccountNew], [false, [], ADA.upn, false]);
    assert.deepEqual(grants().slice(-2), ['jwt-bearer', 'refresh_token']);
    const [row] = await db.peek<{ cache: string }>('select cache from cw.token_cache');
    assert.match(row?.cache ?? '', /^cw1\./);

    const store = { database: db.database, vault: testVault, log: createLog('silent') };
    const seen = new Set<string>();
    for (let time = 0; time < 2; time += 1) {
      // Another process each time: nothing but what is stored.
      const token = await new Tokens(store, clientFor, SCOPES, clock).get({ tenantId: HOME, personId: ADA.oid });
      const claims = await sandbox.entra.verifyAccessToken(token);
      assert.equal(claims.oid, ADA.oid);
      seen.add(token);
    }
    assert.equal(seen.size, 2, 'renewed each time');
    assert.deepEqual(grants().slice(-2), ['refresh_token', 'refresh_token']);
    sandbox.entra.revokeSessions(ADA.oid);
    await assert.rejects(new Tokens(store, clientFor, SCOPES, clock).get({ tenantId: HOME, personId: ADA.oid }), {
      code: 'RECONNECT_NEEDED',
    });
  });

  const NOTHING: [string, () => void, string][] = [
    ['nobody agreed', () => sandbox.entra.withdrawConsent(ADA.oid, SANDBOX_CLIENT_ID), 'CONSENT_NEEDED'],
    [
      'Entra has lost faith in the session',
      () => sandbox.world.faults.set('entra.invalidGrant', 1),
      'RECONNECT_NEEDED',
    ],
    ['Entra does not answer', () => sandbox.world.faults.set('entra.serverError', 1), 'ENTRA_UNAVAILABLE'],
  ];
  for (const [what, arrange, code] of NOTHING)
    it(`stores nothing and asks for the page when ${what}`, async () => {
      const token = await mint();
      arrange();
      const came = await sso.exchange(ASKER, token);
      assert.deepEqual([came.kind, 'code' in came && came.code], ['page', code]);
      assert.deepEqual(await kept(), []);
    });

  it('connects nobody whose chat is gone', async () => {
    await assert.rejects(sso.exchange({ ...ASKER, conversationId: 'another chat' }, await mint()), {
      code: 'SIGN_IN_EXPIRED',
    });
    assert.deepEqual(await kept(), []);
  });

  describe('exchanges', () => {
    const inHome = <T>(work: (sql: Sql) => Promise<T>) => db.database.inTenant(HOME, work);
    const at = Date.now();
    const begin = (id: string, who = ASKER, time = at) => inHome((sql) => beginExchange(sql, who, id, time));
    const pending = { verifier: 'v', expiresAt: at + 10 * MINUTE_MS, furtherScopes: [] };
    beforeEach(async () => {
      await inHome((sql) => saveSignIn(sql, testVault, HOME, 'state', { ...ASKER, ...pending }));
      assert.equal(await inHome((sql) => offerExchange(sql, ASKER, 'one')), true);
    });

    it('are begun once, by the person and chat that they were offered to, in time', async () => {
      assert.equal(await begin('two'), undefined);
      assert.equal(await begin('one', { ...ASKER, personId: MALLORY.oid }), undefined);
      assert.equal(await begin('one', { ...ASKER, conversationId: 'another chat' }), undefined);
      assert.equal(await begin('one', ASKER, pending.expiresAt), undefined);
      const states = await Promise.all([begin('one'), begin('one'), begin('one')]);
      assert.deepEqual(states.sort(), ['begun', 'begun', 'offered']);
      await inHome((sql) => settleExchange(sql, ASKER, 'one', 'done'));
      await inHome((sql) => settleExchange(sql, ASKER, 'one', 'page'));
      assert.equal(await begin('one'), 'done');
    });

    it('fail once, and not while one is at it', async () => {
      const fail = () => inHome((sql) => failExchange(sql, ASKER, at));
      assert.deepEqual((await Promise.all([fail(), fail()])).sort(), [false, true]);
      assert.equal(await begin('one'), 'failed');
      await inHome((sql) => offerExchange(sql, ASKER, 'two'));
      await begin('two');
      assert.equal(await fail(), false);
      await inHome((sql) => settleExchange(sql, ASKER, 'two', 'offered'));
      assert.equal(await begin('two'), 'offered');
    });

    it('are left to the next device by whoever has been at it for longer than it takes', async () => {
      const fail = (time: number) => inHome((sql) => failExchange(sql, ASKER, time));
      assert.equal(await begin('one'), 'offered');
      assert.equal(await begin('one', ASKER, at + MINUTE_MS / 2), 'begun');
      assert.equal(await fail(at + MINUTE_MS / 2), false);
      const late = at + MINUTE_MS / 2 + 1;
      assert.deepEqual(
        await Promise.all([begin('one', ASKER, late), begin('one', ASKER, late)]).then((all) => all.sort()),
        ['begun', 'offered'],
      );
      assert.equal(await fail(late + MINUTE_MS), true);
    });

    it('end with the link beside them', async () => {
      await inHome((sql) => saveSignIn(sql, testVault, HOME, 'later', { ...ASKER, ...pending }));
      assert.equal(await begin('one'), undefined);
    });

    it('are not offered to whom another account is connected', async () => {
      await db.peek('update cw.person set account_id = $1', [MALLORY.oid]);
      assert.equal(await inHome((sql) => offerExchange(sql, ASKER, 'two')), false);
      await db.peek('update cw.person set account_id = null');
    });
  });
});
