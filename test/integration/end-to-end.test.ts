import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { startProduct, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });

describe('end to end, against the sandbox', () => {
  let product: TestProduct;
  let ada: TestPerson;
  let ben: TestPerson;

  before(async () => {
    product = await startProduct();
    ada = product.addPerson('Ada Stern');
    ben = product.addPerson('Ben Hall');
  });
  after(async () => product?.stop());

  const actor = (who: TestPerson) => ({ tenantId: who.person.tenantId, oid: who.person.oid });
  const meeting = (subject: string, startAt: number, more: object = {}) => ({
    subject,
    start: at(startAt),
    end: at(startAt + 30 * MINUTE_MS),
    attendees: [{ type: 'required' as const, emailAddress: { address: ben.person.upn, name: ben.person.displayName } }],
    ...more,
  });

  it('greets once when two install events arrive', async () => {
    const { connector, origin } = product;
    await connector.sendToBot(`${origin}/api/messages`, connector.installActivity(ada.user, 'add'));
    await connector.sendToBot(`${origin}/api/messages`, connector.membersAddedActivity(ada.user));
    await product.hear(ada, /I keep an eye on your calendar/);
    const welcomes = connector.messages(ada.user.conversationId).filter((one) => /keep an eye/.test(wordsOf(one)));
    assert.equal(welcomes.length, 1);
  });

  it('connects by signing in and shows the next meeting', async () => {
    product.sandbox.graph.store.create(actor(ada), meeting('Planning', Date.now() + 3 * 60 * MINUTE_MS));
    await product.say(ada, 'watch on');
    const card = await product.hear(ada, /Let me see your calendar/);
    const page = await product.signIn(ada, card);
    assert.equal(page.status, 200);
    assert.match(page.text, /You’re connected, go back to Teams/);
    const greeting = await product.hear(ada, /Connected/);
    assert.match(wordsOf(greeting), /Planning/);
  });

  it('reminds of a meeting that is made ten minutes before it starts', async () => {
    product.sandbox.graph.store.create(
      actor(ada),
      meeting('Short notice', Date.now() + 10 * MINUTE_MS, {
        isOnlineMeeting: true,
        onlineMeetingProvider: 'teamsForBusiness',
      }),
    );
    const card = await product.hear(ada, /Starts in .*Short notice/s);
    assert.match(wordsOf(card), /"title":"Join"/);
  });

  it('asks for an agenda, writes it, and keeps the meeting online', async () => {
    const card = await product.hear({ ...ada, position: 0 }, /No agenda yet[\s\S]*Short notice/);
    const content = card.attachments?.[0]?.content as { actions: { data: { eventId: string } }[] };
    const press = () =>
      product.press(ada, 'agenda.write', {
        ...content.actions[0]?.data,
        agendaText: 'Budget\nHiring <b>plan</b>',
      });
    // Who was only asked for reading is asked once more, when it is first needed.
    await press();
    const asked = await product.hear(ada, /One more permission/);
    assert.equal((await product.signIn(ada, asked)).status, 200);
    const answer = await press();
    assert.equal(answer.status, 200);
    assert.match(JSON.stringify(answer.body), /Agenda added/);
    const now = Date.now();
    const truth = product.sandbox.graph.store.view(actor(ada), now, now + 60 * MINUTE_MS);
    const event = truth.find((one) => one.subject === 'Short notice');
    assert.match(event?.bodyText ?? '', /Budget/);
    assert.match(event?.bodyText ?? '', /Hiring <b>plan<\/b>/);
    assert.equal(event?.isOnline, true);
  });

  it('writes an agenda once, however often the button is pressed', async () => {
    const { graph, world } = product.sandbox;
    const texts = [
      [
        '- Budget',
        '1. Hiring & <i>firing</i>',
        '',
        '  “Last” point\u00a0here',
        'Two  spaces\tand a tab',
        '- - deep',
        'long '.repeat(60),
        'https://a.example/?b=1&c=2',
      ].join('\n'),
      '- - only one',
    ];
    const patches = () =>
      world.journal.entries.filter(
        (one) => one.part === 'graph' && one.detail.method === 'PATCH' && /\/events\//.test(String(one.detail.path)),
      ).length;
    for (const [index, agendaText] of texts.entries()) {
      const subject = `Pressed often ${index}`;
      const made = graph.store.create(actor(ada), meeting(subject, Date.now() + 40 * MINUTE_MS));
      const card = await product.hear(ada, new RegExp(`No agenda yet[\\s\\S]*${subject}`));
      const content = card.attachments?.[0]?.content as { actions: { data: { eventId: string } }[] };
      const press = async (text: string) => {
        const answer = await product.press(ada, 'agenda.write', { ...content.actions[0]?.data, agendaText: text });
        assert.equal(answer.status, 200);
        assert.match(JSON.stringify(answer.body), /Agenda added/);
      };
      const body = () =>
        graph.store.view(actor(ada), made.startAt, made.endAt).find((one) => one.id === made.id)?.bodyText ?? '';
      const before = patches();
      for (let time = 1; time <= 3; time += 1) {
        await press(agendaText);
        assert.equal(patches(), before + 1, `after press ${time}`);
      }
      assert.doesNotMatch(body(), /Agenda[\s\S]*Agenda/);
      // One more point is news.
      await press(`${agendaText}\nGoodbyes`);
      assert.equal(patches(), before + 2);
      assert.match(body(), /Goodbyes/);
    }
  });

  it('tells of a move, and of a cancellation', async () => {
    const { store } = product.sandbox.graph;
    const start = Date.now() + 5 * 60 * MINUTE_MS;
    await product.peek(`update cw.person set settings = settings || '{"tellOwnChanges": true}' where person_id = $1`, [
      ada.person.oid,
    ]);
    const made = store.create(actor(ada), meeting('Roadmap', start));
    await product.hear(ada, /No agenda yet[\s\S]*Roadmap/);
    store.update(actor(ada), made.id, { start: at(start + 60 * MINUTE_MS), end: at(start + 90 * MINUTE_MS) });
    await product.hear(ada, /Moved[\s\S]*Roadmap/);
    store.cancel(actor(ada), made.id, 'not needed');
    await product.hear(ada, /Cancelled[\s\S]*Roadmap/);
  });

  it('answers commands and suggests the nearest one', async () => {
    await product.say(ada, 'next');
    await product.hear(ada, /Short notice|Planning/);
    // In the evening three hours from now is tomorrow.
    await product.say(ada, 'agenda');
    await product.say(ada, 'agenda tomorrow');
    await product.hear(ada, /Planning/);
    await product.say(ada, 'watch status');
    await product.hear(ada, /Watching since/);
    await product.say(ada, 'help');
    await product.hear(ada, /What you can say/);
    await product.say(ada, 'wach of');
    await product.hear(ada, /Did you mean \*\*watch off\*\*/);
  });

  it('is silent after watch off', async () => {
    await product.say(ada, 'watch off');
    await product.hear(ada, /stopped watching/);
    await until(
      'Graph has no subscription of ours any more',
      async () => product.sandbox.graph.control.subscriptions().length === 0,
    );
  });
});
