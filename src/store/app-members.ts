/**
 * Members of a watched group become people who are watched, many in one statement; and those who left it. Everywhere the
 * person is locked before the mailbox, and people in the order of their ids.
 */
import { setAccess, type WhoseAccess } from './app-watch.ts';
import { at, type Sql } from './database.ts';
import { endMailbox } from './mailboxes.ts';
import { withdrawAll } from './nudges.ts';
import { lockPerson, setWatch } from './people.ts';

export interface Member {
  personId: string;
  /** When their calendar is read first: thousands begin one after the other. */
  dueAt: number;
}

interface Found {
  personId: string;
  watch: 'off' | 'on' | 'reconnect';
  hasChat: boolean;
  /** “watch off” or “forget me”: their word counts more than an admin's. */
  refuses: boolean;
}

/** They had all about them forgotten, or removed the app for good; the trail of who did what outlives that. */
const FORGOT = `exists (select from cw.audit a where a.tenant_id = $1 and a.person_id = p.person_id
  and a.act = 'forgot' and (a.actor_id is null or a.actor_id = p.person_id))`;

async function lockMembers(sql: Sql, tenantId: string, ids: string[], now: number): Promise<Found[]> {
  await sql.query(
    `insert into cw.person (tenant_id, person_id, access, seen_at)
     select $1, p.person_id, 'application', $3 from unnest($2::text[]) as p (person_id)
     where not ${FORGOT} order by p.person_id on conflict do nothing`,
    [tenantId, ids, at(now)],
  );
  return sql.query<Found>(
    `select p.person_id as "personId", p.watch, p.conversation_id is not null as "hasChat",
       p.declined_at is not null or ${FORGOT} as refuses
     from cw.person p where p.tenant_id = $1 and p.person_id = any ($2) and p.forgetting_at is null
     order by p.person_id for no key update`,
    [tenantId, ids],
  );
}

/** As watchMailbox (mailboxes.ts), for many: nobody is greeted, and the profile is read with the first sync. */
export async function watchMailboxes(sql: Sql, tenantId: string, members: Member[], now: number): Promise<void> {
  const ids = members.map((one) => one.personId);
  await sql.query(
    `update cw.subscription s set proven_at = to_timestamp(0) from cw.mailbox m
     where s.tenant_id = $1 and m.tenant_id = $1 and m.mailbox_id = any ($2) and s.mailbox_id = m.mailbox_id and m.ending`,
    [tenantId, ids],
  );
  await sql.query(
    `with ordered as materialized (select mailbox_id, calendar_id from cw.feed
       where tenant_id = $1 and mailbox_id = any ($2) order by mailbox_id, calendar_id for no key update)
     update cw.feed f set asked_at = least(f.asked_at, $3), asks = f.asks + 1
     from ordered where f.tenant_id = $1 and f.mailbox_id = ordered.mailbox_id and f.calendar_id = ordered.calendar_id`,
    [tenantId, ids, at(now)],
  );
  await sql.query(
    `insert into cw.mailbox as m (tenant_id, mailbox_id, person_id, sync_due_at, care_due_at, sync_fence, care_fence)
     select $1, one.id, one.id, one.due, one.due, $4, $4
     from unnest($2::text[], $3::timestamptz[]) as one (id, due) order by one.id
     on conflict (tenant_id, mailbox_id) do update set sync_due_at = excluded.sync_due_at,
       care_due_at = excluded.care_due_at, sync_failures = 0, care_failures = 0, sync_lease = null, care_lease = null,
       sync_fence = m.sync_fence + 1, care_fence = m.care_fence + 1, greet = false, ending = false,
       unreadable_since = null, profile_at = null`,
    [tenantId, ids, members.map((one) => at(one.dueAt)), Math.floor(now)],
  );
  await sql.query(
    `insert into cw.feed (tenant_id, mailbox_id, calendar_id, window_from, window_to)
     select $1, one.id, '', $3, $3 from unnest($2::text[]) as one (id) order by one.id on conflict do nothing`,
    [tenantId, ids, at(now)],
  );
}

/**
 * The application reads them from now on. What their own sign-in began is not its to go on with, nor is the calendar of
 * another account, which is forgotten. Their rows are locked. Who is watched goes back to their own sign-in once the
 * admin's watch ends.
 */
export async function takeOver(sql: Sql, tenantId: string, ids: readonly string[], now: number): Promise<void> {
  const others = await sql.query<{ personId: string }>(
    `select person_id as "personId" from cw.person where tenant_id = $1 and person_id = any ($2)
       and access = 'delegated' and account_id is not null order by person_id`,
    [tenantId, ids],
  );
  for (const { personId } of others) {
    await withdrawAll(sql, tenantId, personId, 'the application took over', now);
    await endMailbox(sql, tenantId, personId, now);
  }
  // Made with a token of theirs, they are not the application's to renew; they end by themselves within a week.
  await sql.query(
    `delete from cw.subscription s using cw.person p where s.tenant_id = $1 and s.mailbox_id = any ($2)
       and p.tenant_id = $1 and p.person_id = s.mailbox_id and p.access = 'delegated'`,
    [tenantId, ids],
  );
  await sql.query(
    `update cw.person set own_before = watch <> 'off' and account_id is null, access = 'application', account_id = null
     where tenant_id = $1 and person_id = any ($2) and (access = 'delegated' or account_id is not null or own_before)`,
    [tenantId, ids],
  );
}

/** Of these, who was not told yet that an admin has them watched; told now. */
async function claimGreetings(
  sql: Sql,
  { tenantId, watchId }: { tenantId: string; watchId: string },
  ids: string[],
  now: number,
): Promise<Set<string>> {
  const rows = await sql.query<{ personId: string }>(
    `update cw.app_member set greeted_at = $4 where tenant_id = $1 and watch_id = $2 and person_id = any ($3)
       and greeted_at is null returning person_id as "personId"`,
    [tenantId, watchId, ids, at(now)],
  );
  return new Set(rows.map((row) => row.personId));
}

/**
 * Those of these members who are not watched yet are from now on, by the application's access. Who connected themselves
 * goes on by that; who has lost that access is read by the application. Returns those who were off before, whether they
 * are to be told of it, and undefined when the watch has been ended meanwhile.
 */
export async function takeMembers(
  sql: Sql,
  watch: { tenantId: string; watchId: string },
  members: Member[],
  now: number,
): Promise<{ begun: { personId: string; isToBeTold: boolean }[] } | undefined> {
  const { tenantId, watchId } = watch;
  const standing = await sql.query(
    'select watch_id from cw.app_watch where tenant_id = $1 and watch_id = $2 and not ending for share',
    [tenantId, watchId],
  );
  if (standing.length === 0) return undefined;
  const ids = members.map((one) => one.personId);
  const found = await lockMembers(sql, tenantId, ids, now);
  await sql.query(
    `insert into cw.app_member as m (tenant_id, watch_id, person_id, seen_at, joined_at)
     select $1, $2, one.id, $4, $4 from unnest($3::text[]) as one (id) order by one.id
     on conflict (tenant_id, watch_id, person_id) do update set seen_at = greatest(m.seen_at, $4)`,
    [tenantId, watchId, found.map((one) => one.personId), at(now)],
  );
  const starting = new Set(found.filter((one) => !one.refuses && one.watch !== 'on').map((one) => one.personId));
  if (starting.size === 0) return { begun: [] };
  await takeOver(sql, tenantId, [...starting].sort(), now);
  await sql.query(
    `update cw.person set watch = 'on',
       watch_since = case when watch = 'reconnect' then coalesce(watch_since, $3) else $3 end
     where tenant_id = $1 and person_id = any ($2)`,
    [tenantId, [...starting], at(now)],
  );
  await watchMailboxes(
    sql,
    tenantId,
    members.filter((one) => starting.has(one.personId)),
    now,
  );
  const begun = found.filter((one) => starting.has(one.personId) && one.watch === 'off');
  const reached = begun.filter((one) => one.hasChat).map((one) => one.personId);
  const untold = await claimGreetings(sql, watch, reached, now);
  return { begun: begun.map(({ personId }) => ({ personId, isToBeTold: untold.has(personId) })) };
}

/** Not seen in the group since `before`. */
export async function leaversOf(
  sql: Sql,
  watch: { tenantId: string; watchId: string },
  before: number,
  most: number,
): Promise<string[]> {
  const rows = await sql.query<{ personId: string }>(
    `select person_id as "personId" from cw.app_member where tenant_id = $1 and watch_id = $2 and seen_at < $3
     order by person_id limit $4`,
    [watch.tenantId, watch.watchId, at(before), most],
  );
  return rows.map((row) => row.personId);
}

/** What becomes of somebody who is in a watched group no more. */
export type Left = 'stays' | 'own' | 'off';

/**
 * Out of this watch. In another one, or connected by themselves, they stay; who had connected themselves before the
 * application took over goes back to that; everybody else is watched no more, and their replica goes.
 */
export async function leave(
  sql: Sql,
  watch: { tenantId: string; watchId: string },
  personId: string,
  now: number,
): Promise<Left> {
  const { tenantId, watchId } = watch;
  const person = await lockPerson(sql, tenantId, personId);
  await sql.query('delete from cw.app_member where tenant_id = $1 and watch_id = $2 and person_id = $3', [
    tenantId,
    watchId,
    personId,
  ]);
  const [standing] = await sql.query<{ access: WhoseAccess; ownBefore: boolean; others: number }>(
    `select p.access, p.own_before as "ownBefore", (select count(*) from cw.app_member m where m.tenant_id = $1
       and m.person_id = $2)::int as others
     from cw.person p where p.tenant_id = $1 and p.person_id = $2`,
    [tenantId, personId],
  );
  if (!person || !standing || standing.access === 'delegated' || standing.others > 0 || person.watch === 'off')
    return 'stays';
  if (standing.ownBefore) {
    await setAccess(sql, tenantId, personId, 'delegated');
    await sql.query('delete from cw.subscription where tenant_id = $1 and mailbox_id = $2', [tenantId, personId]);
    await sql.query(
      `update cw.mailbox set care_due_at = $3, care_lease = null, care_fence = care_fence + 1 where tenant_id = $1 and mailbox_id = $2 and care_due_at is not null`,
      [tenantId, personId, at(now)],
    );
    return 'own';
  }
  await setWatch(sql, tenantId, personId, 'off', null);
  await withdrawAll(sql, tenantId, personId, 'an admin’s watch ended', now);
  await endMailbox(sql, tenantId, personId, now);
  return 'off';
}
