import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { inviteePoints, POINTS_SKIPPED, POINTS_SUGGESTED } from '../../src/nudges/invitee-points.ts';
import type { PlanInput, Said } from '../../src/nudges/nudge.ts';
import { plan } from '../../src/nudges/plan.ts';
import { ANN, allDay, attendee, DAY, HOUR, MINUTE, meeting, NOW, planInput, utc } from '../support/events.ts';

const BOB = 'bob.guest@test.example';
/** Ann and me, tomorrow at 14:00 UTC, no agenda. */
const oneToOne = (more: Partial<CalendarEvent> = {}) =>
  meeting({ startAt: utc('2026-12-02 14:00'), agenda: [], ...more });
type Given = Parameters<typeof planInput>[0];
const asked = (events: CalendarEvent[], more: Given = {}) =>
  plan(planInput({ events, colleagues: new Set([ANN.address]), ...more } as Given)).filter(
    (nudge) => nudge.kind === 'inviteePoints',
  );
const answer = (kind: string, eventId = 'event-1', value: unknown = true) => ({
  kind,
  eventId,
  value,
  answeredAt: NOW,
});

describe('points for 1:1s', () => {
  it('are asked for the day before at half past nine, where the invitee is', () => {
    const [berlin] = asked([oneToOne({ startAt: utc('2026-12-04 14:00') })]);
    assert.equal(berlin?.dueAt, utc('2026-12-03 08:30'));
    assert.equal(berlin?.earliestAt, utc('2026-12-03 08:30'));
    assert.equal(berlin?.deadlineAt, utc('2026-12-04 14:00'));
    const [newYork] = asked([oneToOne({ startAt: utc('2026-12-04 02:00') })], {
      person: { timeZone: 'America/New_York' },
    });
    assert.equal(newYork?.dueAt, utc('2026-12-02 14:30'));
  });

  it('are asked for at half past nine on the days around a clock change too', () => {
    const due = (start: string) =>
      asked([oneToOne({ startAt: utc(start) })], { now: utc('2026-03-27 12:00'), person: { watchSince: 0 } })[0]?.dueAt;
    assert.equal(due('2026-03-29 12:00'), utc('2026-03-28 08:30'));
    assert.equal(due('2026-03-30 12:00'), utc('2026-03-29 07:30'));
  });

  /** [what, meeting, asked] */
  const cases: [string, Partial<CalendarEvent>, boolean][] = [
    ['accepted', { response: 'accepted' }, true],
    ['tentative', { response: 'tentative' }, true],
    ['not answered yet', { response: 'notResponded' }, true],
    ['declined', { response: 'declined' }, false],
    ['mine', { isOrganizer: true, response: 'organizer' }, false],
    ['with an agenda', { agenda: ['Budget'] }, false],
    ['cancelled', { isCancelled: true }, false],
    ['a draft', { isDraft: true }, false],
    ['with two others', { attendees: [attendee('Bob Guest'), attendee('Eve')] }, false],
    ['with nobody else', { attendees: [] }, false],
    ['with a room alone', { attendees: [attendee('Room', { type: 'resource' })] }, false],
    ['with a room too', { attendees: [attendee('Bob Guest'), attendee('Room', { type: 'resource' })] }, true],
    [
      'with the organiser listed too',
      { attendees: [attendee('Bob Guest'), attendee('Ann', { address: ANN.address })] },
      true,
    ],
    ['of somebody who is no colleague', { organizer: { name: 'Eve', address: 'eve@elsewhere.example' } }, false],
    ['in a calendar that somebody shares', { calendarId: 'shared' }, false],
    ['that has begun', { startAt: NOW - MINUTE }, false],
    ['an occurrence', { type: 'occurrence', seriesMasterId: 'series' }, true],
    ['an exception', { type: 'exception', seriesMasterId: 'series' }, true],
    ['a series’ head', { type: 'master' }, false],
  ];
  for (const [what, more, expected] of cases)
    it(`${expected ? 'are asked for' : 'are not asked for'}: ${what}`, () => {
      const event = oneToOne(more);
      assert.equal(asked([event]).length, expected ? 1 : 0);
      if (!expected && what !== 'of somebody who is no colleague' && what !== 'that has begun')
        assert.equal(inviteePoints.stillStands({ ...event, eventId: event.id, facts: {} }, event), false);
    });

  it('are not asked for all day long', () => {
    assert.deepEqual(asked([allDay('2026-12-02', '2026-12-03', { agenda: [] })]), []);
  });

  it('are not asked of a group under one address', () => {
    assert.equal(asked([oneToOne()], { person: { address: BOB } }).length, 1);
    assert.equal(asked([oneToOne()], { person: { address: 'carl@test.example' } }).length, 0);
  });

  it('are not asked for when the organiser does not use the bot', () =>
    assert.deepEqual(asked([oneToOne()], { colleagues: new Set() }), []));

  it('wait for the answer to an invitation that came after their hour', () => {
    const now = utc('2026-12-02 09:00');
    const late = (response: CalendarEvent['response']) => oneToOne({ response, createdAt: now - MINUTE });
    assert.deepEqual(asked([late('notResponded')], { now }), []);
    assert.equal(asked([late('accepted')], { now }).length, 1);
  });

  it('are not made up for when watching begins', () => {
    const now = utc('2026-12-02 09:00');
    const person = { watchSince: now - MINUTE };
    assert.deepEqual(asked([oneToOne({ createdAt: now - DAY })], { now, person }), []);
    assert.deepEqual(asked([oneToOne()], { now, person }), [], 'of unknown age');
    assert.equal(asked([oneToOne({ createdAt: now - 1 })], { now, person }).length, 1, 'made afterwards');
  });

  it('stop when the invitee says so, for one or for the series', () => {
    const week = [0, 1].map((index) =>
      oneToOne({
        id: `o${index}`,
        type: 'occurrence',
        seriesMasterId: 'series',
        startAt: oneToOne().startAt + index * DAY,
      }),
    );
    const ids = (answers: PlanInput['answers']) => asked(week, { answers }).map((nudge) => nudge.eventId);
    assert.deepEqual(ids([]), ['o0', 'o1']);
    assert.deepEqual(ids([answer(POINTS_SKIPPED, 'o0')]), ['o1']);
    assert.deepEqual(ids([answer(POINTS_SKIPPED, 'series')]), []);
    const sent = { points: ['Pay'], startAt: week[0]?.startAt };
    assert.deepEqual(ids([answer(POINTS_SUGGESTED, 'o0', sent)]), ['o1']);
    assert.deepEqual(ids([answer(POINTS_SUGGESTED, 'o0', { ...sent, startAt: 7 })]), ['o0', 'o1'], 'at another time');
  });

  it('once asked for: the card says what was answered, and no other comes', () => {
    const event = oneToOne();
    const [first] = asked([event]);
    assert.ok(first);
    const said: Said[] = [{ ...first, saidAt: NOW }];
    const suggested = { points: ['Pay'], startAt: event.startAt };
    const facts = (answers: PlanInput['answers']) =>
      asked([event], { now: NOW + HOUR, said, answers }).map(({ nudgeId, facts: { suggested, skipped } }) => [
        nudgeId,
        suggested,
        skipped,
      ]);
    assert.deepEqual(facts([]), [[first.nudgeId, undefined, undefined]]);
    assert.deepEqual(facts([answer(POINTS_SUGGESTED, 'event-1', suggested)]), [[first.nudgeId, ['Pay'], undefined]]);
    assert.deepEqual(facts([answer(POINTS_SKIPPED)]), [[first.nudgeId, undefined, 'meeting']]);
    const moved = { ...event, startAt: event.startAt + DAY };
    assert.deepEqual(asked([moved], { said }), [], 'not at each of its times');
    assert.equal(asked([moved], { said: [{ ...first, saidAt: NOW - 4 * DAY }] }).length, 1);
  });

  it('still stand while nothing about the meeting changed', () => {
    const event = oneToOne();
    const stands = (now: CalendarEvent | undefined) =>
      inviteePoints.stillStands({ eventId: event.id, startAt: event.startAt, facts: {} }, now);
    assert.equal(stands(event), true);
    assert.equal(stands(oneToOne({ agenda: ['Budget'] })), false);
    assert.equal(stands(oneToOne({ startAt: event.startAt + HOUR })), false);
    assert.equal(stands(undefined), false);
  });

  it('say nothing of what is private, and nothing at all of what is muted', () => {
    const facts = (settings: object) =>
      asked([oneToOne({ sensitivity: 'private' })], { person: { settings } })[0]?.facts;
    assert.equal(facts({})?.subject, 'Planning');
    assert.equal(facts({ private: 'discreet' })?.subject, 'Private appointment');
    assert.equal(facts({ private: 'discreet' })?.organizer, undefined);
    assert.equal(facts({ private: 'skip' }), undefined);
    assert.equal(facts({ mutedPeople: [{ id: ANN.address, name: 'Ann' }] }), undefined);
    assert.equal(facts({ kinds: { inviteePoints: false } }), undefined);
  });

  it('are asked for once a meeting, however often it is planned', () => {
    const anyEvents = fc.array(
      fc.record({
        hours: fc.integer({ min: -30, max: 200 }),
        response: fc.constantFrom('accepted', 'notResponded', 'declined'),
        agenda: fc.constantFrom<string[]>([], ['Budget']),
        createdAt: fc.constantFrom(undefined, NOW - DAY, NOW + 20 * HOUR),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(anyEvents, fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 6 }), (list, steps) => {
        const events = list.map(({ hours, response, ...rest }, index) =>
          oneToOne({ id: `e${index}`, startAt: NOW + hours * HOUR, response: response as 'accepted', ...rest }),
        );
        const said: Said[] = [];
        let now = NOW;
        for (const hours of [0, ...steps]) {
          now += hours * HOUR;
          for (const nudge of asked(events, { now, said })) {
            const event = events.find((one) => one.id === nudge.eventId);
            assert.ok(event && event.response !== 'declined' && event.agenda.length === 0 && event.startAt > now);
            if (nudge.dueAt <= now && !said.some((one) => one.nudgeId === nudge.nudgeId))
              said.push({ ...nudge, saidAt: now });
          }
        }
        assert.equal(new Set(said.map((one) => one.eventId)).size, said.length);
      }),
    );
  });
});
