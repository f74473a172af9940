-- A calendar that cannot drift: what is known of each subscription and each calendar, since when nothing was seen, and
-- changes with all their aspects. Columns have defaults and functions keep their signatures, so that an instance of the
-- version before goes on working while this one is rolled out.

alter table cw.mailbox
  -- Watching ended; the row stays until Graph has no subscription of it any more.
  add ending           boolean not null default false,
  -- Set before a subscription is asked for and cleared in the commit that stores it: if its time comes, a crash or a
  -- time-out may have left one at Graph that nobody knows.
  add leftovers_at     timestamptz,
  -- Since when changes may have gone unseen; cleared by the read that caught up.
  add blind_since      timestamptz,
  -- Since when Graph says that this mailbox can't be read; forgotten after a while.
  add unreadable_since timestamptz,
  -- When zone and language were last read from Outlook.
  add profile_at       timestamptz;

-- One calendar of a mailbox. Without a delta link it has never been read.
alter table cw.feed
  alter delta_link drop not null,
  add name      text not null default '',
  -- Somebody else's, shared with this person.
  add shared    boolean not null default false,
  -- Switched off by the person.
  add off       boolean not null default false,
  -- Graph gives no subscription for it: it is looked at by the clock alone.
  add polled    boolean not null default false,
  -- Since when Graph does not show it any more: a share was withdrawn, a calendar deleted.
  add closed_at timestamptz,
  -- When to look without being told; null: at once.
  add look_at   timestamptz,
  -- From when on a read is asked for, and whether it starts over. Counted: one that is asked for while another read is
  -- under way is not answered by that one.
  add asked_at   timestamptz,
  add asked_full boolean not null default false,
  add asks       integer not null default 0,
  -- The last read of everything.
  add full_at   timestamptz,
  -- Reads after a notice that found nothing yet.
  add echoes    integer not null default 0;
insert into cw.feed (tenant_id, mailbox_id, calendar_id, window_from, window_to)
  select m.tenant_id, m.mailbox_id, '', '2000-01-01Z', '2000-01-01Z' from cw.mailbox m on conflict do nothing;

alter table cw.subscription
  add calendar_id   text not null default '',
  -- The last PATCH (or the creation): a flood of lifecycle notices costs one.
  add authorized_at timestamptz,
  -- When the token ends that authorized it, and, if Graph asked for it, when to authorize it anew.
  add token_until   timestamptz,
  add reauthorize_at timestamptz;

alter table cw.change
  add aspects     text[] not null default '{}',
  add scope       text not null default 'single' check (scope in ('single', 'occurrence', 'several', 'series')),
  add series_id   text,
  -- [{eventId, fromStartAt, fromEndAt, toStartAt, toEndAt}] of what changed together, soonest first.
  add occurrences jsonb not null default '[]',
  -- The "I was blind" message that told it: it needs no notice of its own.
  add told_in     text;

alter table cw.inbox
  -- What the notification says that it is about: whoever holds that version has nothing to read.
  add hint_event_id text,
  add hint_etag     text;

-- Calls on /subscriptions are limited by tenant: slots before this are taken (GCRA), or Graph asked us to wait.
alter table cw.tenant add care_pace_at timestamptz;

-- A beat every two minutes from every instance; a gap is an outage of them all.
create table cw.heartbeat (
  one     boolean primary key default true check (one),
  beat_at timestamptz not null
);
create table cw.outage (
  from_at timestamptz primary key,
  to_at   timestamptz not null
);

-- No tenant: what they say is the same for everybody. Reached by the functions below alone.
alter table cw.heartbeat enable row level security;
alter table cw.outage enable row level security;
create policy nobody on cw.heartbeat using (false);
create policy nobody on cw.outage using (false);

-- Once all instances have been down, every mailbox is read within a quarter of an hour, spread by its id.
create function cw.awaken(most integer, now_at timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare
  awake timestamptz;
  woken integer := 0;
begin
  select max(o.to_at) into awake from cw.outage o where o.to_at > now_at - interval '1 hour';
  if awake is null then return 0; end if;
  update cw.mailbox m set sync_due_at = now_at + abs(hashtext(m.mailbox_id) % 900) * interval '1 second'
  from (select i.tenant_id, i.mailbox_id from cw.mailbox i
    where i.sync_due_at > now_at + interval '15 minutes' and i.synced_at < awake
    order by i.sync_due_at, i.tenant_id, i.mailbox_id limit most for no key update skip locked) late
  where m.tenant_id = late.tenant_id and m.mailbox_id = late.mailbox_id;
  get diagnostics woken = row_count;
  return woken;
end $$;

create function cw.beat(gap_ms integer, now_at timestamptz) returns timestamptz
language plpgsql security definer set search_path = cw, pg_temp as $$
declare last timestamptz;
begin
  select h.beat_at into last from cw.heartbeat h where h.one for update;
  if last is null then
    insert into cw.heartbeat (beat_at) values (now_at) on conflict do nothing;
    return null;
  end if;
  update cw.heartbeat set beat_at = greatest(last, now_at);
  if now_at - last > gap_ms * interval '1 millisecond' then
    insert into cw.outage (from_at, to_at) values (last, now_at) on conflict (from_at) do nothing;
    return last;
  end if;
  return null;
end $$;

-- The outages that lie, in part, after `since`; with one that is just over and that nobody has written down yet.
create function cw.outages_since(since timestamptz, gap_ms integer, now_at timestamptz)
returns table (from_at timestamptz, to_at timestamptz)
language sql stable security definer set search_path = cw, pg_temp as $$
  (select o.from_at, o.to_at from cw.outage o where o.to_at > since order by o.from_at limit 100)
  union all
  select h.beat_at, now_at from cw.heartbeat h where now_at - h.beat_at > gap_ms * interval '1 millisecond'
$$;

-- As before, with what the notifications speak of; and a subscription that delivers is alive. That is written at most
-- every ten minutes a subscription: the acknowledgement of a busy mailbox must not pay for it each time.
create function cw.accept_notices(tenants text[], mailboxes text[], duties text[], subscriptions text[], words text[],
  correlations text[], hint_events text[], hint_etags text[], now_at timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare stored integer;
begin
  with given as materialized (
    select n.* from unnest(tenants, mailboxes, duties, subscriptions, words, correlations, hint_events, hint_etags)
      as n (tenant, mailbox, duty, subscription, word, correlation, hint_event, hint_etag)
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
    insert into cw.inbox (tenant_id, mailbox_id, duty, subscription_id, word, correlation_id, hint_event_id, hint_etag,
      received_at)
    select g.tenant, g.mailbox, g.duty, g.subscription, g.word, g.correlation, g.hint_event, g.hint_etag, now_at
    from given g join locked l on l.tenant_id = g.tenant and l.mailbox_id = g.mailbox
    returning 1
  ), alive as (
    -- Under the lock of its mailbox. A lifecycle notice proves nothing: it comes when a subscription is about to end.
    update cw.subscription s set proven_at = now_at
    from locked l where l.to_sync and s.tenant_id = l.tenant_id and s.mailbox_id = l.mailbox_id
      and s.subscription_id = any (select g.subscription from given g where g.duty = 'sync')
      and s.proven_at < now_at - interval '10 minutes'
    returning 1
  ), woken as (
    update cw.mailbox m set
      -- One that is not due at all (suspended, ending) stays so: least() would make a time of null.
      sync_due_at = case when l.to_sync and m.sync_due_at > now_at then now_at else m.sync_due_at end,
      care_due_at = case when l.to_care and m.care_due_at > now_at then now_at else m.care_due_at end
    from locked l where m.tenant_id = l.tenant_id and m.mailbox_id = l.mailbox_id
      and ((l.to_sync and m.sync_due_at > now_at) or (l.to_care and m.care_due_at > now_at))
    returning 1
  )
  select count(*) into stored from kept;
  return stored;
end $$;

-- Care calls /subscriptions, of which Graph takes 500 in 20 s, app and tenant: claims are paced by tenant. `per_second`
-- duties a second, of at most two writes each; up to a second's worth at once.
create function cw.claim_care(most integer, lease_ms integer, per_second integer, now_at timestamptz)
returns table (tenant_id text, mailbox_id text, fence bigint)
language plpgsql security definer set search_path = cw, pg_temp as $$
declare
  one record;
  until timestamptz := now_at + lease_ms * interval '1 millisecond';
  step interval := interval '1 second' / per_second;
  starts timestamptz;
  share integer;
  taken integer;
  remaining integer := most;
begin
  for one in
    select t.tenant_id, t.care_pace_at from cw.tenant t
    where (t.care_pace_at is null or t.care_pace_at < now_at + interval '1 second')
      and exists (select from cw.mailbox m where m.tenant_id = t.tenant_id and m.care_due_at <= now_at
        and (m.care_lease is null or m.care_lease <= now_at))
    order by t.care_pace_at nulls first, t.tenant_id
    for no key update of t skip locked
  loop
    exit when remaining <= 0;
    starts := greatest(one.care_pace_at, now_at);
    share := least(remaining, floor(extract(epoch from (now_at + interval '1 second' - starts)) * per_second)::integer);
    continue when share <= 0;
    return query
      with due as (
        select m.tenant_id, m.mailbox_id from cw.mailbox m
        where m.tenant_id = one.tenant_id and m.care_due_at <= now_at and (m.care_lease is null or m.care_lease <= now_at)
        order by m.care_due_at, m.mailbox_id limit share for no key update skip locked
      )
      update cw.mailbox m set care_lease = until, care_due_at = until, care_fence = m.care_fence + 1
      from due where m.tenant_id = due.tenant_id and m.mailbox_id = due.mailbox_id
      returning m.tenant_id, m.mailbox_id, m.care_fence;
    get diagnostics taken = row_count;
    if taken > 0 then
      update cw.tenant t set care_pace_at = starts + taken * step where t.tenant_id = one.tenant_id;
      remaining := remaining - taken;
    end if;
  end loop;
end $$;
create index mailbox_care_tenant on cw.mailbox (tenant_id, care_due_at) where care_due_at is not null;

-- The claim of the version before, for reading alone: an instance of that version would take one subscription a mailbox
-- for the right number, and care for those that are ending. It does not care any more. What is leased does not stand in
-- the way of what is due: in an outage of Graph that would be everybody.
create index mailbox_sync_ready on cw.mailbox (greatest(sync_due_at, coalesce(sync_lease, sync_due_at)))
  where sync_due_at is not null;
create or replace function cw.claim_mailboxes(duty text, most integer, lease_ms integer, now_at timestamptz)
returns table (tenant_id text, mailbox_id text, fence bigint)
language plpgsql security definer set search_path = cw, pg_temp as $$
declare until timestamptz := now_at + lease_ms * interval '1 millisecond';
begin
  if duty <> 'sync' then return; end if;
  return query
    with due as (
      select m.tenant_id, m.mailbox_id from cw.mailbox m
      where m.sync_due_at is not null and greatest(m.sync_due_at, coalesce(m.sync_lease, m.sync_due_at)) <= now_at
      order by greatest(m.sync_due_at, coalesce(m.sync_lease, m.sync_due_at)), m.tenant_id, m.mailbox_id
      limit most for no key update skip locked
    )
    update cw.mailbox m set sync_lease = until, sync_due_at = until, sync_fence = m.sync_fence + 1
    from due where m.tenant_id = due.tenant_id and m.mailbox_id = due.mailbox_id
    returning m.tenant_id, m.mailbox_id, m.sync_fence;
end $$;

-- Mailboxes that could not be read, or whose person did not sign in again, since before `forget_from`: ids for the job
-- that forgets them. A suspended one is blind since then.
create function cw.forgettable_mailboxes(most integer, forget_from timestamptz)
returns table (tenant_id text, mailbox_id text)
language sql stable security definer set search_path = cw, pg_temp as $$
  select m.tenant_id, m.mailbox_id from cw.mailbox m
  where not m.ending and (m.unreadable_since < forget_from
    or (m.sync_due_at is null and m.care_due_at is null and m.blind_since < forget_from))
  order by m.tenant_id, m.mailbox_id limit most
$$;

revoke all on all functions in schema cw from public;
grant execute on all functions in schema cw to :app_role;
