/**
 * The key of an installation on loopback that was given none: made at the first start and kept in a file that its owner
 * alone may read. Instances that start together agree on one. It is a list like TOKEN_ENCRYPTION_KEY, a key a line.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keysIn } from '../config-keys.ts';
import { CalendarWatchError } from '../errors.ts';
import { KEY_BYTES } from './vault.ts';

const hasCode = (error: unknown, code: string) => (error as NodeJS.ErrnoException).code === code;

/** Whole or not at all, and never over one that is there. */
async function make(dataDir: string, file: string): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    await link(draft, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
}

/** The keys in `dataDir`/keys, made now when there are none. */
export async function keysInFile(dataDir: string): Promise<Buffer[]> {
  const file = join(dataDir, 'keys');
  const read = () => readFile(file, 'utf8');
  try {
    const text = await read().catch(async (error: unknown) => {
      if (!hasCode(error, 'ENOENT')) throw error;
      await make(dataDir, file);
      return read();
    });
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0)
      throw new CalendarWatchError(
        'CONFIG_INVALID',
        `${file} may be read by others; make it its owner’s alone (chmod 600)`,
      );
    const { keys, fault } = keysIn(text);
    if (!fault) return keys;
    throw new CalendarWatchError('CONFIG_INVALID', `${file}: ${fault}`);
  } catch (cause) {
    if (cause instanceof CalendarWatchError) throw cause;
    throw new CalendarWatchError(
      'CONFIG_INVALID',
      `${file} cannot be read or made; let the process write to DATA_DIR, or set TOKEN_ENCRYPTION_KEY`,
      { cause },
    );
  }
}
