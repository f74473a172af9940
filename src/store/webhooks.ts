/**
 * Addresses that rules tell, each with a secret of its own to sign with. Both are sealed (an address may carry a secret);
 * the host alone lies in the clear, for people to tell them apart.
 */
import { hash } from 'node:crypto';
import { CalendarWatchError } from '../errors.ts';
import { checkOutgoingUrl } from '../net/outgoing.ts';
import { at, type Sql } from './database.ts';
import { lockPerson } from './people.ts';
import type { Vault } from './vault.ts';

export const MOST_WEBHOOKS = 10;
/** Why a run was withdrawn that would have been sent. */
export const IS_OFF = 'the webhook is switched off';
/** As Standard Webhooks recommends: between 24 and 64. */
const SECRET_BYTES = 24;

export const ofUrl = (tenantId: string, webhookId: string) => ({ table: 'webhook.url', tenantId, rowId: webhookId });
export const ofSecret = (tenantId: string, webhookId: string) => ({
  table: 'webhook.secret',
  tenantId,
  rowId: webhookId,
});

interface Who {
  tenantId: string;
  personId: string;
}

export interface Webhook {
  webhookId: string;
  personId: string;
  host: string;
  madeAt: number;
  /** Since when nothing was taken; null: the last attempt was. */
  failingSince: number | null;
  offAt: number | null;
}

const WEBHOOK = `webhook_id as "webhookId", person_id as "personId", host, made_at as "madeAt",
  failing_since as "failingSince", off_at as "offAt"`;

/** "whsec_" and base64, as the standard writes secrets. @param random at least as hard to guess as 24 random bytes */
export const secretFrom = (random: string): string =>
  `whsec_${hash('sha256', random, 'buffer').subarray(0, SECRET_BYTES).toString('base64')}`;

/**
 * Returns the secret: it is shown now and never again.
 * @param random nobody may guess it. Throws OUTGOING_REFUSED for an address that nothing is sent to.
 */
export async function makeWebhook(
  sql: Sql,
  vault: Vault,
  { tenantId, personId }: Who,
  { webhookId, url, random }: { webhookId: string; url: string; random: string },
  now: number,
): Promise<{ webhook: Webhook; secret: string }> {
  const { href, host } = checkOutgoingUrl(url.trim());
  // Two that are made at once are counted one after the other.
  await lockPerson(sql, tenantId, personId);
  if ((await webhooksOf(sql, { tenantId, personId })).length >= MOST_WEBHOOKS)
    throw new CalendarWatchError('COMMAND_INVALID', 'a person wants more webhooks than there may be', {
      say: `You have ${MOST_WEBHOOKS} webhooks already, which is as many as I keep. Remove one first.`,
    });
  const secret = secretFrom(random);
  await sql.query(
    `insert into cw.webhook (tenant_id, webhook_id, person_id, url, host, secret, made_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      tenantId,
      webhookId,
      personId,
      vault.seal(href, ofUrl(tenantId, webhookId)),
      host,
      vault.seal(secret, ofSecret(tenantId, webhookId)),
      at(now),
    ],
  );
  return { webhook: { webhookId, personId, host, madeAt: now, failingSince: null, offAt: null }, secret };
}

export async function webhooksOf(sql: Sql, { tenantId, personId }: Who): Promise<Webhook[]> {
  return sql.query<Webhook>(
    `select ${WEBHOOK} from cw.webhook where tenant_id = $1 and person_id = $2 order by made_at, webhook_id limit 100`,
    [tenantId, personId],
  );
}

/** Of that person alone. */
export async function findWebhook(
  sql: Sql,
  { tenantId, personId }: Who,
  webhookId: string,
): Promise<Webhook | undefined> {
  const [row] = await sql.query<Webhook>(
    `select ${WEBHOOK} from cw.webhook where tenant_id = $1 and person_id = $2 and webhook_id = $3`,
    [tenantId, personId, webhookId],
  );
  return row;
}

/** What a webhook did not take. */
export interface HookFailure {
  webhookId: string;
  /** Why, at the last attempt: "HTTP 500", "ECONNREFUSED". */
  reason: string;
  dueAt: number;
  isTest: boolean;
  /** It is not tried again. */
  isOver: boolean;
}

/** The last few of each of a person's webhooks, the newest first. */
export async function failuresOf(sql: Sql, { tenantId, personId }: Who, mostEach: number): Promise<HookFailure[]> {
  return sql.query<HookFailure>(
    `select "webhookId", reason, "dueAt", "isTest", "isOver" from (
       select e.*, row_number() over (partition by "webhookId" order by "dueAt" desc, errand_id) as place from (
         select errand_id, coalesce(payload ->> 'ping', payload #>> '{deed,webhookId}') as "webhookId", reason,
           due_at as "dueAt", payload ? 'ping' as "isTest", state in ('failed', 'missed') as "isOver"
         from cw.errand where tenant_id = $1 and person_id = $2 and kind = 'webhook' and attempts > 0
           and reason is not null and state in ('planned', 'claimed', 'failed', 'missed')) e) f
     where place <= $3 order by "webhookId", place, errand_id limit 100`,
    [tenantId, personId, mostEach],
  );
}

/** Where to, and what to sign with. Throws SECRET_UNREADABLE. */
export async function openWebhook(
  sql: Sql,
  vault: Vault,
  { tenantId, personId }: Who,
  webhookId: string,
): Promise<{ url: string; secret: string } | undefined> {
  const [row] = await sql.query<{ url: string; secret: string }>(
    'select url, secret from cw.webhook where tenant_id = $1 and person_id = $2 and webhook_id = $3',
    [tenantId, personId, webhookId],
  );
  return (
    row && {
      url: vault.open(row.url, ofUrl(tenantId, webhookId)),
      secret: vault.open(row.secret, ofSecret(tenantId, webhookId)),
    }
  );
}

/** False: there is none. What was to be sent there is withdrawn when it is due. */
export async function removeWebhook(sql: Sql, { tenantId, personId }: Who, webhookId: string): Promise<boolean> {
  const rows = await sql.query(
    'delete from cw.webhook where tenant_id = $1 and person_id = $2 and webhook_id = $3 returning webhook_id',
    [tenantId, personId, webhookId],
  );
  return rows.length > 0;
}

/** With a clean slate: five days of failing begin anew. False: there is none. */
export async function switchWebhookOn(sql: Sql, { tenantId, personId }: Who, webhookId: string): Promise<boolean> {
  const rows = await sql.query(
    `update cw.webhook set off_at = null, failing_since = null
     where tenant_id = $1 and person_id = $2 and webhook_id = $3 returning webhook_id`,
    [tenantId, personId, webhookId],
  );
  return rows.length > 0;
}

/** False: it was off, or there is none. Of several that find it failing, one switches it off, and tells. */
export async function switchWebhookOff(
  sql: Sql,
  { tenantId, personId }: Who,
  webhookId: string,
  now: number,
): Promise<boolean> {
  const rows = await sql.query(
    `update cw.webhook set off_at = $4
     where tenant_id = $1 and person_id = $2 and webhook_id = $3 and off_at is null returning webhook_id`,
    [tenantId, personId, webhookId, at(now)],
  );
  return rows.length > 0;
}

/** Notes how an attempt went; returns since when nothing was taken. */
export async function noteAttempt(
  sql: Sql,
  { tenantId, personId }: Who,
  webhookId: string,
  wasTaken: boolean,
  now: number,
): Promise<number | undefined> {
  const [row] = await sql.query<{ failingSince: number | null }>(
    `update cw.webhook set failing_since = case when $4 then null else coalesce(failing_since, $5) end
     where tenant_id = $1 and person_id = $2 and webhook_id = $3 returning failing_since as "failingSince"`,
    [tenantId, personId, webhookId, wasTaken, at(now)],
  );
  return row?.failingSince ?? undefined;
}
