/**
 * What Entra remembers between two starts of the sandbox: signing keys, consents and revocations.
 *
 * Codes and refresh tokens aren't stored at all. They are sealed blobs (AES-256-GCM) that carry their own content, so
 * the file stays small however many sessions exist; a revocation raises the person's generation, and a refresh token
 * of an older generation is dead. Only the use of a code must be remembered, for its ten minutes, in memory.
 */
import { createCipheriv, createDecipheriv, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface StoredKey {
  kid: string;
  /** PKCS#8 PEM. */
  privateKey: string;
  createdAt: number;
}

interface StateFile {
  version: 1;
  sealKey: string;
  signingKeys: StoredKey[];
  /** By oid; absent means 0. */
  generations: Record<string, number>;
  /** By oid: when the sessions were revoked last, for the text of AADSTS50173. */
  revokedAt: Record<string, number>;
  /** "oid|clientId|resource" → scopes. */
  consents: Record<string, string[]>;
}

/** Old keys stay published after a rotation, so that tokens in flight verify; the oldest go. */
const KEYS_KEPT = 3;

function generatePem(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

function newKey(now: number, pem = generatePem()): StoredKey {
  return { kid: randomBytes(20).toString('base64url'), privateKey: pem, createdAt: now };
}

function newState(now: number, signingKey: string | undefined): StateFile {
  return {
    version: 1,
    sealKey: randomBytes(32).toString('base64'),
    signingKeys: [newKey(now, signingKey)],
    generations: {},
    revokedAt: {},
    consents: {},
  };
}

/** The file's state; undefined when there is none. A damaged file is put aside rather than lost or obeyed. */
function readState(path: string): StateFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    const state = JSON.parse(text) as StateFile;
    const sound = state.version === 1 && Buffer.from(state.sealKey, 'base64').length === 32 && state.signingKeys.length;
    if (sound) return state;
  } catch {
    // falls through
  }
  renameSync(path, `${path}.damaged`);
  return undefined;
}

export class EntraState {
  private readonly data: StateFile;

  constructor(
    private readonly path: string | undefined,
    private readonly now: () => number,
    /** PKCS#8 PEM of the first key where none is stored; without it one is made. */
    signingKey?: string,
  ) {
    const stored = path ? readState(path) : undefined;
    this.data = stored ?? newState(now(), signingKey);
    if (!stored) this.save();
  }

  get signingKeys(): readonly StoredKey[] {
    return this.data.signingKeys;
  }

  addSigningKey(): void {
    this.data.signingKeys.unshift(newKey(this.now()));
    this.data.signingKeys.splice(KEYS_KEPT);
    this.save();
  }

  generation(oid: string): number {
    return this.data.generations[oid] ?? 0;
  }

  revokedAt(oid: string): number {
    return this.data.revokedAt[oid] ?? 0;
  }

  revoke(oid: string): void {
    this.data.generations[oid] = this.generation(oid) + 1;
    this.data.revokedAt[oid] = this.now();
    this.save();
  }

  /** What persons may not agree to for themselves beside FOR_ADMINS, by name; a switch of tests, forgotten at the end. */
  readonly adminOnly = new Set<string>();

  /** What a person may use: their own consent, and their tenant's. */
  agreed(person: { oid: string; tenantId: string }, clientId: string, resource: string): string[] {
    const forAll = this.consented(`tenant ${person.tenantId}`, clientId, resource);
    return [...new Set([...this.consented(person.oid, clientId, resource), ...forAll])].sort();
  }

  consentForAll(tenantId: string, clientId: string, resource: string, scopes: string[]): void {
    this.consent(`tenant ${tenantId}`, clientId, resource, scopes);
  }

  consented(oid: string, clientId: string, resource: string): string[] {
    return this.data.consents[`${oid}|${clientId}|${resource}`] ?? [];
  }

  consent(oid: string, clientId: string, resource: string, scopes: string[]): void {
    const before = this.consented(oid, clientId, resource);
    const after = [...new Set([...before, ...scopes])].sort();
    if (after.length === before.length) return;
    this.data.consents[`${oid}|${clientId}|${resource}`] = after;
    this.save();
  }

  withdrawConsent(oid: string, clientId: string): void {
    for (const key of Object.keys(this.data.consents))
      if (key.startsWith(`${oid}|${clientId}|`)) delete this.data.consents[key];
    this.save();
  }

  /** An opaque, tamper-proof string that carries `value`; `kind` keeps a code from passing as a refresh token. */
  seal(kind: string, value: object): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', Buffer.from(this.data.sealKey, 'base64'), nonce);
    cipher.setAAD(Buffer.from(kind));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** The value of a string made by `seal` with the same kind, else undefined. */
  open<T extends object>(kind: string, sealed: string): T | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < 29) return undefined;
    try {
      const key = Buffer.from(this.data.sealKey, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 });
      decipher.setAAD(Buffer.from(kind));
      decipher.setAuthTag(bytes.subarray(12, 28));
      const text = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
      return JSON.parse(text) as T;
    } catch {
      return undefined;
    }
  }

  private save(): void {
    if (!this.path) return;
    mkdirSync(dirname(this.path), { recursive: true });
    const temporary = `${this.path}.${process.pid}.tmp`;
    writeFileSync(temporary, JSON.stringify(this.data, null, 2), { mode: 0o600 });
    renameSync(temporary, this.path);
  }
}
