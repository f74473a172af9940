/** The rows in cw.person and cw.mailbox that rooms have, as people who are watched by the application have them. */
import { type Member, watchMailboxes } from './app-members.ts';
import { at, type Sql } from './database.ts';
import { scrubPerson } from './forgetting.ts';
import { endMailbox } from './mailboxes.ts';
import { withdrawAll } from './nudges.ts';
import { lockPerson } from './people.ts';

export interface NewRoom extends Member {
  /** SMTP, lower case. */
  address: string;
}

/**
 * Watched from now on, by the application's access; those that are already stay as they are. Whoever speaks to the bot
 * is no room, whatever Places says. Returns the ids of all that are rooms now.
 */
export async function watchRooms(
  sql: Sql,
  tenantId: string,
  rooms: readonly NewRoom[],
  now: number,
): Promise<Set<string>> {
  const ids = rooms.map((one) => one.personId);
  await sql.query(
    `insert into cw.person (tenant_id, person_id, access, kind, seen_at)
     select $1, one.id, 'application', 'room', $3 from unnest($2::text[]) as one (id) order by one.id on conflict do nothing`,
    [tenantId, ids, at(now)],
  );
  const found = await sql.query<{ personId: string; kind: string; watch: string }>(
    `select person_id as "personId", kind, watch from cw.person where tenant_id = $1 and person_id = any ($2)
       and conversation_id is null order by person_id for no key update`,
    [tenantId, ids],
  );
  const known = new Set(found.map((one) => one.personId));
  const theirs = rooms.filter((one) => known.has(one.personId));
  await sql.query(
    `update cw.person p set kind = 'room', access = 'application', account_id = null, address = one.address, watch = 'on',
       watch_since = coalesce(p.watch_since, $4), forgetting_at = null, declined_at = null
     from unnest($2::text[], $3::text[]) as one (id, address) where p.tenant_id = $1 and p.person_id = one.id`,
    [tenantId, theirs.map((one) => one.personId), theirs.map((one) => one.address), at(now)],
  );
  // One that could not be read is tried at once: an admin may have allowed it since.
  const isRead = new Set(
    (
      await sql.query<{ id: string }>(
        `select mailbox_id as id from cw.mailbox where tenant_id = $1 and mailbox_id = any ($2) and synced_at is not null
           and unreadable_since is null and sync_failures = 0`,
        [tenantId, ids],
      )
    ).map((row) => row.id),
  );
  const isOn = new Set(
    found
      .filter((one) => one.kind === 'room' && one.watch === 'on' && isRead.has(one.personId))
      .map((one) => one.personId),
  );
  const starting = theirs.filter((one) => !isOn.has(one.personId));
  if (starting.length > 0) await watchMailboxes(sql, tenantId, starting, now);
  return known;
}

/** The replica goes at once, the row once Graph's subscription has ended. */
export async function unwatchRoom(sql: Sql, tenantId: string, roomId: string, now: number): Promise<void> {
  const person = await lockPerson(sql, tenantId, roomId);
  if (person?.kind !== 'room') return;
  await withdrawAll(sql, tenantId, roomId, 'the room was removed', now);
  await endMailbox(sql, tenantId, roomId, now);
  await scrubPerson(sql, { tenantId, personId: roomId }, now);
}

/** Of which rooms it is known how they stand: those whose calendars were read, and can be. */
/** @param until read at least so far ahead */
export async function readableRooms(sql: Sql, tenantId: string, until?: number): Promise<Set<string>> {
  const rows = await sql.query<{ roomId: string }>(
    `select r.room_id as "roomId" from cw.room r join cw.mailbox m on m.tenant_id = r.tenant_id and m.mailbox_id = r.room_id
     where r.tenant_id = $1 and m.synced_at is not null and m.unreadable_since is null and not m.ending
       and ($2::timestamptz is null or exists (select from cw.feed f where f.tenant_id = m.tenant_id
         and f.mailbox_id = m.mailbox_id and f.calendar_id = '' and f.window_to >= $2))`,
    [tenantId, at(until)],
  );
  return new Set(rows.map((row) => row.roomId));
}

export async function countRooms(sql: Sql, tenantId: string): Promise<number> {
  const [row] = await sql.query<{ rooms: number }>('select count(*)::int as rooms from cw.room where tenant_id = $1', [
    tenantId,
  ]);
  return row?.rooms ?? 0;
}

/** What an admin chose for rooms counts at once. */
export async function replanRooms(sql: Sql, tenantId: string, now: number): Promise<void> {
  await sql.query(
    `with ordered as materialized (select person_id from cw.person where tenant_id = $1 and kind = 'room' and watch = 'on'
       order by person_id for no key update)
     update cw.person p set replan_at = least(p.replan_at, $2) from ordered o
     where p.tenant_id = $1 and p.person_id = o.person_id`,
    [tenantId, at(now)],
  );
}
