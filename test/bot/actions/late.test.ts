/** What the buttons of “I’m late” carry: foreign, so of any form. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { LATE_ACTIONS } from '../../../src/bot/actions/late.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';
import { Stage } from './stage.ts';

describe('the question whom to tell that one is late', () => {
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

  for (const lateMeeting of [{ toString: 'x', valueOf: null }, [], [0], true, 'x', '10', 10, -1, 0.5])
    it(`is not asked of the meeting ${JSON.stringify(lateMeeting)}`, async () => {
      const data = { minutes: 5, eventIds: ['event'], lateMeeting };
      assert.match(await stage.refused(LATE_ACTIONS, ada, 'late.ask', data), /can’t read that button/);
    });

  for (const lateMeeting of ['0', 0, undefined])
    it(`is asked of the meeting ${JSON.stringify(lateMeeting)}, which must be in the calendar`, async () => {
      const data = { minutes: 5, eventIds: ['event'], lateMeeting };
      assert.match(await stage.refused(LATE_ACTIONS, ada, 'late.ask', data), /isn’t in your calendar/);
    });
});
