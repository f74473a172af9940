import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { mailToOthers } from '../../src/rules/mail-needs.ts';
import type { Deed, RuleScope, Which } from '../../src/rules/rule.ts';
import { spec } from './specs.ts';

const ME = 'ada@test.example';
const BOB = 'bob@test.example';
const guests: Deed = { deed: 'attendees', text: 'x' };
const mail = (to: string): Deed => ({ deed: 'mail', to, text: 'x' });

/** [what it does, about which, whether it mails others, for whom] */
const CASES: [Deed, Which, boolean, RuleScope?][] = [
  [{ deed: 'message', text: 'x' }, {}, false],
  [mail('me'), {}, false],
  [mail(ME), {}, false],
  [mail(BOB), {}, true],
  [mail(BOB), { organiser: 'me' }, true],
  [mail(BOB), { attendee: BOB }, true],
  [mail(BOB), { organiser: 'me', attendee: BOB }, false],
  [mail(BOB), { organiser: 'me', attendee: 'test.example' }, true],
  [guests, {}, true],
  [guests, { organiser: 'others' }, true],
  [guests, { organiser: BOB }, true],
  [guests, { organiser: 'me' }, false],
  [guests, { organiser: ME }, false],
  [mail('me'), {}, false, 'rooms'],
  [mail(BOB), { organiser: 'me', attendee: BOB }, true, 'rooms'],
];

describe('a rule that mails others', () => {
  for (const [deed, which, isToOthers, scope = 'mine'] of CASES)
    it(`${scope}: ${JSON.stringify({ ...deed, ...which })} ${isToOthers ? 'needs' : 'does without'} permission`, () => {
      const one = spec({ which, do: [{ deed: 'message', text: 'x' }, deed] });
      assert.deepEqual(mailToOthers(one, scope, ME), isToOthers ? deed : undefined);
    });

  it('is one to oneself only where the own address is known', () => {
    assert.ok(mailToOthers(spec({ do: [mail(ME)] }), 'mine', null));
  });
});
