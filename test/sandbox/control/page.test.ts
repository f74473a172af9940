import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { FAULTS, UNVERIFIED_NAMES } from '../../../sandbox/control/catalogue.ts';
import { PERSON_ACTION_NAMES } from '../../../sandbox/control/people.ts';
import { type Sandbox, startSandbox } from '../../../sandbox/sandbox.ts';
import { seedWorld } from '../../../sandbox/seed.ts';
import { controlled, HOST } from './harness.ts';

describe('sandbox control: other web sites', () => {
  const writes = ['PUT faults/notify.drop', 'POST faults/off', 'POST clock/advance'];

  it('reach nothing under another host name', async () => {
    const { handler } = controlled();
    for (const path of ['/control', '/control/api/faults', '/control/api/journal']) {
      const request = {
        method: 'GET',
        path,
        query: new URLSearchParams(),
        headers: { host: 'evil.example' },
        body: '',
      };
      assert.equal((await handler(request)).status, 421, path);
    }
  });

  it('cannot change anything: the origin must be the page itself, and the type JSON', async () => {
    const c = controlled();
    for (const write of writes) {
      const [method = '', path = ''] = write.split(' ');
      for (const origin of ['https://evil.example', 'http://localhost:7001', 'null', ''])
        assert.equal((await c.send(method, path, { rate: 1 }, { origin })).status, 403, `${write} ${origin}`);
      const plain = { 'content-type': 'text/plain' };
      assert.equal((await c.send(method, path, { rate: 1 }, plain)).status, 415, write);
    }
    assert.equal(c.world.faults.size, 0);
  });

  it('answers 404 for other addresses and methods, 400 for broken JSON and paths', async () => {
    const c = controlled();
    for (const path of ['', 'nothing', 'faults/notify.drop', 'people/x']) assert.equal((await c.get(path)).status, 404);
    assert.equal((await c.send('POST', 'people/%E0%A4%A/disable')).status, 400);
    const headers = { host: HOST, origin: `http://${HOST}`, 'content-type': 'application/json' };
    const request = { method: 'PUT', path: '/control/api/faults/notify.drop', query: new URLSearchParams(), headers };
    const answer = await c.handler({ ...request, body: '{' });
    assert.equal(answer.status, 400);
    assert.match((answer.body as { error: string }).error, /JSON/);
  });
});

describe('sandbox control: under the calendar’s origin', () => {
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await startSandbox({ directory: process.env.TEST_SANDBOX_DIR, seed: (world) => void seedWorld(world) });
  });
  after(() => sandbox?.stop());

  it('serves the page and every file that it names, under a policy that allows nothing from outside', async () => {
    const page = await fetch(`${sandbox.urls.calendar}/control`);
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|data:/);
    const seen = new Set<string>();
    const visit = async (path: string): Promise<void> => {
      if (seen.has(path)) return;
      seen.add(path);
      const answer = await fetch(`${sandbox.urls.calendar}${path}`);
      assert.equal(answer.status, 200, path);
      const text = await answer.text();
      for (const [, name = ''] of text.matchAll(/(?:from '|href="|src="|url\(")(\.?\/[a-z/-]+\.[a-z]+)/g))
        await visit(new URL(name, `http://x${path}`).pathname);
    };
    await visit('/control/');
    await visit('/control/control.js');
    for (const file of ['/control/journal.js', '/control/truth.js', '/control/control.css', '/styles.css', '/dom.js'])
      assert.ok(seen.has(file), `${file} in ${[...seen].join(' ')}`);
  });

  it('leaves the calendar where it was, with a link', async () => {
    const calendar = await (await fetch(sandbox.urls.calendar)).text();
    assert.match(calendar, /id="week"/);
    assert.match(calendar, /href="\/control"/);
    assert.equal((await fetch(`${sandbox.urls.calendar}/controlled`)).status, 404);
    assert.equal((await fetch(`${sandbox.urls.calendar}/control/../seed.ts`)).status, 404);
    assert.equal((await fetch(`${sandbox.urls.calendar}/control/toString`)).status, 404);
  });

  it('takes orders over HTTP', async () => {
    const headers = { origin: sandbox.urls.calendar, 'content-type': 'application/json' };
    const answer = await fetch(`${sandbox.urls.calendar}/control/api/faults/notify.drop`, {
      method: 'PUT',
      headers,
      body: JSON.stringify({ rate: 0.5 }),
    });
    assert.equal(answer.status, 200);
    assert.equal(sandbox.world.faults.get('notify.drop'), 0.5);
  });
});

describe('sandbox/README.md', () => {
  it('names every fault with what happens and the opportunity, every switch and every action', async () => {
    const text = await readFile(join(import.meta.dirname, '../../../sandbox/README.md'), 'utf8');
    for (const [name, { what, per }] of Object.entries(FAULTS))
      assert.ok(text.includes(`| \`${name}\` | ${what} | ${per} |`), `| \`${name}\` | ${what} | ${per} |`);
    for (const name of [...UNVERIFIED_NAMES, ...PERSON_ACTION_NAMES]) assert.ok(text.includes(`\`${name}\``), name);
  });
});
