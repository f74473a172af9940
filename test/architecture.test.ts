import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'mocha';

const ROOT = resolve(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

interface Import {
  from: string;
  to: string;
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1] ?? '');
  return found.map((to) => ({
    from: relative(ROOT, file),
    to: to.startsWith('.') ? relative(ROOT, resolve(dirname(file), to)) : to,
  }));
}

const ALL = files(SRC).flatMap(importsOf);
const against = (isWrong: (one: Import) => boolean) => ALL.filter(isWrong).map((one) => `${one.from} → ${one.to}`);
const inFolder = (path: string, ...folders: string[]) => folders.some((folder) => path.startsWith(`src/${folder}/`));

describe('the tree', () => {
  it('has sources to look at', () => assert.ok(ALL.length > 100));

  it('never lets src import the sandbox or tests', () => {
    assert.deepEqual(
      against((one) => /^(sandbox|test|bench)\//.test(one.to)),
      [],
    );
  });

  it('keeps calendar/ and nudges/ free of I/O', () => {
    const wrong = against(
      (one) =>
        inFolder(one.from, 'calendar', 'nudges') &&
        (inFolder(one.to, 'http', 'bot', 'identity', 'graph', 'sync', 'delivery', 'store') ||
          /^node:(?!crypto)/.test(one.to) ||
          ['pg', 'restify', 'botbuilder', 'pino'].includes(one.to)),
    );
    assert.deepEqual(wrong, []);
  });

  it('keeps the Bot Framework at the edge', () => {
    const allowed = [
      'src/bot/adapter.ts',
      'src/bot/application.ts',
      'src/bot/storage.ts',
      'src/http/messages.ts',
      'src/delivery/teams.ts',
    ];
    const sdk = /^(botbuilder|botframework-|@microsoft\/teams-ai)/;
    assert.deepEqual(
      against((one) => sdk.test(one.to) && !allowed.includes(one.from)),
      [],
    );
  });

  it('lets arrows run one way', () => {
    const wrong = against(
      (one) =>
        (inFolder(one.from, 'store', 'graph', 'identity', 'travel') &&
          inFolder(one.to, 'http', 'bot', 'sync', 'delivery')) ||
        (inFolder(one.from, 'calendar', 'travel') && inFolder(one.to, 'nudges')) ||
        (inFolder(one.from, 'sync', 'delivery') && inFolder(one.to, 'http', 'bot')) ||
        (inFolder(one.from, 'insights') && inFolder(one.to, 'http', 'bot', 'identity', 'graph', 'rooms', 'rules')) ||
        (inFolder(one.from, 'rooms') && inFolder(one.to, 'http', 'bot', 'identity')) ||
        (inFolder(one.from, 'rules') && inFolder(one.to, 'http', 'bot', 'identity', 'graph', 'delivery/ways')) ||
        (!['src/index.ts', 'src/app.ts'].includes(one.from) && /^src\/(app|index)\.ts$/.test(one.to)),
    );
    assert.deepEqual(wrong, []);
  });

  it('reads the environment in one place, and the machine’s time in one', () => {
    const reading = (pattern: RegExp) =>
      files(SRC)
        .filter((file) => pattern.test(readFileSync(file, 'utf8')))
        .map((file) => relative(ROOT, file));
    assert.deepEqual(reading(/process\.env/).sort(), ['src/index.ts', 'src/rotate-keys.ts']);
    assert.deepEqual(reading(/Date\.now\(\)|Math\.random/).sort(), [
      'src/app.ts',
      'src/clock.ts',
      'src/store/embedded.ts',
    ]);
  });
});
