import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, it } from 'mocha';
import { VirtualClock } from '../../../sandbox/world.ts';
import { createLog } from '../../../src/log.ts';
import { SigningKeys } from '../../../src/sync/rich/signing-keys.ts';
import { PUBLISHER_ID, TokenChecker } from '../../../src/sync/rich/validation-tokens.ts';
import { DAY, HOUR, MINUTE, NOW } from '../../support/events.ts';

const APP = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
const TENANT = '11111111-1111-4111-8111-111111111111';
const OTHER = '22222222-2222-4222-8222-222222222222';
const HOST = 'https://login.test.example';

const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const entra = pair();
const stranger = pair();

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function sign(claims: object, header: object = {}, key: KeyObject = entra.privateKey): string {
  const said = `${part({ typ: 'JWT', alg: 'RS256', kid: 'k1', ...header })}.${part(claims)}`;
  return `${said}.${createSign('sha256').update(said).sign(key).toString('base64url')}`;
}

const claims = (more: object = {}) => ({
  aud: APP,
  iss: `https://sts.windows.net/${TENANT}/`,
  iat: NOW / 1000,
  nbf: NOW / 1000,
  exp: (NOW + HOUR) / 1000,
  appid: PUBLISHER_ID,
  tid: TENANT,
  ver: '1.0',
  ...more,
});

const version2 = (more: object = {}) =>
  claims({ iss: `${HOST}/${TENANT}/v2.0`, appid: undefined, azp: PUBLISHER_ID, ver: '2.0', ...more });

interface Published {
  keys: object[];
  /** What Entra does instead of answering. */
  fault?: 'down' | 'slow' | 'odd';
}

function setUp(published: Published = { keys: [] }) {
  const clock = new VirtualClock(NOW);
  const asked: string[] = [];
  const jwk = entra.publicKey.export({ format: 'jwk' });
  if (published.keys.length === 0) published.keys.push({ ...jwk, kid: 'k1', use: 'sig' });
  const fetchJson = async (url: string) => {
    asked.push(url);
    if (published.fault === 'down') throw new Error('connection refused');
    if (published.fault === 'slow') return new Promise<never>(() => {});
    if (published.fault === 'odd') return '<html>';
    if (url === `${HOST}/common/.well-known/openid-configuration`)
      return { issuer: 'https://sts.windows.net/{tenantid}/', jwks_uri: `${HOST}/common/discovery/keys` };
    assert.equal(url, `${HOST}/common/discovery/keys`);
    return { keys: published.keys };
  };
  const keys = new SigningKeys({ authorityHost: HOST, fetchJson, clock, log: createLog('silent') });
  const checker = new TokenChecker({ clientId: APP.toUpperCase(), authorityHost: HOST, keys, clock });
  return { clock, asked, published, check: (token: unknown) => checker.check(token) };
}

describe('rich: validation tokens', () => {
  it('are believed in both of their versions', async () => {
    const { check } = setUp();
    assert.deepEqual(await check(sign(claims())), { tenantId: TENANT });
    assert.deepEqual(await check(sign(version2())), { tenantId: TENANT });
  });

  const wrong: [string, () => unknown, string][] = [
    ['another audience', () => sign(claims({ aud: OTHER })), 'TOKEN_AUDIENCE_WRONG'],
    ['several audiences', () => sign(claims({ aud: [APP, OTHER] })), 'TOKEN_AUDIENCE_WRONG'],
    ['another caller', () => sign(claims({ appid: OTHER })), 'TOKEN_CALLER_WRONG'],
    ['another caller, version 2.0', () => sign(version2({ azp: OTHER })), 'TOKEN_CALLER_WRONG'],
    ['no caller', () => sign(claims({ appid: undefined })), 'TOKEN_CALLER_WRONG'],
    ['two callers', () => sign(claims({ azp: OTHER })), 'TOKEN_CALLER_WRONG'],
    ['another authority', () => sign(claims({ iss: `https://sts.evil.example/${TENANT}/` })), 'TOKEN_ISSUER_WRONG'],
    ['the issuer of another tenant', () => sign(claims({ tid: OTHER })), 'TOKEN_ISSUER_WRONG'],
    ['the issuer of another tenant, 2.0', () => sign(version2({ tid: OTHER })), 'TOKEN_ISSUER_WRONG'],
    [
      'the issuer of all tenants',
      () => sign(claims({ iss: 'https://sts.windows.net/{tenantid}/' })),
      'TOKEN_ISSUER_WRONG',
    ],
    [
      'a tenant that is none',
      () => sign(claims({ tid: 'x', iss: 'https://sts.windows.net/x/' })),
      'TOKEN_ISSUER_WRONG',
    ],
    ['a tenant that is no text', () => sign(claims({ tid: { a: 1 } })), 'TOKEN_ISSUER_WRONG'],
    ['an end in the past', () => sign(claims({ exp: NOW / 1000 - 61 })), 'TOKEN_EXPIRED'],
    ['a beginning in the future', () => sign(claims({ nbf: NOW / 1000 + 120 })), 'TOKEN_EXPIRED'],
    ['no end', () => sign(claims({ exp: undefined })), 'TOKEN_MALFORMED'],
    ['a stranger’s signature', () => sign(claims(), {}, stranger.privateKey), 'TOKEN_SIGNATURE_WRONG'],
    [
      'other claims under a good signature',
      () => {
        const [head, , signature] = sign(claims()).split('.');
        return [head, part(claims({ tid: OTHER })), signature].join('.');
      },
      'TOKEN_SIGNATURE_WRONG',
    ],
    ['an unknown key', () => sign(claims(), { kid: 'k9' }), 'TOKEN_KEY_UNKNOWN'],
    ['no key id', () => sign(claims(), { kid: undefined }), 'TOKEN_MALFORMED'],
    ['no signature at all', () => `${part({ alg: 'none', kid: 'k1' })}.${part(claims())}.`, 'TOKEN_MALFORMED'],
    ['an algorithm with a shared key', () => sign(claims(), { alg: 'HS256' }), 'TOKEN_MALFORMED'],
    ['critical extensions', () => sign(claims(), { crit: ['x'], x: 1 }), 'TOKEN_MALFORMED'],
    ['nothing in it', () => '', 'TOKEN_MALFORMED'],
    ['dots alone', () => '..', 'TOKEN_MALFORMED'],
    ['a number', () => 7, 'TOKEN_MALFORMED'],
    ['an object', () => ({ alg: 'RS256' }), 'TOKEN_MALFORMED'],
    ['a very long text', () => `${sign(claims())}${'A'.repeat(8_192)}`, 'TOKEN_MALFORMED'],
  ];
  for (const [name, make, fault] of wrong)
    it(`with ${name} are not believed`, async () => {
      assert.deepEqual(await setUp().check(make()), { fault });
    });

  it('signed with a key of one tenant are not believed for another', async () => {
    const jwk = { ...entra.publicKey.export({ format: 'jwk' }), use: 'sig' };
    const of = (issuer: string) => setUp({ keys: [{ ...jwk, kid: 'k1', issuer }] }).check(sign(version2()));
    assert.deepEqual(await of(`${HOST}/${OTHER}/v2.0`), { fault: 'TOKEN_ISSUER_WRONG' });
    assert.deepEqual(await of(`${HOST}/{tenantid}/v2.0`), { tenantId: TENANT });
    assert.deepEqual(await of(`${HOST}/${TENANT}/v2.0`), { tenantId: TENANT });
  });

  it('are looked at once, and not believed beyond their end', async () => {
    const { check, clock, asked } = setUp();
    const token = sign(claims());
    assert.deepEqual(await check(token), { tenantId: TENANT });
    assert.deepEqual(await check(token), { tenantId: TENANT });
    assert.equal(asked.length, 2);
    clock.advance(HOUR + 2 * MINUTE);
    assert.deepEqual(await check(token), { fault: 'TOKEN_EXPIRED' });
  });
});

describe('rich: Entra’s signing keys', () => {
  const second = { ...stranger.publicKey.export({ format: 'jwk' }), kid: 'k2', use: 'sig' };
  const byNewKey = () => sign(claims({ exp: (NOW + 10 * DAY) / 1000 }), { kid: 'k2' }, stranger.privateKey);

  it('are asked for anew when a token names a new one, and seldom for invented ones', async () => {
    const { check, published, clock, asked } = setUp();
    assert.deepEqual(await check(byNewKey()), { fault: 'TOKEN_KEY_UNKNOWN' });
    for (let n = 0; n < 20; n += 1) await check(sign(claims(), { kid: `invented-${n}` }));
    assert.equal(asked.length, 2);
    published.keys.push(second);
    assert.deepEqual(await check(byNewKey()), { fault: 'TOKEN_KEY_UNKNOWN' });
    clock.advance(MINUTE);
    assert.deepEqual(await check(byNewKey()), { unasked: true }, 'it may be new; we don’t ask again so soon');
    assert.equal(asked.length, 2);
    clock.advance(4 * MINUTE + 1);
    assert.deepEqual(await check(byNewKey()), { tenantId: TENANT });
    assert.equal(asked.length, 4);
  });

  it('that can’t be had leave a token undecided, known or not', async () => {
    const { check, published, clock } = setUp();
    published.fault = 'down';
    assert.deepEqual(await check(sign(claims())), { unasked: true });
    published.fault = 'odd';
    clock.advance(10_001);
    assert.deepEqual(await check(sign(claims())), { unasked: true });
    published.fault = undefined;
    clock.advance(10_001);
    assert.deepEqual(await check(sign(claims())), { tenantId: TENANT });
    published.fault = 'down';
    clock.advance(6 * MINUTE);
    assert.deepEqual(await check(byNewKey()), { unasked: true }, 'it may be one that was just added');
    assert.deepEqual(await check(sign(version2())), { tenantId: TENANT }, 'what is known goes on serving');
  });

  it('that come too late for the answer to Graph are not waited for', async () => {
    const { check, published, clock } = setUp();
    published.fault = 'slow';
    const verdict = check(sign(claims()));
    clock.advance(1_500);
    assert.deepEqual(await verdict, { unasked: true });
  });

  it('are refreshed beside the work, and not believed for ever', async () => {
    const { check, published, clock, asked } = setUp();
    const long = (n: number) => sign(claims({ n, exp: (NOW + 10 * DAY) / 1000 }));
    await check(long(1));
    clock.advance(12 * HOUR + 1);
    assert.deepEqual(await check(long(2)), { tenantId: TENANT });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(asked.length, 4);
    published.fault = 'down';
    clock.advance(49 * HOUR);
    assert.deepEqual(await check(long(3)), { unasked: true });
  });
});
