/**
 * The product's Database for one instance, on the real PostgreSQL: each statement is an operation of the scheduler. As
 * one statement is under way at a time, one that has to wait for a lock would wait for ever. On its own it is tried
 * again a little later, as if it had waited; within a transaction it fails.
 */
import pg from 'pg';
import type { Database, Row, Sql } from '../../src/store/database.ts';
import type { Chance } from './chance.ts';
import type { SimClock } from './clock.ts';
import type { OwnFaults } from './faults.ts';
import { BEGIN, type Known, Question } from './question.ts';
import type { Host, Scheduler, Trace } from './scheduler.ts';

const SEATS = 12;
const IDLE_LIMIT_MS = 30_000;
const LOCK_NOT_AVAILABLE = '55P03';
const LOCK_WAIT_MS = { intake: 2_000, system: 15_000 };

export interface Statement {
  text: string;
  values: unknown[];
  rows: Row[];
}

/** Hears what took effect: alone, or with the commit of its transaction. */
export type Committed = (statements: Statement[]) => void;

export interface DatabaseCounts {
  statements: number;
  lockFailures: number;
}

/** Real time that went into each statement; for whoever makes the simulation faster. Nothing in it depends on this. */
export type Times = Map<string, { count: number; ms: number }>;

function addTime(times: Times | undefined, text: string, startedAt: number): void {
  if (!times) return;
  const known = times.get(text) ?? { count: 0, ms: 0 };
  known.count += 1;
  known.ms += performance.now() - startedAt;
  times.set(text, known);
}

/** Connections to one database, opened as they are needed. */
export class Connections {
  /** By tenant: a connection keeps the tenant that it was opened for. */
  private readonly free = new Map<string, pg.Client[]>();
  private readonly all = new Set<pg.Client>();
  private readonly known = new Map<string, Known>();
  private single: pg.Client | undefined;

  constructor(
    private readonly options: { url: string; role?: string; types: pg.CustomTypesConfig },
    readonly counts: DatabaseCounts,
    private readonly times?: Times,
  ) {}

  private async open(tenantId = ''): Promise<pg.Client> {
    const settings = [
      ...(tenantId ? [`-c cw.tenant_id=${tenantId}`] : []),
      ...(this.options.role ? [`-c role=${this.options.role}`] : []),
      '-c timezone=UTC',
      '-c lock_timeout=1',
      '-c jit=off',
      '-c plan_cache_mode=force_generic_plan',
      '-c max_parallel_workers_per_gather=0',
      '-c synchronous_commit=off',
    ];
    const client = new pg.Client({
      connectionString: this.options.url,
      options: settings.join(' '),
      types: this.options.types,
    } as pg.ClientConfig);
    client.on('error', () => undefined);
    await client.connect();
    if (tenantId) {
      await client.query(BEGIN);
      await client.query('rollback');
    }
    this.all.add(client);
    return client;
  }

  async take(tenantId = ''): Promise<pg.Client> {
    return this.free.get(tenantId)?.pop() ?? this.open(tenantId);
  }

  give(client: pg.Client, tenantId = ''): void {
    const list = this.free.get(tenantId) ?? [];
    list.push(client);
    this.free.set(tenantId, list);
  }

  /** Prepared once a connection: the same text comes thousands of times. With `begins` in a new transaction. */
  async query(client: pg.Client, text: string, values: unknown[], begins = false): Promise<Row[]> {
    this.counts.statements += 1;
    let known = this.known.get(text);
    if (!known) {
      known = { name: `s${this.known.size}`, text };
      this.known.set(text, known);
    }
    const asked = known;
    const startedAt = this.times ? performance.now() : 0;
    const rows = await new Promise<Row[]>((resolve, reject) => {
      const question = new Question(asked, values, this.options.types, begins, (error) =>
        error ? reject(error) : resolve(question.rows),
      );
      client.query(question as unknown as pg.Submittable);
    });
    addTime(this.times, text, startedAt);
    return rows;
  }

  /** A statement on its own. */
  async alone(text: string, values: unknown[] = []): Promise<Row[]> {
    this.single ??= await this.open();
    return this.query(this.single, text, values);
  }

  async plain(client: pg.Client, text: string): Promise<void> {
    this.counts.statements += 1;
    const startedAt = this.times ? performance.now() : 0;
    await client.query(text);
    addTime(this.times, text.slice(0, 12), startedAt);
  }

  async close(): Promise<void> {
    for (const client of this.all) await client.end().catch(() => undefined);
  }
}

interface Transaction {
  tenantId: string;
  client: pg.Client;
  /** BEGIN goes out with the first statement that writes or locks: one that only reads sees the same without. */
  hasBegun: boolean;
  /** A statement failed before BEGIN. */
  isFailed: boolean;
  /** Rolled back by the server: time-out, broken connection. */
  isGone: boolean;
  isOpen: boolean;
  lastAt: number;
  done: Statement[];
  queue: Promise<unknown>;
}

export interface DatabaseDeps {
  scheduler: Scheduler;
  clock: SimClock;
  connections: Connections;
  chance: Chance;
  faults: OwnFaults;
  trace: Trace;
  host: Host;
  committed: Committed;
}

const broken = (words: string, code: string) => Object.assign(new Error(words), { code });
const terminated = () => broken('terminating connection due to administrator command', '57P01');
const lost = () => broken('Connection terminated unexpectedly', '08006');

const WRITES_OR_LOCKS = /\b(insert|update|delete|merge|for\s+(update|share|no|key)|pg_\w+|set_config)\b|cw\.\w+\s*\(/i;
const reads = new Map<string, boolean>();

/** READ COMMITTED gives each statement a view of its own; a transaction adds nothing to those that only read. */
function onlyReads(text: string): boolean {
  let known = reads.get(text);
  if (known === undefined) {
    known = /^\s*select\b/i.test(text) && !WRITES_OR_LOCKS.test(text);
    reads.set(text, known);
  }
  return known;
}

/** A statement's outcome, to be told to whoever asked. */
type Told = () => void;

export class SimDatabase implements Database {
  private readonly open = new Set<Transaction>();
  private seats = SEATS;
  private readonly line: (() => void)[] = [];
  readonly system: Sql;
  readonly intake: Sql;

  constructor(private readonly deps: DatabaseDeps) {
    const alone = (kind: 'system' | 'intake'): Sql => ({
      query: <T extends object>(text: string, values: unknown[] = []) =>
        this.runAlone(kind, text, values) as Promise<T[]>,
    });
    this.system = alone('system');
    this.intake = alone('intake');
  }

  async inTenant<T>(tenantId: string, work: (sql: Sql) => Promise<T>): Promise<T> {
    await this.sit();
    try {
      const transaction = await this.begin(tenantId);
      try {
        const result = await work({
          query: <R extends object>(text: string, values: unknown[] = []) =>
            this.runWithin(transaction, text, values) as Promise<R[]>,
        });
        await this.commit(transaction);
        return result;
      } catch (error) {
        await this.rollback(transaction);
        throw error;
      }
    } finally {
      this.stand();
    }
  }

  async close(): Promise<void> {}

  /** The process is dead: the server notices and rolls back. */
  abandon(): void {
    for (const transaction of this.open) this.endByServer(transaction);
  }

  /** The process stands still: after a while the server ends its transactions. */
  freeze(): void {
    for (const transaction of this.open) {
      const { lastAt } = transaction;
      this.deps.clock.at(lastAt + IDLE_LIMIT_MS, () => {
        if (transaction.isOpen && transaction.lastAt === lastAt) this.endByServer(transaction);
      });
    }
  }

  private async sit(): Promise<void> {
    if (this.seats > 0) {
      this.seats -= 1;
      return;
    }
    await new Promise<void>((resolve) => this.line.push(resolve));
  }

  private stand(): void {
    const next = this.line.shift();
    if (next) next();
    else this.seats += 1;
  }

  private operate<T>(label: string, run: () => Promise<T>): Promise<T> {
    const { scheduler, host } = this.deps;
    return new Promise<T>((resolve, reject) => {
      scheduler.add({
        host,
        kind: 'sql',
        label,
        run: () =>
          run().then(
            (result): Told =>
              () =>
                resolve(result),
            (error: unknown): Told =>
              () =>
                reject(error),
          ),
      });
    });
  }

  private async runAlone(kind: 'system' | 'intake', text: string, values: unknown[]): Promise<Row[]> {
    const { clock, chance, faults, trace, connections } = this.deps;
    const since = clock.now();
    for (;;) {
      try {
        return await this.operate(`${kind} ${trace.short(text)}`, async () => {
          if (chance.hits(faults['store.failBeforeCommit'])) throw terminated();
          const rows = await connections.alone(text, values);
          this.deps.committed([{ text, values, rows }]);
          if (chance.hits(faults['store.failAfterCommit'])) throw lost();
          return rows;
        });
      } catch (error) {
        if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
        if (clock.now() - since > LOCK_WAIT_MS[kind]) {
          connections.counts.lockFailures += 1;
          throw error;
        }
        await new Promise<void>((resolve) => this.later(1 + chance.whole(0, 20), resolve));
      }
    }
  }

  /** After a pause, unless the process is dead by then; a process that stands still waits on. */
  private later(delayMs: number, run: () => void): void {
    const { clock, host, scheduler } = this.deps;
    clock.after(delayMs, () => {
      if (!host.isDead) scheduler.add({ host, kind: 'answer', label: 'lock wait', run: () => run });
    });
  }

  private begin(tenantId: string): Promise<Transaction> {
    return this.operate('begin', async () => {
      const { connections, clock, faults, chance } = this.deps;
      if (chance.hits(faults['store.connectionBreaks'])) throw lost();
      const transaction: Transaction = {
        tenantId,
        client: await connections.take(tenantId),
        hasBegun: false,
        isFailed: false,
        isGone: false,
        isOpen: true,
        lastAt: clock.now(),
        done: [],
        queue: Promise.resolve(),
      };
      this.open.add(transaction);
      return transaction;
    });
  }

  private runWithin(transaction: Transaction, text: string, values: unknown[]): Promise<Row[]> {
    const { connections, clock, faults, chance, trace } = this.deps;
    const run = () =>
      this.operate(trace.short(text), async () => {
        if (transaction.isGone) throw terminated();
        if (chance.hits(faults['store.connectionBreaks'])) {
          await this.end(transaction);
          transaction.isGone = true;
          throw lost();
        }
        transaction.lastAt = clock.now();
        try {
          if (transaction.isFailed) throw broken('current transaction is aborted', '25P02');
          const isFirst = !transaction.hasBegun && !onlyReads(text);
          transaction.hasBegun ||= isFirst;
          const rows = await connections.query(transaction.client, text, values, isFirst);
          transaction.done.push({ text, values, rows });
          return rows;
        } catch (error) {
          transaction.isFailed = true;
          if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) connections.counts.lockFailures += 1;
          throw error;
        }
      });
    // A connection takes one statement after the other.
    const result = transaction.queue.then(run, run);
    transaction.queue = result.catch(() => undefined);
    return result;
  }

  private commit(transaction: Transaction): Promise<void> {
    const { connections, faults, chance } = this.deps;
    return this.operate('commit', async () => {
      if (transaction.isGone) throw terminated();
      if (chance.hits(faults['store.failBeforeCommit'])) {
        await this.end(transaction);
        throw terminated();
      }
      if (transaction.hasBegun) await connections.plain(transaction.client, 'commit');
      this.release(transaction);
      this.deps.committed(transaction.done);
      if (chance.hits(faults['store.failAfterCommit'])) throw lost();
    });
  }

  private rollback(transaction: Transaction): Promise<void> {
    if (!transaction.isOpen) return Promise.resolve();
    return this.operate('rollback', () => this.end(transaction));
  }

  private endByServer(transaction: Transaction): void {
    this.deps.scheduler.add({
      kind: 'server',
      label: 'rollback',
      run: async () => {
        transaction.isGone = true;
        await this.end(transaction);
        return () => undefined;
      },
    });
  }

  private async end(transaction: Transaction): Promise<void> {
    if (!transaction.isOpen) return;
    if (transaction.hasBegun) await this.deps.connections.plain(transaction.client, 'rollback');
    this.release(transaction);
  }

  private release(transaction: Transaction): void {
    if (!transaction.isOpen) return;
    transaction.isOpen = false;
    this.open.delete(transaction);
    this.deps.connections.give(transaction.client, transaction.tenantId);
  }
}
