import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { changeNotes, doOnce, readNotes } from '../../src/bot/once.ts';
import type { Services } from '../../src/bot/services.ts';
import { CalendarWatchError } from '../../src/errors.ts';
import { GraphFailure } from '../../src/graph/failures.ts';
import { ensureTenant, meetPerson } from '../../src/store/people.ts';
import { DAY, MINUTE, NOW } from '../support/events.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';

const TENANT = '7e570000-0000-4000-8000-0000000000e1';
const WHO = { tenantId: TENANT, personId: 'ada' };
const REFUSED = new GraphFailure('throttled', 429, 'x', undefined);
const NO_ANSWER = new GraphFailure('unavailable', 504, 'x', undefined);

describe('what is done once', () => {
  let db: OpenTestDatabase;
  let now = NOW;
  let services: Services;
  let serial = 0;
  let where: { kind: string; eventId: string };
  let runs: number;

  before(async () => {
    db = await openTestDatabase();
    services = {
      database: db.database,
      followers: [],
      admins: { prove: async (_who: unknown, wasAdmin: boolean) => wasAdmin },
      clock: { now: () => now, after: () => () => undefined },
    } as unknown as Services;
    await db.database.inTenant(TENANT, async (sql) => {
      await ensureTenant(sql, TENANT, NOW);
      await sql.query(
        `insert into cw.conversation (tenant_id, conversation_id, kind, reference, seen_at) values ($1, 'c', 'personal', '{}', $2)`,
        [TENANT, new Date(NOW)],
      );
      await meetPerson(sql, { ...WHO, conversationId: 'c', locale: 'en-GB' }, NOW);
    });
  });
  after(async () => db?.drop());
  beforeEach(() => {
    serial += 1;
    now = NOW;
    runs = 0;
    where = { kind: 'test', eventId: `e${serial}` };
  });

  const run = (fail?: unknown) => async () => {
    runs += 1;
    if (fail) throw fail;
  };
  const once = (fail?: unknown, wasDone?: (since: number) => Promise<boolean>) =>
    doOnce(services, WHO, where, 'mail', { run: run(fail), ...(wasDone ? { wasDone } : {}) });
  const kinds = async (...outcomes: ReturnType<typeof once>[]) =>
    (await Promise.all(outcomes)).map((one) => one.kind).sort();

  it('is not done again', async () => {
    assert.deepEqual(await kinds(once()), ['done']);
    now += 400 * MINUTE;
    assert.deepEqual(await kinds(once()), ['done']);
    assert.equal(runs, 1);
  });

  it('is done by one of several at once', async () => {
    const outcomes = await kinds(once(), once(), once());
    assert.equal(runs, 1);
    assert.ok(outcomes.includes('done') && outcomes.every((one) => one === 'done' || one === 'underway'));
  });

  it('is tried again after it was refused', async () => {
    assert.deepEqual(await doOnce(services, WHO, where, 'mail', { run: run(REFUSED) }), {
      kind: 'failed',
      error: REFUSED,
    });
    assert.deepEqual(await kinds(once(new CalendarWatchError('CONSENT_NEEDED', 'x'))), ['failed']);
    assert.deepEqual(await kinds(once()), ['done']);
    assert.equal(runs, 3);
  });

  it('is left alone when nobody knows whether it was done, and it can’t be looked for', async () => {
    assert.deepEqual(await kinds(once(NO_ANSWER)), ['doubtful']);
    now += DAY;
    assert.deepEqual(await kinds(once()), ['doubtful']);
    assert.equal(runs, 1);
  });

  it('is looked for where that is possible, from the first attempt on', async () => {
    const asked: number[] = [];
    const look = (found: boolean) => async (since: number) => {
      asked.push(since);
      return found;
    };
    assert.deepEqual(await kinds(once(NO_ANSWER, look(false))), ['failed']);
    now += 5 * MINUTE;
    assert.deepEqual(await kinds(once(NO_ANSWER, look(false))), ['failed'], 'not there, so tried once more');
    assert.equal(runs, 2);
    now += 5 * MINUTE;
    assert.deepEqual(await kinds(once(undefined, look(true))), ['done']);
    assert.equal(runs, 2, 'it was there');
    assert.deepEqual(asked, [NOW - MINUTE, NOW - MINUTE]);
  });

  it('stays in doubt when looking fails', async () => {
    const cantLook = async () => {
      throw REFUSED;
    };
    await once(NO_ANSWER, cantLook);
    assert.deepEqual(await kinds(once(undefined, cantLook)), ['failed']);
    assert.deepEqual(await kinds(once(undefined, async () => true)), ['done']);
    assert.equal(runs, 1);
  });

  it('goes on after whoever was at it is gone', async () => {
    const begun = (at: number) =>
      changeNotes(services, WHO, where, (noted) => {
        noted.deeds.mail = { state: 'begun', at, since: at };
      });
    await begun(now - MINUTE);
    assert.deepEqual(await kinds(once()), ['underway']);
    await begun(now - 3 * MINUTE);
    assert.deepEqual(await kinds(once()), ['doubtful']);
    await begun(now - 3 * MINUTE);
    assert.deepEqual(await kinds(once(undefined, async () => false)), ['done']);
    assert.equal(runs, 1);
  });

  it('leaves what else is noted there, and tells deeds apart', async () => {
    await changeNotes(services, WHO, where, (noted) => Object.assign(noted, { decided: 'x' }));
    await once();
    await doOnce(services, WHO, where, 'task', { run: run() });
    const noted = await db.database.inTenant(TENANT, (sql) => readNotes(sql, WHO, where));
    assert.equal(noted.decided, 'x');
    assert.deepEqual(Object.keys(noted.deeds).sort(), ['mail', 'task']);
  });

  it('is forgotten when nobody presses any more', async () => {
    await once();
    const old = where;
    now += 15 * DAY;
    where = { kind: 'test', eventId: 'later' };
    await once();
    const rows = await db.peek<{ event_id: string }>(`select event_id from cw.answer where event_id = $1`, [
      old.eventId,
    ]);
    assert.deepEqual(rows, []);
  });
});
