/** What one card knows of a meeting, on the others about it: when to leave, and the box for a missing agenda. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { AGENDA_POSTPONED, AGENDA_SKIPPED } from '../../src/nudges/agenda-prompt.ts';
import type { Answer, PlanInput } from '../../src/nudges/nudge.ts';
import { plan } from '../../src/nudges/plan.ts';
import type { ChosenSettings } from '../../src/nudges/settings.ts';
import { legKey } from '../../src/travel/port.ts';
import { waysOf } from '../../src/travel/ways.ts';
import { at, DAY, HEADQUARTERS, HOUR, MINUTE, meeting, mine, NOW, planInput, scene } from '../support/events.ts';

const TRAVEL = 20 * MINUTE;

/** Reminders of what is planned, with how long each way takes. */
function remindersIn(more: Partial<Omit<PlanInput, 'person'>>, settings: ChosenSettings = {}) {
  const events = more.events ?? [];
  const travel = new Map(
    waysOf(events, scene(HEADQUARTERS)).map(({ leg }) => [
      legKey(leg),
      { durationMs: TRAVEL, distanceM: 9_000, isRough: true },
    ]),
  );
  const input = planInput({
    travel,
    ...more,
    person: { places: { office: HEADQUARTERS }, settings: { remindMinutes: [30, 10], spareMinutes: 5, ...settings } },
  });
  return plan(input).filter(({ kind }) => kind === 'reminder');
}

const lacking = mine({ startAt: NOW + 5 * HOUR, endAt: NOW + 6 * HOUR, createdAt: NOW - DAY });

describe('the box for a missing agenda', () => {
  const answered = (kind: string, value: unknown): Answer => ({
    kind,
    eventId: lacking.id,
    value,
    answeredAt: NOW - HOUR,
  });
  /** [what, the plan, whether reminders have it] */
  const cases: [string, Partial<Omit<PlanInput, 'person'>>, ChosenSettings, boolean][] = [
    ['while it is asked for', { events: [lacking] }, {}, true],
    ['not where there is one', { events: [{ ...lacking, agenda: ['Budget'] }] }, {}, false],
    ['not where somebody else organises', { events: [meeting({ agenda: [] })] }, {}, false],
    ['not where nobody wants to be asked', { events: [lacking] }, { kinds: { agenda: false } }, false],
    ['not where it was skipped', { events: [lacking], answers: [answered(AGENDA_SKIPPED, true)] }, {}, false],
    [
      'while it is put off, for who writes it all the same',
      { events: [lacking], answers: [answered(AGENDA_POSTPONED, { until: NOW + 2 * HOUR })] },
      {},
      true,
    ],
  ];
  for (const [what, input, settings, is] of cases)
    it(`stands on reminders ${what}`, () => {
      const facts = remindersIn(input, settings).map((one) => one.facts.asksAgenda);
      assert.equal(facts.length, 2);
      assert.deepEqual(facts, is ? [true, true] : [undefined, undefined]);
    });

  it('is on the cards of its own meeting alone', () => {
    const other = { ...lacking, id: 'other', startAt: NOW + 7 * HOUR, endAt: NOW + 8 * HOUR, agenda: ['Budget'] };
    const all = remindersIn({ events: [lacking, other] });
    assert.deepEqual(
      all.map((one) => [one.eventId, one.facts.asksAgenda]),
      [
        [lacking.id, true],
        [lacking.id, true],
        ['other', undefined],
        ['other', undefined],
      ],
    );
  });
});

describe('when to leave', () => {
  const out = meeting({ startAt: NOW + 4 * HOUR, endAt: NOW + 5 * HOUR, place: at('Client', 48.3, 11.7) });
  const leaveAt = out.startAt - TRAVEL - 5 * MINUTE;

  it('stands on reminders until one has left', () => {
    const leave = (now: number) => remindersIn({ events: [out], now }).map((one) => one.facts.leave);
    assert.deepEqual(leave(NOW), [
      { at: leaveAt, isRough: true },
      { at: leaveAt, isRough: true },
    ]);
    assert.deepEqual(leave(leaveAt), [undefined, undefined]);
  });

  it('is not said of what is near, nor where nobody wants to be told', () => {
    const near = { ...out, place: at('Desk', HEADQUARTERS.latitude, HEADQUARTERS.longitude) };
    assert.deepEqual(
      remindersIn({ events: [near] }).map((one) => one.facts.leave),
      [undefined, undefined],
    );
    const off = remindersIn({ events: [out] }, { kinds: { leaveBy: false } });
    assert.deepEqual(
      off.map((one) => one.facts.leave),
      [undefined, undefined],
    );
  });

  it('leaves the facts of the meeting as they are, also those that reminders share', () => {
    const plain = remindersIn({ events: [out] }, { kinds: { leaveBy: false } });
    const with_ = remindersIn({ events: [out] });
    assert.deepEqual(
      with_.map(({ facts: { leave: _, ...rest } }) => rest),
      plain.map((one) => one.facts),
    );
  });
});
