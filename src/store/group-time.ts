/** What the average hours of a watched group are computed from: its people in pages, and their entries without their words. */
import type { CalendarEvent } from '../calendar/event.ts';
import type { WorkingHours } from '../calendar/working-hours.ts';
import type { ActDetail } from '../privacy/acts.ts';
import { at, type Sql } from './database.ts';

export interface GroupMember {
  personId: string;
  timeZone: string;
  workingHours: WorkingHours | null;
}

/** In the group, watched and read, all since before $3. `m` is the membership. */
const STEADY = `p.watch = 'on' and p.kind = 'person' and p.watch_since <= $3
  and (m.joined_at is null or m.joined_at <= $3)
  and exists (select from cw.feed f where f.tenant_id = m.tenant_id and f.mailbox_id = m.person_id and f.calendar_id = ''
    and f.delta_link is not null and f.window_from <= $3)`;

/** In the order of their ids, those after `after`. */
export async function steadyMembers(
  sql: Sql,
  watch: { tenantId: string; watchId: string },
  since: number,
  page: { after: string; most: number },
): Promise<GroupMember[]> {
  return sql.query<GroupMember>(
    `select m.person_id as "personId", p.time_zone as "timeZone", p.working_hours as "workingHours"
     from cw.app_member m join cw.person p on p.tenant_id = m.tenant_id and p.person_id = m.person_id
     where m.tenant_id = $1 and m.watch_id = $2 and ${STEADY} and m.person_id > $4
     order by m.person_id limit $5`,
    [watch.tenantId, watch.watchId, at(since), page.after, page.most],
  );
}

/** How many are in one of the two and not in the other. */
export async function differenceOf(
  sql: Sql,
  tenantId: string,
  watchIds: readonly [string, string],
  since: number,
): Promise<number> {
  const [row] = await sql.query<{ people: number }>(
    `select count(*)::int as people from (
       select m.person_id from cw.app_member m join cw.person p on p.tenant_id = m.tenant_id and p.person_id = m.person_id
       where m.tenant_id = $1 and m.watch_id = any ($2) and ${STEADY}
       group by m.person_id having count(*) = 1) as one_of_them`,
    [tenantId, watchIds, at(since)],
  );
  return row?.people ?? 0;
}

/** Tells sets of people apart; null: nobody. */
export async function membersMark(
  sql: Sql,
  watch: { tenantId: string; watchId: string },
  since: number,
): Promise<string | null> {
  const [row] = await sql.query<{ mark: string | null }>(
    `select encode(sha256(convert_to(string_agg(m.person_id, ',' order by m.person_id), 'UTF8')), 'hex') as mark
     from cw.app_member m join cw.person p on p.tenant_id = m.tenant_id and p.person_id = m.person_id
     where m.tenant_id = $1 and m.watch_id = $2 and ${STEADY}`,
    [watch.tenantId, watch.watchId, at(since)],
  );
  return row?.mark ?? null;
}

/** Until the transaction ends no other answer about a group of this tenant is given. */
export async function lockAnswers(sql: Sql, tenantId: string): Promise<void> {
  await sql.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`adminTime ${tenantId}`]);
}

const MOST_ENTRIES = 50_000;

export interface MemberEntry {
  personId: string;
  event: CalendarEvent;
}

/** Of their own calendars, what overlaps [from, to); subjects, places and agendas stay where they are. */
export async function entriesOfMany(
  sql: Sql,
  tenantId: string,
  personIds: readonly string[],
  { from, to }: { from: number; to: number },
): Promise<MemberEntry[]> {
  return sql.query<MemberEntry>(
    `select mailbox_id as "personId",
       data - '{subject,agenda,place,bodyMark,joinUrl,webLink,categories}'::text[] as event
     from cw.event where tenant_id = $1 and mailbox_id = any ($2) and calendar_id = '' and type <> 'master'
       and start_at < $4 and end_at > $3 order by mailbox_id, start_at, event_id limit ${MOST_ENTRIES}`,
    [tenantId, personIds, at(from), at(to)],
  );
}

const MOST_ASKED = 200;

/** What was answered about groups of this week, the newest first. */
export async function groupAnswers(sql: Sql, tenantId: string, week: string): Promise<ActDetail[]> {
  const rows = await sql.query<{ detail: ActDetail }>(
    `select detail from cw.audit where tenant_id = $1 and act = 'adminTime' and detail ->> 'week' = $2
     order by at desc, audit_id limit ${MOST_ASKED}`,
    [tenantId, week],
  );
  return rows.map((row) => row.detail);
}
