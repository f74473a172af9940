import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { startProduct, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const time = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });
const span = (startAt: number) => ({ start: time(startAt), end: time(startAt + 30 * MINUTE_MS) });

describe('a subscription that vanishes without a word', () => {
  let product: TestProduct;
  let who: TestPerson;

  before(async () => {
    product = await startProduct({
      graph: { echoes: false },
      env: { PROVE_EVERY_MINUTES: '5', BLIND_CARD_AFTER_MINUTES: '5', CATCH_UP_MINUTES: '1440' },
    });
    who = product.addPerson('Blind Person');
    await product.connect(who, { tellOwnChanges: true });
  });
  after(async () => product?.stop());

  const actor = () => ({ tenantId: who.person.tenantId, oid: who.person.oid });
  const mine = () => product.sandbox.graph.control.subscriptions().filter((one) => one.mailboxOid === who.person.oid);
  const rest = () =>
    until('rest', async () => {
      const rows = await product.peek(
        `select 1 from cw.mailbox m where mailbox_id = $1 and sync_lease is null and care_lease is null
           and sync_due_at > now() + interval '1 minute' and care_due_at > now() + interval '1 minute'
           and not exists (select 1 from cw.inbox i where i.mailbox_id = m.mailbox_id)`,
        [who.person.oid],
      );
      return rows.length === 1 && product.sandbox.graph.control.pendingNotifications() === 0;
    });
  const heard = (pattern: RegExp) =>
    product.connector.messages(who.user.conversationId).filter((one) => pattern.test(wordsOf(one))).length;
  /** As if all that is known were older; waiting that long is not for tests. */
  const age = async (minutes: number) => {
    const by = `${minutes} minutes`;
    await product.peek('update cw.subscription set proven_at = proven_at - $2::interval where mailbox_id = $1', [
      who.person.oid,
      by,
    ]);
    await product.peek(
      'update cw.mailbox set synced_at = synced_at - $2::interval, care_due_at = now() where mailbox_id = $1',
      [who.person.oid, by],
    );
  };

  it('is found by asking for it: one message says since when, and names the move; no other notice comes', async () => {
    const { store, control } = product.sandbox.graph;
    const startAt = Date.now() + 5 * HOUR_MS;
    const made = store.create(actor(), { subject: 'Roadmap', ...span(startAt) });
    await until('Roadmap in the replica', async () => {
      const rows = await product.peek('select 1 from cw.event where mailbox_id = $1', [who.person.oid]);
      return rows.length === 1;
    });
    await until('one subscription', () => mine().length === 1);
    await rest();

    const [subscription] = mine();
    assert.ok(subscription && control.vanishSubscription(subscription.id));
    store.update(actor(), made.id, span(startAt + HOUR_MS));
    await age(20);

    const message = await product.hear(who, /I was blind from/);
    assert.match(wordsOf(message), /Moved[\s\S]*Roadmap/);
    await until('another subscription', () => mine().some((one) => one.id !== subscription.id));
    await rest();
    await until('nothing left to say', async () => {
      const rows = await product.peek(
        `select 1 from cw.nudge where person_id = $1 and state in ('planned', 'claimed') and send_at <= now()`,
        [who.person.oid],
      );
      return rows.length === 0;
    });
    assert.equal(heard(/I was blind/), 1);
    assert.equal(heard(/Moved[\s\S]*Roadmap/), 1, 'that one message');
    assert.deepEqual(await product.peek(`select 1 from cw.nudge where kind = 'change'`), []);
  });

  it('is a thing of the past then: the next move is told at once, by itself', async () => {
    const { store } = product.sandbox.graph;
    const startAt = Date.now() + 8 * HOUR_MS;
    const made = store.create(actor(), { subject: 'Retrospective', ...span(startAt) });
    await until('Retrospective in the replica', async () => {
      const rows = await product.peek(`select 1 from cw.event where data ->> 'subject' = 'Retrospective'`);
      return rows.length === 1;
    });
    store.update(actor(), made.id, span(startAt + HOUR_MS));
    await product.hear(who, /Moved[\s\S]*Retrospective/);
    assert.equal(heard(/I was blind/), 1);
  });
});
