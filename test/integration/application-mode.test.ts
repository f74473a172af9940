/** An admin has the application watch a group: nobody in it signs in, and it reaches no further than Exchange says. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { SANDBOX_CLIENT_ID } from '../../sandbox/sandbox.ts';
import { startProduct, TENANT_ID, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;
const GROUP = 'aaaaaaaa-0000-4000-8000-0000000000a1';
const ROLES = ['Calendars.Read', 'MailboxSettings.Read'];
const DIRECTORY = ['GroupMember.Read.All', 'User.ReadBasic.All'];
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });
const AWAKE = JSON.stringify({ quiet: null, digest: 'off', kinds: { agenda: false } });

describe('application mode', () => {
  let product: TestProduct;
  let boss: TestPerson;
  let ada: TestPerson;
  let ben: TestPerson;
  let cid: TestPerson;

  before(async () => {
    product = await startProduct({ graph: { echoes: false, lifecycleTimers: false } });
    boss = product.addPerson('Boss Admin', { appRoles: ['CalendarWatch.Admin'] });
    [ada, ben, cid] = ['Ada Stern', 'Ben Hall', 'Cid Marsh'].map((name) => product.addPerson(name)) as [
      TestPerson,
      TestPerson,
      TestPerson,
    ];
    allow(DIRECTORY);
    group([ada, ben]);
    product.sandbox.graph.control.assignRoles(SANDBOX_CLIENT_ID, {
      roles: ROLES,
      oids: [oid(ada), oid(ben), oid(cid)],
    });
    await product.connect(boss, { quiet: null, remindMinutes: [] });
    // Ada has a chat, and has connected nothing.
    await product.say(ada, 'help');
    await product.hear(ada, /What you can say/);
  });
  after(async () => product?.stop());

  const oid = (who: TestPerson) => who.person.oid;
  const allow = (appPermissions: string[]) => {
    const app = product.sandbox.world.apps.get(SANDBOX_CLIENT_ID);
    assert.ok(app);
    app.appPermissions = appPermissions;
  };
  const group = (members: TestPerson[]) =>
    product.sandbox.world.groups.set(GROUP, {
      tenantId: TENANT_ID,
      groupId: GROUP,
      displayName: 'Sales',
      members: members.map(oid),
    });
  const meet = (who: TestPerson, subject: string, inMinutes: number) =>
    product.sandbox.graph.store.create(
      { tenantId: TENANT_ID, oid: oid(who) },
      {
        subject,
        start: at(Date.now() + inMinutes * MINUTE_MS),
        end: at(Date.now() + (inMinutes + 30) * MINUTE_MS),
        body: { contentType: 'text', content: 'Agenda: all of it' },
      },
    );
  const ask = async (who: TestPerson, text: string, pattern: RegExp) => {
    await product.say(who, text);
    return wordsOf(await product.hear(who, pattern));
  };
  const personOf = async (who: TestPerson) =>
    (await product.peek('select watch, access, time_zone from cw.person where person_id = $1', [oid(who)]))[0];
  const subscriptions = (who: TestPerson) =>
    product.sandbox.graph.control.subscriptions().filter((one) => one.mailboxOid === oid(who));

  it('is not for everybody', async () => {
    await ask(ada, 'admin watch group Sales', /That is for admins/);
  });

  it('watches the members without a sign-in, and nudges them', async () => {
    meet(ada, 'Pipeline review', 8);
    await ask(boss, 'admin watch group Sales', /who is in \*\*Sales\*\*/);
    await product.hear(ada, /Your admin has me watch your calendar[\s\S]*watch off/);
    await until('both are watched', async () => (await personOf(ben))?.watch === 'on');
    await product.peek('update cw.person set settings = settings || $1::jsonb', [AWAKE]);
    assert.deepEqual(await personOf(ada), { watch: 'on', access: 'application', time_zone: 'Europe/Berlin' });
    assert.equal(await personOf(cid), undefined);
    await until('each has a subscription by the application', async () =>
      [ada, ben].every((who) => subscriptions(who).some((one) => one.userOid === undefined)),
    );
    // Told by a notification, as anything else.
    meet(ada, 'Short notice', 9);
    await product.hear({ ...ada, position: 0 }, /Starts in[\s\S]*(Short notice|Pipeline review)/, 15_000);
    assert.deepEqual(await product.peek('select person_id from cw.token_cache'), [{ person_id: oid(boss) }]);
  });

  it('holds the words for who has no chat, and tells them when they install', async () => {
    meet(ben, 'Forecast', 12);
    const held = await until('the reminder is held', async () => {
      const [row] = await product.peek(
        `select reason from cw.nudge where person_id = $1 and kind = 'reminder' and held`,
        [oid(ben)],
      );
      return row;
    });
    assert.match(String(held.reason), /chat/);
    await product.connector.sendToBot(
      `${product.origin}/api/messages`,
      product.connector.installActivity(ben.user, 'add'),
    );
    await product.hear(ben, /Your admin has me watch your calendar/);
    await product.hear({ ...ben, position: 0 }, /Forecast/);
  });

  it('asks a member for what is theirs alone, and goes on watching', async () => {
    product.sandbox.graph.store.create(
      { tenantId: TENANT_ID, oid: oid(boss) },
      {
        subject: 'Invited',
        start: at(Date.now() + 300 * MINUTE_MS),
        end: at(Date.now() + 330 * MINUTE_MS),
        attendees: [{ type: 'required', emailAddress: { address: ada.person.upn, name: 'Ada' } }],
      },
    );
    const [event] = await until('the invitation', async () => {
      const rows = await product.peek<{ id: string }>(
        `select event_id as id from cw.event where mailbox_id = $1 and data ->> 'subject' = 'Invited'`,
        [oid(ada)],
      );
      return rows.length > 0 ? rows : undefined;
    });
    const { body } = await product.press(ada, 'respond.tentative', { eventId: event?.id });
    const said = `${JSON.stringify(body)} ${product.connector.messages(ada.user.conversationId).map(wordsOf).join(' ')}`;
    assert.match(said, /permission/);
    assert.doesNotMatch(said, /lost access/);
    assert.equal((await personOf(ada))?.watch, 'on');
  });

  it('tells that the application reaches what it should', async () => {
    await ask(boss, 'admin check', /reaches what it should, and no further/);
    const found = await ask(boss, `admin check ${oid(cid)}`, /reaches further than meant/);
    assert.match(found, /outside the watched groups \*\*can be read\*\*/);
    product.sandbox.graph.control.assignRoles(SANDBOX_CLIENT_ID, { roles: ROLES, oids: [oid(ada), oid(ben)] });
    await ask(boss, `admin check ${cid.person.upn}`, /reaches what it should/);
  });

  it('tells that a consent in Entra defeats the scope', async () => {
    allow([...DIRECTORY, 'Calendars.Read']);
    const found = await ask(boss, 'admin check', /reaches further than meant/);
    assert.match(found, /Calendars\.Read\*\* for \*\*every\*\* mailbox[\s\S]*revoke/);
    allow(DIRECTORY);
    await ask(boss, 'admin check', /reaches what it should/);
  });

  it('lets “watch off” count more than the admin', async () => {
    await ask(ben, 'watch off', /stopped watching/);
    await ask(boss, 'admin watch group Sales', /already/);
    await until('the members are read anew', async () => {
      const [row] = await product.peek<{ done: boolean }>('select look_at > looked_at as done from cw.app_watch');
      return row?.done;
    });
    assert.equal((await personOf(ben))?.watch, 'off');
    assert.match(await ask(boss, 'admin watch', /Sales/), /2 members, 1 watched, 1 switched it off/);
    await product.say(ben, 'watch on');
    await product.hear(ben, /Connected/);
    assert.equal((await personOf(ben))?.access, 'application');
  });

  it('shows the admin, and not the person, that a calendar can’t be read', async () => {
    const before_ = product.connector.messages(ben.user.conversationId).length;
    product.sandbox.graph.control.assignRoles(SANDBOX_CLIENT_ID, { roles: ROLES, oids: [oid(ada)] });
    await until('it is noticed', async () => {
      // Again when a round that was under way overwrote it.
      await product.peek('update cw.feed set look_at = null where mailbox_id = $1', [oid(ben)]);
      await product.peek(
        `update cw.mailbox set sync_due_at = clock_timestamp()
         where mailbox_id = $1 and sync_due_at > clock_timestamp() + interval '1 minute'`,
        [oid(ben)],
      );
      const [row] = await product.peek('select unreadable_since from cw.mailbox where mailbox_id = $1', [oid(ben)]);
      return row?.unreadable_since;
    });
    assert.match(await ask(boss, 'admin watch', /Sales/), /1 can’t be read/);
    assert.ok(product.logLines().some((line) => line.includes('APP_ACCESS_REFUSED')));
    assert.equal(product.connector.messages(ben.user.conversationId).length, before_);
  });

  it('lets go who leaves the group', async () => {
    group([ben]);
    await ask(boss, `admin watch group ${GROUP}`, /already/);
    await product.hear(ada, /no longer has me watch your calendar/);
    assert.equal((await personOf(ada))?.watch, 'off');
    assert.deepEqual(await product.peek('select from cw.event where mailbox_id = $1', [oid(ada)]), []);
    await until('Graph is told', async () => subscriptions(ada).length === 0);
  });

  it('watches everybody after a button that says how many, and ends it', async () => {
    const card = await ask(boss, 'admin watch tenant', /Everybody in the tenant/);
    assert.match(card, /about \*\*4 people\*\*/);
    await product.press(boss, 'admin.watch.tenant', {});
    await until('Cid too', async () => (await personOf(cid))?.watch === 'on');
    assert.deepEqual((await personOf(boss))?.access, 'delegated', 'who connected themselves goes on by that');
    await ask(boss, 'admin unwatch tenant', /ending it for \*\*everybody/);
    await until('Cid is let go', async () => (await personOf(cid))?.watch === 'off');
    assert.equal((await personOf(ben))?.watch, 'on', 'in the other group still');
    assert.equal((await personOf(boss))?.watch, 'on');
  });

  it('knows a member as an admin once they sign in, and watches them as before', async () => {
    ben.person.appRoles = ['CalendarWatch.Admin'];
    await ask(ben, 'admin watch', /That is for admins.*\*\*sign in\*\*/);
    await product.say(ben, 'watch on');
    await product.hear(ben, /watching already/);
    await product.say(ben, 'sign in');
    const page = await product.signIn(ben, await product.hear(ben, /Let me see your calendar/));
    assert.equal(page.status, 200);
    await ask(ben, 'admin watch', /Watched by the application/);
    assert.equal((await personOf(ben))?.access, 'application');
  });

  it('says nothing of calendars in its log', () => {
    const lines = product.logLines().join('\n');
    for (const canary of ['Pipeline review', 'Forecast', ada.person.upn, 'eyJ'])
      assert.ok(!lines.includes(canary), canary);
  });
});
