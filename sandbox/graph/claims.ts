/** What a verified access token says; the shape in which Entra's stand-in hands it over. */
export interface TokenClaims {
  tid: string;
  oid?: string;
  /** Delegated: scopes, separated by spaces. */
  scp?: string;
  /** Application permissions. */
  roles?: string[];
  appid?: string;
  /** Seconds since the epoch. */
  exp: number;
}

/** Who calls: an app, alone or for a person. */
export interface Caller {
  tenantId: string;
  appId: string;
  /** The signed-in person; absent for an app on its own. */
  userOid?: string;
  /** The service principal's object id, where an app-only token names it. */
  principalId?: string;
  permissions: Set<string>;
  /** What Entra granted, where `permissions` holds more. */
  granted?: Set<string>;
  tokenExpiresAt: number;
}

export function callerOf(claims: TokenClaims): Caller {
  const delegated = claims.scp !== undefined;
  return {
    tenantId: claims.tid,
    appId: claims.appid ?? 'unknown-app',
    userOid: delegated ? claims.oid : undefined,
    principalId: delegated ? undefined : claims.oid,
    permissions: new Set(delegated ? claims.scp?.split(' ').filter(Boolean) : claims.roles),
    tokenExpiresAt: claims.exp * 1000,
  };
}
