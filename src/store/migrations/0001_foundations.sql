-- Tenants are walls: every primary key begins with tenant_id, and row-level security is the second wall behind the
-- queries, which all name the tenant too. The product's role (:app_role) owns nothing here. What has to look across
-- tenants (claims, the look-up by subscription id) is a SECURITY DEFINER function that returns ids only.
--
-- No statement asks the server for the time: `now_at` comes in, so that the same SQL runs under a virtual clock.

create schema cw;
grant usage on schema cw to :app_role;
grant select on public.cw_migration to :app_role;

create table cw.tenant (
  tenant_id     text primary key,
  first_seen_at timestamptz not null,
  -- Theoretical arrival time of the next send (GCRA): slots before it are taken.
  pace_at       timestamptz not null
);

create table cw.conversation (
  tenant_id       text not null,
  conversation_id text not null,
  kind            text not null check (kind in ('personal', 'groupChat', 'channel')),
  reference       jsonb not null,
  seen_at         timestamptz not null,
  primary key (tenant_id, conversation_id)
);

create table cw.person (
  tenant_id       text not null,
  person_id       text not null,                      -- Entra object id
  conversation_id text,                               -- the personal chat; null when there is no way to them
  locale          text not null default 'en-GB',
  time_zone       text not null default 'UTC',        -- IANA
  watch           text not null default 'off' check (watch in ('off', 'on', 'reconnect')),
  watch_since     timestamptz,
  is_admin        boolean not null default false,
  settings        jsonb not null default '{}',
  welcomed_at     timestamptz,
  seen_at         timestamptz not null,
  primary key (tenant_id, person_id),
  foreign key (tenant_id, conversation_id) references cw.conversation on delete set null (conversation_id)
);

create table cw.place (
  tenant_id text not null,
  person_id text not null,
  name      text not null,                            -- "office", "home", …
  label     text not null,
  latitude  double precision not null check (latitude between -90 and 90),
  longitude double precision not null check (longitude between -180 and 180),
  primary key (tenant_id, person_id, name),
  foreign key (tenant_id, person_id) references cw.person on delete cascade
);

create table cw.sign_in (
  tenant_id       text not null,
  state_hash      text not null,                      -- SHA-256 of the state that travels through the browser
  person_id       text not null,
  conversation_id text not null,
  verifier        text not null,                      -- PKCE
  expires_at      timestamptz not null,
  primary key (tenant_id, state_hash),
  foreign key (tenant_id, person_id) references cw.person on delete cascade
);

create table cw.token_cache (
  tenant_id text not null,
  person_id text not null,
  cache     text not null,                            -- MSAL's serialised partition
  version   bigint not null,
  primary key (tenant_id, person_id),
  foreign key (tenant_id, person_id) references cw.person on delete cascade
);

create table cw.turn_state (
  tenant_id text not null,
  key       text not null,
  data      jsonb not null,
  etag      bigint not null,
  primary key (tenant_id, key)
);

-- A mailbox that is watched. Two duties are leased apart: reading it (sync) and caring for its subscription (care).
create table cw.mailbox (
  tenant_id     text not null,
  mailbox_id    text not null,                        -- object id of the person or room
  person_id     text not null,                        -- whose access reads it
  sync_due_at   timestamptz,
  sync_lease    timestamptz,
  sync_fence    bigint not null default 0,
  sync_failures integer not null default 0,
  care_due_at   timestamptz,
  care_lease    timestamptz,
  care_fence    bigint not null default 0,
  care_failures integer not null default 0,
  synced_at     timestamptz,
  changed_at    timestamptz,
  echoes        integer not null default 0,           -- reads after a notice that found nothing yet
  greet         boolean not null default false,       -- the next sync says "you're connected"
  primary key (tenant_id, mailbox_id),
  foreign key (tenant_id, person_id) references cw.person on delete cascade
);
create index mailbox_sync_due on cw.mailbox (sync_due_at) where sync_due_at is not null;
create index mailbox_care_due on cw.mailbox (care_due_at) where care_due_at is not null;

-- One calendar of a mailbox; '' is the default calendar.
create table cw.feed (
  tenant_id   text not null,
  mailbox_id  text not null,
  calendar_id text not null,
  delta_link  text not null,
  window_from timestamptz not null,
  window_to   timestamptz not null,
  primary key (tenant_id, mailbox_id, calendar_id),
  foreign key (tenant_id, mailbox_id) references cw.mailbox on delete cascade
);

create table cw.subscription (
  tenant_id         text not null,
  subscription_id   text not null,
  mailbox_id        text not null,
  client_state_hash bytea not null,
  expires_at        timestamptz not null,
  renew_at          timestamptz not null,
  proven_at         timestamptz not null,
  created_at        timestamptz not null,
  primary key (tenant_id, subscription_id),
  foreign key (tenant_id, mailbox_id) references cw.mailbox on delete cascade
);
create unique index subscription_id on cw.subscription (subscription_id);
create index subscription_mailbox on cw.subscription (tenant_id, mailbox_id);

-- What Graph told us and we answered 2xx for. A row goes in the transaction that did the work it asks for.
create table cw.inbox (
  tenant_id       text not null,
  mailbox_id      text not null,
  seq             bigint generated always as identity,
  duty            text not null check (duty in ('sync', 'care')),
  subscription_id text not null,
  word            text not null,                      -- changeType or lifecycleEvent
  correlation_id  text not null,
  received_at     timestamptz not null,
  -- No foreign key: its check is a fifth of the cost of an acknowledgement. A trigger deletes the rows with their
  -- mailbox; one that slips in at that moment holds ids alone and is pruned.
  primary key (tenant_id, mailbox_id, seq)
);
create function cw.empty_inbox() returns trigger language plpgsql set search_path = cw, pg_temp as $$
begin
  delete from cw.inbox where tenant_id = old.tenant_id and mailbox_id = old.mailbox_id;
  return null;
end $$;
create trigger empty_inbox after delete on cw.mailbox for each row execute function cw.empty_inbox();

-- The replica.
create table cw.event (
  tenant_id        text not null,
  mailbox_id       text not null,
  event_id         text not null,                     -- immutable id
  calendar_id      text not null,
  type             text not null check (type in ('single', 'occurrence', 'exception', 'master')),
  series_master_id text,
  start_at         timestamptz not null,
  end_at           timestamptz not null,
  data             jsonb not null,
  primary key (tenant_id, mailbox_id, event_id),
  foreign key (tenant_id, mailbox_id) references cw.mailbox on delete cascade
);
create index event_start on cw.event (tenant_id, mailbox_id, start_at);
create index event_series on cw.event (tenant_id, mailbox_id, series_master_id) where series_master_id is not null;

create table cw.change (
  tenant_id      text not null,
  mailbox_id     text not null,
  change_id      text not null,
  event_id       text not null,
  kind           text not null,
  noticed_at     timestamptz not null,
  correlation_id text not null,
  before         jsonb,
  after          jsonb,
  primary key (tenant_id, mailbox_id, change_id),
  foreign key (tenant_id, mailbox_id) references cw.mailbox on delete cascade
);
create index change_noticed on cw.change (tenant_id, mailbox_id, noticed_at);
create index change_age on cw.change (noticed_at);

-- What the person answered: "no agenda for this one", "agenda written".
create table cw.answer (
  tenant_id   text not null,
  person_id   text not null,
  kind        text not null,
  event_id    text not null,
  value       jsonb not null,
  answered_at timestamptz not null,
  primary key (tenant_id, person_id, kind, event_id),
  foreign key (tenant_id, person_id) references cw.person on delete cascade
);

-- Timers and ledger in one: what is to be said, and what was.
create table cw.nudge (
  tenant_id      text not null,
  nudge_id       text not null,                       -- from (person, event, start, kind, lead)
  person_id      text not null,
  mailbox_id     text not null,
  kind           text not null,
  event_id       text not null,
  start_at       timestamptz not null,
  lead_ms        bigint not null,
  earliest_at    timestamptz not null,
  due_at         timestamptz not null,
  deadline_at    timestamptz not null,
  facts          jsonb not null,
  wanted         boolean not null default true,       -- the plan's word on a nudge that is in flight
  correlation_id text not null,
  planned_at     timestamptz not null,
  -- From here on it is delivery's.
  state          text not null check (state in ('planned', 'claimed', 'sent', 'withdrawn', 'missed', 'failed')),
  send_at        timestamptz not null,
  lease          timestamptz,
  fence          bigint not null default 0,
  attempts       integer not null default 0,
  ambiguous      integer not null default 0,          -- attempts whose outcome is unknown
  activity_id    text,
  conversation_id text,
  reason         text,
  ended_at       timestamptz,
  primary key (tenant_id, nudge_id),
  foreign key (tenant_id, person_id) references cw.person on delete cascade
);
create index nudge_open on cw.nudge (tenant_id, send_at) where state in ('planned', 'claimed');
create index nudge_open_any on cw.nudge (send_at) where state in ('planned', 'claimed');
create index nudge_ended on cw.nudge (ended_at) where ended_at is not null;
create index nudge_person on cw.nudge (tenant_id, person_id, due_at);

do $$
declare one text;
begin
  foreach one in array array['tenant', 'conversation', 'person', 'place', 'sign_in', 'token_cache', 'turn_state',
    'mailbox', 'feed', 'subscription', 'inbox', 'event', 'change', 'answer', 'nudge']
  loop
    execute format('alter table cw.%I enable row level security', one);
    execute format('create policy tenant_wall on cw.%I using (tenant_id = current_setting(''cw.tenant_id'', true))
      with check (tenant_id = current_setting(''cw.tenant_id'', true))', one);
  end loop;
end $$;
grant select, insert, update, delete on all tables in schema cw to :app_role;
grant usage on all sequences in schema cw to :app_role;

-- Subscription ids are unique in Graph, so the id alone finds the tenant. Returns the hash: the caller compares it.
create function cw.find_subscriptions(ids text[])
returns table (subscription_id text, tenant_id text, mailbox_id text, client_state_hash bytea)
language sql stable security definer set search_path = cw, pg_temp as $$
  select s.subscription_id, s.tenant_id, s.mailbox_id, s.client_state_hash
  from cw.subscription s where s.subscription_id = any (ids)
$$;

-- Stores a batch of notices and makes their mailboxes due. Rows of mailboxes that are gone meanwhile are left out.
-- Every mailbox of the batch is locked, also one that is due already: a claim that commits between our look and our
-- commit would not see the notice, and nobody would come back for it. One that is no longer watched (due never) stays so.
create function cw.accept_notices(tenants text[], mailboxes text[], duties text[], subscriptions text[], words text[],
  correlations text[], now_at timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare stored integer;
begin
  with given as materialized (
    select n.* from unnest(tenants, mailboxes, duties, subscriptions, words, correlations)
      as n (tenant, mailbox, duty, subscription, word, correlation)
  ), touched as (
    select tenant, mailbox, bool_or(duty = 'sync') as to_sync, bool_or(duty = 'care') as to_care
    from given group by tenant, mailbox
  ), locked as materialized (
    -- In key order, so that two batches never wait for each other in a ring.
    select m.tenant_id, m.mailbox_id, t.to_sync, t.to_care
    from cw.mailbox m join touched t on m.tenant_id = t.tenant and m.mailbox_id = t.mailbox
    order by m.tenant_id, m.mailbox_id
    for no key update of m
  ), kept as (
    insert into cw.inbox (tenant_id, mailbox_id, duty, subscription_id, word, correlation_id, received_at)
    select g.tenant, g.mailbox, g.duty, g.subscription, g.word, g.correlation, now_at
    from given g join locked l on l.tenant_id = g.tenant and l.mailbox_id = g.mailbox
    returning 1
  ), woken as (
    update cw.mailbox m set
      sync_due_at = case when l.to_sync then least(m.sync_due_at, now_at) else m.sync_due_at end,
      care_due_at = case when l.to_care then least(m.care_due_at, now_at) else m.care_due_at end
    from locked l where m.tenant_id = l.tenant_id and m.mailbox_id = l.mailbox_id
      and ((l.to_sync and m.sync_due_at > now_at) or (l.to_care and m.care_due_at > now_at))
    returning 1
  )
  select count(*) into stored from kept;
  return stored;
end $$;

-- Takes up to `most` mailboxes that are due for `duty` and leases them. The fence grows with every claim: whoever
-- finishes must still hold it. While the lease runs, the due time is its end: a notice that comes meanwhile sets it
-- back, and whoever finishes sees that in the row itself, so that no notice is forgotten between reading and writing.
create function cw.claim_mailboxes(duty text, most integer, lease_ms integer, now_at timestamptz)
returns table (tenant_id text, mailbox_id text, fence bigint)
language plpgsql security definer set search_path = cw, pg_temp as $$
declare until timestamptz := now_at + lease_ms * interval '1 millisecond';
begin
  if duty = 'sync' then
    return query
      with due as (
        select m.tenant_id, m.mailbox_id from cw.mailbox m
        where m.sync_due_at <= now_at and (m.sync_lease is null or m.sync_lease <= now_at)
        order by m.sync_due_at, m.tenant_id, m.mailbox_id limit most for no key update skip locked
      )
      update cw.mailbox m set sync_lease = until, sync_due_at = until, sync_fence = m.sync_fence + 1
      from due where m.tenant_id = due.tenant_id and m.mailbox_id = due.mailbox_id
      returning m.tenant_id, m.mailbox_id, m.sync_fence;
  else
    return query
      with due as (
        select m.tenant_id, m.mailbox_id from cw.mailbox m
        where m.care_due_at <= now_at and (m.care_lease is null or m.care_lease <= now_at)
        order by m.care_due_at, m.tenant_id, m.mailbox_id limit most for no key update skip locked
      )
      update cw.mailbox m set care_lease = until, care_due_at = until, care_fence = m.care_fence + 1
      from due where m.tenant_id = due.tenant_id and m.mailbox_id = due.mailbox_id
      returning m.tenant_id, m.mailbox_id, m.care_fence;
  end if;
end $$;

-- Claims nudges that are due and, in the same statement, reserves a send slot of their tenant for each. The tenant whose
-- slots lie furthest back is served first, so a backlog of one never starves another. `slot_at` is when to send.
create function cw.claim_nudges(most integer, lease_ms integer, per_second integer, horizon_ms integer,
  now_at timestamptz)
returns table (tenant_id text, nudge_id text, fence bigint, slot_at timestamptz, again boolean)
language plpgsql security definer set search_path = cw, pg_temp as $$
declare
  one record;
  step interval := interval '1 second' / per_second;
  room integer;
  share integer;
  taken integer;
  remaining integer := most;
  starts timestamptz;
begin
  for one in
    select t.tenant_id, t.pace_at from cw.tenant t
    join lateral (
      select n.send_at from cw.nudge n
      where n.tenant_id = t.tenant_id and n.state in ('planned', 'claimed') and n.send_at <= now_at
        and (n.state = 'planned' or n.lease <= now_at) and n.deadline_at > now_at
      order by n.send_at limit 1
    ) first on true
    order by t.pace_at, first.send_at, t.tenant_id
    for no key update of t skip locked
  loop
    exit when remaining <= 0;
    starts := greatest(one.pace_at, now_at);
    room := floor(extract(epoch from (now_at + horizon_ms * interval '1 millisecond' - starts)) * per_second);
    -- No tenant takes more than half of what is left, so that the next one in turn is served too.
    share := least(room, greatest(1, (remaining + 1) / 2));
    continue when share <= 0;
    return query
      with due as (
        select n.nudge_id, n.state, row_number() over (order by n.deadline_at, n.send_at, n.nudge_id) as place
        from (
          select i.nudge_id, i.state, i.deadline_at, i.send_at from cw.nudge i
          where i.tenant_id = one.tenant_id and i.state in ('planned', 'claimed') and i.send_at <= now_at
            and (i.state = 'planned' or i.lease <= now_at) and i.deadline_at > now_at
          order by i.deadline_at, i.send_at, i.nudge_id limit share for no key update skip locked
        ) n
      )
      update cw.nudge n set state = 'claimed', fence = n.fence + 1, attempts = n.attempts + 1,
        -- A lease that ran out leaves an attempt whose outcome nobody knows.
        ambiguous = n.ambiguous + case when due.state = 'claimed' then 1 else 0 end,
        lease = now_at + lease_ms * interval '1 millisecond'
      from due where n.tenant_id = one.tenant_id and n.nudge_id = due.nudge_id
      returning n.tenant_id, n.nudge_id, n.fence, starts + (due.place - 1) * step, due.state = 'claimed';
    get diagnostics taken = row_count;
    if taken > 0 then
      update cw.tenant t set pace_at = starts + taken * step where t.tenant_id = one.tenant_id;
      remaining := remaining - taken;
    end if;
  end loop;
end $$;

-- A nudge whose moment has passed is not sent: it is recorded as missed. In small steps.
create function cw.miss_nudges(most integer, now_at timestamptz)
returns table (tenant_id text, nudge_id text)
language sql security definer set search_path = cw, pg_temp as $$
  with late as (
    select n.tenant_id, n.nudge_id from cw.nudge n
    where n.state in ('planned', 'claimed') and n.send_at <= now_at and n.deadline_at <= now_at
      and (n.state = 'planned' or n.lease <= now_at)
    order by n.send_at, n.tenant_id, n.nudge_id limit most for no key update skip locked
  )
  update cw.nudge n set state = 'missed', ended_at = now_at, lease = null,
    reason = coalesce(n.reason, 'its moment had passed')
  from late where n.tenant_id = late.tenant_id and n.nudge_id = late.nudge_id
  returning n.tenant_id, n.nudge_id
$$;

-- Retention, in small steps; ended nudges, old changes and sign-ins that nobody finished.
create function cw.prune(most integer, keep_from timestamptz, now_at timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare
  pruned integer := 0;
  step integer;
begin
  delete from cw.nudge where ctid in (select ctid from cw.nudge
    where state not in ('planned', 'claimed') and ended_at < keep_from and deadline_at < keep_from
    order by ended_at, tenant_id, nudge_id limit most);
  get diagnostics step = row_count; pruned := pruned + step;
  delete from cw.change where ctid in (select ctid from cw.change where noticed_at < keep_from
    order by noticed_at, tenant_id, mailbox_id, change_id limit most);
  get diagnostics step = row_count; pruned := pruned + step;
  delete from cw.sign_in where ctid in (select ctid from cw.sign_in where expires_at < now_at
    order by expires_at, tenant_id, state_hash limit most);
  get diagnostics step = row_count; pruned := pruned + step;
  delete from cw.inbox i where i.received_at < keep_from and not exists (select from cw.mailbox m
    where m.tenant_id = i.tenant_id and m.mailbox_id = i.mailbox_id);
  get diagnostics step = row_count; pruned := pruned + step;
  return pruned;
end $$;

-- SECURITY DEFINER functions are callable by everybody unless that is taken away.
revoke all on all functions in schema cw from public;
grant execute on all functions in schema cw to :app_role;
