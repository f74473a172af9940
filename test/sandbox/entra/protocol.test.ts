/** What a client library never does, or never shows: the pages, refusals, time limits, and the memory across starts. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { after, before, beforeEach, describe, it } from 'mocha';
import { AUDIENCES, createEntra, type Entra, type TokenResponse } from '../../../sandbox/entra/entra.ts';
import type { EntraErrorBody } from '../../../sandbox/entra/errors.ts';
import type { SandboxResponse } from '../../../sandbox/http.ts';
import { VirtualClock, type World } from '../../../sandbox/world.ts';
import { signingKey } from '../../support/signing-key.ts';
import { ADA, APP, BO, BOT, GONE, REDIRECT, ROOM, smallWorld, TENANT } from './harness.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const VERIFIER = 'v'.repeat(64);
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
const PAGES = 'http://localhost:7400';
const origins = () => ({ https: 'https://localhost:7443', pages: PAGES });

describe('sandbox Entra protocol', () => {
  let clock: VirtualClock;
  let world: World;
  let entra: Entra;
  let directory = '';

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sandbox-entra-state-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));
  beforeEach(() => {
    clock = new VirtualClock(Date.parse('2026-11-23T08:00:00Z'));
    world = smallWorld(clock);
    entra = createEntra({ world, origins, signingKey: signingKey() });
  });

  function authorizeUrl(changes: Record<string, string | undefined> = {}, tenant = TENANT): string {
    const url = new URL(`${PAGES}/${tenant}/oauth2/v2.0/authorize`);
    const fields: Record<string, string | undefined> = {
      client_id: APP.clientId,
      response_type: 'code',
      redirect_uri: REDIRECT,
      scope: 'openid profile offline_access Calendars.Read',
      state: 's',
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
      ...changes,
    };
    for (const [name, value] of Object.entries(fields)) if (value !== undefined) url.searchParams.set(name, value);
    return url.href;
  }

  async function open(url: string): Promise<SandboxResponse> {
    const { pathname, searchParams } = new URL(url);
    return entra.pagesHandler({ method: 'GET', path: pathname, query: searchParams, headers: {}, body: '' });
  }

  async function token(fields: Record<string, string>, options: { tenant?: string; basic?: string; on?: Entra } = {}) {
    const body = new URLSearchParams({ client_id: APP.clientId, client_secret: APP.clientSecret, ...fields });
    if (options.basic) {
      body.delete('client_id');
      body.delete('client_secret');
    }
    const response = await (options.on ?? entra).handler({
      method: 'POST',
      path: `/${options.tenant ?? TENANT}/oauth2/v2.0/token`,
      query: new URLSearchParams(),
      headers: options.basic ? { authorization: `Basic ${Buffer.from(options.basic).toString('base64')}` } : {},
      body: body.toString(),
    });
    return { status: response.status, body: response.body as TokenResponse & EntraErrorBody };
  }

  async function code(changes: Record<string, string | undefined> = {}, upn = ADA.upn): Promise<string> {
    return new URL(await entra.signIn(authorizeUrl(changes), upn)).searchParams.get('code') ?? '';
  }

  function redeem(value: string, changes: Record<string, string> = {}) {
    const fields = { grant_type: 'authorization_code', code: value, redirect_uri: REDIRECT, code_verifier: VERIFIER };
    return token({ ...fields, ...changes });
  }

  const refresh = (refreshToken: string | undefined, on?: Entra) =>
    token({ grant_type: 'refresh_token', refresh_token: refreshToken ?? '' }, on ? { on } : {});

  describe('account picker', () => {
    it('lists the enabled people of the tenant, escaped, and what the app asks for in plain words', async () => {
      const page = await open(authorizeUrl({ login_hint: BO.upn }));
      const text = String(page.body);
      assert.equal(page.status, 200);
      assert.match(text, /<title>Sandbox tenant – pick an account<\/title>/);
      assert.match(text, /Ada Lovelace/);
      assert.match(text, /Analyst/);
      assert.match(text, /Bo &lt;b&gt;Diddley&lt;\/b&gt; &amp; Co/);
      assert.ok(!text.includes('<b>Diddley'));
      assert.ok(!text.includes(GONE.upn) && !text.includes(ROOM.upn));
      assert.match(text, /Read your calendar<code>Calendars\.Read<\/code>/);
      assert.match(text, new RegExp(`value="${BO.oid}" required checked`));
      assert.ok(!/https?:\/\/(?!localhost)/.test(text), 'no external assets');
    });

    it('comes with a strict policy that lets the form lead to the app only', async () => {
      const page = await open(authorizeUrl());
      const policy = page.headers?.['content-security-policy'] ?? '';
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /form-action 'self' http:\/\/localhost:3978;/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.ok(!policy.includes('unsafe') && !policy.includes('script-src'));
      const style = /<style>([\s\S]*?)<\/style>/.exec(String(page.body))?.[1] ?? '';
      assert.ok(policy.includes(createHash('sha256').update(style).digest('base64')));
    });

    it('escapes hostile parameters wherever they show', async () => {
      const hostile = '"><script>alert(1)</script>';
      for (const name of ['client_id', 'redirect_uri', 'login_hint', 'state', 'scope']) {
        const answer = await open(authorizeUrl({ [name]: hostile }));
        assert.ok(!String(answer.body ?? '').includes('<script>'), name);
      }
    });

    it('goes back with access_denied when the person cancels', async () => {
      const back = new URL(await entra.signIn(authorizeUrl(), ADA.upn, 'cancel'));
      assert.equal(back.searchParams.get('error'), 'access_denied');
      assert.equal(back.searchParams.get('error_subcode'), 'cancel');
      assert.match(back.searchParams.get('error_description') ?? '', /^AADSTS65004: /);
      assert.equal(back.searchParams.get('state'), 's');
    });

    it('never redirects to an address that is not registered', async () => {
      for (const uri of [
        'https://evil.example/cb',
        'http://localhost:3978/other',
        `${REDIRECT}?x=1`,
        'javascript:alert(1)',
      ]) {
        const answer = await open(authorizeUrl({ redirect_uri: uri }));
        assert.equal(answer.status, 400, uri);
        assert.equal(answer.headers?.location, undefined);
        assert.match(String(answer.body), /AADSTS50011/);
      }
      assert.equal((await open(authorizeUrl({ redirect_uri: 'http://localhost:4000/auth/callback' }))).status, 200);
    });

    it('shows an unknown app or tenant here and sends other mistakes to the app', async () => {
      assert.match(String((await open(authorizeUrl({ client_id: 'x' }))).body), /AADSTS700016/);
      assert.match(String((await open(authorizeUrl({}, 'nowhere.example'))).body), /AADSTS90002/);
      const mistakes: [Record<string, string | undefined>, RegExp][] = [
        [{ response_type: 'token' }, /AADSTS700054/],
        [{ response_mode: 'web_message' }, /AADSTS70007/],
        [{ scope: undefined }, /AADSTS900144/],
        [{ scope: 'Calendar.Reed' }, /AADSTS650053/],
        [{ scope: `Calendars.Read ${APP.clientId}/access_as_user` }, /AADSTS28000/],
        [{ scope: 'https://unknown.example/.default' }, /AADSTS500011/],
        [{ code_challenge_method: 'plain' }, /AADSTS90023/],
        [{ code_challenge: 'short' }, /AADSTS501491/],
        [{ prompt: 'none' }, /AADSTS16000/],
        [{ prompt: 'none', login_hint: ADA.upn }, /AADSTS65001/],
      ];
      for (const [changes, expected] of mistakes) {
        const answer = await open(authorizeUrl(changes));
        assert.equal(answer.status, 302, JSON.stringify(changes));
        const back = new URL(answer.headers?.location ?? '');
        assert.equal(back.origin, 'http://localhost:3978');
        assert.match(back.searchParams.get('error_description') ?? '', expected);
      }
    });

    it('answers prompt=none with a code once the person has consented', async () => {
      entra.grantConsent(ADA.oid, APP.clientId, ['Calendars.Read']);
      const answer = await open(authorizeUrl({ prompt: 'none', login_hint: ADA.upn }));
      assert.ok(new URL(answer.headers?.location ?? '').searchParams.get('code'));
    });

    it('relays by form_post with a script that the policy allows', async () => {
      const url = new URL(authorizeUrl({ response_mode: 'form_post', prompt: 'none', login_hint: ADA.upn }));
      entra.grantConsent(ADA.oid, APP.clientId, ['Calendars.Read']);
      const page = await open(url.href);
      const nonce = /script-src 'nonce-([^']+)'/.exec(page.headers?.['content-security-policy'] ?? '')?.[1] ?? '';
      assert.ok(nonce && String(page.body).includes('<script nonce='));
      assert.match(String(page.body), /action="http:\/\/localhost:3978\/auth\/callback"/);
      assert.match(String(page.body), /name="code" value="1\./);
      assert.match(String(page.body), /name="state" value="s"/);
    });

    it('takes only a decision about a page that was shown, within ten minutes, for a person who may sign in', async () => {
      const path = `/${TENANT}/oauth2/v2.0/authorize`;
      const post = async (form: Record<string, string>) =>
        entra.pagesHandler({
          method: 'POST',
          path,
          query: new URLSearchParams(),
          headers: {},
          body: new URLSearchParams(form).toString(),
        });
      const flow = /name="flow" value="([^"]+)"/.exec(String((await open(authorizeUrl())).body))?.[1] ?? '';
      const forged = `${flow.slice(0, -2)}AA`;
      assert.equal((await post({ flow: forged, account: ADA.oid, decision: 'accept' })).status, 400);
      for (const account of [GONE.oid, ROOM.oid, 'nobody']) {
        const answer = await post({ flow, account, decision: 'accept' });
        assert.match(String(answer.body), /role="alert"/);
      }
      clock.advance(11 * MINUTE_MS);
      assert.equal((await post({ flow, account: ADA.oid, decision: 'accept' })).status, 400);
    });

    it('stays bounded in a large tenant: sixty rows, and a field for the others', async () => {
      for (let number = 0; number < 500; number++) {
        const oid = `cccccccc-0000-4000-8000-${String(number).padStart(12, '0')}`;
        world.people.set(oid, { ...ADA, oid, upn: `p${number}@sandbox.example`, displayName: `Person ${number}` });
      }
      const text = String((await open(authorizeUrl({ login_hint: 'p499@sandbox.example' }))).body);
      assert.equal(text.match(/class="person"/g)?.length, 60);
      assert.match(text, /name="upn"/);
      assert.match(text, /Person 499/);
    });
  });

  describe('what only an admin may agree to', () => {
    const adminLink = (scope: string) => {
      const fields = { client_id: APP.clientId, redirect_uri: REDIRECT, scope, state: 's' };
      return `${PAGES}/${TENANT}/v2.0/adminconsent?${new URLSearchParams(fields)}`;
    };
    const scope = 'openid offline_access Place.Read.All';

    it('is refused to a person, and given to everybody once an admin has agreed', async () => {
      const back = new URL(await entra.signIn(authorizeUrl({ scope }), BO.upn));
      assert.equal(back.searchParams.get('code'), null);
      assert.match(back.searchParams.get('error_description') ?? '', /^AADSTS90094/);
      await entra.adminConsent(adminLink('https://graph.microsoft.com/Place.Read.All'));
      const { body } = await redeem(await code({ scope }, BO.upn));
      assert.match(body.scope ?? '', /Place\.Read\.All/);
    });

    it('includes what the registration asks for the application, by “.default”', async () => {
      const app = { ...APP, clientId: '22222222-2222-4222-8222-2222222222aa', askedAppPermissions: ['Place.Read.All'] };
      world.apps.set(app.clientId, app);
      const link = adminLink('https://graph.microsoft.com/.default').replace(APP.clientId, app.clientId);
      await entra.adminConsent(link, 'cancel');
      assert.deepEqual(world.apps.get(app.clientId)?.appPermissions, APP.appPermissions);
      await entra.adminConsent(link);
      assert.deepEqual(world.apps.get(app.clientId)?.appPermissions, [...APP.appPermissions, 'Place.Read.All']);
    });
  });

  describe('authorization code', () => {
    it('gives everything that MSAL needs for an account', async () => {
      const { status, body } = await redeem(await code(), { client_info: '1' });
      assert.equal(status, 200);
      assert.equal(body.token_type, 'Bearer');
      assert.equal(body.scope, 'Calendars.Read openid profile');
      assert.equal(body.expires_in, body.ext_expires_in);
      assert.ok(body.refresh_token && body.id_token);
      const info = JSON.parse(Buffer.from(body.client_info ?? '', 'base64url').toString());
      assert.deepEqual(info, { uid: ADA.oid, utid: TENANT });
      await entra.verifyAccessToken(body.access_token, { audience: AUDIENCES.graph });
      await assert.rejects(entra.verifyAccessToken(body.access_token, { audience: AUDIENCES.botConnector }));
    });

    it('works once', async () => {
      const value = await code();
      assert.equal((await redeem(value)).status, 200);
      const again = await redeem(value);
      assert.equal(again.body.error, 'invalid_grant');
      assert.deepEqual(again.body.error_codes, [54005]);
    });

    it('works for ten minutes, with the right verifier, address and client only', async () => {
      const value = await code();
      assert.deepEqual((await redeem(value, { code_verifier: 'w'.repeat(64) })).body.error_codes, [50148]);
      assert.deepEqual((await redeem(value, { code_verifier: '' })).body.error_codes, [50148]);
      assert.deepEqual(
        (await redeem(value, { redirect_uri: 'http://localhost:1/auth/callback' })).body.error_codes,
        [500112],
      );
      const stolen = await redeem(value, { client_id: BOT.clientId, client_secret: BOT.clientSecret });
      assert.deepEqual(stolen.body.error_codes, [70000]);
      assert.deepEqual((await redeem('1.nonsense')).body.error_codes, [70000]);
      clock.advance(10 * MINUTE_MS - 1);
      assert.equal((await redeem(value)).status, 200);
      const late = await code();
      clock.advance(10 * MINUTE_MS);
      assert.deepEqual((await redeem(late)).body.error_codes, [70008]);
    });

    it('dies when the sessions are revoked before it is used', async () => {
      const value = await code();
      entra.revokeSessions(ADA.oid);
      assert.deepEqual((await redeem(value)).body.error_codes, [50173]);
    });
  });

  describe('refresh token', () => {
    it('rotates, and the old one stays valid for 90 days', async () => {
      const first = (await redeem(await code())).body;
      const second = (await refresh(first.refresh_token)).body;
      assert.ok(second.refresh_token && second.refresh_token !== first.refresh_token);
      clock.advance(89 * DAY_MS);
      assert.equal((await refresh(first.refresh_token)).status, 200);
      const renewed = (await refresh(second.refresh_token)).body;
      clock.advance(DAY_MS);
      const dead = await refresh(first.refresh_token);
      assert.deepEqual(dead.body.error_codes, [700082]);
      assert.equal(dead.body.suberror, 'bad_token');
      assert.equal((await refresh(renewed.refresh_token)).status, 200);
    });

    it('belongs to one app, and is not given without offline_access', async () => {
      const { body } = await redeem(await code());
      const fields = { grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' };
      const other = await token({ ...fields, client_id: BOT.clientId, client_secret: BOT.clientSecret });
      assert.deepEqual(other.body.error_codes, [70000]);
      const without = await redeem(await code({ scope: 'openid Calendars.Read' }));
      assert.equal(without.body.refresh_token, undefined);
    });

    it('never covers more than what was consented to, and covers all of that', async () => {
      const { body } = await redeem(await code());
      const more = await token({
        grant_type: 'refresh_token',
        refresh_token: body.refresh_token ?? '',
        scope: 'Mail.Send',
      });
      assert.deepEqual(more.body.error_codes, [65001]);
      assert.equal(more.body.suberror, 'consent_required');
      await redeem(await code({ scope: 'openid offline_access https://graph.microsoft.com/Mail.Send' }));
      const all = await token({
        grant_type: 'refresh_token',
        refresh_token: body.refresh_token ?? '',
        scope: 'https://graph.microsoft.com/.default',
      });
      assert.equal(decodeJwt(all.body.access_token).scp, 'Calendars.Read Mail.Send');
      assert.equal(
        all.body.scope,
        'https://graph.microsoft.com/.default https://graph.microsoft.com/Calendars.Read https://graph.microsoft.com/Mail.Send',
      );
    });
  });

  describe('client credentials', () => {
    const fields = { grant_type: 'client_credentials', scope: 'https://graph.microsoft.com/.default' };

    it('takes the secret from the body or from basic, and answers without scope', async () => {
      const posted = await token(fields);
      assert.deepEqual(Object.keys(posted.body).sort(), ['access_token', 'expires_in', 'ext_expires_in', 'token_type']);
      const secret = encodeURIComponent(APP.clientSecret);
      assert.equal((await token(fields, { basic: `${APP.clientId}:${secret}` })).status, 200);
    });

    it('serves the bot, in its tenant or in botframework.com', async () => {
      const bot = { client_id: BOT.clientId, client_secret: BOT.clientSecret };
      const scope = 'https://api.botframework.com/.default';
      for (const tenant of ['botframework.com', TENANT, 'sandbox.example']) {
        const { body } = await token({ ...fields, ...bot, scope }, { tenant });
        const claims = await entra.verifyAccessToken(body.access_token, { audience: AUDIENCES.botConnector });
        assert.equal(claims.appid, BOT.clientId);
        assert.equal(claims.roles, undefined);
        assert.equal(claims.iss, `https://sts.windows.net/${claims.tid}/`);
      }
    });

    it('refuses wrong secrets, apps, tenants, scopes and grants with the documented codes', async () => {
      const wrong: [Record<string, string>, string, number, number][] = [
        [{ client_secret: 'x' }, TENANT, 401, 7000215],
        [{ client_secret: '' }, TENANT, 401, 7000218],
        [{ client_id: 'x' }, TENANT, 400, 700016],
        [{}, 'nowhere.example', 400, 90002],
        [{}, 'common', 400, 50059],
        [{ scope: 'https://graph.microsoft.com/Calendars.Read' }, TENANT, 400, 1002012],
        [{ grant_type: 'password' }, TENANT, 400, 70003],
      ];
      for (const [changes, tenant, status, number] of wrong) {
        const answer = await token({ ...fields, ...changes }, { tenant });
        assert.equal(answer.status, status);
        assert.deepEqual(answer.body.error_codes, [number]);
      }
    });
  });

  it('words errors exactly as Entra does', async () => {
    const { body } = await refresh('nonsense');
    assert.deepEqual(Object.keys(body), [
      'error',
      'error_description',
      'error_codes',
      'timestamp',
      'trace_id',
      'correlation_id',
      'error_uri',
    ]);
    assert.equal(body.timestamp, '2026-11-23 08:00:00Z');
    assert.equal(
      body.error_description,
      `AADSTS70000: The provided value for the input parameter 'refresh_token' is not valid.\r\n` +
        `Trace ID: ${body.trace_id}\r\nCorrelation ID: ${body.correlation_id}\r\nTimestamp: 2026-11-23 08:00:00Z`,
    );
  });

  it('obeys the fault switches', async () => {
    const { body } = await redeem(await code());
    const cases = [
      ['entra.invalidGrant', 400, 'invalid_grant', 'bad_token'],
      ['entra.consentRequired', 400, 'invalid_grant', 'consent_required'],
      ['entra.serverError', 503, 'temporarily_unavailable', undefined],
    ] as const;
    for (const [fault, status, error, suberror] of cases) {
      world.faults.set(fault, 1);
      const answer = await refresh(body.refresh_token);
      assert.deepEqual([answer.status, answer.body.error, answer.body.suberror], [status, error, suberror]);
      world.faults.delete(fault);
    }
    assert.equal((await refresh(body.refresh_token)).status, 200);
  });

  it('finds yesterday’s sign-ins, consents, revocations and keys after a new start', async () => {
    const stateFile = join(directory, 'state.json');
    entra = createEntra({ world, origins, stateFile });
    const ada = (await redeem(await code())).body;
    const bo = (await redeem(await code({}, BO.upn))).body;
    entra.revokeSessions(BO.oid);
    const next = createEntra({ world, origins, stateFile });
    assert.equal((await refresh(ada.refresh_token, next)).status, 200);
    assert.deepEqual((await refresh(bo.refresh_token, next)).body.error_codes, [50173]);
    await next.verifyAccessToken(ada.access_token);
    assert.equal((await stat(stateFile)).mode & 0o077, 0);
    assert.ok(!(await readFile(stateFile, 'utf8')).includes(ada.refresh_token ?? ''));
    await writeFile(stateFile, '{"version":1,');
    const anew = createEntra({ world, origins, stateFile });
    assert.deepEqual((await refresh(ada.refresh_token, anew)).body.error_codes, [70000]);
    assert.equal(await readFile(`${stateFile}.damaged`, 'utf8'), '{"version":1,');
  });

  it('verifies tokens of the former key after a rotation, and no expired or foreign ones', async () => {
    const { token: first } = await entra.mintForTests.userToken({
      oid: ADA.oid,
      clientId: APP.clientId,
      scopes: ['Calendars.Read'],
    });
    entra.rotateSigningKey();
    await entra.verifyAccessToken(first);
    clock.advance(91 * MINUTE_MS);
    await assert.rejects(entra.verifyAccessToken(first), /exp/);
    const other = createEntra({ world, origins });
    const foreign = await other.mintForTests.userToken({ oid: ADA.oid, clientId: APP.clientId, scopes: ['User.Read'] });
    await assert.rejects(entra.verifyAccessToken(foreign.token), /unknown signing key/);
  });
});
