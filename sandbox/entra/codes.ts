/** Authorization codes: sealed, ten minutes, one use, bound to the client, the redirect URI and the PKCE challenge. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { EntraError } from './errors.ts';
import type { EntraState } from './state.ts';

export interface CodeGrant {
  clientId: string;
  redirectUri: string;
  oid: string;
  generation: number;
  scope: string;
  nonce?: string | undefined;
  codeChallenge?: string | undefined;
}

interface SealedCode extends CodeGrant {
  expiresAt: number;
}

/** Room for used codes; beyond it the oldest is forgotten, which matters only for a flood within ten minutes. */
const USED_KEPT = 50_000;

function sameText(a: string, b: string): boolean {
  const [left, right] = [createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest()];
  return timingSafeEqual(left, right);
}

export class Codes {
  /** Code → expiry, in order of use. */
  private readonly used = new Map<string, number>();

  constructor(
    private readonly state: EntraState,
    private readonly now: () => number,
    private readonly ttlMs: number,
  ) {}

  issue(grant: CodeGrant): string {
    const sealed: SealedCode = { ...grant, expiresAt: this.now() + this.ttlMs };
    return `1.${this.state.seal('code', sealed)}`;
  }

  redeem(code: string, by: { clientId: string; redirectUri: string; verifier: string | undefined }): CodeGrant {
    const grant = this.state.open<SealedCode>('code', code.replace(/^1\./, ''));
    if (!grant || grant.clientId !== by.clientId) throw new EntraError(70000, 'code');
    if (grant.expiresAt <= this.now()) throw new EntraError(70008);
    if (this.used.has(code)) throw new EntraError(54005);
    if (grant.redirectUri !== by.redirectUri) throw new EntraError(500112, by.redirectUri, grant.redirectUri);
    this.checkVerifier(grant.codeChallenge, by.verifier);
    this.markUsed(code, grant.expiresAt);
    return grant;
  }

  private checkVerifier(challenge: string | undefined, verifier: string | undefined): void {
    if (!challenge) return;
    if (!verifier) throw new EntraError(50148);
    const computed = createHash('sha256').update(verifier).digest('base64url');
    if (!sameText(computed, challenge)) throw new EntraError(50148);
  }

  private markUsed(code: string, expiresAt: number): void {
    this.used.set(code, expiresAt);
    for (const [old, expiry] of this.used) {
      if (expiry > this.now() && this.used.size <= USED_KEPT) break;
      this.used.delete(old);
    }
  }
}
