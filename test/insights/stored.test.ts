/** On PostgreSQL: the weekly report comes once a week and to who wants it; groups say nothing of a few. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'mocha';
import { adminTime } from '../../src/bot/commands/admin-time.ts';
import type { CalendarEvent } from '../../src/calendar/event.ts';
import { claimDueErrands, performErrand } from '../../src/delivery/errands/dispatch.ts';
import { type GroupAnswer, groupTime } from '../../src/insights/group.ts';
import type { TimeFacts } from '../../src/insights/report.ts';
import { createTimeReport, createWeeklyFollower } from '../../src/insights/weekly.ts';
import { createLog } from '../../src/log.ts';
import { appWatches, type ShownWatch } from '../../src/store/app-watch.ts';
import { recordAct } from '../../src/store/audit.ts';
import { writeEvents } from '../../src/store/events.ts';
import { findPerson } from '../../src/store/people.ts';
import { empty, NOW, seedMailbox, seedTenant } from '../store/seed.ts';
import { DAY, HOUR, MINUTE, meeting, utc } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';

/** NOW is Monday, 23 November 2026, 10:00 in Berlin. */
const NEXT_MONDAY = utc('2026-11-30 07:00');

describe('time, from the replica', function () {
  this.timeout(60_000);
  let db: OpenTestDatabase;
  let tenantId: string;
  let now = NOW;
  const clock = { now: () => now, after: () => () => undefined };

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    await db.peek('delete from cw.audit');
    tenantId = await seedTenant(db);
    now = NOW;
  });

  const at = (ms: number) => new Date(ms);
  const set = (personId: string, column: string, value: unknown) =>
    db.peek(`update cw.person set ${column} = $2 where person_id = $1`, [personId, value]);

  async function somebody(events: CalendarEvent[], settings: object = { weeklyTime: true }): Promise<string> {
    const personId = await seedMailbox(db, tenantId);
    await db.peek(`update cw.feed set delta_link = 'link' where mailbox_id = $1`, [personId]);
    await db.peek(
      `update cw.person set settings = $2, time_zone = 'Europe/Berlin', watch_since = $3 where person_id = $1`,
      [personId, JSON.stringify(settings), at(NOW - 60 * DAY)],
    );
    await db.database.inTenant(tenantId, (sql) => writeEvents(sql, tenantId, personId, events, []));
    return personId;
  }

  describe('the weekly report', () => {
    const kinds = [createTimeReport({ pastKeepMs: 90 * DAY })];
    const thisWeek = [meeting({ id: 'a', startAt: utc('2026-11-24 10:00') })];
    const follow = (personId: string, read?: object) =>
      db.database.inTenant(tenantId, async (sql) => {
        const person = await findPerson(sql, tenantId, personId);
        assert.ok(person);
        const written = {
          tenantId,
          mailboxId: personId,
          correlationId: 'c',
          person,
          changes: [],
          ...(read ? { read } : {}),
        };
        return createWeeklyFollower().follow(sql, written as never, now);
      });
    const deps = () => ({
      database: db.database,
      clock,
      log: createLog('silent'),
      errands: kinds,
      random: () => 0,
      newId: randomUUID,
      poke: () => undefined,
    });
    async function run(): Promise<number> {
      const leases = await claimDueErrands(deps() as never, 10);
      await Promise.all(leases.map((lease) => performErrand(deps() as never, lease)));
      return leases.length;
    }
    const errands = () =>
      db.peek<{ state: string; due: Date; reason: string | null }>(
        'select state, due_at as due, reason from cw.errand order by due_at',
      );
    const notices = () =>
      db.peek<{ facts: TimeFacts; due: Date }>(
        `select facts, due_at as due from cw.nudge where kind = 'timeReport' order by due_at`,
      );
    const shown = async () => (await errands()).map(({ state, due }) => [state, due.toISOString().slice(0, 16)]);

    it('is planned once for the week that begins, and tells of the one before', async () => {
      const personId = await somebody(thisWeek);
      for (let times = 0; times < 3; times += 1) await follow(personId);
      assert.deepEqual(await shown(), [['planned', '2026-11-30T07:00']]);
      assert.equal(await run(), 0, 'not before it is due');
      now = NEXT_MONDAY;
      assert.equal(await run(), 1);
      assert.equal(await run(), 0);
      await follow(personId);
      assert.deepEqual(await shown(), [
        ['done', '2026-11-30T07:00'],
        ['planned', '2026-12-07T07:00'],
      ]);
      const told = await notices();
      assert.equal(told.length, 1);
      const { period, figures, before: earlier, since, aheadMs } = (told[0] as { facts: TimeFacts }).facts;
      assert.deepEqual([period.startDate, period.endDate], ['2026-11-23', '2026-11-30']);
      assert.deepEqual([figures.meetings, figures.meetingMs, earlier?.meetingMs], [1, 30 * MINUTE, 0]);
      assert.deepEqual([since, aheadMs], [undefined, 0]);
    });

    it('is there once when somebody claimed it and died, and when two are at it', async () => {
      const personId = await somebody(thisWeek);
      await follow(personId);
      now = NEXT_MONDAY;
      const [dead] = await claimDueErrands(deps() as never, 10);
      assert.ok(dead);
      now += 5 * MINUTE;
      assert.equal(await run(), 1);
      // The one that was taken for dead goes on.
      await performErrand(deps() as never, dead);
      assert.equal((await notices()).length, 1);
    });

    it('moves with the clock of the person, and a read of the calendar changes nothing', async () => {
      const personId = await somebody(thisWeek);
      await follow(personId, { upserts: [], removals: [] });
      assert.deepEqual(await shown(), []);
      await follow(personId);
      await set(personId, 'time_zone', 'Europe/London');
      await follow(personId);
      assert.deepEqual(await shown(), [['planned', '2026-11-30T08:00']]);
    });

    const ends: [string, (personId: string) => Promise<unknown>, string][] = [
      ['was switched off', (id) => set(id, 'settings', '{}'), 'switched off'],
      ['watches no more', (id) => set(id, 'watch', 'off'), 'nobody watches'],
      ['has to sign in again', (id) => set(id, 'watch', 'reconnect'), 'nobody watches'],
      [
        'paused for a month',
        (id) => set(id, 'settings', JSON.stringify({ weeklyTime: true, pausedUntil: NEXT_MONDAY + 30 * DAY })),
        'silence for longer',
      ],
    ];
    for (const [why, end, reason] of ends)
      it(`is withdrawn from who ${why}`, async () => {
        const personId = await somebody(thisWeek);
        await follow(personId);
        await end(personId);
        now = NEXT_MONDAY;
        await run();
        const [first] = await errands();
        assert.deepEqual([first?.state, first?.reason], ['withdrawn', reason]);
        assert.deepEqual(await notices(), []);
        assert.equal((await errands()).length, reason === 'silence for longer' ? 2 : 1);
      });

    it('comes after all for who switched it off and on again', async () => {
      const personId = await somebody(thisWeek);
      await follow(personId);
      await set(personId, 'settings', '{}');
      await follow(personId);
      await set(personId, 'settings', '{"weeklyTime": true}');
      await follow(personId);
      now = NEXT_MONDAY;
      await run();
      assert.equal((await notices()).length, 1);
    });

    it('waits for the end of a pause, is late after an outage, and is left out after a long one', async () => {
      const [paused, late] = [
        await somebody(thisWeek, { weeklyTime: true, pausedUntil: NEXT_MONDAY + DAY }),
        await somebody(thisWeek),
      ];
      for (const one of [paused, late]) await follow(one);
      now = NEXT_MONDAY + HOUR;
      await run();
      assert.deepEqual(
        (await notices()).map((one) => one.due.getTime()),
        [now, NEXT_MONDAY + DAY],
      );
      now = NEXT_MONDAY + 12 * DAY;
      await run();
      const states = (await errands()).map((one) => one.state).sort();
      assert.deepEqual(states, ['done', 'done', 'missed', 'missed', 'planned', 'planned']);
      assert.equal((await notices()).length, 2);
    });

    it('says nothing while the calendar was not read, and says since when it is known', async () => {
      const [unread, fresh] = [await somebody([]), await somebody(thisWeek)];
      await db.peek('update cw.feed set delta_link = null where mailbox_id = $1', [unread]);
      await db.peek('update cw.feed set window_from = $2 where mailbox_id = $1', [fresh, at(utc('2026-11-24 00:00'))]);
      for (const one of [unread, fresh]) await follow(one);
      now = NEXT_MONDAY;
      await run();
      const [notice, another] = await notices();
      assert.equal(another, undefined);
      assert.equal(notice?.facts.since, utc('2026-11-24 00:00'));
      assert.equal(notice?.facts.before, undefined, 'no trend against what is not known');
    });
  });

  describe('a group', () => {
    const WEEK_BEFORE = utc('2026-11-17 10:00');
    // By Tuesday the week is over everywhere.
    beforeEach(() => {
      now = NOW + DAY;
    });
    /** Somebody with `hours` in meetings in the week before. */
    const worker = (hours: number) =>
      somebody([meeting({ id: 'a', startAt: WEEK_BEFORE, endAt: WEEK_BEFORE + hours * HOUR })], {});

    async function group(label: string, people: string[], joinedAt = NOW - 30 * DAY): Promise<void> {
      const watchId = randomUUID();
      await db.peek(
        `insert into cw.app_watch (tenant_id, watch_id, kind, object_id, label, added_by, added_at, look_at)
         values ($1, $2, 'group', $2, $3, 'boss', $4, $4)`,
        [tenantId, watchId, label, at(NOW)],
      );
      for (const personId of people) await join(watchId, personId, joinedAt);
    }
    const join = (watchId: string, personId: string, joinedAt: number) =>
      db.peek(
        `insert into cw.app_member (tenant_id, watch_id, person_id, seen_at, joined_at) values ($1, $2, $3, $4, $4)`,
        [tenantId, watchId, personId, at(joinedAt)],
      );
    const watches = () => db.database.inTenant(tenantId, (sql) => appWatches(sql, tenantId));
    async function ask(label: string): Promise<GroupAnswer> {
      const all = await watches();
      const meant = all.find((one) => one.label === label) as ShownWatch;
      return groupTime(db.database, tenantId, meant, all, now, (sql, detail) =>
        recordAct(sql, { tenantId, actorId: 'boss', personId: null, act: 'adminTime', detail }, now, randomUUID()),
      );
    }
    const people = async (...hours: number[]) => {
      const made: string[] = [];
      for (const one of hours) made.push(await worker(one));
      return made;
    };
    const hoursOf = (answer: GroupAnswer) =>
      answer.kind === 'figures' ? answer.facts.figures.meetingHours : answer.kind;

    it('of five is an average, of four nothing', async () => {
      const all = await people(1, 2, 3, 4, 7.2);
      await group('Five', all);
      await group('Four', all.slice(1));
      assert.equal(hoursOf(await ask('Four')), 'tooFew');
      const answer = await ask('Five');
      // 17.2 in five: 3.44.
      assert.equal(hoursOf(answer), 3.5);
      assert.ok(answer.kind === 'figures' && answer.facts.week === '2026-11-16');
      assert.equal(answer.facts.figures.people, 5);
    });

    it('counts those alone who were in it and watched all week', async () => {
      const all = await people(1, 1, 1, 1, 1, 1, 1);
      await group('All', all);
      await set(all[0] ?? '', 'watch', 'off');
      await set(all[1] ?? '', 'watch_since', at(WEEK_BEFORE));
      assert.equal(hoursOf(await ask('All')), 1);
      await db.peek(`update cw.app_member set joined_at = $2 where person_id = $1`, [all[2], at(WEEK_BEFORE)]);
      // What was answered stands, whoever left.
      assert.equal(hoursOf(await ask('All')), 1);
      await db.peek('delete from cw.audit');
      assert.equal(hoursOf(await ask('All')), 'tooFew');
    });

    it('does not tell of one more, neither in the same group nor in another', async () => {
      const all = await people(2, 2, 2, 2, 2, 8);
      await group('Team', all.slice(0, 5));
      await group('Team and the boss', all);
      assert.equal(hoursOf(await ask('Team')), 2);
      assert.equal(hoursOf(await ask('Team and the boss')), 'tooNear');
      const [watch] = (await watches()).filter((one) => one.label === 'Team');
      await join(watch?.watchId ?? '', all[5] ?? '', NOW - 30 * DAY);
      assert.equal(hoursOf(await ask('Team')), 2, 'the same answer all week');
      assert.equal(hoursOf(await ask('Team and the boss')), 'tooNear', 'the very same people by now');
      now += 7 * DAY;
      assert.equal(hoursOf(await ask('Team and the boss')), 0, 'another week, other hours');
    });

    it('does not tell of one more when the first group is watched no more, or is of others by now', async () => {
      const all = await people(1, 1, 1, 1, 1, 19, 2, 2, 2, 2, 2);
      await group('A', all.slice(0, 5));
      await group('A and X', all.slice(0, 6));
      assert.equal(hoursOf(await ask('A')), 1);
      const left = `delete from cw.app_member m using cw.app_watch w where w.watch_id = m.watch_id and w.label = 'A'`;
      await db.peek(`${left} and m.person_id = $1`, [all[0]]);
      assert.equal(hoursOf(await ask('A and X')), 'tooNear', 'somebody left');
      await db.peek(left);
      const [watch] = (await watches()).filter((one) => one.label === 'A');
      for (const one of all.slice(6)) await join(watch?.watchId ?? '', one, NOW - 30 * DAY);
      assert.equal(hoursOf(await ask('A and X')), 'tooNear', 'all others by now');
      await db.peek(`delete from cw.app_watch where label = 'A'`);
      assert.equal(hoursOf(await ask('A and X')), 'tooNear', 'watched no more');
    });

    it('answers two admins who ask at once about two groups that are near about one of them', async () => {
      const all = await people(1, 1, 1, 1, 1, 19);
      await group('B', all.slice(0, 5));
      await group('B and X', all);
      const both = await Promise.all([ask('B'), ask('B and X')]);
      assert.equal(both.filter((one) => one.kind === 'figures').length, 1);
      assert.equal(both.filter((one) => one.kind === 'tooNear').length, 1);
    });

    it('is spoken of to admins, with a word on record, and nobody is named', async () => {
      const all = await people(1, 2, 3, 4, 5);
      await group('Team Sales', all);
      const admin = { tenantId, personId: all[0] ?? '', conversationId: 'chat', locale: 'en-GB', timeZone: 'UTC' };
      const said = async (rest: string, isAdmin = true) => {
        const services = { database: db.database, clock, newId: randomUUID, admins: { prove: async () => isAdmin } };
        return (await adminTime.run(services as never, admin, rest))?.fallbackText ?? '';
      };
      await assert.rejects(said('group Team Sales', false), /no admin/);
      assert.match(await said(''), /admin time group/);
      assert.match(await said('group Nobody'), /don’t watch such a group/);
      for (const words of ['group Team Sales', '“team sales”', 'group “Team Sales”'])
        assert.match(await said(words), /average person in Team Sales.*In meetings 3 h/, words);
      const acts = await db.peek<{ detail: object }>(`select detail from cw.audit where act = 'adminTime'`);
      assert.equal(acts.length, 1);
      for (const one of all) assert.ok(!JSON.stringify(acts).includes(one));
    });

    it('does tell of another one that five do not share', async () => {
      const all = await people(1, 1, 1, 1, 1, 3, 3, 3, 3, 3);
      await group('One', all.slice(0, 5));
      await group('Both', all);
      assert.equal(hoursOf(await ask('One')), 1);
      assert.equal(hoursOf(await ask('Both')), 2);
    });
  });
});
