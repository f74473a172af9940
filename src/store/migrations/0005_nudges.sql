-- Nudges that people keep switched on: what a plan needs to know of a person, and one message a meeting.

alter table cw.person
  add column working_hours jsonb,                     -- calendar/working-hours.ts; null: Outlook did not say
  add column away jsonb,                              -- {"from": ms, "to": ms} while automatic replies are on
  add column address text,                            -- theirs in other people's invitations; lower case
  add column replan_at timestamptz;                   -- the plan asked to be made anew then
create index person_replan on cw.person (replan_at) where replan_at is not null;
create index person_address on cw.person (tenant_id, address) where address is not null;

-- Whoever is watched is planned anew soon, also those whose calendar can't be read just now.
update cw.person set replan_at = seen_at where watch <> 'off';

-- Changes that the version before this one told nobody of, by design, are no news now.
update cw.change set told_in = 'before more was told'
  where told_in is null and not aspects && '{moved,cancelled,removed}'::text[];

-- What an admin chose for everybody (nudges/settings.ts, TenantPolicy).
alter table cw.tenant add column policy jsonb not null default '{}';

-- A message about a meeting that stands in a chat and may still be changed: made equal to what is true, as nudges are
-- made equal to the plan. Its row comes in the transaction that records the send.
create table cw.card (
  tenant_id       text not null,
  nudge_id        text not null,                      -- the nudge that it was sent for
  person_id       text not null,
  conversation_id text not null,
  activity_id     text not null,
  kind            text not null,
  event_id        text not null,
  start_at        timestamptz not null,
  facts           jsonb not null,
  shape           text not null check (shape in ('whole', 'line')),
  why             text,                               -- of a line: newer, cancelled, moved, …
  sent_at         timestamptz not null,
  ends_at         timestamptz not null,               -- nobody looks at it after that
  -- An update is wanted from then on; null: the chat shows what is here.
  update_at       timestamptz,
  revision        bigint not null default 0,
  attempts        integer not null default 0,
  lease           timestamptz,
  primary key (tenant_id, nudge_id),
  foreign key (tenant_id, person_id) references cw.person on delete cascade
);
create index card_person on cw.card (tenant_id, person_id, ends_at);
create index card_update on cw.card (update_at) where update_at is not null;
create index card_tenant_update on cw.card (tenant_id, update_at) where update_at is not null;
create index card_age on cw.card (ends_at);

-- The version that a write of ours gave to an entry: what changed by it is no news.
create table cw.own_write (
  tenant_id  text not null,
  mailbox_id text not null,
  change_key text not null,
  written_at timestamptz not null,
  primary key (tenant_id, mailbox_id, change_key),
  foreign key (tenant_id, mailbox_id) references cw.mailbox on delete cascade
);
create index own_write_age on cw.own_write (written_at);

do $$
declare one text;
begin
  foreach one in array array['card', 'own_write']
  loop
    execute format('alter table cw.%I enable row level security', one);
    execute format('create policy tenant_wall on cw.%I using (tenant_id = current_setting(''cw.tenant_id'', true))
      with check (tenant_id = current_setting(''cw.tenant_id'', true))', one);
  end loop;
end $$;
grant select, insert, update, delete on cw.card, cw.own_write to :app_role;

-- People whose plan asked to be made anew. `replan_at` is set back by a lease, so that one that is lost comes again.
create function cw.claim_replans(most integer, lease_ms integer, now_at timestamptz)
returns table (tenant_id text, person_id text)
language sql security definer set search_path = cw, pg_temp as $$
  with due as (
    select p.tenant_id, p.person_id from cw.person p where p.replan_at <= now_at
    order by p.replan_at, p.tenant_id, p.person_id limit most for no key update skip locked
  )
  update cw.person p set replan_at = now_at + lease_ms * interval '1 millisecond'
  from due where p.tenant_id = due.tenant_id and p.person_id = due.person_id
  returning p.tenant_id, p.person_id
$$;

-- Updates of cards count against the same limit as messages, and wait until no message of their tenant is due.
create function cw.claim_cards(most integer, lease_ms integer, per_second integer, now_at timestamptz)
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
    where t.pace_at <= now_at
      and exists (select from cw.card c where c.tenant_id = t.tenant_id and c.update_at <= now_at
        and (c.lease is null or c.lease <= now_at))
      and not exists (select from cw.nudge n where n.tenant_id = t.tenant_id and n.state = 'planned'
        and n.send_at <= now_at and n.deadline_at > now_at)
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

create function cw.prune_cards(most integer, ended_before timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare
  pruned integer;
  step integer;
begin
  delete from cw.card where ctid in (select ctid from cw.card where ends_at < ended_before
    order by ends_at, tenant_id, nudge_id limit most);
  get diagnostics pruned = row_count;
  delete from cw.own_write where ctid in (select ctid from cw.own_write where written_at < ended_before
    order by written_at, tenant_id, change_key, mailbox_id limit most);
  get diagnostics step = row_count;
  return pruned + step;
end $$;

revoke all on function cw.claim_replans(integer, integer, timestamptz),
  cw.claim_cards(integer, integer, integer, timestamptz), cw.prune_cards(integer, timestamptz) from public;
grant execute on function cw.claim_replans(integer, integer, timestamptz),
  cw.claim_cards(integer, integer, integer, timestamptz), cw.prune_cards(integer, timestamptz) to :app_role;
