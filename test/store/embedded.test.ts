import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import pg from 'pg';
import { createLog } from '../../src/log.ts';
import { type EmbeddedPostgres, startEmbedded } from '../../src/store/embedded.ts';
import { until } from '../support/until.ts';

const log = createLog('silent');
const isRoot = process.getuid?.() === 0;

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** One cluster, made once; each test leaves it stopped. */
describe('the embedded PostgreSQL', () => {
  let dataDir: string;
  const running: EmbeddedPostgres[] = [];
  const children: ChildProcess[] = [];

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'calendar-watch-embedded-'));
    await chmod(dataDir, 0o755);
  });
  after(async () => rm(dataDir, { recursive: true, force: true }));
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const one of running.splice(0)) await one.stop();
    // A server that nobody feels responsible for would live on.
    await keepBy(process.pid);
    await (await start()).stop();
    running.splice(0);
  });

  const start = async (dir = dataDir, keepAlive = false): Promise<EmbeddedPostgres> => {
    const one = await startEmbedded({ dataDir: dir, log, settings: ['full_page_writes=off'], keepAlive });
    running.push(one);
    return one;
  };
  const stop = async (one: EmbeddedPostgres) => {
    running.splice(running.indexOf(one), 1);
    await one.stop();
  };
  const lockFile = () => join(dataDir, 'postgres', 'postmaster.pid');
  const postmaster = async () => Number.parseInt(await readFile(lockFile(), 'utf8'), 10);
  const run = async (one: EmbeddedPostgres, statement: string) => {
    const client = new pg.Client({ connectionString: one.ownerUrl });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(statement)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const rows = async (one: EmbeddedPostgres) => (await run(one, 'select count(*)::int as n from kept'))[0]?.n;
  const stateFile = () => join(dataDir, 'postgres.json');
  const keepBy = async (keeperPid: number) => {
    const state = JSON.parse(await readFile(stateFile(), 'utf8'));
    await writeFile(stateFile(), JSON.stringify({ ...state, keeperPid }));
  };
  /** A process that lives and is nobody of ours. */
  const stranger = (): number => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    children.push(child);
    return child.pid ?? 0;
  };
  const deadPid = async () => {
    const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
    await once(child, 'exit');
    return child.pid ?? 0;
  };

  it('starts in an empty directory and keeps its passwords to itself', async () => {
    const one = await start();
    await run(one, 'create table kept (n int)');
    await run(one, 'insert into kept select generate_series(1, 1000)');
    assert.equal((await stat(stateFile())).mode & 0o077, 0);
    assert.equal((await stat(join(dataDir, 'postgres'))).mode & 0o077, 0);
    await assert.rejects(run({ ...one, ownerUrl: one.ownerUrl.replace(/:[0-9a-f]+@/, ':wrong@') }, 'select 1'));
  });

  it('leaves nothing running when it stops, and finds its data when it starts again', async () => {
    const one = await start();
    const pid = await postmaster();
    await stop(one);
    assert.equal(isAlive(pid), false);
    await assert.rejects(stat(lockFile()));
    assert.equal(await rows(await start()), 1000);
  });

  it('adopts a server that lives; its keeper is dead, so it stops it in the end', async () => {
    await start();
    const pid = await postmaster();
    running.splice(0);
    await keepBy(await deadPid());
    const second = await start();
    assert.equal(await postmaster(), pid);
    assert.equal(await rows(second), 1000);
    await stop(second);
    assert.equal(isAlive(pid), false);
  });

  it('adopts a server that another live process keeps, and leaves it running', async () => {
    const first = await start();
    const pid = await postmaster();
    await keepBy(stranger());
    const second = await start();
    assert.equal(second.port, first.port);
    await stop(second);
    assert.equal(isAlive(pid), true);
    assert.equal(await rows(first), 1000);
  });

  it('recovers from a lock file whose number another program has got', async () => {
    const pid = stranger();
    await writeFile(lockFile(), `${pid}\n${join(dataDir, 'postgres')}\n0\n1\n\n127.0.0.1\n0 0\nready\n`);
    const one = await start();
    assert.equal(await rows(one), 1000);
    await stop(one);
    assert.equal(isAlive(pid), true, 'the other program is left alone');
  });

  it('recovers from a lock file whose number another PostgreSQL has got', async () => {
    const client = new pg.Client({ connectionString: process.env.TEST_POSTGRES_URL });
    client.on('error', () => undefined);
    await client.connect();
    const read = `select pg_read_file('postmaster.pid') as text`;
    const other = Number.parseInt((await client.query<{ text: string }>(read)).rows[0]?.text ?? '', 10);
    assert.ok(isAlive(other));
    await writeFile(lockFile(), `${other}\n${join(dataDir, 'postgres')}\n0\n1\n\n127.0.0.1\n0 0\nready\n`);
    const one = await start();
    assert.notEqual(await postmaster(), other);
    assert.equal(await rows(one), 1000);
    await stop(one);
    assert.equal((await client.query('select 1')).rows.length, 1, 'the other server is left alone');
    await client.end();
  });

  it('recovers, data intact, after SIGKILL with a transaction under way', async () => {
    const one = await start();
    const client = new pg.Client({ connectionString: one.ownerUrl });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('insert into kept values (1001)');
    await client.query('begin');
    await client.query('insert into kept values (1002)');
    const pid = await postmaster();
    process.kill(pid, 'SIGKILL');
    await until('it is dead', () => !isAlive(pid));
    running.splice(0);
    const again = await start();
    assert.equal(await rows(again), 1001);
    await client.end().catch(() => undefined);
  });

  it('is started again, in the same place, when it dies under us', async () => {
    const one = await start(dataDir, true);
    const pid = await postmaster();
    process.kill(pid, 'SIGKILL');
    await until('it is dead', () => !isAlive(pid));
    assert.equal(await until('it answers again', () => rows(one).catch(() => undefined), 15_000), 1001);
    const again = await postmaster();
    assert.notEqual(again, pid);
    await stop(one);
    assert.equal(isAlive(again), false, 'and it still stops with us');
  });

  it('is started again by who adopted it, when the process that kept it is dead', async () => {
    await start();
    running.splice(0);
    const keeper = stranger();
    await keepBy(keeper);
    const second = await start(dataDir, true);
    const pid = await postmaster();
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await until('the keeper is dead', () => !isAlive(keeper));
    process.kill(pid, 'SIGKILL');
    await until('it is dead', () => !isAlive(pid));
    assert.equal(await until('it answers again', () => rows(second).catch(() => undefined), 15_000), 1001);
    const again = await postmaster();
    await stop(second);
    assert.equal(isAlive(again), false);
  });

  it('waits for a backend of a dead server that is still at work, instead of starting beside it', async () => {
    const one = await start();
    const client = new pg.Client({ connectionString: one.ownerUrl });
    client.on('error', () => undefined);
    await client.connect();
    const backend = Number((await client.query('select pg_backend_pid() as pid')).rows[0]?.pid);
    const pid = await postmaster();
    process.kill(backend, 'SIGSTOP');
    process.kill(pid, 'SIGKILL');
    await until('it is dead', () => !isAlive(pid));
    running.splice(0);
    let isUp = false;
    const starting = start().then((started) => {
      isUp = true;
      return started;
    });
    await new Promise((done) => setTimeout(done, 1_500));
    assert.equal(isUp, false);
    process.kill(backend, 'SIGKILL');
    assert.equal(await rows(await starting), 1001);
    await client.end().catch(() => undefined);
  });

  it('takes another port when its own is taken', async () => {
    const first = await start();
    await stop(first);
    const squatter: Server = createServer();
    squatter.listen(first.port, '127.0.0.1');
    await once(squatter, 'listening');
    try {
      const second = await start();
      assert.notEqual(second.port, first.port);
      assert.equal(await rows(second), 1001);
    } finally {
      squatter.close();
    }
  });

  it('makes a cluster anew that was left half made', async () => {
    const half = await mkdtemp(join(tmpdir(), 'calendar-watch-half-'));
    await chmod(half, 0o755);
    await mkdir(join(half, 'postgres', 'base'), { recursive: true });
    await writeFile(join(half, 'postgres', 'PG_VERSION'), '18\n');
    const one = await start(half);
    assert.equal((await run(one, 'select 1')).length, 1);
    await stop(one);
    await rm(half, { recursive: true, force: true });
  });

  (isRoot ? it : it.skip)('works as root in a folder that only root may enter', async () => {
    const closed = await mkdtemp(join(tmpdir(), 'calendar-watch-closed-'));
    await chmod(closed, 0o700);
    const one = await start(join(closed, 'data'));
    const [row] = await run(one, `select current_setting('data_directory') as home`);
    const home = String(row?.home);
    assert.ok(home.startsWith('/var/lib/calendar-watch/'), home);
    await stop(one);
    await rm(join(home, '..'), { recursive: true, force: true });
    await rm(closed, { recursive: true, force: true });
  });
});
