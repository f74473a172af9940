/**
 * Single sign-on under way: it belongs to the sign-in whose link is the button of the same card, and ends with it. Every
 * device that a person has Teams on hands over a token; one of them is exchanged.
 */
import { SECOND_MS } from '../clock.ts';
import { at, type Sql } from './database.ts';

interface Who {
  tenantId: string;
  personId: string;
  conversationId: string;
}

/** `page`: the sign-in page is needed. `failed`: another card was sent instead. */
export type ExchangeState = 'offered' | 'begun' | 'done' | 'page' | 'failed';

/** Longer than an exchange takes: whoever began it before that was killed over it, and the next device may try. */
const EXCHANGE_MS = 30 * SECOND_MS;

const PENDING = `tenant_id = $1 and person_id = $2 and conversation_id = $3 and expires_at > $4 and exchange_id is not null`;

/** Nobody is at it. @param before the parameter: who began earlier is gone */
const isOpen = (before: string) =>
  `(exchange_state = 'offered' or (exchange_state = 'begun' and begun_at < ${before}))`;

/**
 * For the link that was just made. False: it is for the page, where another account can be chosen, because another one
 * was connected.
 */
export async function offerExchange(sql: Sql, who: Who, exchangeId: string): Promise<boolean> {
  const rows = await sql.query(
    `update cw.sign_in s set exchange_id = $4, exchange_state = 'offered'
     where s.tenant_id = $1 and s.person_id = $2 and s.conversation_id = $3 and not exists (select from cw.person p
       where p.tenant_id = s.tenant_id and p.person_id = s.person_id and p.account_id is not null)
     returning 1 as one`,
    [who.tenantId, who.personId, who.conversationId, exchangeId],
  );
  return rows.length > 0;
}

/** Whoever is told 'offered' has it alone from then on. Undefined: no such exchange, or none any more. */
export async function beginExchange(
  sql: Sql,
  who: Who,
  exchangeId: string,
  now: number,
): Promise<ExchangeState | undefined> {
  const { tenantId, personId, conversationId } = who;
  const key = [tenantId, personId, conversationId, at(now), exchangeId];
  const [row] = await sql.query<{ state: ExchangeState }>(
    `select case when ${isOpen('$6')} then 'offered' else exchange_state end as state from cw.sign_in
     where ${PENDING} and exchange_id = $5 for update`,
    [...key, at(now - EXCHANGE_MS)],
  );
  if (row?.state === 'offered')
    await sql.query(
      `update cw.sign_in set exchange_state = 'begun', begun_at = $6 where ${PENDING} and exchange_id = $5`,
      [...key, at(now)],
    );
  return row?.state;
}

export async function settleExchange(
  sql: Sql,
  { tenantId, personId }: Pick<Who, 'tenantId' | 'personId'>,
  exchangeId: string,
  state: Exclude<ExchangeState, 'begun' | 'failed'>,
): Promise<void> {
  await sql.query(
    `update cw.sign_in set exchange_state = $4
     where tenant_id = $1 and person_id = $2 and exchange_id = $3 and exchange_state = 'begun'`,
    [tenantId, personId, exchangeId, state],
  );
}

/** True once: for whoever is to show another way. False while another device is at it, or has done it. */
export async function failExchange(
  sql: Sql,
  { tenantId, personId, conversationId }: Who,
  now: number,
): Promise<boolean> {
  const rows = await sql.query(
    `update cw.sign_in set exchange_state = 'failed' where ${PENDING} and ${isOpen('$5')} returning 1 as one`,
    [tenantId, personId, conversationId, at(now), at(now - EXCHANGE_MS)],
  );
  return rows.length > 0;
}
