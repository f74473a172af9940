/** Where addresses are: found once for everybody in a tenant. Only a hash of an address is kept. */
import { createHash } from 'node:crypto';
import type { Coordinates } from '../calendar/event.ts';
import { at, type Sql } from './database.ts';

const hashOf = (address: string) => createHash('sha256').update(address).digest();

/** By address; null: it was looked for and not found. What was never looked for is not in it. */
export async function spotsKnown(
  sql: Sql,
  tenantId: string,
  addresses: string[],
): Promise<Map<string, Coordinates | null>> {
  const byHash = new Map(addresses.map((address) => [hashOf(address).toString('hex'), address]));
  const rows = await sql.query<{ hash: string; latitude: number | null; longitude: number | null }>(
    `select encode(address_hash, 'hex') as hash, latitude, longitude from cw.spot
     where tenant_id = $1 and address_hash = any ($2)`,
    [tenantId, addresses.map(hashOf)],
  );
  return new Map(
    rows.flatMap(({ hash, latitude, longitude }): [string, Coordinates | null][] => {
      const address = byHash.get(hash);
      if (address === undefined) return [];
      return [[address, latitude === null || longitude === null ? null : { latitude, longitude }]];
    }),
  );
}

export async function saveSpot(
  sql: Sql,
  tenantId: string,
  address: string,
  spot: Coordinates | undefined,
  now: number,
): Promise<void> {
  await sql.query(
    `insert into cw.spot (tenant_id, address_hash, latitude, longitude, found_at) values ($1, $2, $3, $4, $5)
     on conflict (tenant_id, address_hash) do update set latitude = $3, longitude = $4, found_at = $5`,
    [tenantId, hashOf(address), spot?.latitude ?? null, spot?.longitude ?? null, at(now)],
  );
}

export async function pruneSpots(system: Sql, most: number, foundBefore: number): Promise<number> {
  const [row] = await system.query<{ pruned: number }>('select cw.prune_spots($1, $2) as pruned', [
    most,
    at(foundBefore),
  ]);
  return row?.pruned ?? 0;
}
