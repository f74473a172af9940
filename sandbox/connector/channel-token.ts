/**
 * The channel's own identity: the token that Teams attaches to what it posts to a bot, and the OpenID metadata with
 * which the bot checks it. Claims and rules as in botbuilder 4.23: issuer "https://api.botframework.com", audience the
 * bot's app id, `serviceurl` equal to the activity's, and a key endorsed for "msteams".
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { SandboxResponse } from '../http.ts';

export const CHANNEL_ISSUER = 'https://api.botframework.com';
const LIFETIME_S = 3_600;

export interface TokenOverrides {
  issuer?: string;
  audience?: string;
  serviceUrl?: string;
  /** Negative: expired for so long. Default one hour. */
  expiresInS?: number;
  /** Signed by a key that the metadata doesn't publish, under the published key id. */
  foreignKey?: boolean;
}

export interface ChannelIdentityOptions {
  issuer: string;
  /** Where the handler is reachable; for `jwks_uri`. */
  origin: () => string;
  /** PKCS#8 PEM; without it a new key is made. */
  signingKey?: string;
  endorsements: string[];
  /** Real time, not the world's: the bot's libraries compare with the machine's clock. */
  now: () => number;
}

export class ChannelIdentity {
  private readonly privateKey: KeyObject;
  private readonly publicKey: KeyObject;
  /** Derived from the key: a connector that gets the same key again stays known to a bot's 24-hour key cache. */
  private readonly kid: string;
  private foreign: KeyObject | undefined;

  constructor(private readonly options: ChannelIdentityOptions) {
    this.privateKey = options.signingKey
      ? createPrivateKey(options.signingKey)
      : generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    this.publicKey = createPublicKey(this.privateKey);
    const der = this.publicKey.export({ type: 'spki', format: 'der' });
    this.kid = createHash('sha1').update(der).digest('base64url');
  }

  sign(botId: string, serviceUrl: string, overrides: TokenOverrides = {}): Promise<string> {
    const now = Math.floor(this.options.now() / 1000);
    if (overrides.foreignKey) this.foreign ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const exp = now + (overrides.expiresInS ?? LIFETIME_S);
    return new SignJWT({ serviceurl: overrides.serviceUrl ?? serviceUrl })
      .setProtectedHeader({ alg: 'RS256', kid: this.kid, x5t: this.kid, typ: 'JWT' })
      .setIssuer(overrides.issuer ?? this.options.issuer)
      .setAudience(overrides.audience ?? botId)
      .setNotBefore(Math.min(now, exp - LIFETIME_S))
      .setExpirationTime(exp)
      .sign(overrides.foreignKey && this.foreign ? this.foreign : this.privateKey);
  }

  /** `/v1/.well-known/openidconfiguration` and `/v1/.well-known/keys`; undefined for other paths. */
  metadata(path: string): SandboxResponse | undefined {
    if (path === '/v1/.well-known/openidconfiguration') {
      const body = {
        issuer: this.options.issuer,
        authorization_endpoint: 'https://invalid.botframework.com',
        jwks_uri: `${this.options.origin()}/v1/.well-known/keys`,
        id_token_signing_alg_values_supported: ['RS256'],
        token_endpoint_auth_methods_supported: ['private_key_jwt'],
      };
      return { status: 200, body };
    }
    if (path !== '/v1/.well-known/keys') return undefined;
    const { n, e } = this.publicKey.export({ format: 'jwk' });
    const { endorsements } = this.options;
    const key = { kty: 'RSA', use: 'sig', kid: this.kid, x5t: this.kid, n, e, endorsements };
    return { status: 200, body: { keys: [key] } };
  }
}
