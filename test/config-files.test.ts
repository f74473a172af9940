import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { SECRETS, withSecretFiles } from '../src/config-files.ts';

describe('secrets in files', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'calendar-watch-secrets-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (text: string) => {
    const path = join(folder, `s${Math.abs(text.length)}`);
    writeFileSync(path, text);
    return path;
  };

  it('are read, without the line break at the end, and the rest stays as it is', () => {
    const env = withSecretFiles({ BOT_PASSWORD_FILE: ` ${file('s3cret\n')} `, PORT: '1', SMTP_URL: 'smtp://x' });
    assert.deepEqual([env.BOT_PASSWORD, env.PORT, env.SMTP_URL], ['s3cret', '1', 'smtp://x']);
  });

  it('can be any that is secret, and nothing else: other files are paths that others read', () => {
    const path = file('from the file');
    for (const name of SECRETS) assert.equal(withSecretFiles({ [`${name}_FILE`]: path })[name], 'from the file');
    const env = withSecretFiles({ TLS_CERT_FILE: '/nowhere', PORT_FILE: path });
    assert.deepEqual([env.TLS_CERT, env.PORT], [undefined, undefined]);
  });

  it('are absent where nothing is said', () => {
    assert.deepEqual(withSecretFiles({ BOT_PASSWORD_FILE: ' ', BOT_PASSWORD: 'x' }).BOT_PASSWORD, 'x');
  });

  for (const [what, env, fault] of [
    ['both are given', () => ({ BOT_PASSWORD: 'x', BOT_PASSWORD_FILE: file('yes') }), /BOT_PASSWORD_FILE: .* one of/],
    ['there is none', () => ({ SMTP_URL_FILE: '/no/such/file' }), /SMTP_URL_FILE: the file cannot be read \(ENOENT\)/],
    ['it is a folder', () => ({ SMTP_URL_FILE: folder }), /SMTP_URL_FILE: the file is not a file/],
    ['it is empty', () => ({ DATABASE_URL_FILE: file(' \n') }), /DATABASE_URL_FILE: the file is empty/],
    ['it has no end', () => ({ DATABASE_URL_FILE: '/dev/zero' }), /DATABASE_URL_FILE: the file is not a file/],
    ['it is long', () => ({ DATABASE_URL_FILE: file('x'.repeat(16_385)) }), /DATABASE_URL_FILE: the file is longer/],
  ] as const)
    it(`are refused where ${what}`, () =>
      assert.throws(() => withSecretFiles(env()), { code: 'CONFIG_INVALID', message: fault }));

  it('are refused all at once, and without a word of what stands in them', () => {
    const env = { BOT_PASSWORD: 'first', BOT_PASSWORD_FILE: file('second'), SMTP_URL_FILE: '/no' };
    assert.throws(
      () => withSecretFiles(env),
      ({ message }: Error) => /BOT_PASSWORD/.test(message) && /SMTP_URL/.test(message) && !/first|second/.test(message),
    );
  });

  it('are variables that the configuration knows', () => {
    const told = readFileSync(resolve(import.meta.dirname, '../docs/configuration.md'), 'utf8');
    for (const name of SECRETS) assert.ok(told.includes(`\`${name}\``), name);
  });
});
