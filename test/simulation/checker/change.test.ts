/** Rows 1, 2 and 4 for notices of changes. */
import assert from 'node:assert/strict';
import type { History, Wish } from '../history.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './awake.ts';
import { check } from './check.ts';
import { acked, at, changeOf, chose, gone, historyOf, lineOf, OID, ownLineOf, put, START, sendOf } from './made.ts';

const WISHES: Wish[] = [
  { at: START - DAY_MS, oid: OID, kind: 'watch', on: true },
  { at: START - DAY_MS, oid: OID, kind: 'remind', minutes: [] },
];
const figuresOf = (patch: Partial<History>) => check(historyOf({ wishes: WISHES, ...patch })).figures;

const startAt = at(1, '10:00');
const later = startAt + HOUR_MS;
const movedAt = at(0, '12:00');
const truth = [put(START - 2 * DAY_MS, lineOf({ startAt })), put(movedAt, lineOf({ startAt: later }))];
const notifications = [acked(movedAt, { sentAt: movedAt })];
const known = movedAt + 3 * MINUTE_MS;
const moved = { truth, notifications };

describe('checker: notices of changes', () => {
  it('wants a move told, once, with the new start', () => {
    assert.equal(figuresOf(moved)['lost.change'], 1);
    const told = figuresOf({ ...moved, sends: [changeOf('moved', movedAt + 5_000, later)] });
    assert.deepEqual([told.lost, told['live.change'], told.late, told.deadNudges], [0, 1, 0, 0]);
    assert.equal(figuresOf({ ...moved, sends: [changeOf('moved', movedAt + 5_000, startAt)] }).lost, 1);
    assert.equal(figuresOf({ ...moved, sends: [changeOf('cancelled', movedAt + 5_000, later)] }).lost, 1);
    assert.equal(figuresOf({ ...moved, sends: [changeOf('moved', movedAt - 5_000, later)] }).lost, 1);
  });

  it('counts it as late 60 s after L, and as lost after the start', () => {
    const told = (when: number) => figuresOf({ ...moved, sends: [changeOf('moved', when, later)] });
    assert.equal(told(known + 60_000).late, 0);
    assert.equal(told(known + 60_001).late, 1);
    assert.equal(told(startAt).lost, 0);
    assert.equal(told(startAt + 1).lost, 1);
  });

  it('takes the word of a message about an interruption', () => {
    const blind = (facts: object) =>
      figuresOf({
        ...moved,
        sends: [sendOf({ kind: 'blind', eventId: '', at: movedAt + MINUTE_MS, startAt: 0, facts: { ...facts } })],
      }).lost;
    assert.equal(blind({ changes: [{ change: 'moved', eventId: 'e1', startAt: later }], more: 0 }), 0);
    assert.equal(blind({ changes: [{ change: 'moved', eventId: 'e2', startAt: later }], more: 0 }), 1);
    assert.equal(blind({ changes: [], more: 3 }), 0);
  });

  it("wants an organiser's cancelling told, an own deletion if asked for, but not the tidying of an invitee", () => {
    const cancelled = [truth[0], put(movedAt, lineOf({ startAt, isCancelled: true }))].flatMap((one) => one ?? []);
    assert.equal(figuresOf({ truth: cancelled, notifications }).lost, 1);
    assert.equal(
      figuresOf({ truth: cancelled, notifications, sends: [changeOf('cancelled', known, startAt)] }).lost,
      0,
    );
    const own = [put(START - 2 * DAY_MS, ownLineOf({ startAt, agenda: 'x' })), gone(movedAt, 'e1')];
    const asked = [...WISHES, chose({ remindMinutes: [], tellOwnChanges: true })];
    assert.equal(figuresOf({ truth: own, notifications, wishes: asked }).lost, 1);
    assert.equal(figuresOf({ truth: own, notifications }).lost, 0);
    const told = changeOf('cancelled', known, startAt);
    assert.equal(figuresOf({ truth: own, notifications, sends: [told], wishes: asked }).deadNudges, 0);
    assert.equal(figuresOf({ truth: own, notifications, sends: [told] }).deadNudges, 1);
    const tidied = [put(START - 2 * DAY_MS, lineOf({ startAt })), gone(movedAt, 'e1')];
    assert.equal(figuresOf({ truth: tidied, notifications }).lost, 0);
    assert.equal(
      figuresOf({ truth: tidied, notifications, sends: [changeOf('cancelled', known, startAt)] }).deadNudges,
      1,
    );
  });

  it('claims nothing about what was declined, a draft, over, far away, or changed while nobody watched', () => {
    const of = (patch: object, when = movedAt) =>
      figuresOf({
        truth: [
          put(START - 2 * DAY_MS, lineOf({ startAt, ...patch })),
          put(when, lineOf({ startAt: later, ...patch })),
        ],
        notifications: [acked(when)],
      })['live.change'];
    assert.equal(of({}), 1);
    assert.equal(of({ response: 'declined' }), 0);
    assert.equal(of({ isDraft: true }), 0);
    assert.equal(of({ isCancelled: true }), 0);
    assert.equal(of({ endAt: startAt + 30 * MINUTE_MS }, at(1, '11:00')), 0);
    const far = startAt + 40 * DAY_MS;
    const away = figuresOf({
      truth: [put(START - 2 * DAY_MS, lineOf({ startAt: far })), put(movedAt, lineOf({ startAt: far + HOUR_MS }))],
    });
    assert.deepEqual([away['live.change'], away.changesFarAhead], [0, 1]);
    assert.equal(figuresOf({ ...moved, wishes: [] })['live.change'], 0);
    const on: Wish[] = [{ at: movedAt + MINUTE_MS, oid: OID, kind: 'watch', on: true }];
    assert.equal(figuresOf({ ...moved, wishes: on })['live.change'], 0);
  });

  it('claims only what lasted for L: back within it, and nothing has to be told', () => {
    const back = (when: number) =>
      figuresOf({
        truth: [...truth, put(when, lineOf({ startAt }))],
        notifications: [...notifications, acked(when, { sentAt: when })],
      });
    assert.deepEqual([back(known - 1)['live.change'], back(known - 1).changesUnclear], [0, 1]);
    assert.equal(back(known)['live.change'], 2);
  });

  it('of two edits within seconds wants the last', () => {
    const last = startAt + 2 * HOUR_MS;
    const twice = {
      truth: [...truth, put(movedAt + 5_000, lineOf({ startAt: last }))],
      notifications: [acked(movedAt + 5_000, { sentAt: movedAt + 5_000 })],
    };
    assert.equal(figuresOf({ ...twice, sends: [changeOf('moved', movedAt + 3_000, later)] }).lost, 1);
    const told = figuresOf({ ...twice, sends: [changeOf('moved', movedAt + 8_000, last)] });
    assert.deepEqual([told.lost, told.changesUnclear], [0, 1]);
  });

  it('takes one notice for a series', () => {
    const lines = (shift: number) =>
      [0, 1, 2].map((day) =>
        lineOf({ id: `e${day}`, seriesId: 's1', type: 'occurrence', startAt: startAt + day * DAY_MS + shift }),
      );
    const series = { truth: [put(START - 2 * DAY_MS, ...lines(0)), put(movedAt, ...lines(HOUR_MS))], notifications };
    assert.equal(figuresOf(series).lost, 3);
    const sends = [changeOf('moved', known, later, { eventId: 's1', facts: { occurrences: 3 } })];
    assert.deepEqual([figuresOf({ ...series, sends }).lost, figuresOf({ ...series, sends }).deadNudges], [0, 0]);
    assert.equal(figuresOf({ ...series, sends: [changeOf('moved', known, later, { eventId: 'e0' })] }).lost, 2);
  });

  it('takes a series on other days, whose lines have other ids, for moved', () => {
    const line = (id: string, when: number) => lineOf({ id, seriesId: 's1', type: 'occurrence', startAt: when });
    const series = {
      truth: [
        put(START - 2 * DAY_MS, line('e1', startAt)),
        { at: movedAt, oid: OID, put: [line('e2', startAt + DAY_MS)], gone: ['e1'], cause: 'moved' },
      ],
      notifications,
    };
    assert.equal(figuresOf(series).lost, 1);
    const sends = [changeOf('moved', known, startAt + DAY_MS, { eventId: 'e2' })];
    assert.deepEqual([figuresOf({ ...series, sends }).lost, figuresOf({ ...series, sends }).deadNudges], [0, 0]);
  });

  it('tells whole days by their days', () => {
    const allDay = (startOfDay: number, from: string, until: string) =>
      lineOf({ startAt: startOfDay, days: { from, until } });
    const from = put(START - 2 * DAY_MS, allDay(at(1, '00:00'), '2026-01-13', '2026-01-14'));
    const zoneOnly = put(movedAt, allDay(at(1, '05:00'), '2026-01-13', '2026-01-14'));
    assert.equal(figuresOf({ truth: [from, zoneOnly], notifications })['live.change'], 0);
    const other = put(movedAt, allDay(at(1, '23:00'), '2026-01-14', '2026-01-15'));
    const utc = Date.parse('2026-01-14T00:00:00Z');
    assert.equal(figuresOf({ truth: [from, other], notifications }).lost, 1);
    assert.equal(figuresOf({ truth: [from, other], notifications, sends: [changeOf('moved', known, utc)] }).lost, 0);
  });

  it('counts notices of what never happened, and of what happened while watching was off', () => {
    const still = { truth: [put(START - 2 * DAY_MS, lineOf({ startAt }))] };
    assert.equal(figuresOf({ ...still, sends: [changeOf('moved', movedAt, later)] }).deadNudges, 1);
    assert.equal(figuresOf({ ...still, sends: [changeOf('cancelled', movedAt, startAt)] }).deadNudges, 1);
    const off: Wish[] = [...WISHES, { at: movedAt - HOUR_MS, oid: OID, kind: 'watch', on: false }];
    assert.equal(figuresOf({ ...moved, wishes: off, sends: [changeOf('moved', movedAt + 1, later)] }).deadNudges, 1);
  });

  it('lets the same move be told as often as it happened', () => {
    const notice = (when: number) => changeOf('moved', when, later);
    assert.equal(
      figuresOf({ ...moved, sends: [notice(movedAt + 1_000), notice(movedAt + HOUR_MS)] }).unexplainedDuplicates,
      1,
    );
    const again = {
      truth: [
        ...truth,
        put(movedAt + HOUR_MS, lineOf({ startAt })),
        put(movedAt + 2 * HOUR_MS, lineOf({ startAt: later })),
      ],
    };
    const sends = [notice(movedAt + 1_000), notice(movedAt + 2 * HOUR_MS + 1_000)];
    assert.equal(figuresOf({ ...again, sends }).unexplainedDuplicates, 0);
    assert.equal(figuresOf({ ...again, sends: [...sends, notice(movedAt + 3 * HOUR_MS)] }).unexplainedDuplicates, 1);
  });

  it('leaves words that it does not know alone, but not their duplicates', () => {
    const place = (when: number) => changeOf('place', when, later);
    assert.equal(figuresOf({ truth, notifications, sends: [place(known)] }).deadNudges, 0);
    assert.equal(figuresOf({ truth, notifications, sends: [place(known), place(known + 1)] }).unexplainedDuplicates, 1);
  });
});
