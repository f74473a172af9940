import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { AGENDA_SKIPPED, agendaPrompt } from '../../src/nudges/agenda-prompt.ts';
import type { PlanInput } from '../../src/nudges/nudge.ts';
import { plan } from '../../src/nudges/plan.ts';
import { allDay, attendee, DAY, mine, NOW, planInput, shuffled, utc } from '../support/events.ts';

const prompts = (events: CalendarEvent[], more: Partial<PlanInput> = {}) =>
  plan(planInput({ events, ...more })).filter((nudge) => nudge.kind === 'agenda');

describe('agenda prompts', () => {
  it('come the day before at nine, where the organiser is', () => {
    const [berlin] = prompts([mine({ startAt: utc('2026-12-04 14:00') })]);
    assert.equal(berlin?.dueAt, utc('2026-12-03 08:00'));
    assert.equal(berlin?.earliestAt, utc('2026-12-03 08:00'), 'never earlier');
    assert.equal(berlin?.deadlineAt, utc('2026-12-04 14:00'));
    const input = planInput({ events: [mine({ startAt: utc('2026-12-04 02:00') })] });
    const [newYork] = plan({ ...input, person: { ...input.person, timeZone: 'America/New_York' } }).filter(
      (nudge) => nudge.kind === 'agenda',
    );
    // 21:00 on the 3rd in New York.
    assert.equal(newYork?.dueAt, utc('2026-12-02 14:00'));
  });

  it('come at nine on the days around a clock change too', () => {
    const [before] = prompts([mine({ startAt: utc('2026-03-29 12:00') })], { now: utc('2026-03-27 12:00') });
    const [after] = prompts([mine({ startAt: utc('2026-03-30 12:00') })], { now: utc('2026-03-27 12:00') });
    assert.equal(before?.dueAt, utc('2026-03-28 08:00'));
    assert.equal(after?.dueAt, utc('2026-03-29 07:00'));
  });

  it('come at once for a meeting that is made later, until it starts', () => {
    const today = mine({ startAt: NOW + 60_000 });
    const [at] = prompts([today]);
    assert.ok(at && at.dueAt < NOW && at.deadlineAt > NOW);
    assert.deepEqual(prompts([today], { now: today.startAt }), []);
  });

  describe('when watching begins', () => {
    const watchSince = NOW - 60_000;
    const begin = (events: CalendarEvent[], now = NOW) =>
      plan(planInput({ now, events, person: { watchSince } }))
        .filter((nudge) => nudge.kind === 'agenda')
        .map((nudge) => nudge.eventId);
    const old = (id: string, startAt: number, more: Partial<CalendarEvent> = {}) =>
      mine({ id, startAt, createdAt: watchSince - 7 * DAY, ...more });
    const today = [15, 11, 13].map((hour) => old(`at ${hour}`, utc(`2026-12-01 ${hour}:00`)));

    it('come for the next of the meetings that were there and due before, in whatever order they are read', () => {
      for (let seed = 0; seed < 6; seed += 1) assert.deepEqual(begin(shuffled(today, seed)), ['at 11']);
      assert.deepEqual(begin(today, utc('2026-12-01 12:00')), ['at 13'], 'of those that are still to come');
    });

    it('come for none of the others once the next one was asked for, though it is over or gone', () => {
      const said = [{ kind: 'agenda', eventId: 'at 11', startAt: utc('2026-12-01 11:00'), leadMs: 0, saidAt: NOW }];
      const later = (events: CalendarEvent[]) =>
        plan(planInput({ now: utc('2026-12-01 12:00'), events, said, person: { watchSince } })).filter(
          (nudge) => nudge.kind === 'agenda',
        );
      assert.deepEqual(later(today), []);
      const moved = today.map((one) => (one.id === 'at 11' ? { ...one, startAt: one.startAt + 5 * DAY } : one));
      assert.ok(!later(moved).some((nudge) => nudge.eventId === 'at 13'), 'nor when it was moved to another day');
      assert.deepEqual(later(today.filter((one) => one.id !== 'at 11')), []);
      const made = old('made', utc('2026-12-01 16:00'), { createdAt: watchSince + 1 });
      assert.equal(later([...today, made]).length, 1, 'what is made later is asked for');
    });

    it('pass over the next one when it has an agenda', () => {
      assert.deepEqual(begin([...today, old('at 10', utc('2026-12-01 10:00'), { agenda: ['Budget'] })]), ['at 11']);
    });

    it('come for every meeting that is due only afterwards', () => {
      const later = [3, 4].map((day) => old(`on ${day}`, utc(`2026-12-0${day} 14:00`)));
      assert.deepEqual(begin([...today, ...later]).sort(), ['at 11', 'on 3', 'on 4']);
    });

    it('come at once for one that is made afterwards', () => {
      const made = old('made', utc('2026-12-01 16:00'), { createdAt: watchSince + 1 });
      assert.deepEqual(begin([...today, made]).sort(), ['at 11', 'made']);
      const [nudge] = plan(planInput({ events: [made], person: { watchSince } })).filter(
        (one) => one.kind === 'agenda',
      );
      assert.ok(nudge && nudge.dueAt < NOW && nudge.deadlineAt > NOW);
    });

    it('take a meeting of unknown age for an old one', () => {
      const unknown = { ...old('unknown', utc('2026-12-01 16:00')), createdAt: undefined };
      assert.deepEqual(begin([...today, unknown]), ['at 11']);
    });
  });

  const SILENT: [string, CalendarEvent][] = [
    ['with an agenda', mine({ agenda: ['Budget'] })],
    ['of somebody else', mine({ isOrganizer: false })],
    ['alone', mine({ attendees: [] })],
    ['with a room only', mine({ attendees: [attendee('Room', { type: 'resource' })] })],
    ['that is cancelled', mine({ isCancelled: true })],
    ['that is a draft', mine({ isDraft: true })],
    ['all day', allDay('2026-12-02', '2026-12-03', { isOrganizer: true, agenda: [] })],
    ['that is a series’ head', mine({ type: 'master' })],
  ];
  for (const [what, event] of SILENT)
    it(`never come for a meeting ${what}`, () => {
      assert.deepEqual(prompts([event]), []);
      assert.equal(agendaPrompt.stillStands({ ...event, eventId: event.id, facts: {} }, event), false);
    });

  it('stop when the organiser says so, for one or for a series', () => {
    const week = [0, 1, 2].map((index) =>
      mine({
        id: `o${index}`,
        type: 'occurrence',
        seriesMasterId: 'series',
        startAt: utc('2026-12-02 14:00') + index * DAY,
      }),
    );
    const skip = (eventId: string) => ({ kind: AGENDA_SKIPPED, eventId, value: true, answeredAt: 0 });
    assert.equal(prompts(week).length, 3);
    assert.deepEqual(
      prompts(week, { answers: [skip('o1')] }).map((nudge) => nudge.eventId),
      ['o0', 'o2'],
    );
    assert.deepEqual(prompts(week, { answers: [skip('series')] }), []);
    assert.equal(prompts(week, { answers: [skip('other'), { ...skip('o1'), kind: 'something else' }] }).length, 3);
  });

  it('ask once about a meeting that keeps moving, and again after some days', () => {
    const said = (ago: number, kind = 'agenda') => [
      { kind, eventId: 'event-1', startAt: NOW, leadMs: 0, saidAt: NOW - ago },
    ];
    assert.deepEqual(prompts([mine()], { said: said(DAY) }), []);
    assert.equal(prompts([mine()], { said: said(4 * DAY) }).length, 1);
    assert.equal(prompts([mine()], { said: said(DAY, 'reminder') }).length, 1);
  });

  it('are not sent when an agenda was written or the meeting moved meanwhile', () => {
    const [nudge] = prompts([mine()]);
    assert.ok(nudge);
    assert.equal(agendaPrompt.stillStands(nudge, mine()), true);
    assert.equal(agendaPrompt.stillStands(nudge, mine({ agenda: ['Budget'] })), false);
    assert.equal(agendaPrompt.stillStands(nudge, mine({ startAt: mine().startAt + DAY })), false);
    assert.equal(agendaPrompt.stillStands(nudge, undefined), false);
  });
});
