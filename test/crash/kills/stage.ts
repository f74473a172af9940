/**
 * The compiled product and its PostgreSQL, durable as shipped, as processes that can be killed. `own`: the PostgreSQL
 * that the product brings and must start again itself. `given`: one behind DATABASE_URL; this side is its operator.
 */
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../../bench/support/children.ts';
import type { Say, Teardown } from '../../../bench/support/report.ts';
import { type Child, startChild, waitUntilReady } from '../../../sandbox/child.ts';
import { createLog } from '../../../src/log.ts';
import { type EmbeddedPostgres, startEmbedded } from '../../../src/store/embedded.ts';
import { killPostgres } from '../postmaster.ts';
import { InboxDatabase } from './inbox.ts';
import { Metronome } from './metronome.ts';

export type Mode = 'own' | 'given';

const READY_LIMIT_MS = 60_000;
const GRACE_MS = 30_000;
/** How long the operator takes to start a PostgreSQL that died. */
const OPERATOR_MS = 1_500;

/** Addresses that nobody asks for anything: no mailbox is read, no message is sent. */
function environment(port: number, dataDir: string): Record<string, string> {
  const nowhere = 'https://localhost:9';
  return {
    NODE_ENV: 'production',
    PORT: String(port),
    PUBLIC_URL: `http://localhost:${port}`,
    CLOUD: 'custom',
    ENTRA_AUTHORITY_HOST: nowhere,
    GRAPH_ENDPOINT: nowhere,
    BOT_OPENID_METADATA_URL: nowhere,
    BOT_TOKEN_ISSUER: 'https://api.botframework.com',
    BOT_LOGIN_URL: `${nowhere}/botframework.com`,
    BOT_ID: '',
    AAD_APP_CLIENT_ID: 'be4c0003-0000-4000-8000-000000000000',
    AAD_APP_CLIENT_SECRET: 'not used',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
  };
}

export class Stage {
  private child: Child | undefined;
  private given: EmbeddedPostgres | undefined;
  private opened: { database: InboxDatabase; metronome: Metronome } | undefined;

  private constructor(
    readonly mode: Mode,
    readonly port: number,
    private readonly built: string,
    private readonly folder: string,
  ) {}

  static async set(mode: Mode, built: string, teardown: Teardown, say: Say): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), `calendar-watch-crash-${mode}-`));
    // As root, PostgreSQL runs as another user, who must be able to walk in.
    await chmod(folder, 0o755);
    const stage = new Stage(mode, await freePort(), built, folder);
    teardown.add(() => stage.strike());
    if (mode === 'given') await stage.startGiven();
    await stage.startProduct();
    const database = new InboxDatabase(await stage.ownerUrl());
    const metronome = new Metronome(database.pool);
    stage.opened = { database, metronome };
    await database.fill();
    await metronome.install();
    say(`${mode} PostgreSQL: ${JSON.stringify(await database.durability())}`);
    return stage;
  }

  get database(): InboxDatabase {
    if (!this.opened) throw new Error('the stage is not set');
    return this.opened.database;
  }

  get metronome(): Metronome {
    if (!this.opened) throw new Error('the stage is not set');
    return this.opened.metronome;
  }

  private get dataDir(): string {
    return join(this.folder, 'data');
  }

  private get logFile(): string {
    return join(this.folder, 'product.log');
  }

  private async ownerUrl(): Promise<string> {
    if (this.given) return this.given.ownerUrl;
    const state = JSON.parse(await readFile(join(this.dataDir, 'postgres.json'), 'utf8'));
    return `postgresql://calendar_watch_owner:${state.ownerPassword}@127.0.0.1:${state.port}/calendar_watch`;
  }

  private async startGiven(): Promise<void> {
    this.given = await startEmbedded({ dataDir: this.dataDir, log: createLog('error') });
  }

  /** Resolves when it is ready, with the time at which the process was started. */
  async startProduct(): Promise<number> {
    const env = { ...process.env, ...environment(this.port, this.dataDir) };
    if (this.given) Object.assign(env, { DATABASE_URL: this.given.ownerUrl, DATA_DIR: join(this.folder, 'unused') });
    const startedAt = Date.now();
    this.child = startChild({ args: ['src/index.js'], env, cwd: this.built, logFile: this.logFile });
    await waitUntilReady(`http://127.0.0.1:${this.port}/readyz`, this.child, READY_LIMIT_MS);
    return startedAt;
  }

  /** The end of the product's log, for when something went wrong. */
  async lastWords(): Promise<string> {
    return (await readFile(this.logFile, 'utf8').catch(() => '')).slice(-3_000);
  }

  async killProduct(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.child?.ended;
  }

  killDatabase(): Promise<number> {
    return killPostgres(this.dataDir);
  }

  /** What an operator does about a dead PostgreSQL: with the product's own, nothing. */
  async mendDatabase(): Promise<void> {
    if (!this.given) return;
    await pause(OPERATOR_MS);
    await this.startGiven();
  }

  private async strike(): Promise<void> {
    await this.opened?.database.close();
    await this.child?.stop(GRACE_MS);
    await this.given?.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
