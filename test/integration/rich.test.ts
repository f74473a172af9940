import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import { startProduct, type TestPerson, type TestProduct } from '../support/product.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });

interface StoredRow {
  id: string;
  certificate_id: string | null;
}

describe('rich notifications, against the sandbox', function () {
  this.timeout(60_000);
  const env: Record<string, string> = { RICH_NOTIFICATIONS: 'on' };
  let product: TestProduct;
  let ada: TestPerson;

  before(async () => {
    product = await startProduct({ env });
    ada = product.addPerson('Ada Stern');
    await product.connect(ada, { tellOwnChanges: true });
    // Greetings are sent by the first read; what follows is told by notifications.
    await until('a subscription', () => live().length === 1);
    await until('its row', async () => (await rows()).length === 1);
  });
  after(async () => product?.stop());
  afterEach(() => product.sandbox.world.faults.clear());

  const live = () => product.sandbox.graph.control.subscriptions();
  const rows = () =>
    product.peek<StoredRow>('select subscription_id as id, certificate_id from cw.subscription order by created_at');
  const certificates = () =>
    product.peek<{ id: string }>('select certificate_id as id from cw.rich_certificate order by made_at');
  const actor = () => ({ tenantId: ada.person.tenantId, oid: ada.person.oid });
  const logged = (pattern: RegExp) => product.logLines().filter((line) => pattern.test(line));
  const posted = () =>
    product.sandbox.world.journal.entries
      .filter((one) => one.part === 'notification' && one.what === 'posted')
      .flatMap((one) => one.detail.items as { encryptedContent?: object; resourceData: { id: string } }[]);
  const make = (subject: string, hours = 5) =>
    product.sandbox.graph.store.create(actor(), {
      subject,
      start: at(Date.now() + hours * HOUR_MS),
      end: at(Date.now() + hours * HOUR_MS + 30 * MINUTE_MS),
    });
  const move = (id: string, hours: number) =>
    product.sandbox.graph.store.update(actor(), id, {
      start: at(Date.now() + hours * HOUR_MS),
      end: at(Date.now() + hours * HOUR_MS + 30 * MINUTE_MS),
    });
  const inReplica = (subject: string) =>
    until(`“${subject}” in the replica`, async () => {
      const found = await product.peek(`select 1 from cw.event where data ->> 'subject' = $1`, [subject]);
      return found.length > 0;
    });
  /** The mailbox's care comes now, and finds its subscription due for renewal. */
  const renewNow = () =>
    product.peek(`with s as (update cw.subscription set renew_at = created_at)
      update cw.mailbox set care_due_at = '2020-01-01Z'`);

  it('are asked for with our certificate, for less than a day', async () => {
    const [subscription] = live();
    const [certificate] = await certificates();
    assert.equal(subscription?.rich?.certificateId, certificate?.id);
    assert.match(subscription?.resource ?? '', /\/events\?\$select=id,changeKey,lastModifiedDateTime$/);
    assert.ok((subscription?.expiresAt ?? 0) < Date.now() + 24 * HOUR_MS);
    assert.deepEqual(await rows(), [{ id: subscription?.id, certificate_id: certificate?.id }]);
  });

  it('tell of changes, and every one is opened', async () => {
    const made = make('Budget talk');
    await inReplica('Budget talk');
    move(made.id, 7);
    await product.hear(ada, /Moved[\s\S]*Budget talk/);
    await until('a posted item', () => posted().length >= 2);
    assert.ok(posted().every((one) => one.encryptedContent));
    assert.deepEqual(logged(/rich notifications could not be used/), []);
  });

  it('with tokens of version 2.0 are opened too', async () => {
    product.sandbox.world.unverified.validationTokenVersion = '2.0';
    make('Version two');
    await inReplica('Version two');
    product.sandbox.world.unverified.validationTokenVersion = '1.0';
    assert.deepEqual(logged(/rich notifications could not be used/), []);
  });

  for (const [fault, code] of [
    ['notify.forgedValidationToken', 'TOKEN_SIGNATURE_WRONG'],
    ['notify.noValidationToken', 'NO_VALIDATION_TOKENS'],
  ] as const)
    it(`are refused with ${fault}: answered 202, and nothing is read`, async () => {
      const reads = () =>
        product.sandbox.world.journal.entries.filter((one) => /calendarView\/delta/.test(String(one.detail.path)))
          .length;
      await until('quiet', async () => {
        const before = reads();
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return reads() === before && product.sandbox.graph.control.pendingNotifications() === 0;
      });
      const before = reads();
      product.sandbox.world.faults.set(fault, 1);
      make(`Told by nobody, ${code}`);
      await until('a line in the log', () => logged(new RegExp(code)).length > 0);
      await until('all delivered', () => product.sandbox.graph.control.pendingNotifications() === 0);
      assert.equal(reads(), before);
      assert.match(logged(new RegExp(code))[0] ?? '', /"refused":[1-9]/);
      product.sandbox.world.faults.clear();
      make(`Told by Graph, ${code}`);
      await inReplica(`Told by nobody, ${code}`);
    });

  it('that were changed on the way cost a read, and nothing more', async () => {
    product.sandbox.world.faults.set('notify.badSignature', 1);
    make('Changed on the way');
    await inReplica('Changed on the way');
    assert.match(logged(/SIGNATURE_WRONG/).at(-1) ?? '', /"unreadable":[1-9]/);
  });

  it('outlive a change of Entra’s signing key', async () => {
    product.sandbox.entra.rotateSigningKey();
    make('After the rotation of keys');
    await inReplica('After the rotation of keys');
  });

  it('go on with a new certificate when the old one is past half of its life', async () => {
    const [old] = await certificates();
    await product.peek(`update cw.rich_certificate set made_at = made_at - interval '61 days'`);
    await product.restart();
    await renewNow();
    const fresh = await until('a new certificate', async () => (await certificates())[1]);
    await until('a subscription made with it', () => live().some((one) => one.rich?.certificateId === fresh.id));
    await until('the old one gone', () => live().length === 1);
    assert.equal((await certificates())[0]?.id, old?.id, 'kept to read what may still come');
    make('With the new certificate');
    await inReplica('With the new certificate');
  });

  it('are read by an instance that did not make the certificate', async () => {
    await product.restart();
    make('Another instance');
    await inReplica('Another instance');
  });

  it('give way to plain ones when the switch is off, at the next renewal, and come back', async () => {
    for (const [word, isRich] of [
      ['off', false],
      ['on', true],
    ] as const) {
      env.RICH_NOTIFICATIONS = word;
      await product.restart();
      await renewNow();
      await until(`a subscription with the switch ${word}`, async () => {
        const [row, ...others] = await rows();
        const [one, ...more] = live();
        const isSame = one?.id === row?.id && others.length === 0 && more.length === 0;
        return isSame && (one?.rich !== undefined) === isRich && (row?.certificate_id !== null) === isRich;
      });
      make(`With the switch ${word}`);
      await inReplica(`With the switch ${word}`);
    }
  });

  it('leave no key, token or content in the log', () => {
    const all = product.logLines().join('\n');
    assert.doesNotMatch(all, /PRIVATE KEY|eyJ[A-Za-z0-9_-]{20}|Budget talk|dataKey/);
  });
});
