/**
 * The one way to PostgreSQL. Work belongs to a tenant: `inTenant` opens a transaction in which row-level security
 * shows that tenant's rows and no others. `system` may call nothing but functions: SECURITY DEFINER ones, which return
 * ids, and those that put up the tenant's wall themselves (one round trip instead of three). The role is checked at the start: one that owns tables or may bypass row-level security is refused.
 */
import pg from 'pg';
import { CalendarWatchError } from '../errors.ts';

export type Row = Record<string, unknown>;

/** Runs one statement. Timestamps come back as milliseconds since the epoch. */
export interface Sql {
  query<T extends object = Row>(text: string, values?: unknown[]): Promise<T[]>;
}

export interface Database {
  readonly system: Sql;
  /** The same, on connections of its own: an acknowledgement never waits behind other work. */
  readonly intake: Sql;
  inTenant<T>(tenantId: string, work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  url: string;
  /** A role to take on after connecting, when the login itself owns the tables. */
  role?: string;
  poolSize?: number;
  /** A statement that takes longer is ended by PostgreSQL. */
  statementTimeoutMs?: number;
  onPoolError?: (error: Error) => void;
}

const INTAKE_POOL_SIZE = 3;
/** An id as it may be written into SET LOCAL; the pattern is why no quoting is needed. */
const TENANT_ID = /^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$/;

const timestampAsMs = (text: string) => Date.parse(`${text.replace(' ', 'T')}${/[+-]\d\d$/.test(text) ? ':00' : ''}`);
/** How values come back; the simulation's connections read the same way. */
export const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: string) {
    if (oid === 1184) return timestampAsMs;
    if (oid === 20) return Number;
    return pg.types.getTypeParser(oid, format as 'text');
  },
} as pg.CustomTypesConfig;

/** A parameter for a timestamptz: milliseconds since the epoch, or null. */
export function at(ms: number): Date;
export function at(ms: number | null | undefined): Date | null;
export function at(ms: number | null | undefined): Date | null {
  return ms === null || ms === undefined ? null : new Date(ms);
}

function sqlOn(client: pg.ClientBase | pg.Pool): Sql {
  return {
    async query<T extends object>(text: string, values: unknown[] = []) {
      const result = await client.query({ text, values });
      return result.rows as T[];
    },
  };
}

function openPool(options: ConnectionOptions, size: number, more: string[] = []): pg.Pool {
  const settings = [
    ...(options.role ? [`-c role=${options.role}`] : []),
    `-c statement_timeout=${options.statementTimeoutMs ?? 15_000}`,
    '-c timezone=UTC',
    '-c idle_in_transaction_session_timeout=30000',
    ...more,
  ];
  const pool = new pg.Pool({
    connectionString: options.url,
    max: size,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    options: settings.join(' '),
    types,
  });
  // Without a listener an idle connection that PostgreSQL closes would end the process.
  pool.on('error', (error) => options.onPoolError?.(error));
  return pool;
}

export function openDatabase(options: ConnectionOptions): Database {
  const pool = openPool(options, options.poolSize ?? 12);
  // Graph marks an endpoint as slow after 3 s; better to answer 503 in time and have it sent again.
  const intake = openPool(options, INTAKE_POOL_SIZE, ['-c lock_timeout=2000']);
  return {
    system: sqlOn(pool),
    intake: sqlOn(intake),
    async inTenant(tenantId, work) {
      if (!TENANT_ID.test(tenantId)) throw new CalendarWatchError('TENANT_ID_INVALID', 'a tenant id has an odd form');
      const client = await pool.connect();
      let broken: Error | undefined;
      // The pool listens only while a connection is idle; one that breaks in our hands would end the process.
      const onBroken = (error: Error) => {
        broken = error;
      };
      client.on('error', onBroken);
      try {
        await client.query(`begin; set local cw.tenant_id = '${tenantId}'`);
        const result = await work(sqlOn(client));
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch((cause: Error) => {
          broken = cause;
        });
        throw error;
      } finally {
        client.removeListener('error', onBroken);
        client.release(broken);
      }
    },
    close: async () => {
      await Promise.all([pool.end(), intake.end()]);
    },
  };
}

/** PostgreSQL's clock in ms; the only statement that asks for it. */
export async function databaseNow(database: Database): Promise<number> {
  const [row] = await database.system.query<{ now_ms: number }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms',
  );
  return row?.now_ms ?? Number.NaN;
}

/** Refuses a role that could see through the walls between tenants; a member of the owner counts as the owner. */
export async function checkRole(database: Database): Promise<void> {
  const [row] = await database.system.query<{ name: string; strong: boolean; owns: number }>(
    `select r.rolname as name, (r.rolsuper or r.rolbypassrls) as strong,
       (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'cw' and pg_has_role(r.oid, c.relowner, 'MEMBER'))::int as owns
     from pg_roles r where r.rolname = current_user`,
  );
  if (!row || row.strong || row.owns > 0) {
    throw new CalendarWatchError(
      'DATABASE_ROLE_TOO_STRONG',
      `the database role ${row?.name ?? '(unknown)'} ${row?.strong ? 'may bypass row-level security' : 'owns tables'}; ` +
        'let DATABASE_URL log in as a plain role and give the owner in DATABASE_OWNER_URL (docs/configuration.md)',
    );
  }
}
