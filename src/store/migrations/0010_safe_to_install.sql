-- Safe to install: who may do what, what is kept and for how long, and who did what. Everything here is added;
-- instances of the version before go on.

-- Another account than the chat's, where an admin allows that: its tokens wait (sealed) until the chat that asked has
-- redeemed the code that only the finished page shows.
alter table cw.sign_in
  add column account_id text,                          -- object id of the account that signed in
  add column account_cache text,                       -- sealed: MSAL's cache of that account
  add column code_hash bytea,
  add column code_tries integer not null default 0;

alter table cw.person
  -- By whose permission the calendar is read: the person's own, or the application's (an admin watches for them).
  add column access text not null default 'delegated',
  add constraint person_access_check check (access in ('delegated', 'application')) not valid,
  -- Another account of the same tenant that signed in for this chat; null: their own.
  add column account_id text,
  -- The bot was removed: all we hold is forgotten after the time that configuration says.
  add column uninstalled_at timestamptz;
create index person_uninstalled on cw.person (uninstalled_at) where uninstalled_at is not null;

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

-- A link to one's own data: one a person, good once, for ten minutes.
create table cw.export_link (
  tenant_id  text not null,
  person_id  text not null,
  token_hash bytea not null,
  expires_at timestamptz not null,
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
