/** The replica, and the changes that were seen in it. */
import type { CalendarEvent } from '../calendar/event.ts';
import type { NoticedChange } from '../nudges/nudge.ts';
import { at, type Sql } from './database.ts';

/** A calendar with more entries than this in its window is read in part; nobody's is that full. */
const MOST_EVENTS = 20_000;
const ROWS_A_STATEMENT = 500;
const MOST_NEWS = 2_000;
const MOST_ANSWERS = 200;

export async function eventsOf(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  calendarId: string,
): Promise<CalendarEvent[]> {
  const rows = await sql.query<{ data: CalendarEvent }>(
    `select data from cw.event where tenant_id = $1 and mailbox_id = $2 and calendar_id = $3
     order by start_at, event_id limit ${MOST_EVENTS}`,
    [tenantId, mailboxId, calendarId],
  );
  return rows.map((row) => row.data);
}

/** What a round that names `ids` may touch: those entries, and all of the series that they are or belong to. */
export async function eventsNamed(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  calendarId: string,
  ids: string[],
): Promise<CalendarEvent[]> {
  const rows = await sql.query<{ data: CalendarEvent }>(
    `select data from cw.event where tenant_id = $1 and mailbox_id = $2 and calendar_id = $3
       and (event_id = any ($4) or series_master_id = any ($4) or series_master_id in (
         select series_master_id from cw.event where tenant_id = $1 and mailbox_id = $2 and event_id = any ($4)))
     order by start_at, event_id limit ${MOST_EVENTS}`,
    [tenantId, mailboxId, calendarId, ids],
  );
  return rows.map((row) => row.data);
}

/** Which version of each of these entries the replica holds. */
export async function versionsOf(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  ids: string[],
): Promise<Map<string, string>> {
  const rows = await sql.query<{ id: string; version: string }>(
    `select event_id as id, data ->> 'changeKey' as version from cw.event
     where tenant_id = $1 and mailbox_id = $2 and event_id = any ($3)`,
    [tenantId, mailboxId, ids],
  );
  return new Map(rows.map((row) => [row.id, row.version]));
}

/** Entries that overlap [from, to), heads of series left out. */
export async function eventsBetween(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  from: number,
  to: number,
): Promise<CalendarEvent[]> {
  const rows = await sql.query<{ data: CalendarEvent }>(
    `select data from cw.event where tenant_id = $1 and mailbox_id = $2 and start_at < $4 and end_at > $3
       and type <> 'master' order by start_at, event_id limit ${MOST_EVENTS}`,
    [tenantId, mailboxId, at(from), at(to)],
  );
  return rows.map((row) => row.data);
}

/** Of these, when somebody was out of office. */
export async function absencesBetween(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  from: number,
  to: number,
): Promise<CalendarEvent[]> {
  const rows = await sql.query<{ data: CalendarEvent }>(
    `select data from cw.event where tenant_id = $1 and mailbox_id = $2 and start_at < $4 and end_at > $3
       and end_at <= $4 and type <> 'master' and calendar_id = '' and data ->> 'showAs' = 'oof'
     order by start_at, event_id limit ${MOST_EVENTS}`,
    [tenantId, mailboxId, at(from), at(to)],
  );
  return rows.map((row) => row.data);
}

export async function eventsWithIds(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  ids: string[],
): Promise<CalendarEvent[]> {
  const rows = await sql.query<{ data: CalendarEvent }>(
    'select data from cw.event where tenant_id = $1 and mailbox_id = $2 and event_id = any ($3)',
    [tenantId, mailboxId, ids],
  );
  return rows.map((row) => row.data);
}

export async function findEvent(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  eventId: string,
): Promise<CalendarEvent | undefined> {
  const [row] = await sql.query<{ data: CalendarEvent }>(
    'select data from cw.event where tenant_id = $1 and mailbox_id = $2 and event_id = $3',
    [tenantId, mailboxId, eventId],
  );
  return row?.data;
}

/**
 * The same meeting in another mailbox: by iCalUId, of its own or of its series, and start. Which of the two an occurrence
 * has depends on whether it was changed in that mailbox.
 */
export async function findByUid(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  uids: string[],
  startAt: number,
): Promise<CalendarEvent | undefined> {
  const [row] = await sql.query<{ data: CalendarEvent }>(
    `select e.data from cw.event e
       left join cw.event m on m.tenant_id = $1 and m.mailbox_id = $2 and m.event_id = e.series_master_id
     where e.tenant_id = $1 and e.mailbox_id = $2 and e.start_at = $4 and e.type <> 'master'
       and (e.data ->> 'uid' = any ($3) or m.data ->> 'uid' = any ($3))
     order by e.event_id limit 1`,
    [tenantId, mailboxId, uids, at(startAt)],
  );
  return row?.data;
}

export async function writeEvents(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  upserts: CalendarEvent[],
  removals: CalendarEvent[],
): Promise<void> {
  for (let from = 0; from < upserts.length; from += ROWS_A_STATEMENT) {
    const rows = upserts.slice(from, from + ROWS_A_STATEMENT).map((event) => ({
      event_id: event.id,
      calendar_id: event.calendarId,
      type: event.type,
      series_master_id: event.seriesMasterId ?? null,
      start_at: new Date(event.startAt).toISOString(),
      end_at: new Date(event.endAt).toISOString(),
      data: event,
    }));
    await sql.query(
      `insert into cw.event (tenant_id, mailbox_id, event_id, calendar_id, type, series_master_id, start_at, end_at, data)
       select $1, $2, r.event_id, r.calendar_id, r.type, r.series_master_id, r.start_at, r.end_at, r.data
       from jsonb_to_recordset($3::jsonb) as r (event_id text, calendar_id text, type text, series_master_id text,
         start_at timestamptz, end_at timestamptz, data jsonb)
       on conflict (tenant_id, mailbox_id, event_id) do update set calendar_id = excluded.calendar_id,
         type = excluded.type, series_master_id = excluded.series_master_id, start_at = excluded.start_at,
         end_at = excluded.end_at, data = excluded.data`,
      [tenantId, mailboxId, JSON.stringify(rows)],
    );
  }
  if (removals.length > 0) {
    // By calendar too: an entry that was moved to another one keeps its id, and lives there.
    await sql.query(
      `delete from cw.event e using jsonb_to_recordset($3::jsonb) as r (id text, calendar text)
       where e.tenant_id = $1 and e.mailbox_id = $2 and e.event_id = r.id and e.calendar_id = r.calendar`,
      [tenantId, mailboxId, JSON.stringify(removals.map(({ id, calendarId }) => ({ id, calendar: calendarId })))],
    );
  }
}

export async function writeChanges(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  changes: NoticedChange[],
  correlationId: string,
): Promise<void> {
  for (let from = 0; from < changes.length; from += ROWS_A_STATEMENT) {
    const rows = changes.slice(from, from + ROWS_A_STATEMENT).map((change) => ({
      change_id: change.changeId,
      event_id: change.eventId,
      kind: change.kind,
      aspects: change.aspects,
      scope: change.scope,
      series_id: change.seriesId ?? null,
      occurrences: change.occurrences,
      told_in: change.toldIn ?? null,
      noticed_at: new Date(change.noticedAt).toISOString(),
      before: change.before ?? null,
      after: change.after ?? null,
    }));
    await sql.query(
      `insert into cw.change (tenant_id, mailbox_id, change_id, event_id, kind, aspects, scope, series_id, occurrences,
         told_in, noticed_at, correlation_id, before, after)
       select $1, $2, r.change_id, r.event_id, r.kind, r.aspects, r.scope, r.series_id, r.occurrences, r.told_in,
         r.noticed_at, $4, r.before, r.after
       from jsonb_to_recordset($3::jsonb) as r (change_id text, event_id text, kind text, aspects text[], scope text,
         series_id text, occurrences jsonb, told_in text, noticed_at timestamptz, before jsonb, after jsonb)
       on conflict do nothing`,
      [tenantId, mailboxId, JSON.stringify(rows), correlationId],
    );
  }
}

/**
 * Changes that a notice may still be owed for, and answers to the owner's own invitations, which a digest tells; oldest
 * first; none that was told in another way.
 */
export async function changesSince(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  since: number,
): Promise<NoticedChange[]> {
  const read = (which: string, most: number) =>
    sql.query<NoticedChange>(
      `select change_id as "changeId", event_id as "eventId", kind, aspects, scope, series_id as "seriesId", occurrences,
         noticed_at as "noticedAt", before, after
       from cw.change where tenant_id = $1 and mailbox_id = $2 and noticed_at >= $3 and told_in is null and ${which}
       order by noticed_at desc, change_id limit ${most}`,
      [tenantId, mailboxId, at(since)],
    );
  const news = await read(`not aspects <@ '{answersChanged,other}'`, MOST_NEWS);
  // Of a meeting of hundreds each answer is a change; the last ones say how it stands.
  const answers = await read(
    `aspects <@ '{answersChanged,other}' and 'answersChanged' = any (aspects) and (after ->> 'isOrganizer')::boolean`,
    MOST_ANSWERS,
  );
  const rows = [...news, ...answers].sort((a, b) => a.noticedAt - b.noticedAt || (a.changeId < b.changeId ? -1 : 1));
  // Where there is nothing, the row says null; a change says nothing.
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as never);
}

/** What an entry's version was after a write of ours. */
export async function saveOwnWrite(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  changeKey: string,
  now: number,
): Promise<void> {
  await sql.query(
    `insert into cw.own_write (tenant_id, mailbox_id, change_key, written_at) values ($1, $2, $3, $4)
     on conflict do nothing`,
    [tenantId, mailboxId, changeKey, at(now)],
  );
}

export async function ownWritesOf(sql: Sql, tenantId: string, mailboxId: string, since: number): Promise<Set<string>> {
  const rows = await sql.query<{ key: string }>(
    `select change_key as key from cw.own_write where tenant_id = $1 and mailbox_id = $2 and written_at > $3
     order by written_at desc, change_key, mailbox_id limit 2000`,
    [tenantId, mailboxId, at(since)],
  );
  return new Set(rows.map((row) => row.key));
}

/** Retention, in small steps: entries that ended before then, and heads of series of which nothing is left. */
export async function prunePast(system: Sql, most: number, endedBefore: number): Promise<number> {
  const [row] = await system.query<{ pruned: number }>('select cw.prune_past($1, $2) as pruned', [
    most,
    at(endedBefore),
  ]);
  return row?.pruned ?? 0;
}
