/**
 * Numbered migrations, each in its own transaction, each kept with its SHA-256: one that was edited after it ran is an
 * error, not a surprise. An advisory lock makes instances that start together take turns.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { CalendarWatchError } from '../errors.ts';

const FOLDER = new URL('./migrations/', import.meta.url);
const LOCK_KEY = 7_236_001;

export interface Migration {
  name: string;
  sql: string;
  sha256: string;
}

export async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(FOLDER)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, FOLDER), 'utf8');
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function ensureRole(client: pg.Client, role: string, password?: string): Promise<void> {
  const name = client.escapeIdentifier(role);
  const login = password ? `login password ${client.escapeLiteral(password)}` : 'nologin';
  // Another instance may create it at the same moment, or in another database of the cluster.
  await client.query(`do $do$ begin
      if not exists (select from pg_roles where rolname = ${client.escapeLiteral(role)}) then
        create role ${name} ${login} nosuperuser nobypassrls nocreatedb nocreaterole;
      end if;
    exception when duplicate_object or unique_violation then null; end $do$`);
  if (password) await client.query(`alter role ${name} ${login}`);
  else await client.query(`grant ${name} to current_user`);
}

/**
 * Brings the database of `ownerUrl` up to date and makes sure that `appRole` exists (with a login when `appPassword`
 * is given). Returns the names of the migrations that ran.
 */
export async function migrate(options: {
  ownerUrl: string;
  appRole: string;
  appPassword?: string;
  roleExists?: boolean;
}): Promise<string[]> {
  const client = new pg.Client({ connectionString: options.ownerUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK_KEY]);
    if (!options.roleExists) await ensureRole(client, options.appRole, options.appPassword);
    await client.query(
      'create table if not exists public.cw_migration (name text primary key, sha256 text not null, ran_at timestamptz not null)',
    );
    const { rows } = await client.query<{ name: string; sha256: string }>(
      'select name, sha256 from public.cw_migration',
    );
    const done = new Map(rows.map((row) => [row.name, row.sha256]));
    const ran: string[] = [];
    for (const migration of await readMigrations()) {
      const before = done.get(migration.name);
      if (before === migration.sha256) continue;
      if (before)
        throw new CalendarWatchError(
          'MIGRATION_CHANGED',
          `${migration.name} was edited after it ran on this database; undo the edit and write a new migration instead`,
        );
      await runOne(client, migration, options.appRole);
      ran.push(migration.name);
    }
    return ran;
  } finally {
    await client.end();
  }
}

async function runOne(client: pg.Client, migration: Migration, appRole: string): Promise<void> {
  await client.query('begin');
  try {
    await client.query(migration.sql.replaceAll(':app_role', client.escapeIdentifier(appRole)));
    await client.query('insert into public.cw_migration (name, sha256, ran_at) values ($1, $2, $3)', [
      migration.name,
      migration.sha256,
      new Date(),
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** True when every migration that this build knows has run; for /readyz. */
export async function isMigrated(query: (text: string) => Promise<{ name: string }[]>): Promise<boolean> {
  const names = new Set((await query('select name from public.cw_migration')).map((row) => row.name));
  return (await readMigrations()).every((migration) => names.has(migration.name));
}
