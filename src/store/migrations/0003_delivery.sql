-- Every nudge arrives, or it is known why not: an attempt is what was really sent, and one whose outcome nobody knows
-- is marked so.

alter table cw.nudge
  -- When the attempt under way went out; null until then. A lease that runs out before leaves nothing in doubt.
  add column sending_at timestamptz,
  -- It waits for a chat with the person; send_at is its deadline meanwhile.
  add column held boolean not null default false,
  drop constraint nudge_state_check,
  add constraint nudge_state_check
    check (state in ('planned', 'claimed', 'sent', 'withdrawn', 'missed', 'failed', 'unknown'));

create index nudge_held on cw.nudge (tenant_id, person_id) where held;

-- What is pruned is found by age; who points to a conversation is looked up for each, and when one is deleted.
create index conversation_seen on cw.conversation (seen_at);
create index person_conversation on cw.person (tenant_id, conversation_id) where conversation_id is not null;

-- As in 0001, but an attempt is counted when it goes out (store/nudges.ts, beginSend), and a lease that ran out is
-- ambiguous only after that.
create or replace function cw.claim_nudges(most integer, lease_ms integer, per_second integer, horizon_ms integer,
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
      select min(n.send_at) as send_at from cw.nudge n
      where n.tenant_id = t.tenant_id and n.state in ('planned', 'claimed') and n.send_at <= now_at
        and (n.state = 'planned' or n.lease <= now_at) and n.deadline_at > now_at
    ) first on first.send_at is not null
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
        select n.nudge_id, n.in_doubt, row_number() over (order by n.deadline_at, n.send_at, n.nudge_id) as place
        from (
          select i.nudge_id, i.state = 'claimed' and i.sending_at is not null as in_doubt, i.deadline_at, i.send_at
          from cw.nudge i
          where i.tenant_id = one.tenant_id and i.state in ('planned', 'claimed') and i.send_at <= now_at
            and (i.state = 'planned' or i.lease <= now_at) and i.deadline_at > now_at
          order by i.deadline_at, i.send_at, i.nudge_id limit share for no key update skip locked
        ) n
      )
      update cw.nudge n set state = 'claimed', fence = n.fence + 1, sending_at = null,
        ambiguous = n.ambiguous + case when due.in_doubt then 1 else 0 end,
        lease = now_at + lease_ms * interval '1 millisecond'
      from due where n.tenant_id = one.tenant_id and n.nudge_id = due.nudge_id
      returning n.tenant_id, n.nudge_id, n.fence, starts + (due.place - 1) * step, due.in_doubt;
    get diagnostics taken = row_count;
    if taken > 0 then
      update cw.tenant t set pace_at = starts + taken * step where t.tenant_id = one.tenant_id;
      remaining := remaining - taken;
    end if;
  end loop;
end $$;

-- As in 0001, but one that went out and was never heard of again is unknown, not missed: it may have arrived.
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
      else coalesce(n.reason, 'its moment had passed') end
  from late where n.tenant_id = late.tenant_id and n.nudge_id = late.nudge_id
  returning n.tenant_id, n.nudge_id
$$;

-- Retention of dead references: chats that lead to nobody and were not heard of for long. In small steps.
create function cw.prune_conversations(most integer, seen_before timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare pruned integer;
begin
  delete from cw.conversation where ctid in (
    select c.ctid from cw.conversation c where c.seen_at < seen_before
      and not exists (select from cw.person p
        where p.tenant_id = c.tenant_id and p.conversation_id = c.conversation_id)
    order by c.seen_at, c.tenant_id, c.conversation_id limit most);
  get diagnostics pruned = row_count;
  return pruned;
end $$;
revoke all on function cw.prune_conversations(integer, timestamptz) from public;
grant execute on function cw.prune_conversations(integer, timestamptz) to :app_role;
