/** All that is said about one meeting is one card: what must sound is a new message, what need not is an update. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { ChannelActivity } from '../../sandbox/connector/connector.ts';
import { startProduct, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });

describe('one meeting, one message', () => {
  let product: TestProduct;
  let ada: TestPerson;
  let ben: TestPerson;

  before(async () => {
    product = await startProduct();
    ada = product.addPerson('Ada Stern');
    ben = product.addPerson('Ben Hall');
    await product.connect(ben, { kinds: { invitation: false } });
  });
  after(async () => product?.stop());

  const actor = (who: TestPerson) => ({ tenantId: who.person.tenantId, oid: who.person.oid });
  /** Ada invites Ben; it begins in ten minutes, so he is reminded at once. */
  const invite = async (subject: string) => {
    const { store } = product.sandbox.graph;
    const startAt = Date.now() + 10 * MINUTE_MS;
    const made = store.create(actor(ada), {
      subject,
      start: at(startAt),
      end: at(startAt + 30 * MINUTE_MS),
      body: { contentType: 'text', content: 'Budget' },
      attendees: [{ type: 'required' as const, emailAddress: { address: ben.person.upn, name: 'Ben Hall' } }],
    });
    await product.hear(ben, new RegExp(`Starts in[\\s\\S]*${subject}`));
    return made;
  };
  const chat = () => product.connector.messages(ben.user.conversationId);
  const about = (subject: string) => chat().filter((one) => wordsOf(one).includes(subject));
  const whole = (messages: ChannelActivity[]) =>
    messages.filter((one) => !/· the latest is below|— cancelled|— now /.test(wordsOf(one)));
  const posts = (subject: string) =>
    product.connector.events.filter(
      (one) =>
        one.kind === 'post' &&
        one.activity.conversation?.id === ben.user.conversationId &&
        wordsOf(one.activity).includes(subject),
    ).length;

  it('says what changed on the card that stands, without a sound', async () => {
    const made = await invite('Quiet edit');
    const before = posts('Quiet edit');
    product.sandbox.graph.store.update(actor(ada), made.id, { subject: 'Quiet edit, renamed' });
    await until('the card shows the new subject', async () => about('Quiet edit, renamed')[0]);
    assert.equal(posts('Quiet edit'), before, 'no message was sent for it');
  });

  it('sends a new whole card when something must sound, and the earlier one shrinks', async () => {
    const made = await invite('Loud move');
    product.sandbox.graph.store.update(actor(ada), made.id, {
      start: at(Date.now() + 180 * MINUTE_MS),
      end: at(Date.now() + 210 * MINUTE_MS),
    });
    await product.hear(ben, /Moved[\s\S]*Loud move/);
    const messages = await until('one whole card', async () => {
      const all = about('Loud move');
      return whole(all).length === 1 ? all : undefined;
    });
    assert.match(wordsOf(whole(messages)[0] as ChannelActivity), /Moved/);
    assert.ok(messages.length >= 2, 'the earlier one is still there, as a line');
  });

  it('says on old cards that the meeting was cancelled', async () => {
    const made = await invite('Called off');
    product.sandbox.graph.store.cancel(actor(ada), made.id, '');
    await product.hear(ben, /Cancelled[\s\S]*Called off/);
    await until('the reminder says so', async () =>
      about('Called off').find((one) => /— cancelled/.test(wordsOf(one))),
    );
  });

  it('tries an update again that Teams did not take, and sends nothing twice', async () => {
    const made = await invite('Stubborn');
    for (const failure of [{ status: 429, retryAfterS: 2 }, { status: 412 }])
      product.connector.failNext(ben.user.conversationId, { ...failure, on: ['update'] });
    const before = posts('Stubborn');
    product.sandbox.graph.store.update(actor(ada), made.id, { subject: 'Stubborn, renamed' });
    await until('the card shows it at last', async () => about('Stubborn, renamed')[0], 30_000);
    assert.equal(posts('Stubborn'), before);
  });

  it('leaves a card alone that was deleted, and keeps the chat', async () => {
    const made = await invite('Deleted card');
    product.connector.failNext(ben.user.conversationId, {
      status: 404,
      code: 'ActivityNotFoundInConversation',
      on: ['update'],
    });
    product.sandbox.graph.store.update(actor(ada), made.id, { subject: 'Deleted card, renamed' });
    await until('the update is given up', async () => {
      const rows = await product.peek<{ open: number }>(
        `select count(*)::int as open from cw.card where update_at is not null and facts ->> 'subject' like 'Deleted card%'`,
      );
      const [renamed] = await product.peek(`select 1 from cw.card where facts ->> 'subject' = 'Deleted card, renamed'`);
      return renamed && rows[0]?.open === 0 ? true : undefined;
    });
    await product.say(ben, 'help');
    await product.hear(ben, /What you can say/);
  });

  it('refuses a button of somebody else’s card, and takes one from before owners were written down', async () => {
    const card = about('Stubborn')[0];
    assert.ok(card);
    const answer = await product.press(ben, 'agenda.skip', { eventId: 'x', for: 'somebody-else' });
    assert.match(JSON.stringify(answer.body), /somebody else’s/);
    const old = await product.press(ben, 'agenda.skip', { eventId: 'x' });
    assert.doesNotMatch(JSON.stringify(old.body), /somebody else’s/);
  });
});
