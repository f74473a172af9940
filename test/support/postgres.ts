/** A database of its own for a test file, in the PostgreSQL that test/run.ts started. */
import { createHash } from 'node:crypto';
import pg from 'pg';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { roleFor } from '../../src/store/open.ts';

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

function urlOf(name: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  return url.href;
}

async function onServer<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: serverUrl() });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function create(name: string, more = ''): Promise<TestDatabase> {
  await onServer((client) => client.query(`create database ${name} ${more}`));
  const drop = () => onServer((client) => client.query(`drop database if exists ${name} with (force)`));
  return { ownerUrl: urlOf(name), url: urlOf(name), drop: async () => void (await drop()) };
}

const nextName = () => {
  count += 1;
  return `test_${process.pid}_${count}`;
};

/** An empty database. */
export const createTestDatabase = (): Promise<TestDatabase> => create(nextName());

let template: Promise<string> | undefined;

/** What all migrated databases are copies of: whoever is first makes it. All migrations cost more than a copy does. */
function templateOf(): Promise<string> {
  template ??= onServer(async (client) => {
    const text = (await readMigrations()).map((one) => one.sha256).join();
    const name = `migrated_${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
    await client.query('select pg_advisory_lock(hashtext($1))', [name]);
    if ((await client.query('select from pg_database where datname = $1', [name])).rowCount === 0) {
      const made = await create(name);
      // A template that is half done would be taken for a whole one.
      await migrate({ ownerUrl: made.ownerUrl, appRole: name }).catch(async (error: unknown) => {
        await made.drop();
        throw error;
      });
    }
    return name;
  });
  return template;
}

/** A migrated database. The role that the product would take there has the rights that migrations give, by inheritance. */
export async function createMigratedDatabase(): Promise<TestDatabase & { role: string }> {
  const from = await templateOf();
  const made = await create(nextName(), `template ${from} strategy file_copy`);
  const role = roleFor(made.url);
  await onServer((client) =>
    client.query(`create role ${role} nologin in role ${from}; grant ${role} to current_user`),
  );
  return { ...made, role };
}

export interface OpenTestDatabase extends TestDatabase {
  database: Database;
  /** Runs a statement as the owner, who sees every tenant. */
  peek<T extends pg.QueryResultRow>(statement: string, values?: unknown[]): Promise<T[]>;
}

/** A migrated database, opened as the product's own role. */
export async function openTestDatabase(): Promise<OpenTestDatabase> {
  const made = await createMigratedDatabase();
  const database = openDatabase({ url: made.url, role: made.role });
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
