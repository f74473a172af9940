/** OSRM, on any server that speaks its HTTP API v1: roads without traffic. Source: project-osrm.org/docs. */
import { z } from 'zod';
import type { Coordinates } from '../calendar/event.ts';
import type { TravelMode } from './port.ts';
import { metres, SourceTrouble, seconds, type TravelSource } from './source.ts';

/** As the public servers name their profiles; a server with one alone answers every name with it. */
const PROFILES: Partial<Record<TravelMode, string>> = { car: 'driving', foot: 'foot', bicycle: 'bike' };

const answer = z.object({
  code: z.string().max(60),
  routes: z
    .array(z.object({ duration: seconds, distance: metres }))
    .max(20)
    .optional(),
});

const spot = ({ latitude, longitude }: Coordinates) => `${longitude.toFixed(6)},${latitude.toFixed(6)}`;

/** @param url e.g. "https://router.example.com", no slash at the end */
export function createOsrm(url: string): TravelSource {
  return {
    name: 'osrm',
    async ask(leg, request) {
      const profile = PROFILES[leg.by];
      if (!profile) return undefined;
      const target = new URL(`${url}/route/v1/${profile}/${spot(leg.from)};${spot(leg.to)}`);
      target.searchParams.set('overview', 'false');
      const { body } = await request(target);
      const read = answer.safeParse(body);
      if (!read.success) throw new SourceTrouble('answer of another form');
      // NoRoute, NoSegment: there is no way. InvalidQuery and the like: nor will there be.
      const route = read.data.code === 'Ok' ? read.data.routes?.[0] : undefined;
      return route && { durationMs: Math.round(route.duration * 1_000), distanceM: route.distance, isRough: false };
    },
  };
}
