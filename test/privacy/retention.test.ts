/** What is kept goes with age: by a clock that is moved on, in steps, and what was pruned does not come back as news. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'mocha';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/clock.ts';
import { HOLDINGS } from '../../src/privacy/holdings.ts';
import { pruneAudit, recordAct } from '../../src/store/audit.ts';
import { pruneCards } from '../../src/store/cards.ts';
import { pruneErrands } from '../../src/store/errands.ts';
import { prunePast } from '../../src/store/events.ts';
import { pruneExportLinks } from '../../src/store/export-links.ts';
import { askForRead } from '../../src/store/feeds.ts';
import { prune } from '../../src/store/nudges.ts';
import { pruneAnswers } from '../../src/store/people.ts';
import { pruneRooms } from '../../src/store/rooms.ts';
import { pruneSpots } from '../../src/store/spots.ts';
import { empty, NOW, seedMailbox, seedTenant } from '../store/seed.ts';
import { graphEvent, graphMaster, graphTime, skeleton } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { ByHand, lastPage } from '../sync/by-hand.ts';
import { plant } from './planted.ts';

const LEDGER_MS = 30 * DAY_MS;
const PAST_MS = 90 * DAY_MS;
const AUDIT_MS = 365 * DAY_MS;

describe('retention', () => {
  let db: OpenTestDatabase;

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => db?.drop());
  beforeEach(async () => {
    await empty(db);
    for (const table of ['conversation', 'app_watch', 'audit', 'turn_state']) await db.peek(`delete from cw.${table}`);
  });

  const count = async (table: string) =>
    (await db.peek<{ held: number }>(`select count(*)::int as held from cw.${table}`))[0]?.held;
  /** As the job does it (engine.ts). */
  const job = async (now: number, most = 1_000) => {
    const { system } = db.database;
    return (
      (await prune(system, most, now - LEDGER_MS, now)) +
      (await pruneCards(system, most, now - LEDGER_MS)) +
      (await pruneSpots(system, most, now - LEDGER_MS)) +
      (await pruneErrands(system, most, now - LEDGER_MS)) +
      (await pruneRooms(system, most, now - PAST_MS)) +
      (await pruneAnswers(system, most, now, LEDGER_MS)) +
      (await prunePast(system, most, now - PAST_MS)) +
      (await pruneAudit(system, most, now - AUDIT_MS)) +
      (await pruneExportLinks(system, most, now))
    );
  };

  /** How long after it was written nothing of it may be there. */
  const AGES: [string, number][] = [
    ['nudge', LEDGER_MS],
    ['card', LEDGER_MS],
    ['change', LEDGER_MS],
    ['own_write', LEDGER_MS],
    ['answer', LEDGER_MS],
    ['spot', LEDGER_MS],
    ['errand', LEDGER_MS],
    ['room_ask', LEDGER_MS],
    ['event', PAST_MS],
    ['booking', PAST_MS],
    ['check_in', PAST_MS],
    ['room_conflict', PAST_MS],
    ['audit', AUDIT_MS],
    ['export_link', 0],
    ['sign_in', 0],
  ];

  it('is tried here for every table whose rows go with age', () => {
    const aged = HOLDINGS.filter((one) => ['ledger', 'past', 'audit', 'minutes'].includes(one.retention));
    assert.deepEqual(aged.map((one) => one.table).sort(), AGES.map(([table]) => table).sort());
  });

  it('leaves nothing older, and nothing younger out', async () => {
    const who = { tenantId: randomUUID(), personId: randomUUID() };
    await plant(db, who, NOW);
    await db.peek(`update cw.answer set kind = 'late.said'`);
    await db.peek(`insert into cw.spot values ($1, '\\x01', 1, 2, $2)`, [who.tenantId, new Date(NOW)]);
    for (const age of [0, LEDGER_MS, PAST_MS, AUDIT_MS]) {
      await job(NOW + age - MINUTE_MS);
      for (const [table, keepMs] of AGES)
        assert.equal(await count(table), keepMs >= age ? 1 : 0, `${table} before ${age}`);
      while ((await job(NOW + age + MINUTE_MS)) > 0);
      for (const [table, keepMs] of AGES)
        assert.equal(await count(table), keepMs > age ? 1 : 0, `${table} after ${age}`);
    }
    assert.equal(await count('person'), 2, 'they, and the room');
    assert.equal(await count('place'), 1);
  });

  describe('of entries that are over', () => {
    let tenantId: string;
    let mailboxId: string;
    beforeEach(async () => {
      tenantId = await seedTenant(db);
      mailboxId = await seedMailbox(db, tenantId);
    });
    const event = (id: string, endAt: number, type = 'single', series: string | null = null) =>
      db.peek(`insert into cw.event values ($1, $2, $3, '', $4, $5, $6, $6, '{}')`, [
        tenantId,
        mailboxId,
        id,
        type,
        series,
        new Date(endAt),
      ]);
    const ids = async () =>
      (await db.peek<{ id: string }>('select event_id as id from cw.event order by 1')).map((one) => one.id);
    const FROM = NOW - PAST_MS;

    it('goes in steps of bounded size, the oldest first; heads of series with their last occurrence', async () => {
      await event('head', FROM - 99 * DAY_MS, 'master');
      await event('o1', FROM - 3, 'occurrence', 'head');
      await event('o2', FROM - 1, 'occurrence', 'head');
      await event('living head', FROM - 99 * DAY_MS, 'master');
      await event('o3', FROM - 2, 'occurrence', 'living head');
      await event('o4', NOW, 'exception', 'living head');
      await event('kept', FROM);
      const system = db.database.system;
      assert.equal(await prunePast(system, 1, FROM), 1);
      assert.deepEqual(await ids(), ['head', 'kept', 'living head', 'o2', 'o3', 'o4']);
      assert.equal(await prunePast(system, 1, FROM), 1);
      assert.equal(await prunePast(system, 1, FROM), 2, 'and the head');
      assert.deepEqual(await ids(), ['kept', 'living head', 'o4']);
      assert.equal(await prunePast(system, 100, FROM), 0);
    });

    it('does not bring them back when Graph names them again: neither entries nor news', async () => {
      const hand = new ByHand(db);
      const day = (id: string, at: number, changeKey = 'key-1') =>
        graphEvent({ id, changeKey, start: graphTime(at), end: graphTime(at + HOUR_MS) });
      const series = (...times: number[]) => [
        graphMaster(),
        ...times.map((at, index) => skeleton(`occurrence-${index}`, at)),
      ];
      const old = NOW - 89 * DAY_MS;
      hand.pages.push(() => lastPage(day('old', old), ...series(old, NOW + DAY_MS)));
      await hand.sync();
      const all = await ids();
      assert.deepEqual(all, ['occurrence-0', 'occurrence-1', 'old', 'series']);
      hand.now = NOW + 3 * DAY_MS;
      assert.equal(await prunePast(db.database.system, 100, hand.now - PAST_MS), 2);
      // The window of the link still begins where it did.
      hand.pages.push(() => lastPage(day('old', old, 'key-2'), ...series(old, NOW + DAY_MS)));
      await db.database.inTenant(tenantId, (sql) => askForRead(sql, tenantId, mailboxId, hand.now));
      await db.peek('update cw.mailbox set sync_due_at = $1', [new Date(hand.now)]);
      await hand.sync();
      assert.deepEqual(await ids(), ['occurrence-1', 'series']);
      assert.equal(await count('change'), 0);
    });

    it('is as much as is read of the past', async () => {
      const hand = new ByHand(db);
      hand.intervals = { ...hand.intervals, pastKeepMs: 10 * DAY_MS };
      hand.pages.push(() => lastPage());
      await hand.sync();
      const [asked] = hand.requests;
      assert.ok(asked && 'windowFrom' in asked);
      assert.equal(asked.windowFrom, NOW - 10 * DAY_MS);
    });
  });

  it('leaves of the trail what is young by the heartbeat, and who had all forgotten while a group is watched', async () => {
    const tenantId = await seedTenant(db);
    const add = (act: 'keysRotated' | 'forgot', at: number) =>
      db.database.inTenant(tenantId, (sql) =>
        recordAct(sql, { tenantId, actorId: null, personId: 'ada', act }, at, randomUUID()),
      );
    await db.peek('insert into cw.heartbeat (beat_at) values ($1)', [new Date(NOW)]);
    for (const days of [29, 31]) await add('keysRotated', NOW - days * DAY_MS);
    await add('forgot', NOW - 400 * DAY_MS);
    await db.peek(
      `insert into cw.app_watch (tenant_id, watch_id, kind, object_id, label, added_by, added_at, look_at)
       values ($1, 'w', 'tenant', '', 'All', 'boss', $2, $2)`,
      [tenantId, new Date(NOW)],
    );
    assert.equal(await pruneAudit(db.database.system, 100, NOW + 1_000 * DAY_MS), 1);
    await db.peek('delete from cw.app_watch');
    assert.equal(await pruneAudit(db.database.system, 100, NOW + 1_000 * DAY_MS), 1);
    assert.equal(await count('audit'), 1);
    await db.peek('delete from cw.heartbeat');
  });

  it('of acts goes in steps', async () => {
    const tenantId = await seedTenant(db);
    for (const days of [3, 1, 2])
      await db.database.inTenant(tenantId, (sql) =>
        recordAct(
          sql,
          { tenantId, actorId: null, personId: null, act: 'keysRotated' },
          NOW - days * DAY_MS,
          randomUUID(),
        ),
      );
    assert.equal(await pruneAudit(db.database.system, 2, NOW), 2);
    assert.equal(await pruneAudit(db.database.system, 2, NOW - 2 * DAY_MS), 0);
    assert.equal(await count('audit'), 1);
  });
});
