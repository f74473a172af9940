/** Rows 1, 4 and 5: what is LIVE, what is DEAD, and when it comes. */
import assert from 'node:assert/strict';
import type { History, Wish } from '../history.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './awake.ts';
import { check } from './check.ts';
import { acked, at, changeOf, gone, historyOf, lineOf, OID, ownLineOf, put, START, sendOf } from './made.ts';

const figuresOf = (patch: Partial<History>) => check(historyOf(patch)).figures;
const startAt = at(1, '10:00');
const due = startAt - 15 * MINUTE_MS;
const meeting = lineOf({ startAt });
const there = put(START, meeting);
const WATCH: Wish = { at: START - DAY_MS, oid: OID, kind: 'watch', on: true };
const DAY_BEFORE = START - DAY_MS + HOUR_MS;

describe('checker: reminders', () => {
  it('passes when nothing was to be said, and when it was said', () => {
    assert.equal(check(historyOf()).pass, true);
    const report = check(historyOf({ truth: [there], sends: [sendOf({ at: due + SECOND_MS, startAt })] }));
    assert.equal(report.pass, true, JSON.stringify(report.findings));
    assert.equal(report.figures['live.reminder'], 1);
    assert.equal(report.figures.p99LatenessMs, 1_000);
  });

  it('counts one as lost that never came, and says whose and which', () => {
    const report = check(historyOf({ truth: [there] }));
    assert.equal(report.figures.lost, 1);
    assert.equal(report.pass, false);
    assert.match(report.findings[0]?.says ?? '', /^Ada: reminder 15 min before "Budget 1".*never came/);
  });

  it('counts one as lost that Teams did not store, or that came after the start', () => {
    assert.equal(
      figuresOf({ truth: [there], sends: [sendOf({ at: due, startAt, stored: false, status: 502 })] }).lost,
      1,
    );
    assert.equal(figuresOf({ truth: [there], sends: [sendOf({ at: startAt, startAt })] }).lost, 0);
    assert.equal(figuresOf({ truth: [there], sends: [sendOf({ at: startAt + 1, startAt })] }).lost, 1);
  });

  it('counts one as lost whose start, event or lead is another', () => {
    for (const wrong of [{ startAt: startAt + HOUR_MS }, { eventId: 'e2' }, { leadMs: 10 * MINUTE_MS }])
      assert.equal(figuresOf({ truth: [there], sends: [sendOf({ at: due, startAt, ...wrong })] }).lost, 1);
  });

  it('wants one for each lead, and none for whoever asked for none', () => {
    const remind = (...minutes: number[]): Wish[] => [WATCH, { at: DAY_BEFORE, oid: OID, kind: 'remind', minutes }];
    assert.equal(figuresOf({ truth: [there], wishes: remind(30, 5) }).lost, 2);
    assert.equal(figuresOf({ truth: [there], wishes: remind() }).lost, 0);
    const sends = [sendOf({ at: startAt + 59_000, startAt, leadMs: 0 })];
    assert.equal(figuresOf({ truth: [there], wishes: remind(0), sends }).lost, 0);
    const late = [sendOf({ at: startAt + 61_000, startAt, leadMs: 0 })];
    assert.equal(figuresOf({ truth: [there], wishes: remind(0), sends: late }).lost, 1);
  });

  it('wants none for what is cancelled, declined, a draft, all day, or not watched', () => {
    const days = { from: '2026-01-13', until: '2026-01-14' };
    for (const patch of [{ isCancelled: true }, { response: 'declined' }, { isDraft: true }, { days }])
      assert.equal(figuresOf({ truth: [put(START, lineOf({ startAt, ...patch }))] })['live.reminder'], 0);
    assert.equal(figuresOf({ truth: [there], wishes: [] })['live.reminder'], 0);
  });

  it('claims what was made at exactly due − L, and nothing that was made later', () => {
    const L = 3 * MINUTE_MS;
    const made = (when: number, isAcked: boolean) =>
      figuresOf({ truth: [put(when, meeting)], notifications: isAcked ? [acked(when, { sentAt: when })] : [] });
    assert.equal(made(due - L, true).lost, 1);
    assert.equal(made(due - L + 1, true).lost, 0);
    assert.equal(made(due - 6 * HOUR_MS - L, false).lost, 1);
    assert.equal(made(due - 6 * HOUR_MS - L + 1, false).lost, 0);
    assert.equal(made(due - HOUR_MS, false)['live.reminder'], 0);
  });

  it('counts the 3 minutes from the first acknowledged sending, and at most to the catch-up', () => {
    const made = due - HOUR_MS;
    const sent = (sentAt: number) =>
      figuresOf({
        truth: [put(made, meeting)],
        notifications: [acked(made, { sentAt }), acked(made, { sentAt: due })],
      });
    assert.equal(sent(due - 3 * MINUTE_MS).lost, 1);
    assert.equal(sent(due - 3 * MINUTE_MS + 1).lost, 0);
    const early = due - 7 * HOUR_MS;
    assert.equal(
      figuresOf({ truth: [put(early, meeting)], notifications: [acked(early, { sentAt: due + HOUR_MS })] }).lost,
      1,
    );
  });

  it('does not claim what changed up to 60 s after due', () => {
    const cancelled = (when: number) =>
      figuresOf({ truth: [there, put(when, lineOf({ startAt, isCancelled: true }))], notifications: [acked(when)] });
    assert.equal(cancelled(due + 60_000)['live.reminder'], 0);
    assert.equal(cancelled(due + 60_001)['live.reminder'], 1);
  });

  it('stays LIVE when something else about the meeting changes', () => {
    assert.equal(figuresOf({ truth: [there, put(due - 1_000, { ...meeting, place: 'Alder' })] }).lost, 1);
  });

  it('knows a short notice as neither LIVE nor DEAD', () => {
    const made = startAt - 5 * MINUTE_MS;
    const patch = { truth: [put(made, meeting)], notifications: [acked(made)] };
    assert.equal(figuresOf(patch)['live.reminder'], 0);
    assert.equal(figuresOf({ ...patch, sends: [sendOf({ at: made + 20_000, startAt })] }).deadNudges, 0);
  });

  it('of a moved meeting wants the new reminder and not the old one', () => {
    const later = startAt + 2 * HOUR_MS;
    const movedAt = due - HOUR_MS;
    const patch = {
      truth: [there, put(movedAt, lineOf({ startAt: later }))],
      notifications: [acked(movedAt)],
      sends: [changeOf('moved', movedAt + 5_000, later)],
    };
    const told = sendOf({ at: later - 15 * MINUTE_MS, startAt: later });
    assert.equal(check(historyOf({ ...patch, sends: [...patch.sends, told] })).pass, true);
    assert.equal(figuresOf(patch).lost, 1);
    const old = sendOf({ at: due, startAt });
    assert.equal(figuresOf({ ...patch, sends: [...patch.sends, told, old] }).deadNudges, 1);
  });

  it('counts a reminder of what never was', () => {
    assert.equal(figuresOf({ sends: [sendOf({ at: due, startAt })] }).deadNudges, 1);
    const sends = [sendOf({ at: due, startAt }), sendOf({ at: startAt + 45 * MINUTE_MS, startAt: startAt + HOUR_MS })];
    assert.equal(figuresOf({ truth: [there], sends }).deadNudges, 1);
  });

  it('counts as dead what was cancelled, declined or deleted at least L before due, to the millisecond', () => {
    const L = 3 * MINUTE_MS;
    const ends = (when: number, isGone: boolean) =>
      figuresOf({
        truth: [there, isGone ? gone(when, 'e1') : put(when, lineOf({ startAt, response: 'declined' }))],
        notifications: [acked(when, { sentAt: when })],
        sends: [sendOf({ at: due, startAt })],
      });
    for (const isGone of [true, false]) {
      assert.equal(ends(due - L, isGone).deadNudges, 1);
      assert.equal(ends(due - L + 1, isGone).deadNudges, 0);
    }
  });

  it('does not count as dead what came early, before the end had to be known, nor what became wanted again', () => {
    const end = due - 7 * MINUTE_MS;
    const patch = { truth: [there, gone(end, 'e1')], notifications: [acked(end, { sentAt: end })] };
    assert.equal(figuresOf({ ...patch, sends: [sendOf({ at: end - 1_000, startAt })] }).deadNudges, 0);
    assert.equal(figuresOf({ ...patch, sends: [sendOf({ at: end + 3 * MINUTE_MS, startAt })] }).deadNudges, 1);
    const again = { ...patch, truth: [...patch.truth, put(startAt - MINUTE_MS, meeting)] };
    assert.equal(figuresOf({ ...again, sends: [sendOf({ at: due, startAt })] }).deadNudges, 0);
  });

  it('reports what was stale when sent, though not DEAD', () => {
    const end = due + MINUTE_MS;
    const patch = { truth: [there, gone(end, 'e1')], notifications: [acked(end, { sentAt: end })] };
    const figures = figuresOf({ ...patch, sends: [sendOf({ at: end + 4 * MINUTE_MS, startAt })] });
    assert.deepEqual([figures.deadNudges, figures.staleSends], [0, 1]);
  });

  it('follows watching as it is switched off and on', () => {
    const wishes = (offAt: number, onAt?: number): Wish[] => [
      WATCH,
      { at: offAt, oid: OID, kind: 'watch', on: false },
      ...(onAt === undefined ? [] : [{ at: onAt, oid: OID, kind: 'watch', on: true } as Wish]),
    ];
    const sends = [sendOf({ at: due, startAt })];
    assert.equal(figuresOf({ truth: [there], wishes: wishes(due - HOUR_MS), subscriptions: [] }).lost, 0);
    assert.equal(figuresOf({ truth: [there], wishes: wishes(due - 3 * MINUTE_MS), sends }).deadNudges, 1);
    assert.equal(figuresOf({ truth: [there], wishes: wishes(due - 3 * MINUTE_MS + 1), sends }).deadNudges, 0);
    assert.equal(figuresOf({ truth: [there], wishes: wishes(due - HOUR_MS, due - 18 * MINUTE_MS) }).lost, 1);
    assert.equal(figuresOf({ truth: [there], wishes: wishes(due - HOUR_MS, due - 17 * MINUTE_MS) }).lost, 0);
  });

  it('takes what was said between the asking and the doing, and claims nothing for it', () => {
    const wish = (when: number, on: boolean): Wish => ({
      at: when,
      askedAt: when - MINUTE_MS,
      oid: OID,
      kind: 'watch',
      on,
    });
    const sends = [sendOf({ at: due, startAt })];
    assert.equal(figuresOf({ truth: [there], wishes: [wish(due + 30_000, true)], sends }).deadNudges, 0);
    assert.equal(figuresOf({ truth: [there], wishes: [wish(due + 61_000, true)], sends }).deadNudges, 1);
    assert.equal(figuresOf({ truth: [there], wishes: [WATCH, wish(due + 2 * MINUTE_MS, false)] }).lost, 0);
    assert.equal(figuresOf({ truth: [there], wishes: [WATCH, wish(due + 2 * MINUTE_MS + 1, false)] }).lost, 1);
  });

  it('skips what was slept through, and wants what can still come in time', () => {
    const patch = { truth: [there] };
    const whole = figuresOf({ ...patch, asleep: [{ from: due - HOUR_MS, to: startAt }] });
    assert.deepEqual([whole.lost, whole.asleepSkipped], [0, 1]);
    const asleep = [{ from: due - HOUR_MS, to: startAt - 5 * MINUTE_MS }];
    assert.equal(figuresOf({ ...patch, asleep }).lost, 1);
    const awake = (ms: number) =>
      figuresOf({ ...patch, asleep, sends: [sendOf({ at: startAt - 5 * MINUTE_MS + ms, startAt })] });
    assert.deepEqual([awake(60_000).lost, awake(60_000).late], [0, 0]);
    assert.equal(awake(60_001).late, 1);
  });

  it('puts off what has to be known by sleep and by token trouble', () => {
    const made = due - 2 * HOUR_MS;
    const patch = { truth: [put(made, meeting)], notifications: [acked(made)] };
    assert.equal(figuresOf(patch).lost, 1);
    assert.equal(figuresOf({ ...patch, asleep: [{ from: made - HOUR_MS, to: due - MINUTE_MS }] }).lost, 0);
    const trouble = (to: number) =>
      figuresOf({ ...patch, tokenTrouble: [{ oid: OID, from: made - HOUR_MS, to }] }).lost;
    assert.equal(trouble(due - 18 * MINUTE_MS), 1);
    assert.equal(trouble(due - 17 * MINUTE_MS), 0);
  });

  it('does not blame the product for what Teams refused for good', () => {
    const refused = (status: number, more: Partial<Parameters<typeof sendOf>[0]> = {}) =>
      figuresOf({
        truth: [there],
        sends: [sendOf({ at: due, startAt, status, stored: false, recorded: false, ...more })],
      });
    for (const status of [400, 403, 413, 500])
      assert.deepEqual([refused(status).lost, refused(status).refusedForGood], [0, 1], String(status));
    for (const status of [0, 404, 412, 429, 502, 503, 504]) assert.equal(refused(status).lost, 1, String(status));
    assert.equal(refused(500, { startAt: startAt + 1 }).lost, 1, 'another one was refused');
  });

  it('skips who can not be reached, and what is open at the end', () => {
    const blocked = figuresOf({ truth: [there], unreachable: [{ oid: OID, from: due - 1, to: due + 1 }] });
    assert.deepEqual([blocked.lost, blocked.unreachableSkipped], [0, 1]);
    assert.equal(figuresOf({ truth: [there], unreachable: [{ oid: 'ben', from: due - 1, to: due + 1 }] }).lost, 1);
    const open = figuresOf({ truth: [there], endedAt: due + 10 * MINUTE_MS - 1 });
    assert.deepEqual([open.lost, open.openAtEnd], [0, 1]);
    assert.equal(figuresOf({ truth: [there], endedAt: due + 10 * MINUTE_MS }).lost, 1);
  });
});

describe('checker: timeliness', () => {
  const late = (ms: number, patch: Partial<History> = {}) =>
    figuresOf({ truth: [there], sends: [sendOf({ at: due + ms, startAt })], ...patch });

  it('takes 60 s and not one millisecond more', () => {
    assert.equal(late(60_000).late, 0);
    assert.equal(late(60_001).late, 1);
  });

  it('takes the earliness window and not one millisecond more', () => {
    assert.equal(late(-8 * MINUTE_MS).early, 0);
    assert.equal(late(-8 * MINUTE_MS - 1).early, 1);
  });

  it('excuses it while Teams answers with errors, and only then', () => {
    assert.equal(late(90_000, { teamsErrors: [due + 10_000] }).late, 0);
    assert.equal(late(90_000, { teamsErrors: [due + 10_000] }).lateExcused, 1);
    assert.equal(late(90_000, { teamsErrors: [due - HOUR_MS, due + 90_001] }).late, 1);
  });

  it('excuses it after a failed attempt of its own', () => {
    const failed = sendOf({ at: due - 7 * MINUTE_MS, startAt, status: 0, stored: false });
    assert.equal(late(90_000, { sends: [failed, sendOf({ at: due + 90_000, startAt })] }).late, 0);
  });

  it('excuses it while the limit of the tenant is used up', () => {
    const others = (perSecond: number) =>
      Array.from({ length: 90 * perSecond }, (_, index) =>
        sendOf({
          at: due + Math.floor((index * SECOND_MS) / perSecond),
          startAt,
          kind: 'other',
          eventId: '',
          facts: { index },
        }),
      );
    const own = sendOf({ at: due + 90_000, startAt });
    assert.equal(late(0, { sends: [...others(48), own] }).late, 0);
    assert.equal(late(0, { sends: [...others(40), own] }).late, 1);
  });

  it('reports the 99th percentile', () => {
    const lines = Array.from({ length: 100 }, (_, index) => lineOf({ id: `e${index}`, startAt }));
    const sends = lines.map((line, index) => sendOf({ eventId: line.id, startAt, at: due + index * 10 }));
    assert.equal(figuresOf({ truth: [put(START, ...lines)], sends }).p99LatenessMs, 980);
  });
});

describe('checker: the question for an agenda', () => {
  const nine = at(0, '09:00');
  const line = ownLineOf({ startAt });
  const remind: Wish = { at: DAY_BEFORE, oid: OID, kind: 'remind', minutes: [] };
  const of = (patch: Partial<History>) =>
    figuresOf({ truth: [put(START, line)], ...patch, wishes: [WATCH, remind, ...(patch.wishes ?? [])] });
  const asked = (when: number, patch = {}) => sendOf({ kind: 'agenda', leadMs: 0, at: when, startAt, ...patch });

  it('comes at nine on the day before', () => {
    assert.deepEqual([of({}).lost, of({ sends: [asked(nine)] }).lost], [1, 0]);
    assert.equal(of({ sends: [asked(nine + 61_000)] }).late, 1);
    assert.equal(of({ sends: [asked(nine - 9 * MINUTE_MS)] }).early, 1);
  });

  it('is asked of organisers of meetings with others and without an agenda', () => {
    const none = [
      lineOf({ startAt, agenda: '' }),
      ownLineOf({ startAt, agenda: 'Numbers' }),
      ownLineOf({ startAt, attendees: [] }),
      ownLineOf({ startAt, attendees: ['room.alder@company.example|resource|accepted'] }),
    ];
    for (const other of none) {
      assert.equal(of({ truth: [put(START, other)] }).lost, 0);
      assert.equal(of({ truth: [put(START, other)], sends: [asked(nine)] }).deadNudges, 1);
    }
  });

  it('is not asked after "no agenda needed", for the line or its series', () => {
    const inSeries = { ...line, seriesId: 's1' };
    for (const eventId of ['e1', 's1']) {
      const wishes: Wish[] = [{ at: nine - HOUR_MS, oid: OID, kind: 'noAgenda', eventId }];
      const patch = { truth: [put(START, inSeries)], wishes };
      assert.equal(of(patch).lost, 0);
      assert.equal(of({ ...patch, sends: [asked(nine)] }).deadNudges, 1);
    }
  });

  it('comes at once for what is made later', () => {
    const made = at(0, '15:00');
    const patch = { truth: [put(made, { ...line, createdAt: made })], notifications: [acked(made)] };
    assert.equal(of(patch).lost, 1);
    const inTime = of({ ...patch, sends: [asked(made + 30_000)] });
    assert.deepEqual([inTime.lost, inTime.late, inTime['live.agenda']], [0, 0, 1]);
    assert.equal(of({ ...patch, sends: [asked(made + 6 * MINUTE_MS)] }).late, 1);
  });

  it('claims nothing that was due before watching began, and asks for one of these alone', () => {
    const on = at(0, '12:00');
    const truth = [put(START, line, ownLineOf({ id: 'e2', startAt: startAt + HOUR_MS }))];
    const history = historyOf({
      truth,
      wishes: [
        { at: on, oid: OID, kind: 'watch', on: true },
        { ...remind, at: on + 1 },
      ],
    });
    assert.equal(check(history).figures['live.agenda'], 0);
    const one = asked(on + 5_000);
    assert.equal(check({ ...history, sends: [one] }).figures.askedBeyondNext, 0);
    const two = asked(on + HOUR_MS, { eventId: 'e2', startAt: startAt + HOUR_MS });
    const report = check({ ...history, sends: [one, two] });
    assert.equal(report.figures.askedBeyondNext, 1);
    assert.equal(report.pass, false);
  });

  it('is not asked again within three days when the meeting moves', () => {
    const movedAt = nine + HOUR_MS;
    const later = startAt + 2 * HOUR_MS;
    const patch = {
      truth: [put(START, line), put(movedAt, ownLineOf({ startAt: later }))],
      notifications: [acked(movedAt)],
    };
    const once = of({ ...patch, sends: [asked(nine)] });
    assert.deepEqual([once.lost, once.deadNudges], [0, 0]);
    const again = asked(movedAt + MINUTE_MS, { startAt: later });
    assert.equal(of({ ...patch, sends: [asked(nine), again] }).deadNudges, 1);
  });

  it('is claimed by the zone that a traveller is in, a day after the journey', () => {
    const travels = { at: START - 6 * HOUR_MS, oid: OID, put: [], gone: [], cause: 'travels to America/New_York' };
    assert.equal(of({ truth: [travels, put(START, line)] }).zoneUnclear, 1);
    const settled = { ...travels, at: START - 2 * DAY_MS };
    const figures = of({ truth: [settled, put(START, line)], sends: [asked(at(0, '14:00'))] });
    assert.deepEqual([figures.lost, figures.late, figures.early], [0, 0, 0]);
    assert.equal(of({ truth: [settled, put(START, line)], sends: [asked(at(0, '09:00'))] }).early, 1);
  });
});
