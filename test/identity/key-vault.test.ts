import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { type Served, serve } from '../../sandbox/http.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { CalendarWatchError } from '../../src/errors.ts';
import { KeyVault, resourceOf, SEALS_AFTER_MS } from '../../src/identity/key-vault.ts';
import { openVault } from '../../src/identity/open-vault.ts';
import { createLog } from '../../src/log.ts';
import { keyIdOf } from '../../src/store/vault.ts';
import { testKey } from '../support/vault.ts';

const NOW = Date.UTC(2026, 10, 23, 9);
const ORIGIN = 'https://contoso.vault.azure.net';
const SECRET_URL = `${ORIGIN}/secrets/cw`;
const TOKEN = 'TOKEN-CANARY';

interface StoredVersion {
  id: string;
  ageMs: number;
  value?: string;
  enabled?: boolean;
}

/** As Key Vault answers: metadata in pages, in no order that means anything, and a value each. */
class StandIn {
  versions: StoredVersion[] = [];
  pageSize = 25;
  calls: URL[] = [];
  /** Answers instead, one a call. */
  instead: (Response | Error)[] = [];
  nextOrigin = ORIGIN;
  /** How long a call takes. */
  callMs = 0;
  nowMs = NOW;

  readonly clock = {
    now: () => this.nowMs,
    after: (delayMs: number, run: () => void) => {
      this.nowMs += delayMs;
      queueMicrotask(run);
      return () => undefined;
    },
  };

  readonly fetch = (async (input: URL, init: RequestInit = {}) => {
    const url = new URL(input);
    this.calls.push(url);
    this.nowMs += this.callMs;
    assert.equal((init.headers as Record<string, string>).authorization, `Bearer ${TOKEN}`);
    assert.equal(init.redirect, 'error');
    assert.ok(init.signal);
    assert.equal(url.origin, ORIGIN);
    const instead = this.instead.shift();
    if (instead instanceof Error) throw instead;
    return instead ?? this.answer(url);
  }) as unknown as typeof fetch;

  private answer(url: URL): Response {
    if (url.searchParams.get('api-version') !== '7.4') return new Response('', { status: 400 });
    if (url.pathname === '/secrets/cw/versions') {
      const from = Number(url.searchParams.get('$skiptoken') ?? 0);
      const page = this.versions.slice(from, from + this.pageSize);
      const more = from + this.pageSize < this.versions.length;
      return Response.json({
        value: page.map(({ id, ageMs, enabled = true }) => ({
          id: `${SECRET_URL}/${id}`,
          attributes: { enabled, created: Math.floor((NOW - ageMs) / SECOND_MS), recoveryLevel: 'Recoverable' },
        })),
        nextLink: more
          ? `${this.nextOrigin}/secrets/cw/versions?api-version=7.4&$skiptoken=${from + this.pageSize}`
          : null,
      });
    }
    const found = this.versions.find(({ id }) => url.pathname === `/secrets/cw/${id}`);
    return found ? Response.json({ value: found.value, id: url.href }) : new Response('{}', { status: 404 });
  }
}

const version = (serial: number, ageMs: number, more: Partial<StoredVersion> = {}): StoredVersion => ({
  id: `${serial}`.padStart(32, 'a'),
  ageMs,
  value: testKey(serial).toString('base64'),
  ...more,
});
const DAY_MS = 24 * HOUR_MS;

describe('keys from Azure Key Vault', () => {
  let azure: StandIn;
  let asked: string[];
  beforeEach(() => {
    azure = new StandIn();
    asked = [];
  });
  const token = async (resource: string) => {
    asked.push(resource);
    return TOKEN;
  };
  const read = (deps: { token?: typeof token } = {}) =>
    new KeyVault(SECRET_URL, { fetch: azure.fetch, clock: azure.clock, token, ...deps }).keys();
  const serials = async () => (await read()).keys.map((key) => key[0]);
  const refusal = async () => {
    const error = await read().then(
      () => assert.fail('keys were read'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof CalendarWatchError, String(error));
    for (const { value } of azure.versions) assert.ok(!error.message.includes(value ?? TOKEN));
    assert.ok(!error.message.includes(TOKEN));
    return error;
  };

  it('are the enabled versions, the newest first', async () => {
    azure.versions = [
      version(1, 30 * DAY_MS),
      version(2, 2 * DAY_MS),
      version(3, 90 * DAY_MS),
      version(4, 3 * DAY_MS, { enabled: false }),
      version(5, 20 * DAY_MS, { value: `${testKey(5).toString('base64url')}\n` }),
    ];
    assert.deepEqual(await serials(), [2, 5, 1, 3]);
    assert.deepEqual(asked, ['https://vault.azure.net']);
  });

  it('that are new open and do not seal yet, for instances that started before know nothing of them', async () => {
    azure.versions = [version(1, 30 * DAY_MS), version(2, SEALS_AFTER_MS - SECOND_MS)];
    assert.deepEqual(await serials(), [1, 2]);
    azure.versions = [version(1, 30 * DAY_MS), version(2, SEALS_AFTER_MS)];
    assert.deepEqual(await serials(), [2, 1]);
    azure.versions = [version(1, 2 * MINUTE_MS), version(2, MINUTE_MS)];
    assert.deepEqual(await serials(), [2, 1], 'where all are new');
  });

  it('come in pages, of the same vault only', async () => {
    azure.pageSize = 2;
    azure.versions = [1, 2, 3, 4, 5].map((serial) => version(serial, serial * DAY_MS));
    assert.deepEqual(await serials(), [1, 2, 3, 4, 5]);
    assert.equal(azure.calls.filter((url) => url.pathname.endsWith('/versions')).length, 3);
    azure.nextOrigin = 'https://elsewhere.example';
    assert.match((await refusal()).message, /another host/);
  });

  it('are at most twenty, and those left out are counted', async () => {
    azure.versions = Array.from({ length: 23 }, (_, index) => version(index + 1, (index + 1) * DAY_MS));
    const { keys, left } = await read();
    assert.equal(keys.length, 20);
    assert.equal(left, 3);
  });

  it('are looked for on so many pages and no more', async () => {
    azure.pageSize = 1;
    azure.versions = Array.from({ length: 200 }, (_, index) => version(index + 1, DAY_MS, { enabled: false }));
    assert.match((await refusal()).message, /too many versions/);
    assert.equal(azure.calls.length, 20);
  });

  const PASSING: [string, () => Response | Error][] = [
    ['no answer', () => new TypeError('fetch failed')],
    ['429', () => new Response('', { status: 429 })],
    ['503', () => new Response('', { status: 503 })],
  ];
  for (const [what, answer] of PASSING)
    it(`are asked for three times after ${what}, not for ever`, async () => {
      azure.versions = [version(1, DAY_MS)];
      azure.instead = [answer(), answer()];
      assert.deepEqual(await serials(), [1]);
      azure.calls = [];
      azure.instead = [answer(), answer(), answer()];
      assert.equal((await refusal()).code, 'KEY_VAULT_UNAVAILABLE');
      assert.equal(azure.calls.length, 3);
    });

  const FINAL: [string, Response, RegExp][] = [
    ['401', new Response('', { status: 401 }), /refuses the token/],
    ['403', new Response('', { status: 403 }), /Key Vault Secrets User/],
    ['404', new Response('', { status: 404 }), /no such secret/],
    ['400', new Response('', { status: 400 }), /answers 400/],
    ['a page', new Response('<html>'), /another form/],
    ['another form', Response.json({ value: [{ name: 'x' }] }), /another form/],
    ['no end', new Response('x'.repeat(300_000)), /too long/],
  ];
  for (const [what, answer, words] of FINAL)
    it(`are given up at once after ${what}`, async () => {
      azure.instead = [answer];
      const error = await refusal();
      assert.equal(error.code, 'KEY_VAULT_UNAVAILABLE');
      assert.match(error.message, words);
      assert.equal(azure.calls.length, 1);
    });

  it('are given up after a minute in all', async () => {
    azure.versions = Array.from({ length: 20 }, (_, index) => version(index + 1, (index + 1) * DAY_MS));
    azure.callMs = 9 * SECOND_MS;
    assert.match((await refusal()).message, /too slow/);
    assert.ok(azure.nowMs <= NOW + 70 * SECOND_MS);
  });

  it('must be 32 bytes in base64; which version is not is said', async () => {
    azure.versions = [version(1, DAY_MS), version(2, 2 * DAY_MS, { value: 'SHORT-CANARY' })];
    const error = await refusal();
    assert.equal(error.code, 'CONFIG_INVALID');
    assert.match(error.message, new RegExp(`${version(2, 0).id} \\(no\\. 2\\)`));
    azure.versions = [version(1, DAY_MS, { enabled: false })];
    assert.match((await refusal()).message, /no enabled version/);
  });

  it('need a token, and say so', async () => {
    const none = async () => {
      throw new Error('managed identity: secret detail');
    };
    await assert.rejects(read({ token: none }), (error: Error) => {
      assert.match(error.message, /no token.*TOKEN_ENCRYPTION_KEY_VAULT_LOGIN/);
      assert.doesNotMatch(error.message, /secret detail/);
      return true;
    });
    assert.equal(azure.calls.length, 0);
  });

  it('are asked for with a token for their cloud', () => {
    assert.equal(resourceOf('https://x.vault.usgovcloudapi.net/secrets/cw'), 'https://vault.usgovcloudapi.net');
    assert.equal(resourceOf('https://x.vault.azure.cn/secrets/cw'), 'https://vault.azure.cn');
  });

  describe('with a managed identity', () => {
    const CLIENT = '11111111-2222-4333-8444-555555555555';
    const before = { ...process.env };
    let identity: Served | undefined;
    afterEach(async () => {
      await identity?.close();
      for (const name of ['IDENTITY_ENDPOINT', 'IDENTITY_HEADER'])
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
    });

    it('become a vault, from App Service’s endpoint to the first key', async () => {
      const queries: URLSearchParams[] = [];
      identity = await serve({
        port: 0,
        handler: ({ query, headers }) => {
          queries.push(query);
          assert.equal(headers['x-identity-header'], 'proof');
          const expires_on = String(Math.floor(Date.now() / SECOND_MS) + 3_600);
          return {
            status: 200,
            body: { access_token: TOKEN, expires_on, resource: query.get('resource'), token_type: 'Bearer' },
          };
        },
      });
      process.env.IDENTITY_ENDPOINT = `${identity.origin}/msi/token`;
      process.env.IDENTITY_HEADER = 'proof';
      azure.versions = [version(1, DAY_MS), version(2, 2 * DAY_MS)];
      const config = readConfig({
        PUBLIC_URL: 'https://cw.example.com',
        BOT_ID: CLIENT,
        BOT_TYPE: 'UserAssignedMSI',
        BOT_TENANT_ID: CLIENT,
        AAD_APP_CLIENT_ID: CLIENT,
        AAD_APP_CLIENT_SECRET: 'aad-secret',
        TOKEN_ENCRYPTION_KEY_VAULT_URL: SECRET_URL,
        AZURE_CLIENT_ID: CLIENT,
      });
      const vault = await openVault(config, createLog('silent'), azure);
      assert.deepEqual(vault.keyIds, [keyIdOf(testKey(1)), keyIdOf(testKey(2))]);
      assert.equal(queries.length, 1);
      assert.equal(queries[0]?.get('resource'), 'https://vault.azure.net');
      assert.equal(queries[0]?.get('client_id'), CLIENT);
    });
  });

  describe('with the app’s own login', () => {
    const TENANT = '11111111-2222-4333-8444-555555555555';
    const ENTRA = 'https://entra.test.example';
    const realFetch = globalThis.fetch;
    afterEach(() => {
      globalThis.fetch = realFetch;
    });

    it('become a vault, from Entra’s token endpoint to the first key', async () => {
      const forms: URLSearchParams[] = [];
      globalThis.fetch = (async (input: string, init: RequestInit = {}) => {
        const { pathname } = new URL(input);
        const base = `${ENTRA}/${TENANT}`;
        if (pathname.endsWith('/openid-configuration'))
          return Response.json({
            issuer: `${base}/v2.0`,
            authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
            token_endpoint: `${base}/oauth2/v2.0/token`,
            jwks_uri: `${base}/discovery/v2.0/keys`,
          });
        assert.equal(pathname, `/${TENANT}/oauth2/v2.0/token`);
        forms.push(new URLSearchParams(String(init.body)));
        return Response.json({ token_type: 'Bearer', expires_in: 3_599, access_token: TOKEN });
      }) as typeof fetch;
      azure.versions = [version(3, DAY_MS)];
      const config = readConfig({
        PUBLIC_URL: 'https://cw.example.com',
        BOT_ID: TENANT,
        BOT_TYPE: 'UserAssignedMSI',
        BOT_TENANT_ID: TENANT,
        AAD_APP_CLIENT_ID: TENANT,
        AAD_APP_CLIENT_SECRET: 'aad-secret',
        AAD_APP_TENANT_ID: TENANT,
        CLOUD: 'custom',
        ENTRA_AUTHORITY_HOST: ENTRA,
        GRAPH_ENDPOINT: 'https://graph.test.example',
        BOT_OPENID_METADATA_URL: 'http://localhost:1/openid',
        BOT_TOKEN_ISSUER: 'https://issuer.test.example',
        BOT_LOGIN_URL: 'http://localhost:1/tenant',
        TOKEN_ENCRYPTION_KEY_VAULT_URL: SECRET_URL,
        TOKEN_ENCRYPTION_KEY_VAULT_LOGIN: 'app',
      });
      const vault = await openVault(config, createLog('silent'), azure);
      assert.deepEqual(vault.keyIds, [keyIdOf(testKey(3))]);
      assert.equal(forms.length, 1);
      assert.equal(forms[0]?.get('grant_type'), 'client_credentials');
      assert.equal(forms[0]?.get('scope'), 'https://vault.azure.net/.default');
    });
  });
});
