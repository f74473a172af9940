/**
 * The application's own tokens for Graph: one a tenant, for everybody whom an admin has it watch. How far such a token
 * reaches is Entra's and Exchange's to say, not ours.
 */
import { type Clock, MINUTE_MS } from '../clock.ts';
import type { Config } from '../config.ts';
import { GUID } from '../config-fields.ts';
import { CalendarWatchError } from '../errors.ts';
import type { ClientFor } from './msal.ts';

const KEPT_TENANTS = 1_000;
const FRESH_MS = 6 * MINUTE_MS;
/** A refusal concerns thousands of mailboxes; not each of them asks again. */
const REFUSAL_KEPT_MS = MINUTE_MS;
/** A token that is younger was not refused for its age: a new one would be refused too. */
const YOUNG_MS = MINUTE_MS;
const MOST_PERMISSIONS = 200;

/** What Entra says to an application that it does not let in; anything else passes. */
const REFUSED = new Set(['invalid_client', 'unauthorized_client', 'invalid_grant', 'access_denied', 'invalid_request']);

/** All that the application was granted. A custom cloud issues its tokens in the name of the public one. */
export function applicationScope({ cloud, cloudName }: Pick<Config, 'cloud' | 'cloudName'>): string {
  const isNational = cloudName !== 'public' && cloudName !== 'custom';
  return `${isNational ? cloud.graphEndpoint : 'https://graph.microsoft.com'}/.default`;
}

const refused = (message: string, cause?: unknown) =>
  new CalendarWatchError('APP_ACCESS_REFUSED', message, {
    say: 'Microsoft doesn’t let the application in. Check its secret or certificate, and that it is allowed in your tenant.',
    cause,
  });

/** What a failed call for a token means. Nobody has to sign in: it is the operator's and the admin's. */
export function toApplicationError(error: unknown): CalendarWatchError {
  if (error instanceof CalendarWatchError) return error;
  const code = (error as { errorCode?: string }).errorCode ?? '';
  if (REFUSED.has(code))
    return refused(
      `Entra gives the application no token (${code}): check its credential, and its consent there`,
      error,
    );
  return new CalendarWatchError('ENTRA_UNAVAILABLE', `no token for the application (${code || 'no answer'})`, {
    say: 'Microsoft’s sign-in does not answer right now. Please try again in a minute.',
    cause: error,
  });
}

/**
 * The application permissions that Entra granted for the whole tenant: the claim `roles`. Microsoft calls the tokens of
 * Graph opaque; this claim has been there all along, and without it nothing is claimed about the scope.
 */
export function permissionsIn(token: string): string[] {
  try {
    const { roles } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      roles?: unknown;
    };
    if (!Array.isArray(roles)) return [];
    return roles.filter((one): one is string => typeof one === 'string').slice(0, MOST_PERMISSIONS);
  } catch {
    return [];
  }
}

interface Kept {
  token: string;
  expiresAt: number;
  fetchedAt: number;
}

export class Application {
  private readonly kept = new Map<string, Kept>();
  private readonly refusals = new Map<string, { error: CalendarWatchError; until: number }>();
  /** One request a tenant at a time in this process; others wait for it. */
  private readonly underway = new Map<string, Promise<string>>();

  constructor(
    private readonly deps: {
      clientFor: ClientFor;
      scope: string;
      clock: Clock;
      /** Of the app, where it belongs to one tenant. */
      homeTenantId: string;
    },
  ) {}

  async get(tenantId: string): Promise<string> {
    const known = this.kept.get(tenantId);
    if (known && known.expiresAt - FRESH_MS > this.deps.clock.now()) return known.token;
    const running = this.underway.get(tenantId);
    if (running) return running;
    const fetching = this.fetch(tenantId).finally(() => this.underway.delete(tenantId));
    this.underway.set(tenantId, fetching);
    return fetching;
  }

  /** After a 401: the next one is another. */
  drop(tenantId: string): void {
    const known = this.kept.get(tenantId);
    if (known && known.fetchedAt + YOUNG_MS <= this.deps.clock.now()) this.kept.delete(tenantId);
  }

  /** When the token ends that was given last, ms. */
  until(tenantId: string): number | undefined {
    return this.kept.get(tenantId)?.expiresAt;
  }

  /** Asked anew: an admin has just changed them, or wants to know. */
  async permissions(tenantId: string): Promise<string[]> {
    this.kept.delete(tenantId);
    this.refusals.delete(tenantId);
    return permissionsIn(await this.get(tenantId));
  }

  private async fetch(tenantId: string): Promise<string> {
    const { clientFor, scope, clock } = this.deps;
    const refusal = this.refusals.get(tenantId);
    if (refusal && refusal.until > clock.now()) throw refusal.error;
    try {
      this.checkTenant(tenantId);
      const result = await clientFor(tenantId).acquireTokenByClientCredential({ scopes: [scope] });
      if (!result?.accessToken) throw refused('Entra answered without a token for the application');
      if (this.kept.size >= KEPT_TENANTS) this.kept.clear();
      const now = clock.now();
      this.kept.set(tenantId, {
        token: result.accessToken,
        expiresAt: result.expiresOn?.getTime() ?? now,
        fetchedAt: now,
      });
      this.refusals.delete(tenantId);
      return result.accessToken;
    } catch (cause) {
      const error = toApplicationError(cause);
      if (this.refusals.size >= KEPT_TENANTS) this.refusals.clear();
      if (error.code === 'APP_ACCESS_REFUSED')
        this.refusals.set(tenantId, { error, until: clock.now() + REFUSAL_KEPT_MS });
      throw error;
    }
  }

  /** “organizations” has no tokens of the application's; and one that belongs elsewhere would read elsewhere. */
  private checkTenant(tenantId: string): void {
    if (!GUID.test(tenantId)) throw refused('a token of the application is of one tenant, which must be a GUID');
    const { homeTenantId } = this.deps;
    if (GUID.test(homeTenantId) && homeTenantId.toLowerCase() !== tenantId.toLowerCase())
      throw refused('the Entra app belongs to another tenant (AAD_APP_TENANT_ID)');
  }
}
