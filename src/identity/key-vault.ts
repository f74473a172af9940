/**
 * Keys from Azure Key Vault: the enabled versions of one secret, read once when the process starts. Bounded in time,
 * pages, bytes and versions. Microsoft's reference: "Get Secret Versions" and "Get Secret", api-version 7.4.
 */
import { z } from 'zod';
import { type Clock, HOUR_MS, SECOND_MS } from '../clock.ts';
import { keyIn, MOST_KEYS } from '../config-keys.ts';
import { CalendarWatchError } from '../errors.ts';

const API_VERSION = '7.4';
const CALL_LIMIT_MS = 10 * SECOND_MS;
/** All calls and pauses together. */
const ALL_LIMIT_MS = 60 * SECOND_MS;
const MOST_PAGES = 20;
const MOST_BYTES = 256 * 1024;
const PAUSES_MS = [SECOND_MS, 3 * SECOND_MS];
/**
 * Instances read the vault when they start, one after the other. A new version opens from the start and seals only in
 * those that start later than this, so that nobody meets what it cannot open.
 */
export const SEALS_AFTER_MS = HOUR_MS;

export interface KeyVaultDeps {
  fetch: typeof fetch;
  clock: Clock;
  /** A token for the vault; `resource` is e.g. "https://vault.azure.net". */
  token(resource: string): Promise<string>;
}

/** `created` is in seconds. `nbf` and `exp` are not looked at: Key Vault calls them informational. */
const versionsPage = z.object({
  value: z
    .array(
      z.object({
        id: z.string().max(1_000),
        attributes: z.object({ enabled: z.boolean(), created: z.number().optional() }),
      }),
    )
    .max(1_000),
  nextLink: z.string().max(8_000).nullish(),
});
const secret = z.object({ value: z.string().max(10_000) });

interface Version {
  id: string;
  createdAt: number;
}

const unavailable = (what: string, cause?: unknown) =>
  new CalendarWatchError('KEY_VAULT_UNAVAILABLE', `the keys could not be read from the key vault: ${what}`, { cause });

const REFUSED: Record<number, string> = {
  401: 'it refuses the token (401); is the vault in the tenant of the identity?',
  403: 'the identity may not (403); give it the role “Key Vault Secrets User”, and let the vault’s firewall let it in',
  404: 'there is no such secret (404); check TOKEN_ENCRYPTION_KEY_VAULT_URL',
};

/** "https://vault.azure.net" for any vault of the public cloud; a custom cloud's likewise. */
export const resourceOf = (url: string) => `https://${new URL(url).host.split('.').slice(1).join('.')}`;

async function textWithin(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw unavailable('an answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const pause = (clock: Clock, ms: number) => new Promise<void>((done) => void clock.after(ms, done));

export class KeyVault {
  private token: string | undefined;
  private readonly endAt: number;

  constructor(
    private readonly url: string,
    private readonly deps: KeyVaultDeps,
  ) {
    this.endAt = deps.clock.now() + ALL_LIMIT_MS;
  }

  /** The first one seals. `left`: how many more were enabled than are read. */
  async keys(): Promise<{ keys: Buffer[]; left: number }> {
    const versions = this.inOrder(await this.enabledVersions());
    if (versions.length === 0) throw unavailable('the secret has no enabled version; set one');
    const keys: Buffer[] = [];
    for (const [index, { id }] of versions.slice(0, MOST_KEYS).entries()) {
      const { value } = await this.get(`${this.url}/${id}`, secret);
      const key = keyIn(value.trim());
      if (!key)
        throw new CalendarWatchError(
          'CONFIG_INVALID',
          `TOKEN_ENCRYPTION_KEY_VAULT_URL: version ${id} (no. ${index + 1}) of the secret must be 32 bytes in base64; ` +
            'set a new one with `openssl rand -base64 32`, and disable this one',
        );
      keys.push(key);
    }
    return { keys, left: Math.max(0, versions.length - MOST_KEYS) };
  }

  /** The newest first; but one that is too new to seal behind the newest that is not. */
  private inOrder(versions: Version[]): Version[] {
    const sorted = versions.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));
    const settledBefore = this.deps.clock.now() - SEALS_AFTER_MS;
    const first = sorted.find(({ createdAt }) => createdAt <= settledBefore) ?? sorted[0];
    return first ? [first, ...sorted.filter((one) => one !== first)] : [];
  }

  private async enabledVersions(): Promise<Version[]> {
    const found: Version[] = [];
    let next: string | undefined = `${this.url}/versions?maxresults=25`;
    for (let pages = 0; next; pages += 1) {
      if (pages >= MOST_PAGES) throw unavailable('the secret has too many versions; make a new secret');
      const page: z.infer<typeof versionsPage> = await this.get(next, versionsPage);
      for (const { id, attributes } of page.value) {
        // Only its last part is used: where we ask is what the operator configured.
        const version = /\/([0-9A-Za-z]{1,64})$/.exec(id)?.[1];
        if (version && attributes.enabled)
          found.push({ id: version, createdAt: (attributes.created ?? 0) * SECOND_MS });
      }
      next = page.nextLink ? this.sameVault(page.nextLink) : undefined;
    }
    return found;
  }

  private sameVault(link: string): string {
    if (!URL.canParse(link) || new URL(link).origin !== new URL(this.url).origin)
      throw unavailable('its list of versions goes on at another host');
    return link;
  }

  private async get<T>(address: string, schema: z.ZodType<T>): Promise<T> {
    const url = new URL(address);
    url.searchParams.set('api-version', API_VERSION);
    for (let tries = 0; ; tries += 1) {
      if (this.deps.clock.now() > this.endAt) throw unavailable('it is too slow');
      try {
        return await this.getOnce(url, schema);
      } catch (error) {
        const pauseMs = PAUSES_MS[tries];
        const isLast = pauseMs === undefined || this.deps.clock.now() + pauseMs > this.endAt;
        if (!(error instanceof Passing) || isLast)
          throw error instanceof Passing ? unavailable(error.message, error.cause) : error;
        await pause(this.deps.clock, pauseMs);
      }
    }
  }

  private async getOnce<T>(url: URL, schema: z.ZodType<T>): Promise<T> {
    this.token ??= await this.deps.token(resourceOf(this.url)).catch((cause: unknown) => {
      throw new Passing('there is no token for it; check TOKEN_ENCRYPTION_KEY_VAULT_LOGIN and the identity', cause);
    });
    const headers = { authorization: `Bearer ${this.token}`, accept: 'application/json' };
    const signal = AbortSignal.timeout(CALL_LIMIT_MS);
    const answer = await this.deps.fetch(url, { headers, signal, redirect: 'error' }).catch((cause: unknown) => {
      throw new Passing('it does not answer', cause);
    });
    if (answer.status === 429 || answer.status >= 500) throw new Passing(`it answers ${answer.status}`);
    if (answer.status !== 200) throw unavailable(REFUSED[answer.status] ?? `it answers ${answer.status}`);
    const text = await textWithin(answer).catch((cause: unknown) => {
      throw cause instanceof CalendarWatchError ? cause : new Passing('it stopped in the middle of an answer', cause);
    });
    const read = schema.safeParse(asJson(text));
    // Not what zod says of it: it quotes values.
    if (!read.success) throw unavailable('its answer has another form than documented');
    return read.data;
  }
}

/** Worth another try. */
class Passing extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
  }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
