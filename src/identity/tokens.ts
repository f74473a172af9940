/**
 * A person's access token for Graph: from memory while it is fresh, else from MSAL, which refreshes it. What goes beyond
 * the base (scopes.ts) is asked for when it is first wanted; whether Entra gives that or not, the base goes on. Whose
 * account it is, and whether there is one, is looked up each time: signing out counts at once, on every instance.
 */
import { type Clock, HOUR_MS, MINUTE_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import { findAccount } from '../store/accounts.ts';
import { noteAdmin } from '../store/people.ts';
import type { TokenStore } from '../store/tokens.ts';
import { ADMIN_ROLE } from './connect.ts';
import { type ClientFor, type Partition, partitionPlugin, toFurtherError, toIdentityError } from './msal.ts';
import { beyond } from './scopes.ts';

const KEPT_TOKENS = 20_000;
const FRESH_MS = 6 * MINUTE_MS;
/** How long what Entra said of a person's roles counts. */
const ROLES_KEPT_MS = HOUR_MS;

const keyOf = ({ tenantId, personId }: Partition) => `${tenantId}/${personId}`;
/** Base and further scopes have tokens of their own. */
const keyWith = (person: string, further: readonly string[]) => [person, ...further].join(' ');

interface Wanted {
  partition: Partition;
  /** Object id of the account that signed in. */
  accountId: string;
  further: string[];
}

export class Tokens {
  private readonly kept = new Map<string, { token: string; accountId: string; expiresAt: number }>();
  /** Whose token Graph refused: MSAL keeps it too, and would hand it out again until it ends. */
  private readonly refused = new Set<string>();
  /** One refresh a person at a time in this process; others wait for it. */
  private readonly underway = new Map<string, Promise<string>>();
  /** By person: what Entra said last, of their own account alone. */
  private readonly roles = new Map<string, { roles: string[]; saidAt: number }>();
  private toldAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly store: TokenStore,
    private readonly clientFor: ClientFor,
    private readonly scopes: string[],
    private readonly clock: Clock,
  ) {}

  /**
   * The account that is read for this person: null is their own, undefined none. Throws RECONNECT_NEEDED where an admin
   * does not allow another one any more.
   */
  async accountOf({ tenantId, personId }: Partition): Promise<string | null | undefined> {
    const account = await this.store.database.inTenant(tenantId, (sql) => findAccount(sql, tenantId, personId));
    if (account && !account.isAllowed)
      throw new CalendarWatchError('RECONNECT_NEEDED', 'an admin does not allow other accounts any more', {
        say: 'Your admin doesn’t allow another account than your own any more. Type **watch on** to sign in with yours.',
      });
    return account?.accountId;
  }

  /** @param scopes by their names; what is in the base anyway needs no token of its own */
  async get(
    { tenantId, personId, accountId }: Partition & { accountId?: string | null },
    scopes: readonly string[] = [],
  ): Promise<string> {
    const partition = { tenantId, personId };
    const other = accountId === undefined ? await this.accountOf(partition) : accountId;
    if (other === undefined) throw new CalendarWatchError('RECONNECT_NEEDED', 'no tokens are stored for this person');
    const wanted: Wanted = { partition, accountId: other ?? personId, further: beyond(this.scopes, scopes) };
    const key = keyWith(keyOf(partition), wanted.further);
    const known = this.kept.get(key);
    if (known?.accountId === wanted.accountId && known.expiresAt - FRESH_MS > this.clock.now()) return known.token;
    const running = this.underway.get(`${key} ${wanted.accountId}`);
    if (running) return running;
    const fetching = this.fetch(key, wanted).finally(() => this.underway.delete(`${key} ${wanted.accountId}`));
    this.underway.set(`${key} ${wanted.accountId}`, fetching);
    return fetching;
  }

  /**
   * The app roles of the person in the chat, not older than an hour; none where another account signed in for them.
   * Throws RECONNECT_NEEDED where there is no sign-in that Entra takes.
   */
  async rolesOf({ tenantId, personId }: Partition): Promise<string[]> {
    const partition = { tenantId, personId };
    const key = keyOf(partition);
    const account = await this.accountOf(partition);
    if (account === undefined) throw new CalendarWatchError('RECONNECT_NEEDED', 'no tokens are stored for this person');
    if (account !== null) return [];
    const known = () => {
      const said = this.roles.get(key);
      return said && said.saidAt > this.clock.now() - ROLES_KEPT_MS ? said.roles : undefined;
    };
    if (known()) return known() ?? [];
    // A token that was refreshed a while ago says what was true then.
    this.refused.add(key);
    await this.fetch(key, { partition, accountId: personId, further: [] });
    return known() ?? [];
  }

  /** When the token ends that was given last, ms; undefined when none is kept. */
  until(partition: Partition): number | undefined {
    return this.kept.get(keyOf(partition))?.expiresAt;
  }

  /** After a 401: what we hold is worth nothing. */
  drop(partition: Partition): void {
    const person = keyOf(partition);
    for (const key of [person, ...[...this.kept.keys()].filter((one) => one.startsWith(`${person} `))]) {
      this.kept.delete(key);
      this.refused.add(key);
    }
  }

  /** Whoever was made an admin since they signed in is one from the next refresh; the row is looked at once a process. */
  private async noteRoles(partition: Partition, claims: object): Promise<void> {
    const key = keyOf(partition);
    const { roles: said } = claims as { roles?: unknown };
    const roles = Array.isArray(said) ? said.filter((role) => typeof role === 'string') : [];
    const wasAdmin = this.roles.get(key)?.roles.includes(ADMIN_ROLE);
    if (this.roles.size >= KEPT_TOKENS) this.roles.clear();
    this.roles.set(key, { roles, saidAt: this.clock.now() });
    if (wasAdmin || !roles.includes(ADMIN_ROLE)) return;
    const { tenantId, personId } = partition;
    await this.store.database.inTenant(tenantId, (sql) => noteAdmin(sql, tenantId, personId));
  }

  /** The app's own trouble meets everybody at once: a line a minute is enough. */
  private tellOperator(err: CalendarWatchError): void {
    const now = this.clock.now();
    if (err.code !== 'APP_CREDENTIAL_REFUSED' || this.toldAt > now - MINUTE_MS) return;
    this.toldAt = now;
    this.store.log.error({ code: err.code, err }, 'nobody’s calendar can be read by their sign-in');
  }

  private async fetch(key: string, { partition, accountId, further }: Wanted): Promise<string> {
    try {
      const client = this.clientFor(partition.tenantId, partitionPlugin(this.store, partition));
      const accounts = await client.getTokenCache().getAllAccounts();
      const account = accounts.find((one) => one.localAccountId === accountId);
      if (!account) throw new CalendarWatchError('RECONNECT_NEEDED', 'no tokens are stored for this account');
      const forceRefresh = this.refused.has(key);
      const scopes = [...this.scopes, ...further];
      const result = await client.acquireTokenSilent({ account, scopes, forceRefresh });
      this.refused.delete(key);
      if (!result.fromCache && accountId === partition.personId) await this.noteRoles(partition, result.idTokenClaims);
      if (this.kept.size >= KEPT_TOKENS) this.kept.clear();
      this.kept.set(key, { token: result.accessToken, accountId, expiresAt: result.expiresOn?.getTime() ?? 0 });
      return result.accessToken;
    } catch (error) {
      const told = further.length > 0 ? toFurtherError(error, further) : toIdentityError(error);
      this.tellOperator(told);
      throw told;
    }
  }
}
