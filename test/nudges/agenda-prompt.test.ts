import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { AGENDA_POSTPONED, AGENDA_SKIPPED, agendaPrompt } from '../../src/nudges/agenda-prompt.ts';
import { nudgeId, type PlanInput, type Said } from '../../src/nudges/nudge.ts';
import { OPEN_POINTS } from '../../src/nudges/open-points.ts';
import { plan } from '../../src/nudges/plan.ts';
import { allDay, attendee, DAY, HOUR, MINUTE, mine, NOW, planInput, shuffled, utc } from '../support/events.ts';

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

    it('take an occurrence that became an exception for an old one', () => {
      const answered = old('answered', utc('2026-12-01 16:00'), { type: 'exception', createdAt: watchSince + 1 });
      assert.deepEqual(begin([...today, answered]), ['at 11']);
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

  /** As the ledger has it once it was sent. */
  const saidOf = (
    nudge: { startAt: number; eventId: string; dueAt: number; nudgeId: string },
    saidAt: number,
  ): Said => ({
    kind: 'agenda',
    eventId: nudge.eventId,
    startAt: nudge.startAt,
    leadMs: 0,
    saidAt,
    dueAt: nudge.dueAt,
    nudgeId: nudge.nudgeId,
  });
  const postponed = (until: unknown, answeredAt: number, eventId = 'event-1') => ({
    kind: AGENDA_POSTPONED,
    eventId,
    value: { until },
    answeredAt,
  });

  describe('put off', () => {
    const event = mine();
    const [first] = prompts([event]);
    assert.ok(first);
    const said = [saidOf(first, NOW)];
    const until = NOW + 2 * HOUR;

    it('come once more, at that time, and the first card says so', () => {
      const both = prompts([event], { now: NOW + MINUTE, said, answers: [postponed(until, NOW + MINUTE)] });
      assert.deepEqual(
        both.map((nudge) => [nudge.nudgeId === first.nudgeId, nudge.mark, nudge.dueAt, nudge.facts.postponedUntil]),
        [
          [true, undefined, first.dueAt, until],
          [false, `postponed ${until}`, until, undefined],
        ],
      );
      const again = both[1];
      assert.ok(again);
      assert.equal(again.earliestAt, until, 'never earlier');
      assert.equal(again.deadlineAt, event.startAt);
      // Once it was said, nothing new comes.
      const later = prompts([event], {
        now: until + HOUR,
        said: [...said, saidOf(again, until)],
        answers: [postponed(until, NOW + MINUTE)],
      });
      assert.deepEqual(later.map((nudge) => nudge.nudgeId).sort(), [first.nudgeId, again.nudgeId].sort());
    });

    it('come at the end of a silence, and are known again by their mark', () => {
      const answers = [postponed(until, NOW)];
      const quiet = { settings: { quiet: { from: '10:30', to: '13:00' } } };
      const [, again] = prompts([event], { now: NOW, said, answers, person: quiet as never });
      assert.equal(again?.dueAt, utc('2026-12-01 12:00'));
      assert.ok(again);
      const rest = prompts([event], {
        now: again.dueAt + MINUTE,
        said: [...said, saidOf(again, again.dueAt)],
        answers,
      });
      assert.deepEqual(rest.map((nudge) => nudge.nudgeId).sort(), [first.nudgeId, again.nudgeId].sort());
    });

    it('twice are asked twice', () => {
      const answers = [postponed(until, NOW)];
      const [, second] = prompts([event], { now: NOW, said, answers });
      assert.ok(second);
      const more = [...said, saidOf(second, until)];
      const third = prompts([event], { now: until, said: more, answers: [postponed(until + 2 * HOUR, until)] });
      assert.deepEqual(
        third.map((nudge) => nudge.mark),
        [undefined, `postponed ${until}`, `postponed ${until + 2 * HOUR}`],
      );
    });

    /** [what, answer, meeting] */
    const odd: [string, ReturnType<typeof postponed>, CalendarEvent][] = [
      ['until after it begins', postponed(event.startAt, NOW), event],
      ['until before it was pressed', postponed(NOW - MINUTE, NOW), event],
      ['until no time', postponed('soon', NOW), event],
      ['long ago', postponed(NOW - 4 * DAY, NOW - 5 * DAY), event],
      ['for another meeting', postponed(until, NOW, 'other'), event],
    ];
    for (const [what, answer, one] of odd)
      it(`${what}: as if nobody had`, () =>
        assert.deepEqual(
          prompts([one], { said, answers: [answer] }).map((nudge) => nudge.nudgeId),
          [first.nudgeId],
        ));

    it('are not asked at both times of a meeting that moved', () => {
      const answers = [postponed(until, NOW)];
      const [, again] = prompts([event], { now: NOW, said, answers });
      assert.ok(again);
      const moved = mine({ startAt: event.startAt + DAY });
      // Not yet asked again: still wanted.
      assert.deepEqual(
        prompts([moved], { now: NOW + HOUR, said, answers }).map((nudge) => nudge.mark),
        [`postponed ${until}`],
      );
      assert.deepEqual(prompts([moved], { now: until + HOUR, said: [...said, saidOf(again, until)], answers }), []);
    });

    it('and then not needed after all: silence', () => {
      const answers = [
        postponed(until, NOW),
        { kind: AGENDA_SKIPPED, eventId: 'event-1', value: true, answeredAt: NOW + 1 },
      ];
      const left = prompts([event], { now: NOW + MINUTE, said, answers });
      assert.deepEqual(
        left.map((nudge) => [nudge.nudgeId, nudge.facts.skipped]),
        [[first.nudgeId, 'meeting']],
        'only the card that stands there, which says so',
      );
      assert.deepEqual(prompts([event], { answers }), []);
    });
  });

  describe('of a series', () => {
    const weekly = (index: number, more: Partial<CalendarEvent> = {}) =>
      mine({
        id: `o${index}`,
        type: 'occurrence',
        seriesMasterId: 'series',
        startAt: utc('2026-12-02 14:00') + index * DAY,
        ...more,
      });
    const left = (fromStartAt: number, points = ['Budget']) => ({
      kind: OPEN_POINTS,
      eventId: 'series',
      value: { points, fromStartAt },
      answeredAt: NOW,
    });
    const openOf = (events: CalendarEvent[], more: Partial<PlanInput> = {}) =>
      prompts(events, more).map((nudge) => [nudge.eventId, nudge.facts.openPoints]);
    const FROM = utc('2026-11-25 14:00');

    // https://github.com/mattermost/mattermost-plugin-agenda/issues/24 and 25: the agenda has to be that of the meeting
    // that is asked about, not of whichever is the series' next when somebody presses.
    it('name their own occurrence, and only the next has what was left open (mattermost-plugin-agenda#24, #25)', () => {
      const week = [0, 1, 2].map((index) => weekly(index));
      assert.deepEqual(openOf(shuffled(week, 3), { answers: [left(FROM)] }), [
        ['o0', ['Budget']],
        ['o1', undefined],
        ['o2', undefined],
      ]);
      // The first of them has begun.
      assert.deepEqual(openOf(week, { now: weekly(0).startAt + 1, answers: [left(FROM)] })[0], ['o1', ['Budget']]);
    });

    /** [what, events, answers, who has open points] */
    const cases: [string, CalendarEvent[], ReturnType<typeof left>[], string[]][] = [
      ['an exception has them too', [weekly(0, { type: 'exception' }), weekly(1)], [left(FROM)], ['o0']],
      ['a cancelled one leaves them to the next', [weekly(0, { isCancelled: true }), weekly(1)], [left(FROM)], ['o1']],
      ['one with an agenda keeps them', [weekly(0, { agenda: ['Budget'] }), weekly(1)], [left(FROM)], []],
      ['those of a later one are not picked up', [weekly(0)], [left(weekly(0).startAt)], []],
      ['none are none', [weekly(0)], [left(FROM, [])], []],
      ['those of another series are not', [weekly(0, { seriesMasterId: 'other' })], [left(FROM)], []],
    ];
    for (const [what, events, answers, expected] of cases)
      it(what, () =>
        assert.deepEqual(
          openOf(events, { answers }).flatMap(([id, points]) => (points ? [id] : [])),
          expected,
        ),
      );

    it('say nothing of what is private', () => {
      const open = (shown: 'show' | 'discreet') => {
        const input = planInput({
          events: [weekly(0, { sensitivity: 'private' })],
          answers: [left(FROM)],
          person: { settings: { private: shown } },
        });
        return plan(input).find((nudge) => nudge.kind === 'agenda')?.facts.openPoints;
      };
      assert.deepEqual(open('show'), ['Budget']);
      assert.equal(open('discreet'), undefined);
    });
  });

  it('come for the one who organises it now', () => {
    assert.equal(prompts([mine({ isOrganizer: false, response: 'accepted' })]).length, 0);
    assert.equal(prompts([mine({ organizer: { name: 'Bob', address: 'bob@test.example' } })]).length, 1);
  });

  it('never come for one that was moved into the past', () => {
    const past = mine({ startAt: NOW - HOUR });
    assert.deepEqual(prompts([past]), []);
    assert.deepEqual(prompts([past], { answers: [postponed(NOW + HOUR, NOW - HOUR)] }), []);
  });

  const anyMine = fc
    .uniqueArray(
      fc.record({
        id: fc.nat(9).map((one) => `e${one}`),
        hours: fc.integer({ min: -24, max: 9 * 24 }),
        agenda: fc.constantFrom<string[]>([], ['Budget']),
        seriesMasterId: fc.constantFrom(undefined, 'series'),
        isCancelled: fc.boolean(),
        createdAt: fc.constantFrom(undefined, NOW - 60 * DAY, NOW - MINUTE),
      }),
      { selector: (one) => one.id, maxLength: 8 },
    )
    .map((list) => list.map(({ hours, ...rest }) => mine({ ...rest, startAt: NOW + hours * HOUR })));
  const anyAnswers = fc.array(
    fc.record({
      kind: fc.constantFrom(AGENDA_SKIPPED, AGENDA_POSTPONED),
      eventId: fc.constantFrom<string>('series', 'e0', 'e1', 'e2', 'e3'),
      value: fc.integer({ min: -10, max: 50 }).map((hours) => ({ until: NOW + hours * HOUR })),
      answeredAt: fc.constantFrom(NOW - DAY, NOW - MINUTE),
    }),
    { maxLength: 5 },
  );

  it('are never new for what has an agenda, is skipped, cancelled or begun', () => {
    fc.assert(
      fc.property(anyMine, anyAnswers, (events, answers) => {
        const byId = new Map(events.map((event) => [event.id, event]));
        const skipped = new Set(answers.filter((one) => one.kind === AGENDA_SKIPPED).map((one) => one.eventId));
        for (const nudge of prompts(events, { answers })) {
          const event = byId.get(nudge.eventId);
          assert.ok(event && event.agenda.length === 0 && !event.isCancelled && event.startAt > NOW);
          assert.ok(!skipped.has(event.id) && !skipped.has(event.seriesMasterId ?? ''));
          assert.ok(agendaPrompt.stillStands(nudge, event));
        }
      }),
    );
  });

  it('are one a meeting, but for those that were put off, however often it is planned', () => {
    fc.assert(
      fc.property(
        anyMine,
        anyAnswers,
        fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 8 }),
        (events, answers, steps) => {
          const said = new Map<string, Said>();
          let now = NOW;
          for (const hours of [0, ...steps]) {
            now += hours * HOUR;
            for (const nudge of prompts(events, { now, answers, said: [...said.values()] }))
              if (nudge.dueAt <= now && !said.has(nudge.nudgeId)) said.set(nudge.nudgeId, saidOf(nudge, now));
          }
          const postponedOnes = new Set(
            answers.filter((one) => one.kind === AGENDA_POSTPONED).map((one) => one.eventId),
          );
          for (const event of events) {
            const times = [...said.values()].filter((one) => one.eventId === event.id);
            assert.ok(times.length <= (postponedOnes.has(event.id) ? 2 : 1), `${times.length} times`);
          }
        },
      ),
    );
  });

  it('keep the identity of what was said', () => {
    const [nudge] = prompts([mine()]);
    assert.equal(
      nudge?.nudgeId,
      nudgeId('person-1', { kind: 'agenda', eventId: 'event-1', startAt: mine().startAt, leadMs: 0 }),
    );
  });
});
