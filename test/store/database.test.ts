import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Sql } from '../../src/store/database.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { empty, seedMailbox, seedTenant } from './seed.ts';

describe('a connection that breaks in a transaction', () => {
  let db: OpenTestDatabase;
  let tenantId: string;
  /** What would have ended the process; mocha keeps a process alive, so it is caught here. */
  const fatal: unknown[] = [];
  const onFatal = (error: unknown) => fatal.push(error);
  let others: NodeJS.UncaughtExceptionListener[];

  before(async () => {
    db = await openTestDatabase();
    await empty(db);
    tenantId = await seedTenant(db);
    others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', onFatal);
  });
  after(async () => {
    process.removeListener('uncaughtException', onFatal);
    for (const other of others ?? []) process.on('uncaughtException', other);
    await db?.drop();
  });

  const backendOf = async (sql: Sql) => {
    const [row] = await sql.query<{ pid: number }>('select pg_backend_pid() as pid');
    assert.ok(row);
    return row.pid;
  };
  const terminate = (pid: number) => db.peek('select pg_terminate_backend($1)', [pid]);
  const isGone = async (pid: number) =>
    (await db.peek('select 1 from pg_stat_activity where pid = $1', [pid])).length === 0;
  const breakArrived = (sql: Sql) =>
    until('the break to arrive', () =>
      sql.query('select 1').then(
        () => false,
        () => true,
      ),
    );
  const insert = (sql: Sql, id: string) =>
    sql.query(`insert into cw.person (tenant_id, person_id, seen_at) values ($1, $2, now())`, [tenantId, id]);
  const people = async () =>
    (await db.peek<{ id: string }>('select person_id as id from cw.person')).map((one) => one.id);
  const works = async () => {
    assert.deepEqual(await db.database.inTenant(tenantId, (sql) => sql.query('select tenant_id from cw.tenant')), [
      { tenant_id: tenantId },
    ]);
  };

  for (const where of ['between two statements', 'before the commit'])
    it(`${where}: it fails alone`, async () => {
      const broken = db.database.inTenant(tenantId, async (sql) => {
        await insert(sql, 'half');
        const pid = await backendOf(sql);
        await terminate(pid);
        await until('the backend to be gone', () => isGone(pid));
        if (where === 'between two statements') await breakArrived(sql);
      });
      await assert.rejects(broken);
      await works();
      assert.deepEqual(await people(), []);
      assert.deepEqual(fatal, []);
    });

  it('while a statement runs: it fails alone', async () => {
    const broken = db.database.inTenant(tenantId, async (sql) => {
      const pid = await backendOf(sql);
      const long = sql.query('select pg_sleep(10)');
      long.catch(() => undefined);
      await terminate(pid);
      await long;
    });
    await assert.rejects(broken);
    await works();
    assert.deepEqual(fatal, []);
  });

  it('several times in a row leaves room in the pool', async () => {
    const mailboxId = await seedMailbox(db, tenantId);
    for (let time = 0; time < 15; time += 1)
      await assert.rejects(
        db.database.inTenant(tenantId, async (sql) => {
          await sql.query('update cw.mailbox set greet = true where tenant_id = $1', [tenantId]);
          await terminate(await backendOf(sql));
          await breakArrived(sql);
        }),
      );
    const rows = await db.peek<{ greet: boolean }>('select greet from cw.mailbox where mailbox_id = $1', [mailboxId]);
    assert.deepEqual(rows, [{ greet: false }]);
    await works();
    assert.deepEqual(fatal, []);
  });
});
