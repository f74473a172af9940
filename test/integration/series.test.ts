import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { startProduct, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });

describe('series, against the sandbox', () => {
  let product: TestProduct;
  let ada: TestPerson;
  let masterId: string;
  let start: number;
  const actor = () => ({ tenantId: ada.person.tenantId, oid: ada.person.oid });
  const occurrences = () =>
    product.sandbox.graph.store.view(actor(), start - DAY_MS, start + 40 * DAY_MS).filter((one) => !one.isCancelled);

  before(async () => {
    product = await startProduct();
    ada = product.addPerson('Ada Stern');
    // In the morning, whatever the hour now: an occurrence may not be moved across the next one.
    start = (Math.floor(Date.now() / DAY_MS) + 2) * DAY_MS + 9 * 60 * MINUTE_MS;
    const made = product.sandbox.graph.store.create(actor(), {
      subject: 'Weekly',
      body: { contentType: 'text', content: 'The usual points' },
      start: at(start),
      end: at(start + 30 * MINUTE_MS),
      recurrence: {
        pattern: { type: 'daily', interval: 1 },
        range: { type: 'numbered', startDate: new Date(start).toISOString().slice(0, 10), numberOfOccurrences: 5 },
      },
    });
    masterId = made.seriesMasterId ?? made.id;
    await product.connect(ada, { tellOwnChanges: true });
  });
  after(async () => product?.stop());

  it('tells of one occurrence that moved', async () => {
    const second = occurrences()[1];
    assert.ok(second);
    product.sandbox.graph.store.update(actor(), second.id, {
      start: at(second.startAt + 60 * MINUTE_MS),
      end: at(second.endAt + 60 * MINUTE_MS),
    });
    const card = await product.hear(ada, /Moved: Weekly/);
    assert.doesNotMatch(wordsOf(card), /occurrences of a series/);
  });

  it('tells of one occurrence that was deleted, which Graph does not report', async () => {
    const third = occurrences()[2];
    assert.ok(third);
    product.sandbox.graph.store.remove(actor(), third.id, 'occurrence');
    const card = await product.hear(ada, /Cancelled: Weekly/);
    assert.doesNotMatch(wordsOf(card), /occurrences of a series/);
  });

  it('tells of a series that moved as a whole in one message', async () => {
    const first = occurrences()[0];
    assert.ok(first);
    product.sandbox.graph.store.update(
      actor(),
      masterId,
      { start: at(start + 120 * MINUTE_MS), end: at(start + 150 * MINUTE_MS) },
      'series',
    );
    const card = await product.hear(ada, /Moved: Weekly/);
    assert.match(wordsOf(card), /\d occurrences of a series/);
  });
});
