import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { checkRole, type Database, openDatabase } from '../../src/store/database.ts';
import { isMigrated, migrate, readMigrations } from '../../src/store/migrate.ts';
import { createTestDatabase, type OpenTestDatabase, openTestDatabase, type TestDatabase } from '../support/postgres.ts';

const ROLE = `migrate_${process.pid}`;

describe('migrations', () => {
  let made: TestDatabase;
  let names: string[];

  before(async () => {
    made = await createTestDatabase();
    names = (await readMigrations()).map((one) => one.name);
  });
  after(async () => made?.drop());

  const owner = async (statement: string) => {
    const client = new pg.Client({ connectionString: made.ownerUrl });
    await client.connect();
    try {
      return (await client.query(statement)).rows;
    } finally {
      await client.end();
    }
  };

  it('run once when two instances start together', async () => {
    const both = await Promise.all([1, 2].map(() => migrate({ ownerUrl: made.ownerUrl, appRole: ROLE })));
    assert.deepEqual(both.flat().sort(), names);
  });

  it('do nothing the second time', async () => {
    assert.deepEqual(await migrate({ ownerUrl: made.ownerUrl, appRole: ROLE }), []);
    assert.equal(await isMigrated(async (text) => owner(text)), true);
  });

  it('refuse one that was edited after it ran, and leave everything as it was', async () => {
    await owner(`update public.cw_migration set sha256 = 'edited' where name = '${names[0]}'`);
    await assert.rejects(migrate({ ownerUrl: made.ownerUrl, appRole: ROLE }), { code: 'MIGRATION_CHANGED' });
    assert.equal((await owner('select 1 from public.cw_migration')).length, names.length);
  });

  it('are not done while one is missing', async () => {
    await owner(`delete from public.cw_migration where name = '${names.at(-1)}'`);
    assert.equal(await isMigrated(async (text) => owner(text)), false);
  });
});

describe('the role of the product', () => {
  let db: OpenTestDatabase;
  const opened: Database[] = [];

  before(async () => {
    db = await openTestDatabase();
  });
  after(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await db?.drop();
  });

  const as = (role?: string) => {
    const database = openDatabase({ url: db.url, role, poolSize: 1 });
    opened.push(database);
    return database;
  };

  it('is accepted when it is plain', async () => {
    await checkRole(db.database);
  });

  it('is refused as a superuser', async () => {
    await db.peek(`create role super_${process.pid} superuser`);
    await assert.rejects(checkRole(as(`super_${process.pid}`)), { code: 'DATABASE_ROLE_TOO_STRONG' });
  });

  it('is refused when it may bypass row-level security', async () => {
    await db.peek(`create role bypass_${process.pid} bypassrls`);
    await assert.rejects(checkRole(as(`bypass_${process.pid}`)), {
      code: 'DATABASE_ROLE_TOO_STRONG',
      message: /may bypass row-level security/,
    });
  });

  it('is refused when it owns a table', async () => {
    await db.peek(`create role holder_${process.pid}`);
    await db.peek(`alter table cw.place owner to holder_${process.pid}`);
    await assert.rejects(checkRole(as(`holder_${process.pid}`)), {
      code: 'DATABASE_ROLE_TOO_STRONG',
      message: /owns tables/,
    });
  });

  it('is refused when it is a member of the owner, and could become it', async () => {
    await db.peek(`create role climber_${process.pid}`);
    await db.peek(`grant holder_${process.pid} to climber_${process.pid}`);
    await assert.rejects(checkRole(as(`climber_${process.pid}`)), { code: 'DATABASE_ROLE_TOO_STRONG' });
  });
});
