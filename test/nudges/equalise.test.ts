import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type Equalisation, equalise, type NudgeState, type StoredNudge } from '../../src/nudges/equalise.ts';
import { type PlannedNudge, plan } from '../../src/nudges/plan.ts';
import { DAY, MINUTE, meeting, NOW, planInput, shuffled } from '../support/events.ts';

const STATES: NudgeState[] = ['planned', 'claimed', 'sent', 'withdrawn', 'missed', 'failed', 'unknown'];

const nudge = (more: Partial<PlannedNudge> = {}): PlannedNudge => ({
  nudgeId: 'n1',
  kind: 'reminder',
  eventId: 'event-1',
  startAt: NOW + 30 * MINUTE,
  leadMs: 15 * MINUTE,
  earliestAt: NOW + 7 * MINUTE,
  dueAt: NOW + 15 * MINUTE,
  deadlineAt: NOW + 30 * MINUTE,
  facts: { subject: 'Planning' },
  ...more,
});
const stored = (state: NudgeState, more: Partial<StoredNudge> = {}): StoredNudge => ({
  ...nudge(),
  state,
  wanted: state !== 'withdrawn',
  ...more,
});
const NOTHING: Equalisation = { insert: [], rewrite: [], withdraw: [], mark: [] };

/** What store/nudges.ts does with an equalisation. */
function write(before: StoredNudge[], change: Equalisation): StoredNudge[] {
  const rows = new Map(before.map((row) => [row.nudgeId, row]));
  for (const one of change.insert)
    if (!rows.has(one.nudgeId)) rows.set(one.nudgeId, { ...one, state: 'planned', wanted: true });
  for (const { nudge: one } of change.rewrite) {
    const row = rows.get(one.nudgeId);
    if (row?.state === 'planned' || row?.state === 'withdrawn')
      rows.set(one.nudgeId, { ...row, ...one, state: 'planned', wanted: true });
  }
  for (const id of change.withdraw) {
    const row = rows.get(id);
    if (row?.state === 'planned') rows.set(id, { ...row, state: 'withdrawn' });
  }
  for (const { nudgeId, wanted, nudge: one } of change.mark) {
    const row = rows.get(nudgeId);
    if (row?.state !== 'claimed') continue;
    const told = one ? { facts: one.facts, deadlineAt: one.deadlineAt } : {};
    rows.set(nudgeId, { ...row, ...told, wanted });
  }
  return [...rows.values()];
}

describe('making the stored nudges equal to the plan', () => {
  it('inserts what is new and leaves what is equal', () => {
    assert.deepEqual(equalise([nudge()], [], NOW), { ...NOTHING, insert: [nudge()] });
    assert.deepEqual(equalise([nudge()], [stored('planned')], NOW), NOTHING);
    assert.deepEqual(equalise([], [], NOW), NOTHING);
  });

  it('does not take fields in another order for another nudge', () => {
    const one = nudge({ facts: { subject: 'x', agenda: ['a'], place: undefined } });
    assert.deepEqual(equalise([one], [stored('planned', { facts: { agenda: ['a'], subject: 'x' } })], NOW), NOTHING);
  });

  it('rewrites what says something else now, and its send time only with its due time', () => {
    const renamed = nudge({ facts: { subject: 'Renamed' } });
    assert.deepEqual(equalise([renamed], [stored('planned')], NOW).rewrite, [{ nudge: renamed, resetSendAt: false }]);
    const extended = nudge({ deadlineAt: NOW + DAY });
    assert.deepEqual(equalise([extended], [stored('planned')], NOW).rewrite, [{ nudge: extended, resetSendAt: false }]);
    const later = nudge({ dueAt: NOW + 16 * MINUTE });
    assert.deepEqual(equalise([later], [stored('planned')], NOW).rewrite, [{ nudge: later, resetSendAt: true }]);
  });

  it('withdraws what is not wanted any more', () => {
    assert.deepEqual(equalise([], [stored('planned')], NOW), { ...NOTHING, withdraw: ['n1'] });
  });

  it('leaves what was missed to delivery, which records it so', () => {
    assert.deepEqual(equalise([], [stored('planned', { deadlineAt: NOW })], NOW), NOTHING);
  });

  it('revives what was withdrawn and is wanted again', () => {
    assert.deepEqual(equalise([nudge()], [stored('withdrawn')], NOW).rewrite, [{ nudge: nudge(), resetSendAt: true }]);
  });

  it('only marks what is in flight', () => {
    const inFlight = stored('claimed');
    assert.deepEqual(equalise([], [inFlight], NOW), { ...NOTHING, mark: [{ nudgeId: 'n1', wanted: false }] });
    const unwanted = stored('claimed', { wanted: false });
    assert.deepEqual(equalise([nudge()], [unwanted], NOW), {
      ...NOTHING,
      mark: [{ nudgeId: 'n1', wanted: true, nudge: nudge() }],
    });
    assert.deepEqual(equalise([], [unwanted], NOW), NOTHING);
    assert.deepEqual(equalise([nudge({ dueAt: NOW })], [inFlight], NOW), NOTHING);
    // Another attempt tells what is true then.
    const renamed = nudge({ facts: { subject: 'Renamed' } });
    assert.deepEqual(equalise([renamed], [inFlight], NOW).mark, [{ nudgeId: 'n1', wanted: true, nudge: renamed }]);
  });

  it('never says again what was sent, may have been, was missed or given up', () => {
    for (const state of ['sent', 'missed', 'failed', 'unknown'] as const) {
      assert.deepEqual(equalise([nudge({ facts: { subject: 'Renamed' } })], [stored(state)], NOW), NOTHING, state);
      assert.deepEqual(equalise([], [stored(state)], NOW), NOTHING, state);
    }
  });

  const ids = fc.constantFrom('n1', 'n2', 'n3', 'n4', 'n5');
  const anyPlan = fc.uniqueArray(
    fc
      .tuple(ids, fc.nat(3), fc.constantFrom('One', 'Two'))
      .map(([nudgeId, minutes, subject]) => nudge({ nudgeId, dueAt: NOW + minutes * MINUTE, facts: { subject } })),
    { selector: (one) => one.nudgeId },
  );
  const anyStore = fc.uniqueArray(
    fc
      .tuple(ids, fc.constantFrom(...STATES), fc.boolean(), fc.nat(3), fc.boolean())
      .map(([nudgeId, state, wanted, minutes, isPast]) =>
        stored(state, {
          nudgeId,
          wanted,
          dueAt: NOW + minutes * MINUTE,
          ...(isPast ? { deadlineAt: NOW - MINUTE } : {}),
        }),
      ),
    { selector: (one) => one.nudgeId },
  );

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(anyPlan, anyStore, (planned, before) => {
        const after = write(before, equalise(planned, before, NOW));
        assert.deepEqual(equalise(planned, after, NOW), NOTHING);
        assert.deepEqual(equalise(shuffled(planned, 1), shuffled(after, 2), NOW), NOTHING);
      }),
      { numRuns: 1_000 },
    );
  });

  it('deletes no row, and touches none that was sent, missed, given up or is in flight but for its mark', () => {
    fc.assert(
      fc.property(anyPlan, anyStore, (planned, before) => {
        const change = equalise(planned, before, NOW);
        const touched = new Set([
          ...change.insert.map((one) => one.nudgeId),
          ...change.rewrite.map((one) => one.nudge.nudgeId),
          ...change.withdraw,
        ]);
        const marked = new Set(change.mark.map((one) => one.nudgeId));
        for (const row of before) {
          if (row.state !== 'planned' && row.state !== 'withdrawn') assert.ok(!touched.has(row.nudgeId), row.state);
          if (row.state !== 'claimed') assert.ok(!marked.has(row.nudgeId), row.state);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('ends with exactly the plan waiting, besides what is out of its hands', () => {
    fc.assert(
      fc.property(anyPlan, anyStore, (planned, before) => {
        const after = write(before, equalise(planned, before, NOW));
        const wanted = new Map(planned.map((one) => [one.nudgeId, one]));
        for (const row of after) {
          if (row.state === 'claimed') assert.equal(row.wanted, wanted.has(row.nudgeId));
          if (row.state === 'withdrawn') assert.ok(!wanted.has(row.nudgeId));
          if (row.state === 'planned' && row.deadlineAt > NOW) assert.ok(wanted.has(row.nudgeId));
        }
        const rows = new Set(after.map((row) => row.nudgeId));
        assert.ok(planned.every((one) => rows.has(one.nudgeId)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('arms a meeting again that moved, and withdraws the old time', () => {
    const reminders = (startAt: number) =>
      plan(planInput({ events: [meeting({ startAt })] })).filter((one) => one.kind === 'reminder');
    const [old, fresh] = [meeting().startAt, meeting().startAt + DAY];
    const first = write([], equalise(reminders(old), [], NOW));
    const second = write(first, equalise(reminders(fresh), first, NOW));
    const states = (rows: StoredNudge[]) => rows.map((row) => [row.startAt, row.state]);
    assert.deepEqual(states(second), [
      [old, 'withdrawn'],
      [fresh, 'planned'],
    ]);
    const back = write(second, equalise(reminders(old), second, NOW));
    assert.deepEqual(states(back), [
      [old, 'planned'],
      [fresh, 'withdrawn'],
    ]);
    // Sent before it moved: reminded again at the new time, never twice at the old one.
    const sent = first.map((row) => ({ ...row, state: 'sent' as const }));
    const after = write(sent, equalise(reminders(fresh), sent, NOW));
    assert.deepEqual(states(after), [
      [old, 'sent'],
      [fresh, 'planned'],
    ]);
    assert.deepEqual(states(write(after, equalise(reminders(old), after, NOW))), [
      [old, 'sent'],
      [fresh, 'withdrawn'],
    ]);
  });
});
