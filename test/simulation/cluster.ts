/** A PostgreSQL for simulations, and in it a migrated database for each. */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createLog } from '../../src/log.ts';
import { startEmbedded } from '../../src/store/embedded.ts';
import { fastDirectory } from '../support/fast-directory.ts';
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

/** sockaddr_un has 108 bytes, of which the file's name (.s.PGSQL.12345) takes some. */
const LONGEST_SOCKET_PATH = 85;

export interface Cluster {
  ownerUrl: string;
  stop(): Promise<void>;
}

/** A UNIX socket costs half of what TCP does; its path must be short, and PostgreSQL may run as another user. */
async function socketDirectory(directory: string): Promise<string | undefined> {
  const path = join(directory, 's');
  if (platform() === 'win32' || path.length > LONGEST_SOCKET_PATH) return undefined;
  await mkdir(path);
  await chmod(path, 0o777);
  return path;
}

/** The one that TEST_POSTGRES_URL names, or one of our own. */
export async function openCluster(): Promise<Cluster> {
  const given = process.env.TEST_POSTGRES_URL;
  if (given) return { ownerUrl: given, stop: async () => undefined };
  const directory = await mkdtemp(join(await fastDirectory(), 'cw-simulation-'));
  await chmod(directory, 0o755);
  const sockets = await socketDirectory(directory);
  const postgres = await startEmbedded({
    dataDir: join(directory, 'data'),
    log: createLog('warn'),
    settings: [...FAST, ...(sockets ? [`unix_socket_directories=${sockets}`] : [])],
  });
  const url = new URL(postgres.ownerUrl);
  if (sockets) url.searchParams.set('host', sockets);
  return {
    ownerUrl: url.href,
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
