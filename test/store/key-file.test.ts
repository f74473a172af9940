import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { CalendarWatchError } from '../../src/errors.ts';
import { keysInFile } from '../../src/store/key-file.ts';
import { testKey } from '../support/vault.ts';

describe('the key file', () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'calendar-watch-keys-'));
  });
  after(async () => rm(root, { recursive: true, force: true }));

  it('is made once, by whoever comes first, for its owner alone', async () => {
    const dataDir = join(root, 'not', 'there', 'yet');
    const all = await Promise.all(Array.from({ length: 8 }, () => keysInFile(dataDir)));
    for (const keys of [...all, await keysInFile(dataDir)]) assert.deepEqual(keys, all[0]);
    assert.deepEqual(
      all[0]?.map((key) => key.length),
      [32],
    );
    assert.deepEqual(await readdir(dataDir), ['keys']);
    assert.equal((await stat(join(dataDir, 'keys'))).mode & 0o777, 0o600);
    assert.notDeepEqual(await keysInFile(join(root, 'other')), all[0]);
  });

  it('may hold several keys, the first of which seals', async () => {
    await writeFile(join(root, 'keys'), '', { mode: 0o600 });
    await writeFile(join(root, 'keys'), `${testKey(2).toString('base64')}\n${testKey(1).toString('base64')}\n`);
    assert.deepEqual(await keysInFile(root), [testKey(2), testKey(1)]);
  });

  it('is never made anew when it is odd: what it sealed would be lost', async () => {
    const file = join(root, 'keys');
    for (const odd of ['', 'CANARY', `${testKey(1).toString('base64')}\nCANARY`]) {
      await writeFile(file, odd);
      await assert.rejects(keysInFile(root), (error: unknown) => {
        assert.ok(error instanceof CalendarWatchError && error.code === 'CONFIG_INVALID');
        assert.ok(error.message.includes(file));
        assert.doesNotMatch(error.message, /CANARY/);
        return true;
      });
      assert.equal(await readFile(file, 'utf8'), odd);
    }
  });

  it('that others may read is not used', async () => {
    const dataDir = join(root, 'open');
    await keysInFile(dataDir);
    await chmod(join(dataDir, 'keys'), 0o644);
    await assert.rejects(keysInFile(dataDir), { code: 'CONFIG_INVALID', message: /chmod 600/ });
  });

  it('that cannot be made says what to do', async () => {
    const file = join(root, 'a-file');
    await writeFile(file, '');
    await chmod(file, 0o600);
    await assert.rejects(keysInFile(join(file, 'data')), { code: 'CONFIG_INVALID', message: /TOKEN_ENCRYPTION_KEY/ });
  });
});
