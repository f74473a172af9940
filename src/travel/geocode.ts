/**
 * Where an address is: Azure Maps Geocoding 2023-06-01.
 * Source: learn.microsoft.com/rest/api/maps/search/get-geocoding.
 */
import { z } from 'zod';
import type { Coordinates } from '../calendar/event.ts';
import type { Clock } from '../clock.ts';
import { Patience, reasonOf } from './patience.ts';
import { type JsonRequest, SourceTrouble } from './source.ts';

const NAME = 'azureMapsGeocoding';

const places = z.object({
  features: z
    .array(
      z.object({
        // GeoJSON: longitude first.
        geometry: z.object({ coordinates: z.tuple([z.number().min(-180).max(180), z.number().min(-90).max(90)]) }),
        properties: z.object({ confidence: z.string().optional() }).nullish(),
      }),
    )
    .max(50),
});

export interface GeocoderOptions {
  /** e.g. "https://atlas.microsoft.com", no slash at the end. */
  url: string;
  key: string;
  request: JsonRequest;
  clock: Clock;
  callsPerHour: number;
  /** Something for the operator: the source and why, never where somebody goes. */
  onTrouble(source: string, reason: string): void;
}

/** Undefined when they don't know for sure. Throws SourceTrouble. */
export type Geocoder = (address: string) => Promise<Coordinates | undefined>;

async function ask({ url, key, request }: GeocoderOptions, address: string): Promise<Coordinates | undefined> {
  const target = new URL(`${url}/geocode`);
  target.searchParams.set('api-version', '2023-06-01');
  target.searchParams.set('query', address);
  target.searchParams.set('top', '1');
  const { status, body } = await request(target, { 'subscription-key': key });
  // What they can't read as an address is none.
  if (status === 400) return undefined;
  if (status >= 400) throw new SourceTrouble(`status ${status}`);
  const read = places.safeParse(body);
  if (!read.success) throw new SourceTrouble('answer of another form');
  const [best] = read.data.features;
  // "Low" finds a town for any word; a wrong place is worse than none.
  if (!best || best.properties?.confidence === 'Low') return undefined;
  const [longitude, latitude] = best.geometry.coordinates;
  return { latitude, longitude };
}

export function createGeocoder(options: GeocoderOptions): Geocoder {
  const { clock, onTrouble, callsPerHour } = options;
  const patience = new Patience(callsPerHour);
  return async (address) => {
    if (!patience.mayAsk(clock.now())) throw new SourceTrouble('not now');
    try {
      const found = await ask(options, address);
      patience.answered();
      return found;
    } catch (error) {
      patience.failed(error, clock.now());
      onTrouble(NAME, reasonOf(error));
      throw error;
    }
  };
}
