/** Rows to begin with, written as the owner. */
import { randomUUID } from 'node:crypto';
import type { OpenTestDatabase } from '../support/postgres.ts';

export const NOW = Date.UTC(2026, 10, 23, 9, 0, 0);
export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

const at = (ms: number) => new Date(ms);

/** Everything that belongs to a person or a tenant. */
export async function empty(db: OpenTestDatabase): Promise<void> {
  for (const table of ['person', 'tenant']) await db.peek(`delete from cw.${table}`);
}

export async function seedTenant(db: OpenTestDatabase, tenantId: string = randomUUID()): Promise<string> {
  await db.peek('insert into cw.tenant (tenant_id, first_seen_at, pace_at) values ($1, $2, $2)', [tenantId, at(NOW)]);
  return tenantId;
}

export async function seedPerson(
  db: OpenTestDatabase,
  tenantId: string,
  personId: string = randomUUID(),
): Promise<string> {
  await db.peek(
    `insert into cw.person (tenant_id, person_id, watch, watch_since, seen_at) values ($1, $2, 'on', $3, $3)`,
    [tenantId, personId, at(NOW)],
  );
  return personId;
}

/** A mailbox of its own person, due for both duties at `dueAt`. */
export async function seedMailbox(db: OpenTestDatabase, tenantId: string, dueAt: number = NOW): Promise<string> {
  const personId = await seedPerson(db, tenantId);
  await db.peek(
    `insert into cw.mailbox (tenant_id, mailbox_id, person_id, sync_due_at, care_due_at) values ($1, $2, $2, $3, $3)`,
    [tenantId, personId, at(dueAt)],
  );
  await seedFeed(db, { tenantId, mailboxId: personId }, { calendarId: '' });
  return personId;
}

export interface SeedFeed {
  calendarId: string;
  /** Null: never read. */
  deltaLink?: string | null;
  lookAt?: number | null;
  polled?: boolean;
}

/** A watched calendar; its window is wide open. */
export async function seedFeed(
  db: OpenTestDatabase,
  owner: { tenantId: string; mailboxId: string },
  feed: SeedFeed,
): Promise<void> {
  const { calendarId, deltaLink = null, lookAt = null, polled = false } = feed;
  await db.peek(
    `insert into cw.feed (tenant_id, mailbox_id, calendar_id, delta_link, look_at, polled, window_from, window_to)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      owner.tenantId,
      owner.mailboxId,
      calendarId,
      deltaLink,
      lookAt === null ? null : at(lookAt),
      polled,
      at(NOW - 90 * DAY_MS),
      at(NOW + 60 * DAY_MS),
    ],
  );
}

export interface SeedSubscription {
  calendarId?: string;
  subscriptionId?: string;
  expiresAt?: number;
  renewAt?: number;
  provenAt?: number;
  authorizedAt?: number | null;
}

/** One that was just made and lives for a week; returns its id. */
export async function seedSubscription(
  db: OpenTestDatabase,
  owner: { tenantId: string; mailboxId: string },
  more: SeedSubscription = {},
): Promise<string> {
  const { calendarId = '', subscriptionId = `sub-${randomUUID()}`, provenAt = NOW, authorizedAt = NOW } = more;
  const { expiresAt = NOW + 7 * DAY_MS, renewAt = NOW + 3.5 * DAY_MS } = more;
  await db.peek(
    `insert into cw.subscription (tenant_id, subscription_id, mailbox_id, calendar_id, client_state_hash, expires_at,
       renew_at, proven_at, authorized_at, created_at) values ($1, $2, $3, $4, '', $5, $6, $7, $8, $9)`,
    [
      owner.tenantId,
      subscriptionId,
      owner.mailboxId,
      calendarId,
      at(expiresAt),
      at(renewAt),
      at(provenAt),
      authorizedAt === null ? null : at(authorizedAt),
      at(NOW),
    ],
  );
  return subscriptionId;
}

export interface SeedNudge {
  dueAt?: number;
  sendAt?: number;
  deadlineAt?: number;
  state?: string;
  kind?: string;
}

export async function seedNudges(
  db: OpenTestDatabase,
  owner: { tenantId: string; personId: string },
  count: number,
  nudge: SeedNudge = {},
): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `reminder.${String(index).padStart(5, '0')}.${randomUUID()}`);
  const dueAt = nudge.dueAt ?? NOW;
  await db.peek(
    `insert into cw.nudge (tenant_id, nudge_id, person_id, mailbox_id, kind, event_id, start_at, lead_ms, earliest_at,
       due_at, deadline_at, facts, correlation_id, planned_at, state, send_at)
     select $1, id, $2, $2, $3, 'event', $4, 0, $4, $4, $5, '{}', 'seed', $4, $6, $7 from unnest($8::text[]) as id`,
    [
      owner.tenantId,
      owner.personId,
      nudge.kind ?? 'reminder',
      at(dueAt),
      at(nudge.deadlineAt ?? NOW + HOUR_MS),
      nudge.state ?? 'planned',
      at(nudge.sendAt ?? dueAt),
      ids,
    ],
  );
  return ids;
}
