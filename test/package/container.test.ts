/**
 * The container: what its Dockerfile says, and the compiled product run as the Dockerfile runs it. Docker itself is not
 * needed: a user without rights finds everything read-only that is not theirs, as in a container with --read-only.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { builtProduct } from '../support/built.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';
import { until } from '../support/until.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
/** "node" of the image. */
const USER = 1000;
const HEALTH_CHECK = join(ROOT, 'container/health-check.mjs');
const START_LIMIT_MS = 60_000;

/** [instruction, the rest], without remarks and line breaks. */
const instructions = read('Dockerfile')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(/\s+(.*)/s).slice(0, 2) as [string, string]);
const last = instructions.slice(instructions.map(([name]) => name).lastIndexOf('FROM'));
const of = (name: string, list = instructions) => list.filter(([one]) => one === name).map(([, rest]) => rest);

describe('the Dockerfile', () => {
  it('runs the product as a user without root, by number', () => assert.deepEqual(of('USER', last), ['1000:1000']));

  it('takes nothing from the network or an archive, and no value that could be a secret', () => {
    assert.deepEqual([of('ADD'), of('ARG')], [[], []]);
    for (const line of of('ENV')) assert.doesNotMatch(line, /SECRET|PASSWORD|TOKEN|KEY|DATABASE/);
    for (const line of of('RUN')) assert.doesNotMatch(line, /curl|wget|--mount|sudo/);
  });

  it('installs from the lock file, without development and without running scripts of others', () => {
    const installs = of('RUN').filter((line) => /\bnpm\b/.test(line));
    for (const line of installs) assert.match(line, /^npm ci .*--ignore-scripts/);
    const [libraries] = installs.filter((line) => line.includes('--omit=dev'));
    assert.ok(libraries?.includes('--omit=optional'));
    assert.ok(
      last.every(([name, rest]) => name !== 'RUN' || !rest.includes('npm')),
      'no npm in the last stage',
    );
  });

  it('copies only what is let in, and what there is', () => {
    const [all, ...letIn] = read('.dockerignore')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'));
    assert.equal(all, '*');
    const copied = of('COPY')
      .filter((line) => !line.startsWith('--from'))
      .flatMap((line) => line.split(/\s+/).slice(0, -1));
    assert.deepEqual([...new Set(copied)].sort(), letIn.map((line) => line.replace(/^!/, '')).sort());
    for (const one of copied) assert.ok(statSync(join(ROOT, one)), one);
  });

  it('asks after its health, and starts Node itself, so that SIGTERM reaches it', () => {
    assert.match(of('HEALTHCHECK', last).join(), /CMD \["node", "\/app\/health-check\.mjs"\]$/);
    assert.deepEqual(of('CMD', last), ['["node", "dist/src/index.js"]']);
    assert.deepEqual(of('ENTRYPOINT'), []);
  });
});

/** Everybody may walk down to it; a clone in root's home is out of reach for anybody else. */
function isWithinReach(path: string): boolean {
  return (statSync(path).mode & 0o001) !== 0 && (dirname(path) === path || isWithinReach(dirname(path)));
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  return port;
}

describe('the compiled product as a user who may write nowhere but DATA_DIR', function () {
  this.timeout(120_000);
  const isRoot = process.getuid?.() === 0;
  const as = isRoot ? { uid: USER, gid: USER } : {};
  let folder: string;
  let database: TestDatabase;
  let child: ChildProcess;
  let port: number;
  let output = '';
  let files: Record<string, string>;

  before(async function () {
    if (isRoot && !isWithinReach(ROOT)) this.skip();
    const [built, made] = await Promise.all([builtProduct(), createMigratedDatabase()]);
    database = made;
    folder = mkdtempSync(join(tmpdir(), 'calendar-watch-container-'));
    chmodSync(folder, 0o755);
    for (const name of ['data', 'secrets', 'sealed']) mkdirSync(join(folder, name));
    chmodSync(join(folder, 'sealed'), 0o555);
    files = {
      DATABASE_URL: database.url,
      TOKEN_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
      AAD_APP_CLIENT_SECRET: 'canary-of-the-client-secret',
    };
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(folder, 'secrets', name), `${text}\n`, { mode: 0o400 });
    if (isRoot)
      for (const name of ['data', 'secrets', ...Object.keys(files).map((one) => join('secrets', one))])
        chownSync(join(folder, name), USER, USER);
    port = await freePort();
    const env = {
      PATH: process.env.PATH ?? '',
      TMPDIR: join(folder, 'sealed'),
      HOME: join(folder, 'sealed'),
      NODE_ENV: 'production',
      PORT: String(port),
      PUBLIC_URL: `http://localhost:${port}`,
      AAD_APP_CLIENT_ID: '00000000-0000-4000-8000-000000000001',
      DATA_DIR: join(folder, 'data'),
      ...Object.fromEntries(Object.keys(files).map((name) => [`${name}_FILE`, join(folder, 'secrets', name)])),
    };
    child = spawn(process.execPath, [join(built, 'src/index.js')], { cwd: join(folder, 'sealed'), env, ...as });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8');
      });
    const isReady = () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        (answer) => answer.ok,
        () => child.exitCode !== null && Promise.reject(new Error(output)),
      );
    await until('the product is ready', isReady, START_LIMIT_MS);
  });
  after(async () => {
    if (child && child.exitCode === null) child.kill('SIGKILL');
    if (folder) rmSync(folder, { recursive: true, force: true });
    await database?.drop();
  });

  const healthCheck = async (more: Record<string, string>) => {
    const asking = spawn(process.execPath, [HEALTH_CHECK], { env: { PATH: process.env.PATH, ...more }, ...as });
    const [code] = await once(asking, 'exit');
    return code as number;
  };

  it('is healthy, and the health check of the image sees it', async () => {
    assert.equal(await healthCheck({ PORT: String(port) }), 0);
    assert.equal(await healthCheck({ PORT: String(await freePort()) }), 1);
  });

  it('has no secret in its command line, its environment or what it says', () => {
    const proc = `/proc/${child.pid}`;
    const seen =
      process.platform === 'linux' ? ['cmdline', 'environ'].map((name) => readFileSync(join(proc, name), 'utf8')) : [];
    for (const text of [output, ...seen])
      for (const [name, secret] of Object.entries(files)) assert.ok(!text.includes(secret), name);
    if (isRoot && process.platform === 'linux') assert.equal(statSync(proc).uid, USER);
  });

  it('has written nothing where it may not, and stops on SIGTERM', async () => {
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /EACCES|EROFS|EPERM/);
    assert.deepEqual(readdirSync(join(folder, 'sealed')), []);
  });
});
