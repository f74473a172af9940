import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import type { FaultName, JournalEntry } from '../../sandbox/world.ts';
import { startProduct, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });
/** At ten, so that an hour or two more is the same day in every zone that is used here. */
const dayAfterTomorrow = () => Math.floor(Date.now() / DAY_MS) * DAY_MS + 2 * DAY_MS + 10 * HOUR_MS;
const span = (startAt: number) => ({ start: at(startAt), end: at(startAt + 30 * MINUTE_MS) });

describe('syncing against the sandbox’s Graph', () => {
  let product: TestProduct;

  before(async () => {
    product = await startProduct({ graph: { echoes: false } });
  });
  after(async () => product?.stop());
  afterEach(() => product.sandbox.world.faults.clear());

  const store = () => product.sandbox.graph.store;
  const actor = (who: TestPerson) => ({ tenantId: who.person.tenantId, oid: who.person.oid });
  const connected = async (name: string): Promise<TestPerson> => {
    const who = product.addPerson(name);
    await product.connect(who, { tellOwnChanges: true, kinds: { invitation: false, conflict: false } });
    await until('a subscription in the database', async () => {
      const rows = await product.peek('select 1 from cw.subscription where mailbox_id = $1', [who.person.oid]);
      return rows.length > 0;
    });
    await settled(who);
    return who;
  };
  /** No notification is under way and nothing of this mailbox is due or being worked on. */
  const settled = (who: TestPerson) =>
    until('rest', async () => {
      const rows = await product.peek(
        `select 1 from cw.mailbox m where mailbox_id = $1 and sync_lease is null and sync_due_at > now() + interval '1 hour'
           and not exists (select 1 from cw.inbox i where i.mailbox_id = m.mailbox_id)`,
        [who.person.oid],
      );
      return rows.length === 1 && product.sandbox.graph.control.pendingNotifications() === 0;
    });
  const requests = (who: TestPerson, path: RegExp, since = 0): JournalEntry[] =>
    product.sandbox.world.journal.entries
      .slice(since)
      .filter(
        (one) =>
          one.part === 'graph' &&
          one.what === 'request' &&
          String(one.detail.path).includes(who.person.oid) &&
          path.test(String(one.detail.path)),
      );
  const reads = (who: TestPerson, since = 0) => requests(who, /calendarView\/delta/, since);
  const position = () => product.sandbox.world.journal.entries.length;
  const subjects = async (who: TestPerson, subject: string) =>
    product.peek<{ event_id: string; start_at: Date; type: string }>(
      `select event_id, start_at, type from cw.event where mailbox_id = $1 and data ->> 'subject' = $2 order by start_at`,
      [who.person.oid, subject],
    );
  const inReplica = (who: TestPerson, subject: string, count = 1) =>
    until(`${subject} in the replica`, async () => {
      const rows = await subjects(who, subject);
      return rows.length >= count ? rows : undefined;
    });
  const told = (who: TestPerson, pattern: RegExp) =>
    product.connector.messages(who.user.conversationId).filter((one) => pattern.test(wordsOf(one))).length;
  /** What the person could hear has been decided: nothing waits in the ledger that is due. */
  const said = (who: TestPerson) =>
    until('nothing left to say', async () => {
      const rows = await product.peek(
        `select 1 from cw.nudge where person_id = $1 and state in ('planned', 'claimed') and send_at <= now()`,
        [who.person.oid],
      );
      return rows.length === 0;
    });
  const meet = (who: TestPerson, subject: string, startAt = Date.now() + 30 * HOUR_MS, more: object = {}) =>
    store().create(actor(who), { subject, ...span(startAt), ...more });
  const daily = (startAt: number, count: number) => ({
    recurrence: {
      pattern: { type: 'daily' as const, interval: 1 },
      range: {
        type: 'numbered' as const,
        startDate: new Date(startAt).toISOString().slice(0, 10),
        numberOfOccurrences: count,
        recurrenceTimeZone: 'UTC',
      },
    },
  });

  it('reads few times for many notifications', async () => {
    const who = await connected('Burst Person');
    const since = position();
    for (let n = 0; n < 50; n += 1) meet(who, 'Burst', Date.now() + (30 + n) * HOUR_MS);
    await inReplica(who, 'Burst', 50);
    await settled(who);
    const posted = product.sandbox.world.journal.entries
      .slice(since)
      .filter((one) => one.part === 'notification' && one.what === 'posted')
      .flatMap((one) => one.detail.items as unknown[]);
    assert.ok(posted.length >= 50, `${posted.length} notifications`);
    assert.ok(reads(who, since).length <= 8, `${reads(who, since).length} reads`);
  });

  for (const fault of ['graph.deltaGone', 'graph.syncStateNotFound'] as FaultName[])
    it(`starts over after ${fault}, finds what it missed and tells nothing twice`, async () => {
      const who = await connected(`Person of ${fault}`);
      const startAt = Date.now() + 30 * HOUR_MS;
      const first = meet(who, 'Told before', startAt);
      const second = meet(who, 'To be told', startAt);
      const third = meet(who, 'To be cancelled', startAt);
      await inReplica(who, 'To be cancelled');
      store().update(actor(who), first.id, span(startAt + HOUR_MS));
      await product.hear(who, /Moved[\s\S]*Told before/);
      await settled(who);

      product.sandbox.world.faults.set('notify.drop', 1);
      store().update(actor(who), second.id, span(startAt + 2 * HOUR_MS));
      store().remove(actor(who), third.id);
      product.sandbox.world.faults.set(fault, 1);
      const since = position();
      product.sandbox.world.faults.delete('notify.drop');
      meet(who, 'The trigger');
      await inReplica(who, 'The trigger');
      product.sandbox.world.faults.clear();
      await product.hear(who, /Moved[\s\S]*To be told/);
      await product.hear({ ...who, position: 0 }, /Cancelled[\s\S]*To be cancelled/);
      assert.ok(reads(who, since).some((one) => [404, 410].includes(Number(one.detail.status))));
      await settled(who);
      await said(who);
      assert.equal(told(who, /Moved[\s\S]*Told before/), 1);
      assert.equal(told(who, /Moved[\s\S]*To be told/), 1);
      assert.equal(told(who, /Cancelled[\s\S]*To be cancelled/), 1);
      assert.equal(told(who, /Connected/), 1);
    });

  it('obeys Retry-After: no call before it, however much is notified', async () => {
    const who = await connected('Throttled Person');
    const { world, graph } = product.sandbox;
    const random = world.random;
    // The shortest Retry-After there is: one second.
    Object.defineProperty(world, 'random', { value: () => 0, configurable: true });
    world.faults.set('graph.throttle', 1);
    const since = position();
    meet(who, 'While throttled');
    const refused = await until('a 429', () => reads(who, since).find((one) => one.detail.status === 429));
    Object.defineProperty(world, 'random', { value: random, configurable: true });
    world.faults.clear();
    for (let n = 0; n < 5; n += 1) {
      meet(who, 'While waiting');
      await until('all is posted', () => graph.control.pendingNotifications() === 0);
    }
    await inReplica(who, 'While waiting', 5);
    const next = reads(who, since).find((one) => one.at > refused.at);
    assert.ok(next && next.at - refused.at >= 1_000, `${(next?.at ?? 0) - refused.at} ms`);
    assert.equal(graph.control.breaches.calledBeforeRetryAfter, 0);
  });

  for (const fault of ['graph.unavailable', 'graph.gatewayTimeout', 'graph.throttleWithoutRetryAfter'] as FaultName[])
    it(`tries again after ${fault}, with a pause`, async () => {
      const who = await connected(`Person with ${fault}`);
      product.sandbox.world.faults.set(fault, 1);
      const since = position();
      meet(who, 'After the trouble');
      const failed = await until('a failure', () => reads(who, since).find((one) => Number(one.detail.status) >= 400));
      product.sandbox.world.faults.clear();
      await inReplica(who, 'After the trouble');
      const next = reads(who, since).find((one) => one.at > failed.at);
      assert.ok(next && next.at - failed.at >= 1_000, 'a pause');
    });

  it('reads a calendar of many pages to its end', async () => {
    const who = product.addPerson('Full Person');
    for (let n = 0; n < 450; n += 1) meet(who, 'One of many', Date.now() + (24 + n) * HOUR_MS);
    product.sandbox.world.faults.set('graph.emptyFirstPage', 1);
    await product.connect(who, { tellOwnChanges: true });
    await inReplica(who, 'One of many', 450);
    assert.ok(reads(who).length >= 4);
    assert.equal(told(who, /Moved|Cancelled/), 0);
  });

  it('tells of one occurrence that moved, and of one that was deleted, and of nothing else in the series', async () => {
    const who = await connected('Series Person');
    const startAt = dayAfterTomorrow();
    meet(who, 'Stand-up', startAt, daily(startAt, 10));
    const rows = (await inReplica(who, 'Stand-up', 11)).filter((one) => one.type !== 'master');
    assert.equal(rows.length, 10);
    const seen = store()
      .view(actor(who), startAt - HOUR_MS, startAt + 11 * DAY_MS)
      .filter((one) => one.subject === 'Stand-up');
    store().update(actor(who), seen[2]?.id ?? '', span(startAt + 2 * DAY_MS + 2 * HOUR_MS));
    await product.hear(who, /Moved[\s\S]*Stand-up/);
    await settled(who);
    store().remove(actor(who), seen[4]?.id ?? '');
    await product.hear(who, /Cancelled[\s\S]*Stand-up/);
    await settled(who);
    await said(who);
    assert.deepEqual([told(who, /Moved/), told(who, /Cancelled/)], [1, 1]);
    assert.equal((await subjects(who, 'Stand-up')).filter((one) => one.type !== 'master').length, 9);
  });

  it('tells once that a whole series is cancelled', async () => {
    const [organiser, guest] = [product.addPerson('Organ Iser'), await connected('Guest Person')];
    const startAt = dayAfterTomorrow();
    const attendees = [{ type: 'required' as const, emailAddress: { address: guest.person.upn, name: 'Guest' } }];
    const made = meet(organiser, 'Weekly review', startAt, { ...daily(startAt, 8), attendees });
    await inReplica(guest, 'Weekly review', 9);
    await settled(guest);
    store().cancel(actor(organiser), made.id, 'no need', 'series');
    await product.hear(guest, /Cancelled[\s\S]*Weekly review/);
    await settled(guest);
    await said(guest);
    assert.equal(told(guest, /Cancelled[\s\S]*Weekly review/), 1);
  });

  it('reminds of nothing that the person declined', async () => {
    const [organiser, guest] = [product.addPerson('Host Person'), await connected('Choosy Person')];
    const startAt = Date.now() + 40 * MINUTE_MS;
    const attendees = [{ type: 'required' as const, emailAddress: { address: guest.person.upn, name: 'Guest' } }];
    meet(organiser, 'Declined one', startAt, { attendees });
    meet(organiser, 'Accepted one', startAt, { attendees });
    await inReplica(guest, 'Accepted one');
    await inReplica(guest, 'Declined one');
    const [mine] = store()
      .view(actor(guest), startAt - HOUR_MS, startAt + HOUR_MS)
      .filter((one) => one.subject === 'Declined one');
    store().respond(actor(guest), mine?.id ?? '', 'decline');
    const planned = async () => {
      const rows = await product.peek<{ subject: string }>(
        `select facts ->> 'subject' as subject from cw.nudge where person_id = $1 and kind = 'reminder' and state = 'planned'`,
        [guest.person.oid],
      );
      return rows.map((one) => one.subject);
    };
    await until('one reminder', async () => (await planned()).length === 1 && (await planned())[0] === 'Accepted one');
  });

  it('finds what it left at Graph when a second subscription is refused, and removes that alone', async () => {
    const [who, other] = [await connected('Conflict Person'), await connected('Peaceful Person')];
    const { world, graph } = product.sandbox;
    const idsOf = (one: TestPerson) =>
      graph.control.subscriptions().flatMap((known) => (known.mailboxOid === one.person.oid ? [known.id] : []));
    const [left] = idsOf(who);
    const theirs = idsOf(other);
    assert.ok(left);
    world.unverified.conflictOnDuplicateSubscription = true;
    try {
      await product.peek('delete from cw.subscription where subscription_id = $1', [left]);
      await product.peek('update cw.mailbox set care_due_at = now() where mailbox_id = $1', [who.person.oid]);
      const [row] = await until('a new subscription', async () => {
        const rows = await product.peek<{ id: string }>(
          'select subscription_id as id from cw.subscription where mailbox_id = $1',
          [who.person.oid],
        );
        return rows.length > 0 ? rows : undefined;
      });
      assert.notEqual(row?.id, left);
      assert.deepEqual(idsOf(who), [row?.id]);
      assert.deepEqual(idsOf(other), theirs);
    } finally {
      world.unverified.conflictOnDuplicateSubscription = false;
    }
    meet(who, 'After the conflict');
    await inReplica(who, 'After the conflict');
  });

  it('does not ask again and again for somebody who has no mailbox', async () => {
    const who = product.addPerson('Mailless Person', { hasMailbox: false });
    await product.say(who, 'watch on');
    const card = await product.hear(who, /Let me see your calendar/);
    await product.signIn(who, card);
    const subscribed = () =>
      product.sandbox.world.journal.entries.filter(
        (one) => one.part === 'graph' && one.detail.userOid === who.person.oid && one.detail.status === 404,
      );
    await until('both duties failed', async () => {
      const rows = await product.peek(
        'select 1 from cw.mailbox where mailbox_id = $1 and sync_failures = 1 and care_failures = 1',
        [who.person.oid],
      );
      return rows.length === 1;
    });
    const asked = subscribed().length;
    await product.hear(who, /I can’t read your calendar/);
    const other = await connected('Mailful Person');
    meet(other, 'Meanwhile');
    await inReplica(other, 'Meanwhile');
    assert.equal(subscribed().length, asked);
    assert.equal(told(who, /I can’t read your calendar/), 1);
    assert.equal(told(who, /Connected/), 0);
    const [row] = await product.peek<{ minutes: number }>(
      `select extract(epoch from least(sync_due_at, care_due_at) - now())::int / 60 as minutes from cw.mailbox
       where mailbox_id = $1`,
      [who.person.oid],
    );
    assert.ok((row?.minutes ?? 0) >= 58);
  });
});
