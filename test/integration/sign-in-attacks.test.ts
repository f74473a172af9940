/**
 * Attacks on signing in, played over real HTTP: links that are sent to others, used again, changed, or of another tenant;
 * pages that are opened without a sign-in; codes that are guessed. After each, nobody reads what they could not before.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import type { SandboxPerson } from '../../sandbox/world.ts';
import { CALENDARS_INPUT, CHOOSE_CALENDARS } from '../../src/bot/cards/calendars.ts';
import { startProduct, TENANT_ID, type TestPerson, type TestProduct, urlOf, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const ELSEWHERE = '7e570000-0000-4000-8000-00000000e15e';
const CODE = /code ([A-Z2-9]{4}-[A-Z2-9]{4})/;

describe('attacks on signing in', () => {
  let product: TestProduct;
  let serial = 0;
  /** Who sends the link. */
  let mallory: TestPerson;
  /** Who follows it, with their own account. */
  let ada: TestPerson;
  let eve: SandboxPerson;

  before(async () => {
    product = await startProduct();
    const { world } = product.sandbox;
    world.tenants.set(ELSEWHERE, { tenantId: ELSEWHERE, displayName: 'Elsewhere', domain: 'elsewhere.example' });
    eve = { ...product.addPerson('Eve Moor').person, tenantId: ELSEWHERE, upn: 'eve@elsewhere.example' };
    world.people.set(eve.oid, eve);
  });
  after(async () => product?.stop());
  beforeEach(() => {
    serial += 1;
    mallory = product.addPerson(`Mallory ${serial}`);
    ada = product.addPerson(`Ada ${serial}`);
  });
  afterEach(() => allowOthers(false));

  const allowOthers = (otherAccounts: boolean) =>
    product.peek('update cw.tenant set policy = $2::jsonb where tenant_id = $1', [
      TENANT_ID,
      JSON.stringify({ otherAccounts }),
    ]);
  const askLink = async (who: TestPerson) => {
    await product.say(who, 'watch on');
    return product.hear(who, /Let me see your calendar/);
  };
  const stateOf = (card: Parameters<typeof urlOf>[0]) =>
    new URL(urlOf(card, 'Sign in')).searchParams.get('state') ?? '';
  const page = async (path: string) => {
    const response = await fetch(`${product.origin}${path}`, { redirect: 'manual' });
    return { status: response.status, text: await response.text(), location: response.headers.get('location') ?? '' };
  };
  /** Who is connected of the two of this test, and what they read. */
  const connected = async () =>
    product.peek<{ person_id: string; account_id: string | null }>(
      `select p.person_id, p.account_id from cw.person p join cw.token_cache c using (tenant_id, person_id)
       where p.person_id = any ($1) order by p.person_id`,
      [[mallory.person.oid, ada.person.oid, eve.oid]],
    );
  const assertNobody = async () => {
    assert.deepEqual(await connected(), []);
    assert.deepEqual(
      await product.peek('select 1 from cw.mailbox where mailbox_id = any ($1)', [
        [mallory.person.oid, ada.person.oid],
      ]),
      [],
    );
  };
  const chat = (who: TestPerson) => product.connector.messages(who.user.conversationId).map(wordsOf).join('\n');

  it('a link that is sent to somebody else connects nothing, for neither of them', async () => {
    const card = await askLink(mallory);
    await product.say(ada, 'help');
    const answer = await product.signIn(mallory, card, ada.person);
    assert.equal(answer.status, 400);
    assert.match(answer.text, /nothing was connected/);
    assert.doesNotMatch(answer.text, /Mallory|Ada|test\.example/);
    await assertNobody();
    assert.doesNotMatch(chat(mallory), /Connected/);
    // The link is used up by it, for its owner too.
    assert.equal((await product.signIn(mallory, card)).status, 400);
    await assertNobody();
  });

  describe('where other accounts are allowed', () => {
    beforeEach(async () => {
      await product.say(mallory, 'help');
      await product.say(ada, 'help');
      await allowOthers(true);
    });

    it('the page warns the one who was sent the link, and its code is good in no chat but the asker’s', async () => {
      const answer = await product.signIn(mallory, await askLink(mallory), ada.person);
      assert.equal(answer.status, 200);
      assert.match(answer.text, /Only if you asked for this in Teams yourself/);
      assert.match(answer.text, /give the code to nobody/);
      assert.doesNotMatch(answer.text, /Mallory|Ada|test\.example/);
      const code = CODE.exec(answer.text)?.[1] ?? '';
      await assertNobody();
      // The victim types it, as a page told them to; and so does a third.
      const zoe = product.addPerson(`Zoe ${serial}`);
      for (const who of [ada, zoe]) {
        await product.say(who, `code ${code}`);
        await product.hear(who, /I wait for no such code here/);
      }
      await assertNobody();
    });

    it('a code is not guessed: five tries, and it is gone', async () => {
      const answer = await product.signIn(mallory, await askLink(mallory), ada.person);
      const code = CODE.exec(answer.text)?.[1] ?? '';
      for (const letter of ['2', '3', '4', '5']) {
        await product.say(mallory, `code ${letter.repeat(4)}-${letter.repeat(4)}`);
        await product.hear(mallory, /That is not the code\. \d tr(?:y|ies) left/);
      }
      await product.say(mallory, 'CODE 6666 6666');
      await product.hear(mallory, /too many wrong codes/);
      await product.say(mallory, `code ${code}`);
      await product.hear(mallory, /I wait for no such code/);
      await assertNobody();
    });

    it('an account of another tenant connects nothing all the same', async () => {
      const started = await page(`/auth/start?state=${stateOf(await askLink(mallory))}`);
      const bent = started.location.replace(`/${TENANT_ID}/`, `/${ELSEWHERE}/`);
      assert.notEqual(bent, started.location);
      const back = new URL(await product.sandbox.entra.signIn(bent, eve.upn));
      const answer = await page(`${back.pathname}${back.search}`);
      assert.equal(answer.status, 400);
      assert.doesNotMatch(answer.text, CODE);
      await assertNobody();
    });

    it('whoever asked for it themselves reads the other account, by one code, and is told which', async () => {
      const answer = await product.signIn(mallory, await askLink(mallory), ada.person);
      const code = CODE.exec(answer.text)?.[1] ?? '';
      await product.say(mallory, code);
      await product.hear(mallory, /I read that account’s calendar from now on/);
      assert.deepEqual(await connected(), [{ person_id: mallory.person.oid, account_id: ada.person.oid }]);
      const graph = product.sandbox.graph;
      const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });
      const startAt = Date.now() + 3_600_000;
      await until('a subscription to that account', () =>
        graph.control.subscriptions().some((one) => one.resource.includes(ada.person.oid)),
      );
      graph.store.create(
        { tenantId: TENANT_ID, oid: ada.person.oid },
        { subject: 'Of the other account', start: at(startAt), end: at(startAt + 1_800_000) },
      );
      await until('it is read', async () => {
        const rows = await product.peek(
          `select 1 from cw.event where mailbox_id = $1 and data ->> 'subject' = 'Of the other account'`,
          [mallory.person.oid],
        );
        return rows.length > 0;
      });
      await product.hear(mallory, /Connected — I’m watching/);
      await product.say(mallory, 'watch status');
      const status = wordsOf(await product.hear(mallory, /Watching since/));
      assert.match(status, /a•••@test\.example, not the one you use in Teams/);
      assert.ok(!status.includes(ada.person.upn));
      // Their own account ends that, with all that was known by the other one.
      await product.say(mallory, 'sign out');
      await product.hear(mallory, /deleted your sign-in/);
      assert.deepEqual(await connected(), []);
      await until('no subscription is left', () =>
        graph.control.subscriptions().every((one) => !one.resource.includes(ada.person.oid)),
      );
      await product.connect(mallory);
      assert.deepEqual(await connected(), [{ person_id: mallory.person.oid, account_id: null }]);
      assert.deepEqual(await product.peek('select 1 from cw.event where mailbox_id = $1', [mallory.person.oid]), []);
    }).timeout(30_000);
  });

  it('a state that was used, is too old, is of another tenant or is none connects nothing', async () => {
    await product.connect(ada);
    const used = stateOf(await askLink(mallory));
    const { location } = await page(`/auth/start?state=${used}`);
    const back = new URL(await product.sandbox.entra.signIn(location, mallory.person.upn));
    assert.equal((await page(`${back.pathname}${back.search}`)).status, 200);
    assert.equal((await page(`${back.pathname}${back.search}`)).status, 400, 'replayed');
    await product.say(mallory, 'sign out');
    await product.hear(mallory, /deleted your sign-in/);
    const old = stateOf(await askLink(mallory));
    await product.peek(`update cw.sign_in set expires_at = now() - interval '1 second' where person_id = $1`, [
      mallory.person.oid,
    ]);
    const foreign = (await askLinkAgain()).replace(TENANT_ID, ELSEWHERE);
    for (const state of [used, old, foreign, '', 'x', `${TENANT_ID}.${'A'.repeat(43)}`, "' or 1=1 --"])
      for (const path of ['/auth/start?', '/auth/callback?code=1.guessed&', '/auth/callback?error=access_denied&'])
        assert.equal((await page(`${path}state=${encodeURIComponent(state)}`)).status, 400, `${path} ${state}`);
    assert.deepEqual(await connected(), [{ person_id: ada.person.oid, account_id: null }]);
  });
  const askLinkAgain = async () => stateOf(await askLink(mallory));

  it('what Entra, or somebody in its name, says in an address is shown nowhere', async () => {
    const state = stateOf(await askLink(mallory));
    const evil = encodeURIComponent('<script>alert(1)</script> call +49 170 1234567 https://evil.example');
    const answer = await page(
      `/auth/callback?state=${state}&error=${evil}&error_description=${evil}&error_uri=${evil}`,
    );
    assert.equal(answer.status, 400);
    for (const path of [
      `/auth/admin-consent?state=${evil}&error=${evil}`,
      `/auth/admin-consent?tenant=${evil}&admin_consent=True`,
    ]) {
      const other = await page(path);
      assert.equal(other.status, 400);
      assert.doesNotMatch(other.text + answer.text, /evil\.example|alert\(1\)|1234567/);
    }
    assert.ok(!product.logLines().some((line) => line.includes('evil.example')));
    await assertNobody();
  });
});

describe('permissions, one after the other', () => {
  let product: TestProduct;
  let ada: TestPerson;
  let ben: TestPerson;
  before(async () => {
    product = await startProduct();
    ada = product.addPerson('Ada Stern');
    ben = product.addPerson('Ben Hall');
    await product.connect(ada, {}, 'new');
  });
  after(async () => product?.stop());

  const scopesAsked = async (card: Parameters<typeof urlOf>[0]) => {
    const started = await fetch(urlOf(card, 'Sign in'), { redirect: 'manual' });
    return (new URL(started.headers.get('location') ?? '').searchParams.get('scope') ?? '').split(' ');
  };
  const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });

  it('asks for two at sign-in, and for writing when somebody answers an invitation', async () => {
    const fresh = product.addPerson('Cleo Marsh');
    await product.say(fresh, 'watch on');
    const asked = await scopesAsked(await product.hear(fresh, /Let me see your calendar/));
    assert.deepEqual(asked.filter((one) => one.includes('.')).sort(), ['Calendars.Read', 'MailboxSettings.Read']);

    const startAt = Date.now() + 7_200_000;
    product.sandbox.graph.store.create(
      { tenantId: TENANT_ID, oid: ben.person.oid },
      {
        subject: 'Invited',
        start: at(startAt),
        end: at(startAt + 1_800_000),
        attendees: [{ type: 'required', emailAddress: { address: ada.person.upn, name: 'Ada' } }],
      },
    );
    const eventId = await until('it is read', async () => {
      const rows = await product.peek<{ id: string }>(
        `select event_id as id from cw.event where mailbox_id = $1 and data ->> 'subject' = 'Invited'`,
        [ada.person.oid],
      );
      return rows[0]?.id;
    });
    await product.press(ada, 'respond.accept', { eventId });
    const card = await product.hear(ada, /To do that I need your permission: writing to your calendar/);
    assert.equal((await product.signIn(ada, card)).status, 200);
    const answer = await product.press(ada, 'respond.accept', { eventId });
    assert.match(JSON.stringify(answer.body), /accepted/i);
  });

  it('asks for shared calendars when one is ticked, and reads it once that is agreed to', async () => {
    product.sandbox.graph.control.shareCalendar(ben.person.oid, ada.person.oid);
    const startAt = Date.now() + 9_000_000;
    product.sandbox.graph.store.create(
      { tenantId: TENANT_ID, oid: ben.person.oid },
      { subject: 'Of Ben alone', start: at(startAt), end: at(startAt + 1_800_000) },
    );
    await product.say(ada, 'calendars');
    const shown = await product.hear(ada, /Which calendars shall I watch/);
    const found = /"choices":(\[[^\]]*\])/.exec(wordsOf(shown))?.[1] ?? '[]';
    const all = (JSON.parse(found) as { value: string }[]).map((one) => one.value);
    assert.equal(all.length, 2);
    const tick = () => product.press(ada, CHOOSE_CALENDARS, { [CALENDARS_INPUT]: all.join(',') });
    await tick();
    const card = await product.hear(ada, /need your permission: reading calendars shared with you/);
    assert.equal((await product.peek('select 1 from cw.feed where mailbox_id = $1', [ada.person.oid])).length, 1);
    assert.equal((await product.signIn(ada, card)).status, 200);
    assert.match(JSON.stringify((await tick()).body), /2 calendars watched/);
    await until('it is read', async () => {
      const rows = await product.peek(
        `select 1 from cw.event where mailbox_id = $1 and data ->> 'subject' = 'Of Ben alone'`,
        [ada.person.oid],
      );
      return rows.length > 0;
    });
  });

  it('says what watch off keeps, and deletes it by the button', async () => {
    await product.say(ada, 'watch off');
    await product.hear(ada, /Your sign-in is kept[\s\S]*sign\.out/);
    const answer = await product.press(ada, 'sign.out');
    assert.match(JSON.stringify(answer.body), /deleted your sign-in/);
    assert.deepEqual(await product.peek('select 1 from cw.token_cache where person_id = $1', [ada.person.oid]), []);
    const acts = await product.peek<{ act: string }>(
      `select act from cw.audit where person_id = $1 and act in ('connected', 'consented', 'disconnected')
       order by at, audit_id`,
      [ada.person.oid],
    );
    assert.deepEqual(
      acts.map((one) => one.act),
      ['connected', 'consented', 'consented', 'disconnected'],
    );
    await product.say(ada, 'watch on');
    await product.hear(ada, /Let me see your calendar/);
  });

  it('hands a card for the admin to who may not agree, and works once the admin has agreed', async () => {
    product.sandbox.entra.requireAdminFor(['Calendars.Read', 'MailboxSettings.Read']);
    await product.say(ben, 'watch on');
    const page = await product.signIn(ben, await product.hear(ben, /Let me see your calendar/));
    assert.equal(page.status, 400);
    assert.match(page.text, /Your admin has to agree/);
    const card = await product.hear(
      ben,
      /only an admin can allow this: reading your calendar and reading your mailbox settings/,
    );
    const back = await fetch(await product.sandbox.entra.adminConsent(urlOf(card, 'Open as admin')), {
      redirect: 'manual',
    });
    assert.equal(back.status, 200);
    assert.match(await back.text(), /I read nobody’s calendar because of this/);
    assert.deepEqual(await product.peek('select 1 from cw.token_cache where person_id = $1', [ben.person.oid]), []);
    await product.connect(ben, {}, 'new');
  });
});
