import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { POINTS_ACTIONS, POINTS_OFFERED } from '../../../src/bot/actions/points.ts';
import type { CalendarEvent } from '../../../src/calendar/event.ts';
import { NOW } from '../../store/seed.ts';
import { attendee, DAY, HOUR, MINUTE, meeting } from '../../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../../support/postgres.ts';
import { Stage } from './stage.ts';

const START = NOW + 5 * HOUR;
const BOB = attendee('Bob Guest', { address: 'bob@test.example' });
const asInvited = (more: Partial<CalendarEvent> = {}) =>
  meeting({ id: 'bobs', uid: 'uid-1', startAt: START, agenda: [], attendees: [BOB], ...more });
const asOrganised = (more: Partial<CalendarEvent> = {}) =>
  asInvited({ id: 'anns', isOrganizer: true, response: 'organizer', ...more });
const DATA = { eventId: 'bobs', pointsText: '- Pay\n2. Holidays' };

describe('points for a 1:1', () => {
  let db: OpenTestDatabase;
  let stage: Stage;
  let ann: string;
  let bob: string;

  before(async () => {
    db = await openTestDatabase();
    stage = new Stage(db);
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await stage.begin();
    ann = await stage.person('ann');
    bob = await stage.person('bob');
  });
  const press = (who: string, verb: string, data: Record<string, unknown> = DATA) =>
    stage.press(POINTS_ACTIONS, who, `points.${verb}`, data);
  const refused = (who: string, verb: string, data: Record<string, unknown> = DATA) =>
    stage.refused(POINTS_ACTIONS, who, `points.${verb}`, data);
  const offers = () => stage.nudges(ann, POINTS_OFFERED);
  const offer = async () => {
    const [one, ...more] = await offers();
    assert.ok(one && more.length === 0);
    return one;
  };
  const both = async (more: Partial<CalendarEvent> = {}) => {
    await stage.replica(bob, asInvited(more));
    await stage.replica(ann, asOrganised(more));
  };
  const setting = (who: string, settings: object) =>
    db.peek('update cw.person set settings = $2 where person_id = $1', [who, JSON.stringify(settings)]);

  it('are asked of whose organiser uses the bot too, by their address', async () => {
    await both();
    await stage.plan(bob);
    assert.deepEqual(
      (await stage.nudges(bob, 'inviteePoints')).map((one) => one.event_id),
      ['bobs'],
    );
    await db.peek(`update cw.person set watch = 'off' where person_id = $1`, [ann]);
    await stage.plan(bob);
    assert.deepEqual(
      (await stage.nudges(bob, 'inviteePoints')).map((one) => one.state),
      ['withdrawn'],
    );
  });

  it('reach the event when the organiser agrees, not before', async () => {
    await both();
    assert.match(await press(bob, 'suggest'), /Suggested to Ann Organiser.*- Pay\\n- Holidays/);
    const { nudge_id: nudgeId, facts, state, due_at } = await offer();
    assert.equal(state, 'planned');
    assert.equal(due_at.getTime(), NOW);
    assert.deepEqual([facts.from, facts.points, facts.eventId], ['Bob Guest', ['Pay', 'Holidays'], 'anns']);
    assert.doesNotMatch(stage.body(ann, 'anns'), /Pay/);
    assert.match(await press(ann, 'add', { nudgeId }), /Added to the agenda/);
    assert.match(stage.body(ann, 'anns'), /<li>Pay<\/li><li>Holidays<\/li>/);
    assert.deepEqual(await stage.ownWrites(ann), ['anns/2']);
    assert.doesNotMatch(stage.body(bob, 'bobs'), /Pay/);
    await press(ann, 'add', { nudgeId });
    assert.deepEqual(await stage.ownWrites(ann), ['anns/2'], 'once');
  });

  it('stay out when the organiser doesn’t, and nobody hears of it', async () => {
    await both();
    await press(bob, 'suggest');
    const { nudge_id: nudgeId } = await offer();
    assert.match(await press(ann, 'refuse', { nudgeId }), /Left out/);
    assert.doesNotMatch(stage.body(ann, 'anns'), /Pay/);
    assert.deepEqual(await stage.nudges(bob, POINTS_OFFERED), []);
  });

  it('are decided once: an old card on another device says what was', async () => {
    await both();
    await press(bob, 'suggest');
    const { nudge_id: nudgeId } = await offer();
    await press(ann, 'refuse', { nudgeId });
    assert.match(await press(ann, 'add', { nudgeId }), /Added to the agenda/, 'minds change');
    for (const verb of ['refuse', 'add']) {
      const card = await press(ann, verb, { nudgeId });
      assert.match(card, /You added these already.*edit the invitation in Outlook/);
      assert.doesNotMatch(card, /Action\.Execute|Left out/);
    }
    // Taken out in Outlook since: an old button does not put them in again.
    const held = stage.held.get(`${ann} anns`) ?? assert.fail();
    held.content = '<html><body></body></html>';
    await press(ann, 'add', { nudgeId });
    assert.doesNotMatch(stage.body(ann, 'anns'), /Pay/);
  });

  it('are not added to what was cancelled', async () => {
    await both();
    await press(bob, 'suggest');
    const { nudge_id: nudgeId } = await offer();
    await stage.replica(ann, asOrganised({ isCancelled: true }));
    assert.match(await refused(ann, 'add', { nudgeId }), /was cancelled/);
    assert.match(await press(ann, 'refuse', { nudgeId }), /Left out/);
  });

  it('are sent once, however often the button is pressed', async () => {
    await both();
    await press(bob, 'suggest');
    assert.match(await press(bob, 'suggest', { ...DATA, pointsText: 'Something else' }), /- Pay/);
    assert.deepEqual((await offer()).facts.points, ['Pay', 'Holidays']);
  });

  it('are bounded', async () => {
    await both();
    await press(bob, 'suggest', { ...DATA, pointsText: Array.from({ length: 20 }, () => 'x'.repeat(190)).join('\n') });
    const points = (await offer()).facts.points as string[];
    assert.equal(points.length, 10);
    assert.ok(points.every((one) => one.length === 160));
  });

  /** In one mailbox an occurrence was changed, in the other not: its own uid there, the series' here. */
  const head = (id: string, more: Partial<CalendarEvent> = {}) =>
    asInvited({ id, type: 'master', uid: 'uid-series', startAt: START - 7 * DAY, ...more });
  const pairs: [string, Partial<CalendarEvent>, Partial<CalendarEvent>][] = [
    ['an occurrence in both', { type: 'occurrence', uid: 'uid-series' }, { type: 'occurrence', uid: 'uid-series' }],
    ['an exception in both', { type: 'exception', uid: 'uid-day' }, { type: 'exception', uid: 'uid-day' }],
    ['an exception here', { type: 'exception', uid: 'uid-day' }, { type: 'occurrence', uid: 'uid-series' }],
    ['an exception there', { type: 'occurrence', uid: 'uid-series' }, { type: 'exception', uid: 'uid-day' }],
  ];
  for (const [what, here, there] of pairs)
    it(`find the same meeting in the organiser’s calendar: ${what}`, async () => {
      await stage.replica(bob, head('bobs-series'), asInvited({ ...here, seriesMasterId: 'bobs-series' }));
      const other = { seriesMasterId: 'anns-series', type: 'occurrence', uid: 'uid-series' } as const;
      await stage.replica(
        ann,
        head('anns-series', { isOrganizer: true }),
        asOrganised({ ...other, id: 'next week', startAt: START + 7 * DAY }),
        asOrganised({ ...there, seriesMasterId: 'anns-series' }),
      );
      await press(bob, 'suggest');
      assert.equal((await offer()).facts.eventId, 'anns');
    });

  /** [what, what is different in the organiser's calendar] */
  const others: [string, Partial<CalendarEvent>][] = [
    ['is at another time there', { startAt: START + HOUR }],
    ['is another one there', { uid: 'uid-2' }],
    ['is not theirs', { isOrganizer: false, response: 'accepted' }],
    ['is cancelled there', { isCancelled: true }],
    ['is with somebody else there', { attendees: [attendee('Eve')] }],
    ['is with two there', { attendees: [BOB, attendee('Eve')] }],
  ];
  for (const [what, more] of others)
    it(`reach nobody when the meeting ${what}`, async () => {
      await stage.replica(bob, asInvited());
      await stage.replica(ann, asOrganised(more));
      assert.match(await refused(bob, 'suggest'), /can’t reach the organiser/);
      assert.deepEqual(await offers(), []);
      assert.deepEqual(await stage.answers(bob), [], 'and may be sent again');
    });

  it('reach nobody in another tenant', async () => {
    await stage.replica(bob, asInvited());
    const { tenantId } = stage;
    await db.peek(`insert into cw.tenant (tenant_id, first_seen_at, pace_at) values ('other', now(), now())`);
    await db.peek(
      `insert into cw.person (tenant_id, person_id, watch, watch_since, seen_at, address)
       values ('other', 'other-ann', 'on', now(), now(), 'ann@test.example')`,
    );
    await db.peek('update cw.person set address = null where person_id = $1', [ann]);
    await stage.plan(bob);
    assert.deepEqual(await stage.nudges(bob, 'inviteePoints'), []);
    assert.match(await refused(bob, 'suggest'), /can’t reach the organiser/);
    assert.deepEqual(await db.peek(`select 1 from cw.nudge where tenant_id <> $1`, [tenantId]), []);
  });

  /** [what the organiser chose, when they hear, in minutes; undefined: not at all] */
  const silences: [string, object, number | undefined][] = [
    ['nothing', {}, 0],
    ['a pause until later', { pausedUntil: NOW + HOUR }, 60],
    ['a pause until after the meeting', { pausedUntil: START + 1 }, undefined],
    ['quiet hours', { quiet: { from: '09:00', to: '12:00' } }, 120],
    ['no such suggestions', { kinds: { inviteePoints: false } }, undefined],
    ['to mute the series', { mutedSeries: [{ id: 'anns', name: '' }] }, undefined],
    ['to mute the one who suggests', { mutedPeople: [{ id: 'bob@test.example', name: '' }] }, undefined],
    ['to mute somebody else', { mutedPeople: [{ id: 'eve@test.example', name: '' }] }, 0],
    ['no word from colleagues', { kinds: { colleagues: false } }, undefined],
  ];
  for (const [what, settings, minutes] of silences)
    it(`respect what the organiser chose: ${what}`, async () => {
      await both();
      await setting(ann, settings);
      if (minutes === undefined) assert.match(await refused(bob, 'suggest'), /can’t reach the organiser/);
      else {
        await press(bob, 'suggest');
        assert.equal((await offer()).due_at.getTime(), NOW + minutes * MINUTE);
      }
    });

  it('hide what is private from the organiser’s chat too', async () => {
    await both({ sensitivity: 'private' });
    await setting(ann, { private: 'discreet' });
    await press(bob, 'suggest');
    const { facts, nudge_id: nudgeId } = await offer();
    assert.deepEqual([facts.subject, facts.isDiscreet], ['Private appointment', true]);
    const card = await press(ann, 'add', { nudgeId });
    assert.doesNotMatch(card, /Pay|Planning/);
    assert.match(stage.body(ann, 'anns'), /Pay/);
  });

  it('are not asked for again when the invitee says so', async () => {
    await both();
    await stage.plan(bob);
    assert.match(await press(bob, 'skip', { eventId: 'bobs' }), /won’t ask again for this meeting/);
    assert.deepEqual(
      (await stage.nudges(bob, 'inviteePoints')).map((one) => one.state),
      ['withdrawn'],
    );
  });

  it('answer in words when there is nothing to answer to', async () => {
    await both();
    const none = 'at least one point';
    assert.match(await refused(bob, 'suggest', { eventId: 'bobs', pointsText: ' \n- \n' }), new RegExp(none));
    assert.match(await refused(bob, 'suggest', { eventId: 'anns', pointsText: 'x' }), /isn’t in your calendar/);
    assert.match(await refused(ann, 'suggest', { eventId: 'anns', pointsText: 'x' }), /no 1:1 of yours/);
    await press(bob, 'suggest');
    const { nudge_id: nudgeId } = await offer();
    for (const verb of ['add', 'refuse']) {
      assert.match(await refused(bob, verb, { nudgeId }), /don’t have that suggestion/, 'of somebody else');
      assert.match(await refused(ann, verb, { nudgeId: 'x' }), /don’t have that suggestion/);
      assert.match(await refused(ann, verb, {}), /can’t read that button/);
    }
    stage.now = START + HOUR;
    assert.match(await refused(ann, 'add', { nudgeId }), /is over/);
    assert.match(await refused(bob, 'suggest'), /has begun/);
    await db.peek('delete from cw.event');
    assert.match(await refused(ann, 'add', { nudgeId }), /isn’t in your calendar/);
  });

  it('are not taken from whom the invitation is not for', async () => {
    await both();
    await db.peek(`update cw.person set address = 'carl@test.example' where person_id = $1`, [bob]);
    assert.match(await refused(bob, 'suggest'), /no 1:1 of yours/);
  });
});
