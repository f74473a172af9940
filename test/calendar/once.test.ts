import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { once, onceChanged } from '../../src/calendar/once.ts';
import { DAY, HOUR, meeting, NOW } from '../support/events.ts';

const outlook = (day = '00000000', tail = 'ABC0') => `040000008200E00074C5B7101A82E008${day}${tail}`;
const UID = outlook();
const ids = (events: CalendarEvent[]) => once(events).map((event) => event.id);
const inMine = (more: Partial<CalendarEvent> = {}) => meeting({ id: 'mine', uid: UID, ...more });
const inShared = (more: Partial<CalendarEvent> = {}) => meeting({ id: 'shared', calendarId: 'ben', uid: UID, ...more });

describe('a meeting in several calendars', () => {
  it('is the one of the default calendar, wherever that stands', () => {
    assert.deepEqual(ids([inMine(), inShared()]), ['mine']);
    assert.deepEqual(ids([inShared(), inMine()]), ['mine']);
  });

  it('is the one of the same other calendar each time, without the default one', () => {
    const other = inShared({ id: 'other', calendarId: 'cara' });
    assert.deepEqual(ids([inShared(), other]), ['shared']);
    assert.deepEqual(ids([other, inShared()]), ['shared']);
  });

  it('stays one while the other calendar was not read since it moved', () => {
    const before = inShared({ startAt: NOW + HOUR, endAt: NOW + 2 * HOUR });
    assert.deepEqual(ids([before, inMine({ startAt: NOW + DAY, endAt: NOW + DAY + HOUR })]), ['mine']);
    const declined = inMine({ response: 'declined' });
    assert.deepEqual(once([before, declined]), [declined], 'declined here, so nothing is to be said');
  });

  it('leaves the occurrences of a series apart, and each with its own', () => {
    const week = (index: number, more: Partial<CalendarEvent>) =>
      meeting({ uid: UID, type: 'occurrence', startAt: NOW + index * 7 * DAY, endAt: NOW + HOUR, ...more });
    assert.deepEqual(
      ids([
        week(0, { id: 'm0' }),
        week(1, { id: 'm1' }),
        week(0, { id: 's0', calendarId: 'ben' }),
        week(1, { id: 's1', calendarId: 'ben' }),
        week(2, { id: 's2', calendarId: 'ben' }),
      ]),
      ['m0', 'm1', 's2'],
    );
  });

  it('knows an occurrence that moved in one of them, by the day it was meant for', () => {
    const exception = inMine({
      uid: outlook('07EA0C01'),
      type: 'exception',
      originalStartAt: NOW + HOUR,
      startAt: NOW + 3 * HOUR,
    });
    assert.deepEqual(ids([inShared({ type: 'occurrence', startAt: NOW + HOUR }), exception]), ['mine']);
    assert.deepEqual(ids([inShared({ type: 'occurrence', startAt: NOW + 3 * HOUR }), exception]), ['shared', 'mine']);
  });

  it('knows an occurrence to which one was invited alone', () => {
    const alone = inMine({ uid: outlook('07ea0c01'), startAt: NOW + HOUR });
    assert.deepEqual(ids([alone, inShared({ type: 'occurrence', startAt: NOW + HOUR })]), ['mine']);
  });

  it('is never taken for another one', () => {
    const others = [
      inMine({ uid: undefined }),
      inShared({ uid: undefined }),
      inMine({ id: 'b', uid: outlook(undefined, 'ABC1') }),
      inShared({ id: 'c', uid: 'abc@google.com' }),
    ];
    assert.deepEqual(once(others), others);
    // Twice in one calendar is what that calendar says.
    assert.deepEqual(ids([inMine(), inMine({ id: 'again' })]), ['mine', 'again']);
  });

  it('has its changes told by one calendar, also when the other saw two of them as one', () => {
    const moved = (id: string, calendarId: string, from: number, to: number) => ({
      id,
      before: meeting({ id, calendarId, uid: UID, startAt: from }),
      after: meeting({ id, calendarId, uid: UID, startAt: to }),
    });
    const told = onceChanged([
      moved('mine', '', NOW, NOW + HOUR),
      moved('mine', '', NOW + HOUR, NOW + 2 * HOUR),
      moved('shared', 'ben', NOW, NOW + 2 * HOUR),
      { id: 'gone', before: meeting({ id: 'gone', calendarId: 'ben', uid: 'other' }) },
      { id: 'nothing' },
    ]);
    assert.deepEqual(
      told.map((one) => one.id),
      ['mine', 'mine', 'gone', 'nothing'],
    );
  });
});
