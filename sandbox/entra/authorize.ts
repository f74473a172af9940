/**
 * `/{tenant}/oauth2/v2.0/authorize`: GET shows the account picker, POST is the picker's answer.
 *
 * The request travels through the page sealed (encrypted and authenticated), so what the person saw is what the code
 * is issued for, and nobody can post a decision without having been shown the page.
 */
import { randomUUID } from 'node:crypto';
import type { SandboxRequest, SandboxResponse } from '../http.ts';
import type { SandboxApp, SandboxPerson, World } from '../world.ts';
import type { Codes } from './codes.ts';
import { type Authority, accountsOf, findApp, nameOf, redirectUriMatches, resolveAuthority } from './directory.ts';
import { correlationIdOf, EntraError, errorBody, errorTimestamp, NO_STORE } from './errors.ts';
import { formPostPage, pickerPage, problemPage } from './pages.ts';
import { describeScope, FOR_ADMINS, GRAPH_URI, parseScopes, type ScopeRequest } from './scopes.ts';
import type { EntraState } from './state.ts';
import { clientInfo } from './token.ts';

const PAGE_TTL_MS = 10 * 60_000;
/** People listed on the page; in a larger tenant the rest can be typed. */
const PEOPLE_SHOWN = 60;
const PROMPTS = new Set(['none', 'login', 'consent', 'select_account', 'create']);
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

export interface AuthorizeContext {
  world: World;
  state: EntraState;
  codes: Codes;
}

/** What is known for certain once errors may be sent to the app. */
interface ReturnAddress {
  redirectUri: string;
  responseMode: 'query' | 'form_post';
  state: string | undefined;
  correlationId: string;
}

interface Flow extends ReturnAddress {
  segment: string;
  clientId: string;
  scope: string;
  nonce: string | undefined;
  codeChallenge: string | undefined;
  clientInfo: boolean;
  expiresAt: number;
}

interface Checked {
  flow: Flow;
  authority: Authority;
  app: SandboxApp;
  asked: ScopeRequest;
  prompt: string | undefined;
  loginHint: string | undefined;
}

function appendQuery(uri: string, fields: Record<string, string>): string {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return url.href;
}

function sendBack(to: ReturnAddress, fields: Record<string, string>): SandboxResponse {
  const all = { ...fields, ...(to.state === undefined ? {} : { state: to.state }) };
  if (to.responseMode === 'form_post') return formPostPage(to.redirectUri, all);
  return { status: 302, headers: { ...NO_STORE, location: appendQuery(to.redirectUri, all) } };
}

function sendErrorBack(to: ReturnAddress, error: EntraError, now: number, extra: Record<string, string> = {}) {
  const body = errorBody(error, now, to.correlationId);
  return sendBack(to, {
    error: body.error,
    error_description: body.error_description,
    ...(body.error_uri ? { error_uri: body.error_uri } : {}),
    ...extra,
  });
}

function showError(error: EntraError, now: number, correlationId: string): SandboxResponse {
  return problemPage(error.message, { correlationId, timestamp: errorTimestamp(now) });
}

function need(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (!value) throw new EntraError(900144, name);
  return value;
}

/** The first half: throws what must not be sent anywhere, because the address itself isn't trustworthy yet. */
function checkAddress(context: AuthorizeContext, segment: string, request: SandboxRequest) {
  const { query } = request;
  const authority = resolveAuthority(context.world, segment);
  const app = findApp(context.world, need(query, 'client_id'), authority);
  const redirectUri = need(query, 'redirect_uri');
  if (!redirectUriMatches(app, redirectUri)) throw new EntraError(50011, redirectUri, app.clientId);
  const address: ReturnAddress = {
    redirectUri,
    responseMode: query.get('response_mode') === 'form_post' ? 'form_post' : 'query',
    state: query.get('state') ?? undefined,
    correlationId: correlationIdOf(request),
  };
  return { authority, app, address };
}

function checkChallenge(query: URLSearchParams): string | undefined {
  const challenge = query.get('code_challenge') ?? undefined;
  const method = query.get('code_challenge_method');
  if (!challenge && !method) return undefined;
  if (method !== 'S256') throw new EntraError(90023, 'code_challenge_method', method ?? 'plain');
  if (!challenge || !CHALLENGE.test(challenge)) throw new EntraError(501491);
  return challenge;
}

/** The second half: what is wrong here is told to the app. */
function checkRequest(
  context: AuthorizeContext,
  segment: string,
  query: URLSearchParams,
  known: { authority: Authority; app: SandboxApp; address: ReturnAddress },
): Checked {
  const { authority, app, address } = known;
  const type = need(query, 'response_type');
  if (type !== 'code') throw new EntraError(700054, type);
  const mode = query.get('response_mode') ?? 'query';
  if (mode !== 'query' && mode !== 'form_post') throw new EntraError(70007, mode, 'response_mode');
  const prompt = query.get('prompt') ?? undefined;
  if (prompt !== undefined && !PROMPTS.has(prompt)) throw new EntraError(90023, 'prompt', prompt);
  const scope = need(query, 'scope');
  const asked = parseScopes(context.world, scope, app, nameOf(authority));
  const flow: Flow = {
    ...address,
    segment,
    clientId: app.clientId,
    scope,
    nonce: query.get('nonce') ?? undefined,
    codeChallenge: checkChallenge(query),
    clientInfo: query.get('client_info') === '1',
    expiresAt: context.world.clock.now() + PAGE_TTL_MS,
  };
  return { flow, authority, app, asked, prompt, loginHint: query.get('login_hint') ?? undefined };
}

function resourceId(asked: ScopeRequest): string {
  return asked.resource?.id ?? GRAPH_URI;
}

function hasConsented(context: AuthorizeContext, person: SandboxPerson, app: SandboxApp, asked: ScopeRequest): boolean {
  const consented = context.state.agreed(person, app.clientId, resourceId(asked));
  return asked.names.every((name) => name === '.default' || consented.includes(name));
}

function findAccount(people: SandboxPerson[], hint: string | undefined): SandboxPerson | undefined {
  const wanted = hint?.trim().toLowerCase();
  return wanted ? people.find((person) => person.upn.toLowerCase() === wanted || person.oid === wanted) : undefined;
}

function issueCode(context: AuthorizeContext, flow: Flow, person: SandboxPerson): SandboxResponse {
  const code = context.codes.issue({
    clientId: flow.clientId,
    redirectUri: flow.redirectUri,
    oid: person.oid,
    generation: context.state.generation(person.oid),
    scope: flow.scope,
    nonce: flow.nonce,
    codeChallenge: flow.codeChallenge,
  });
  context.world.journal.add('entra', 'code issued', { clientId: flow.clientId, oid: person.oid, scope: flow.scope });
  return sendBack(flow, {
    code,
    ...(flow.clientInfo ? { client_info: clientInfo(person) } : {}),
    session_state: randomUUID(),
  });
}

/** prompt=none: no page. The hint stands for the browser's session; consent must exist. */
function answerSilently(context: AuthorizeContext, checked: Checked, people: SandboxPerson[]): SandboxResponse {
  const person = findAccount(people, checked.loginHint);
  if (!person) throw new EntraError(checked.loginHint ? 50058 : 16000);
  if (!hasConsented(context, person, checked.app, checked.asked))
    throw new EntraError(65001, checked.app.clientId, checked.app.displayName);
  return issueCode(context, checked.flow, person);
}

/** With the hinted account first and selected; the list is bounded. */
function showPicker(
  context: AuthorizeContext,
  checked: Omit<Checked, 'prompt'>,
  people: SandboxPerson[],
  problem?: string,
): SandboxResponse {
  const hinted = findAccount(people, checked.loginHint);
  const ordered = hinted ? [hinted, ...people.filter((person) => person !== hinted)] : people;
  const names = [...checked.asked.names, ...checked.asked.oidc];
  return pickerPage({
    tenantName: nameOf(checked.authority),
    appName: checked.app.displayName,
    people: ordered.slice(0, PEOPLE_SHOWN),
    more: ordered.length > PEOPLE_SHOWN,
    selected: (hinted ?? (people.length === 1 ? people[0] : undefined))?.oid,
    scopes: names.map((name) => ({ name, words: describeScope(name) })),
    action: `/${encodeURIComponent(checked.flow.segment)}/oauth2/v2.0/authorize`,
    flow: context.state.seal('flow', checked.flow),
    redirectOrigin: new URL(checked.flow.redirectUri).origin,
    ...(problem ? { problem } : {}),
  });
}

function handleGet(context: AuthorizeContext, segment: string, request: SandboxRequest): SandboxResponse {
  const now = context.world.clock.now();
  let known: ReturnType<typeof checkAddress>;
  try {
    known = checkAddress(context, segment, request);
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    context.world.journal.add('entra', 'authorize refused', { code: error.code });
    return showError(error, now, correlationIdOf(request));
  }
  try {
    const checked = checkRequest(context, segment, request.query, known);
    const people = accountsOf(context.world, checked.authority);
    if (checked.prompt === 'none') return answerSilently(context, checked, people);
    return showPicker(context, checked, people);
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    context.world.journal.add('entra', 'authorize refused', { clientId: known.app.clientId, code: error.code });
    return sendErrorBack(known.address, error, now);
  }
}

/** Consent to ".default" alone means the profile: the sandbox's apps declare no delegated permissions. */
function recordConsent(context: AuthorizeContext, person: SandboxPerson, app: SandboxApp, asked: ScopeRequest): void {
  const names = asked.names.filter((name) => name !== '.default');
  if (names.length === 0 && asked.names.length > 0) names.push('User.Read');
  context.state.consent(person.oid, app.clientId, resourceId(asked), names);
}

function handlePost(context: AuthorizeContext, segment: string, request: SandboxRequest): SandboxResponse {
  const { world } = context;
  const now = world.clock.now();
  const form = new URLSearchParams(request.body);
  const flow = context.state.open<Flow>('flow', form.get('flow') ?? '');
  if (!flow || flow.segment !== segment || flow.expiresAt <= now) {
    const message = 'This page has been open for too long. Go back to the app and start again.';
    return problemPage(message, { correlationId: correlationIdOf(request), timestamp: errorTimestamp(now) });
  }
  if (form.get('decision') !== 'accept') {
    world.journal.add('entra', 'declined', { clientId: flow.clientId });
    return sendErrorBack(flow, new EntraError(65004), now, { error_subcode: 'cancel' });
  }
  try {
    const authority = resolveAuthority(world, segment);
    const app = findApp(world, flow.clientId, authority);
    const asked = parseScopes(world, flow.scope, app, nameOf(authority));
    const people = accountsOf(world, authority);
    const typed = form.get('upn')?.trim();
    const person = findAccount(people, typed || (form.get('account') ?? undefined));
    if (!person) {
      const problem = 'Pick one of the accounts, or type the user name of an enabled one.';
      return showPicker(context, { flow, authority, app, asked, loginHint: undefined }, people, problem);
    }
    const agreed = context.state.agreed(person, app.clientId, resourceId(asked));
    const isForAdmins = (name: string) => FOR_ADMINS.has(name) || context.state.adminOnly.has(name);
    if (asked.names.some((name) => isForAdmins(name) && !agreed.includes(name)))
      throw new EntraError(90094, app.displayName);
    recordConsent(context, person, app, asked);
    return issueCode(context, flow, person);
  } catch (error) {
    if (!(error instanceof EntraError)) throw error;
    return sendErrorBack(flow, error, now);
  }
}

export function handleAuthorize(context: AuthorizeContext, segment: string, request: SandboxRequest): SandboxResponse {
  if (request.method === 'GET') return handleGet(context, segment, request);
  if (request.method === 'POST') return handlePost(context, segment, request);
  return { status: 405, headers: { allow: 'GET, POST' } };
}
