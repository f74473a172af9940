/**
 * Starts what all tests share, then mocha in a process of its own: a CA that Node must know from its first moment
 * (NODE_EXTRA_CA_CERTS) and a PostgreSQL in which each test file makes a database of its own.
 *
 *   npm run test:only                    everything
 *   npm run test:only -- test/nudges     a folder, a file or a pattern; further words go to mocha (-g "moved")
 */
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureCertificates } from '../sandbox/ca.ts';
import { createLog } from '../src/log.ts';
import { startEmbedded } from '../src/store/embedded.ts';

/** A power cut need not be survived by a test's database; the crash tests start servers of their own. */
const FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300'];

async function specs(words: string[]): Promise<string[]> {
  const isNarrowed = words.some((word) => word.startsWith('test'));
  return Promise.all(
    (isNarrowed ? words : ['test', ...words]).map(async (word) => {
      const info = word.startsWith('-') ? undefined : await stat(word).catch(() => undefined);
      return info?.isDirectory() ? `${word.replace(/\/$/, '')}/**/*.test.ts` : word;
    }),
  );
}

const directory = await mkdtemp(join(tmpdir(), 'calendar-watch-test-'));
// As root, PostgreSQL runs as another user, who must be able to walk in.
await chmod(directory, 0o755);
const certificates = await ensureCertificates(join(directory, 'ca'));
const postgres = await startEmbedded({ dataDir: join(directory, 'data'), log: createLog('warn'), settings: FAST });
const root = resolve(import.meta.dirname, '..');
const mocha = spawn(
  process.execPath,
  [join(root, 'node_modules/mocha/bin/mocha.js'), ...(await specs(process.argv.slice(2)))],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_EXTRA_CA_CERTS: certificates.caFile,
      TEST_SANDBOX_DIR: directory,
      TEST_POSTGRES_URL: postgres.ownerUrl,
    },
  },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => mocha.kill(signal));
const code = await new Promise<number>((done) => mocha.once('exit', (exitCode) => done(exitCode ?? 1)));
await postgres.stop();
await rm(directory, { recursive: true, force: true });
process.exit(code);
