import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { changesOf } from '../../src/calendar/difference.ts';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import type { ChangeFacts } from '../../src/nudges/change-notice.ts';
import type { NoticedChange } from '../../src/nudges/nudge.ts';
import { plan } from '../../src/nudges/plan.ts';
import { allDay, at, DAY, HOUR, MINUTE, meeting, NOW, planInput, shuffled } from '../support/events.ts';

let serial = 0;
function noticed(before: CalendarEvent[], after: CalendarEvent[], noticedAt = NOW): NoticedChange[] {
  const kept = new Set(after.map((event) => event.id));
  const merged = {
    upserts: after,
    removals: before.filter((one) => !kept.has(one.id)),
    refused: 0,
    missingMasters: [],
    isDoubtful: false,
  };
  return changesOf(before, merged, noticedAt).map((change) => {
    serial += 1;
    return { ...change, changeId: `change-${serial}`, noticedAt };
  });
}
const notices = (changes: NoticedChange[], now = NOW, watchSince = NOW - DAY) =>
  plan(planInput({ changes, now, person: { watchSince } })).filter((nudge) => nudge.kind === 'change');
const factsOf = (nudge: { facts: Record<string, unknown> } | undefined) => nudge?.facts as unknown as ChangeFacts;
const one = (before: Partial<CalendarEvent>, after: Partial<CalendarEvent> | undefined, noticedAt = NOW) =>
  noticed([meeting(before)], after ? [meeting({ ...before, ...after })] : [], noticedAt);

const LATER = { startAt: meeting().startAt + DAY, endAt: meeting().endAt + DAY, changeKey: 'key-2' };

describe('change notices', () => {
  it('tell of a move, from when to when', () => {
    const [only, ...more] = notices(one({}, LATER));
    assert.deepEqual(more, []);
    assert.equal(factsOf(only).change, 'moved');
    assert.equal(factsOf(only).beforeStartAt, meeting().startAt);
    assert.equal(factsOf(only).startAt, LATER.startAt);
    assert.equal(factsOf(only).occurrences, 1);
    assert.equal(only?.dueAt, NOW, 'at once');
    assert.equal(only?.deadlineAt, meeting().startAt, 'while it is of use');
  });

  it('tell of a cancellation', () => {
    const [only] = notices(one({}, { isCancelled: true }));
    assert.equal(factsOf(only).change, 'cancelled');
  });

  it('tell of a removal only to the organiser; an invitee tidied up', () => {
    assert.equal(factsOf(notices(one({ isOrganizer: true }, undefined))[0]).change, 'cancelled');
    assert.deepEqual(notices(one({ isOrganizer: false }, undefined)), []);
    assert.deepEqual(notices(one({ isOrganizer: true, isCancelled: true }, undefined)), [], 'was told before');
  });

  /** [what, before, after] */
  const SILENT: [string, Partial<CalendarEvent>, Partial<CalendarEvent>][] = [
    ['another subject', {}, { subject: 'Other' }],
    ['an answer', {}, { response: 'tentative' }],
    ['attendees’ answers', {}, { attendees: [] }],
    ['another place', {}, { place: at('Room 2', 1, 1) }],
    ['what I declined', { response: 'declined' }, LATER],
    ['what I declined, cancelled', { response: 'declined' }, { isCancelled: true }],
    ['a draft', { isDraft: true }, LATER],
    ['what was cancelled before', { isCancelled: true }, LATER],
  ];
  for (const [what, before, after] of SILENT)
    it(`say nothing about ${what}`, () => assert.deepEqual(notices(one(before, after)), []));

  it('say nothing about what is new, over, or older than the watching', () => {
    assert.deepEqual(notices(noticed([], [meeting()])), []);
    const past = { startAt: NOW - 2 * HOUR, endAt: NOW - HOUR };
    assert.deepEqual(notices(one(past, { endAt: NOW - HOUR + MINUTE })), []);
    assert.equal(notices(one(past, LATER)).length, 1, 'unless it is ahead again');
    assert.deepEqual(notices(one({}, LATER, NOW - HOUR), NOW, NOW - HOUR + 1), []);
    assert.equal(notices(one({}, LATER, NOW - HOUR), NOW, NOW - HOUR).length, 1);
  });

  it('live ten minutes at least, and are out after their time', () => {
    const soon = { startAt: NOW + MINUTE, endAt: NOW + HOUR };
    const changes = one(soon, { isCancelled: true });
    assert.equal(notices(changes)[0]?.deadlineAt, NOW + 10 * MINUTE);
    assert.equal(notices(changes, NOW + 9 * MINUTE).length, 1);
    assert.equal(notices(changes, NOW + 10 * MINUTE).length, 0);
    // Moved to sooner: the news must come before the new start.
    const sooner = one({}, { startAt: NOW + 2 * HOUR, endAt: NOW + 3 * HOUR });
    assert.equal(notices(sooner)[0]?.deadlineAt, NOW + 2 * HOUR);
  });

  const occurrences = (count: number, shift = 0, more: Partial<CalendarEvent> = {}) =>
    Array.from({ length: count }, (_, index) =>
      meeting({
        id: `o${index}`,
        type: 'occurrence',
        seriesMasterId: 'series',
        startAt: meeting().startAt + index * 7 * DAY + shift,
        changeKey: `key-${shift}`,
        ...more,
      }),
    );

  it('are one for a series that moves as a whole', () => {
    const [only, ...more] = notices(noticed(occurrences(50), occurrences(50, HOUR)));
    assert.deepEqual(more, []);
    assert.equal(factsOf(only).occurrences, 50);
    assert.equal(factsOf(only).beforeStartAt, meeting().startAt, 'the first of them');
    assert.equal(only?.eventId, 'series');
  });

  it('are one for a series that is cancelled or deleted as a whole', () => {
    const cancelled = noticed(occurrences(9), occurrences(9, 0, { isCancelled: true, changeKey: 'key-2' }));
    assert.deepEqual(
      notices(cancelled).map((nudge) => factsOf(nudge).occurrences),
      [9],
    );
    const own = { isOrganizer: true };
    assert.equal(notices(noticed(occurrences(9, 0, own), [])).length, 1);
  });

  it('are apart for single occurrences, other rounds, and other kinds of change', () => {
    const [first, second] = [occurrences(2), occurrences(2, HOUR)];
    const alone = notices(noticed(first.slice(0, 1), second.slice(0, 1)));
    assert.equal(alone[0]?.eventId, 'o0');
    const rounds = [
      ...noticed(first.slice(0, 1), second.slice(0, 1), NOW - MINUTE),
      ...noticed(first.slice(1), second.slice(1), NOW),
    ];
    assert.equal(notices(rounds).length, 2);
    const kinds = [
      ...noticed(first.slice(0, 1), second.slice(0, 1)),
      ...noticed(first.slice(1), occurrences(2, 0, { isCancelled: true }).slice(1)),
    ];
    assert.deepEqual(
      notices(kinds)
        .map((nudge) => factsOf(nudge).change)
        .sort(),
      ['cancelled', 'moved'],
    );
    const two = [...one({ id: 'a' }, LATER), ...one({ id: 'b' }, LATER)];
    assert.equal(notices(two).length, 2, 'no series, no group');
  });

  it('do not depend on the order in which changes were read', () => {
    const changes = noticed(occurrences(12), occurrences(12, HOUR));
    const expected = notices(changes);
    for (let seed = 0; seed < 10; seed += 1) assert.deepEqual(notices(shuffled(changes, seed)), expected);
  });

  it('are two for two moves, even there and back and there again', () => {
    const version = (changeKey: string, startAt: number) => meeting({ changeKey, startAt });
    const [a, b] = [meeting().startAt, LATER.startAt];
    const there = noticed([version('1', a)], [version('2', b)], NOW - 2 * MINUTE);
    const back = noticed([version('2', b)], [version('3', a)], NOW - MINUTE);
    const again = noticed([version('3', a)], [version('4', b)], NOW);
    assert.equal(new Set(notices([...there, ...back, ...again]).map((nudge) => nudge.nudgeId)).size, 3);
  });

  it('are the same notice in every later plan', () => {
    const changes = one({}, LATER);
    assert.deepEqual(notices(changes, NOW + HOUR), notices(changes));
  });

  it('carry dates for what was all-day', () => {
    const before = allDay('2026-12-03', '2026-12-04');
    const after = allDay('2026-12-04', '2026-12-05', { changeKey: 'key-2' });
    const [only] = notices(noticed([before], [after]));
    assert.deepEqual(factsOf(only).beforeAllDay, { startDate: '2026-12-03', endDate: '2026-12-04' });
    assert.deepEqual(factsOf(only).allDay, { startDate: '2026-12-04', endDate: '2026-12-05' });
  });
});
