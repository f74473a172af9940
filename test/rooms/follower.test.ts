/** Rooms' mailboxes in PostgreSQL: bookings, double bookings, and who is told. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { after, before, beforeEach, describe, it } from 'mocha';
import { searchRooms } from '../../src/rooms/search.ts';
import type { Booking } from '../../src/rooms/types.ts';
import { bookingsBetween, writeBookings } from '../../src/store/bookings.ts';
import { watchingAmong } from '../../src/store/people.ts';
import { findConflict } from '../../src/store/room-conflicts.ts';
import { freeRooms } from '../../src/store/rooms.ts';
import { ANN, allDay, DAY, HOUR, MINUTE, meeting, NOW, utc } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { booking } from './rooms.ts';
import { RoomWorld } from './scene.ts';

const BOB = { name: 'Bob', address: 'bob@test.example' };
const START = utc('2026-12-03 10:00');

describe('rooms in the database', () => {
  let db: OpenTestDatabase;
  let world: RoomWorld;
  let roomId: string;

  const bookings = () =>
    db.peek<{ event_id: string; held_since: Date; start_at: Date; state: string }>(
      'select event_id, held_since, start_at, state from cw.booking order by start_at, event_id',
    );
  const held = (id: string, more: Parameters<typeof meeting>[0] = {}) =>
    meeting({ id, startAt: START, endAt: START + HOUR, createdAt: NOW - DAY, ...more });
  const conflicts = () =>
    db.peek<{ conflict_id: string; settled_at: Date | null; occurrences: unknown[] }>(
      'select conflict_id, settled_at, occurrences from cw.room_conflict order by found_at, conflict_id',
    );

  before(async () => {
    db = await openTestDatabase();
    world = new RoomWorld(db);
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await world.reset();
    roomId = await world.addRoom('Alpha', { capacity: 6, features: ['video'] });
  });

  it('keeps bookings equal to the replica, and what was', async () => {
    const head = held('head', { type: 'master' });
    const one = held('one');
    const past = held('past', { startAt: NOW - DAY, endAt: NOW - DAY + HOUR });
    await world.read(roomId, [
      head,
      one,
      past,
      held('free', { showAs: 'free' }),
      allDay('2026-12-05', '2026-12-07', { id: 'day' }),
    ]);
    assert.deepEqual(
      (await bookings()).map((it) => it.event_id),
      ['past', 'one', 'day'],
    );
    assert.equal((await bookings())[1]?.held_since.getTime(), NOW - DAY);
    assert.equal((await bookings())[2]?.start_at.getTime(), utc('2026-12-04 23:00'));
    world.pass(60);
    await world.read(roomId, [held('one', { startAt: START + HOUR, endAt: START + 2 * HOUR })], [past]);
    assert.equal((await bookings())[1]?.held_since.getTime(), NOW + HOUR);
    await world.read(roomId, [held('one', { isCancelled: true })], [allDay('2026-12-05', '2026-12-07', { id: 'day' })]);
    assert.deepEqual(
      (await bookings()).map((it) => it.event_id),
      ['past'],
    );
  });

  it('counts no room among the colleagues who are watched', async () => {
    // It organises what is written into its own calendar; nobody there reads suggestions.
    await world.addPerson('eve@test.example');
    const addresses = ['Alpha@test.example', 'eve@test.example', 'nobody@test.example'];
    assert.deepEqual(
      [...(await world.inTenant((sql) => watchingAmong(sql, world.tenantId, addresses)))],
      ['eve@test.example'],
    );
  });

  it('leaves a person’s mailbox alone', async () => {
    const personId = await world.addPerson(ANN.address);
    await world.read(personId, [held('one')]);
    assert.deepEqual(await bookings(), []);
  });

  it('tells both organisers of a double booking, with what is free instead', async () => {
    const ann = await world.addPerson(ANN.address);
    const bob = await world.addPerson(BOB.address);
    const beta = await world.addRoom('Beta', { capacity: 8, features: ['video'] });
    await world.addRoom('Bare', { capacity: 8 });
    const busy = await world.addRoom('Busy', { capacity: 6, features: ['video'] });
    await world.read(busy, [held('else')]);
    await world.read(roomId, [held('a', { subject: 'Budget' })]);
    world.pass(10);
    await world.read(roomId, [held('b', { organizer: BOB, subject: 'Secret', createdAt: NOW })]);
    const told = await world.notices();
    assert.deepEqual(
      told.map((one) => one.kind),
      ['roomConflict', 'roomConflict'],
    );
    const first = told.find((one) => one.person_id === ann)?.facts;
    const second = told.find((one) => one.person_id === bob)?.facts;
    assert.deepEqual([first?.side, first?.subject, first?.other], ['first', 'Budget', 'Bob']);
    assert.deepEqual([second?.side, second?.subject, second?.other], ['second', 'Secret', ANN.name]);
    assert.deepEqual(first?.occurrences?.[0]?.alternatives, []);
    assert.deepEqual(
      second?.occurrences?.map((one) => one.alternatives.map((it) => it.roomId)),
      [[beta]],
    );
    const conflict = await world.inTenant((sql) => findConflict(sql, world.tenantId, String(second?.conflictId)));
    assert.deepEqual(conflict?.occurrences, [{ firstId: 'a', secondId: 'b', startAt: START, endAt: START + HOUR }]);
    // Another read that changes nothing of it says nothing more.
    await world.read(roomId, [held('b', { organizer: BOB, subject: 'Other', createdAt: NOW })]);
    assert.equal((await world.notices()).length, 2);
  });

  it('tells again when occurrences come or go, not when they pass, and once it is settled', async () => {
    const bob = await world.addPerson(BOB.address);
    world.canMailAnyone = false;
    const series = [0, 1, 2].map((day) =>
      held(`s/${day}`, {
        type: 'occurrence',
        seriesMasterId: 's',
        startAt: START + day * DAY,
        endAt: START + day * DAY + HOUR,
      }),
    );
    await world.read(roomId, series);
    world.pass(1);
    const mine = [0, 1].map((day) =>
      held(`b/${day}`, {
        type: 'occurrence',
        seriesMasterId: 'b',
        organizer: BOB,
        createdAt: NOW,
        startAt: START + day * DAY,
        endAt: START + day * DAY + HOUR,
      }),
    );
    await world.read(roomId, mine);
    const shown = async () =>
      (await world.notices())
        .filter((one) => one.person_id === bob)
        .map((one) => [one.state, one.facts.occurrences?.length]);
    assert.deepEqual(await shown(), [['planned', 2]]);
    await world.deliverAll();
    world.now = START + 2 * HOUR;
    await world.again(roomId);
    assert.deepEqual(await shown(), [['sent', 2]]);
    assert.equal((await conflicts())[0]?.occurrences.length, 1);
    await world.read(roomId, [
      held('b/2', { ...mine[1], id: 'b/2', startAt: START + 2 * DAY, endAt: START + 2 * DAY + HOUR, createdAt: NOW }),
    ]);
    assert.deepEqual(await shown(), [
      ['sent', 2],
      ['planned', 2],
    ]);
    // Gone again before anybody heard of it.
    world.pass(1);
    await world.read(roomId, [], [held('b/2')]);
    assert.deepEqual((await shown()).map(([state]) => state).sort(), ['planned', 'sent', 'withdrawn']);
    await world.deliverAll();
    world.pass(1);
    await world.read(roomId, [
      { ...(mine[1] as (typeof mine)[0]), startAt: START + 5 * DAY, endAt: START + 5 * DAY + HOUR },
    ]);
    assert.deepEqual((await shown()).at(-1), ['planned', 0]);
    assert.ok((await conflicts())[0]?.settled_at);
  });

  it('says once to one organiser, nothing to nobody, and by mail to others', async () => {
    await world.addPerson(ANN.address);
    await world.read(roomId, [held('a'), held('b')]);
    assert.deepEqual(
      (await world.notices()).map((one) => one.facts.side),
      ['both'],
    );
    await world.read(roomId, [
      held('c', { organizer: BOB, createdAt: NOW - 2 * DAY, startAt: START + DAY, endAt: START + DAY + HOUR }),
    ]);
    await world.read(roomId, [
      held('d', {
        organizer: { name: '', address: '' },
        sensitivity: 'private',
        startAt: START + DAY,
        endAt: START + DAY + HOUR,
      }),
    ]);
    const mails = await world.mails();
    assert.deepEqual(
      mails.map((one) => one.payload.to),
      [BOB.address],
    );
    assert.match(mails[0]?.payload.text ?? '', /Somebody booked it too. You were first/);
    // An entry of the room’s own has nobody to tell.
    await world.read(roomId, [
      held('e', {
        organizer: { name: 'Alpha', address: 'Alpha@test.example' },
        startAt: START + 3 * DAY,
        endAt: START + 3 * DAY + HOUR,
      }),
    ]);
    assert.equal((await world.mails()).length, 1);
  });

  it('waits for the end of quiet hours, unless it begins before', async () => {
    const ann = await world.addPerson(ANN.address);
    await db.peek(
      `update cw.person set settings = '{"quiet": {"from": "07:00", "to": "10:00"}}', time_zone = 'UTC' where person_id = $1`,
      [ann],
    );
    await world.read(roomId, [held('a'), held('b')]);
    const soon = { startAt: NOW + HOUR, endAt: NOW + 2 * HOUR };
    await world.read(roomId, [held('c', soon), held('d', soon)]);
    assert.deepEqual(
      (await world.notices()).map((one) => one.due_at.getTime()),
      [NOW, utc('2026-12-01 10:00')],
    );
  });

  it('mails who does not watch here that the room declined', async () => {
    await world.read(roomId, [held('a'), held('past', { startAt: NOW - HOUR, endAt: NOW })]);
    await world.read(roomId, [
      held('a', { response: 'declined' }),
      held('past', { startAt: NOW - HOUR, endAt: NOW, response: 'declined' }),
    ]);
    assert.deepEqual(
      (await world.mails()).map((one) => one.payload.subject),
      ['Not yours any more: Alpha'],
    );
    await world.addPerson(BOB.address);
    await world.read(roomId, [held('b', { organizer: BOB })]);
    await world.read(roomId, [held('b', { organizer: BOB, response: 'declined' })]);
    assert.equal((await world.mails()).length, 1);
  });

  it('finds what is free at a time, and until when', async () => {
    const beta = await world.addRoom('Beta', { capacity: 4 });
    await world.read(roomId, [held('a')]);
    await world.read(beta, [
      held('b', { startAt: START + 2 * HOUR, endAt: START + 3 * HOUR, response: 'notResponded' }),
    ]);
    const search = (from: number) =>
      world.inTenant((sql) =>
        searchRooms(sql, world.tenantId, { span: { from, to: from + HOUR }, people: 2, features: [] }),
      );
    assert.deepEqual(
      (await search(START)).map((one) => [one.room.name, one.freeUntil]),
      [['Beta', START + 2 * HOUR]],
    );
    assert.deepEqual(
      (await search(START + HOUR)).map((one) => one.room.name),
      ['Beta', 'Alpha'],
    );
    assert.deepEqual(
      (await search(START + 2 * HOUR)).map((one) => one.room.name),
      ['Alpha'],
    );
  });

  it('finds all that overlaps, however long it lasts', async () => {
    const span = fc.record({
      from: fc.integer({ min: 0, max: 200 }),
      hours: fc.oneof(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 23, max: 26 }),
        fc.integer({ min: 40, max: 120 }),
      ),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(span, { maxLength: 25 }),
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 1, max: 30 }),
        async (list, at, hours) => {
          await db.peek('delete from cw.booking');
          const all: Booking[] = list.map((one, index) =>
            booking(roomId, NOW + one.from * HOUR, NOW + (one.from + one.hours) * HOUR, { eventId: `e${index}` }),
          );
          const [from, to] = [NOW + at * HOUR, NOW + (at + hours) * HOUR];
          const wanted = all.filter((one) => one.startAt < to && one.endAt > from).map((one) => one.eventId);
          await world.inTenant(async (sql) => {
            await writeBookings(sql, world.tenantId, all);
            const found = await bookingsBetween(sql, world.tenantId, from, to);
            assert.deepEqual(found.map((one) => one.eventId).sort(), wanted.sort());
            const free = await freeRooms(sql, world.tenantId, { from, to }, { people: 1, features: [] });
            assert.equal(free.length, wanted.length > 0 ? 0 : 1);
          });
        },
      ),
      { numRuns: 40 },
    );
    assert.ok(MINUTE > 0);
  });
});
