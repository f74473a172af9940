/** Teams' single sign-on at the connector: what Teams' client would send, signed as the channel does. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { SANDBOX_CLIENT_ID } from '../../sandbox/sandbox.ts';
import { startProduct, TENANT_ID, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const URI = 'api://calendar-watch.test/botid-7e57';
const BASE = ['Calendars.Read', 'MailboxSettings.Read'];
const MINUTE_MS = 60_000;
const OAUTH_CARD = 'application/vnd.microsoft.card.oauth';

interface OAuthCard {
  text: string;
  connectionName: string;
  tokenExchangeResource: { id: string; uri: string };
  buttons: { type: string; title: string; value: string }[];
}

describe('single sign-on in the chat', () => {
  let product: TestProduct;

  before(async () => {
    product = await startProduct({
      env: { AAD_APP_ID_URI: URI },
      // MSAL takes them for ended from the first moment: all that is read is read by the refresh token.
      entra: { accessTokenLifetimeMs: 4 * MINUTE_MS },
    });
  });
  after(async () => product?.stop());

  const agreed = (name: string) => {
    const who = product.addPerson(name);
    product.sandbox.entra.grantConsent(who.person.oid, SANDBOX_CLIENT_ID, BASE);
    return who;
  };
  const offered = async (who: TestPerson): Promise<OAuthCard> => {
    await product.say(who, 'watch on');
    const { attachments = [] } = await product.hear(who, /The link is for you alone/);
    assert.deepEqual(
      attachments.map((one) => one.contentType),
      [OAUTH_CARD],
    );
    return attachments[0]?.content as OAuthCard;
  };
  const invoke = (who: TestPerson, name: string, value: unknown) => {
    const { connector, origin } = product;
    return connector.sendToBot(`${origin}/api/messages`, {
      ...connector.invokeActivity(who.user, '', {}),
      name,
      value,
    });
  };
  const tokenOf = async (who: TestPerson, overrides = {}) => {
    const { entra } = product.sandbox;
    return (await entra.mintForTests.ssoToken({ oid: who.person.oid, clientId: SANDBOX_CLIENT_ID, overrides })).token;
  };
  const exchange = (who: TestPerson, { tokenExchangeResource: { id }, connectionName }: OAuthCard, token: string) =>
    invoke(who, 'signin/tokenExchange', { id, connectionName, token });
  const refused = (card: OAuthCard, failureDetail: string) => ({
    id: card.tokenExchangeResource.id,
    connectionName: card.connectionName,
    failureDetail,
  });
  const tokensOf = (who: TestPerson) =>
    product.peek('select 1 as one from cw.token_cache where person_id = $1', [who.person.oid]);
  const grants = (name: string) =>
    product.sandbox.world.journal.entries.filter(
      (one) => one.part === 'entra' && one.what === 'token' && String(one.detail.grant).endsWith(name),
    ).length;
  const heard = (who: TestPerson) => product.connector.messages(who.user.conversationId);
  /** The window that the button opens. */
  const throughPage = async (who: TestPerson, url: string) => {
    const started = await fetch(url, { redirect: 'manual' });
    const back = await product.sandbox.entra.signIn(started.headers.get('location') ?? '', who.person.upn);
    return fetch(back, { redirect: 'manual' });
  };

  it('connects without a window, and greets', async () => {
    const ada = agreed('Ada Stern');
    const card = await offered(ada);
    assert.equal(card.tokenExchangeResource.uri, URI);
    assert.deepEqual(
      card.buttons.map(({ type, title }) => [type, title]),
      [['signin', 'Sign in']],
    );
    assert.ok(card.buttons[0]?.value.startsWith(`${product.origin}/auth/start?state=${TENANT_ID}.`));
    assert.ok(!('providerId' in card.tokenExchangeResource), 'Teams refuses nulls');

    const before = grants('refresh_token');
    assert.deepEqual(await exchange(ada, card, await tokenOf(ada)), { status: 200, body: undefined });
    await product.hear(ada, /Connected/);
    assert.equal((await tokensOf(ada)).length, 1);
    assert.equal(grants('jwt-bearer'), 1);

    // The access token has ended; what happens next is read all the same.
    const start = Date.now() + 3 * 60 * MINUTE_MS;
    const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });
    product.sandbox.graph.store.create(
      { tenantId: TENANT_ID, oid: ada.person.oid },
      { subject: 'After the token', start: at(start), end: at(start + 30 * MINUTE_MS) },
    );
    await until('it is read', async () => {
      const rows = await product.peek(`select 1 as one from cw.event where data ->> 'subject' = 'After the token'`);
      return rows.length > 0;
    });
    assert.ok(grants('refresh_token') > before + 1, 'one refresh belongs to the exchange');
    assert.equal(grants('jwt-bearer'), 1);
  });

  it('exchanges once, however many devices answer', async () => {
    const ben = agreed('Ben Hall');
    const card = await offered(ben);
    const before = grants('jwt-bearer');
    const token = await tokenOf(ben);
    const answers = await Promise.all([1, 2, 3].map(() => exchange(ben, card, token)));
    assert.deepEqual(
      answers.map((one) => one.status),
      [200, 200, 200],
    );
    await product.hear(ben, /Connected/);
    assert.equal((await exchange(ben, card, await tokenOf(ben))).status, 200, 'and a late one');
    assert.equal(grants('jwt-bearer'), before + 1);
    assert.equal(heard(ben).filter((one) => /Connected/.test(wordsOf(one))).length, 1);
  });

  it('shows the button to whoever has not agreed yet, and the button connects', async () => {
    const cleo = product.addPerson('Cleo Berg');
    const card = await offered(cleo);
    for (const device of ['first', 'second'])
      assert.deepEqual(
        await exchange(cleo, card, await tokenOf(cleo)),
        { status: 412, body: refused(card, 'Sign in with the button.') },
        device,
      );
    assert.deepEqual(await tokensOf(cleo), []);
    assert.equal((await throughPage(cleo, card.buttons[0]?.value ?? '')).status, 200);
    await product.hear(cleo, /Connected/);
    assert.equal((await exchange(cleo, card, await tokenOf(cleo))).status, 200, 'a device that comes later');
  });

  it('tries again when Entra did not answer', async () => {
    const dana = agreed('Dana Fry');
    const card = await offered(dana);
    const { faults } = product.sandbox.world;
    const token = await tokenOf(dana);
    faults.set('entra.serverError', 1);
    assert.equal((await exchange(dana, card, token)).status, 412);
    faults.clear();
    assert.equal((await exchange(dana, card, token)).status, 200);
    await product.hear(dana, /Connected/);
  });

  it('refuses the token of somebody else, and shows the page instead, once', async () => {
    const mallory = agreed('Mallory Weir');
    const victim = agreed('Vic Thames');
    const card = await offered(mallory);
    for (const token of [await tokenOf(victim), await tokenOf(mallory, { scp: 'openid' }), 'no token'])
      assert.deepEqual(await exchange(mallory, card, token), {
        status: 400,
        body: refused(card, 'The token was refused.'),
      });
    for (const who of [mallory, victim]) assert.deepEqual(await tokensOf(who), []);
    const page = await product.hear(mallory, /Let me see your calendar/);
    assert.equal(heard(mallory).filter((one) => /Let me see your calendar/.test(wordsOf(one))).length, 1);
    // The exchange is over, also for a token that is good; the page is not.
    assert.equal((await exchange(mallory, card, await tokenOf(mallory))).status, 412);
    assert.equal((await product.signIn(mallory, page)).status, 200);
    await product.hear(mallory, /Connected/);
    const lines = product.logLines().join('\n');
    assert.match(lines, /"code":"TOKEN_PERSON_WRONG"/);
    assert.doesNotMatch(lines, /eyJ[\w-]{20}/, 'no token in the log');
  });

  it('takes an exchange in no other chat than the one that it was offered in', async () => {
    const eve = agreed('Eve Moor');
    const finn = agreed('Finn Lake');
    const card = await offered(eve);
    await offered(finn);
    assert.equal((await exchange(finn, card, await tokenOf(finn))).status, 412);
    assert.deepEqual(await tokensOf(finn), []);
    assert.equal((await exchange(eve, card, await tokenOf(eve))).status, 200);
    await product.hear(eve, /Connected/);
  });

  it('shows the page, once, when Teams itself can’t', async () => {
    const gus = agreed('Gus Orr');
    await offered(gus);
    const value = { code: 'resourcematchfailed', message: 'Resource match failed' };
    for (let device = 0; device < 3; device += 1)
      assert.equal((await invoke(gus, 'signin/failure', value)).status, 200);
    const page = await product.hear(gus, /Let me see your calendar/);
    assert.equal(heard(gus).filter((one) => /Let me see your calendar/.test(wordsOf(one))).length, 1);
    assert.equal((await product.signIn(gus, page)).status, 200);
    await product.hear(gus, /Connected/);
  });

  it('says so when the code that Teams hands over is wrong, and nothing when the window was closed', async () => {
    const hal = agreed('Hal Penn');
    await product.say(hal, 'help');
    await product.hear(hal, /What you can say/);
    for (const state of ['', 'CancelledByUser'])
      assert.equal((await invoke(hal, 'signin/verifyState', { state })).status, 200);
    assert.equal((await invoke(hal, 'signin/verifyState', { state: 'ABCD-EFGH' })).status, 200);
    await product.hear(hal, /I wait for no such code here/);
    assert.equal((await invoke(hal, 'signin/verifyState', { state: '745254' })).status, 200);
    await product.hear(hal, /That code has eight letters/);
    await product.say(hal, 'code ABCD-EFG0');
    await product.hear(hal, /never 0, 1, I, L or O/);
    assert.equal(heard(hal).length, 4);
  });

  it('connects another account by the code that Teams hands over, where an admin allows one', async () => {
    const ida = agreed('Ida Roth');
    const joe = agreed('Joe Lind');
    const card = await offered(ida);
    await product.peek(`update cw.tenant set policy = '{"otherAccounts": true}' where tenant_id = $1`, [TENANT_ID]);
    const page = await throughPage(joe, card.buttons[0]?.value ?? '');
    const code = /code ([A-Z2-9]{4}-[A-Z2-9]{4})/.exec(await page.text())?.[1] ?? '';
    assert.equal((await invoke(ida, 'signin/verifyState', { state: code })).status, 200);
    await product.hear(ida, /I read that account’s calendar from now on/);
    const [row] = await product.peek('select account_id from cw.person where person_id = $1', [ida.person.oid]);
    assert.deepEqual(row, { account_id: joe.person.oid });
  });

  it('exchanges nothing that was offered before “watch off”', async () => {
    const jan = agreed('Jan Roos');
    const card = await offered(jan);
    await product.say(jan, 'watch off');
    await product.hear(jan, /I wasn’t watching/);
    assert.equal((await exchange(jan, card, await tokenOf(jan))).status, 412);
    assert.equal(
      (await fetch(card.buttons[0]?.value ?? '', { redirect: 'manual' })).status,
      400,
      'nor is there a page',
    );
    assert.deepEqual(await tokensOf(jan), []);
  });

  it('answers what is no exchange', async () => {
    const kim = agreed('Kim Sato');
    const card = await offered(kim);
    const { id } = card.tokenExchangeResource;
    for (const value of [undefined, null, 'text', [], { id }, { id, token: 1 }, { id: {}, token: 'x' }])
      assert.equal((await invoke(kim, 'signin/tokenExchange', value)).status, 400, JSON.stringify(value));
    assert.equal((await invoke(kim, 'signin/else', {})).status, 404);
    assert.equal((await exchange(kim, card, await tokenOf(kim))).status, 200);
    await product.hear(kim, /Connected/);
  });

  it('is offered by the button that asks to sign in again, too', async () => {
    const lea = agreed('Lea Voss');
    const answer = await product.press(lea, 'watch.on');
    assert.match(JSON.stringify(answer.body), /See below/);
    const { attachments } = await product.hear(lea, /The link is for you alone/);
    assert.equal(attachments?.[0]?.contentType, OAUTH_CARD);
  });
});
