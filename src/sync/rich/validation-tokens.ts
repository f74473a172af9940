/**
 * Who vouches for rich notifications: `validationTokens`, one for each pair of app and tenant in the body, signed by the
 * cloud's Entra, made for our app, at the request of Microsoft's change tracking service. Any app of any tenant can get
 * a token for our app; only this caller's say that Graph speaks. Source: learn.microsoft.com "Set up change notifications
 * that include resource data", validating the authenticity of notifications.
 */
import { createHash } from 'node:crypto';
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { type Clock, HOUR_MS, SECOND_MS } from '../../clock.ts';
import type { SigningKey, SigningKeys } from './signing-keys.ts';

/** "Microsoft Graph Change Tracking", the same in all clouds. */
export const PUBLISHER_ID = '0bf30f3b-4a52-48df-9a82-234910c4a086';
/** Entra's are some 1.5 KB. */
const MOST_CHARACTERS = 8_192;
const CLOCK_TOLERANCE_S = 60;
const KEPT_TOKENS = 1_000;
const KEPT_MS = HOUR_MS;
const TENANT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export type TokenFault =
  | 'TOKEN_MALFORMED'
  | 'TOKEN_KEY_UNKNOWN'
  | 'TOKEN_SIGNATURE_WRONG'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_AUDIENCE_WRONG'
  | 'TOKEN_CALLER_WRONG'
  | 'TOKEN_ISSUER_WRONG';

/** `unasked`: Entra could not be reached, which says nothing about the token. */
export type TokenVerdict = { tenantId: string } | { fault: TokenFault } | { unasked: true };

export interface TokenCheckerDeps {
  /** The app that the subscriptions belong to. */
  clientId: string;
  authorityHost: string;
  keys: Pick<SigningKeys, 'find'>;
  clock: Clock;
}

const inTenant = (issuer: string, tenantId: string) => issuer.replace(/\{tenantid\}/i, tenantId);

/** The caller is named by version 1.0 tokens in `appid`, by version 2.0 tokens in `azp`. */
function faultIn(payload: JWTPayload, cloudIssuer: string, signing: SigningKey, deps: TokenCheckerDeps) {
  const { appid, azp, tid } = payload;
  if (typeof payload.aud !== 'string' || payload.aud.toLowerCase() !== deps.clientId.toLowerCase())
    return 'TOKEN_AUDIENCE_WRONG';
  if ((appid ?? azp) !== PUBLISHER_ID || (azp ?? appid) !== PUBLISHER_ID) return 'TOKEN_CALLER_WRONG';
  if (typeof tid !== 'string' || !TENANT_ID.test(tid)) return 'TOKEN_ISSUER_WRONG';
  // Version 1.0 is issued as the metadata says (sts.windows.net in the public cloud), version 2.0 by the authority.
  const issuers = [inTenant(cloudIssuer, tid), `${deps.authorityHost}/${tid}/v2.0`];
  if (!issuers.includes(payload.iss ?? '')) return 'TOKEN_ISSUER_WRONG';
  // A key that belongs to one tenant (that of personal accounts has its own) says nothing about others.
  const { issuer } = signing;
  if (issuer !== undefined && !/\{tenantid\}/i.test(issuer) && !issuer.includes(tid)) return 'TOKEN_ISSUER_WRONG';
  return undefined;
}

function faultOf(error: unknown): TokenFault {
  if (error instanceof errors.JWTExpired) return 'TOKEN_EXPIRED';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'TOKEN_SIGNATURE_WRONG';
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf') return 'TOKEN_EXPIRED';
  return 'TOKEN_MALFORMED';
}

function keyIdOf(token: string): string | undefined {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    return alg === 'RS256' && typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
}

export class TokenChecker {
  /** Graph sends the same token again and again. Only good ones are kept, by their hash. */
  private readonly good = new Map<string, { tenantId: string; until: number }>();

  constructor(private readonly deps: TokenCheckerDeps) {}

  async check(token: unknown): Promise<TokenVerdict> {
    if (typeof token !== 'string' || token.length > MOST_CHARACTERS) return { fault: 'TOKEN_MALFORMED' };
    const hash = createHash('sha256').update(token).digest('base64');
    const known = this.good.get(hash);
    if (known && known.until > this.deps.clock.now()) return { tenantId: known.tenantId };
    const verdict = await this.verify(token);
    if (!('payload' in verdict)) return verdict;
    const { tid, exp = 0 } = verdict.payload;
    const tenantId = String(tid);
    if (this.good.size >= KEPT_TOKENS) this.good.clear();
    this.good.set(hash, { tenantId, until: Math.min(exp * SECOND_MS, this.deps.clock.now() + KEPT_MS) });
    return { tenantId };
  }

  private async verify(token: string): Promise<{ payload: JWTPayload } | { fault: TokenFault } | { unasked: true }> {
    const kid = keyIdOf(token);
    if (kid === undefined) return { fault: 'TOKEN_MALFORMED' };
    const found = await this.deps.keys.find(kid);
    if (!found) return { unasked: true };
    const { signing, issuer } = found;
    if (!signing) return { fault: 'TOKEN_KEY_UNKNOWN' };
    try {
      const { payload } = await jwtVerify(token, signing.key, {
        algorithms: ['RS256'],
        currentDate: new Date(this.deps.clock.now()),
        clockTolerance: CLOCK_TOLERANCE_S,
        requiredClaims: ['exp', 'aud', 'iss', 'tid'],
      });
      const fault = faultIn(payload, issuer, signing, this.deps);
      return fault ? { fault } : { payload };
    } catch (error) {
      return { fault: faultOf(error) };
    }
  }
}
