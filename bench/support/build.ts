/**
 * Compiles the product and the bench's own processes into node_modules/.cache, so that what is measured runs as in
 * production, without a loader, and `dist` stays whoever's it is.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { Say } from './report.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** Processes of their own, beside the product. */
const PROCESSES = ['load', 'bare-route', 'connector-process', 'bare-sends'].map((name) => `bench/support/${name}.ts`);

export interface Built {
  /** Holds src/ and bench/support/ as JavaScript. */
  folder: string;
  remove(): Promise<void>;
}

export async function build(say: Say): Promise<Built> {
  const cache = join(ROOT, 'node_modules', '.cache', 'calendar-watch-bench');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'build-'));
  const settings = {
    extends: join(ROOT, 'tsconfig.build.json'),
    compilerOptions: { rootDir: ROOT, outDir: folder, sourceMap: false },
    include: ['src', ...PROCESSES].map((one) => join(ROOT, one)),
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  // Node stops looking for a "type" at node_modules.
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const tsc = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
  if (tsc.status !== 0) say(`! tsc: ${tsc.stdout.trim().split('\n').slice(0, 5).join('\n  ')}`);
  if (!(await stat(join(folder, 'src', 'index.js')).catch(() => undefined))) throw new Error('the build made nothing');
  await cp(join(ROOT, 'src/store/migrations'), join(folder, 'src/store/migrations'), { recursive: true });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
