/**
 * By whose permission a call is made: the person's own, or the application's where an admin watches for them. What the
 * application reads needs nobody's sign-in; what acts as the person, or is the person's alone (To Do), asks them.
 */
import { type Clock, SECOND_MS } from '../clock.ts';
import { CalendarWatchError } from '../errors.ts';
import { accessOf, type WhoseAccess } from '../store/app-watch.ts';
import type { Database } from '../store/database.ts';
import type { Application } from './application.ts';
import type { Partition as Person } from './msal.ts';
import { ConsentNeeded } from './scopes.ts';
import type { Tokens } from './tokens.ts';

/** All that the application does with a mailbox. */
const APPLICATION_READS = new Set(['Calendars.Read', 'MailboxSettings.Read']);

/** `accountId`: an account of theirs other than the chat's; the application reads nobody's for somebody else. */
type Partition = Person & { accountId?: string | null };

const KNOWN_MS = 10 * SECOND_MS;
const KNOWN_PEOPLE = 20_000;

export interface TokenSource {
  /** `personId` '' is the application itself. `scopes`: what the call needs, by name. */
  get(partition: Partition, scopes: readonly string[]): Promise<string>;
  /** After a 401. */
  drop(partition: Partition): void;
  /** When the token ends that was given last for reading, ms. */
  until(partition: Partition): number | undefined;
}

const isReconnect = (error: unknown) => error instanceof CalendarWatchError && error.code === 'RECONNECT_NEEDED';

/** They never signed in, and are watched all the same: it is a permission that they are asked for. */
const asConsent = (scopes: readonly string[], cause: unknown) => new ConsentNeeded(scopes, cause);

export function createTokenSource(deps: {
  tokens: Pick<Tokens, 'get' | 'drop' | 'until'>;
  application: Pick<Application, 'get' | 'drop' | 'until'>;
  database: Pick<Database, 'inTenant'>;
  clock: Clock;
}): TokenSource {
  const { tokens, application, database, clock } = deps;
  const known = new Map<string, { access: WhoseAccess; at: number }>();
  const keyOf = ({ tenantId, personId }: Partition) => `${tenantId}/${personId}`;

  const look = async (partition: Partition): Promise<WhoseAccess> => {
    const { tenantId, personId } = partition;
    const access = await database.inTenant(tenantId, (sql) => accessOf(sql, tenantId, personId));
    if (known.size >= KNOWN_PEOPLE) known.clear();
    known.set(keyOf(partition), { access, at: clock.now() });
    return access;
  };
  const accessNow = async (partition: Partition): Promise<WhoseAccess> => {
    const found = known.get(keyOf(partition));
    return found && found.at + KNOWN_MS > clock.now() ? found.access : look(partition);
  };
  const isByApplication = (partition: Partition) =>
    partition.personId === '' || known.get(keyOf(partition))?.access === 'application';

  return {
    async get(partition, scopes) {
      const { tenantId, personId } = partition;
      if (personId === '') return application.get(tenantId);
      const isReading = !partition.accountId && scopes.every((scope) => APPLICATION_READS.has(scope));
      const access = await accessNow(partition);
      if (access === 'application' && isReading) return application.get(tenantId);
      try {
        return await tokens.get(partition, scopes);
      } catch (error) {
        if (!isReconnect(error)) throw error;
        // What was known may be of a moment ago: an admin may have begun to watch for them since.
        if (access !== 'application' && (await look(partition)) !== 'application') throw error;
        if (isReading) return application.get(tenantId);
        throw asConsent(scopes, error);
      }
    },
    drop(partition) {
      if (isByApplication(partition)) application.drop(partition.tenantId);
      if (partition.personId !== '') tokens.drop(partition);
    },
    until: (partition) =>
      isByApplication(partition) ? application.until(partition.tenantId) : tokens.until(partition),
  };
}
