/** The signing keys: the newest signs, all that are kept are published. RS256 with `kid`, like Entra's. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';
import type { EntraState } from './state.ts';

export interface PublicJwk {
  kty: string;
  use: 'sig';
  alg: 'RS256';
  kid: string;
  x5t: string;
  n: string;
  e: string;
}

interface LoadedKey {
  kid: string;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

export class SigningKeys {
  private loaded = new Map<string, LoadedKey>();

  constructor(private readonly state: EntraState) {}

  private load(kid: string, pem: string): LoadedKey {
    const known = this.loaded.get(kid);
    if (known) return known;
    const privateKey = createPrivateKey(pem);
    const key = { kid, privateKey, publicKey: createPublicKey(privateKey) };
    this.loaded.set(kid, key);
    return key;
  }

  private all(): LoadedKey[] {
    return this.state.signingKeys.map((stored) => this.load(stored.kid, stored.privateKey));
  }

  sign(claims: JWTPayload): Promise<string> {
    const key = this.all()[0];
    if (!key) throw new Error('no signing key');
    return new SignJWT(claims)
      .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: key.kid, x5t: key.kid })
      .sign(key.privateKey);
  }

  publicKey(kid: string | undefined): KeyObject | undefined {
    return this.all().find((key) => key.kid === kid)?.publicKey;
  }

  /** The body of `/discovery/v2.0/keys`, without `issuer` and `x5c`, which no client of ours reads. */
  jwks(): { keys: PublicJwk[] } {
    const keys = this.all().map((key) => {
      const jwk = key.publicKey.export({ format: 'jwk' });
      return {
        kty: 'RSA',
        use: 'sig' as const,
        alg: 'RS256' as const,
        kid: key.kid,
        x5t: key.kid,
        n: String(jwk.n),
        e: String(jwk.e),
      };
    });
    return { keys };
  }
}
