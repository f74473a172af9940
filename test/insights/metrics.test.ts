import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { USUAL_HOURS } from '../../src/calendar/working-hours.ts';
import { breakdownOf, costOf, MOST_ROWS } from '../../src/insights/breakdown.ts';
import { datesOf, daysOf, type Figures, figuresOf, workingTime } from '../../src/insights/metrics.ts';
import { periodBetween } from '../../src/insights/period.ts';
import { common, doubled, lengthOf, united, without } from '../../src/insights/spans.ts';
import { attendee, DAY, HOUR, MINUTE, meeting, shuffled, utc } from '../support/events.ts';
import { BERLIN, HAND_DAYS, HAND_FIGURES, HAND_WEEK, MIA, WEEK } from './hand-week.ts';

describe('figures of a week', () => {
  it('are those that were computed by hand', () => assert.deepEqual(figuresOf(HAND_WEEK, WEEK, BERLIN), HAND_FIGURES));

  it('by day, too', () => assert.deepEqual(daysOf(HAND_WEEK, WEEK, BERLIN), HAND_DAYS));

  it('by person, by series and by category', () => {
    const of = (by: 'person' | 'series' | 'category') =>
      breakdownOf(HAND_WEEK, WEEK, by, MIA.address).rows.map(({ name, ms, meetings }) => [name, ms / MINUTE, meetings]);
    // Bob is in A and B at once: 9:00 to 11:00 counts once.
    assert.deepEqual(of('person'), [
      ['Ann Organiser', 390, 5],
      ['Bob Guest', 390, 5],
      ['Cem Guest', 90, 1],
      ['Zoe Customer', 90, 1],
    ]);
    assert.deepEqual(of('series'), [
      ['Single meetings', 465, 6],
      ['Bob and Mia', 60, 1],
      ['Stand-up', 60, 1],
    ]);
    assert.deepEqual(of('category'), [
      ['No category', 435, 6],
      ['Customer', 120, 2],
      ['Red', 90, 1],
    ]);
  });

  it('what my meetings cost: B 1:30 × 2 (Cem said nothing), N 1 h × 2', () =>
    assert.deepEqual(costOf(HAND_WEEK, WEEK), {
      meetings: 2,
      costMs: 5 * HOUR,
      invitedMs: 6.5 * HOUR,
      rows: [
        { name: 'Meeting B', ms: 3 * HOUR, meetings: 1 },
        { name: 'Bob and Mia', ms: 2 * HOUR, meetings: 1 },
      ],
      more: 0,
    }));

  it('of nothing are nothing', () => {
    const { workingMs, focusMs, focusBlocks, averageSize, ...rest } = figuresOf([], WEEK, BERLIN);
    assert.deepEqual([workingMs, focusMs, focusBlocks, averageSize], [45 * HOUR, 45 * HOUR, 5, null]);
    assert.ok(Object.values(rest).every((value) => value === 0));
  });

  it('list fifteen groups at most, and say how many there are beside', () => {
    const attendees = Array.from({ length: 20 }, (_, index) => attendee(`Guest ${String.fromCharCode(97 + index)}`));
    const { rows, more } = breakdownOf([meeting({ attendees })], WEEK, 'person', MIA.address);
    assert.deepEqual([rows.length, more], [MOST_ROWS, 6]);
  });
});

describe('hours where clocks change', () => {
  const of = (zone: string, start: string, end: string) => {
    const worker = { timeZone: zone, workingHours: USUAL_HOURS };
    return { worker, period: periodBetween(start, end, zone) };
  };
  // A night shift from Saturday 22:00 to Sunday 06:00.
  const night = { days: [6], start: '22:00', end: '06:00' };
  const cases: [string, string, string, string, number, number][] = [
    ['Berlin in autumn: a week of 169 hours', 'Europe/Berlin', '2026-10-19', '2026-10-26', 169, 9],
    ['Berlin in spring: a week of 167 hours', 'Europe/Berlin', '2026-03-23', '2026-03-30', 167, 7],
    ['Lord Howe: half an hour', 'Australia/Lord_Howe', '2026-03-30', '2026-04-06', 168.5, 8.5],
    ['Kathmandu: none', 'Asia/Kathmandu', '2026-10-19', '2026-10-26', 168, 8],
  ];
  for (const [name, zone, start, end, weekHours, nightHours] of cases)
    it(name, () => {
      const { worker, period } = of(zone, start, end);
      assert.equal(period.to - period.from, weekHours * HOUR);
      assert.equal(lengthOf(workingTime(period, worker)), 45 * HOUR);
      const atNight = { ...worker, workingHours: night };
      assert.equal(lengthOf(workingTime(period, atNight)), nightHours * HOUR);
      const all = meeting({ startAt: period.to - 20 * HOUR, endAt: period.to - HOUR });
      const figures = figuresOf([all], period, worker);
      assert.deepEqual([figures.meetingMs, figures.afterHoursMs], [19 * HOUR, 19 * HOUR]);
    });

  it('a meeting across midnight at the end of the week is in both weeks by its parts, and counted where it begins', () => {
    const across = meeting({ startAt: utc('2026-12-06 22:00'), endAt: utc('2026-12-07 01:00') });
    const next = periodBetween('2026-12-07', '2026-12-14', BERLIN.timeZone);
    const [one, other] = [figuresOf([across], WEEK, BERLIN), figuresOf([across], next, BERLIN)];
    assert.deepEqual([one.meetingMs, one.meetings, other.meetingMs, other.meetings], [HOUR, 1, 2 * HOUR, 0]);
  });
});

const anyEvent: fc.Arbitrary<CalendarEvent> = fc
  .record({
    // Few ids: some of them twice would be one entry.
    at: fc.integer({ min: -3 * 96, max: 10 * 96 }),
    quarters: fc.integer({ min: 0, max: 100 }),
    isOrganizer: fc.boolean(),
    response: fc.constantFrom('accepted' as const, 'accepted' as const, 'declined' as const, 'tentative' as const),
    showAs: fc.constantFrom('busy' as const, 'busy' as const, 'free' as const, 'oof' as const),
    people: fc.nat(3),
    series: fc.option(fc.constantFrom('s1', 's2'), { nil: undefined }),
  })
  .map(({ at, quarters, people, series, ...rest }) =>
    meeting({
      ...rest,
      startAt: WEEK.from + at * 15 * MINUTE,
      endAt: WEEK.from + (at + quarters) * 15 * MINUTE,
      attendees: [MIA, ...Array.from({ length: people }, (_, index) => attendee(`Guest ${'abc'[index]}`))],
      ...(series ? { seriesMasterId: series, type: 'occurrence' as const } : {}),
    }),
  );
const anyEvents = fc
  .array(anyEvent, { maxLength: 30 })
  .map((events) => events.map((event, index) => ({ ...event, id: `event-${index}` })));

describe('figures, whatever the calendar', () => {
  const holds = (check: (events: CalendarEvent[], figures: Figures, seed: number) => void) =>
    fc.assert(
      fc.property(anyEvents, fc.nat(), (events, seed) => check(events, figuresOf(events, WEEK, BERLIN), seed)),
      { numRuns: 100 },
    );

  it('no hours exceed the week, nor the hours in meetings', () =>
    holds((_events, figures) => {
      const { meetingMs, focusMs, workingMs, afterHoursMs } = figures;
      assert.ok(meetingMs <= WEEK.to - WEEK.from && afterHoursMs <= WEEK.to - WEEK.from - workingMs);
      for (const name of ['oneToOneMs', 'recurringMs', 'organisedMs', 'conflictingMs', 'afterHoursMs'] as const)
        assert.ok(figures[name] >= 0 && figures[name] <= meetingMs, name);
      assert.ok(focusMs + meetingMs - afterHoursMs <= workingMs);
      assert.ok(focusMs >= figures.focusBlocks * 2 * HOUR);
    }));

  it('a second copy of an entry changes nothing, nor does the order', () =>
    holds((events, figures, seed) =>
      assert.deepEqual(figuresOf(shuffled([...events, ...events], seed), WEEK, BERLIN), figures),
    ));

  it('one meeting more never makes fewer hours in meetings, nor more of focus', () =>
    holds((events, figures, seed) => {
      const extra = meeting({ id: 'extra', startAt: WEEK.from + (seed % 600) * 15 * MINUTE });
      const more = figuresOf([...events, extra], WEEK, BERLIN);
      assert.ok(more.meetingMs >= figures.meetingMs && more.focusMs <= figures.focusMs);
      assert.ok(more.meetingMs <= figures.meetingMs + 30 * MINUTE);
    }));

  it('days add up to the week, and two halves to the whole', () =>
    holds((events, figures) => {
      const days = daysOf(events, WEEK, BERLIN);
      const sum = (of: (day: (typeof days)[number]) => number) => days.reduce((all, day) => all + of(day), 0);
      assert.deepEqual(
        [sum((day) => day.meetingMs), sum((day) => day.afterHoursMs)],
        [figures.meetingMs, figures.afterHoursMs],
      );
      const halves = [
        periodBetween('2026-11-30', '2026-12-03', BERLIN.timeZone),
        periodBetween('2026-12-03', '2026-12-07', BERLIN.timeZone),
      ].map((half) => figuresOf(events, half, BERLIN));
      for (const name of ['meetings', 'meetingMs', 'oneToOneMs', 'conflictingMs', 'afterHoursMs', 'workingMs'] as const)
        assert.equal((halves[0]?.[name] ?? 0) + (halves[1]?.[name] ?? 0), figures[name], name);
    }));

  it('groups of series cover the hours; each person’s are no more than all', () =>
    holds((events, figures) => {
      const series = breakdownOf(events, WEEK, 'series').rows;
      assert.ok(series.reduce((all, row) => all + row.ms, 0) >= figures.meetingMs);
      for (const row of [...series, ...breakdownOf(events, WEEK, 'person', MIA.address).rows])
        assert.ok(row.ms <= figures.meetingMs, row.name);
    }));
});

describe('sets of time, against a minute-by-minute count', () => {
  const anySpans = fc.array(
    fc.tuple(fc.nat(60), fc.nat(20)).map(([from, length]) => ({ from, to: from + length })),
    { maxLength: 8 },
  );
  const count = (spans: { from: number; to: number }[], minute: number) =>
    spans.filter(({ from, to }) => from <= minute && minute < to).length;
  const minutesOf = (spans: { from: number; to: number }[]) =>
    Array.from({ length: 90 }, (_, minute) => count(spans, minute) > 0);
  it('agree', () =>
    fc.assert(
      fc.property(anySpans, anySpans, (one, other) => {
        const all = Array.from({ length: 90 }, (_, minute) => minute);
        assert.deepEqual(
          minutesOf(united(one)),
          all.map((minute) => count(one, minute) > 0),
        );
        assert.deepEqual(
          minutesOf(doubled(one)),
          all.map((minute) => count(one, minute) > 1),
        );
        const [a, b] = [united(one), united(other)];
        assert.deepEqual(
          minutesOf(common(a, b)),
          all.map((minute) => count(a, minute) > 0 && count(b, minute) > 0),
        );
        assert.deepEqual(
          minutesOf(without(a, b)),
          all.map((minute) => count(a, minute) > 0 && count(b, minute) === 0),
        );
        assert.equal(lengthOf(a), minutesOf(a).filter(Boolean).length);
      }),
      { numRuns: 150 },
    ));
  it('dates of a period are its days', () =>
    assert.deepEqual(datesOf({ from: WEEK.from, to: WEEK.from + 2 * DAY }, 'Europe/Berlin'), [
      '2026-11-30',
      '2026-12-01',
    ]));
});
