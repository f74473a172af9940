-- A lighter ledger: a claim takes a little from each tenant in turn instead of much from few (a process waits less for
-- slots and sends more), a crowd is through two seconds before its time, and beginning an attempt touches no index.

-- Without `attempts = 0`: a predicate on a column that each attempt changes made every index of the table be written.
create index nudge_planned_due on cw.nudge (due_at) where state = 'planned';
drop index cw.nudge_ahead;
-- Room on each page for the next version of a row that changes a few times in its life.
alter table cw.nudge set (fillfactor = 80);
alter table cw.conversation set (fillfactor = 80);
alter table cw.tenant set (fillfactor = 50);

-- As before, but stable, as what it is made of: only then is it part of the caller's expression.
create or replace function cw.ms(instant timestamptz) returns bigint
language sql stable parallel safe as $$ select floor(extract(epoch from instant) * 1000)::bigint $$;

-- For a tenant with many overdue: by urgency without reading and sorting them all, at each claim.
create index nudge_urgent on cw.nudge (tenant_id, deadline_at, send_at, nudge_id) where state in ('planned', 'claimed');

-- Of very many overdue, the most urgent: walks the index by deadline. What is due goes before what is only sent early.
create function cw.most_urgent_of_many(of_tenant text, most integer, kinds text[], now_at timestamptz)
returns setof text
language plpgsql stable set search_path = cw, pg_temp set enable_sort = off set enable_bitmapscan = off as $$
begin
  return query (
    select x.nudge_id from cw.nudge x
    where x.tenant_id = of_tenant and x.state in ('planned', 'claimed') and x.send_at <= now_at and x.deadline_at > now_at
      and (x.state = 'planned' or x.lease <= now_at) and x.way = 'teams' and x.kind = any (kinds) and x.due_at <= now_at
    order by x.deadline_at, x.send_at, x.nudge_id limit most
  ) union all (
    select x.nudge_id from cw.nudge x
    where x.tenant_id = of_tenant and x.state in ('planned', 'claimed') and x.send_at <= now_at and x.deadline_at > now_at
      and (x.state = 'planned' or x.lease <= now_at) and x.way = 'teams' and x.kind = any (kinds) and x.due_at > now_at
    order by x.deadline_at, x.send_at, x.nudge_id limit most
  ) limit most;
end $$;

create function cw.most_urgent(of_tenant text, most integer, kinds text[], now_at timestamptz) returns setof text
language plpgsql stable set search_path = cw, pg_temp as $$
declare
  is_backlog boolean;
begin
  select count(*) > 500 into is_backlog from (
    select from cw.nudge x where x.tenant_id = of_tenant and x.state in ('planned', 'claimed') and x.send_at <= now_at
    order by x.send_at limit 501
  ) overdue;
  if is_backlog then
    return query select cw.most_urgent_of_many(of_tenant, most, kinds, now_at);
    return;
  end if;
  return query
    select x.nudge_id from cw.nudge x
    where x.tenant_id = of_tenant and x.state in ('planned', 'claimed') and x.send_at <= now_at and x.deadline_at > now_at
      and (x.state = 'planned' or x.lease <= now_at) and x.way = 'teams' and x.kind = any (kinds)
    order by x.due_at > now_at, x.deadline_at, x.send_at, x.nudge_id limit most;
end $$;
revoke all on function cw.most_urgent_of_many(text, integer, text[], timestamptz),
  cw.most_urgent(text, integer, text[], timestamptz) from public;

-- As in 0008, but for whom a claim takes how much.
create or replace function cw.claim_sends(most integer, lease_ms integer, per_second integer, horizon_ms integer, kinds text[],
  now_at timestamptz)
returns table (tenant_id text, nudge_id text, fence bigint, slot_at timestamptz, again boolean, chat text)
language plpgsql security definer set search_path = cw, pg_temp as $$
declare
  tenants text[];
  step interval := interval '1 second' / per_second;
  room integer;
  share integer;
  taken integer;
  remaining integer := most;
  starts timestamptz;
begin
  -- Those whose turn it is, without a lock: others claim beside us.
  select array_agg(d.tenant_id order by d.pace_at, d.send_at, d.tenant_id) into tenants
  from (
    select t.tenant_id, t.pace_at, first.send_at from cw.tenant t
    join lateral (
      select min(n.send_at) as send_at from cw.nudge n
      where n.tenant_id = t.tenant_id and n.state in ('planned', 'claimed') and n.send_at <= now_at
        and (n.state = 'planned' or n.lease <= now_at) and n.deadline_at > now_at
        and n.way = 'teams' and n.kind = any (kinds)
    ) first on first.send_at is not null
    where t.paused_at is null and t.pace_at <= now_at + horizon_ms * interval '1 millisecond' - step
    order by t.pace_at, first.send_at, t.tenant_id limit most
  ) d;
  for i in 1 .. coalesce(cardinality(tenants), 0) loop
    exit when remaining <= 0;
    select greatest(t.pace_at, now_at) into starts from cw.tenant t
    where t.tenant_id = tenants[i] and t.paused_at is null for no key update skip locked;
    continue when not found;
    room := floor(extract(epoch from (now_at + horizon_ms * interval '1 millisecond' - starts)) * per_second);
    -- The same for each that is in turn: many short waits for a slot instead of a few long ones.
    share := least(room, ceil(remaining::numeric / (cardinality(tenants) - i + 1)));
    continue when share <= 0;
    return query
      with due as (
        select n.nudge_id, n.in_doubt, row_number() over (order by n.is_early, n.deadline_at, n.send_at, n.nudge_id)
          as place
        from (
          -- A few more than are taken: one that is being written to is left out.
          select x.nudge_id, x.state = 'claimed' and x.sending_at is not null as in_doubt, x.due_at > now_at as is_early,
            x.deadline_at, x.send_at
          from cw.nudge x
          where x.tenant_id = tenants[i] and x.state in ('planned', 'claimed') and x.send_at <= now_at
            and (x.state = 'planned' or x.lease <= now_at) and x.deadline_at > now_at
            and x.way = 'teams' and x.kind = any (kinds)
            and x.nudge_id = any (array(select cw.most_urgent(tenants[i], share + 32, kinds, now_at)))
          order by x.due_at > now_at, x.deadline_at, x.send_at, x.nudge_id limit share for no key update skip locked
        ) n
      )
      update cw.nudge n set state = 'claimed', fence = n.fence + 1, sending_at = null,
        ambiguous = n.ambiguous + case when due.in_doubt then 1 else 0 end,
        lease = now_at + lease_ms * interval '1 millisecond'
      from due where n.tenant_id = tenants[i] and n.nudge_id = due.nudge_id
      returning n.tenant_id, n.nudge_id, n.fence, starts + (due.place - 1) * step, due.in_doubt,
        (select p.conversation_id from cw.person p where p.tenant_id = n.tenant_id and p.person_id = n.person_id);
    get diagnostics taken = row_count;
    if taken > 0 then
      update cw.tenant t set pace_at = starts + taken * step where t.tenant_id = tenants[i];
      remaining := remaining - taken;
    end if;
  end loop;
end $$;

-- As in 0008, but for the margin of a crowd.
create or replace function cw.spread_storms(per_second integer, fleet_per_second integer, ahead_ms integer, now_at timestamptz)
returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare
  step interval := interval '1 second' / per_second;
  fleet_step interval := interval '1 second' / fleet_per_second;
  -- Of a crowd, the last one goes out a little before its time: what a busy second costs makes nobody late.
  margin interval := interval '2 seconds';
  moved integer;
begin
  with open as (
    select n.tenant_id, n.nudge_id, n.send_at, n.due_at,
      n.due_at - case when count(*) over (partition by n.tenant_id, n.due_at) > per_second / 2
        or count(*) over (partition by n.due_at) > fleet_per_second / 2 then margin else interval '0' end as last_at,
      greatest(n.earliest_at, n.due_at - coalesce((t.policy ->> 'earlyMinutes')::integer, 1440) * interval '1 minute')
        as earliest_at
    from cw.nudge n join cw.tenant t on t.tenant_id = n.tenant_id
    where n.state = 'planned' and n.attempts = 0 and not n.held and n.way = 'teams'
      and n.due_at > now_at and n.due_at <= now_at + ahead_ms * interval '1 millisecond'
  ), ahead as (
    select o.*, row_number() over (partition by o.tenant_id order by o.last_at desc, o.nudge_id desc) as place from open o
  ), by_tenant as (
    select a.*, least(a.last_at, min(a.last_at + a.place * step) over (partition by a.tenant_id
      order by a.last_at desc, a.nudge_id desc rows unbounded preceding) - a.place * step) as latest_at
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
      -- A crowd that is nearly through is none any more; its last ones stay where they are.
      and (w.wanted_at < w.send_at or w.send_at > now_at + interval '15 seconds')
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
