import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { CalendarWatchError, type ErrorCode } from '../../src/errors.ts';
import { Application, applicationScope, permissionsIn } from '../../src/identity/application.ts';
import type { ClientFor } from '../../src/identity/msal.ts';

const TENANT = '7e570000-0000-4000-8000-00000000d001';
const OTHER = '7e570000-0000-4000-8000-00000000d002';
const MINUTE_MS = 60_000;
const jwt = (claims: object) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;

describe('the application’s tokens', () => {
  let now: number;
  let asked: string[];
  let answer: () => { accessToken: string; expiresOn: Date };
  const application = (homeTenantId = 'organizations') =>
    new Application({
      clientFor: ((tenantId: string) => ({
        acquireTokenByClientCredential: async ({ scopes }: { scopes: string[] }) => {
          asked.push(`${tenantId} ${scopes}`);
          return answer();
        },
      })) as unknown as ClientFor,
      scope: 'https://graph.microsoft.com/.default',
      clock: { now: () => now, after: () => () => undefined },
      homeTenantId,
    });
  const fails = (code: ErrorCode) => (error: unknown) => error instanceof CalendarWatchError && error.code === code;

  beforeEach(() => {
    [now, asked] = [1_000_000, []];
    answer = () => ({ accessToken: `token ${asked.length}`, expiresOn: new Date(now + 60 * MINUTE_MS) });
  });

  it('are one a tenant, kept while they are fresh', async () => {
    const tokens = application();
    assert.deepEqual(await Promise.all([tokens.get(TENANT), tokens.get(TENANT)]), ['token 1', 'token 1']);
    now += 50 * MINUTE_MS;
    assert.equal(await tokens.get(TENANT), 'token 1');
    assert.equal(await tokens.get(OTHER), 'token 2');
    now += 5 * MINUTE_MS;
    assert.equal(await tokens.get(TENANT), 'token 3', 'five minutes before its end it is another');
    assert.equal(asked[0], `${TENANT} https://graph.microsoft.com/.default`);
    assert.equal(tokens.until(TENANT), now + 60 * MINUTE_MS);
  });

  it('are fetched anew after a 401, but not for each of thousands', async () => {
    const tokens = application();
    await tokens.get(TENANT);
    tokens.drop(TENANT);
    assert.equal(await tokens.get(TENANT), 'token 1', 'it was new: another would be refused too');
    now += MINUTE_MS;
    tokens.drop(TENANT);
    assert.equal(await tokens.get(TENANT), 'token 2');
  });

  for (const [name, error, code] of [
    ['a wrong secret', { errorCode: 'invalid_client' }, 'APP_ACCESS_REFUSED'],
    ['an app that the tenant does not know', { errorCode: 'unauthorized_client' }, 'APP_ACCESS_REFUSED'],
    ['Entra being ill', { errorCode: 'temporarily_unavailable' }, 'ENTRA_UNAVAILABLE'],
    ['a network without an answer', new Error('fetch failed'), 'ENTRA_UNAVAILABLE'],
  ] as const)
    it(`say ${code} for ${name}, never that a person has to sign in`, async () => {
      answer = () => {
        throw error;
      };
      await assert.rejects(application().get(TENANT), fails(code));
    });

  it('remember a refusal for a minute, and none that passes by itself', async () => {
    const tokens = application();
    const good = answer;
    answer = () => {
      throw { errorCode: 'invalid_client' };
    };
    await assert.rejects(tokens.get(TENANT), fails('APP_ACCESS_REFUSED'));
    await assert.rejects(tokens.get(TENANT), fails('APP_ACCESS_REFUSED'));
    assert.equal(asked.length, 1);
    now += MINUTE_MS;
    answer = good;
    assert.equal(await tokens.get(TENANT), 'token 2');
    now += 60 * MINUTE_MS;
    answer = () => {
      throw new Error('no answer');
    };
    for (const _ of [1, 2]) await assert.rejects(tokens.get(TENANT), fails('ENTRA_UNAVAILABLE'));
    assert.equal(asked.length, 4);
  });

  it('are of one tenant: its GUID, and the app’s own where it has one', async () => {
    for (const odd of ['organizations', 'common', 'contoso.com', ''])
      await assert.rejects(application().get(odd), fails('APP_ACCESS_REFUSED'));
    await assert.rejects(application(OTHER).get(TENANT), fails('APP_ACCESS_REFUSED'));
    assert.equal(asked.length, 0);
    assert.equal(await application(TENANT.toUpperCase()).get(TENANT), 'token 1');
  });

  it('tell what Entra granted, asked anew each time', async () => {
    const tokens = application();
    let roles = ['Calendars.Read'];
    answer = () => ({ accessToken: jwt({ roles }), expiresOn: new Date(now + 60 * MINUTE_MS) });
    assert.deepEqual(await tokens.permissions(TENANT), ['Calendars.Read']);
    roles = [];
    assert.deepEqual(await tokens.permissions(TENANT), []);
  });

  for (const [name, token, roles] of [
    ['roles', jwt({ roles: ['A', 'B'] }), ['A', 'B']],
    ['no roles', jwt({}), []],
    ['odd ones', jwt({ roles: ['A', 1, null] }), ['A']],
    ['something else than a list', jwt({ roles: 'A' }), []],
    ['what is no token', 'opaque', []],
    ['nothing', '', []],
    ['null', `h.${Buffer.from('null').toString('base64url')}.s`, []],
  ] as const)
    it(`read ${name} of a token`, () => assert.deepEqual(permissionsIn(token), roles));

  it('are asked for in the name of the cloud’s Graph', () => {
    const cloud = { graphEndpoint: 'https://graph.microsoft.us' } as never;
    assert.equal(applicationScope({ cloud, cloudName: 'usgov' }), 'https://graph.microsoft.us/.default');
    assert.equal(applicationScope({ cloud, cloudName: 'public' }), 'https://graph.microsoft.com/.default');
    assert.equal(applicationScope({ cloud, cloudName: 'custom' }), 'https://graph.microsoft.com/.default');
  });
});
