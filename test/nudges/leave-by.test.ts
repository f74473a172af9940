import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { leaveByCard, leaveBySentence } from '../../src/bot/cards/leave-by.ts';
import type { CalendarEvent, NamedPlace } from '../../src/calendar/event.ts';
import { type LeaveByFacts, leaveBy } from '../../src/nudges/leave-by.ts';
import type { PlanInput } from '../../src/nudges/nudge.ts';
import { plan } from '../../src/nudges/plan.ts';
import { type Estimate, legKey } from '../../src/travel/port.ts';
import { waysOf } from '../../src/travel/ways.ts';
import { allDay, at, HEADQUARTERS, MINUTE, meeting, NOW, planInput, scene, utc } from '../support/events.ts';

const CAFE = at('Cafe Central', 48.2, 11.6);
const CLIENT = at('Client', 48.3, 11.7);
const READER = { timeZone: 'Europe/Berlin', locale: 'en-GB' };
/** 14:00 in Berlin. */
const two = (more: Partial<CalendarEvent> = {}) => meeting({ startAt: utc('2026-12-01 13:00'), place: CAFE, ...more });

function leaveBys(events: CalendarEvent[], more: { minutes?: number; office?: NamedPlace; isRough?: boolean } = {}) {
  const { minutes = 28, office = HEADQUARTERS, isRough = false } = more;
  const estimate: Estimate = { durationMs: minutes * MINUTE, distanceM: 9_000, isRough };
  const travel = new Map(waysOf(events, scene(office)).map(({ leg }) => [legKey(leg), estimate]));
  return plan(planInput({ events, travel, person: { places: { office } } })).filter(
    (nudge) => nudge.kind === 'leaveBy',
  );
}
const factsOf = (nudge: { facts: Record<string, unknown> } | undefined) => nudge?.facts as unknown as LeaveByFacts;

describe('leave-by', () => {
  it('counts back from the start: way, spare time, and ten minutes’ notice', () => {
    const [only, ...more] = leaveBys([two()]);
    assert.deepEqual(more, []);
    assert.equal(factsOf(only).leaveAt, utc('2026-12-01 12:25'));
    assert.equal(only?.dueAt, utc('2026-12-01 12:15'));
    assert.equal(only?.earliestAt, utc('2026-12-01 12:10'));
    assert.equal(only?.deadlineAt, utc('2026-12-01 13:00'));
  });

  it('says it in one sentence', () => {
    const [exact] = leaveBys([two()]);
    assert.equal(
      leaveBySentence(factsOf(exact), READER, NOW),
      'Leave by 13:25 to be at Cafe Central by 14:00 (28 min + 7 spare)',
    );
    const [rough] = leaveBys([two()], { isRough: true });
    assert.equal(
      leaveBySentence(factsOf(rough), READER, NOW),
      'Leave by 13:25 to be at Cafe Central by 14:00 (about 28 min + 7 spare)',
    );
    // The moment has passed: what counts is when one arrives.
    assert.equal(
      leaveBySentence(factsOf(exact), READER, utc('2026-12-01 12:30')),
      'Leave now to be at Cafe Central by 14:00 (28 min)',
    );
    assert.equal(
      leaveBySentence(factsOf(exact), READER, utc('2026-12-01 12:50')),
      'Leave now to be at Cafe Central by 14:18 (28 min)',
    );
    const card = leaveByCard(factsOf(exact), READER, NOW);
    assert.equal(card.summary, 'Leave by 13:25: Planning');
    assert.equal(card.fallbackText, 'Leave by 13:25 to be at Cafe Central by 14:00 (28 min + 7 spare) — Planning');
    assert.match(JSON.stringify(card.card), /From the office\./);
    assert.match(JSON.stringify(leaveByCard(factsOf(exact), READER, utc('2026-12-01 12:25'))), /Leave now/);
  });

  it('takes the spare time that the person chose', () => {
    const travel = new Map(
      waysOf([two()], scene(HEADQUARTERS)).map(({ leg }) => [
        legKey(leg),
        { durationMs: 28 * MINUTE, distanceM: 9_000, isRough: false },
      ]),
    );
    const settings = { remindMinutes: [], spareMinutes: 0 };
    const [only] = plan(planInput({ events: [two()], travel, person: { places: { office: HEADQUARTERS }, settings } }));
    assert.equal(factsOf(only).leaveAt, utc('2026-12-01 12:32'));
  });

  it('sets out from the previous meeting’s place, else from the office', () => {
    const before = meeting({ id: 'before', startAt: utc('2026-12-01 10:00'), place: CLIENT });
    assert.equal(factsOf(leaveBys([two()])[0]).fromName, 'the office');
    const after = leaveBys([before, two()]).find((nudge) => nudge.eventId === 'event-1');
    assert.equal(factsOf(after).fromName, 'Client');
  });

  it('is silent when one is near, nowhere known, or on a screen', () => {
    assert.deepEqual(leaveBys([two({ place: at('Next door', 48.1375, 11.5755) })]), []);
    assert.deepEqual(leaveBys([two({ place: { name: 'Somewhere', isRoom: false } })]), []);
    assert.deepEqual(leaveBys([two({ place: undefined, isOnline: true })]), []);
    const input: PlanInput = planInput({ events: [two()] });
    assert.deepEqual(
      leaveBy.plan({ ...input, person: { ...input.person, places: { office: HEADQUARTERS } } }),
      [],
      'no estimate, no guess',
    );
    assert.deepEqual(waysOf([two()], scene(undefined)), []);
  });

  it('is silent for what does not take place for me', () => {
    for (const event of [
      two({ response: 'declined' }),
      two({ isCancelled: true }),
      two({ isDraft: true }),
      allDay('2026-12-01', '2026-12-02', { place: CAFE }),
    ])
      assert.deepEqual(leaveBys([event]), []);
  });

  it('is not said when the meeting is another one now', () => {
    const [nudge] = leaveBys([two()]);
    assert.ok(nudge);
    assert.equal(leaveBy.stillStands(nudge, two()), true);
    assert.equal(leaveBy.stillStands(nudge, two({ place: CLIENT })), false);
    assert.equal(leaveBy.stillStands(nudge, two({ place: undefined })), false);
    assert.equal(leaveBy.stillStands(nudge, two({ startAt: utc('2026-12-01 15:00') })), false);
    assert.equal(leaveBy.stillStands(nudge, two({ isCancelled: true })), false);
    assert.equal(leaveBy.stillStands(nudge, undefined), false);
  });
});
