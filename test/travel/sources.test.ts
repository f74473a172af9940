/** Azure Maps and OSRM over HTTP, on servers that answer as documented, and as servers do when they are not well. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Clock } from '../../src/clock.ts';
import { createTravel, type TravelOptions } from '../../src/travel/create.ts';
import type { Leg, TravelMode } from '../../src/travel/port.ts';
import { roughEstimate } from '../../src/travel/rough.ts';
import { HOUR, MINUTE, NOW } from '../support/events.ts';

const KEY = 'secret-key-of-azure-maps';
const LEG: Leg = {
  from: { latitude: 48.137, longitude: 11.575 },
  to: { latitude: 48.2, longitude: 11.6 },
  by: 'car',
  arriveAt: NOW + 3 * HOUR,
};

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

/** learn.microsoft.com/rest/api/maps/route/get-route-directions, shortened. */
const azureRoute = (seconds: number) =>
  json(200, {
    formatVersion: '0.0.12',
    routes: [
      {
        summary: {
          lengthInMeters: 9_100,
          travelTimeInSeconds: seconds,
          trafficDelayInSeconds: 120,
          departureTime: '2026-12-01T10:00:00+00:00',
          arrivalTime: '2026-12-01T11:00:00+00:00',
          noTrafficTravelTimeInSeconds: seconds - 120,
        },
        legs: [],
      },
    ],
  });
const osrmRoute = (seconds: number) =>
  json(200, { code: 'Ok', routes: [{ duration: seconds, distance: 8_800.4, legs: [] }], waypoints: [] });

describe('travel sources, over HTTP', () => {
  let server: Server;
  let origin: string;
  let asked: { url: URL; headers: IncomingMessage['headers'] }[] = [];
  let azure: Answer = azureRoute(1_000);
  let osrm: Answer = osrmRoute(800);
  let geocode: Answer = json(200, { type: 'FeatureCollection', features: [] });
  let now = NOW;
  let troubles: string[] = [];
  const clock = { now: () => now } as Clock;

  before(async () => {
    server = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://maps');
      asked.push({ url, headers: request.headers });
      const answer = url.pathname === '/geocode' ? geocode : url.pathname.startsWith('/route/v1/') ? osrm : azure;
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  afterEach(() => {
    assert.ok(!troubles.some((words) => words.includes(KEY) || words.includes('48.')), 'no key and no place in a log');
    [asked, troubles, now] = [[], [], NOW];
    [azure, osrm] = [azureRoute(1_000), osrmRoute(800)];
  });

  const provider = (more: Partial<TravelOptions> = {}) =>
    createTravel(
      { azureMaps: { url: origin, key: KEY }, osrmUrl: origin, callsPerHour: 100, ...more },
      { clock, fetch, onTrouble: (source, reason) => troubles.push(`${source}: ${reason}`) },
    );
  const minutes = async (leg: Partial<Leg> = {}, travel = provider()) => {
    const estimate = await travel.estimate({ ...LEG, ...leg });
    assert.ok(estimate);
    return estimate.durationMs / MINUTE;
  };

  it('ask Azure Maps as documented: by traffic, for the hour of arrival, the key in a header', async () => {
    const estimate = await provider().estimate(LEG);
    assert.deepEqual(estimate, { durationMs: 1_000_000, distanceM: 9_100, isRough: false, hasTraffic: true });
    const [one, ...more] = asked;
    assert.deepEqual(more, []);
    assert.equal(one?.url.pathname, '/route/directions/json');
    assert.equal(one?.url.searchParams.get('query'), '48.137000,11.575000:48.200000,11.600000');
    assert.equal(one?.url.searchParams.get('travelMode'), 'car');
    assert.equal(one?.url.searchParams.get('arriveAt'), new Date(LEG.arriveAt).toISOString());
    assert.equal(one?.headers['subscription-key'], KEY);
    assert.ok(!one?.url.href.includes(KEY));
  });

  it('are not asked for a way that was to be gone before now', async () => {
    const leg = { ...LEG, arriveAt: NOW - HOUR };
    assert.deepEqual(await provider().estimate(leg), roughEstimate(leg));
    assert.deepEqual(asked, []);
  });

  /** [by, who is asked for what] */
  const modes: [TravelMode, string[]][] = [
    ['car', ['/route/directions/json car']],
    ['foot', ['/route/directions/json pedestrian']],
    ['bicycle', ['/route/directions/json bicycle']],
    ['transit', []],
  ];
  for (const [by, expected] of modes)
    it(`know the way by ${by}`, async () => {
      const estimate = await provider().estimate({ ...LEG, by });
      assert.deepEqual(
        asked.map(({ url }) => `${url.pathname} ${url.searchParams.get('travelMode')}`),
        expected,
      );
      assert.equal(estimate?.isRough, by === 'transit');
    });

  it('ask OSRM with longitude first, by its profiles', async () => {
    const travel = provider({ azureMaps: undefined });
    assert.equal(await minutes({}, travel), 800 / 60);
    await minutes({ by: 'bicycle' }, travel);
    assert.deepEqual(
      asked.map(({ url }) => url.pathname),
      [
        '/route/v1/driving/11.575000,48.137000;11.600000,48.200000',
        '/route/v1/bike/11.575000,48.137000;11.600000,48.200000',
      ],
    );
  });

  const unwell: [string, Answer][] = [
    ['429 without a word', json(429, {})],
    ['503', json(503, 'Service Unavailable')],
    ['500', json(500, { error: {} })],
    ['401: the key is wrong', json(401, { error: { code: '401 Unauthorized' } })],
    ['no JSON', json(200, '<html>')],
    ['another form', json(200, { routes: [{ summary: { travelTimeInSeconds: 'soon' } }] })],
    ['a way of a year', json(200, { routes: [{ summary: { travelTimeInSeconds: 4e7, lengthInMeters: 1 } }] })],
    ['an answer without end', json(200, `"${'x'.repeat(1_100_000)}"`)],
    ['a redirect elsewhere', json(302, '', { location: 'http://127.0.0.1:1/' })],
    ['a broken connection', (request) => request.socket.destroy()],
  ];
  for (const [what, answer] of unwell)
    it(`go on with the next after ${what}, and say so`, async () => {
      azure = answer;
      assert.equal(await minutes(), 800 / 60);
      assert.equal(troubles.length, 1);
    });

  for (const [what, answer] of [
    ['no route', json(400, { error: { code: '400 BadRequest' } })],
    ['no routes', json(200, { routes: [] })],
  ] as [string, Answer][])
    it(`take ${what} for an answer, not for trouble`, async () => {
      azure = answer;
      assert.equal(await minutes(), 800 / 60);
      assert.deepEqual(troubles, []);
    });

  for (const code of ['NoRoute', 'NoSegment', 'InvalidQuery'])
    it(`estimate from the distance when OSRM says ${code}`, async () => {
      osrm = json(400, { code, message: 'Impossible route between points' });
      assert.deepEqual(await provider({ azureMaps: undefined }).estimate(LEG), roughEstimate(LEG));
      assert.deepEqual(troubles, []);
    });

  it('wait for nobody: one that hangs is given up', async () => {
    azure = () => undefined;
    const since = Date.now();
    assert.equal(await minutes(), 800 / 60);
    assert.ok(Date.now() - since < 4_000);
    assert.deepEqual(troubles, ['azureMaps: no answer in time']);
  });

  it('ask nothing before Retry-After has passed', async () => {
    azure = json(429, {}, { 'retry-after': '120' });
    const travel = provider();
    await minutes({}, travel);
    azure = azureRoute(1_000);
    now += 119_000;
    assert.equal(await minutes({ arriveAt: LEG.arriveAt + HOUR }, travel), 800 / 60);
    now += 2_000;
    assert.equal(await minutes({ arriveAt: LEG.arriveAt + 2 * HOUR }, travel), 1_000 / 60);
    assert.equal(asked.filter(({ url }) => url.pathname.startsWith('/route/directions')).length, 2);
  });

  it('leave one alone for a minute that failed three times in a row', async () => {
    azure = json(500, {});
    const travel = provider();
    const toAzure = () => asked.filter(({ url }) => url.pathname.startsWith('/route/directions')).length;
    for (let n = 0; n < 6; n += 1) await minutes({ arriveAt: LEG.arriveAt + n * HOUR }, travel);
    assert.equal(toAzure(), 3);
    now += MINUTE;
    await minutes({ arriveAt: LEG.arriveAt + 10 * HOUR }, travel);
    assert.equal(toAzure(), 4);
  });

  it('keep to their budget for the hour', async () => {
    const travel = provider({ osrmUrl: undefined, callsPerHour: 2 });
    for (let n = 0; n < 5; n += 1) await travel.estimate({ ...LEG, arriveAt: LEG.arriveAt + n * MINUTE });
    assert.equal(asked.length, 2);
    const over = await travel.estimate({ ...LEG, arriveAt: LEG.arriveAt + 9 * MINUTE });
    assert.equal(over?.isRough, true);
    now += HOUR;
    assert.equal((await travel.estimate({ ...LEG, arriveAt: LEG.arriveAt + 2 * HOUR }))?.isRough, false);
  });

  it('remember: for hours while departure is far, for minutes when it is near and traffic counts', async () => {
    const travel = provider();
    const far = { arriveAt: NOW + 20 * HOUR };
    await minutes(far, travel);
    now += 5 * HOUR;
    await minutes(far, travel);
    assert.equal(asked.length, 1);
    const near = { arriveAt: now + HOUR };
    await minutes(near, travel);
    now += 4 * MINUTE;
    await minutes(near, travel);
    assert.equal(asked.length, 2);
    now += 2 * MINUTE;
    await minutes(near, travel);
    assert.equal(asked.length, 3);
  });

  it('need nobody', async () => {
    const travel = provider({ azureMaps: undefined, osrmUrl: undefined });
    assert.deepEqual(await travel.estimate(LEG), roughEstimate(LEG));
    assert.equal(travel.locate, undefined);
  });

  describe('looking up an address', () => {
    /** learn.microsoft.com/rest/api/maps/search/get-geocoding, shortened. */
    const found = (confidence: string) =>
      json(200, {
        type: 'FeatureCollection',
        features: [
          {
            type: 'Feature',
            geometry: { type: 'Point', coordinates: [11.6, 48.2] },
            properties: { type: 'Address', confidence, matchCodes: ['Good'] },
          },
        ],
      });
    const look = async () => provider().locate?.('main st 1, munich');

    it('finds it, longitude first', async () => {
      geocode = found('High');
      assert.deepEqual(await look(), { latitude: 48.2, longitude: 11.6 });
      assert.equal(asked[0]?.url.searchParams.get('query'), 'main st 1, munich');
      assert.equal(asked[0]?.headers['subscription-key'], KEY);
    });

    it('takes a guess for no answer', async () => {
      geocode = found('Low');
      assert.equal(await look(), undefined);
      geocode = json(200, { type: 'FeatureCollection', features: [] });
      assert.equal(await look(), undefined);
    });

    it('throws when nobody could be asked, so that it is asked again later', async () => {
      geocode = json(429, {});
      await assert.rejects(async () => look());
      geocode = json(200, { features: [{ geometry: { coordinates: [400, 0] } }] });
      await assert.rejects(async () => look());
    });
  });
});
