import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'mocha';

const ROOT = resolve(import.meta.dirname, '../..');
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const START_LIMIT_MS = 60_000;
const DAY_MS = 86_400_000;

interface Running {
  process: ChildProcess;
  chat: string;
  calendar: string;
  output(): string;
  ended: Promise<number | null>;
}

/** `npm run demo` as a user starts it, in a folder of its own; resolves when both addresses are printed. */
function start(folder: string, words: string[] = []): Promise<Running> {
  const child = spawn(process.execPath, ['--import', TSX, join(ROOT, 'sandbox/demo.ts'), ...words], {
    cwd: folder,
    detached: true,
  });
  let output = '';
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  return new Promise((done, fail) => {
    const limit = setTimeout(() => fail(new Error(`the demo did not start:\n${output}`)), START_LIMIT_MS);
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const chat = /The chat:\s+(http\S+)/.exec(output)?.[1];
      const calendar = /The sandbox calendar:\s+(http\S+)/.exec(output)?.[1];
      if (!chat || !calendar || !/Ctrl-C/.test(output)) return;
      clearTimeout(limit);
      done({ process: child, chat, calendar, output: () => output, ended });
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void ended.then((code) => fail(new Error(`the demo ended with ${code}:\n${output}`)));
  });
}

const answers = (url: string) =>
  fetch(url).then(
    (response) => response.status,
    () => 0,
  );

async function processesNaming(folder: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'args='], { maxBuffer: 8 * 1024 * 1024 });
  return stdout.split('\n').filter((line) => line.includes(folder));
}

async function subjects(calendar: string, person: string, date: string): Promise<string[]> {
  const response = await fetch(`${calendar}/api/week?person=${person}&date=${date}`);
  const week = (await response.json()) as { events: { subject: string }[] };
  return week.events.map((event) => event.subject);
}

describe('npm run demo', function () {
  this.timeout(150_000);
  let folder: string;
  let blocker: Server;
  let running: Running | undefined;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'calendar-watch-demo-'));
    await chmod(folder, 0o755);
    blocker = createServer();
    // Another demo may hold the port already; then it is taken all the same.
    await new Promise<void>((done) => {
      blocker.once('error', () => done());
      blocker.listen(7081, '127.0.0.1', () => done());
    });
  });
  after(async () => {
    running?.process.kill('SIGINT');
    await running?.ended;
    blocker.close();
    await rm(folder, { recursive: true, force: true });
  });

  const nextWeek = new Date(Date.now() + 7 * DAY_MS).toISOString().slice(0, 10);
  let person = '';

  it('forgets what was with --reset, names a port that is taken and uses another one', async () => {
    // A PostgreSQL that a killed demo left behind: any process whose id stands in its file.
    const left = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)'], { stdio: 'ignore' });
    const leftEnded = new Promise<string | null>((done) => left.once('exit', (_, signal) => done(signal)));
    const old = join(folder, '.demo', 'data', 'postgres');
    await mkdir(old, { recursive: true });
    await writeFile(join(old, 'postmaster.pid'), `${left.pid}\n`);
    await mkdir(join(folder, '.demo', 'sandbox'));
    await writeFile(join(folder, '.demo', 'sandbox', 'old'), '');
    running = await start(folder, ['--reset']);
    assert.equal(await leftEnded, 'SIGINT');
    assert.ok(!existsSync(join(folder, '.demo', 'sandbox', 'old')));
    assert.match(running.output(), /port 7081 \(calendar\) is taken, using \d+/);
    assert.equal(await answers(running.chat), 200);
    assert.equal(await answers(running.calendar), 200);
    const list = (await (await fetch(`${running.calendar}/api/people`)).json()) as { people: { oid: string }[] };
    person = list.people[0]?.oid ?? '';
    const seeded = await subjects(running.calendar, person, nextWeek);
    assert.ok(seeded.length > 10, 'the week is full');
    const made = await fetch(`${running.calendar}/api/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: running.calendar },
      body: JSON.stringify({
        person,
        event: { subject: 'Made yesterday', start: `${nextWeek}T07:00`, end: `${nextWeek}T07:30` },
      }),
    });
    assert.equal(made.status, 201, await made.text());
  });

  it('stops on Ctrl-C and leaves nothing running', async () => {
    assert.ok(running);
    running.process.kill('SIGINT');
    assert.equal(await running.ended, 0);
    assert.equal(await answers(running.chat), 0);
    assert.equal(await answers(running.calendar), 0);
    assert.deepEqual(await processesNaming(folder), []);
  });

  it('finds yesterday’s state at the second start', async () => {
    running = await start(folder);
    assert.ok((await subjects(running.calendar, person, nextWeek)).includes('Made yesterday'));
  });
});
