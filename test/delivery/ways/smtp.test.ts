/** E-mail against a real SMTP server, over real sockets. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { afterEach, before, describe, it } from 'mocha';
import { ensureCertificates, type SandboxCertificates } from '../../../sandbox/ca.ts';
import { type Clock, machineClock } from '../../../src/clock.ts';
import type { Destination, OtherWay, Words } from '../../../src/delivery/ways/port.ts';
import { createSmtp, outcomeOfSmtp } from '../../../src/delivery/ways/smtp.ts';
import { until } from '../../support/until.ts';
import { type MailServer, type MailServerOptions, startMailServer } from './mail-server.ts';

const TO: Destination = { tenantId: 't', personId: 'p', address: 'anna@test.example', stopToken: 'token' };
const STOP_URL = 'https://cw.example.com/ways/stop?t=Abcdefghijklmnop-_0123456789';
const WORDS: Words = {
  subject: 'Starts in 10 min: Planung',
  text: 'Planung – 14:00\nÜber <b>alles</b>',
  stopUrl: STOP_URL,
};
const FROM = 'Calendar Watch <cw@test.example>';

let server: MailServer;
let way: OtherWay;
const open = async (options: MailServerOptions = {}, url?: (port: number) => string, clock: Clock = machineClock) => {
  server = await startMailServer(options);
  way = createSmtp({ url: url?.(server.port) ?? `smtp://127.0.0.1:${server.port}`, from: FROM }, { clock });
};
afterEach(async () => {
  way?.close?.();
  await server?.stop();
});

/** Header names in lower case; folded lines in one. */
function headersOf(raw: string): Map<string, string> {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ');
  return new Map(
    head.split('\r\n').map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
}

describe('e-mail by SMTP', () => {
  it('arrives: one address, text and HTML, and how to end it', async () => {
    await open();
    const outcome = await way.send(TO, WORDS);
    assert.equal(outcome.kind, 'sent');
    const [mail] = server.received;
    assert.ok(mail);
    assert.equal(mail.from, 'cw@test.example');
    assert.deepEqual(mail.to, ['anna@test.example']);
    const headers = headersOf(mail.raw);
    assert.equal(headers.get('message-id'), outcome.kind === 'sent' && outcome.activityId);
    assert.equal(headers.get('from'), 'Calendar Watch <cw@test.example>');
    assert.equal(headers.get('to'), 'anna@test.example');
    assert.equal(headers.get('subject'), 'Starts in 10 min: Planung');
    assert.equal(headers.get('list-unsubscribe'), `<${STOP_URL}>`);
    assert.equal(headers.get('list-unsubscribe-post'), 'List-Unsubscribe=One-Click');
    assert.equal(headers.get('auto-submitted'), 'auto-generated');
    assert.match(headers.get('content-type') ?? '', /^multipart\/alternative/);
    assert.match(mail.raw, /Content-Type: text\/plain; charset=utf-8/);
    assert.match(mail.raw, /Content-Type: text\/html; charset=utf-8/);
    assert.match(mail.raw, /&#60;b&#62;alles/, 'words are no markup');
  });

  it('without a link has no headers for it', async () => {
    await open();
    await way.send(TO, { subject: 'Your code', text: 'Your code: 123456' });
    const headers = headersOf(server.received[0]?.raw ?? '');
    assert.equal(headers.has('list-unsubscribe'), false);
    assert.equal(headers.has('list-unsubscribe-post'), false);
    assert.equal(headers.get('subject'), 'Your code');
  });

  it('lets nobody write headers or commands', async () => {
    await open();
    const subject = 'Hi\r\nBcc: evil@test.example\r\n\r\nbody\u2028x\u0000';
    const stopUrl = 'https://cw.example.com/ways/stop?t=x\r\nX-Evil: yes';
    assert.equal((await way.send(TO, { subject, text: '.\r\nQUIT\r\n..\r\n', stopUrl })).kind, 'sent');
    const [mail] = server.received;
    const headers = headersOf(mail?.raw ?? '');
    assert.equal(headers.has('bcc') || headers.has('x-evil'), false);
    assert.equal(headers.get('subject'), 'Hi Bcc: evil@test.example body x');
    assert.deepEqual(mail?.to, ['anna@test.example']);
  });

  const ADDRESSES = [
    'a@test.example, b@test.example',
    'a@test.example\r\nRCPT TO:<b@test.example>',
    'Anna <a@test.example>',
    '<a@test.example>',
    'a@test.example>',
    'a@b@test.example',
    'group: a@test.example;',
    'a b@test.example',
    'nobody',
    '',
  ];
  for (const address of ADDRESSES)
    it(`does not write to ${JSON.stringify(address)}`, async () => {
      await open();
      const outcome = await way.send({ ...TO, address }, WORDS);
      assert.deepEqual(outcome, { kind: 'stop', reason: 'e-mail address', dropConversation: false });
      assert.equal(server.seen.connect, 0);
    });

  it('keeps few connections', async () => {
    await open();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => way.send(TO, WORDS)));
    assert.ok(outcomes.every((one) => one.kind === 'sent'));
    assert.equal(new Set(outcomes.map((one) => one.kind === 'sent' && one.activityId)).size, 20);
    assert.ok(server.seen.connect <= 3, `${server.seen.connect} connections`);
  });

  it('says who it is, user and password decoded', async () => {
    await open(
      {
        server: {
          disabledCommands: ['STARTTLS'],
          authOptional: false,
          allowInsecureAuth: true,
          onAuth: ({ username, password }, _session, done) =>
            password === 'p@ss:w/rd' ? done(null, { user: username ?? '' }) : done(new Error('no')),
        },
      },
      (port) => `smtp://us%40er:${encodeURIComponent('p@ss:w/rd')}@127.0.0.1:${port}`,
    );
    assert.equal((await way.send(TO, WORDS)).kind, 'sent');
    assert.equal(server.received[0]?.user, 'us@er');
  });

  it('stops where the password is wrong', async () => {
    await open(
      {
        server: {
          disabledCommands: ['STARTTLS'],
          authOptional: false,
          allowInsecureAuth: true,
          onAuth: (_auth, _session, done) => done(new Error('no')),
        },
      },
      (port) => `smtp://user:wrong@127.0.0.1:${port}`,
    );
    assert.deepEqual(await way.send(TO, WORDS), { kind: 'stop', reason: 'e-mail 535', dropConversation: false });
  });
});

describe('an SMTP server that does not take it', () => {
  const REFUSALS: [name: string, refuses: MailServerOptions['refuses'], kind: 'retry' | 'stop', reason: string][] = [
    ['421 at the door', { connect: [421, '4.3.2 closing'] }, 'retry', 'e-mail 421 4.3.2'],
    ['554 at the door', { connect: [554, 'no service'] }, 'stop', 'e-mail 554'],
    ['451 to the sender', { from: [451, '4.7.1 later'] }, 'retry', 'e-mail 451 4.7.1'],
    ['421 to the sender', { from: [421, '4.7.0 too much'] }, 'retry', 'e-mail 421 4.7.0'],
    ['450 to the address', { to: [450, '4.2.1 busy: anna@test.example'] }, 'retry', 'e-mail 450 4.2.1'],
    ['550 to the address', { to: [550, '5.1.1 unknown: anna@test.example'] }, 'stop', 'e-mail 550 5.1.1'],
    ['552 to the message', { data: [552, '5.2.2 full'] }, 'stop', 'e-mail 552 5.2.2'],
    ['421 to the message', { data: [421, '4.3.2 closing'] }, 'retry', 'e-mail 421 4.3.2'],
    ['452 to the message', { data: [452, '4.3.1 no room'] }, 'retry', 'e-mail 452 4.3.1'],
  ];
  for (const [name, refuses, kind, reason] of REFUSALS)
    it(`${name}: ${kind}, and it was not taken`, async () => {
      await open({ refuses });
      const outcome = await way.send(TO, WORDS);
      assert.deepEqual(
        outcome,
        kind === 'retry' ? { kind, reason, ambiguous: false } : { kind, reason, dropConversation: false },
      );
      assert.equal(server.received.length, 0);
      assert.equal(server.seen.connect, 1, 'one attempt is one');
    });

  const CUTS: [stage: NonNullable<MailServerOptions['cuts']>, ambiguous: boolean][] = [
    ['connect', false],
    ['from', false],
    ['to', false],
    ['data', true],
  ];
  for (const [cuts, ambiguous] of CUTS)
    it(`cut at “${cuts}”: again, ${ambiguous ? 'it may have been taken' : 'it was not taken'}`, async () => {
      await open({ cuts });
      const outcome = await way.send(TO, WORDS);
      assert.equal(outcome.kind, 'retry');
      assert.equal(outcome.kind === 'retry' && outcome.ambiguous, ambiguous);
      assert.match(outcome.kind === 'retry' ? outcome.reason : '', /^e-mail no answer/);
      assert.equal(server.seen.connect, 1, 'nodemailer does not try again by itself');
    });

  for (const [hangs, ambiguous] of CUTS)
    it(`silent at “${hangs}”: given up in time, ${ambiguous ? 'it may have been taken' : 'it was not taken'}`, async () => {
      const limits: (() => void)[] = [];
      const after = (_ms: number, run: () => void) => {
        limits.push(run);
        return () => undefined;
      };
      const clock = { now: () => 0, after };
      await open({ hangs }, undefined, clock);
      const sending = way.send(TO, WORDS);
      await until(`“${hangs}”`, () => server.seen[hangs] > 0);
      for (const end of limits) end();
      const outcome = await sending;
      assert.equal(outcome.kind === 'retry' && outcome.ambiguous, ambiguous);
    });

  it('nobody listens: again, it was not taken', async () => {
    await open();
    await server.stop();
    const outcome = await way.send(TO, WORDS);
    assert.deepEqual(outcome, { kind: 'retry', reason: 'e-mail no answer ESOCKET', ambiguous: false });
  });

  it('speaks no SMTP: again', async () => {
    await open();
    const web = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const { port } = web.address() as { port: number };
    const odd = createSmtp({ url: `smtp://127.0.0.1:${port}`, from: FROM }, { clock: machineClock });
    const outcome = await odd.send(TO, WORDS);
    assert.equal(outcome.kind === 'retry' && outcome.ambiguous, false);
    web.close();
  });

  it('is tried again with a connection of its own after a failure', async () => {
    const options: MailServerOptions = { cuts: 'data' };
    await open(options);
    assert.equal((await way.send(TO, WORDS)).kind, 'retry');
    options.cuts = undefined;
    assert.equal((await way.send(TO, WORDS)).kind, 'sent');
  });
});

describe('SMTP over TLS', () => {
  let tls: SandboxCertificates;
  before(async () => {
    tls = await ensureCertificates(resolve(process.env.TEST_SANDBOX_DIR ?? '', 'ca'));
  });

  it('smtps:// from the first byte on', async () => {
    await open({ server: { secure: true, key: tls.key, cert: tls.cert } }, (port) => `smtps://localhost:${port}`);
    assert.equal((await way.send(TO, WORDS)).kind, 'sent');
    assert.equal(server.received[0]?.isSecure, true);
  });

  it('smtp:// with STARTTLS', async () => {
    await open(
      { server: { disabledCommands: ['AUTH'], key: tls.key, cert: tls.cert } },
      (port) => `smtp://localhost:${port}`,
    );
    assert.equal((await way.send(TO, WORDS)).kind, 'sent');
    assert.equal(server.received[0]?.isSecure, true);
  });

  it('is not gone without, beyond this machine', async () => {
    // Nothing else on this machine is taken for another one.
    await open({ host: '127.0.0.2' }, (port) => `smtp://127.0.0.2:${port}`);
    const outcome = await way.send(TO, WORDS);
    assert.notEqual(outcome.kind, 'sent');
    assert.equal(outcome.kind === 'retry' && outcome.ambiguous, false);
    assert.equal(server.seen.from, 0, 'not even the sender was named');
  });

  for (const [name, url] of [
    ['smtps://', (port: number) => `smtps://127.0.0.2:${port}`],
    ['STARTTLS', (port: number) => `smtp://127.0.0.2:${port}`],
  ] as const)
    it(`${name}: a certificate for another host is refused`, async () => {
      const secure = name === 'smtps://';
      await open(
        { host: '127.0.0.2', server: { secure, disabledCommands: ['AUTH'], key: tls.key, cert: tls.cert } },
        url,
      );
      const outcome = await way.send(TO, WORDS);
      assert.notEqual(outcome.kind, 'sent');
      assert.equal(server.seen.from, 0);
    });
});

describe('what a failure of SMTP means', () => {
  const CASES: [error: object, began: boolean, kind: string, ambiguous?: boolean][] = [
    [{ code: 'ECONNECTION' }, true, 'retry', true],
    [{ code: 'ETIMEDOUT' }, true, 'retry', true],
    [{ code: 'ETIMEDOUT' }, false, 'retry', false],
    [{ code: 'EDNS' }, false, 'retry', false],
    [{ code: 'EENVELOPE' }, false, 'stop'],
    [{ code: 'EMESSAGE' }, false, 'stop'],
    [{ code: 'EMESSAGE', responseCode: 451 }, true, 'retry', false],
    [{ code: 'EMESSAGE', responseCode: 554 }, true, 'stop'],
    [{}, true, 'retry', true],
  ];
  for (const [error, began, kind, ambiguous] of CASES)
    it(`${JSON.stringify(error)} ${began ? 'after' : 'before'} writing: ${kind}`, () => {
      const outcome = outcomeOfSmtp(error, began);
      assert.equal(outcome.kind, kind);
      if (outcome.kind === 'retry') assert.equal(outcome.ambiguous, ambiguous);
    });

  it('is told without what the server wrote', () => {
    const response = '550 5.1.1 <anna@test.example> is unknown';
    const outcome = outcomeOfSmtp({ code: 'EENVELOPE', responseCode: 550, response }, false);
    assert.equal(JSON.stringify(outcome).includes('anna'), false);
  });
});
