import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ANNA, BEN, created, eventPath, type Fixture, fixture, type Json, meeting } from './setup.ts';

const WINDOW = 'startDateTime=2026-12-01T00:00:00Z&endDateTime=2026-12-31T00:00:00Z';

interface Round {
  rows: Json[];
  deltaLink: string;
  pages: number;
}

/** Follows one round to its deltaLink. */
async function round(f: Fixture, link: string, headers: Record<string, string> = {}): Promise<Round> {
  const rows: Json[] = [];
  for (let pages = 1; ; pages++) {
    const { status, json } = await f.call('GET', link, { headers });
    assert.equal(status, 200, JSON.stringify(json));
    assert.ok(!(json['@odata.nextLink'] && json['@odata.deltaLink']));
    rows.push(...json.value);
    if (json['@odata.deltaLink']) return { rows, deltaLink: json['@odata.deltaLink'], pages };
    assert.match(json['@odata.nextLink'], /\$skiptoken=/);
    link = json['@odata.nextLink'];
  }
}

const begin = (f: Fixture, headers?: Record<string, string>) => round(f, `/me/calendarView/delta?${WINDOW}`, headers);

const recurrence = {
  pattern: { type: 'weekly', interval: 1, daysOfWeek: ['tuesday'] },
  range: { type: 'numbered', startDate: '2026-12-01', numberOfOccurrences: 4 },
};

const single = (more = {}) => meeting('2026-12-03T09:00:00', '2026-12-03T10:00:00', more);
const series = () => meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00', { recurrence });
const away = (month: string) => ({
  start: { dateTime: `2027-${month}-03T09:00:00`, timeZone: 'UTC' },
  end: { dateTime: `2027-${month}-03T10:00:00`, timeZone: 'UTC' },
});

describe('sandbox graph: delta', () => {
  it('lists the window first, then only what changed', async () => {
    const f = fixture();
    const empty = await begin(f);
    assert.equal(empty.rows.length, 0);
    const event = await created(f, single());
    const one = await round(f, empty.deltaLink);
    assert.deepEqual(
      one.rows.map(({ id }) => id),
      [event.id],
    );
    assert.ok(one.rows[0].body && one.rows[0].subject);
    assert.equal((await round(f, one.deltaLink)).rows.length, 0);
    await f.call('PATCH', eventPath(event.id), { body: { subject: 'B' } });
    await f.call('PATCH', eventPath(event.id), { body: { subject: 'C' } });
    const two = await round(f, one.deltaLink);
    assert.deepEqual(
      two.rows.map(({ subject }) => subject),
      ['C'],
    );
    assert.equal((await round(f, one.deltaLink)).rows.length, 1, 'an old link replays');
    await f.call('DELETE', eventPath(event.id));
    const three = await round(f, two.deltaLink);
    assert.deepEqual(three.rows, [{ '@removed': { reason: 'deleted' }, id: event.id }]);
  });

  it('shows a series as master, skeletons and full exceptions, and keeps quiet about a deleted occurrence', async () => {
    const f = fixture();
    const master = await created(f, series());
    const first = await begin(f);
    const [shown, ...occurrences] = first.rows;
    assert.equal(shown.type, 'seriesMaster');
    assert.ok(shown.body);
    assert.equal(occurrences.length, 4);
    for (const one of occurrences) {
      assert.deepEqual(Object.keys(one).sort(), ['@odata.etag', 'end', 'id', 'seriesMasterId', 'start', 'type']);
      assert.equal(one.seriesMasterId, master.id);
    }
    await f.call('PATCH', eventPath(occurrences[1].id), { body: { subject: 'Different' } });
    await f.call('DELETE', eventPath(occurrences[2].id));
    const second = await round(f, first.deltaLink);
    assert.deepEqual(
      second.rows.map(({ type }) => type),
      ['seriesMaster', 'occurrence', 'exception', 'occurrence'],
    );
    assert.equal(second.rows[2].subject, 'Different');
    assert.ok(second.rows[2].body);
    assert.ok(second.rows.every(({ id }) => id !== occurrences[2].id));
    f.world.faults.set('graph.reportDeletedOccurrence', 1);
    const loud = await round(f, first.deltaLink);
    assert.ok(loud.rows.some((row) => row['@removed'] && row.id === occurrences[2].id));
  });

  it('says removed of what lies or moves outside the window', async () => {
    const f = fixture();
    const inside = await created(f, single());
    const outside = await created(f, { ...single(), ...away('05') });
    const first = await begin(f);
    assert.deepEqual(
      first.rows.map(({ id }) => id),
      [inside.id],
    );
    await f.call('PATCH', eventPath(outside.id), { body: { subject: 'Changed' } });
    await f.call('PATCH', eventPath(inside.id), { body: away('06') });
    const second = await round(f, first.deltaLink);
    assert.deepEqual(
      second.rows.map((row) => [row.id, row['@removed']?.reason]),
      [
        [outside.id, 'deleted'],
        [inside.id, 'deleted'],
      ],
    );
    f.world.faults.set('graph.removedOutsideWindow', 1);
    assert.equal((await round(f, second.deltaLink)).rows.length, 1);
  });

  it('pages by odata.maxpagesize without splitting a series, and misses nothing that changes meanwhile', async () => {
    const f = fixture();
    for (let index = 0; index < 5; index++) await created(f, single({ subject: `E${index}` }));
    await created(f, series());
    await created(f, single({ subject: 'Last' }));
    const headers = { prefer: 'odata.maxpagesize=2' };
    const whole = await begin(f, headers);
    assert.equal(whole.rows.length, 11);
    assert.equal(whole.pages, 4);
    const page = await f.call('GET', `/me/calendarView/delta?${WINDOW}`, { headers });
    const early = page.json.value[0];
    await f.call('PATCH', eventPath(early.id), { body: { subject: 'Late change' } });
    const rest = await round(f, page.json['@odata.nextLink'], headers);
    const next = await round(f, rest.deltaLink, headers);
    assert.deepEqual(
      next.rows.map(({ subject }) => subject),
      ['Late change'],
    );
    for (let index = 0; index < 5; index++) await created(f, single({ subject: `F${index}` }));
    const changes = await round(f, next.deltaLink, headers);
    assert.deepEqual(
      changes.rows.map(({ subject }) => subject),
      ['F0', 'F1', 'F2', 'F3', 'F4'],
    );
    assert.equal(changes.pages, 3);
  });

  it('may begin with an empty page', async () => {
    const f = fixture();
    await created(f, single());
    f.world.faults.set('graph.emptyFirstPage', 1);
    const { status, json } = await f.call('GET', `/me/calendarView/delta?${WINDOW}`);
    assert.equal(status, 200);
    assert.deepEqual(json.value, []);
    const { rows } = await round(f, json['@odata.nextLink']);
    assert.equal(rows.length, 1);
  });

  it('refuses query options, a missing window and links of another mailbox or calendar', async () => {
    const f = fixture();
    for (const option of ['$select=subject', '$filter=x', '$orderby=x', '$expand=x', '$search=x', '$top=5'])
      assert.equal(
        (await f.call('GET', `/me/calendarView/delta?${WINDOW}&${option}`)).json.error.code,
        'ErrorInvalidUrlQuery',
      );
    assert.equal((await f.call('GET', '/me/calendarView/delta')).status, 400);
    const { deltaLink } = await begin(f);
    assert.equal((await f.call('GET', deltaLink, { as: BEN })).status, 400);
    const token = new URL(deltaLink).searchParams.get('$deltatoken') ?? '';
    const other = f.graph.control.addCalendar(ANNA, 'Other');
    const path = `/me/calendars/${encodeURIComponent(other)}/calendarView/delta?$deltatoken=${token}`;
    assert.equal((await f.call('GET', path)).status, 400);
    assert.equal((await f.call('GET', `/me/calendarView/delta?$deltatoken=${token.slice(0, -2)}xx`)).status, 400);
  });

  it('may lag: nothing has changed yet, and the same link tells it later', async () => {
    const f = fixture();
    const first = await begin(f);
    const event = await created(f, single());
    f.world.faults.set('graph.deltaLag', 1);
    const lagging = await round(f, first.deltaLink);
    assert.deepEqual([lagging.rows, lagging.deltaLink], [[], first.deltaLink]);
    assert.deepEqual(
      (await begin(f)).rows.map(({ id }) => id),
      [event.id],
      'a read of everything does not lag',
    );
    f.world.faults.clear();
    const later = await round(f, lagging.deltaLink);
    assert.deepEqual(
      later.rows.map(({ id }) => id),
      [event.id],
    );
    assert.notEqual(later.deltaLink, first.deltaLink);
  });

  it('lets tokens expire in both spellings', async () => {
    const f = fixture();
    const { deltaLink } = await begin(f);
    f.graph.control.expireDeltaTokens(ANNA);
    const gone = await f.call('GET', deltaLink);
    assert.equal(gone.status, 410);
    assert.equal(gone.json.error.code, 'SyncStateNotFound');
    assert.equal((await f.call('GET', gone.headers?.location ?? '')).status, 200);
    const fresh = await begin(f);
    f.world.faults.set('graph.deltaGone', 1);
    assert.equal((await f.call('GET', fresh.deltaLink)).status, 410);
    f.world.faults.clear();
    f.world.faults.set('graph.syncStateNotFound', 1);
    const other = await f.call('GET', fresh.deltaLink);
    assert.equal(other.status, 404);
    assert.equal(other.json.error.code, 'syncStateNotFound');
  });

  it('speaks either id format and any zone with one link', async () => {
    const f = fixture();
    const { deltaLink } = await begin(f);
    const event = await created(f, single());
    const prefer = 'IdType="ImmutableId", outlook.timezone="Tokyo Standard Time"';
    const [regular, immutable] = [await round(f, deltaLink), await round(f, deltaLink, { prefer })];
    assert.equal(regular.rows[0].id, event.id);
    assert.notEqual(immutable.rows[0].id, event.id);
    assert.equal(immutable.rows[0].start.dateTime, '2026-12-03T18:00:00.0000000');
  });
});
