import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { pressPrepareAnswer } from '../../../src/bot/actions/prepare.ts';
import { renderNudge } from '../../../src/bot/cards/nudges.ts';
import type { CalendarEvent } from '../../../src/calendar/event.ts';
import { writeEvents } from '../../../src/store/events.ts';
import type { NudgeToSend } from '../../../src/store/nudges.ts';
import { NOW } from '../../store/seed.ts';
import { DAY, HOUR, meeting } from '../../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';
import { Stage } from './stage.ts';

const open = (id: string, more: Partial<CalendarEvent> = {}) =>
  meeting({ id, subject: `About ${id}`, startAt: NOW + DAY, agenda: [], response: 'notResponded', ...more });

describe('answering on the card of what to prepare', () => {
  let db: OpenTestDatabase;
  let stage: Stage;
  let bob: string;
  let nudgeId: string;

  before(async () => {
    db = await openTestDatabase();
    stage = new Stage(db);
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await stage.begin();
    bob = await stage.person('bob');
    await stage.replica(bob, open('first'), open('second', { startAt: NOW + DAY + HOUR }));
    await stage.plan(bob);
    const [nudge] = await stage.nudges(bob, 'prepare');
    assert.ok(nudge);
    nudgeId = nudge.nudge_id;
  });
  const press = (row: number, answer = 'accept') =>
    stage.press([pressPrepareAnswer], bob, 'prepare.answer', { nudgeId, row, answer });
  const refused = (data: Record<string, unknown>) => stage.refused([pressPrepareAnswer], bob, 'prepare.answer', data);
  /** By row: what the card says of it, or that it still asks. */
  const answers = (card: string) =>
    ['first', 'second'].map((id, index) => {
      const from = card.lastIndexOf(`About ${id}`);
      const to = index === 0 ? card.lastIndexOf('About second') : card.length;
      const part = card.slice(from, to);
      return /You accepted|You’re tentative|You declined/.exec(part)?.[0] ?? (part.includes('"Answer"') ? 'asks' : '');
    });

  it('says it to Graph, and keeps the rest of the card', async () => {
    const [nudge] = await stage.nudges(bob, 'prepare');
    const sent = { kind: 'prepare', eventId: '', nudgeId, facts: nudge?.facts } as unknown as NudgeToSend;
    const reader = { personId: bob, timeZone: 'Europe/Berlin', locale: 'en-GB' };
    assert.deepEqual(answers(JSON.stringify(renderNudge(sent, reader, NOW).card)), ['asks', 'asks']);
    assert.deepEqual(answers(await press(0)), ['You accepted', 'asks']);
    assert.deepEqual(stage.responded, [[bob, 'first', 'accept']]);
    // The replica does not know yet.
    assert.deepEqual(answers(await press(1, 'decline')), ['You accepted', 'You declined']);
  });

  it('shows what was answered elsewhere', async () => {
    await stage.inTenant((sql) =>
      writeEvents(sql, stage.tenantId, bob, [open('second', { response: 'tentative' })], []),
    );
    assert.deepEqual(answers(await press(0)), ['You accepted', 'You’re tentative']);
    // Declined here, then taken out of the calendar by Outlook.
    await press(1, 'decline');
    await db.peek(`delete from cw.event where event_id = 'second'`);
    assert.deepEqual(answers(await press(0, 'tentativelyAccept')), ['You’re tentative', 'You declined']);
  });

  it('answers in words when there is nothing to answer to', async () => {
    const data = { nudgeId, row: 0, answer: 'accept' };
    assert.match(await refused({ ...data, nudgeId: 'x' }), /too old/);
    assert.match(await refused({ ...data, row: 7 }), /can’t read that button/);
    assert.match(await refused({ ...data, row: -1 }), /can’t read that button/);
    assert.match(await refused({ ...data, answer: 'maybe' }), /can’t read that button/);
    const eve = await stage.person('eve');
    assert.match(await stage.refused([pressPrepareAnswer], eve, 'prepare.answer', data), /too old/, 'of somebody else');
    stage.now = NOW + 2 * DAY;
    assert.match(await refused(data), /is over/);
    assert.deepEqual(stage.responded, []);
  });
});
