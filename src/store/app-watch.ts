/** What admins have the application watch (groups, whole tenants), and who is watched because of it. */
import { CalendarWatchError } from '../errors.ts';
import { at, type Sql } from './database.ts';

/** By whose permission a person's calendar is read. */
export type WhoseAccess = 'delegated' | 'application';

export interface AppWatch {
  tenantId: string;
  watchId: string;
  kind: 'group' | 'tenant';
  /** Of the group; '' for the tenant. */
  objectId: string;
  label: string;
  failures: number;
  /** An admin ended it. */
  ending: boolean;
}

export interface AppWatchLease {
  tenantId: string;
  watchId: string;
  /** Also the fence: whoever extends it names the one that they hold. */
  until: number;
}

const WATCH = `tenant_id as "tenantId", watch_id as "watchId", kind, object_id as "objectId", label, failures, ending`;

export async function accessOf(sql: Sql, tenantId: string, personId: string): Promise<WhoseAccess> {
  const [row] = await sql.query<{ access: WhoseAccess }>(
    'select access from cw.person where tenant_id = $1 and person_id = $2',
    [tenantId, personId],
  );
  return row?.access ?? 'delegated';
}

/** Watched just now, because an admin wants it. */
export async function isReadByApplication(sql: Sql, tenantId: string, personId: string): Promise<boolean> {
  const rows = await sql.query(
    `select person_id from cw.person where tenant_id = $1 and person_id = $2 and access = 'application' and watch = 'on'`,
    [tenantId, personId],
  );
  return rows.length > 0;
}

export async function setAccess(sql: Sql, tenantId: string, personId: string, access: WhoseAccess): Promise<void> {
  await sql.query('update cw.person set access = $3, own_before = false where tenant_id = $1 and person_id = $2', [
    tenantId,
    personId,
    access,
  ]);
}

/** They said “watch off” (null: they said “watch on” since). */
export async function setDeclined(sql: Sql, tenantId: string, personId: string, since: number | null): Promise<void> {
  await sql.query(
    `update cw.person set declined_at = $3 where tenant_id = $1 and person_id = $2 and declined_at is distinct from $3`,
    [tenantId, personId, at(since)],
  );
}

/** They signed in themselves, though the application reads: should it stop, they go on by themselves. */
export async function keepOwn(sql: Sql, tenantId: string, personId: string): Promise<void> {
  await sql.query(
    `update cw.person set own_before = true where tenant_id = $1 and person_id = $2 and access = 'application'`,
    [tenantId, personId],
  );
}

/** Whether an admin has this person watched, or would if they had not switched it off. */
export async function isMember(sql: Sql, tenantId: string, personId: string): Promise<boolean> {
  const rows = await sql.query(
    `select m.watch_id from cw.app_member m join cw.app_watch w
       on w.tenant_id = m.tenant_id and w.watch_id = m.watch_id and not w.ending
     where m.tenant_id = $1 and m.person_id = $2 order by m.watch_id limit 1`,
    [tenantId, personId],
  );
  return rows.length > 0;
}

/** The application reads for them, or will as soon as they want to be watched. */
export const isMemberByApplication = async (sql: Sql, tenantId: string, personId: string): Promise<boolean> =>
  (await accessOf(sql, tenantId, personId)) === 'application' && (await isMember(sql, tenantId, personId));

/** Of a tenant, those that are ending among them. */
export const MOST_WATCHES = 500;

/** A known one goes on, however many there are. */
async function refuseTooMany(sql: Sql, { tenantId, kind, objectId }: Pick<AppWatch, 'tenantId' | 'kind' | 'objectId'>) {
  const [row] = await sql.query<{ others: number; isKnown: boolean }>(
    `select count(*)::int as others, coalesce(bool_or(kind = $2 and object_id = $3), false) as "isKnown"
     from cw.app_watch where tenant_id = $1`,
    [tenantId, kind, objectId],
  );
  if (!row || row.isKnown || row.others < MOST_WATCHES) return;
  throw new CalendarWatchError('COMMAND_INVALID', 'more watched groups in a tenant than there may be', {
    say: `I watch ${MOST_WATCHES} groups already, which is as many as I can. **admin unwatch group** with its name ends one.`,
  });
}

/** True when it is new; one that was ending goes on. Its members are read at once. */
export async function addWatch(
  sql: Sql,
  watch: Pick<AppWatch, 'tenantId' | 'watchId' | 'kind' | 'objectId' | 'label'> & { addedBy: string },
  now: number,
): Promise<boolean> {
  await refuseTooMany(sql, watch);
  const [row] = await sql.query<{ watchId: string }>(
    `insert into cw.app_watch as w (tenant_id, watch_id, kind, object_id, label, added_by, added_at, look_at)
     values ($1, $2, $3, $4, $5, $6, $7, $7)
     on conflict (tenant_id, kind, object_id) do update set label = $5, look_at = $7, lease = null, ending = false,
       failures = 0
     returning watch_id as "watchId"`,
    [watch.tenantId, watch.watchId, watch.kind, watch.objectId, watch.label, watch.addedBy, at(now)],
  );
  return row?.watchId === watch.watchId;
}

/** Its people are switched off by the job, in steps. False when there is none of that name. */
export async function endAppWatch(sql: Sql, tenantId: string, watchId: string, now: number): Promise<boolean> {
  const rows = await sql.query(
    `update cw.app_watch set ending = true, look_at = $3, lease = null, failures = 0
     where tenant_id = $1 and watch_id = $2 returning watch_id`,
    [tenantId, watchId, at(now)],
  );
  return rows.length > 0;
}

export async function findAppWatch(sql: Sql, tenantId: string, watchId: string): Promise<AppWatch | undefined> {
  const [row] = await sql.query<AppWatch>(`select ${WATCH} from cw.app_watch where tenant_id = $1 and watch_id = $2`, [
    tenantId,
    watchId,
  ]);
  return row;
}

export interface ShownWatch extends Pick<AppWatch, 'watchId' | 'kind' | 'objectId' | 'label' | 'ending'> {
  lookedAt: number | null;
  problem: string | null;
  members: number;
  watched: number;
  /** They said “watch off”. */
  declined: number;
  /** Watched, but their calendar can't be read. */
  troubled: number;
}

/** What fails once or twice may pass. */
const TROUBLE_FROM = 3;

export async function appWatches(sql: Sql, tenantId: string): Promise<ShownWatch[]> {
  return sql.query<ShownWatch>(
    `select w.watch_id as "watchId", w.kind, w.object_id as "objectId", w.label, w.ending, w.looked_at as "lookedAt",
       w.problem, count(m.person_id)::int as members, (count(*) filter (where p.watch = 'on'))::int as watched,
       (count(*) filter (where p.declined_at is not null and p.watch = 'off'))::int as declined,
       (count(*) filter (where p.watch = 'on' and (b.unreadable_since is not null or b.sync_failures >= $2
         or b.care_failures >= $2)))::int as troubled
     from cw.app_watch w
     left join cw.app_member m on m.tenant_id = w.tenant_id and m.watch_id = w.watch_id
     left join cw.person p on p.tenant_id = m.tenant_id and p.person_id = m.person_id
     left join cw.mailbox b on b.tenant_id = p.tenant_id and b.mailbox_id = p.person_id
     where w.tenant_id = $1 group by w.tenant_id, w.watch_id
     order by w.kind, w.label, w.watch_id limit ${MOST_WATCHES}`,
    [tenantId, TROUBLE_FROM],
  );
}

/** Everybody is watched. */
export async function watchesTenant(sql: Sql, tenantId: string): Promise<boolean> {
  const rows = await sql.query(
    `select watch_id from cw.app_watch where tenant_id = $1 and kind = 'tenant' and not ending`,
    [tenantId],
  );
  return rows.length > 0;
}

/** Somebody whom the application reads, for a look at whether it may. */
export async function someMember(sql: Sql, tenantId: string, but: string): Promise<string | undefined> {
  const [row] = await sql.query<{ personId: string }>(
    `select m.person_id as "personId" from cw.app_member m
     join cw.person p on p.tenant_id = m.tenant_id and p.person_id = m.person_id
     where m.tenant_id = $1 and p.watch = 'on' and p.access = 'application' and m.person_id <> $2
     order by m.seen_at desc, m.person_id limit 1`,
    [tenantId, but],
  );
  return row?.personId;
}

export async function claimAppWatches(
  system: Sql,
  most: number,
  leaseMs: number,
  now: number,
): Promise<AppWatchLease[]> {
  const rows = await system.query<Omit<AppWatchLease, 'until'>>(
    'select tenant_id as "tenantId", watch_id as "watchId" from cw.claim_app_watches($1, $2, $3)',
    [most, leaseMs, at(now)],
  );
  return rows.map((row) => ({ ...row, until: now + leaseMs }));
}

/** False: it is somebody else's now, or an admin has said something new since. */
export async function extendAppLease(sql: Sql, lease: AppWatchLease, until: number): Promise<boolean> {
  const rows = await sql.query(
    'update cw.app_watch set lease = $4 where tenant_id = $1 and watch_id = $2 and lease = $3 returning watch_id',
    [lease.tenantId, lease.watchId, at(lease.until), at(until)],
  );
  return rows.length > 0;
}

/** `problem` null: all members were read. Otherwise it is looked again at `lookAt`, and counted as a failure. */
export async function settleAppWatch(
  sql: Sql,
  lease: AppWatchLease,
  settled: { lookAt: number; problem: string | null },
  now: number,
): Promise<void> {
  await sql.query(
    `update cw.app_watch set lease = null, look_at = $4, problem = $5::text,
       failures = case when $5::text is null then 0 else failures + 1 end,
       looked_at = case when $5::text is null then $6::timestamptz else looked_at end
     where tenant_id = $1 and watch_id = $2 and lease = $3`,
    [lease.tenantId, lease.watchId, at(lease.until), at(settled.lookAt), settled.problem, at(now)],
  );
}

/** Nobody is left in it. */
export async function forgetAppWatch(sql: Sql, lease: AppWatchLease): Promise<void> {
  await sql.query('delete from cw.app_watch where tenant_id = $1 and watch_id = $2 and lease = $3 and ending', [
    lease.tenantId,
    lease.watchId,
    at(lease.until),
  ]);
}
