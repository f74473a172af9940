import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import {
  ANNA,
  BEN,
  CARA,
  type Call,
  created,
  type Fixture,
  fixture,
  HOUR,
  type Json,
  meeting,
  NOW,
  SCOPES,
  TENANT,
} from './setup.ts';

const WINDOW = 'startDateTime=2026-11-23T00:00:00Z&endDateTime=2026-12-23T00:00:00Z';
const SHARED: Call = { as: ANNA, scopes: `${SCOPES} Calendars.Read.Shared` };
const [START, END] = ['2026-12-01T09:00:00', '2026-12-01T10:00:00'];

/** Anna, who has a second calendar, and with whom Ben shares his. */
function sharing(): { f: Fixture; second: string; bens: string; path(id: string): string } {
  const f = fixture();
  const second = f.graph.control.addCalendar(ANNA, 'Side projects');
  const bens = f.graph.control.shareCalendar(BEN, ANNA);
  return { f, second, bens, path: (id) => `/users/${ANNA}/calendars/${encodeURIComponent(id)}` };
}

const subscribe = (f: Fixture, resource: string, how: Call = SHARED) =>
  f.call('POST', '/subscriptions', {
    body: {
      changeType: 'created,updated,deleted',
      resource,
      expirationDateTime: new Date(NOW + 48 * HOUR).toISOString(),
      clientState: 'secret',
      notificationUrl: 'https://bot.example/notify',
      lifecycleNotificationUrl: 'https://bot.example/life',
    },
    ...how,
  });

const codeOf = (json: Json) => json.error?.code;

describe('sandbox graph: several calendars, own and shared', () => {
  it('lists the own ones and the shared one, each with its owner', async () => {
    const { f, second, bens } = sharing();
    const { status, json } = await f.call('GET', `/users/${ANNA}/calendars?$top=100`, SHARED);
    assert.equal(status, 200);
    assert.deepEqual(
      json.value.map((one: Json) => [one.name, one.isDefaultCalendar, one.owner.address, one.canEdit]),
      [
        ['Calendar', true, 'anna.berg@contoso.example', true],
        ['Side projects', false, 'anna.berg@contoso.example', true],
        ['Ben Carter', false, 'ben.carter@contoso.example', false],
      ],
    );
    assert.deepEqual(
      json.value.slice(1).map((one: Json) => one.id),
      [second, bens],
    );
    const single = await f.call('GET', `/me/calendars/${encodeURIComponent(bens)}`, SHARED);
    assert.equal(single.json.owner.name, 'Ben Carter');
    // Ben's own list knows nothing of it.
    const his = await f.call('GET', `/users/${BEN}/calendars`, { as: BEN });
    assert.equal(his.json.value.length, 1);
  });

  it('reads the shared one through its id: view, delta, single entries, a batch', async () => {
    const { f, bens, path } = sharing();
    await created(f, meeting(START, END, { subject: 'Anna’s' }));
    const his = await created(f, meeting(START, END, { subject: 'Ben’s' }), { as: BEN });
    const view = await f.call('GET', `${path(bens)}/calendarView?${WINDOW}`, SHARED);
    assert.deepEqual(
      view.json.value.map((one: Json) => one.subject),
      ['Ben’s'],
    );
    const listed = await f.call('GET', `${path(bens)}/events`, SHARED);
    assert.equal(listed.json.value.length, 1);
    const first = await f.call('GET', `${path(bens)}/calendarView/delta?${WINDOW}`, SHARED);
    assert.equal(first.json.value[0].subject, 'Ben’s');
    assert.ok(first.json['@odata.deltaLink'].includes(`/users/${ANNA}/calendars/`), 'links stay where they began');
    const one = `${path(bens)}/events/${encodeURIComponent(his.id)}`;
    assert.equal((await f.call('GET', one, SHARED)).json.subject, 'Ben’s');
    const batch = await f.call('POST', '/$batch', {
      ...SHARED,
      body: { requests: [{ id: '1', method: 'GET', url: one }] },
    });
    assert.equal(batch.json.responses[0].body.subject, 'Ben’s');
    // Not among her own, and hers not among his.
    assert.equal((await f.call('GET', `/me/events/${encodeURIComponent(his.id)}`, SHARED)).status, 404);
  });

  it('needs Calendars.Read.Shared for what others share, and only for that', async () => {
    const { f, second, bens, path } = sharing();
    const without: Call = { as: ANNA, scopes: SCOPES };
    for (const what of [`calendarView?${WINDOW}`, `calendarView/delta?${WINDOW}`, 'events']) {
      const refused = await f.call('GET', `${path(bens)}/${what}`, without);
      assert.deepEqual([refused.status, codeOf(refused.json)], [403, 'ErrorAccessDenied'], what);
      assert.equal((await f.call('GET', `${path(second)}/${what}`, without)).status, 200, what);
    }
    // The permission alone opens nobody's mailbox by their own address.
    assert.equal((await f.call('GET', `/users/${BEN}/events`, SHARED)).status, 403);
    const stranger = await f.call('GET', `/users/${CARA}/calendars/${encodeURIComponent(bens)}/events`, {
      ...SHARED,
      as: CARA,
    });
    assert.equal(stranger.status, 404);
  });

  it('refuses to write to what others share', async () => {
    const { f, bens, path } = sharing();
    const his = await created(f, meeting(START, END), { as: BEN });
    const may: Call = { as: ANNA, scopes: `${SCOPES} Calendars.ReadWrite.Shared` };
    const one = `${path(bens)}/events/${encodeURIComponent(his.id)}`;
    for (const [method, url, body] of [
      ['POST', `${path(bens)}/events`, meeting(START, END)],
      ['PATCH', one, { subject: 'Mine now' }],
      ['DELETE', one, undefined],
      ['POST', `${one}/cancel`, { comment: 'no' }],
    ] as const) {
      const { status, json } = await f.call(method, url, { ...may, body });
      assert.deepEqual([status, codeOf(json)], [403, 'ErrorAccessDenied'], `${method} ${url}`);
    }
    assert.equal((await f.call('GET', one, SHARED)).json.subject, 'Planning');
  });

  it('shows of what is private there only when it is', async () => {
    const { f, bens, path } = sharing();
    const secret = { subject: 'Board', sensitivity: 'private', body: { contentType: 'text', content: 'who goes' } };
    await created(f, meeting(START, END, { ...secret, location: { displayName: 'Vault' } }), { as: BEN });
    for (const what of [`calendarView?${WINDOW}`, `calendarView/delta?${WINDOW}`]) {
      const { json } = await f.call('GET', `${path(bens)}/${what}`, SHARED);
      assert.equal(json.value[0].subject, 'Private Appointment');
      assert.ok(json.value[0].start.dateTime.startsWith(START));
      assert.doesNotMatch(JSON.stringify(json.value), /Board|who goes|Vault/);
    }
    const own = await f.call('GET', `/users/${BEN}/calendarView?${WINDOW}`, { as: BEN });
    assert.equal(own.json.value[0].subject, 'Board');
  });

  it('gives no subscription for it, whatever was consented to', async () => {
    const { f, bens } = sharing();
    for (const resource of [`/users/${ANNA}/calendars/${bens}/events`, `/me/calendars/${bens}/events`]) {
      const { status, json } = await subscribe(f, resource);
      assert.deepEqual([status, codeOf(json)], [403, 'ExtensionError']);
    }
    assert.equal(f.graph.control.subscriptions().length, 0);
  });

  it('tells of an own second calendar to its own subscription, and to no other', async () => {
    const { f, second, path } = sharing();
    const main = await subscribe(f, `/users/${ANNA}/events`);
    const side = await subscribe(f, `/users/${ANNA}/calendars/${second}/events`);
    assert.deepEqual([main.status, side.status], [201, 201]);
    const body = meeting(START, END);
    const made = await f.call('POST', `${path(second)}/events`, { as: ANNA, body });
    assert.equal(made.status, 201);
    await f.pass(5_000);
    assert.deepEqual(
      f.notifications().map((one) => [one.subscriptionId, one.resourceData.id]),
      [[side.json.id, made.json.id]],
    );
    await created(f, meeting(START, END));
    await f.pass(5_000);
    assert.equal(f.notifications().at(-1).subscriptionId, main.json.id);
    assert.equal(f.notifications().length, 2);
  });

  it('shows what the owner does in the reader’s delta, and tells the reader’s subscription nothing', async () => {
    const { f, bens, path } = sharing();
    await subscribe(f, `/users/${ANNA}/events`);
    let link: string = (await f.call('GET', `${path(bens)}/calendarView/delta?${WINDOW}`, SHARED)).json[
      '@odata.deltaLink'
    ];
    const next = async (): Promise<Json[]> => {
      const { json } = await f.call('GET', link, SHARED);
      link = json['@odata.deltaLink'];
      return json.value;
    };
    assert.deepEqual(await next(), []);
    const his = await created(f, meeting(START, END, { subject: 'Ben’s' }), { as: BEN });
    assert.deepEqual(
      (await next()).map((one) => [one.id, one.subject]),
      [[his.id, 'Ben’s']],
    );
    const moved = {
      start: { dateTime: '2026-12-02T09:00:00', timeZone: 'UTC' },
      end: { dateTime: '2026-12-02T10:00:00', timeZone: 'UTC' },
    };
    await f.call('PATCH', `/users/${BEN}/events/${encodeURIComponent(his.id)}`, { as: BEN, body: moved });
    assert.match((await next())[0].start.dateTime, /^2026-12-02T09:00/);
    await f.call('DELETE', `/users/${BEN}/events/${encodeURIComponent(his.id)}`, { as: BEN });
    assert.deepEqual(
      (await next()).map((one) => [one.id, one['@removed']?.reason]),
      [[his.id, 'deleted']],
    );
    await f.pass(5_000);
    assert.equal(f.notifications().length, 0);
  });

  it('has a meeting of both in both, with the same iCalUId', async () => {
    const { f, bens, path } = sharing();
    const attendees = [{ type: 'required', emailAddress: { address: 'anna.berg@contoso.example' } }];
    const his = await created(f, meeting(START, END, { attendees }), { as: BEN });
    const shared = await f.call('GET', `${path(bens)}/calendarView?${WINDOW}`, SHARED);
    const own = await f.call('GET', `/me/calendarView?${WINDOW}`, SHARED);
    assert.equal(shared.json.value[0].iCalUId, his.iCalUId);
    assert.equal(own.json.value[0].iCalUId, his.iCalUId);
    assert.notEqual(own.json.value[0].id, shared.json.value[0].id);
    assert.deepEqual([own.json.value[0].isOrganizer, shared.json.value[0].isOrganizer], [false, true]);
  });

  it('ends with the sharing: what it was called leads nowhere', async () => {
    const { f, bens, path } = sharing();
    f.graph.control.unshareCalendar(BEN, ANNA);
    assert.equal((await f.call('GET', `${path(bens)}/calendarView?${WINDOW}`, SHARED)).status, 404);
    const { json } = await f.call('GET', `/users/${ANNA}/calendars`, SHARED);
    assert.deepEqual(
      json.value.map((one: Json) => one.name),
      ['Calendar', 'Side projects'],
    );
    assert.notEqual(f.graph.control.addCalendar(ANNA, 'Third'), f.graph.control.addCalendar(ANNA, 'Fourth'));
  });

  it('lets a person use each own calendar by itself, and none of somebody else', () => {
    const { f, second, bens } = sharing();
    const anna = { tenantId: TENANT, oid: ANNA };
    const { store } = f.graph;
    assert.deepEqual(
      store.calendars(anna).map((one) => [one.name, one.isDefault]),
      [
        ['Calendar', true],
        ['Side projects', false],
      ],
    );
    store.create(anna, meeting(START, END, { subject: 'Main' }));
    store.create(anna, meeting(START, END, { subject: 'Side' }), second);
    const [from, to] = [Date.parse(`${START}Z`), Date.parse(`${END}Z`)];
    const subjects = (id?: string) => store.view(anna, from, to, id).map((one) => one.subject);
    assert.deepEqual(subjects(), ['Main', 'Side']);
    assert.deepEqual(subjects(second), ['Side']);
    assert.throws(() => subjects(bens), /Access/);
    assert.throws(() => store.create(anna, meeting(START, END), bens), /Access/);
  });
});
