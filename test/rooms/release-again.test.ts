/** What is given back is what was asked about: another time of the same entry is not, whenever it is seen. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { GraphFailure } from '../../src/graph/failures.ts';
import { type Press, pressCheckIn } from '../../src/rooms/press.ts';
import { isProposed, LOOKED_BACK, strikesIn } from '../../src/rooms/strikes.ts';
import { ANN, DAY, HOUR, MINUTE, meeting, NOW } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { RoomWorld } from './scene.ts';

const START = NOW + 2 * HOUR;

describe('a release', () => {
  let db: OpenTestDatabase;
  let world: RoomWorld;
  let roomId: string;
  let ann: string;

  const held = (id: string, more: Partial<CalendarEvent> = {}) =>
    meeting({ id, startAt: START, endAt: START + 3 * HOUR, createdAt: NOW - DAY, ...more });
  const states = async () => (await world.checkIns()).map((one) => one.state);
  const refuse = (status: number, kind: 'unavailable' | 'rejected') => {
    world.graph = async () => {
      world.graph = undefined;
      throw new GraphFailure(kind, status, 'x', undefined);
    };
  };
  const press = (which: Press, startAt: number) =>
    world.inTenant((sql) =>
      pressCheckIn(
        sql,
        { tenantId: world.tenantId, roomId, eventId: 'one', startAt },
        { press: which, personId: ann, correlationId: 'c' },
        world.now,
      ),
    );
  async function toRelease(): Promise<void> {
    world.now = START - 10 * MINUTE;
    await world.deliverAll();
    world.now = START + 10 * MINUTE;
  }

  before(async () => {
    db = await openTestDatabase();
    world = new RoomWorld(db);
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await world.reset();
    roomId = await world.addRoom('Alpha', { capacity: 6 });
    ann = await world.addPerson(ANN.address);
    await world.switchOn();
    await world.read(roomId, [held('one')]);
  });

  const LATER = { startAt: START + HOUR, endAt: START + 4 * HOUR };

  for (const isOnRequest of [false, true])
    it(`${isOnRequest ? 'on request' : 'of a ghost'} is not tried again at the hour to which it was moved`, async () => {
      if (isOnRequest) await press('giveBack', START);
      else await toRelease();
      refuse(503, 'unavailable');
      await world.perform();
      assert.deepEqual([world.asked, await states()], [['decline one'], ['releasing']]);
      await world.read(roomId, [held('one', LATER)]);
      world.pass(2);
      await world.perform();
      assert.deepEqual(world.asked, ['decline one'], 'nothing more');
      assert.equal((await states())[0], 'kept');
      assert.equal((await db.peek('select from cw.booking')).length, 1);
    });

  /** [what Graph knows and we don’t, what comes of it] */
  const unread: [string, RoomWorld['unread'], string][] = [
    ['moved', LATER, 'kept'],
    ['cancelled', { isCancelled: true }, 'kept'],
    ['gone', 'gone', 'kept'],
    ['declined', { response: 'declined' }, 'released'],
  ];
  for (const [what, more, state] of unread)
    it(`looks at Graph first: what was ${what} there is ${state}`, async () => {
      await toRelease();
      world.unread = more;
      await world.perform();
      assert.deepEqual([world.asked, await states()], [[], [state]]);
    });

  it('declines in silence where the organiser wants no answers', async () => {
    await toRelease();
    refuse(400, 'rejected');
    await world.perform();
    assert.deepEqual([world.asked, await states()], [['decline one', 'decline one in silence'], ['released']]);
  });

  it('that somebody asked for and Graph refuses is said to them; one that nobody asked for is not', async () => {
    for (const isOnRequest of [true, false]) {
      await world.reset();
      roomId = await world.addRoom('Alpha', { capacity: 6 });
      ann = await world.addPerson(ANN.address);
      await world.switchOn();
      await world.read(roomId, [held('one')]);
      if (isOnRequest) await press('giveBack', START);
      else await toRelease();
      world.graph = async () => {
        throw new GraphFailure('forbidden', 403, 'ErrorAccessDenied', undefined);
      };
      await world.perform();
      assert.deepEqual(await states(), ['kept']);
      const kept = (await world.notices()).filter((one) => one.kind === 'roomKept');
      assert.deepEqual(
        kept.map((one) => one.person_id),
        isOnRequest ? [ann] : [],
      );
    }
  });

  it('leaves what is nearly over by now', async () => {
    await toRelease();
    await world.read(roomId, [held('one', { endAt: START + 11 * MINUTE })]);
    await world.perform();
    assert.deepEqual([world.asked, await states()], [[], ['kept']]);
  });

  it('of a quarter of an hour is made, a little late as well', async () => {
    await world.read(roomId, [held('one', { endAt: START + 15 * MINUTE })]);
    await toRelease();
    world.now += 5_000;
    await world.perform();
    assert.deepEqual([world.asked, await states()], [['decline one'], ['released']]);
  });
});

describe('strikes without an end', () => {
  it('are proposed at every third, and counted no further than there is an end', () => {
    const proposed = Array.from({ length: 20 }, (_, index) => index + 1).filter((count) =>
      isProposed(
        strikesIn(Array.from({ length: Math.min(count, LOOKED_BACK) }, () => ({ state: 'released', reason: null }))),
      ),
    );
    assert.deepEqual(proposed, [3, 6, 9, 12]);
  });
});
