/**
 * The keys with which the cloud's Entra signs tokens: found through its OpenID metadata, kept for half a day, asked for anew
 * when a token names one that we don't know, though seldom: anybody may post tokens with invented key ids. While Entra
 * can't be reached what we have goes on serving. Keys are "rotated daily" (learn.microsoft.com, rich notifications).
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { type Clock, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../clock.ts';
import type { Logger } from '../../log.ts';

const FRESH_MS = 12 * HOUR_MS;
/** After that, keys that could not be asked for again are not believed any more. */
const KEPT_MS = 48 * HOUR_MS;
const ASK_FOR_UNKNOWN_EVERY_MS = 5 * MINUTE_MS;
/** After a failure, sooner. */
const ASK_AGAIN_MS = 10 * SECOND_MS;
/** A notification has to be answered within 3 s; whoever waits longer goes without. */
const WAIT_MS = 1.5 * SECOND_MS;
const MOST_KEYS = 200;

const metadata = z.object({ issuer: z.string().max(500), jwks_uri: z.string().url().startsWith('https://') });
const keySet = z.object({ keys: z.array(z.unknown()).max(MOST_KEYS) });
const key = z.object({
  kty: z.literal('RSA'),
  use: z.literal('sig').optional(),
  kid: z.string().min(1).max(200),
  n: z.string().max(2_000),
  e: z.string().max(20),
  issuer: z.string().max(500).optional(),
});

export interface SigningKey {
  key: KeyObject;
  /** Whose tokens it may sign, "{tenantid}" standing for any tenant; undefined when the cloud does not say. */
  issuer?: string;
}

export interface KnownKeys {
  /** The cloud's issuer, with "{tenantid}" in it. */
  issuer: string;
  byId: Map<string, SigningKey>;
}

export interface SigningKeysDeps {
  /** e.g. "https://login.microsoftonline.com", no slash at the end. */
  authorityHost: string;
  /** Bounded in time; rejects, or returns what is no JSON, when there is no answer. */
  fetchJson(url: string): Promise<unknown>;
  clock: Clock;
  log: Logger;
}

function readKeys(given: unknown[]): Map<string, SigningKey> {
  const byId = new Map<string, SigningKey>();
  for (const one of given) {
    const read = key.safeParse(one);
    if (!read.success) continue;
    const { kty, n, e, kid, issuer } = read.data;
    try {
      byId.set(kid, { key: createPublicKey({ key: { kty, n, e }, format: 'jwk' }), issuer });
    } catch {
      // A key that can't be read signs nothing that we believe.
    }
  }
  return byId;
}

export class SigningKeys {
  private known: (KnownKeys & { at: number }) | undefined;
  private askedAt = Number.NEGATIVE_INFINITY;
  private asking: Promise<void> | undefined;

  constructor(private readonly deps: SigningKeysDeps) {}

  /**
   * Undefined: Entra could not be asked in time, or not again so soon. Without `signing` it was asked for this token's
   * sake, and knows no such key.
   */
  async find(kid: string): Promise<{ issuer: string; signing: SigningKey | undefined } | undefined> {
    const calledAt = this.deps.clock.now();
    const held = this.held();
    const signing = held?.byId.get(kid);
    if (held && signing) {
      if (held.at <= calledAt - FRESH_MS) void this.ask(ASK_AGAIN_MS);
      return { issuer: held.issuer, signing };
    }
    await this.within(this.ask(this.isAnswered() ? ASK_FOR_UNKNOWN_EVERY_MS : ASK_AGAIN_MS));
    const now = this.held();
    const found = now?.byId.get(kid);
    // A key that is missing from an older answer may be in the one that we did not get: nothing real may be lost by it.
    return now && (found || now.at >= calledAt) ? { issuer: now.issuer, signing: found } : undefined;
  }

  private held(): (KnownKeys & { at: number }) | undefined {
    return this.known && this.known.at > this.deps.clock.now() - KEPT_MS ? this.known : undefined;
  }

  /** Whether Entra answered when it was last asked. */
  private isAnswered(): boolean {
    return this.known !== undefined && this.known.at === this.askedAt;
  }

  private async within(work: Promise<void>): Promise<void> {
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.deps.clock.after(WAIT_MS, resolve);
    });
    await Promise.race([work, late]);
    cancel();
  }

  /** Never rejects. One at a time, and not before `apartMs` after the last. */
  private ask(apartMs: number): Promise<void> {
    if (this.asking) return this.asking;
    const now = this.deps.clock.now();
    if (this.askedAt > now - apartMs) return Promise.resolve();
    this.askedAt = now;
    this.asking = this.load(now)
      .catch((err: unknown) => this.deps.log.warn({ err }, 'Entra’s signing keys could not be read'))
      .finally(() => {
        this.asking = undefined;
      });
    return this.asking;
  }

  private async load(now: number): Promise<void> {
    const { authorityHost, fetchJson } = this.deps;
    const about = metadata.parse(await fetchJson(`${authorityHost}/common/.well-known/openid-configuration`));
    const { keys } = keySet.parse(await fetchJson(about.jwks_uri));
    const byId = readKeys(keys);
    if (byId.size === 0) throw new Error('no signing key could be read');
    this.known = { issuer: about.issuer, byId, at: now };
  }
}
