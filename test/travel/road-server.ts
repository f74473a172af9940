/** Somebody else's server that knows roads: real HTTP, answers as it is told, and remembers what it was asked. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
}

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** JSON, unless it is text already. */
  body?: unknown;
  /** Nothing comes; with a body, it begins and never ends. */
  hangs?: true;
  /** The connection is cut in the middle; drops: before there is any answer. */
  cuts?: true;
  drops?: true;
}

export interface RoadServer {
  url: string;
  asked: Asked[];
  /** From now on. */
  answers(answer: Answer | ((asked: Asked) => Answer)): void;
  stop(): Promise<void>;
}

export async function startRoadServer(): Promise<RoadServer> {
  let answer: Answer | ((asked: Asked) => Answer) = { status: 404 };
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://road.example');
    const one = { path: pathname, query: searchParams, headers: request.headers };
    asked.push(one);
    const {
      status = 200,
      headers = {},
      body,
      hangs,
      cuts,
      drops,
    } = typeof answer === 'function' ? answer(one) : answer;
    const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
    if (hangs && body === undefined) return;
    if (drops) return void request.socket.destroy();
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    if (hangs) return void response.write(text);
    if (cuts) return void response.write(text.slice(0, text.length / 2), () => response.destroy());
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answers(next) {
      answer = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Azure Maps' answer as documented, as long as the way takes. */
export const azureRoute = (seconds: number, metres: number) => ({
  formatVersion: '0.0.12',
  routes: [
    {
      summary: {
        lengthInMeters: metres,
        travelTimeInSeconds: seconds,
        trafficDelayInSeconds: 120,
        trafficLengthInMeters: 900,
        departureTime: '2026-12-01T13:12:00+01:00',
        arrivalTime: '2026-12-01T14:00:00+01:00',
        noTrafficTravelTimeInSeconds: seconds - 120,
        historicTrafficTravelTimeInSeconds: seconds - 60,
        liveTrafficIncidentsTravelTimeInSeconds: seconds,
      },
      legs: [{ summary: { lengthInMeters: metres, travelTimeInSeconds: seconds }, points: [] }],
      sections: [{ startPointIndex: 0, endPointIndex: 9, sectionType: 'TRAVEL_MODE', travelMode: 'car' }],
    },
  ],
});

export const azureError = (code: string, message: string) => ({ error: { code, message } });

/** OSRM's answer as documented. */
export const osrmRoute = (seconds: number, metres: number) => ({
  code: 'Ok',
  routes: [
    {
      legs: [{ steps: [], summary: '', weight: seconds, duration: seconds, distance: metres }],
      weight_name: 'routability',
      weight: seconds,
      duration: seconds,
      distance: metres,
    },
  ],
  waypoints: [
    { hint: 'hint', distance: 4.1, name: 'Marienplatz', location: [11.575, 48.137] },
    { hint: 'hint', distance: 2.8, name: '', location: [11.6, 48.2] },
  ],
});

/** Azure Maps' geocoding as documented: GeoJSON, longitude first. */
export const azurePlace = (latitude: number, longitude: number, confidence = 'High') => ({
  type: 'FeatureCollection',
  features: [
    {
      type: 'Feature',
      properties: {
        type: 'Address',
        confidence,
        matchCodes: ['Good'],
        address: { formattedAddress: 'Main Street 1, 80331 Munich' },
        geocodePoints: [{ geometry: { type: 'Point', coordinates: [longitude, latitude] }, usageTypes: ['Display'] }],
      },
      geometry: { type: 'Point', coordinates: [longitude, latitude] },
      bbox: [longitude - 0.01, latitude - 0.01, longitude + 0.01, latitude + 0.01],
    },
  ],
});
