/** MSAL over our token table: one client per call, its cache filled from and written to one person's partition. */
import {
  ConfidentialClientApplication,
  type ICachePlugin,
  type INetworkModule,
  InteractionRequiredAuthError,
  LogLevel,
} from '@azure/msal-node';
import type { Config } from '../config.ts';
import { CalendarWatchError } from '../errors.ts';
import { readTokens, type TokenStore, writeTokens } from '../store/tokens.ts';
import type { Credential } from './credentials.ts';
import { ConsentNeeded } from './scopes.ts';

export interface Partition {
  tenantId: string;
  personId: string;
}

/** Without a plugin the client keeps its tokens to itself. */
export type ClientFor = (tenantId: string, plugin?: ICachePlugin) => ConfidentialClientApplication;

/** Whoever's tokens cannot be opened signs in again, which writes new ones; the operator is told why. */
function asReconnect({ log }: TokenStore, { tenantId, personId }: Partition, err: unknown): never {
  if (!(err instanceof CalendarWatchError && err.code === 'SECRET_UNREADABLE')) throw err;
  log.error({ code: err.code, tenantId, personId, err }, 'tokens cannot be opened, the person has to sign in again');
  throw new CalendarWatchError('RECONNECT_NEEDED', 'the stored tokens of this person cannot be opened', { cause: err });
}

/** Ties a client to one person's row. */
export function partitionPlugin(store: TokenStore, partition: Partition): ICachePlugin {
  const { database, vault } = store;
  const { tenantId, personId } = partition;
  /** Undefined: there is no row, and none is made. */
  let version: number | undefined;
  return {
    async beforeCacheAccess(context) {
      const stored = await database
        .inTenant(tenantId, (sql) => readTokens(sql, vault, tenantId, personId))
        .catch((err: unknown) => asReconnect(store, partition, err));
      version = stored?.version;
      if (stored) context.tokenCache.deserialize(stored.cache);
    },
    async afterCacheAccess(context) {
      if (!context.cacheHasChanged || version === undefined) return;
      const over = version;
      const cache = context.tokenCache.serialize();
      const written = await database.inTenant(tenantId, (sql) =>
        writeTokens(sql, vault, tenantId, personId, cache, over),
      );
      if (written) version = over + 1;
    },
  };
}

/** The authority of the person's own tenant, or of the one tenant that the app belongs to. */
export function authorityFor(config: Pick<Config, 'aad' | 'cloud'>, tenantId: string): string {
  const single = /^[0-9a-f-]{36}$/i.test(config.aad.tenantId) ? config.aad.tenantId : tenantId;
  return `${config.cloud.entraAuthorityHost}/${single}`;
}

export function createClientFor(
  config: Pick<Config, 'aad' | 'cloud' | 'cloudName'>,
  network: INetworkModule,
  credential: Credential = { clientSecret: config.aad.clientSecret ?? '' },
): ClientFor {
  const host = new URL(config.cloud.entraAuthorityHost).host;
  return (tenantId, plugin) =>
    new ConfidentialClientApplication({
      auth: {
        clientId: config.aad.clientId,
        ...credential,
        authority: authorityFor(config, tenantId),
        // Without it MSAL would ask login.microsoftonline.com whether a custom host is genuine.
        ...(config.cloudName === 'custom' ? { knownAuthorities: [host] } : {}),
      },
      ...(plugin ? { cache: { cachePlugin: plugin } } : {}),
      system: {
        networkClient: network,
        loggerOptions: { loggerCallback: () => undefined, piiLoggingEnabled: false, logLevel: LogLevel.Error },
      },
    });
}

/** What Entra says to the app itself, whoever signs in; trying again changes nothing. */
const REFUSES_APP = new Set(['invalid_client', 'unauthorized_client']);

/** Undefined: it is something else. */
export function refusedCredential(error: unknown): CalendarWatchError | undefined {
  const code = (error as { errorCode?: string }).errorCode ?? '';
  if (!REFUSES_APP.has(code)) return undefined;
  return new CalendarWatchError(
    'APP_CREDENTIAL_REFUSED',
    `Entra does not accept the app itself (${code}): its secret or certificate may have ended; check that, AAD_APP_CLIENT_ID and AAD_APP_TENANT_ID`,
    {
      say: 'Microsoft doesn’t accept this app right now: its setup has to be renewed. Please ask your admin.',
      cause: error,
    },
  );
}

/** What a failed token call means for the person. AADSTS numbers change, so the class decides. */
export function toIdentityError(error: unknown): CalendarWatchError {
  if (error instanceof CalendarWatchError) return error;
  const code = (error as { errorCode?: string }).errorCode ?? '';
  if (error instanceof InteractionRequiredAuthError || code === 'invalid_grant' || code === 'no_tokens_found')
    return new CalendarWatchError('RECONNECT_NEEDED', `Entra wants the person to sign in again (${code})`, {
      say: 'I have lost access to your calendar. Type **watch on** to sign in again.',
      cause: error,
    });
  const refused = refusedCredential(error);
  if (refused) return refused;
  return new CalendarWatchError(
    'ENTRA_UNAVAILABLE',
    `no token from Entra (${code || 'no answer'}); it is tried again`,
    {
      say: 'Microsoft’s sign-in does not answer right now. Please try again in a minute.',
      cause: error,
    },
  );
}

/**
 * The same where more was asked for than people agreed to at first: what Entra wants them for is that, unless their
 * sign-in itself is worth nothing any more.
 */
export function toFurtherError(error: unknown, further: readonly string[]): CalendarWatchError {
  const isAsked = error instanceof InteractionRequiredAuthError && error.subError !== 'bad_token';
  if (!isAsked || error.errorCode === 'no_tokens_found') return toIdentityError(error);
  return new ConsentNeeded(further, error);
}
