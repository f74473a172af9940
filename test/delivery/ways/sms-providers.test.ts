/** ACS (through its SDK) and Twilio over HTTP, on servers that behave as documented. */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { machineClock } from '../../../src/clock.ts';
import { createAcsSms, endpointOf } from '../../../src/delivery/ways/acs-sms.ts';
import { SEND_LIMIT_MS } from '../../../src/delivery/ways/outcomes.ts';
import type { Destination, OtherWay, Words } from '../../../src/delivery/ways/port.ts';
import { createTwilioSms } from '../../../src/delivery/ways/twilio-sms.ts';
import { until } from '../../support/until.ts';
import { type Answer, type Asked, type ProviderServer, startProviderServer } from './provider-server.ts';

const NUMBER = '+4915112345678';
const FROM = '+18005551234';
const TO: Destination = { tenantId: 't', personId: 'p', address: NUMBER, stopToken: 'token' };
const WORDS: Words = { subject: '', text: 'Starts in 10 min: Planung\nReply STOP to end.' };
const ACS_KEY = Buffer.from('acs-secret-key-of-32-bytes-or-so').toString('base64');
const SID = `AC${'1'.repeat(32)}`;
const TOKEN = 'twilio-secret-token';

let server: ProviderServer;
beforeEach(async () => {
  server = await startProviderServer();
});
afterEach(() => server.stop());

const acs = (clock = machineClock, url = server.url) =>
  createAcsSms({ connectionString: `endpoint=${url}/;accesskey=${ACS_KEY}`, from: FROM }, { clock });
const twilio = (clock = machineClock, url = server.url) =>
  createTwilioSms({ url, accountSid: SID, authToken: TOKEN, from: FROM }, { clock, fetch });

/** 202, with a word on each recipient. */
const acsTaken = (result: object): Answer => ({ status: 202, body: { value: [{ to: NUMBER, ...result }] } });
const acsError = (code: string) => ({ error: { code, message: `about ${NUMBER}` } });
const twilioError = (status: number, code: number) => ({ code, message: `about ${NUMBER}`, more_info: '', status });

/** As the service checks it: learn.microsoft.com, "Sign an HTTP request" (Communication Services). */
function isSigned({ method, path, headers, body }: Asked): boolean {
  const hash = createHash('sha256').update(body).digest('base64');
  const toSign = `${method}\n${path}\n${headers['x-ms-date']};${headers.host};${hash}`;
  const signature = createHmac('sha256', Buffer.from(ACS_KEY, 'base64')).update(toSign).digest('base64');
  return (
    headers['x-ms-content-sha256'] === hash &&
    headers.authorization === `HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`
  );
}

describe('SMS by Azure Communication Services', () => {
  it('is asked for one message, signed', async () => {
    server.does(
      acsTaken({
        messageId: 'Outgoing_1_noam',
        httpStatusCode: 202,
        successful: true,
        repeatabilityResult: 'accepted',
      }),
    );
    assert.deepEqual(await acs().send(TO, WORDS), { kind: 'sent', activityId: 'Outgoing_1_noam' });
    assert.equal(server.asked.length, 1);
    const [asked] = server.asked;
    assert.ok(asked);
    assert.equal(`${asked.method} ${asked.path}`, 'POST /sms?api-version=2021-03-07');
    assert.ok(isSigned(asked), 'the signature does not fit');
    const body = JSON.parse(asked.body);
    assert.equal(body.from, FROM);
    assert.equal(body.message, WORDS.text);
    assert.equal(body.smsRecipients.length, 1);
    assert.equal(body.smsRecipients[0].to, NUMBER);
    assert.equal(body.smsSendOptions.enableDeliveryReport, false);
  });

  it('gets another repeatability id with each attempt, so it can’t know that they are one', async () => {
    server.does(acsTaken({ messageId: 'x', httpStatusCode: 202, successful: true }));
    await acs().send(TO, WORDS);
    await acs().send(TO, WORDS);
    const ids = server.asked.map((one) => JSON.parse(one.body).smsRecipients[0].repeatabilityRequestId);
    assert.match(ids[0], /^[0-9a-f-]{36}$/);
    assert.notEqual(ids[0], ids[1]);
  });

  const RESULTS: [result: object, expected: object][] = [
    [
      { httpStatusCode: 400, successful: false, errorMessage: `bad ${NUMBER}` },
      { kind: 'stop', reason: 'SMS 400', dropConversation: false },
    ],
    [
      { httpStatusCode: 404, successful: false },
      { kind: 'stop', reason: 'SMS 404', dropConversation: false },
    ],
    [
      { httpStatusCode: 429, successful: false },
      { kind: 'retry', reason: 'SMS 429', ambiguous: false, afterMs: 5_000 },
    ],
    [
      { httpStatusCode: 500, successful: false },
      { kind: 'retry', reason: 'SMS 500', ambiguous: true },
    ],
  ];
  for (const [result, expected] of RESULTS)
    it(`202 that says ${JSON.stringify(result)}`, async () => {
      server.does(acsTaken(result));
      assert.deepEqual(await acs().send(TO, WORDS), expected);
    });

  const ANSWERS: [name: string, answer: Answer, expected: object][] = [
    [
      '400',
      { status: 400, body: acsError('BadRequest') },
      { kind: 'stop', reason: 'SMS 400', dropConversation: false },
    ],
    ['401', { status: 401, body: acsError('Denied') }, { kind: 'stop', reason: 'SMS 401', dropConversation: false }],
    ['403', { status: 403 }, { kind: 'stop', reason: 'SMS 403', dropConversation: false }],
    [
      '429',
      { status: 429, headers: { 'retry-after': '7' } },
      { kind: 'retry', reason: 'SMS 429', ambiguous: false, afterMs: 7_000 },
    ],
    ['429 without a time', { status: 429 }, { kind: 'retry', reason: 'SMS 429', ambiguous: false, afterMs: 5_000 }],
    ['500', { status: 500, body: acsError('Internal') }, { kind: 'retry', reason: 'SMS 500', ambiguous: true }],
    ['502', { status: 502, body: '<html>' }, { kind: 'retry', reason: 'SMS 502', ambiguous: true }],
    [
      '503',
      { status: 503, headers: { 'retry-after': '3' } },
      { kind: 'retry', reason: 'SMS 503', ambiguous: false, afterMs: 3_000 },
    ],
    [
      'a redirect',
      { status: 307, headers: { location: '/elsewhere' } },
      { kind: 'stop', reason: 'SMS 307', dropConversation: false },
    ],
    [
      '202 without a word',
      { status: 202, body: { value: [] } },
      { kind: 'retry', reason: 'SMS answer of another form', ambiguous: true },
    ],
    [
      '202 that is no JSON',
      { status: 202, body: '<html>' },
      { kind: 'retry', reason: 'SMS no answer', ambiguous: true },
    ],
  ];
  for (const [name, answer, expected] of ANSWERS)
    it(`${name}: one request`, async () => {
      server.does(answer);
      assert.deepEqual(await acs().send(TO, WORDS), expected);
      assert.equal(server.asked.length, 1);
    });

  it('knows its endpoint', () => {
    assert.equal(endpointOf('accesskey=a=b;Endpoint= https://x.example/ '), 'https://x.example/');
    assert.equal(endpointOf('accesskey=a'), '');
  });

  it('speaks http to this machine alone', async () => {
    const away = acs(machineClock, server.url.replace('127.0.0.1', '127.0.0.2'));
    const outcome = await away.send(TO, WORDS);
    assert.notEqual(outcome.kind, 'sent');
    assert.equal(server.asked.length, 0);
  });
});

describe('SMS by Twilio', () => {
  it('is asked for one message, with the account’s password', async () => {
    server.does({ status: 201, body: { sid: 'SM123', status: 'queued', error_code: null } });
    assert.deepEqual(await twilio().send(TO, WORDS), { kind: 'sent', activityId: 'SM123' });
    const [asked] = server.asked;
    assert.equal(`${asked?.method} ${asked?.path}`, `POST /2010-04-01/Accounts/${SID}/Messages.json`);
    assert.equal(asked?.headers.authorization, `Basic ${Buffer.from(`${SID}:${TOKEN}`).toString('base64')}`);
    assert.match(asked?.headers['content-type'] ?? '', /^application\/x-www-form-urlencoded/);
    assert.deepEqual(Object.fromEntries(new URLSearchParams(asked?.body)), {
      From: FROM,
      To: NUMBER,
      Body: WORDS.text,
    });
  });

  const ANSWERS: [name: string, answer: Answer, expected: object][] = [
    [
      'a number that is none',
      { status: 400, body: twilioError(400, 21211) },
      { kind: 'stop', reason: 'SMS 400 21211', dropConversation: false },
    ],
    [
      'somebody who said STOP',
      { status: 400, body: twilioError(400, 21610) },
      { kind: 'stop', reason: 'SMS 400 21610', dropConversation: false },
    ],
    [
      '401',
      { status: 401, body: twilioError(401, 20003) },
      { kind: 'stop', reason: 'SMS 401 20003', dropConversation: false },
    ],
    [
      '429',
      { status: 429, headers: { 'retry-after': '2' }, body: twilioError(429, 20429) },
      { kind: 'retry', reason: 'SMS 429 20429', ambiguous: false, afterMs: 2_000 },
    ],
    [
      '429 without a time',
      { status: 429, body: twilioError(429, 20429) },
      { kind: 'retry', reason: 'SMS 429 20429', ambiguous: false, afterMs: 5_000 },
    ],
    ['500', { status: 500, body: 'oops' }, { kind: 'retry', reason: 'SMS 500', ambiguous: true }],
    ['503', { status: 503 }, { kind: 'retry', reason: 'SMS 503', ambiguous: false }],
    [
      'a redirect',
      { status: 302, headers: { location: '/elsewhere' } },
      { kind: 'stop', reason: 'SMS 302', dropConversation: false },
    ],
    [
      '200 from somebody else',
      { status: 200, body: '<html>' },
      { kind: 'retry', reason: 'SMS answer of another form', ambiguous: true },
    ],
    [
      'an endless answer',
      { status: 201, body: `{"sid":"${'x'.repeat(200_000)}"}` },
      { kind: 'retry', reason: 'SMS no answer', ambiguous: true },
    ],
  ];
  for (const [name, answer, expected] of ANSWERS)
    it(`${name}: one request`, async () => {
      server.does(answer);
      assert.deepEqual(await twilio().send(TO, WORDS), expected);
      assert.equal(server.asked.length, 1);
    });
});

const BOTH: [string, (clock?: typeof machineClock, url?: string) => OtherWay][] = [
  ['ACS', acs],
  ['Twilio', twilio],
];
for (const [name, make] of BOTH)
  describe(`${name} that does not answer`, () => {
    for (const behaviour of ['cuts', 'cutsInBody'] as const)
      it(`${behaviour}: it may have been taken; one request`, async () => {
        server.does(behaviour);
        assert.deepEqual(await make().send(TO, WORDS), { kind: 'retry', reason: 'SMS no answer', ambiguous: true });
        assert.equal(server.asked.length, 1);
      });

    it('hangs: given up after 12 s, and it may have been taken', async () => {
      server.does('hangs');
      let end = () => {};
      const after = (ms: number, run: () => void) => {
        assert.equal(ms, SEND_LIMIT_MS);
        end = run;
        return () => undefined;
      };
      const sending = make({ now: () => 0, after }).send(TO, WORDS);
      await until('the request', () => server.asked.length > 0);
      end();
      assert.deepEqual(await sending, { kind: 'retry', reason: 'SMS no answer', ambiguous: true });
    });

    it('is not there: nothing went out', async () => {
      await server.stop();
      assert.deepEqual(await make().send(TO, WORDS), { kind: 'retry', reason: 'SMS no answer', ambiguous: false });
    });

    it('tells nobody’s number and no secret in its outcomes', async () => {
      for (const status of [400, 401, 429, 500]) {
        server.does({ status, body: acsError('Bad') });
        const told = JSON.stringify(await make().send(TO, WORDS));
        assert.ok(![NUMBER, ACS_KEY, TOKEN].some((secret) => told.includes(secret)), told);
      }
    });
  });
