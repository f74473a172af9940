import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { JournalReader } from '../../../sandbox/control/journal.ts';
import { redact } from '../../../sandbox/control/redact.ts';
import { SANDBOX_CLIENT_SECRET } from '../../../sandbox/sandbox.ts';
import { Journal, realClock } from '../../../sandbox/world.ts';
import { CLIENT_STATE, type Controlled, controlled, type Json } from './harness.ts';

const serials = (json: Json): number[] => json.entries.map((entry: { serial: number }) => entry.serial);
const add = (c: Controlled, count: number, part = 'graph') => {
  for (let index = 0; index < count; index++) c.world.journal.add(part, 'request', { index });
};

describe('sandbox control: journal', () => {
  it('shows the last entries, oldest first, and filters by part', async () => {
    const c = controlled();
    add(c, 5);
    add(c, 2, 'entra');
    assert.deepEqual(serials((await c.get('journal?limit=3')).json), [5, 6, 7]);
    const { json } = await c.get('journal?part=graph&limit=2');
    assert.deepEqual(serials(json), [4, 5]);
    assert.equal(json.next, 7);
    assert.deepEqual(serials((await c.get('journal?part=nothing')).json), []);
  });

  it('can be followed to the end without a gap, page by page', async () => {
    const c = controlled();
    add(c, 5);
    add(c, 5, 'entra');
    add(c, 2);
    const seen: number[] = [];
    let after = 0;
    for (let page = 0; page < 5; page++) {
      const { json } = await c.get(`journal?part=graph&after=${after}&limit=3`);
      seen.push(...serials(json));
      after = json.next;
    }
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 11, 12]);
    assert.equal(after, 12);
    add(c, 1);
    assert.deepEqual(serials((await c.get(`journal?after=${after}`)).json), [13]);
  });

  it('refuses limits and cursors that are none', async () => {
    const c = controlled();
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'limit=', 'after=-1', 'after=x', 'after='])
      assert.equal((await c.get(`journal?${query}`)).status, 400, query);
  });

  it('keeps the numbers when the oldest entries are forgotten', () => {
    const journal = new Journal(realClock(), 4);
    const reader = new JournalReader(journal);
    const note = (count: number) => {
      for (let index = 0; index < count; index++) journal.add('graph', 'request', {});
    };
    assert.equal(reader.firstSerial(), 1);
    note(3);
    assert.equal(reader.firstSerial(), 1);
    note(3);
    assert.equal(reader.firstSerial(), 3);
    note(50);
    // Everything that was known is gone; what is there counts on from it.
    assert.equal(reader.firstSerial(), 7);
  });

  it('shows neither tokens nor secrets', async () => {
    const c = controlled();
    const lena = c.tenant.main.oid;
    const refreshToken = await c.signIn(lena);
    await c.refresh(refreshToken);
    await c.subscribe(lena);
    const window = 'startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z';
    const delta = await c.graphCall(lena, 'GET', `/me/calendarView/delta?${window}`);
    const link = new URL(delta.json['@odata.deltaLink']);
    await c.graphCall(lena, 'GET', `/me/calendarView/delta${link.search}`);
    const times = { dateTime: '2026-11-24T10:00:00', timeZone: 'UTC' };
    c.graph.store.create(c.tenant.main, { subject: 'Probe', start: times, end: times });
    await c.send('POST', 'clock/advance', { ms: 10_000 });
    const text = JSON.stringify((await c.get('journal?limit=1000')).json);
    assert.match(text, /"part":"notification","what":"posted"/);
    assert.match(text, /deltatoken=\(hidden\)/);
    const deltaToken = link.searchParams.get('$deltatoken') ?? 'none';
    for (const secret of [
      refreshToken,
      CLIENT_STATE,
      SANDBOX_CLIENT_SECRET,
      deltaToken,
      encodeURIComponent(deltaToken),
    ])
      assert.ok(!text.includes(secret), secret);
    assert.doesNotMatch(text, /eyJ|Bearer [^(]/);
  });
});

describe('sandbox control: redaction', () => {
  it('hides by name, by look and by value, however deep, and leaves the rest', () => {
    const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiJ4In0.c2lnbmF0dXJl';
    const entry = {
      clientState: 'a',
      nested: [{ access_token: 'b', note: `got ${jwt} back` }],
      authorization: 'Bearer c',
      header: 'Authorization: Bearer abc.def',
      url: 'http://localhost/x?validationToken=V+a%3a&keep=1',
      query: '%24skiptoken=abc&%24top=5',
      callback: '?code=1.abc&state=s',
      text: 'the pass-phrase is hunter2',
      status: 200,
      tokenExpiresAt: 17,
      grant: 'refresh_token',
      error: 'invalid_grant',
      empty: null,
    };
    const hidden = '(hidden)';
    assert.deepEqual(redact(entry, ['hunter2', '']), {
      ...entry,
      clientState: hidden,
      nested: [{ access_token: hidden, note: `got ${hidden} back` }],
      authorization: hidden,
      header: `Authorization: Bearer ${hidden}`,
      url: `http://localhost/x?validationToken=${hidden}&keep=1`,
      query: `%24skiptoken=${hidden}&%24top=5`,
      callback: `?code=${hidden}&state=${hidden}`,
      text: `the pass-phrase is ${hidden}`,
    });
  });
});
