/** Rooms that an admin added. */
import { at, type Sql } from './database.ts';

export async function pruneRooms(system: Sql, most: number, endedBefore: number): Promise<number> {
  const [row] = await system.query<{ pruned: number }>('select cw.prune_rooms($1, $2) as pruned', [
    most,
    at(endedBefore),
  ]);
  return row?.pruned ?? 0;
}
