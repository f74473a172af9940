/** Ghost meetings in PostgreSQL: who is asked, what a press does, and what is released. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { GraphFailure } from '../../src/graph/failures.ts';
import type { RoomStrikesFacts } from '../../src/rooms/facts.ts';
import { giveUpSeries } from '../../src/rooms/give-up.ts';
import { type Press, pressCheckIn } from '../../src/rooms/press.ts';
import { findCheckInByToken, releasesOf } from '../../src/store/check-ins.ts';
import { ANN, DAY, HOUR, meeting, NOW } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { RoomWorld } from './scene.ts';

const START = NOW + 2 * HOUR;

describe('ghost meetings', () => {
  let db: OpenTestDatabase;
  let world: RoomWorld;
  let roomId: string;
  let ann: string;

  const held = (id: string, more: Parameters<typeof meeting>[0] = {}) =>
    meeting({ id, startAt: START, endAt: START + HOUR, createdAt: NOW - DAY, ...more });
  const press = (which: Press, who: { personId?: string } = { personId: ann }, startAt = START, eventId = 'one') =>
    world.inTenant((sql) =>
      pressCheckIn(
        sql,
        { tenantId: world.tenantId, roomId, eventId, startAt },
        { press: which, correlationId: 'c', ...who },
        world.now,
      ),
    );
  const states = async () => (await world.checkIns()).map((one) => one.state);
  /** To the minute in which it is released. */
  async function toRelease(): Promise<void> {
    world.now = START - 10 * 60_000;
    await world.deliverAll();
    world.now = START + 10 * 60_000;
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
  });

  it('asks ten minutes before and releases ten minutes after', async () => {
    const again = await world.read(roomId, [held('one')]);
    assert.equal(again, NOW + 12 * HOUR);
    const [asked] = await world.notices();
    assert.deepEqual([asked?.kind, asked?.person_id, asked?.due_at.getTime()], ['checkIn', ann, START - 10 * 60_000]);
    await toRelease();
    await world.perform();
    assert.deepEqual(world.asked, ['decline one']);
    assert.deepEqual(await states(), ['released']);
    const given = (personId: string, to = START) =>
      world.inTenant((sql) => releasesOf(sql, world.tenantId, personId, { from: START - HOUR, to }));
    assert.deepEqual(await given(ann), [{ address: 'Alpha@test.example', startAt: START }]);
    assert.deepEqual([await given('somebody'), await given(ann, START - 1)], [[], []]);
    assert.deepEqual((await world.notices()).map((one) => one.kind).sort(), ['checkIn', 'roomReleased']);
    assert.equal((await db.peek('select from cw.booking')).length, 0);
    assert.deepEqual(await press('here'), { kind: 'late' });
    // Once it is gone from the room’s calendar, nobody is told anything more.
    await world.read(roomId, [], [held('one')]);
    assert.equal((await world.notices()).length, 2);
  });

  it('asks nobody before an admin switched it on, nor where a room is marked, nor who can’t be reached', async () => {
    await db.peek(`update cw.tenant set policy = '{}'`);
    await world.read(roomId, [held('one')]);
    assert.deepEqual(await states(), []);
    await world.switchOn();
    const marked = await world.addRoom('Ghosts', { keepsGhosts: true });
    await world.read(marked, [held('other')]);
    assert.deepEqual(await states(), []);
    world.canMailAnyone = false;
    const organizer = { name: 'Eve', address: 'eve@test.example' };
    await world.read(roomId, [held('two', { organizer })]);
    // Mails that an admin forbids are no way either.
    world.canMailAnyone = true;
    await db.peek(`update cw.tenant set policy = policy || '{"forbiddenWays": ["email"]}'`);
    await world.read(roomId, [held('three', { organizer, startAt: START + 2 * HOUR, endAt: START + 3 * HOUR })]);
    assert.deepEqual(
      (await world.checkIns()).map((one) => [one.event_id, one.state, one.reason]),
      [
        ['one', 'planned', null],
        ['two', 'kept', 'there is no way to the organiser'],
        ['three', 'kept', 'there is no way to the organiser'],
      ],
    );
    await db.peek(`update cw.tenant set policy = '{}'`);
    await world.again(roomId);
    assert.deepEqual(await states(), ['withdrawn', 'kept', 'kept']);
    assert.deepEqual(
      (await world.errands()).map((one) => one.state),
      ['withdrawn'],
    );
  });

  it('never releases what somebody checked in to', async () => {
    await world.read(roomId, [held('one')]);
    await toRelease();
    assert.equal((await press('here')).kind, 'here');
    assert.equal((await press('here')).kind, 'here');
    await world.perform();
    assert.deepEqual([world.asked, await states()], [[], ['here']]);
    assert.deepEqual((await world.errands())[0]?.state, 'withdrawn');
  });

  it('is decided once, however close the press and the release are', async () => {
    for (let run = 0; run < 12; run += 1) {
      await world.reset();
      roomId = await world.addRoom('Alpha');
      ann = await world.addPerson(ANN.address);
      await world.switchOn();
      await world.read(roomId, [held('one')]);
      await toRelease();
      const isFirst = run % 2 === 0;
      const early = isFirst ? press('here') : undefined;
      const performed = world.perform();
      const [pressed] = await Promise.all([early ?? press('here'), performed]);
      assert.equal(world.asked.length === 0, pressed.kind === 'here', `${pressed.kind} ${world.asked}`);
      assert.deepEqual(await states(), [pressed.kind === 'here' ? 'here' : 'released']);
    }
  });

  it('keeps the room when the question did not arrive in time', async () => {
    const cases: [string, string][] = [
      [`state = 'planned'`, 'never sent'],
      [`state = 'missed', ended_at = '${new Date(START).toISOString()}'`, 'missed'],
      [`state = 'sent', ended_at = '${new Date(START + 9 * 60_000).toISOString()}'`, 'a minute ago'],
      [`state = 'sent', way = 'email', ended_at = '${new Date(START).toISOString()}'`, 'by mail, without buttons'],
    ];
    for (const [set, name] of cases) {
      await db.peek('delete from cw.check_in');
      await db.peek('delete from cw.nudge');
      await db.peek('delete from cw.errand');
      world.now = NOW;
      await world.read(roomId, [held('one')]);
      await db.peek(`update cw.nudge set ${set}`);
      world.now = START + 10 * 60_000;
      await world.perform();
      assert.deepEqual([world.asked, await states()], [[], ['kept']], name);
    }
  });

  it('goes along with bookings that move, end and come back', async () => {
    await world.read(roomId, [held('one')]);
    const later = held('one', { startAt: START + 3 * HOUR, endAt: START + 4 * HOUR });
    world.pass(1);
    await world.read(roomId, [later]);
    assert.deepEqual(await states(), ['withdrawn', 'planned']);
    assert.deepEqual(
      (await world.notices()).map((one) => one.state),
      ['withdrawn', 'planned'],
    );
    world.pass(1);
    await world.read(roomId, [held('one')]);
    assert.deepEqual(await states(), ['planned', 'withdrawn']);
    await world.read(roomId, [held('one', { isCancelled: true })]);
    assert.deepEqual(await states(), ['withdrawn', 'withdrawn']);
    assert.ok((await world.errands()).every((one) => one.state === 'withdrawn'));
    // Back again, as if nothing had been: asked for anew.
    world.pass(1);
    await world.read(roomId, [held('one')]);
    assert.deepEqual((await world.checkIns())[0]?.state, 'planned');
    assert.deepEqual((await world.errands()).filter((one) => one.state === 'planned').length, 1);
    await world.read(roomId, [held('one', { isCancelled: true })]);
    await toRelease();
    await world.perform();
    assert.deepEqual(world.asked, []);
    assert.deepEqual(await press('here'), { kind: 'gone' });
  });

  it('is answered by the link in a mail', async () => {
    await world.read(roomId, [held('one', { organizer: { name: 'Eve', address: 'eve@test.example' } })]);
    const [mail] = await world.mails();
    assert.equal(mail?.payload.to, 'eve@test.example');
    const token = /check-in\?t=([\w-]+)/.exec(mail?.payload.text ?? '')?.[1] ?? '';
    const key = await findCheckInByToken(db.database.system, token);
    assert.deepEqual(key, { tenantId: world.tenantId, roomId, eventId: 'one', startAt: START });
    assert.equal(await findCheckInByToken(db.database.system, `${token}x`), undefined);
    assert.deepEqual(await press('here'), { kind: 'gone' }, 'somebody else’s chat');
    await toRelease();
    assert.equal((await press('here', {})).kind, 'here');
    await world.perform();
    assert.deepEqual(world.asked, []);
  });

  it('gives back at once on request, also later', async () => {
    await world.read(roomId, [held('one')]);
    await press('here');
    assert.equal((await press('giveBack')).kind, 'givenBack');
    assert.deepEqual(await press('here'), { kind: 'late' });
    await world.perform();
    assert.deepEqual(world.asked, ['decline one']);
    assert.deepEqual((await world.checkIns())[0], { event_id: 'one', state: 'released', reason: 'given back' });
    assert.deepEqual(
      (await world.notices()).map((one) => one.kind),
      ['checkIn'],
    );
    await toRelease();
    await world.perform();
    assert.equal(world.asked.length, 1);
  });

  it('gives up on nothing that Graph may have done, and takes 404 for done', async () => {
    await world.read(roomId, [held('one', { response: 'none' })]);
    await toRelease();
    world.graph = async () => {
      world.graph = async () => {
        throw new GraphFailure('notFound', 404, 'ErrorItemNotFound', undefined);
      };
      throw new GraphFailure('unavailable', 503, 'x', undefined);
    };
    await world.perform();
    assert.deepEqual(await states(), ['releasing']);
    assert.deepEqual(await press('here'), { kind: 'late' });
    world.pass(2);
    await world.perform();
    assert.deepEqual([world.asked, await states()], [['delete one', 'delete one'], ['released']]);
  });

  it('keeps the room when Graph refuses, and when the time has passed', async () => {
    await world.read(roomId, [held('one'), held('two')]);
    await toRelease();
    world.graph = async () => {
      throw new GraphFailure('forbidden', 403, 'ErrorAccessDenied', undefined);
    };
    await world.perform();
    assert.deepEqual(await states(), ['kept', 'kept']);
    await db.peek(`update cw.errand set state = 'planned', ended_at = null, attempts = 0 where kind = 'release'`);
    await db.peek(`update cw.check_in set state = 'planned'`);
    world.pass(45);
    await world.perform();
    assert.deepEqual(await world.checkIns().then((all) => all.map((one) => one.reason)), [
      'its time has passed',
      'its time has passed',
    ]);
  });

  it('proposes to give up the room after three in a row, and does so once', async () => {
    const weekly = (index: number) =>
      held(`s/${index}`, {
        type: 'occurrence',
        seriesMasterId: 's',
        startAt: START + index * DAY,
        endAt: START + index * DAY + HOUR,
      });
    await world.read(roomId, [held('s', { type: 'master' }), ...[0, 1, 2].map(weekly)]);
    for (let index = 0; index < 3; index += 1) {
      world.now = START + index * DAY - HOUR;
      await world.again(roomId);
      world.now = START + index * DAY - 10 * 60_000;
      await world.deliverAll();
      world.now = START + index * DAY + 10 * 60_000;
      await world.perform();
      const proposals = (await world.notices()).filter((one) => one.kind === 'roomStrikes');
      assert.equal(proposals.length, index === 2 ? 1 : 0);
    }
    const proposal = (await world.notices()).find((one) => one.kind === 'roomStrikes');
    const facts = proposal?.facts as unknown as RoomStrikesFacts;
    assert.deepEqual([facts.strikes, facts.seriesId], [3, 's']);
    const about = { nudgeId: String(proposal?.nudge_id), facts, correlationId: 'c' };
    for (let press = 0; press < 2; press += 1)
      assert.equal(await world.inTenant((sql) => giveUpSeries(sql, world.tenantId, about, world.now)), true);
    await world.perform();
    assert.deepEqual(world.asked, ['decline s/0', 'decline s/1', 'decline s/2', 'decline s']);
  });
});
