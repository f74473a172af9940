/** The watched calendars of a mailbox; '' is the default calendar. */
import { at, type Sql } from './database.ts';

export const DEFAULT_CALENDAR = '';

export interface Feed {
  calendarId: string;
  name: string;
  /** Somebody else's, shared with this person. */
  shared: boolean;
  /** Null: never read. */
  deltaLink: string | null;
  windowFrom: number;
  windowTo: number;
  /** Graph gives no subscription for it. */
  polled: boolean;
  /** When to look without being told; null: at once. */
  lookAt: number | null;
  /** From when on a read is asked for, and whether it starts over. */
  askedAt: number | null;
  askedFull: boolean;
  asks: number;
  /** The last read of everything. */
  fullAt: number | null;
  /** Reads after a notice that found nothing yet. */
  echoes: number;
  /** Since when Graph does not show it any more. */
  closedAt: number | null;
}

/** Those that are watched. */
export async function feedsOf(sql: Sql, tenantId: string, mailboxId: string): Promise<Feed[]> {
  return sql.query<Feed>(
    `select calendar_id as "calendarId", name, shared, delta_link as "deltaLink", window_from as "windowFrom",
       window_to as "windowTo", polled, look_at as "lookAt", asked_at as "askedAt", asked_full as "askedFull", asks,
       full_at as "fullAt", echoes, closed_at as "closedAt"
     from cw.feed where tenant_id = $1 and mailbox_id = $2 and not off order by calendar_id`,
    [tenantId, mailboxId],
  );
}

/** A mailbox that is new is watched by its default calendar; one that is known keeps the person's choice. */
export async function ensureFeed(sql: Sql, tenantId: string, mailboxId: string, now: number): Promise<void> {
  await sql.query(
    `insert into cw.feed (tenant_id, mailbox_id, calendar_id, window_from, window_to) values ($1, $2, $3, $4, $4)
     on conflict do nothing`,
    [tenantId, mailboxId, DEFAULT_CALENDAR, at(now)],
  );
}

/**
 * A calendar that is watched from now: read from the start, as one that was never read. One that is watched already
 * stays as it is. Nobody is subscribed to what others share.
 */
export async function watchFeed(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  feed: { calendarId: string; name: string; shared: boolean },
  now: number,
): Promise<void> {
  await sql.query(
    `insert into cw.feed as f (tenant_id, mailbox_id, calendar_id, name, shared, polled, window_from, window_to)
     values ($1, $2, $3, $4, $5, $5, $6, $6)
     on conflict (tenant_id, mailbox_id, calendar_id) do update set off = false, polled = $5, delta_link = null,
       look_at = null, echoes = 0 where f.off`,
    [tenantId, mailboxId, feed.calendarId, feed.name, feed.shared, at(now)],
  );
}

/** Not watched any more; its part of the replica goes at once, its subscription is care's to end. */
export async function unwatchFeed(sql: Sql, tenantId: string, mailboxId: string, calendarId: string): Promise<void> {
  const which = [tenantId, mailboxId, calendarId];
  await sql.query('update cw.feed set off = true where tenant_id = $1 and mailbox_id = $2 and calendar_id = $3', which);
  await sql.query('delete from cw.event where tenant_id = $1 and mailbox_id = $2 and calendar_id = $3', which);
}

/**
 * What a read found out. Asked for again since `asks`, or for a time that has not come yet, it stays asked for (a read of
 * everything answers that as well). `readFrom`: the link that it went on from. False when it is not watched any more, or
 * anew: then what was read belongs to a replica that is gone.
 */
export async function saveFeed(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  feed: Pick<Feed, 'calendarId' | 'deltaLink' | 'windowFrom' | 'windowTo' | 'lookAt' | 'fullAt' | 'echoes' | 'asks'> & {
    readFrom: string | null;
    readAt: number;
    isFull: boolean;
  },
): Promise<boolean> {
  const rows = await sql.query(
    `update cw.feed set delta_link = $4, window_from = $5, window_to = $6, look_at = $7, full_at = $8, echoes = $9, closed_at = null,
       asked_at = case when asks = $10 and (asked_at <= $12 or $13) then null else asked_at end,
       asked_full = asked_full and not (asks = $10 and (asked_at <= $12 or $13))
     where tenant_id = $1 and mailbox_id = $2 and calendar_id = $3 and not off
       and delta_link is not distinct from $11 returning calendar_id`,
    [
      tenantId,
      mailboxId,
      feed.calendarId,
      feed.deltaLink,
      at(feed.windowFrom),
      at(feed.windowTo),
      at(feed.lookAt),
      at(feed.fullAt),
      feed.echoes,
      feed.asks,
      feed.readFrom,
      at(feed.readAt),
      feed.isFull,
    ],
  );
  return rows.length > 0;
}

/** When the first of them is to be read. Ask with the mailbox's row locked: whoever asks for a read changes that last. */
export async function nextReadAt(sql: Sql, tenantId: string, mailboxId: string, now: number): Promise<number | null> {
  const [row] = await sql.query<{ at: number | null }>(
    `select min(least(coalesce(look_at, $3), asked_at)) as at from cw.feed
     where tenant_id = $1 and mailbox_id = $2 and not off`,
    [tenantId, mailboxId, at(now)],
  );
  return row?.at ?? null;
}

/** Graph refused a subscription for it: from now on it is looked at by the clock. */
export async function pollFeed(sql: Sql, tenantId: string, mailboxId: string, calendarId: string): Promise<void> {
  await sql.query('update cw.feed set polled = true where tenant_id = $1 and mailbox_id = $2 and calendar_id = $3', [
    tenantId,
    mailboxId,
    calendarId,
  ]);
}

/** Asks for a read of all calendars of the mailbox from `askedAt` on; `isFull`: starting over. */
export async function askForRead(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  askedAt: number,
  isFull = false,
): Promise<void> {
  await sql.query(
    // In the order in which a sync writes them, so that the two never wait for each other in a ring.
    `with ordered as materialized (select calendar_id from cw.feed where tenant_id = $1 and mailbox_id = $2
       order by calendar_id for no key update)
     update cw.feed f set asked_at = least(f.asked_at, $3), asked_full = f.asked_full or $4, asks = f.asks + 1
     from ordered where f.tenant_id = $1 and f.mailbox_id = $2 and f.calendar_id = ordered.calendar_id`,
    [tenantId, mailboxId, at(askedAt), isFull],
  );
  await sql.query(
    `update cw.mailbox set sync_due_at = least(sync_due_at, $3) where tenant_id = $1 and mailbox_id = $2
       and sync_due_at is not null`,
    [tenantId, mailboxId, at(askedAt)],
  );
}

/**
 * Graph does not show this calendar any more: it is looked at again at `lookAt`. Withdrawn shares come back, but what was
 * in a calendar that stays closed takes place for nobody: `empties` forgets its part of the replica.
 */
export async function closeFeed(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  calendarId: string,
  times: { closedAt: number; lookAt: number; empties: boolean },
): Promise<void> {
  await sql.query(
    `update cw.feed set closed_at = coalesce(closed_at, $4), look_at = $5, asked_at = null, asked_full = false,
       delta_link = case when $6 then null else delta_link end
     where tenant_id = $1 and mailbox_id = $2 and calendar_id = $3`,
    [tenantId, mailboxId, calendarId, at(times.closedAt), at(times.lookAt), times.empties],
  );
  if (!times.empties) return;
  await sql.query('delete from cw.event where tenant_id = $1 and mailbox_id = $2 and calendar_id = $3', [
    tenantId,
    mailboxId,
    calendarId,
  ]);
}

/** It could not be read this time; whoever asked for a read is answered then. */
export async function lookLater(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  calendarId: string,
  lookAt: number,
): Promise<void> {
  await sql.query(
    `update cw.feed set look_at = $4, asked_at = null
     where tenant_id = $1 and mailbox_id = $2 and calendar_id = $3`,
    [tenantId, mailboxId, calendarId, at(lookAt)],
  );
}

/** In the order in which everybody locks them, before they are written one by one. */
export async function lockFeeds(sql: Sql, tenantId: string, mailboxId: string): Promise<void> {
  await sql.query(
    `select from cw.feed where tenant_id = $1 and mailbox_id = $2 order by calendar_id for no key update`,
    [tenantId, mailboxId],
  );
}
