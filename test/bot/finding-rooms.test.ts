/** What is offered for a meeting of one's own, and what is said where nothing can be put into it. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { findRoomsFor, findRoomsForMeeting } from '../../src/bot/finding-rooms.ts';
import { assertCanHaveRoom } from '../../src/bot/room-limits.ts';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { keptOf } from '../../src/calendar/private.ts';
import type { CalendarWatchError } from '../../src/errors.ts';
import { parseRoomWish } from '../../src/rooms/wish-words.ts';
import { writeEvents } from '../../src/store/events.ts';
import { findPerson, type Person } from '../../src/store/people.ts';
import { RoomWorld } from '../rooms/scene.ts';
import { ANN, attendee, DAY, HOUR, meeting, NOW } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';

const START = NOW + DAY;
const MINE = { isOrganizer: true, response: 'organizer' as const, startAt: START, endAt: START + HOUR, attendees: [] };
const STANDUP = meeting({ ...MINE, id: 'o1', subject: 'Standup', type: 'occurrence', seriesMasterId: 'head' });
const DENTIST = keptOf(meeting({ ...MINE, id: 'private', subject: 'Dentist', sensitivity: 'private' }));
const NO = attendee('Alpha', { type: 'resource', address: 'alpha@test.example', response: 'declined' });
const RETRO = meeting({ ...MINE, id: 'retro', subject: 'Retro', attendees: [NO] });

describe('rooms for a meeting', () => {
  let db: OpenTestDatabase;
  let world: RoomWorld;
  let person: Person;

  before(async () => {
    db = await openTestDatabase();
    world = new RoomWorld(db);
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await world.reset();
    for (const name of ['alpha', 'beta']) await world.addRoom(name);
    await db.peek('update cw.mailbox set synced_at = now()');
    const ann = await world.addPerson(ANN.address);
    person = (await world.inTenant((sql) => findPerson(sql, world.tenantId, ann))) as Person;
  });

  const finding = () => ({ tenantId: world.tenantId, person, isAdmin: false });
  const keep = (events: CalendarEvent[]) =>
    world.inTenant((sql) => writeEvents(sql, world.tenantId, person.personId, events, []));
  async function say(words: string): Promise<string> {
    const { timeZone, locale } = person;
    const read = parseRoomWish(words, { now: NOW, timeZone, locale });
    assert.ok('wish' in read, words);
    const { card, fallbackText } = await world.inTenant((sql) => findRoomsFor(sql, finding(), read.wish, NOW));
    return [fallbackText, JSON.stringify(card)].join('\n');
  }

  const time = `${new Date(START).toISOString().slice(0, 10)} ${new Date(START).toISOString().slice(11, 16)}`;
  /** [what is in the calendar, what is said, what is answered, what is not] */
  const cases: [CalendarEvent[], string, RegExp, RegExp][] = [
    [
      [STANDUP],
      'for standup',
      /Free rooms[\s\S]*A room for this one time; for all of the series[\s\S]*Book for Standup/,
      /\?\?/,
    ],
    [[STANDUP], 'for every standup', /“Standup” is a series[\s\S]*\*\*room for standup\*\*[\s\S]*Room Finder/, /Book/],
    [[STANDUP], 'for the standup series', /“Standup” is a series/, /Book/],
    [[RETRO], 'for retro', /Book for Retro/, /one time|alpha/],
    [
      [DENTIST],
      'for dentist',
      /no meeting that you organise called[\s\S]*private meetings I see the time alone/,
      /Book/,
    ],
    [[DENTIST], 'for next', /no meeting of yours without a room\. Of private meetings/, /Book/],
    [[DENTIST], `${time} 1h`, /You have a private entry then[\s\S]*in Outlook/, /Dentist|Book for/],
    [[RETRO], 'for dentist', /For a time instead/, /private/],
    [[], `${time} 1h`, /Free rooms/, /private/],
  ];
  for (const [events, words, is, isNot] of cases)
    it(`“room ${words}” with ${events.map((one) => one.subject).join() || 'nothing'} in the calendar`, async () => {
      await keep(events);
      const said = await say(words);
      assert.match(said, is);
      assert.doesNotMatch(said, isNot);
    });

  it('offers none that has said no to it', async () => {
    const offered = async (event: CalendarEvent) =>
      JSON.stringify(await world.inTenant((sql) => findRoomsForMeeting(sql, finding(), event, [], NOW)));
    assert.match(await offered({ ...RETRO, attendees: [] }), /alpha[\s\S]*beta/);
    const rest = await offered(RETRO);
    assert.match(rest, /beta/);
    assert.doesNotMatch(rest, /alpha/);
  });
});

describe('a room into a meeting', () => {
  for (const [what, event, say] of [
    ['of somebody else', { ...RETRO, isOrganizer: false }, /whoever organises/],
    ['that is a whole series', { ...STANDUP, type: 'master' as const }, /one time of a series[\s\S]*Room Finder/],
    ['that is private', DENTIST, /private[\s\S]*in Outlook/],
  ] as const)
    it(`is refused ${what}, with what to do`, () =>
      assert.throws(
        () => assertCanHaveRoom(event),
        (error: CalendarWatchError) => say.test(error.say ?? ''),
      ));
  it('is allowed into one of a series', () => assertCanHaveRoom(STANDUP));
});
