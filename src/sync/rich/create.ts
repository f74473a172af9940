/** The parts of rich notifications put together, for those who run with RICH_NOTIFICATIONS=on. */
import type { Clock } from '../../clock.ts';
import type { Logger } from '../../log.ts';
import type { Database } from '../../store/database.ts';
import type { Vault } from '../../store/vault.ts';
import { Certificates } from './certificates.ts';
import { Rich } from './rich.ts';
import { SigningKeys } from './signing-keys.ts';
import { TokenChecker } from './validation-tokens.ts';

export interface RichParts {
  database: Database;
  vault: Vault;
  clock: Clock;
  log: Logger;
  /** Of the app whose subscriptions they are. */
  clientId: string;
  authorityHost: string;
  /** Bounded in time. */
  fetchJson(url: string): Promise<unknown>;
}

/** `certificates` for those who create subscriptions, `reader` for those who hear of them. */
export function createRich(parts: RichParts): { certificates: Certificates; reader: Rich } {
  const certificates = new Certificates(parts);
  const tokens = new TokenChecker({ ...parts, keys: new SigningKeys(parts) });
  return { certificates, reader: new Rich({ ...parts, certificates, tokens }) };
}
