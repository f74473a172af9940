/** Two bookings (or series) at one time in one room: open until no occurrence is left ahead. */
import type { RoomConflict, StoredConflict } from '../rooms/types.ts';
import { at, type Sql } from './database.ts';

/** Of one room; the soonest found are kept in sight. */
const MOST_OPEN = 1_000;

const CONFLICT = `conflict_id as "conflictId", room_id as "roomId", first_key as "firstKey", second_key as "secondKey",
  occurrences, told, found_at as "foundAt", settled_at as "settledAt"`;

export async function openConflictsOf(sql: Sql, tenantId: string, roomId: string): Promise<StoredConflict[]> {
  return sql.query<StoredConflict>(
    `select ${CONFLICT} from cw.room_conflict where tenant_id = $1 and room_id = $2 and settled_at is null
     order by found_at, conflict_id limit ${MOST_OPEN}`,
    [tenantId, roomId],
  );
}

export async function findConflict(
  sql: Sql,
  tenantId: string,
  conflictId: string,
): Promise<StoredConflict | undefined> {
  const [row] = await sql.query<StoredConflict>(
    `select ${CONFLICT} from cw.room_conflict where tenant_id = $1 and conflict_id = $2`,
    [tenantId, conflictId],
  );
  return row;
}

/** One that comes again after it was settled is open anew. Without an occurrence it is settled. */
export async function saveConflicts(
  sql: Sql,
  tenantId: string,
  conflicts: readonly (RoomConflict & { told: string })[],
  now: number,
): Promise<void> {
  if (conflicts.length === 0) return;
  await sql.query(
    `insert into cw.room_conflict as c (tenant_id, conflict_id, room_id, first_key, second_key, occurrences, found_at, told,
       settled_at)
     select $1, r."conflictId", r."roomId", r."firstKey", r."secondKey", r.occurrences, $3, r.told,
       case when r.occurrences = '[]'::jsonb then $3::timestamptz end
     from jsonb_to_recordset($2::jsonb) as r ("conflictId" text, "roomId" text, "firstKey" text, "secondKey" text,
       occurrences jsonb, told text)
     on conflict (tenant_id, conflict_id) do update set occurrences = excluded.occurrences, told = excluded.told,
       settled_at = excluded.settled_at,
       found_at = case when c.settled_at is null then c.found_at else excluded.found_at end`,
    [tenantId, JSON.stringify(conflicts), at(now)],
  );
}
