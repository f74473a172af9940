/**
 * Encryption at rest. What is secret lies in PostgreSQL as `cw1.<key id>.<base64url of IV, tag and ciphertext>`, bound to
 * where it lies: taken to another row, tenant or column it does not open. Several keys can open, the first one seals. A
 * key's id is a short hash of it, so nobody has to name keys.
 *
 * AES-256-GCM with random IVs of 96 bits: one key is good for 2^32 texts (NIST SP 800-38D), which 20,000 people who get
 * new tokens every hour reach after twenty years.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { CalendarWatchError } from '../errors.ts';

/** Where a secret lies. */
export interface About {
  /** With its column where a row has several secrets: 'sign_in.verifier'. */
  table: string;
  /** '' for what belongs to no tenant. */
  tenantId: string;
  rowId: string;
}

export const KEY_BYTES = 32;

const VERSION = 'cw1';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Nothing that was stored before encryption looks like this: JSON, PEM, and base64url without a dot. */
const ANY_SEALED = /^cw\d+\./;
const SEALED = /^cw1\.([0-9a-f]{16})\.([\w-]+)$/;

/** Tells a key from others, and nothing about it. */
export const keyIdOf = (key: Uint8Array) =>
  createHmac('sha256', key).update('calendar-watch key id').digest('hex').slice(0, 16);

/** Each part with its length before it, so that no two places have the same bytes. */
function boundTo(keyId: string, { table, tenantId, rowId }: About): Buffer {
  const parts = [VERSION, keyId, table, tenantId, rowId].map((part) => Buffer.from(part, 'utf8'));
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}

export class Vault {
  private readonly keys: ReadonlyMap<string, Uint8Array>;
  private readonly first: { id: string; key: Uint8Array };

  /** @param keys of 32 bytes each; the first one seals */
  constructor(keys: readonly Uint8Array[]) {
    const [first] = keys;
    if (!first || keys.some((key) => key.length !== KEY_BYTES))
      throw new CalendarWatchError('CONFIG_INVALID', 'a vault needs at least one key, and each must have 32 bytes');
    this.keys = new Map(keys.map((key) => [keyIdOf(key), key]));
    this.first = { id: keyIdOf(first), key: first };
  }

  /** Of all keys, the one that seals first. They are no secrets. */
  get keyIds(): string[] {
    return [...this.keys.keys()];
  }

  seal(text: string, about: About): string {
    const { id, key } = this.first;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(boundTo(id, about));
    const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return `${VERSION}.${id}.${Buffer.concat([iv, cipher.getAuthTag(), encrypted]).toString('base64url')}`;
  }

  /** Throws SECRET_UNREADABLE for all that was not sealed by one of our keys for this place. */
  open(sealed: string, about: About): string {
    const [, keyId = '', body = ''] = SEALED.exec(sealed) ?? [];
    const bytes = Buffer.from(body, 'base64url');
    // Node forgives odd letters and bits at the end; a text that was changed is a text that was changed.
    if (bytes.length < IV_BYTES + TAG_BYTES || bytes.toString('base64url') !== body)
      throw unreadable(
        about,
        'it has no form that this version knows; it was changed, cut off or written by a newer one',
      );
    const key = this.keys.get(keyId);
    if (!key)
      throw unreadable(
        about,
        `it is sealed with the key ${keyId}, and the keys given are ${this.keyIds.join(', ')}; ` +
          'give that key again, after the first one (docs/operations.md, “A key is lost”)',
      );
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(boundTo(keyId, about))
      .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    try {
      const opened = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
      return opened.toString('utf8');
    } catch {
      throw unreadable(about, `it was changed, or moved here from another row (key ${keyId})`);
    }
  }

  /** For columns that are older than encryption: what is not sealed is from before, and is sealed when next written. */
  openOrPlain(stored: string, about: About): string {
    return ANY_SEALED.test(stored) ? this.open(stored, about) : stored;
  }

  /** Not sealed at all, or with a key that is not the first any more. */
  isOutdated(stored: string): boolean {
    return !stored.startsWith(`${VERSION}.${this.first.id}.`);
  }
}

const unreadable = ({ table }: About, why: string) =>
  new CalendarWatchError('SECRET_UNREADABLE', `a secret in ${table} cannot be opened: ${why}`);
