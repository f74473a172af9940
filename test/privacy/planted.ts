/** A row of a person in every table that has some, with texts that can be looked for. */
import type { OpenTestDatabase } from '../support/postgres.ts';

export const PLANTED = 'canary-of-privacy';

export interface Planted {
  tenantId: string;
  personId: string;
}

/** @param at when all of it was written, ms */
export async function plant(
  db: Pick<OpenTestDatabase, 'peek'>,
  { tenantId, personId }: Planted,
  at: number,
): Promise<void> {
  const when = new Date(at);
  const address = `${PLANTED}.${personId.slice(0, 8)}@test.example`;
  const chat = `chat-${personId}`;
  const reference = JSON.stringify({
    user: { id: `29:${personId}`, aadObjectId: personId.toUpperCase(), name: PLANTED },
  });
  const run = (text: string, ...values: unknown[]) => db.peek(text, values);
  await run(
    `insert into cw.tenant (tenant_id, first_seen_at, pace_at) values ($1, $2, $2) on conflict do nothing`,
    tenantId,
    when,
  );
  await run(`update cw.tenant set paused_at = $2, paused_by = $3 where tenant_id = $1`, tenantId, when, personId);
  for (const [id, kind] of [
    [chat, 'personal'],
    [`group-${personId}`, 'groupChat'],
  ])
    await run(`insert into cw.conversation values ($1, $2, $3, $4, $5)`, tenantId, id, kind, reference, when);
  await run(
    `insert into cw.person (tenant_id, person_id, conversation_id, settings, address, watch, watch_since, is_admin, seen_at)
     values ($1, $2, $3, '{"digestAt": "08:15"}', $4, 'on', $5, true, $5)`,
    tenantId,
    personId,
    chat,
    address,
    when,
  );
  await run(
    `insert into cw.mailbox (tenant_id, mailbox_id, person_id, sync_due_at, care_due_at) values ($1, $2, $2, $3, $3)`,
    tenantId,
    personId,
    when,
  );
  await run(
    `insert into cw.feed (tenant_id, mailbox_id, calendar_id, delta_link, window_from, window_to, name)
     values ($1, $2, '', 'https://graph.example/delta?secret', $3, $3, $4)`,
    tenantId,
    personId,
    when,
    PLANTED,
  );
  await run(
    `insert into cw.subscription (tenant_id, subscription_id, mailbox_id, client_state_hash, expires_at, renew_at, proven_at,
       created_at) values ($1, $2, $3, '\\x01', $4, $4, $4, $4)`,
    tenantId,
    `sub-${tenantId}-${personId}`,
    personId,
    when,
  );
  await run(
    `insert into cw.inbox (tenant_id, mailbox_id, duty, subscription_id, word, correlation_id, received_at)
     values ($1, $2, 'sync', $3, 'updated', 'c', $4)`,
    tenantId,
    personId,
    `sub-${tenantId}-${personId}`,
    when,
  );
  await run(
    `insert into cw.event values ($1, $2, 'event-1', '', 'single', null, $3, $3, $4)`,
    tenantId,
    personId,
    when,
    JSON.stringify({ id: 'event-1', subject: PLANTED }),
  );
  await run(
    `insert into cw.change (tenant_id, mailbox_id, change_id, event_id, kind, noticed_at, correlation_id, before)
     values ($1, $2, 'change-1', 'event-1', 'moved', $3, 'c', $4)`,
    tenantId,
    personId,
    when,
    JSON.stringify({ subject: PLANTED }),
  );
  await run(`insert into cw.own_write values ($1, $2, 'key', $3)`, tenantId, personId, when);
  await run(
    `insert into cw.answer values ($1, $2, 'points', 'event-1', $3, $4)`,
    tenantId,
    personId,
    `"${PLANTED}"`,
    when,
  );
  await run(`insert into cw.place values ($1, $2, 'home', $3, 1, 2)`, tenantId, personId, PLANTED);
  await run(
    `insert into cw.way (tenant_id, person_id, way, address, stop_token, code_hash, created_at)
     values ($1, $2, 'email', $3, $4, '\\x02', $5)`,
    tenantId,
    personId,
    `${PLANTED}@else.example`,
    `stop-secret-${tenantId}-${personId}`,
    when,
  );
  await run(
    `insert into cw.sign_in (tenant_id, state_hash, person_id, conversation_id, verifier, expires_at)
     values ($1, $2, $3, $4, 'sealed-secret', $5)`,
    tenantId,
    `state-secret-${personId}`,
    personId,
    chat,
    when,
  );
  await run(`insert into cw.token_cache values ($1, $2, 'sealed-secret', 1)`, tenantId, personId);
  for (const key of [`msteams/28:bot/conversations/${chat}`, `msteams/28:bot/users/29:${personId}`])
    await run(`insert into cw.turn_state values ($1, $2, $3, 1)`, tenantId, key, JSON.stringify({ note: PLANTED }));
  await run(
    `insert into cw.nudge (tenant_id, nudge_id, person_id, mailbox_id, kind, event_id, start_at, lead_ms, earliest_at, due_at,
       deadline_at, facts, correlation_id, planned_at, state, send_at, ended_at)
     values ($1, $2, $3, $3, 'reminder', 'event-1', $4, 0, $4, $4, $4, $5, 'c', $4, 'sent', $4, $4)`,
    tenantId,
    `nudge-${personId}`,
    personId,
    when,
    JSON.stringify({ subject: PLANTED }),
  );
  await run(
    `insert into cw.card (tenant_id, nudge_id, person_id, conversation_id, activity_id, kind, event_id, start_at, facts, shape,
       sent_at, ends_at) values ($1, $2, $3, $4, 'a', 'reminder', 'event-1', $5, $6, 'whole', $5, $5)`,
    tenantId,
    `nudge-${personId}`,
    personId,
    chat,
    when,
    JSON.stringify({ subject: PLANTED }),
  );
  await run(
    `insert into cw.app_watch (tenant_id, watch_id, kind, object_id, label, added_by, added_at, look_at)
     values ($1, $2, 'group', $2, 'Sales', $3, $4, $4)`,
    tenantId,
    `watch-${personId.slice(0, 8)}`,
    personId,
    when,
  );
  await run(
    `insert into cw.app_member values ($1, $2, $3, $4)`,
    tenantId,
    `watch-${personId.slice(0, 8)}`,
    personId,
    when,
  );
  // A room has an account of its own; what is in it is its organiser's too.
  const short = personId.slice(0, 8);
  const room = `room-of-${short}`;
  await run(
    `insert into cw.person (tenant_id, person_id, kind, seen_at) values ($1, $2, 'room', $3)`,
    tenantId,
    room,
    when,
  );
  await run(
    `insert into cw.room (tenant_id, room_id, address, name, added_by, added_at) values ($1, $2, $3, $3, $4, $5)`,
    tenantId,
    room,
    `room-of-${short}@test.example`,
    personId,
    when,
  );
  await run(
    `insert into cw.booking values ($1, $2, 'event-1', null, $3, $3, 'held', $3, $4, $5, 2)`,
    tenantId,
    room,
    when,
    address,
    PLANTED,
  );
  await run(
    `insert into cw.room_conflict values ($1, $2, $3, 'first', 'second', '[]', $4, '', $4)`,
    tenantId,
    `conflict-of-${short}`,
    room,
    when,
  );
  await run(
    `insert into cw.check_in (tenant_id, room_id, event_id, start_at, end_at, organizer, person_id, ask_at, release_at, state)
     values ($1, $2, 'event-1', $3, $3, $4, $5, $3, $3, 'here')`,
    tenantId,
    room,
    when,
    address,
    personId,
  );
  await run(
    `insert into cw.room_ask (tenant_id, ask_id, person_id, room_id, start_at, end_at, state, nudge_id, asked_at)
     values ($1, $2, $3, $4, $5, $5, 'booked', 'nudge', $5)`,
    tenantId,
    `ask-of-${short}`,
    personId,
    room,
    when,
  );
  await run(
    `insert into cw.errand (tenant_id, errand_id, kind, person_id, payload, due_at, deadline_at, correlation_id, planned_at,
       state, send_at, ended_at) values ($1, $2, 'mail', $3, $4, $5, $5, 'c', $5, 'done', $5, $5)`,
    tenantId,
    `errand-of-${short}`,
    personId,
    JSON.stringify({ text: PLANTED }),
    when,
  );
  await run(
    `insert into cw.rule (tenant_id, rule_id, person_id, scope, name, spec, limit_per_hour, made_at, active_since)
     values ($1, $2, $3, 'mine', $4, '{}', 30, $5, $5)`,
    tenantId,
    `rule-of-${short}`,
    personId,
    PLANTED,
    when,
  );
  await run(
    `insert into cw.webhook (tenant_id, webhook_id, person_id, url, host, secret, made_at)
     values ($1, $2, $3, 'sealed-secret', $4, 'sealed-secret', $5)`,
    tenantId,
    `hook-of-${short}`,
    personId,
    `${PLANTED}.example`,
    when,
  );
  await run(
    `insert into cw.channel (tenant_id, conversation_id, kind, name, reference, added_by, seen_at)
     values ($1, $2, 'channel', $3, '{}', $4, $5)`,
    tenantId,
    `channel-of-${short}`,
    'Project room',
    personId,
    when,
  );
  await run(
    `insert into cw.export_link (tenant_id, person_id, token_hash, expires_at) values ($1, $2, '\\x03', $3)`,
    tenantId,
    personId,
    when,
  );
  await run(
    `insert into cw.audit (tenant_id, audit_id, at, actor_id, person_id, act) values ($1, $2, $3, $4, $4, 'connected')`,
    tenantId,
    `audit-${personId}`,
    when,
    personId,
  );
}

/** Names of tables in which a text is found in any row, in any column. */
export async function tablesWith(db: Pick<OpenTestDatabase, 'peek'>, text: string): Promise<string[]> {
  const tables = await db.peek<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'cw' and c.relkind in ('r', 'p') order by 1`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await db.peek(`select 1 as one from cw.${name} t where to_jsonb(t)::text ilike $1`, [`%${text}%`]);
    if (rows.length > 0) found.push(name);
  }
  return found;
}
