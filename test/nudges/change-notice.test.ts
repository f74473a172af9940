import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { changesOf } from '../../src/calendar/difference.ts';
import type { Attendee, CalendarEvent } from '../../src/calendar/event.ts';
import { equaliseCards, type KnownCard } from '../../src/nudges/cards.ts';
import type { ChangeFacts } from '../../src/nudges/change-notice.ts';
import { farAhead } from '../../src/nudges/clashes.ts';
import { doubleBooking } from '../../src/nudges/double-booking.ts';
import { meetingFacts } from '../../src/nudges/facts.ts';
import { invitation } from '../../src/nudges/invitation.ts';
import type { NoticedChange } from '../../src/nudges/nudge.ts';
import { plan } from '../../src/nudges/plan.ts';
import { DEFAULT_SETTINGS } from '../../src/nudges/settings.ts';
import { allDay, at, attendee, DAY, HOUR, MINUTE, meeting, NOW, planInput, shuffled, utc } from '../support/events.ts';

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
const isAboutChange = ({ kind }: { kind: string }) => ['change', 'invitation', 'conflict'].includes(kind);
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
    assert.equal(only?.deadlineAt, LATER.startAt, 'until it takes place at last: it may have to wait for the morning');
  });

  it('tell of a removal only where the organiser did it; an invitee tidied up', () => {
    // In a calendar that is shared with the person nobody is the organiser to them; the answer says who was.
    const bosses = { calendarId: 'boss', isOrganizer: false, response: 'organizer' as const };
    assert.equal(factsOf(notices(one(bosses, undefined))[0]).change, 'cancelled');
    assert.deepEqual(notices(one({ isOrganizer: false }, undefined)), []);
    assert.deepEqual(notices(one({ ...bosses, isCancelled: true }, undefined)), [], 'was told before');
  });

  const CALL = { joinUrl: 'https://teams.microsoft.com/l/meetup-join/1' };
  const CALL_PLACE = { name: 'Microsoft Teams Meeting', isRoom: false };
  const ROOM = attendee('Room 1', { type: 'resource', response: 'accepted' });
  const NO = { ...ROOM, response: 'declined' as const };
  const OTHER_ROOM = attendee('Room 2', { type: 'resource', address: 'room2@test.example' });
  const BOB = attendee('Bob Guest');
  const withRooms = (...rooms: Attendee[]) => ({ attendees: [BOB, ...rooms] });

  /** [what, before, after, what is told of it] */
  const TOLD: [string, Partial<CalendarEvent>, Partial<CalendarEvent>, Partial<ChangeFacts>][] = [
    ['a move', {}, LATER, { change: 'moved' }],
    ['a cancellation', {}, { isCancelled: true }, { change: 'cancelled' }],
    ['what is back on', { isCancelled: true }, { isCancelled: false }, { change: 'restored' }],
    [
      'what is back on at another time',
      { isCancelled: true },
      { ...LATER, isCancelled: false },
      { change: 'restored', news: ['restored', 'moved'] },
    ],
    [
      'another place',
      { place: at('Room 1', 1, 1) },
      { place: at('Room 2', 1, 1) },
      { change: 'place', beforePlace: 'Room 1' },
    ],
    ['a place at last', {}, { place: at('Room 2', 1, 1) }, { change: 'place', place: 'Room 2' }],
    [
      'no place any more',
      { place: at('Room 1', 1, 1) },
      { place: undefined },
      { change: 'place', beforePlace: 'Room 1' },
    ],
    ['a link', {}, CALL, { change: 'link', joinUrl: CALL.joinUrl }],
    ['a link, and not the place that Outlook names after it', {}, { ...CALL, place: CALL_PLACE }, { change: 'link' }],
    ['a move into the past', {}, { startAt: NOW - 2 * HOUR, endAt: NOW - HOUR }, { change: 'moved' }],
    [
      'a move across midnight',
      { startAt: utc('2026-12-01 22:45'), endAt: utc('2026-12-01 22:55') },
      { startAt: utc('2026-12-01 23:05'), endAt: utc('2026-12-01 23:15') },
      { change: 'moved' },
    ],
    [
      'a move and a place, the heavier first',
      { place: at('Room 1', 1, 1) },
      { ...LATER, place: at('Room 2', 1, 1) },
      { change: 'moved', news: ['moved', 'place'], beforePlace: 'Room 1' },
    ],
    ['a room that said no', withRooms(ROOM), withRooms(NO), { change: 'roomLost', rooms: ['Room 1'] }],
    ['a room that is gone', withRooms(ROOM), withRooms(), { change: 'roomLost', rooms: ['Room 1'] }],
    [
      'a room that never answered and is gone',
      withRooms(OTHER_ROOM),
      withRooms(),
      { change: 'roomLost', rooms: ['Room 2'] },
    ],
    [
      'one of two rooms',
      withRooms(ROOM, OTHER_ROOM),
      withRooms(ROOM, { ...OTHER_ROOM, response: 'declined' }),
      { change: 'roomLost', rooms: ['Room 2'] },
    ],
    [
      'a meeting that is moved and loses its room by that',
      withRooms(ROOM),
      { ...LATER, ...withRooms(NO) },
      { change: 'moved', news: ['moved', 'roomLost'], rooms: ['Room 1'] },
    ],
    ['what I have not answered', { response: 'notResponded' }, LATER, { change: 'moved', answerTo: 'event-1' }],
  ];
  for (const [what, before, after, expected] of TOLD)
    it(`tell of ${what}`, () => {
      const [only, ...more] = notices(one(before, { changeKey: 'key-2', ...after }));
      assert.deepEqual(more, []);
      const facts = factsOf(only);
      for (const [name, value] of Object.entries(expected))
        assert.deepEqual(facts[name as keyof ChangeFacts], value, name);
    });

  const MINE = { isOrganizer: true, response: 'organizer' as const };
  /** [what I did, before, after, told without being asked for] */
  const OWN: [string, Partial<CalendarEvent>, Partial<CalendarEvent> | undefined, boolean][] = [
    ['move', {}, LATER, false],
    ['cancel', {}, { isCancelled: true }, false],
    ['delete', {}, undefined, false],
    ['give another place', {}, { place: at('Room 2', 1, 1) }, false],
    ['give a link', {}, CALL, false],
    ['give up the room of', withRooms(ROOM), withRooms(), false],
    ['lose the room of, because it said no,', withRooms(ROOM), withRooms(NO), true],
  ];
  for (const [what, before, after, isTold] of OWN)
    it(`are${isTold ? '' : ' not'} about what I ${what} myself, unless others act for me`, () => {
      const changes = one({ ...MINE, ...before }, after && { changeKey: 'key-2', ...after });
      assert.equal(notices(changes).length, isTold ? 1 : 0);
      const [told] = plan(
        planInput({ changes, person: { watchSince: NOW - DAY, settings: { tellOwnChanges: true } } }),
      ).filter((nudge) => nudge.kind === 'change');
      assert.ok(told);
      if (isTold) assert.equal(factsOf(told).isOrganizer, true, 'the card knows who can do something about it');
    });

  it('do not tell of a room whose loss is told in another way, but of what else happened', () => {
    const told = (after: Partial<CalendarEvent>, isTold: boolean) => {
      const changes = one({ ...MINE, ...withRooms(ROOM) }, { changeKey: 'key-2', ...withRooms(NO), ...after });
      const lossesTold = new Set(isTold ? changes.map((it) => it.changeId) : ['another']);
      const settings = { ...DEFAULT_SETTINGS, tellOwnChanges: true };
      return plan(planInput({ changes, lossesTold, hasRooms: true, person: { settings } })).flatMap((it) =>
        it.kind === 'change' ? [factsOf(it)] : [],
      );
    };
    assert.deepEqual(told({}, true), []);
    assert.deepEqual(
      told({}, false).map(({ change, hasRooms }) => [change, hasRooms]),
      [['roomLost', true]],
    );
    assert.deepEqual(
      told(LATER, true).map(({ change, news, rooms }) => [change, news, rooms]),
      [['moved', undefined, undefined]],
    );
  });

  it('do not tell of a room that is lost once the meeting has begun, which has no use for another one', () => {
    const { startAt } = meeting();
    const told = (noticedAt: number, more: Partial<CalendarEvent> = {}) =>
      notices(
        one({ ...MINE, ...withRooms(ROOM) }, { changeKey: 'key-2', ...withRooms(NO), ...more }, noticedAt),
        noticedAt,
      ).length;
    assert.equal(told(startAt - 1), 1);
    assert.equal(told(startAt), 0);
    assert.equal(told(startAt + 1, { startAt: startAt + DAY, endAt: startAt + DAY + HOUR }), 1, 'it is to come again');
  });

  it('do not tell of my own move by my manager’s copy', () => {
    const uid = 'uid-1';
    const own = one({ ...MINE, uid }, { ...LATER, uid });
    const copy = { id: 'copy', calendarId: 'boss', uid };
    assert.deepEqual(notices([...own, ...one(copy, { ...copy, ...LATER })]), []);
    assert.equal(notices(one(copy, { ...copy, ...LATER })).length, 1, 'it is theirs otherwise');
  });

  it('do not tell of our own writes, which are known by their version', () => {
    const changes = one({}, { ...LATER, changeKey: 'ours' });
    const told = (ownWrites: Set<string>) =>
      plan(planInput({ changes, ownWrites })).filter((it) => it.kind === 'change');
    assert.equal(told(new Set(['ours'])).length, 0);
    assert.equal(told(new Set(['another'])).length, 1);
    const lost = one(withRooms(ROOM), { ...withRooms(NO), changeKey: 'ours' });
    assert.equal(
      plan(planInput({ changes: lost, ownWrites: new Set(['ours']) })).length,
      1,
      'a room’s word is its own',
    );
  });

  /** [what, before, after] */
  const SILENT: [string, Partial<CalendarEvent>, Partial<CalendarEvent>][] = [
    ['another subject', {}, { subject: 'Other' }],
    ['a tentative answer of mine', {}, { response: 'tentative' }],
    ['my declining', {}, { response: 'declined' }],
    // nc#4286, nc#8561: who answered is noise to who wants to hear of changes.
    ['answers of others (nc#4286, nc#8561)', {}, { attendees: [{ ...BOB, response: 'accepted' }] }],
    ['another guest', {}, { attendees: [BOB, attendee('Cem')] }],
    ['a room that said yes', withRooms(OTHER_ROOM), withRooms({ ...OTHER_ROOM, response: 'accepted' })],
    ['a room for another', withRooms(ROOM), withRooms(OTHER_ROOM)],
    ['a room that had said no and is gone', withRooms(NO), withRooms()],
    ['a room that came', withRooms(), withRooms(ROOM)],
    ['an agenda', {}, { agenda: ['Hiring'] }],
    ['the reminder', {}, { reminderMinutes: 5 }],
    ['what I declined', { response: 'declined' }, LATER],
    ['what I declined, cancelled', { response: 'declined' }, { isCancelled: true }],
    ['a draft', { isDraft: true }, LATER],
    ['what was cancelled before', { isCancelled: true }, LATER],
    ['the version alone (gdc#3072, gd#8497: three notifications an edit)', {}, { changeKey: 'key-2' }],
  ];
  for (const [what, before, after] of SILENT)
    it(`say nothing about ${what}`, () =>
      assert.deepEqual(
        plan(planInput({ changes: one(before, after), events: [meeting({ ...before, ...after })] })).filter(
          isAboutChange,
        ),
        [],
      ));

  it('tell of a moved occurrence, which others pass over in silence (mattermost-plugin-mscalendar)', () => {
    const occurrence = { id: 'o1', type: 'occurrence' as const, seriesMasterId: 'series' };
    const [only] = notices(one(occurrence, { ...LATER, ...occurrence, type: 'exception' }));
    assert.equal(factsOf(only).change, 'moved');
    assert.equal(only?.eventId, 'o1');
  });

  it('keep what is private to themselves where it is to be discreet', () => {
    const secret = {
      subject: 'Dentist',
      sensitivity: 'private' as const,
      place: at('Tooth Lane', 1, 1),
      ...withRooms(ROOM),
    };
    const changes = one(secret, { ...secret, ...LATER, place: at('Root Canal', 1, 1), ...withRooms(NO) });
    const [only] = plan(planInput({ changes, person: { settings: { private: 'discreet' } } }));
    assert.equal(factsOf(only).change, 'moved');
    assert.doesNotMatch(JSON.stringify(only), /Dentist|Tooth|Canal|Room 1|Ann|Bob/);
    assert.deepEqual(plan(planInput({ changes, person: { settings: { private: 'skip' } } })), []);
  });

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
    const bosses = { calendarId: 'boss', response: 'organizer' as const };
    assert.equal(notices(noticed(occurrences(9, 0, bosses), [])).length, 1);
  });

  it('of the first day of a holiday of two entries are told after the second', () => {
    const off = (from: number, to: number) =>
      meeting({ id: `off ${from}`, startAt: from, endAt: to, showAs: 'oof', response: 'organizer', attendees: [] });
    const first = off(NOW - 8 * DAY, NOW - 4 * DAY);
    const second = off(NOW - 4 * DAY, NOW);
    const ahead = { isOrganizer: false, startAt: NOW + DAY, endAt: NOW + DAY + HOUR };
    const changes = one(ahead, { isCancelled: true, changeKey: 'key-2' }, NOW - 7.5 * DAY);
    const told = (absences: CalendarEvent[]) =>
      plan(planInput({ changes, events: [second], absences, person: { watchSince: NOW - 20 * DAY } })).filter(
        (nudge) => nudge.kind === 'change',
      );
    assert.equal(told([first]).length, 1);
    assert.deepEqual(told([]), [], 'without the first it is old news');
  });

  it('of a series are told after a silence that outlasts the first of its occurrences', () => {
    const [first, second] = occurrences(3, HOUR).map(({ startAt }) => startAt);
    const away = { from: NOW - DAY, to: (first ?? 0) + 2 * DAY };
    for (const after of [occurrences(3, HOUR), occurrences(3, HOUR, { isCancelled: true })]) {
      const changes = noticed(occurrences(3), after);
      const [only] = plan(planInput({ changes, person: { away } }));
      assert.equal(only?.dueAt, away.to);
      assert.equal(only?.deadlineAt, second);
      assert.equal(notices(changes)[0]?.deadlineAt, first, 'without a silence until the first');
    }
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
    const there = noticed([version('1', a)], [version('2', b)], NOW - 4 * MINUTE);
    const back = noticed([version('2', b)], [version('3', a)], NOW - 2 * MINUTE);
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

  it('of a series that is moved and of which some are cancelled at once are one, with both', () => {
    const [before, after] = [occurrences(9), occurrences(9, HOUR)];
    const cancelled = before.slice(5).map((event) => ({ ...event, isCancelled: true, changeKey: 'off' }));
    const [only, ...more] = notices(noticed(before, [...after.slice(0, 5), ...cancelled]));
    assert.deepEqual(more, []);
    assert.equal(factsOf(only).change, 'cancelled', 'the heavier');
    assert.equal(factsOf(only).occurrences, 4);
    assert.deepEqual(
      factsOf(only).alongside?.map(({ change, occurrences: count }) => [change, count]),
      [['moved', 5]],
    );
  });

  it('are one for a series that some accepted and others left open', () => {
    const answered = (all: CalendarEvent[]) =>
      all.map((event, index) => (index < 4 ? event : { ...event, response: 'tentative' as const }));
    const [only, ...more] = notices(noticed(answered(occurrences(9)), answered(occurrences(9, HOUR))));
    assert.deepEqual(more, []);
    assert.equal(factsOf(only).occurrences, 9);
  });

  it('tell of a change of clocks nothing, of a move across it by the hour that it is', () => {
    const before = { startAt: utc('2027-03-26 09:00'), endAt: utc('2027-03-26 10:00') };
    const after = { startAt: utc('2027-03-29 08:00'), endAt: utc('2027-03-29 09:00'), changeKey: 'key-2' };
    const [only] = notices(one(before, after, utc('2027-03-26 08:00')), utc('2027-03-26 08:00'));
    assert.deepEqual([factsOf(only).beforeStartAt, factsOf(only).startAt], [before.startAt, after.startAt]);
  });
});

/** A meeting through its versions, each read at its second; `after` undefined is gone. */
const SECOND = 1_000;
type Version = Partial<CalendarEvent> | undefined;
function told(versions: [second: number, Version][], now = NOW + 10 * MINUTE, settings = {}) {
  const events = versions.map(([, more], index) => more && meeting({ changeKey: `v${index}`, ...more }));
  const changes = versions.slice(1).flatMap(([second], index) => {
    const [before, after] = [events[index], events[index + 1]];
    return noticed(before ? [before] : [], after ? [after] : [], NOW + second * SECOND);
  });
  const current = events.at(-1);
  const input = planInput({ changes, now, events: current ? [current] : [], person: { settings } });
  return plan(input).filter(isAboutChange);
}
const ROOM_2 = { place: at('Room 2', 1, 1) };
const FREE = { response: 'notResponded' as const };

describe('edits within a minute', () => {
  const base = meeting();
  const later = (hours: number) => ({ startAt: base.startAt + hours * HOUR, endAt: base.endAt + hours * HOUR });

  /** [what, versions by the second in which they were read, [kind, change, news?, isBack?] of each message] */
  const cases: [string, [number, Version][], unknown[][]][] = [
    [
      'two moves are one',
      [
        [0, {}],
        [1, later(1)],
        [50, later(2)],
      ],
      [['change', 'moved', undefined, undefined]],
    ],
    [
      'the minute is counted from the first',
      [
        [0, {}],
        [1, later(1)],
        [61, later(2)],
      ],
      [['change', 'moved', undefined, undefined]],
    ],
    [
      'what comes after the minute is told by itself',
      [
        [0, {}],
        [1, later(1)],
        [62, later(2)],
      ],
      [
        ['change', 'moved', undefined, undefined],
        ['change', 'moved', undefined, undefined],
      ],
    ],
    [
      'there and back is back where it was',
      [
        [0, {}],
        [1, later(1)],
        [30, {}],
      ],
      [['change', 'moved', undefined, true]],
    ],
    [
      'off and on again is back on',
      [
        [0, {}],
        [1, { isCancelled: true }],
        [30, {}],
      ],
      [['change', 'restored', undefined, true]],
    ],
    [
      'moved and called off is called off',
      [
        [0, {}],
        [1, later(1)],
        [30, { isCancelled: true }],
      ],
      [['change', 'cancelled', undefined, undefined]],
    ],
    [
      'called off and tidied away is called off',
      [
        [0, {}],
        [1, { isCancelled: true }],
        [30, undefined],
      ],
      [['change', 'cancelled', undefined, undefined]],
    ],
    [
      'moved, then elsewhere: both',
      [
        [0, {}],
        [1, later(1)],
        [30, { ...later(1), ...ROOM_2 }],
      ],
      [['change', 'moved', ['moved', 'place'], undefined]],
    ],
    [
      'elsewhere, then moved: the heavier first',
      [
        [0, {}],
        [1, ROOM_2],
        [30, { ...later(1), ...ROOM_2 }],
      ],
      [['change', 'moved', ['moved', 'place'], undefined]],
    ],
    [
      'moved and then declined is nothing any more',
      [
        [0, {}],
        [1, later(1)],
        [30, { ...later(1), response: 'declined' }],
      ],
      [],
    ],
    [
      'moved and then deleted by the person is nothing any more',
      [
        [0, {}],
        [1, later(1)],
        [30, undefined],
      ],
      [],
    ],
    [
      'an invitation that is edited is one',
      [
        [0, undefined],
        [1, FREE],
        [30, { ...FREE, ...later(1) }],
      ],
      [['invitation', 'invited', undefined, undefined]],
    ],
    [
      'an invitation that is called off is none',
      [
        [0, undefined],
        [1, FREE],
        [30, { ...FREE, isCancelled: true }],
      ],
      [],
    ],
    [
      'an invitation that is moved later is two',
      [
        [0, undefined],
        [1, FREE],
        [90, { ...FREE, ...later(1) }],
      ],
      [
        ['invitation', 'invited', undefined, undefined],
        ['change', 'moved', undefined, undefined],
      ],
    ],
  ];
  for (const [what, versions, expected] of cases)
    it(`: ${what}`, () =>
      assert.deepEqual(
        told(versions).map((nudge) => {
          const { change, news, isBack } = factsOf(nudge);
          return [nudge.kind, change, news, isBack];
        }),
        expected,
      ));

  it('show what is so in the end: from before the first to after the last', () => {
    const [only] = told([
      [0, {}],
      [1, later(1)],
      [30, { ...later(2), subject: 'Renamed' }],
      [40, { ...later(3), subject: 'Renamed' }],
    ]);
    const { beforeStartAt, startAt, subject } = factsOf(only);
    assert.deepEqual([beforeStartAt, startAt, subject], [base.startAt, later(3).startAt, 'Renamed']);
  });

  it('keep the identity of the first, however many join', () => {
    const versions: [number, Version][] = [
      [0, {}],
      [1, later(1)],
      [20, later(2)],
      [30, { isCancelled: true }],
      [40, later(4)],
    ];
    const ids = versions.slice(2).map((_, index) => told(versions.slice(0, index + 2)).map((one) => one.nudgeId));
    assert.equal(new Set(ids.flat()).size, 1);
    assert.equal(told(versions)[0]?.startAt, later(1).startAt, 'of the first alone');
  });

  it('give at most one message a minute, however they are cut into reads, and the same in whatever order they come', () => {
    const version = fc.record({
      startAt: fc.constantFrom(0, 1, 2).map((hours) => base.startAt + hours * HOUR),
      isCancelled: fc.boolean(),
      place: fc.constantFrom(undefined, at('Room 1', 1, 1), at('Room 2', 1, 1)),
      joinUrl: fc.constantFrom(undefined, 'https://teams.microsoft.com/l/1'),
      response: fc.constantFrom('accepted', 'tentative', 'notResponded'),
    });
    // Two reads of one mailbox are never at one moment: whoever reads it holds its lease.
    const edits = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 200 }), version), {
      minLength: 1,
      maxLength: 8,
      selector: ([second]) => second,
    });
    fc.assert(
      fc.property(
        edits,
        fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
        fc.boolean(),
        fc.nat(),
        (list, seen, isNew, seed) => {
          const sorted = [...list].sort(([a], [b]) => a - b);
          const versions = sorted.map(([second, more], index): [number, CalendarEvent] => [
            second,
            meeting({ ...more, changeKey: `v${index}` } as Partial<CalendarEvent>),
          ]);
          // A read sees the newest version; those between two reads nobody saw.
          const reads = versions.filter((_, index) => seen[index] || index === versions.length - 1);
          const first = isNew ? undefined : meeting({ changeKey: 'old' });
          const changes: NoticedChange[] = [];
          const ids = new Map<string, number>();
          let before = first;
          for (const [second, after] of reads) {
            const at = NOW + second * SECOND;
            changes.push(...noticed(before ? [before] : [], [after], at));
            before = after;
            const input = planInput({ changes, now: at, events: [after] });
            const planned = plan(input).filter(isAboutChange);
            for (const nudge of planned) ids.set(nudge.nudgeId, nudge.dueAt);
            assert.deepEqual(plan({ ...input, changes: shuffled(changes, seed) }).filter(isAboutChange), planned);
          }
          const moments = [...ids.values()].sort((a, b) => a - b);
          for (const [index, moment] of moments.entries())
            if (index > 0)
              assert.ok(moment - (moments[index - 1] ?? 0) > 60 * SECOND, `${moments.map((it) => it - NOW)}`);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('invitations', () => {
  const invited = (more: Partial<CalendarEvent> = {}) => noticed([], [meeting({ ...FREE, ...more })]);
  const invitations = (changes: NoticedChange[], more = {}) =>
    plan(planInput({ changes, ...more })).filter((nudge) => nudge.kind === 'invitation');

  /** [what, the entry that is new, whether it is asked about] */
  const cases: [string, Partial<CalendarEvent>, boolean][] = [
    ['unanswered', {}, true],
    ['without any answer', { response: 'none' }, true],
    ['tentative', { response: 'tentative' }, true],
    ['accepted already', { response: 'accepted' }, false],
    ['declined already', { response: 'declined' }, false],
    ['my own', { isOrganizer: true, response: 'organizer' }, false],
    ['cancelled already', { isCancelled: true }, false],
    ['a draft', { isDraft: true }, false],
    ['over', { startAt: NOW - 2 * HOUR, endAt: NOW - HOUR }, false],
    ['begun', { startAt: NOW - MINUTE, endAt: NOW + HOUR }, false],
    ['in somebody else’s calendar', { calendarId: 'boss' }, false],
    ['a note that another program wrote', { attendees: [] }, false],
    ['all-day, today', { ...allDay('2026-12-01', '2026-12-02'), ...FREE }, true],
  ];
  for (const [what, more, is] of cases)
    it(`ask${is ? '' : ' nothing'} about one that is ${what}`, () =>
      assert.equal(invitations(invited(more)).length, is ? 1 : 0));

  it('take nothing of what comes within the minute with them when nobody wants them, unless they were said', () => {
    const first = invited({ changeKey: 'v1' });
    const moved = meeting({ ...FREE, ...LATER });
    const second = noticed([meeting({ ...FREE, changeKey: 'v1' })], [moved], NOW + 30 * SECOND);
    const muted = { now: NOW + MINUTE, person: { settings: { kinds: { invitation: false } } } };
    const kinds = (more: object = {}) =>
      plan(planInput({ changes: [...first, ...second], ...muted, ...more })).map((one) => factsOf(one).change);
    assert.deepEqual(kinds(), ['moved']);
    const said = invitations(first).map((one) => ({ ...one, saidAt: NOW }));
    assert.deepEqual(kinds({ said }), []);
  });

  it('say what is answered, and end with the start', () => {
    const [only] = invitations(invited());
    assert.equal(factsOf(only).change, 'invited');
    assert.equal(factsOf(only).answerTo, 'event-1');
    assert.equal(factsOf(only).organizer, 'Ann Organiser');
    assert.equal(only?.deadlineAt, meeting().startAt);
    assert.equal(only?.dueAt, NOW);
    const [day] = invitations(invited({ ...allDay('2026-12-01', '2026-12-02'), ...FREE }));
    assert.equal(day?.deadlineAt, utc('2026-12-01 23:00'), 'the end of the day in Berlin');
  });

  const series = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      meeting({
        ...FREE,
        id: `o${index}`,
        type: 'occurrence',
        seriesMasterId: 'series',
        startAt: meeting().startAt + index * 7 * DAY,
      }),
    );
  it('are one for a series, answered as a whole, also where one occurrence alone is in sight', () => {
    for (const count of [1, 5]) {
      const [only, ...more] = invitations(noticed([], series(count)));
      assert.deepEqual(more, []);
      assert.deepEqual([factsOf(only).answerTo, factsOf(only).isWholeSeries], ['series', true]);
    }
    const exception = { ...FREE, id: 'x', type: 'exception' as const, seriesMasterId: 'series' };
    assert.equal(factsOf(invitations(invited(exception))[0]).answerTo, 'x', 'one by itself for an exception');
  });

  it('are not asked when they were answered, called off or are gone by then (mm#147)', () => {
    const stands = (event: CalendarEvent | undefined) =>
      invitation.stillStands({ eventId: 'event-1', startAt: meeting().startAt, facts: {} }, event);
    assert.equal(stands(meeting(FREE)), true);
    assert.equal(stands(meeting({ response: 'tentative' })), true);
    assert.equal(stands(meeting({ ...FREE, startAt: NOW + DAY })), true, 'at another time all the same');
    for (const more of [
      { response: 'accepted' as const },
      { response: 'declined' as const },
      { ...FREE, isCancelled: true },
    ])
      assert.equal(stands(meeting(more)), false);
    assert.equal(stands(undefined), false);
  });

  it('can be muted by themselves', () => {
    const off = { person: { settings: { kinds: { invitation: false } } } };
    assert.deepEqual(plan(planInput({ changes: invited(), ...off })), []);
    assert.equal(notices(one({}, LATER)).length, 1);
    assert.deepEqual(
      plan(planInput({ changes: one({}, LATER), person: { settings: { kinds: { change: false } } } })),
      [],
    );
  });

  it('say what is in their way, and when one could instead', () => {
    const other = meeting({ id: 'other', subject: 'Budget round' });
    const touching = meeting({ id: 'touching', startAt: other.endAt });
    const events = [meeting(FREE), other, touching];
    const [only] = invitations(invited(), { events });
    assert.deepEqual(factsOf(only).conflicts, [
      { subject: 'Budget round', startAt: other.startAt, endAt: other.endAt },
    ]);
    assert.equal(factsOf(only).free?.length, 3);
    assert.equal(factsOf(invitations(invited(), { events: [meeting(FREE), touching] })[0]).conflicts, undefined);
    const discreet = {
      events: [meeting(FREE), { ...other, sensitivity: 'private' as const }],
      person: { settings: { private: 'discreet' as const } },
    };
    assert.doesNotMatch(JSON.stringify(invitations(invited(), discreet)), /Budget round/);
  });

  it('say what is in the way beyond what a plan looks at', () => {
    const far = { startAt: meeting().startAt + 20 * DAY, endAt: meeting().endAt + 20 * DAY };
    const changes = invited(far);
    const further = [meeting({ ...FREE, ...far }), meeting({ ...far, id: 'other', subject: 'Budget round' })];
    assert.equal(factsOf(invitations(changes)[0]).conflicts, undefined);
    assert.equal(factsOf(invitations(changes, { further })[0]).conflicts?.[0]?.subject, 'Budget round');
    assert.equal(factsOf(invitations(changes, { further })[0]).free?.length, 3);
    const usualEnd = NOW + 9 * DAY;
    const span = farAhead(changes, usualEnd);
    assert.ok(span && span.from >= usualEnd && span.from < far.startAt && span.to > far.endAt + 4 * DAY);
    assert.equal(farAhead(invited(), usualEnd), undefined, 'near');
    assert.equal(farAhead(noticed([meeting()], []), usualEnd), undefined, 'gone');
    assert.equal(farAhead(invited({ startAt: NOW + 300 * DAY, endAt: NOW + 300 * DAY + HOUR }), usualEnd), undefined);
  });

  it('count what there is no room to name', () => {
    const others = Array.from({ length: 5 }, (_, index) => meeting({ id: `x${index}`, subject: `No. ${index}` }));
    const [only] = invitations(invited(), { events: [meeting(FREE), ...others] });
    assert.deepEqual([factsOf(only).conflicts?.length, factsOf(only).moreConflicts], [3, 2]);
  });
});

describe('double bookings', () => {
  const other = meeting({ id: 'other', subject: 'Budget round', changeKey: 'other-1' });
  const MINE = { isOrganizer: true, response: 'organizer' as const };
  const planned = (changes: NoticedChange[], events: CalendarEvent[], more = {}) =>
    plan(planInput({ changes, events, ...more })).filter(isAboutChange);
  const kinds = (changes: NoticedChange[], events: CalendarEvent[], more = {}) =>
    planned(changes, events, more).map((nudge) => `${nudge.kind} ${factsOf(nudge).change}`);

  /** [what, before, after, the messages about it, while “Budget round” takes place at 14:00] */
  const cases: [string, Partial<CalendarEvent> | undefined, Partial<CalendarEvent>, string[]][] = [
    ['I make one over it', undefined, MINE, ['conflict conflict']],
    ['I accept one over it', FREE, { response: 'accepted' }, ['conflict conflict']],
    ['one comes accepted', undefined, { response: 'accepted' }, ['conflict conflict']],
    ['I move mine over it', { ...MINE, startAt: NOW + HOUR }, { ...MINE }, ['conflict conflict']],
    ['somebody moves theirs over it: one message', { startAt: NOW + HOUR }, {}, ['change moved']],
    ['somebody invites me over it: one message', undefined, FREE, ['invitation invited']],
    ['one that is off is back on over it', { isCancelled: true }, {}, ['change restored']],
    ['I move mine beside it', MINE, { ...MINE, startAt: other.endAt }, []],
    ['I move mine within it', { ...MINE, endAt: other.endAt + HOUR }, { ...MINE, endAt: other.endAt + 2 * HOUR }, []],
    ['I make a free one', undefined, { ...MINE, showAs: 'free' }, []],
    ['I make a draft', undefined, { ...MINE, isDraft: true }, []],
    ['I make one for all day', undefined, { ...allDay('2026-12-01', '2026-12-02'), ...MINE }, []],
    ['I say that I might', FREE, { response: 'tentative' }, []],
    ['I decline', {}, { response: 'declined' }, []],
    ['I make one in the club’s calendar', undefined, { ...MINE, calendarId: 'club' }, []],
    ['only the place of one that overlapped before is another', {}, ROOM_2, ['change place']],
  ];
  for (const [what, before, after, expected] of cases)
    it(`are told when they should: ${what}`, () => {
      const now = meeting({ changeKey: 'key-2', ...after });
      const changes = noticed(before ? [meeting(before)] : [], [now]);
      assert.deepEqual(kinds(changes, [now, other]), expected);
      const [only] = planned(changes, [now, other]);
      const isOverlap = expected.length > 0 && !expected.includes('change place');
      assert.equal(factsOf(only)?.conflicts?.[0]?.subject, isOverlap ? 'Budget round' : undefined);
      if (isOverlap) assert.ok((factsOf(only).free?.length ?? 0) > 0);
    });

  it('are told of the one that came last, and once', () => {
    const first = meeting({ ...MINE, id: 'a' });
    const second = meeting({ ...MINE, id: 'b' });
    const changes = [...noticed([], [first], NOW - HOUR), ...noticed([], [second], NOW - MINUTE)];
    const found = planned(changes, [first, second]);
    assert.deepEqual(
      found.map((nudge) => nudge.eventId),
      ['b'],
    );
    const together = [...noticed([], [first], NOW), ...noticed([], [second], NOW)];
    assert.equal(planned(together, [first, second]).length, 1);
    assert.deepEqual(planned(shuffled(together, 3), [first, second]), planned(together, [first, second]));
  });

  it('are not said of an answer that overlaps nothing, nor when one of the two is gone since', () => {
    const now = meeting({ response: 'accepted' });
    const changes = noticed([meeting(FREE)], [now]);
    assert.deepEqual(kinds(changes, [now]), []);
    assert.deepEqual(kinds(changes, [other]), []);
    assert.deepEqual(kinds(changes, [now, { ...other, isCancelled: true }]), []);
    assert.deepEqual(kinds(changes, [{ ...now, startAt: NOW + HOUR, endAt: NOW + 2 * HOUR }, other]), []);
  });

  it('that were said and are no more say so on their card, and never anew', () => {
    const now = meeting({ ...MINE });
    const changes = noticed([], [now], NOW - HOUR);
    const [sent] = planned(changes, [now, other]);
    assert.ok(sent);
    const said = [{ ...sent, saidAt: NOW - HOUR }];
    const [after] = planned(changes, [now], { said });
    assert.equal(after?.nudgeId, sent.nudgeId);
    assert.equal(factsOf(after).conflicts, undefined);
    const stands = (facts: object, event: CalendarEvent | undefined) =>
      doubleBooking.stillStands({ eventId: now.id, startAt: now.startAt, facts: { ...facts } }, event);
    assert.equal(stands(sent.facts, now), true);
    assert.equal(stands(after?.facts ?? {}, now), false);
    assert.equal(stands(sent.facts, undefined), false);
    assert.equal(stands(sent.facts, { ...now, isCancelled: true }), false);
    assert.equal(stands(sent.facts, { ...now, response: 'tentative' }), false);
  });

  it('are told even to who does not want to hear of the change that made them, once', () => {
    const now = meeting({ changeKey: 'key-2' });
    const changes = noticed([meeting({ startAt: NOW + HOUR })], [now]);
    const person = { settings: { kinds: { change: false } } };
    assert.deepEqual(kinds(changes, [now, other], { person }), ['conflict moved']);
    const said = planned(changes, [now, other]).map((sent) => ({ ...sent, saidAt: NOW }));
    assert.deepEqual(kinds(changes, [now, other], { person, said }), [], 'muted after it was told');
    const none = { settings: { kinds: { change: false, conflict: false } } };
    assert.deepEqual(kinds(changes, [now, other], { person: none }), []);
  });

  it('of a series are told with the occurrence that overlaps', () => {
    const occurrence = (index: number, more: Partial<CalendarEvent> = {}) =>
      meeting({
        id: `o${index}`,
        type: 'occurrence',
        seriesMasterId: 'series',
        startAt: meeting().startAt + (index - 1) * DAY,
        ...more,
      });
    const before = [1, 2, 3].map((index) => occurrence(index, FREE));
    const after = [1, 2, 3].map((index) => occurrence(index, { response: 'accepted', changeKey: 'key-2' }));
    const second = { ...other, startAt: other.startAt + DAY, endAt: other.endAt + DAY };
    const [only, ...more] = planned(noticed(before, after), [...after, second]);
    assert.deepEqual(more, []);
    assert.deepEqual([only?.kind, only?.eventId, factsOf(only).conflicts?.length], ['conflict', 'series', 1]);
    assert.equal(factsOf(only).free, undefined, 'no other time for all of them');
  });
});

describe('the cards of changes', () => {
  const card = (kind: string, facts: object): KnownCard => ({
    nudgeId: `${kind}.1`,
    kind,
    eventId: 'event-1',
    startAt: meeting().startAt,
    facts: { ...facts },
    shape: 'whole',
    why: null,
    sentAt: NOW - MINUTE,
    endsAt: meeting().endAt,
  });
  const shown = (kind: string, facts: object, event: CalendarEvent | undefined) =>
    equaliseCards([card(kind, facts)], [], event ? [event] : [], DEFAULT_SETTINGS).map((one) =>
      one.shape === 'line' ? one.why : one.facts.response,
    );
  const asked = { ...factsOf(undefined), response: 'notResponded', answerTo: 'event-1' };

  it('stay to be read when a newer card about the meeting is nothing but a line', () => {
    const moved = meeting({ ...FREE, startAt: NOW + DAY });
    const reminder = { ...card('reminder', meetingFacts(meeting())), sentAt: NOW };
    const lines = (cards: KnownCard[], event: CalendarEvent) =>
      equaliseCards(cards, [], [event], DEFAULT_SETTINGS).map((one) => [one.nudgeId, one.why]);
    assert.deepEqual(lines([reminder, card('invitation', asked)], moved), [['reminder.1', 'moved']]);
    assert.deepEqual(lines([reminder, card('invitation', asked)], meeting(FREE)).at(-1), ['invitation.1', 'newer']);
    assert.deepEqual(lines([reminder, card('change', {})], moved), [['reminder.1', 'moved']]);
  });

  /** [kind, its facts, the entry now, why it is a line, or which answer it shows; nothing: as it was] */
  const cases: [string, object, CalendarEvent | undefined, unknown[]][] = [
    ['invitation', asked, meeting(FREE), []],
    ['invitation', asked, meeting({ response: 'accepted' }), ['accepted']],
    ['invitation', asked, meeting({ response: 'tentative', startAt: NOW + DAY }), ['tentative']],
    ['invitation', asked, meeting({ response: 'declined' }), ['declined']],
    ['invitation', asked, meeting({ ...FREE, isCancelled: true }), ['cancelled']],
    ['invitation', asked, undefined, ['gone']],
    ['change', asked, meeting({ response: 'accepted' }), ['accepted']],
    ['change', asked, meeting({ ...FREE, isCancelled: true }), []],
    ['change', {}, meeting({ response: 'tentative' }), []],
    ['change', {}, undefined, []],
    ['conflict', {}, meeting({ startAt: NOW + DAY }), []],
    ['conflict', {}, undefined, ['gone']],
    ['conflict', {}, meeting({ response: 'declined' }), ['declined']],
  ];
  for (const [kind, facts, event, expected] of cases)
    it(`${kind} ${'answerTo' in facts ? 'with answers ' : ''}shows ${JSON.stringify(expected)} of ${event ? `${event.response}${event.isCancelled ? ', cancelled' : ''}` : 'what is gone'}`, () =>
      assert.deepEqual(shown(kind, facts, event), expected));
});
