import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { type Answer, nudgeId, type Said } from '../../src/nudges/nudge.ts';
import { type PlannedNudge, plan } from '../../src/nudges/plan.ts';
import { type ReminderFacts, reminder } from '../../src/nudges/reminder.ts';
import type { ChosenSettings } from '../../src/nudges/settings.ts';
import { allDay, attendee, DAY, HOUR, MINUTE, meeting, mine, NOW, planInput, utc } from '../support/events.ts';

const settings = (...remindMinutes: number[]) => ({ remindMinutes, spareMinutes: 7 });
const reminders = (events: CalendarEvent[], remindMinutes = [15], now = NOW) =>
  plan(planInput({ events, now, person: { settings: settings(...remindMinutes) } })).filter(
    (nudge) => nudge.kind === 'reminder',
  );

describe('reminders', () => {
  it('come before the start, may come a little earlier, and end with it', () => {
    const event = meeting();
    const [only, ...more] = reminders([event]);
    assert.deepEqual(more, []);
    assert.equal(only?.dueAt, event.startAt - 15 * MINUTE);
    assert.equal(only?.earliestAt, event.startAt - 23 * MINUTE);
    assert.equal(only?.deadlineAt, event.startAt);
    assert.equal(only?.facts.subject, 'Planning');
  });

  const SILENT: [string, CalendarEvent][] = [
    ['all-day', allDay('2026-12-02', '2026-12-03')],
    ['declined', meeting({ response: 'declined' })],
    ['cancelled', meeting({ isCancelled: true })],
    ['a draft', meeting({ isDraft: true })],
    ['a series’ head', meeting({ type: 'master' })],
  ];
  for (const [what, event] of SILENT)
    it(`never come for what is ${what}`, () => {
      assert.deepEqual(reminders([event]), []);
      const nudge = { eventId: event.id, startAt: event.startAt, facts: {} };
      assert.equal(reminder.stillStands(nudge, event), false, 'not even when it was planned before');
    });

  it('come for what is tentative, unanswered, mine, or mine alone', () => {
    for (const event of [
      meeting({ response: 'tentative' }),
      meeting({ response: 'notResponded' }),
      mine(),
      meeting({ attendees: [] }),
      meeting({ type: 'occurrence', seriesMasterId: 'series' }),
      meeting({ type: 'exception', seriesMasterId: 'series' }),
    ])
      assert.equal(reminders([event]).length, 1, event.response);
  });

  it('come once for each lead, and for two short meetings close together', () => {
    assert.equal(reminders([meeting()], [15, 5, 15]).length, 2);
    const first = meeting({ id: 'a', endAt: utc('2026-12-01 14:05') });
    const second = meeting({ id: 'b', startAt: utc('2026-12-01 14:05') });
    assert.equal(reminders([first, second]).length, 2);
    assert.deepEqual(reminders([meeting()], []), []);
  });

  it('at the very start have a minute to be sent in', () => {
    const [only] = reminders([meeting()], [0]);
    assert.equal(only?.dueAt, meeting().startAt);
    assert.equal(only?.deadlineAt, meeting().startAt + MINUTE);
  });

  it('are others when the lead changes, and the same when it does not', () => {
    const before = reminders([meeting()], [15]).map((nudge) => nudge.nudgeId);
    const after = reminders([meeting()], [10]).map((nudge) => nudge.nudgeId);
    assert.equal(before.length + after.length, new Set([...before, ...after]).size);
    assert.deepEqual(
      reminders([meeting({ subject: 'Renamed', changeKey: 'key-2' })], [15]).map((nudge) => nudge.nudgeId),
      before,
    );
  });

  it('are armed again by a move: another one, at the new time', () => {
    const moved = meeting({ startAt: meeting().startAt + DAY });
    const [before] = reminders([meeting()]);
    const [after] = reminders([moved]);
    assert.notEqual(before?.nudgeId, after?.nudgeId);
    assert.equal(after?.dueAt, moved.startAt - 15 * MINUTE);
    assert.ok(before);
    assert.equal(reminder.stillStands(before, meeting()), true);
    assert.equal(reminder.stillStands(before, moved), false);
    assert.equal(reminder.stillStands(before, undefined), false);
  });

  it('stay in the plan when due but not too late, and leave it with the start', () => {
    const { startAt } = meeting();
    for (const [now, count] of [
      [startAt - 20 * MINUTE, 1],
      [startAt - 15 * MINUTE, 1],
      [startAt - 1, 1],
      [startAt, 0],
      [startAt + DAY, 0],
    ] as const)
      assert.equal(reminders([meeting()], [15], now).length, count, String(now - startAt));
  });
});

/** The meeting of most cases: 14:00 UTC to 14:30. */
const START = meeting().startAt;
/** "-10" is ten minutes before the start. */
const from = (minutes: number) => START + minutes * MINUTE;

interface Case {
  events?: CalendarEvent[];
  settings?: ChosenSettings;
  answers?: [kind: string, eventId: string, value: unknown, answeredAt?: number][];
  said?: PlannedNudge[];
  saidAt?: number;
  now?: number;
  timeZone?: string;
  watchSince?: number;
}

const asSaid = (nudge: PlannedNudge, saidAt: number): Said => ({
  kind: nudge.kind,
  eventId: nudge.eventId,
  startAt: nudge.startAt,
  leadMs: nudge.leadMs,
  dueAt: nudge.dueAt,
  nudgeId: nudge.nudgeId,
  saidAt,
});

function remindersOf(one: Case): PlannedNudge[] {
  const { events = [meeting()], settings = { remindMinutes: [15] }, now = from(-60), timeZone = 'Europe/Berlin' } = one;
  return plan(
    planInput({
      events,
      now,
      answers: (one.answers ?? []).map(
        ([kind, eventId, value, answeredAt = from(-60)]): Answer => ({ kind, eventId, value, answeredAt }),
      ),
      said: (one.said ?? []).map((nudge) => asSaid(nudge, one.saidAt ?? nudge.dueAt)),
      person: { settings, timeZone, ...(one.watchSince === undefined ? {} : { watchSince: one.watchSince }) },
    }),
  ).filter((nudge) => nudge.kind === 'reminder');
}

/** In minutes from the start, in order. */
const dues = (one: Case) => remindersOf(one).map((nudge) => (nudge.dueAt - START) / MINUTE);
const factsOf = (nudge: PlannedNudge | undefined) => nudge?.facts as unknown as ReminderFacts;

describe('the leads of reminders', () => {
  const occurrence = meeting({ id: 'o1', type: 'occurrence', seriesMasterId: 'series' });
  const OUTLOOK = { remindMinutes: [15], remindAsOutlook: true };
  const CASES: [string, Case, number[]][] = [
    ['several, as chosen', { settings: { remindMinutes: [30, 10, 2] } }, [-30, -10, -2]],
    ['none, as chosen', { settings: { remindMinutes: [] } }, []],
    ['as in Outlook', { settings: OUTLOOK, events: [meeting({ reminderMinutes: 25 })] }, [-25]],
    ['at the start, as in Outlook', { settings: OUTLOOK, events: [meeting({ reminderMinutes: 0 })] }, [0]],
    [
      'as in Outlook, where it is switched off there: mb#580, mb#916',
      { settings: OUTLOOK, events: [meeting({ reminderMinutes: undefined })] },
      [],
    ],
    ['Outlook’s, where that is not asked for', { events: [meeting({ reminderMinutes: 25 })] }, [-15]],
    [
      'two weeks, as in Outlook: a week at most',
      { settings: OUTLOOK, events: [meeting({ reminderMinutes: 14 * 24 * 60 })], now: START - 7 * DAY },
      [-7 * 24 * 60],
    ],
    ['for this meeting', { answers: [['reminder.leads', 'event-1', { minutes: [30] }]] }, [-30]],
    ['none for this meeting', { answers: [['reminder.leads', 'event-1', { minutes: [] }]] }, []],
    ['for another meeting', { answers: [['reminder.leads', 'event-2', { minutes: [30] }]] }, [-15]],
    ['for the series', { events: [occurrence], answers: [['reminder.leads', 'series', { minutes: [30] }]] }, [-30]],
    [
      'for the occurrence, over its series',
      {
        events: [occurrence],
        answers: [
          ['reminder.leads', 'series', { minutes: [] }],
          ['reminder.leads', 'o1', { minutes: [5] }],
        ],
      },
      [-5],
    ],
    [
      'for an exception of the series, as for the rest',
      {
        events: [{ ...occurrence, type: 'exception', originalStartAt: START - DAY }],
        answers: [['reminder.leads', 'series', { minutes: [30] }]],
      },
      [-30],
    ],
    [
      'as for all others, where “as usual” was chosen for this one of a series',
      {
        events: [occurrence],
        answers: [
          ['reminder.leads', 'series', { minutes: [30] }],
          ['reminder.leads', 'o1', { minutes: null }],
        ],
      },
      [-15],
    ],
    [
      'for this meeting, over Outlook’s',
      {
        settings: OUTLOOK,
        events: [meeting({ reminderMinutes: 25 })],
        answers: [['reminder.leads', 'event-1', { minutes: [5] }]],
      },
      [-5],
    ],
    ['what can’t be read', { answers: [['reminder.leads', 'event-1', { minutes: 'soon' }]] }, [-15]],
    ['of a strange kind', { answers: [['reminder.leads', 'event-1', { minutes: [-5, Number.NaN, 5] }]] }, [-5]],
  ];
  for (const [what, one, expected] of CASES) it(`are ${what}`, () => assert.deepEqual(dues(one), expected));

  it('are elapsed time, over a change of clocks too (gd#12102), and the same in every zone (gcal#171, mm#128)', () => {
    for (const [zone, startAt] of [
      ['Europe/Berlin', utc('2026-03-29 01:05')],
      ['Europe/Berlin', utc('2026-10-25 01:05')],
      ['America/New_York', utc('2026-11-01 06:10')],
      ['Australia/Lord_Howe', utc('2026-10-03 15:40')],
      ['Asia/Kolkata', utc('2026-12-01 14:00')],
    ] as const) {
      const events = [meeting({ startAt })];
      const [only] = remindersOf({
        events,
        timeZone: zone,
        now: startAt - 2 * HOUR,
        settings: { remindMinutes: [30] },
      });
      assert.equal(only?.dueAt, startAt - 30 * MINUTE, zone);
    }
  });

  it('stay the same while their person travels: the same reminders in the new zone', () => {
    const [berlin, tokyo] = ['Europe/Berlin', 'Asia/Tokyo'].map((timeZone) => remindersOf({ timeZone }));
    assert.deepEqual(berlin, tokyo);
  });

  it('never come before the longer one is due', () => {
    const nudges = remindersOf({ settings: { remindMinutes: [10, 5] } });
    assert.deepEqual(
      nudges.map((one) => (one.earliestAt - START) / MINUTE),
      [-18, -10],
    );
  });

  it('are in time until the next one is due: two that were late are not said at once', () => {
    const late = { settings: { remindMinutes: [30, 10, 2] } };
    for (const [now, expected] of [
      [-29, [-30, -10, -2]],
      [-10, [-10, -2]],
      [-3, [-10, -2]],
      [-1, [-2]],
    ] as const)
      assert.deepEqual(dues({ ...late, now: from(now) }), expected, String(now));
  });

  it('of a meeting that is made a minute before it starts: one is said', () => {
    const made = meeting({ createdAt: from(-1) });
    const [only, ...more] = remindersOf({ events: [made], settings: { remindMinutes: [30, 10, 2] }, now: from(-1) });
    assert.deepEqual([more.length, only?.leadMs], [0, 2 * MINUTE]);
  });

  it('of a meeting that moved nearer than its lead: said at once, at its new time (RocketChat: sent flag not reset)', () => {
    const [said] = remindersOf({});
    assert.ok(said);
    const moved = meeting({ startAt: START + 30 * MINUTE });
    const [again] = remindersOf({ events: [moved], said: [said], now: moved.startAt - 10 * MINUTE });
    assert.equal(again?.startAt, moved.startAt);
    assert.ok(again.dueAt < moved.startAt - 10 * MINUTE && again.deadlineAt === moved.startAt);
  });

  it('of a meeting that moved into the past: none', () =>
    assert.deepEqual(remindersOf({ events: [meeting({ startAt: NOW - HOUR })], now: NOW }), []));

  it('that grow longer after one was said: nothing more about this meeting', () => {
    const [said] = remindersOf({});
    assert.ok(said);
    const grown = { settings: { remindMinutes: [30] }, said: [said], now: from(-10) };
    assert.deepEqual(
      remindersOf(grown).map((one) => one.nudgeId),
      [said.nudgeId],
      'what was said stays, for its card',
    );
    assert.deepEqual(dues({ ...grown, settings: { remindMinutes: [5] } }), [-15, -5], 'a shorter one is still to come');
  });

  it('of two short meetings close together: both come (mb#769)', () => {
    const standUp = meeting({ id: 'a', endAt: from(5) });
    const next = meeting({ id: 'b', startAt: from(5), endAt: from(10) });
    const spoken = remindersOf({ events: [standUp, next], settings: { remindMinutes: [2], remindAtStart: true } });
    assert.deepEqual(new Set(spoken.map((one) => one.eventId)), new Set(['a', 'b']));
    assert.deepEqual(dues({ events: [standUp, next], settings: { remindMinutes: [2] } }), [-2, 3]);
  });

  it('of all-day entries: none, whatever they say themselves (mm#439, mb#2)', () => {
    const holiday = allDay('2026-12-01', '2026-12-02', { reminderMinutes: 15 });
    const settings = { ...OUTLOOK, remindAtStart: true };
    assert.deepEqual(dues({ events: [holiday], settings, now: utc('2026-11-30 20:00') }), []);
  });

  it('of what was cancelled or declined: none, also asked for (calcom/cal.diy#7225, humhub/calendar#326)', () => {
    for (const more of [{ isCancelled: true }, { response: 'declined' as const }])
      for (const kind of ['reminder.leads', 'reminder.snoozed'])
        assert.deepEqual(
          remindersOf({
            events: [meeting(more)],
            settings: { remindMinutes: [15], remindAtStart: true },
            answers: [[kind, 'event-1', { minutes: [30], until: from(-5) }]],
          }),
          [],
        );
  });

  it('came due before watching began: said all the same, while it makes sense', () =>
    assert.deepEqual(dues({ now: from(-5), watchSince: from(-6) }), [-15]));
});

describe('snoozing a reminder', () => {
  const snoozed = (until: number, answeredAt = -14, more: Record<string, unknown> = {}): Case => ({
    settings: { remindMinutes: [15, 10, 2] },
    answers: [['reminder.snoozed', 'event-1', { until: from(until), ...more }, from(answeredAt)]],
    now: from(answeredAt),
  });
  const open = (one: Case) => {
    const [said] = remindersOf({ settings: { remindMinutes: [15] } });
    return dues({ ...one, ...(said ? { said: [said] } : {}) }).filter((due) => due !== -15);
  };
  const CASES: [string, Case, number[]][] = [
    ['five minutes: once more then, instead of what lies between', snoozed(-9), [-9, -2]],
    ['to the minute of another reminder: one of them', snoozed(-10), [-10, -2]],
    ['until it starts: at the start, and nothing before', snoozed(0), [0]],
    ['for too long: at the start', snoozed(20), [0]],
    ['into the past: nothing', snoozed(-20), [-10, -2]],
    ['an occurrence that moved since: nothing', snoozed(-9, -14, { startAt: from(-60) }), [-10, -2]],
    ['what can’t be read: nothing', { ...snoozed(0), answers: [['reminder.snoozed', 'event-1', 'later']] }, [-10, -2]],
    [
      'another occurrence: nothing',
      { ...snoozed(0), answers: [['reminder.snoozed', 'o2', { until: START }]] },
      [-10, -2],
    ],
  ];
  for (const [what, one, expected] of CASES) it(what, () => assert.deepEqual(open(one), expected));

  it('is exact: neither earlier nor after the start', () => {
    const [only] = remindersOf(snoozed(-9)).filter((one) => one.mark === `snoozed ${from(-9)}`);
    assert.deepEqual([only?.earliestAt, only?.leadMs], [from(-9), 0]);
    const [atStart] = remindersOf(snoozed(0)).filter((one) => one.mark?.startsWith('snoozed'));
    assert.equal(atStart?.deadlineAt, START + MINUTE);
  });

  it('is shown on the card that was pressed, and not on the one that it brings', () => {
    const [said] = remindersOf({ settings: { remindMinutes: [15] } });
    assert.ok(said);
    const pressed = remindersOf({ ...snoozed(-9), said: [said] });
    const shown = pressed.find((one) => one.nudgeId === said.nudgeId);
    assert.equal(factsOf(shown).snoozedUntil, from(-9));
    const brought = pressed.find((one) => one.mark === `snoozed ${from(-9)}`);
    assert.ok(brought && factsOf(brought).snoozedUntil === undefined);
    // Later, when that was said as well and snoozed again.
    const again = remindersOf({
      ...snoozed(-3, -8),
      said: [said, brought],
      now: from(-8),
    });
    assert.equal(factsOf(again.find((one) => one.nudgeId === brought.nudgeId)).snoozedUntil, from(-3));
    assert.deepEqual(again.filter((one) => one.mark === `snoozed ${from(-3)}`).length, 1);
  });
});

describe('reminding again at the start', () => {
  const settings = { remindMinutes: [15], remindAtStart: true };
  const CASES: [string, Case, number[]][] = [
    ['three times', { settings }, [-15, 0, 2, 4]],
    ['not unless asked for', { settings: { remindMinutes: [15] } }, [-15]],
    ['also for who has no other reminders', { settings: { ...settings, remindMinutes: [] } }, [0, 2, 4]],
    ['in place of one that is at the start anyway', { settings: { ...settings, remindMinutes: [0] } }, [0, 2, 4]],
    [
      'in place of a snooze until then',
      { settings, answers: [['reminder.snoozed', 'event-1', { until: START }]], now: from(-14) },
      [0, 2, 4],
    ],
    ['not after the end', { settings, events: [meeting({ endAt: from(3) })] }, [-15, 0, 2]],
    ['not for none', { settings, answers: [['reminder.leads', 'event-1', { minutes: [] }]] }, []],
    [
      'not where Outlook’s is switched off: mb#580',
      { settings: { ...settings, remindAsOutlook: true }, events: [meeting({ reminderMinutes: undefined })] },
      [],
    ],
    ['not once joined', { settings, answers: [['reminder.joined', 'event-1', { startAt: START }]] }, []],
    ['not once dismissed', { settings, answers: [['reminder.dismissed', 'event-1', {}]] }, []],
    [
      'again where it moved since',
      { settings, answers: [['reminder.joined', 'event-1', { startAt: START - DAY }]] },
      [-15, 0, 2, 4],
    ],
    [
      'after all, where it was snoozed after that',
      {
        settings,
        now: from(-14),
        answers: [
          ['reminder.dismissed', 'event-1', { startAt: START }, from(-15)],
          ['reminder.snoozed', 'event-1', { until: from(-5) }, from(-14)],
        ],
      },
      [-5, 0, 2, 4],
    ],
  ];
  for (const [what, one, expected] of CASES) it(what, () => assert.deepEqual(dues(one), expected));

  it('ends when another meeting begins', () => {
    const events = [meeting(), meeting({ id: 'b', startAt: from(2) })];
    const spoken = remindersOf({ events, settings: { remindMinutes: [], remindAtStart: true } });
    const of = (id: string) => spoken.filter((one) => one.eventId === id).map((one) => (one.dueAt - START) / MINUTE);
    assert.deepEqual([of('event-1'), of('b')], [[0], [2, 4, 6]]);
  });

  it('is exact, and each time two minutes long', () => {
    for (const one of remindersOf({ settings }).filter((nudge) => nudge.mark)) {
      assert.equal(one.earliestAt, one.dueAt);
      assert.equal(one.deadlineAt, one.dueAt + 2 * MINUTE);
      assert.ok(factsOf(one).untilJoined);
    }
  });

  it('shows on the card that somebody is in, until the meeting is over', () => {
    const before = remindersOf({ settings });
    const [lead, first] = before;
    assert.ok(lead && first);
    const answers: Case['answers'] = [['reminder.joined', 'event-1', { startAt: START }, from(1)]];
    for (const now of [from(1), from(20)]) {
      const after = remindersOf({ settings, said: [lead, first], answers, now });
      assert.deepEqual(
        after.map((one) => [one.nudgeId, factsOf(one).ended]),
        [
          [lead.nudgeId, 'joined'],
          [first.nudgeId, 'joined'],
        ],
      );
    }
    assert.deepEqual(remindersOf({ settings, said: [lead, first], answers, now: meeting().endAt }), []);
  });

  it('never takes one message for another of the same moment: what is not known is left alone', () => {
    const unmarked = { leadMs: 0, dueAt: START, startAt: START, eventId: 'event-1', kind: 'reminder', saidAt: START };
    const id = nudgeId('person-1', unmarked);
    const planned = (said: Said) =>
      plan(planInput({ events: [meeting()], now: from(1), said: [said], person: { settings } }))
        .filter((one) => one.kind === 'reminder')
        .map((one) => one.mark ?? '');
    assert.deepEqual(planned({ ...unmarked, nudgeId: id }), ['', 'start 2', 'start 4']);
    assert.deepEqual(planned({ ...unmarked, nudgeId: 'reminder.other' }), ['start 2', 'start 4']);
    assert.deepEqual(planned(unmarked), ['start 2', 'start 4']);
  });
});

describe('what reminders say', () => {
  it('who is in first, who declined last, and how many accepted', () => {
    const attendees = [
      attendee('No', { response: 'declined' }),
      attendee('Maybe', { response: 'tentative' }),
      attendee('Yes', { response: 'accepted' }),
      attendee('Room', { type: 'resource', response: 'accepted' }),
    ];
    const facts = factsOf(remindersOf({ events: [meeting({ attendees })] })[0]);
    assert.deepEqual([facts.others, facts.accepted, facts.othersCount], [['Yes', 'Maybe', 'No'], 1, 3]);
  });

  it('that there is no agenda, to who could write one', () => {
    const noAgenda = (event: CalendarEvent) => factsOf(remindersOf({ events: [event] })[0]).noAgenda;
    const mineNow = (more: Partial<CalendarEvent> = {}) => mine({ startAt: START, ...more });
    assert.equal(noAgenda(mineNow()), true);
    assert.equal(noAgenda(mineNow({ agenda: ['Budget'] })), undefined);
    assert.equal(noAgenda(mineNow({ attendees: [] })), undefined);
    assert.equal(noAgenda(meeting({ agenda: [] })), undefined);
  });

  it('nothing about a private one to who wants it so', () => {
    const events = [meeting({ sensitivity: 'private', attendees: [attendee('Yes', { response: 'accepted' })] })];
    const [only] = remindersOf({ events, settings: { remindMinutes: [15], private: 'discreet' } });
    assert.doesNotMatch(JSON.stringify(only?.facts), /Planning|Yes|Budget|Ann/);
  });
});

describe('reminders, whatever the calendar', () => {
  const anyCase: fc.Arbitrary<Case> = fc.record({
    events: fc.array(
      fc
        .record({
          id: fc.constantFrom('a', 'b', 'c', 'd'),
          startAt: fc.integer({ min: -90, max: 300 }).map(from),
          length: fc.constantFrom(0, 5, 30, 600),
          reminderMinutes: fc.constantFrom(undefined, 0, 5, 60),
          seriesMasterId: fc.constantFrom(undefined, 'series'),
          isCancelled: fc.boolean(),
          response: fc.constantFrom('accepted' as const, 'declined' as const, 'tentative' as const),
        })
        .map(({ length, ...one }) => meeting({ ...one, endAt: one.startAt + length * MINUTE })),
      { maxLength: 4 },
    ),
    settings: fc.record({
      remindMinutes: fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 5 }),
      remindAsOutlook: fc.boolean(),
      remindAtStart: fc.boolean(),
    }),
    answers: fc.array(
      fc.tuple(
        fc.constantFrom('reminder.leads', 'reminder.snoozed', 'reminder.joined', 'reminder.dismissed'),
        fc.constantFrom('a', 'b', 'c', 'series'),
        fc.record({
          minutes: fc.constantFrom([], [5], [60, 5]),
          until: fc.integer({ min: -90, max: 300 }).map(from),
        }),
        fc.integer({ min: -120, max: 60 }).map(from),
      ),
      { maxLength: 4 },
    ),
    now: fc.integer({ min: -120, max: 300 }).map(from),
  });
  const unique = ({ events = [], ...rest }: Case): Case => ({
    ...rest,
    events: [...new Map(events.map((one) => [one.id, one])).values()],
  });

  it('are of what takes place for me and is not over, each moment once, never twice at once', () => {
    fc.assert(
      fc.property(anyCase.map(unique), (one) => {
        const nudges = remindersOf(one);
        const byId = new Map(one.events?.map((event) => [event.id, event]));
        const pastOf = new Map<string, number>();
        for (const nudge of nudges) {
          const event = byId.get(nudge.eventId);
          assert.ok(event && !event.isCancelled && event.response !== 'declined' && nudge.startAt === event.startAt);
          assert.ok(nudge.dueAt <= event.startAt + 4 * MINUTE && nudge.deadlineAt > (one.now ?? 0));
          assert.ok(nudge.earliestAt <= nudge.dueAt && nudge.dueAt < nudge.deadlineAt);
          if (nudge.dueAt <= (one.now ?? 0)) pastOf.set(nudge.eventId, (pastOf.get(nudge.eventId) ?? 0) + 1);
        }
        for (const count of pastOf.values()) assert.ok(count <= 2, 'the last minute of one may touch the next');
        const moments = nudges.map((nudge) => `${nudge.eventId} ${nudge.dueAt}`);
        assert.equal(new Set(moments).size, moments.length);
      }),
      { numRuns: 500 },
    );
  });

  it('are not said again once they were said: what remains of the plan is only those and what is due later', () => {
    fc.assert(
      fc.property(anyCase.map(unique), (one) => {
        const now = one.now ?? 0;
        const first = remindersOf(one);
        const said = first.filter((nudge) => nudge.dueAt <= now);
        const ids = new Set(said.map((nudge) => nudge.nudgeId));
        const second = remindersOf({ ...one, said, saidAt: now });
        for (const nudge of second) assert.ok(ids.has(nudge.nudgeId) || nudge.dueAt > now);
        const later = (list: PlannedNudge[]) => list.filter((nudge) => nudge.dueAt > now).map((nudge) => nudge.nudgeId);
        assert.deepEqual(later(second), later(first));
      }),
      { numRuns: 500 },
    );
  });
});
