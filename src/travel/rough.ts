/**
 * The built-in estimate: great-circle distance, stretched by how much roads wind at that distance, at a speed that
 * grows with it. The factors are rules of thumb for European cities, door to door; the card says "about".
 */
import type { Coordinates } from '../calendar/event.ts';
import { MINUTE_MS } from '../clock.ts';
import type { Estimate, Leg, TravelMode, TravelProvider } from './port.ts';

const EARTH_RADIUS_M = 6_371_000;

/** [up to this many metres as the crow flies, detour factor, km/h door to door] */
type Band = readonly [number, number, number];
const FAR = Number.POSITIVE_INFINITY;

interface Means {
  bands: readonly Band[];
  /** To the car, to the stop, to the reception. */
  overheadMs: number;
}

const MEANS: Record<TravelMode, Means> = {
  car: {
    bands: [
      [1_000, 1.4, 15],
      [5_000, 1.4, 25],
      [15_000, 1.35, 32],
      [50_000, 1.3, 55],
      [FAR, 1.25, 85],
    ],
    overheadMs: 4 * MINUTE_MS,
  },
  foot: { bands: [[FAR, 1.3, 4.8]], overheadMs: MINUTE_MS },
  bicycle: {
    bands: [
      [2_000, 1.35, 13],
      [FAR, 1.25, 16],
    ],
    overheadMs: 3 * MINUTE_MS,
  },
  // With the walk to the stop, the wait and a change on the way.
  transit: {
    bands: [
      [2_000, 1.4, 10],
      [15_000, 1.4, 19],
      [50_000, 1.35, 38],
      [FAR, 1.25, 75],
    ],
    overheadMs: 9 * MINUTE_MS,
  },
};

export function distanceM(from: Coordinates, to: Coordinates): number {
  const rad = (degrees: number) => (degrees * Math.PI) / 180;
  const dLat = rad(to.latitude - from.latitude);
  const dLon = rad(to.longitude - from.longitude);
  const a =
    Math.sin(dLat / 2) ** 2 + Math.cos(rad(from.latitude)) * Math.cos(rad(to.latitude)) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(a)));
}

export function roughEstimate(leg: Pick<Leg, 'from' | 'to' | 'by'>): Estimate {
  const { bands, overheadMs } = MEANS[leg.by];
  const direct = distanceM(leg.from, leg.to);
  // The way grows band by band, so that a longer way never takes less time.
  let rest = direct;
  let below = 0;
  let hours = 0;
  let road = 0;
  for (const [upTo, detour, kmh] of bands) {
    const part = Math.min(rest, upTo - below);
    road += part * detour;
    hours += (part * detour) / 1_000 / kmh;
    rest -= part;
    below = upTo;
    if (rest <= 0) break;
  }
  const durationMs = Math.ceil((hours * 60 * MINUTE_MS + overheadMs) / MINUTE_MS) * MINUTE_MS;
  return { durationMs, distanceM: Math.round(road), isRough: true };
}

export const roughProvider: TravelProvider = {
  name: 'rough',
  estimate: async (leg) => roughEstimate(leg),
};
