/**
 * The product with a mistake in it, in one file: a life in it costs no compiling of hundreds. The migrations, which are
 * read as they are, lie beside that file as they do in the source.
 */
import { existsSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative, sep } from 'node:path';
import type * as Esbuild from 'esbuild';
import { BUNDLE, FILES } from '../product.ts';
import type { Mutant } from './mutants.ts';

const require = createRequire(import.meta.url);
/** It comes with tsx, which runs all of this. */
const { build } = createRequire(require.resolve('tsx/package.json'))('esbuild') as typeof Esbuild;

const MIGRATIONS = 'store/migrations';

/** The texts that the mistake changes, by file. Fails if the mutant does not fit the source (any more). */
export async function patched(src: string, { patches }: Pick<Mutant, 'patches'>): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const { file, find, replace } of patches) {
    const parts = (texts.get(file) ?? (await readFile(join(src, file), 'utf8'))).split(find);
    if (parts.length !== 2) throw new Error(`a text of it is ${parts.length - 1} times in ${file}, not once`);
    texts.set(file, parts.join(replace));
  }
  return texts;
}

/** Returns a root that `loadProduct` takes. */
export async function plant(src: string, mutant: Pick<Mutant, 'patches'>, root: string): Promise<string> {
  const texts = await patched(src, mutant);
  const loads: Esbuild.Plugin = {
    name: 'mutant',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const contents = texts.get(relative(src, path).split(sep).join('/'));
        return contents === undefined ? undefined : { contents, loader: 'ts' };
      });
    },
  };
  const files = FILES.filter((file) => existsSync(join(src, file)));
  const imports = files.map((file, index) => `import * as part${index} from './${file}';`);
  const parts = files.map((_, index) => `...part${index}`);
  await build({
    stdin: { contents: `${imports.join('\n')}\nexport const all = {${parts.join(', ')}};`, resolveDir: src },
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outfile: join(root, BUNDLE),
    plugins: [loads],
    logLevel: 'silent',
  });
  await cp(join(src, MIGRATIONS), join(root, MIGRATIONS), { recursive: true });
  for (const [file, text] of texts) if (file.startsWith(MIGRATIONS)) await writeFile(join(root, file), text);
  return root;
}
