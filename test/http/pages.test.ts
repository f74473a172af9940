import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { startProduct, type TestPerson, type TestProduct, urlOf } from '../support/product.ts';

const EVIL = '"><script>alert(document.domain)</script><img src=x onerror=alert(1)>';

describe('pages and small routes', () => {
  let product: TestProduct;
  let ada: TestPerson;

  before(async () => {
    product = await startProduct();
    ada = product.addPerson('Ada Stern');
  });
  after(async () => product?.stop());

  const get = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const response = await fetch(`${product.origin}${path}`, { method, headers, redirect: 'manual' });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  /** A link as the sign-in card carries it. */
  const link = async (): Promise<URL> => {
    await product.say(ada, 'watch on');
    return new URL(urlOf(await product.hear(ada, /Let me see your calendar/), 'Sign in'));
  };
  const pathOf = (url: URL) => `${url.pathname}${url.search}`;
  const assertSafePage = (page: { headers: Headers; text: string }) => {
    assert.match(page.headers.get('content-type') ?? '', /^text\/html; charset=utf-8/);
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.match(policy, /base-uri 'none'/);
    assert.doesNotMatch(policy, /script-src/);
    assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(page.headers.get('referrer-policy'), 'no-referrer');
    assert.equal(page.headers.get('cache-control'), 'no-store');
    assert.doesNotMatch(page.text, /<script|onerror|<img/i);
  };

  it('say that the process runs and is ready', async () => {
    for (const path of ['/healthz', '/readyz']) assert.equal((await get(path)).status, 200, path);
  });

  for (const path of ['/', '/privacy', '/terms'])
    it(`${path} is a page that lets nothing in`, async () => {
      const page = await get(`${path}?x=${encodeURIComponent(EVIL)}`);
      assert.equal(page.status, 200);
      assertSafePage(page);
    });

  it('are not found under other names, and reflect no markup', async () => {
    const asHtml = { Accept: 'text/html' };
    const paths = [
      '/nothing',
      '/auth',
      '/api',
      '/../etc/passwd',
      '/%2e%2e/x',
      `/${encodeURIComponent(EVIL)}`,
      '/__proto__',
    ];
    for (const path of paths)
      for (const headers of [{}, asHtml, { Accept: 'application/javascript' }]) {
        const answer = await get(`${path}?callback=alert`, headers);
        assert.ok([404, 406].includes(answer.status), `${path}: ${answer.status}`);
        assert.doesNotMatch(answer.headers.get('content-type') ?? '', /html/);
        assert.doesNotMatch(answer.text, /<script|^alert\(/);
      }
  });

  it('survive a path that can’t be decoded', async () => {
    const answer = await get('/%E0%A4%A');
    assert.ok([400, 404].includes(answer.status), String(answer.status));
    assert.equal((await get('/healthz')).status, 200);
  });

  const wrong: [string, string][] = [
    ['GET', '/api/messages'],
    ['GET', '/api/notifications'],
    ['PUT', '/api/lifecycle'],
    ['DELETE', '/api/notifications'],
    ['POST', '/healthz'],
    ['POST', '/auth/callback'],
    ['POST', '/'],
  ];
  for (const [method, path] of wrong)
    it(`${method} ${path} is answered 405`, async () => {
      assert.equal((await get(path, {}, method)).status, 405);
    });

  describe('/auth/start', () => {
    const garbage = [
      '',
      'state=',
      'state=x',
      `state=${encodeURIComponent(EVIL)}`,
      `state=${'-'.repeat(36)}.${'x'.repeat(43)}`,
      `state=${'a'.repeat(36)}.${'x'.repeat(43)}`,
      `state=7e570000-0000-4000-8000-000000000001.${'x'.repeat(42)}`,
      `state=7e570000-0000-4000-8000-000000000001.${'x'.repeat(44)}`,
      `state=${'x'.repeat(9_000)}`,
      'state=%00',
      'state=%E0%A4%A',
      'state[]=x',
      'x=1&state=a&state=b',
    ];
    for (const query of garbage)
      it(`${JSON.stringify(query.slice(0, 60))}: a page says that the link is not ours`, async () => {
        const page = await get(`/auth/start?${query}`);
        assert.equal(page.status, 400);
        assert.match(page.text, /not one of mine/);
        assertSafePage(page);
      });

    it('with the state of nobody says that the link is used or too old', async () => {
      const page = await get(`/auth/start?state=${ada.person.tenantId}.${'x'.repeat(43)}`);
      assert.equal(page.status, 400);
      assert.match(page.text, /used or is too old/);
      assertSafePage(page);
    });

    it('with another tenant in front of a good secret finds nothing', async () => {
      const url = await link();
      const state = url.searchParams.get('state') ?? '';
      const foreign = state.replace(ada.person.tenantId, '99999999-9999-4999-8999-999999999999');
      assert.notEqual(foreign, state);
      assert.equal((await get(`/auth/start?state=${foreign}`)).status, 400);
      assert.equal((await get(pathOf(url))).status, 302, 'the link itself still works');
    });

    it('sends the browser to Entra with PKCE, and is not kept by anybody', async () => {
      const answer = await get(pathOf(await link()));
      assert.equal(answer.status, 302);
      const target = new URL(answer.headers.get('location') ?? '');
      assert.equal(target.origin, product.sandbox.urls.account);
      assert.equal(target.searchParams.get('code_challenge_method'), 'S256');
      assert.equal(target.searchParams.get('redirect_uri'), `${product.origin}/auth/callback`);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
    });

    it('does not use the link up: a preview of it does no harm', async () => {
      const url = await link();
      for (let time = 0; time < 3; time += 1) assert.equal((await get(pathOf(url))).status, 302);
    });

    it('works ten minutes, not longer', async () => {
      const url = await link();
      await product.peek(`update cw.sign_in set expires_at = now() - interval '1 second'`);
      const page = await get(pathOf(url));
      assert.equal(page.status, 400);
      assert.match(page.text, /used or is too old/);
    });
  });

  describe('/auth/callback', () => {
    it('shows nothing of what is in its query', async () => {
      const evil = encodeURIComponent(EVIL);
      const state = (await link()).searchParams.get('state') ?? '';
      const queries = [
        `error=${evil}&error_description=${evil}&state=${state}`,
        `code=${evil}&state=${evil}`,
        `code=x&state=${ada.person.tenantId}.${'x'.repeat(43)}`,
        `error=access_denied&error_description=${evil}`,
        '',
      ];
      for (const query of queries) {
        const page = await get(`/auth/callback?${query}`);
        assert.equal(page.status, 400, query);
        assert.match(page.text, /Not connected|This link doesn’t work any more/);
        assertSafePage(page);
      }
    });

    it('says of a permission that was not given that everything else goes on', async () => {
      const ways: [what: string, (state: string) => string, RegExp][] = [
        [
          'refused',
          (state) => `error=access_denied&error_subcode=cancel&state=${state}`,
          /The permission was not given/,
        ],
        ['no code of Entra’s', (state) => `code=guessed&state=${state}`, /The permission was not given/],
      ];
      for (const [what, query, words] of ways) {
        const url = await link();
        await product.peek(`update cw.sign_in set scopes = '{Mail.Send}'`);
        const page = await get(`/auth/callback?${query(url.searchParams.get('state') ?? '')}`);
        assert.equal(page.status, 400, what);
        assert.match(page.text, /Permission not given/, what);
        assert.match(page.text, words, what);
        assert.match(page.text, /Everything else goes on as before/, what);
        assert.doesNotMatch(page.text, /Not connected|nothing was connected|watch on/, what);
        assertSafePage(page);
      }
    });

    it('with a code that Entra did not give uses the link up and connects nothing', async () => {
      const url = await link();
      const page = await get(`/auth/callback?code=guessed&state=${url.searchParams.get('state')}`);
      assert.equal(page.status, 400);
      assert.match(page.text, /Microsoft did not complete the sign-in/);
      assert.equal((await get(pathOf(url))).status, 400);
      assert.deepEqual(await product.peek('select 1 from cw.token_cache'), []);
    });

    it('with a good code but another state connects nothing', async () => {
      const first = await get(pathOf(await link()));
      const back = new URL(await product.sandbox.entra.signIn(first.headers.get('location') ?? '', ada.person.upn));
      const newer = (await link()).searchParams.get('state') ?? '';
      back.searchParams.set('state', newer);
      const page = await get(pathOf(back));
      assert.equal(page.status, 400, 'the code was asked for with another PKCE challenge');
      assert.deepEqual(await product.peek('select 1 from cw.token_cache'), []);
    });
  });
});
