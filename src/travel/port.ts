/** How long the way takes. One file a provider; a provider that is down costs nothing but accuracy. */
import type { Coordinates, NamedPlace } from '../calendar/event.ts';

export type TravelMode = 'car' | 'foot' | 'bicycle' | 'transit';

/** A person's own table of places, by name; “office” and “home” among them. */
export type Places = Readonly<Record<string, NamedPlace>>;

export interface Leg {
  from: Coordinates;
  to: Coordinates;
  by: TravelMode;
  /** When one has to be there, ms since the epoch. */
  arriveAt: number;
}

export interface Estimate {
  durationMs: number;
  distanceM: number;
  /** Computed from coordinates alone, without roads or traffic. */
  isRough: boolean;
  /** With the traffic there is, or usually is at that hour. */
  hasTraffic?: true;
}

export interface TravelProvider {
  name: string;
  /** Undefined when this provider can't tell. Never throws. */
  estimate(leg: Leg): Promise<Estimate | undefined>;
  /** Where an address is; undefined when nobody knows. Throws where nobody could be asked: then it is asked again later. */
  locate?(address: string): Promise<Coordinates | undefined>;
}

/** Coordinates to about 10 m: near enough to share an estimate. */
export function legKey(leg: Leg): string {
  // Not with toFixed, which is slow: a plan asks for dozens of keys.
  const spot = (place: Coordinates) => `${Math.round(place.latitude * 1e4)},${Math.round(place.longitude * 1e4)}`;
  return `${spot(leg.from)}>${spot(leg.to)}@${leg.arriveAt} ${leg.by}`;
}
