import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { startProduct, type TestPerson, type TestProduct } from '../support/product.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });

describe('crash: the compiled product is killed between ack and sync', function () {
  this.timeout(90_000);
  let product: TestProduct;
  let ada: TestPerson;
  let owner: pg.Client;

  before(async () => {
    product = await startProduct({ isCompiled: true });
    owner = new pg.Client({ connectionString: product.database.ownerUrl });
    owner.on('error', () => undefined);
    await owner.connect();
    ada = product.addPerson('Ada Stern');
    await product.connect(ada);
  });
  after(async () => {
    await owner?.end();
    await product?.stop();
  });

  /** Resolves when the product has answered a notification with 202. */
  async function untilAcknowledged(from: number): Promise<void> {
    const { journal } = product.sandbox.world;
    for (;;) {
      const posted = journal.entries.slice(from).find((one) => one.part === 'notification' && one.what === 'posted');
      if (posted) return;
      // The journal has no events of its own; the next turn of the loop is soon enough.
      await once(AbortSignal.timeout(10), 'abort');
    }
  }

  it('sends the nudge after the restart all the same', async () => {
    const { world, graph } = product.sandbox;
    // Graph answers no reads, so what is acknowledged cannot be synced before the kill.
    world.faults.set('graph.unavailable', 1);
    const from = world.journal.entries.length;
    graph.store.create(
      { tenantId: ada.person.tenantId, oid: ada.person.oid },
      { subject: 'Soon', start: at(Date.now() + 5 * MINUTE_MS), end: at(Date.now() + 35 * MINUTE_MS) },
    );
    await untilAcknowledged(from);
    // Killed while nobody holds the mailbox: with a lease on it, the wait would be the lease's 30 s.
    const hasFailed = async () => (await owner.query('select from cw.mailbox where sync_failures > 0')).rowCount === 1;
    await until('the sync to fail', hasFailed);
    await product.kill();
    const { rows } = await owner.query<{ waiting: string }>('select count(*) as waiting from cw.inbox');
    assert.ok(Number(rows[0]?.waiting) > 0, 'what was acknowledged is in the inbox');
    world.faults.delete('graph.unavailable');
    await product.start();
    await product.hear(ada, /Starts in[\s\S]*Soon/, 45_000);
    // Graph notifies of one change more than once, so a late one may have come in beside the nudge.
    await until('the inbox to be empty', async () => (await owner.query('select from cw.inbox')).rowCount === 0);
  });
});
