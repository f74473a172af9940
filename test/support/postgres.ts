/** A database of its own for a test file, in the PostgreSQL that test/run.ts started. */
import pg from 'pg';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';

let count = 0;

export interface TestDatabase {
  /** The owner's: for migrations and for looking behind the walls. */
  ownerUrl: string;
  /** As DATABASE_URL would be given to the product. */
  url: string;
  drop(): Promise<void>;
}

function serverUrl(): string {
  const url = process.env.TEST_POSTGRES_URL;
  if (!url) throw new Error('no PostgreSQL for tests; run them with “npm run test:only”');
  return url;
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl() });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** An empty database. */
export async function createTestDatabase(): Promise<TestDatabase> {
  count += 1;
  const name = `test_${process.pid}_${count}`;
  await onServer(`create database ${name}`);
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  return { ownerUrl: url.href, url: url.href, drop: () => onServer(`drop database if exists ${name} with (force)`) };
}

export interface OpenTestDatabase extends TestDatabase {
  database: Database;
  /** Runs a statement as the owner, who sees every tenant. */
  peek<T extends pg.QueryResultRow>(statement: string, values?: unknown[]): Promise<T[]>;
}

/** A migrated database, opened as the product's own role. */
export async function openTestDatabase(): Promise<OpenTestDatabase> {
  const made = await createTestDatabase();
  const role = `app_${process.pid}_${count}`;
  await migrate({ ownerUrl: made.ownerUrl, appRole: role });
  const database = openDatabase({ url: made.url, role });
  const owner = new pg.Pool({ connectionString: made.ownerUrl, max: 2 });
  owner.on('error', () => undefined);
  return {
    ...made,
    database,
    peek: async <T extends pg.QueryResultRow>(statement: string, values: unknown[] = []) =>
      (await owner.query<T>(statement, values)).rows,
    drop: async () => {
      await database.close();
      await owner.end();
      await made.drop();
    },
  };
}
