import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { type CantMakeFacts, cantMake } from '../../src/nudges/cant-make.ts';
import { plan } from '../../src/nudges/plan.ts';
import { legKey } from '../../src/travel/port.ts';
import { waysOf } from '../../src/travel/ways.ts';
import { at, DAY, HEADQUARTERS, HOUR, MINUTE, meeting, NOW, planInput, scene, utc } from '../support/events.ts';

const CAFE = at('Cafe', 48.2, 11.6);
const CLIENT = at('Client', 48.3, 11.7);
const first = (more: Partial<CalendarEvent> = {}) =>
  meeting({ id: 'first', subject: 'First', startAt: utc('2026-12-01 10:00'), place: CAFE, ...more });
/** Ten minutes after the first. */
const second = (more: Partial<CalendarEvent> = {}) =>
  meeting({ id: 'second', subject: 'Second', startAt: utc('2026-12-01 10:40'), place: CLIENT, ...more });

function told(events: CalendarEvent[], minutes = 28, now = NOW) {
  const estimate = { durationMs: minutes * MINUTE, distanceM: 9_000, isRough: true };
  const travel = new Map(waysOf(events, scene(HEADQUARTERS)).map(({ leg }) => [legKey(leg), estimate]));
  const input = planInput({ now, events, travel, person: { places: { office: HEADQUARTERS } } });
  return plan(input).filter((nudge) => nudge.kind === 'cantMake');
}

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
    ['there is a minute too little', [first(), second()], 11, true],
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
});
