/** Where the addresses of a plan's meetings are: as they are known, and a few new ones a plan. Before its transaction. */
import type { CalendarEvent, Coordinates } from '../calendar/event.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { Database } from '../store/database.ts';
import { saveSpot, spotsKnown } from '../store/spots.ts';
import type { TravelProvider } from '../travel/port.ts';
import { addressOf } from '../travel/ways.ts';

const MOST_ADDRESSES = 200;
/** The rest waits for the next plan: a full calendar that is read for the first time must not wait for maps. */
const MOST_NEW = 10;

export interface SpotDeps {
  database: Database;
  travel: TravelProvider;
  clock: Clock;
  log: Logger;
}

export async function findSpots(
  { database, travel, clock, log }: SpotDeps,
  tenantId: string,
  events: CalendarEvent[],
): Promise<Map<string, Coordinates>> {
  const addresses = [...new Set(events.flatMap((event) => addressOf(event) ?? []))].slice(0, MOST_ADDRESSES);
  const spots = new Map<string, Coordinates>();
  if (addresses.length === 0 || !travel.locate) return spots;
  const known = await database.inTenant(tenantId, (sql) => spotsKnown(sql, tenantId, addresses));
  for (const [address, spot] of known) if (spot) spots.set(address, spot);
  for (const address of addresses.filter((one) => !known.has(one)).slice(0, MOST_NEW)) {
    try {
      const spot = await travel.locate(address);
      await database.inTenant(tenantId, (sql) => saveSpot(sql, tenantId, address, spot, clock.now()));
      if (spot) spots.set(address, spot);
    } catch (err) {
      log.warn({ tenantId, err: (err as Error).message }, 'an address could not be looked up');
      break;
    }
  }
  return spots;
}
