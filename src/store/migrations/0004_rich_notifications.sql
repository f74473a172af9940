-- Rich notifications (RICH_NOTIFICATIONS=on): Graph encrypts what it tells with a certificate of ours. Any instance must
-- be able to read what any other asked for, so certificates and their private keys are shared here.

create table cw.rich_certificate (
  certificate_id text primary key,
  certificate    text not null,                       -- X.509, DER in base64, as Graph is given it
  private_key    text not null,                       -- PKCS#8 PEM; to be encrypted with the rest of what is secret
  made_at        timestamptz not null,
  expires_at     timestamptz not null
);

-- No tenant: one certificate serves all of them, as one app does. The product's role has no rights on the table; it is
-- reached by the functions below alone, and a role that is handed rights by mistake still sees no row.
alter table cw.rich_certificate enable row level security;
create policy nobody on cw.rich_certificate using (false) with check (false);
revoke all on cw.rich_certificate from public;

-- Which certificate the subscription was made with; null: it tells ids alone.
alter table cw.subscription add certificate_id text;
create index subscription_certificate on cw.subscription (certificate_id) where certificate_id is not null;

-- All that are kept, the newest first: the newest is for new subscriptions, the others are to read what still comes.
create function cw.rich_certificates()
returns table (certificate_id text, certificate text, private_key text, made_at timestamptz, expires_at timestamptz)
language sql stable security definer set search_path = cw, pg_temp as $$
  select c.certificate_id, c.certificate, c.private_key, c.made_at, c.expires_at
  from cw.rich_certificate c order by c.made_at desc, c.certificate_id
$$;

-- Adds one unless there is one already that was made after `made_after`: of instances that see the need at the same
-- moment one wins, and the others throw theirs away. Returns whether it was added.
create function cw.add_rich_certificate(id text, x509 text, pem text, made timestamptz, expires timestamptz,
  made_after timestamptz) returns boolean
language plpgsql security definer set search_path = cw, pg_temp as $$
begin
  -- Readers don't wait for this. Whoever waited looks with the eyes of a new statement, and sees what the first added.
  lock table cw.rich_certificate in share row exclusive mode;
  if exists (select from cw.rich_certificate c where c.made_at > made_after) then return false; end if;
  insert into cw.rich_certificate (certificate_id, certificate, private_key, made_at, expires_at)
    values (id, x509, pem, made, expires);
  return true;
end $$;

-- Forgets keys that nothing can need any more: a newer certificate has been there since before `superseded_before`, and
-- no subscription that still lived then was made with this one. Returns how many.
create function cw.prune_rich_certificates(superseded_before timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare pruned integer;
begin
  delete from cw.rich_certificate c
  where exists (select from cw.rich_certificate newer
      where newer.made_at > c.made_at and newer.made_at < superseded_before)
    and not exists (select from cw.subscription s
      where s.certificate_id = c.certificate_id and s.expires_at > superseded_before);
  get diagnostics pruned = row_count;
  return pruned;
end $$;

revoke all on function cw.rich_certificates(), cw.prune_rich_certificates(timestamptz),
  cw.add_rich_certificate(text, text, text, timestamptz, timestamptz, timestamptz) from public;
grant execute on function cw.rich_certificates(), cw.prune_rich_certificates(timestamptz),
  cw.add_rich_certificate(text, text, text, timestamptz, timestamptz, timestamptz) to :app_role;
