/**
 * The sandbox's Entra against the real @azure/msal-node 7. In this process MSAL gets a network client with our CA
 * (NODE_EXTRA_CA_CERTS is read at process start only); one test starts a child process with that variable instead and
 * uses MSAL's own client, as the product does.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type AuthenticationResult,
  ConfidentialClientApplication,
  CryptoProvider,
  InteractionRequiredAuthError,
  ServerError,
} from '@azure/msal-node';
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
import { after, before, describe, it } from 'mocha';
import { AUDIENCES } from '../../../sandbox/entra/entra.ts';
import { ADA, APP, BOT, networkClient, REDIRECT, type RunningEntra, startEntra, TENANT } from './harness.ts';

const SCOPES = ['User.Read', 'Calendars.Read'];

describe('sandbox Entra with MSAL', () => {
  let running: RunningEntra;
  before(async () => {
    running = await startEntra();
  });
  after(() => running.stop());

  function client(authority = TENANT): ConfidentialClientApplication {
    return new ConfidentialClientApplication({
      auth: {
        clientId: APP.clientId,
        clientSecret: APP.clientSecret,
        authority: `${running.https.origin}/${authority}`,
        knownAuthorities: [running.host],
      },
      system: { networkClient: networkClient(running.certificates.ca) },
    });
  }

  async function signIn(msal: ConfidentialClientApplication, scopes = SCOPES): Promise<AuthenticationResult> {
    const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
    const url = await msal.getAuthCodeUrl({
      scopes,
      redirectUri: REDIRECT,
      state: 'st&te',
      nonce: 'n-1',
      codeChallenge: challenge,
      codeChallengeMethod: 'S256',
    });
    assert.ok(url.startsWith(`${running.pages.origin}/`), url);
    const back = new URL(await running.entra.signIn(url, ADA.upn));
    assert.equal(back.searchParams.get('state'), 'st&te');
    const code = back.searchParams.get('code') ?? '';
    const request = { code, scopes, redirectUri: REDIRECT, codeVerifier: verifier, nonce: 'n-1' };
    // MSAL refuses an id token with a nonce unless the request repeats it.
    return msal.acquireTokenByCode(request);
  }

  async function account(msal: ConfidentialClientApplication) {
    const found = await msal.getTokenCache().getAccountByHomeId(`${ADA.oid}.${TENANT}`);
    assert.ok(found);
    return found;
  }

  it('signs in with code and PKCE, and caches an account', async () => {
    const msal = client();
    const result = await signIn(msal);
    assert.equal(result.tokenType, 'Bearer');
    assert.equal(result.account?.homeAccountId, `${ADA.oid}.${TENANT}`);
    assert.equal(result.account?.username, ADA.upn);
    const id = result.idTokenClaims as Record<string, unknown>;
    assert.equal(id.nonce, 'n-1');
    assert.deepEqual(id.roles, ['CalendarWatch.Admin']);
    assert.equal(id.iss, `${running.https.origin}/${TENANT}/v2.0`);
    const claims = await running.entra.verifyAccessToken(result.accessToken, { audience: AUDIENCES.graph });
    assert.equal(claims.oid, ADA.oid);
    assert.equal(claims.upn, ADA.upn);
    assert.equal(claims.appid, APP.clientId);
    assert.equal(claims.iss, `https://sts.windows.net/${TENANT}/`);
    assert.deepEqual(claims.scp?.split(' ').slice(0, 2), ['Calendars.Read', 'User.Read']);
    const lifetime = (claims.exp - (claims.iat ?? 0)) / 60;
    assert.ok(lifetime >= 60 && lifetime <= 90, String(lifetime));
  });

  it('signs in through "organizations" too', async () => {
    const result = await signIn(client('organizations'));
    assert.equal(result.account?.tenantId, TENANT);
  });

  it('publishes keys with which another library verifies the id token', async () => {
    const { idToken } = await signIn(client());
    const { ca } = running.certificates;
    const get = networkClient(ca).sendGetRequestAsync;
    const meta = await get<{ jwks_uri: string; issuer: string }>(
      `${running.https.origin}/${TENANT}/v2.0/.well-known/openid-configuration`,
    );
    const keys = await get<JSONWebKeySet>(meta.body.jwks_uri);
    await jwtVerify(idToken, createLocalJWKSet(keys.body), { issuer: meta.body.issuer, audience: APP.clientId });
  });

  it('answers from the cache, then refreshes, and keeps the former refresh token valid', async () => {
    const msal = client();
    const first = await signIn(msal);
    const cached = await msal.acquireTokenSilent({ account: await account(msal), scopes: SCOPES });
    assert.equal(cached.fromCache, true);
    assert.equal(cached.accessToken, first.accessToken);
    const fresh = await msal.acquireTokenSilent({ account: await account(msal), scopes: SCOPES, forceRefresh: true });
    assert.equal(fresh.fromCache, false);
    assert.notEqual(fresh.accessToken, first.accessToken);
  });

  it('needs a new sign-in after the sessions were revoked, and works after it', async () => {
    const msal = client();
    await signIn(msal);
    running.entra.revokeSessions(ADA.oid);
    const silent = msal.acquireTokenSilent({ account: await account(msal), scopes: SCOPES, forceRefresh: true });
    await assert.rejects(silent, (error) => {
      assert.ok(error instanceof InteractionRequiredAuthError);
      assert.equal(error.errorCode, 'invalid_grant');
      assert.equal(error.subError, 'bad_token');
      assert.match(error.message, /AADSTS50173/);
      return true;
    });
    await signIn(msal);
    await msal.acquireTokenSilent({ account: await account(msal), scopes: SCOPES, forceRefresh: true });
  });

  it('needs consent again after it was withdrawn', async () => {
    const msal = client();
    await signIn(msal);
    running.entra.withdrawConsent(ADA.oid, APP.clientId);
    const silent = msal.acquireTokenSilent({ account: await account(msal), scopes: SCOPES, forceRefresh: true });
    await assert.rejects(silent, (error) => {
      assert.ok(error instanceof InteractionRequiredAuthError);
      assert.equal(error.subError, 'consent_required');
      return true;
    });
    await signIn(msal);
  });

  it('refuses a scope that nobody consented to', async () => {
    const msal = client();
    await signIn(msal);
    const silent = msal.acquireTokenSilent({ account: await account(msal), scopes: ['Mail.Send'] });
    await assert.rejects(silent, InteractionRequiredAuthError);
  });

  it('refuses a disabled account; MSAL makes a plain ServerError of it', async () => {
    const msal = client();
    await signIn(msal);
    const person = running.world.people.get(ADA.oid);
    assert.ok(person);
    person.enabled = false;
    try {
      const silent = msal.acquireTokenSilent({ account: await account(msal), scopes: SCOPES, forceRefresh: true });
      await assert.rejects(silent, (error) => {
        assert.ok(error instanceof ServerError);
        assert.ok(!(error instanceof InteractionRequiredAuthError));
        assert.equal(error.errorCode, 'invalid_grant');
        assert.match(error.message, /AADSTS50057/);
        return true;
      });
    } finally {
      person.enabled = true;
    }
  });

  it('answers a server error as 503, after which this client holds back for a while', async () => {
    const msal = client();
    await signIn(msal);
    const forced = async () =>
      msal.acquireTokenSilent({ account: await account(msal), scopes: SCOPES, forceRefresh: true });
    running.world.faults.set('entra.serverError', 1);
    try {
      await assert.rejects(forced(), (error) => error instanceof ServerError && error.errorCode !== 'invalid_grant');
    } finally {
      running.world.faults.delete('entra.serverError');
    }
    const before = running.requests.length;
    await assert.rejects(forced(), ServerError);
    assert.equal(running.requests.length, before, 'MSAL answers from its throttling cache');
    await signIn(client());
  });

  it('gives app-only tokens with roles and without scope, and MSAL caches them', async () => {
    const msal = client();
    const request = { scopes: ['https://graph.microsoft.com/.default'] };
    const first = await msal.acquireTokenByClientCredential(request);
    const again = await msal.acquireTokenByClientCredential(request);
    assert.ok(first && again);
    assert.equal(first.fromCache, false);
    assert.equal(again.fromCache, true);
    const claims = await running.entra.verifyAccessToken(first.accessToken, { audience: AUDIENCES.graph });
    assert.deepEqual(claims.roles, APP.appPermissions);
    assert.equal(claims.idtyp, 'app');
    assert.equal(claims.scp, undefined);
  });

  it('exchanges an SSO token on behalf of the user', async () => {
    const msal = client();
    running.entra.grantConsent(ADA.oid, APP.clientId, SCOPES);
    const { token } = await running.entra.mintForTests.ssoToken({ oid: ADA.oid, clientId: APP.clientId });
    const result = await msal.acquireTokenOnBehalfOf({ oboAssertion: token, scopes: SCOPES });
    assert.equal(decodeJwt(result?.accessToken ?? '').oid, ADA.oid);
    const cached = await msal.acquireTokenOnBehalfOf({ oboAssertion: token, scopes: SCOPES });
    assert.equal(cached?.fromCache, true);
    const expired = await running.entra.mintForTests.ssoToken({
      oid: ADA.oid,
      clientId: APP.clientId,
      overrides: { exp: Math.floor(Date.now() / 1000) - 10 },
    });
    const late = client().acquireTokenOnBehalfOf({ oboAssertion: expired.token, scopes: SCOPES });
    await assert.rejects(late, /AADSTS500133/);
    const other = await running.entra.mintForTests.ssoToken({ oid: ADA.oid, clientId: BOT.clientId });
    const foreign = client().acquireTokenOnBehalfOf({ oboAssertion: other.token, scopes: SCOPES });
    await assert.rejects(foreign, /AADSTS500131/);
  });

  it('is asked for its metadata once per client, and nobody else is asked', async () => {
    const before = running.requests.length;
    const msal = client();
    await signIn(msal);
    await msal.acquireTokenSilent({ account: await account(msal), scopes: SCOPES, forceRefresh: true });
    assert.deepEqual(running.requests.slice(before), [
      `GET /${TENANT}/v2.0/.well-known/openid-configuration`,
      `POST /${TENANT}/oauth2/v2.0/token`,
      `POST /${TENANT}/oauth2/v2.0/token`,
    ]);
  });

  it('needs no discovery at all when the product passes authorityMetadata', async () => {
    const get = networkClient(running.certificates.ca).sendGetRequestAsync;
    const meta = await get<object>(`${running.https.origin}/${TENANT}/v2.0/.well-known/openid-configuration`);
    const before = running.requests.length;
    const msal = new ConfidentialClientApplication({
      auth: {
        clientId: APP.clientId,
        clientSecret: APP.clientSecret,
        authority: `${running.https.origin}/${TENANT}`,
        knownAuthorities: [running.host],
        authorityMetadata: JSON.stringify(meta.body),
      },
      system: { networkClient: networkClient(running.certificates.ca) },
    });
    await signIn(msal);
    assert.deepEqual(running.requests.slice(before), [`POST /${TENANT}/oauth2/v2.0/token`]);
  });

  it('serves a process that knows the CA from NODE_EXTRA_CA_CERTS alone', async () => {
    const child = fileURLToPath(new URL('./msal-child.ts', import.meta.url));
    const args = ['--import', 'tsx', child, `${running.https.origin}/${TENANT}`, running.host, APP.clientId];
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: running.certificates.caFile, SECRET: APP.clientSecret };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 30_000 });
    const answer = JSON.parse(stdout) as { token: string; fetched: number };
    assert.equal(answer.fetched, 200);
    await running.entra.verifyAccessToken(answer.token, { audience: AUDIENCES.graph });
  }).timeout(30_000);
});
