/**
 * The link that a person hands to their admin: Entra's page on which an admin agrees for the whole tenant. What comes
 * back from it is told on a page and believed for nothing else; tokens are asked for when somebody presses again.
 */
import { z } from 'zod';
import { type Clock, DAY_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import type { About, Vault } from '../store/vault.ts';
import { beyond, inFull } from './scopes.ts';

/** An admin may be on leave. */
const LINK_LIFE_MS = 14 * DAY_MS;
const ABOUT: About = { table: 'admin consent link', tenantId: '', rowId: '' };
const content = z.object({ tenantId: z.string(), until: z.number() });

const unknown = () =>
  new CalendarWatchError(
    'SIGN_IN_UNKNOWN',
    'the state of an admin’s consent is not ours, too old or of another tenant',
    {
      say: 'This link is not one of mine, or it is too old. Ask for a new one in Teams.',
    },
  );

export class AdminConsent {
  constructor(
    private readonly deps: {
      vault: Vault;
      clock: Clock;
      publicUrl: string;
      clientId: string;
      authorityOf(tenantId: string): string;
      /** The base. */
      scopes: string[];
    },
  ) {}

  /** @param needed names of scopes; the base is asked for along with them, so that one visit is enough */
  url(tenantId: string, needed: readonly string[]): string {
    const { vault, clock, publicUrl, clientId, authorityOf, scopes } = this.deps;
    const until = clock.now() + LINK_LIFE_MS;
    const query = new URLSearchParams({
      client_id: clientId,
      scope: inFull([...scopes, ...beyond(scopes, needed)]).join(' '),
      redirect_uri: `${publicUrl}/auth/admin-consent`,
      state: vault.seal(JSON.stringify({ tenantId, until }), ABOUT),
    });
    return `${authorityOf(tenantId)}/v2.0/adminconsent?${query}`;
  }

  /** Whether an admin agreed. Throws for what does not belong to a link of ours for that tenant. */
  outcome(query: URLSearchParams): 'agreed' | 'refused' {
    const { tenantId, until } = this.read(query.get('state') ?? '');
    const tenant = query.get('tenant');
    // Entra leaves the tenant out when it was refused.
    if (until <= this.deps.clock.now() || (tenant !== null && tenant.toLowerCase() !== tenantId)) throw unknown();
    const isAgreed = tenant !== null && !query.has('error') && query.get('admin_consent')?.toLowerCase() === 'true';
    return isAgreed ? 'agreed' : 'refused';
  }

  private read(state: string): z.infer<typeof content> {
    try {
      return content.parse(JSON.parse(this.deps.vault.open(state, ABOUT)));
    } catch {
      throw unknown();
    }
  }
}
