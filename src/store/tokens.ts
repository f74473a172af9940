/**
 * Sign-ins under way, and MSAL's token cache: one partition a person. What is secret in them is sealed here, so that
 * nobody else has to think of it; what was stored before encryption is read as it is, and sealed when it is written again.
 */
import type { Logger } from '../log.ts';
import { at, type Database, type Sql } from './database.ts';
import { lockPerson } from './people.ts';
import type { Vault } from './vault.ts';

/** What token caches are read and written with. */
export interface TokenStore {
  database: Pick<Database, 'inTenant'>;
  vault: Vault;
  log: Logger;
}

export const ofVerifier = (tenantId: string, stateHash: string) => ({
  table: 'sign_in.verifier',
  tenantId,
  rowId: stateHash,
});
export const ofAccount = (tenantId: string, stateHash: string) => ({
  table: 'sign_in.account_cache',
  tenantId,
  rowId: stateHash,
});
export const ofTokens = (tenantId: string, personId: string) => ({
  table: 'token_cache.cache',
  tenantId,
  rowId: personId,
});

/** For sign_in.account_cache: the tokens of another account, until the chat has typed the page's code. */
export const sealAccountCache = (vault: Vault, tenantId: string, stateHash: string, cache: string) =>
  vault.seal(cache, ofAccount(tenantId, stateHash));
export const openAccountCache = (vault: Vault, tenantId: string, stateHash: string, sealed: string) =>
  vault.open(sealed, ofAccount(tenantId, stateHash));

export interface PendingSignIn {
  personId: string;
  conversationId: string;
  verifier: string;
  expiresAt: number;
  /** Asked for beyond the base. */
  furtherScopes: string[];
}

/** Links, exchanges and codes that wait are worth nothing from now on. */
export async function deleteSignIns(sql: Sql, tenantId: string, personId: string): Promise<void> {
  await sql.query('delete from cw.sign_in where tenant_id = $1 and person_id = $2', [tenantId, personId]);
}

/** One sign-in a person at a time: a new one makes older links worthless. */
export async function saveSignIn(
  sql: Sql,
  vault: Vault,
  tenantId: string,
  stateHash: string,
  pending: PendingSignIn,
): Promise<void> {
  // Two that begin at once would not see each other's.
  await lockPerson(sql, tenantId, pending.personId);
  await deleteSignIns(sql, tenantId, pending.personId);
  await sql.query(
    `insert into cw.sign_in (tenant_id, state_hash, person_id, conversation_id, verifier, expires_at, scopes)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      tenantId,
      stateHash,
      pending.personId,
      pending.conversationId,
      vault.seal(pending.verifier, ofVerifier(tenantId, stateHash)),
      at(pending.expiresAt),
      pending.furtherScopes,
    ],
  );
}

const PENDING = `person_id as "personId", conversation_id as "conversationId", verifier, expires_at as "expiresAt",
  scopes as "furtherScopes"`;

const opened = (vault: Vault, tenantId: string, stateHash: string, row: PendingSignIn | undefined) =>
  row && { ...row, verifier: vault.openOrPlain(row.verifier, ofVerifier(tenantId, stateHash)) };

export async function readSignIn(
  sql: Sql,
  vault: Vault,
  tenantId: string,
  stateHash: string,
): Promise<PendingSignIn | undefined> {
  const [row] = await sql.query<PendingSignIn>(
    `select ${PENDING} from cw.sign_in where tenant_id = $1 and state_hash = $2`,
    [tenantId, stateHash],
  );
  return opened(vault, tenantId, stateHash, row);
}

/** Single use: whoever takes it has it alone. */
export async function takeSignIn(
  sql: Sql,
  vault: Vault,
  tenantId: string,
  stateHash: string,
): Promise<PendingSignIn | undefined> {
  const [row] = await sql.query<PendingSignIn>(
    `delete from cw.sign_in where tenant_id = $1 and state_hash = $2 returning ${PENDING}`,
    [tenantId, stateHash],
  );
  return opened(vault, tenantId, stateHash, row);
}

export interface TokenPartition {
  cache: string;
  version: number;
}

/** Throws SECRET_UNREADABLE. */
export async function readTokens(
  sql: Sql,
  vault: Vault,
  tenantId: string,
  personId: string,
): Promise<TokenPartition | undefined> {
  const [row] = await sql.query<TokenPartition>(
    'select cache, version from cw.token_cache where tenant_id = $1 and person_id = $2',
    [tenantId, personId],
  );
  return row && { ...row, cache: vault.openOrPlain(row.cache, ofTokens(tenantId, personId)) };
}

/**
 * Writes only over the version that was read. False: another instance was faster, and its newer tokens stay; Entra keeps
 * earlier refresh tokens of a confidential client valid, so nothing is lost. Or there is no row any more: whoever signed
 * out meanwhile stays signed out, so a first row is made by `replaceTokens` alone.
 */
export async function writeTokens(
  sql: Sql,
  vault: Vault,
  tenantId: string,
  personId: string,
  cache: string,
  over: number,
): Promise<boolean> {
  const rows = await sql.query(
    `update cw.token_cache set cache = $3, version = version + 1 where tenant_id = $1 and person_id = $2 and version = $4
     returning version`,
    [tenantId, personId, vault.seal(cache, ofTokens(tenantId, personId)), over],
  );
  return rows.length > 0;
}

/** After a sign-in: what was there before is worth nothing any more. */
export async function replaceTokens(
  sql: Sql,
  vault: Vault,
  tenantId: string,
  personId: string,
  cache: string,
): Promise<void> {
  await sql.query(
    `insert into cw.token_cache as t (tenant_id, person_id, cache, version) values ($1, $2, $3, 1)
     on conflict (tenant_id, person_id) do update set cache = $3, version = t.version + 1`,
    [tenantId, personId, vault.seal(cache, ofTokens(tenantId, personId))],
  );
}

/** Returns whether there were any. */
export async function deleteTokens(sql: Sql, tenantId: string, personId: string): Promise<boolean> {
  const rows = await sql.query(
    'delete from cw.token_cache where tenant_id = $1 and person_id = $2 returning person_id',
    [tenantId, personId],
  );
  return rows.length > 0;
}
