import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  ANNA,
  APP,
  BEN,
  type Call,
  created,
  eventPath,
  type Fixture,
  fixture,
  HOUR,
  meeting,
  NOW,
  ROOM,
  settle,
  wellBehaved,
} from './setup.ts';

const URLS = {
  notificationUrl: 'https://bot.example/graph/notify?k=1',
  lifecycleNotificationUrl: 'https://bot.example/graph/life',
};
const iso = (at: number) => new Date(at).toISOString();

const request = (more: Record<string, unknown> = {}) => ({
  changeType: 'created,updated,deleted',
  resource: '/me/events',
  expirationDateTime: iso(NOW + 48 * HOUR),
  clientState: 'secret',
  ...URLS,
  ...more,
});

const subscribe = (f: Fixture, more: Record<string, unknown> = {}, options: Call = {}) =>
  f.call('POST', '/subscriptions', { body: request(more), ...options });

const event = () => meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00');

describe('sandbox graph: subscriptions', () => {
  it('validates both addresses within the call and answers with every property', async () => {
    const f = fixture();
    const { status, json } = await subscribe(f);
    assert.equal(status, 201, JSON.stringify(json));
    assert.equal(f.posted.length, 2);
    assert.match(f.posted[0]?.url ?? '', /notify\?k=1&validationToken=Validation%3a\+Testing\+client\+application/);
    assert.equal(f.posted[0]?.headers.authorization, undefined);
    assert.deepEqual(
      { ...json, id: '', '@odata.context': '' },
      {
        '@odata.context': '',
        id: '',
        resource: 'me/events',
        applicationId: APP,
        changeType: 'created,updated,deleted',
        clientState: 'secret',
        notificationUrl: URLS.notificationUrl,
        notificationQueryOptions: null,
        notificationContentType: null,
        lifecycleNotificationUrl: URLS.lifecycleNotificationUrl,
        expirationDateTime: '2026-11-25T08:00:00Z',
        creatorId: ANNA,
        includeResourceData: null,
        latestSupportedTlsVersion: 'v1_2',
        encryptionCertificate: null,
        encryptionCertificateId: null,
        notificationUrlAppId: null,
      },
    );
  });

  it('says how the handshake failed', async () => {
    const text = { 'content-type': 'text/plain' };
    const encoded = (url: string) => /validationToken=(.*)$/.exec(url)?.[1] ?? '';
    const f = fixture();
    for (const [answer, code, message] of [
      [() => ({ status: 403, headers: {}, body: '' }), 'ValidationError', /must respond with 200 OK/],
      [(post) => ({ status: 200, headers: text, body: encoded(post.url) }), 'InvalidRequest', /exactly match/],
      [
        (post) => ({ ...wellBehaved(post), headers: { 'content-type': 'application/json' } }),
        'ValidationError',
        /text\/plain/,
      ],
      [() => Promise.reject(new Error('connection refused')), 'ValidationError', /200 OK/],
    ] satisfies [Fixture['endpoint']['answer'], string, RegExp][]) {
      f.endpoint.answer = answer;
      const { status, json } = await subscribe(f);
      assert.equal(status, 400);
      assert.equal(json.error.code, code);
      assert.match(json.error.message, message);
    }
    f.endpoint.answer = () => new Promise(() => {});
    const pending = subscribe(f);
    await settle();
    await f.pass(10_000);
    assert.match((await pending).json.error.message, /timed out/);
    assert.equal(f.graph.control.subscriptions().length, 0);
  });

  it('checks the payload', async () => {
    const f = fixture();
    for (const [more, code] of [
      [{ expirationDateTime: iso(NOW + 10_081 * 60_000) }, 'ExtensionError'],
      [{ expirationDateTime: 'soon' }, 'InvalidRequest'],
      [{ clientstate: 'x' }, 'InvalidRequest'],
      [{ clientState: 'x'.repeat(129) }, 'InvalidRequest'],
      [{ changeType: 'created,moved' }, 'InvalidRequest'],
      [{ notificationUrl: 'http://bot.example/x' }, 'InvalidRequest'],
      [{ resource: '/me/events/AAMk1' }, 'InvalidRequest'],
    ] as const) {
      const { status, json } = await subscribe(f, more);
      assert.equal(status, 400);
      assert.equal(json.error.code, code);
    }
    const short = await subscribe(f, { expirationDateTime: iso(NOW + 60_000) });
    assert.equal(short.json.expirationDateTime, '2026-11-23T08:45:00Z');
  });

  it('lets a delegated token watch only the own mailbox, an app any', async () => {
    const f = fixture();
    const other = await subscribe(f, { resource: `/users/${BEN}/events` });
    assert.equal(other.status, 403);
    assert.equal(other.json.error.code, 'ExtensionError');
    assert.match(other.json.error.message, /Forbidden/);
    const app: Call = { as: null, roles: ['Calendars.Read'] };
    assert.equal((await subscribe(f, { resource: `/users/${ROOM}/events` }, app)).status, 201);
    const basic = await subscribe(f, {}, { scopes: 'Calendars.ReadBasic' });
    assert.equal(basic.status, 403);
    const ben = f.world.people.get(BEN);
    assert.ok(ben);
    ben.hasMailbox = false;
    const none = await subscribe(f, { resource: `/users/${BEN}/events` }, app);
    assert.equal(none.status, 404);
    assert.match(none.json.error.message, /REST API is not yet supported for this mailbox/);
  });

  it('renews, reads, lists, reauthorizes and deletes, for the app and person that created it', async () => {
    const f = fixture();
    const { json } = await subscribe(f);
    const path = `/subscriptions/${json.id}`;
    const renewed = await f.call('PATCH', path, { body: { expirationDateTime: iso(NOW + 72 * HOUR) } });
    assert.equal(renewed.json.expirationDateTime, '2026-11-26T08:00:00Z');
    assert.equal((await f.call('PATCH', path, { body: { clientState: 'x' } })).status, 400);
    assert.equal((await f.call('GET', path)).json.id, json.id);
    assert.equal((await f.call('GET', '/subscriptions')).json.value.length, 1);
    assert.equal((await f.call('GET', '/subscriptions', { app: 'other-app' })).json.value.length, 0);
    assert.equal((await f.call('GET', path, { app: 'other-app' })).status, 404);
    await f.pass(11 * 60_000);
    assert.equal((await f.call('POST', `${path}/reauthorize`)).status, 204);
    assert.equal(f.graph.control.breaches.reauthorizeAndPatch, 0);
    await f.call('PATCH', path, { body: { expirationDateTime: iso(NOW + 73 * HOUR) } });
    assert.equal(f.graph.control.breaches.reauthorizeAndPatch, 1);
    assert.equal((await f.call('DELETE', path)).status, 204);
    assert.equal((await f.call('PATCH', path, { body: { expirationDateTime: iso(NOW + 73 * HOUR) } })).status, 404);
  });

  it('lets them end: by the clock, in silence, with notice, on a fault', async () => {
    const f = fixture();
    const ids: string[] = [];
    for (let index = 0; index < 4; index++) ids.push((await subscribe(f)).json.id);
    const [silent = '', loud = '', fault = ''] = ids;
    assert.ok(f.graph.control.vanishSubscription(silent));
    assert.equal((await f.call('GET', `/subscriptions/${silent}`)).status, 404);
    assert.ok(f.graph.control.removeSubscription(loud));
    await f.pass(1_000);
    assert.deepEqual(
      f.notifications().map(({ lifecycleEvent }) => lifecycleEvent),
      ['subscriptionRemoved'],
    );
    f.world.faults.set('subscription.renew404', 1);
    const renewal = await f.call('PATCH', `/subscriptions/${fault}`, { body: { expirationDateTime: iso(NOW + HOUR) } });
    assert.equal(renewal.status, 404);
    f.world.faults.clear();
    f.world.faults.set('subscription.create409', 1);
    assert.equal((await subscribe(f)).status, 409);
    f.world.faults.clear();
    f.world.unverified.conflictOnDuplicateSubscription = true;
    assert.equal((await subscribe(f)).status, 409);
    await f.pass(49 * HOUR);
    assert.equal(f.graph.control.subscriptions().length, 0);
    assert.equal((await f.call('GET', '/subscriptions')).json.value.length, 0);
  });

  it('sends lifecycle notices on demand, on a fault, after a password reset and as the token ends', async () => {
    const f = fixture({ lifecycleTimers: true });
    const { json } = await subscribe(f, {}, { expiresInMs: 80 * 60_000 });
    f.graph.control.sendLifecycle(json.id, 'missed');
    await f.pass(1_000);
    const [missed] = f.notifications();
    assert.equal(f.posted.at(-1)?.url, URLS.lifecycleNotificationUrl);
    assert.deepEqual(
      [missed.lifecycleEvent, missed.subscriptionId, missed.clientState, missed.changeType],
      ['missed', json.id, 'secret', undefined],
    );
    await f.pass(61 * 60_000);
    assert.equal(f.notifications().at(-1).lifecycleEvent, 'reauthorizationRequired');
    await f.pass(20 * 60_000);
    const before = f.notifications().length;
    await created(f, event());
    await f.pass(5_000);
    assert.equal(f.notifications().length, before, 'held while the token has expired');
    await f.call('POST', `/subscriptions/${json.id}/reauthorize`);
    await f.pass(1_000);
    assert.equal(f.notifications().at(-1).changeType, 'created');
    assert.equal(f.graph.control.revokeUser(ANNA), 1);
    await f.pass(1_000);
    assert.equal(f.notifications().at(-1).lifecycleEvent, 'subscriptionRemoved');
  });

  it('limits the list to 25 in 20 s', async () => {
    const f = fixture();
    for (let index = 0; index < 25; index++) assert.equal((await f.call('GET', '/subscriptions')).status, 200);
    const { status, headers } = await f.call('GET', '/subscriptions');
    assert.equal(status, 429);
    assert.equal(headers?.['retry-after'], '20');
    await f.pass(20_000);
    assert.equal((await f.call('GET', '/subscriptions')).status, 200);
  });
});

describe('sandbox graph: notifications', () => {
  it('have the documented shape, are batched, and mix subscriptions', async () => {
    const f = fixture();
    const first = await subscribe(f);
    await subscribe(f, { resource: `users/${BEN}/events`, clientState: 'bens' }, { as: BEN });
    const made = await created(f, {
      ...event(),
      attendees: [{ emailAddress: { address: 'ben.carter@contoso.example' } }],
    });
    const before = f.posted.length;
    await f.pass(1_000);
    assert.equal(f.posted.length, before + 1);
    const [mine, theirs] = f.notifications();
    const resource = `Users/${ANNA}/Events/${made.id}`;
    assert.ok(mine.id);
    assert.deepEqual(
      { ...mine, id: '' },
      {
        id: '',
        subscriptionId: first.json.id,
        subscriptionExpirationDateTime: '2026-11-25T08:00:00.0000000Z',
        clientState: 'secret',
        changeType: 'created',
        resource,
        tenantId: '11111111-1111-4111-8111-111111111111',
        resourceData: {
          '@odata.type': '#Microsoft.Graph.Event',
          '@odata.id': resource,
          '@odata.etag': made['@odata.etag'],
          id: made.id,
        },
      },
    );
    assert.equal(theirs.clientState, 'bens');
    assert.equal(f.posted.at(-1)?.timeoutMs, 3_000);
  });

  it('come several times for one edit, when echoes are on', async () => {
    const f = fixture({ echoes: true });
    await subscribe(f);
    const made = await created(f, { ...event(), attendees: [{ emailAddress: { address: 'x@elsewhere.example' } }] });
    await f.pass(5_000);
    const before = f.notifications().length;
    await f.call('PATCH', eventPath(made.id), { body: { subject: 'B' } });
    await f.pass(5_000);
    const kinds = f
      .notifications()
      .slice(before)
      .map(({ changeType }) => changeType);
    assert.ok(kinds.length >= 2 && kinds.length <= 3 && kinds.every((kind) => kind === 'updated'), String(kinds));
  });

  it('name the master or the occurrence, as the world says, in the id format of the subscription', async () => {
    const f = fixture();
    await subscribe(f, {}, { headers: { prefer: 'IdType="ImmutableId"' } });
    const recurrence = {
      pattern: { type: 'daily', interval: 1 },
      range: { type: 'numbered', startDate: '2026-12-01', numberOfOccurrences: 3 },
    };
    const headers = { prefer: 'IdType="ImmutableId"' };
    const master = await created(f, { ...event(), recurrence }, { headers });
    const list = await f.call(
      'GET',
      `${eventPath(master.id)}/instances?startDateTime=2026-12-01&endDateTime=2026-12-09`,
      { headers },
    );
    const occurrence = list.json.value[1].id;
    await f.call('PATCH', eventPath(occurrence), { body: { subject: 'B' } });
    f.world.unverified.occurrenceNotifiesAs = 'occurrence';
    f.world.unverified.resourceCasing = 'users/{id}/events/{id}';
    await f.call('PATCH', eventPath(occurrence), { body: { subject: 'C' } });
    await f.pass(1_000);
    assert.deepEqual(
      f.notifications().map(({ resourceData }) => resourceData.id),
      [master.id, master.id, occurrence],
    );
    assert.equal(f.notifications()[2].resource, `users/${ANNA}/events/${occurrence}`);
  });

  it('tell only the kinds asked for', async () => {
    const f = fixture();
    await subscribe(f, { changeType: 'deleted' });
    const made = await created(f, event());
    await f.call('DELETE', eventPath(made.id));
    await f.pass(1_000);
    assert.deepEqual(
      f.notifications().map(({ changeType }) => changeType),
      ['deleted'],
    );
  });

  it('are repeated with growing pauses for four hours, then given up', async () => {
    const f = fixture();
    await subscribe(f);
    f.endpoint.answer = () => ({ status: 503, headers: {}, body: '' });
    await created(f, event());
    await f.pass(60_000);
    const tries = f.posted.slice(2);
    assert.ok(tries.length >= 4);
    assert.deepEqual(
      tries.slice(0, 4).map(({ timeoutMs }) => timeoutMs),
      [3_000, 10_000, 10_000, 10_000],
    );
    const gaps = tries.slice(1).map(({ at }, index) => at - (tries[index]?.at ?? 0));
    assert.ok(gaps.every((gap, index) => index === 0 || gap > (gaps[index - 1] ?? 0)));
    assert.equal(f.graph.control.pendingNotifications(), 1);
    await f.pass(5 * HOUR);
    assert.equal(f.graph.control.pendingNotifications(), 0);
    assert.ok(f.world.journal.entries.some(({ what }) => what === 'discarded'));
  });

  it('count no answer within 3 s as a failure', async () => {
    const f = fixture();
    await subscribe(f);
    f.endpoint.answer = () => new Promise(() => {});
    await created(f, event());
    await f.pass(4_000);
    f.endpoint.answer = wellBehaved;
    await f.pass(10_000);
    assert.equal(f.posted.slice(2).length, 2);
    assert.equal(f.graph.control.pendingNotifications(), 0);
  });

  it('suffer the faults of the world', async () => {
    const f = fixture();
    await subscribe(f);
    const strike = async (fault: Parameters<typeof f.world.faults.set>[0]) => {
      f.world.faults.clear();
      f.world.faults.set(fault, 1);
      const from = f.posted.length;
      await created(f, event());
      await f.pass(1_000);
      return f.posted.slice(from);
    };
    assert.equal((await strike('notify.drop')).length, 0);
    assert.equal(JSON.parse((await strike('notify.missed'))[0]?.body ?? '').value[0].lifecycleEvent, 'missed');
    assert.match((await strike('notify.wrongClientState'))[0]?.body ?? '', /"clientState":"wrong-/);
    const [cut] = await strike('notify.truncateBatch');
    assert.throws(() => JSON.parse(cut?.body ?? ''));
    f.world.faults.clear();
    const before = f.posted.length;
    assert.equal((await strike('notify.delay')).length, 0);
    await f.pass(4 * 60_000);
    assert.equal(f.posted.length, before + 1);
    const start = f.posted.length;
    await strike('notify.duplicate');
    await f.pass(15_000);
    assert.equal(f.posted.length, start + 2);
    await strike('subscription.dieSilently');
    assert.equal(f.graph.control.subscriptions().length, 0);
  });

  it('are delayed, then discarded, for an endpoint that is too slow, when that policy is on', async () => {
    const f = fixture({ endpointPolicy: true });
    await subscribe(f);
    f.endpoint.answer = () => new Promise(() => {});
    for (let index = 0; index < 12; index++) {
      await created(f, event());
      await f.pass(1_000);
    }
    await f.pass(3_000);
    f.endpoint.answer = wellBehaved;
    await created(f, event());
    await f.pass(8 * 60_000);
    const fresh = f.world.journal.entries.filter(({ what, detail }) => what === 'posted' && detail.attempt === 0);
    assert.equal(fresh.length, 0, 'a new notification waits 10 minutes');
    await f.pass(15 * 60_000);
    const late = f.world.journal.entries.filter(({ what, detail }) => what === 'posted' && detail.attempt === 0);
    assert.equal(late.length, 1);
    assert.equal(f.graph.control.pendingNotifications(), 0);
  });
});
