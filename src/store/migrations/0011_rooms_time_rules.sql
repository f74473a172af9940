-- Rooms, time and workflows. Everything here is added; instances of the version before go on (they leave the kinds of
-- nudges that they don't know to newer ones, and claim no errands).

-- A room is watched like a person: a mailbox with the application's permission. It is told nothing and plans nothing.
alter table cw.person
  add column kind text not null default 'person',
  add constraint person_kind_check check (kind in ('person', 'room')) not valid;

create table cw.room (
  tenant_id    text not null,
  room_id      text not null,                          -- object id of its account: its mailbox, its person
  address      text not null,                          -- SMTP, lower case
  name         text not null,
  building     text not null default '',
  floor        text not null default '',
  capacity     integer,
  features     text[] not null default '{}',           -- 'video', 'audio', 'display', 'wheelchair', and tags in lower case
  latitude     double precision,
  longitude    double precision,
  keeps_ghosts boolean not null default false,         -- marked by an admin: nobody is asked to check in
  policy       jsonb not null default '{}',            -- rooms/policy.ts: what differs from the tenant's
  added_by     text not null,
  added_at     timestamptz not null,
  primary key (tenant_id, room_id),
  unique (tenant_id, address),
  foreign key (tenant_id, room_id) references cw.person (tenant_id, person_id) on delete cascade
);

-- What a room holds or is asked for: of its replica what searching and comparing need, an occurrence a row.
create table cw.booking (
  tenant_id      text not null,
  room_id        text not null,
  event_id       text not null,                        -- in the room's mailbox
  series_id      text,
  start_at       timestamptz not null,
  end_at         timestamptz not null,
  state          text not null check (state in ('held', 'asked')),
  held_since     timestamptz not null,                 -- since when at this time: whoever is first keeps precedence
  organizer      text not null,                        -- SMTP, lower case; '' for a private entry
  organizer_name text not null,
  size           integer not null,                     -- people, the organiser among them
  primary key (tenant_id, room_id, event_id),
  foreign key (tenant_id, room_id) references cw.room on delete cascade
);
create index booking_start on cw.booking (tenant_id, start_at);
create index booking_room on cw.booking (tenant_id, room_id, start_at);
-- What overlaps a span began within four hours before it, or is one of these, and within a day, or is one of those.
create index booking_half on cw.booking (tenant_id, start_at) where end_at - start_at > interval '4 hours';
create index booking_long on cw.booking (tenant_id, start_at) where end_at - start_at > interval '1 day';

-- Two bookings (or series) that were found at one time in one room.
create table cw.room_conflict (
  tenant_id   text not null,
  conflict_id text not null,                           -- from (room, first, second): rooms/conflicts.ts
  room_id     text not null,
  first_key   text not null,                           -- series or entry that keeps the room
  second_key  text not null,
  occurrences jsonb not null,                          -- [{firstId, secondId, startAt, endAt}], soonest first
  found_at    timestamptz not null,
  told        text not null default '',                -- a hash of what the organisers were told
  settled_at  timestamptz,
  primary key (tenant_id, conflict_id),
  foreign key (tenant_id, room_id) references cw.room on delete cascade
);
create index room_conflict_room on cw.room_conflict (tenant_id, room_id, first_key, second_key);

-- One occurrence of a booking that somebody must show up for.
create table cw.check_in (
  tenant_id  text not null,
  room_id    text not null,
  event_id   text not null,
  start_at   timestamptz not null,
  end_at     timestamptz not null,
  series_id  text,
  organizer  text not null,                            -- SMTP, lower case
  person_id  text,                                     -- who is asked in chat; null: by mail
  asked_by   text,                                     -- nudge or errand that asks
  ask_at     timestamptz not null,
  release_at timestamptz not null,
  state      text not null check (state in ('planned', 'here', 'releasing', 'released', 'kept', 'withdrawn')),
  reason     text,
  token_hash bytea,                                    -- of the link in a mail
  settled_at timestamptz,
  primary key (tenant_id, room_id, event_id, start_at),
  foreign key (tenant_id, room_id) references cw.room on delete cascade
);
create index check_in_series on cw.check_in (tenant_id, room_id, series_id, start_at) where series_id is not null;
create index check_in_person on cw.check_in (tenant_id, person_id, start_at) where person_id is not null;
create unique index check_in_token on cw.check_in (token_hash) where token_hash is not null;

-- A room that somebody asked for in the chat: asked, then booked once the room itself has accepted.
create table cw.room_ask (
  tenant_id  text not null,
  ask_id     text not null,                            -- also Graph's transactionId where a meeting is made
  person_id  text not null,
  room_id    text not null,
  event_id   text,                                     -- in the person's mailbox, once Graph has told
  start_at   timestamptz not null,
  end_at     timestamptz not null,
  state      text not null check (state in ('asking', 'asked', 'booked', 'declined', 'failed', 'withdrawn')),
  nudge_id   text not null,                            -- the card that tells
  asked_at   timestamptz not null,
  settled_at timestamptz,
  primary key (tenant_id, ask_id),
  foreign key (tenant_id, person_id) references cw.person on delete cascade,
  foreign key (tenant_id, room_id) references cw.room on delete cascade
);
create index room_ask_open on cw.room_ask (tenant_id, person_id, event_id) where state in ('asking', 'asked');
create index room_ask_room on cw.room_ask (tenant_id, room_id);

-- What is to be done once, and what became of it: for all that is no message to a person's own chat (those are nudges).
create table cw.errand (
  tenant_id      text not null,
  errand_id      text not null,                        -- from (rule, entry, start, trigger, action), or (room, entry, start, …)
  kind           text not null,                        -- delivery/errands/kinds: 'message', 'mail', 'webhook', 'release', …
  person_id      text,                                 -- on whose behalf; null: the tenant's
  mailbox_id     text,                                 -- whose entry it is about
  event_id       text not null default '',
  start_at       timestamptz,                          -- of the meeting, as it was when this was planned
  rule_id        text,
  trigger        text not null default '',             -- tells runs of one rule for one occurrence apart
  payload        jsonb not null,
  due_at         timestamptz not null,
  deadline_at    timestamptz not null,
  correlation_id text not null,
  planned_at     timestamptz not null,
  state          text not null check (state in ('planned', 'claimed', 'done', 'withdrawn', 'failed', 'missed', 'unknown')),
  send_at        timestamptz not null,
  lease          timestamptz,
  fence          bigint not null default 0,
  attempts       integer not null default 0,
  ambiguous      integer not null default 0,
  sending_at     timestamptz,
  reason         text,
  outcome        jsonb,
  ended_at       timestamptz,
  primary key (tenant_id, errand_id),
  foreign key (tenant_id, person_id) references cw.person on delete cascade
);
create index errand_open on cw.errand (tenant_id, kind, send_at, errand_id) where state in ('planned', 'claimed');
create index errand_mailbox on cw.errand (tenant_id, mailbox_id) where state in ('planned', 'claimed');
create index errand_rule on cw.errand (tenant_id, rule_id, planned_at desc) where rule_id is not null;
create index errand_person on cw.errand (tenant_id, person_id);
create index errand_ended on cw.errand (ended_at) where ended_at is not null;

-- When … which … do: rules/rule.ts says what a spec is.
create table cw.rule (
  tenant_id      text not null,
  rule_id        text not null,
  person_id      text not null,                        -- whose; of a tenant's rule the admin who made it
  scope          text not null check (scope in ('mine', 'everyone', 'rooms')),
  name           text not null,
  spec           jsonb not null,
  limit_per_hour integer not null,
  made_at        timestamptz not null,
  active_since   timestamptz not null,                 -- nothing of before is run
  paused_at      timestamptz,
  paused_why     text,
  primary key (tenant_id, rule_id),
  foreign key (tenant_id, person_id) references cw.person on delete cascade
);
create index rule_person on cw.rule (tenant_id, person_id);
create index rule_tenant on cw.rule (tenant_id, scope) where scope <> 'mine';

create table cw.webhook (
  tenant_id     text not null,
  webhook_id    text not null,
  person_id     text not null,
  url           text not null,                         -- sealed: it may carry a secret
  host          text not null,                         -- for people to tell them apart
  secret        text not null,                         -- sealed
  made_at       timestamptz not null,
  failing_since timestamptz,
  off_at        timestamptz,
  primary key (tenant_id, webhook_id),
  foreign key (tenant_id, person_id) references cw.person on delete cascade
);
create index webhook_person on cw.webhook (tenant_id, person_id);

-- Channels and group chats that the bot is in, and may be told of what happens.
create table cw.channel (
  tenant_id       text not null,
  conversation_id text not null,
  kind            text not null check (kind in ('groupChat', 'channel')),
  team_id         text,
  team_name       text not null default '',
  name            text not null default '',
  reference       jsonb not null,
  added_by        text,
  seen_at         timestamptz not null,
  primary key (tenant_id, conversation_id)
);
create index channel_team on cw.channel (tenant_id, team_id);

-- Since when somebody was seen in a watched group; null: from before this was kept. Figures of a group are of those alone
-- who were in it all along.
alter table cw.app_member
  add column joined_at timestamptz,
  add column greeted_at timestamptz;                   -- they were told that an admin has them watched: once is enough

-- Since when a device's token is being exchanged: a process that was killed over it leaves it to the next device.
alter table cw.sign_in add column begun_at timestamptz;

alter table cw.export_link drop constraint export_link_kind_check;
alter table cw.export_link
  add column detail jsonb not null default '{}',       -- of a report: which, and from when until when
  add constraint export_link_kind_check check (kind in ('own', 'audit', 'time', 'calendar', 'rooms')) not valid;

do $$
declare one text;
begin
  foreach one in array array['room', 'booking', 'room_conflict', 'check_in', 'room_ask', 'errand', 'rule', 'webhook',
    'channel'] loop
    execute format('alter table cw.%I enable row level security', one);
    execute format('create policy tenant_wall on cw.%I using (tenant_id = current_setting(''cw.tenant_id'', true))
      with check (tenant_id = current_setting(''cw.tenant_id'', true))', one);
  end loop;
end $$;
grant select, insert, update, delete on cw.room, cw.booking, cw.room_conflict, cw.check_in, cw.room_ask, cw.errand,
  cw.rule, cw.webhook, cw.channel to :app_role;

-- Errands that are due, the kinds alone that the caller knows: of each tenant and kind in turn, so that a crowd of one makes
-- no other wait. Where an admin paused all, nothing goes out.
create function cw.claim_errands(most integer, lease_ms integer, kinds text[], now_at timestamptz)
returns table (tenant_id text, errand_id text, fence bigint)
language sql security definer set search_path = cw, pg_temp as $$
  with recursive queue as (
    (select e.tenant_id, e.kind from cw.errand e where e.state in ('planned', 'claimed')
     order by e.tenant_id, e.kind, e.send_at, e.errand_id limit 1)
    union all
    select n.tenant_id, n.kind from queue q cross join lateral (
      select e.tenant_id, e.kind from cw.errand e
      where e.state in ('planned', 'claimed') and (e.tenant_id, e.kind) > (q.tenant_id, q.kind)
      order by e.tenant_id, e.kind, e.send_at, e.errand_id limit 1) n
  ), due as (
    select q.tenant_id, d.errand_id, d.send_at, d.turn from queue q cross join lateral (
      -- A few more than are taken: those that others are claiming at this moment are left out.
      select e.errand_id, e.send_at, row_number() over (order by e.send_at, e.errand_id) as turn from cw.errand e
      where e.tenant_id = q.tenant_id and e.kind = q.kind and e.state in ('planned', 'claimed') and e.send_at <= now_at
        and (e.lease is null or e.lease <= now_at)
      order by e.send_at, e.errand_id limit least(most, 1000) * 2) d
    where q.kind = any (kinds)
      and not exists (select from cw.tenant t where t.tenant_id = q.tenant_id and t.paused_at is not null)
  ), taken as (
    select e.tenant_id, e.errand_id from cw.errand e
    join due d on d.tenant_id = e.tenant_id and d.errand_id = e.errand_id
    where e.state in ('planned', 'claimed') and (e.lease is null or e.lease <= now_at)
    order by d.turn, d.send_at, e.tenant_id, e.errand_id limit most for no key update of e skip locked
  )
  update cw.errand e set state = 'claimed', lease = now_at + lease_ms * interval '1 millisecond', fence = e.fence + 1,
    ambiguous = e.ambiguous + (e.sending_at is not null)::integer, sending_at = null
  from taken t where e.tenant_id = t.tenant_id and e.errand_id = t.errand_id
  returning e.tenant_id, e.errand_id, e.fence
$$;

create function cw.prune_errands(most integer, ended_before timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare
  pruned integer;
  step integer;
begin
  delete from cw.errand where ctid in (select e.ctid from cw.errand e where e.ended_at < ended_before
    order by e.ended_at, e.tenant_id, e.errand_id limit most);
  get diagnostics pruned = row_count;
  delete from cw.room_ask where ctid in (select a.ctid from cw.room_ask a where a.end_at < ended_before
    order by a.end_at, a.tenant_id, a.ask_id limit most);
  get diagnostics step = row_count;
  return pruned + step;
end $$;
create index room_ask_age on cw.room_ask (end_at);

-- Of what rooms were used for, as long as the past is kept.
create function cw.prune_rooms(most integer, ended_before timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare
  pruned integer;
  step integer;
begin
  delete from cw.check_in where ctid in (select c.ctid from cw.check_in c where c.end_at < ended_before
    order by c.end_at, c.tenant_id, c.room_id, c.event_id limit most);
  get diagnostics pruned = row_count;
  delete from cw.booking where ctid in (select b.ctid from cw.booking b where b.end_at < ended_before
    order by b.end_at, b.tenant_id, b.room_id, b.event_id limit most);
  get diagnostics step = row_count;
  pruned := pruned + step;
  delete from cw.room_conflict where ctid in (select c.ctid from cw.room_conflict c where c.settled_at < ended_before
    order by c.settled_at, c.tenant_id, c.conflict_id limit most);
  get diagnostics step = row_count;
  return pruned + step;
end $$;
create index check_in_age on cw.check_in (end_at);
create index booking_age on cw.booking (end_at);
create index room_conflict_age on cw.room_conflict (settled_at) where settled_at is not null;

-- The link in a mail names the check-in; nothing else of it is told across the walls.
create function cw.find_check_in(hash bytea)
returns table (tenant_id text, room_id text, event_id text, start_at timestamptz)
language sql stable security definer set search_path = cw, pg_temp as $$
  select c.tenant_id, c.room_id, c.event_id, c.start_at from cw.check_in c where c.token_hash = hash
$$;
revoke all on function cw.claim_errands(integer, integer, text[], timestamptz), cw.prune_errands(integer, timestamptz),
  cw.prune_rooms(integer, timestamptz), cw.find_check_in(bytea) from public;
grant execute on function cw.claim_errands(integer, integer, text[], timestamptz), cw.prune_errands(integer, timestamptz),
  cw.prune_rooms(integer, timestamptz), cw.find_check_in(bytea) to :app_role;

-- Nobody empties the trail of who did what: what is younger than thirty days by the heartbeat stays, whoever calls this; and that somebody had all forgotten counts against an admin's group as long as there is one.
create or replace function cw.prune_audit(most integer, done_before timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare pruned integer;
begin
  delete from cw.audit where ctid in (select a.ctid from cw.audit a
    where a.at < least(done_before, (select h.beat_at from cw.heartbeat h) - interval '30 days')
      and not (a.act = 'forgot' and exists (select from cw.app_watch w where w.tenant_id = a.tenant_id))
    order by a.at, a.tenant_id, a.audit_id limit most);
  get diagnostics pruned = row_count;
  return pruned;
end $$;

create function cw.prune_code_counts(most integer, sent_before timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare pruned integer;
begin
  delete from cw.code_count where of_hash in (select c.of_hash from cw.code_count c
    where c.sent[array_upper(c.sent, 1)] < sent_before or c.sent = '{}' order by c.of_hash limit most
    for update skip locked);
  get diagnostics pruned = row_count;
  return pruned;
end $$;
revoke all on function cw.prune_code_counts(integer, timestamptz) from public;
grant execute on function cw.prune_code_counts(integer, timestamptz) to :app_role;
