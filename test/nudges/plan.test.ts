import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { changesOf } from '../../src/calendar/difference.ts';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { AGENDA_SKIPPED } from '../../src/nudges/agenda-prompt.ts';
import { KINDS, kindNamed } from '../../src/nudges/kinds.ts';
import { HORIZON_MS, nudgeId, type PlanInput } from '../../src/nudges/nudge.ts';
import { plan } from '../../src/nudges/plan.ts';
import { legKey } from '../../src/travel/port.ts';
import { roughEstimate } from '../../src/travel/rough.ts';
import { waysOf } from '../../src/travel/ways.ts';
import {
  allDay,
  at,
  attendee,
  DAY,
  HEADQUARTERS,
  HOUR,
  MINUTE,
  meeting,
  mine,
  NOW,
  planInput,
  scene,
  shuffled,
} from '../support/events.ts';

const PLACES = [undefined, at('Cafe', 48.2, 11.6), at('Client', 48.3, 11.7), at('Desk', 48.137, 11.575)];

/** Any calendar that could be: same ends, same starts, everything. */
const anyEvents: fc.Arbitrary<CalendarEvent[]> = fc
  .uniqueArray(
    fc.record({
      id: fc.nat(30).map((one) => `event-${one}`),
      startAt: fc.integer({ min: -20, max: 20 * 24 }).map((half) => NOW + half * 30 * MINUTE),
      length: fc.constantFrom(0, 15, 30, 60, 600),
      place: fc.constantFrom(...PLACES),
      response: fc.constantFrom('none', 'organizer', 'tentative', 'accepted', 'declined', 'notResponded'),
      isCancelled: fc.boolean(),
      isDraft: fc.boolean(),
      isOrganizer: fc.boolean(),
      isAllDay: fc.boolean(),
      type: fc.constantFrom('single', 'occurrence', 'exception', 'master'),
      agenda: fc.constantFrom([], ['Budget']),
      attendees: fc.constantFrom([], [attendee('Bob')], [attendee('Room', { type: 'resource' })]),
    }),
    { selector: (one) => one.id, maxLength: 12 },
  )
  .map((list) =>
    list.map(({ length, isAllDay, ...rest }) =>
      isAllDay
        ? allDay('2026-12-03', '2026-12-05', rest as unknown as Partial<CalendarEvent>)
        : meeting({ ...(rest as unknown as Partial<CalendarEvent>), endAt: rest.startAt + length * MINUTE }),
    ),
  );

function inputOf(events: CalendarEvent[], now = NOW): PlanInput {
  const moved = events.map((event) => ({ ...event, startAt: event.startAt + DAY, endAt: event.endAt + DAY }));
  const merged = { upserts: moved, removals: [], refused: 0, missingMasters: [], isDoubtful: false };
  const changes = changesOf(events, merged, now);
  const travel = new Map(waysOf(events, scene(HEADQUARTERS)).map(({ leg }) => [legKey(leg), roughEstimate(leg)]));
  return planInput({
    now,
    person: { places: { office: HEADQUARTERS }, settings: { remindMinutes: [15, 0], spareMinutes: 7 } },
    events,
    changes: changes.map((change) => ({ ...change, changeId: change.eventId, noticedAt: NOW - MINUTE })),
    answers: [{ kind: AGENDA_SKIPPED, eventId: 'event-3', value: true, answeredAt: NOW - HOUR }],
    said: [{ kind: 'agenda', eventId: 'event-4', startAt: NOW, leadMs: 0, saidAt: NOW - HOUR }],
    travel,
  });
}

function frozen<T>(value: T): T {
  if (value instanceof Map) for (const one of value.values()) frozen(one);
  else if (typeof value === 'object' && value !== null) {
    for (const one of Object.values(value)) frozen(one);
    Object.freeze(value);
  }
  return value;
}

describe('the plan', () => {
  it('is the same for the same input, and touches nothing of it', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const first = plan(frozen(inputOf(events)));
        assert.deepEqual(plan(frozen(inputOf(structuredClone(events)))), first);
      }),
    );
  });

  it('does not depend on the order of anything', () => {
    fc.assert(
      fc.property(anyEvents, fc.nat(), (events, seed) => {
        const input = inputOf(events);
        const mixed = {
          ...input,
          events: shuffled(input.events, seed),
          changes: shuffled(input.changes, seed),
          answers: shuffled(input.answers, seed),
          said: shuffled(input.said, seed),
          travel: new Map(shuffled([...input.travel], seed)),
        };
        assert.deepEqual(plan(mixed), plan(input));
      }),
      { numRuns: 500 },
    );
  });

  it('holds only what can still be said, soon enough, each once, in the order in which it is due', () => {
    fc.assert(
      fc.property(anyEvents, fc.integer({ min: -DAY, max: 12 * DAY }), (events, shift) => {
        const now = NOW + shift;
        const planned = plan(inputOf(events, now));
        assert.equal(new Set(planned.map((nudge) => nudge.nudgeId)).size, planned.length);
        for (const [index, nudge] of planned.entries()) {
          assert.ok(nudge.deadlineAt > now && nudge.dueAt <= now + HORIZON_MS);
          assert.ok(nudge.earliestAt <= nudge.dueAt && nudge.dueAt < nudge.deadlineAt, nudge.kind);
          assert.ok(index === 0 || (planned[index - 1]?.dueAt ?? 0) <= nudge.dueAt);
        }
      }),
    );
  });

  it('never reminds of what does not take place for me', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const silent = new Set(
          events
            .filter(
              (one) =>
                one.allDay || one.isCancelled || one.isDraft || one.response === 'declined' || one.type === 'master',
            )
            .map((one) => one.id),
        );
        for (const nudge of plan(inputOf(events)))
          assert.ok(nudge.kind === 'change' || !silent.has(nudge.eventId), nudge.kind);
      }),
    );
  });

  it('keeps what is past due but not too late, and drops what is', () => {
    const event = meeting();
    for (const [now, kept] of [
      [event.startAt - 15 * MINUTE - 1, true],
      [event.startAt - MINUTE, true],
      [event.startAt - 1, true],
      [event.startAt, false],
    ] as const)
      assert.equal(
        plan(planInput({ events: [event], now })).some((nudge) => nudge.eventId === event.id),
        kept,
      );
  });

  it('looks eight days ahead', () => {
    const due = (dueAt: number) => plan(planInput({ events: [meeting({ startAt: dueAt + 15 * MINUTE })] })).length;
    assert.equal(due(NOW + HORIZON_MS), 1);
    assert.equal(due(NOW + HORIZON_MS + 1), 0);
  });

  it('is empty while nobody watches', () => {
    const input = inputOf([meeting(), mine({ id: 'mine' })]);
    assert.ok(plan(input).length > 0);
    assert.deepEqual(plan({ ...input, person: { ...input.person, isWatching: false } }), []);
  });

  it('leaves out what has no time', () => {
    assert.deepEqual(plan(planInput({ events: [meeting({ startAt: Number.NaN })] })), []);
  });

  it('knows its kinds by name, each once', () => {
    assert.deepEqual(
      KINDS.map((kind) => kindNamed(kind.name)),
      [...KINDS],
    );
    assert.equal(new Set(KINDS.map((kind) => kind.name)).size, KINDS.length);
    assert.equal(kindNamed('connected'), undefined);
  });

  it('names a nudge by person, entry, start, kind, lead and mark, and by nothing else', () => {
    const nudge = { kind: 'reminder', eventId: 'e', startAt: 1, leadMs: 2, mark: 'm' };
    const same = nudgeId('p', nudge);
    assert.match(same, /^reminder\.[\w-]{22}$/);
    assert.equal(nudgeId('p', { ...nudge, facts: { subject: 'x' }, dueAt: 3 } as typeof nudge), same);
    const others = [
      nudgeId('q', nudge),
      ...[{ kind: 'agenda' }, { eventId: 'f' }, { startAt: 2 }, { leadMs: 3 }, { mark: undefined }].map((more) =>
        nudgeId('p', { ...nudge, ...more }),
      ),
    ];
    assert.equal(new Set([same, ...others]).size, others.length + 1);
  });
});
