import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ANNA, BEN, created, eventPath, fixture, guest, meeting, ROOM, utc, view } from './setup.ts';

describe('sandbox graph: events', () => {
  it('creates, reads, changes and deletes', async () => {
    const f = fixture();
    const event = await created(
      f,
      meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00', { location: { displayName: 'Oslo' } }),
    );
    assert.equal(event.start.dateTime, '2026-12-01T09:00:00.0000000');
    assert.equal(event.type, 'singleInstance');
    assert.equal(event.responseStatus.response, 'organizer');
    assert.equal(event.location.locationType, 'default');
    const patched = await f.call('PATCH', eventPath(event.id), { body: { subject: 'Review' } });
    assert.equal(patched.json.subject, 'Review');
    assert.notEqual(patched.json.changeKey, event.changeKey);
    assert.equal((await f.call('DELETE', eventPath(event.id))).status, 204);
    const gone = await f.call('GET', eventPath(event.id));
    assert.equal(gone.status, 404);
    assert.equal(gone.json.error.code, 'ErrorItemNotFound');
    assert.ok(gone.json.error.innerError['request-id']);
  });

  it('shows times in the zone that the client prefers, by Windows or IANA name', async () => {
    const f = fixture();
    const event = await created(f, meeting('2026-07-01T09:00:00', '2026-07-01T10:00:00', {}, 'Europe/Berlin'));
    assert.equal(event.start.dateTime, '2026-07-01T07:00:00.0000000');
    assert.equal(event.start.timeZone, 'UTC');
    assert.equal(event.originalStartTimeZone, 'Europe/Berlin');
    for (const zone of ['Eastern Standard Time', 'America/New_York']) {
      const headers = { prefer: `outlook.timezone="${zone}"` };
      const { json, headers: sent } = await f.call('GET', eventPath(event.id), { headers });
      assert.deepEqual(json.start, { dateTime: '2026-07-01T03:00:00.0000000', timeZone: zone });
      assert.equal(sent?.['preference-applied'], `outlook.timezone="${zone}"`);
    }
    const unknown = await f.call('GET', eventPath(event.id), {
      headers: { prefer: 'outlook.timezone="Mars/Olympus"' },
    });
    assert.equal(unknown.status, 400);
    assert.equal(unknown.json.error.code, 'TimeZoneNotSupportedException');
  });

  it('accepts regular and immutable ids, refuses broken ones', async () => {
    const f = fixture();
    const ids: string[] = [];
    for (let index = 0; index < 30; index++)
      ids.push((await created(f, meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00'))).id);
    assert.ok(
      ids.some((id) => id.includes('/')) && ids.some((id) => id.includes('+')) && ids.every((id) => id.endsWith('=')),
    );
    const id = ids[0] ?? '';
    const immutable = await f.call('GET', eventPath(id), { headers: { prefer: 'IdType="ImmutableId"' } });
    assert.notEqual(immutable.json.id, id);
    assert.equal((await f.call('GET', eventPath(immutable.json.id))).json.id, id);
    const slashed = ids.find((candidate) => candidate.includes('/')) ?? '';
    assert.equal((await f.call('GET', `/me/events/${slashed}`)).status, 400);
    const other = id[20] === 'a' ? 'b' : 'a';
    const broken = await f.call('GET', eventPath(`${id.slice(0, 20)}${other}${id.slice(21)}`));
    assert.equal(broken.json.error.code, 'ErrorInvalidIdMalformed');
    const foreign = await f.call('GET', eventPath(id), { as: BEN });
    assert.equal(foreign.status, 404);
  });

  it('takes a transactionId once', async () => {
    const f = fixture();
    const body = meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00', { transactionId: 't-1' });
    const [first, second] = [await created(f, body), await created(f, body)];
    assert.equal(first.id, second.id);
    assert.equal(first.transactionId, 't-1');
    assert.equal((await view(f, '2026-12-01', '2026-12-02')).length, 1);
  });

  it('answers 412 to a stale If-Match', async () => {
    const f = fixture();
    const event = await created(f, meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00'));
    const headers = { 'if-match': event['@odata.etag'] };
    assert.equal((await f.call('PATCH', eventPath(event.id), { body: { subject: 'A' }, headers })).status, 200);
    const stale = await f.call('PATCH', eventPath(event.id), { body: { subject: 'B' }, headers });
    assert.equal(stale.status, 412);
    assert.equal(stale.json.error.code, 'ErrorIrresolvableConflict');
  });

  it('checks all-day events and shows them at midnight in every zone', async () => {
    const f = fixture();
    const crooked = meeting('2026-12-01T09:00:00', '2026-12-02T00:00:00', { isAllDay: true });
    assert.equal((await f.call('POST', '/me/events', { body: crooked })).status, 400);
    const event = await created(
      f,
      meeting('2026-12-01T00:00:00', '2026-12-02T00:00:00', { isAllDay: true }, 'Europe/Berlin'),
    );
    assert.equal(event.start.dateTime, '2026-12-01T00:00:00.0000000');
    const headers = { prefer: 'outlook.timezone="India Standard Time"' };
    const { json } = await f.call('GET', eventPath(event.id), { headers });
    assert.deepEqual(json.start, { dateTime: '2026-12-01T00:00:00.0000000', timeZone: 'India Standard Time' });
    const [line] = f.graph.truth(ANNA, utc('2026-11-30T00:00:00'), utc('2026-12-03T00:00:00'));
    assert.equal(line?.startAt, utc('2026-11-30T23:00:00'));
    assert.deepEqual(line?.days, { from: '2026-12-01', until: '2026-12-02' });
  });

  it('refuses what it does not know', async () => {
    const f = fixture();
    const good = meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00');
    for (const [more, code] of [
      [{ subjekt: 'x' }, 'RequestBodyRead'],
      [{ showAs: 'sleeping' }, 'RequestBodyRead'],
      [{ end: { dateTime: '2026-12-01T08:00:00', timeZone: 'UTC' } }, 'ErrorPropertyValidationFailure'],
      [{ start: { dateTime: '2026-02-30T08:00:00', timeZone: 'UTC' } }, 'ErrorInvalidParameter'],
      [{ attendees: [{ emailAddress: { address: 'nobody' } }] }, 'ErrorInvalidRecipients'],
      [{ attendees: Array.from({ length: 501 }, (_, index) => guest(`g${index}`)) }, 'ErrorTooManyRecipients'],
    ] as const) {
      const { status, json } = await f.call('POST', '/me/events', { body: { ...good, ...more } });
      assert.equal(status, 400);
      assert.equal(json.error.code, code);
    }
    assert.equal((await f.call('GET', '/me/messages')).status, 400);
  });

  it('makes a meeting online and lets it stop only by losing the join block', async () => {
    const f = fixture();
    const body = { ...meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00'), isOnlineMeeting: true };
    const event = await created(f, { ...body, body: { contentType: 'text', content: 'Agenda: <budget>' } });
    assert.equal(event.onlineMeetingProvider, 'teamsForBusiness');
    assert.match(event.onlineMeeting.joinUrl, /^https:\/\/teams\.microsoft\.com\/l\/meetup-join\//);
    assert.ok(event.body.content.includes(event.onlineMeeting.joinUrl));
    assert.ok(event.body.content.includes('Agenda: &lt;budget&gt;'));
    assert.match(event.bodyPreview, /^Agenda: <budget>\s+_{20}/);
    const unset = await f.call('PATCH', eventPath(event.id), { body: { isOnlineMeeting: false } });
    assert.equal(unset.json.isOnlineMeeting, true);
    const kept = `<p>New text</p>${event.body.content}`;
    const edited = await f.call('PATCH', eventPath(event.id), {
      body: { body: { contentType: 'html', content: kept } },
    });
    assert.equal(edited.json.isOnlineMeeting, true);
    const lost = await f.call('PATCH', eventPath(event.id), {
      body: { body: { contentType: 'html', content: 'Bare' } },
    });
    assert.equal(lost.json.isOnlineMeeting, false);
    assert.equal(lost.json.onlineMeeting, null);
    assert.equal(lost.json.onlineMeetingProvider, 'unknown');
  });

  it('pages, selects, orders and filters', async () => {
    const f = fixture();
    for (let hour = 0; hour < 12; hour++)
      await created(
        f,
        meeting(`2026-12-01T${String(hour).padStart(2, '0')}:00:00`, '2026-12-01T13:00:00', {
          subject: `S${hour % 3}`,
        }),
      );
    const url =
      '/me/calendarView?startDateTime=2026-12-01&endDateTime=2026-12-02&$top=5&$select=subject&$orderby=start/dateTime desc';
    const first = await f.call('GET', url);
    assert.equal(first.json.value.length, 5);
    assert.deepEqual(Object.keys(first.json.value[0]).sort(), ['@odata.etag', 'id', 'subject']);
    const second = await f.call('GET', first.json['@odata.nextLink']);
    const third = await f.call('GET', second.json['@odata.nextLink']);
    assert.equal(third.json.value.length, 2);
    assert.equal(third.json['@odata.nextLink'], undefined);
    const some = await f.call(
      'GET',
      "/me/events?$filter=subject eq 'S1' and start/dateTime ge '2026-12-01T05:00:00'&$count=true",
    );
    assert.equal(some.json['@odata.count'], 2);
    assert.equal((await f.call('GET', '/me/events?$filter=contains(subject,1)')).status, 400);
    assert.equal((await f.call('GET', '/me/events?$select=nonsense')).status, 400);
    assert.equal((await f.call('GET', '/me/calendarView')).json.error.code, 'ErrorInvalidParameter');
  });

  it('serves calendars, settings, user and further calendars', async () => {
    const f = fixture();
    const second = f.graph.control.addCalendar(ANNA, 'Private');
    const calendars = await f.call('GET', '/me/calendars');
    assert.deepEqual(
      calendars.json.value.map((calendar: { name: string }) => calendar.name),
      ['Calendar', 'Private'],
    );
    const path = `/me/calendars/${encodeURIComponent(second)}`;
    await f.call('POST', `${path}/events`, { body: meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00') });
    assert.equal((await view(f, '2026-12-01', '2026-12-02')).length, 0);
    const inside = await f.call('GET', `${path}/calendarView?startDateTime=2026-12-01&endDateTime=2026-12-02`);
    assert.equal(inside.json.value.length, 1);
    const settings = await f.call('GET', '/me/mailboxSettings');
    assert.equal(settings.json.timeZone, 'W. Europe Standard Time');
    assert.equal(settings.json.workingHours.timeZone.name, 'W. Europe Standard Time');
    f.graph.control.setMailboxSettings(ANNA, { timeZone: 'Tokyo Standard Time' });
    assert.equal((await f.call('GET', '/me/mailboxSettings/timeZone')).json.value, 'Tokyo Standard Time');
    assert.equal((await f.call('GET', '/me?$select=id,displayName')).json.displayName, 'Anna Berg');
    assert.equal((await f.call('GET', `/users/${ROOM}`, { as: null, roles: ['User.Read.All'] })).json.id, ROOM);
  });
});
