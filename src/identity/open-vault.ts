/** From configuration to the vault: keys from the environment, from Azure Key Vault, or from our own file on loopback. */
import { LogLevel, ManagedIdentityApplication } from '@azure/msal-node';
import { type Clock, machineClock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { KeysConfig } from '../config-keys.ts';
import type { Logger } from '../log.ts';
import { keysInFile } from '../store/key-file.ts';
import { Vault } from '../store/vault.ts';
import { readCredential } from './credentials.ts';
import { KeyVault, type KeyVaultDeps } from './key-vault.ts';
import { createClientFor } from './msal.ts';
import { createNetwork } from './network.ts';

type KeyVaultConfig = Extract<KeysConfig, { by: 'keyVault' }>;

function tokenBy(config: Config, { login }: KeyVaultConfig, clock: Clock): KeyVaultDeps['token'] {
  const network = createNetwork(clock);
  if (login.by === 'app') {
    const client = createClientFor(config, network, readCredential(config, clock.now()))(login.tenantId);
    return async (resource) => {
      const result = await client.acquireTokenByClientCredential({ scopes: [`${resource}/.default`] });
      if (!result) throw new Error('no token');
      return result.accessToken;
    };
  }
  const { clientId } = login;
  const identity = new ManagedIdentityApplication({
    ...(clientId ? { managedIdentityIdParams: { userAssignedClientId: clientId } } : {}),
    system: {
      networkClient: network,
      // Who asks tries again, and says so in time.
      disableInternalRetries: true,
      loggerOptions: { loggerCallback: () => undefined, piiLoggingEnabled: false, logLevel: LogLevel.Error },
    },
  });
  return async (resource) => (await identity.acquireToken({ resource })).accessToken;
}

/** Once, when the process starts: before PostgreSQL's clock is measured, and with a network of its own. */
export async function openVault(
  config: Config,
  log: Logger,
  from: { fetch: typeof fetch; clock: Clock } = { fetch, clock: machineClock },
): Promise<Vault> {
  const { keys } = config;
  if (keys.by === 'list') return new Vault(keys.keys);
  if (keys.by === 'file') return new Vault(await keysInFile(config.dataDir));
  const token = tokenBy(config, keys, from.clock);
  const read = await new KeyVault(keys.url, { ...from, token }).keys();
  const vault = new Vault(read.keys);
  if (read.left > 0)
    log.warn({ left: read.left }, 'the key vault has more enabled versions than are read; disable the oldest');
  log.info({ keyIds: vault.keyIds }, 'keys were read from the key vault');
  return vault;
}
