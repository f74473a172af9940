/** Discovery documents. Only the fields that Entra's own have; MSAL needs the four endpoints and checks the issuer. */
import type { World } from '../world.ts';
import { type Authority, resolveAuthority } from './directory.ts';

export interface Origins {
  /** Token endpoint, discovery and keys, e.g. "https://localhost:7443". */
  https: string;
  /** Authorize endpoint and account picker, e.g. "http://localhost:7400"; plain, so that no browser warns. */
  pages: string;
}

function issuerTenant(authority: Authority): string {
  return authority.kind === 'any' ? '{tenantid}' : authority.tenant.tenantId;
}

export function openIdConfiguration(world: World, segment: string, origins: Origins): object {
  const authority = resolveAuthority(world, segment);
  const base = `${origins.https}/${authority.segment}`;
  const pages = `${origins.pages}/${authority.segment}`;
  return {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: `${origins.https}/${issuerTenant(authority)}/v2.0`,
    request_uri_parameter_supported: false,
    authorization_endpoint: `${pages}/oauth2/v2.0/authorize`,
    http_logout_supported: true,
    frontchannel_logout_supported: false,
    end_session_endpoint: `${pages}/oauth2/v2.0/logout`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nonce', 'preferred_username', 'name', 'tid', 'ver', 'email'],
    tenant_region_scope: authority.kind === 'any' ? null : 'EU',
    cloud_instance_name: new URL(origins.https).host,
  };
}

/** `/{tenant}/.well-known/openid-configuration` (version 1): what checks Graph's and the connector's v1 tokens. */
export function openIdConfigurationV1(world: World, segment: string, origins: Origins): object {
  const authority = resolveAuthority(world, segment);
  const base = `${origins.https}/${authority.segment}`;
  return {
    authorization_endpoint: `${origins.pages}/${authority.segment}/oauth2/authorize`,
    token_endpoint: `${base}/oauth2/token`,
    jwks_uri: `${base}/discovery/keys`,
    issuer: `https://sts.windows.net/${issuerTenant(authority)}/`,
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code'],
    subject_types_supported: ['pairwise'],
  };
}

/** `/common/discovery/instance`: MSAL asks it (at Microsoft's host only) when an authority isn't known to it. */
export function instanceDiscovery(origins: Origins, tenant: string): object {
  const host = new URL(origins.https).host;
  return {
    tenant_discovery_endpoint: `${origins.https}/${tenant}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}
