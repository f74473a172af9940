/**
 * Hostile input for every route, verb and command of one running product: row 14 of the scoreboard.
 *
 *   npm run fuzz                                    20,000 requests
 *   npm run fuzz -- --count 1000000 --seed 7
 *   npm run fuzz -- --seed 7 --only 4711            that one again, and what came back
 */
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureCertificates } from '../../sandbox/ca.ts';
import { createLog } from '../../src/log.ts';
import { startEmbedded } from '../../src/store/embedded.ts';

const { values } = parseArgs({
  options: { count: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
});
const numberOf = (given: string | undefined, usual: number) => {
  const read = given === undefined ? usual : Number(given);
  if (!Number.isInteger(read) || read < 0) throw new Error('--count, --seed and --only are whole numbers');
  return read;
};
const count = numberOf(values.count, 20_000);
const seed = numberOf(values.seed, 1);
const only = values.only === undefined ? undefined : numberOf(values.only, 0);

/** Node must know the sandbox's CA from its first moment, so what follows is a process of its own. */
async function prepare(): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'calendar-watch-fuzz-'));
  await chmod(directory, 0o755);
  const { caFile } = await ensureCertificates(join(directory, 'ca'));
  const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];
  const postgres = await startEmbedded({ dataDir: join(directory, 'data'), log: createLog('warn'), settings });
  try {
    const child = spawn(process.execPath, ['--import', 'tsx', import.meta.filename, ...process.argv.slice(2)], {
      stdio: 'inherit',
      env: {
        ...process.env,
        NODE_EXTRA_CA_CERTS: caFile,
        TEST_SANDBOX_DIR: directory,
        TEST_POSTGRES_URL: postgres.ownerUrl,
      },
    });
    return await new Promise<number>((done) => child.once('exit', (code) => done(code ?? 1)));
  } finally {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function throwAll(): Promise<number> {
  const [{ runFuzz }, { openStage }, { report }] = await Promise.all([
    import('./fuzz.ts'),
    import('./stage.ts'),
    import('./report.ts'),
  ]);
  const say = (words: string) => process.stdout.write(`${words}\n`);
  // The SDK prints each token that it refuses.
  console.error = console.warn = console.log = () => undefined;
  const stage = await openStage();
  const began = performance.now();
  const { figures, failures } = await runFuzz(stage, {
    seed,
    count,
    show: say,
    ...(only === undefined ? {} : { only }),
  });
  await stage.stop();
  const line = report(figures, { seed, seconds: (performance.now() - began) / 1000 }, only !== undefined);
  if (failures.length > 0) say(`${failures.length} failures`);
  say(JSON.stringify(line));
  return line.pass ? 0 : 1;
}

process.exit(process.env.TEST_SANDBOX_DIR ? await throwAll() : await prepare());
