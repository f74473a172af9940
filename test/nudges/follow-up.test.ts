import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import {
  ASKED_FOR_MS,
  asksForFollowUp,
  FOLLOW_UP_SAVED,
  FOLLOW_UP_SKIPPED,
  followUp,
  LONGEST_WAIT_MS,
  readSaved,
} from '../../src/nudges/follow-up.ts';
import { plan } from '../../src/nudges/plan.ts';
import { DAY, HOUR, MINUTE, mine, NOW, planInput, shuffled, utc } from '../support/events.ts';

type Given = Parameters<typeof planInput>[0];

const planned = (events: CalendarEvent[], more: Given = {}) =>
  plan(
    planInput({
      events,
      ...more,
      person: { ...more.person, settings: { kinds: { followUp: true }, quiet: null, ...more.person?.settings } },
    }),
  ).filter((one) => one.kind === 'followUp');

/** Today 14:00–14:30 UTC, organised by me. */
const held = (more: Partial<CalendarEvent> = {}) => mine({ startAt: utc('2026-12-01 14:00'), ...more });
const at = (time: string, minutes = 30, more: Partial<CalendarEvent> = {}) => {
  const startAt = utc(`2026-12-01 ${time}`);
  return held({ id: time, startAt, endAt: startAt + minutes * MINUTE, ...more });
};
const clock = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString().slice(11, 16));

const SAVED = {
  startAt: utc('2026-12-01 14:00'),
  decided: 'Go',
  tasks: '',
  open: '',
  wantsMail: false,
  inTodo: 0,
  ownTasks: 0,
  offered: [],
  unreached: [],
  openPoints: 0,
  mailed: 0,
};

describe('a follow-up', () => {
  it('is off at first, waits for the end of silence, and is said again when in doubt', () => {
    assert.deepEqual([followUp.isOnAtFirst, followUp.inSilence, followUp.whenUnknown], [false, 'wait', 'again']);
    assert.equal(plan(planInput({ events: [held()] })).filter((one) => one.kind === 'followUp').length, 0);
  });

  describe('is for what took place', () => {
    const CASES: [name: string, event: CalendarEvent, due: string | undefined][] = [
      ['a meeting of mine', held(), '14:32'],
      ['an occurrence', held({ type: 'occurrence', seriesMasterId: 'series' }), '14:32'],
      ['an exception', held({ type: 'exception', seriesMasterId: 'series', originalStartAt: NOW }), '14:32'],
      ['a series’ head', held({ type: 'master' }), undefined],
      ['somebody else’s', held({ isOrganizer: false }), undefined],
      ['one of a calendar that was shared with me', held({ calendarId: 'shared' }), undefined],
      ['all-day', held({ allDay: { startDate: '2026-12-01', endDate: '2026-12-02' } }), undefined],
      ['cancelled while it ran', held({ isCancelled: true }), undefined],
      ['a draft', held({ isDraft: true }), undefined],
      ['shown as free', held({ showAs: 'free' }), undefined],
      ['with nobody else', held({ attendees: [] }), undefined],
      [
        'with a room alone',
        held({ attendees: [{ name: 'R', address: 'r@x.example', type: 'resource', response: 'none' }] }),
        undefined,
      ],
      ['prolonged while it ran', held({ endAt: utc('2026-12-01 15:00') }), '15:02'],
      ['moved after it began', held({ startAt: utc('2026-12-01 16:00'), endAt: utc('2026-12-01 16:30') }), '16:32'],
      ['over midnight', held({ endAt: utc('2026-12-02 00:30') }), '00:32'],
    ];
    for (const [name, event, due] of CASES)
      it(`${due ? 'due' : 'not'}: ${name}`, () => {
        assert.equal(clock(planned([event])[0]?.dueAt), due);
        assert.equal(asksForFollowUp(event), due !== undefined);
        assert.equal(
          followUp.stillStands({ eventId: event.id, startAt: event.startAt, facts: {} }, event),
          due !== undefined,
        );
      });
    it('and stands no more once the meeting moved or is gone', () => {
      const nudge = { eventId: 'event-1', startAt: held().startAt, facts: {} };
      assert.equal(followUp.stillStands(nudge, held({ startAt: nudge.startAt + HOUR })), false);
      assert.equal(followUp.stillStands(nudge, undefined), false);
    });
    it('also in the night in which the clocks change', () => {
      const startAt = utc('2026-10-25 00:30');
      const [nudge] = planned([held({ startAt, endAt: startAt + HOUR })], {
        now: startAt - HOUR,
        person: { watchSince: 0 },
      });
      assert.equal(nudge?.dueAt, startAt + HOUR + 2 * MINUTE);
      assert.equal(nudge?.deadlineAt, startAt + HOUR + ASKED_FOR_MS);
    });
  });

  describe('waits while another meeting keeps the person', () => {
    const CASES: [name: string, others: CalendarEvent[], due: string][] = [
      ['nothing follows', [], '14:32'],
      ['the next begins later', [at('14:40')], '14:32'],
      ['the next begins in two minutes', [at('14:32')], '15:02'],
      ['back to back', [at('14:30')], '15:00'],
      ['two back to back', [at('14:30'), at('15:00')], '15:30'],
      ['one that began before and goes on', [at('13:00', 150)], '15:30'],
      ['a gap of a minute between two that follow', [at('14:30'), at('15:01')], '15:00'],
      ['meetings without an end in sight', [at('14:30', 400)], '17:30'],
      ['a declined one', [at('14:30', 30, { response: 'declined' })], '14:32'],
      ['a cancelled one', [at('14:30', 30, { isCancelled: true })], '14:32'],
      ['one that is free', [at('14:30', 30, { showAs: 'free' })], '14:32'],
      ['time alone', [at('14:30', 30, { attendees: [] })], '14:32'],
      ['somebody else’s calendar', [at('14:30', 30, { calendarId: 'shared' })], '14:32'],
      [
        'somebody else’s meeting that I attend',
        [at('14:30', 30, { isOrganizer: false, response: 'accepted' })],
        '15:00',
      ],
    ];
    for (const [name, others, due] of CASES)
      it(name, () => {
        const nudge = planned([held(), ...others]).find((one) => one.eventId === 'event-1');
        assert.equal(clock(nudge?.dueAt), due);
      });

    it('never before it is over, never longer than three hours, and whatever the order of the calendar', () => {
      const anyDay = fc.array(
        fc.record({ from: fc.integer({ min: 0, max: 60 }), length: fc.integer({ min: 0, max: 40 }) }),
        { maxLength: 10 },
      );
      fc.assert(
        fc.property(anyDay, fc.nat(), (list, seed) => {
          const events = list.map(({ from, length }, index) => {
            const startAt = NOW + from * 10 * MINUTE;
            return held({ id: `e${index}`, startAt, endAt: startAt + length * 10 * MINUTE });
          });
          const all = planned(events);
          assert.deepEqual(planned(shuffled(events, seed)), all);
          for (const nudge of all) {
            const event = events.find((one) => one.id === nudge.eventId);
            assert.ok(event && nudge.dueAt >= event.endAt + 2 * MINUTE && nudge.dueAt <= event.endAt + LONGEST_WAIT_MS);
            const at = nudge.dueAt;
            const isBusy = events.some((one) => one.startAt <= at && one.endAt > at);
            assert.ok(!isBusy || at === event.endAt + LONGEST_WAIT_MS);
          }
        }),
      );
    });
  });

  describe('is asked for in its time', () => {
    const end = held().endAt;
    const CASES: [name: string, more: Given, count: number][] = [
      ['while it is still to come', { now: end - 5 * HOUR }, 1],
      ['late, after an outage', { now: end + 11 * HOUR }, 1],
      ['not half a day later', { now: end + ASKED_FOR_MS }, 0],
      ['never when it was over before watching began', { now: end + HOUR, person: { watchSince: end + 1 } }, 0],
      ['when it was still running as watching began', { now: end + HOUR, person: { watchSince: end } }, 1],
    ];
    for (const [name, more, count] of CASES)
      it(name, () => {
        assert.equal(planned([held()], more).length, count);
      });

    it('for the last three at most, of a day of which nobody was asked', () => {
      const day = ['08:00', '09:00', '10:00', '11:00', '12:00'].map((time) => at(time));
      const now = utc('2026-12-01 18:00');
      const ids = planned(day, { now }).map((one) => one.eventId);
      assert.deepEqual(ids.sort(), ['10:00', '11:00', '12:00']);
      const said = [
        { kind: 'followUp', eventId: '12:00', startAt: utc('2026-12-01 12:00'), leadMs: 0, saidAt: now - HOUR },
      ];
      assert.deepEqual(
        planned(day, { now, said })
          .map((one) => one.eventId)
          .sort(),
        ['09:00', '10:00', '11:00', '12:00'],
        'what was said does not count',
      );
    });
  });

  describe('keeps what was answered', () => {
    const now = held().endAt + HOUR;
    const said = [{ kind: 'followUp', eventId: 'event-1', startAt: held().startAt, leadMs: 0, saidAt: now - MINUTE }];
    const answer = (kind: string, eventId: string, value: unknown) => ({ kind, eventId, value, answeredAt: now });
    const occurrence = held({ type: 'occurrence', seriesMasterId: 'series' });

    it('on its card, once it was said', () => {
      const [skipped] = planned([held()], { now, said, answers: [answer(FOLLOW_UP_SKIPPED, 'event-1', true)] });
      assert.equal(skipped?.facts.skipped, 'meeting');
      const [saved] = planned([held()], { now, said, answers: [answer(FOLLOW_UP_SAVED, 'event-1', SAVED)] });
      assert.deepEqual(saved?.facts.saved, SAVED);
    });
    it('and asks no more, for one or for the series', () => {
      assert.equal(planned([occurrence], { now, answers: [answer(FOLLOW_UP_SKIPPED, 'series', true)] }).length, 0);
      assert.equal(planned([occurrence], { now, answers: [answer(FOLLOW_UP_SKIPPED, 'event-1', true)] }).length, 0);
      assert.equal(planned([held()], { now, answers: [answer(FOLLOW_UP_SAVED, 'event-1', SAVED)] }).length, 0);
      assert.equal(planned([occurrence], { now, answers: [answer(FOLLOW_UP_SKIPPED, 'another', true)] }).length, 1);
    });
    it('but what was saved before it moved is about another time', () => {
      const moved = held({ startAt: SAVED.startAt + DAY });
      assert.equal(planned([moved], { now, answers: [answer(FOLLOW_UP_SAVED, 'event-1', SAVED)] }).length, 1);
    });
    it('whatever lies in the answer', () => {
      fc.assert(
        fc.property(fc.anything(), (value) => {
          assert.equal(readSaved(value, SAVED.startAt), undefined);
          planned([held()], { now, said, answers: [answer(FOLLOW_UP_SAVED, 'event-1', value)] });
        }),
      );
      const odd = { ...SAVED, decided: 'x'.repeat(9_999), offered: 'Ann', taskTrouble: 'odd', mailed: -1 };
      assert.deepEqual(readSaved(odd, SAVED.startAt), { ...SAVED, decided: '', taskTrouble: undefined });
    });
  });
});
