/** `POST /{tenant}/oauth2/v2.0/token`: the four grants that our product and its libraries use. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { SandboxRequest, SandboxResponse } from '../http.ts';
import type { SandboxApp, SandboxPerson, World } from '../world.ts';
import { verifyClientAssertion } from './client-assertion.ts';
import type { Codes } from './codes.ts';
import { type Authority, findApp, nameOf, resolveAuthority } from './directory.ts';
import { correlationIdOf, EntraError, errorResponse, NO_STORE } from './errors.ts';
import { GRAPH_URI, parseScopes, type Resource, type ScopeRequest } from './scopes.ts';
import type { EntraState } from './state.ts';
import type { AccessClaims, Tokens } from './tokens.ts';

const DAY_MS = 86_400_000;
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export interface TokenEndpointContext {
  world: World;
  state: EntraState;
  tokens: Tokens;
  codes: Codes;
  refreshTokenLifetimeMs: number;
}

export interface TokenResponse {
  token_type: 'Bearer';
  scope?: string;
  expires_in: number;
  ext_expires_in: number;
  access_token: string;
  refresh_token?: string;
  id_token?: string;
  client_info?: string;
}

interface RefreshGrant {
  clientId: string;
  oid: string;
  generation: number;
  scope: string;
  issuedAt: number;
}

/** One request, taken apart. */
interface TokenCall {
  context: TokenEndpointContext;
  authority: Authority;
  app: SandboxApp;
  form: URLSearchParams;
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (!value) throw new EntraError(900144, name);
  return value;
}

function basicCredentials(header: string | undefined): { id: string; secret: string } | undefined {
  const encoded = /^Basic\s+([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1];
  if (!encoded) return undefined;
  const [id, ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  try {
    return { id: decodeURIComponent(id ?? ''), secret: decodeURIComponent(rest.join(':')) };
  } catch {
    return undefined;
  }
}

function secretMatches(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return expected !== '' && timingSafeEqual(digest(given), digest(expected));
}

async function authenticateClient(
  world: World,
  authority: Authority,
  request: SandboxRequest,
  form: URLSearchParams,
): Promise<SandboxApp> {
  const basic = basicCredentials(request.headers.authorization);
  const clientId = basic?.id ?? required(form, 'client_id');
  const app = findApp(world, clientId, authority);
  const assertion = form.get('client_assertion');
  if (assertion !== null) {
    await verifyClientAssertion(app, assertion, world.clock.now());
    return app;
  }
  const secret = basic?.secret ?? form.get('client_secret') ?? '';
  if (!secret) throw new EntraError(7000218);
  if (!secretMatches(secret, app.clientSecret)) throw new EntraError(7000215, app.clientId);
  return app;
}

/** The person behind a grant, if Entra would still issue tokens for them. */
function requirePerson(call: TokenCall, oid: string): SandboxPerson {
  const person = call.context.world.people.get(oid);
  if (!person) throw new EntraError(50034, oid, nameOf(call.authority));
  if (call.authority.kind === 'tenant' && person.tenantId !== call.authority.tenant.tenantId)
    throw new EntraError(50034, person.upn, call.authority.tenant.displayName);
  if (person.enabled === false) throw new EntraError(50057);
  return person;
}

function strikeUserFaults(call: TokenCall): void {
  const { world } = call.context;
  const now = new Date(world.clock.now()).toISOString();
  if (world.strikes('entra.invalidGrant')) throw new EntraError(50173, now, now);
  if (world.strikes('entra.consentRequired')) throw new EntraError(65001, call.app.clientId, call.app.displayName);
}

const GRAPH_RESOURCE: Resource = { kind: 'graph', id: GRAPH_URI, asked: GRAPH_URI };

/** The scopes that the token will carry: all consented ones of the resource, as Entra does. */
function grantedScopes(call: TokenCall, person: SandboxPerson, asked: ScopeRequest, resource: Resource): string[] {
  const consented = call.context.state.agreed(person, call.app.clientId, resource.id);
  const missing = asked.names.some((name) => name !== '.default' && !consented.includes(name));
  if (missing || (asked.names.length > 0 && consented.length === 0))
    throw new EntraError(65001, call.app.clientId, call.app.displayName);
  return consented;
}

/**
 * The `scope` of the response: what was asked in the form in which it was asked, then the rest of what is granted.
 * MSAL stores the access token under these names and looks it up by the ones it asked for.
 */
function scopeText(asked: ScopeRequest, granted: string[]): string {
  const prefix = asked.asWritten.some((scope) => scope.includes('/')) ? `${asked.resource?.asked ?? ''}/` : '';
  const all = [...asked.asWritten, ...granted.map((name) => `${prefix}${name}`)];
  const oidc = asked.oidc.filter((name) => name !== 'offline_access');
  return [...new Set([...all, ...oidc])].join(' ');
}

async function userTokens(
  call: TokenCall,
  person: SandboxPerson,
  asked: ScopeRequest,
  grant: { generation: number; scope: string; nonce?: string | undefined },
): Promise<TokenResponse> {
  const { context, app, form } = call;
  const resource = asked.resource ?? GRAPH_RESOURCE;
  const granted = grantedScopes(call, person, asked, resource);
  const scp = [...granted, ...asked.oidc.filter((name) => name !== 'offline_access')];
  const access = await context.tokens.userAccessToken(person, app, resource, scp);
  const answer: TokenResponse = {
    token_type: 'Bearer',
    scope: scopeText(asked, granted),
    expires_in: access.expiresIn,
    ext_expires_in: access.expiresIn,
    access_token: access.token,
  };
  if (asked.oidc.includes('offline_access')) answer.refresh_token = sealRefreshToken(call, person, grant);
  if (asked.oidc.includes('openid'))
    answer.id_token = await context.tokens.idToken(person, app, { nonce: grant.nonce, oidc: asked.oidc });
  if (form.get('client_info') === '1') answer.client_info = clientInfo(person);
  return answer;
}

/** base64url {"uid","utid"}: MSAL caches no account without it. */
export function clientInfo(person: SandboxPerson): string {
  return Buffer.from(JSON.stringify({ uid: person.oid, utid: person.tenantId })).toString('base64url');
}

function sealRefreshToken(
  call: TokenCall,
  person: SandboxPerson,
  grant: { generation: number; scope: string },
): string {
  const refresh: RefreshGrant = {
    clientId: call.app.clientId,
    oid: person.oid,
    generation: grant.generation,
    scope: grant.scope,
    issuedAt: call.context.world.clock.now(),
  };
  return `1.${call.context.state.seal('refresh', refresh)}`;
}

/** A token of an older generation was issued before the sessions were revoked. */
function requireCurrent(call: TokenCall, oid: string, generation: number, issuedAt: number): void {
  const { state } = call.context;
  if (generation >= state.generation(oid)) return;
  throw new EntraError(50173, new Date(issuedAt).toISOString(), new Date(state.revokedAt(oid)).toISOString());
}

async function redeemCode(call: TokenCall): Promise<TokenResponse> {
  const { context, app, form, authority } = call;
  const grant = context.codes.redeem(required(form, 'code'), {
    clientId: app.clientId,
    redirectUri: required(form, 'redirect_uri'),
    verifier: form.get('code_verifier') ?? undefined,
  });
  strikeUserFaults(call);
  const person = requirePerson(call, grant.oid);
  requireCurrent(call, grant.oid, grant.generation, context.world.clock.now());
  const scope = form.get('scope') || grant.scope;
  return userTokens(call, person, parseScopes(context.world, scope, app, nameOf(authority)), grant);
}

/** Rotates; the old token stays valid for its own time, as Entra's does for confidential clients. */
async function redeemRefreshToken(call: TokenCall): Promise<TokenResponse> {
  const { context, app, form, authority } = call;
  const sealed = required(form, 'refresh_token').replace(/^1\./, '');
  const grant = context.state.open<RefreshGrant>('refresh', sealed);
  if (!grant || grant.clientId !== app.clientId) throw new EntraError(70000, 'refresh_token');
  strikeUserFaults(call);
  const person = requirePerson(call, grant.oid);
  requireCurrent(call, grant.oid, grant.generation, grant.issuedAt);
  const age = context.world.clock.now() - grant.issuedAt;
  if (age >= context.refreshTokenLifetimeMs) {
    const days = Math.floor(context.refreshTokenLifetimeMs / DAY_MS);
    throw new EntraError(700082, new Date(grant.issuedAt).toISOString(), `${days}.00:00:00`);
  }
  const scope = form.get('scope') || grant.scope;
  return userTokens(call, person, parseScopes(context.world, scope, app, nameOf(authority)), grant);
}

async function clientCredentials(call: TokenCall): Promise<TokenResponse> {
  const { context, app, form, authority } = call;
  if (authority.kind === 'any') throw new EntraError(50059);
  const scope = required(form, 'scope');
  if (!scope.endsWith('/.default') || /\s/.test(scope)) throw new EntraError(1002012, scope);
  const { resource } = parseScopes(context.world, scope, app, nameOf(authority));
  if (!resource) throw new EntraError(1002012, scope);
  const access = await context.tokens.appAccessToken(app, authority.tenant.tenantId, resource);
  // No `scope` here: Entra sends none, and with a different one MSAL never finds the token in its cache.
  return {
    token_type: 'Bearer',
    expires_in: access.expiresIn,
    ext_expires_in: access.expiresIn,
    access_token: access.token,
  };
}

async function verifyAssertion(call: TokenCall, assertion: string): Promise<AccessClaims> {
  try {
    return await call.context.tokens.verify(assertion);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ERR_JWT_EXPIRED') throw new EntraError(500133);
    throw new EntraError(50013, 'The key was not found or the signature does not verify.');
  }
}

async function onBehalfOf(call: TokenCall): Promise<TokenResponse> {
  const { context, app, form, authority } = call;
  if (form.get('requested_token_use') !== 'on_behalf_of') throw new EntraError(900144, 'requested_token_use');
  const claims = await verifyAssertion(call, required(form, 'assertion'));
  const audience = String(claims.aud);
  const own = audience === app.clientId || (audience.startsWith('api://') && audience.endsWith(app.clientId));
  if (!own) throw new EntraError(500131, audience, app.clientId);
  strikeUserFaults(call);
  const person = requirePerson(call, claims.oid);
  const scope = required(form, 'scope');
  const asked = parseScopes(context.world, scope, app, nameOf(authority));
  return userTokens(call, person, asked, { generation: context.state.generation(person.oid), scope });
}

function dispatch(call: TokenCall): Promise<TokenResponse> {
  const type = required(call.form, 'grant_type');
  if (type === 'authorization_code') return redeemCode(call);
  if (type === 'refresh_token') return redeemRefreshToken(call);
  if (type === 'client_credentials') return clientCredentials(call);
  if (type === JWT_BEARER) return onBehalfOf(call);
  throw new EntraError(70003, type);
}

async function answerToken(context: TokenEndpointContext, segment: string, request: SandboxRequest) {
  if (context.world.strikes('entra.serverError')) throw new EntraError(90033);
  const form = new URLSearchParams(request.body);
  const authority = resolveAuthority(context.world, segment);
  const app = await authenticateClient(context.world, authority, request, form);
  return dispatch({ context, authority, app, form });
}

/** Answers; every outcome goes to the journal, without secrets or tokens. */
export async function handleToken(
  context: TokenEndpointContext,
  segment: string,
  request: SandboxRequest,
): Promise<SandboxResponse> {
  const { world } = context;
  const form = new URLSearchParams(request.body);
  const detail = { grant: form.get('grant_type'), clientId: form.get('client_id'), authority: segment };
  const correlationId = correlationIdOf(request);
  try {
    const body = await answerToken(context, segment, request);
    world.journal.add('entra', 'token', { ...detail, scope: body.scope });
    return { status: 200, headers: { ...NO_STORE, 'client-request-id': correlationId }, body };
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    world.journal.add('entra', 'token refused', { ...detail, error: error.definition.error, code: error.code });
    return errorResponse(error, world.clock.now(), correlationId);
  }
}
