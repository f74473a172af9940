/** Who is asked, how often, and what is left when nobody answers: a provider that is down costs nothing but accuracy. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { createAzureMaps } from '../../src/travel/azure-maps.ts';
import { createChain } from '../../src/travel/chain.ts';
import { createTravel } from '../../src/travel/create.ts';
import { createOsrm } from '../../src/travel/osrm.ts';
import type { Leg, TravelProvider } from '../../src/travel/port.ts';
import { roughEstimate, roughProvider } from '../../src/travel/rough.ts';
import { createRequest } from '../../src/travel/source.ts';
import { DAY, HOUR, MINUTE, NOW } from '../support/events.ts';
import { type Answer, azurePlace, azureRoute, osrmRoute, type RoadServer, startRoadServer } from './road-server.ts';

const leg = (more: Partial<Leg> = {}): Leg => ({
  from: { latitude: 48.137, longitude: 11.575 },
  to: { latitude: 48.2, longitude: 11.6 },
  by: 'car',
  arriveAt: NOW + 5 * HOUR,
  ...more,
});

describe('the chain of providers', () => {
  let azure: RoadServer;
  let osrm: RoadServer;
  let now: number;
  let troubles: string[];
  let travel: TravelProvider;
  const clock = { now: () => now, after: () => () => undefined };
  const chainOf = (more: { limitMs?: number; callsPerHour?: number } = {}) =>
    createChain({
      sources: [createAzureMaps({ url: azure.url, key: 'secret', clock }), createOsrm(osrm.url)],
      request: createRequest({ fetch, clock, limitMs: more.limitMs ?? 2_000 }),
      clock,
      callsPerHour: more.callsPerHour ?? 1_000,
      onTrouble: (source, reason) => troubles.push(`${source}: ${reason}`),
    });
  const counts = () => [azure.asked.length, osrm.asked.length];

  beforeEach(async () => {
    now = NOW;
    troubles = [];
    [azure, osrm] = await Promise.all([startRoadServer(), startRoadServer()]);
    azure.answers({ body: azureRoute(28 * 60, 9_412) });
    osrm.answers({ body: osrmRoute(22 * 60, 9_412) });
    travel = chainOf();
  });
  afterEach(() => Promise.all([azure.stop(), osrm.stop()]));

  it('asks the first, and nobody else when it answers', async () => {
    assert.equal((await travel.estimate(leg()))?.durationMs, 28 * MINUTE);
    assert.deepEqual(counts(), [1, 0]);
    assert.deepEqual(troubles, []);
  });

  it('asks the next where the first knows no way, and estimates where nobody does', async () => {
    azure.answers({ status: 400, body: { error: { code: '400 BadRequest', message: 'NO_ROUTE_FOUND' } } });
    assert.equal((await travel.estimate(leg()))?.durationMs, 22 * MINUTE);
    osrm.answers({ status: 400, body: { code: 'NoRoute' } });
    const other = leg({ to: { latitude: 48.3, longitude: 11.6 } });
    assert.deepEqual(await travel.estimate(other), roughEstimate(other));
    assert.deepEqual(troubles, [], 'no way is no trouble');
  });

  it('estimates public transport, which neither knows, without asking', async () => {
    assert.deepEqual(await travel.estimate(leg({ by: 'transit' })), roughEstimate(leg({ by: 'transit' })));
    assert.deepEqual(counts(), [0, 0]);
  });

  it('asks nobody for ways that are past', async () => {
    assert.deepEqual(await travel.estimate(leg({ arriveAt: NOW })), roughEstimate(leg()));
    assert.deepEqual(counts(), [0, 0]);
  });

  const DOWN: [what: string, answer: Answer][] = [
    ['is overloaded', { status: 503 }],
    ['is limited', { status: 429, headers: { 'retry-after': '5' } }],
    ['fails', { status: 500 }],
    ['hangs', { hangs: true }],
    ['talks nonsense', { body: 'nonsense' }],
    ['answers something else', { body: [] }],
    ['refuses the key', { status: 401, body: { error: { code: '401 Unauthorized' } } }],
    ['hangs up', { body: azureRoute(1, 1), cuts: true }],
  ];
  for (const [what, answer] of DOWN)
    it(`costs nothing but accuracy when everybody ${what}`, async () => {
      travel = chainOf({ limitMs: 60 });
      azure.answers(answer);
      osrm.answers(answer);
      assert.deepEqual(await travel.estimate(leg()), roughEstimate(leg()));
      assert.equal(troubles.length, 2);
      assert.doesNotMatch(troubles.join(), /secret|48\.|127\.0/);
    });

  it('never fails, whatever a source throws', async () => {
    const broken = createChain({
      sources: [
        {
          name: 'broken',
          ask: () => {
            throw new TypeError('48.137,11.575');
          },
        },
      ],
      request: () => Promise.reject(new Error('never')),
      clock,
      callsPerHour: 10,
      onTrouble: (source, reason) => troubles.push(`${source}: ${reason}`),
    });
    assert.deepEqual(await broken.estimate(leg()), roughEstimate(leg()));
    assert.deepEqual(troubles, ['broken: failed']);
  });

  describe('remembers an answer', () => {
    const askedAfter = async (given: Leg, waits: number[]) => {
      const seen: number[] = [];
      await travel.estimate(given);
      for (const wait of waits) {
        now = NOW + wait;
        await travel.estimate(given);
        seen.push(azure.asked.length);
      }
      return seen;
    };

    it('for hours while departure is far', async () => {
      assert.deepEqual(await askedAfter(leg({ arriveAt: NOW + DAY }), [6 * HOUR - 1, 6 * HOUR]), [1, 2]);
    });

    it('for minutes once traffic counts', async () => {
      const near = leg({ arriveAt: NOW + 2 * HOUR + 27 * MINUTE });
      assert.deepEqual(await askedAfter(near, [5 * MINUTE - 1, 5 * MINUTE]), [1, 2]);
    });

    it('for hours where there is no traffic, however near it is', async () => {
      const onFoot = leg({ by: 'foot', arriveAt: NOW + 7 * HOUR });
      assert.deepEqual(await askedAfter(onFoot, [5 * HOUR, 6 * HOUR - 1, 6 * HOUR]), [1, 1, 2]);
    });

    it('that there is no way as well', async () => {
      azure.answers({ status: 400, body: { error: {} } });
      assert.deepEqual(await askedAfter(leg(), [HOUR - 1, HOUR]), [1, 2]);
    });

    it('of this way alone', async () => {
      await travel.estimate(leg());
      await travel.estimate(leg({ arriveAt: NOW + 6 * HOUR }));
      await travel.estimate(leg({ by: 'bicycle' }));
      await travel.estimate(leg({ to: { latitude: 48.21, longitude: 11.6 } }));
      assert.equal(azure.asked.length, 4);
      await travel.estimate(leg({ to: { latitude: 48.20001, longitude: 11.6 } }));
      assert.equal(azure.asked.length, 4, 'a metre further on');
    });

    it('and not that somebody failed', async () => {
      azure.answers({ status: 500 });
      await travel.estimate(leg());
      azure.answers({ body: azureRoute(28 * 60, 9_412) });
      assert.equal((await travel.estimate(leg()))?.durationMs, 28 * MINUTE);
    });
  });

  const ways = (count: number) =>
    Array.from({ length: count }, (_, index) => leg({ arriveAt: NOW + 5 * HOUR + index * MINUTE }));
  const askAll = async (legs: Leg[]) => {
    for (const one of legs) await travel.estimate(one);
  };

  it('keeps to a budget by the hour for each', async () => {
    travel = chainOf({ callsPerHour: 3 });
    await askAll(ways(5));
    assert.deepEqual(counts(), [3, 2]);
    assert.deepEqual(troubles, [], 'that is no trouble');
    now = NOW + HOUR;
    await askAll([leg({ arriveAt: NOW + 8 * HOUR })]);
    assert.deepEqual(counts(), [4, 2]);
  });

  it('estimates where everybody’s budget is spent', async () => {
    travel = chainOf({ callsPerHour: 1 });
    const [first, second, third] = ways(3) as [Leg, Leg, Leg];
    await askAll([first, second]);
    assert.deepEqual(await travel.estimate(third), roughEstimate(third));
    assert.deepEqual(counts(), [1, 1]);
  });

  it('leaves one alone after 429 until Retry-After', async () => {
    azure.answers({ status: 429, headers: { 'retry-after': '90' } });
    await askAll(ways(3));
    assert.deepEqual(counts(), [1, 3]);
    now = NOW + 89_999;
    await askAll([leg({ arriveAt: NOW + 8 * HOUR })]);
    assert.equal(azure.asked.length, 1);
    now = NOW + 90_000;
    azure.answers({ body: azureRoute(28 * 60, 9_412) });
    assert.equal((await travel.estimate(leg({ arriveAt: NOW + 9 * HOUR })))?.durationMs, 28 * MINUTE);
  });

  it('leaves one alone for a minute after three failures in a row', async () => {
    azure.answers({ status: 500 });
    await askAll(ways(5));
    assert.deepEqual(counts(), [3, 5]);
    assert.equal(troubles.length, 3);
    now = NOW + MINUTE;
    await askAll([leg({ arriveAt: NOW + 8 * HOUR })]);
    assert.equal(azure.asked.length, 4);
    await askAll([leg({ arriveAt: NOW + 9 * HOUR })]);
    assert.equal(azure.asked.length, 4, 'and again after the next one');
  });

  it('counts failures in a row only', async () => {
    const [ok, bad] = [{ body: azureRoute(60, 90) }, { status: 500 }];
    for (const [index, answer] of [bad, bad, ok, bad, bad, ok].entries()) {
      azure.answers(answer);
      await travel.estimate(leg({ arriveAt: NOW + 5 * HOUR + index * MINUTE }));
    }
    assert.equal(azure.asked.length, 6);
  });

  it('never shortens a rest that somebody asked for', async () => {
    // Several under way at once: one is told to wait, others just fail.
    let call = 0;
    azure.answers(() => {
      call += 1;
      return call === 1 ? { status: 429, headers: { 'retry-after': '600' } } : { status: 500 };
    });
    await Promise.all(ways(4).map((one) => travel.estimate(one)));
    now = NOW + 2 * MINUTE;
    const before = azure.asked.length;
    await travel.estimate(leg({ arriveAt: NOW + 8 * HOUR }));
    assert.equal(azure.asked.length, before);
  });
});

describe('travel as configured', () => {
  const clock = { now: () => NOW, after: () => () => undefined };
  const parts = { clock, fetch, onTrouble: () => undefined };
  let server: RoadServer;
  beforeEach(async () => {
    server = await startRoadServer();
  });
  afterEach(() => server.stop());

  it('is the built-in estimate without anything, which looks no places up', () => {
    assert.equal(createTravel({ callsPerHour: 10 }, parts), roughProvider);
    assert.equal(roughProvider.locate, undefined);
  });

  it('asks Azure Maps first, for places as well', async () => {
    const travel = createTravel(
      { azureMaps: { url: server.url, key: 'secret' }, osrmUrl: server.url, callsPerHour: 10 },
      parts,
    );
    server.answers(({ path }) => ({ body: path === '/geocode' ? azurePlace(48.2, 11.6) : azureRoute(600, 900) }));
    assert.equal((await travel.estimate(leg()))?.durationMs, 10 * MINUTE);
    assert.deepEqual(await travel.locate?.('main street 1'), { latitude: 48.2, longitude: 11.6 });
  });

  it('waits for nobody: one that hangs is given up, and the next is asked', async () => {
    const troubles: string[] = [];
    const travel = createTravel(
      { azureMaps: { url: server.url, key: 'secret' }, osrmUrl: server.url, callsPerHour: 10 },
      { ...parts, onTrouble: (source, reason) => troubles.push(`${source}: ${reason}`) },
    );
    server.answers(({ path }) => (path.startsWith('/route/v1/') ? { body: osrmRoute(600, 900) } : { hangs: true }));
    const since = performance.now();
    assert.equal((await travel.estimate(leg()))?.durationMs, 10 * MINUTE);
    assert.ok(performance.now() - since < 4_000);
    assert.deepEqual(troubles, ['azureMaps: no answer in time']);
  });

  it('asks OSRM alone where there is no key, and nobody for places', async () => {
    const travel = createTravel({ osrmUrl: server.url, callsPerHour: 10 }, parts);
    server.answers({ body: osrmRoute(600, 900) });
    assert.equal((await travel.estimate(leg()))?.durationMs, 10 * MINUTE);
    assert.equal(travel.locate, undefined);
  });
});
