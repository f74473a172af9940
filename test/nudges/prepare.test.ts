import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import type { Said } from '../../src/nudges/nudge.ts';
import { plan } from '../../src/nudges/plan.ts';
import { MOST_PREPARED, type PrepareFacts } from '../../src/nudges/prepare.ts';
import { allDay, attendee, DAY, HOUR, MINUTE, meeting, NOW, planInput, shuffled, utc } from '../support/events.ts';

type Given = NonNullable<Parameters<typeof planInput>[0]>;
const nudges = (events: CalendarEvent[], more: Given = {}) =>
  plan(planInput({ events, ...more })).filter((nudge) => nudge.kind === 'prepare');
const factsOf = (events: CalendarEvent[], more: Given = {}) =>
  nudges(events, more)[0]?.facts as unknown as PrepareFacts | undefined;
/** Tomorrow, 14:00 UTC, with an agenda, accepted. */
const tomorrow = (more: Partial<CalendarEvent> = {}) => meeting({ startAt: utc('2026-12-02 14:00'), ...more });
const bare = (more: Partial<CalendarEvent> = {}) => tomorrow({ agenda: [], ...more });

describe('preparation', () => {
  it('is told of at five in the evening before, until the first of the meetings begins', () => {
    const [nudge, ...more] = nudges([tomorrow(), tomorrow({ id: 'early', startAt: utc('2026-12-02 08:30') })]);
    assert.deepEqual(more, []);
    assert.equal(nudge?.dueAt, utc('2026-12-01 16:00'));
    assert.equal(nudge?.earliestAt, nudge?.dueAt);
    assert.equal(nudge?.deadlineAt, utc('2026-12-02 08:30'));
    assert.equal(nudge?.eventId, '');
    assert.equal(nudge?.startAt, utc('2026-12-01 23:00'), 'midnight in Berlin');
    assert.equal(nudge?.mark, '2026-12-02');
    assert.deepEqual(
      factsOf([tomorrow(), tomorrow({ id: 'early', startAt: utc('2026-12-02 08:30') })])?.rows.map(
        (row) => row.eventId,
      ),
      ['early', 'event-1'],
    );
  });

  /** [meeting, now, due] */
  const days: [string, string, string, string][] = [
    ['2026-12-02 02:00', '2026-12-01 08:00', 'America/New_York', '2026-11-30 22:00'],
    ['2026-12-02 23:30', '2026-12-01 08:00', 'Europe/Berlin', '2026-12-02 16:00'],
    // Clocks are set forward that night, and back on the other.
    ['2026-03-29 12:00', '2026-03-28 08:00', 'Europe/Berlin', '2026-03-28 16:00'],
    ['2026-03-30 12:00', '2026-03-29 08:00', 'Europe/Berlin', '2026-03-29 15:00'],
    ['2026-10-25 12:00', '2026-10-24 08:00', 'Europe/Berlin', '2026-10-24 15:00'],
    ['2026-10-26 12:00', '2026-10-25 08:00', 'Europe/Berlin', '2026-10-25 16:00'],
    // A Monday's is told of on Sunday.
    ['2026-12-07 12:00', '2026-12-06 08:00', 'Europe/Berlin', '2026-12-06 16:00'],
  ];
  for (const [start, now, timeZone, due] of days)
    it(`of ${start} is told of at ${due} UTC in ${timeZone}`, () => {
      const found = nudges([tomorrow({ startAt: utc(start) })], {
        now: utc(now),
        person: { timeZone, watchSince: utc('2025-01-01 00:00') },
      });
      assert.deepEqual(
        found.map((nudge) => nudge.dueAt),
        [utc(due)],
      );
    });

  /** [what, meeting, listed] */
  const cases: [string, CalendarEvent, boolean][] = [
    ['with an agenda', tomorrow(), true],
    ['with files', bare({ hasAttachments: true }), true],
    ['not answered yet', bare({ response: 'notResponded' }), true],
    ['never answered', bare({ response: 'none' }), true],
    ['with nothing to do for it', bare(), false],
    ['tentative, with nothing to do for it', bare({ response: 'tentative' }), false],
    ['declined', tomorrow({ response: 'declined' }), false],
    ['cancelled', tomorrow({ isCancelled: true }), false],
    ['a draft', tomorrow({ isDraft: true }), false],
    ['mine', tomorrow({ isOrganizer: true, response: 'organizer' }), false],
    ['alone', tomorrow({ attendees: [] }), false],
    ['with a room alone', tomorrow({ attendees: [attendee('Room', { type: 'resource' })] }), false],
    ['all day', allDay('2026-12-02', '2026-12-03'), false],
    ['in a calendar that somebody shares', tomorrow({ calendarId: 'shared' }), false],
    ['a series’ head', tomorrow({ type: 'master' }), false],
    ['an occurrence', tomorrow({ type: 'occurrence', seriesMasterId: 'series' }), true],
    ['an exception', tomorrow({ type: 'exception', seriesMasterId: 'series' }), true],
    ['today', tomorrow({ startAt: utc('2026-12-01 14:00') }), false],
    ['moved into the past', tomorrow({ startAt: NOW - DAY }), false],
    ['since yesterday', tomorrow({ startAt: utc('2026-12-01 22:00'), endAt: utc('2026-12-02 10:00') }), false],
    ['that came after the evening', tomorrow({ createdAt: utc('2026-12-01 16:01') }), false],
    ['that came before', tomorrow({ createdAt: utc('2026-12-01 15:59') }), true],
  ];
  for (const [what, event, isListed] of cases)
    it(`${isListed ? 'lists' : 'leaves out'} what is ${what}`, () => {
      const watchSince = NOW - DAY / 2;
      assert.equal(nudges([event], { person: { watchSince } }).length, isListed ? 1 : 0);
    });

  it('says what there is to do', () => {
    const rows = factsOf([
      tomorrow({ agenda: ['a', 'b', 'c', 'd'] }),
      bare({ id: 'files', hasAttachments: true, webLink: 'https://outlook.office365.com/1' }),
      bare({ id: 'open', response: 'notResponded', webLink: 'https://outlook.office365.com/2' }),
    ])?.rows;
    const { startAt, endAt } = tomorrow();
    const row = { startAt, endAt, subject: 'Planning', response: 'accepted' };
    assert.deepEqual(rows, [
      { ...row, eventId: 'event-1', agenda: ['a', 'b', 'c'] },
      { ...row, eventId: 'files', agenda: [], hasFiles: true, webLink: 'https://outlook.office365.com/1' },
      { ...row, eventId: 'open', agenda: [], isOpen: true, response: 'notResponded' },
    ]);
  });

  it('is bounded, and says how many more there are', () => {
    const many = Array.from({ length: 14 }, (_, index) =>
      tomorrow({ id: `e${index}`, startAt: tomorrow().startAt + index * MINUTE }),
    );
    const facts = factsOf(shuffled(many, 5));
    assert.equal(facts?.rows.length, MOST_PREPARED);
    assert.equal(facts?.more, 4);
    assert.equal(facts?.rows[9]?.eventId, 'e9');
  });

  it('hides what is private, and leaves out what is muted', () => {
    const secret = tomorrow({
      sensitivity: 'private',
      hasAttachments: true,
      webLink: 'https://outlook.office365.com/1',
    });
    const rows = (event: CalendarEvent, settings: object) => factsOf([event], { person: { settings } })?.rows;
    const [hidden] = rows(secret, { private: 'discreet' }) ?? [];
    assert.equal(hidden?.subject, 'Private appointment');
    assert.deepEqual([hidden?.agenda, hidden?.webLink, hidden?.hasFiles], [[], undefined, true]);
    assert.equal(
      rows(tomorrow({ sensitivity: 'private' }), { private: 'discreet' }),
      undefined,
      'nothing is left to say',
    );
    assert.equal(rows(secret, { private: 'skip' }), undefined);
    assert.equal(rows(tomorrow(), { mutedSeries: [{ id: 'event-1', name: '' }] }), undefined);
    assert.equal(rows(tomorrow(), { kinds: { prepare: false } }), undefined);
  });

  it('comes late rather than never, but once', () => {
    const now = utc('2026-12-02 06:00');
    const [late] = nudges([tomorrow()], { now });
    assert.equal(late?.dueAt, utc('2026-12-01 16:00'));
    assert.ok(late);
    const said: Said[] = [{ ...late, saidAt: utc('2026-12-01 16:00') }];
    assert.deepEqual(nudges([tomorrow()], { now, said }), []);
    // The same day by another clock.
    assert.deepEqual(nudges([tomorrow()], { now, said, person: { timeZone: 'America/New_York' } }), []);
    assert.deepEqual(nudges([tomorrow()], { now: tomorrow().startAt }), [], 'the first has begun');
  });

  it('is not made up for when watching begins later', () => {
    const at = (now: string, since: string) =>
      nudges([tomorrow()], { now: utc(now), person: { watchSince: utc(since) } }).length;
    assert.equal(at('2026-12-01 16:30', '2026-12-01 16:20'), 0);
    assert.equal(at('2026-12-01 16:30', '2026-12-01 15:59'), 1);
  });

  it('waits for the end of a silence', () => {
    const [nudge] = nudges([tomorrow()], { person: { settings: { quiet: { from: '16:00', to: '07:00' } } } });
    assert.equal(nudge?.dueAt, utc('2026-12-02 06:00'));
    assert.deepEqual(nudges([tomorrow()], { person: { settings: { pausedUntil: tomorrow().startAt } } }), []);
  });

  it('is one a day whatever is planned when', () => {
    const anyDays = fc.array(fc.integer({ min: 0, max: 6 * 24 }), { maxLength: 8 });
    fc.assert(
      fc.property(anyDays, fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 8 }), (hours, steps) => {
        const events = hours.map((one, index) => tomorrow({ id: `e${index}`, startAt: NOW + one * HOUR }));
        const said: Said[] = [];
        let now = NOW;
        for (const step of [0, ...steps]) {
          now += step * HOUR;
          for (const nudge of nudges(events, { now, said })) {
            const { date, rows } = nudge.facts as unknown as PrepareFacts;
            assert.equal(date, nudge.mark);
            assert.ok(rows.length > 0 && rows.every((row) => row.startAt >= nudge.deadlineAt));
            if (nudge.dueAt <= now) said.push({ ...nudge, saidAt: now });
          }
        }
        assert.equal(new Set(said.map((one) => one.startAt)).size, said.length);
      }),
    );
  });
});
