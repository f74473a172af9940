/** Who is asked how long ways take, as configured: Azure Maps (traffic), then OSRM (roads), then the distance. */
import { type Clock, SECOND_MS } from '../clock.ts';
import { createAzureMaps } from './azure-maps.ts';
import { createChain } from './chain.ts';
import { createGeocoder } from './geocode.ts';
import { createOsrm } from './osrm.ts';
import type { TravelProvider } from './port.ts';
import { roughProvider } from './rough.ts';
import { createRequest, type TravelSource } from './source.ts';

const ANSWER_LIMIT_MS = 2.5 * SECOND_MS;

export interface TravelOptions {
  azureMaps?: { url: string; key: string };
  osrmUrl?: string;
  /** Of each source. */
  callsPerHour: number;
}

export interface TravelParts {
  clock: Clock;
  fetch: typeof fetch;
  /** Something for the operator: the source and why, never where somebody goes. */
  onTrouble(source: string, reason: string): void;
}

export function createTravel({ azureMaps, osrmUrl, callsPerHour }: TravelOptions, parts: TravelParts): TravelProvider {
  const { clock, onTrouble } = parts;
  const request = createRequest({ fetch: parts.fetch, clock, limitMs: ANSWER_LIMIT_MS });
  const sources: TravelSource[] = [
    ...(azureMaps ? [createAzureMaps({ ...azureMaps, clock })] : []),
    ...(osrmUrl ? [createOsrm(osrmUrl)] : []),
  ];
  if (sources.length === 0) return roughProvider;
  return {
    ...createChain({ sources, request, clock, callsPerHour, onTrouble }),
    ...(azureMaps ? { locate: createGeocoder({ ...azureMaps, request, clock, callsPerHour, onTrouble }) } : {}),
  };
}
