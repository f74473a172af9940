// Compiles src into dist/src (or into the folder that is named) and puts the migrations beside it: TypeScript copies no SQL.
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const out = process.argv[2] ?? 'dist';
const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
rmSync(join(out, 'src'), { recursive: true, force: true });
execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', out], { stdio: 'inherit' });
cpSync('src/store/migrations', join(out, 'src/store/migrations'), { recursive: true });
