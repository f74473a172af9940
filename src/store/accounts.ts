/**
 * Whose account a person's calendar is read by: as a rule their own, or another one of their tenant that they proved to
 * be theirs. Its tokens wait here until the chat that asked has typed the page's code.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readPolicy } from '../nudges/settings.ts';
import { at, type Sql } from './database.ts';
import { policyOf } from './people.ts';
import { openAccountCache, sealAccountCache } from './tokens.ts';
import type { Vault } from './vault.ts';

export const MOST_CODE_TRIES = 5;

export interface Account {
  /** Object id of another account than the person's; null: their own. */
  accountId: string | null;
  /** Their admin lets people connect other accounts; one's own needs no such word. */
  isAllowed: boolean;
}

/** Undefined: nobody is signed in for this person. An application that reads for them knows them by their own id. */
export async function findAccount(sql: Sql, tenantId: string, personId: string): Promise<Account | undefined> {
  const [row] = await sql.query<{ accountId: string | null; policy: unknown }>(
    `select case when p.access = 'delegated' then p.account_id end as "accountId", t.policy
     from cw.token_cache c
       join cw.person p on p.tenant_id = c.tenant_id and p.person_id = c.person_id
       join cw.tenant t on t.tenant_id = c.tenant_id
     where c.tenant_id = $1 and c.person_id = $2`,
    [tenantId, personId],
  );
  if (!row) return undefined;
  const { accountId, policy } = row;
  return { accountId, isAllowed: accountId === null || readPolicy(policy).otherAccounts };
}

/** Returns whether it is another one than before. */
export async function setAccount(
  sql: Sql,
  tenantId: string,
  personId: string,
  accountId: string | null,
): Promise<boolean> {
  const rows = await sql.query(
    `update cw.person set account_id = $3 where tenant_id = $1 and person_id = $2 and account_id is distinct from $3
     returning person_id`,
    [tenantId, personId, accountId],
  );
  return rows.length > 0;
}

export async function areOtherAccountsAllowed(sql: Sql, tenantId: string): Promise<boolean> {
  return (await policyOf(sql, tenantId)).otherAccounts;
}

export interface WaitingAccount {
  personId: string;
  /** The chat that asked, and the only one that the code is good in. */
  conversationId: string;
  accountId: string;
  /** What connecting needs of it. */
  cache: string;
  furtherScopes: string[];
  expiresAt: number;
}

/** The row's own id is in it, so that equal codes look different. */
const codeHash = (rowId: string, code: string) => createHash('sha256').update(`${rowId}.${code}`).digest();

/** In place of the sign-in that led here: one a person at a time. */
export async function saveWaitingAccount(
  sql: Sql,
  vault: Vault,
  tenantId: string,
  { rowId, code, ...waiting }: WaitingAccount & { rowId: string; code: string },
): Promise<void> {
  await sql.query('delete from cw.sign_in where tenant_id = $1 and person_id = $2', [tenantId, waiting.personId]);
  await sql.query(
    `insert into cw.sign_in (tenant_id, state_hash, person_id, conversation_id, verifier, expires_at, scopes, account_id,
       account_cache, code_hash) values ($1, $2, $3, $4, '', $5, $6, $7, $8, $9)`,
    [
      tenantId,
      rowId,
      waiting.personId,
      waiting.conversationId,
      at(waiting.expiresAt),
      waiting.furtherScopes,
      waiting.accountId,
      sealAccountCache(vault, tenantId, rowId, waiting.cache),
      codeHash(rowId, code),
    ],
  );
}

export type CodeTried =
  | { kind: 'right'; waiting: WaitingAccount }
  | { kind: 'wrong'; triesLeft: number }
  | { kind: 'none' };

interface Row extends WaitingAccount {
  rowId: string;
  hash: Buffer;
  tries: number;
}

/** Good once; of another chat than the one that asked nothing is said, not even that somebody waits. */
export async function tryAccountCode(
  sql: Sql,
  vault: Vault,
  who: { tenantId: string; personId: string; conversationId: string },
  code: string,
  now: number,
): Promise<CodeTried> {
  const { tenantId, personId, conversationId } = who;
  const [row] = await sql.query<Row>(
    `select state_hash as "rowId", person_id as "personId", conversation_id as "conversationId",
       account_id as "accountId", account_cache as cache, scopes as "furtherScopes", expires_at as "expiresAt",
       code_hash as hash, code_tries as tries
     from cw.sign_in where tenant_id = $1 and person_id = $2 and conversation_id = $3 and code_hash is not null
       and expires_at > $4 for update`,
    [tenantId, personId, conversationId, at(now)],
  );
  if (!row) return { kind: 'none' };
  const { rowId, hash, tries, ...waiting } = row;
  const isRight = timingSafeEqual(hash, codeHash(rowId, code));
  const triesLeft = isRight ? 0 : MOST_CODE_TRIES - tries - 1;
  await sql.query(
    triesLeft > 0
      ? 'update cw.sign_in set code_tries = code_tries + 1 where tenant_id = $1 and state_hash = $2'
      : 'delete from cw.sign_in where tenant_id = $1 and state_hash = $2',
    [tenantId, rowId],
  );
  if (!isRight) return { kind: 'wrong', triesLeft };
  return { kind: 'right', waiting: { ...waiting, cache: openAccountCache(vault, tenantId, rowId, waiting.cache) } };
}
