import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { aspectsOf, type Change, type ChangeKind, changesOf, type Views } from '../../src/calendar/difference.ts';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { type Merged, mergeRound } from '../../src/calendar/merge.ts';
import type { GraphEvent } from '../../src/calendar/normalise.ts';
import {
  at,
  attendee,
  DAY,
  graphEvent,
  graphMaster,
  graphTime,
  HOUR,
  MINUTE,
  meeting,
  NOW,
  removed,
  shuffled,
  skeleton,
} from '../support/events.ts';

const merged = (more: Partial<Merged>): Merged => ({
  upserts: [],
  removals: [],
  refused: 0,
  missingMasters: [],
  isDoubtful: false,
  ...more,
});
const changes = (stored: CalendarEvent[], more: Partial<Merged>, views?: Views, now = NOW) =>
  changesOf(stored, merged(more), now, views);
/** "moved series o1 o2" */
const brief = ({ kind, scope, eventId, occurrences }: Change) =>
  `${kind} ${scope} ${eventId}: ${occurrences.map((one) => one.eventId).join(' ')}`;

const BOB = attendee('Bob Guest');
const EVE = attendee('Eve Guest');
const ROOM = attendee('Room 1', { type: 'resource' });
const here = meeting();
const later = { startAt: here.startAt + HOUR, endAt: here.endAt + HOUR };

describe('what differs between two versions of an entry', () => {
  /** [what, before, after, all aspects, heaviest first] */
  const cases: [string, Partial<CalendarEvent>, Partial<CalendarEvent>, ChangeKind[]][] = [
    ['another time', {}, later, ['moved']],
    ['another end alone', {}, { endAt: here.endAt + HOUR }, ['moved']],
    ['another start alone', {}, { startAt: here.startAt - HOUR, endAt: here.endAt }, ['moved']],
    ['a whole day now', {}, { allDay: { startDate: '2026-12-01', endDate: '2026-12-02' } }, ['moved']],
    ['cancelled', {}, { isCancelled: true }, ['cancelled']],
    ['cancelled and moved at once', {}, { isCancelled: true, ...later }, ['cancelled', 'moved']],
    ['moved after it was cancelled', { isCancelled: true }, { isCancelled: true, ...later }, ['moved']],
    ['taken back', { isCancelled: true }, { isCancelled: false }, ['restored']],
    ['taken back at another time', { isCancelled: true }, { isCancelled: false, ...later }, ['restored', 'moved']],
    ['another place', { place: at('Room 1', 1, 1) }, { place: at('Room 2', 1, 1) }, ['placeChanged']],
    ['a place at last', {}, { place: at('Room 1', 1, 1) }, ['placeChanged']],
    ['no place any more', { place: at('Room 1', 1, 1) }, { place: undefined }, ['placeChanged']],
    ['the same place, found on the map', { place: at('Room 1', 1, 1) }, { place: at('Room 1', 2, 2) }, []],
    ['a room that was booked', {}, { attendees: [BOB, ROOM] }, ['placeChanged']],
    [
      'another room',
      { attendees: [ROOM] },
      { attendees: [{ ...ROOM, address: 'room2@test.example' }] },
      ['placeChanged'],
    ],
    ['moved to another place', { place: at('A', 1, 1) }, { place: at('B', 1, 1), ...later }, ['moved', 'placeChanged']],
    ['another link', { joinUrl: 'https://a.example' }, { joinUrl: 'https://b.example' }, ['linkChanged']],
    ['a call at last', {}, { joinUrl: 'https://a.example', isOnline: true }, ['linkChanged']],
    ['another subject', {}, { subject: 'Other' }, ['subjectChanged']],
    ['somebody more', {}, { attendees: [BOB, EVE] }, ['attendeesChanged']],
    ['somebody else, with an answer', {}, { attendees: [{ ...EVE, response: 'accepted' }] }, ['attendeesChanged']],
    ['somebody who need not come any more', {}, { attendees: [{ ...BOB, type: 'optional' }] }, ['attendeesChanged']],
    ['guests in another order', { attendees: [BOB, EVE] }, { attendees: [EVE, BOB] }, []],
    ['a guest’s new name', {}, { attendees: [{ ...BOB, name: 'Robert' }] }, []],
    ['somebody’s answer', {}, { attendees: [{ ...BOB, response: 'accepted' }] }, ['answersChanged']],
    [
      'a room that said no',
      { attendees: [ROOM] },
      { attendees: [{ ...ROOM, response: 'declined' }] },
      ['roomLost', 'answersChanged'],
    ],
    ['a room that is gone', { attendees: [BOB, ROOM] }, { attendees: [BOB] }, ['placeChanged', 'roomLost']],
    ['a room’s answer', { attendees: [ROOM] }, { attendees: [{ ...ROOM, response: 'accepted' }] }, ['answersChanged']],
    ['my answer', { response: 'none' }, { response: 'accepted' }, ['myAnswerChanged']],
    ['an agenda', { agenda: [] }, { agenda: ['Budget'] }, ['bodyChanged']],
    ['words below what is kept', { bodyMark: 'a' }, { bodyMark: 'b' }, ['bodyChanged']],
    ['the agenda’s lines cut in another way', { bodyMark: 'a', agenda: [] }, { bodyMark: 'a' }, []],
    ['a replica from before bodies were marked', {}, { bodyMark: 'b' }, []],
    ['busy or free', {}, { showAs: 'free' }, ['other']],
    ['private now', {}, { sensitivity: 'private' }, ['other']],
    ['another reminder in Outlook', {}, { reminderMinutes: 5 }, ['other']],
    ['nothing but the version', {}, { changeKey: 'key-2' }, []],
    ['nothing but its address', {}, { webLink: 'https://outlook.example/2', uid: 'u' }, []],
    [
      'everything',
      {},
      { ...later, subject: 'x', response: 'none', showAs: 'free', attendees: [EVE], agenda: [], joinUrl: 'https://a' },
      ['moved', 'linkChanged', 'subjectChanged', 'attendeesChanged', 'myAnswerChanged', 'bodyChanged', 'other'],
    ],
  ];
  for (const [what, before, after, aspects] of cases)
    it(`is ${aspects.join(', ') || 'nothing'} for: ${what}`, () => {
      assert.deepEqual(aspectsOf(meeting(before), meeting({ ...before, ...after })), aspects);
    });
});

describe('the difference between before and after', () => {
  it('is told with what was before and after', () => {
    const after = meeting(later);
    const fresh = meeting({ id: 'new' });
    const gone = meeting({ id: 'gone' });
    const one = { scope: 'single' } as const;
    const [from, to] = [
      { fromStartAt: here.startAt, fromEndAt: here.endAt },
      { toStartAt: here.startAt, toEndAt: here.endAt },
    ];
    const moved = { eventId: 'event-1', ...from, toStartAt: after.startAt, toEndAt: after.endAt };
    const found = changes([here, gone], { upserts: [after, fresh], removals: [gone] });
    assert.deepEqual(
      found.sort((a, b) => (a.eventId < b.eventId ? -1 : 1)),
      [
        { ...one, kind: 'moved', aspects: ['moved'], eventId: 'event-1', before: here, after, occurrences: [moved] },
        {
          ...one,
          kind: 'removed',
          aspects: ['removed'],
          eventId: 'gone',
          before: gone,
          occurrences: [{ eventId: 'gone', ...from }],
        },
        {
          ...one,
          kind: 'created',
          aspects: ['created'],
          eventId: 'new',
          after: fresh,
          occurrences: [{ eventId: 'new', ...to }],
        },
      ],
    );
  });

  it('says nothing of a series’ head, which takes place never', () => {
    const head = meeting({ id: 'series', type: 'master' });
    const moved = { ...head, startAt: head.startAt + HOUR };
    assert.deepEqual(changes([], { upserts: [head] }), []);
    assert.deepEqual(changes([head], { upserts: [moved] }), []);
    assert.deepEqual(changes([head], { removals: [head] }), []);
  });

  it('is nothing when nothing was written', () => assert.deepEqual(changes([meeting()], {}), []));

  it('is nothing when only the version is another', () =>
    assert.deepEqual(changes([meeting()], { upserts: [meeting({ changeKey: 'key-2' })] }), []));

  describe('when the window moves on', () => {
    const [old, both, ahead] = [-DAY, 5 * DAY, 15 * DAY].map((days, index) =>
      meeting({ id: `e${index}`, startAt: NOW + days, endAt: NOW + days + HOUR }),
    ) as [CalendarEvent, CalendarEvent, CalendarEvent];
    const views = { before: { from: NOW - 10 * DAY, to: NOW + 10 * DAY }, after: { from: NOW, to: NOW + 20 * DAY } };

    it('is not what left it, nor what came into it', () =>
      assert.deepEqual(changes([old, both], { upserts: [ahead], removals: [old] }, views), []));

    it('is still what was made or removed in both', () => {
      const fresh = meeting({ id: 'fresh', startAt: NOW + 6 * DAY, endAt: NOW + 6 * DAY + HOUR });
      assert.deepEqual(
        changes([old, both], { upserts: [ahead, fresh], removals: [old, both] }, views).map(
          (one) => `${one.kind} ${one.eventId}`,
        ),
        ['removed e1', 'created fresh'],
      );
    });

    it('is still what differs of one that is leaving', () =>
      assert.deepEqual(
        changes([old], { upserts: [{ ...old, isCancelled: true }] }, views).map((one) => one.kind),
        ['cancelled'],
      ));
  });
});

describe('changes in a series', () => {
  /** Weekly, the first two of them over. */
  const weekly = (count = 6, shift = 0, more: Partial<CalendarEvent> = {}, prefix = 'o') =>
    Array.from({ length: count }, (_, index) =>
      meeting({
        id: `${prefix}${index + 1}`,
        type: 'occurrence',
        seriesMasterId: 'series',
        startAt: NOW + (index - 2) * 7 * DAY + 3 * HOUR + shift,
        ...more,
      }),
    );
  const stored = weekly();
  const told = (more: Partial<Merged>, before = stored) => changes(before, more).map(brief).sort();

  it('are one for one occurrence', () =>
    assert.deepEqual(told({ upserts: weekly(6, HOUR).slice(3, 4) }), ['moved occurrence o4: o4']));

  it('are one for several, soonest first', () =>
    assert.deepEqual(told({ upserts: shuffled(weekly(6, HOUR).slice(3, 5), 2) }), ['moved several series: o4 o5']));

  it('are one for all that are to come, and never one with those that are over', () => {
    assert.deepEqual(told({ upserts: weekly(6, HOUR).slice(2) }), ['moved series series: o3 o4 o5 o6']);
    assert.deepEqual(told({ upserts: weekly(6, HOUR) }), [
      'moved series series: o3 o4 o5 o6',
      'moved several series: o1 o2',
    ]);
  });

  it('are of a whole series that is over when all of it changed', () => {
    const over = stored.slice(0, 2);
    assert.deepEqual(told({ upserts: weekly(2, HOUR) }, over), ['moved series series: o1 o2']);
    assert.deepEqual(told({ upserts: weekly(2, HOUR) }), ['moved several series: o1 o2'], 'not while there is more');
  });

  it('carry before and after of the soonest', () => {
    const [change] = changes(stored, { upserts: shuffled(weekly(6, HOUR).slice(2), 5) });
    assert.deepEqual([change?.before?.id, change?.after?.id], ['o3', 'o3']);
    assert.deepEqual(
      change?.occurrences.map((one) => (one.toStartAt ?? 0) - (one.fromStartAt ?? 0)),
      [HOUR, HOUR, HOUR, HOUR],
    );
  });

  it('are apart when they are of another kind, or of those that I declined', () => {
    const [cancelled, moved] = [weekly(6, 0, { isCancelled: true }), weekly(6, HOUR)];
    assert.deepEqual(told({ upserts: [...cancelled.slice(2, 4), ...moved.slice(4)] }), [
      'cancelled several series: o3 o4',
      'moved several series: o5 o6',
    ]);
    const before = stored.map((one, index) => (index === 5 ? { ...one, response: 'declined' as const } : one));
    const after = before.map((one) => ({ ...one, subject: 'Other' })).slice(2);
    assert.deepEqual(told({ upserts: after }, before), [
      'subjectChanged occurrence o6: o6',
      'subjectChanged several series: o3 o4 o5',
    ]);
  });

  it('are removals of the series when all that was to come is gone', () =>
    assert.deepEqual(told({ removals: stored.slice(2) }), ['removed series series: o3 o4 o5 o6']));

  it('know an occurrence that became an exception under another id by when it would have been', () => {
    const [, , , was] = stored;
    const exception = meeting({
      ...was,
      id: 'x1',
      type: 'exception',
      originalStartAt: was?.startAt ?? 0,
      startAt: (was?.startAt ?? 0) + 2 * DAY,
      endAt: (was?.endAt ?? 0) + 2 * DAY,
    });
    assert.deepEqual(told({ upserts: [exception], removals: [was as CalendarEvent] }), ['moved occurrence x1: x1']);
    assert.deepEqual(told({ upserts: [was as CalendarEvent], removals: [exception] }, [exception]), [
      'moved occurrence o4: o4',
    ]);
    const unmoved = { ...exception, startAt: was?.startAt ?? 0, endAt: was?.endAt ?? 0 };
    assert.deepEqual(told({ upserts: [unmoved], removals: [was as CalendarEvent] }), [], 'a new id alone is nothing');
  });

  describe('that is given another pattern', () => {
    const BEFORE_NOON = -HOUR;

    it('are a move, not removals and creations', () => {
      const fresh = weekly(6, 2 * DAY, {}, 'n');
      assert.deepEqual(told({ upserts: fresh, removals: stored }), [
        'moved series series: n3 n4 n5 n6',
        'moved several series: n1 n2',
      ]);
    });

    it('from now on, leave alone what is over', () => {
      const fresh = weekly(6, 2 * DAY, {}, 'n').slice(2);
      assert.deepEqual(told({ upserts: fresh, removals: stored }), [
        'moved series series: n3 n4 n5 n6',
        'removed several series: o1 o2',
      ]);
    });

    it('keep their order when today’s, which is over, comes again later today', () => {
      const early = weekly(6, -4 * HOUR);
      const fresh = weekly(6, BEFORE_NOON, {}, 'n');
      const found = changes(early, { upserts: fresh, removals: early });
      const shifts = found.flatMap((one) => one.occurrences.map((it) => (it.toStartAt ?? 0) - (it.fromStartAt ?? 0)));
      assert.deepEqual([...new Set(shifts)], [3 * HOUR]);
    });

    it('with fewer of them, tell what is gone apart', () => {
      const fresh = weekly(4, 2 * DAY, {}, 'n').slice(2);
      assert.deepEqual(told({ upserts: fresh, removals: stored.slice(2) }, stored.slice(2)), [
        'moved several series: n3 n4',
        'removed several series: o5 o6',
      ]);
    });
  });

  it('of two series are never one', () => {
    const two = [...stored, ...weekly(6, 0, { seriesMasterId: 'second' }, 'p')];
    const moved = two
      .map((one) => ({ ...one, startAt: one.startAt + HOUR, endAt: one.endAt + HOUR }))
      .filter((one) => one.startAt > NOW);
    assert.deepEqual(
      changes(two, { upserts: moved }).map((one) => `${one.seriesId} ${one.scope}`),
      ['series series', 'second series'],
    );
  });
});

describe('changes, whatever Graph sends', () => {
  const START = NOW - 2 * DAY;
  const item = fc.oneof(
    fc
      .tuple(fc.constantFrom('a', 'b'), fc.nat(5), fc.constantFrom('One', 'Two'), fc.boolean())
      .map(([id, days, subject, isCancelled]) =>
        graphEvent({
          id,
          subject,
          isCancelled,
          start: graphTime(START + days * DAY),
          end: graphTime(START + days * DAY + HOUR),
        }),
      ),
    fc
      .tuple(fc.constantFrom('m', 'n'), fc.constantFrom('One', 'Two'))
      .map(([id, subject]) => graphMaster({ id, subject })),
    fc
      .tuple(fc.constantFrom('1', '2', '3', '4'), fc.nat(5), fc.constantFrom('m', 'n'))
      .map(([id, days, master]) => skeleton(`${master}${id}`, START + days * DAY + MINUTE, master)),
    fc.constantFrom('a', 'b', 'm', 'n', 'm1', 'm2', 'n1', 'elsewhere').map(removed),
  );
  const round = fc.record({
    calendarId: fc.constant(''),
    items: fc.array(item, { maxLength: 12 }),
    isFull: fc.boolean(),
  });
  type Round = { calendarId: string; items: GraphEvent[]; isFull: boolean };
  const apply = (stored: CalendarEvent[], one: Round): CalendarEvent[] => {
    const { upserts, removals } = mergeRound(stored, one);
    const after = new Map(stored.map((event) => [event.id, event]));
    for (const event of removals) after.delete(event.id);
    for (const event of upserts) after.set(event.id, event);
    return [...after.values()];
  };

  it('are none when a round comes twice', () => {
    fc.assert(
      fc.property(fc.array(round, { maxLength: 3 }), round, (before, last) => {
        const once = [...before, last].reduce(apply, []);
        assert.deepEqual(changesOf(once, mergeRound(once, last), NOW), []);
      }),
      { numRuns: 100 },
    );
  });

  it('name every entry that came, went or differs, once', () => {
    fc.assert(
      fc.property(fc.array(round, { maxLength: 3 }), round, (before, last) => {
        const stored = before.reduce(apply, []);
        const result = mergeRound(stored, last);
        const named = changesOf(stored, result, NOW).flatMap((change) => change.occurrences.map((one) => one.eventId));
        assert.equal(new Set(named).size, named.length);
        const known = new Map(stored.map((event) => [event.id, event]));
        for (const after of result.upserts) {
          const was = known.get(after.id);
          if (after.type === 'master' || !was || was.type === 'master' || aspectsOf(was, after).length === 0) continue;
          assert.ok(named.includes(after.id), after.id);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('are the same when only what a round names is looked at, and the series that it belongs to', () => {
    fc.assert(
      fc.property(fc.array(round, { maxLength: 3 }), round, (before, last) => {
        const one = { ...last, isFull: false };
        const stored = before.reduce(apply, []);
        const named = new Set(one.items.flatMap((it) => [it.id ?? [], it.seriesMasterId ?? []].flat()));
        const series = new Set(stored.flatMap((event) => (named.has(event.id) ? (event.seriesMasterId ?? []) : [])));
        const concerned = stored.filter(
          ({ id, seriesMasterId = '' }) => named.has(id) || named.has(seriesMasterId) || series.has(seriesMasterId),
        );
        const [all, some] = [mergeRound(stored, one), mergeRound(concerned, one)];
        assert.deepEqual(some, all);
        assert.deepEqual(changesOf(concerned, some, NOW), changesOf(stored, all, NOW));
      }),
      { numRuns: 200 },
    );
  });
});
