import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { ChannelActivity } from '../../sandbox/connector/connector.ts';
import { CALENDARS_INPUT, CHOOSE_CALENDARS } from '../../src/bot/cards/calendars.ts';
import { startProduct, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });
const MAIN = 'Calendar';
const SIDE = 'Side projects';
const CHARLOTTENBURG = { latitude: 52.5163, longitude: 13.3041 };
const MITTE = { latitude: 52.52, longitude: 13.405 };

interface Shown {
  /** By their titles. */
  choices: Record<string, string>;
  ticked: string[];
  words: string;
}

function shownOf(card: unknown): Shown {
  const { body } = card as { body: { id?: string; value?: string; choices?: { title: string; value: string }[] }[] };
  const input = body.find((one) => one.id === CALENDARS_INPUT);
  const choices = Object.fromEntries((input?.choices ?? []).map((one) => [one.title, one.value]));
  const ticked = Object.entries(choices).filter(([, value]) => input?.value?.split(',').includes(value));
  return { choices, ticked: ticked.map(([title]) => title), words: JSON.stringify(card) };
}

describe('several calendars, against the sandbox', () => {
  let product: TestProduct;
  let serial = 0;
  let ada: TestPerson;
  let ben: TestPerson;
  /** Ada's second calendar. */
  let side: string;
  /** How Ada's choices call Ben's calendar. */
  let bens: string;

  before(async () => {
    product = await startProduct({ env: { CATCH_UP_UNPROVEN_MINUTES: '1' } });
  });
  after(async () => product?.stop());

  const store = () => product.sandbox.graph.store;
  const actor = (who: TestPerson) => ({ tenantId: who.person.tenantId, oid: who.person.oid });
  const meeting = (subject: string, startAt: number, more: object = {}) => ({
    subject,
    start: at(startAt),
    end: at(startAt + 30 * MINUTE_MS),
    ...more,
  });
  const moved = (startAt: number) => ({ start: at(startAt), end: at(startAt + 30 * MINUTE_MS) });
  const place = (displayName: string, coordinates: object) => ({ location: { displayName, coordinates } });
  const oid = () => ada.person.oid;

  /** Ada watches, has a second calendar, and reads Ben's. */
  beforeEach(async () => {
    serial += 1;
    ada = product.addPerson(`Ada ${'x'.repeat(serial)}`);
    ben = product.addPerson(`Ben ${'x'.repeat(serial)}`);
    side = store().addCalendar(actor(ada), SIDE);
    store().shareCalendar(actor(ben), actor(ada));
    bens = `${ben.person.displayName} (shared)`;
    await product.connect(ada, { tellOwnChanges: true, kinds: { invitation: false, conflict: false } });
  });

  async function open(): Promise<Shown> {
    await product.say(ada, 'calendars');
    const card: ChannelActivity = await product.hear(ada, /Which calendars/);
    return shownOf(card.attachments?.[0]?.content);
  }
  /** The card that takes the place of the one that was pressed. */
  const shownAfter = (answer: { body: unknown }): Shown => shownOf((answer.body as { value: unknown }).value);
  const press = (value: unknown) => product.press(ada, CHOOSE_CALENDARS, { [CALENDARS_INPUT]: value });
  async function watch(...titles: string[]): Promise<Shown> {
    const { choices } = await open();
    const answer = await press(titles.map((title) => choices[title] ?? assert.fail(title)).join(','));
    assert.equal(answer.status, 200);
    return shownAfter(answer);
  }
  const feeds = () =>
    product.peek<{ id: string; off: boolean; polled: boolean; read: boolean; look_at: Date | null; echoes: number }>(
      `select calendar_id as id, off, polled, delta_link is not null as read, look_at, echoes from cw.feed
       where mailbox_id = $1 order by calendar_id`,
      [oid()],
    );
  const isRead = (count: number) =>
    until(`${count} calendars are read`, async () => {
      const all = (await feeds()).filter((one) => !one.off);
      return all.length === count && all.every((one) => one.read);
    });
  const subscriptions = () => product.sandbox.graph.control.subscriptions().filter((one) => one.mailboxOid === oid());
  const isSubscribed = (count: number) =>
    until(`Graph has ${count} subscriptions`, async () => subscriptions().length === count);
  /** The minute of the clock is over. */
  async function poll(): Promise<void> {
    await product.peek(
      `with due as (update cw.feed set look_at = now() where mailbox_id = $1 and polled returning mailbox_id)
       update cw.mailbox set sync_due_at = now() where mailbox_id in (select mailbox_id from due)`,
      [oid()],
    );
  }
  const heard = (pattern: RegExp) =>
    product.connector.messages(ada.user.conversationId).filter((one) => pattern.test(wordsOf(one))).length;
  /** Ada's own words and their answer come after whatever else was under way. */
  async function settled(): Promise<void> {
    await until('nothing is due', async () => {
      const [row] = await product.peek<{ open: boolean }>(
        `select exists (select from cw.mailbox where mailbox_id = $1 and (sync_lease > now() or sync_due_at <= now()
             or care_lease > now() or care_due_at <= now()))
           or exists (select from cw.nudge where mailbox_id = $1 and state in ('planned', 'claimed')
             and send_at <= now()) or exists (select from cw.inbox where mailbox_id = $1) as open`,
        [oid()],
      );
      return row?.open === false && product.sandbox.graph.control.pendingNotifications() === 0;
    });
  }
  /** Paths of Graph that were asked for Ada's mailbox, after the entry `from` of the journal. */
  const asked = (from: number) =>
    product.sandbox.world.journal.entries
      .slice(from)
      .filter((one) => one.part === 'graph' && String(one.detail.path).includes(oid()))
      .map((one) => `${one.detail.method} ${one.detail.path}`);
  const journal = () => product.sandbox.world.journal.entries.length;

  it('lists what Outlook has, and ticks what is watched', async () => {
    const shown = await open();
    assert.deepEqual(Object.keys(shown.choices), [MAIN, SIDE, bens]);
    assert.deepEqual(shown.ticked, [MAIN]);
    assert.doesNotMatch(shown.words, /every minute/, 'Ben’s is not looked at yet');
    const after = await watch(MAIN, SIDE, bens);
    assert.deepEqual(after.ticked, [MAIN, SIDE, bens]);
    assert.match(
      after.words,
      /I look at “Ben x+ \(shared\)” every minute, because Microsoft sends me no word about it/,
    );
    await isSubscribed(2);
    await isRead(3);
    assert.deepEqual(
      (await feeds()).map((one) => one.polled),
      [false, ...(await feeds()).slice(1).map((one) => one.id !== side)],
    );
    assert.deepEqual((await open()).ticked, [MAIN, SIDE, bens]);
  });

  it('reminds of and tells about meetings in each: at once, or at the next look', async () => {
    await watch(MAIN, SIDE, bens);
    await isSubscribed(2);
    await isRead(3);
    store().create(actor(ada), meeting('Pottery', Date.now() + 10 * MINUTE_MS), side);
    await product.hear(ada, /Starts in .*Pottery/s);
    store().create(actor(ben), meeting('Ben’s review', Date.now() + 10 * MINUTE_MS));
    const later = store().create(actor(ben), meeting('Ben’s call', Date.now() + 5 * HOUR_MS));
    await poll();
    await product.hear(ada, /Starts in .*Ben’s review/s);
    store().update(actor(ben), later.id, moved(Date.now() + 7 * HOUR_MS));
    await poll();
    await product.hear(ada, /Moved[\s\S]*Ben’s call/);
    // Gone from the calendar of the one who held it: it is off, also for those who only look on.
    store().remove(actor(ben), later.id);
    await poll();
    await product.hear(ada, /Cancelled[\s\S]*Ben’s call/);
    assert.equal(heard(/No agenda yet/), 0, 'nobody is asked to write into what they can’t write');
  });

  it('reads only the calendar that a notification is of', async () => {
    await watch(MAIN, SIDE, bens);
    await isSubscribed(2);
    await isRead(3);
    await settled();
    const looks = () =>
      feeds().then((all) => all.filter((one) => one.id !== side).map((one) => one.look_at?.getTime()));
    const [from, before] = [journal(), await looks()];
    store().create(actor(ada), meeting('Only here', Date.now() + 3 * HOUR_MS), side);
    await until(
      'it is in the replica',
      async () => (await product.peek("select from cw.event where data ->> 'subject' = 'Only here'")).length > 0,
    );
    await settled();
    const reads = asked(from).filter((one) => one.includes('/calendarView/delta'));
    assert.ok(reads.length > 0);
    for (const read of reads) assert.ok(decodeURIComponent(read).includes(`/calendars/${side}/`), read);
    assert.deepEqual(await looks(), before, 'the others keep their time');
  });

  it('looks at each calendar at its own interval', async () => {
    await watch(MAIN, SIDE, bens);
    await isSubscribed(2);
    await isRead(3);
    await settled();
    await until('those with a subscription wait for hours', async () => {
      const all = await feeds();
      const aheadMs = (one: { look_at: Date | null }) => (one.look_at?.getTime() ?? 0) - Date.now();
      return (
        all.length === 3 && all.every((one) => (one.polled ? aheadMs(one) < MINUTE_MS : aheadMs(one) > 5 * HOUR_MS))
      );
    });
  });

  it('tells once of a meeting that is in the own and in the shared one', async () => {
    await watch(MAIN, bens);
    await isRead(2);
    const attendees = [{ type: 'required' as const, emailAddress: { address: ada.person.upn } }];
    const both = store().create(actor(ben), meeting('Both of us', Date.now() + 10 * MINUTE_MS, { attendees }));
    await product.hear(ada, /Starts in .*Both of us/s);
    await poll();
    await settled();
    store().update(actor(ben), both.id, moved(Date.now() + 3 * HOUR_MS));
    await product.hear(ada, /Moved[\s\S]*Both of us/);
    await poll();
    await settled();
    store().update(actor(ben), both.id, moved(Date.now() + 4 * HOUR_MS));
    await product.hear(ada, /Moved[\s\S]*Both of us/);
    store().cancel(actor(ben), both.id, 'not needed');
    await product.hear(ada, /Cancelled[\s\S]*Both of us/);
    await poll();
    await settled();
    const posts = product.connector.events.filter(
      (one) => one.kind === 'post' && one.activity.conversation?.id === ada.user.conversationId,
    );
    const about = posts.filter((one) => one.kind === 'post' && wordsOf(one.activity).includes('Both of us'));
    // What was told within the same minute changed the card that stood.
    assert.equal(about.length, 2, 'the reminder, and one card for what happened to it');
    assert.equal(heard(/Cancelled[\s\S]*Both of us/), 1);
  });

  it('takes back what a calendar was to say, and ends its subscription, when it is unticked', async () => {
    await watch(MAIN, SIDE);
    await isSubscribed(2);
    await isRead(2);
    store().create(actor(ada), meeting('Not to be told', Date.now() + 2 * HOUR_MS), side);
    const states = async () =>
      (
        await product.peek<{ state: string }>(
          "select state from cw.nudge where mailbox_id = $1 and facts ->> 'subject' = 'Not to be told'",
          [oid()],
        )
      ).map((one) => one.state);
    await until('it is planned', async () => (await states()).includes('planned'));
    assert.deepEqual((await watch(MAIN)).ticked, [MAIN]);
    assert.ok((await states()).every((state) => state === 'withdrawn'));
    await isSubscribed(1);
    assert.equal(subscriptions()[0]?.resource, `users/${oid()}/events`);
    assert.deepEqual(await product.peek('select from cw.event where mailbox_id = $1', [oid()]), []);
    store().create(actor(ada), meeting('Unheard', Date.now() + 10 * MINUTE_MS), side);
    await settled();
    assert.equal(heard(/Unheard/), 0);
  });

  it('can do without the default calendar', async () => {
    await watch(SIDE);
    await until(
      'only the second one has a subscription',
      async () => subscriptions().every((one) => one.resource.includes('/calendars/')) && subscriptions().length === 1,
    );
    await isRead(1);
    store().create(actor(ada), meeting('Unheard', Date.now() + 10 * MINUTE_MS));
    store().create(actor(ada), meeting('Heard', Date.now() + 10 * MINUTE_MS), side);
    await product.hear(ada, /Starts in .*Heard/s);
    assert.equal(heard(/Unheard/), 0);
    // And it comes back, with what is in it.
    await watch(MAIN, SIDE);
    await product.hear(ada, /Starts in .*Unheard/s);
  });

  it('says in its status that nobody tells it, when it watches only what others share', async () => {
    await watch(bens);
    await isSubscribed(0);
    await product.say(ada, 'watch status');
    await product.hear(ada, /not by Microsoft; I look every minute/);
  });

  it('starts with the default calendar again after watch off and on', async () => {
    await watch(SIDE, bens);
    await isRead(2);
    await product.say(ada, 'watch off');
    await product.hear(ada, /stopped watching/);
    await isSubscribed(0);
    await product.say(ada, 'calendars');
    await product.hear(ada, /not watching your calendar right now/);
    await product.say(ada, 'watch on');
    await product.hear(ada, /Connected/);
    assert.deepEqual((await open()).ticked, [MAIN]);
    await isSubscribed(1);
  });

  it('goes from one calendar to the place of a meeting in another', async () => {
    await watch(MAIN, SIDE);
    await isRead(2);
    // Of one day, whatever time it is.
    const noon = Math.ceil((Date.now() + 24 * HOUR_MS) / (24 * HOUR_MS)) * 24 * HOUR_MS + 11 * HOUR_MS;
    store().create(actor(ada), meeting('Client', noon, place('Charlottenburg', CHARLOTTENBURG)));
    store().create(actor(ada), meeting('Pottery', noon + 3 * HOUR_MS, place('Mitte', MITTE)), side);
    await until('the way is planned', async () => {
      const rows = await product.peek<{ from: string }>(
        `select facts ->> 'fromName' as from from cw.nudge
         where mailbox_id = $1 and kind = 'leaveBy' and state = 'planned' and lead_ms > 0 and facts ->> 'subject' = 'Pottery'`,
        [oid()],
      );
      return rows.length === 1 && rows[0]?.from === 'Charlottenburg';
    });
  });

  it('ignores what is not in the presser’s own list', async () => {
    const other = product.addPerson('Mallory');
    const foreign = store().addCalendar(actor(other), 'Foreign');
    for (const odd of [
      foreign,
      `${foreign},../../users`,
      'x'.repeat(20_000),
      '',
      ' ',
      ',,,',
      7,
      null,
      ['default'],
      { a: 1 },
    ]) {
      assert.match(JSON.stringify((await press(odd)).body), /Choose at least one calendar/);
    }
    const { choices } = await open();
    const answer = await press(`${foreign},${choices[SIDE]},${choices[SIDE]},nothing`);
    assert.deepEqual(shownAfter(answer).ticked, [SIDE]);
    assert.deepEqual(
      (await feeds()).filter((one) => !one.off).map((one) => one.id),
      [side],
    );
  });

  it('watches ten and no more', async () => {
    for (let index = 0; index < 10; index += 1) store().addCalendar(actor(ada), `More ${index}`);
    const { choices } = await open();
    const all = Object.values(choices);
    assert.equal(all.length, 13);
    const refused = await press(all.slice(0, 11).join(','));
    assert.match(JSON.stringify(refused.body), /up to 10 calendars; you chose 11/);
    assert.equal((await feeds()).length, 1);
    const answer = await press(all.slice(0, 10).join(','));
    assert.equal(shownAfter(answer).ticked.length, 10);
    await isRead(10);
  });

  it('goes on with the others when a share is withdrawn, and forgets what was in it', async () => {
    const { choices } = await open();
    await product.press(ada, CHOOSE_CALENDARS, {
      [CALENDARS_INPUT]: [choices[MAIN], choices[bens]].join(','),
    });
    store().create(actor(ben), meeting('Theirs', Date.now() + HOUR_MS));
    const looks = (what: string) =>
      product.peek(
        `with due as (update cw.feed set look_at = now() where ${what} and mailbox_id = $1 returning mailbox_id)
         update cw.mailbox set sync_due_at = now() where mailbox_id in (select mailbox_id from due)`,
        [oid()],
      );
    const theirs = async () =>
      (await product.peek(`select 1 from cw.event where mailbox_id = $1 and data ->> 'subject' = 'Theirs'`, [oid()]))
        .length;
    await until('the shared calendar is read', async () => {
      await looks('polled');
      return (await theirs()) === 1;
    });
    product.sandbox.graph.control.unshareCalendar(ben.person.oid, oid());
    await looks('polled');
    store().create(actor(ada), meeting('Mine', Date.now() + 10 * MINUTE_MS));
    await product.hear(ada, /Mine/);
    const [mailbox] = await product.peek(
      'select sync_failures, blind_since, unreadable_since from cw.mailbox where mailbox_id = $1',
      [oid()],
    );
    assert.deepEqual(mailbox, { sync_failures: 0, blind_since: null, unreadable_since: null });
    await until('it stays withdrawn', async () => {
      await looks('polled');
      return (await theirs()) === 0;
    });
  });

  it('says what is not shared any more, and lets go of it', async () => {
    await watch(MAIN, bens);
    await isRead(2);
    product.sandbox.graph.control.unshareCalendar(ben.person.oid, ada.person.oid);
    const shown = await open();
    assert.deepEqual(Object.keys(shown.choices), [MAIN, SIDE]);
    assert.match(shown.words, /Not in your Outlook any more: “Ben x+”/);
    const answer = await press(shown.choices[MAIN]);
    assert.doesNotMatch(shownAfter(answer).words, /any more/);
    assert.deepEqual(
      (await feeds()).filter((one) => !one.off).map((one) => one.id),
      [''],
    );
    await isSubscribed(1);
  });
});
