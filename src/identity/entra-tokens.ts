/**
 * Whether the cloud's Entra signed a token, for which tenant, and not too long ago. Who it is for and who it speaks of is
 * looked at by those who were given it: validation tokens (sync/rich/), single sign-on (sso.ts).
 */
import type { KeyObject } from 'node:crypto';
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../clock.ts';

/** Entra's are some 1.5 KB. */
const MOST_CHARACTERS = 8_192;
const CLOCK_TOLERANCE_S = 60;
const TENANT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export type EntraFault =
  | 'TOKEN_MALFORMED'
  | 'TOKEN_KEY_UNKNOWN'
  | 'TOKEN_SIGNATURE_WRONG'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_ISSUER_WRONG';

/** `unasked`: Entra could not be reached, which says nothing about the token. */
export type EntraVerdict = { payload: JWTPayload & { tid: string } } | { fault: EntraFault } | { unasked: true };

export interface EntraTokenDeps {
  /** e.g. "https://login.microsoftonline.com", no slash at the end. */
  authorityHost: string;
  /** sync/rich/signing-keys.ts */
  keys: {
    find(
      kid: string,
    ): Promise<{ issuer: string; signing: { key: KeyObject; issuer?: string } | undefined } | undefined>;
  };
  clock: Clock;
}

const inTenant = (issuer: string, tenantId: string) => issuer.replace(/\{tenantid\}/i, tenantId);

function isIssuedFor(
  tenantId: unknown,
  { iss = '' }: JWTPayload,
  cloudIssuer: string,
  keyIssuer: string | undefined,
  authorityHost: string,
): tenantId is string {
  if (typeof tenantId !== 'string' || !TENANT_ID.test(tenantId)) return false;
  // Version 1.0 is issued as the metadata says (sts.windows.net in the public cloud), version 2.0 by the authority.
  if (![inTenant(cloudIssuer, tenantId), `${authorityHost}/${tenantId}/v2.0`].includes(iss)) return false;
  // A key that belongs to one tenant (that of personal accounts has its own) says nothing about others.
  return keyIssuer === undefined || /\{tenantid\}/i.test(keyIssuer) || keyIssuer.includes(tenantId);
}

function faultOf(error: unknown): EntraFault {
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

export async function verifyEntraToken(
  { authorityHost, keys, clock }: EntraTokenDeps,
  token: unknown,
): Promise<EntraVerdict> {
  if (typeof token !== 'string' || token.length > MOST_CHARACTERS) return { fault: 'TOKEN_MALFORMED' };
  const kid = keyIdOf(token);
  if (kid === undefined) return { fault: 'TOKEN_MALFORMED' };
  const found = await keys.find(kid);
  if (!found) return { unasked: true };
  const { signing, issuer } = found;
  if (!signing) return { fault: 'TOKEN_KEY_UNKNOWN' };
  try {
    const { payload } = await jwtVerify(token, signing.key, {
      algorithms: ['RS256'],
      currentDate: new Date(clock.now()),
      clockTolerance: CLOCK_TOLERANCE_S,
      requiredClaims: ['exp', 'aud', 'iss', 'tid'],
    });
    const { tid } = payload;
    if (!isIssuedFor(tid, payload, issuer, signing.issuer, authorityHost)) return { fault: 'TOKEN_ISSUER_WRONG' };
    return { payload: { ...payload, tid } };
  } catch (error) {
    return { fault: faultOf(error) };
  }
}
