/** Who and what a request's path and parameters mean: authorities, apps, redirect URIs. */
import { createHash } from 'node:crypto';
import type { SandboxApp, SandboxPerson, SandboxTenant, World } from '../world.ts';
import { EntraError } from './errors.ts';

/** The tenant in which multi-tenant bots get their tokens; the id is that of the real "botframework.com". */
const BOT_FRAMEWORK_TENANT = 'd6d49420-f39b-4df7-a1dc-d59a935871db';

/** The first path segment: a tenant, or one of the words that leave the tenant to the account. */
export type Authority =
  | { kind: 'tenant'; segment: string; tenant: SandboxTenant }
  | { kind: 'any'; segment: string }
  | { kind: 'botframework'; segment: string; tenant: SandboxTenant };

export function resolveAuthority(world: World, segment: string): Authority {
  const name = segment.toLowerCase();
  if (name === 'common' || name === 'organizations') return { kind: 'any', segment: name };
  if (name === 'botframework.com' || name === BOT_FRAMEWORK_TENANT) {
    const tenant = { tenantId: BOT_FRAMEWORK_TENANT, displayName: 'Bot Framework', domain: 'botframework.com' };
    return { kind: 'botframework', segment: name, tenant };
  }
  for (const tenant of world.tenants.values()) {
    if (tenant.tenantId.toLowerCase() === name || tenant.domain.toLowerCase() === name)
      return { kind: 'tenant', segment: tenant.tenantId, tenant };
  }
  throw new EntraError(90002, segment);
}

export function nameOf(authority: Authority): string {
  return authority.kind === 'any' ? authority.segment : authority.tenant.displayName;
}

export function findApp(world: World, clientId: string, authority: Authority): SandboxApp {
  const wanted = clientId.toLowerCase();
  for (const app of world.apps.values()) if (app.clientId.toLowerCase() === wanted) return app;
  throw new EntraError(700016, clientId, nameOf(authority));
}

/** The people who can sign in through `authority`: enabled, and no rooms. */
export function accountsOf(world: World, authority: Authority): SandboxPerson[] {
  return [...world.people.values()]
    .filter((person) => person.kind === 'person' && person.enabled !== false)
    .filter((person) => authority.kind !== 'tenant' || person.tenantId === authority.tenant.tenantId)
    .sort((a, b) => a.displayName.localeCompare(b.displayName, 'en'));
}

function withoutLoopbackPort(uri: string): string {
  try {
    const url = new URL(uri);
    const loopback = url.hostname === 'localhost' || url.hostname === '127.0.0.1';
    if (loopback) url.port = '';
    return loopback ? url.href : uri;
  } catch {
    return uri;
  }
}

/** Exact, but for loopback the port doesn't count (documented: RFC 8252 section 7.3). */
export function redirectUriMatches(app: SandboxApp, uri: string): boolean {
  if (!/^https?:\/\//i.test(uri) || !URL.canParse(uri)) return false;
  return app.redirectUris.some((known) => known === uri || withoutLoopbackPort(known) === withoutLoopbackPort(uri));
}

/** A GUID that depends on `parts` only: the same service principal in each start. */
export function stableGuid(...parts: string[]): string {
  const hex = createHash('sha256').update(parts.join('|')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
