-- Safe to install: who may do what, what is kept and for how long, and who did what. Everything here is added;
-- instances of the version before go on.

-- Another account than the chat's, where an admin allows that: its tokens wait (sealed) until the chat that asked has
-- redeemed the code that only the finished page shows.
alter table cw.sign_in
  add column account_id text,                          -- object id of the account that signed in
  add column account_cache text,                       -- sealed: MSAL's cache of that account
  add column code_hash bytea,
  add column code_tries integer not null default 0,
  -- Teams' single sign-on, offered by the card that shows the link: each of a person's devices answers with this id.
  add column exchange_id text,
  add column exchange_state text
    constraint sign_in_exchange_check check (exchange_state in ('offered', 'begun', 'done', 'page', 'failed'));

alter table cw.person
  -- By whose permission the calendar is read: the person's own, or the application's (an admin watches for them).
  add column access text not null default 'delegated',
  add constraint person_access_check check (access in ('delegated', 'application')) not valid,
  -- They typed “watch off”: no admin switches it on again, only they.
  add column declined_at timestamptz,
  -- They had connected themselves before the application took over: without it they go back to that.
  add column own_before boolean not null default false,
  -- Another account of the same tenant that signed in for this chat; null: their own.
  add column account_id text,
  -- The bot was removed: all we hold is forgotten after the time that configuration says.
  add column uninstalled_at timestamptz,
  -- They were watched when it was removed: a new installation goes on.
  add column watched_before boolean not null default false,
  -- All is forgotten but what ends the subscriptions at Graph (tokens, their ids); with those this row goes too.
  add column forgetting_at timestamptz;
create index person_uninstalled on cw.person (uninstalled_at) where uninstalled_at is not null;
create index person_forgetting on cw.person (forgetting_at) where forgetting_at is not null;

-- What admins have the application watch: a group, or the whole tenant.
create table cw.app_watch (
  tenant_id text not null,
  watch_id  text not null,
  kind      text not null check (kind in ('group', 'tenant')),
  object_id text not null,                             -- of the group; '' for the tenant
  label     text not null,                             -- as the admin reads it
  added_by  text not null,                             -- object id of the admin
  added_at  timestamptz not null,
  look_at   timestamptz not null,                      -- when its members are read next
  looked_at timestamptz,
  lease     timestamptz,
  problem   text,                                      -- code of why they could not be read
  failures  integer not null default 0,
  ending    boolean not null default false,            -- an admin ended it; who is left is still to be switched off
  primary key (tenant_id, watch_id),
  unique (tenant_id, kind, object_id)
);
create index app_watch_due on cw.app_watch (look_at);
-- Who is watched because of it.
create table cw.app_member (
  tenant_id text not null,
  watch_id  text not null,
  person_id text not null,
  seen_at   timestamptz not null,
  primary key (tenant_id, watch_id, person_id),
  foreign key (tenant_id, watch_id) references cw.app_watch on delete cascade,
  foreign key (tenant_id, person_id) references cw.person on delete cascade
);
create index app_member_person on cw.app_member (tenant_id, person_id);

-- Who did what: it outlives what it is about, so it refers to nothing, and holds ids and codes alone.
create table cw.audit (
  tenant_id text not null,
  audit_id  text not null,
  at        timestamptz not null,
  actor_id  text,                                      -- null: Calendar Watch itself
  person_id text,                                      -- whom it was about
  act       text not null,                             -- 'connected', 'forgot', …: privacy/audit.ts
  detail    jsonb not null default '{}',
  primary key (tenant_id, audit_id)
);
create index audit_newest on cw.audit (tenant_id, at desc, audit_id);
create index audit_age on cw.audit (at);
create index audit_forgot on cw.audit (tenant_id, person_id) where act = 'forgot';

-- A link to one's own data: one a person, good once, for ten minutes.
create table cw.export_link (
  tenant_id  text not null,
  person_id  text not null,
  token_hash bytea not null,
  expires_at timestamptz not null,
  kind       text not null default 'own' check (kind in ('own', 'audit')),
  primary key (tenant_id, person_id),
  foreign key (tenant_id, person_id) references cw.person on delete cascade
);

do $$
declare one text;
begin
  foreach one in array array['app_watch', 'app_member', 'audit', 'export_link'] loop
    execute format('alter table cw.%I enable row level security', one);
    execute format('create policy tenant_wall on cw.%I using (tenant_id = current_setting(''cw.tenant_id'', true))
      with check (tenant_id = current_setting(''cw.tenant_id'', true))', one);
  end loop;
end $$;
grant select, insert, update, delete on cw.app_watch, cw.app_member, cw.export_link to :app_role;
-- Nobody rewrites what was done; it goes with age, by a function.
grant select, insert on cw.audit to :app_role;

-- Functions follow; each revoked from public and granted to :app_role at the end.

-- Groups whose members are to be read. The lease is also the fence: whoever extends it names the one that they hold.
create function cw.claim_app_watches(most integer, lease_ms integer, now_at timestamptz)
returns table (tenant_id text, watch_id text)
language sql security definer set search_path = cw, pg_temp as $$
  with due as (
    select a.tenant_id, a.watch_id from cw.app_watch a
    where a.look_at <= now_at and (a.lease is null or a.lease <= now_at)
    order by a.look_at, a.tenant_id, a.watch_id limit most for no key update skip locked
  )
  update cw.app_watch a set lease = now_at + lease_ms * interval '1 millisecond'
  from due where a.tenant_id = due.tenant_id and a.watch_id = due.watch_id
  returning a.tenant_id, a.watch_id
$$;
revoke all on function cw.claim_app_watches(integer, integer, timestamptz) from public;
grant execute on function cw.claim_app_watches(integer, integer, timestamptz) to :app_role;

-- For npm run keys:rotate. Ids alone; what is theirs is read behind their wall.
create function cw.tenants_after(after_id text, most integer) returns table (tenant_id text)
language sql stable security definer set search_path = cw, pg_temp as $$
  select t.tenant_id from cw.tenant t where t.tenant_id > after_id order by t.tenant_id limit least(most, 1000)
$$;
-- Only over the text that was read: whoever wrote meanwhile has written the better one.
create function cw.reseal_rich_certificate(id text, old_key text, new_key text) returns boolean
language plpgsql security definer set search_path = cw, pg_temp as $$
begin
  update cw.rich_certificate c set private_key = new_key where c.certificate_id = id and c.private_key = old_key;
  return found;
end $$;
revoke all on function cw.tenants_after(text, integer), cw.reseal_rich_certificate(text, text, text) from public;
grant execute on function cw.tenants_after(text, integer), cw.reseal_rich_certificate(text, text, text) to :app_role;

-- Of a private entry its times alone are kept (calendar/private.ts); what was kept before goes now.
create function cw.without_content(entry jsonb) returns jsonb language sql immutable as $$
  select (entry - '{place,joinUrl,bodyMark,hasAttachments,webLink}'::text[])
    || '{"subject": "Private appointment", "organizer": {"name": "", "address": ""}, "attendees": [], "isOnline": false,
      "agenda": []}'::jsonb
$$;
update cw.event set data = cw.without_content(data) where data ->> 'sensitivity' in ('private', 'confidential');
update cw.change set before = cw.without_content(before), after = cw.without_content(after)
  where before ->> 'sensitivity' in ('private', 'confidential') or after ->> 'sensitivity' in ('private', 'confidential');
drop function cw.without_content(jsonb);

-- Retention, in small steps. Heads of series begin long ago and are none of it: they go with their last occurrence.
create index event_age on cw.event (end_at) where type <> 'master';
create function cw.prune_past(most integer, ended_before timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare
  pruned integer;
  step integer;
  heads jsonb;
begin
  with gone as (
    delete from cw.event where ctid in (select e.ctid from cw.event e
      where e.end_at < ended_before and e.type <> 'master'
      order by e.end_at, e.tenant_id, e.mailbox_id, e.event_id limit most for update skip locked)
    returning tenant_id, mailbox_id, series_master_id
  )
  select count(*), jsonb_agg(distinct jsonb_build_object('t', g.tenant_id, 'm', g.mailbox_id, 'e', g.series_master_id))
    filter (where g.series_master_id is not null) into pruned, heads from gone g;
  delete from cw.event h using jsonb_to_recordset(coalesce(heads, '[]')) as r (t text, m text, e text)
  where h.tenant_id = r.t and h.mailbox_id = r.m and h.event_id = r.e and h.type = 'master' and h.end_at < ended_before
    and not exists (select from cw.event o where o.tenant_id = r.t and o.mailbox_id = r.m and o.series_master_id = r.e);
  get diagnostics step = row_count;
  return pruned + step;
end $$;

create function cw.prune_audit(most integer, done_before timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare pruned integer;
begin
  delete from cw.audit where ctid in (select a.ctid from cw.audit a where a.at < done_before
    order by a.at, a.tenant_id, a.audit_id limit most);
  get diagnostics pruned = row_count;
  return pruned;
end $$;

create function cw.prune_export_links(most integer, now_at timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare pruned integer;
begin
  delete from cw.export_link where ctid in (select l.ctid from cw.export_link l where l.expires_at <= now_at
    order by l.expires_at, l.tenant_id, l.person_id limit most);
  get diagnostics pruned = row_count;
  return pruned;
end $$;

-- Whoever removed the bot before that moment and did not come back; ids for the job, which looks again behind the wall.
create function cw.uninstalled_people(most integer, removed_before timestamptz)
returns table (tenant_id text, person_id text)
language sql stable security definer set search_path = cw, pg_temp as $$
  select p.tenant_id, p.person_id from cw.person p
  where p.uninstalled_at < removed_before and p.seen_at <= p.uninstalled_at and p.watch = 'off' and p.forgetting_at is null
  order by p.uninstalled_at, p.tenant_id, p.person_id limit most
$$;
-- Of whom the rest may go: nothing is left to end at Graph, or it has taken too long.
create function cw.forgotten_people(most integer, waited_since timestamptz)
returns table (tenant_id text, person_id text)
language sql stable security definer set search_path = cw, pg_temp as $$
  select p.tenant_id, p.person_id from cw.person p
  where p.forgetting_at is not null and (p.forgetting_at < waited_since or not exists (select from cw.mailbox m
    where m.tenant_id = p.tenant_id and m.person_id = p.person_id and m.ending))
  order by p.forgetting_at, p.tenant_id, p.person_id limit most
$$;
create index mailbox_person on cw.mailbox (tenant_id, person_id);
revoke all on function cw.prune_past(integer, timestamptz), cw.prune_audit(integer, timestamptz),
  cw.prune_export_links(integer, timestamptz), cw.uninstalled_people(integer, timestamptz),
  cw.forgotten_people(integer, timestamptz) from public;
grant execute on function cw.prune_past(integer, timestamptz), cw.prune_audit(integer, timestamptz),
  cw.prune_export_links(integer, timestamptz), cw.uninstalled_people(integer, timestamptz),
  cw.forgotten_people(integer, timestamptz) to :app_role;
