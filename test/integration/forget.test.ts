/** “forget me” from end to end: nothing of the person is left, here or at Graph. And the file that they took before. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { tablesWith } from '../privacy/planted.ts';
import { startProduct, type TestPerson, type TestProduct, urlOf, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const CANARY = 'canary of the forgotten';
const PRIVATE_CANARY = 'canary of a private matter';
const HOUR_MS = 3_600_000;

describe('all that is held of a person', () => {
  let product: TestProduct;
  let ada: TestPerson;
  let ben: TestPerson;

  const actor = (who: TestPerson) => ({ tenantId: who.person.tenantId, oid: who.person.oid });
  const subscriptions = (who: TestPerson) =>
    product.sandbox.graph.control.subscriptions().filter((one) => JSON.stringify(one).includes(who.person.oid));
  const plan = (who: TestPerson, subject: string, sensitivity: 'normal' | 'private' = 'normal') => {
    const startAt = Date.now() + 5 * HOUR_MS;
    const time = (at: number) => ({ dateTime: new Date(at).toISOString().slice(0, 19), timeZone: 'UTC' });
    product.sandbox.graph.store.create(actor(who), {
      subject,
      sensitivity,
      start: time(startAt),
      end: time(startAt + HOUR_MS),
    });
  };
  const install = (who: TestPerson, action: 'add' | 'remove') =>
    product.connector.sendToBot(`${product.origin}/api/messages`, product.connector.installActivity(who.user, action));

  before(async () => {
    product = await startProduct({ logLevel: 'info' });
    ada = product.addPerson('Ada Forgotten');
    ben = product.addPerson('Ben Kept');
    for (const who of [ada, ben]) {
      plan(who, CANARY);
      plan(who, PRIVATE_CANARY, 'private');
      await product.connect(who);
    }
  });
  after(async () => product?.stop());

  it('holds of a private entry its times alone', async () => {
    await until('both are read', async () => {
      const [row] = await product.peek<{ held: number }>(
        'select count(*)::int as held from cw.event where mailbox_id = $1',
        [ada.person.oid],
      );
      return row?.held === 2;
    });
    assert.deepEqual(await tablesWith(product, PRIVATE_CANARY), []);
    assert.ok((await tablesWith(product, CANARY)).includes('event'));
  });

  it('is in the file that they can take once', async () => {
    await product.say(ada, 'export my data');
    const url = urlOf(await product.hear(ada, /link to your file/), 'Get my file');
    assert.equal((await fetch(url, { method: 'HEAD' })).status, 200);
    assert.equal((await fetch(url)).status, 200);
    const response = await fetch(url, { method: 'POST' });
    assert.equal(response.status, 200);
    const text = await response.text();
    const file = JSON.parse(text);
    assert.ok(file.complete && file.sections.event.rows.length === 2);
    assert.ok(text.includes(CANARY) && !text.includes(PRIVATE_CANARY) && !text.includes(ben.person.oid));
    const [cache] = await product.peek<{ cache: string }>('select cache from cw.token_cache where person_id = $1', [
      ada.person.oid,
    ]);
    assert.ok(cache && !text.includes(cache.cache));
    assert.equal((await fetch(url, { method: 'POST' })).status, 410);
  });

  it('goes with “forget me now”: in no table but the audit trail, and Graph tells no more', async () => {
    assert.equal(subscriptions(ada).length, 1);
    await product.say(ada, 'forget me');
    await product.hear(ada, /Shall I forget all about you\?/);
    await product.say(ada, 'forget me now');
    assert.match(wordsOf(await product.hear(ada, /I have forgotten you/)), /calendar entries/);
    await until('all is gone', async () => {
      const left = await tablesWith(product, ada.person.oid);
      return left.length === 1 && left[0] === 'audit';
    });
    assert.equal(subscriptions(ada).length, 0);
    const [row] = await product.peek<{ held: number }>(
      `select count(*)::int as held from cw.event where data ->> 'subject' = $1`,
      [CANARY],
    );
    assert.equal(row?.held, 1, 'Ben’s is Ben’s');
    assert.equal(subscriptions(ben).length, 1);
  });

  it('takes them for somebody new afterwards', async () => {
    await product.say(ada, 'watch on');
    await product.hear(ada, /Let me see your calendar/);
  });

  it('stops at once with the removal of the app, and goes on with the next installation', async () => {
    await install(ben, 'remove');
    await until('Graph tells no more', async () => subscriptions(ben).length === 0);
    assert.equal(
      (await product.peek('select 1 as one from cw.event where mailbox_id = $1', [ben.person.oid])).length,
      0,
    );
    await install(ben, 'add');
    await product.hear(ben, /Connected/);
    await until('Graph tells again', async () => subscriptions(ben).length === 1);
  });

  it('is nowhere in the logs', () => {
    const lines = product.logLines().join('\n');
    for (const canary of [CANARY, PRIVATE_CANARY, 'privacy/export?token=']) assert.ok(!lines.includes(canary), canary);
  });
});
