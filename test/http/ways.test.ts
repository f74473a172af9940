/** The routes by which people end mails and SMS, on the product's real server and database. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { Server } from 'restify';
import { machineClock } from '../../src/clock.ts';
import type { Config } from '../../src/config.ts';
import { closeServer, createServer, listen } from '../../src/http/server.ts';
import { saysStop, twilioSignature } from '../../src/http/sms-events.ts';
import { mountWays } from '../../src/http/ways.ts';
import { createLog } from '../../src/log.ts';
import type { Database } from '../../src/store/database.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { startProduct, type TestProduct } from '../support/product.ts';

const KEY = 'events-key-of-the-operator';
const AUTH_TOKEN = 'twilio-auth-token';
const NUMBER = '+4915112345678';
const OTHER_NUMBER = '+4915112345679';
const TOKEN = 'a'.repeat(43);
const SAME_ADDRESS_TOKEN = 'b'.repeat(43);
const OTHER_TOKEN = 'c'.repeat(43);
const PUBLIC_URL = 'https://cw.example.com';

const EVENT = {
  id: '1',
  topic: '/x',
  subject: '/y',
  eventTime: '2026-11-23T00:00:00Z',
  dataVersion: '1.0',
  metadataVersion: '1',
};
const validation = (validationCode: unknown) => [
  {
    ...EVENT,
    eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
    data: { validationCode, validationUrl: 'https://rp.example/x' },
  },
];
const received = (message: unknown, from: unknown = NUMBER) => ({
  ...EVENT,
  eventType: 'Microsoft.Communication.SMSReceived',
  data: { messageId: 'Incoming_1', from, to: '+18005551234', message, receivedTimestamp: '2026-11-23T00:00:00Z' },
});
const delivered = {
  ...EVENT,
  eventType: 'Microsoft.Communication.SMSDeliveryReportReceived',
  data: { messageId: 'Outgoing_1', from: '+18005551234', to: NUMBER, deliveryStatus: 'Delivered', message: 'STOP' },
};

describe('words that end SMS', () => {
  const YES = [
    'STOP',
    'stop',
    ' Stop. ',
    '"STOP"',
    'STOP ALL',
    'stopall',
    'Unsubscribe',
    'cancel',
    'END',
    'quit!',
    'Stopp',
    'ARRÊT',
    'arret',
    'opt-out',
    'revoke',
  ];
  const NO = ['', 'please don’t stop', 'stop it', 'START', 'yes', 'S', 'STOPS', '…', `STOP${' '.repeat(200)}`];
  for (const text of YES) it(`${JSON.stringify(text)}: yes`, () => assert.ok(saysStop(text)));
  for (const text of NO) it(`${JSON.stringify(text.slice(0, 20))}: no`, () => assert.ok(!saysStop(text)));
});

describe('Twilio’s signature', () => {
  it('is the one of Twilio’s documentation', () => {
    const form = new URLSearchParams({
      Digits: '1234',
      CallSid: 'CA1234567890ABCDE',
      To: '+18005551212',
      Caller: '+12349013030',
      From: '+12349013030',
    });
    assert.equal(
      twilioSignature('12345', 'https://mycompany.com/myapp.php?foo=1&bar=2', form),
      '0/KCTR6DLpKmkAf8muzZqo1nDgQ=',
    );
  });
});

describe('ending mails and SMS', () => {
  let opened: OpenTestDatabase;
  let acs: string;
  let twilio: string;
  let broken: string;
  const servers: Server[] = [];
  const sms: Config['ways']['sms'] = {
    by: 'twilio',
    url: 'https://x',
    accountSid: 'AC1',
    authToken: AUTH_TOKEN,
    from: '+1',
  };
  const common = { email: { by: 'person' as const }, perMinute: { email: 60, sms: 60 } };
  const serve = async (database: Pick<Database, 'system'>, ways: Config['ways']) => {
    const server = createServer();
    mountWays(server, { database, clock: machineClock, log: createLog('silent'), publicUrl: PUBLIC_URL, ways });
    servers.push(server);
    return `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
  };

  before(async () => {
    opened = await openTestDatabase();
    const { database } = opened;
    acs = await serve(database, { ...common, smsEventsKey: KEY });
    twilio = await serve(database, { ...common, sms });
    const system = { query: () => Promise.reject(new Error('down')) };
    broken = await serve({ system }, { ...common, smsEventsKey: KEY, sms });
  });
  after(async () => {
    await Promise.all(servers.map((one) => closeServer(one, 0)));
    await opened?.drop();
  });

  /** Anna in two tenants with one address, somebody else; each with a number. */
  beforeEach(async () => {
    await opened.peek('truncate cw.tenant, cw.person cascade');
    const people: [tenant: string, person: string, address: string, token: string, number: string][] = [
      ['t1', 'anna', 'anna@test.example', TOKEN, NUMBER],
      ['t2', 'anna', 'anna@test.example', SAME_ADDRESS_TOKEN, NUMBER],
      ['t1', 'ben', 'ben@test.example', OTHER_TOKEN, OTHER_NUMBER],
    ];
    for (const [tenant, person, address, token, number] of people) {
      await opened.peek(
        `insert into cw.tenant (tenant_id, first_seen_at, pace_at) values ($1, now(), now()) on conflict do nothing`,
        [tenant],
      );
      await opened.peek(`insert into cw.person (tenant_id, person_id, seen_at) values ($1, $2, now())`, [
        tenant,
        person,
      ]);
      await opened.peek(
        `insert into cw.way (tenant_id, person_id, way, address, confirmed_at, stop_token, created_at)
         values ($1, $2, 'email', $3, now(), $4, now()), ($1, $2, 'sms', $5, now(), $4 || '-sms', now())`,
        [tenant, person, address, token, number],
      );
    }
  });

  const stopped = async () =>
    (
      await opened.peek<{ who: string }>(
        `select tenant_id || '/' || person_id || '/' || way as who from cw.way where stopped_at is not null order by 1`,
      )
    ).map((one) => one.who);

  const post = async (url: string, body = '', headers: Record<string, string> = {}) => {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };

  describe('by the link in a mail', () => {
    it('a page asks first: following a link ends nothing', async () => {
      const response = await fetch(`${acs}/ways/stop?t=${TOKEN}`);
      const page = await response.text();
      assert.equal(response.status, 200);
      assert.match(page, /<form method="post"><button>Send me no more e-mails<\/button><\/form>/);
      assert.equal(page.includes(TOKEN), false, 'the link is nowhere on it');
      const policy = response.headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /form-action 'self'/);
      assert.equal(response.headers.get('referrer-policy'), 'no-referrer');
      assert.equal(response.headers.get('cache-control'), 'no-store');
      assert.deepEqual(await stopped(), []);
    });

    for (const [name, body] of [
      ['the button', ''],
      ['one click in a mail program (RFC 8058)', 'List-Unsubscribe=One-Click'],
    ] as const)
      it(`${name} ends it for everybody who has the address, and no other way`, async () => {
        const answer = await post(`${acs}/ways/stop?t=${TOKEN}`, body);
        assert.equal(answer.status, 200);
        assert.match(answer.text, /No more e-mails from me/);
        assert.deepEqual(await stopped(), ['t1/anna/email', 't2/anna/email']);
      });

    it('twice is as good as once: the first time stands', async () => {
      const when = () => opened.peek(`select stopped_at from cw.way where way = 'email' order by tenant_id, person_id`);
      await post(`${acs}/ways/stop?t=${TOKEN}`);
      const first = await when();
      assert.equal((await post(`${acs}/ways/stop?t=${TOKEN}`)).status, 200);
      assert.deepEqual(await when(), first);
    });

    it('answers the same whether there is such an address or not', async () => {
      const known = await post(`${acs}/ways/stop?t=${TOKEN}`);
      const tokens = ['', 'x', 'z'.repeat(43), `${TOKEN}'--`, '%00', '<script>', 'é'.repeat(20), 'y'.repeat(5_000)];
      for (const token of tokens)
        assert.deepEqual(await post(`${acs}/ways/stop?t=${encodeURIComponent(token)}`), known, token.slice(0, 20));
      assert.deepEqual(await stopped(), ['t1/anna/email', 't2/anna/email']);
    });

    it('says that it is not done when it is not', async () => {
      const answer = await post(`${broken}/ways/stop?t=${TOKEN}`);
      assert.equal(answer.status, 503);
      assert.match(answer.text, /try again/);
    });

    it('reads no endless body', async () => {
      assert.equal((await post(`${acs}/ways/stop?t=${TOKEN}`, 'x'.repeat(70_000))).status, 413);
      assert.deepEqual(await stopped(), []);
    });
  });

  describe('by an answer to ACS, through Event Grid', () => {
    const grid = (events: unknown, key: string = KEY, at = acs) =>
      post(
        `${at}/ways/sms/acs?key=${encodeURIComponent(key)}`,
        typeof events === 'string' ? events : JSON.stringify(events),
        {
          'content-type': 'application/json; charset=utf-8',
          'aeg-event-type': 'Notification',
        },
      );

    it('the handshake is answered', async () => {
      const answer = await grid(validation('512d38b6-c7b8-40c8-89fe-f46f9e9622b6'));
      assert.equal(answer.status, 200);
      assert.match(answer.type ?? '', /^application\/json/);
      assert.deepEqual(JSON.parse(answer.text), { validationResponse: '512d38b6-c7b8-40c8-89fe-f46f9e9622b6' });
    });

    it('STOP ends it for everybody who has the number, and no other way', async () => {
      assert.equal((await grid([delivered, received('Hello'), received(' stop ')])).status, 200);
      assert.deepEqual(await stopped(), ['t1/anna/sms', 't2/anna/sms']);
    });

    it('other words, other events and odd ones end nothing', async () => {
      const odd = [
        [received('I can’t stop'), delivered],
        [received('STOP', 'not a number'), received('STOP', null), received(7), { ...received('STOP'), data: null }],
        [{ ...received('STOP'), eventType: 'Microsoft.Storage.BlobCreated' }],
        [received('STOP', '+4915100000000')],
      ];
      for (const events of odd) assert.equal((await grid(events)).status, 200);
      assert.deepEqual(await stopped(), []);
    });

    for (const key of ['', 'x', `${KEY}x`, KEY.slice(1), KEY.toUpperCase()])
      it(`is not believed with the key “${key}”`, async () => {
        assert.equal((await grid([received('STOP')], key)).status, 401);
        assert.equal((await grid(validation('x'), key)).status, 401);
        assert.deepEqual(await stopped(), []);
      });

    for (const body of [
      '',
      '{',
      'null',
      '{}',
      '[]',
      '[1]',
      JSON.stringify(validation(7)),
      JSON.stringify(Array(1_001).fill(delivered)),
    ])
      it(`${body.slice(0, 30) || 'nothing'} is answered 400`, async () => assert.equal((await grid(body)).status, 400));

    it('too much is answered 413', async () => assert.equal((await grid(' '.repeat(1_100_000))).status, 413));

    it('is sent again while it can’t be stored', async () => {
      assert.equal((await grid([received('STOP')], KEY, broken)).status, 503);
    });

    it('is nowhere without a key', async () => assert.equal((await grid([received('STOP')], KEY, twilio)).status, 404));
  });

  describe('by an answer to Twilio', () => {
    const sign = (fields: Record<string, string>, url: string, token = AUTH_TOKEN) => {
      const text =
        url +
        Object.keys(fields)
          .sort()
          .map((name) => name + fields[name])
          .join('');
      return createHmac('sha1', token).update(text).digest('base64');
    };
    const say = (
      fields: Record<string, string>,
      { at = twilio, query = '', signature = sign(fields, `${PUBLIC_URL}/ways/sms/twilio${query}`) } = {},
    ) =>
      post(`${at}/ways/sms/twilio${query}`, new URLSearchParams(fields).toString(), {
        'x-twilio-signature': signature,
      });
    const STOP = {
      MessageSid: 'SM1',
      From: NUMBER,
      To: '+18005551234',
      Body: 'Stop',
      NumMedia: '0',
      Ünïcode: 'ä b&c=d',
    };

    it('STOP ends it, and Twilio is asked to say nothing', async () => {
      const answer = await say(STOP);
      assert.equal(answer.status, 200);
      assert.match(answer.type ?? '', /^text\/xml/);
      assert.match(answer.text, /<Response><\/Response>$/);
      assert.deepEqual(await stopped(), ['t1/anna/sms', 't2/anna/sms']);
    });

    it('the address is signed with its query', async () => {
      assert.equal((await say(STOP, { query: '?a=1&b=%20' })).status, 200);
      assert.equal((await stopped()).length, 2);
    });

    it('so does what Twilio itself took for STOP', async () => {
      await say({ ...STOP, Body: 'PARAR', OptOutType: 'STOP' });
      assert.equal((await stopped()).length, 2);
    });

    it('other words end nothing', async () => {
      for (const Body of ['Hello', '', 'stop it']) assert.equal((await say({ ...STOP, Body })).status, 200);
      assert.equal((await say({ ...STOP, From: 'whatsapp:+4915112345678' })).status, 200);
      assert.deepEqual(await stopped(), []);
    });

    const FORGED: [name: string, signature: string][] = [
      ['none', ''],
      ['with another token', sign(STOP, `${PUBLIC_URL}/ways/sms/twilio`, 'other')],
      ['of another address', sign(STOP, 'https://evil.example/ways/sms/twilio')],
      ['of another message', sign({ ...STOP, From: OTHER_NUMBER }, `${PUBLIC_URL}/ways/sms/twilio`)],
    ];
    for (const [name, signature] of FORGED)
      it(`is not believed with a signature ${name}`, async () => {
        assert.equal((await say(STOP, { signature })).status, 403);
        assert.deepEqual(await stopped(), []);
      });

    it('is sent again while it can’t be stored', async () =>
      assert.equal((await say(STOP, { at: broken })).status, 503));
    it('is nowhere where Twilio is not used', async () => assert.equal((await say(STOP, { at: acs })).status, 404));
  });
});

describe('the product', () => {
  let product: TestProduct;
  before(async () => {
    product = await startProduct();
  });
  after(async () => product?.stop());

  it('has the page', async () => {
    const page = await (await fetch(`${product.origin}/ways/stop?t=${TOKEN}`)).text();
    assert.match(page, /Send me no more e-mails/);
    const done = await fetch(`${product.origin}/ways/stop?t=${TOKEN}`, { method: 'POST' });
    assert.equal(done.status, 200);
  });
});
