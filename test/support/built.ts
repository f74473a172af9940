/**
 * The product as `npm run build` makes it, once for all test files of a run and in a folder of its own: `dist` is whoever's
 * it is. Whoever asks first compiles, the others wait. A process that starts from it needs half of what one from the
 * sources does. test/run.ts removes it.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const LIMIT_MS = 120_000;

/** Below the repository: that is where Node finds the libraries. */
const folderOf = (directory: string) =>
  join(ROOT, 'node_modules', '.cache', 'calendar-watch-test', basename(directory));

export const removeBuilt = (directory: string) => rm(folderOf(directory), { recursive: true, force: true });

async function compile(folder: string): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, ['scripts/build.mjs', folder], { cwd: ROOT });
    // Node stops looking for a "type" at node_modules.
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  } catch (error) {
    await writeFile(join(folder, 'failed'), String(error));
    throw error;
  }
}

let built: Promise<string> | undefined;

/** The folder in which src/index.js is. */
export function builtProduct(): Promise<string> {
  built ??= (async () => {
    const directory = process.env.TEST_SANDBOX_DIR;
    if (!directory) throw new Error('no folder for tests; run them with “npm run test:only”');
    const folder = folderOf(directory);
    await mkdir(join(folder, '..'), { recursive: true });
    const isFirst = await mkdir(folder).then(
      () => true,
      () => false,
    );
    if (isFirst) await compile(folder);
    const [done, failed] = ['package.json', 'failed'].map((name) => join(folder, name)) as [string, string];
    await until('the product is compiled', () => existsSync(done) || existsSync(failed), LIMIT_MS);
    if (existsSync(failed)) throw new Error('the product does not compile');
    return folder;
  })();
  return built;
}
