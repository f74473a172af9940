/** Rows 2, 3, 6, 7 and 19, and the report itself. */
import assert from 'node:assert/strict';
import type { History, Send, Wish } from '../history.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './awake.ts';
import { check, TARGETS } from './check.ts';
import { acked, at, gone, historyOf, lineOf, OID, put, START, sendOf } from './made.ts';
import { meets } from './report.ts';

const figuresOf = (patch: Partial<History>) => check(historyOf(patch)).figures;
const startAt = at(1, '10:00');
const due = startAt - 15 * MINUTE_MS;
const truth = [put(START, lineOf({ startAt }))];

describe('checker: duplicates', () => {
  const said = (...patches: Partial<Send>[]) =>
    patches.map((patch, index) => sendOf({ at: due + index * 1_000, startAt, ...patch }));
  const counted = (...patches: Partial<Send>[]) => {
    const { unexplainedDuplicates, ambiguousDuplicates } = figuresOf({ truth, sends: said(...patches) });
    return [unexplainedDuplicates, ambiguousDuplicates];
  };
  const unrecorded = { recorded: false };
  const unseen = { status: 0, recorded: false };

  it('counts the second and every further one', () => {
    assert.deepEqual(counted({}), [0, 0]);
    assert.deepEqual(counted({}, {}), [1, 0]);
    assert.deepEqual(counted({}, {}, {}), [2, 0]);
    assert.equal(check(historyOf({ truth, sends: said({}, {}) })).pass, false);
  });

  it('explains one by each ambiguous send, and no more', () => {
    assert.deepEqual(counted(unseen, {}), [0, 1]);
    assert.deepEqual(counted(unrecorded, {}), [0, 1]);
    assert.deepEqual(counted({ status: 504 }, {}), [0, 1]);
    assert.deepEqual(counted(unseen, {}, {}), [1, 1]);
    assert.deepEqual(counted(unseen, unseen, {}), [0, 2]);
    assert.equal(check(historyOf({ truth, sends: said(unseen, {}) })).pass, true);
  });

  it('does not count attempts that Teams did not store, nor other leads', () => {
    assert.deepEqual(counted({ stored: false, status: 500, recorded: false }, {}), [0, 0]);
    assert.deepEqual(counted({}, { leadMs: 5 * MINUTE_MS }), [0, 0]);
  });

  it("counts the bot's own words, unless the person asked for something between", () => {
    const own = (when: number, facts = {}) =>
      sendOf({ kind: 'reconnect', eventId: '', startAt: 0, leadMs: 0, at: when, facts });
    const of = (sends: Send[], wishes: Wish[] = []) =>
      figuresOf({ sends, wishes: [{ at: START - DAY_MS, oid: OID, kind: 'watch', on: true }, ...wishes] })
        .unexplainedDuplicates;
    assert.equal(of([own(due), own(due + HOUR_MS)]), 1);
    assert.equal(of([own(due), own(due + HOUR_MS, { other: 1 })]), 0);
    assert.equal(of([own(due), own(due + HOUR_MS)], [{ at: due + 1, oid: OID, kind: 'signedIn' }]), 0);
    assert.equal(of([own(due), own(due + DAY_MS)]), 0);
  });
});

describe('checker: replicas', () => {
  const line = lineOf({ startAt });
  const of = (lines: (typeof line)[], should = [line], patch: Partial<History> = {}) =>
    check(
      historyOf({
        sends: [sendOf({ at: due, startAt })],
        truth,
        truths: [{ oid: OID, lines: should }],
        replicas: [{ oid: OID, windowFrom: 0, windowTo: 1e15, lines }],
        ...patch,
      }),
    );

  it('finds no difference where there is none', () => {
    assert.equal(of([line]).pass, true);
    assert.equal(of([line]).figures.comparedReplicas, 1);
  });

  it('names the field', () => {
    const fields = {
      subject: 'Other',
      startAt: 1,
      endAt: 2,
      isCancelled: true,
      isDraft: true,
      isOrganizer: true,
      response: 'none',
      showAs: 'free',
      sensitivity: 'private',
      organizer: 'x',
      attendees: [],
      place: 'Alder',
      joinUrl: 'https://x',
      agenda: '',
      seriesId: 's',
      type: 'exception',
      days: { from: 'a', until: 'b' },
      coordinates: { latitude: 1, longitude: 2 },
    } as const;
    for (const [field, value] of Object.entries(fields)) {
      const report = of([{ ...line, [field]: value } as typeof line]);
      assert.equal(report.figures.differingReplicas, 1, field);
      assert.match(report.findings[0]?.says ?? '', new RegExp(`has .*${field}.* wrong`));
    }
  });

  it('finds what is missing, what is too much, and a replica that is not there', () => {
    assert.match(of([]).findings[0]?.says ?? '', /is missing/);
    assert.match(of([line, lineOf({ id: 'e2', startAt })]).findings[0]?.says ?? '', /is there no more/);
    assert.match(of([], [line], { replicas: [] }).findings[0]?.says ?? '', /no replica/);
  });

  it('leaves out what does not have to be known, who does not watch and who is in token trouble', () => {
    const endedAt = START + 2 * DAY_MS;
    const fresh = endedAt - HOUR_MS;
    const open = of([line], [line, lineOf({ id: 'e2', startAt })], {
      truth: [...truth, put(fresh, lineOf({ id: 'e2', startAt }))],
    });
    assert.deepEqual([open.figures.differingReplicas, open.figures.openLines], [0, 1]);
    const told = { truth: [...truth, put(fresh, lineOf({ id: 'e2', startAt }))], notifications: [acked(fresh)] };
    assert.equal(of([line], [line, lineOf({ id: 'e2', startAt })], told).figures.differingReplicas, 1);
    assert.equal(
      of([], [line], { tokenTrouble: [{ oid: OID, from: endedAt - 1, to: endedAt }] }).figures.troubledAtEnd,
      1,
    );
    assert.equal(of([], [line], { wishes: [], subscriptions: [] }).figures.comparedReplicas, 0);
    const removed = of([line], [], { truth: [...truth, gone(fresh, 'e1')] });
    assert.equal(removed.figures.differingReplicas, 0);
  });
});

describe('checker: subscriptions', () => {
  const endedAt = START + 2 * DAY_MS;
  const live = (from: number, to: number, subscriptionId = 's1') => ({ from, to, oid: OID, subscriptionId });

  it('measures the cover exactly', () => {
    const total = 2 * DAY_MS;
    const allowed = total / 1_000;
    const of = (gap: number) =>
      check(historyOf({ subscriptions: [live(START, START + HOUR_MS), live(START + HOUR_MS + gap, endedAt, 's2')] }));
    assert.equal(of(allowed).pass, true);
    assert.equal(of(allowed + 1).pass, false);
    assert.equal(of(HOUR_MS * 4).figures.cover, 44 / 48);
    assert.equal(of(HOUR_MS * 4).findings[0]?.row, 7);
  });

  it('counts two at a time once', () => {
    assert.equal(figuresOf({ subscriptions: [live(START, endedAt), live(START, endedAt - 1, 's2')] }).cover, 1);
    assert.equal(
      figuresOf({ subscriptions: [live(START, at(1, '00:00')), live(START, at(1, '00:00'), 's2')] }).cover,
      0.5,
    );
  });

  it('leaves out sleep, token trouble and times without watching', () => {
    const gap = { from: at(0, '06:00'), to: at(0, '12:00') };
    const subscriptions = [live(START, gap.from), live(gap.to, endedAt, 's2')];
    assert.equal(figuresOf({ subscriptions, asleep: [gap] }).cover, 1);
    assert.equal(figuresOf({ subscriptions, tokenTrouble: [{ ...gap, oid: OID }] }).cover, 1);
    assert.ok((figuresOf({ subscriptions, tokenTrouble: [{ ...gap, oid: 'ben' }] }).cover ?? 1) < 0.9);
    const wishes: Wish[] = [
      { at: START, oid: OID, kind: 'watch', on: true },
      { at: gap.from, oid: OID, kind: 'watch', on: false },
      { at: gap.to, oid: OID, kind: 'watch', on: true },
    ];
    assert.equal(figuresOf({ subscriptions, wishes }).cover, 1);
  });

  it('counts extra live ones at the last look', () => {
    assert.equal(
      figuresOf({ subscriptions: [live(START, endedAt), live(START, endedAt, 's2')] }).extraSubscriptions,
      1,
    );
    assert.equal(figuresOf({ wishes: [], subscriptions: [live(START, endedAt)] }).extraSubscriptions, 1);
    assert.equal(
      figuresOf({ subscriptions: [live(START, endedAt), live(START, endedAt - 1, 's2')] }).extraSubscriptions,
      0,
    );
  });
});

describe('checker: breaches and the report', () => {
  it('adds the breaches up', () => {
    const { breaches } = historyOf();
    const report = check(historyOf({ breaches: { ...breaches, moreThanFourAtOnce: 2, ackedButMissing: 1 } }));
    assert.equal(report.figures.breaches, 3);
    assert.equal(report.pass, false);
    assert.equal(report.findings.length, 2);
  });

  it('computes every figure that has a target, also for an empty life', () => {
    const { figures } = check(historyOf({ people: [] }));
    for (const name of Object.keys(TARGETS)) assert.equal(typeof figures[name], 'number', name);
  });

  it('caps the sentences of a row, never the count', () => {
    const lines = Array.from({ length: 80 }, (_, index) => lineOf({ id: `e${index}`, startAt }));
    const report = check(historyOf({ truth: [put(START, ...lines)] }));
    assert.equal(report.figures.lost, 80);
    assert.equal(report.findings.length, 50);
  });

  it('reads targets, and takes a figure that is not there for missed', () => {
    assert.deepEqual(
      [meets(0, 0), meets(1, 0), meets(undefined, 0), meets(Number.NaN, 0)],
      [true, false, false, false],
    );
    assert.deepEqual([meets(0.999, '≥ 0.999'), meets(0.998, '≥ 0.999'), meets(5, '≤ 5')], [true, false, true]);
  });
});
