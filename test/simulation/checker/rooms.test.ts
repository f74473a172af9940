/** What the checker says of rooms and rules: of each figure what it finds, and what it leaves alone. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { History, RoomPress, RuleMade, Send, TruthEntry, TruthLine } from '../history.ts';
import { HOUR_MS, MINUTE_MS } from './awake.ts';
import { check } from './check.ts';
import { acked, at, historyOf, lineOf, OID, put, START, sendOf } from './made.ts';

const figuresOf = (patch: Partial<History>) => check(historyOf(patch)).figures;

const ROOM = 'room1';
const BY_THE_BOT = 'by the bot';
const startAt = at(1, '10:00');
const askAt = startAt - 10 * MINUTE_MS;
const releaseAt = startAt + 10 * MINUTE_MS;

const booked = (patch: Partial<TruthLine> = {}) =>
  lineOf({
    id: 'b1',
    startAt,
    organizer: 'ada@company.example',
    attendees: ['room@company.example|resource|accepted'],
    ...patch,
  });
const inRoom = (entry: TruthEntry, cause = 'booked a room'): TruthEntry => ({ ...entry, oid: ROOM, cause });
const released = (when: number): TruthEntry => inRoom(put(when, booked({ response: 'declined' })), BY_THE_BOT);

const key = { roomId: ROOM, eventId: 'b1', startAt };
const question = (patch: Partial<Send> = {}): Send =>
  sendOf({
    kind: 'checkIn',
    eventId: '',
    leadMs: 0,
    at: askAt,
    startAt: START,
    facts: { ...key, releaseAt },
    ...patch,
  });
const press = (verb: string, when: number, outcome: RoomPress['outcome'] = 'done'): RoomPress => ({
  ...{ oid: OID, verb, ...key, outcome },
  ...{ askedAt: when, at: when + 100 },
});

interface Given {
  truth?: TruthEntry[];
  sends?: Send[];
  presses?: RoomPress[];
  more?: Partial<History['rooms']>;
}

const ofRoom = ({ truth = [], sends = [], presses = [], more = {} }: Given) =>
  figuresOf({
    truth: [inRoom(put(START, booked())), ...truth],
    notifications: [acked(START, { oid: ROOM })],
    sends,
    rooms: {
      all: [{ tenantId: 't1', oid: ROOM, address: 'room@company.example', addedAt: START }],
      presses,
      calls: [],
      recorded: [],
      ...more,
    },
  });

describe('checker: rooms', () => {
  it('counts a release of a room that somebody checked in to, whichever came first', () => {
    const given = { truth: [released(releaseAt)], sends: [question()] };
    const of = (...presses: RoomPress[]) => ofRoom({ ...given, presses }).releasedCheckedIn;
    assert.equal(of(press('room.here', askAt + MINUTE_MS)), 1);
    assert.equal(of(press('room.here', releaseAt + MINUTE_MS)), 1);
    assert.equal(of(press('room.here', releaseAt + MINUTE_MS, 'refused')), 0);
    assert.equal(of(press('room.here', askAt + MINUTE_MS), press('room.giveBack', releaseAt - MINUTE_MS)), 0);
    assert.equal(of(), 0);
  });

  it('counts a release that nobody had been asked about, unless it was wished', () => {
    const of = (sends: Send[], presses: RoomPress[] = []) =>
      ofRoom({ truth: [released(releaseAt)], sends, presses }).releasedUnasked;
    assert.equal(of([question()]), 0);
    assert.equal(of([]), 1);
    assert.equal(of([question({ stored: false, status: 502 })]), 1);
    assert.equal(of([question({ at: releaseAt + 1 })]), 1);
    assert.equal(of([question({ facts: { ...key, startAt: startAt + HOUR_MS, releaseAt } })]), 1);
    assert.equal(of([], [press('room.giveBack', releaseAt - 1)]), 0);
  });

  it('wants a release within six minutes where nobody came and the booking stood', () => {
    const of = (given: Given) => ofRoom({ sends: [question()], ...given });
    assert.deepEqual([of({}).releasesLost, of({})['live.release']], [1, 1]);
    const good = of({ truth: [released(releaseAt + MINUTE_MS)] });
    assert.deepEqual([good.releasesLost, good['live.release']], [0, 1]);
    assert.equal(of({ truth: [released(releaseAt + 7 * MINUTE_MS)] }).releasesLost, 1);
    assert.equal(of({ presses: [press('room.here', releaseAt, 'unknown')] }).releasesLost, 0);
    assert.equal(of({ truth: [inRoom(put(askAt, booked({ startAt: startAt + HOUR_MS })))] }).releasesLost, 0);
    assert.equal(of({ sends: [question({ at: releaseAt - 2 * MINUTE_MS })] }).releasesLost, 0);
    const refused = of({ more: { calls: [{ at: releaseAt, roomId: ROOM, eventId: 'b1', status: 503 }] } });
    assert.deepEqual([refused.releasesLost, refused.releasesUnclear], [0, 1]);
  });

  it('counts a request after the release was recorded, and words that come twice', () => {
    const recorded = [{ ...key, at: releaseAt + MINUTE_MS }];
    const call = (when: number) => ({ at: when, roomId: ROOM, eventId: 'b1', status: 202 });
    const of = (when: number) =>
      ofRoom({
        truth: [released(releaseAt)],
        sends: [question()],
        more: { recorded, calls: [call(releaseAt), call(when)] },
      });
    assert.equal(of(releaseAt + 2 * MINUTE_MS).releasesTwice, 1);
    assert.equal(of(releaseAt + 30_000).releasesTwice, 0);
    assert.equal(ofRoom({ sends: [question(), question({ at: askAt + 1_000 })] }).roomWordsTwice, 1);
    assert.equal(ofRoom({ sends: [question({ recorded: false }), question({ at: askAt + 1_000 })] }).roomWordsTwice, 0);
  });

  it('wants both organisers told of a double booking that lasts', () => {
    const madeAt = START + 4 * HOUR_MS;
    const other = booked({ id: 'b2', organizer: 'ben@company.example', startAt: startAt + 30 * MINUTE_MS });
    const told = (when: number, eventId = 'b1') =>
      sendOf({
        kind: 'roomConflict',
        eventId: '',
        leadMs: 0,
        at: when,
        startAt: START,
        facts: { roomId: ROOM, occurrences: [{ eventId }] },
      });
    const of = (sends: Send[], made = madeAt, truth: TruthEntry[] = []) =>
      ofRoom({ truth: [inRoom(put(made, other)), ...truth], sends });
    assert.deepEqual([of([]).conflictsLost, of([])['live.roomConflict']], [1, 1]);
    assert.deepEqual(
      [of([told(madeAt + 5_000)]).conflictsLost, of([told(madeAt + 5_000)])['live.roomConflict']],
      [0, 1],
    );
    assert.equal(of([told(madeAt - 5_000)]).conflictsLost, 1);
    assert.equal(of([told(madeAt + 5_000, 'b3')]).conflictsLost, 1);
    assert.equal(of([], startAt - MINUTE_MS).conflictsLost, 0);
    assert.equal(
      of([], madeAt, [inRoom(put(madeAt + MINUTE_MS, { ...other, response: 'declined' }))]).conflictsLost,
      0,
    );
  });
});

const rule = (patch: Partial<RuleMade> = {}): RuleMade => ({
  ...{ oid: OID, mark: 'Said by rule 1.', trigger: 'before', minutes: 20, deed: 'message' },
  ...{ askedAt: START, at: START, ...patch },
});
const dueAt = startAt - 20 * MINUTE_MS;

describe('checker: rules', () => {
  const meeting = lineOf({ startAt });
  const said = (when: number, patch: Partial<Send> = {}) =>
    sendOf({
      kind: 'rule',
      eventId: '',
      leadMs: 0,
      at: when,
      startAt: START,
      facts: { text: 'Said by rule 1.', startAt },
      ...patch,
    });
  const of = (made: RuleMade[], sends: Send[], line = meeting, posts: History['rules']['posts'] = []) =>
    figuresOf({ truth: [put(START, line)], notifications: [acked(START)], sends, rules: { made, posts } });

  it('wants a message before, or after, each meeting', () => {
    const { rulesLost, 'live.rule': live } = of([rule()], []);
    assert.deepEqual([rulesLost, live], [1, 1]);
    assert.equal(of([rule()], [said(dueAt + 1_000)]).rulesLost, 0);
    assert.equal(of([rule()], [said(startAt + 30 * MINUTE_MS)]).rulesLost, 1);
    assert.equal(of([rule({ at: dueAt })], []).rulesLost, 0);
    assert.equal(of([rule({ endAskedAt: dueAt + MINUTE_MS })], []).rulesLost, 0);
    const after = rule({ trigger: 'after', minutes: 5 });
    assert.equal(of([after], []).rulesLost, 1);
    assert.equal(of([after], [said(startAt + 66 * MINUTE_MS)]).rulesLost, 0);
  });

  it('wants none of what is no meeting', () => {
    for (const patch of [
      { attendees: [] },
      { sensitivity: 'private' },
      { response: 'declined' },
      { isCancelled: true },
    ])
      assert.equal(of([rule()], [], { ...meeting, ...patch }).rulesLost, 0, JSON.stringify(patch));
  });

  it('counts what comes twice, unless nobody could know', () => {
    assert.equal(of([rule()], [said(dueAt), said(dueAt + 1_000)]).rulesTwice, 1);
    assert.equal(of([rule()], [said(dueAt, { recorded: false }), said(dueAt + 1_000)]).rulesTwice, 0);
  });

  it('wants webhooks told once, by one id', () => {
    const hook = rule({ deed: 'webhook', mark: 'hook1.example' });
    const body = JSON.stringify({ data: { meeting: { id: 'e1', startAt: new Date(startAt).toISOString() } } });
    const post = (status: number, webhookId = 'w1') => ({
      at: dueAt,
      url: 'https://hook1.example/calendar',
      webhookId,
      body,
      status,
    });
    assert.equal(of([hook], []).webhooksLost, 1);
    const good = of([hook], [], meeting, [post(500), post(204)]);
    assert.deepEqual([good.webhooksLost, good['live.webhook'], good.rulesTwice], [0, 1, 0]);
    assert.equal(of([hook], [], meeting, [post(500)]).webhooksLost, 1);
    assert.equal(of([hook], [], meeting, [post(204), post(204, 'w2')]).rulesTwice, 1);
  });
});
