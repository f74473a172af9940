import assert from 'node:assert/strict';
import { AdaptiveCard, SerializationContext, Versions } from 'adaptivecards';
import { describe, it } from 'mocha';
import { ownedBy } from '../../../src/bot/cards/owner.ts';
import { laterRows, waysCard, waysFact } from '../../../src/bot/cards/ways.ts';
import type { WayState, Ways } from '../../../src/bot/ways.ts';
import { DEFAULT_SETTINGS, type OtherWayName } from '../../../src/nudges/settings.ts';
import type { Person } from '../../../src/store/people.ts';
import type { CameLater } from '../../../src/store/ways.ts';
import { HOUR, NOW } from '../../support/events.ts';

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

  it('“watch status” lists what came by it, with why, and how many more', () => {
    const came = (more: Partial<CameLater>): CameLater => ({
      kind: 'reminder',
      subject: 'Jour *fixe*',
      saidAt: NOW - HOUR,
      way: 'email',
      why: 'busy',
      ...more,
    });
    const reader = { timeZone: 'UTC', locale: 'en-GB' };
    const { rows, words } = laterRows(
      { newest: [came({}), came({ way: 'sms', why: null, subject: '' }), came({}), came({})], total: 9 },
      reader,
      NOW,
    );
    assert.match(words, /^9 things came by another way in the last 7 days: Reminder/);
    assert.match(words, /by e-mail — Jour \\\*fixe\\\*, because Teams was too busy\./);
    assert.match(words, /by SMS\./);
    assert.match(JSON.stringify(rows), /and 6 more/);
    assert.deepEqual(laterRows({ newest: [], total: 0 }, reader, NOW), { rows: [], words: '' });
  });
});
