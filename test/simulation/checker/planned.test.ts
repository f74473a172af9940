/** Kinds that the checker has never heard of, by what the plan said of the truth; and what people chose not to hear. */
import assert from 'node:assert/strict';
import type { Chosen, History, TruthLine, Wish } from '../history.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './awake.ts';
import { check } from './check.ts';
import { acked, at, changeOf, chose, historyOf, lineOf, OID, put, START, sendOf, wantedOf } from './made.ts';

const figuresOf = (patch: Partial<History>) => check(historyOf(patch)).figures;
const WATCH: Wish = { at: START - DAY_MS, oid: OID, kind: 'watch', on: true };
const NONE = { remindMinutes: [] };
const startAt = at(1, '10:00');
const dueAt = startAt - 20 * MINUTE_MS;
const L = 3 * MINUTE_MS;
const quiet = [WATCH, chose(NONE)];
const there = put(START, lineOf({ startAt }));
const birthday = wantedOf({ startAt, dueAt });
const said = (when: number, patch = {}) => sendOf({ kind: 'birthday', leadMs: 0, at: when, startAt, ...patch });

describe('checker: kinds without a judge of their own', () => {
  const of = (patch: Partial<History>) =>
    figuresOf({ truth: [there], wishes: quiet, wanted: [birthday], notifications: [acked(START)], ...patch });

  it('wants what the plan wanted, in time and not too early', () => {
    assert.deepEqual([of({}).lost, of({})['lost.birthday']], [1, 1]);
    const good = of({ sends: [said(dueAt + SECOND_MS)] });
    assert.deepEqual([good.lost, good.late, good.early, good.deadNudges, good['live.birthday']], [0, 0, 0, 0, 1]);
    assert.equal(of({ sends: [said(dueAt + 61_000)] }).late, 1);
    assert.equal(of({ sends: [said(dueAt - 1)] }).early, 1);
    assert.equal(of({ wanted: [{ ...birthday, earliestAt: dueAt - MINUTE_MS }], sends: [said(dueAt - 1)] }).early, 0);
  });

  it('claims nothing that began to be wanted, or ended, within L', () => {
    const made = dueAt - L;
    const since = (from: number) => ({
      truth: [put(from, lineOf({ startAt }))],
      notifications: [acked(from, { sentAt: from })],
      wanted: [{ ...birthday, from }],
    });
    assert.equal(of(since(made)).lost, 1);
    assert.equal(of(since(made + 1)).lost, 0);
    const until = (to: number) => of({ wanted: [{ ...birthday, to, ended: 'truth' }], notifications: [acked(to)] });
    assert.equal(until(dueAt + 60_001).lost, 1);
    assert.equal(until(dueAt + 60_000).lost, 0);
  });

  it('leaves out what falls into quiet hours in one zone, and not in another', () => {
    const travels = {
      ...put(dueAt - 5 * HOUR_MS, lineOf({ id: 'e2', startAt: at(1, '20:00') })),
      cause: 'travels to Europe/Berlin',
    };
    const travelling = (settings: Partial<Chosen>) =>
      of({ truth: [there, travels], wishes: [WATCH, chose({ ...NONE, ...settings })] });
    const loud = travelling({});
    assert.equal(loud.lost, 1);
    const quietHours = travelling({ quiet: { from: '09:00', to: '09:50' } });
    assert.deepEqual([quietHours.lost, quietHours.zoneUnclear], [0, (loud.zoneUnclear ?? 0) + 1]);
  });

  it('counts as dead what was never wanted, and what was wanted no more at due − L', () => {
    assert.equal(of({ wanted: [], sends: [said(dueAt)] }).deadNudges, 1);
    const ended = (to: number) =>
      of({
        wanted: [{ ...birthday, to, ended: 'truth' }],
        notifications: [acked(to, { sentAt: to })],
        sends: [said(dueAt)],
      }).deadNudges;
    assert.equal(ended(dueAt - L), 1);
    assert.equal(ended(dueAt - L + 1), 0);
  });

  it('takes until the next catch-up for what a day changes, and a day for a zone', () => {
    const began = (from: number, cause: 'time' | 'zone' | 'asked') =>
      of({ wanted: [{ ...birthday, from, began: cause }] }).lost;
    assert.deepEqual([began(dueAt - 6 * HOUR_MS - L, 'time'), began(dueAt - 6 * HOUR_MS, 'time')], [1, 0]);
    assert.deepEqual([began(dueAt - 26 * HOUR_MS, 'zone'), began(dueAt - 25 * HOUR_MS, 'zone')], [1, 0]);
    assert.deepEqual([began(dueAt - L, 'asked'), began(dueAt - L + 1, 'asked')], [1, 0]);
  });

  it('allows as many as the plan tells apart', () => {
    const twice = { sends: [said(dueAt), said(dueAt + 5_000)] };
    assert.equal(of(twice).unexplainedDuplicates, 1);
    const marks = [birthday, { ...birthday, mark: 'elsewhere' }];
    assert.equal(of({ ...twice, wanted: marks }).unexplainedDuplicates, 0);
  });

  it('knows a digest by the date on its person’s clock', () => {
    const day = at(1, '00:00');
    const eight = at(1, '08:00');
    const digest = wantedOf({ kind: 'digest', eventId: '', startAt: day, dueAt: eight, deadlineAt: day + DAY_MS });
    const send = (when: number, patch = {}) =>
      sendOf({ kind: 'digest', eventId: '', leadMs: 0, at: when, startAt: day, ...patch });
    const digests = (patch: Partial<History>) => of({ wanted: [digest], ...patch });
    assert.equal(digests({})['lost.digest'], 1);
    assert.equal(digests({ sends: [send(eight)] }).lost, 0);
    assert.equal(digests({ sends: [send(eight), send(eight + HOUR_MS)] }).unexplainedDuplicates, 1);
    assert.equal(digests({ sends: [send(eight), send(eight, { startAt: day + DAY_MS })] }).deadNudges, 1);
  });

  it('of a kind that is never said again in doubt excuses what is missing, and no second one', () => {
    const [day, eight] = [at(1, '00:00'), at(1, '08:00')];
    const digest = wantedOf({ kind: 'digest', eventId: '', startAt: day, dueAt: eight, deadlineAt: day + DAY_MS });
    const send = (when: number, patch = {}) =>
      sendOf({ kind: 'digest', eventId: '', leadMs: 0, at: when, startAt: day, ...patch });
    const unsure = { status: 504, recorded: false };
    const silent = of({ wanted: [digest], sends: [send(eight, { ...unsure, stored: false })] });
    assert.deepEqual([silent.lost, silent.unknownSkipped], [0, 1]);
    assert.equal(of({ wanted: [digest], begun: [digest.nudgeId] }).unknownSkipped, 1);
    assert.equal(of({ wanted: [birthday], begun: [birthday.nudgeId] }).lost, 1, 'others are tried again');
    const again = of({ wanted: [digest], sends: [send(eight, unsure), send(eight + 5_000)] });
    assert.deepEqual([again.unexplainedDuplicates, again.ambiguousDuplicates], [1, 0]);
  });

  it('leaves a reminder that somebody answered about to the plan', () => {
    const pressed: Wish = {
      at: START + HOUR_MS,
      oid: OID,
      kind: 'pressed',
      verb: 'snooze',
      answers: [{ kind: 'reminder.snoozed', eventId: 'e1', value: {}, answeredAt: START + HOUR_MS }],
    };
    const reminder = { wishes: [WATCH, pressed], wanted: [], sends: [] };
    assert.equal(of(reminder).lost, 0);
    const snoozed = wantedOf({ kind: 'reminder', startAt, dueAt, mark: 'snoozed' });
    assert.equal(of({ ...reminder, wanted: [snoozed] }).lost, 1);
    const late = [said(dueAt, { kind: 'reminder' })];
    assert.equal(of({ ...reminder, wanted: [snoozed], sends: late }).deadNudges, 0);
    assert.equal(of({ ...reminder, sends: late }).deadNudges, 1);
  });
});

describe('checker: what people chose not to hear', () => {
  const due = startAt - 15 * MINUTE_MS;
  const reminded = [sendOf({ at: due, startAt })];
  const lines: Record<string, Partial<TruthLine>> = {
    'a muted series': { seriesId: 's1' },
    'a muted person': {},
    'without others': { attendees: ['room.alder@company.example|resource|accepted'] },
    'without a link': {},
    tentative: { response: 'tentativelyAccepted' },
    free: { showAs: 'free' },
    private: { sensitivity: 'private' },
    'a kind that is off': {},
  };
  const choices: Record<string, Partial<Chosen>> = {
    'a muted series': { mutedSeries: [{ id: 's1', name: 'Budget' }] },
    'a muted person': { mutedPeople: [{ id: 'ben@company.example', name: 'Ben' }] },
    'without others': { onlyWithOthers: true },
    'without a link': { onlyWithLink: true },
    tentative: { tentative: 'skip' },
    free: { free: 'skip' },
    private: { private: 'skip' },
    'a kind that is off': { kinds: { reminder: false } },
  };
  for (const [name, patch] of Object.entries(lines))
    it(`${name}: neither wanted nor allowed`, () => {
      const line = lineOf({ startAt, organizer: 'ben@company.example', ...patch });
      const of = (settings: Partial<Chosen>, sends = reminded) =>
        figuresOf({ truth: [put(START, line)], wishes: [WATCH, chose(settings)], sends });
      assert.deepEqual([of({}).deadNudges, of({}, []).lost], [0, 1]);
      assert.deepEqual([of(choices[name] ?? {}).deadNudges, of(choices[name] ?? {}, []).lost], [1, 0]);
    });

  it('takes a choice from 3 minutes after it was made', () => {
    const muted = (when: number) =>
      figuresOf({
        truth: [there],
        wishes: [WATCH, chose({ kinds: { reminder: false } }, { at: when })],
        sends: reminded,
      }).deadNudges;
    assert.equal(muted(due - 3 * MINUTE_MS), 1);
    assert.equal(muted(due - 3 * MINUTE_MS + 1), 0);
  });

  it('drops a reminder that is due in a silence, and not one just before or after', () => {
    const of = (settings: Partial<Chosen>) => {
      const wishes = [WATCH, chose(settings)];
      const { lost } = figuresOf({ truth: [there], wishes });
      return [lost, figuresOf({ truth: [there], wishes, sends: reminded }).deadNudges];
    };
    assert.deepEqual(of({ quiet: { from: '09:45', to: '09:50' } }), [0, 1]);
    assert.deepEqual(of({ quiet: { from: '09:30', to: '09:45' } }), [1, 0]);
    assert.deepEqual(of({ quiet: { from: '22:00', to: '09:46' } }), [0, 1]);
    assert.deepEqual(of({ pausedUntil: due + 1 }), [0, 1]);
    assert.deepEqual(of({ pausedUntil: due }), [1, 0]);
  });

  it('is silent while somebody is out of office, by hours or days, if they want so', () => {
    const away = (patch: Partial<TruthLine>, settings: Partial<Chosen> = {}) => {
      const oof = lineOf({ id: 'e2', startAt: startAt - 3 * HOUR_MS, attendees: [], showAs: 'oof', ...patch });
      const truth = [put(START, lineOf({ startAt }), oof)];
      const report = check(historyOf({ truth, wishes: [WATCH, chose(settings)] }));
      return report.findings.filter((one) => one.eventId === 'e1' && one.row === 1).length;
    };
    const days = { startAt: at(1, '00:00'), endAt: at(2, '00:00'), days: { from: '2026-01-13', until: '2026-01-14' } };
    assert.equal(away({}), 1);
    assert.equal(away({ endAt: startAt + HOUR_MS }), 0);
    assert.equal(away({ endAt: startAt + HOUR_MS }, { respectAway: false }), 1);
    assert.equal(away(days), 0);
    assert.equal(away({ ...days, response: 'declined' }), 1);
  });

  it('lets news wait for the end of a silence, and wants them then', () => {
    const movedAt = at(0, '12:00');
    const later = startAt + HOUR_MS;
    const of = (sends: History['sends']) =>
      figuresOf({
        truth: [there, put(movedAt, lineOf({ startAt: later }))],
        wishes: [WATCH, chose({ ...NONE, quiet: { from: '11:00', to: '13:00' } })],
        notifications: [acked(START), acked(movedAt, { sentAt: movedAt })],
        sends,
      });
    assert.equal(of([])['lost.change'], 1);
    const after = of([changeOf('moved', at(0, '13:00'), later)]);
    assert.deepEqual([after.lost, after.late, after.deadNudges], [0, 0, 0]);
    assert.equal(of([changeOf('moved', movedAt + MINUTE_MS, later)]).deadNudges, 1);
  });
});
