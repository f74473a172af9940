/**
 * `/{tenant}/v2.0/adminconsent`: an admin agrees for the whole tenant. Whoever opens it here counts as an admin.
 * Answers as documented: `admin_consent=True&tenant&scope&state`, or `error=access_denied` without the tenant.
 */
import type { SandboxRequest, SandboxResponse } from '../http.ts';
import type { SandboxApp } from '../world.ts';
import type { AuthorizeContext } from './authorize.ts';
import { accountsOf, findApp, redirectUriMatches, resolveAuthority } from './directory.ts';
import { correlationIdOf, EntraError, errorTimestamp, NO_STORE } from './errors.ts';
import { pickerPage, problemPage } from './pages.ts';
import { describeScope, GRAPH_URI, parseScopes } from './scopes.ts';

interface AdminFlow {
  segment: string;
  clientId: string;
  scope: string;
  redirectUri: string;
  state: string;
}

const need = (query: URLSearchParams, name: string): string => {
  const value = query.get(name);
  if (!value) throw new EntraError(900144, name);
  return value;
};

function read(context: AuthorizeContext, segment: string, query: URLSearchParams) {
  const authority = resolveAuthority(context.world, segment);
  if (authority.kind !== 'tenant') throw new EntraError(50059);
  const app = findApp(context.world, need(query, 'client_id'), authority);
  const redirectUri = need(query, 'redirect_uri');
  if (!redirectUriMatches(app, redirectUri)) throw new EntraError(50011, redirectUri, app.clientId);
  const scope = need(query, 'scope');
  const asked = parseScopes(context.world, scope, app, authority.tenant.displayName);
  const state = query.get('state') ?? '';
  return { authority, app, asked, flow: { segment, clientId: app.clientId, scope, redirectUri, state } };
}

function show(context: AuthorizeContext, segment: string, request: SandboxRequest): SandboxResponse {
  const { authority, app, asked, flow } = read(context, segment, request.query);
  return pickerPage({
    tenantName: authority.tenant.displayName,
    appName: `${app.displayName} (for everybody in the organisation)`,
    people: accountsOf(context.world, authority).slice(0, 20),
    more: false,
    selected: undefined,
    scopes: asked.names.map((name) => ({ name, words: describeScope(name) })),
    action: `/${encodeURIComponent(segment)}/v2.0/adminconsent`,
    flow: context.state.seal('admin flow', flow),
    redirectOrigin: new URL(flow.redirectUri).origin,
  });
}

function back({ redirectUri, state }: AdminFlow, fields: Record<string, string>): SandboxResponse {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries({ ...fields, state })) url.searchParams.set(name, value);
  return { status: 302, headers: { ...NO_STORE, location: url.href } };
}

/** Consent to ".default" is consent to what the registration asks for, application permissions among it. */
function grantAsked(app: SandboxApp): void {
  app.appPermissions = [...new Set([...app.appPermissions, ...(app.askedAppPermissions ?? [])])];
}

function decide(context: AuthorizeContext, segment: string, request: SandboxRequest): SandboxResponse {
  const form = new URLSearchParams(request.body);
  const flow = context.state.open<AdminFlow>('admin flow', form.get('flow') ?? '');
  if (!flow || flow.segment !== segment) throw new EntraError(90023, 'flow', 'unknown');
  if (form.get('decision') !== 'accept') return back(flow, { error: 'access_denied', error_subcode: 'cancel' });
  const authority = resolveAuthority(context.world, segment);
  if (authority.kind !== 'tenant') throw new EntraError(50059);
  const { tenantId, displayName } = authority.tenant;
  const app = findApp(context.world, flow.clientId, authority);
  const { names } = parseScopes(context.world, flow.scope, app, displayName);
  context.state.consentForAll(
    tenantId,
    app.clientId,
    GRAPH_URI,
    names.filter((name) => name !== '.default'),
  );
  if (names.includes('.default')) grantAsked(app);
  context.world.journal.add('entra', 'admin consented', { clientId: app.clientId, scope: flow.scope });
  return back(flow, { admin_consent: 'True', tenant: tenantId, scope: flow.scope });
}

export function handleAdminConsent(
  context: AuthorizeContext,
  segment: string,
  request: SandboxRequest,
): SandboxResponse {
  try {
    if (request.method === 'GET') return show(context, segment, request);
    if (request.method === 'POST') return decide(context, segment, request);
    return { status: 405, headers: { allow: 'GET, POST' } };
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    const timestamp = errorTimestamp(context.world.clock.now());
    return problemPage(error.message, { correlationId: correlationIdOf(request), timestamp });
  }
}
