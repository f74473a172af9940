import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { ChannelActivity, SendOptions } from '../../sandbox/connector/connector.ts';
import { startProduct, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';
import { KeptConnection } from './raw.ts';

const OTHER_CHANNELS = ['webchat', 'directline', 'emulator'];

describe('the route that Teams calls', () => {
  let product: TestProduct;
  let ada: TestPerson;
  let connection: KeptConnection;

  before(async () => {
    // As Microsoft's key: good for many channels, so the SDK lets all of them in.
    product = await startProduct({ endorsements: ['msteams', ...OTHER_CHANNELS] });
    ada = product.addPerson('Ada Stern');
    connection = new KeptConnection(product.origin);
  });
  after(async () => {
    connection?.close();
    await product?.stop();
  });

  const send = (activity: ChannelActivity, options?: SendOptions) =>
    product.connector.sendToBot(`${product.origin}/api/messages`, activity, options);
  const message = (text: string, more?: Partial<ChannelActivity>) =>
    product.connector.messageActivity(ada.user, text, more);
  const without = (activity: ChannelActivity, ...names: string[]): ChannelActivity =>
    Object.fromEntries(Object.entries(activity).filter(([name]) => !names.includes(name))) as ChannelActivity;
  const peopleKnown = async () => (await product.peek('select 1 from cw.person')).length;

  describe('without a good token', () => {
    // The SDK prints each refusal.
    const { error } = console;
    before(() => {
      console.error = () => undefined;
    });
    after(() => {
      console.error = error;
    });

    const bad: [string, SendOptions][] = [
      ['no Authorization', { token: null }],
      ['an empty one', { token: '' }],
      ['garbage', { token: 'abc.def.ghi' }],
      ['no signature', { token: `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.` }],
      ['a foreign key', { foreignKey: true }],
      ['another audience', { audience: '00000000-0000-4000-8000-00000000dead' }],
      ['another issuer', { issuer: 'https://sts.windows.net/x/' }],
      ['one that ended an hour ago', { expiresInS: -3_600 }],
      ['one for another service address', { serviceUrl: 'https://elsewhere.example/' }],
    ];
    for (const [name, options] of bad)
      it(`${name}: 401, and nothing is done`, async () => {
        const answer = await send(message('help'), options);
        assert.equal(answer.status, 401);
        assert.equal(await peopleKnown(), 0);
        assert.deepEqual(product.connector.messages(ada.user.conversationId), []);
      });

    it('learns that and no more', async () => {
      const answer = await send(message('help'), { foreignKey: true });
      assert.ok(!answer.body || JSON.stringify(answer.body) === '{}', JSON.stringify(answer.body));
    });

    it('nobody changes where the bot sends its answers', async () => {
      const activity = message('help', { serviceUrl: 'https://attacker.example/' });
      assert.equal((await send(activity, { serviceUrl: product.connector.serviceUrl })).status, 401);
      assert.deepEqual(await product.peek('select 1 from cw.conversation'), []);
    });
  });

  describe('with a good token, from where Teams is not', () => {
    const elsewhere = [
      'https://attacker.example/',
      'https://smba.trafficmanager.net.attacker.example/emea/',
      'http://169.254.169.254/',
    ];
    for (const serviceUrl of elsewhere)
      it(`${serviceUrl}: 403, nothing is kept, and the bot’s token goes nowhere`, async () => {
        // As a stolen key, or another channel of Microsoft’s, could sign it.
        const answer = await send(message('help', { serviceUrl }), { serviceUrl });
        assert.equal(answer.status, 403);
        assert.deepEqual(await product.peek('select 1 from cw.conversation'), []);
        assert.equal(await peopleKnown(), 0);
        const host = new URL(serviceUrl).host;
        assert.ok(product.logLines().some((line) => line.includes('SERVICE_URL_REFUSED') && line.includes(host)));
      });

    it('an activity that says nothing of it is refused, too', async () => {
      const answer = await send(without(message('help'), 'serviceUrl'));
      assert.ok([401, 403].includes(answer.status), String(answer.status));
      assert.equal(await peopleKnown(), 0);
    });
  });

  describe('with odd bodies', () => {
    const post = async (body: string | Buffer, chunked = false) =>
      connection.send('/api/messages', {
        body,
        chunked,
        headers: { Authorization: `Bearer ${await product.connector.channelToken()}` },
      });

    for (const body of [
      '',
      'no JSON',
      '{"type":',
      '7',
      'null',
      '[]',
      '"message"',
      '{}',
      '{"type":7}',
      '{"type":null}',
      '{"type":"message","id":7}',
    ])
      it(`${JSON.stringify(body)} is answered 400`, async () => {
        assert.equal((await post(body)).status, 400);
      });

    for (const chunked of [false, true])
      it(`300 KB are answered 413 ${chunked ? 'in pieces' : 'announced'}, and the connection survives`, async () => {
        const body = JSON.stringify(message('x'.repeat(300 * 1024)));
        assert.equal((await post(body, chunked)).status, 413);
        const next = await post('{}');
        assert.deepEqual([next.status, next.reused], [400, true]);
      });
  });

  describe('with odd activities', () => {
    const answersHelp = async () => {
      assert.ok((await product.say(ada, 'help')).status < 300);
      await product.hear(ada, /What you can say/);
    };

    const odd: [string, () => ChannelActivity][] = [
      ['no from', () => without(message('help'), 'from')],
      ['a from without an Entra id', () => message('help', { from: { id: ada.user.id } })],
      ['a from whose Entra id is no id', () => message('help', { from: { id: 'x', aadObjectId: `' or 1=1` } })],
      ['no tenant', () => ({ ...message('help', { channelData: {} }), conversation: { id: ada.user.conversationId } })],
      [
        'a tenant that is no id',
        () => message('help', { conversation: { id: ada.user.conversationId, tenantId: '../..' } }),
      ],
      ['no conversation', () => without(message('help'), 'conversation')],
      ['no recipient', () => without(message('help'), 'recipient')],
      ['no text', () => without(message('help'), 'text', 'attachments')],
      ['an unknown type', () => ({ ...message('help'), type: 'telepathy' })],
      ['an event', () => ({ ...message('help'), type: 'event', name: 'x' })],
      ['an invoke without a name', () => ({ ...message(''), type: 'invoke' })],
      ['an invoke without a value', () => without(product.connector.invokeActivity(ada.user, 'x', {}), 'value')],
      ['an unknown verb', () => product.connector.invokeActivity(ada.user, 'explode', {})],
      ['a verb of a prototype', () => product.connector.invokeActivity(ada.user, 'constructor', {})],
      [
        'a known verb with foreign data',
        () => product.connector.invokeActivity(ada.user, 'agenda.skip', { eventId: 7 }),
      ],
      ['a locale that is none', () => message('help', { locale: '🦑', entities: [] })],
      ['a zone that is none', () => message('help', { localTimezone: 'Mars/Olympus', entities: [] })],
      [
        'entities of odd forms',
        () => message('help', { entities: [{}, { type: 'clientInfo', timezone: 7 } as never] }),
      ],
    ];
    for (const [name, make] of odd)
      it(`${name}: answered, and the bot lives on`, async () => {
        const answer = await send(make());
        assert.ok(answer.status < 500 || answer.status === 501, `${answer.status} ${JSON.stringify(answer.body)}`);
        await answersHelp();
      });

    it('another channel’s is ignored, whoever its client says it is', async () => {
      const stranger = product.addPerson('Web Visitor');
      const { connector } = product;
      const calls = () =>
        product.sandbox.world.journal.entries.filter((one) => one.part === 'connector' && one.what === 'post').length;
      const before = calls();
      for (const channelId of OTHER_CHANNELS)
        for (const activity of [
          connector.messageActivity(stranger.user, 'help'),
          connector.installActivity(stranger.user, 'add'),
          connector.invokeActivity(stranger.user, 'agenda.skip', { eventId: 'event' }),
        ])
          assert.ok((await send({ ...activity, channelId })).status < 502);
      assert.equal(calls(), before, 'nothing is answered');
      const known = await product.peek('select 1 from cw.person where person_id = $1', [stranger.person.oid]);
      assert.deepEqual(known, []);
      assert.equal(product.logLines().filter((line) => line.includes('another channel was ignored')).length, 9);
      await product.say(stranger, 'help');
      await product.hear(stranger, /What you can say/);
    });

    it('an unknown verb is told plainly', async () => {
      const answer = await send(product.connector.invokeActivity(ada.user, 'explode', {}));
      assert.equal(answer.status, 200);
      assert.match(JSON.stringify(answer.body), /don’t know that button/);
    });

    it('a huge text is answered shortly', async () => {
      assert.ok((await send(message('wobble '.repeat(20_000), { attachments: [] }))).status < 300);
      const answer = await product.hear(ada, /I don’t know/);
      assert.ok(wordsOf(answer).length < 4_000);
    });

    it('a NUL and half a surrogate pair in a text are answered', async () => {
      assert.ok((await send(message('watch\u0000 \ud800 on?'))).status < 300);
      await product.hear(ada, /I don’t know|Let me see/);
    });

    it('markup in a text comes back as words, not as a link or a picture', async () => {
      await send(message('[click](https://evil.example) ![x](https://evil.example/a.png)'));
      const answer = await product.hear(ada, /I don’t know/);
      const card = answer.attachments?.[0]?.content as { body: { text: string }[] };
      assert.doesNotMatch(card.body[0]?.text ?? '', /(?<!\\)\]\(/);
    });

    it('two messages at once are both answered', async () => {
      await Promise.all([product.say(ada, 'help'), product.say(ada, 'help'), product.say(ada, 'help')]);
      for (let heard = 0; heard < 3; heard += 1) await product.hear(ada, /What you can say/);
    });
  });
});

describe('who types faster than people can', () => {
  let product: TestProduct;
  let ada: TestPerson;
  before(async () => {
    product = await startProduct({ env: { COMMANDS_PER_MINUTE: '5' } });
    ada = product.addPerson('Ada Stern');
  });
  after(async () => product?.stop());

  it('is told once, then not answered, while presses are told each time and others are served', async () => {
    const ben = product.addPerson('Ben Baum');
    for (let count = 0; count < 3; count += 1) await product.say(ada, 'help');
    for (let count = 0; count < 3; count += 1) await product.hear(ada, /What you can say/);
    for (let count = 0; count < 5; count += 1) assert.equal((await product.say(ada, 'help')).status, 200);
    const pressed = await product.press(ada, 'agenda.skip', { eventId: 'x' });
    assert.deepEqual(
      [pressed.status, JSON.stringify(pressed.body).includes('more than I can keep up with')],
      [200, true],
    );
    await product.say(ben, 'help');
    await product.hear(ben, /What you can say/);
    const heard = product.connector.messages(ada.user.conversationId).map(wordsOf);
    assert.equal(heard.length, 4);
    assert.match(heard[3] ?? '', /more than I can keep up with/);
  });
});
