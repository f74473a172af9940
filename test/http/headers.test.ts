/** What every answer carries, on the product's real server with all its routes. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { after, before, describe, it } from 'mocha';
import type { Server } from 'restify';
import { mountAbout } from '../../src/http/about.ts';
import { mountHealth } from '../../src/http/health.ts';
import { createRates } from '../../src/http/limits.ts';
import { closeServer, createServer, listen } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { startProduct, type TestPerson, type TestProduct, urlOf } from '../support/product.ts';

const WANTED: Record<string, RegExp> = {
  'x-content-type-options': /^nosniff$/,
  'referrer-policy': /^no-referrer$/,
  'cache-control': /^no-store$/,
  'content-security-policy': /^default-src 'none'; .*frame-ancestors 'none'; base-uri 'none'$/,
  'permissions-policy': /camera=\(\)/,
  'cross-origin-opener-policy': /^same-origin$/,
  'cross-origin-resource-policy': /^same-origin$/,
};

const ACTIVITY = JSON.stringify({
  type: 'message',
  id: '1',
  channelId: 'msteams',
  serviceUrl: 'https://smba.trafficmanager.net/emea/',
  from: { id: '29:x', aadObjectId: '7e570000-0000-4000-8000-000000000009' },
  recipient: { id: '28:x' },
  conversation: { id: 'a:x', tenantId: '7e570000-0000-4000-8000-000000000001' },
  text: 'help',
});

function assertSafe(headers: Headers, what: string): void {
  for (const [name, pattern] of Object.entries(WANTED))
    assert.match(headers.get(name) ?? '', pattern, `${what}: ${name}`);
  assert.equal(headers.get('server'), null, what);
  assert.equal(headers.get('x-powered-by'), null, what);
  assert.doesNotMatch(headers.get('content-security-policy') ?? '', /unsafe|\*|https?:/, what);
}

describe('every answer', () => {
  let product: TestProduct;
  let ada: TestPerson;
  before(async () => {
    product = await startProduct({
      env: { SMS_EVENTS_KEY: 'key-of-the-operator', ACS_CONNECTION_STRING: ACS, SMS_FROM: '12345' },
    });
    ada = product.addPerson('Ada Stern');
  });
  after(async () => product?.stop());
  const ACS = 'endpoint=https://x.example;accesskey=abcd';

  const ask = async (method: string, path: string, body?: string, headers: Record<string, string> = {}) =>
    fetch(`${product.origin}${path}`, { method, body, headers, redirect: 'manual' });

  const routes: [string, string, number, string?][] = [
    ['GET', '/', 200],
    ['GET', '/privacy', 200],
    ['GET', '/terms/', 200],
    ['GET', '/healthz', 200],
    ['GET', '/readyz', 200],
    ['GET', '/auth/start', 400],
    ['GET', '/auth/callback', 400],
    ['GET', '/ways/stop', 200],
    ['POST', '/ways/stop', 200],
    ['POST', '/ways/stop', 413, 'x'.repeat(70_000)],
    ['POST', '/ways/sms/acs?key=wrong', 401, '[]'],
    ['POST', '/ways/sms/acs?key=key-of-the-operator', 400, 'x'],
    ['POST', '/ways/sms/acs', 401, 'x'.repeat(1_100_000)],
    ['POST', '/ways/sms/twilio', 404, 'x'],
    ['POST', '/api/messages', 400, 'x'],
    ['POST', '/api/messages', 413, 'x'.repeat(300_000)],
    ['POST', '/api/messages', 401, ACTIVITY],
    ['POST', '/api/messages', 400, '{"type":"message"}'],
    ['POST', '/api/notifications', 202, '{"value":[]}'],
    ['POST', '/api/notifications', 400, 'x'],
    ['POST', '/api/notifications', 413, 'x'.repeat(1_100_000)],
    ['POST', '/api/notifications?validationToken=abc', 200],
    ['POST', '/api/notifications?validationToken=%3Cb%3E', 400],
    ['POST', '/api/lifecycle', 202, '{"value":[]}'],
    ['GET', '/nothing', 404],
    ['GET', '/%E0%A4%A', 404],
    ['DELETE', '/', 405],
    ['GET', '/api/messages', 405],
    ['OPTIONS', '/api/messages', 405],
    ['HEAD', '/nothing', 404],
    ['GET', `/?${'x'.repeat(11_000)}`, 414],
  ];
  for (const [method, path, status, body] of routes)
    it(`${method} ${path.slice(0, 60)} (${status}) carries them`, async () => {
      const answer = await ask(method, path, body);
      assert.equal(answer.status, status);
      assertSafe(answer.headers, path);
      await answer.arrayBuffer();
    });

  it('that sends elsewhere carries them', async () => {
    await product.say(ada, 'watch on');
    const link = urlOf(await product.hear(ada, /Let me see your calendar/), 'Sign in');
    const answer = await fetch(link, { redirect: 'manual' });
    assert.equal(answer.status, 302);
    assertSafe(answer.headers, link);
  });

  it('to who talks no HTTP carries them', async () => {
    const url = new URL(product.origin);
    const text = await new Promise<string>((resolve) => {
      let said = '';
      const socket = connect(Number(url.port), '127.0.0.1', () => socket.write('hello\r\n\r\n'));
      socket.on('data', (chunk: Buffer) => {
        said += chunk.toString('latin1');
      });
      socket.on('close', () => resolve(said));
    });
    const headers = new Headers(
      text
        .split('\r\n')
        .slice(1)
        .filter((line) => line.includes(': '))
        .map((line) => line.split(': ', 2) as [string, string]),
    );
    assertSafe(headers, 'a broken request');
  });

  it('about nothing is the same, whatever was asked for and however', async () => {
    const answers = await Promise.all(
      [
        ask('GET', '/nothing'),
        ask('GET', '/nothing', undefined, { Accept: 'text/html' }),
        ask('GET', '/<script>', undefined, { Accept: 'application/javascript' }),
        ask('POST', '/auth', '{}'),
        ask('DELETE', '/api/notifications'),
        ask('PUT', '/healthz', 'x'),
        ask('GET', '/__proto__'),
      ].map(async (one) => (await one).text()),
    );
    assert.deepEqual([...new Set(answers)], ['{"error":{"code":"NoSuchRoute","message":"there is nothing here"}}']);
  });

  it('to a stranger who posts activities says nothing of why', async () => {
    for (const Authorization of ['', 'Bearer x', 'Bearer a.b.c', 'Basic eDp5']) {
      const answer = await ask('POST', '/api/messages', ACTIVITY, { Authorization });
      assert.deepEqual([answer.status, await answer.text()], [401, ''], Authorization);
    }
  });

  it('that is a page lets in its own style and nothing else', async () => {
    const answer = await ask('GET', '/privacy');
    const style = /<style>([\s\S]*)<\/style>/.exec(await answer.text())?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.ok(style.length > 100 && policy.includes(`style-src 'sha256-${hash}';`), policy);
    assert.match(policy, /form-action 'self'/);
  });
});

describe('a server by itself', () => {
  const servers: Server[] = [];
  const serve = async (options: Parameters<typeof createServer>[0], isReady = async () => true) => {
    const server = createServer(options);
    mountAbout(server);
    mountHealth(server, { isReady, log: createLog('silent') });
    servers.push(server);
    return `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
  };
  after(async () => {
    await Promise.all(servers.map((one) => closeServer(one, 0)));
  });

  it('tells browsers to come back by https, when that is how they come', async () => {
    const header = async (isHttps: boolean) =>
      (await fetch(`${await serve({ isHttps })}/`)).headers.get('strict-transport-security');
    assert.equal(await header(false), null);
    assert.equal(await header(true), 'max-age=31536000');
  });

  it('asks who comes too often to wait: a page for people, a line for programs', async () => {
    let now = 0;
    const rates = createRates({ clock: { now: () => now }, requestsPerMinute: 10, proxies: { hops: 0 } });
    const origin = await serve({ rates });
    for (let count = 0; count < 10; count += 1) assert.equal((await fetch(`${origin}/privacy`)).status, 200);
    const page = await fetch(`${origin}/privacy`);
    assert.deepEqual([page.status, page.headers.get('retry-after')], [429, '6']);
    assert.match(await page.text(), /try again in a minute/);
    assertSafe(page.headers, 'a page that asks to wait');
    const line = await fetch(`${origin}/nothing`, { method: 'POST' });
    assert.deepEqual([line.status, line.headers.get('content-type')], [429, 'application/json; charset=utf-8']);
    assertSafe(line.headers, 'a line that asks to wait');
    assert.equal((await fetch(`${origin}/healthz`)).status, 200);
    now += 6_000;
    assert.equal((await fetch(`${origin}/privacy`)).status, 200);
  });

  it('asks the database once for all who ask at the same time whether it is ready', async () => {
    let asked = 0;
    let answer = (_ready: boolean) => {};
    const isReady = () => {
      asked += 1;
      return new Promise<boolean>((resolve) => {
        answer = resolve;
      });
    };
    const origin = await serve({}, isReady);
    const asking = Array.from({ length: 20 }, () => fetch(`${origin}/readyz`));
    // Answered after all of them have come in: one more that comes last has its answer from another route.
    await Promise.all(Array.from({ length: 20 }, () => fetch(`${origin}/healthz`)));
    answer(false);
    const statuses = await Promise.all(asking.map(async (one) => [(await one).status, await (await one).text()]));
    assert.deepEqual([...new Set(statuses.map(String))], ['503,{"status":"not ready"}']);
    assert.equal(asked, 1);
  });
});
