/** Azure Maps and OSRM, spoken to over HTTP on servers that behave as documented. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { createAzureMaps } from '../../src/travel/azure-maps.ts';
import { createGeocoder } from '../../src/travel/geocode.ts';
import { createOsrm } from '../../src/travel/osrm.ts';
import type { Leg, TravelMode } from '../../src/travel/port.ts';
import { createRequest, SourceTrouble, type TravelSource } from '../../src/travel/source.ts';
import { HOUR, MINUTE, NOW } from '../support/events.ts';
import {
  type Answer,
  azureError,
  azurePlace,
  azureRoute,
  osrmRoute,
  type RoadServer,
  startRoadServer,
} from './road-server.ts';

const KEY = 'azure-maps-secret-key';
const clock = { now: () => NOW, after: () => () => undefined };
const leg = (by: TravelMode = 'car', arriveAt = NOW + 5 * HOUR): Leg => ({
  from: { latitude: 48.137, longitude: 11.575 },
  to: { latitude: 48.2, longitude: 11.6 },
  by,
  arriveAt,
});

let server: RoadServer;
beforeEach(async () => {
  server = await startRoadServer();
});
afterEach(() => server.stop());

const requestIn = (limitMs: number) => createRequest({ fetch, clock, limitMs });
const request = requestIn(2_000);
const azure = () => createAzureMaps({ url: server.url, key: KEY, clock });
const osrm = () => createOsrm(server.url);

async function troubleOf(work: Promise<unknown>): Promise<SourceTrouble> {
  const error = await work.then(
    (found) => assert.fail(`an answer: ${JSON.stringify(found)}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof SourceTrouble, `no trouble of the source: ${error}`);
  return error;
}

describe('Azure Maps', () => {
  it('is asked for a time of arrival, with the key in a header alone', async () => {
    server.answers({ body: azureRoute(1_680, 9_412) });
    assert.deepEqual(await azure().ask(leg(), request), {
      durationMs: 28 * MINUTE,
      distanceM: 9_412,
      isRough: false,
      hasTraffic: true,
    });
    const [asked] = server.asked;
    assert.equal(asked?.path, '/route/directions/json');
    assert.equal(asked?.headers['subscription-key'], KEY);
    assert.deepEqual(Object.fromEntries(asked?.query ?? []), {
      'api-version': '1.0',
      query: '48.137000,11.575000:48.200000,11.600000',
      travelMode: 'car',
      traffic: 'true',
      computeTravelTimeFor: 'all',
      arriveAt: '2026-12-01T13:00:00.000Z',
    });
  });

  for (const [by, travelMode] of [
    ['foot', 'pedestrian'],
    ['bicycle', 'bicycle'],
  ] as const)
    it(`goes by ${by} as ${travelMode}, where traffic doesn’t count`, async () => {
      server.answers({ body: azureRoute(600, 800) });
      const estimate = await azure().ask(leg(by), request);
      assert.deepEqual(estimate, { durationMs: 10 * MINUTE, distanceM: 800, isRough: false });
      assert.equal(server.asked[0]?.query.get('travelMode'), travelMode);
      assert.equal(server.asked[0]?.query.has('traffic'), false);
    });

  it('is not asked for public transport, of which it knows nothing', async () => {
    assert.equal(await azure().ask(leg('transit'), request), undefined);
    assert.equal(server.asked.length, 0);
  });

  it('is asked for leaving now when one has to be there at once', async () => {
    server.answers({ body: azureRoute(600, 800) });
    await azure().ask(leg('car', NOW + 30_000), request);
    assert.equal(server.asked[0]?.query.has('arriveAt'), false);
  });

  it('says that there is no way with a 400', async () => {
    server.answers({ status: 400, body: azureError('400 BadRequest', 'Engine error: NO_ROUTE_FOUND') });
    assert.equal(await azure().ask(leg(), request), undefined);
    server.answers({ body: { formatVersion: '0.0.12', routes: [] } });
    assert.equal(await azure().ask(leg(), request), undefined);
  });
});

describe('OSRM', () => {
  for (const [by, profile] of [
    ['car', 'driving'],
    ['foot', 'foot'],
    ['bicycle', 'bike'],
  ] as const)
    it(`is asked for the profile ${profile} by ${by}, longitude first`, async () => {
      server.answers({ body: osrmRoute(1_523.4, 9_871.2) });
      const estimate = await osrm().ask(leg(by), request);
      assert.deepEqual(estimate, { durationMs: 1_523_400, distanceM: 9_871.2, isRough: false });
      assert.equal(server.asked[0]?.path, `/route/v1/${profile}/11.575000,48.137000;11.600000,48.200000`);
      assert.equal(server.asked[0]?.query.get('overview'), 'false');
    });

  it('is not asked for public transport', async () => {
    assert.equal(await osrm().ask(leg('transit'), request), undefined);
    assert.equal(server.asked.length, 0);
  });

  for (const code of ['NoRoute', 'NoSegment', 'InvalidQuery'])
    it(`says that there is no way with ${code}`, async () => {
      server.answers({ status: 400, body: { code, message: 'Impossible route between points' } });
      assert.equal(await osrm().ask(leg(), request), undefined);
    });

  it('has no answer in an Ok without a route', async () => {
    server.answers({ body: { code: 'Ok', routes: [], waypoints: [] } });
    assert.equal(await osrm().ask(leg(), request), undefined);
  });
});

const WAIT = /* without a word of theirs */ 30_000;
const TROUBLES: [what: string, answer: Answer, reason: RegExp, afterMs?: number][] = [
  ['429 with Retry-After in seconds', { status: 429, headers: { 'retry-after': '17' } }, /^status 429$/, 17_000],
  [
    '429 with Retry-After as a date',
    { status: 429, headers: { 'retry-after': 'Tue, 01 Dec 2026 08:01:00 GMT' } },
    /^status 429$/,
    60_000,
  ],
  ['429 without it', { status: 429 }, /^status 429$/, WAIT],
  ['503', { status: 503, body: 'Service Unavailable' }, /^status 503$/, WAIT],
  ['500', { status: 500, body: azureError('500 InternalServerError', 'Oops') }, /^status 500$/],
  [
    '401: the key is wrong',
    { status: 401, body: azureError('401 Unauthorized', `key ${KEY}`) },
    /^status 401$/,
    600_000,
  ],
  ['403: the key may not', { status: 403, body: azureError('403 Forbidden', 'no') }, /^status 403$/, 600_000],
  ['404 from a server of another kind', { status: 404, body: { message: 'Not Found' } }, /status 404|another form/],
  ['a redirect, which is not followed', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }, /no connection/],
  ['a page instead of JSON', { body: '<html>Welcome to nginx</html>' }, /^answer is no JSON$/],
  ['JSON of another form', { body: { result: 'fine' } }, /^answer of another form$/],
  ['a way of less than no time', { body: { ...azureRoute(-60, 9_000), ...badOsrm(-60) } }, /another form/],
  ['a way of a month', { body: { ...azureRoute(2_600_000, 9_000), ...badOsrm(2_600_000) } }, /another form/],
  ['a way that takes words', { body: { routes: [{ summary: { travelTimeInSeconds: 'PT28M' } }], code: 7 } }, /form/],
  ['an answer without end', { body: `"${'x'.repeat(1_100_000)}"` }, /^answer too long$/],
  ['a connection that breaks at once', { drops: true }, /^no connection$/],
  ['an answer that is cut off', { body: azureRoute(600, 800), cuts: true }, /^no connection$/],
];

function badOsrm(duration: number) {
  return {
    code: 'Ok',
    routes: [{ summary: azureRoute(duration, 9_000).routes[0]?.summary, duration, distance: 9_000 }],
  };
}

for (const [name, source] of [
  ['Azure Maps', azure],
  ['OSRM', osrm],
] as [string, () => TravelSource][])
  describe(`${name} in trouble`, () => {
    for (const [what, answer, reason, afterMs] of TROUBLES)
      it(`is known by ${what}`, async () => {
        server.answers(answer);
        const trouble = await troubleOf(source().ask(leg(), request));
        assert.match(trouble.message, reason);
        assert.equal(trouble.afterMs, afterMs);
        assert.doesNotMatch(`${trouble.message} ${trouble.stack} ${trouble.cause}`, /azure-maps-secret|48\.|11\.57/);
        assert.equal(server.asked.length, 1);
      });

    for (const [what, answer] of [
      ['answers nothing', { hangs: true }],
      ['begins to answer and stops', { hangs: true, body: '{"routes":' }],
    ] as [string, Answer][])
      it(`is given up when it ${what}`, async () => {
        server.answers(answer);
        const trouble = await troubleOf(source().ask(leg(), requestIn(60)));
        assert.equal(trouble.message, 'no answer in time');
      });

    it('is known by nobody listening', async () => {
      const asking = source();
      await server.stop();
      assert.equal((await troubleOf(asking.ask(leg(), request))).message, 'no connection');
      server = await startRoadServer();
    });
  });

describe('geocoding', () => {
  const troubles: string[] = [];
  let now = NOW;
  const geocoder = (callsPerHour = 1_000) => {
    troubles.length = 0;
    now = NOW;
    return createGeocoder({
      url: server.url,
      key: KEY,
      request,
      clock: { ...clock, now: () => now },
      callsPerHour,
      onTrouble: (source, reason) => troubles.push(`${source}: ${reason}`),
    });
  };

  it('finds an address, longitude first in the answer', async () => {
    server.answers({ body: azurePlace(48.2, 11.6) });
    assert.deepEqual(await geocoder()('main street 1, munich'), { latitude: 48.2, longitude: 11.6 });
    const [asked] = server.asked;
    assert.equal(asked?.path, '/geocode');
    assert.equal(asked?.headers['subscription-key'], KEY);
    assert.deepEqual(Object.fromEntries(asked?.query ?? []), {
      'api-version': '2023-06-01',
      query: 'main street 1, munich',
      top: '1',
    });
  });

  for (const [what, answer] of [
    ['nothing', { body: { type: 'FeatureCollection', features: [] } }],
    ['something of low confidence', { body: azurePlace(48.2, 11.6, 'Low') }],
    ['that it is no address', { status: 400, body: azureError('400 BadRequest', 'query') }],
  ] as [string, Answer][])
    it(`finds nothing where they say ${what}`, async () => {
      server.answers(answer);
      assert.equal(await geocoder()('somewhere'), undefined);
    });

  for (const [what, body] of [
    ['too far north', azurePlace(148.2, 11.6)],
    ['too far east', azurePlace(0, 400)],
  ] as [string, unknown][])
    it(`never takes a spot that is none: ${what}`, async () => {
      server.answers({ body });
      assert.match((await troubleOf(geocoder()('main street 1'))).message, /another form/);
    });

  it('leaves them alone for as long as they say, and says so once', async () => {
    const find = geocoder();
    server.answers({ status: 429, headers: { 'retry-after': '20' } });
    await troubleOf(find('main street 1'));
    server.answers({ body: azurePlace(48.2, 11.6) });
    now = NOW + 19_999;
    assert.equal((await troubleOf(find('main street 1'))).message, 'not now');
    assert.equal(server.asked.length, 1);
    assert.deepEqual(troubles, ['azureMapsGeocoding: status 429']);
    now = NOW + 20_000;
    assert.ok(await find('main street 1'));
  });

  it('keeps to its budget', async () => {
    const find = geocoder(2);
    server.answers({ body: azurePlace(48.2, 11.6) });
    await find('main street 1');
    await find('main street 2');
    await troubleOf(find('main street 3'));
    now = NOW + HOUR;
    assert.ok(await find('main street 3'));
    assert.equal(server.asked.length, 3);
  });
});
