import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { AGENDA_ACTIONS } from '../../../src/bot/actions/agenda.ts';
import type { CalendarEvent } from '../../../src/calendar/event.ts';
import { AGENDA_POSTPONED, AGENDA_SKIPPED } from '../../../src/nudges/agenda-prompt.ts';
import { OPEN_POINTS } from '../../../src/nudges/open-points.ts';
import { NOW } from '../../store/seed.ts';
import { DAY, HOUR, MINUTE, mine } from '../../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';
import { Stage } from './stage.ts';

/** NOW is 10:00 in Berlin. */
const START = NOW + 9 * HOUR;
const single = (more: Partial<CalendarEvent> = {}) => mine({ startAt: START, ...more });
const weekly = (index: number, more: Partial<CalendarEvent> = {}) =>
  single({ id: `o${index}`, type: 'occurrence', seriesMasterId: 'series', startAt: START + index * DAY, ...more });
const head = () => single({ id: 'series', type: 'master' });

describe('the buttons on the question for an agenda', () => {
  let db: OpenTestDatabase;
  let stage: Stage;
  let ann: string;

  before(async () => {
    db = await openTestDatabase();
    stage = new Stage(db);
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await stage.begin();
    ann = await stage.person('ann');
  });
  const press = (verb: string, data: Record<string, unknown>) =>
    stage.press(AGENDA_ACTIONS, ann, `agenda.${verb}`, data);
  const refused = (verb: string, data: Record<string, unknown>) =>
    stage.refused(AGENDA_ACTIONS, ann, `agenda.${verb}`, data);

  it('write it into the meeting, and keep its version as ours', async () => {
    await stage.replica(ann, single());
    assert.match(await press('write', { eventId: 'event-1', agendaText: 'Budget\nPay' }), /Agenda added.*- Budget/);
    assert.match(stage.body(ann, 'event-1'), /<li>Budget<\/li><li>Pay<\/li>/);
    assert.deepEqual(await stage.ownWrites(ann), ['event-1/2']);
    assert.deepEqual(stage.poked, ['sync']);
    // Pressed again nothing is written.
    await press('write', { eventId: 'event-1', agendaText: 'Budget\nPay' });
    assert.deepEqual(await stage.ownWrites(ann), ['event-1/2']);
  });

  it('lose nothing of what somebody else writes meanwhile', async () => {
    await stage.replica(ann, single());
    const held = stage.held.get(`${ann} event-1`);
    assert.ok(held);
    held.edits = 1;
    await press('write', { eventId: 'event-1', agendaText: 'Budget' });
    assert.match(stage.body(ann, 'event-1'), /Budget.*by somebody else/);
    assert.deepEqual(await stage.ownWrites(ann), ['event-1/3'], 'ours alone');
    held.edits = 9;
    assert.match(await refused('write', { eventId: 'event-1', agendaText: 'Pay' }), /being edited by somebody/);
    assert.deepEqual(await stage.ownWrites(ann), ['event-1/3']);
  });

  // https://github.com/mattermost/mattermost-plugin-agenda/issues/24 and 25
  it('write into the occurrence that the card is about, not the series’ next (mattermost-plugin-agenda#24, #25)', async () => {
    await stage.replica(ann, head(), weekly(0), weekly(1), weekly(2));
    await press('write', { eventId: 'o1', agendaText: 'Budget', agendaFor: 'meeting' });
    const having = ['series', 'o0', 'o1', 'o2'].filter((id) => stage.body(ann, id).includes('Budget'));
    assert.deepEqual(having, ['o1']);
    // A day later another one is the next; the card still means its own.
    stage.now += DAY;
    await press('write', { eventId: 'o1', agendaText: 'Pay' });
    assert.deepEqual(
      ['series', 'o0', 'o1', 'o2'].filter((id) => stage.body(ann, id).includes('Pay')),
      ['o1'],
    );
  });

  it('write into the whole series when asked to, also from an occurrence that is over', async () => {
    await stage.replica(ann, head(), weekly(0), weekly(1));
    stage.now = START + 2 * HOUR;
    const data = { eventId: 'o0', agendaText: 'Budget' };
    assert.match(await refused('write', { ...data, agendaFor: 'meeting' }), /is over/);
    assert.match(await press('write', { ...data, agendaFor: 'series' }), /Agenda added to the whole series/);
    assert.match(stage.body(ann, 'series'), /Budget/);
    assert.doesNotMatch(stage.body(ann, 'o0'), /Budget/);
    // The version that all of its occurrences carry.
    assert.deepEqual(await stage.ownWrites(ann), ['series/2']);
  });

  it('offer what was left open, and forget what was taken up', async () => {
    await stage.replica(ann, head(), weekly(0), weekly(1));
    await stage.answer(ann, OPEN_POINTS, 'series', { points: ['Budget', 'Pay'], fromStartAt: START - DAY });
    await stage.plan(ann);
    const [asked] = await stage.nudges(ann, 'agenda');
    assert.deepEqual(asked?.facts.openPoints, ['Budget', 'Pay']);
    const card = await press('pickUp', { eventId: 'o0' });
    assert.match(card, /"value":"Budget\\nPay"/);
    assert.doesNotMatch(card, /Start with these/);
    await press('write', { eventId: 'o0', agendaText: '- Budget\nNew' });
    const left = (await stage.answers(ann)).find((one) => one.kind === OPEN_POINTS);
    assert.deepEqual(left?.value, { points: ['Pay'], fromStartAt: START - DAY });
    await press('write', { eventId: 'o0', agendaText: 'Pay' });
    assert.match(await press('pickUp', { eventId: 'o1' }), /Nothing is open from last time/);
  });

  it('ask again in two hours, or in the evening', async () => {
    await stage.replica(ann, single());
    await stage.plan(ann);
    assert.match(await press('postpone', { eventId: 'event-1', later: 'twoHours' }), /I’ll ask again today 12:00/);
    const due = async () =>
      (await stage.nudges(ann, 'agenda')).filter((one) => one.state === 'planned').map((one) => one.due_at.getTime());
    assert.deepEqual(await due(), [NOW + 2 * HOUR]);
    assert.deepEqual(stage.poked, ['nudges', 'cards']);
    assert.match(await press('postpone', { eventId: 'event-1', later: 'evening' }), /I’ll ask again today 17:00/);
    assert.deepEqual(await due(), [NOW + 7 * HOUR]);
    assert.deepEqual(
      (await stage.answers(ann)).map(({ kind, value }) => [kind, value]),
      [[AGENDA_POSTPONED, { until: NOW + 7 * HOUR }]],
    );
  });

  /** [what, start, hours later, button] */
  const late: [string, number, number, string][] = [
    ['in two hours it has begun', NOW + 2 * HOUR, 0, 'twoHours'],
    ['in the evening it has begun', NOW + 7 * HOUR, 0, 'evening'],
    ['the evening has come', START, 7, 'evening'],
  ];
  for (const [what, startAt, hours, later] of late)
    it(`do not put it off when ${what}`, async () => {
      await stage.replica(ann, single({ startAt }));
      stage.now += hours * HOUR;
      assert.match(await press('postpone', { eventId: 'event-1', later }), /too late/);
      assert.deepEqual(await stage.answers(ann), []);
    });

  it('stop asking for this one, or for the series', async () => {
    await stage.replica(ann, weekly(0), weekly(1));
    await stage.plan(ann);
    const open = async () =>
      (await stage.nudges(ann, 'agenda')).filter((one) => one.state === 'planned').map((one) => one.event_id);
    assert.deepEqual(await open(), ['o0', 'o1']);
    assert.match(await press('skip', { eventId: 'o0' }), /won’t ask again for this meeting/);
    assert.deepEqual(await open(), ['o1']);
    assert.match(await press('skip', { eventId: 'o0', series: true }), /won’t ask again for this series/);
    assert.deepEqual(await open(), []);
    assert.deepEqual((await stage.answers(ann)).map(({ kind, eventId }) => [kind, eventId]).sort(), [
      [AGENDA_SKIPPED, 'o0'],
      [AGENDA_SKIPPED, 'series'],
    ]);
  });

  const VERBS = ['write', 'pickUp', 'postpone', 'skip'];
  it('answer in words when there is nothing to answer to', async () => {
    const data = (eventId: string) => ({ eventId, agendaText: 'x', later: 'twoHours' });
    for (const verb of VERBS) assert.match(await refused(verb, data('nobody’s')), /isn’t in your calendar/, verb);
    await stage.replica(ann, single({ isCancelled: true }));
    for (const verb of ['pickUp', 'postpone'])
      assert.match(await refused(verb, data('event-1')), /was cancelled/, verb);
    await stage.replica(ann, single());
    stage.now = START + 2 * HOUR;
    for (const verb of ['pickUp', 'postpone']) assert.match(await refused(verb, data('event-1')), /has begun/, verb);
    assert.match(await refused('write', data('event-1')), /is over/);
    assert.match(await refused('write', { ...data('event-1'), agendaText: ' \n ' }), /is over/);
    stage.now = START - MINUTE;
    assert.match(await refused('write', { ...data('event-1'), agendaText: ' \n ' }), /at least one point/);
    await db.peek(`update cw.person set watch = 'off'`);
    for (const verb of VERBS) assert.match(await refused(verb, data('event-1')), /not watching/, verb);
  });

  it('reach nobody else’s mailbox, and take no odd data', async () => {
    const bob = await stage.person('bob');
    await stage.replica(bob, single());
    assert.match(await refused('write', { eventId: 'event-1', agendaText: 'x' }), /isn’t in your calendar/);
    assert.doesNotMatch(stage.body(bob, 'event-1'), />x</);
    for (const verb of VERBS)
      for (const odd of [{}, { eventId: 7 }, { eventId: '' }, { eventId: 'x'.repeat(1025) }])
        assert.match(await refused(verb, odd), /can’t read that button/, verb);
    assert.match(await refused('postpone', { eventId: 'event-1', later: 'never' }), /can’t read that button/);
    assert.match(
      await refused('write', { eventId: 'event-1', agendaText: 'x'.repeat(4001) }),
      /can’t read that button/,
    );
  });

  it('hide what is private from the card', async () => {
    await db.peek(`update cw.person set settings = '{"private": "discreet"}'`);
    await stage.replica(ann, single({ sensitivity: 'private' }));
    assert.doesNotMatch(await press('skip', { eventId: 'event-1' }), /Planning/);
  });
});
