import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { AdaptiveCard, SerializationContext, Versions } from 'adaptivecards';
import fc from 'fast-check';
import { after, before, beforeEach, describe, it } from 'mocha';
import { ACTIONS } from '../../src/bot/actions/actions.ts';
import { ownedBy } from '../../src/bot/cards/owner.ts';
import {
  ENTER_CODE,
  FORGET_WAY,
  SAVE_LADDER,
  SEND_CODE,
  STOP_WAY,
  waysCard,
  waysFact,
} from '../../src/bot/cards/ways.ts';
import { hear, tidy } from '../../src/bot/commands/commands.ts';
import { WAY_COMMANDS } from '../../src/bot/commands/ways.ts';
import type { Services, Turn } from '../../src/bot/services.ts';
import { LADDERS, ladderTyped, masked, readCode, readEmail, readLadder, readPhone } from '../../src/bot/way-values.ts';
import type { WayState, Ways } from '../../src/bot/ways.ts';
import { machineClock } from '../../src/clock.ts';
import type { Message } from '../../src/delivery/message.ts';
import type { OtherWay } from '../../src/delivery/ways/port.ts';
import { createSmtp } from '../../src/delivery/ways/smtp.ts';
import { createTwilioSms } from '../../src/delivery/ways/twilio-sms.ts';
import { createLog } from '../../src/log.ts';
import { DEFAULT_SETTINGS, type OtherWayName } from '../../src/nudges/settings.ts';
import { type Person, settingsOf } from '../../src/store/people.ts';
import { usableWay, waysOf } from '../../src/store/ways.ts';
import { type MailServer, startMailServer } from '../delivery/ways/mail-server.ts';
import { type ProviderServer, startProviderServer } from '../delivery/ways/provider-server.ts';
import { DAY_MS, empty, HOUR_MS, MINUTE_MS, NOW, seedMailbox, seedTenant } from '../store/seed.ts';
import { type OpenTestDatabase, openTestDatabase } from '../support/postgres.ts';

describe('ways, as they are written', () => {
  /** [typed, ladder or asked again] */
  const ladders: [string, OtherWayName[] | undefined][] = [
    ['teams, then email', ['email']],
    ['teams, then e-mail', ['email']],
    ['teams then mail', ['email']],
    ['by teams then sms', ['sms']],
    ['Teams, then SMS, then E-Mail', ['sms', 'email']],
    ['teams, email, sms', ['email', 'sms']],
    ['teams > text message', ['sms']],
    ['teams and then by text', ['sms']],
    ['microsoft teams and email', ['email']],
    ['email', ['email']],
    ['sms, then email', ['sms', 'email']],
    ['teams first, then sms', ['sms']],
    ['teams only', []],
    ['only teams', []],
    ['by teams alone', []],
    ['teams', []],
    ['email only', undefined],
    ['email, then teams', undefined],
    ['only by sms', undefined],
    ['teams, then pigeon', undefined],
    ['teams, then email, then email', undefined],
    ['teams teams', undefined],
    ['then', undefined],
    ['', undefined],
    ['off', undefined],
  ];
  for (const [typed, expected] of ladders)
    it(`“${typed}”: ${expected ? `[${expected}]` : 'asked again'}`, () => {
      const read = readLadder(typed);
      assert.deepEqual('value' in read ? read.value : undefined, expected);
    });

  it('each ladder is read as it is typed', () => {
    for (const ladder of LADDERS) {
      const heard = hear(ladderTyped(ladder));
      assert.equal(heard?.command.name, 'notify');
      assert.deepEqual(readLadder(heard?.rest ?? ''), { value: ladder });
    }
  });

  /** [typed, address or asked again] */
  const emails: [string, string | undefined][] = [
    ['ann@example.com', 'ann@example.com'],
    ['Ann.Lee+work@Example.COM', 'ann.lee+work@example.com'],
    [' <ann@example.com> ', 'ann@example.com'],
    ['mailto:ann@example.com', 'ann@example.com'],
    ['[ann@example.com](mailto:ann@example.com)', 'ann@example.com'],
    ['<a href="mailto:ann@example.com">ann@example.com</a>', 'ann@example.com'],
    ['ann@münchen.example', 'ann@xn--mnchen-3ya.example'],
    ['ann@sub.domain.example', 'ann@sub.domain.example'],
    ['ann', undefined],
    ['ann@', undefined],
    ['@example.com', undefined],
    ['ann@localhost', undefined],
    ['ann@127.0.0.1', undefined],
    ['ann@[127.0.0.1]', undefined],
    ['ann@@example.com', undefined],
    ['ann@example.com, ben@example.com', undefined],
    ['ann@example.com ben@example.com', undefined],
    ['ann@example.com\r\nBcc: ben@example.com', undefined],
    ['"ann lee"@example.com', undefined],
    ['ann..lee@example.com', undefined],
    ['.ann@example.com', undefined],
    ['ann@-example.com', undefined],
    ['ann@example..com', undefined],
    ['ann@example.c', undefined],
    ['ann%00@example.com\0', undefined],
    ['änn@example.com', undefined],
    [`${'a'.repeat(65)}@example.com`, undefined],
    [`ann@${'a.'.repeat(130)}com`, undefined],
  ];
  for (const [typed, expected] of emails)
    it(`“${typed.slice(0, 40)}”: ${expected ?? 'asked again'}`, () => {
      const read = readEmail(typed);
      assert.equal('value' in read ? read.value : undefined, expected);
    });

  const phones: [string, string | undefined][] = [
    ['+49 170 1234567', '+491701234567'],
    ['+49 (0)170 123-45 67', '+491701234567'],
    ['+49 (170) 1234567', '+491701234567'],
    ['0049 170/1234567', '+491701234567'],
    ['+1 (425) 555-0100', '+14255550100'],
    ['+1.425.555.0100', '+14255550100'],
    ['tel:+14255550100', '+14255550100'],
    ['+44\u00a020\u00a07946\u00a00018', '+442079460018'],
    ['0170 1234567', undefined],
    ['491701234567', undefined],
    ['+0170123456', undefined],
    ['+49 170', undefined],
    ['+1234567890123456', undefined],
    ['+49 170 1234567 ext 5', undefined],
    ['+49170123456a', undefined],
    ['++491701234567', undefined],
    ['+٤٩١٧٠١٢٣٤٥٦٧', undefined],
    ['+49170123456,+49170123457', undefined],
    ['', undefined],
  ];
  for (const [typed, expected] of phones)
    it(`“${typed}”: ${expected ?? 'asked again'}`, () => {
      const read = readPhone(typed);
      assert.equal('value' in read ? read.value : undefined, expected);
    });

  const codes: [string, string | undefined][] = [
    ['123456', '123456'],
    [' 123 456 ', '123456'],
    ['123-456', '123456'],
    ['000000', '000000'],
    ['12345', undefined],
    ['1234567', undefined],
    ['12a456', undefined],
    ['１２３４５６', undefined],
    ['', undefined],
  ];
  for (const [typed, expected] of codes)
    it(`the code “${typed}”: ${expected ?? 'asked again'}`, () => assert.equal(readCode(typed), expected));

  it('addresses are one line of printable ASCII and fit the table, whatever is typed', () => {
    const typed = fc.oneof(
      fc.string(),
      fc.emailAddress(),
      fc.string({ unit: fc.constantFrom(...'+0149 (0).-/@a.de\r\n<>[]:,') }),
    );
    fc.assert(
      fc.property(typed, (text) => {
        for (const read of [readEmail(text), readPhone(text)])
          if ('value' in read) {
            assert.match(read.value, /^[!-~]{3,254}$/);
            assert.doesNotMatch(read.value, /[,;:<>"()[\]\\]/);
          }
      }),
      { numRuns: 1_000 },
    );
  });

  it('are shown masked', () => {
    assert.equal(masked('email', 'ann@example.com'), 'a•••@example.com');
    assert.equal(masked('email', 'a@b.de'), 'a•••@b.de');
    assert.equal(masked('sms', '+491701234567'), '+49 ••• 67');
  });

  /** [typed, command, rest] */
  const commands: [string, string, string][] = [
    ['notify', 'notify', ''],
    ['Notify me by Teams, then E-Mail.', 'notify', 'teams, then e-mail'],
    ['notify me', 'notify', ''],
    ['notify by teams only', 'notify', 'teams only'],
    ['reach me by teams, then sms', 'notify', 'teams, then sms'],
    ['my email Ann@Example.com', 'my email', 'ann@example.com'],
    ['my e-mail is ann@example.com', 'my email', 'ann@example.com'],
    ['My phone number is +49 170 1234567', 'my phone', '+49 170 1234567'],
    ['code 123456', 'code', '123456'],
    ['my code is 123 456', 'code', '123 456'],
    ['123456', 'code', '123456'],
    ['123 456', 'code', '123 456'],
    ['forget my email', 'forget my', 'email'],
    ['forget my phone', 'forget my', 'phone'],
    ['delete my phone number', 'forget my', 'phone number'],
    ['start email', 'start email', ''],
    ['start sms', 'start email', 'sms'],
    ['stop e-mail', 'stop email', 'email'],
    ['stop text messages', 'stop email', 'sms'],
    ['start', 'watch on', ''],
    ['stop', 'watch off', ''],
  ];
  for (const [typed, name, rest] of commands)
    it(`“${typed}” is ${name}${rest ? ` with “${rest}”` : ''}`, () => {
      const heard = hear(tidy(typed));
      assert.deepEqual([heard?.command.name, heard?.rest], [name, rest]);
    });

  for (const typed of ['12345', '1234567', '123456 a', 'mycode 1'])
    it(`“${typed}” is no code`, () => assert.equal(hear(tidy(typed)), undefined));
});

describe('the card of ways', () => {
  const STATES: WayState[] = ['forbidden', 'notSetUp', 'noAddress', 'waiting', 'unconfirmed', 'stopped', 'confirmed'];
  const known = (way: OtherWayName, address: string) => ({
    way,
    address,
    confirmedAt: null,
    stoppedAt: null,
    stopToken: 'very-secret',
    codeUntil: null,
    codeTries: 0,
  });
  const ways = (email: WayState, sms: WayState, ladder: OtherWayName[]): Ways => ({
    person: {} as Person,
    settings: { ...DEFAULT_SETTINGS, ways: ladder, forbiddenWays: email === 'forbidden' ? ['email'] : [] },
    known: {
      ...(email === 'noAddress' ? {} : { email: known('email', 'ann_*lee*@example.com') }),
      ...(sms === 'noAddress' ? {} : { sms: known('sms', '+491701234567') }),
    },
    state: { email, sms },
  });

  it('is sound in every state, shows no address and no token, and says what is missing', () => {
    for (const email of STATES)
      for (const sms of STATES)
        for (const said of ['', 'Said.']) {
          const card = ownedBy('p', waysCard(ways(email, sms, ['email', 'sms']), said));
          const context = new SerializationContext(Versions.v1_5);
          new AdaptiveCard().parse(card.card, context);
          assert.equal(context.eventCount, 0);
          const all = JSON.stringify(card);
          assert.ok(Buffer.byteLength(all) < 28 * 1024);
          assert.doesNotMatch(all, /very-secret|lee|1701234567|undefined/);
          const needed = /⚠️/.test(all);
          assert.equal(needed, said === '' && (email !== 'confirmed' || sms !== 'confirmed'), `${email} ${sms}`);
        }
  });

  it('says in a line how it stands', () => {
    const fact = waysFact(ways('confirmed', 'stopped', ['email', 'sms']));
    assert.match(fact, /^Teams, then e-mail a•••@example\.com, then SMS \+49 ••• 67 \(stopped/);
    assert.equal(waysFact(ways('confirmed', 'confirmed', [])), 'Teams');
  });
});

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
  });

  it('asks who never spoke to the bot to begin', async () => {
    assert.match(await say('notify', 'nobody'), /watch on/);
    assert.match(await say('my email ann@example.com', 'nobody'), /watch on/);
    assert.equal(mails.received.length, 0);
  });
});
