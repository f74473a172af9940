import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Attendee, CalendarEvent, Response } from '../../src/calendar/event.ts';
import { USUAL_HOURS, type WorkingHours } from '../../src/calendar/working-hours.ts';
import { dateOf, weekdayOf } from '../../src/calendar/zone.ts';
import type { DigestFacts } from '../../src/nudges/digest.ts';
import { digest } from '../../src/nudges/digest.ts';
import type { NoticedChange, PlanInput, Said } from '../../src/nudges/nudge.ts';
import { type PlannedNudge, plan } from '../../src/nudges/plan.ts';
import type { ChosenSettings } from '../../src/nudges/settings.ts';
import { legKey } from '../../src/travel/port.ts';
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
  planInput,
  scene,
  shuffled,
  utc,
} from '../support/events.ts';

interface Case {
  now?: number;
  events?: CalendarEvent[];
  timeZone?: string;
  workingHours?: WorkingHours;
  settings?: ChosenSettings;
  watchSince?: number;
  said?: Said[];
  changes?: NoticedChange[];
  away?: { from: number; to: number };
}

/** Meetings at noon and at half past nine in the evening, UTC, on each of these days. */
const daily = (first: string, days = 20): CalendarEvent[] =>
  Array.from({ length: 2 * days }, (_, index) => {
    const startAt = utc(`${first} ${index % 2 ? '21:30' : '12:00'}`) + Math.floor(index / 2) * DAY;
    return meeting({ id: `on ${index}`, startAt, endAt: startAt + 30 * MINUTE });
  });

function inputOf(one: Case): PlanInput {
  const { now = utc('2026-12-01 05:00'), timeZone = 'Europe/Berlin', workingHours = USUAL_HOURS, settings = {} } = one;
  return planInput({
    now,
    events: one.events ?? daily('2026-11-25'),
    said: one.said ?? [],
    changes: one.changes ?? [],
    person: {
      timeZone,
      workingHours,
      settings,
      watchSince: one.watchSince ?? now - 30 * DAY,
      ...(one.away ? { away: one.away } : {}),
    },
  });
}

const digestsOf = (one: Case): PlannedNudge[] => plan(inputOf(one)).filter((nudge) => nudge.kind === 'digest');
const factsOf = (one: Case): DigestFacts => {
  const [first] = digestsOf(one);
  assert.ok(first, 'there is a digest');
  return first.facts as unknown as DigestFacts;
};
/** "2026-12-01 07:00", in UTC. */
const written = (instant: number) => new Date(instant).toISOString().slice(0, 16).replace('T', ' ');
const dues = (one: Case) => digestsOf(one).map((nudge) => written(nudge.dueAt));
const saidOn = (startAt: number, saidAt: number): Said => ({ kind: 'digest', eventId: '', startAt, leadMs: 0, saidAt });

describe('when the digest comes', () => {
  const NIGHT: WorkingHours = { days: [1, 2, 3, 4, 5], start: '22:00', end: '06:00' };
  /** 1 December 2026 is a Tuesday; Berlin is an hour ahead then. */
  const CASES: [string, Case, string[]][] = [
    ['when the working day begins', {}, ['2026-12-01 07:00']],
    ['at the person’s own hour', { settings: { digestAt: '06:30' } }, ['2026-12-01 05:30']],
    [
      'in hours that are kept elsewhere, at that moment',
      { workingHours: { ...USUAL_HOURS, timeZone: 'America/New_York' } },
      ['2026-12-01 13:00'],
    ],
    [
      'by their own clock, where such hours begin on another day',
      {
        now: utc('2026-12-01 10:00'),
        timeZone: 'America/Los_Angeles',
        workingHours: { ...USUAL_HOURS, timeZone: 'Pacific/Auckland' },
      },
      ['2026-12-01 16:00'],
    ],
    [
      'on the person’s clock, not in UTC (gcal#171, mm#128)',
      { timeZone: 'Asia/Kolkata', now: utc('2026-12-01 01:00') },
      ['2026-12-01 02:30'],
    ],
    [
      'not on days off: on Friday the next is Monday’s, which is too far',
      { now: utc('2026-12-04 12:00'), said: [saidOn(utc('2026-12-03 23:00'), utc('2026-12-04 07:00'))] },
      [],
    ],
    ['on Monday, seen from Sunday', { now: utc('2026-12-06 08:00') }, ['2026-12-07 07:00']],
    [
      'on Sunday, for who works on Sundays: weekdays hard-coded',
      { now: utc('2026-12-06 05:00'), workingHours: { ...USUAL_HOURS, days: [0, 1, 2, 3, 4] } },
      ['2026-12-06 07:00'],
    ],
    ['never, for who never works', { workingHours: { ...USUAL_HOURS, days: [] } }, []],
    ['when a night shift begins', { workingHours: NIGHT }, ['2026-12-01 21:00']],
    [
      'late, when it was missed: the one of today, and the next',
      { now: utc('2026-12-01 15:00') },
      ['2026-12-01 07:00', '2026-12-02 07:00'],
    ],
    [
      'also when the job ran 2 minutes late: daily summary skipped',
      { now: utc('2026-12-01 07:02') },
      ['2026-12-01 07:00', '2026-12-02 07:00'],
    ],
    ['no more when the day is over', { now: utc('2026-12-01 23:00') }, ['2026-12-02 07:00']],
    [
      'not for what was due before watching began',
      { now: utc('2026-12-01 08:00'), watchSince: utc('2026-12-01 07:30') },
      ['2026-12-02 07:00'],
    ],
    [
      'not for what was due before the hour was chosen',
      { now: utc('2026-12-01 10:00'), settings: { digestAt: '09:00', digestSince: utc('2026-12-01 09:30') } },
      ['2026-12-02 08:00'],
    ],
    [
      'on the day before clocks go forward',
      { now: utc('2026-03-27 05:00'), events: daily('2026-03-25') },
      ['2026-03-27 07:00'],
    ],
    [
      'on the day on which clocks go forward (gd#12102)',
      { now: utc('2026-03-28 22:00'), events: daily('2026-03-25'), workingHours: { ...USUAL_HOURS, days: [0] } },
      ['2026-03-29 06:00'],
    ],
    [
      'at an hour that is left out, as much later',
      {
        now: utc('2026-03-28 22:00'),
        events: daily('2026-03-25'),
        workingHours: { ...USUAL_HOURS, days: [0] },
        settings: { digestAt: '02:30' },
      },
      ['2026-03-29 01:30'],
    ],
    [
      'on the day on which clocks go back, once, also at an hour that comes twice',
      {
        now: utc('2026-10-24 21:00'),
        events: daily('2026-10-20'),
        workingHours: { ...USUAL_HOURS, days: [0] },
        settings: { digestAt: '02:30' },
      },
      ['2026-10-25 00:30'],
    ],
  ];
  for (const [what, one, expected] of CASES) it(`${what}`, () => assert.deepEqual(dues(one), expected));

  it('at once for the day, for as long as the day lasts, and never in doubt twice', () => {
    const [only] = digestsOf({});
    assert.equal(only?.earliestAt, only?.dueAt);
    assert.equal(only?.startAt, utc('2026-11-30 23:00'));
    assert.equal(only?.deadlineAt, utc('2026-12-01 23:00'));
    assert.deepEqual([only?.eventId, only?.mark, digest.whenUnknown], ['', '2026-12-01', 'never']);
    const [short] = digestsOf({
      now: utc('2026-03-28 23:30'),
      events: daily('2026-03-25'),
      workingHours: { ...USUAL_HOURS, days: [0] },
    });
    assert.equal((short?.deadlineAt ?? 0) - (short?.startAt ?? 0), 23 * HOUR);
  });

  it('not again once it was said, by any clock of the same day', () => {
    const berlin = utc('2026-11-30 23:00');
    const said = [saidOn(berlin, utc('2026-12-01 07:00'))];
    const now = utc('2026-12-01 15:00');
    assert.deepEqual(dues({ said, now }), ['2026-12-02 07:00']);
    assert.deepEqual(dues({ said, now, timeZone: 'America/New_York' }), ['2026-12-02 13:00'], 'flown west');
    const east = { said, now: utc('2026-12-01 20:00'), timeZone: 'Asia/Tokyo' };
    assert.deepEqual(dues(east), ['2026-12-01 23:00'], 'flown east, where it is tomorrow: at its eight o’clock');
  });

  it('where the person is now, when they travel before it is due', () => {
    const [berlin] = digestsOf({});
    const [london] = digestsOf({ timeZone: 'Europe/London' });
    assert.deepEqual(
      [written(berlin?.dueAt ?? 0), written(london?.dueAt ?? 0)],
      ['2026-12-01 07:00', '2026-12-01 08:00'],
    );
    assert.notEqual(berlin?.nudgeId, london?.nudgeId);
  });

  it('not on a public day off, or while away', () => {
    const holiday = allDay('2026-12-01', '2026-12-02', { id: 'holiday', showAs: 'oof', attendees: [] });
    assert.deepEqual(dues({ events: [...daily('2026-11-25'), holiday] }), []);
    assert.deepEqual(dues({ away: { from: utc('2026-11-30 00:00'), to: utc('2026-12-02 00:00') } }), []);
    assert.deepEqual(dues({ away: { from: utc('2026-11-30 00:00'), to: utc('2026-12-01 10:00') } }), [
      '2026-12-01 10:00',
    ]);
  });

  it('after quiet hours, where it is due in them', () =>
    assert.deepEqual(dues({ settings: { quiet: { from: '22:00', to: '09:15' } } }), ['2026-12-01 08:15']));

  it('not for an empty day: all that is on is over by then, declined, cancelled, left out, or a mere note', () => {
    const on = (more: Partial<CalendarEvent>) => [meeting({ startAt: utc('2026-12-01 14:00'), ...more })];
    const EMPTY: [string, CalendarEvent[], ChosenSettings?][] = [
      ['nothing', []],
      ['declined', on({ response: 'declined' })],
      ['cancelled', on({ isCancelled: true })],
      ['a draft', on({ isDraft: true })],
      ['a series’ head', on({ type: 'master' })],
      ['over', on({ startAt: utc('2026-12-01 06:00'), endAt: utc('2026-12-01 07:00') })],
      ['on another day', on({ startAt: utc('2026-12-01 23:00') })],
      ['muted', on({}), { mutedSeries: [{ id: 'event-1', name: '' }] }],
      ['a birthday', [allDay('2026-12-01', '2026-12-02', { showAs: 'free' })]],
    ];
    for (const [what, events, settings] of EMPTY)
      assert.deepEqual(dues({ events, ...(settings ? { settings } : {}) }), [], what);
    assert.equal(dues({ events: on({}) }).length, 1);
    assert.equal(dues({ events: [allDay('2026-12-01', '2026-12-02')] }).length, 1, 'a conference');
  });

  it('on the first day of the week also for an empty one, if the week is not', () => {
    const now = utc('2026-11-30 05:00');
    const wednesday = [meeting({ startAt: utc('2026-12-02 09:00'), endAt: utc('2026-12-02 10:00') })];
    assert.deepEqual(dues({ now, events: wednesday }), ['2026-11-30 07:00']);
    assert.deepEqual(dues({ now, events: wednesday, settings: { weekDigest: false } }), []);
    assert.deepEqual(dues({ now, events: [] }), []);
  });
});

describe('what the digest says', () => {
  const day = (id: string, from: string, to: string, more: Partial<CalendarEvent> = {}) =>
    meeting({ id, subject: id, startAt: utc(`2026-12-01 ${from}`), endAt: utc(`2026-12-01 ${to}`), ...more });

  it('the day’s entries: all-day first, then by the hour', () => {
    const events = [
      day('late', '13:00', '14:00', { response: 'tentative', joinUrl: 'https://teams.example/1' }),
      day('early', '08:00', '09:00', { place: at('Cafe', 48, 11) }),
      allDay('2026-11-30', '2026-12-02', { id: 'fair', subject: 'fair', showAs: 'free' }),
    ];
    const { rows, more, date } = factsOf({ events });
    assert.equal(date, '2026-12-01');
    assert.deepEqual(rows, [
      {
        startAt: utc('2026-11-30 00:00'),
        endAt: utc('2026-12-02 00:00'),
        allDay: { startDate: '2026-11-30', endDate: '2026-12-02' },
        subject: 'fair',
      },
      { startAt: utc('2026-12-01 08:00'), endAt: utc('2026-12-01 09:00'), subject: 'early', place: 'Cafe' },
      {
        startAt: utc('2026-12-01 13:00'),
        endAt: utc('2026-12-01 14:00'),
        subject: 'late',
        joinUrl: 'https://teams.example/1',
        isTentative: true,
      },
    ]);
    assert.equal(more, 0);
  });

  it('what overlaps, and where it is free', () => {
    const events = [
      day('a', '08:00', '09:00'),
      day('b', '08:30', '10:00'),
      day('c', '10:20', '11:00'),
      day('offered', '11:00', '12:00', { showAs: 'free' }),
      day('maybe', '12:00', '13:00', { response: 'tentative' }),
      day('shared', '08:00', '09:00', { calendarId: 'manager' }),
    ];
    const { conflicts, gaps, rows } = factsOf({ events });
    assert.deepEqual(conflicts, [{ earlier: 'a', later: 'b', startAt: utc('2026-12-01 08:30') }]);
    assert.deepEqual(
      rows.filter((one) => one.clashes).map((one) => one.subject),
      ['a', 'b'],
    );
    // Eight to five in Berlin; twenty minutes are no gap.
    assert.deepEqual(
      gaps.map(({ from, to }) => [written(from).slice(11), written(to).slice(11)]),
      [
        ['07:00', '08:00'],
        ['11:00', '12:00'],
        ['13:00', '16:00'],
      ],
    );
    assert.deepEqual(factsOf({ events: [day('all', '06:00', '17:00')] }).gaps, []);
    assert.deepEqual(factsOf({ events: [allDay('2026-12-01', '2026-12-02')] }).gaps, [], 'a day that is taken whole');
  });

  it('a night shift to its end', () => {
    const workingHours: WorkingHours = { days: [2], start: '22:00', end: '06:00' };
    const events = [
      day('noon', '11:00', '12:00'),
      meeting({ id: 'x', subject: 'x', startAt: utc('2026-12-02 02:00'), endAt: utc('2026-12-02 03:00') }),
    ];
    const { rows, gaps } = factsOf({ events, workingHours });
    assert.deepEqual(
      rows.map((one) => one.subject),
      ['x'],
    );
    assert.deepEqual(
      gaps.map(({ from, to }) => [written(from), written(to)]),
      [
        ['2026-12-01 21:00', '2026-12-02 02:00'],
        ['2026-12-02 03:00', '2026-12-02 05:00'],
      ],
    );
  });

  it('when to leave, where it is known how long ways take', () => {
    const events = [day('client', '13:00', '14:00', { place: at('Client', 48.3, 11.7) })];
    const travel = new Map(
      waysOf(events, scene(HEADQUARTERS)).map(({ leg }) => [
        legKey(leg),
        { durationMs: 28 * MINUTE, distanceM: 9_000, isRough: true },
      ]),
    );
    const input = inputOf({ events });
    const person = { ...input.person, places: { office: HEADQUARTERS } };
    const [only] = plan({ ...input, person, travel }).filter((nudge) => nudge.kind === 'digest');
    assert.ok(only);
    assert.deepEqual((only.facts as unknown as DigestFacts).travel, [
      { subject: 'client', leaveAt: utc('2026-12-01 12:25'), travelMs: 28 * MINUTE, isRough: true },
    ]);
    assert.deepEqual(factsOf({ events }).travel, []);
  });

  describe('of answers to my invitations', () => {
    const guests = (...responses: Response[]): Attendee[] =>
      responses.map((response, index) => attendee(`Guest ${'abcdef'[index]}`, { response }));
    const planning = (attendees: Attendee[], more: Partial<CalendarEvent> = {}) =>
      mine({ id: 'p', startAt: utc('2026-12-03 12:00'), attendees, ...more });
    const answered = (before: CalendarEvent, after: CalendarEvent, noticedAt: number): NoticedChange => ({
      kind: 'answersChanged',
      aspects: ['answersChanged'],
      scope: 'single',
      eventId: after.id,
      before,
      after,
      occurrences: [{ eventId: after.id }],
      changeId: `${noticedAt}`,
      noticedAt,
    });
    const events = [...daily('2026-12-01', 1)];
    const steps = [
      planning(guests('none', 'none', 'none', 'none')),
      planning(guests('accepted', 'tentative', 'none', 'none')),
      planning(guests('accepted', 'accepted', 'declined', 'none')),
    ] as const;
    const changes = [
      answered(steps[1], steps[2], utc('2026-11-30 18:00')),
      answered(steps[0], steps[1], utc('2026-11-30 12:00')),
    ];

    it('tells what came of them since the last one, once a person', () => {
      const { rsvp } = factsOf({ events, changes });
      assert.deepEqual(rsvp, [
        { subject: 'Planning', startAt: utc('2026-12-03 12:00'), accepted: 2, declined: 1, tentative: 0 },
      ]);
    });

    const NONE: [string, Case][] = [
      [
        'what was told by the last digest',
        { events, changes, said: [saidOn(utc('2026-11-29 23:00'), utc('2026-11-30 19:00'))] },
      ],
      [
        'what is older than the last working day',
        { events, changes: [answered(steps[0], steps[1], utc('2026-11-30 06:59'))] },
      ],
      [
        'who came of somebody else’s',
        { events, changes: [answered(steps[0], { ...steps[1], isOrganizer: false }, utc('2026-11-30 12:00'))] },
      ],
      ['what was cancelled since', { events: [...events, { ...steps[2], isCancelled: true }], changes }],
      [
        'what is over',
        {
          events,
          changes: [
            answered(
              steps[0],
              { ...steps[1], startAt: utc('2026-11-30 13:00'), endAt: utc('2026-11-30 14:00') },
              utc('2026-11-30 12:00'),
            ),
          ],
        },
      ],
      ['what is muted', { events, changes, settings: { mutedSeries: [{ id: 'p', name: '' }] } }],
      ['who was asked again', { events, changes: [answered(steps[1], steps[0], utc('2026-11-30 12:00'))] }],
      [
        'other changes',
        { events, changes: changes.map((one) => ({ ...one, aspects: ['bodyChanged'] as const })) as NoticedChange[] },
      ],
    ];
    for (const [what, one] of NONE) it(`but not ${what}`, () => assert.deepEqual(factsOf(one).rsvp, []));

    it('on Monday since Friday', () => {
      const friday = [answered(steps[0], steps[1], utc('2026-12-04 15:00'))];
      const later = planning(guests('accepted', 'tentative'), { startAt: utc('2026-12-08 12:00') });
      const monday = { now: utc('2026-12-07 05:00'), events: [...daily('2026-12-07', 1), later], changes: friday };
      assert.equal(factsOf(monday).rsvp.length, 1);
    });

    it('and of a private one without its name', () => {
      const one = { ...steps[2], sensitivity: 'private' as const };
      const { rsvp } = factsOf({ events: [...events, one], changes, settings: { private: 'discreet' } });
      assert.deepEqual(
        rsvp.map(({ subject }) => subject),
        ['Private appointment'],
      );
    });
  });

  it('how many invitations have no answer, a series once', () => {
    const open = (id: string, more: Partial<CalendarEvent> = {}) =>
      meeting({
        id,
        startAt: utc('2026-12-04 10:00'),
        endAt: utc('2026-12-04 11:00'),
        response: 'notResponded',
        ...more,
      });
    const events = [
      ...daily('2026-12-01', 1),
      open('a'),
      open('b', { type: 'occurrence', seriesMasterId: 's' }),
      open('c', {
        type: 'occurrence',
        seriesMasterId: 's',
        startAt: utc('2026-12-05 10:00'),
        endAt: utc('2026-12-05 11:00'),
      }),
      open('mine', { isOrganizer: true }),
      open('cancelled', { isCancelled: true }),
      open('shared', { calendarId: 'manager' }),
      open('tentative', { response: 'tentative' }),
      open('over', { startAt: utc('2026-12-01 05:00'), endAt: utc('2026-12-01 06:00') }),
    ];
    assert.equal(factsOf({ events }).unanswered, 2);
    assert.equal(factsOf({ events: daily('2026-12-01', 1) }).unanswered, 0);
  });

  it('of private ones nothing but their times', () => {
    const secret = { sensitivity: 'private' as const, place: at('Clinic', 48, 11), subject: 'Surgery' };
    const events = [day('a', '08:00', '09:00', secret), day('b', '08:30', '10:00', secret)];
    const facts = factsOf({ events, settings: { private: 'discreet' } });
    assert.doesNotMatch(JSON.stringify(facts), /Surgery|Clinic/);
    assert.equal(facts.rows.length, 2);
    assert.deepEqual(dues({ events, settings: { private: 'skip' } }), []);
  });

  it('the week on its first day of work, and on no other', () => {
    const now = utc('2026-11-30 05:00');
    const events = [
      meeting({ id: 'a', startAt: utc('2026-11-30 09:00'), endAt: utc('2026-11-30 10:00') }),
      meeting({ id: 'b', startAt: utc('2026-12-02 09:00'), endAt: utc('2026-12-02 11:00') }),
      meeting({ id: 'c', startAt: utc('2026-12-02 10:00'), endAt: utc('2026-12-02 12:00') }),
      meeting({ id: 'd', startAt: utc('2026-12-05 10:00'), endAt: utc('2026-12-05 12:00') }),
    ];
    const week = factsOf({ now, events }).week;
    assert.deepEqual(week, [
      { date: '2026-11-30', meetings: 1, busyMs: HOUR, firstStartAt: utc('2026-11-30 09:00'), conflicts: 0 },
      { date: '2026-12-01', meetings: 0, busyMs: 0, conflicts: 0 },
      { date: '2026-12-02', meetings: 2, busyMs: 3 * HOUR, firstStartAt: utc('2026-12-02 09:00'), conflicts: 1 },
      { date: '2026-12-03', meetings: 0, busyMs: 0, conflicts: 0 },
      { date: '2026-12-04', meetings: 0, busyMs: 0, conflicts: 0 },
    ]);
    assert.equal(factsOf({ now, events, settings: { weekDigest: false } }).week, undefined);
    assert.equal(factsOf({ events: daily('2026-12-01') }).week, undefined, 'on Tuesday');
    const sunday = { now: utc('2026-11-29 05:00'), events, workingHours: { ...USUAL_HOURS, days: [0, 1, 2, 3, 4] } };
    assert.deepEqual(
      factsOf(sunday).week?.map((one) => one.date),
      ['2026-11-29', '2026-11-30', '2026-12-01', '2026-12-02', '2026-12-03'],
    );
  });

  it('no more than there is room for', () => {
    const events = Array.from({ length: 60 }, (_, index) =>
      day(`m${index}`.padEnd(400, '🙂'), '09:00', '15:00', { joinUrl: `https://x.example/${'x'.repeat(2_000)}` }),
    );
    const facts = factsOf({ events });
    assert.deepEqual([facts.rows.length, facts.more, facts.conflicts.length], [20, 40, 5]);
    assert.ok(JSON.stringify(facts).length < 10_000);
    assert.doesNotMatch(JSON.stringify(facts), /\\ud83d(?!\\)/, 'no half of a character');
  });
});

describe('digests, whatever the calendar', () => {
  const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Auckland', 'America/Santiago', 'UTC'];
  const anyCase = fc.record({
    now: fc.integer({ min: 0, max: 365 * 24 * 4 }).map((quarter) => utc('2026-01-01 00:00') + quarter * 15 * MINUTE),
    timeZone: fc.constantFrom(...ZONES),
    workingHours: fc.record({
      days: fc.subarray([0, 1, 2, 3, 4, 5, 6]),
      start: fc.constantFrom('00:00', '02:30', '08:00', '22:00'),
      end: fc.constantFrom('00:00', '06:00', '17:00', '23:59'),
      timeZone: fc.constantFrom(undefined, ...ZONES),
    }),
    settings: fc.record({
      digestAt: fc.constantFrom('auto', '00:00', '02:30', '07:15', '23:59'),
      weekDigest: fc.boolean(),
    }),
  }) as fc.Arbitrary<Case>;
  const meetingsAround = (now: number, seed: number) =>
    shuffled(
      Array.from({ length: 40 }, (_, index) => {
        const startAt = now + (index - 6) * 5 * HOUR + (seed % 7) * 13 * MINUTE;
        return meeting({ id: `e${index}`, startAt, endAt: startAt + ((seed + index) % 5) * HOUR });
      }),
      seed,
    );

  it('come at most once for a date, on a working day, on that day, and are a function of their input', () => {
    fc.assert(
      fc.property(anyCase, fc.nat(1_000), (one, seed) => {
        const { now = 0, timeZone = 'UTC', workingHours = USUAL_HOURS } = one;
        const events = meetingsAround(now, seed);
        const all = digestsOf({ ...one, events });
        assert.deepEqual(digestsOf({ ...one, events: shuffled(events, seed + 1) }), all);
        assert.equal(new Set(all.map((nudge) => nudge.mark)).size, all.length);
        assert.ok(all.length <= 2);
        for (const nudge of all) {
          assert.equal(dateOf(nudge.dueAt, timeZone), nudge.mark);
          assert.ok(workingHours.days.includes(weekdayOf(nudge.mark ?? '')), 'never on a day off');
          assert.ok(nudge.startAt <= nudge.dueAt && nudge.dueAt < nudge.deadlineAt && nudge.deadlineAt > now);
          const facts = nudge.facts as unknown as DigestFacts;
          assert.ok(facts.rows.length <= 20 && facts.conflicts.length <= 5 && facts.gaps.length <= 5);
          for (const gap of facts.gaps) assert.ok(gap.to - gap.from >= 30 * MINUTE);
        }
        const said = all.map((nudge) => saidOn(nudge.startAt, now));
        assert.deepEqual(digestsOf({ ...one, events, said }), [], 'nothing is said twice');
      }),
      { numRuns: 400 },
    );
  });

  it('say the same from plan to plan, as long as nothing changes', () => {
    const at = (now: number) =>
      digestsOf({ now: utc('2026-12-01 00:00') + now * HOUR }).find((one) => one.mark === '2026-12-01');
    const first = at(0);
    for (const hours of [1, 5, 8, 20]) assert.deepEqual(at(hours), first, `${hours}`);
  });
});
