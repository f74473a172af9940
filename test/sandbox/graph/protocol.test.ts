import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import type { FaultName } from '../../../sandbox/world.ts';
import { APP, BEN, CARA, created, eventPath, fixture, type Json, meeting, NOW, settle, TENANT } from './setup.ts';

const event = () => meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00');
const WINDOW = 'startDateTime=2026-12-01&endDateTime=2026-12-31';

describe('sandbox graph: permissions', () => {
  it('answers 401 without a token, with a bad one and with an expired one', async () => {
    const f = fixture();
    for (const headers of [{ authorization: '' }, { authorization: 'Bearer nonsense' }]) {
      const { status, json, headers: sent } = await f.call('GET', '/me', { headers });
      assert.equal(status, 401);
      assert.equal(json.error.code, 'InvalidAuthenticationToken');
      assert.ok(sent?.['request-id']);
    }
    const expired = await f.call('GET', '/me', { expiresInMs: -1 });
    assert.equal(expired.status, 401);
    assert.match(expired.json.error.message, /expired/);
  });

  it('asks for the scope or role of each operation', async () => {
    const f = fixture();
    const made = await created(f, { ...event(), body: { contentType: 'text', content: 'Secret plan' } });
    const path = eventPath(made.id);
    const body = { subject: 'B' };
    for (const [method, url, scopes, status] of [
      ['GET', path, 'Calendars.Read', 200],
      ['GET', path, 'Calendars.ReadBasic', 200],
      ['GET', path, 'User.Read', 403],
      ['PATCH', path, 'Calendars.Read', 403],
      ['POST', '/me/events', 'Calendars.Read', 403],
      ['POST', `${path}/accept`, 'Calendars.Read', 403],
      ['DELETE', path, 'Calendars.Read', 403],
      ['GET', `/me/calendarView/delta?${WINDOW}`, 'Calendars.ReadBasic', 403],
      ['GET', '/me/calendars', 'User.Read', 403],
      ['GET', '/me', 'Calendars.Read', 403],
      ['GET', '/me/mailboxSettings', 'Calendars.Read', 403],
      ['GET', '/subscriptions', 'User.Read', 403],
    ] as const) {
      const answer = await f.call(method, url, { scopes, body: method === 'GET' ? undefined : body });
      assert.equal(answer.status, status, `${method} ${url} with ${scopes}`);
      if (status === 403) assert.equal(answer.json.error.code, 'ErrorAccessDenied');
    }
    const basic = await f.call('GET', path, { scopes: 'Calendars.ReadBasic' });
    assert.equal(basic.json.body, undefined);
    assert.equal(basic.json.subject, 'Planning');
    const patched = await f.call('PATCH', '/me/mailboxSettings', {
      scopes: 'MailboxSettings.ReadWrite',
      body: { timeZone: 'UTC' },
    });
    assert.equal(patched.json.timeZone, 'UTC');
  });

  it('keeps people out of each other’s mailboxes, and apps within their scope', async () => {
    const f = fixture();
    const url = `/users/ben.carter@contoso.example/calendarView?${WINDOW}`;
    assert.equal((await f.call('GET', url)).json.error.code, 'ErrorAccessDenied');
    const shared = await f.call('GET', url, { scopes: 'Calendars.Read Calendars.Read.Shared' });
    assert.equal(shared.status, 403);
    const app = { as: null, roles: ['Calendars.Read'] };
    assert.equal((await f.call('GET', url, app)).status, 200);
    f.graph.control.confineApp(APP, [CARA]);
    assert.equal((await f.call('GET', url, app)).status, 403);
    assert.equal((await f.call('GET', `/users/${CARA}/events`, app)).status, 200);
    const me = await f.call('GET', '/me/events', app);
    assert.equal(me.status, 400);
    assert.match(me.json.error.message, /delegated authentication flow/);
    assert.equal(
      (await f.call('GET', '/users/nobody@contoso.example/events', app)).json.error.code,
      'Request_ResourceNotFound',
    );
  });

  it('answers 404 for a disabled account and for one without a mailbox', async () => {
    const f = fixture();
    const ben = f.world.people.get(BEN);
    assert.ok(ben);
    for (const state of [{ enabled: false }, { enabled: true, hasMailbox: false }]) {
      Object.assign(ben, state);
      const { status, json } = await f.call('GET', '/me/events', { as: BEN });
      assert.equal(status, 404);
      assert.equal(json.error.code, 'MailboxNotEnabledForRESTAPI');
    }
  });
});

describe('sandbox graph: throttling and faults', () => {
  it('refuses a fifth request at once on a mailbox, and counts it', async () => {
    const f = fixture({ latencyMs: 100 });
    const calls = Array.from({ length: 6 }, () => f.call('GET', '/me/events'));
    const other = f.call('GET', '/me/events', { as: BEN });
    await settle();
    await f.pass(200);
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    assert.deepEqual(statuses, [200, 200, 200, 200, 429, 429]);
    const { json } = (await Promise.all(calls))[5] ?? {};
    assert.equal(json.error.code, 'ApplicationThrottled');
    assert.match(json.error.message, /MailboxConcurrency/);
    assert.equal((await other).status, 200);
    assert.equal(f.graph.control.breaches.moreThanFourAtOnce, 2);
    const later = f.call('GET', '/me/events');
    await settle();
    await f.pass(200);
    assert.equal((await later).status, 200);
  });

  it('counts a call before Retry-After has passed', async () => {
    const f = fixture();
    f.world.faults.set('graph.throttle', 1);
    const first = await f.call('GET', '/me/events');
    assert.equal(first.status, 429);
    const seconds = Number(first.headers?.['retry-after']);
    f.world.faults.clear();
    assert.equal((await f.call('GET', '/me/events')).status, 429);
    assert.equal(f.graph.control.breaches.calledBeforeRetryAfter, 0, 'was on its way');
    await f.pass(500);
    assert.equal((await f.call('GET', '/me/events')).status, 429);
    assert.equal(f.graph.control.breaches.calledBeforeRetryAfter, 1);
    await f.pass(seconds * 1000);
    assert.equal((await f.call('GET', '/me/events')).status, 200);
    assert.equal(f.graph.control.breaches.calledBeforeRetryAfter, 1);
  });

  it('limits a mailbox to 10,000 requests in 10 minutes', async () => {
    const f = fixture();
    for (let index = 0; index < 10_000; index++) await f.call('GET', '/me');
    const { status, headers } = await f.call('GET', '/me');
    assert.equal(status, 429);
    assert.ok(Number(headers?.['retry-after']) > 0);
  }).timeout(20_000);

  it('fails as the world says', async () => {
    const f = fixture();
    for (const [fault, status] of [
      ['graph.throttleWithoutRetryAfter', 429],
      ['graph.unavailable', 503],
      ['graph.gatewayTimeout', 504],
    ] satisfies [FaultName, number][]) {
      f.world.faults.clear();
      f.world.faults.set(fault, 1);
      const answer = await f.call('GET', '/me/events');
      assert.equal(answer.status, status);
      assert.equal(answer.headers?.['retry-after'], undefined);
    }
  });

  it('may have done the work behind a gateway timeout', async () => {
    const f = fixture();
    f.world.faults.set('graph.gatewayTimeout', 1);
    for (let index = 0; index < 20; index++) await f.call('POST', '/me/events', { body: event() });
    f.world.faults.clear();
    const { json } = await f.call('GET', '/me/events?$count=true');
    assert.ok(json['@odata.count'] > 0 && json['@odata.count'] < 20);
  });

  it('journals every request', async () => {
    const f = fixture();
    await f.call('GET', '/me/calendars');
    const entry = f.world.journal.entries.at(-1);
    assert.equal(entry?.part, 'graph');
    assert.equal(entry?.detail.path, '/v1.0/me/calendars');
    assert.equal(entry?.detail.status, 200);
  });
});

describe('sandbox graph: batch', () => {
  it('answers each part on its own, in order of dependence', async () => {
    const f = fixture();
    const { status, json } = await f.call('POST', '/$batch', {
      body: {
        requests: [
          { id: '3', method: 'GET', url: '/me/calendars', dependsOn: ['2'] },
          {
            id: '1',
            method: 'POST',
            url: '/me/events',
            headers: { 'Content-Type': 'application/json' },
            body: event(),
          },
          { id: '2', method: 'GET', url: '/me/events/nonsense', dependsOn: ['1'] },
          { id: '4', method: 'GET', url: `me/calendarView?${WINDOW}`, dependsOn: ['1'] },
        ],
      },
    });
    assert.equal(status, 200);
    const of = (id: string) => json.responses.find((one: Json) => one.id === id);
    assert.equal(of('1').status, 201);
    assert.equal(of('2').body.error.code, 'ErrorInvalidIdMalformed');
    assert.equal(of('3').status, 424);
    assert.equal(of('4').body.value.length, 1);
  });

  it('refuses more than 20 parts, repeated ids and cycles', async () => {
    const f = fixture();
    const part = (id: string, dependsOn?: string[]) => ({ id, method: 'GET', url: '/me', dependsOn });
    const many = Array.from({ length: 21 }, (_, index) => part(String(index)));
    for (const requests of [many, [part('1'), part('1')], [part('1', ['2']), part('2', ['1'])], [part('1', ['9'])]])
      assert.equal((await f.call('POST', '/$batch', { body: { requests } })).status, 400);
    assert.equal((await f.call('POST', '/$batch', { body: { requests: many.slice(1) } })).status, 200);
  });
});

describe('sandbox graph: state file', () => {
  it('brings back calendars, subscriptions and delta links', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'graph-'));
    const stateFile = join(folder, 'state.json');
    try {
      const before = fixture({ stateFile });
      assert.equal(before.graph.restored, false);
      const made = await created(before, event());
      const first = await before.call('GET', `/me/calendarView/delta?${WINDOW}T00:00:00Z`);
      const body = {
        changeType: 'updated',
        resource: 'me/events',
        notificationUrl: 'https://bot.example/n',
        expirationDateTime: new Date(NOW + 3_600_000).toISOString(),
      };
      assert.equal((await before.call('POST', '/subscriptions', { body })).status, 201);
      await before.pass(2_000);
      assert.deepEqual(readdirSync(folder), ['state.json']);

      const after = fixture({ stateFile }, NOW + 60_000);
      assert.equal(after.graph.restored, true);
      assert.equal((await after.call('GET', eventPath(made.id))).json['@odata.etag'], made['@odata.etag']);
      assert.equal((await after.call('GET', first.json['@odata.deltaLink'])).json.value.length, 0);
      await after.call('PATCH', eventPath(made.id), { body: { subject: 'After' } });
      assert.equal((await after.call('GET', first.json['@odata.deltaLink'])).json.value[0].subject, 'After');
      await after.pass(1_000);
      assert.equal(after.notifications().length, 1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('sandbox graph: determinism and size', () => {
  it('does the same for the same seed', async () => {
    const run = async () => {
      const f = fixture({ echoes: true });
      f.world.faults.set('notify.duplicate', 0.3);
      for (let index = 0; index < 5; index++) {
        const made = await created(f, {
          ...event(),
          attendees: [{ emailAddress: { address: 'ben.carter@contoso.example' } }],
        });
        await f.call('PATCH', eventPath(made.id), { body: { subject: `S${index}` } });
      }
      await f.pass(5_000);
      return JSON.stringify(f.world.journal.entries);
    };
    assert.equal(await run(), await run());
  });

  it('carries a thousand mailboxes and edits quickly', async () => {
    const f = fixture();
    const actors = Array.from({ length: 1_000 }, (_, index) => {
      const oid = `e0000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
      const upn = `p${index}@contoso.example`;
      const place = { mailboxTimeZone: 'UTC', locale: 'en-US', kind: 'person' as const };
      f.world.people.set(oid, { tenantId: TENANT, oid, upn, displayName: `P ${index}`, ...place });
      return { tenantId: TENANT, oid };
    });
    const EACH = 10;
    const ids: string[] = [];
    for (const actor of actors)
      for (let index = 0; index < EACH; index++) ids.push(f.graph.store.create(actor, event() as never).id);
    const begun = performance.now();
    for (let index = 0; index < 1_000; index++) {
      const actor = actors[index];
      const id = ids[index * EACH];
      if (actor && id) f.graph.store.update(actor, id, { subject: `New ${index}` });
    }
    const perEditMs = (performance.now() - begun) / 1_000;
    assert.ok(perEditMs < 2, `${perEditMs} ms an edit`);
  }).timeout(60_000);
});
