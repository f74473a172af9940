import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import type { JournalEntry } from '../../sandbox/world.ts';
import type { ChosenSettings } from '../../src/nudges/settings.ts';
import { startProduct, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });

/** Until nothing is read any more: what is under way has its token already. */
const atRest = (product: TestProduct, who: TestPerson) =>
  until('a mailbox at rest', async () => {
    const rows = await product.peek(
      `select 1 from cw.mailbox where mailbox_id = $1 and synced_at is not null and sync_lease is null and care_lease is null`,
      [who.person.oid],
    );
    return rows.length > 0;
  });

/** Tokens so short that each is stale at once: whoever needs one asks Entra. */
describe('tokens that end', () => {
  let product: TestProduct;

  before(async () => {
    product = await startProduct({
      entra: { accessTokenLifetimeMs: 4 * MINUTE_MS },
      graph: { lifecycleTimers: false, echoes: false },
    });
  });
  after(async () => product?.stop());
  afterEach(() => product.sandbox.world.faults.clear());

  const entraCalls = (what: string, since = 0): JournalEntry[] =>
    product.sandbox.world.journal.entries
      .slice(since)
      .filter((one) => one.part === 'entra' && one.what === what && one.detail.grant === 'refresh_token');
  const position = () => product.sandbox.world.journal.entries.length;
  const actor = (who: TestPerson) => ({ tenantId: who.person.tenantId, oid: who.person.oid });
  const connected = async (name: string, settings: ChosenSettings = {}): Promise<TestPerson> => {
    const who = product.addPerson(name);
    await product.connect(who, settings);
    await until('a subscription', () => subscriptionOf(who));
    await atRest(product, who);
    return who;
  };
  const subscriptionOf = (who: TestPerson) =>
    product.sandbox.graph.control.subscriptions().find((one) => one.mailboxOid === who.person.oid);
  const makeDue = async (who: TestPerson, ...duties: string[]) => {
    // A mailbox that is due reads those of its calendars whose time has come.
    if (duties.includes('sync'))
      await product.peek('update cw.feed set look_at = now() where mailbox_id = $1', [who.person.oid]);
    // A mailbox whose calendars were read just now has nothing to ask Graph for.
    if (duties.includes('sync'))
      await product.peek('update cw.feed set look_at = null where mailbox_id = $1', [who.person.oid]);
    for (const duty of duties)
      await product.peek(`update cw.mailbox set ${duty}_due_at = now(), ${duty}_lease = null where mailbox_id = $1`, [
        who.person.oid,
      ]);
  };
  const meet = (who: TestPerson, subject: string, startAt = Date.now() + 5 * HOUR_MS) =>
    product.sandbox.graph.store.create(actor(who), { subject, start: at(startAt), end: at(startAt + 30 * MINUTE_MS) });
  const move = (who: TestPerson, id: string, startAt: number) =>
    product.sandbox.graph.store.update(actor(who), id, { start: at(startAt), end: at(startAt + 30 * MINUTE_MS) });
  const inReplica = (who: TestPerson, subject: string) =>
    until(`${subject} in the replica`, async () => {
      const values = [who.person.oid, subject];
      return (
        (await product.peek(`select 1 from cw.event where mailbox_id = $1 and data ->> 'subject' = $2`, values))
          .length > 0
      );
    });
  const lost = (who: TestPerson) =>
    product.connector.messages(who.user.conversationId).filter((one) => /I have lost access/.test(wordsOf(one)));
  const watchOf = async (who: TestPerson) => {
    const rows = await product.peek<{ watch: string }>('select watch from cw.person where person_id = $1', [
      who.person.oid,
    ]);
    return rows[0]?.watch;
  };

  it('tell who is an admin no more, without a sign-in anew', async () => {
    const boss = product.addPerson('Boss Once', { appRoles: ['CalendarWatch.Admin'] });
    await product.connect(boss);
    await atRest(product, boss);
    await product.say(boss, 'admin settings');
    await product.hear(boss, /everyone|everybody/i);
    boss.person.appRoles = [];
    const since = position();
    await makeDue(boss, 'sync');
    await until('a refresh', () => entraCalls('token', since).length > 0);
    await atRest(product, boss);
    await product.say(boss, 'admin settings');
    await product.hear(boss, /That is for admins/);
    await product.say(boss, 'admin audit');
    await product.hear(boss, /That is for admins/);
  });

  it('are renewed without the person', async () => {
    const ada = await connected('Ada Stern');
    const since = position();
    meet(ada, 'After a refresh');
    await inReplica(ada, 'After a refresh');
    await makeDue(ada, 'sync');
    await until('a refresh', () => entraCalls('token', since).length > 0);
    assert.equal(entraCalls('token refused', since).length, 0);
    assert.equal(lost(ada).length, 0);
  });

  it('are renewed by two instances at once, and both can work', async () => {
    const ben = await connected('Ben Hall');
    const twin = await product.startTwin();
    try {
      for (let round = 0; round < 5; round += 1) {
        await makeDue(ben, 'sync', 'care');
        meet(ben, `Round ${round}`);
        await inReplica(ben, `Round ${round}`);
      }
      assert.equal(await watchOf(ben), 'on');
      assert.equal(lost(ben).length, 0);
      assert.equal(entraCalls('token refused').length, 0);
    } finally {
      await twin.stop();
    }
  });

  it('that Entra does not give for the moment are no reason to ask the person', async () => {
    const cleo = await connected('Cleo Marsh');
    product.sandbox.world.faults.set('entra.serverError', 1);
    const since = position();
    const subject = 'While Entra was ill';
    meet(cleo, subject);
    await until('a refused token', () => entraCalls('token refused', since).length >= 1);
    await until('a failure that is tried again', async () => {
      const rows = await product.peek('select 1 from cw.mailbox where mailbox_id = $1 and sync_failures > 0', [
        cleo.person.oid,
      ]);
      return rows.length > 0;
    });
    assert.equal(await watchOf(cleo), 'on');
    product.sandbox.world.faults.clear();
    // The retry has its own pace; what is tested here is that there is one, and what comes of it.
    await makeDue(cleo, 'sync');
    await inReplica(cleo, subject);
    assert.equal(lost(cleo).length, 0);
  });

  it('that were revoked: one card with a button, nobody else concerned; signing in tells what changed', async () => {
    const [dana, emil] = [await connected('Dana Fox', { tellOwnChanges: true }), await connected('Emil Ray')];
    const startAt = Date.now() + 5 * HOUR_MS;
    const made = meet(dana, 'Roadmap', startAt);
    await inReplica(dana, 'Roadmap');

    product.sandbox.entra.revokeSessions(dana.person.oid);
    await makeDue(dana, 'sync', 'care');
    const card = await product.hear(dana, /I have lost access/);
    assert.match(wordsOf(card), /"verb":"watch\.on"/);
    assert.equal(await watchOf(dana), 'reconnect');
    move(dana, made.id, startAt + 2 * HOUR_MS);
    await makeDue(emil, 'sync', 'care');
    meet(emil, 'Emil goes on');
    await inReplica(emil, 'Emil goes on');
    const [mailbox] = await product.peek<{ sync_due_at: null; care_due_at: null }>(
      'select sync_due_at, care_due_at from cw.mailbox where mailbox_id = $1',
      [dana.person.oid],
    );
    assert.deepEqual(mailbox, { sync_due_at: null, care_due_at: null }, 'nothing is tried any more');
    assert.equal(lost(dana).length, 1);
    assert.equal(lost(emil).length, 0);

    await product.press(dana, 'watch.on');
    const signInCard = await product.hear(dana, /Let me see your calendar/);
    assert.equal((await product.signIn(dana, signInCard)).status, 200);
    await product.hear({ ...dana }, /Connected/);
    await product.hear(dana, /Moved[\s\S]*Roadmap/);
    assert.equal(await watchOf(dana), 'on');
    assert.equal(lost(dana).length, 1);
  });
});

describe('a token that Graph refuses', () => {
  let product: TestProduct;
  before(async () => {
    product = await startProduct({ graph: { lifecycleTimers: false, echoes: false } });
  });
  after(async () => product?.stop());

  it('is not offered again: the next call has a new one, although the old one had time left', async () => {
    const ada = product.addPerson('Ada Stern');
    await product.connect(ada);
    await atRest(product, ada);
    const before = tokensIssued();
    await refuseOldTokens();
    await until('a new token', () => tokensIssued() > before);
  });

  const tokensIssued = () =>
    product.sandbox.world.journal.entries.filter(
      (one) => one.part === 'entra' && one.what === 'token' && one.detail.grant === 'refresh_token',
    ).length;
  /** As after a revocation that Graph knows of at once: the tokens that are there are answered 401. */
  const refuseOldTokens = async () => {
    const world = product.sandbox.world;
    const tenant = [...world.tenants.values()][0];
    assert.ok(tenant);
    world.tenants.delete(tenant.tenantId);
    // A mailbox whose calendars were read just now has nothing to ask Graph for.
    await product.peek('update cw.feed set look_at = null');
    await product.peek('update cw.mailbox set sync_due_at = now(), sync_lease = null');
    await until('a 401', () => world.journal.entries.some((one) => one.part === 'graph' && one.detail.status === 401));
    world.tenants.set(tenant.tenantId, tenant);
  };
});
