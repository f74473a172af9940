/** Asking a room: what is written into a meeting, what an answer means, and that nothing is lost or done twice. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import type { GraphEvent } from '../../src/calendar/normalise.ts';
import { claimDueErrands, type ErrandDeps, performErrand } from '../../src/delivery/errands/dispatch.ts';
import { GraphFailure } from '../../src/graph/failures.ts';
import { createLog } from '../../src/log.ts';
import { keepAsked } from '../../src/rooms/asked-card.ts';
import { type AskingParts, createBookRoom, planAsk, withRoom } from '../../src/rooms/asking.ts';
import { heatCells, heatColor, heatWords } from '../../src/rooms/heat-map.ts';
import { buildingsCalled, nearCalled, whereNext } from '../../src/rooms/near.ts';
import { hasPrivateOne, meetingAt, meetingCalled, seriesCalled } from '../../src/rooms/own-meeting.ts';
import { outcomeOf, roomAsksFollower } from '../../src/rooms/settle-asks.ts';
import { cardsOf } from '../../src/store/cards.ts';
import { writeEvents } from '../../src/store/events.ts';
import { findByAddress, lockPerson } from '../../src/store/people.ts';
import { roomsThatDeclined } from '../../src/store/room-asks.ts';
import { ANN, HOUR, meeting, NOW } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { room } from './rooms.ts';
import { RoomWorld } from './scene.ts';

const ALPHA = room('alpha', { name: 'Alpha', address: 'alpha@test.example' });
const resource = (name: string, response?: string) => ({
  type: 'resource',
  emailAddress: { name, address: `${name.toLowerCase()}@test.example` },
  ...(response ? { status: { response } } : {}),
});
const guest = { type: 'required', emailAddress: { name: 'Ben', address: 'ben@test.example' } };
const attendee = (address: string, response: CalendarEvent['attendees'][number]['response']) => ({
  name: address,
  address,
  type: 'resource' as const,
  response,
});

describe('a room into a meeting', () => {
  const cases: [string, GraphEvent, string | undefined, string[] | 'declined' | undefined, string | undefined][] = [
    ['beside the guests', { attendees: [guest] }, undefined, ['Ben', 'Alpha'], 'Alpha'],
    ['where it is asked already', { attendees: [resource('Alpha')] }, undefined, undefined, undefined],
    ['where it said no', { attendees: [resource('Alpha', 'declined')] }, undefined, 'declined', undefined],
    [
      'for one that said no',
      { attendees: [guest, resource('Beta', 'declined')], location: { displayName: 'Beta' } },
      undefined,
      ['Ben', 'Alpha'],
      'Alpha',
    ],
    [
      'for one that is given up, in a place of two',
      { attendees: [resource('Beta', 'accepted')], location: { displayName: 'Beta; Lobby' } },
      'beta@test.example',
      ['Alpha'],
      'Lobby; Alpha',
    ],
    [
      'beside a place of their own',
      { attendees: [], location: { displayName: 'Online' } },
      undefined,
      ['Alpha'],
      undefined,
    ],
    ['beside a room that stays', { attendees: [resource('Beta', 'accepted')] }, undefined, ['Beta', 'Alpha'], 'Alpha'],
  ];
  for (const [name, read, replaces, names, place] of cases)
    it(`is written ${name}`, () => {
      const written = withRoom(read, ALPHA, replaces);
      if (names === 'declined' || names === undefined) return assert.equal(written, names);
      assert.ok(written && written !== 'declined');
      assert.deepEqual(
        written.attendees.map((one) => one.emailAddress?.name),
        names,
      );
      assert.equal(written.place, place);
      assert.ok(written.attendees.every((one) => one.status === undefined));
    });

  it('has it once, and nobody else goes', () => {
    const people = fc.uniqueArray(fc.constantFrom('Ann', 'Ben', 'Cid', 'Dee'), { maxLength: 4 });
    fc.assert(
      fc.property(people, people, (guests, rooms) => {
        const attendees = [
          ...guests.map((name) => ({ ...resource(name), type: 'required' })),
          ...rooms.map((name) => resource(`R${name}`)),
        ];
        const first = withRoom({ attendees }, ALPHA, undefined);
        assert.ok(first && first !== 'declined');
        assert.equal(first.attendees.length, attendees.length + 1);
        assert.equal(withRoom({ attendees: first.attendees }, ALPHA, undefined), undefined);
      }),
      { numRuns: 60 },
    );
  });
});

describe('what becomes of an ask', () => {
  const ask = { endAt: NOW + 2 * HOUR, askedAt: NOW };
  const seen = (response?: CalendarEvent['attendees'][number]['response']) =>
    meeting({ attendees: response ? [attendee(ALPHA.address, response)] : [] });
  const cases: [string, CalendarEvent | undefined, boolean, number, ReturnType<typeof outcomeOf>][] = [
    ['accepted', seen('accepted'), false, NOW, 'booked'],
    ['declined', seen('declined'), false, NOW, 'declined'],
    ['no answer', seen('notResponded'), false, NOW, undefined],
    ['not read yet', undefined, false, NOW, undefined],
    ['of before the room was asked', seen(), false, NOW + 60_000, undefined],
    ['the room was taken off', seen(), false, NOW + 11 * 60_000, 'withdrawn'],
    ['the meeting is gone', undefined, true, NOW, 'withdrawn'],
    ['cancelled', { ...seen('accepted'), isCancelled: true }, false, NOW, 'withdrawn'],
    ['over', seen('notResponded'), false, NOW + 2 * HOUR, 'withdrawn'],
  ];
  for (const [name, event, isGone, now, expected] of cases)
    it(name, () => assert.equal(outcomeOf(ask, ALPHA, { event, isGone }, now), expected));
  it('the room was removed', () =>
    assert.equal(outcomeOf(ask, undefined, { event: seen(), isGone: false }, NOW), 'withdrawn'));
});

describe('near what, and for which meeting', () => {
  const rooms = [
    room('a', { building: 'Munich North', coordinates: { latitude: 48, longitude: 11 } }),
    room('b', { building: 'Munich South', coordinates: { latitude: 49, longitude: 12 } }),
    room('c', { building: 'Hamburg' }),
  ];
  const places = { office: { label: 'Office', latitude: 1, longitude: 2 } };

  it('buildings by their whole name, or by words of it', () => {
    assert.deepEqual(buildingsCalled('munich', rooms), ['Munich North', 'Munich South']);
    assert.deepEqual(buildingsCalled('SOUTH munich', rooms), ['Munich South']);
    assert.deepEqual(buildingsCalled('hamburg', rooms), ['Hamburg']);
    assert.deepEqual(buildingsCalled('atlantis', rooms), []);
  });

  it('a place of one’s own, else buildings, else nothing', () => {
    assert.deepEqual(nearCalled('my office', rooms, places), { buildings: [], near: { latitude: 1, longitude: 2 } });
    assert.deepEqual(nearCalled('munich', rooms, places)?.near, { latitude: 48.5, longitude: 11.5 });
    assert.equal(nearCalled('constructor', rooms, places), undefined);
  });

  it('where one is next, else where one was, else the office', () => {
    const span = { from: NOW + HOUR, to: NOW + 2 * HOUR };
    const at = (startAt: number, latitude: number) =>
      meeting({
        startAt,
        endAt: startAt + HOUR,
        place: { name: 'x', isRoom: false, coordinates: { latitude, longitude: 0 } },
      });
    const inRoom = meeting({
      startAt: NOW + 3 * HOUR,
      endAt: NOW + 4 * HOUR,
      attendees: [attendee(rooms[2]?.address ?? '', 'accepted')],
    });
    assert.deepEqual(whereNext([at(NOW, 5), at(NOW + 2 * HOUR, 7)], span, rooms, places), {
      near: { latitude: 7, longitude: 0 },
    });
    assert.deepEqual(whereNext([at(NOW, 5)], span, rooms, places), { near: { latitude: 5, longitude: 0 } });
    assert.deepEqual(whereNext([inRoom], span, rooms, places), { preferBuilding: 'Hamburg' });
    assert.deepEqual(whereNext([], span, rooms, places), { near: { latitude: 1, longitude: 2 } });
    assert.deepEqual(whereNext([], span, rooms, {}), {});
  });

  it('one’s own meetings without a room alone', () => {
    const mine = meeting({
      id: 'mine',
      subject: 'Budget Review',
      isOrganizer: true,
      startAt: NOW + HOUR,
      endAt: NOW + 2 * HOUR,
      attendees: [],
    });
    const span = { from: NOW + HOUR, to: NOW + 2 * HOUR };
    const others: CalendarEvent[] = [
      { ...mine, id: 'theirs', isOrganizer: false },
      { ...mine, id: 'roomed', attendees: [attendee(ALPHA.address, 'accepted')] },
      { ...mine, id: 'private', sensitivity: 'private' },
      { ...mine, id: 'cancelled', isCancelled: true },
      { ...mine, id: 'shared', calendarId: 'other' },
    ];
    assert.equal(meetingAt(others, span, NOW), undefined);
    assert.equal(meetingAt([...others, mine], span, NOW)?.id, 'mine');
    assert.equal(meetingAt([mine], { from: NOW + 3 * HOUR, to: NOW + 4 * HOUR }, NOW), undefined);
    assert.equal(meetingCalled('review budget', [...others, mine], NOW)?.id, 'mine');
    assert.equal(meetingCalled('next', others, NOW), undefined);
    assert.equal(meetingCalled('budget', [others[1] as CalendarEvent], NOW)?.id, 'roomed');
    assert.equal(hasPrivateOne(others, span), true);
    assert.equal(hasPrivateOne(others, { from: span.to, to: span.to + HOUR }), false, 'at another time');
    assert.equal(
      hasPrivateOne([{ ...mine, isOrganizer: false, sensitivity: 'private' }, mine], span),
      false,
      'of others, or not private',
    );
  });

  for (const [words, isFound] of [
    ['every standup', true],
    ['all of the standups', true],
    ['all standup meetings', true],
    ['standup series', true],
    ['whole standup', true],
    ['standup', false],
    ['every lunch', false],
  ] as const)
    it(`${isFound ? 'a series by' : 'no series by'} “${words}”`, () => {
      const times = { startAt: NOW + HOUR, endAt: NOW + 2 * HOUR, attendees: [] };
      const mine = { ...times, isOrganizer: true, type: 'occurrence' as const, seriesMasterId: 'head' };
      const events = [
        meeting({ ...mine, id: 'daily', subject: 'Standup' }),
        meeting({ ...times, id: 'lunch', subject: 'Lunch', isOrganizer: true }),
      ];
      assert.equal(seriesCalled(words, events, NOW)?.id, isFound ? 'daily' : undefined);
    });
});

describe('a heat map', () => {
  const heat = Array.from({ length: 7 }, (_, day) =>
    Array.from({ length: 24 }, (_, hour) => (day === 2 && hour === 9 ? 0.5 : 0)),
  );
  const cells = heatCells({ heat, working: { fromHour: 8, toHour: 18, weekdays: [1, 2, 3, 4, 5] } });
  it('has the working week, from Monday', () => {
    assert.equal(cells.length, 50);
    assert.deepEqual(cells[0], { weekday: 'Mon', hour: '08', share: 0 });
    assert.equal(heatWords(cells), 'Fullest: Tue 09:00 (50 %).');
  });
  it('has a weekend that is used, and leaves out nights', () => {
    const used = heat.map((row, day) =>
      row.map((share, hour) => (day === 6 && (hour === 20 || hour === 3) ? 1 : share)),
    );
    const more = heatCells({ heat: used, working: { fromHour: 8, toHour: 18, weekdays: [1, 2, 3, 4, 5] } });
    assert.equal(more.length, 6 * 11);
    const beyond = more.filter((one) => one.isBeyond);
    assert.deepEqual([cells.some((one) => one.isBeyond), beyond.length], [false, 11 + 5], 'Saturday, and 20:00');
    assert.ok(more.every((one) => one.hour !== '03'));
  });
  it('is darker the fuller', () => {
    assert.equal(heatColor(0), '#ffffff');
    assert.equal(heatColor(1), 'rgb(38, 40, 128)');
    assert.equal(heatColor(7), heatColor(1));
  });
});

describe('asking a room in a database', () => {
  let db: OpenTestDatabase;
  let world: RoomWorld;
  let roomId: string;
  let ann: string;
  /** What Graph was sent, and what it does instead of answering, each once. */
  let sent: string[];
  let troubles: (Error | undefined)[];

  before(async () => {
    db = await openTestDatabase();
    world = new RoomWorld(db);
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await world.reset();
    [sent, troubles] = [[], []];
    roomId = await world.addRoom('alpha');
    await world.addRoom('beta');
    ann = await world.addPerson(ANN.address);
  });

  const START = NOW + HOUR;
  const plan = (askId = 'ask-1') =>
    world.inTenant((sql) =>
      planAsk(
        sql,
        world.tenantId,
        { askId, personId: ann, roomId, startAt: START, endAt: START + HOUR },
        'c',
        world.now,
      ),
    );
  const graph: AskingParts['graph'] = {
    createMeeting: async (_, { transactionId }) => {
      sent.push(transactionId);
      const trouble = troubles.shift();
      if (trouble) throw trouble;
      return { id: 'made', changeKey: 'v1' };
    },
    readEvent: async () => assert.fail('nothing to read'),
    writeRooms: async () => assert.fail('nothing to write'),
  };
  async function perform(): Promise<void> {
    const clock = { now: () => world.now, after: () => () => undefined };
    const errands = [createBookRoom({ database: db.database, graph })];
    const deps: ErrandDeps = { database: db.database, clock, log: createLog('silent'), errands, poke: () => undefined };
    for (const lease of await claimDueErrands(deps, 10)) await performErrand(deps, lease);
  }
  const states = async () =>
    (await db.peek<{ state: string }>('select state from cw.room_ask order by ask_id')).map((one) => one.state);
  const told = async () => (await world.notices()).map((one) => (one.facts as { outcome?: string }).outcome);
  async function readOwn(response: 'accepted' | 'declined' | 'notResponded'): Promise<void> {
    const event = meeting({
      id: 'made',
      isOrganizer: true,
      startAt: START,
      endAt: START + HOUR,
      attendees: [attendee('alpha@test.example', response)],
    });
    const { tenantId, now } = world;
    await world.inTenant(async (sql) => {
      const person = await lockPerson(sql, tenantId, ann);
      assert.ok(person);
      await writeEvents(sql, tenantId, ann, [event], []);
      const read = { upserts: [event], removals: [] };
      await roomAsksFollower.follow(
        sql,
        { tenantId, mailboxId: ann, correlationId: 'c', person, changes: [], read },
        now,
      );
    });
  }

  it('takes no room for a person', async () => {
    const find = (address: string) => world.inTenant((sql) => findByAddress(sql, world.tenantId, address));
    assert.equal((await find(ANN.address))?.personId, ann);
    assert.equal(await find('alpha@test.example'), undefined);
  });

  it('says that it is booked once the room has accepted, and once alone', async () => {
    await plan();
    await perform();
    assert.deepEqual([sent, await states(), await told()], [['ask-1'], ['asked'], []]);
    await readOwn('notResponded');
    assert.deepEqual(await told(), []);
    await readOwn('accepted');
    await readOwn('accepted');
    await perform();
    assert.deepEqual([sent.length, await states(), await told()], [1, ['booked'], ['booked']]);
  });

  describe('on the card that says “asked”', () => {
    const keep = () => {
      const ask = { askId: 'ask-1', personId: ann, startAt: START, endAt: START + HOUR };
      const facts = { roomId, room: 'alpha', eventId: '', subject: '', startAt: START, endAt: START + HOUR };
      const shown = { conversationId: `chat:${ann}`, activityId: 'activity-1', facts };
      return world.inTenant((sql) => keepAsked(sql, world.tenantId, ask, shown, world.now));
    };
    const stands = async () => {
      const [card] = await db.peek<{ outcome: string | null; activity_id: string; due: boolean }>(
        `select facts ->> 'outcome' as outcome, activity_id, update_at is not null as due from cw.card`,
      );
      return card && [card.outcome, card.activity_id, card.due];
    };
    const asked = async () => {
      await plan();
      await keep();
      await perform();
      assert.deepEqual(await stands(), [null, 'activity-1', false]);
    };

    it('says “booked” there, and nowhere else while somebody looks', async () => {
      await asked();
      await readOwn('accepted');
      assert.deepEqual([await stands(), await told()], [['booked', 'activity-1', true], []]);
    });

    it('says so in a message too when it took long', async () => {
      await asked();
      world.pass(3);
      await readOwn('accepted');
      assert.deepEqual([await stands(), await told()], [['booked', 'activity-1', true], ['booked']]);
    });

    it('says “declined” there, and what is free in a message', async () => {
      await asked();
      await readOwn('declined');
      assert.deepEqual([await stands(), await told()], [['declined', 'activity-1', true], ['declined']]);
    });

    it('says that nothing came of it when the time is over', async () => {
      await asked();
      world.pass(121);
      await readOwn('notResponded');
      assert.deepEqual([await stands(), await told()], [['withdrawn', 'activity-1', true], []]);
    });

    it('is left alone by the plan, which knows of no entry for it', async () => {
      await asked();
      const known = await world.inTenant((sql) => cardsOf(sql, world.tenantId, ann, world.now));
      assert.deepEqual(known, []);
    });
  });

  it('asks again under the same name when nobody heard the answer', async () => {
    troubles = [new Error('socket hang up'), new GraphFailure('unavailable', 503, 'busy', undefined)];
    await plan();
    for (let minute = 0; minute < 4; minute += 1) {
      await perform();
      world.pass(2);
    }
    assert.deepEqual([sent, await states()], [['ask-1', 'ask-1', 'ask-1'], ['asked']]);
  });

  it('is settled also where the room answered before Graph did', async () => {
    await plan();
    await readOwn('accepted');
    await perform();
    assert.deepEqual([await states(), await told()], [['booked'], ['booked']]);
  });

  it('says that the room said no, with others', async () => {
    await plan();
    await perform();
    await readOwn('declined');
    const [notice] = await world.notices();
    const { outcome, alternatives } = (notice?.facts ?? {}) as { outcome?: string; alternatives?: { name: string }[] };
    assert.deepEqual([outcome, alternatives?.map((one) => one.name)], ['declined', ['beta']]);
    const about = { personId: ann, eventId: 'made', startAt: START, endAt: START + HOUR, since: world.now };
    const declined = (more: Partial<typeof about>) =>
      world.inTenant((sql) => roomsThatDeclined(sql, world.tenantId, { ...about, ...more }));
    assert.equal((await declined({})).length, 1);
    for (const other of [{ eventId: 'other' }, { startAt: START + 1 }, { personId: 'other' }, { since: world.now + 1 }])
      assert.deepEqual(await declined(other), [], JSON.stringify(other));
  });

  it('says so when Graph refuses, or can’t be reached for too long', async () => {
    troubles = [new GraphFailure('rejected', 400, 'no', undefined)];
    await plan();
    await perform();
    assert.deepEqual([await states(), await told()], [['failed'], ['failed']]);
    troubles = Array.from({ length: 30 }, () => new GraphFailure('unavailable', 503, 'busy', undefined));
    await plan('ask-2');
    for (let minute = 0; minute < 20; minute += 2) {
      await perform();
      world.pass(2);
    }
    assert.deepEqual(await states(), ['failed', 'failed']);
  });
});
