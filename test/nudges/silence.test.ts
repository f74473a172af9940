import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { kindNamed } from '../../src/nudges/kinds.ts';
import { nudgeId, type PlanInput, type Span } from '../../src/nudges/nudge.ts';
import { plan } from '../../src/nudges/plan.ts';
import type { ChosenSettings } from '../../src/nudges/settings.ts';
import { endOfSilence, longSilenceSince, silencesOf } from '../../src/nudges/silence.ts';
import { allDay, attendee, DAY, HOUR, MINUTE, meeting, mine, NOW, planInput, utc } from '../support/events.ts';

type Person = Partial<Omit<PlanInput['person'], 'settings'>>;
const input = (settings: ChosenSettings, person: Person = {}, more: Partial<Omit<PlanInput, 'person'>> = {}) =>
  planInput({ ...more, person: { ...person, settings } });

const isSilent = (instant: number, spans: Span[]) => endOfSilence(instant, spans) !== instant;
const iso = (instant: number) => (Number.isFinite(instant) ? new Date(instant).toISOString().slice(0, 16) : '-');

describe('the end of a silence', () => {
  /** [instant, spans, end] */
  const cases: [number, [number, number][], number][] = [
    [5, [], 5],
    [5, [[0, 5]], 5],
    [0, [[0, 5]], 5],
    [4, [[0, 5]], 5],
    [
      4,
      [
        [0, 5],
        [5, 9],
      ],
      9,
    ],
    [
      4,
      [
        [3, 9],
        [0, 5],
      ],
      9,
    ],
    [
      4,
      [
        [7, 9],
        [0, 5],
        [5, 7],
      ],
      9,
    ],
    [
      4,
      [
        [0, 5],
        [6, 9],
      ],
      5,
    ],
    [4, [[4, 4]], 4],
    [4, [[9, 2]], 4],
    [4, [[-Infinity, 8]], 8],
    [
      4,
      [
        [Number.NaN, 8],
        [0, Number.NaN],
      ],
      4,
    ],
  ];
  for (const [instant, spans, end] of cases)
    it(`of ${instant} in ${JSON.stringify(spans)} is ${end}`, () =>
      assert.equal(
        endOfSilence(
          instant,
          spans.map(([from, to]) => ({ from, to })),
        ),
        end,
      ));

  it('is the first moment from then on that is in none of the spans', () => {
    const span = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 12 }), fc.integer({ min: -5, max: 70 }), (pairs, instant) => {
        const spans = pairs.map(([from, to]) => ({ from, to }));
        const inAny = (at: number) => spans.some(({ from, to }) => from <= at && at < to);
        let slow = instant;
        while (inAny(slow)) slow += 1;
        assert.equal(endOfSilence(instant, spans), slow);
      }),
    );
  });
});

describe('quiet hours', () => {
  /** [zone, quiet, instant (UTC), silent until (UTC) or undefined] */
  const cases: [string, [string, string], string, string | undefined][] = [
    ['Europe/Berlin', ['22:00', '07:00'], '2026-12-01 20:59', undefined],
    ['Europe/Berlin', ['22:00', '07:00'], '2026-12-01 21:00', '2026-12-02T06:00'],
    ['Europe/Berlin', ['22:00', '07:00'], '2026-12-01 23:30', '2026-12-02T06:00'],
    ['Europe/Berlin', ['22:00', '07:00'], '2026-12-02 05:59', '2026-12-02T06:00'],
    ['Europe/Berlin', ['22:00', '07:00'], '2026-12-02 06:00', undefined],
    // The night in which it is when it is planned began yesterday.
    ['Europe/Berlin', ['22:00', '07:00'], '2026-12-01 03:00', '2026-12-01T06:00'],
    ['Europe/Berlin', ['12:00', '13:00'], '2026-12-01 11:30', '2026-12-01T12:00'],
    ['Europe/Berlin', ['12:00', '13:00'], '2026-12-01 12:00', undefined],
    ['Europe/Berlin', ['00:00', '06:00'], '2026-12-01 23:00', '2026-12-02T05:00'],
    ['Europe/Berlin', ['18:00', '00:00'], '2026-12-01 22:59', '2026-12-01T23:00'],
    ['America/New_York', ['22:00', '07:00'], '2026-12-02 03:00', '2026-12-02T12:00'],
    ['Asia/Kathmandu', ['22:00', '07:00'], '2026-12-01 16:15', '2026-12-02T01:15'],
    ['Pacific/Kiritimati', ['22:00', '07:00'], '2026-12-01 08:00', '2026-12-01T17:00'],
    // The last day that is planned for.
    ['Europe/Berlin', ['22:00', '07:00'], '2026-12-08 23:00', '2026-12-09T06:00'],
    ['Europe/Berlin', ['09:00', '09:00'], '2026-12-01 08:00', undefined],
  ];
  for (const [timeZone, [from, to], instant, until] of cases)
    it(`${from}–${to} in ${timeZone} at ${instant} are ${until ?? 'over'}`, () => {
      const { full, both } = silencesOf(input({ quiet: { from, to } }, { timeZone }), [], NOW + 8 * DAY);
      const at = utc(instant);
      assert.equal(iso(endOfSilence(at, full)), until ?? iso(at));
      assert.deepEqual(both, full);
    });

  /** Clocks in Berlin: back on 2026-10-25 03:00 → 02:00, forward on 2027-03-28 02:00 → 03:00. [now, quiet, lasts] */
  const nights: [string, [string, string], number][] = [
    ['2026-10-24 12:00', ['22:00', '07:00'], 10 * HOUR],
    ['2026-10-23 12:00', ['22:00', '07:00'], 9 * HOUR],
    ['2027-03-27 12:00', ['22:00', '07:00'], 8 * HOUR],
    ['2027-03-28 12:00', ['22:00', '07:00'], 9 * HOUR],
    // 02:30 is left out: it is 03:30 then, an hour and a half of wall clock that takes half an hour.
    ['2027-03-27 22:00', ['01:45', '02:30'], 45 * MINUTE],
  ];
  for (const [now, [from, to], lasts] of nights)
    it(`${from}–${to} last ${lasts / HOUR} h in the night after ${now}`, () => {
      const { full } = silencesOf(input({ quiet: { from, to } }, {}, { now: utc(now) }), [], utc(now) + DAY);
      const night = full.find((span) => span.from > utc(now));
      assert.equal(night && night.to - night.from, lasts);
    });

  it('none are none', () => assert.deepEqual(silencesOf(input({}), [], NOW + DAY), { full: [], both: [] }));

  it('silence each hour of the week that the wall clock shows within them, and no other', () => {
    const clock = (zone: string, at: number) =>
      new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(
        at,
      );
    fc.assert(
      fc.property(
        fc.constantFrom('Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Tokyo'),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 23 }),
        // Weeks without a change of clocks.
        fc.constantFrom(utc('2026-12-01 00:00'), utc('2026-07-01 00:00')),
        fc.integer({ min: 0, max: 7 * 96 }),
        (timeZone, first, last, now, quarter) => {
          fc.pre(first !== last);
          const [from, to] = [first, last].map((hour) => `${String(hour).padStart(2, '0')}:00`) as [string, string];
          const { full } = silencesOf(input({ quiet: { from, to } }, { timeZone }, { now }), [], now + 8 * DAY);
          const at = now + quarter * 15 * MINUTE;
          const wall = clock(timeZone, at);
          assert.equal(isSilent(at, full), from < to ? from <= wall && wall < to : wall >= from || wall < to);
        },
      ),
    );
  });
});

const span = (event: CalendarEvent) => ({ from: event.startAt, to: event.endAt });
const block = (subject: string, more: Partial<CalendarEvent> = {}) =>
  meeting({
    subject,
    attendees: [],
    isOrganizer: true,
    response: 'organizer',
    endAt: utc('2026-12-01 16:00'),
    ...more,
  });

describe('out of office', () => {
  const long = meeting({ showAs: 'oof', endAt: utc('2026-12-01 18:00') });
  /** [name, event, silent] */
  const cases: [string, CalendarEvent, boolean][] = [
    ['of four hours', long, true],
    ['of less is the dentist', { ...long, endAt: utc('2026-12-01 17:59') }, false],
    ['that is cancelled', { ...long, isCancelled: true }, false],
    ['that is declined', { ...long, response: 'declined' }, false],
    ['that is a draft', { ...long, isDraft: true }, false],
    ['at the head of a series', { ...long, type: 'master' }, false],
    ['of somebody else’s calendar', { ...long, calendarId: 'manager' }, false],
    ['that is busy only', { ...long, showAs: 'busy' }, false],
  ];
  for (const [name, event, silent] of cases)
    it(name, () => {
      assert.deepEqual(silencesOf(input({}), [event], NOW + DAY).full, silent ? [span(event)] : []);
      assert.deepEqual(silencesOf(input({ respectAway: false }), [event], NOW + DAY).full, []);
    });

  it('all day is a day of the person’s, not of UTC', () => {
    const event = allDay('2026-12-03', '2026-12-05', { showAs: 'oof' });
    const spans = silencesOf(input({}, { timeZone: 'America/New_York' }), [event], NOW + 8 * DAY).full;
    assert.deepEqual(spans, [{ from: utc('2026-12-03 05:00'), to: utc('2026-12-05 05:00') }]);
  });

  it('by automatic replies, as long as these are respected', () => {
    const away = { from: NOW - HOUR, to: NOW + 2 * DAY };
    assert.deepEqual(silencesOf(input({}, { away }), [], NOW + DAY).full, [away]);
    assert.deepEqual(silencesOf(input({ respectAway: false }, { away }), [], NOW + DAY).full, []);
  });
});

describe('focus time', () => {
  /** [subject, more, counts] */
  const cases: [string, Partial<CalendarEvent>, boolean][] = [
    ['Focus time', {}, true],
    ['focus: write the report', {}, true],
    ['  Focus', {}, true],
    ['Fokuszeit', {}, true],
    ['Temps de concentration', {}, true],
    ['Tiempo de concentración', {}, true],
    ['Refocus', {}, false],
    ['Focused', {}, false],
    ['Planning', {}, false],
    ['Focus time', { attendees: [attendee('Bob')] }, false],
    ['Focus time', { attendees: [attendee('Room', { type: 'resource' })] }, true],
    ['Focus time', { showAs: 'free' }, false],
    ['Focus time', { isCancelled: true }, false],
    ['Focus time', { calendarId: 'manager' }, false],
  ];
  for (const [subject, more, counts] of cases)
    it(`“${subject}” ${JSON.stringify(more)} ${counts ? 'is' : 'is not'}`, () => {
      const event = block(subject, more);
      const { full, both } = silencesOf(input({}), [event], NOW + DAY);
      assert.deepEqual(full, []);
      assert.deepEqual(both, counts ? [span(event)] : []);
      assert.deepEqual(silencesOf(input({ respectFocus: false }), [event], NOW + DAY).both, []);
    });

  it('all day is none', () =>
    assert.deepEqual(
      silencesOf(input({}), [allDay('2026-12-01', '2026-12-02', { subject: 'Focus', attendees: [] })], NOW + DAY).both,
      [],
    ));
});

describe('silence in a plan', () => {
  const at14 = meeting();
  const reminders = (
    settings: ChosenSettings,
    events: CalendarEvent[],
    more: Partial<Omit<PlanInput, 'person'>> = {},
  ) =>
    plan(input({ ...settings, kinds: { digest: false } }, {}, { ...more, events })).filter(
      (one) => one.kind === 'reminder',
    );
  /** An agenda that is asked for on 1 December at 09:00 in Berlin, for a meeting on the 2nd. */
  const asked = (
    settings: ChosenSettings,
    more: Partial<Omit<PlanInput, 'person'>> = {},
    events: CalendarEvent[] = [],
  ) =>
    plan(input(settings, {}, { ...more, events: [mine({ id: 'mine' }), ...events] })).filter(
      (one) => one.kind === 'agenda',
    );

  it('a pause swallows what is about a moment, and lets news wait', () => {
    const until = utc('2026-12-01 14:00');
    assert.equal(reminders({ pausedUntil: until }, [at14]).length, 0);
    assert.equal(reminders({ pausedUntil: utc('2026-12-01 13:45') }, [at14]).length, 1);
    const [question] = asked({ pausedUntil: until });
    assert.equal(question?.dueAt, until);
    assert.equal(question?.earliestAt, until);
  });

  it('news that would come after their deadline are dropped', () => {
    assert.equal(asked({ pausedUntil: utc('2026-12-02 13:59') }).length, 1);
    assert.equal(asked({ pausedUntil: utc('2026-12-02 14:00') }).length, 0);
    assert.equal(asked({ pausedUntil: utc('2026-12-24 09:00') }).length, 0);
  });

  it('a pause that is over is none', () => {
    assert.equal(reminders({ pausedUntil: NOW - 1 }, [at14]).length, 1);
    assert.equal(asked({ pausedUntil: NOW - 1 }).length, 1);
  });

  it('focus time delays news, and no reminder', () => {
    const focus = block('Focus time', {
      id: 'focus',
      startAt: utc('2026-12-01 07:00'),
      endAt: utc('2026-12-01 15:00'),
    });
    assert.equal(asked({}, {}, [focus])[0]?.dueAt, focus.endAt);
    assert.equal(asked({ respectFocus: false }, {}, [focus])[0]?.dueAt, utc('2026-12-01 08:00'));
    assert.deepEqual(
      reminders({}, [focus, at14]).map((one) => one.eventId),
      ['event-1'],
    );
  });

  it('being out of office silences reminders too, and what comes after it waits no longer', () => {
    const off = allDay('2026-12-01', '2026-12-02', { id: 'off', showAs: 'oof', attendees: [] });
    assert.equal(reminders({}, [off, at14]).length, 0);
    assert.equal(reminders({ respectAway: false }, [off, at14]).length, 1);
    assert.equal(asked({}, {}, [off])[0]?.dueAt, utc('2026-12-01 23:00'));
  });

  it('what was due in quiet hours is not made up for in a later night', () => {
    const early = meeting({ startAt: utc('2026-12-05 02:00'), endAt: utc('2026-12-05 03:00') });
    for (const days of [1, 7])
      for (const hours of [1, 23, 25]) {
        const now = early.startAt - hours * HOUR;
        const settings = { quiet: { from: '22:00', to: '07:00' }, remindMinutes: [days * 24 * 60] };
        assert.deepEqual(
          plan(input(settings, {}, { now, events: [early] })).filter(({ kind }) => kind === 'reminder'),
          [],
          `${days} d before, ${hours} h before`,
        );
      }
  });

  it('silences that touch are one: quiet hours, then focus time', () => {
    const focus = block('Focus', { id: 'focus', startAt: utc('2026-12-02 06:00'), endAt: utc('2026-12-02 07:00') });
    const [question] = asked({ quiet: { from: '08:30', to: '07:00' } }, {}, [focus]);
    assert.equal(question?.dueAt, focus.endAt);
  });

  it('news about what was made in quiet hours wait for their end, though they were due before', () => {
    const night = utc('2026-12-01 22:30');
    const quiet = { from: '22:00', to: '07:00' };
    assert.equal(asked({ quiet }, { now: night })[0]?.dueAt, utc('2026-12-02 06:00'));
    assert.equal(asked({}, { now: night })[0]?.dueAt, utc('2026-12-01 08:00'));
    // One plan after the other wants the same.
    assert.equal(asked({ quiet }, { now: night + HOUR })[0]?.dueAt, utc('2026-12-02 06:00'));
  });

  it('what was said stays in the plan, so that its card is kept true while they are silent', () => {
    const startAt = at14.startAt;
    const key = { kind: 'reminder', eventId: 'event-1', startAt, leadMs: 15 * MINUTE };
    const said = [{ ...key, saidAt: startAt - 15 * MINUTE, nudgeId: nudgeId('person-1', key) }];
    const now = startAt - 10 * MINUTE;
    const settings = { pausedUntil: startAt + HOUR };
    assert.equal(reminders(settings, [at14], { now, said }).length, 1);
    assert.equal(reminders(settings, [at14], { now }).length, 0);
  });

  it('nothing is due in a silence, whatever is chosen', () => {
    const anyTime = fc.integer({ min: 0, max: 95 }).map((one) => {
      const minutes = (one % 4) * 15;
      return `${String(Math.floor(one / 4)).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
    });
    fc.assert(
      fc.property(
        fc.option(fc.record({ from: anyTime, to: anyTime }), { nil: null }),
        fc.option(fc.integer({ min: NOW - DAY, max: NOW + 5 * DAY }), { nil: null }),
        fc.option(fc.record({ from: fc.integer({ min: NOW - DAY, max: NOW + DAY }), length: fc.nat(3 * DAY) }), {
          nil: undefined,
        }),
        fc.boolean(),
        fc.array(
          fc.record({
            hour: fc.integer({ min: -12, max: 150 }),
            hours: fc.integer({ min: 1, max: 30 }),
            what: fc.nat(4),
          }),
          { maxLength: 8 },
        ),
        (quiet, pausedUntil, replies, respectAway, entries) => {
          const away = replies && { from: replies.from, to: replies.from + replies.length };
          const events = entries.map(({ hour, hours, what }, index): CalendarEvent => {
            const id = `e${index}`;
            const startAt = NOW + hour * HOUR;
            const endAt = startAt + hours * HOUR;
            if (what === 0) return block('Focus', { id, startAt, endAt });
            if (what === 1) return block('Away', { id, startAt, endAt, showAs: 'oof' });
            return what === 2 ? meeting({ id, startAt, endAt }) : mine({ id, startAt, endAt });
          });
          const given = input({ quiet, pausedUntil, respectAway }, away ? { away } : {}, { events });
          const { full, both } = silencesOf(given, events, NOW + 9 * DAY);
          for (const nudge of plan(given)) {
            const drops = kindNamed(nudge.kind)?.inSilence === 'drop';
            const when = drops ? nudge.dueAt : Math.max(nudge.dueAt, NOW);
            assert.ok(!isSilent(when, drops ? full : both), `${nudge.kind} at ${iso(when)}`);
            assert.ok(nudge.dueAt < nudge.deadlineAt);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('weekdays are nowhere hard-coded: quiet hours hold on each of them (peers.md, “weekdays hard-coded”)', () => {
    const { full } = silencesOf(input({ quiet: { from: '22:00', to: '07:00' } }), [], NOW + 8 * DAY);
    const days = new Set(full.map(({ from }) => new Date(from).getUTCDay()));
    assert.equal(days.size, 7);
  });
});

describe('a silence of days', () => {
  const off = (from: number, to: number) => meeting({ startAt: from, endAt: to, showAs: 'oof', response: 'organizer' });
  const away = (from: number, to: number) => ({ away: { from, to } });
  const since = (settings: ChosenSettings, person: Person = {}, events: CalendarEvent[] = []) =>
    longSilenceSince(input(settings, person), events);

  /** [what, settings, person, entries, since when] */
  const cases: [string, ChosenSettings, Person, CalendarEvent[], number | undefined][] = [
    ['none', {}, {}, [], undefined],
    ['quiet nights are none', { quiet: { from: '22:00', to: '07:00' } }, {}, [], undefined],
    ['of four days is none', {}, away(NOW - 4 * DAY, NOW), [], undefined],
    ['of five days counts', {}, away(NOW - 5 * DAY, NOW), [], NOW - 5 * DAY],
    ['that holds on counts by its whole length', {}, away(NOW - DAY, NOW + 4 * DAY), [], NOW - DAY],
    ['that is still to begin is none yet', {}, away(NOW, NOW + 9 * DAY), [], undefined],
    ['that ended within a day counts', {}, away(NOW - 9 * DAY, NOW - DAY + 1), [], NOW - 9 * DAY],
    ['that ended a day ago is over', {}, away(NOW - 9 * DAY, NOW - DAY), [], undefined],
    ['out of office in the calendar counts', {}, {}, [off(NOW - 7 * DAY, NOW + DAY)], NOW - 7 * DAY],
    ['the longest of several counts', {}, away(NOW - 6 * DAY, NOW), [off(NOW - 8 * DAY, NOW)], NOW - 8 * DAY],
    [
      'of two entries, one after the other, is one',
      {},
      {},
      [off(NOW - 8 * DAY, NOW - 4 * DAY), off(NOW - 4 * DAY, NOW)],
      NOW - 8 * DAY,
    ],
    [
      'of two short ones with a day between is none',
      {},
      {},
      [off(NOW - 8 * DAY, NOW - 4 * DAY), off(NOW - 3 * DAY, NOW)],
      undefined,
    ],
    ['nobody respects is none', { respectAway: false }, away(NOW - 9 * DAY, NOW), [off(NOW - 7 * DAY, NOW)], undefined],
    ['a pause does not say since when it holds', { pausedUntil: NOW + 9 * DAY }, {}, [], undefined],
  ];
  for (const [what, settings, person, events, expected] of cases)
    it(what, () => assert.equal(since(settings, person, events), expected));
});
