/**
 * Who vouches for rich notifications: `validationTokens`, one for each pair of app and tenant in the body, signed by the
 * cloud's Entra, made for our app, at the request of Microsoft's change tracking service. Any app of any tenant can get
 * a token for our app; only this caller's say that Graph speaks. Source: learn.microsoft.com "Set up change notifications
 * that include resource data", validating the authenticity of notifications.
 */
import { createHash } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { type Clock, HOUR_MS, SECOND_MS } from '../../clock.ts';
import { type EntraFault, verifyEntraToken } from '../../identity/entra-tokens.ts';
import type { SigningKeys } from './signing-keys.ts';

/** "Microsoft Graph Change Tracking", the same in all clouds. */
export const PUBLISHER_ID = '0bf30f3b-4a52-48df-9a82-234910c4a086';
const KEPT_TOKENS = 1_000;
const KEPT_MS = HOUR_MS;

export type TokenFault = EntraFault | 'TOKEN_AUDIENCE_WRONG' | 'TOKEN_CALLER_WRONG';

/** `unasked`: Entra could not be reached, which says nothing about the token. */
export type TokenVerdict = { tenantId: string } | { fault: TokenFault } | { unasked: true };

export interface TokenCheckerDeps {
  /** The app that the subscriptions belong to. */
  clientId: string;
  authorityHost: string;
  keys: Pick<SigningKeys, 'find'>;
  clock: Clock;
}

/** The caller is named by version 1.0 tokens in `appid`, by version 2.0 tokens in `azp`. */
function faultIn({ aud, appid, azp }: JWTPayload, clientId: string): TokenFault | undefined {
  if (typeof aud !== 'string' || aud.toLowerCase() !== clientId.toLowerCase()) return 'TOKEN_AUDIENCE_WRONG';
  if ((appid ?? azp) !== PUBLISHER_ID || (azp ?? appid) !== PUBLISHER_ID) return 'TOKEN_CALLER_WRONG';
  return undefined;
}

export class TokenChecker {
  /** Graph sends the same token again and again. Only good ones are kept, by their hash. */
  private readonly good = new Map<string, { tenantId: string; until: number }>();

  constructor(private readonly deps: TokenCheckerDeps) {}

  async check(token: unknown): Promise<TokenVerdict> {
    const hash = createHash('sha256')
      .update(typeof token === 'string' ? token : '')
      .digest('base64');
    const known = this.good.get(hash);
    if (known && known.until > this.deps.clock.now()) return { tenantId: known.tenantId };
    const verdict = await verifyEntraToken(this.deps, token);
    if (!('payload' in verdict)) return verdict;
    const { tid, exp = 0 } = verdict.payload;
    const fault = faultIn(verdict.payload, this.deps.clientId);
    if (fault) return { fault };
    if (this.good.size >= KEPT_TOKENS) this.good.clear();
    this.good.set(hash, { tenantId: tid, until: Math.min(exp * SECOND_MS, this.deps.clock.now() + KEPT_MS) });
    return { tenantId: tid };
  }
}
