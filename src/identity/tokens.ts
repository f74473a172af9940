/**
 * A person's access token for Graph: from memory while it is fresh, else from MSAL, which refreshes it. What few people
 * use (mail, tasks) is asked for when it is first wanted; whether Entra gives that or not, the base goes on.
 */

import { type Clock, MINUTE_MS } from '../clock.ts';
import type { Config } from '../config.ts';
import { CalendarWatchError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { type ClientFor, type Partition, partitionPlugin, toFurtherError, toIdentityError } from './msal.ts';

const KEPT_TOKENS = 20_000;
const FRESH_MS = 6 * MINUTE_MS;

/** Asked for together at sign-in: read to watch (shared calendars too), write for agendas, settings for the zone. */
const SCOPES = ['Calendars.Read', 'Calendars.Read.Shared', 'Calendars.ReadWrite', 'MailboxSettings.Read'];

/** Graph's scopes; outside the public cloud they carry their Graph's address. */
export function graphScopes(config: Pick<Config, 'cloud' | 'cloudName'>): string[] {
  const short = config.cloudName === 'public' || config.cloudName === 'custom';
  return short ? SCOPES : SCOPES.map((scope) => `${config.cloud.graphEndpoint}/${scope}`);
}

const nameOf = (scope: string) => scope.slice(scope.lastIndexOf('/') + 1);

/** What of `names` ("Mail.Send") goes beyond the base, written as the base is; in order, each once. */
export function beyond(base: readonly string[], names: readonly string[]): string[] {
  const [first = ''] = base;
  const address = first.slice(0, first.length - nameOf(first).length);
  const known = new Set(base.map(nameOf));
  return [...new Set(names)]
    .filter((name) => !known.has(name))
    .sort()
    .map((name) => `${address}${name}`);
}

const keyOf = ({ tenantId, personId }: Partition) => `${tenantId}/${personId}`;
/** Base and further scopes have tokens of their own. */
const keyWith = (person: string, further: readonly string[]) => [person, ...further].join(' ');

export class Tokens {
  private readonly kept = new Map<string, { token: string; expiresAt: number }>();
  /** Whose token Graph refused: MSAL keeps it too, and would hand it out again until it ends. */
  private readonly refused = new Set<string>();
  /** One refresh a person at a time in this process; others wait for it. */
  private readonly underway = new Map<string, Promise<string>>();

  constructor(
    private readonly database: Database,
    private readonly clientFor: ClientFor,
    private readonly scopes: string[],
    private readonly clock: Clock,
  ) {}

  /** @param scopes by their names; what is in the base anyway needs no token of its own */
  async get(partition: Partition, scopes: readonly string[] = []): Promise<string> {
    const further = beyond(this.scopes, scopes);
    const key = keyWith(keyOf(partition), further);
    const known = this.kept.get(key);
    if (known && known.expiresAt - FRESH_MS > this.clock.now()) return known.token;
    const running = this.underway.get(key);
    if (running) return running;
    const fetching = this.fetch(key, partition, further).finally(() => this.underway.delete(key));
    this.underway.set(key, fetching);
    return fetching;
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

  private async fetch(key: string, partition: Partition, further: string[]): Promise<string> {
    try {
      const client = this.clientFor(partition.tenantId, partitionPlugin(this.database, partition));
      const accounts = await client.getTokenCache().getAllAccounts();
      const account = accounts.find((one) => one.localAccountId === partition.personId);
      if (!account) throw new CalendarWatchError('RECONNECT_NEEDED', 'no tokens are stored for this person');
      const forceRefresh = this.refused.has(key);
      const scopes = [...this.scopes, ...further];
      const result = await client.acquireTokenSilent({ account, scopes, forceRefresh });
      this.refused.delete(key);
      if (this.kept.size >= KEPT_TOKENS) this.kept.clear();
      this.kept.set(key, { token: result.accessToken, expiresAt: result.expiresOn?.getTime() ?? 0 });
      return result.accessToken;
    } catch (error) {
      throw further.length > 0 ? toFurtherError(error) : toIdentityError(error);
    }
  }
}
