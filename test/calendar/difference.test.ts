import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type ChangeKind, changesOf, kindOfChange } from '../../src/calendar/difference.ts';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import type { Merged } from '../../src/calendar/merge.ts';
import { at, HOUR, meeting } from '../support/events.ts';

const merged = (more: Partial<Merged>): Merged => ({
  upserts: [],
  removals: [],
  refused: 0,
  missingMasters: [],
  isDoubtful: false,
  ...more,
});

describe('the difference between before and after', () => {
  const here = meeting();
  const later = { startAt: here.startAt + HOUR, endAt: here.endAt + HOUR };
  /** [what, before, after, kind] */
  const cases: [string, Partial<CalendarEvent>, Partial<CalendarEvent>, ChangeKind][] = [
    ['another time', {}, later, 'moved'],
    ['another end alone', {}, { endAt: here.endAt + HOUR }, 'moved'],
    ['another start alone', {}, { startAt: here.startAt - HOUR, endAt: here.endAt }, 'moved'],
    ['cancelled', {}, { isCancelled: true }, 'cancelled'],
    ['cancelled and moved at once', {}, { isCancelled: true, ...later }, 'cancelled'],
    ['moved after it was cancelled', { isCancelled: true }, { isCancelled: true, ...later }, 'moved'],
    ['another place', { place: at('Room 1', 1, 1) }, { place: at('Room 2', 1, 1) }, 'placeChanged'],
    ['a place at last', {}, { place: at('Room 1', 1, 1) }, 'placeChanged'],
    ['no place any more', { place: at('Room 1', 1, 1) }, {}, 'placeChanged'],
    ['moved to another place', { place: at('Room 1', 1, 1) }, { place: at('Room 2', 1, 1), ...later }, 'moved'],
    ['another subject', {}, { subject: 'Other' }, 'other'],
    ['another answer', { response: 'none' }, { response: 'accepted' }, 'other'],
    ['taken back', { isCancelled: true }, { isCancelled: false }, 'other'],
  ];
  for (const [what, before, after, kind] of cases)
    it(`is “${kind}” for: ${what}`, () => assert.equal(kindOfChange(meeting(before), meeting(after)), kind));

  it('is told with what was before and after', () => {
    const before = meeting();
    const after = meeting(later);
    const fresh = meeting({ id: 'new' });
    const gone = meeting({ id: 'gone' });
    assert.deepEqual(changesOf([before, gone], merged({ upserts: [after, fresh], removals: [gone] })), [
      { kind: 'moved', eventId: 'event-1', before, after },
      { kind: 'created', eventId: 'new', after: fresh },
      { kind: 'removed', eventId: 'gone', before: gone },
    ]);
  });

  it('says nothing of a series’ head, which takes place never', () => {
    const head = meeting({ id: 'series', type: 'master' });
    const moved = { ...head, startAt: head.startAt + HOUR };
    assert.deepEqual(changesOf([], merged({ upserts: [head] })), []);
    assert.deepEqual(changesOf([head], merged({ upserts: [moved] })), []);
    assert.deepEqual(changesOf([head], merged({ removals: [head] })), []);
  });

  it('is nothing when nothing was written', () => assert.deepEqual(changesOf([meeting()], merged({})), []));
});
