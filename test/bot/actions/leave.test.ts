import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { pressJoinsOnline, pressThereAlready } from '../../../src/bot/actions/leave.ts';
import type { CalendarEvent } from '../../../src/calendar/event.ts';
import { JOINS_ONLINE, THERE_ALREADY } from '../../../src/nudges/leave-by.ts';
import { NOW } from '../../store/seed.ts';
import { HOUR, MINUTE, meeting } from '../../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';
import { Stage } from './stage.ts';

const START = NOW + HOUR;
const DATA = { eventId: 'event-1', startAt: START };
const ACTIONS = [pressThereAlready, pressJoinsOnline];

describe('the buttons on leave-by', () => {
  let db: OpenTestDatabase;
  let stage: Stage;
  let ada: string;

  before(async () => {
    db = await openTestDatabase();
    stage = new Stage(db);
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await stage.begin();
    ada = await stage.person('ada');
  });

  const replica = (more: Partial<CalendarEvent> = {}) =>
    stage.replica(
      ada,
      meeting({
        startAt: START,
        place: { name: 'Cafe', isRoom: false },
        joinUrl: 'https://teams.example/join',
        ...more,
      }),
    );
  const press = (verb: string, data: Record<string, unknown> = DATA) => stage.press(ACTIONS, ada, verb, data);
  const refused = (verb: string, data: Record<string, unknown> = DATA) => stage.refused(ACTIONS, ada, verb, data);

  for (const [verb, words] of [
    [THERE_ALREADY, /You’re there already/],
    [JOINS_ONLINE, /You join online/],
  ] as const)
    it(`${verb}: the card says so, it is kept, and plans follow`, async () => {
      await replica();
      const card = await press(verb);
      assert.match(card, words);
      assert.match(card, /Join/);
      const [answer, ...more] = await stage.answers(ada);
      assert.deepEqual(more, []);
      assert.deepEqual(
        { kind: answer?.kind, eventId: answer?.eventId, value: answer?.value },
        {
          kind: verb,
          eventId: 'event-1',
          value: { startAt: START },
        },
      );
      assert.deepEqual(stage.poked.sort(), ['cards', 'nudges']);
      assert.match(await press(verb), words, 'pressed twice is as pressed once');
    });

  it('may be said by who comes late, and not when it is over', async () => {
    await replica();
    stage.now = START + 20 * MINUTE;
    assert.match(await press(THERE_ALREADY), /You’re there already/);
    stage.now = START + 30 * MINUTE;
    assert.match(await refused(THERE_ALREADY), /is over/);
  });

  /** [what became of it, the entry now, what is said] */
  const odd: [string, Partial<CalendarEvent>, RegExp][] = [
    ['moved', { startAt: START + HOUR }, /was moved: it is/],
    ['cancelled', { isCancelled: true }, /was cancelled/],
    ['declined', { response: 'declined' }, /You declined/],
  ];
  for (const [what, more, words] of odd)
    it(`say so on an old card of a meeting that is ${what}`, async () => {
      await replica(more);
      for (const verb of [THERE_ALREADY, JOINS_ONLINE]) assert.match(await refused(verb), words);
      assert.deepEqual(await stage.answers(ada), []);
    });

  it('say so when it is gone, is somebody else’s, or has no link', async () => {
    assert.match(await refused(THERE_ALREADY), /isn’t in your calendar any more/);
    const bob = await stage.person('bob');
    await stage.replica(bob, meeting({ startAt: START }));
    assert.match(await refused(THERE_ALREADY), /isn’t in your calendar any more/);
    await replica({ joinUrl: undefined });
    assert.match(await refused(JOINS_ONLINE), /no link/);
  });

  it('take no odd data', async () => {
    await replica();
    for (const data of [{}, { eventId: 'event-1' }, { eventId: 7, startAt: START }, { ...DATA, startAt: 'now' }])
      assert.match(await refused(THERE_ALREADY, data), /can’t read that button/);
  });

  it('say nothing of a private appointment that is to be discreet', async () => {
    await replica({ subject: 'Doctor Fischer', sensitivity: 'private', place: { name: 'Clinic', isRoom: false } });
    await db.peek(`update cw.person set settings = '{"private": "discreet"}' where person_id = $1`, [ada]);
    const card = await press(THERE_ALREADY);
    assert.match(card, /You’re there already/);
    assert.doesNotMatch(card, /Fischer|Clinic|Bob|Ann/);
  });
});
