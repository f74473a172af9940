/** Where the addresses of a plan's meetings are: as they are known, and a few new ones a plan. Before its transaction. */
import { type CalendarEvent, type Coordinates, takesPlaceForMe } from '../calendar/event.ts';
import { type Clock, SECOND_MS } from '../clock.ts';
import type { Database } from '../store/database.ts';
import { saveSpot, spotsKnown } from '../store/spots.ts';
import type { Places, TravelProvider } from '../travel/port.ts';
import { addressOf, placeNames } from '../travel/ways.ts';

const MOST_ADDRESSES = 200;
/** The rest waits for the next plan: a full calendar that is read for the first time must not wait for maps. */
const MOST_NEW = 10;
const ASKED_FOR_MS = 5 * SECOND_MS;

export interface SpotDeps {
  database: Database;
  travel: TravelProvider;
  clock: Clock;
}

/** Of what one goes to, soonest first; what the person keeps themselves needs no looking up. */
function addressesOf(events: readonly CalendarEvent[], places: Places): string[] {
  const own = placeNames(places);
  const attended = events.filter(takesPlaceForMe).sort((a, b) => a.startAt - b.startAt);
  const addresses = new Set(attended.flatMap((event) => addressOf(event) ?? []));
  return [...addresses].filter((address) => !own.has(address)).slice(0, MOST_ADDRESSES);
}

export async function findSpots(
  { database, travel, clock }: SpotDeps,
  tenantId: string,
  events: readonly CalendarEvent[],
  places: Places,
): Promise<Map<string, Coordinates>> {
  const spots = new Map<string, Coordinates>();
  const addresses = travel.locate ? addressesOf(events, places) : [];
  if (addresses.length === 0) return spots;
  const known = await database.inTenant(tenantId, (sql) => spotsKnown(sql, tenantId, addresses));
  for (const [address, spot] of known) if (spot) spots.set(address, spot);
  const until = clock.now() + ASKED_FOR_MS;
  for (const address of addresses.filter((one) => !known.has(one)).slice(0, MOST_NEW)) {
    if (clock.now() >= until) break;
    try {
      const spot = await travel.locate?.(address);
      await database.inTenant(tenantId, (sql) => saveSpot(sql, tenantId, address, spot, clock.now()));
      if (spot) spots.set(address, spot);
    } catch {
      // Who was asked has said why (travel/geocode.ts). The next plan asks again.
      break;
    }
  }
  return spots;
}
