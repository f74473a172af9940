import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { plan } from '../../src/nudges/plan.ts';
import { reminder } from '../../src/nudges/reminder.ts';
import { allDay, DAY, MINUTE, meeting, mine, NOW, planInput, utc } from '../support/events.ts';

const settings = (...remindMinutes: number[]) => ({ remindMinutes, spareMinutes: 7 });
const reminders = (events: CalendarEvent[], remindMinutes = [15], now = NOW) =>
  plan(planInput({ events, now, person: { settings: settings(...remindMinutes) } })).filter(
    (nudge) => nudge.kind === 'reminder',
  );

describe('reminders', () => {
  it('come before the start, may come a little earlier, and end with it', () => {
    const event = meeting();
    const [only, ...more] = reminders([event]);
    assert.deepEqual(more, []);
    assert.equal(only?.dueAt, event.startAt - 15 * MINUTE);
    assert.equal(only?.earliestAt, event.startAt - 23 * MINUTE);
    assert.equal(only?.deadlineAt, event.startAt);
    assert.equal(only?.facts.subject, 'Planning');
  });

  const SILENT: [string, CalendarEvent][] = [
    ['all-day', allDay('2026-12-02', '2026-12-03')],
    ['declined', meeting({ response: 'declined' })],
    ['cancelled', meeting({ isCancelled: true })],
    ['a draft', meeting({ isDraft: true })],
    ['a series’ head', meeting({ type: 'master' })],
  ];
  for (const [what, event] of SILENT)
    it(`never come for what is ${what}`, () => {
      assert.deepEqual(reminders([event]), []);
      const nudge = { eventId: event.id, startAt: event.startAt, facts: {} };
      assert.equal(reminder.stillStands(nudge, event), false, 'not even when it was planned before');
    });

  it('come for what is tentative, unanswered, mine, or mine alone', () => {
    for (const event of [
      meeting({ response: 'tentative' }),
      meeting({ response: 'notResponded' }),
      mine(),
      meeting({ attendees: [] }),
      meeting({ type: 'occurrence', seriesMasterId: 'series' }),
      meeting({ type: 'exception', seriesMasterId: 'series' }),
    ])
      assert.equal(reminders([event]).length, 1, event.response);
  });

  it('come once for each lead, and for two short meetings close together', () => {
    assert.equal(reminders([meeting()], [15, 5, 15]).length, 2);
    const first = meeting({ id: 'a', endAt: utc('2026-12-01 14:05') });
    const second = meeting({ id: 'b', startAt: utc('2026-12-01 14:05') });
    assert.equal(reminders([first, second]).length, 2);
    assert.deepEqual(reminders([meeting()], []), []);
  });

  it('at the very start have a minute to be sent in', () => {
    const [only] = reminders([meeting()], [0]);
    assert.equal(only?.dueAt, meeting().startAt);
    assert.equal(only?.deadlineAt, meeting().startAt + MINUTE);
  });

  it('are others when the lead changes, and the same when it does not', () => {
    const before = reminders([meeting()], [15]).map((nudge) => nudge.nudgeId);
    const after = reminders([meeting()], [10]).map((nudge) => nudge.nudgeId);
    assert.equal(before.length + after.length, new Set([...before, ...after]).size);
    assert.deepEqual(
      reminders([meeting({ subject: 'Renamed', changeKey: 'key-2' })], [15]).map((nudge) => nudge.nudgeId),
      before,
    );
  });

  it('are armed again by a move: another one, at the new time', () => {
    const moved = meeting({ startAt: meeting().startAt + DAY });
    const [before] = reminders([meeting()]);
    const [after] = reminders([moved]);
    assert.notEqual(before?.nudgeId, after?.nudgeId);
    assert.equal(after?.dueAt, moved.startAt - 15 * MINUTE);
    assert.ok(before);
    assert.equal(reminder.stillStands(before, meeting()), true);
    assert.equal(reminder.stillStands(before, moved), false);
    assert.equal(reminder.stillStands(before, undefined), false);
  });

  it('stay in the plan when due but not too late, and leave it with the start', () => {
    const { startAt } = meeting();
    for (const [now, count] of [
      [startAt - 20 * MINUTE, 1],
      [startAt - 15 * MINUTE, 1],
      [startAt - 1, 1],
      [startAt, 0],
      [startAt + DAY, 0],
    ] as const)
      assert.equal(reminders([meeting()], [15], now).length, count, String(now - startAt));
  });
});
