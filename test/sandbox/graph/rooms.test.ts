import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { RoomPolicy } from '../../../sandbox/world.ts';
import {
  ANNA,
  APP,
  BEN,
  type Call,
  created,
  eventPath,
  type Fixture,
  fixture,
  guest,
  type Json,
  meeting,
  ROOM,
  TENANT,
  utc,
  view,
} from './setup.ts';

const FROM = '2026-12-01';
const TO = '2026-12-31';
const WITH_ROOM = { attendees: [guest('room.oslo', 'resource')] };
const AS_APP: Call = { as: null, roles: [] };
const NINE = meeting('2026-12-01T09:00:00', '2026-12-01T10:00:00');
const [room, ben] = [
  { tenantId: TENANT, oid: ROOM },
  { tenantId: TENANT, oid: BEN },
];

const weekly = (count: number) => ({
  pattern: { type: 'weekly', interval: 1, daysOfWeek: ['tuesday'] },
  range: { type: 'numbered', startDate: '2026-12-01', numberOfOccurrences: count },
});
const roomPath = (id: string, action = '') => `/users/${ROOM}/events/${encodeURIComponent(id)}${action}`;
const roomOf = (event: Json) =>
  event.attendees.find((one: Json) => one.emailAddress.address.startsWith('room'))?.status.response;
const days = (events: Json[]) => events.map((one) => one.start.dateTime.slice(8, 10)).join(' ');
const inRoom = (f: Fixture) => view(f, FROM, TO, { as: ROOM });

/** The application may write this room, as RBAC for Applications has it. */
function managed(): Fixture {
  const f = fixture();
  f.graph.control.assignRoles(APP, { roles: ['Calendars.ReadWrite'], oids: [ROOM] });
  return f;
}

async function booked(f: Fixture, more: object = {}): Promise<{ mine: Json; held: Json[] }> {
  const mine = await created(f, { ...NINE, ...WITH_ROOM, ...more });
  await f.pass(4_000);
  return { mine, held: await inRoom(f) };
}

describe('sandbox graph: an application that keeps rooms', () => {
  it('releases a booking: it leaves the room, and the organiser sees that the room declined', async () => {
    const f = managed();
    const { mine, held } = await booked(f);
    assert.equal(held[0].responseStatus.response, 'accepted');
    const body = {
      changeType: 'updated',
      resource: 'me/events',
      notificationUrl: 'https://bot.example/n',
      expirationDateTime: '2026-11-24T08:00:00Z',
    };
    assert.equal((await f.call('POST', '/subscriptions', { body })).status, 201);
    const declined = await f.call('POST', roomPath(held[0].id, '/decline'), { ...AS_APP, body: { comment: 'Free' } });
    assert.equal(declined.status, 202);
    await f.pass(1_000);
    assert.deepEqual(await inRoom(f), []);
    assert.equal(roomOf((await f.call('GET', eventPath(mine.id))).json), 'declined');
    assert.deepEqual(
      f.notifications().map((one) => one.resourceData.id),
      [mine.id],
    );
  });

  it('releases one occurrence of a series alone', async () => {
    const f = managed();
    const { held } = await booked(f, { recurrence: weekly(4) });
    await f.call('POST', roomPath(held[1].id, '/decline'), { ...AS_APP, body: {} });
    assert.equal(days(await inRoom(f)), '01 15 22');
    assert.deepEqual((await view(f, FROM, TO)).map(roomOf), ['accepted', 'declined', 'accepted', 'accepted']);
  });

  it('books, changes and removes in the room’s own name, and reaches nobody else', async () => {
    const f = managed();
    const made = await f.call('POST', `/users/${ROOM}/events`, { ...AS_APP, body: NINE });
    assert.equal(made.status, 201);
    const body = { categories: ['Cleaning'] };
    assert.equal((await f.call('PATCH', roomPath(made.json.id), { ...AS_APP, body })).status, 200);
    const delta = await f.call(
      'GET',
      `/users/${ROOM}/calendarView/delta?startDateTime=${FROM}&endDateTime=${TO}`,
      AS_APP,
    );
    assert.deepEqual(delta.json.value[0].categories, ['Cleaning']);
    const headers = { 'if-match': made.json['@odata.etag'] };
    assert.equal((await f.call('PATCH', roomPath(made.json.id), { ...AS_APP, body, headers })).status, 412);
    assert.equal((await f.call('DELETE', roomPath(made.json.id), AS_APP)).status, 204);
    assert.equal((await f.call('POST', `/users/${ANNA}/events`, { ...AS_APP, body: NINE })).status, 403);
  });

  it('makes an event once for a transaction', async () => {
    const f = fixture();
    const body = { ...NINE, ...WITH_ROOM, transactionId: 'tap-1' };
    const [one, two] = [await created(f, body), await created(f, body)];
    assert.equal(one.id, two.id);
    assert.equal((await view(f, FROM, TO)).length, 1);
  });
});

describe('sandbox graph: a room that joins or leaves a meeting', () => {
  it('is asked and told when it is added to and taken off a meeting that is there', async () => {
    const f = fixture();
    const event = await created(f, { ...NINE, attendees: [guest('ben.carter')] });
    const everybody = { attendees: [guest('ben.carter'), ...WITH_ROOM.attendees] };
    await f.call('PATCH', eventPath(event.id), { body: everybody });
    await f.pass(4_000);
    assert.equal(roomOf((await f.call('GET', eventPath(event.id))).json), 'accepted');
    await f.call('PATCH', eventPath(event.id), { body: { attendees: [guest('ben.carter')] } });
    const [gone] = await inRoom(f);
    assert.deepEqual([gone.isCancelled, gone.showAs], [true, 'free']);
    assert.equal((await view(f, FROM, TO, { as: BEN }))[0].isCancelled, false);
  });

  it('is asked for one occurrence of a series alone, and taken off one', async () => {
    const f = fixture();
    const series = await created(f, { ...NINE, recurrence: weekly(3) });
    const [, second] = await view(f, FROM, TO);
    await f.call('PATCH', eventPath(second.id), { body: WITH_ROOM });
    await f.pass(4_000);
    assert.equal(days(await inRoom(f)), '08');
    assert.deepEqual((await view(f, FROM, TO)).map(roomOf), [undefined, 'accepted', undefined]);
    await f.call('PATCH', eventPath(series.id), { body: WITH_ROOM });
    await f.pass(4_000);
    const [first] = await view(f, FROM, TO);
    await f.call('PATCH', eventPath(first.id), { body: { attendees: [] } });
    const taken = (await inRoom(f)).filter((one: Json) => !one.isCancelled);
    assert.equal(days(taken), '08 15');
  });
});

describe('sandbox graph: rooms that are taken twice', () => {
  const POLICIES: [string, RoomPolicy | undefined, string, string][] = [
    ['declines all of it without a policy', undefined, 'declined declined declined declined', '08'],
    [
      'accepts all of it with allowConflicts',
      { allowConflicts: true },
      'accepted accepted accepted accepted',
      '01 08 08 15 22',
    ],
    [
      'declines what collides within the share',
      { conflictPercentageAllowed: 25 },
      'accepted declined accepted accepted',
      '01 08 15 22',
    ],
    [
      'declines all of it beyond the share',
      { conflictPercentageAllowed: 24 },
      'declined declined declined declined',
      '08',
    ],
    [
      'declines what collides within the number',
      { maximumConflictInstances: 1 },
      'accepted declined accepted accepted',
      '01 08 15 22',
    ],
    [
      'declines all of it when one of both limits is passed',
      { conflictPercentageAllowed: 100, maximumConflictInstances: 0 },
      'declined declined declined declined',
      '08',
    ],
  ];
  for (const [name, policy, answers, held] of POLICIES)
    it(`a series with one collision: ${name}`, async () => {
      const f = fixture();
      f.graph.control.setRoomPolicy(ROOM, policy);
      await created(f, { ...meeting('2026-12-08T09:30:00', '2026-12-08T10:00:00'), ...WITH_ROOM }, { as: BEN });
      await f.pass(4_000);
      await booked(f, { recurrence: weekly(4) });
      assert.equal((await view(f, FROM, TO)).map(roomOf).join(' '), answers);
      assert.equal(days(await inRoom(f)), held);
    });

  it('a single meeting that collides is declined whatever share of a series may', async () => {
    const f = fixture();
    f.graph.control.setRoomPolicy(ROOM, { conflictPercentageAllowed: 100 });
    await booked(f);
    const { mine } = await booked(f);
    assert.equal(roomOf((await f.call('GET', eventPath(mine.id))).json), 'declined');
  });

  it('answers nobody who has asked for no answer, and still takes the meeting', async () => {
    const f = fixture();
    const { mine, held } = await booked(f, { responseRequested: false });
    assert.equal(held[0].responseStatus.response, 'accepted');
    assert.equal(roomOf((await f.call('GET', eventPath(mine.id))).json), 'none');
  });

  it('can be written into directly: a meeting of a person, of somebody outside, of its own', async () => {
    const f = fixture();
    await booked(f);
    const from = utc('2026-12-01T00:00:00');
    const event = { ...NINE, subject: 'Squeezed in' };
    const written = f.graph.store.writeIntoRoom(room, event, ben);
    assert.deepEqual([written.response, written.organizer.name], ['accepted', 'Ben Carter']);
    const [theirs] = f.graph.store.view(ben, from, from + 86_400_000);
    assert.deepEqual([theirs?.subject, theirs?.location], ['Squeezed in', 'Room Oslo']);
    assert.deepEqual(theirs?.attendees, [
      { name: 'Room Oslo', address: 'room.oslo@contoso.example', type: 'resource', response: 'accepted' },
    ]);
    const outsider = { name: 'Ida Novak', address: 'ida@partner.example' };
    const foreign = f.graph.store.writeIntoRoom(room, { ...event, subject: 'Foreign' }, outsider);
    assert.deepEqual([foreign.isOrganizer, foreign.organizer], [false, outsider]);
    assert.equal(f.graph.store.writeIntoRoom(room, { ...event, subject: 'Own' }).isOrganizer, true);
    await f.pass(10_000);
    assert.deepEqual(
      (await inRoom(f)).map((one: Json) => [one.subject, one.responseStatus.response]),
      [
        ['Planning', 'accepted'],
        ['Squeezed in', 'accepted'],
        ['Foreign', 'accepted'],
        ['Own', 'organizer'],
      ],
    );
    f.graph.store.respond(room, foreign.id, 'decline');
    assert.equal((await inRoom(f)).length, 3);
  });
});
