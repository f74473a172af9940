import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { type CantMakeFacts, cantMake } from '../../src/nudges/cant-make.ts';
import type { PlanInput, Said } from '../../src/nudges/nudge.ts';
import { plan } from '../../src/nudges/plan.ts';
import { promisedOf } from '../../src/nudges/scene.ts';
import { legKey } from '../../src/travel/port.ts';
import { placedIn, waysBetween } from '../../src/travel/ways.ts';
import { at, DAY, HEADQUARTERS, HOUR, MINUTE, meeting, NOW, planInput, scene, utc } from '../support/events.ts';

const CAFE = at('Cafe', 48.2, 11.6);
const CLIENT = at('Client', 48.3, 11.7);
const first = (more: Partial<CalendarEvent> = {}) =>
  meeting({ id: 'first', subject: 'First', startAt: utc('2026-12-01 10:00'), place: CAFE, ...more });
/** Ten minutes after the first. */
const second = (more: Partial<CalendarEvent> = {}) =>
  meeting({ id: 'second', subject: 'Second', startAt: utc('2026-12-01 10:40'), place: CLIENT, ...more });

function inputOf(events: CalendarEvent[], minutes = 28, now = NOW): PlanInput {
  const estimate = { durationMs: minutes * MINUTE, distanceM: 9_000, isRough: true };
  const placed = placedIn(events, scene(HEADQUARTERS));
  const ways = [placed, promisedOf(placed)].flatMap((some) => waysBetween(some, scene(HEADQUARTERS)));
  const travel = new Map(ways.map(({ leg }) => [legKey(leg), estimate]));
  return planInput({ now, events, travel, person: { places: { office: HEADQUARTERS } } });
}
const cantMakes = (input: PlanInput) => plan(input).filter((nudge) => nudge.kind === 'cantMake');
const told = (...given: Parameters<typeof inputOf>) => cantMakes(inputOf(...given));

describe('two places at once', () => {
  it('is told when it is known, with when one would arrive', () => {
    const [only, ...more] = told([first(), second()]);
    assert.deepEqual(more, []);
    const facts = only?.facts as unknown as CantMakeFacts;
    assert.equal(only?.eventId, 'second');
    assert.ok((only?.dueAt ?? Number.POSITIVE_INFINITY) <= NOW);
    assert.equal(only?.deadlineAt, first().endAt);
    assert.equal(facts.first.subject, 'First');
    assert.equal(facts.arriveAt, first().endAt + 28 * MINUTE);
  });

  /** [what, the two, how long the way takes, told?] */
  const cases: [string, CalendarEvent[], number, boolean][] = [
    ['there is just time', [first(), second()], 10, false],
    ['by the distance there are ten minutes too little', [first(), second()], 20, false],
    ['there are eleven minutes too little', [first(), second()], 21, true],
    ['the first was declined', [first({ response: 'declined' }), second()], 28, false],
    ['the second was cancelled', [first(), second({ isCancelled: true })], 28, false],
    ['the second is not promised', [first(), second({ response: 'notResponded' })], 28, false],
    ['the second is tentative', [first(), second({ response: 'tentative' })], 28, true],
    ['the first is free time', [first({ showAs: 'free' }), second()], 28, false],
    ['both are in one place', [first(), second({ place: CAFE })], 28, false],
    ['they overlap: a double booking', [first(), second({ startAt: utc('2026-12-01 10:20') })], 28, false],
    ['the second is nowhere', [first(), second({ place: undefined })], 28, false],
    ['they are on two days', [first(), second({ startAt: utc('2026-12-02 10:40') })], 28, false],
  ];
  for (const [what, events, minutes, expected] of cases)
    it(`${expected ? 'speaks' : 'is silent'} when ${what}`, () =>
      assert.equal(told(events, minutes).length, expected ? 1 : 0));

  it('is told once: the next plan has the same, and none when the first is over', () => {
    const [one] = told([first(), second()]);
    const [later] = told([first(), second()], 28, NOW + HOUR);
    assert.equal(later?.nudgeId, one?.nudgeId);
    assert.deepEqual(told([first(), second()], 28, first().endAt), []);
    const [moved] = told([first({ startAt: utc('2026-12-01 10:05') }), second()]);
    assert.notEqual(moved?.nudgeId, one?.nudgeId, 'at another time it is another one');
  });

  it('is told days ahead, not when it is too late', () => {
    const later = [first(), second()].map((event) => ({
      ...event,
      startAt: event.startAt + 6 * DAY,
      endAt: event.endAt + 6 * DAY,
    }));
    assert.equal(told(later).length, 1);
  });

  it('is not said when the meeting is another one now', () => {
    const [nudge] = told([first(), second()]);
    assert.ok(nudge);
    assert.equal(cantMake.stillStands(nudge, second()), true);
    assert.equal(cantMake.stillStands(nudge, second({ response: 'declined' })), false);
    assert.equal(cantMake.stillStands(nudge, second({ startAt: utc('2026-12-01 12:00') })), false);
    assert.equal(cantMake.stillStands(nudge, undefined), false);
  });

  it('is told when the later of both was made, and not before watching began', () => {
    const made = (createdAt: number, other?: number) =>
      told([first({ createdAt }), second(other === undefined ? {} : { createdAt: other })])[0]?.dueAt;
    assert.equal(made(NOW - HOUR), NOW - HOUR);
    assert.equal(made(NOW - HOUR, NOW - MINUTE), NOW - MINUTE);
    assert.equal(made(NOW - 90 * DAY), NOW - 30 * DAY, 'since then it is watched');
  });

  it('is told of five at most, the soonest', () => {
    const days = [6, 5, 4, 3, 2, 1, 0].flatMap((day) => [
      first({ id: `first-${day}`, startAt: first().startAt + day * DAY }),
      second({ id: `second-${day}`, startAt: second().startAt + day * DAY }),
    ]);
    assert.deepEqual(
      told(days)
        .map((nudge) => nudge.eventId)
        .sort(),
      ['second-0', 'second-1', 'second-2', 'second-3', 'second-4'],
    );
  });

  it('is told eight days ahead, not further', () => {
    const far = (by: number) => [first({ startAt: first().startAt + by }), second({ startAt: second().startAt + by })];
    const until = NOW + 8 * DAY - second().startAt;
    assert.equal(told(far(until)).length, 1);
    assert.equal(told(far(until + MINUTE)).length, 0);
  });

  it('looks past an invitation between them that nobody answered', () => {
    const between = meeting({
      id: 'between',
      startAt: first().endAt,
      endAt: first().endAt + 5 * MINUTE,
      response: 'notResponded',
      place: at('Hotel', 48.5, 11.9),
    });
    const [only, ...more] = told([first(), between, second()]);
    assert.deepEqual(more, []);
    assert.ok(only);
    assert.equal((only.facts as unknown as CantMakeFacts).first.subject, 'First');
  });

  it('is silent about calendars of others, and about what is muted', () => {
    assert.deepEqual(told([first({ calendarId: 'shared' }), second()]), []);
    assert.deepEqual(told([first(), second({ calendarId: 'shared' })]), []);
    const input = inputOf([first(), second()]);
    for (const id of ['first', 'second']) {
      const settings = { ...input.person.settings, mutedSeries: [{ id, name: 'Muted' }] };
      assert.deepEqual(cantMakes({ ...input, person: { ...input.person, settings } }), []);
    }
  });

  it('says nothing of a private one that is to be discreet', () => {
    const events = [first({ sensitivity: 'private' }), second({ sensitivity: 'private' })];
    const input = inputOf(events);
    const settings = { ...input.person.settings, private: 'discreet' as const };
    const [nudge] = cantMakes({ ...input, person: { ...input.person, settings } });
    assert.ok(nudge);
    assert.doesNotMatch(JSON.stringify(nudge.facts), /First|Second|Cafe|Client|Bob|Ann/);
  });

  describe('once told', () => {
    const said = (): Said[] =>
      told([first(), second()]).map(({ kind, eventId, startAt, leadMs, nudgeId, facts }) => ({
        kind,
        eventId,
        startAt,
        leadMs,
        nudgeId,
        facts,
        saidAt: NOW,
      }));
    const now = (events: CalendarEvent[], minutes?: number) =>
      cantMakes({ ...inputOf(events, minutes), said: said() }).map(({ nudgeId, facts }) => ({
        isTold: nudgeId === said()[0]?.nudgeId,
        isSolved: facts.isSolved === true,
      }));
    const stands = [{ isTold: true, isSolved: false }];
    const solved = [{ isTold: true, isSolved: true }];

    it('stands while nothing changes', () => assert.deepEqual(now([first(), second()]), stands));

    /** [what, the two now] */
    const ways: [string, CalendarEvent[], number?][] = [
      ['the first is cancelled', [first({ isCancelled: true }), second()]],
      ['the first is declined', [first({ response: 'declined' }), second()]],
      ['the first is gone', [second()]],
      ['the first is early enough', [first({ startAt: utc('2026-12-01 09:00') }), second()]],
      ['the second takes place where the first does', [first(), second({ place: CAFE })]],
      ['the way is short after all', [first(), second()], 10],
    ];
    for (const [what, events, minutes] of ways)
      it(`says that it is solved when ${what}`, () => assert.deepEqual(now(events, minutes), solved));

    it('leaves the card to others where the second is gone or at another time', () => {
      assert.deepEqual(now([first()]), []);
      assert.deepEqual(now([first(), second({ startAt: utc('2026-12-01 14:00') })]), []);
    });

    it('is told anew where the two still clash at another time', () => {
      const moved = [first({ startAt: utc('2026-12-01 10:05') }), second()];
      assert.deepEqual(
        now(moved).sort((a, b) => Number(a.isTold) - Number(b.isTold)),
        [{ isTold: false, isSolved: false }, ...solved],
      );
    });

    it('is not solved by not knowing the way', () => {
      const input = { ...inputOf([first(), second()]), travel: new Map(), said: said() };
      assert.deepEqual(cantMakes(input), []);
    });
  });
});
