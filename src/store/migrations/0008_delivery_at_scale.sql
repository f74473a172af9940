-- Delivery at scale: other ways to a person, limits of a conversation, storms seen ahead, a pause for all, and instances
-- that know different kinds. Everything here is added; instances of the version before go on (their cw.claim_nudges is
-- kept, below, and leaves to the new ones what it does not know).

alter table cw.nudge
  -- By which way the next attempt goes, and in a word why not by Teams (delivery/ways/ladder.ts).
  add column way text not null default 'teams',
  add column why_way text,
  -- Not valid: it counts from now on, and the table is not read from end to end while everybody waits.
  add constraint nudge_way_check check (way in ('teams', 'email', 'sms')) not valid;
create index nudge_other_way on cw.nudge (way, send_at) where state in ('planned', 'claimed') and way <> 'teams';
-- Those that a storm may move: planned, never tried.
create index if not exists nudge_ahead on cw.nudge (due_at) where state = 'planned' and attempts = 0;

alter table cw.tenant
  add column paused_at timestamptz,
  add column paused_by text;

alter table cw.conversation
  -- The last 60 calls, oldest first: 7 in 1 s, 8 in 2 s, 60 in 30 s.
  add column recent_sends timestamptz[] not null default '{}',
  -- A bucket of 900 that refills by 900 an hour is full again then: never more than 1,800 in any hour.
  add column hour_full_at timestamptz not null default '-infinity';

-- Where else somebody can be reached.
create table cw.way (
  tenant_id    text not null,
  person_id    text not null,
  way          text not null check (way in ('email', 'sms')),
  address      text not null check (length(address) between 3 and 254),   -- lower case; E.164 for a number
  confirmed_at timestamptz,
  stopped_at   timestamptz,                             -- by its owner's STOP, or by the link
  stop_token   text not null,                           -- in every mail; good for nothing but stopping
  code_hash    bytea,
  code_until   timestamptz,
  code_tries   integer not null default 0,
  created_at   timestamptz not null,
  primary key (tenant_id, person_id, way),
  foreign key (tenant_id, person_id) references cw.person on delete cascade
);
create index way_address on cw.way (way, address);
create unique index way_stop_token on cw.way (stop_token);
alter table cw.way enable row level security;
create policy tenant_wall on cw.way using (tenant_id = current_setting('cw.tenant_id', true))
  with check (tenant_id = current_setting('cw.tenant_id', true));
grant select, insert, update, delete on cw.way to :app_role;

-- No tenants from here on; reached by functions only.
-- The next free slot of a provider, for all instances together.
create table cw.way_pace (way text primary key, pace_at timestamptz not null);
-- How often codes were sent to an address, whoever asked, and by a person, wherever to: only a hash of either is kept.
create table cw.code_count (of_hash bytea primary key, sent timestamptz[] not null);
create table cw.instance (instance_id text primary key, started_at timestamptz not null, beat_at timestamptz not null);
-- Work that one instance does for all.
create table cw.duty_lease (name text primary key, lease timestamptz not null);
alter table cw.way_pace enable row level security;
alter table cw.code_count enable row level security;
alter table cw.instance enable row level security;
alter table cw.duty_lease enable row level security;
create policy nobody on cw.way_pace using (false) with check (false);
create policy nobody on cw.code_count using (false) with check (false);
create policy nobody on cw.instance using (false) with check (false);
create policy nobody on cw.duty_lease using (false) with check (false);

-- As cw.claim_nudges, but only kinds that this instance knows, by Teams, and of tenants that are not paused.
create function cw.claim_sends(most integer, lease_ms integer, per_second integer, horizon_ms integer, kinds text[],
  now_at timestamptz)
returns table (tenant_id text, nudge_id text, fence bigint, slot_at timestamptz, again boolean, chat text)
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
      select min(n.send_at) as send_at from cw.nudge n
      where n.tenant_id = t.tenant_id and n.state in ('planned', 'claimed') and n.send_at <= now_at
        and (n.state = 'planned' or n.lease <= now_at) and n.deadline_at > now_at
        and n.way = 'teams' and n.kind = any (kinds)
    ) first on first.send_at is not null
    where t.paused_at is null
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
        select n.nudge_id, n.in_doubt, row_number() over (order by n.is_early, n.deadline_at, n.send_at, n.nudge_id)
          as place
        from (
          -- What is due goes before what is only sent early, to make room in a storm.
          select i.nudge_id, i.state = 'claimed' and i.sending_at is not null as in_doubt, i.due_at > now_at as is_early,
            i.deadline_at, i.send_at
          from cw.nudge i
          where i.tenant_id = one.tenant_id and i.state in ('planned', 'claimed') and i.send_at <= now_at
            and (i.state = 'planned' or i.lease <= now_at) and i.deadline_at > now_at
            and i.way = 'teams' and i.kind = any (kinds)
          order by i.due_at > now_at, i.deadline_at, i.send_at, i.nudge_id limit share for no key update skip locked
        ) n
      )
      update cw.nudge n set state = 'claimed', fence = n.fence + 1, sending_at = null,
        ambiguous = n.ambiguous + case when due.in_doubt then 1 else 0 end,
        lease = now_at + lease_ms * interval '1 millisecond'
      from due where n.tenant_id = one.tenant_id and n.nudge_id = due.nudge_id
      returning n.tenant_id, n.nudge_id, n.fence, starts + (due.place - 1) * step, due.in_doubt,
        (select p.conversation_id from cw.person p where p.tenant_id = n.tenant_id and p.person_id = n.person_id);
    get diagnostics taken = row_count;
    if taken > 0 then
      update cw.tenant t set pace_at = starts + taken * step where t.tenant_id = one.tenant_id;
      remaining := remaining - taken;
    end if;
  end loop;
end $$;

-- For instances of the version before.
create or replace function cw.claim_nudges(most integer, lease_ms integer, per_second integer, horizon_ms integer,
  now_at timestamptz)
returns table (tenant_id text, nudge_id text, fence bigint, slot_at timestamptz, again boolean)
language sql security definer set search_path = cw, pg_temp as $$
  select c.tenant_id, c.nudge_id, c.fence, c.slot_at, c.again from cw.claim_sends(most, lease_ms, per_second, horizon_ms, array['reminder', 'digest', 'agenda',
    'inviteePoints', 'prepare', 'leaveBy', 'cantMake', 'change', 'invitation', 'conflict', 'followUp', 'connected',
    'blind', 'reconnect', 'unreadable', 'pointsOffered', 'late', 'taskOffered'], now_at) c
$$;

-- As in 0005, but not for tenants that are paused, and not within a storm, where the slots between two messages look free;
-- what goes by mail or SMS holds nothing up.
create or replace function cw.claim_cards(most integer, lease_ms integer, per_second integer, now_at timestamptz)
returns table (tenant_id text, nudge_id text, revision bigint)
language plpgsql security definer set search_path = cw, pg_temp as $$
declare
  one record;
  step interval := interval '1 second' / per_second;
  taken integer;
  remaining integer := most;
begin
  for one in
    select t.tenant_id, t.pace_at from cw.tenant t
    where t.pace_at <= now_at and t.paused_at is null
      and exists (select from cw.card c where c.tenant_id = t.tenant_id and c.update_at <= now_at
        and (c.lease is null or c.lease <= now_at))
      and not exists (select from cw.nudge n where n.tenant_id = t.tenant_id and n.state = 'planned' and n.way = 'teams'
        and n.send_at <= now_at and n.deadline_at > now_at)
      and (select count(*) from (select from cw.nudge n where n.tenant_id = t.tenant_id and n.state = 'planned'
        and n.way = 'teams' and n.send_at > now_at and n.send_at <= now_at + interval '1 second'
        order by n.send_at, n.nudge_id limit per_second / 2) soon) < greatest(1, per_second / 2)
    order by t.pace_at, t.tenant_id
    for no key update of t skip locked
  loop
    exit when remaining <= 0;
    return query
      with due as (
        select c.nudge_id from cw.card c
        where c.tenant_id = one.tenant_id and c.update_at <= now_at and (c.lease is null or c.lease <= now_at)
        -- A quarter of a second's worth: a message that becomes due meanwhile does not wait for more.
        order by c.update_at, c.nudge_id limit least(remaining, greatest(1, per_second / 4))
        for no key update skip locked
      )
      update cw.card c set lease = now_at + lease_ms * interval '1 millisecond', attempts = c.attempts + 1
      from due where c.tenant_id = one.tenant_id and c.nudge_id = due.nudge_id
      returning c.tenant_id, c.nudge_id, c.revision;
    get diagnostics taken = row_count;
    if taken > 0 then
      update cw.tenant t set pace_at = greatest(t.pace_at, now_at) + taken * step where t.tenant_id = one.tenant_id;
      remaining := remaining - taken;
    end if;
  end loop;
end $$;

-- As in 0003, but where a pause for all outlasted its moment, that is why; but for what waits for a chat.
create or replace function cw.miss_nudges(most integer, now_at timestamptz)
returns table (tenant_id text, nudge_id text)
language sql security definer set search_path = cw, pg_temp as $$
  with late as (
    select n.tenant_id, n.nudge_id, n.state = 'claimed' and n.sending_at is not null as in_doubt from cw.nudge n
    where n.state in ('planned', 'claimed') and n.send_at <= now_at and n.deadline_at <= now_at
      and (n.state = 'planned' or n.lease <= now_at)
    order by n.send_at, n.tenant_id, n.nudge_id limit most for no key update skip locked
  )
  update cw.nudge n set state = case when late.in_doubt then 'unknown' else 'missed' end,
    ambiguous = n.ambiguous + case when late.in_doubt then 1 else 0 end,
    ended_at = now_at, lease = null, sending_at = null,
    reason = case when late.in_doubt then 'nobody knows what came of sending it'
      when t.paused_at < n.deadline_at and not n.held then 'sending was paused'
      else coalesce(n.reason, 'its moment had passed') end
  from late left join cw.tenant t on t.tenant_id = late.tenant_id
  where n.tenant_id = late.tenant_id and n.nudge_id = late.nudge_id
  returning n.tenant_id, n.nudge_id
$$;

create function cw.ms(instant timestamptz) returns bigint
language sql immutable parallel safe as $$ select floor(extract(epoch from instant) * 1000)::bigint $$;

-- One round trip before each request: the last look at what the database holds, and, where nothing stands against it, the
-- attempt begins. Runs with the caller's rights, inside the tenant's wall. Null: the fence is not ours any more. One value,
-- because thirty columns have to be described and parsed one by one, each time; instants are milliseconds.
create function cw.begin_send(of_tenant text, of_nudge text, with_fence bigint, lease_ms integer, now_at timestamptz)
returns json
language plpgsql set search_path = cw, pg_temp as $$
#variable_conflict use_column
declare
  n cw.nudge;
  p cw.person;
  c cw.conversation;
  t cw.tenant;
  e jsonb;
  r timestamptz[];
  size integer;
  free_at timestamptz;
  may_begin boolean;
begin
  perform set_config('cw.tenant_id', of_tenant, true);
  select * into n from cw.nudge i where i.tenant_id = of_tenant and i.nudge_id = of_nudge and i.state = 'claimed'
    and i.fence = with_fence for no key update;
  if not found then return null; end if;
  select * into t from cw.tenant i where i.tenant_id = of_tenant;
  select * into p from cw.person i where i.tenant_id = of_tenant and i.person_id = n.person_id;
  if p.conversation_id is not null then
    select * into c from cw.conversation i where i.tenant_id = of_tenant and i.conversation_id = p.conversation_id
      for no key update;
  end if;
  if n.event_id <> '' then
    select i.data into e from cw.event i where i.tenant_id = of_tenant and i.mailbox_id = n.mailbox_id
      and i.event_id = n.event_id;
  end if;
  may_begin := n.wanted and n.deadline_at > now_at and t.paused_at is null and c.conversation_id is not null;
  if may_begin then
    -- Teams' windows with a little room: what is sent at one moment may arrive a moment later.
    r := c.recent_sends;
    size := cardinality(r);
    free_at := greatest(r[size - 6] + interval '1.2 seconds', r[size - 7] + interval '2.2 seconds',
      r[size - 59] + interval '31 seconds', c.hour_full_at + interval '4 seconds' - interval '1 hour');
    if free_at > now_at then may_begin := false; end if;
  end if;
  if may_begin then
    update cw.nudge i set sending_at = now_at, lease = now_at + lease_ms * interval '1 millisecond',
      attempts = i.attempts + 1 where i.tenant_id = of_tenant and i.nudge_id = of_nudge;
    n.attempts := n.attempts + 1;
    update cw.conversation i set recent_sends = r[greatest(1, size - 58):] || now_at,
      hour_full_at = greatest(c.hour_full_at, now_at) + interval '4 seconds'
    where i.tenant_id = of_tenant and i.conversation_id = c.conversation_id;
  end if;
  return json_build_object('nudgeId', n.nudge_id, 'personId', n.person_id, 'mailboxId', n.mailbox_id, 'kind', n.kind,
    'eventId', n.event_id, 'startAt', cw.ms(n.start_at), 'dueAt', cw.ms(n.due_at), 'deadlineAt', cw.ms(n.deadline_at),
    'facts', n.facts, 'wanted', n.wanted, 'attempts', n.attempts, 'ambiguous', n.ambiguous,
    'correlationId', n.correlation_id, 'conversationId', p.conversation_id, 'locale', p.locale, 'timeZone', p.time_zone,
    'watch', p.watch, 'watchSince', cw.ms(p.watch_since), 'isAdmin', p.is_admin, 'settings', p.settings,
    'policy', t.policy, 'workingHours', p.working_hours, 'away', p.away, 'address', p.address,
    'welcomedAt', cw.ms(p.welcomed_at), 'event', e, 'chatKind', c.kind, 'reference', c.reference,
    'seenAt', cw.ms(c.seen_at), 'begun', may_begin, 'isPaused', t.paused_at is not null,
    'freeAt', case when free_at > now_at then cw.ms(free_at) end);
end $$;

-- One round trip after a request that was taken: the ledger, and the card that stands in the chat now (see cw.card). The
-- earlier ones of the same meeting shrink to a line. False when the fence is not ours any more.
create function cw.record_sent(of_tenant text, of_nudge text, with_fence bigint, activity text, chat text,
  sent_facts jsonb, ends_at timestamptz, now_at timestamptz) returns boolean
language plpgsql set search_path = cw, pg_temp as $$
#variable_conflict use_column
declare
  n cw.nudge;
begin
  perform set_config('cw.tenant_id', of_tenant, true);
  update cw.nudge i set state = 'sent', ended_at = now_at, lease = null, sending_at = null, activity_id = activity,
    conversation_id = chat, reason = null
  where i.tenant_id = of_tenant and i.nudge_id = of_nudge and i.fence = with_fence and i.state = 'claimed'
  returning i.* into n;
  if not found then return false; end if;
  if n.event_id = '' or activity = '' then return true; end if;
  update cw.card i set shape = 'line', why = 'newer', update_at = now_at, revision = i.revision + 1, attempts = 0
  where i.tenant_id = of_tenant and i.person_id = n.person_id and i.event_id = n.event_id and i.nudge_id <> of_nudge
    and i.ends_at > now_at and i.shape = 'whole';
  -- The facts as they are in the ledger now: they may be newer than those that were sent, then an update follows.
  insert into cw.card as i (tenant_id, nudge_id, person_id, conversation_id, activity_id, kind, event_id, start_at, facts,
    shape, sent_at, ends_at, update_at)
  values (of_tenant, of_nudge, n.person_id, chat, activity, n.kind, n.event_id, n.start_at, n.facts, 'whole', now_at,
    ends_at, case when n.facts <> sent_facts then now_at end)
  on conflict (tenant_id, nudge_id) do update set conversation_id = excluded.conversation_id,
    activity_id = excluded.activity_id, sent_at = excluded.sent_at, ends_at = excluded.ends_at;
  return true;
end $$;

-- Many at once, each inside its own tenant's wall; answers in the order of the questions.
create function cw.begin_sends(tenants text[], nudges text[], fences bigint[], lease_ms integer, now_at timestamptz)
returns setof json language plpgsql set search_path = cw, pg_temp as $$
begin
  for i in 1 .. cardinality(nudges) loop
    return next cw.begin_send(tenants[i], nudges[i], fences[i], lease_ms, now_at);
  end loop;
end $$;

create function cw.record_sends(all_sent json, now_at timestamptz) returns setof boolean
language plpgsql set search_path = cw, pg_temp as $$
declare r record;
begin
  for r in select * from json_to_recordset(all_sent) as x (t text, n text, f bigint, activity text, chat text,
    facts jsonb, ends timestamptz) loop
    return next cw.record_sent(r.t, r.n, r.f, r.activity, r.chat, r.facts, r.ends, now_at);
  end loop;
end $$;

-- What was called beside nudges (answers, updates): nudges of the tenant make room for it.
create function cw.charge_calls(of_tenant text, calls integer, per_second integer, chats text[], now_at timestamptz)
returns void
language plpgsql set search_path = cw, pg_temp as $$
begin
  perform set_config('cw.tenant_id', of_tenant, true);
  update cw.tenant t set pace_at = greatest(t.pace_at, now_at) + calls * (interval '1 second' / per_second)
  where t.tenant_id = of_tenant;
  update cw.conversation c set
    recent_sends = (c.recent_sends || made.at_once)[greatest(1, cardinality(c.recent_sends || made.at_once) - 59):],
    hour_full_at = greatest(c.hour_full_at, now_at) + cardinality(made.at_once) * interval '4 seconds'
  from (select chat, array_agg(now_at) as at_once from unnest(chats) as chat group by chat order by chat) made
  where c.tenant_id = of_tenant and c.conversation_id = made.chat;
end $$;

-- What goes by mail or SMS: claimed like the others, in the provider's own slots.
create function cw.claim_other(by_way text, most integer, lease_ms integer, per_minute integer, kinds text[],
  now_at timestamptz)
returns table (tenant_id text, nudge_id text, fence bigint, slot_at timestamptz, again boolean)
language plpgsql security definer set search_path = cw, pg_temp as $$
declare
  step interval := interval '1 minute' / per_minute;
  starts timestamptz;
  room integer;
  taken integer;
begin
  insert into cw.way_pace as p (way, pace_at) values (by_way, now_at) on conflict (way) do nothing;
  select greatest(p.pace_at, now_at) into starts from cw.way_pace p where p.way = by_way for no key update skip locked;
  if starts is null then return; end if;
  -- Two seconds ahead, or the one slot that is free now.
  room := least(most, greatest(case when starts <= now_at then 1 else 0 end,
    floor(extract(epoch from (now_at + interval '2 seconds' - starts)) * per_minute / 60)::integer));
  if room <= 0 then return; end if;
  return query
    with due as (
      select n.tenant_id, n.nudge_id, n.in_doubt,
        row_number() over (order by n.deadline_at, n.send_at, n.tenant_id, n.nudge_id) as place
      from (
        select i.tenant_id, i.nudge_id, i.state = 'claimed' and i.sending_at is not null as in_doubt, i.deadline_at,
          i.send_at
        from cw.nudge i join cw.tenant t on t.tenant_id = i.tenant_id and t.paused_at is null
        where i.way = by_way and i.state in ('planned', 'claimed') and i.send_at <= now_at
          and (i.state = 'planned' or i.lease <= now_at) and i.deadline_at > now_at and i.kind = any (kinds)
        order by i.deadline_at, i.send_at, i.tenant_id, i.nudge_id limit room for no key update of i skip locked
      ) n
    )
    update cw.nudge n set state = 'claimed', fence = n.fence + 1, sending_at = null,
      ambiguous = n.ambiguous + case when due.in_doubt then 1 else 0 end,
      lease = now_at + lease_ms * interval '1 millisecond'
    from due where n.tenant_id = due.tenant_id and n.nudge_id = due.nudge_id
    returning n.tenant_id, n.nudge_id, n.fence, starts + (due.place - 1) * step, due.in_doubt;
  get diagnostics taken = row_count;
  if taken > 0 then update cw.way_pace p set pace_at = starts + taken * step where p.way = by_way; end if;
end $$;

-- Beats, forgets instances that are gone for long, and returns how many are alive.
create function cw.beat_instance(id text, alive_ms integer, now_at timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare alive integer;
begin
  insert into cw.instance as i (instance_id, started_at, beat_at) values (id, now_at, now_at)
  on conflict (instance_id) do update set beat_at = greatest(i.beat_at, now_at);
  delete from cw.instance i where i.beat_at < now_at - interval '1 day';
  select count(*)::int into alive from cw.instance i where i.beat_at > now_at - alive_ms * interval '1 millisecond';
  return alive;
end $$;

create function cw.end_instance(id text) returns void
language sql security definer set search_path = cw, pg_temp as $$
  delete from cw.instance i where i.instance_id = id
$$;

-- True for the one that may do it until the lease ends.
create function cw.take_duty(duty text, lease_ms integer, now_at timestamptz) returns boolean
language plpgsql security definer set search_path = cw, pg_temp as $$
begin
  insert into cw.duty_lease as d (name, lease) values (duty, now_at + lease_ms * interval '1 millisecond')
  on conflict (name) do update set lease = excluded.lease where d.lease <= now_at;
  return found;
end $$;

-- Storms, seen ahead: moves send_at earlier so that all is said by its due time at the tenant's pace and at the fleet's.
-- Backwards from the last: min(due, slot before the next one), as a running minimum. Only what was never tried is moved;
-- the order of equal due times is that of the ids, so that a second run moves nothing. Returns how many were moved.
create function cw.spread_storms(per_second integer, fleet_per_second integer, ahead_ms integer, now_at timestamptz)
returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare
  step interval := interval '1 second' / per_second;
  fleet_step interval := interval '1 second' / fleet_per_second;
  moved integer;
begin
  with ahead as (
    select n.tenant_id, n.nudge_id, n.send_at, n.due_at,
      greatest(n.earliest_at, n.due_at - coalesce((t.policy ->> 'earlyMinutes')::integer, 1440) * interval '1 minute')
        as earliest_at,
      row_number() over (partition by n.tenant_id order by n.due_at desc, n.nudge_id desc) as place
    from cw.nudge n join cw.tenant t on t.tenant_id = n.tenant_id
    where n.state = 'planned' and n.attempts = 0 and not n.held and n.way = 'teams'
      and n.due_at > now_at and n.due_at <= now_at + ahead_ms * interval '1 millisecond'
  ), by_tenant as (
    select a.*, least(a.due_at, min(a.due_at + a.place * step) over (partition by a.tenant_id
      order by a.due_at desc, a.nudge_id desc rows unbounded preceding) - a.place * step) as latest_at
    from ahead a
  ), placed as (
    select b.*, row_number() over (order by b.latest_at desc, b.tenant_id desc, b.nudge_id desc) as fleet_place
    from by_tenant b
  ), wanted as (
    select p.tenant_id, p.nudge_id, p.send_at,
      least(p.due_at, greatest(p.earliest_at, min(p.latest_at + p.fleet_place * fleet_step) over (
        order by p.latest_at desc, p.tenant_id desc, p.nudge_id desc rows unbounded preceding)
        - p.fleet_place * fleet_step)) as wanted_at
    from placed p
  ), soonest as (
    -- As many as a statement moves well within its time (60 µs each); the next look moves those that are wanted later.
    select w.tenant_id, w.nudge_id, w.wanted_at from wanted w
    -- A quarter of a second is no storm.
    where abs(extract(epoch from (w.send_at - w.wanted_at))) > 0.25
    order by w.wanted_at, w.tenant_id, w.nudge_id limit 50000
  ), locked as (
    select n.tenant_id, n.nudge_id, s.wanted_at
    from soonest s join cw.nudge n on n.tenant_id = s.tenant_id and n.nudge_id = s.nudge_id
    where n.state = 'planned' and n.attempts = 0
    order by n.tenant_id, n.nudge_id for no key update of n skip locked
  )
  update cw.nudge n set send_at = l.wanted_at from locked l
  where n.tenant_id = l.tenant_id and n.nudge_id = l.nudge_id;
  get diagnostics moved = row_count;
  return moved;
end $$;

-- By the link in a mail. True when there is such an address.
create function cw.stop_by_token(token text, now_at timestamptz) returns boolean
language plpgsql security definer set search_path = cw, pg_temp as $$
declare stopped integer;
begin
  -- A code that is under way came before, so it starts nothing again.
  update cw.way o set stopped_at = coalesce(o.stopped_at, now_at), code_hash = null, code_until = null
  from cw.way w where w.stop_token = token and o.way = w.way and o.address = w.address;
  get diagnostics stopped = row_count;
  return stopped > 0;
end $$;

-- By STOP from a number, for everybody who has it. Returns how many.
create function cw.stop_address(by_way text, of_address text, now_at timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare stopped integer;
begin
  update cw.way w set stopped_at = coalesce(w.stopped_at, now_at), code_hash = null, code_until = null
  where w.way = by_way and w.address = of_address;
  get diagnostics stopped = row_count;
  return stopped;
end $$;

-- Counts a code that is about to be sent, by a hash of whom or of where to; false when there were enough within that time
-- (a day at most). Whoever counts two hashes in a transaction counts the person's first.
create function cw.count_code(hash bytea, most integer, within_ms bigint, now_at timestamptz) returns boolean
language plpgsql security definer set search_path = cw, pg_temp as $$
declare known timestamptz[];
begin
  delete from cw.code_count c where c.of_hash in (select d.of_hash from cw.code_count d
    where d.sent[cardinality(d.sent)] < now_at - interval '1 day' order by d.of_hash limit 100 for update skip locked);
  -- Locks it, whether or not it was there.
  insert into cw.code_count as c (of_hash, sent) values (hash, '{}') on conflict (of_hash) do update set sent = c.sent;
  select array(select s from unnest(c.sent) s where s > now_at - interval '1 day' order by s) into known
  from cw.code_count c where c.of_hash = hash;
  if (select count(*) from unnest(known) s where s > now_at - within_ms * interval '1 millisecond') >= most then
    return false;
  end if;
  update cw.code_count c set sent = known || now_at where c.of_hash = hash;
  return true;
end $$;

create index answer_age on cw.answer (answered_at);
-- What was answered about a meeting that is long over. What is said of a series stays while it has occurrences, and for a
-- long time where none is in sight.
create function cw.prune_answers(most integer, answered_before timestamptz, of_series_before timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare pruned integer;
begin
  delete from cw.answer where ctid in (select a.ctid from cw.answer a
    where a.answered_at < answered_before
      and (a.answered_at < of_series_before or a.kind not in
        ('agenda.skipped', 'followUp.skipped', 'points.skipped', 'points.open', 'reminder.leads'))
      and not exists (select from cw.event e where e.tenant_id = a.tenant_id and e.mailbox_id = a.person_id
        and e.event_id = a.event_id and e.type <> 'master' and e.end_at >= answered_before)
      and not exists (select from cw.event e where e.tenant_id = a.tenant_id and e.mailbox_id = a.person_id
        and e.series_master_id = a.event_id and e.end_at >= answered_before)
    order by a.answered_at, a.tenant_id, a.person_id, a.kind, a.event_id limit most);
  get diagnostics pruned = row_count;
  return pruned;
end $$;

do $$
declare one text;
begin
  foreach one in array array['ms(timestamptz)', 'begin_sends(text[], text[], bigint[], integer, timestamptz)',
    'record_sends(json, timestamptz)', 'prune_answers(integer, timestamptz, timestamptz)', 'begin_send(text, text, bigint, integer, timestamptz)',
    'record_sent(text, text, bigint, text, text, jsonb, timestamptz, timestamptz)',
    'charge_calls(text, integer, integer, text[], timestamptz)', 'claim_sends(integer, integer, integer, integer, text[], timestamptz)',
    'claim_other(text, integer, integer, integer, text[], timestamptz)', 'beat_instance(text, integer, timestamptz)',
    'end_instance(text)', 'take_duty(text, integer, timestamptz)',
    'spread_storms(integer, integer, integer, timestamptz)', 'stop_by_token(text, timestamptz)',
    'stop_address(text, text, timestamptz)', 'count_code(bytea, integer, bigint, timestamptz)']
  loop
    execute format('revoke all on function cw.%s from public', one);
  end loop;
end $$;
grant execute on function cw.ms(timestamptz), cw.begin_sends(text[], text[], bigint[], integer, timestamptz),
  cw.record_sends(json, timestamptz), cw.prune_answers(integer, timestamptz, timestamptz),
  cw.begin_send(text, text, bigint, integer, timestamptz),
  cw.record_sent(text, text, bigint, text, text, jsonb, timestamptz, timestamptz),
  cw.charge_calls(text, integer, integer, text[], timestamptz), cw.claim_sends(integer, integer, integer, integer, text[], timestamptz),
  cw.claim_other(text, integer, integer, integer, text[], timestamptz), cw.beat_instance(text, integer, timestamptz),
  cw.end_instance(text), cw.take_duty(text, integer, timestamptz),
  cw.spread_storms(integer, integer, integer, timestamptz), cw.stop_by_token(text, timestamptz),
  cw.stop_address(text, text, timestamptz), cw.count_code(bytea, integer, bigint, timestamptz) to :app_role;
