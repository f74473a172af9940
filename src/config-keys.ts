/** The part of the configuration about the keys that seal what is secret in the database (store/vault.ts). */
import { z } from 'zod';
import { blankIsAbsent, GUID, isLoopback, isUrl, optionalText, trimmed, withoutSlash } from './config-fields.ts';

export type KeysConfig =
  /** The first one seals, all open. */
  | { by: 'list'; keys: Buffer[] }
  /** The secret's address: its enabled versions are the keys. */
  | {
      by: 'keyVault';
      url: string;
      login: { by: 'managedIdentity'; clientId?: string } | { by: 'app'; tenantId: string };
    }
  /** Made by ourselves and kept under DATA_DIR; on loopback alone. */
  | { by: 'file' };

export const MOST_KEYS = 20;
const KEY_BYTES = 32;
const MAKE_ONE = 'make one with `openssl rand -base64 32`';
const VAULT_HOST = /^[a-z0-9-]{3,24}\.vault\.(?:azure\.net|usgovcloudapi\.net|azure\.cn)$/;
const SECRET_PATH = /^\/secrets\/[0-9A-Za-z-]{1,127}$/;

/** The bytes of a key in base64 (or base64url); undefined when it is anything else. */
export function keyIn(text: string): Buffer | undefined {
  const plain = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  const key = Buffer.from(plain, 'base64');
  return key.length === KEY_BYTES && key.toString('base64').replace(/=+$/, '') === plain ? key : undefined;
}

/** Keys in a text, separated by commas, semicolons or blanks. What is wrong is told by position: a value is a secret. */
export function keysIn(text: string): { keys: Buffer[]; fault?: string } {
  const entries = text.split(/[\s,;]+/).filter(Boolean);
  const read = entries.map(keyIn);
  const keys = read.filter((key) => key !== undefined);
  const wrong = read.flatMap((key, index) => (key ? [] : [index + 1]));
  if (wrong.length > 0)
    return {
      keys,
      fault: `of ${entries.length} entries no. ${wrong.join(', ')} must be ${KEY_BYTES} bytes in base64; ${MAKE_ONE}`,
    };
  if (keys.length > MOST_KEYS)
    return { keys, fault: `at most ${MOST_KEYS} keys; remove old ones after npm run keys:rotate` };
  return keys.length > 0 ? { keys } : { keys, fault: `holds no key; ${MAKE_ONE}` };
}

export const keysFields = {
  TOKEN_ENCRYPTION_KEY: z
    .preprocess(blankIsAbsent, trimmed.optional())
    .transform((list, context): Buffer[] | undefined => {
      if (list === undefined) return undefined;
      const { keys, fault } = keysIn(list);
      if (fault) context.addIssue({ code: 'custom', message: fault });
      return keys;
    }),
  TOKEN_ENCRYPTION_KEY_VAULT_URL: optionalText.transform((url) => url && withoutSlash(url)),
  TOKEN_ENCRYPTION_KEY_VAULT_LOGIN: z.preprocess(
    blankIsAbsent,
    z.enum(['managedIdentity', 'app']).default('managedIdentity'),
  ),
  AZURE_CLIENT_ID: optionalText.pipe(z.string().regex(GUID, 'must be a GUID').optional()),
};

type Fields = z.infer<z.ZodObject<typeof keysFields>>;

interface Others {
  PUBLIC_URL?: string;
  CLOUD?: string;
  AAD_APP_TENANT_ID?: string;
}

function vaultUrlFault(url: string, cloud: string | undefined): string | undefined {
  const form = 'must be https://<vault>.vault.azure.net/secrets/<name>, without a version';
  if (!isUrl(url)) return form;
  const { protocol, username, password, host, hostname, pathname, search, hash } = new URL(url);
  const isBare = protocol === 'https:' && !username && !password && !search && !hash && SECRET_PATH.test(pathname);
  if (!isBare) return form;
  const isMicrosofts = host === hostname && VAULT_HOST.test(hostname);
  return cloud === 'custom' || isMicrosofts
    ? undefined
    : 'its host must be <vault>.vault.azure.net, .vault.usgovcloudapi.net or .vault.azure.cn (any other only when CLOUD is custom)';
}

/** Rules that concern more than one variable, in words for the operator. */
export function keysFaults(env: Partial<Fields> & Others): string[] {
  const list = env.TOKEN_ENCRYPTION_KEY;
  const url = env.TOKEN_ENCRYPTION_KEY_VAULT_URL;
  const faults: string[] = [];
  if (list && url)
    faults.push('TOKEN_ENCRYPTION_KEY_VAULT_URL: is not read beside TOKEN_ENCRYPTION_KEY; set one of the two');
  if (!list && !url && env.PUBLIC_URL !== undefined && !isLoopback(env.PUBLIC_URL))
    faults.push(
      `TOKEN_ENCRYPTION_KEY: is needed, sign-ins are kept encrypted with it; ${MAKE_ONE}, keep it apart from the database, ` +
        'or set TOKEN_ENCRYPTION_KEY_VAULT_URL',
    );
  const urlFault = url && vaultUrlFault(url, env.CLOUD);
  if (urlFault) faults.push(`TOKEN_ENCRYPTION_KEY_VAULT_URL: ${urlFault}`);
  if (url && env.TOKEN_ENCRYPTION_KEY_VAULT_LOGIN === 'app' && !GUID.test(env.AAD_APP_TENANT_ID ?? ''))
    faults.push(
      'AAD_APP_TENANT_ID: must be a GUID with TOKEN_ENCRYPTION_KEY_VAULT_LOGIN app: the tenant of the key vault',
    );
  return faults;
}

export function keysOf(env: Fields, appTenantId: string): KeysConfig {
  if (env.TOKEN_ENCRYPTION_KEY) return { by: 'list', keys: env.TOKEN_ENCRYPTION_KEY };
  const url = env.TOKEN_ENCRYPTION_KEY_VAULT_URL;
  if (!url) return { by: 'file' };
  const clientId = env.AZURE_CLIENT_ID;
  return env.TOKEN_ENCRYPTION_KEY_VAULT_LOGIN === 'app'
    ? { by: 'keyVault', url, login: { by: 'app', tenantId: appTenantId } }
    : { by: 'keyVault', url, login: { by: 'managedIdentity', ...(clientId ? { clientId } : {}) } };
}
