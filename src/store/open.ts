/** From configuration to a migrated database that the product may use. */
import { createHash } from 'node:crypto';
import type { Config } from '../config.ts';
import { CalendarWatchError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { checkRole, type Database, openDatabase } from './database.ts';
import { type EmbeddedPostgres, startEmbedded } from './embedded.ts';
import { migrate } from './migrate.ts';

export const APP_ROLE = 'calendar_watch_app';

export interface OpenedStore {
  database: Database;
  stop(): Promise<void>;
}

/**
 * With DATABASE_URL alone, that login owns the tables and the product steps down to a role that does not. With
 * DATABASE_OWNER_URL beside it, DATABASE_URL is the plain login already. With neither, a server of our own is started.
 */
export async function openStore(config: Pick<Config, 'database' | 'dataDir'>, log: Logger): Promise<OpenedStore> {
  const embedded = config.database.url
    ? undefined
    : await startEmbedded({ dataDir: config.dataDir, log, keepAlive: true });
  try {
    const database = embedded ? await openEmbedded(embedded, log) : await openGiven(config.database, log);
    await patiently(() => checkRole(database), log);
    return {
      database,
      stop: async () => {
        await database.close();
        await embedded?.stop();
      },
    };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

const FIRST_CONNECTIONS = 4;
/** What pg says when a connection took longer than its limit; it has no code. */
const SLOW = /timeout/i;

/**
 * The bot's libraries load meanwhile and keep the process busy for seconds, on a slow machine for longer than a connection
 * may take: then the time was ours, not the database's.
 */
async function patiently(work: () => Promise<void>, log: Logger): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (err) {
      if (tries >= FIRST_CONNECTIONS || !SLOW.test(String((err as Error).message))) throw err;
      log.warn({ err, tries }, 'the first connection took too long, it is tried again');
    }
  }
}

async function openEmbedded(embedded: EmbeddedPostgres, log: Logger): Promise<Database> {
  const ran = await migrate({ ownerUrl: embedded.ownerUrl, appRole: APP_ROLE, appPassword: embedded.appPassword });
  if (ran.length > 0) log.info({ ran }, 'migrations ran');
  return openDatabase({ url: embedded.urlFor(APP_ROLE, embedded.appPassword), onPoolError: poolError(log) });
}

async function openGiven(given: Config['database'], log: Logger): Promise<Database> {
  const url = given.url ?? '';
  try {
    if (given.ownerUrl) {
      const ran = await migrate({
        ownerUrl: given.ownerUrl,
        appRole: decodeURIComponent(new URL(url).username),
        roleExists: true,
      });
      if (ran.length > 0) log.info({ ran }, 'migrations ran');
      return openDatabase({ url, onPoolError: poolError(log) });
    }
    const appRole = roleFor(url);
    const ran = await migrate({ ownerUrl: url, appRole });
    if (ran.length > 0) log.info({ ran }, 'migrations ran');
    return openDatabase({ url, role: appRole, onPoolError: poolError(log) });
  } catch (cause) {
    if (cause instanceof CalendarWatchError) throw cause;
    throw new CalendarWatchError(
      'DATABASE_UNREACHABLE',
      'the database of DATABASE_URL could not be reached or prepared; check host, login and its right to create a schema',
      { cause },
    );
  }
}

/** Roles belong to a whole cluster, so each database of one gets its own. */
export function roleFor(url: string): string {
  const name = new URL(url).pathname.slice(1) || 'postgres';
  return `${APP_ROLE}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

const poolError = (log: Logger) => (err: Error) => log.warn({ err }, 'an idle database connection was closed');
