import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ANNA, APP, type Call, type Fixture, fixture, type Json, ROOM, TENANT } from './setup.ts';
import { misfits } from './type-definitions.ts';

const LIST = 'rooms.oslo@contoso.example';
const AS_APP: Call = { as: null, roles: ['Place.Read.All', 'User.ReadBasic.All'] };
const ROOMS = '/places/microsoft.graph.room';
const OSLO = {
  building: 'Oslo House',
  floorNumber: 2,
  capacity: 8,
  geoCoordinates: { latitude: 59.9, longitude: 10.7 },
  videoDeviceName: 'Camera',
  tags: ['Quiet'],
  roomListUpn: LIST.toUpperCase(),
};

function furnished(more = 0): Fixture {
  const f = fixture();
  f.graph.control.setRoom(ROOM, OSLO);
  f.world.roomLists.set(LIST, { tenantId: TENANT, upn: LIST, displayName: 'Oslo rooms' });
  const room = f.world.people.get(ROOM);
  for (let index = 0; index < more && room; index += 1) {
    const oid = `d0000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
    f.world.people.set(oid, { ...room, oid, upn: `room${index}@contoso.example`, room: undefined });
  }
  const [elsewhere, oid] = ['22222222-2222-4222-8222-222222222222', 'd0000000-0000-4000-8000-0000000000ff'];
  if (room) f.world.people.set(oid, { ...room, oid, tenantId: elsewhere, upn: 'room@elsewhere.example' });
  return f;
}

describe('sandbox graph: places', () => {
  it('describes a room without its object id, which the address leads to', async () => {
    const f = furnished();
    const { status, json } = await f.call('GET', ROOMS, AS_APP);
    assert.equal(status, 200);
    const [room, ...others] = json.value;
    assert.equal(others.length, 0, 'no room of another tenant');
    assert.deepEqual(
      misfits(room, 'Room').filter((problem) => !problem.includes('placeId')),
      [],
    );
    const { building, floorNumber, capacity, geoCoordinates, videoDeviceName, audioDeviceName, tags } = room;
    assert.deepEqual(
      { building, floorNumber, capacity, geoCoordinates, videoDeviceName, audioDeviceName, tags },
      {
        building: 'Oslo House',
        floorNumber: 2,
        capacity: 8,
        geoCoordinates: OSLO.geoCoordinates,
        videoDeviceName: 'Camera',
        audioDeviceName: null,
        tags: ['Quiet'],
      },
    );
    assert.ok(room.id !== ROOM && room.placeId !== ROOM && room.placeId !== room.id);
    const user = await f.call('GET', `/users/${room.emailAddress}?$select=id,accountEnabled`, AS_APP);
    assert.equal(user.json.id, ROOM);
    assert.equal(user.json.accountEnabled, false);
    for (const name of [room.id, room.placeId, room.emailAddress.toUpperCase()]) {
      const one = await f.call('GET', `/places/${name}`, AS_APP);
      assert.deepEqual([one.json.id, one.json['@odata.type']], [room.id, '#microsoft.graph.room']);
    }
  });

  it('keeps rooms out of the people who can sign in, and among the accounts as a whole', async () => {
    const f = furnished();
    const oids = async (query: string) =>
      (await f.call('GET', `/users?$top=100${query}`, AS_APP)).json.value.map((one: Json) => one.id);
    assert.ok((await oids('')).includes(ROOM));
    const people = await oids('&$filter=accountEnabled eq true');
    assert.ok(people.includes(ANNA) && !people.includes(ROOM));
  });

  it('lists room lists and what belongs to one', async () => {
    const f = furnished(1);
    const lists = await f.call('GET', '/places/microsoft.graph.roomlist', AS_APP);
    assert.deepEqual(
      lists.json.value.map((one: Json) => [one.displayName, one.emailAddress]),
      [['Oslo rooms', LIST]],
    );
    assert.deepEqual(misfits(lists.json.value[0], 'RoomList'), []);
    const rooms = await f.call('GET', `/places/${LIST}/microsoft.graph.roomlist/rooms`, AS_APP);
    assert.deepEqual(
      rooms.json.value.map((one: Json) => one.displayName),
      ['Room Oslo'],
    );
  });

  it('pages by a hundred whatever is asked for, counts and filters', async () => {
    const f = furnished(120);
    const first = await f.call('GET', `${ROOMS}?$top=500&$count=true&$select=emailAddress`, AS_APP);
    assert.deepEqual([first.json.value.length, first.json['@odata.count']], [100, 121]);
    const rest = await f.call('GET', first.json['@odata.nextLink'], AS_APP);
    assert.equal(rest.json.value.length, 21);
    assert.equal(rest.json['@odata.nextLink'], undefined);
    const all = [...first.json.value, ...rest.json.value].map((one: Json) => one.emailAddress);
    assert.equal(new Set(all).size, 121);
    const filter = encodeURIComponent("emailAddress eq 'ROOM7@contoso.example'");
    const found = await f.call('GET', `${ROOMS}?$filter=${filter}`, AS_APP);
    assert.deepEqual(
      found.json.value.map((one: Json) => one.emailAddress),
      ['room7@contoso.example'],
    );
  });

  const REFUSALS: [string, string, Call, number][] = [
    ['no permission of the application', ROOMS, { as: null, roles: ['Calendars.Read'] }, 403],
    ['no permission of the person', ROOMS, { scopes: 'Calendars.Read' }, 403],
    ['a delegated permission is enough', ROOMS, { scopes: 'Place.Read.All' }, 200],
    ['an unknown place', '/places/nobody@contoso.example', AS_APP, 404],
    ['rooms of an unknown list', '/places/no@contoso.example/microsoft.graph.roomlist/rooms', AS_APP, 404],
    ['a filter that is not known', `${ROOMS}?$filter=capacity gt 4`, AS_APP, 400],
    ['nothing in particular', '/places', AS_APP, 400],
  ];
  for (const [name, path, how, status] of REFUSALS)
    it(`answers ${status} to ${name}`, async () => {
      assert.equal((await furnished().call('GET', path, { app: APP, ...how })).status, status);
    });
});
