/** Sign-ins under way, and MSAL's token cache: one partition a person. */
import { at, type Sql } from './database.ts';

export interface PendingSignIn {
  personId: string;
  conversationId: string;
  verifier: string;
  expiresAt: number;
  /** Asked for beyond the base. */
  furtherScopes: string[];
}

/** One sign-in a person at a time: a new one makes older links worthless. */
export async function saveSignIn(sql: Sql, tenantId: string, stateHash: string, pending: PendingSignIn): Promise<void> {
  await sql.query('delete from cw.sign_in where tenant_id = $1 and person_id = $2', [tenantId, pending.personId]);
  await sql.query(
    `insert into cw.sign_in (tenant_id, state_hash, person_id, conversation_id, verifier, expires_at, scopes)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      tenantId,
      stateHash,
      pending.personId,
      pending.conversationId,
      pending.verifier,
      at(pending.expiresAt),
      pending.furtherScopes,
    ],
  );
}

const PENDING = `person_id as "personId", conversation_id as "conversationId", verifier, expires_at as "expiresAt",
  scopes as "furtherScopes"`;

export async function readSignIn(sql: Sql, tenantId: string, stateHash: string): Promise<PendingSignIn | undefined> {
  const [row] = await sql.query<PendingSignIn>(
    `select ${PENDING} from cw.sign_in where tenant_id = $1 and state_hash = $2`,
    [tenantId, stateHash],
  );
  return row;
}

/** Single use: whoever takes it has it alone. */
export async function takeSignIn(sql: Sql, tenantId: string, stateHash: string): Promise<PendingSignIn | undefined> {
  const [row] = await sql.query<PendingSignIn>(
    `delete from cw.sign_in where tenant_id = $1 and state_hash = $2 returning ${PENDING}`,
    [tenantId, stateHash],
  );
  return row;
}

export interface TokenPartition {
  cache: string;
  version: number;
}

export async function readTokens(sql: Sql, tenantId: string, personId: string): Promise<TokenPartition | undefined> {
  const [row] = await sql.query<TokenPartition>(
    'select cache, version from cw.token_cache where tenant_id = $1 and person_id = $2',
    [tenantId, personId],
  );
  return row;
}

/**
 * Writes only over the version that was read (0: none). False: another instance was faster, and its newer tokens stay;
 * Entra keeps earlier refresh tokens of a confidential client valid, so nothing is lost.
 */
export async function writeTokens(
  sql: Sql,
  tenantId: string,
  personId: string,
  cache: string,
  over: number,
): Promise<boolean> {
  const rows = await sql.query(
    `insert into cw.token_cache as t (tenant_id, person_id, cache, version) values ($1, $2, $3, $4 + 1)
     on conflict (tenant_id, person_id) do update set cache = $3, version = t.version + 1 where t.version = $4
     returning version`,
    [tenantId, personId, cache, over],
  );
  return rows.length > 0;
}

/** After a sign-in: what was there before is worth nothing any more. */
export async function replaceTokens(sql: Sql, tenantId: string, personId: string, cache: string): Promise<void> {
  await sql.query(
    `insert into cw.token_cache as t (tenant_id, person_id, cache, version) values ($1, $2, $3, 1)
     on conflict (tenant_id, person_id) do update set cache = $3, version = t.version + 1`,
    [tenantId, personId, cache],
  );
}

export async function deleteTokens(sql: Sql, tenantId: string, personId: string): Promise<void> {
  await sql.query('delete from cw.token_cache where tenant_id = $1 and person_id = $2', [tenantId, personId]);
}
