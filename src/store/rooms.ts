/** Rooms that an admin added. A room's mailbox is watched like a person's: its row in cw.person has the same id. */
import type { Room } from '../rooms/types.ts';
import { NOT_TAKEN } from './bookings.ts';
import { at, type Sql } from './database.ts';

/** A tenant with more rooms than this sees these of them. */
const MOST_ROOMS = 10_000;

const ROOM = `room_id as "roomId", address, name, building, floor, capacity, features,
  case when latitude is not null and longitude is not null
    then jsonb_build_object('latitude', latitude, 'longitude', longitude) end as coordinates,
  keeps_ghosts as "keepsGhosts", policy`;

export async function roomsOf(sql: Sql, tenantId: string): Promise<Room[]> {
  return sql.query<Room>(
    `select ${ROOM} from cw.room where tenant_id = $1 order by name, room_id limit ${MOST_ROOMS}`,
    [tenantId],
  );
}

export async function findRoom(sql: Sql, tenantId: string, roomId: string): Promise<Room | undefined> {
  const [row] = await sql.query<Room>(`select ${ROOM} from cw.room where tenant_id = $1 and room_id = $2`, [
    tenantId,
    roomId,
  ]);
  return row;
}

/** Free in all of [from, to), with that many seats (or nobody knows how many), and all of these features. */
export async function freeRooms(
  sql: Sql,
  tenantId: string,
  span: { from: number; to: number },
  needs: { people: number; features: readonly string[] },
): Promise<Room[]> {
  return sql.query<Room>(
    `select ${ROOM} from cw.room where tenant_id = $1 and (capacity is null or capacity >= $4) and features @> $5
       and ${NOT_TAKEN} order by name, room_id limit ${MOST_ROOMS}`,
    [tenantId, at(span.from), at(span.to), needs.people, needs.features],
  );
}

/** @param addresses lower case */
export async function roomsByAddress(sql: Sql, tenantId: string, addresses: readonly string[]): Promise<Room[]> {
  if (addresses.length === 0) return [];
  return sql.query<Room>(
    `select ${ROOM} from cw.room where tenant_id = $1 and address = any ($2) order by name, room_id limit ${MOST_ROOMS}`,
    [tenantId, addresses],
  );
}

/** Which of these ids are rooms that are known here. */
export async function roomsWithIds(sql: Sql, tenantId: string, roomIds: readonly string[]): Promise<Room[]> {
  if (roomIds.length === 0) return [];
  return sql.query<Room>(
    `select ${ROOM} from cw.room where tenant_id = $1 and room_id = any ($2) order by name, room_id limit ${MOST_ROOMS}`,
    [tenantId, roomIds],
  );
}

/**
 * Added, or what is known of it made new; what an admin chose for it (policy, ghosts) stays. Its row in cw.person must be
 * there already. Of two accounts with one address the newer one counts.
 */
export async function saveRoom(
  sql: Sql,
  tenantId: string,
  room: Omit<Room, 'keepsGhosts' | 'policy'>,
  addedBy: string,
  now: number,
): Promise<void> {
  await sql.query('delete from cw.room where tenant_id = $1 and address = $2 and room_id <> $3', [
    tenantId,
    room.address,
    room.roomId,
  ]);
  await sql.query(
    `insert into cw.room (tenant_id, room_id, address, name, building, floor, capacity, features, latitude, longitude,
       added_by, added_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     on conflict (tenant_id, room_id) do update set address = $3, name = $4, building = $5, floor = $6, capacity = $7,
       features = $8, latitude = $9, longitude = $10`,
    [
      tenantId,
      room.roomId,
      room.address,
      room.name,
      room.building,
      room.floor,
      room.capacity,
      room.features,
      room.coordinates?.latitude ?? null,
      room.coordinates?.longitude ?? null,
      addedBy,
      at(now),
    ],
  );
}

/** What only an admin says of a room. */
export async function saveRoomChoices(
  sql: Sql,
  tenantId: string,
  roomId: string,
  choices: Partial<Pick<Room, 'keepsGhosts'>> & { policy?: Record<string, unknown> },
): Promise<void> {
  await sql.query(
    `update cw.room set keeps_ghosts = coalesce($3, keeps_ghosts), policy = coalesce($4::jsonb, policy)
     where tenant_id = $1 and room_id = $2`,
    [tenantId, roomId, choices.keepsGhosts ?? null, choices.policy ? JSON.stringify(choices.policy) : null],
  );
}

/** With its bookings, conflicts and check-ins; its mailbox is ended by whoever removes it. False: there was none. */
export async function removeRoom(sql: Sql, tenantId: string, roomId: string): Promise<boolean> {
  const rows = await sql.query('delete from cw.room where tenant_id = $1 and room_id = $2 returning room_id', [
    tenantId,
    roomId,
  ]);
  return rows.length > 0;
}

export async function pruneRooms(system: Sql, most: number, endedBefore: number): Promise<number> {
  const [row] = await system.query<{ pruned: number }>('select cw.prune_rooms($1, $2) as pruned', [
    most,
    at(endedBefore),
  ]);
  return row?.pruned ?? 0;
}
