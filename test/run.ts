/**
 * Starts what all tests share, then mocha in processes of its own: a CA that Node must know from its first moment
 * (NODE_EXTRA_CA_CERTS) and a PostgreSQL in which each test file makes a database of its own.
 *
 *   npm test                             lint and typecheck (side by side), then everything
 *   npm run test:only                    everything: mocha with a worker more than cores, and the other jobs beside it
 *   npm run test:only -- test/nudges     a folder, a file or a pattern; further words go to mocha (-g "moved").
 *                                        One process, live: for a debugger, and for reading along
 *
 * With workers, a file's lines appear together when it has ended, failures and the summary at the end as always. A worker
 * that dies is a failure of the file it was at. What is run beside mocha stands in test/runner/jobs.ts.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureCertificates } from '../sandbox/ca.ts';
import { createLog } from '../src/log.ts';
import { startEmbedded } from '../src/store/embedded.ts';
import { lookForCanaries, reportCanaries } from './runner/canaries.ts';
import { CHECKS, OTHER_JOBS } from './runner/jobs.ts';
import { inOrder } from './runner/order.ts';
import { type JobOptions, type Outcome, runJob } from './runner/run-job.ts';
import { removeBuilt } from './support/built.ts';
import { fastDirectory } from './support/fast-directory.ts';

/** A power cut need not be survived by a test's database; the crash tests start servers of their own. */
const FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300'];
/** Much of a test is waiting for somebody: with as many workers as cores, these would be idle for a fifth of the time. */
const WORKERS_BEYOND_CORES = 1;
/** Each worker has products with pools of their own; PostgreSQL's connections must do for all. */
const MOST_WORKERS = 4;

const root = resolve(import.meta.dirname, '..');
/** Copies all logs to where they are searched when everything has ended. */
const TEE = join(root, 'test/runner/tee-logs.mjs');
const mochaFile = join(root, 'node_modules/mocha/bin/mocha.js');
const withChecks = process.argv.includes('--with-checks');
const words = process.argv.slice(2).filter((word) => word !== '--with-checks');

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort(signal));

async function specs(): Promise<string[]> {
  const isNarrowed = words.some((word) => word.startsWith('test'));
  return Promise.all(
    (isNarrowed ? words : ['test', ...words]).map(async (word) => {
      const info = word.startsWith('-') ? undefined : await stat(word).catch(() => undefined);
      return info?.isDirectory() ? `${word.replace(/\/$/, '')}/**/*.test.ts` : word;
    }),
  );
}

async function allTestFiles(): Promise<string[]> {
  const files = await readdir(join(root, 'test'), { recursive: true });
  return inOrder(files.filter((file) => file.endsWith('.test.ts')).map((file) => `test/${file}`));
}

const write = (text: string) => process.stdout.write(text);
const line = ({ name, seconds, totals, problem }: Outcome) => {
  const counted = totals ? `, ${totals.passed} passed` : '';
  return `${problem ? '✗' : '✓'} ${name}: ${problem ?? 'ok'}${counted} (${seconds.toFixed(1)} s)\n`;
};
/** All that a job said, in one piece and under its name. */
const block = (outcome: Outcome) => `\n──── ${outcome.name} ────\n${outcome.output.trimEnd()}\n\n`;

async function check(): Promise<boolean> {
  const options = { cwd: root, env: process.env, mustCount: false, signal: stopping.signal };
  const outcomes = await Promise.all(CHECKS.map((job) => runJob(job, options)));
  for (const outcome of outcomes) write(`${outcome.problem ? block(outcome) : ''}${line(outcome)}`);
  return outcomes.every((outcome) => !outcome.problem);
}

/** One mocha in one process, whose output nobody touches. */
async function runNarrowed(env: NodeJS.ProcessEnv): Promise<number> {
  const mocha = spawn(process.execPath, [mochaFile, ...(await specs())], { cwd: root, stdio: 'inherit', env });
  stopping.signal.addEventListener('abort', () => mocha.kill(stopping.signal.reason));
  return new Promise<number>((done) => mocha.once('exit', (exitCode) => done(exitCode ?? 1)));
}

async function runAll(env: NodeJS.ProcessEnv): Promise<number> {
  const options: JobOptions = { cwd: root, env, mustCount: true, signal: stopping.signal };
  const others = OTHER_JOBS.map(async (job) => {
    const outcome = await runJob(job, options);
    write(block(outcome));
    return outcome;
  });
  const workers = Math.min(MOST_WORKERS, availableParallelism() + WORKERS_BEYOND_CORES);
  const flags = [
    ...(workers > 1 ? ['--parallel', '--jobs', String(workers)] : []),
    ...(process.stdout.isTTY ? ['--color'] : []),
  ];
  const mocha = runJob(
    { name: 'mocha', command: [process.execPath, mochaFile, ...flags, ...(await allTestFiles())] },
    { ...options, show: write },
  );
  const outcomes = await Promise.all([mocha, ...others]);
  write(`\n${outcomes.map(line).join('')}`);
  return outcomes.some((outcome) => outcome.problem) ? 1 : 0;
}

/** True if a log of this run holds what none may hold. Products in processes of their own log into the directory itself. */
async function leaks(directory: string, logs: string): Promise<boolean> {
  const children = (await readdir(directory))
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(directory, name));
  const looked = lookForCanaries(logs, children);
  write(`\n${reportCanaries(looked)}\n`);
  return looked.found.length > 0;
}

async function main(): Promise<number> {
  const checked = withChecks ? check() : Promise.resolve(true);
  const directory = await mkdtemp(join(await fastDirectory(), 'calendar-watch-test-'));
  // As root, PostgreSQL runs as another user, who must be able to walk in.
  await chmod(directory, 0o755);
  const certificates = await ensureCertificates(join(directory, 'ca'));
  const postgres = await startEmbedded({ dataDir: join(directory, 'data'), log: createLog('warn'), settings: FAST });
  const env = {
    ...process.env,
    NODE_EXTRA_CA_CERTS: certificates.caFile,
    TEST_SANDBOX_DIR: directory,
    TEST_POSTGRES_URL: postgres.ownerUrl,
    TEST_LOGS_DIR: join(directory, 'logs'),
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${TEE}`.trim(),
  };
  const isSound = await checked;
  let code = 1;
  if (isSound && !stopping.signal.aborted) code = await (words.length > 0 ? runNarrowed(env) : runAll(env));
  if (isSound && !stopping.signal.aborted && (await leaks(directory, env.TEST_LOGS_DIR))) code ||= 1;
  await postgres.stop();
  await removeBuilt(directory);
  await rm(directory, { recursive: true, force: true });
  return code;
}

process.exit(await main());
