import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { addDays, dateOf, instantOf, timeOf, wallOf, weekdayOf } from '../../../sandbox/calendar/wall-clock.ts';
import type { ViewedEvent } from '../../../sandbox/graph/store-api.ts';
import { SANDBOX_PLACES, seedCalendars } from '../../../sandbox/seed.ts';
import { createSandbox, type Sandbox } from './harness.ts';

const ZONE = 'Europe/Berlin';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Wall-clock times in Munich. */
const NOWS = {
  'a Tuesday morning': '2026-11-24T09:22',
  'a Monday before work': '2026-11-23T06:10',
  'a Friday afternoon': '2026-11-27T15:40',
  'a Wednesday night': '2026-11-25T23:50',
  'a Saturday': '2026-11-28T12:00',
  'a Sunday night': '2026-11-29T23:45',
  'the Friday before the clocks go forward': '2027-03-26T10:05',
  'the Sunday on which the clocks go forward': '2027-03-28T01:30',
  'the Thursday before the clocks go back': '2026-10-22T14:00',
  'the Monday after the clocks went back': '2026-10-26T08:30',
  'New Year’s Eve': '2026-12-31T11:00',
};

const isMeeting = (event: ViewedEvent) => !event.isAllDay && !event.isCancelled && event.attendees.length > 0;

function seeded(wall: string): Sandbox {
  const now = instantOf(wall, ZONE);
  const sandbox = createSandbox(now);
  seedCalendars(sandbox.store, sandbox.world, { now });
  sandbox.clock.advance(60_000);
  return sandbox;
}

function viewOf({ store, first, clock }: Sandbox, daysBefore = 7, daysAfter = 16): ViewedEvent[] {
  return store.view(first.main, clock.now() - daysBefore * DAY_MS, clock.now() + daysAfter * DAY_MS);
}

const weekdayAt = (at: number) => weekdayOf(dateOf(wallOf(at, ZONE)));

describe('seed: people and places', () => {
  it('gives the same ids in every run, the main person first', () => {
    const [one, two] = [createSandbox(0), createSandbox(1)];
    assert.deepEqual([...one.world.people.keys()], [...two.world.people.keys()]);
    assert.equal([...one.world.people.values()][0], one.first.main);
    for (const oid of one.world.people.keys())
      assert.match(oid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('has six to eight people, one of them an admin, and seven rooms in two buildings that are places as well', () => {
    const { world, first } = createSandbox(0);
    const { people, rooms, admin } = first;
    assert.ok(people.length >= 6 && people.length <= 8);
    assert.deepEqual(
      people.filter((person) => person.appRoles?.includes('CalendarWatch.Admin')),
      [admin],
    );
    assert.equal(rooms.length, 7);
    assert.equal(new Set(rooms.map(({ room }) => room?.building)).size, 2);
    for (const { room } of rooms) assert.ok(world.roomLists.has(room?.roomListUpn ?? ''));
    for (const room of rooms) assert.ok(SANDBOX_PLACES.some((place) => place.displayName === room.displayName));
  });

  it('keeps several tenants apart', () => {
    const { tenants, world, store } = createSandbox(Date.parse('2026-11-24T08:00Z'), 3);
    assert.equal(new Set(tenants.map(({ tenant }) => tenant.domain)).size, 3);
    assert.equal(world.people.size, 3 * (tenants[0]?.people.length ?? 0) + 21);
    seedCalendars(store, world, { now: world.clock.now() });
    for (const { tenant, main } of tenants) {
      const events = store.view(main, world.clock.now() - DAY_MS, world.clock.now() + 7 * DAY_MS);
      assert.ok(events.length > 20);
      for (const { organizer } of events) assert.ok(organizer.address.endsWith(`@${tenant.domain}`));
    }
  });
});

for (const [name, wall] of Object.entries(NOWS)) {
  describe(`seed: the main person’s weeks on ${name}`, () => {
    let sandbox: Sandbox;
    let events: ViewedEvent[];
    const subjects = () => new Set(events.map((event) => event.subject));
    const named = (subject: string) => events.filter((event) => event.subject === subject);

    before(() => {
      sandbox = seeded(wall);
      events = viewOf(sandbox);
    });

    it('has no meeting on a weekend or outside working hours', () => {
      for (const event of events.filter((candidate) => !candidate.isAllDay)) {
        assert.ok(weekdayAt(event.startAt) < 5, `${event.subject} ${wallOf(event.startAt, ZONE)}`);
        const [start, end] = [timeOf(wallOf(event.startAt, ZONE)), timeOf(wallOf(event.endAt, ZONE))];
        assert.ok(
          start >= '08:00' && start <= '18:00' && end >= '08:30' && end <= '18:30',
          `${event.subject} ${start}`,
        );
      }
    });

    it('keeps the stand-up at its time but for the one that was moved, and misses the one that was deleted', () => {
      const standUps = named('Daily stand-up');
      const moved = standUps.filter((event) => event.type === 'exception');
      assert.equal(moved.filter((event) => timeOf(wallOf(event.startAt, ZONE)) === '09:45').length, 1);
      const others = standUps.filter((event) => !moved.includes(event));
      for (const event of others) assert.equal(timeOf(wallOf(event.startAt, ZONE)), '09:15');
      const days = standUps.map((event) => dateOf(wallOf(event.startAt, ZONE)));
      const [first = '', last = ''] = [days[0], days.at(-1)];
      const all = Array.from({ length: 40 }, (_, i) => addDays(first, i)).filter((d) => d <= last && weekdayOf(d) < 5);
      assert.equal(all.length - days.length, 1);
    });

    it('has every kind of event once', () => {
      assert.ok(
        events.some((event) => event.isCancelled),
        'cancelled by its organiser',
      );
      assert.ok(
        events.some((event) => event.response === 'tentativelyAccepted'),
        'tentative',
      );
      assert.ok(
        events.some((event) => event.response === 'notResponded' && !event.isOrganizer),
        'not answered',
      );
      assert.ok(
        events.some((event) => event.sensitivity === 'private'),
        'private',
      );
      assert.ok(
        events.some((event) => event.isAllDay && event.endAt - event.startAt < 26 * HOUR_MS),
        'all day',
      );
      assert.ok(
        events.some((event) => event.isAllDay && event.endAt - event.startAt > 2 * DAY_MS),
        'several days',
      );
      assert.ok(
        events.some((event) => !event.isAllDay && event.endAt - event.startAt > DAY_MS),
        'over night',
      );
      const external = (event: ViewedEvent) =>
        event.attendees.some((one) => !one.address.endsWith('northwind.example'));
      assert.ok(
        events.some((event) => event.isOnline && external(event)),
        'online with an external',
      );
      const oneToOne = named('Lena / Tomasz')[0];
      assert.deepEqual([oneToOne?.isOrganizer, oneToOne?.hasAgenda], [true, false]);
      assert.ok(named('Product weekly').every((event) => event.isOnline && event.hasAgenda && !event.isOrganizer));
    });

    it('has the declined meeting only at its organiser', () => {
      assert.ok(!subjects().has('All-hands rehearsal'), 'declining takes a meeting out of the calendar');
      const sofia = sandbox.first.people.find((person) => person.displayName === 'Sofia Castellanos');
      assert.ok(sofia);
      const now = sandbox.clock.now();
      const meeting = sandbox.store
        .view(sofia, now, now + 9 * DAY_MS)
        .find((event) => event.subject === 'All-hands rehearsal');
      const lena = meeting?.attendees.find((one) => one.address === sandbox.first.main.upn);
      assert.equal(lena?.response, 'declined');
    });

    it('has a visit across town within an hour after a meeting in the office, on the next two working days', () => {
      for (const [visit, meeting] of [
        ['Kestrel Bikes: renewal', 'Product weekly'],
        ['Alpenglas: pilot kick-off', 'Prepare the Alpenglas pilot'],
      ] as const) {
        const [out] = named(visit);
        assert.ok(out, visit);
        const before = named(meeting).find(
          (event) => event.endAt <= out.startAt && event.endAt > out.startAt - HOUR_MS,
        );
        assert.match(before?.location ?? '', /^Room /);
        assert.ok(out.startAt > sandbox.clock.now() && out.startAt < sandbox.clock.now() + 5 * DAY_MS);
      }
    });

    it('has all its rooms accepted', () => {
      for (const room of sandbox.first.rooms) {
        const now = sandbox.clock.now();
        for (const event of sandbox.store.view(room, now, now + 9 * DAY_MS)) {
          if (!event.isCancelled) assert.equal(event.response, 'accepted', `${room.displayName}: ${event.subject}`);
        }
      }
    });

    it('overlaps where it means to, and nowhere else, in the five working days from the anchor', () => {
      const timed = viewOf(sandbox, 0, 6).filter((e) => !e.isAllDay && !e.isCancelled && e.endAt - e.startAt < DAY_MS);
      const clashes = timed.flatMap((a, index) =>
        timed
          .slice(index + 1)
          .filter((b) => a.startAt < b.endAt && b.startAt < a.endAt)
          .map((b) => `${a.subject} / ${b.subject}`),
      );
      assert.deepEqual(clashes, ['Pricing experiment: results / Support escalations']);
    });

    it('has a handful of own meetings without an agenda in the next day, at most', () => {
      const next = viewOf(sandbox, 0, 1).filter((event) => isMeeting(event) && event.isOrganizer && !event.hasAgenda);
      assert.ok(next.length <= 3, next.map((event) => event.subject).join());
    });
  });
}

describe('seed: today', () => {
  it('has a meeting in one to two hours at whatever minute of a working day the demo starts', () => {
    // Seven minutes later each hour: every quarter of an hour has its turn.
    for (let minute = 8 * 60; minute <= 16 * 60 + 30; minute += 67) {
      const hour = String(Math.floor(minute / 60)).padStart(2, '0');
      const sandbox = seeded(`2026-11-25T${hour}:${String(minute % 60).padStart(2, '0')}`);
      const now = instantOf(`2026-11-25T${hour}:${String(minute % 60).padStart(2, '0')}`, ZONE);
      const soon = viewOf(sandbox, 0, 1).filter((event) => {
        const wait = event.startAt - now;
        return isMeeting(event) && wait >= HOUR_MS && wait <= 2 * HOUR_MS;
      });
      assert.ok(soon.length > 0, `${hour}:${minute % 60}`);
    }
  }).timeout(60_000);
});
