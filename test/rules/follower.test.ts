import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import type { Errand } from '../../src/delivery/errands/errand.ts';
import type { NoticedChange } from '../../src/nudges/nudge.ts';
import { rulesFollower } from '../../src/rules/follower.ts';
import { rehearse } from '../../src/rules/rehearse.ts';
import type { Rule, RuleSpec } from '../../src/rules/rule.ts';
import { ruleStillStands } from '../../src/rules/still-stands.ts';
import { claimErrands, endErrand, readErrand } from '../../src/store/errands.ts';
import { saveOwnWrite, writeChanges, writeEvents } from '../../src/store/events.ts';
import { lockPerson } from '../../src/store/people.ts';
import { lastRuns } from '../../src/store/rule-runs.ts';
import { deleteRule, makeRule, pauseRule, resumeRule, rulesOf } from '../../src/store/rules.ts';
import { empty, seedMailbox, seedPerson, seedTenant } from '../store/seed.ts';
import { DAY, HOUR, MINUTE, meeting, NOW } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { spec } from './specs.ts';

const BEFORE: Partial<RuleSpec> = { when: { trigger: 'before', minutes: 30 } };

describe('rules go along with a mailbox', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  let personId: string;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    tenantId = await seedTenant(db);
    personId = await seedMailbox(db, tenantId);
  });

  const make = (more: Partial<RuleSpec> = {}, rule: Partial<Rule> = {}) =>
    db.database.inTenant(tenantId, (sql) =>
      makeRule(
        sql,
        tenantId,
        { ruleId: 'rule-1', personId, scope: 'mine', name: 'A rule', limitPerHour: 30, ...rule, spec: spec(more) },
        NOW - DAY,
      ),
    );
  const put = (...events: CalendarEvent[]) =>
    db.database.inTenant(tenantId, (sql) => writeEvents(sql, tenantId, personId, events, []));
  const remove = (...events: CalendarEvent[]) =>
    db.database.inTenant(tenantId, (sql) => writeEvents(sql, tenantId, personId, [], events));
  const follow = (changes: NoticedChange[] = [], now = NOW, upserts: CalendarEvent[] = []) =>
    db.database.inTenant(tenantId, async (sql) => {
      const person = await lockPerson(sql, tenantId, personId);
      assert.ok(person);
      const written = { tenantId, mailboxId: personId, correlationId: 'c', person, changes };
      return rulesFollower.follow(sql, { ...written, read: { upserts, removals: [] } }, now);
    });
  const rows = () =>
    db.peek<{
      errand_id: string;
      state: string;
      event_id: string;
      due_at: Date;
      payload: { facts: { subject: string } };
    }>('select errand_id, state, event_id, due_at, payload from cw.errand order by due_at, errand_id');
  const states = async () => (await rows()).map((row) => row.state);
  const created = (event: CalendarEvent, changeId = `c-${event.id}`): NoticedChange => ({
    changeId,
    noticedAt: NOW,
    kind: 'created',
    aspects: ['created'],
    scope: 'single',
    eventId: event.id,
    after: event,
    occurrences: [{ eventId: event.id }],
  });
  const many = (count: number) => Array.from({ length: count }, (_, index) => meeting({ id: `event-${index}` }));
  /** What the last look says of the one errand that is due. */
  const look = async (now: number): Promise<string | undefined> => {
    const [lease] = await claimErrands(db.database.system, { most: 1, leaseMs: 60_000, kinds: ['message'] }, now);
    assert.ok(lease, 'nothing is due');
    return db.database.inTenant(tenantId, async (sql) => {
      const errand = (await readErrand(sql, lease)) as Errand;
      const against = await ruleStillStands(sql, errand);
      await endErrand(sql, lease, against ? { state: 'withdrawn', reason: against } : { state: 'done' }, now);
      return against;
    });
  };

  it('asks for nothing where there are no rules', async () => {
    await put(meeting());
    assert.equal(await follow([created(meeting())]), undefined);
    assert.deepEqual(await states(), []);
  });

  it('plans a run once, however often it plans', async () => {
    await make(BEFORE);
    await put(meeting());
    for (const later of [0, 1, 2]) assert.equal(await follow([], NOW + later * HOUR), NOW + later * HOUR + DAY);
    assert.deepEqual(await states(), ['planned']);
    const dueAt = meeting().startAt - 30 * MINUTE;
    assert.equal(await look(dueAt), undefined);
    await follow([], dueAt + MINUTE);
    assert.deepEqual(await states(), ['done']);
  });

  it('takes a moved meeting for another, and one that moved back for the first', async () => {
    await make(BEFORE);
    const moved = meeting({ startAt: meeting().startAt + HOUR });
    for (const event of [meeting(), moved, meeting()]) {
      await put(event);
      await follow([], NOW, [event]);
    }
    const found = await rows();
    assert.deepEqual(
      found.map((row) => row.state),
      ['planned', 'withdrawn'],
    );
    assert.equal(found[0]?.due_at.getTime(), meeting().startAt - 30 * MINUTE);
  });

  it('withdraws what is cancelled or gone', async () => {
    await make(BEFORE);
    const gone = meeting({ id: 'event-2' });
    await put(meeting(), gone);
    await follow();
    await put(meeting({ isCancelled: true }));
    await remove(gone);
    await follow();
    assert.deepEqual(await states(), ['withdrawn', 'withdrawn']);
  });

  it('runs later when the meeting ends later, with what it is called by then', async () => {
    await make({ when: { trigger: 'after', minutes: 10 } });
    await put(meeting());
    await follow();
    const longer = meeting({ endAt: meeting().endAt + HOUR, subject: 'Long planning' });
    await put(longer);
    await follow([], NOW, [longer]);
    const [row, ...more] = await rows();
    assert.equal(more.length, 0);
    assert.equal(row?.due_at.getTime(), longer.endAt + 10 * MINUTE);
    assert.equal(row?.payload.facts.subject, 'Long planning');
  });

  it('runs once a series where the rule says so', async () => {
    await make({ ...BEFORE, each: 'series' });
    const day = (count: number) =>
      meeting({ id: `o-${count}`, type: 'occurrence', seriesMasterId: 's', startAt: NOW + count * DAY });
    await put(day(1), day(2));
    await follow();
    await put(meeting({ ...day(1), isCancelled: true }), day(2));
    await follow();
    assert.deepEqual(
      (await rows()).map((row) => [row.event_id, row.state]),
      [['o-2', 'planned']],
    );
    assert.equal(await look(day(2).startAt - 30 * MINUTE), undefined);
    await put(day(3));
    await follow([], day(2).startAt);
    assert.deepEqual(await states(), ['done']);
  });

  it('runs what happened at once, and not what we did ourselves', async () => {
    await make();
    const own = meeting({ id: 'own', changeKey: 'ours' });
    await db.database.inTenant(tenantId, (sql) => saveOwnWrite(sql, tenantId, personId, 'ours', NOW));
    await put(meeting(), own);
    assert.equal(await follow([created(meeting()), { ...created(own), toldIn: 'blind' }]), undefined);
    await follow();
    assert.deepEqual(
      (await rows()).map((row) => [row.event_id, row.state, row.due_at.getTime()]),
      [['event-1', 'planned', NOW]],
    );
  });

  it('counts what was told in a message about blindness as happened', async () => {
    await make();
    await put(meeting());
    await follow([{ ...created(meeting()), toldIn: 'blind-1' }]);
    assert.deepEqual(await states(), ['planned']);
  });

  it('runs a meeting of two calendars for the default one', async () => {
    await make();
    const copy = meeting({ id: 'copy', uid: 'u', calendarId: 'boss' });
    await put(meeting({ uid: 'u' }), copy);
    await follow([created(copy)]);
    assert.deepEqual(await states(), []);
    await follow([created(meeting({ uid: 'u' }))]);
    assert.deepEqual(await states(), ['planned']);
  });

  it('pauses a rule that would run more often in an hour than it may, and says so', async () => {
    await make({}, { limitPerHour: 3 });
    await put(...many(5));
    const news = many(5).map((event) => created(event));
    await follow(news.slice(0, 3));
    assert.deepEqual(await states(), ['planned', 'planned', 'planned']);
    await follow(news.slice(3), NOW + 59 * MINUTE);
    assert.deepEqual(await states(), ['withdrawn', 'withdrawn', 'withdrawn']);
    const [rule] = await db.database.inTenant(tenantId, (sql) => rulesOf(sql, tenantId, personId));
    assert.equal(rule?.pausedWhy, 'limit');
    const told = await db.peek<{ kind: string; facts: object }>('select kind, facts from cw.nudge');
    assert.deepEqual(told, [
      {
        kind: 'rulePaused',
        facts: { ruleId: 'rule-1', name: 'A rule', scope: 'mine', why: 'limit', runs: 5, limit: 3 },
      },
    ]);
  });

  it('counts an hour, not more', async () => {
    await make({}, { limitPerHour: 2 });
    await put(...many(4));
    const news = many(4).map((event) => created(event));
    await follow(news.slice(0, 2));
    await follow(news.slice(2), NOW + HOUR + 1);
    assert.deepEqual(await states(), ['planned', 'planned', 'planned', 'planned']);
  });

  it('pauses a rule of the clock before it runs too often', async () => {
    await make(BEFORE, { limitPerHour: 4 });
    await put(...many(5));
    await follow();
    assert.deepEqual(await states(), []);
    await follow();
    assert.equal((await db.peek('select 1 from cw.nudge')).length, 1);
  });

  it('withdraws the runs of a rule that is paused, and plans them again when it goes on', async () => {
    await make(BEFORE);
    await put(meeting());
    await follow();
    const inTenant = db.database.inTenant.bind(db.database);
    await inTenant(tenantId, (sql) => pauseRule(sql, tenantId, 'rule-1', 'asked', NOW));
    assert.deepEqual(await states(), ['withdrawn']);
    await follow();
    assert.deepEqual(await states(), ['withdrawn']);
    await inTenant(tenantId, (sql) => resumeRule(sql, tenantId, 'rule-1', NOW));
    await follow();
    assert.deepEqual(await states(), ['planned']);
    await inTenant(tenantId, (sql) => deleteRule(sql, tenantId, 'rule-1', NOW));
    assert.deepEqual(await states(), ['withdrawn']);
  });

  const LOOKS: [name: string, change: () => Promise<unknown>, says: RegExp][] = [
    ['moved', () => put(meeting({ startAt: meeting().startAt + HOUR })), /moved/],
    ['cancelled', () => put(meeting({ isCancelled: true })), /none of these/],
    ['declined', () => put(meeting({ response: 'declined' })), /none of these/],
    ['gone', () => remove(meeting()), /gone/],
    ['of another subject', () => put(meeting({ subject: 'Else' })), /none of these/],
    ['not watched', () => db.peek(`update cw.person set watch = 'off'`), /not watched/],
    ['of a rule that is paused', () => db.peek(`update cw.rule set paused_at = made_at`), /paused/],
    ['of a rule that is deleted', () => db.peek('delete from cw.rule'), /deleted/],
  ];
  for (const [name, change, says] of LOOKS)
    it(`looks once more before it runs: ${name}`, async () => {
      await make({ ...BEFORE, which: { subjectHas: 'plan' } });
      await put(meeting());
      await follow();
      await change();
      assert.match((await look(meeting().startAt - 30 * MINUTE)) ?? 'nothing', says);
    });

  it('still says what happened, unless it is gone since', async () => {
    await make();
    await put(meeting());
    await follow([created(meeting())]);
    assert.equal(await look(NOW), undefined);
    await follow([created(meeting(), 'c-2')]);
    await remove(meeting());
    assert.match((await look(NOW)) ?? '', /gone/);
    await db.database.inTenant(tenantId, async (sql) => {
      const runs = await lastRuns(sql, tenantId, 'rule-1', 10, NOW);
      assert.deepEqual(
        runs.map((run) => run.state),
        ['done'],
      );
    });
  });

  it('runs the tenant’s rules for everybody, and those for rooms in rooms alone', async () => {
    const admin = await seedPerson(db, tenantId);
    await make({}, { ruleId: 'all', scope: 'everyone', personId: admin });
    await make({}, { ruleId: 'rooms', scope: 'rooms', personId: admin });
    await make({}, { ruleId: 'admins', personId: admin });
    const ruleIds = () => db.peek<{ rule_id: string; person_id: string }>('select rule_id, person_id from cw.errand');
    await put(meeting());
    await follow([created(meeting())]);
    assert.deepEqual(await ruleIds(), [{ rule_id: 'all', person_id: personId }]);
    await db.peek(`delete from cw.errand`);
    await db.peek(`update cw.person set kind = 'room' where person_id = $1`, [personId]);
    const booking = meeting({
      id: 'booking',
      attendees: [...meeting().attendees, { ...meeting().attendees[0], name: 'C', address: 'c@x.example' } as never],
    });
    await put(booking);
    await follow([created(booking)]);
    assert.deepEqual(await ruleIds(), [{ rule_id: 'rooms', person_id: admin }]);
  });

  it('makes no more rules than there may be', async () => {
    for (let count = 0; count < 50; count += 1) assert.equal(await make({}, { ruleId: `rule-${count}` }), true);
    assert.equal(await make({}, { ruleId: 'one-more' }), false);
    assert.equal(await make({}, { ruleId: 'tenant', scope: 'everyone' }), true);
  });

  it('tells what a rule would have done in the week before', async () => {
    const past = meeting({ id: 'past', startAt: NOW - 2 * DAY });
    const older = meeting({ id: 'older', startAt: NOW - 8 * DAY });
    await put(past, older, meeting({ id: 'next' }));
    const noticed = { ...created(meeting()), noticedAt: NOW - 3 * DAY };
    await db.database.inTenant(tenantId, async (sql) => {
      await writeChanges(
        sql,
        tenantId,
        personId,
        [
          { ...noticed, toldIn: 'blind' },
          { ...noticed, changeId: 'c-3', noticedAt: NOW - 8 * DAY },
        ],
        'c',
      );
      const person = await lockPerson(sql, tenantId, personId);
      assert.ok(person);
      const ends = await rehearse(sql, person, spec({ when: { trigger: 'after', minutes: 0 } }), NOW);
      assert.deepEqual([ends.count, ends.runs.map((run) => run.at)], [1, [past.endAt]]);
      const news = await rehearse(sql, person, spec(), NOW);
      assert.deepEqual([news.count, news.runs.map((run) => run.at)], [1, [NOW - 3 * DAY]]);
    });
    assert.deepEqual(await states(), []);
  });
});
