/** Somebody has blocked the bot in Teams, and chose e-mail for that case: the whole way, with a real mail server. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { type MailServer, startMailServer } from '../delivery/ways/mail-server.ts';
import { startProduct, type TestPerson, type TestProduct } from '../support/product.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;
const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 19), timeZone: 'UTC' });
const ADDRESS = 'ada.at.home@example.com';

describe('by e-mail where Teams can’t', () => {
  let product: TestProduct;
  let mails: MailServer;
  let ada: TestPerson;

  before(async () => {
    mails = await startMailServer();
    product = await startProduct({
      graph: { echoes: false, lifecycleTimers: false },
      env: { SMTP_URL: `smtp://127.0.0.1:${mails.port}`, MAIL_FROM: 'Calendar Watch <bot@example.com>' },
    });
    ada = product.addPerson('Ada Stern');
    await product.connect(ada, { quiet: null, remindMinutes: [15], kinds: { invitation: false, agenda: false } });
  });
  after(async () => {
    await product?.stop();
    await mails?.stop();
  });

  const ask = async (words: string, answer: RegExp) => {
    await product.say(ada, words);
    return product.hear(ada, answer);
  };
  /** Quoted-printable undone: lines are cut, and what is not ASCII is written in hex. */
  const readable = (raw: string) =>
    Buffer.from(
      raw
        .replace(/=\r?\n/g, '')
        .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      'latin1',
    ).toString('utf8');
  const mail = (pattern: RegExp) =>
    until(`a mail matching ${pattern}`, () => mails.received.find((one) => pattern.test(readable(one.raw))));
  /** Starts in ten minutes, so that its reminder is due now. */
  const meetSoon = (subject: string) =>
    product.sandbox.graph.store.create(
      { tenantId: ada.person.tenantId, oid: ada.person.oid },
      { subject, start: at(Date.now() + 10 * MINUTE_MS), end: at(Date.now() + 40 * MINUTE_MS) },
    );
  const ledger = async (subject: string) => {
    const [row] = await product.peek<{ state: string; way: string; why: string | null; held: boolean }>(
      `select state, way, why_way as why, held from cw.nudge where facts ->> 'subject' = $1 and kind = 'reminder'`,
      [subject],
    );
    return row;
  };

  it('an address is used only after its code was typed', async () => {
    await ask('notify me by teams, then email', /my email/);
    await ask(`my email ${ADDRESS}`, /I’ve sent a code/);
    const first = await mail(/is your code for Calendar Watch/);
    assert.deepEqual(first.to, [ADDRESS]);
    await ask('code 000000', /not|wrong|tries/i);
    const code = /\b(\d{6})\b is your code/.exec(readable(first.raw))?.[1];
    assert.ok(code);
    await ask(`code ${code}`, /confirmed/i);
  });

  it('a reminder that Teams refuses comes by mail, says why, and how to end it', async () => {
    product.connector.failNext(ada.user.conversationId, {
      status: 403,
      code: 'ConversationBlockedByUser',
      on: ['post'],
    });
    meetSoon('Board meeting');
    const came = await mail(/Board meeting/);
    assert.deepEqual(came.to, [ADDRESS]);
    assert.match(readable(came.raw), /By e-mail, because Teams doesn’t let me write to you just now/);
    assert.match(came.raw, /List-Unsubscribe-Post: List-Unsubscribe=One-Click/i);
    await until('the record', async () => (await ledger('Board meeting'))?.state === 'sent');
    assert.deepEqual(await ledger('Board meeting'), { state: 'sent', way: 'email', why: 'blocked', held: false });
  });

  it('while there is no chat, the next one comes by mail too, once', async () => {
    meetSoon('Second meeting');
    await mail(/Second meeting/);
    await until('the record', async () => (await ledger('Second meeting'))?.state === 'sent');
    assert.equal((await ledger('Second meeting'))?.why, 'noChat');
    assert.equal(mails.received.filter((one) => /Second meeting/.test(readable(one.raw))).length, 1);
  });

  it('one click ends it; what comes then waits for a chat', async () => {
    const came = await mail(/Board meeting/);
    // A header is no quoted-printable: undone as one, a token that begins like hex would lose its first letters.
    const link = /List-Unsubscribe:\s*<(http[^>]+\/ways\/stop\?t=[^>]+)>/.exec(came.raw)?.[1];
    assert.ok(link, came.raw);
    const page = await fetch(link);
    assert.match(await page.text(), /No more e-mails\?/);
    const before = mails.received.length;
    const done = await fetch(link, {
      method: 'POST',
      body: 'List-Unsubscribe=One-Click',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    assert.equal(done.status, 200);
    meetSoon('Third meeting');
    await until('it is held', async () => (await ledger('Third meeting'))?.held);
    assert.equal(mails.received.length, before);
  });

  it('whoever speaks again is told in Teams, and sees how it stands', async () => {
    await ask('notify', /stopped/i);
    await product.hear(ada, /Third meeting/);
    await until('the record', async () => (await ledger('Third meeting'))?.state === 'sent');
    assert.equal((await ledger('Third meeting'))?.way, 'teams');
    await ask('watch status', /Watching since/);
  });

  it('no address, code or subject is in the log', () => {
    const log = product.logLines().join('\n');
    for (const secret of [ADDRESS, 'Board meeting', 'Second meeting']) assert.ok(!log.includes(secret), secret);
  });
});
