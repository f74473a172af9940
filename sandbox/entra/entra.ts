/**
 * The sandbox's Entra ID: discovery, sign-in pages, the token endpoint, and the switches that tests and the demo use.
 * Two handlers, because MSAL wants https for everything it calls itself while a browser shouldn't be shown a
 * certificate that it doesn't know: `handler` goes behind TLS, `pagesHandler` on plain http on loopback.
 */
import type { SandboxHandler, SandboxRequest, SandboxResponse } from '../http.ts';
import type { SandboxApp, SandboxPerson, World } from '../world.ts';
import { handleAdminConsent } from './admin-consent.ts';
import { handleAuthorize } from './authorize.ts';
import { Codes } from './codes.ts';
import { findApp, resolveAuthority } from './directory.ts';
import { correlationIdOf, EntraError, errorResponse } from './errors.ts';
import { SigningKeys } from './keys.ts';
import { instanceDiscovery, type Origins, openIdConfiguration, openIdConfigurationV1 } from './metadata.ts';
import { signedOutPage } from './pages.ts';
import { BOT_URI, GRAPH_APP_ID, GRAPH_URI, parseScopes } from './scopes.ts';
import { EntraState } from './state.ts';
import { handleToken, type TokenEndpointContext } from './token.ts';
import { type AccessClaims, type MintedToken, Tokens } from './tokens.ts';

export type { Origins } from './metadata.ts';
export type { TokenResponse } from './token.ts';
export type { AccessClaims, MintedToken } from './tokens.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export interface EntraOptions {
  world: World;
  /** JSON file for signing keys, consents and revocations; without it everything is forgotten at the end. */
  stateFile?: string;
  /** PKCS#8 PEM, the first signing key where none is stored; without it one is made, which takes a moment. */
  signingKey?: string;
  /** Asked at each request, because ports are known only after listening. */
  origins: () => Origins;
  /** Default 10 minutes. */
  codeTtlMs?: number;
  /** Default: 60 to 90 minutes. */
  accessTokenLifetimeMs?: number;
  /** Default 90 days since it was issued; each refresh issues a new one. */
  refreshTokenLifetimeMs?: number;
}

/** Tokens without the protocol, for tests of other parts. The person must exist in the world. */
export interface Minting {
  /** A delegated Graph token. Consent isn't looked at. */
  userToken(options: { oid: string; clientId: string; scopes: string[] }): Promise<MintedToken>;
  /** An app-only token; for Graph with the app's permissions as roles. */
  appToken(options: {
    clientId: string;
    tenantId: string;
    resource?: string;
    overrides?: Record<string, unknown>;
  }): Promise<MintedToken>;
  /** What the Teams client hands over for SSO: the assertion for on-behalf-of. */
  ssoToken(options: { oid: string; clientId: string; overrides?: Record<string, unknown> }): Promise<MintedToken>;
  /** Signs any claims with the current key. */
  signed(claims: Record<string, unknown>): Promise<string>;
}

export interface Entra {
  /** Behind TLS: discovery, keys, token endpoint. */
  handler: SandboxHandler;
  /** On plain http, loopback: authorize with the account picker, logout. */
  pagesHandler: SandboxHandler;
  /** What Graph puts beside notifications with resource data, for this app and tenant. */
  validationToken(audience: { appId: string; tenantId: string; version: '1.0' | '2.0' }): Promise<string>;
  /** Checks signature, time and, where given, audience; throws otherwise. */
  verifyAccessToken(token: string, options?: { audience?: string | string[] }): Promise<AccessClaims>;
  /**
   * Goes through the account picker as a person would: takes the authorize URL that the product made, answers the page
   * and returns the URL to which the browser is sent (with `code` or `error`). Only response_mode=query.
   */
  signIn(authorizeUrl: string, upn: string, decision?: 'accept' | 'cancel'): Promise<string>;
  /** As after a password change: refresh tokens that exist now die (AADSTS50173); signing in again works. */
  revokeSessions(oid: string): void;
  /** The person has agreed to `scopes` (e.g. "Calendars.Read") without having been asked. */
  grantConsent(oid: string, clientId: string, scopes: string[]): void;
  /** Refreshing answers AADSTS65001 until the person agrees again. */
  withdrawConsent(oid: string, clientId: string): void;
  /** A new key signs from now on; the former ones stay published. */
  rotateSigningKey(): void;
  /** From now on persons may not agree to these for themselves; none: to all again. */
  requireAdminFor(scopes: string[]): void;
  /** As `signIn`, on the page of an admin-consent link. */
  adminConsent(url: string, decision?: 'accept' | 'cancel'): Promise<string>;
  readonly mintForTests: Minting;
}

function person(world: World, oid: string): SandboxPerson {
  const found = world.people.get(oid);
  if (!found) throw new Error(`sandbox: no person ${oid}`);
  return found;
}

function app(world: World, clientId: string): SandboxApp {
  return findApp(world, clientId, { kind: 'any', segment: 'common' });
}

const GRAPH = { kind: 'graph', id: GRAPH_URI, asked: GRAPH_URI } as const;

function minting(world: World, tokens: Tokens, keys: SigningKeys): Minting {
  return {
    userToken: ({ oid, clientId, scopes }) =>
      tokens.userAccessToken(person(world, oid), app(world, clientId), GRAPH, scopes),
    appToken({ clientId, tenantId, resource = GRAPH_URI, overrides }) {
      const client = app(world, clientId);
      const parsed = parseScopes(world, `${resource}/.default`, client, tenantId);
      return tokens.appAccessToken(client, tenantId, parsed.resource ?? GRAPH, overrides);
    },
    ssoToken: ({ oid, clientId, overrides }) => tokens.ssoToken(person(world, oid), app(world, clientId), overrides),
    signed: (claims) => keys.sign(claims),
  };
}

const CORS = { 'access-control-allow-origin': '*' };

interface Parts {
  world: World;
  origins: () => Origins;
  keys: SigningKeys;
  token: TokenEndpointContext;
}

function route(parts: Parts, request: SandboxRequest): SandboxResponse | Promise<SandboxResponse> {
  const { world, origins } = parts;
  const [segment = '', ...rest] = request.path.split('/').slice(1).map(decodeURIComponent);
  const what = rest.join('/');
  const get = request.method === 'GET';
  if (get && what === 'discovery/instance')
    return { status: 200, headers: CORS, body: instanceDiscovery(origins(), segment) };
  if (get && (what === 'discovery/v2.0/keys' || what === 'discovery/keys')) {
    resolveAuthority(world, segment);
    return { status: 200, headers: CORS, body: parts.keys.jwks() };
  }
  if (get && what === 'v2.0/.well-known/openid-configuration')
    return { status: 200, headers: CORS, body: openIdConfiguration(world, segment, origins()) };
  if (get && what === '.well-known/openid-configuration')
    return { status: 200, headers: CORS, body: openIdConfigurationV1(world, segment, origins()) };
  if (what === 'oauth2/v2.0/token' && request.method === 'POST') return handleToken(parts.token, segment, request);
  if (get && ['oauth2/v2.0/authorize', 'oauth2/v2.0/logout', 'v2.0/adminconsent'].includes(what))
    return { status: 302, headers: { location: `${origins().pages}${request.path}?${request.query}` } };
  return { status: 404, body: { error: 'not_found' } };
}

/** Entra answers an unknown tenant with its usual error body in discovery as well. */
function withErrors(world: World, handler: SandboxHandler): SandboxHandler {
  return async (request) => {
    try {
      return await handler(request);
    } catch (error) {
      if (error instanceof URIError) return { status: 400, body: { error: 'invalid_request' } };
      if (!(error instanceof EntraError)) throw error;
      return errorResponse(error, world.clock.now(), correlationIdOf(request));
    }
  };
}

function routePages(context: TokenEndpointContext, request: SandboxRequest): SandboxResponse {
  const [segment = '', ...rest] = request.path.split('/').slice(1).map(decodeURIComponent);
  const what = rest.join('/');
  if (what === 'oauth2/v2.0/authorize') return handleAuthorize(context, segment, request);
  if (what === 'v2.0/adminconsent') return handleAdminConsent(context, segment, request);
  if (what === 'oauth2/v2.0/logout' && request.method === 'GET') return signedOutPage();
  return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'Not found' };
}

function requestFor(method: string, url: URL, body = ''): SandboxRequest {
  return { method, path: url.pathname, query: url.searchParams, headers: {}, body };
}

/** See `Entra.signIn`. Reads the sealed request out of the page, as a browser's form would send it. */
async function answerPage(
  pages: SandboxHandler,
  account: SandboxPerson | undefined,
  authorizeUrl: string,
  decision: string,
): Promise<string> {
  const url = new URL(authorizeUrl);
  const page = await pages(requestFor('GET', url));
  if (page.status === 302) return page.headers?.location ?? '';
  const flow = /name="flow" value="([A-Za-z0-9_-]+)"/.exec(String(page.body))?.[1];
  if (!flow) throw new Error(`sandbox: no account picker, status ${page.status}: ${String(page.body).slice(-600)}`);
  const form = new URLSearchParams({ flow, account: account?.oid ?? '', decision });
  const answer = await pages(requestFor('POST', url, form.toString()));
  const location = answer.headers?.location;
  if (!location) throw new Error(`sandbox: the account picker answered ${answer.status} without a redirect`);
  return location;
}

export function createEntra(options: EntraOptions): Entra {
  const { world, origins } = options;
  const now = () => world.clock.now();
  const state = new EntraState(options.stateFile, now, options.signingKey);
  const keys = new SigningKeys(state);
  const tokens = new Tokens({
    world,
    keys,
    httpsOrigin: () => origins().https,
    ...(options.accessTokenLifetimeMs ? { accessTokenLifetimeMs: options.accessTokenLifetimeMs } : {}),
  });
  const token: TokenEndpointContext = {
    world,
    state,
    tokens,
    codes: new Codes(state, now, options.codeTtlMs ?? 10 * MINUTE_MS),
    refreshTokenLifetimeMs: options.refreshTokenLifetimeMs ?? 90 * DAY_MS,
  };
  const pagesHandler = withErrors(world, (request) => routePages(token, request));
  return {
    handler: withErrors(world, (request) => route({ world, origins, keys, token }, request)),
    pagesHandler,
    validationToken: async ({ appId, tenantId, version }) =>
      (await tokens.validationToken(appId, tenantId, version)).token,
    verifyAccessToken: (text, checks) => tokens.verify(text, checks),
    signIn(authorizeUrl, upn, decision = 'accept') {
      const account = world.personByUpn(upn);
      if (!account) throw new Error(`sandbox: no person ${upn}`);
      return answerPage(pagesHandler, account, authorizeUrl, decision);
    },
    revokeSessions: (oid) => state.revoke(oid),
    grantConsent(oid, clientId, scopes) {
      const { resource, names } = parseScopes(world, scopes.join(' '), app(world, clientId), oid);
      state.consent(oid, app(world, clientId).clientId, resource?.id ?? GRAPH_URI, names);
    },
    withdrawConsent: (oid, clientId) => state.withdrawConsent(oid, app(world, clientId).clientId),
    rotateSigningKey: () => state.addSigningKey(),
    requireAdminFor(scopes) {
      state.adminOnly.clear();
      for (const scope of scopes) state.adminOnly.add(scope);
    },
    adminConsent: (url, decision = 'accept') => answerPage(pagesHandler, undefined, url, decision),
    mintForTests: minting(world, tokens, keys),
  };
}

/** The audiences of the tokens that the sandbox's Graph and connector accept, for `verifyAccessToken`. */
export const AUDIENCES: Record<'graph' | 'botConnector', string[]> = {
  graph: [GRAPH_URI, GRAPH_APP_ID],
  botConnector: [BOT_URI],
};
