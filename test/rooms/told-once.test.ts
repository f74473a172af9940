/** That a room is lost is told once, whichever of the things that know of it comes first. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { changesOf } from '../../src/calendar/difference.ts';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { claimDueErrands, performErrand } from '../../src/delivery/errands/dispatch.ts';
import { createLog } from '../../src/log.ts';
import type { NoticedChange } from '../../src/nudges/nudge.ts';
import { type AskingParts, createBookRoom, planAsk } from '../../src/rooms/asking.ts';
import { roomAsksFollower } from '../../src/rooms/settle-asks.ts';
import { planCheckIn } from '../../src/store/check-ins.ts';
import { writeChanges, writeEvents } from '../../src/store/events.ts';
import { writePlan } from '../../src/sync/write-plan.ts';
import { attendee, DAY, HOUR, meeting, NOW } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { RoomWorld } from './scene.ts';

const START = NOW + 6 * HOUR;
const SECOND = 1_000;

describe('a room that is lost', () => {
  let db: OpenTestDatabase;
  let world: RoomWorld;
  let roomId: string;
  let ann: string;
  let serial = 0;

  before(async () => {
    db = await openTestDatabase();
    world = new RoomWorld(db);
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await world.reset();
    roomId = await world.addRoom('alpha');
    await world.addRoom('beta');
    await world.addRoom('gamma');
    ann = await world.addPerson('ann@test.example');
    await db.peek('update cw.person set watch_since = $1', [new Date(NOW - DAY)]);
  });

  const held = (response: CalendarEvent['attendees'][number]['response'], more: Partial<CalendarEvent> = {}) =>
    meeting({
      id: 'made',
      isOrganizer: true,
      response: 'organizer',
      changeKey: `key-${response}`,
      startAt: START,
      endAt: START + HOUR,
      attendees: [attendee('Alpha', { type: 'resource', address: 'alpha@test.example', response })],
      ...more,
    });

  /** As a sync writes what it read of Ann's calendar. */
  async function sync(stored: CalendarEvent[], read: CalendarEvent[]): Promise<void> {
    world.now += SECOND;
    const { tenantId, now } = world;
    const merged = { upserts: read, removals: [], refused: 0, missingMasters: [], isDoubtful: false };
    const changes: NoticedChange[] = changesOf(stored, merged, now).map((one) => {
      serial += 1;
      return { ...one, changeId: `change-${serial}`, noticedAt: now };
    });
    await world.inTenant(async (sql) => {
      await writeEvents(sql, tenantId, ann, read, []);
      await writeChanges(sql, tenantId, ann, changes, 'c');
      const travel = { places: {}, estimates: new Map(), spots: new Map() };
      const about = { tenantId, personId: ann, mailboxId: ann, correlationId: 'c', travel, changes };
      const followers = [roomAsksFollower];
      await writePlan(sql, { ...about, followers, read: { upserts: read, removals: [] } }, now);
    });
  }
  const ask = (into = true) =>
    world.inTenant((sql) => {
      const wanted = { askId: 'ask-1', personId: ann, roomId, startAt: START, endAt: START + HOUR };
      return planAsk(sql, world.tenantId, { ...wanted, ...(into ? { into: 'made' } : {}) }, 'c', world.now);
    });
  /** Graph has written the room into the meeting, and tells so now. */
  async function perform(): Promise<void> {
    const clock = { now: () => world.now, after: () => () => undefined };
    const graph: AskingParts['graph'] = {
      createMeeting: async () => ({ id: 'made', changeKey: 'v1' }),
      readEvent: async () => ({
        ...{ id: 'made', isOrganizer: true, attendees: [], changeKey: 'v0', iCalUId: 'u' },
        start: { dateTime: new Date(START).toISOString().slice(0, 19), timeZone: 'UTC' },
        end: { dateTime: new Date(START + HOUR).toISOString().slice(0, 19), timeZone: 'UTC' },
      }),
      writeRooms: async () => ({ id: 'made', changeKey: 'v1' }),
    };
    const errands = [createBookRoom({ database: db.database, graph })];
    const deps = { database: db.database, clock, log: createLog('silent'), errands, poke: () => undefined };
    for (const lease of await claimDueErrands(deps, 10)) await performErrand(deps, lease);
  }
  const said = async () =>
    (await world.notices())
      .filter((one) => one.state !== 'withdrawn' && (one.kind === 'change' || one.kind === 'roomBooked'))
      .map((one) => `${one.kind} ${(one.facts as { change?: string }).change ?? ''}`.trim());
  const none = () => sync([], [held('none', { attendees: [] })]);
  const asked = () => sync([held('none', { attendees: [] })], [held('none')]);
  const declined = (from: Parameters<typeof held>[0] = 'none') => sync([held(from)], [held('declined')]);

  it('is told by the change where nobody asked through us', async () => {
    await sync([], [held('accepted')]);
    await sync([held('accepted')], [held('declined')]);
    assert.deepEqual(await said(), ['change roomLost']);
    const notice = (await world.notices()).find((one) => one.kind === 'change');
    const { hasRooms } = (notice?.facts ?? {}) as { hasRooms?: boolean };
    assert.equal(hasRooms, true, 'there are others to take');
  });

  for (const into of [true, false]) {
    const what = into ? 'a meeting of theirs' : 'a new one';
    it(`is told by the ask alone: its outcome first, for ${what}`, async () => {
      await (into ? none() : Promise.resolve());
      await ask(into);
      await perform();
      await asked();
      await declined();
      await declined();
      assert.deepEqual(await said(), ['roomBooked']);
    });

    it(`is told by the ask alone: the change first, for ${what}`, async () => {
      await (into ? none() : Promise.resolve());
      await ask(into);
      await asked();
      await declined();
      assert.deepEqual(await said(), [], 'Graph has not told us that it was asked');
      await perform();
      await sync([held('declined')], [held('declined')]);
      assert.deepEqual(await said(), ['roomBooked']);
    });
  }

  it('is told by the change when it is lost again, long after the ask was settled', async () => {
    await none();
    await ask();
    await perform();
    await asked();
    await declined();
    world.now += 2 * HOUR;
    await sync([held('declined')], [held('accepted', { changeKey: 'again' })]);
    await sync([held('accepted', { changeKey: 'again' })], [held('declined', { changeKey: 'lost again' })]);
    assert.deepEqual((await said()).sort(), ['change roomLost', 'roomBooked']);
  });

  it('is told by the change of another meeting', async () => {
    await none();
    await ask();
    const other = { id: 'other', startAt: START + DAY, endAt: START + DAY + HOUR };
    await sync([], [held('accepted', other)]);
    await sync([held('accepted', other)], [held('declined', other)]);
    assert.deepEqual(await said(), ['change roomLost']);
  });

  describe('and was given back here', () => {
    const giveBack = (startAt: number) =>
      world.inTenant(async (sql) => {
        const row = { roomId, eventId: `in-room-${startAt}`, startAt, endAt: startAt + HOUR, seriesId: null };
        const asked = {
          organizer: 'ann@test.example',
          personId: ann,
          askedBy: null,
          askAt: startAt,
          releaseAt: startAt,
        };
        const checkIn = { ...row, ...asked, state: 'releasing' as const, reason: null };
        await planCheckIn(sql, world.tenantId, checkIn, world.now);
      });

    it('is told as that', async () => {
      await sync([], [held('accepted')]);
      await giveBack(START);
      await declined('accepted');
      assert.deepEqual(await said(), []);
    });

    it('is told where not all that were lost were given back', async () => {
      const days = [0, 1].map((day): Partial<CalendarEvent> => {
        const startAt = START + day * DAY;
        return { id: `o${day}`, type: 'occurrence', seriesMasterId: 'head', startAt, endAt: startAt + HOUR };
      });
      const both = (response: Parameters<typeof held>[0]) => days.map((one) => held(response, one));
      await sync([], both('accepted'));
      await giveBack(START);
      await sync(both('accepted'), both('declined'));
      assert.deepEqual(await said(), ['change roomLost']);
      await giveBack(START + DAY);
      await sync(both('declined'), both('declined'));
      assert.deepEqual(await said(), []);
    });
  });

  it('offers what is free instead, but none that has said no to this meeting', async () => {
    const beta = attendee('Beta', { type: 'resource', address: 'beta@test.example', response: 'declined' });
    const withBeta = (response: Parameters<typeof held>[0]) =>
      held(response, { attendees: [...held(response).attendees, beta] });
    await sync([], [withBeta('none')]);
    await ask();
    await perform();
    await sync([withBeta('none')], [withBeta('declined')]);
    const [notice] = (await world.notices()).filter((one) => one.kind === 'roomBooked');
    const { alternatives } = (notice?.facts ?? {}) as { alternatives?: { name: string }[] };
    assert.deepEqual(
      alternatives?.map((one) => one.name),
      ['gamma'],
    );
  });
});
