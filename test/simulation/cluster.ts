/** A PostgreSQL for simulations, and in it a migrated database for each. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createLog } from '../../src/log.ts';
import { startEmbedded } from '../../src/store/embedded.ts';
import type { Product } from './product.ts';

/** A power cut need not be survived. Vacuum comes by the virtual clock (simulation.ts), not by the real one. */
const FAST = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'autovacuum=off',
  'jit=off',
  'shared_buffers=256MB',
  'max_wal_size=4GB',
  'checkpoint_timeout=1h',
];

export interface Cluster {
  ownerUrl: string;
  stop(): Promise<void>;
}

/** The one that TEST_POSTGRES_URL names, or one of our own. */
export async function openCluster(): Promise<Cluster> {
  const given = process.env.TEST_POSTGRES_URL;
  if (given) return { ownerUrl: given, stop: async () => undefined };
  const directory = await mkdtemp(join(tmpdir(), 'calendar-watch-simulation-'));
  await chmod(directory, 0o755);
  const postgres = await startEmbedded({ dataDir: join(directory, 'data'), log: createLog('warn'), settings: FAST });
  return {
    ownerUrl: postgres.ownerUrl,
    stop: async () => {
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export interface SimulatedStore {
  url: string;
  role: string;
  drop(): Promise<void>;
}

let made = 0;

async function onServer(url: string, statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

export async function createStore(cluster: Cluster, product: Product): Promise<SimulatedStore> {
  made += 1;
  const name = `simulation_${process.pid}_${made}`;
  await onServer(cluster.ownerUrl, [`create database ${name}`]);
  const url = new URL(cluster.ownerUrl);
  url.pathname = `/${name}`;
  await product.migrate({ ownerUrl: url.href, appRole: name });
  const quiet = `do $$ declare one record; begin
    for one in select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'cw' and c.relkind = 'r'
    loop execute format('alter table cw.%I set (autovacuum_enabled = false)', one.relname); end loop; end $$`;
  await onServer(url.href, [quiet]);
  return {
    url: url.href,
    role: name,
    drop: () =>
      onServer(cluster.ownerUrl, [`drop database if exists ${name} with (force)`, `drop role if exists ${name}`]),
  };
}
