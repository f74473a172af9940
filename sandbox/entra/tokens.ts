/**
 * The tokens themselves: their claims, their making and their checking. Shapes follow Entra's documented access token
 * (version 1.0 for Graph and the Bot connector, version 2.0 for an app's own API) and id token (version 2.0).
 */
import { createHash, randomBytes } from 'node:crypto';
import { type JWTPayload, jwtVerify } from 'jose';
import type { SandboxApp, SandboxPerson, World } from '../world.ts';
import { stableGuid } from './directory.ts';
import type { SigningKeys } from './keys.ts';
import { BOT_URI, GRAPH_APP_ID, GRAPH_URI, type Resource } from './scopes.ts';

/** "Microsoft Graph Change Tracking": who asks for the tokens beside notifications with resource data. */
const CHANGE_TRACKING_ID = '0bf30f3b-4a52-48df-9a82-234910c4a086';
/** The Teams desktop and web clients' id, which a tab's SSO token carries in `azp`. */
const TEAMS_CLIENT_ID = '1fec8e78-bce4-4aaf-ab1b-5451cc387264';
const MINUTE_MS = 60_000;

export interface AccessClaims extends JWTPayload {
  aud: string;
  iss: string;
  exp: number;
  tid: string;
  /** Person or, with idtyp "app", service principal. */
  oid: string;
  idtyp: 'user' | 'app';
  /** The client, in version 1.0 tokens. */
  appid?: string;
  /** The client, in version 2.0 tokens. */
  azp?: string;
  /** Delegated permissions, separated by spaces. */
  scp?: string;
  /** Application permissions. */
  roles?: string[];
  upn?: string;
  name?: string;
  ver: '1.0' | '2.0';
}

export interface MintedToken {
  token: string;
  /** Seconds. */
  expiresIn: number;
}

export interface TokenSettings {
  world: World;
  keys: SigningKeys;
  httpsOrigin: () => string;
  /** Default: between 60 and 90 minutes, fixed per subject and minute so that runs repeat. */
  accessTokenLifetimeMs?: number;
}

/** Spreads lifetimes over 60–90 minutes as Entra does, without touching the world's seeded random. */
function spreadLifetimeMs(subject: string, now: number): number {
  const hash = createHash('sha256')
    .update(`${subject}|${Math.floor(now / MINUTE_MS)}`)
    .digest();
  return (60 + (hash.readUInt16BE(0) % 31)) * MINUTE_MS;
}

export class Tokens {
  constructor(private readonly settings: TokenSettings) {}

  private times(subject: string): { iat: number; nbf: number; exp: number } {
    const now = this.settings.world.clock.now();
    const lifetime = this.settings.accessTokenLifetimeMs ?? spreadLifetimeMs(subject, now);
    const iat = Math.floor(now / 1000);
    return { iat, nbf: iat, exp: Math.floor((now + lifetime) / 1000) };
  }

  private async mint(claims: JWTPayload): Promise<MintedToken> {
    const token = await this.settings.keys.sign({ ...claims, uti: randomBytes(16).toString('base64url') });
    return { token, expiresIn: (claims.exp ?? 0) - (claims.iat ?? 0) };
  }

  /** Pairwise: differs per app, as Entra's `sub` does. */
  private subject(oid: string, clientId: string): string {
    return createHash('sha256').update(`${oid}|${clientId}`).digest('base64url');
  }

  userAccessToken(person: SandboxPerson, app: SandboxApp, resource: Resource, scopes: string[]): Promise<MintedToken> {
    if (resource.kind === 'app') return this.ownApiToken(person, app.clientId, resource.app, scopes);
    const [given, ...family] = person.displayName.split(' ');
    return this.mint({
      aud: resource.kind === 'graph' ? GRAPH_APP_ID : BOT_URI,
      iss: `https://sts.windows.net/${person.tenantId}/`,
      ...this.times(person.oid),
      acct: 0,
      acr: '1',
      amr: ['pwd'],
      app_displayname: app.displayName,
      appid: app.clientId,
      appidacr: '1',
      family_name: family.join(' '),
      given_name: given,
      idtyp: 'user',
      name: person.displayName,
      oid: person.oid,
      scp: scopes.join(' '),
      sub: this.subject(person.oid, GRAPH_APP_ID),
      tid: person.tenantId,
      unique_name: person.upn,
      upn: person.upn,
      ver: '1.0',
    });
  }

  /** A version 2.0 token for an app's own API, e.g. "access_as_user"; also what Teams gives a tab for SSO. */
  ownApiToken(
    person: SandboxPerson,
    callerId: string,
    api: SandboxApp,
    scopes: string[],
    overrides: JWTPayload = {},
  ): Promise<MintedToken> {
    return this.mint({
      aud: api.clientId,
      iss: `${this.settings.httpsOrigin()}/${person.tenantId}/v2.0`,
      ...this.times(person.oid),
      azp: callerId,
      azpacr: '1',
      idtyp: 'user',
      name: person.displayName,
      oid: person.oid,
      preferred_username: person.upn,
      scp: scopes.join(' '),
      sub: this.subject(person.oid, api.clientId),
      tid: person.tenantId,
      ver: '2.0',
      ...(person.appRoles?.length ? { roles: person.appRoles } : {}),
      ...overrides,
    });
  }

  /** What Teams hands a tab or a bot's sign-in exchange: an assertion for the on-behalf-of flow. */
  ssoToken(person: SandboxPerson, app: SandboxApp, overrides: JWTPayload = {}): Promise<MintedToken> {
    return this.ownApiToken(person, TEAMS_CLIENT_ID, app, ['access_as_user'], overrides);
  }

  /** Client credentials. `roles` only for Graph, and absent when nothing has been consented to. */
  appAccessToken(
    app: SandboxApp,
    tenantId: string,
    resource: Resource,
    overrides: JWTPayload = {},
  ): Promise<MintedToken> {
    const principal = stableGuid('service-principal', app.clientId, tenantId);
    const roles = resource.kind === 'graph' ? app.appPermissions : [];
    return this.mint({
      aud: resource.kind === 'graph' ? GRAPH_URI : resource.id,
      iss: `https://sts.windows.net/${tenantId}/`,
      ...this.times(principal),
      app_displayname: app.displayName,
      appid: app.clientId,
      appidacr: '1',
      idp: `https://sts.windows.net/${tenantId}/`,
      idtyp: 'app',
      oid: principal,
      ...(roles.length ? { roles } : {}),
      sub: principal,
      tid: tenantId,
      ver: '1.0',
      ...overrides,
    });
  }

  /** Says to `appId` that notifications with resource data of this tenant come from Graph. */
  validationToken(appId: string, tenantId: string, version: '1.0' | '2.0'): Promise<MintedToken> {
    const principal = stableGuid('service-principal', CHANGE_TRACKING_ID, tenantId);
    const common = {
      aud: appId,
      ...this.times(principal),
      oid: principal,
      sub: principal,
      tid: tenantId,
      ver: version,
    };
    if (version === '2.0')
      return this.mint({
        ...common,
        iss: `${this.settings.httpsOrigin()}/${tenantId}/v2.0`,
        azp: CHANGE_TRACKING_ID,
        azpacr: '2',
      });
    const issuer = `https://sts.windows.net/${tenantId}/`;
    return this.mint({ ...common, iss: issuer, idp: issuer, appid: CHANGE_TRACKING_ID, appidacr: '2' });
  }

  async idToken(
    person: SandboxPerson,
    app: SandboxApp,
    options: { nonce?: string | undefined; oidc: string[] },
  ): Promise<string> {
    const { iat } = this.times(person.oid);
    const minted = await this.mint({
      aud: app.clientId,
      iss: `${this.settings.httpsOrigin()}/${person.tenantId}/v2.0`,
      iat,
      nbf: iat,
      exp: iat + 3600,
      ...(options.oidc.includes('email') ? { email: person.upn } : {}),
      name: person.displayName,
      ...(options.nonce ? { nonce: options.nonce } : {}),
      oid: person.oid,
      preferred_username: person.upn,
      ...(person.appRoles?.length ? { roles: person.appRoles } : {}),
      sub: this.subject(person.oid, app.clientId),
      tid: person.tenantId,
      ver: '2.0',
    });
    return minted.token;
  }

  /**
   * Checks signature, time (the world's) and, where given, audience. Throws jose's error otherwise.
   * Graph accepts two audiences for the same resource; pass both.
   */
  async verify(token: string, options: { audience?: string | string[] } = {}): Promise<AccessClaims> {
    const { payload } = await jwtVerify(
      token,
      (header) => {
        const key = this.settings.keys.publicKey(header.kid);
        if (!key) throw new Error(`unknown signing key ${header.kid ?? ''}`);
        return key;
      },
      {
        algorithms: ['RS256'],
        currentDate: new Date(this.settings.world.clock.now()),
        requiredClaims: ['exp', 'aud', 'iss', 'tid', 'oid'],
        ...(options.audience ? { audience: options.audience } : {}),
      },
    );
    return payload as AccessClaims;
  }
}
