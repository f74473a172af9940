-- Addresses that came without coordinates, and where they were found to be; null: nobody knows, which is kept too.

create table cw.spot (
  tenant_id    text not null,
  address_hash bytea not null,                        -- SHA-256 of the address in lower case
  latitude     double precision check (latitude between -90 and 90),
  longitude    double precision check (longitude between -180 and 180),
  found_at     timestamptz not null,
  primary key (tenant_id, address_hash)
);
create index spot_age on cw.spot (found_at);
alter table cw.spot enable row level security;
create policy tenant_wall on cw.spot using (tenant_id = current_setting('cw.tenant_id', true))
  with check (tenant_id = current_setting('cw.tenant_id', true));
grant select, insert, update, delete on cw.spot to :app_role;

create function cw.prune_spots(most integer, found_before timestamptz) returns integer
language plpgsql security definer set search_path = cw, pg_temp as $$
declare pruned integer;
begin
  delete from cw.spot where ctid in (select ctid from cw.spot where found_at < found_before
    order by found_at, tenant_id, address_hash limit most);
  get diagnostics pruned = row_count;
  return pruned;
end $$;
revoke all on function cw.prune_spots(integer, timestamptz) from public;
grant execute on function cw.prune_spots(integer, timestamptz) to :app_role;
