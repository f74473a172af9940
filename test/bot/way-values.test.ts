import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { hear, tidy } from '../../src/bot/commands/commands.ts';
import { LADDERS, ladderTyped, masked, readCode, readEmail, readLadder, readPhone } from '../../src/bot/way-values.ts';
import type { OtherWayName } from '../../src/nudges/settings.ts';

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
    it(`${JSON.stringify(typed.slice(0, 40))}: ${expected ?? 'asked again'}`, () => {
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
