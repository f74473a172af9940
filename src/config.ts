/**
 * The only reader of the environment. All that is wrong is listed at once, each with its remedy; docs/configuration.md
 * says the same for people. A cloud is a set of addresses: the sandbox is a custom cloud like any other.
 */
import { z } from 'zod';
import { DAY_MS, MINUTE_MS } from './clock.ts';
import { type AccessConfig, accessFaults, accessFields, accessOf } from './config-access.ts';
import {
  blankIsAbsent,
  GUID,
  guid,
  isLoopback,
  isUrl,
  optionalText,
  optionalUrl,
  text,
  trimmed,
  wholeNumber,
  withoutSlash,
} from './config-fields.ts';
import { type KeysConfig, keysFaults, keysFields, keysOf } from './config-keys.ts';
import { retentionFaults, retentionFields, retentionOf } from './config-retention.ts';
import { checkInTimesOf, roomsFields } from './config-rooms.ts';
import { type ServerConfig, serverFaults, serverFields, serverOf, serviceUrlsIn } from './config-server.ts';
import { type SsoConfig, ssoFaults, ssoFields, ssoOf } from './config-sso.ts';
import { type WaysConfig, waysFaults, waysFields, waysOf } from './config-ways.ts';
import { CalendarWatchError } from './errors.ts';
import { DEFAULT_INTERVALS, type Intervals } from './intervals.ts';
import type { ServiceUrls } from './net/service-url.ts';
import type { CheckInTimes } from './rooms/policy.ts';

export { isLoopback };

export interface CloudAddresses {
  /** e.g. "https://login.microsoftonline.com", no slash at the end. */
  entraAuthorityHost: string;
  /** e.g. "https://graph.microsoft.com". */
  graphEndpoint: string;
  /** Where the channel publishes its signing keys. */
  botOpenIdMetadataUrl: string;
  botTokenIssuer: string;
  /** Where the bot gets its own token; ends with the tenant (or botframework.com). */
  botLoginUrl: string;
  /** Scope of that token. */
  botTokenScope: string;
  /** The chats' other address: tried once for a chat that its own address does not serve (GCC). */
  botGccServiceUrl: string;
}

export interface Config {
  port: number;
  /** How Graph and browsers reach us; no slash at the end. */
  publicUrl: string;
  bot: { id: string; type: 'SingleTenant' | 'MultiTenant' | 'UserAssignedMSI'; tenantId: string; password: string };
  aad: { clientId: string; tenantId: string } & AccessConfig;
  /** Teams' single sign-on; absent: people sign in on the page. */
  sso?: SsoConfig;
  cloudName: 'public' | 'usgov' | 'usgovdod' | 'china' | 'custom';
  cloud: CloudAddresses;
  database: { url?: string; ownerUrl?: string };
  dataDir: string;
  /** They seal what is secret in the database (store/vault.ts). */
  keys: KeysConfig;
  logLevel: string;
  adminOids: string[];
  /** Graph is asked to send entries along, encrypted. */
  richNotifications: boolean;
  /** Who knows how long ways take; nobody: they are estimated from the distance. */
  travel: { azureMaps?: { url: string; key: string }; osrmUrl?: string; callsPerHour: number };
  /** What one instance can send in a second, all tenants together; storms are spread by it. */
  sendsPerSecond: number;
  /** How people are reached beside Teams (delivery/ways/). */
  ways: WaysConfig;
  /** When organisers are asked to check in to rooms, where an admin switched that on. */
  checkIn: CheckInTimes;
  /** Who may ask how often, TLS. */
  server: ServerConfig;
  /** Where chats may be answered. */
  serviceUrls: ServiceUrls;
  intervals: Intervals;
}

type NamedCloud = Omit<CloudAddresses, 'botLoginUrl' | 'botGccServiceUrl'> & { botLoginHost: string };

/** Microsoft's published addresses; sources are named in docs/configuration.md. */
const CLOUDS: Record<'public' | 'usgov' | 'usgovdod' | 'china', NamedCloud> = {
  public: {
    entraAuthorityHost: 'https://login.microsoftonline.com',
    graphEndpoint: 'https://graph.microsoft.com',
    botOpenIdMetadataUrl: 'https://login.botframework.com/v1/.well-known/openidconfiguration',
    botTokenIssuer: 'https://api.botframework.com',
    botLoginHost: 'https://login.microsoftonline.com',
    botTokenScope: 'https://api.botframework.com/.default',
  },
  usgov: {
    entraAuthorityHost: 'https://login.microsoftonline.us',
    graphEndpoint: 'https://graph.microsoft.us',
    botOpenIdMetadataUrl: 'https://login.botframework.azure.us/v1/.well-known/openidconfiguration',
    botTokenIssuer: 'https://api.botframework.us',
    botLoginHost: 'https://login.microsoftonline.us',
    botTokenScope: 'https://api.botframework.us/.default',
  },
  usgovdod: {
    entraAuthorityHost: 'https://login.microsoftonline.us',
    graphEndpoint: 'https://dod-graph.microsoft.us',
    botOpenIdMetadataUrl: 'https://login.botframework.azure.us/v1/.well-known/openidconfiguration',
    botTokenIssuer: 'https://api.botframework.us',
    botLoginHost: 'https://login.microsoftonline.us',
    botTokenScope: 'https://api.botframework.us/.default',
  },
  china: {
    entraAuthorityHost: 'https://login.partner.microsoftonline.cn',
    graphEndpoint: 'https://microsoftgraph.chinacloudapi.cn',
    botOpenIdMetadataUrl: 'https://login.botframework.azure.cn/v1/.well-known/openidconfiguration',
    botTokenIssuer: 'https://api.botframework.azure.cn',
    botLoginHost: 'https://login.partner.microsoftonline.cn',
    botTokenScope: 'https://api.botframework.azure.cn/.default',
  },
};

const AZURE_MAPS_URL = 'https://atlas.microsoft.com';
const GCC_SERVICE_URL = 'https://smba.infra.gcc.teams.microsoft.com/gcc';

const CUSTOM_ADDRESSES = [
  'ENTRA_AUTHORITY_HOST',
  'GRAPH_ENDPOINT',
  'BOT_OPENID_METADATA_URL',
  'BOT_TOKEN_ISSUER',
  'BOT_LOGIN_URL',
] as const;

const environment = z.object({
  PORT: z.preprocess(blankIsAbsent, z.coerce.number().int().min(0).max(65535).default(3978)),
  PUBLIC_URL: text('say how Graph and browsers reach this server, e.g. https://calendar-watch.example.com')
    .pipe(z.string().refine(isUrl, 'must be an absolute URL'))
    .transform(withoutSlash),
  BOT_ID: optionalText.pipe(z.string().regex(GUID, 'must be a GUID').optional()),
  BOT_TYPE: z.preprocess(
    blankIsAbsent,
    z.enum(['SingleTenant', 'MultiTenant', 'UserAssignedMSI']).default('SingleTenant'),
  ),
  BOT_TENANT_ID: optionalText,
  BOT_PASSWORD: optionalText,
  AAD_APP_CLIENT_ID: guid('the application (client) id of the Entra app that reads calendars'),
  ...accessFields,
  ...ssoFields,
  AAD_APP_TENANT_ID: z.preprocess(blankIsAbsent, trimmed.default('organizations')),
  CLOUD: z.preprocess(blankIsAbsent, z.enum(['public', 'usgov', 'usgovdod', 'china', 'custom']).default('public')),
  ENTRA_AUTHORITY_HOST: optionalUrl,
  GRAPH_ENDPOINT: optionalUrl,
  BOT_OPENID_METADATA_URL: optionalUrl,
  BOT_TOKEN_ISSUER: optionalUrl,
  BOT_LOGIN_URL: optionalUrl,
  BOT_GCC_SERVICE_URL: optionalUrl.transform((url) => url ?? GCC_SERVICE_URL),
  DATABASE_URL: z.preprocess(
    blankIsAbsent,
    trimmed.regex(/^postgres(ql)?:\/\//, 'must start with postgres:// or postgresql://').optional(),
  ),
  DATABASE_OWNER_URL: z.preprocess(
    blankIsAbsent,
    trimmed.regex(/^postgres(ql)?:\/\//, 'must start with postgres:// or postgresql://').optional(),
  ),
  DATA_DIR: z.preprocess(blankIsAbsent, trimmed.default('./data')),
  LOG_LEVEL: z.preprocess(blankIsAbsent, z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info')),
  ADMIN_OIDS: z.preprocess(blankIsAbsent, trimmed.default('')).transform((list, context) => {
    const oids = list.split(/[\s,;]+/).filter(Boolean);
    const wrong = oids.filter((oid) => !GUID.test(oid)).length;
    if (wrong > 0) context.addIssue({ code: 'custom', message: `${wrong} of ${oids.length} entries are not GUIDs` });
    return oids.map((oid) => oid.toLowerCase());
  }),
  AZURE_MAPS_KEY: optionalText,
  AZURE_MAPS_URL: optionalUrl.transform((url) => url ?? AZURE_MAPS_URL),
  OSRM_URL: optionalUrl,
  TRAVEL_CALLS_PER_HOUR: wholeNumber(1, 1_000_000, 1_000),
  SENDS_PER_SECOND: wholeNumber(1, 10_000, 100),
  RICH_NOTIFICATIONS: z.preprocess(blankIsAbsent, z.enum(['on', 'off']).default('off')),
  ...waysFields,
  ...roomsFields,
  ...serverFields,
  ...keysFields,
  PROVE_EVERY_MINUTES: wholeNumber(5, 24 * 60, DEFAULT_INTERVALS.proveMs / MINUTE_MS),
  CATCH_UP_MINUTES: wholeNumber(5, 24 * 60, DEFAULT_INTERVALS.catchUpMs / MINUTE_MS),
  CATCH_UP_UNPROVEN_MINUTES: wholeNumber(1, 24 * 60, DEFAULT_INTERVALS.catchUpUnprovenMs / MINUTE_MS),
  BLIND_CARD_AFTER_MINUTES: wholeNumber(5, 24 * 60, DEFAULT_INTERVALS.blindCardMs / MINUTE_MS),
  FORGET_AFTER_DAYS: wholeNumber(1, 365, DEFAULT_INTERVALS.forgetMs / DAY_MS),
  ...retentionFields,
});

type Environment = z.infer<typeof environment>;

/** Rules that concern more than one variable. Each returns what is wrong, in words for the operator. */
function crossFaults(env: Partial<Environment>): string[] {
  const faults: string[] = [];
  const loopback = env.PUBLIC_URL !== undefined && isLoopback(env.PUBLIC_URL);
  if (env.PUBLIC_URL && !loopback && !env.PUBLIC_URL.startsWith('https://'))
    faults.push('PUBLIC_URL: must be https, or point to loopback (Graph delivers to https only)');
  if (env.PUBLIC_URL && !env.BOT_ID && !loopback)
    faults.push('BOT_ID: is empty, which switches authentication off; allowed only while PUBLIC_URL is loopback');
  if (env.BOT_ID && env.BOT_TYPE !== 'UserAssignedMSI' && !env.BOT_PASSWORD)
    faults.push(`BOT_PASSWORD: is needed with BOT_TYPE ${env.BOT_TYPE ?? 'SingleTenant'}`);
  if (env.BOT_ID && env.BOT_TYPE !== 'MultiTenant' && !env.BOT_TENANT_ID)
    faults.push(`BOT_TENANT_ID: is needed with BOT_TYPE ${env.BOT_TYPE ?? 'SingleTenant'}`);
  if (env.CLOUD === 'custom') {
    for (const name of CUSTOM_ADDRESSES) if (!env[name]) faults.push(`${name}: is needed when CLOUD is custom`);
    if (env.ENTRA_AUTHORITY_HOST && !env.ENTRA_AUTHORITY_HOST.startsWith('https://'))
      faults.push('ENTRA_AUTHORITY_HOST: must be https (MSAL refuses anything else)');
    if (env.GRAPH_ENDPOINT && !env.GRAPH_ENDPOINT.startsWith('https://'))
      faults.push('GRAPH_ENDPOINT: must be https (the Graph client drops the token on http)');
  } else {
    for (const name of CUSTOM_ADDRESSES)
      if (env[name]) faults.push(`${name}: is only read when CLOUD is custom; remove it or set CLOUD=custom`);
  }
  if (env.AZURE_MAPS_URL && !env.AZURE_MAPS_URL.startsWith('https://') && !isLoopback(env.AZURE_MAPS_URL))
    faults.push('AZURE_MAPS_URL: must be https, or loopback (the key goes along with every request)');
  if (env.DATABASE_OWNER_URL && !env.DATABASE_URL)
    faults.push('DATABASE_OWNER_URL: needs DATABASE_URL, the product’s own login, beside it');
  return [
    ...faults,
    ...accessFaults(env),
    ...ssoFaults(env, env.BOT_ID),
    ...retentionFaults(env),
    ...keysFaults(env),
    ...serverFaults(env),
    ...waysFaults(env, env.AAD_APP_TENANT_ID),
  ];
}

function cloudAddresses(env: Environment): CloudAddresses {
  const botGccServiceUrl = env.BOT_GCC_SERVICE_URL;
  if (env.CLOUD === 'custom') {
    return {
      botGccServiceUrl,
      entraAuthorityHost: env.ENTRA_AUTHORITY_HOST ?? '',
      graphEndpoint: env.GRAPH_ENDPOINT ?? '',
      botOpenIdMetadataUrl: env.BOT_OPENID_METADATA_URL ?? '',
      botTokenIssuer: env.BOT_TOKEN_ISSUER ?? '',
      botLoginUrl: env.BOT_LOGIN_URL ?? '',
      botTokenScope: 'https://api.botframework.com/.default',
    };
  }
  const { botLoginHost, ...rest } = CLOUDS[env.CLOUD];
  const tenant = env.BOT_TYPE === 'MultiTenant' ? 'botframework.com' : (env.BOT_TENANT_ID ?? 'botframework.com');
  return { ...rest, botLoginUrl: `${botLoginHost}/${tenant}`, botGccServiceUrl };
}

/** Reads `env` (usually the process’s). Throws CONFIG_INVALID naming every fault. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const read = environment.safeParse(env);
  const faults = read.success ? crossFaults(read.data) : allFaults(read.error.issues, env);
  if (!read.success || faults.length > 0) {
    const list = [...new Set(faults)].map((fault) => `  - ${fault}`).join('\n');
    throw new CalendarWatchError(
      'CONFIG_INVALID',
      `The configuration is not complete:\n${list}\nSee docs/configuration.md.`,
    );
  }
  const data = read.data;
  return {
    port: data.PORT,
    publicUrl: data.PUBLIC_URL,
    bot: {
      id: data.BOT_ID ?? '',
      type: data.BOT_TYPE,
      tenantId: data.BOT_TENANT_ID ?? '',
      password: data.BOT_PASSWORD ?? '',
    },
    aad: {
      clientId: data.AAD_APP_CLIENT_ID,
      ...accessOf(data),
      tenantId: data.AAD_APP_TENANT_ID,
    },
    ...ssoOf(data),
    cloudName: data.CLOUD,
    cloud: cloudAddresses(data),
    database: { url: data.DATABASE_URL, ownerUrl: data.DATABASE_OWNER_URL },
    dataDir: data.DATA_DIR,
    keys: keysOf(data, data.AAD_APP_TENANT_ID),
    logLevel: data.LOG_LEVEL,
    adminOids: data.ADMIN_OIDS,
    richNotifications: data.RICH_NOTIFICATIONS === 'on',
    travel: {
      ...(data.AZURE_MAPS_KEY ? { azureMaps: { url: data.AZURE_MAPS_URL, key: data.AZURE_MAPS_KEY } } : {}),
      ...(data.OSRM_URL ? { osrmUrl: data.OSRM_URL } : {}),
      callsPerHour: data.TRAVEL_CALLS_PER_HOUR,
    },
    sendsPerSecond: data.SENDS_PER_SECOND,
    server: serverOf(data),
    serviceUrls: serviceUrlsIn(data),
    ways: waysOf(data, data.AAD_APP_TENANT_ID),
    checkIn: checkInTimesOf(data),
    intervals: {
      proveMs: data.PROVE_EVERY_MINUTES * MINUTE_MS,
      catchUpMs: data.CATCH_UP_MINUTES * MINUTE_MS,
      catchUpUnprovenMs: data.CATCH_UP_UNPROVEN_MINUTES * MINUTE_MS,
      blindCardMs: data.BLIND_CARD_AFTER_MINUTES * MINUTE_MS,
      forgetMs: data.FORGET_AFTER_DAYS * DAY_MS,
      ...retentionOf(data),
    },
  };
}

/** Of a variable that reads badly nothing else is said: "is needed" would be wrong, it is there. */
function allFaults(issues: z.ZodIssue[], env: Record<string, string | undefined>): string[] {
  const own = issues.map((issue) => ({ name: issue.path.join('.'), message: issue.message }));
  const others = crossFaults(lenient(env)).filter((fault) => !own.some(({ name }) => fault.startsWith(`${name}:`)));
  return [...own.map(({ name, message }) => `${name}: ${message}`), ...others];
}

/** Each variable that reads well by itself, so that rules across variables are checked even when another is wrong. */
function lenient(env: Record<string, string | undefined>): Partial<Environment> {
  const good: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(environment.shape)) {
    const one = (schema as z.ZodTypeAny).safeParse(env[name]);
    if (one.success) good[name] = one.data;
  }
  return good as Partial<Environment>;
}
