/** Ways from the configuration to the plan: who is asked over HTTP, and what is left when nobody answers. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { MINUTE } from '../support/events.ts';
import { startProduct, type TestProduct } from '../support/product.ts';
import { until } from '../support/until.ts';
import { azurePlace, azureRoute, type RoadServer, startRoadServer } from '../travel/road-server.ts';

const HOUR = 60 * MINUTE;
const KEY = 'azure-maps-secret-key';
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });

describe('ways, against the sandbox', () => {
  let maps: RoadServer;
  let product: TestProduct;

  before(async () => {
    maps = await startRoadServer();
    maps.answers(({ path }) => ({ body: path === '/geocode' ? azurePlace(48.2, 11.6) : azureRoute(28 * 60, 9_412) }));
    product = await startProduct({ env: { AZURE_MAPS_KEY: KEY, AZURE_MAPS_URL: maps.url } });
  });
  after(async () => {
    await product?.stop();
    await maps?.stop();
  });

  it('a meeting at an address is told when to leave for, and goes on without maps', async () => {
    const ada = product.addPerson('Ada Traveller');
    const actor = { tenantId: ada.person.tenantId, oid: ada.person.oid };
    const startAt = Date.now() + 5 * HOUR;
    product.sandbox.graph.store.create(actor, {
      subject: 'Visit',
      start: at(startAt),
      end: at(startAt + HOUR),
      location: { displayName: 'Main Street 1, Munich' },
    });
    await product.connect(ada);
    // Home as well: where one sets out depends on the hour, and this runs at any.
    for (const name of ['office', 'home']) {
      await product.say(ada, `place ${name} 48.137,11.575`);
      await product.hear(ada, /Noted/);
    }
    const leaving = () =>
      product.peek<{ facts: { travelMs: number; isRough: boolean; hasTraffic?: true; fromName: string } }>(
        `select facts from cw.nudge where person_id = $1 and kind = 'leaveBy' and state = 'planned' and lead_ms > 0`,
        [ada.person.oid],
      );
    await until('the way is planned', async () => (await leaving()).length === 1);
    const [visit] = await leaving();
    assert.equal(visit?.facts.travelMs, 28 * MINUTE);
    assert.equal(visit?.facts.hasTraffic, true);
    assert.match(visit?.facts.fromName ?? '', /home|office/);
    const asked = maps.asked.filter((one) => one.path === '/geocode');
    assert.deepEqual(
      asked.map((one) => one.query.get('query')),
      ['main street 1, munich'],
      'once, however many plans were made',
    );

    maps.answers({ status: 503 });
    await product.say(ada, 'place office 48.3,11.7 Elsewhere');
    await product.hear(ada, /Elsewhere/);
    await product.say(ada, 'place home 48.3,11.7 Elsewhere');
    await product.hear(ada, /Elsewhere/);
    await until('it is estimated', async () => (await leaving())[0]?.facts.isRough === true);
    const said = product.logLines().join('\n');
    assert.match(said, /status 503/);
    assert.doesNotMatch(said, /azure-maps-secret|Main Street|main street|48\.137|11\.575/);
  });
});
