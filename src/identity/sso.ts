/**
 * Teams' single sign-on: its client hands over a token that Entra made for our app and for who is in the chat. Proven,
 * it is exchanged on behalf of them (OBO) for tokens of our own; no window, where they have agreed before.
 */
import { CalendarWatchError } from '../errors.ts';
import { type Asker, type Claims, type ConnectDeps, connectAccount, type SignedIn } from './connect.ts';
import { type EntraFault, type EntraTokenDeps, verifyEntraToken } from './entra-tokens.ts';
import { type ClientFor, toIdentityError } from './msal.ts';
import { isConsentMissing } from './refusal.ts';

/** The one scope that our app exposes: whoever has it may speak to us as the person. */
const SCOPE = 'access_as_user';

export type SsoFault =
  | EntraFault
  | 'TOKEN_AUDIENCE_WRONG'
  | 'TOKEN_SCOPE_WRONG'
  | 'TOKEN_TENANT_WRONG'
  | 'TOKEN_PERSON_WRONG';

/**
 * `refused`: the token is not what it should be. `page`: nothing is wrong with it, but Entra gives nothing for it, or could
 * not be asked; the sign-in page may help.
 */
export type Proven = { kind: 'proven' } | { kind: 'refused'; fault: SsoFault } | PageNeeded;

export type Exchanged = { kind: 'connected'; who: SignedIn } | PageNeeded;

interface PageNeeded {
  kind: 'page';
  code: string;
  reason: string;
}

interface SsoDeps extends ConnectDeps, EntraTokenDeps {
  clientFor: ClientFor;
  clientId: string;
  appIdUri: string;
  /** The base. */
  scopes: string[];
}

const isSame = (one: unknown, other: string) => typeof one === 'string' && one.toLowerCase() === other.toLowerCase();

/**
 * MSAL shows refresh tokens to nobody but its cache, whose format it documents as shared between its libraries.
 * https://github.com/AzureAD/microsoft-authentication-library-for-js, “unified cache schema”.
 */
function refreshTokenIn(cache: string): string | undefined {
  const { RefreshToken: kept = {} } = JSON.parse(cache) as { RefreshToken?: Record<string, { secret?: string }> };
  return Object.values(kept)[0]?.secret;
}

export class SingleSignOn {
  constructor(private readonly deps: SsoDeps) {}

  /** What Teams is to get a token for. */
  get resource(): string {
    return this.deps.appIdUri;
  }

  /** Stores nothing, and asks Entra for no more than its keys. */
  async prove({ tenantId, personId }: Asker, token: unknown): Promise<Proven> {
    const verdict = await verifyEntraToken(this.deps, token);
    if ('unasked' in verdict)
      return { kind: 'page', code: 'ENTRA_UNAVAILABLE', reason: 'Entra’s keys could not be asked for' };
    const refused = (fault: SsoFault): Proven => ({ kind: 'refused', fault });
    if ('fault' in verdict) return refused(verdict.fault);
    const { aud, tid, oid, scp } = verdict.payload;
    // Version 2.0 tokens are for the client id, version 1.0 for the URI.
    const isOurs = isSame(aud, this.deps.clientId) || isSame(aud, this.deps.appIdUri);
    if (!isOurs) return refused('TOKEN_AUDIENCE_WRONG');
    if (typeof scp !== 'string' || !scp.split(' ').includes(SCOPE)) return refused('TOKEN_SCOPE_WRONG');
    if (!isSame(tid, tenantId)) return refused('TOKEN_TENANT_WRONG');
    if (!isSame(oid, personId)) return refused('TOKEN_PERSON_WRONG');
    return { kind: 'proven' };
  }

  /** @param token proven before */
  async exchange(asker: Asker, token: string): Promise<Exchanged> {
    let cache: string;
    let claims: Claims;
    try {
      ({ cache, claims } = await this.redeem(asker.tenantId, token));
    } catch (error) {
      const { code, message } = toIdentityError(error);
      return { kind: 'page', code: isConsentMissing(error) ? 'CONSENT_NEEDED' : code, reason: message };
    }
    return { kind: 'connected', who: await connectAccount(this.deps, asker, cache, claims) };
  }

  /**
   * What OBO gives, MSAL keeps under the hash of the assertion and refreshes by another assertion alone: that silent
   * calls by account find it all the same is nothing to build on (MSAL for .NET ended it, and msal-node's own comment
   * rules refreshing it out). So the refresh token is redeemed once, into a cache like that of any sign-in; that it can
   * be is then known from the first minute.
   */
  private async redeem(tenantId: string, oboAssertion: string): Promise<{ cache: string; claims: Claims }> {
    const { clientFor, scopes } = this.deps;
    const onBehalf = clientFor(tenantId);
    await onBehalf.acquireTokenOnBehalfOf({ oboAssertion, scopes, skipCache: true });
    const refreshToken = refreshTokenIn(onBehalf.getTokenCache().serialize());
    if (!refreshToken)
      throw new CalendarWatchError('RECONNECT_NEEDED', 'Entra gave no refresh token on behalf of the person');
    const own = clientFor(tenantId);
    const result = await own.acquireTokenByRefreshToken({ refreshToken, scopes, forceCache: true });
    if (!result) throw new CalendarWatchError('ENTRA_UNAVAILABLE', 'MSAL gave no result for a refresh token');
    return { cache: own.getTokenCache().serialize(), claims: result.idTokenClaims as Claims };
  }
}
