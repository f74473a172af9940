import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { after, before, beforeEach, describe, it } from 'mocha';
import { ACTIONS } from '../../src/bot/actions/actions.ts';
import { SAVE_FOR_ALL, SAVE_SETTINGS } from '../../src/bot/cards/settings.ts';
import { ENTER_CODE, FORGET_WAY, SAVE_LADDER, SEND_CODE, STOP_WAY } from '../../src/bot/cards/ways.ts';
import { hear, tidy } from '../../src/bot/commands/commands.ts';
import { WAY_COMMANDS } from '../../src/bot/commands/ways.ts';
import type { Services, Turn } from '../../src/bot/services.ts';
import { machineClock } from '../../src/clock.ts';
import type { Message } from '../../src/delivery/message.ts';
import type { OtherWay } from '../../src/delivery/ways/port.ts';
import { createSmtp } from '../../src/delivery/ways/smtp.ts';
import { createTwilioSms } from '../../src/delivery/ways/twilio-sms.ts';
import { createLog } from '../../src/log.ts';
import type { OtherWayName, TenantPolicy } from '../../src/nudges/settings.ts';
import { settingsOf } from '../../src/store/people.ts';
import { usableWay, waysOf } from '../../src/store/ways.ts';
import { type MailServer, startMailServer } from '../delivery/ways/mail-server.ts';
import { type ProviderServer, startProviderServer } from '../delivery/ways/provider-server.ts';
import { DAY_MS, empty, HOUR_MS, MINUTE_MS, NOW, seedMailbox, seedTenant } from '../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';
import { startProduct, type TestPerson, type TestProduct, wordsOf } from '../support/product.ts';

describe('choosing ways', () => {
  let db: OpenTestDatabase;
  let mails: MailServer;
  let phones: ProviderServer;
  let providers: Services['ways'];
  let logged: string[];
  let tenantId: string;
  let ann: string;
  let now: number;
  let made: number;

  before(async () => {
    db = await openTestDatabase();
    mails = await startMailServer();
    phones = await startProviderServer();
    providers = {
      email: createSmtp({ url: `smtp://127.0.0.1:${mails.port}`, from: 'cw@test.example' }, { clock: machineClock }),
      sms: createTwilioSms(
        { url: phones.url, accountSid: 'AC1', authToken: 'secret', from: '+4915112345678' },
        { clock: machineClock, fetch },
      ),
    };
  });
  after(async () => {
    for (const one of Object.values(providers)) (one as { close?(): void }).close?.();
    await mails?.stop();
    await phones?.stop();
    await db?.drop();
  });
  beforeEach(async () => {
    await empty(db);
    await db.peek('delete from cw.code_count');
    tenantId = await seedTenant(db);
    ann = await seedMailbox(db, tenantId, NOW + HOUR_MS);
    mails.received.length = 0;
    phones.asked.length = 0;
    phones.does({ status: 201, body: { sid: 'SM1' } });
    logged = [];
    now = NOW;
    made = 0;
  });

  const services = (ways: Services['ways'] = providers) => {
    const sink = new PassThrough();
    sink.on('data', (chunk: Buffer) => logged.push(chunk.toString('utf8')));
    return {
      database: db.database,
      followers: [],
      admins: { prove: async (_who: unknown, wasAdmin: boolean) => wasAdmin },
      clock: { now: () => now, after: machineClock.after },
      log: createLog('trace', sink),
      travel: { name: 'none', estimate: async () => undefined },
      ways,
      newId: () => {
        made += 1;
        return `id-${tenantId}-${made}`;
      },
      newCode: () => {
        made += 1;
        return String(400_000 + made);
      },
      poke: () => undefined,
    } as unknown as Services;
  };
  const turnOf = (personId: string): Turn => ({
    tenantId,
    personId,
    conversationId: 'c',
    locale: 'en-GB',
    timeZone: 'UTC',
  });
  const answer = async (text: string, personId = ann, ways = providers): Promise<Message> => {
    const heard = hear(tidy(text));
    assert.ok(heard && WAY_COMMANDS.includes(heard.command), text);
    const message = await heard.command.run(services(ways), turnOf(personId), heard.rest);
    assert.ok(message);
    return message;
  };
  const say = async (text: string, personId = ann, ways = providers) =>
    (await answer(text, personId, ways)).fallbackText;
  const press = async (verb: string, data: Record<string, unknown>, personId = ann) => {
    const action = ACTIONS.find((one) => one.verb === verb);
    assert.ok(action, verb);
    const reaction = await action.run(services(), turnOf(personId), data);
    return 'card' in reaction ? reaction.card.fallbackText : (reaction.reply?.fallbackText ?? '');
  };
  /** The code in the newest mail. */
  const mailed = () => /(\d{6}) is your code/.exec(mails.received.at(-1)?.raw ?? '')?.[1] ?? 'none';
  const texted = () =>
    /(\d{6}) is your code/.exec(new URLSearchParams(phones.asked.at(-1)?.body).get('Body') ?? '')?.[1] ?? 'none';
  const usable = (way: OtherWayName = 'email', personId = ann) =>
    db.database.inTenant(tenantId, (sql) => usableWay(sql, tenantId, personId, way));
  const ladder = async (personId = ann) => {
    const [row] = await db.peek<{ settings: unknown; policy: unknown }>(
      'select settings, (select policy from cw.tenant t where t.tenant_id = p.tenant_id) as policy from cw.person p where person_id = $1',
      [personId],
    );
    return settingsOf(row ?? { settings: {}, policy: {} }).ways;
  };
  const another = () => seedMailbox(db, tenantId, NOW + HOUR_MS);

  it('from a word to a confirmed address, by e-mail', async () => {
    assert.match(await say('notify'), /Teams, and nowhere else/);
    assert.match(await say('notify me by teams, then email'), /First tell me the address: my email you@example\.com/);
    assert.deepEqual(await ladder(), ['email']);
    assert.match(await say('my email Ann@Example.com'), /sent a code to a•••@example\.com.*within 10 minutes/);
    assert.deepEqual(mails.received[0]?.to, ['ann@example.com']);
    assert.equal(await usable(), undefined);
    assert.match(await say('notify'), /Type the code/);
    assert.match(await say(`code ${mailed()}`), /✅ E-mail a•••@example\.com is confirmed\. I reach/);
    assert.equal((await usable())?.address, 'ann@example.com');
    assert.match(await say('notify'), /when that can’t be in time, by e-mail\. E-mail a•••@example\.com — confirmed/);
    assert.match(await say('my email ann@example.com'), /confirmed already/);
    assert.equal(mails.received.length, 1);
  });

  it('and by SMS, with the code alone', async () => {
    assert.match(await say('my phone 0170 1234567'), /country’s code/);
    assert.equal(phones.asked.length, 0);
    assert.match(await say('my phone +49 (0)170 1234567'), /sent a code to \+49 ••• 67/);
    assert.equal(new URLSearchParams(phones.asked[0]?.body).get('To'), '+491701234567');
    assert.match(await say(texted()), /✅ SMS.*Say notify me by teams, then sms, and I use it/);
    assert.equal((await usable('sms'))?.address, '+491701234567');
    assert.match(await say('notify me by teams, then text message, then e-mail'), /First tell me the address/);
    assert.deepEqual(await ladder(), ['sms', 'email']);
    await say('notify me by teams only');
    assert.deepEqual(await ladder(), []);
  });

  it('with the card alone', async () => {
    assert.match(await press(SAVE_LADDER, { ladder: 'teams, email' }), /First tell me/);
    assert.deepEqual(await ladder(), ['email']);
    assert.match(await press(SEND_CODE, { way: 'email', email: 'junk' }), /can’t read that address/);
    assert.match(await press(SEND_CODE, { way: 'email', email: 'ann@example.com', sms: '' }), /sent a code/);
    const first = mailed();
    assert.match(await press(SEND_CODE, { way: 'email' }), /sent a code/);
    assert.notEqual(mailed(), first);
    assert.match(await press(ENTER_CODE, { code: first }), /newest one counts\. 4 tries left/);
    assert.match(await press(ENTER_CODE, { code: mailed() }), /is confirmed/);
    assert.match(await press(STOP_WAY, { way: 'email' }), /Stopped/);
    assert.equal(await usable(), undefined);
    assert.match(await press(FORGET_WAY, { way: 'email' }), /Forgotten/);
    assert.match(await press(FORGET_WAY, { way: 'email' }), /no e-mail address of yours/);
    for (const data of [{}, { way: 'pigeon' }, { way: 7 }, { way: 'email', email: 'a'.repeat(301) }])
      await assert.rejects(press(SEND_CODE, data), { code: 'COMMAND_INVALID' });
  });

  it('a code of another person opens nothing', async () => {
    const eve = await another();
    await say('my email ann@example.com');
    assert.match(await say(`code ${mailed()}`, eve), /I wait for no code/);
    await say('my email eve@example.com', eve);
    const forEve = mailed();
    assert.match(await say(`code ${forEve}`), /not the code/);
    assert.equal(await usable(), undefined);
    assert.match(await say(`code ${forEve}`, eve), /is confirmed/);
    assert.equal((await usable('email', eve))?.address, 'eve@example.com');
  });

  it('guessing ends after five tries, and more codes don’t come without end', async () => {
    for (let code = 0; code < 3; code += 1) {
      assert.match(await say('my email victim@example.com'), /sent a code/);
      for (let left = 4; left > 0; left -= 1)
        assert.match(await say(`code 00000${left}`), new RegExp(`${left} (try|tries) left`));
      assert.match(await say('code 000000'), /too many wrong codes/);
      assert.match(await say(`code ${mailed()}`), /too many wrong codes/);
    }
    assert.match(await say('my email victim@example.com'), /three codes within an hour/);
    assert.match(await say('start email'), /three codes within an hour/);
    assert.equal(mails.received.length, 3);
    now += HOUR_MS;
    assert.match(await say('start email'), /sent a code/);
    assert.equal(await usable(), undefined);
  });

  it('what is no code is no try', async () => {
    await say('my email ann@example.com');
    for (let time = 0; time < 10; time += 1) assert.match(await say('code 12345'), /six digits/);
    assert.match(await say(`code ${mailed()}`), /is confirmed/);
  });

  it('an address of another tenant’s person helps nobody: each confirms it with a code of their own', async () => {
    await say('my email shared@example.com');
    await say(`code ${mailed()}`);
    const home = tenantId;
    tenantId = await seedTenant(db);
    const eve = await another();
    assert.match(await say('my email shared@example.com', eve), /sent a code/);
    assert.equal(await usable('email', eve), undefined);
    assert.match(await say('notify', eve), /waiting for the code/);
    assert.match(await say('forget my email', eve), /Forgotten/);
    tenantId = home;
    assert.ok(await usable(), 'and what they do with it changes nothing for its owner');
  });

  it('another address after the confirmation is unconfirmed, and the old one is used no more', async () => {
    await say('my email ann@example.com');
    await say(`code ${mailed()}`);
    const old = mailed();
    assert.match(await say('my email eve@example.com'), /sent a code to e•••@example\.com/);
    assert.equal(await usable(), undefined);
    assert.match(await say(`code ${old}`), /not the code/);
    assert.match(await say('notify'), /e•••@example\.com — waiting/);
    assert.match(await say(`code ${mailed()}`), /is confirmed/);
    assert.equal((await usable())?.address, 'eve@example.com');
  });

  it('an address that is over its limit leaves the one that is there in use, and costs no code', async () => {
    await say('my email ann@example.com');
    await say(`code ${mailed()}`);
    const people = await Promise.all(Array.from({ length: 20 }, another));
    const came = [];
    for (const person of people) came.push(await say('my email victim@example.com', person));
    assert.equal(came.filter((words) => /sent a code/.test(words)).length, 5);
    assert.equal(came.filter((words) => /five codes within a day/.test(words)).length, 15);
    assert.equal(mails.received.filter((mail) => mail.to.includes('victim@example.com')).length, 5);
    assert.match(await say('my email victim@example.com'), /five codes within a day/);
    assert.equal((await usable())?.address, 'ann@example.com');
    for (let code = 0; code < 2; code += 1) assert.match(await say(`my email ann${code}@example.com`), /sent a code/);
    now += DAY_MS;
    assert.match(await say('my email victim@example.com'), /sent a code/);
  });

  it('a code grows old', async () => {
    await say('my email ann@example.com');
    now += 10 * MINUTE_MS;
    assert.match(await say(`code ${mailed()}`), /too old.*start email/);
    assert.match(await say('notify'), /not confirmed/);
    await say('start email');
    assert.match(await say(`code ${mailed()}`), /is confirmed/);
  });

  it('after a STOP only a new code starts it again', async () => {
    await say('notify me by teams, then email');
    await say('my email ann@example.com');
    const code = mailed();
    await say(`code ${code}`);
    await db.database.system.query('select cw.stop_address($1, $2, $3)', ['email', 'ann@example.com', new Date(now)]);
    assert.equal(await usable(), undefined);
    assert.match(await say('notify'), /It was stopped: start email sends you a new code/);
    assert.match(await say(`code ${code}`), /I wait for no code/);
    assert.match(await say('start email'), /sent a code to a•••@example\.com/);
    assert.equal(await usable(), undefined);
    assert.match(await say(`code ${mailed()}`), /is confirmed/);
    assert.ok(await usable());
    assert.match(await say('stop email'), /Stopped/);
    assert.match(await say('stop sms'), /no number of yours/);
    assert.match(await say('start sms'), /First tell me the number/);
    assert.match(await say('forget my phone'), /no number of yours/);
    assert.match(await say('forget my hat'), /Which one/);
  });

  it('what the admin did not set up, or forbids, is said', async () => {
    const none: Services['ways'] = {};
    assert.match(await say('notify me by teams, then sms', ann, none), /SMS isn’t set up here yet/);
    assert.match(await say('my phone +491701234567', ann, none), /SMS isn’t set up here yet/);
    await db.peek(`update cw.tenant set policy = '{"forbiddenWays": ["email"]}' where tenant_id = $1`, [tenantId]);
    assert.match(await say('notify me by teams, then email'), /Your admin doesn’t allow E-mail\. So everything stays/);
    assert.deepEqual(await ladder(), ['sms']);
    assert.match(await say('my email ann@example.com'), /Your admin doesn’t allow E-mail/);
    assert.match(await say('start email'), /Your admin doesn’t allow E-mail/);
    assert.equal(mails.received.length + phones.asked.length, 0);
  });

  it('what is forbidden later is used no more, and comes back when it is allowed', async () => {
    await say('notify me by teams, then email, then sms');
    await db.peek(`update cw.tenant set policy = '{"forbiddenWays": ["email"]}' where tenant_id = $1`, [tenantId]);
    assert.deepEqual(await ladder(), ['sms']);
    await db.peek(`update cw.tenant set policy = '{}' where tenant_id = $1`, [tenantId]);
    assert.deepEqual(await ladder(), ['email', 'sms']);
  });

  it('a provider that refuses, is busy, breaks or tells nothing is said as it is', async () => {
    const doing = (email: Partial<OtherWay>) =>
      ({ email: { name: 'email', provider: 'fake', ...email } }) as Services['ways'];
    const stop = (reason: string) =>
      doing({ send: async () => ({ kind: 'stop', reason, dropConversation: false }) as const });
    const retry = (ambiguous: boolean) =>
      doing({ send: async () => ({ kind: 'retry', reason: 'e-mail 451', ambiguous }) as const });
    const breaks = doing({
      send: async (to) => {
        throw new Error(`no way to ${to.address}`);
      },
    });
    const people = await Promise.all(Array.from({ length: 5 }, another));
    const come = (n: number, ways: Services['ways']) => say('my email ann@example.com', people[n], ways);
    assert.match(await come(0, stop('e-mail 550')), /Is it spelled right/);
    assert.match(await come(1, stop('e-mail RECONNECT_NEEDED')), /watch on/);
    assert.match(await come(2, retry(false)), /couldn’t send the code just now/);
    assert.match(await come(3, retry(true)), /don’t know whether the code went out/);
    assert.match(await come(4, breaks), /don’t know whether the code went out/);
    assert.doesNotMatch(logged.join(''), /ann@/);
  });

  it('neither addresses nor codes are logged, and what is stored is no code', async () => {
    await say('my email ann@example.com');
    const code = mailed();
    await say('code 000001');
    await say(`code ${code}`);
    await say('my phone +491701234567');
    const all = logged.join('');
    assert.match(all, /a code was sent/);
    assert.doesNotMatch(all, /ann@example|example\.com|1701234567/);
    assert.ok(!all.includes(code) && !all.includes(texted()));
    const [row] = await db.peek<{ rows: string }>(`select string_agg(to_jsonb(w)::text, ' ') as rows from cw.way w`);
    assert.ok(row?.rows && !row.rows.includes(code) && !row.rows.includes(texted()));
    assert.equal((await db.database.inTenant(tenantId, (sql) => waysOf(sql, tenantId, ann))).length, 2);
  });

  it('the mail carries nothing of what anybody typed', async () => {
    await say('my email ann@example.com');
    const raw = mails.received[0]?.raw ?? '';
    assert.match(raw, /Subject: Your code for Calendar Watch/);
    assert.doesNotMatch(raw, /Subject:.*\d{6}/);
    await say('my phone +491701234567');
    const text = new URLSearchParams(phones.asked[0]?.body).get('Body') ?? '';
    assert.match(text, /^[ -~]{6,160}$/, 'one SMS');
  });

  it('asks who never spoke to the bot to begin', async () => {
    assert.match(await say('notify', 'nobody'), /watch on/);
    assert.match(await say('my email ann@example.com', 'nobody'), /watch on/);
    assert.equal(mails.received.length, 0);
  });
});

describe('ways, in the chat', () => {
  let product: TestProduct;
  let mails: MailServer;
  let ada: TestPerson;

  before(async () => {
    mails = await startMailServer();
    product = await startProduct({
      env: { SMTP_URL: `smtp://127.0.0.1:${mails.port}`, MAIL_FROM: 'Calendar Watch <cw@test.example>' },
    });
    ada = product.addPerson('Ada Ways');
    await product.connect(ada);
  });
  after(async () => {
    await product?.stop();
    await mails?.stop();
  });

  const say = async (text: string, pattern: RegExp) => {
    await product.say(ada, text);
    return wordsOf(await product.hear(ada, pattern));
  };
  const pressed = async (verb: string, data: Record<string, unknown>) => {
    const { body } = await product.press(ada, verb, data);
    return JSON.stringify((body as { value: unknown }).value);
  };

  it('are chosen, confirmed by a mailed code, shown by “watch status”, and logged without address or code', async () => {
    await say('settings', /Teams, then e-mail/);
    assert.match(await pressed(SAVE_SETTINGS, { ways: 'teams, email' }), /Saved[\s\S]*“notify” shows your addresses/);
    await say('watch status', /Teams, then e-mail \(no address yet\)/);
    await say('my email Ada@Example.com', /sent a code to a•••@example\.com/);
    const code = /(\d{6}) is your code/.exec(mails.received[0]?.raw ?? '')?.[1] ?? '';
    assert.match(code, /^\d{6}$/);
    await say(code, /E-mail a•••@example\.com is confirmed/);
    await product.peek(
      `insert into cw.nudge (tenant_id, nudge_id, person_id, mailbox_id, kind, event_id, start_at, lead_ms, earliest_at,
         due_at, deadline_at, facts, correlation_id, planned_at, state, send_at, ended_at, way, why_way, reason)
       select p.tenant_id, 'ways ' || n.state, p.person_id, p.person_id, 'reminder', 'x', now(), 0, now(), now(), now(),
         '{"subject": "Jour fixe"}', 'c', now(), n.state, now(), now(), n.way, n.why, n.reason
       from cw.person p, (values ('sent', 'email', 'blocked', null), ('failed', 'email', 'blocked', 'e-mail 550'))
         n (state, way, why, reason) where p.person_id = $1`,
      [ada.person.oid],
    );
    const status = await say('watch status', /I reach you by/);
    assert.match(status, /Teams, then e-mail a•••@example\.com/);
    assert.match(status, /1 thing I couldn’t tell you[\s\S]*Teams couldn’t take it, and neither could your other ways/);
    assert.match(status, /1 thing came by another way[\s\S]*by e-mail — Jour fixe, because I was blocked in Teams/);
    const logged = product.logLines().join('\n');
    assert.match(logged, /a code was sent/);
    assert.ok(!logged.includes(`"${code}"`) && !/ada@example/i.test(logged));
  });

  it('are the admin’s to forbid, and so is how early', async () => {
    for (const text of ['admin early 3', 'admin forbid email']) await say(text, /for admins/);
    ada.person.appRoles = ['CalendarWatch.Admin'];
    await product.peek('update cw.person set is_admin = true where person_id = $1', [ada.person.oid]);
    const policy = async () => {
      const [row] = await product.peek<{ policy: TenantPolicy }>('select policy from cw.tenant where tenant_id = $1', [
        ada.person.tenantId,
      ]);
      return row?.policy;
    };
    await say('admin early', /up to \*\*8 minutes\*\* early/);
    await say('admin early 3 min', /up to \*\*3 minutes\*\* early/);
    assert.equal((await policy())?.earlyMinutes, 3);
    for (const text of ['admin early 9', 'admin early -1', 'admin early soon']) await say(text, /How many minutes/);
    await say('admin early 0', /Nothing is sent early/);
    await say('admin forbid e-mail', /for nobody from now on/);
    assert.deepEqual((await policy())?.forbiddenWays, ['email']);
    await say('notify', /not allowed by your admin/);
    await say('settings', /Your admin doesn’t allow e-mail/);
    await say('admin settings', /Not allowed: E-mail/);
    assert.match(await pressed(SAVE_FOR_ALL, { 'allow.way.email': 'true', 'allow.way.sms': 'false' }), /Saved for/);
    assert.deepEqual((await policy())?.forbiddenWays, ['sms']);
    assert.equal((await policy())?.earlyMinutes, 0, 'what the card doesn’t show stays');
    await say('admin allow sms', /allowed again/);
    assert.deepEqual((await policy())?.forbiddenWays, []);
    await say('admin forbid pigeons', /I know .*email, sms and other accounts/);
  });
});
