/**
 * Azure Maps, Route Directions 1.0: with traffic, for a time of arrival.
 * Source: learn.microsoft.com/rest/api/maps/route/get-route-directions.
 */
import { z } from 'zod';
import type { Coordinates } from '../calendar/event.ts';
import type { Clock } from '../clock.ts';
import type { Leg, TravelMode } from './port.ts';
import { metres, SourceTrouble, seconds, type TravelSource } from './source.ts';

/** Public transport is not theirs to tell. */
const MODES: Partial<Record<TravelMode, string>> = { car: 'car', foot: 'pedestrian', bicycle: 'bicycle' };

const routes = z.object({
  routes: z.array(z.object({ summary: z.object({ travelTimeInSeconds: seconds, lengthInMeters: metres }) })).max(20),
});

export interface AzureMapsOptions {
  /** e.g. "https://atlas.microsoft.com", no slash at the end. */
  url: string;
  key: string;
  clock: Clock;
}

const spot = ({ latitude, longitude }: Coordinates) => `${latitude.toFixed(6)},${longitude.toFixed(6)}`;

function routeUrl(url: string, leg: Leg, mode: string, now: number): URL {
  const target = new URL(`${url}/route/directions/json`);
  target.searchParams.set('api-version', '1.0');
  target.searchParams.set('query', `${spot(leg.from)}:${spot(leg.to)}`);
  target.searchParams.set('travelMode', mode);
  if (mode === 'car') target.searchParams.set('traffic', 'true');
  target.searchParams.set('computeTravelTimeFor', 'all');
  // Their clock may be ahead of ours; of what has passed they know nothing.
  if (leg.arriveAt > now + 60_000) target.searchParams.set('arriveAt', new Date(leg.arriveAt).toISOString());
  return target;
}

export function createAzureMaps({ url, key, clock }: AzureMapsOptions): TravelSource {
  const headers = { 'subscription-key': key };
  return {
    name: 'azureMaps',
    async ask(leg, request) {
      const mode = MODES[leg.by];
      if (!mode) return undefined;
      const { status, body } = await request(routeUrl(url, leg, mode, clock.now()), headers);
      // No road from here to there, among other things that asking again won't change.
      if (status === 400) return undefined;
      if (status >= 400) throw new SourceTrouble(`status ${status}`);
      const read = routes.safeParse(body);
      if (!read.success) throw new SourceTrouble('answer of another form');
      const summary = read.data.routes[0]?.summary;
      if (!summary) return undefined;
      return {
        durationMs: Math.round(summary.travelTimeInSeconds * 1_000),
        distanceM: summary.lengthInMeters,
        isRough: false,
        ...(leg.by === 'car' ? { hasTraffic: true as const } : {}),
      };
    },
  };
}
