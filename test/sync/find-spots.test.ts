import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { CalendarEvent, Coordinates } from '../../src/calendar/event.ts';
import { pruneSpots } from '../../src/store/spots.ts';
import { findSpots } from '../../src/sync/find-spots.ts';
import type { TravelProvider } from '../../src/travel/port.ts';
import { DAY_MS, empty, NOW, seedTenant } from '../store/seed.ts';
import { allDay, at, meeting } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';

const SPOT: Coordinates = { latitude: 48.2, longitude: 11.6 };
const named = (name: string, more: Partial<CalendarEvent> = {}): CalendarEvent =>
  meeting({ id: name, startAt: NOW, place: { name, isRoom: false }, ...more });

describe('finding where addresses are', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let now: number;
  let asked: string[];
  let answer: (address: string) => Coordinates | undefined;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    await db.peek('delete from cw.spot');
    tenantId = await seedTenant(db);
    [now, asked, answer] = [NOW, [], () => SPOT];
  });

  const locating: TravelProvider = {
    name: 'test',
    estimate: async () => undefined,
    locate: async (address) => {
      asked.push(address);
      return answer(address);
    },
  };
  const find = async (events: CalendarEvent[], places = {}, travel = locating, tenant = tenantId) =>
    Object.fromEntries(
      await findSpots(
        { database: db.database, travel, clock: { now: () => now, after: () => () => undefined } },
        tenant,
        events,
        places,
      ),
    );

  it('asks once for all plans and people of a tenant, and keeps no address', async () => {
    const events = [named('Main Street 1, Munich'), named(' MAIN STREET 1, Munich ', { id: 'again' })];
    assert.deepEqual(await find(events), { 'main street 1, munich': SPOT });
    assert.deepEqual(await find(events), { 'main street 1, munich': SPOT });
    assert.deepEqual(asked, ['main street 1, munich']);
    assert.doesNotMatch(JSON.stringify(await db.peek('select * from cw.spot')), /main|munich/i);
    const other = await seedTenant(db);
    await find(events, {}, locating, other);
    assert.equal(asked.length, 2, 'another tenant asks itself');
  });

  it('remembers that there is no such place', async () => {
    answer = () => undefined;
    assert.deepEqual(await find([named('Nowhere Street 9')]), {});
    assert.deepEqual(await find([named('Nowhere Street 9')]), {});
    assert.equal(asked.length, 1);
    assert.equal(await pruneSpots(db.database.system, 100, now), 0);
    assert.equal(await pruneSpots(db.database.system, 100, now + DAY_MS), 1);
    await find([named('Nowhere Street 9')]);
    assert.equal(asked.length, 2, 'until that is long ago');
  });

  it('asks for ten at most, the soonest first, and the rest with the next plan', async () => {
    const events = Array.from({ length: 25 }, (_, index) =>
      named(`Street ${100 + index}, Munich`, { startAt: NOW + (25 - index) * DAY_MS }),
    );
    assert.equal(Object.keys(await find(events)).length, 10);
    assert.equal(asked[0], 'street 124, munich');
    assert.equal(Object.keys(await find(events)).length, 20);
    assert.equal(Object.keys(await find(events)).length, 25);
    assert.equal(asked.length, 25);
  });

  it('goes on without, where nobody answers, and asks again with the next plan', async () => {
    answer = () => {
      throw new Error('down');
    };
    assert.deepEqual(await find([named('Street 1, Munich'), named('Street 2, Munich')]), {});
    assert.equal(asked.length, 1, 'the others wait as well');
    answer = () => SPOT;
    assert.equal(Object.keys(await find([named('Street 1, Munich'), named('Street 2, Munich')])).length, 2);
  });

  it('does not wait for long', async () => {
    answer = () => {
      now += 2_400;
      return SPOT;
    };
    await find(['1', '2', '3', '4', '5'].map((number) => named(`Street ${number}, Munich`)));
    assert.equal(asked.length, 3);
  });

  /** [what, the meeting, what is asked for] */
  const cases: [string, CalendarEvent, string?][] = [
    ['an address', named('Leopoldstr. 12, 80802 München'), 'leopoldstr. 12, 80802 münchen'],
    [
      'its address rather than its name',
      named('Client', { place: { name: 'Client', address: 'Main St 1', isRoom: false } }),
      'main st 1',
    ],
    ['coordinates that it brought', named('x', { place: at('Main Street 1, Munich', 48, 11) })],
    ['a name of one word', named('Isar4')],
    ['a name without number or comma', named('Small meeting room')],
    ['a room', named('Room 4, 2nd floor', { place: { name: 'Room 4, 2nd floor', isRoom: true } })],
    ['a link', named('https://zoom.us/j/123, or by phone')],
    ['a service', named('Microsoft Teams Meeting, 1')],
    ['what stands in the place of an online meeting', named('Dial 0800, 123456', { joinUrl: 'https://t.example' })],
    ['nothing', meeting({ place: undefined })],
    ['a declined meeting', named('Main Street 1, Munich', { response: 'declined' })],
    ['a cancelled meeting', named('Main Street 1, Munich', { isCancelled: true })],
    [
      'an all-day entry',
      allDay('2026-12-01', '2026-12-02', { place: { name: 'Main Street 1, Munich', isRoom: false } }),
    ],
    ['a place that the person keeps', named('Main St 1, home')],
  ];
  for (const [what, event, expected] of cases)
    it(`${expected ? 'looks up' : 'does not look up'} ${what}`, async () => {
      await find([event], { home: { label: 'Main St 1, Home', ...SPOT } });
      assert.deepEqual(asked, expected ? [expected] : []);
    });

  it('asks nobody where nobody can be asked', async () => {
    const { locate: _locate, ...blind } = locating;
    assert.deepEqual(await find([named('Main Street 1, Munich')], {}, blind), {});
  });
});
