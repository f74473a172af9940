/** What “forget me” and the removal of the bot leave in a person's row, and who is to be looked at for it. */
import { at, type Sql } from './database.ts';

export interface Leaving {
  /** The bot was removed. */
  uninstalledAt: number | null;
  /** They were watched then. */
  watchedBefore: boolean;
  /** All is forgotten but what ends the subscriptions at Graph. */
  forgettingAt: number | null;
  seenAt: number;
  watch: 'off' | 'on' | 'reconnect';
}

type Who = { tenantId: string; personId: string };

/** The row stays locked until the transaction ends. */
export async function lockLeaving(sql: Sql, { tenantId, personId }: Who): Promise<Leaving | undefined> {
  const [row] = await sql.query<Leaving>(
    `select uninstalled_at as "uninstalledAt", watched_before as "watchedBefore", forgetting_at as "forgettingAt",
       seen_at as "seenAt", watch
     from cw.person where tenant_id = $1 and person_id = $2 for no key update`,
    [tenantId, personId],
  );
  return row;
}

/** What they said before is forgotten, but their sign-in still serves to end what Microsoft tells us. */
export async function isForgetting(sql: Sql, { tenantId, personId }: Who): Promise<boolean> {
  const rows = await sql.query(
    'select person_id from cw.person where tenant_id = $1 and person_id = $2 and forgetting_at is not null',
    [tenantId, personId],
  );
  return rows.length > 0;
}

/**
 * They removed the bot: who is watched by an admin's wish is not switched on again meanwhile. The first removal counts;
 * Teams may tell of it twice.
 */
export async function markUninstalled(sql: Sql, { tenantId, personId }: Who, now: number): Promise<void> {
  await sql.query(
    `update cw.person set uninstalled_at = $3, watched_before = watch <> 'off', declined_at = coalesce(declined_at, $3)
     where tenant_id = $1 and person_id = $2 and (uninstalled_at is null or seen_at > uninstalled_at)`,
    [tenantId, personId, at(now)],
  );
}

/** They are back. What they declined themselves before the removal stays declined. */
export async function clearUninstalled(sql: Sql, { tenantId, personId }: Who): Promise<void> {
  await sql.query(
    `update cw.person set declined_at = case when declined_at = uninstalled_at then null else declined_at end,
       uninstalled_at = null, watched_before = false
     where tenant_id = $1 and person_id = $2`,
    [tenantId, personId],
  );
}

/** In rooms' calendars, and in mails that are still to go, people are known by their address. */
async function scrubAddress(sql: Sql, { tenantId, personId }: Who): Promise<void> {
  const theirs = '(select p.address from cw.person p where p.tenant_id = $1 and p.person_id = $2)';
  await sql.query(
    `update cw.booking set organizer = '', organizer_name = '' where tenant_id = $1 and organizer = ${theirs}`,
    [tenantId, personId],
  );
  await sql.query(`update cw.check_in set organizer = '' where tenant_id = $1 and organizer = ${theirs}`, [
    tenantId,
    personId,
  ]);
  await sql.query(`delete from cw.errand where tenant_id = $1 and payload ->> 'to' = ${theirs}`, [tenantId, personId]);
}

/** They signed in again: what was to be forgotten is; these tokens are of the new beginning. */
export async function endLeaving(sql: Sql, { tenantId, personId }: Who): Promise<void> {
  await sql.query(
    `update cw.person set forgetting_at = null, access = 'delegated'
     where tenant_id = $1 and person_id = $2 and forgetting_at is not null`,
    [tenantId, personId],
  );
}

/** Nothing is left in the row but by whose account the subscriptions can be ended. */
export async function scrubPerson(sql: Sql, { tenantId, personId }: Who, now: number): Promise<void> {
  await scrubAddress(sql, { tenantId, personId });
  await sql.query(
    `update cw.person set conversation_id = null, locale = default, time_zone = default, watch = 'off', watch_since = null,
       is_admin = false, settings = '{}', welcomed_at = null, seen_at = $3, working_hours = null, away = null,
       address = null, replan_at = null, declined_at = null, own_before = false, uninstalled_at = null,
       watched_before = false, forgetting_at = $3
     where tenant_id = $1 and person_id = $2`,
    [tenantId, personId, at(now)],
  );
}

/** Their id in what is their organisation's. */
export async function scrubTenant(sql: Sql, { tenantId, personId }: Who): Promise<void> {
  await sql.query('update cw.tenant set paused_by = null where tenant_id = $1 and paused_by = $2', [
    tenantId,
    personId,
  ]);
  await sql.query(`update cw.app_watch set added_by = '' where tenant_id = $1 and added_by = $2`, [tenantId, personId]);
  await sql.query(`update cw.room set added_by = '' where tenant_id = $1 and added_by = $2`, [tenantId, personId]);
  await sql.query(`update cw.channel set added_by = null where tenant_id = $1 and added_by = $2`, [tenantId, personId]);
}

/** Group chats that they spoke in last, and their own; but for one that they wrote in since. */
export async function deleteChats(
  sql: Sql,
  { tenantId, personId }: Who,
  own: string | null,
  until: number,
): Promise<void> {
  const which = `tenant_id = $1 and seen_at <= $4 and (conversation_id = $3
    or lower(reference #>> '{user,aadObjectId}') = $2)`;
  const values = [tenantId, personId, own, at(until)];
  await sql.query(
    `delete from cw.turn_state s using cw.conversation c where s.tenant_id = $1 and c.tenant_id = $1 and c.seen_at <= $4
       and (c.conversation_id = $3 or lower(c.reference #>> '{user,aadObjectId}') = $2)
       and (right(s.key, length(c.conversation_id) + 1) = '/' || c.conversation_id
         or right(s.key, length(c.reference #>> '{user,id}') + 7) = '/users/' || (c.reference #>> '{user,id}'))`,
    values,
  );
  await sql.query(`delete from cw.conversation where ${which}`, values);
}

export async function mailboxesOf(sql: Sql, { tenantId, personId }: Who): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    'select mailbox_id as id from cw.mailbox where tenant_id = $1 and person_id = $2 order by mailbox_id',
    [tenantId, personId],
  );
  return rows.map((row) => row.id);
}

/** The row, and by cascade what was kept to end the subscriptions. */
export async function deletePerson(sql: Sql, { tenantId, personId }: Who): Promise<void> {
  await sql.query('delete from cw.person where tenant_id = $1 and person_id = $2', [tenantId, personId]);
}

/** They wrote again meanwhile, as a new person: whoever that is, nothing is left of the one before. */
export async function endForgetting(sql: Sql, { tenantId, personId }: Who): Promise<void> {
  await sql.query('delete from cw.mailbox where tenant_id = $1 and person_id = $2 and ending', [tenantId, personId]);
  await sql.query('delete from cw.token_cache where tenant_id = $1 and person_id = $2', [tenantId, personId]);
  await sql.query(
    `update cw.person set forgetting_at = null, account_id = null, access = 'delegated'
     where tenant_id = $1 and person_id = $2`,
    [tenantId, personId],
  );
}

/** Who removed the bot before that moment, and did not come back. */
export async function uninstalledPeople(system: Sql, most: number, before: number): Promise<Who[]> {
  return system.query<Who>(
    'select tenant_id as "tenantId", person_id as "personId" from cw.uninstalled_people($1, $2)',
    [most, at(before)],
  );
}

/** Of whom the rest may go; those whose subscriptions could not be ended since `waitedSince` too. */
export async function forgottenPeople(system: Sql, most: number, waitedSince: number): Promise<Who[]> {
  return system.query<Who>('select tenant_id as "tenantId", person_id as "personId" from cw.forgotten_people($1, $2)', [
    most,
    at(waitedSince),
  ]);
}
